"""Many patients against the trials that the filters leave: for each patient the best prospects, and how many there are.

Verdicts and counts come from the bulk matcher, every criterion exact, and nothing is explained. The order is that of a
match of one patient.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Annotated, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from app.catalogue.filters import PageSize, TrialFilters
from app.catalogue.queries import Catalogue
from app.eligibility.bulk.matcher import (
    FAILS,
    NOT_APPLICABLE,
    PASSES,
    TO_CONFIRM,
    UNKNOWN,
    VERDICTS,
    BulkMatch,
)
from app.eligibility.dates import Calendar
from app.eligibility.patient import Patient
from app.eligibility.reading import read_patient
from app.eligibility.situation import Situation
from app.matching.answer import Json
from app.matching.compiled import Compiled, CompiledCatalogue, Ints
from app.matching.matcher import EVALUATOR, NOTICE
from app.matching.order import BEST_FIRST
from app.matching.request import Day, RequestPart
from app.vocabulary.faults import Refused
from app.vocabulary.terms import Vocabulary

T = TypeVar("T")

LONGEST_ID = 200
MOST_PATIENTS = 1_000
"""In one JSON body; a stream of lines has no end."""

_OUTCOMES = {
    "passes": PASSES,
    "fails": FAILS,
    "unknown": UNKNOWN,
    "not_applicable": NOT_APPLICABLE,
    "to_confirm": TO_CONFIRM,
}
_RANKS = np.array([BEST_FIRST.index(verdict) for verdict in VERDICTS], dtype=np.int64)
_FAILURE, _OPEN_QUESTION = 1 << 12, 1
"""What a criterion that fails, or is unknown, weighs in a trial's rank: a trial has fewer than 4,096 criteria."""


class CohortPatient(RequestPart):
    """One patient under a pseudonym of the caller's; it comes back in this patient's answer and goes nowhere else."""

    id: Annotated[str, Field(min_length=1, max_length=LONGEST_ID)]
    patient: Patient


class CohortPatients(RequestPart):
    """A cohort in one body."""

    patients: Annotated[tuple[CohortPatient, ...], Field(max_length=MOST_PATIENTS)]


class UnreadPatients(CohortPatients):
    """The same before its patients are looked at: each for itself, so that one at fault does not stop the others."""

    patients: Annotated[tuple[Any, ...], Field(max_length=MOST_PATIENTS)]


class CohortQuery(TrialFilters):
    """The filters of GET /v1/trials, which describe trials and never patients; the day; how much is told of each."""

    as_of: Day | None = Field(default=None, description="The day everything is evaluated on; today unless given.")
    limit: PageSize = Field(default=20, description="How many trials are told of each patient, best prospects first.")


class Cohort:
    """What a cohort is laid against: one revision of the catalogue, some of its trials, a day."""

    def __init__(self, compiled: Compiled, numbers: Ints, as_of: date, limit: int, vocabulary: Vocabulary) -> None:
        self._compiled = compiled
        self._numbers = numbers
        self._as_of = as_of
        self._limit = limit
        self._vocabulary = vocabulary
        self._openness = compiled.openness[numbers] << 24

    def answer(self, patient: Patient) -> Json:
        """How one patient stands: a line of the answer but for number and id. `Refused` with the faults of the line."""
        try:
            facts = read_patient(patient, self._vocabulary, self._as_of)
        except Refused as refused:
            raise refused.below("/patient") from None
        situation = Situation.now(facts, Calendar(self._as_of))
        found = self._compiled.bulk.match(situation)
        verdicts = found.verdicts
        totals = np.bincount(verdicts[self._numbers], minlength=len(VERDICTS))
        return {
            "as_of": self._as_of.isoformat(),
            "catalogue_revision": self._compiled.catalogue_revision,
            "evaluator": EVALUATOR,
            "notice": NOTICE,
            "total": len(self._numbers),
            "verdicts": {verdict: int(totals[VERDICTS.index(verdict)]) for verdict in BEST_FIRST},
            "results": [self._result(number, found, verdicts) for number in self._best(found, verdicts)],
            "warnings": [
                {"code": one.code, "text": one.text, "pointer": f"/patient{one.pointer}"} for one in facts.warnings
            ],
        }

    def _best(self, found: BulkMatch, verdicts: NDArray[np.uint8]) -> list[int]:
        """The numbers of the best prospects, in order; where all else is equal, the slug decides, as numbers do."""
        weights = (found.criteria == FAILS) * _FAILURE + (found.criteria == UNKNOWN) * _OPEN_QUESTION
        worth = self._compiled.bulk.sums(weights.astype(np.int64))[self._numbers]
        ranks = (_RANKS[verdicts[self._numbers]] << 28) + self._openness + worth
        ranks = (ranks << 32) + self._numbers
        if len(ranks) > self._limit:
            ranks = np.partition(ranks, self._limit - 1)[: self._limit]
        numbers: list[int] = (np.sort(ranks) & 0xFFFFFFFF).tolist()
        return numbers

    def _result(self, number: int, found: BulkMatch, verdicts: NDArray[np.uint8]) -> Json:
        trial = self._compiled.trials[number]
        flags = self._compiled.bulk.criteria_of(found, number)
        blocking = np.flatnonzero(flags == FAILS).tolist()
        return {
            "trial": trial.head,
            "verdict": VERDICTS[verdicts[number]],
            "counts": {name: int(np.count_nonzero(flags == flag)) for name, flag in _OUTCOMES.items()},
            "blocking": [trial.keys[place] for place in blocking],
        }


class CohortMatcher:
    """Matches cohorts. Their patients are worked out on two threads, off the event loop, whoever asks."""

    def __init__(self, catalogue: Catalogue, compiled: CompiledCatalogue, vocabulary: Vocabulary) -> None:
        self._catalogue = catalogue
        self._compiled = compiled
        self._vocabulary = vocabulary
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="cohort")

    def close(self) -> None:
        """Let the threads go."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def work(self, task: Callable[[], T]) -> T:
        """What a task on some patients makes, once a thread has done it."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, task)

    async def cohort(self, query: CohortQuery, today: date) -> Cohort:
        """What the query asks for, at the present revision. `Refused` for filters, and `DatabaseUnavailable`."""
        selection = await self._compiled.selection(query)
        as_of = date.fromisoformat(query.as_of) if query.as_of else today
        return Cohort(selection.compiled, selection.numbers, as_of, query.limit, self._vocabulary)
