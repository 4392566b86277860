"""`Matcher`: one patient against the catalogue's trials, from a request to the contract's answer."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import date

from app.catalogue.errors import TrialNotFound
from app.catalogue.queries import Catalogue
from app.eligibility.dates import Calendar
from app.eligibility.facts import PatientFacts
from app.eligibility.patient import Patient
from app.eligibility.reading import read_patient
from app.eligibility.trial import assess_trial
from app.matching.answer import Json, say_trial
from app.matching.changes import changes_between
from app.matching.human import Answers, answers_that_count
from app.matching.overlay import overlay
from app.matching.ranking import Matched, best_first, funnel
from app.matching.request import Circumstances, MatchRequest, TrialMatchRequest
from app.matching.rulebook import Candidate, RuleBook
from app.matching.warnings import Warned
from app.vocabulary.faults import Refused
from app.vocabulary.terms import Vocabulary

EVALUATOR = "cartalog/1"
"""Names the evaluator's semantics; it changes when the same request may get another answer."""
NOTICE = "This informs a coordinator. It does not decide eligibility; the investigator does."


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, read: the facts on a day, and those of its what-if."""

    calendar: Calendar
    facts: PatientFacts
    what_if: PatientFacts | None
    warnings: tuple[Warned, ...]


class Matcher:
    """Matches patients. Methods raise `Refused`, `TrialNotFound` and `DatabaseUnavailable`."""

    def __init__(self, catalogue: Catalogue, vocabulary: Vocabulary) -> None:
        self._catalogue = catalogue
        self._vocabulary = vocabulary
        self._rules = RuleBook(catalogue)
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="matching")

    def close(self) -> None:
        """Let the threads go."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def match(self, request: MatchRequest, today: date) -> Json:
        """The envelope of `POST /v1/match`: every trial that the filters leave, a page of them with results."""
        found = await self._catalogue.candidate_ids(request.trials)
        candidates = await self._rules.candidates(found.ids, found.catalogue_revision)
        matched, changes, asked = await self._matched(request, candidates, today)
        page = matched[request.offset : request.offset + request.limit]
        with_criteria = "criteria" in request.include
        return self._envelope(asked, found.catalogue_revision) | {
            "total": len(matched),
            "limit": request.limit,
            "offset": request.offset,
            "results": [say_trial(one.candidate.head, one.finding, with_criteria=with_criteria) for one in page],
            "funnel": funnel(matched, asked.facts),
            "decisive_facts": [],
            "changes": changes,
            "warnings": [asdict(warned) for warned in asked.warnings],
        }

    async def match_trial(self, identifier: str, request: TrialMatchRequest, today: date) -> Json:
        """The envelope of `POST /v1/trials/{id}/match`, around one `result` with its criteria."""
        slug = (await self._catalogue.get_document(identifier)).slug
        revision = await self._catalogue.catalogue_revision()
        candidates = await self._rules.candidates([slug], revision)
        if not candidates:
            raise TrialNotFound
        [matched], changes, asked = await self._matched(request, candidates, today)
        return self._envelope(asked, revision) | {
            "result": say_trial(matched.candidate.head, matched.finding, with_criteria=True),
            "decisive_facts": [],
            "changes": changes,
            "warnings": [asdict(warned) for warned in asked.warnings],
        }

    async def _matched(
        self, request: TrialMatchRequest, candidates: Sequence[Candidate], today: date
    ) -> tuple[list[Matched], list[Json], Asked]:
        """All candidates, best prospects first. It ranks and matches, so it keeps off the event loop."""

        def work() -> tuple[list[Matched], list[Json], Asked]:
            asked = self._read(request, today)
            answers, set_aside = answers_that_count(request.answers, candidates)
            asked = replace(asked, warnings=(*asked.warnings, *set_aside))
            matched = [self._assessed(one, asked.facts, asked.calendar, answers) for one in candidates]
            changes: list[Json] = []
            if asked.what_if is not None:
                others = [self._assessed(one, asked.what_if, asked.calendar, answers) for one in candidates]
                changes = changes_between(matched, others)
            return sorted(matched, key=best_first), changes, asked

        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def _assessed(self, candidate: Candidate, facts: PatientFacts, calendar: Calendar, answers: Answers) -> Matched:
        given = answers.get(candidate.id, {})
        return Matched(candidate, assess_trial(candidate.rules, facts, calendar, self._vocabulary, given))

    def _read(self, request: TrialMatchRequest, today: date) -> Asked:
        as_of = request.day(today)
        patient = request.patient or Patient()
        calendar = _calendar(request, as_of)
        facts = self._facts(patient, as_of, "/patient")
        warnings = tuple(Warned(one.code, one.text, f"/patient{one.pointer}") for one in facts.warnings)
        if request.what_if is None:
            return Asked(calendar, facts, None, warnings)
        self._facts(request.what_if, as_of, "/what_if")  # so that its own faults are named by their own places
        return Asked(calendar, facts, self._facts(overlay(patient, request.what_if), as_of, "/what_if"), warnings)

    def _facts(self, patient: Patient, as_of: date, place: str) -> PatientFacts:
        try:
            return read_patient(patient, self._vocabulary, as_of)
        except Refused as refused:
            raise Refused([replace(fault, pointer=f"{place}{fault.pointer}") for fault in refused.faults]) from None

    def _envelope(self, asked: Asked, catalogue_revision: int) -> Json:
        return {
            "as_of": asked.calendar.as_of.isoformat(),
            "catalogue_revision": catalogue_revision,
            "evaluator": EVALUATOR,
            "notice": NOTICE,
        }


def _calendar(request: Circumstances, as_of: date) -> Calendar:
    return Calendar(as_of, request.milestone_days())
