"""The catalogue made ready to be matched whole: compiled once for each of its revisions, for every kind of match."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.catalogue.answers import Candidates, CurrentRecord
from app.catalogue.filters import TrialFilters
from app.catalogue.queries import Catalogue
from app.eligibility.bulk.matcher import VERDICTS, BulkMatch, BulkMatcher, static_flags, verdict_numbers
from app.eligibility.evaluate import Plan, read
from app.eligibility.rules import TrialRules
from app.eligibility.situation import Situation
from app.eligibility.verdicts import Verdict
from app.matching.candidates import Candidate, CandidateReader
from app.matching.order import BEST_FIRST, OPEN_FIRST
from app.vocabulary.terms import Vocabulary

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

ANY_AGE = (0, 999)
_AT_ONCE = 200
"""How many records are held at a time."""
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Compiled:
    """The trials in the order of their slugs, which is also that of the bulk matcher's numbers and of all arrays."""

    catalogue_revision: int
    trials: tuple[Candidate, ...]
    bulk: BulkMatcher
    numbers: Mapping[str, int]
    """By slug."""
    openness: Ints
    """The rank of its status in `OPEN_FIRST`."""
    ages: Ints
    """The limits in completed years, a row each; `ANY_AGE` where none is stated."""
    sexes: NDArray[np.object_]
    """A `TrialSex`, or None where none is stated."""
    condition_sets: tuple[tuple[str, ...], ...]
    condition_set: Ints
    """Which of these sets are the trial's conditions."""
    diseases: Mapping[str, Plan]
    """Whether a patient has a condition, for each condition of the sets."""
    groups: Mapping[int, tuple[NDArray[np.intp], ...]]
    """Of each trial whose criteria tell arms or levels apart: for every one, the places of the criteria it is asked."""

    def verdicts(self, found: BulkMatch) -> NDArray[np.uint8]:
        """Of each trial, as an index in `VERDICTS`; of one with arms or levels, that of the one that fits best."""
        verdicts = found.verdicts
        for number, groups in self.groups.items():
            flags = self.bulk.criteria_of(found, number)
            whole = static_flags(self.trials[number].rules)
            of_groups = verdict_numbers(
                np.array([np.bitwise_or.reduce(flags[group], initial=whole) for group in groups])
            )
            verdicts[number] = min(of_groups.tolist(), key=lambda verdict: BEST_FIRST.index(VERDICTS[verdict]))
        return verdicts

    def may_have_a_condition(self, situation: Situation) -> Mask:
        """Of which trials a patient may have a condition; one that states none is taken as such."""
        possible = {code: read(plan, situation).verdict is not Verdict.NO for code, plan in self.diseases.items()}
        of_sets = [not codes or any(possible[code] for code in codes) for codes in self.condition_sets]
        return np.array(of_sets, dtype=np.bool_)[self.condition_set]


@dataclass(frozen=True, slots=True)
class Selection:
    """Some of the compiled trials, by their numbers, which rise."""

    compiled: Compiled
    numbers: Ints

    def find(self, slug: str) -> Candidate | None:
        """A trial of the selection."""
        number = self.compiled.numbers.get(slug)
        if number is None:
            return None
        place = int(np.searchsorted(self.numbers, number))
        there = place < len(self.numbers) and self.numbers[place] == number
        return self.compiled.trials[number] if there else None


