"""Many patients against the trials that the filters leave: for each patient the best prospects, and how many there are.

Verdicts and counts come from the bulk matcher, every criterion exact, and nothing is explained. The order is that of a
match of one patient.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Annotated, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from app.catalogue.filters import PageSize, TrialFilters
from app.eligibility.bulk.matcher import (
    FAILS,
    NOT_APPLICABLE,
    PASSES,
    TO_CONFIRM,
    UNKNOWN,
    VERDICTS,
    BulkMatch,
    Flags,
)
from app.eligibility.dates import Calendar
from app.eligibility.facts import PatientFacts
from app.eligibility.patient import Patient
from app.eligibility.reading import read_patient
from app.eligibility.situation import Situation
from app.matching.answer import Json
from app.matching.compiled import CompiledCatalogue, Selection
from app.matching.matcher import EVALUATOR, NOTICE
from app.matching.request import Day, RequestPart
from app.vocabulary.faults import Refused
from app.vocabulary.terms import Vocabulary

T = TypeVar("T")

LONGEST_ID = 200
MOST_PATIENTS = 1_000
"""In one JSON body; a stream of lines has no end."""

_OUTCOMES = {
    "passes": int(PASSES),
    "fails": int(FAILS),
    "unknown": int(UNKNOWN),
    "not_applicable": int(NOT_APPLICABLE),
    "to_confirm": int(TO_CONFIRM),
}
_VERDICT, _OPENNESS, _FAILS, _UNKNOWN, _NUMBER = 60, 56, 44, 32, 0xFFFFFFFF
"""Where in a trial's rank stands what; a trial has fewer than 4,096 criteria."""


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

    def __init__(self, selection: Selection, as_of: date, limit: int, vocabulary: Vocabulary) -> None:
        self._compiled = selection.compiled
        self._numbers = selection.numbers
        self._as_of = as_of
        self._limit = limit
        self._vocabulary = vocabulary
        # What ranks a trial, whoever the patient is; the slug decides last, as the trials' numbers do.
        self._standing_ranks = (selection.compiled.openness[selection.numbers] << _OPENNESS) + selection.numbers

    def read(self, patient: Patient) -> PatientFacts:
        """The facts of one patient. `Refused` with the faults of the line."""
        try:
            return read_patient(patient, self._vocabulary, self._as_of)
        except Refused as refused:
            raise refused.below("/patient") from None

    def answers(self, people: Sequence[PatientFacts]) -> list[Json]:
        """How patients stand: for each a line of the answer but for number and id. Many at once cost less."""
        calendar = Calendar(self._as_of)
        matched = self._compiled.bulk.match_many([Situation.now(facts, calendar) for facts in people])
        return [self._answer(facts, found) for facts, found in zip(people, matched, strict=True)]

    def _answer(self, facts: PatientFacts, found: BulkMatch) -> Json:
        verdicts = found.verdicts[self._numbers]
        totals = np.bincount(verdicts, minlength=len(VERDICTS))
        return {
            "as_of": self._as_of.isoformat(),
            "catalogue_revision": self._compiled.catalogue_revision,
            "evaluator": EVALUATOR,
            "notice": NOTICE,
            "total": len(self._numbers),
            "verdicts": dict(zip(VERDICTS, totals.tolist(), strict=True)),
            "results": self._results(found, self._best(found, verdicts, totals)),
            "warnings": [
                {"code": one.code, "text": one.text, "pointer": f"/patient{one.pointer}"} for one in facts.warnings
            ],
        }

    def _best(self, found: BulkMatch, verdicts: Flags, totals: NDArray[np.intp]) -> list[int]:
        """The numbers of the best prospects, in order."""
        worst = int(np.searchsorted(np.cumsum(totals), min(self._limit, len(verdicts))))
        places = np.flatnonzero(verdicts <= worst)
        numbers = self._numbers[places]
        ranks = self._standing_ranks[places]
        ranks += verdicts[places].astype(np.int64) << _VERDICT
        ranks += found.fails[numbers].astype(np.int64) << _FAILS
        ranks += found.unknown[numbers].astype(np.int64) << _UNKNOWN
        if len(ranks) > self._limit:
            ranks = np.partition(ranks, self._limit - 1)[: self._limit]
        best: list[int] = (np.sort(ranks) & _NUMBER).tolist()
        return best

    def _results(self, found: BulkMatch, numbers: Sequence[int]) -> list[Json]:
        results = []
        for number, flags in zip(numbers, self._compiled.bulk.flags_of(found, numbers), strict=True):
            trial = self._compiled.trials[number]
            counts = {name: flags.count(flag) for name, flag in _OUTCOMES.items()}
            failing = zip(trial.keys, flags, strict=True) if counts["fails"] else ()
            results.append(
                {
                    "trial": trial.head,
                    "verdict": VERDICTS[found.verdicts[number]],
                    "counts": counts,
                    "blocking": [key for key, flag in failing if flag == FAILS],
                }
            )
        return results


class CohortMatcher:
    """Matches cohorts. Their patients are worked out on two threads, off the event loop, whoever asks."""

    def __init__(self, compiled: CompiledCatalogue, vocabulary: Vocabulary) -> None:
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
        return Cohort(selection, as_of, query.limit, self._vocabulary)
