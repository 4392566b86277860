"""`Matcher`: one patient against the catalogue's trials, from a request to the contract's answer."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import partial
from typing import ParamSpec, TypeVar

from app.catalogue.errors import TrialNotFound
from app.catalogue.queries import Catalogue
from app.eligibility.trial import assess_trial
from app.matching.answer import Json, say_trial
from app.matching.asked import Case, Reader
from app.matching.changes import changes_between
from app.matching.decisive import MOST_TRIALS, Panels, decisive_facts
from app.matching.fhir.lexicon import Lexicon
from app.matching.human import Answers, answers_that_count, answers_to
from app.matching.learning.supposing import StandingTrial
from app.matching.probes.inquiry import Inquiry
from app.matching.ranking import Matched, best_first, funnel
from app.matching.request import MatchRequest, TrialMatchRequest
from app.matching.revisions import at_revisions
from app.matching.rulebook import Candidate, RuleBook
from app.matching.smallest_set import smallest_set
from app.matching.warnings import Warned
from app.vocabulary.enumerations import TrialVerdict
from app.vocabulary.terms import Vocabulary

P = ParamSpec("P")
T = TypeVar("T")

EVALUATOR = "cartalog/1"
"""Names the evaluator's semantics; it changes when the same request may get another answer."""
NOTICE = "This informs a coordinator. It does not decide eligibility; the investigator does."


class Matcher:
    """Matches patients. Methods raise `Refused`, `TrialNotFound` and `DatabaseUnavailable`."""

    def __init__(self, catalogue: Catalogue, vocabulary: Vocabulary) -> None:
        self._catalogue = catalogue
        self._vocabulary = vocabulary
        self._rules = RuleBook(catalogue)
        self._reader = Reader(Lexicon(vocabulary))
        self._panels = Panels(vocabulary)
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="matching")

    def close(self) -> None:
        """Let the threads go."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def match(self, request: MatchRequest, today: date) -> Json:
        """The envelope of `POST /v1/match`: every trial that the filters leave, a page of them with results."""
        found = await self._catalogue.candidate_ids(request.trials)
        candidates = await self._rules.candidates(found.ids, found.catalogue_revision)
        answer = await self._matched(request, candidates, today)
        page = answer.matched[request.offset : request.offset + request.limit]
        with_criteria = "criteria" in request.include
        return _envelope(answer, found.catalogue_revision) | {
            "total": len(answer.matched),
            "limit": request.limit,
            "offset": request.offset,
            "results": [say_trial(one.candidate.head, one.finding, with_criteria=with_criteria) for one in page],
            "funnel": funnel(answer.matched, answer.case.facts),
        }

    async def match_trial(self, identifier: str, request: TrialMatchRequest, today: date) -> Json:
        """The envelope of `POST /v1/trials/{id}/match`, around one `result` with its criteria."""
        slug = (await self._catalogue.get_document(identifier)).slug
        revision = await self._catalogue.catalogue_revision()
        candidates = await self._rules.candidates([slug], revision)
        if not candidates:
            raise TrialNotFound
        answer = await self._matched(request, candidates, today)
        [matched] = answer.matched
        smallest = await self._off_the_loop(self._smallest_set, matched, answer)
        return _envelope(answer, revision) | {
            "result": say_trial(matched.candidate.head, matched.finding, with_criteria=True),
            "smallest_set": smallest,
        }

    async def _matched(self, request: TrialMatchRequest, candidates: Sequence[Candidate], today: date) -> "_Answer":
        """All candidates. It reads, matches and ranks, so it keeps off the event loop."""
        others, warned = candidates, list[Warned]()
        if request.compare_with is not None and request.compare_with.revisions:
            others, warned = await at_revisions(self._catalogue, request.compare_with.revisions, candidates)
        answer = await self._off_the_loop(self._answer, request, candidates, others, today)
        return replace(answer, warnings=(*answer.warnings, *warned))

    async def _off_the_loop(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, partial(work, *args, **kwargs))

    def _answer(
        self, request: TrialMatchRequest, candidates: Sequence[Candidate], others: Sequence[Candidate], today: date
    ) -> "_Answer":
        asked = self._reader.read(request, today)
        answers, set_aside = answers_that_count(request.answers, candidates)
        matched = [self._assessed(one, asked.case, answers) for one in candidates]
        changes: list[Json] = []
        if asked.other is not None:
            theirs, _ = answers_that_count(answers_to(request.answers, others), others)
            changes = changes_between(matched, [self._assessed(one, asked.other, theirs) for one in others])
        ranked = sorted(matched, key=best_first)
        decisive, bounded = self._decisive(ranked, asked.case, answers)
        return _Answer(asked.case, answers, ranked, decisive, changes, (*asked.warnings, *set_aside, *bounded))

    def _assessed(self, candidate: Candidate, case: Case, answers: Answers) -> Matched:
        given = answers.get(candidate.id, {})
        return Matched(candidate, assess_trial(candidate.rules, case.facts, case.calendar, self._vocabulary, given))

    def _decisive(
        self, ranked: Sequence[Matched], case: Case, answers: Answers
    ) -> tuple[list[Json], tuple[Warned, ...]]:
        """The decisive facts of the undetermined trials; of very many, of the best prospects."""
        undetermined = [one for one in ranked if one.finding.verdict is TrialVerdict.UNDETERMINED]
        trials = [_standing(one, answers) for one in undetermined[:MOST_TRIALS]]
        said = [fact.said() for fact in decisive_facts(trials, self._inquiry(case), self._panels)]
        return said, (_BOUNDED,) if len(undetermined) > MOST_TRIALS else ()

    def _smallest_set(self, matched: Matched, answer: "_Answer") -> Json:
        return smallest_set(_standing(matched, answer.answers), self._inquiry(answer.case), self._panels).said()

    def _inquiry(self, case: Case) -> Inquiry:
        return Inquiry(case.patient, case.facts, case.calendar, self._vocabulary)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a match found: `matched` best prospects first."""

    case: Case
    answers: Answers
    matched: Sequence[Matched]
    decisive_facts: Sequence[Json]
    changes: Sequence[Json]
    warnings: tuple[Warned, ...]


def _standing(matched: Matched, answers: Answers) -> StandingTrial:
    candidate = matched.candidate
    return StandingTrial(candidate.id, candidate.rules, matched.finding, answers.get(candidate.id, {}))


def _envelope(answer: _Answer, catalogue_revision: int) -> Json:
    return {
        "as_of": answer.case.calendar.as_of.isoformat(),
        "catalogue_revision": catalogue_revision,
        "evaluator": EVALUATOR,
        "notice": NOTICE,
        "decisive_facts": answer.decisive_facts,
        "changes": answer.changes,
        "warnings": [asdict(warned) for warned in answer.warnings],
    }


_BOUNDED = Warned(
    "decisive_facts_bounded",
    f"more than {MOST_TRIALS} trials are undetermined: decisive facts are those of the {MOST_TRIALS} best prospects",
)