class CompiledCatalogue:
    """Hands out the catalogue as compiled; compiles what is new of it as soon as its revision is another.

    Raises `DatabaseUnavailable`. Compiling runs on a thread of its own, one at a time.
    """

    def __init__(self, catalogue: Catalogue, vocabulary: Vocabulary) -> None:
        self._catalogue = catalogue
        self._vocabulary = vocabulary
        self._reader = CandidateReader()
        self._compiled: Compiled | None = None
        self._compiling = asyncio.Lock()
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="compiling")

    def close(self) -> None:
        """Let the thread go."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def current(self) -> Compiled:
        """The catalogue at its present revision, or a newer one than at the time of asking."""
        compiled = await self._if_current()
        if compiled is None:
            async with self._compiling:
                compiled = await self._if_current()
                if compiled is None:
                    self._compiled = compiled = await self._compile()
        return compiled

    async def selection(self, filters: TrialFilters) -> Selection:
        """The trials that filters leave, at the present revision. `Refused` for filters that are wrong."""
        for _ in range(_ATTEMPTS):
            compiled = await self.current()
            found = await self._catalogue.candidate_ids(filters)
            if found.catalogue_revision == compiled.catalogue_revision:
                break
        return Selection(compiled, _numbers_of(found, compiled))

    async def _if_current(self) -> Compiled | None:
        compiled = self._compiled
        if compiled is None or compiled.catalogue_revision != await self._catalogue.catalogue_revision():
            return None
        return compiled

    async def _compile(self) -> Compiled:
        """Where writes follow each other faster than the records are read, the records are newer than their label."""
        known = {trial.id: trial for trial in self._compiled.trials} if self._compiled else {}
        for _ in range(_ATTEMPTS):
            found = await self._catalogue.candidate_ids(TrialFilters())
            known = {trial.id: trial async for some in self._batches(sorted(found.ids), known) for trial in some}
            if found.catalogue_revision == await self._catalogue.catalogue_revision():
                break
        trials = tuple(known.values())
        return await asyncio.get_running_loop().run_in_executor(
            self._pool, _compiled, found.catalogue_revision, trials, self._vocabulary
        )

    async def _batches(self, ids: Sequence[str], known: Mapping[str, Candidate]) -> AsyncIterator[list[Candidate]]:
        """The trials of some slugs, in order, some at a time; those whose revision is known are not read again."""
        loop = asyncio.get_running_loop()
        for start in range(0, len(ids), _AT_ONCE):
            some = await self._catalogue.criteria_source(ids[start : start + _AT_ONCE])
            yield await loop.run_in_executor(self._pool, self._read, some, known)

    def _read(self, sources: list[CurrentRecord], known: Mapping[str, Candidate]) -> list[Candidate]:
        trials = []
        for source in sorted(sources, key=lambda source: source.id):
            before = known.get(source.id)
            unchanged = before is not None and before.revision == source.revision
            trials.append(before if before is not None and unchanged else self._reader.candidate(source))
        return trials


def _numbers_of(found: Candidates, compiled: Compiled) -> Ints:
    if len(found.ids) == len(compiled.trials):
        return np.arange(len(compiled.trials), dtype=np.int64)
    numbers = sorted([compiled.numbers[slug] for slug in found.ids if slug in compiled.numbers])
    return np.array(numbers, dtype=np.int64)


def _compiled(revision: int, trials: tuple[Candidate, ...], vocabulary: Vocabulary) -> Compiled:
    bulk = BulkMatcher([trial.rules for trial in trials], vocabulary)
    condition_sets: dict[tuple[str, ...], int] = {}
    diseases: dict[str, Plan] = {}
    for trial in trials:
        if trial.rules.conditions not in condition_sets:
            condition_sets[trial.rules.conditions] = len(condition_sets)
            diseases |= zip(trial.rules.conditions, trial.rules.disease_plans(vocabulary), strict=True)
    youngest, oldest = ANY_AGE
    ages = [
        (
            youngest if trial.min_years is None else trial.min_years,
            oldest if trial.max_years is None else trial.max_years,
        )
        for trial in trials
    ]
    sexes = np.empty(len(trials), dtype=np.object_)
    sexes[:] = [trial.sex for trial in trials]
    return Compiled(
        catalogue_revision=revision,
        trials=trials,
        bulk=bulk,
        numbers={trial.id: number for number, trial in enumerate(trials)},
        openness=np.array([OPEN_FIRST.index(trial.status) for trial in trials], dtype=np.int64),
        ages=np.array(ages, dtype=np.int64).reshape(-1, 2),
        sexes=sexes,
        condition_sets=tuple(condition_sets),
        condition_set=np.array([condition_sets[trial.rules.conditions] for trial in trials], dtype=np.int64),
        diseases=diseases,
        groups={number: tuple(_places(trials[number].rules)) for number in bulk.needs_explaining},
    )


def _places(rules: TrialRules) -> Iterator[NDArray[np.intp]]:
    for group in rules.groups():
        asked = [place for place, criterion in enumerate(rules.criteria) if group.takes(criterion.scope)]
        yield np.array(asked, dtype=np.intp)
