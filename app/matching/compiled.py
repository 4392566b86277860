"""The catalogue made ready to be matched whole: compiled once for each of its revisions, for every kind of match."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.catalogue.answers import Candidates as Found
from app.catalogue.filters import TrialFilters
from app.catalogue.queries import Catalogue
from app.database import DatabaseUnavailable
from app.eligibility.bulk.collection import collection_held
from app.eligibility.bulk.matcher import BulkMatcher
from app.eligibility.bulk.roots import Roots
from app.eligibility.evaluate import Plan, prepare
from app.eligibility.evaluate import read as explained
from app.eligibility.rules import has
from app.eligibility.situation import Situation
from app.eligibility.verdicts import Verdict
from app.matching.candidates import Candidate, Candidates
from app.matching.kept_file import Kept, read, write
from app.matching.order import OPEN_FIRST
from app.matching.table import UNSTATED, TrialTable
from app.vocabulary.enumerations import Milestone, Status, TrialSex
from app.vocabulary.terms import Vocabulary

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

ANY_AGE = (0, 999)
_ATTEMPTS = 3
_WORTH_KEEPING = 5_000
"""Trials: to compile fewer takes less than a second."""
_STATUS = ("value", "as_of", "stale_after")


@dataclass(frozen=True, slots=True)
class Compiled:
    """The trials in the order of their slugs, which is also that of the bulk matcher's numbers and of all arrays."""

    catalogue_revision: int
    trials: Sequence[Candidate]
    bulk: BulkMatcher
    numbers: Mapping[str, int]
    """By slug."""
    by_catalogue: Ints
    """By the catalogue's own number; -1 where there is none."""
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

    def may_have_a_condition(self, situation: Situation) -> Mask:
        """Of which trials a patient may have a condition; one that states none is taken as such."""
        possible = {code: explained(plan, situation).verdict is not Verdict.NO for code, plan in self.diseases.items()}
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

    Raises `DatabaseUnavailable`. Compiling runs on a thread of its own, one at a time. `at_hand`: the latest. `file`:
    where what was compiled of a large catalogue is kept for the next start.
    """

    def __init__(self, catalogue: Catalogue, vocabulary: Vocabulary, file: Path | None = None) -> None:
        self._catalogue = catalogue
        self._compiler = _Compiler(catalogue, vocabulary, file)
        self.at_hand: Compiled | None = None
        self._compiling = asyncio.Lock()
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="compiling")

    @asynccontextmanager
    async def warming(self) -> AsyncIterator[None]:
        """Meanwhile the catalogue is compiled in the background, so that the first match need not wait for it."""
        warmed = asyncio.create_task(self._warm())
        try:
            yield
        finally:
            warmed.cancel()
            with suppress(asyncio.CancelledError):
                await warmed

    async def _warm(self) -> None:
        with suppress(DatabaseUnavailable):  # the first match will say so
            # One after the other: at once, each would wait for the interpreter as often as it reads a row.
            await self._catalogue.candidate_ids(TrialFilters())
            await self.current()

    def close(self) -> None:
        """Let the thread go."""
        self._compiler.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def current(self) -> Compiled:
        """The catalogue at its present revision, or a newer one than at the time of asking."""
        compiled = await self._if_current()
        if compiled is None:
            async with self._compiling:
                compiled = await self._if_current()
                if compiled is None:
                    compile_now = self._compiler.compile
                    self.at_hand = compiled = await asyncio.get_running_loop().run_in_executor(self._pool, compile_now)
        return compiled

    async def selection(self, filters: TrialFilters) -> Selection:
        """The trials that filters leave, at the present revision. `Refused` for filters that are wrong."""
        for _ in range(_ATTEMPTS):
            found = await self._catalogue.candidate_ids(filters)
            compiled = await self.current()
            if found.catalogue_revision == compiled.catalogue_revision:
                break
        return Selection(compiled, _numbers_of(found, compiled))

    async def _if_current(self) -> Compiled | None:
        compiled = self.at_hand
        if compiled is None or compiled.catalogue_revision != await self._catalogue.catalogue_revision():
            return None
        return compiled


def _numbers_of(found: Found, compiled: Compiled) -> Ints:
    if len(found.numbers) == len(compiled.trials):
        return np.arange(len(compiled.trials), dtype=np.int64)
    known = compiled.by_catalogue[found.numbers[found.numbers < len(compiled.by_catalogue)]]
    return np.sort(known[known >= 0])


class _Compiler:
    """Compiles what has changed since it did so last; what trials share is compiled once. Used from one thread."""

    def __init__(self, catalogue: Catalogue, vocabulary: Vocabulary, file: Path | None) -> None:
        self._catalogue = catalogue
        self._vocabulary = vocabulary
        self._file = file
        self._stopped = False
        self._begun = False
        self._start_over()

    def stop(self) -> None:
        """Leave off, on whichever thread it is at work."""
        self._stopped = True

    def _start_over(self) -> None:
        self._revision = -1
        self._roots = Roots()
        self._table = TrialTable(self._roots)
        self._bulk: BulkMatcher | None = None
        self._newly_read = 0

    def compile(self) -> Compiled:
        """The catalogue as it is; newer than it says, where writes follow each other faster than they are read."""
        with collection_held():
            for _ in range(_ATTEMPTS):
                revision, size = self._catalogue.state_now()
                if not self._begun:
                    self._restore()
                    self._begun = True
                self._read_since(revision)
                if len(self._table) > size:  # another database was put in its place
                    self._start_over()
                    self._read_since(revision)
                if self._catalogue.state_now() == (revision, size):
                    break
            compiled = self._compiled(revision)
            self._keep()
            return compiled

    def _keep(self) -> None:
        """Write the file, if that saves the next start some time."""
        if self._file is not None and self._newly_read >= _WORTH_KEEPING:
            with suppress(OSError):  # nowhere to write: the next start takes longer
                write(self._file, Kept(self._revision, self._roots, self._table))
                self._newly_read = 0

    def _restore(self) -> None:
        """Begin with what was kept of the same trials."""
        kept = None if self._file is None else read(self._file)
        if kept is None:
            return
        for trial in self._catalogue.matchable_heads():
            if self._stopped:
                raise CancelledError
            if not kept.table.put_again(trial) and trial.changed_at <= kept.revision:
                return  # it was kept of another database
        self._revision, self._roots, self._table = kept

    def _read_since(self, revision: int) -> None:
        if revision < self._revision or self._table.outdated:
            self._start_over()
        for trial in self._catalogue.matchable_since(self._revision):
            if self._stopped:
                raise CancelledError
            self._table.put(trial)
            self._newly_read += 1
        self._revision = revision

    def _compiled(self, revision: int) -> Compiled:
        table = self._table
        there = np.flatnonzero(table.rows["there"])
        order = np.array(sorted(there.tolist(), key=table.ids.__getitem__), dtype=np.intp)
        rows, roots = table.rows[order], table.roots_of(order)
        ids = [table.ids[number] for number in order]
        by_catalogue = np.full(len(table.rows), -1, dtype=np.int64)
        by_catalogue[order] = np.arange(len(order))
        grouped = {int(by_catalogue[number]): groups for number, groups in table.groups.items()}
        grouped.pop(-1, None)  # of a trial that is gone
        self._bulk = BulkMatcher(
            self._roots, roots, rows["incomplete"].copy(), self._vocabulary, grouped, before=self._bulk
        )
        openness = [OPEN_FIRST.index(Status(value)) for value, _, _ in table.statuses.values]
        sexes = np.array([*map(TrialSex, table.sexes.values), None], dtype=np.object_)  # the last one for UNSTATED
        ages = np.stack([rows["youngest"], rows["oldest"]], axis=1).astype(np.int64)
        return Compiled(
            catalogue_revision=revision,
            trials=Candidates(
                ids=ids,
                titles=[table.titles[number] for number in order],
                revisions=rows["revision"].copy(),
                status=rows["status"].copy(),
                keys=rows["keys"].copy(),
                statuses=[dict(zip(_STATUS, status, strict=True)) for status in table.statuses.values],
                key_lists=tuple(table.keys.values),
                roots=roots,
            ),
            bulk=self._bulk,
            numbers={slug: number for number, slug in enumerate(ids)},
            by_catalogue=by_catalogue,
            openness=np.array(openness, dtype=np.int64)[rows["status"]],
            ages=np.where(ages == UNSTATED, np.array(ANY_AGE), ages),
            sexes=sexes[rows["sex"]],
            condition_sets=tuple(table.conditions.values),
            condition_set=rows["conditions"].astype(np.int64),
            diseases={code: self._has(code) for codes in table.conditions.values for code in codes},
        )

    def _has(self, condition: str) -> Plan:
        return prepare(has(condition), self._vocabulary, Milestone.SCREENING)
