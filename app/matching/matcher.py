"""`Matcher`: one patient against the catalogue's trials, from a request to the contract's answer."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from typing import ParamSpec, TypeVar

import numpy as np

from app.catalogue.queries import Catalogue
from app.eligibility.bulk.matcher import VERDICTS
from app.matching.answer import Json, TrialHead, say_trial
from app.matching.asked import Case, Reader
from app.matching.candidates import Candidate
from app.matching.changes import changes_between
from app.matching.compiled import CompiledCatalogue, Ints, Selection
from app.matching.decisive import MOST_TRIALS, Panels, decisive_facts
from app.matching.fhir.lexicon import Lexicon
from app.matching.human import Answers, answers_that_count, answers_to
from app.matching.learning.supposing import StandingTrial
from app.matching.probes.inquiry import Inquiry
from app.matching.ranking import best_first, funnel
from app.matching.request import MatchRequest, TrialMatchRequest
from app.matching.revisions import at_revisions
from app.matching.smallest_set import smallest_set
from app.matching.standings import Standings
from app.matching.warnings import Warned
from app.matching.words import CriterionWords
from app.vocabulary.enumerations import TrialVerdict
from app.vocabulary.terms import Vocabulary

P = ParamSpec("P")
T = TypeVar("T")

EVALUATOR = "cartalog/1"
"""Names the evaluator's semantics; it changes when the same request may get another answer."""
NOTICE = "This informs a coordinator. It does not decide eligibility; the investigator does."


class Matcher:
    """Matches patients. Methods raise `Refused`, `TrialNotFound` and `DatabaseUnavailable`."""

    def __init__(self, catalogue: Catalogue, compiled: CompiledCatalogue, vocabulary: Vocabulary) -> None:
        self._catalogue = catalogue
        self._compiled = compiled
        self._vocabulary = vocabulary
        self._words = CriterionWords(catalogue)
        self._reader = Reader(Lexicon(vocabulary))
        self._panels = Panels(vocabulary)
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="matching")

    def close(self) -> None:
        """Let the threads go."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def match(self, request: MatchRequest, today: date) -> Json:
        """The envelope of `POST /v1/match`: every trial that the filters leave, a page of them with results."""
        selection = await self._compiled.selection(request.trials)
        answer = await self._matched(request, selection, today)
        places = answer.order[request.offset : request.offset + request.limit].tolist()
        return _envelope(answer) | {
            "total": len(answer.order),
            "limit": request.limit,
            "offset": request.offset,
            "results": await self._said(answer, places, with_criteria="criteria" in request.include),
            "funnel": funnel(answer.standings, answer.standings.case.facts),
        }

    async def match_trial(self, identifier: str, request: TrialMatchRequest, today: date) -> Json:
        """The envelope of `POST /v1/trials/{id}/match`, around one `result` with its criteria."""
        slug = (await self._catalogue.get_document(identifier)).slug
        compiled = await self._compiled.current()
        selection = Selection(compiled, np.array([compiled.numbers[slug]], dtype=np.int64))
        answer = await self._matched(request, selection, today)
        smallest = await self._off_the_loop(self._smallest_set, answer)
        [result] = await self._said(answer, [0], with_criteria=True)
        return _envelope(answer) | {"result": result, "smallest_set": smallest}

    async def _matched(self, request: TrialMatchRequest, selection: Selection, today: date) -> "_Answer":
        """How the patient stands with every trial of the selection. It computes, so it keeps off the event loop."""
        revised, warned = dict[str, Candidate](), list[Warned]()
        if request.compare_with is not None and request.compare_with.revisions:
            revised, warned = await at_revisions(self._catalogue, request.compare_with.revisions, selection)
        return await self._off_the_loop(self._answer, request, selection, revised, warned, today)

    async def _off_the_loop(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, partial(work, *args, **kwargs))

    def _answer(
        self,
        request: TrialMatchRequest,
        selection: Selection,
        revised: Mapping[str, Candidate],
        warned: Sequence[Warned],
        today: date,
    ) -> "_Answer":
        asked = self._reader.read(request, today)
        answers, set_aside = answers_that_count(request.answers, selection.find)
        standings = self._standings(selection, asked.case, answers, {})
        order = best_first(standings)
        changes, unsaid = list[Json](), tuple[Warned, ...]()
        if asked.other is not None:

            def find(slug: str) -> Candidate | None:
                return revised.get(slug) or selection.find(slug)

            theirs, _ = answers_that_count(answers_to(request.answers, find), find)
            others = self._standings(selection, asked.other, theirs, revised)
            changes, unsaid = changes_between(standings, others, order)
        decisive, bounded = self._decisive(standings, order)
        return _Answer(standings, order, decisive, changes, (*asked.warnings, *set_aside, *bounded, *unsaid, *warned))

    def _standings(
        self, selection: Selection, case: Case, answers: Answers, revised: Mapping[str, Candidate]
    ) -> Standings:
        return Standings(selection, case, answers, self._vocabulary, revised)

    def _decisive(self, standings: Standings, order: Ints) -> tuple[list[Json], tuple[Warned, ...]]:
        """The decisive facts of the undetermined trials; of very many, of the best prospects."""
        undetermined = order[standings.verdicts[order] == VERDICTS.index(TrialVerdict.UNDETERMINED)]
        trials = [_standing(standings, place) for place in undetermined[:MOST_TRIALS].tolist()]
        said = [fact.said() for fact in decisive_facts(trials, self._inquiry(standings.case), self._panels)]
        return said, (_BOUNDED,) if len(undetermined) > MOST_TRIALS else ()

    def _smallest_set(self, answer: "_Answer") -> Json:
        inquiry = self._inquiry(answer.standings.case)
        return smallest_set(_standing(answer.standings, 0), inquiry, self._panels).said()

    def _inquiry(self, case: Case) -> Inquiry:
        return Inquiry(case.patient, case.facts, case.calendar, self._vocabulary)

    async def _said(self, answer: "_Answer", places: Sequence[int], *, with_criteria: bool) -> list[Json]:
        """The entries of `results`; explained off the event loop where they are not yet."""
        standings = answer.standings
        trials = [standings.trial(place) for place in places]
        words = await self._words.of(trials) if with_criteria else {}

        def say() -> list[Json]:
            return [
                say_trial(
                    TrialHead(trial.head, words.get(trial.id, {})),
                    standings.finding(place),
                    with_criteria=with_criteria,
                )
                for trial, place in zip(trials, places, strict=True)
            ]

        return await self._off_the_loop(say)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a match found. `order`: the places of the standings, best prospects first."""

    standings: Standings
    order: Ints
    decisive_facts: Sequence[Json]
    changes: Sequence[Json]
    warnings: tuple[Warned, ...]


def _standing(standings: Standings, place: int) -> StandingTrial:
    trial = standings.trial(place)
    return StandingTrial(trial.id, trial.rules, standings.finding(place), standings.answers.get(trial.id, {}))


def _envelope(answer: _Answer) -> Json:
    return {
        "as_of": answer.standings.case.calendar.as_of.isoformat(),
        "catalogue_revision": answer.standings.selection.compiled.catalogue_revision,
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
