"""The catalogue made ready to be matched whole: compiled once for each of its revisions, for every kind of match.

Trials say the same things again and again. A criterion that several share is one object, found by its JSON text, so
that it is validated, compiled and kept once.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from app.catalogue.answers import CurrentRecord
from app.catalogue.documents import Scope
from app.catalogue.filters import TrialFilters
from app.catalogue.queries import Catalogue
from app.eligibility.bulk.matcher import BulkMatcher
from app.eligibility.criteria import Expression
from app.eligibility.rules import CriterionRule, TrialRules
from app.matching.ranking import OPEN_FIRST
from app.vocabulary.enumerations import CriterionKind, Milestone, Status, TrialSex
from app.vocabulary.terms import Vocabulary

Json = dict[str, Any]

_AT_ONCE = 200
"""How many records are held at a time."""
_ATTEMPTS = 3
_EXPRESSION: TypeAdapter[Expression] = TypeAdapter(Expression)


@dataclass(frozen=True, slots=True)
class CompiledTrial:
    """What a match needs of a trial before it explains anything."""

    id: str
    revision: int
    title: str
    shown_status: Json
    status: Status
    min_years: int | None
    max_years: int | None
    sex: TrialSex | None
    rules: TrialRules

    @property
    def head(self) -> Json:
        """The trial as a match answer names it."""
        return {"id": self.id, "title": self.title, "revision": self.revision, "status": self.shown_status}


@dataclass(frozen=True, slots=True)
class Compiled:
    """The trials in the order of their slugs, which is also that of the bulk matcher's numbers."""

    catalogue_revision: int
    trials: tuple[CompiledTrial, ...]
    bulk: BulkMatcher
    numbers: Mapping[str, int]
    """By slug."""
    openness: NDArray[np.int64]
    """For each trial, the rank of its status in `OPEN_FIRST`."""
    groups: Mapping[int, tuple[NDArray[np.intp], ...]]
    """Of each trial whose criteria tell arms or levels apart: for every one, the places of the criteria it is asked."""


class CompiledCatalogue:
    """Hands out the catalogue as compiled; compiles what is new of it as soon as its revision is another.

    Raises `DatabaseUnavailable`. Compiling runs on a thread of its own, one at a time.
    """

    def __init__(self, catalogue: Catalogue, vocabulary: Vocabulary) -> None:
        self._catalogue = catalogue
        self._vocabulary = vocabulary
        self._reader = _Reader()
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

    async def _batches(
        self, ids: Sequence[str], known: Mapping[str, CompiledTrial]
    ) -> AsyncIterator[list[CompiledTrial]]:
        """The trials of some slugs, in order, some at a time; those whose revision is known are not read again."""
        loop = asyncio.get_running_loop()
        for start in range(0, len(ids), _AT_ONCE):
            some = await self._catalogue.criteria_source(ids[start : start + _AT_ONCE])
            yield await loop.run_in_executor(self._pool, self._read, some, known)

    def _read(self, sources: list[CurrentRecord], known: Mapping[str, CompiledTrial]) -> list[CompiledTrial]:
        trials = []
        for source in sorted(sources, key=lambda source: source.id):
            before = known.get(source.id)
            unchanged = before is not None and before.revision == source.revision
            trials.append(before if before is not None and unchanged else self._reader.trial(source))
        return trials


def _compiled(revision: int, trials: tuple[CompiledTrial, ...], vocabulary: Vocabulary) -> Compiled:
    bulk = BulkMatcher([trial.rules for trial in trials], vocabulary)
    numbers = {trial.id: number for number, trial in enumerate(trials)}
    groups = {number: tuple(_places(trials[number].rules)) for number in bulk.needs_explaining}
    openness = np.array([OPEN_FIRST.index(trial.status) for trial in trials], dtype=np.int64)
    return Compiled(revision, trials, bulk, numbers, openness, groups)


def _places(rules: TrialRules) -> Iterator[NDArray[np.intp]]:
    for group in rules.groups():
        asked = [place for place, criterion in enumerate(rules.criteria) if group.takes(criterion.scope)]
        yield np.array(asked, dtype=np.intp)


class _Reader:
    """Trials from their stored records, sharing whatever they have in common. Used from one thread."""

    def __init__(self) -> None:
        self._expressions: dict[bytes, Expression] = {}
        self._rules: dict[bytes, CriterionRule] = {}
        self._statuses: dict[str, Json] = {}

    def trial(self, source: CurrentRecord) -> CompiledTrial:
        record = from_json(source.record)
        shown_status = self._statuses.setdefault(source.status, json.loads(source.status))
        rules = TrialRules(
            source.id,
            tuple([self._rule(criterion) for criterion in record["criteria"]]),
            inclusions_stated=record["inclusions_stated"],
            exclusions_stated=record["exclusions_stated"],
            conditions=tuple(record["conditions"]),
            arms=tuple(arm["key"] for arm in record["arms"]),
            levels=tuple(sorted({dose["level"] for dose in record["doses"] if dose["level"] is not None})),
        )
        return CompiledTrial(
            id=source.id,
            revision=source.revision,
            title=source.title,
            shown_status=shown_status,
            status=Status(shown_status["value"]),
            min_years=record["age"]["min_years"],
            max_years=record["age"]["max_years"],
            sex=TrialSex(record["sex"]) if record["sex"] is not None else None,
            rules=rules,
        )

    def _rule(self, criterion: Json) -> CriterionRule:
        parts = [criterion[name] for name in ("key", "kind", "anchor", "expression", "scope")]
        text = to_json(parts)
        rule = self._rules.get(text)
        if rule is None:
            key, kind, anchor, expression, scope = parts
            rule = self._rules[text] = CriterionRule(
                key,
                CriterionKind(kind),
                Milestone(anchor),
                None if expression is None else self._expression(to_json(expression)),
                None if scope is None else Scope.model_validate(scope),
            )
        return rule

    def _expression(self, text: bytes) -> Expression:
        known = self._expressions.get(text)
        if known is None:
            known = self._expressions[text] = _EXPRESSION.validate_json(text)
        return known
