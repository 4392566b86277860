"""`Matcher`: one patient against the catalogue's trials, from a request to the contract's answer."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np

from app.catalogue.errors import TrialNotFound
from app.catalogue.queries import Catalogue
from app.eligibility.assessor import Assessor
from app.eligibility.bulk.matcher import VERDICTS
from app.matching.answer import Json, TrialHead, TrialWriter, listed, written
from app.matching.asked import Case, Reader
from app.matching.candidates import Candidate
from app.matching.changes import changes_between
from app.matching.compiled import Compiled, CompiledCatalogue, Ints, Selection
from app.matching.decisive import MOST_CRITERIA, MOST_TRIALS, Panels, decisive_facts
from app.matching.fhir.lexicon import Lexicon
from app.matching.human import answers_that_count, answers_to
from app.matching.learning.supposing import StandingTrial
from app.matching.probes.inquiry import Inquiry
from app.matching.ranking import best_first, funnel
from app.matching.request import MatchRequest, TrialMatchRequest
from app.matching.revisions import at_revisions
from app.matching.shelf import Explainable, Shelf
from app.matching.smallest_set import smallest_set
from app.matching.standings import Explainer, Standings
from app.matching.warnings import Warned
from app.vocabulary.enumerations import TrialVerdict
from app.vocabulary.terms import Vocabulary

EVALUATOR = "cartalog/1"
"""Names the evaluator's semantics; it changes when the same request may get another answer."""
NOTICE = "This informs a coordinator. It does not decide eligibility; the investigator does."


class Matcher:
    """Matches patients. Methods raise `Refused`, `TrialNotFound` and `DatabaseUnavailable`."""

    def __init__(self, catalogue: Catalogue, compiled: CompiledCatalogue, vocabulary: Vocabulary) -> None:
        self._catalogue = catalogue
        self._compiled = compiled
        self._vocabulary = vocabulary
        self._explainer = Explainer(Shelf(catalogue), Assessor(vocabulary))
        self._writer = TrialWriter()
        self._reader = Reader(Lexicon(vocabulary))
        self._panels = Panels(vocabulary)
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="matching")

    def close(self) -> None:
        """Let the threads go."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def match(self, request: MatchRequest, today: date) -> bytes:
        """The JSON envelope of `POST /v1/match`: every trial that the filters leave, a page of them with results."""
        selection = await self._compiled.selection(request.trials)
        slugs = await self._slugs(request, selection.compiled)

        def work() -> bytes:
            with_criteria = "criteria" in request.include
            answer = self._answer(request, selection, slugs, today, shown=with_criteria)
            page = answer.order[request.offset : request.offset + request.limit].tolist()
            others = {
                "total": len(answer.order),
                "limit": request.limit,
                "offset": request.offset,
                "funnel": funnel(answer.standings, answer.standings.case.facts),
            }
            results = [self._written(answer.standings, place, with_criteria=with_criteria) for place in page]
            return written(
                _envelope(answer) | others,
                {"decisive_facts": listed(answer.decisive_facts), "results": listed(results)},
            )

        return await self._off_the_loop(work)

    async def match_trial(self, identifier: str, request: TrialMatchRequest, today: date) -> bytes:
        """The JSON envelope of `POST /v1/trials/{id}/match`, around one `result` with its criteria."""
        slug = (await self._catalogue.get_document(identifier)).slug
        compiled = await self._compiled.current()
        selection = Selection(compiled, np.array([compiled.numbers[slug]], dtype=np.int64))
        slugs = await self._slugs(request, compiled)

        def work() -> bytes:
            answer = self._answer(request, selection, slugs, today, shown=True)
            standing, inquiry = _standing(answer.standings, 0), self._inquiry(answer.standings.case)
            smallest = {"smallest_set": smallest_set(standing, inquiry, self._panels).said()}
            result = self._written(answer.standings, 0, with_criteria=True)
            return written(
                _envelope(answer) | smallest, {"decisive_facts": listed(answer.decisive_facts), "result": result}
            )

        return await self._off_the_loop(work)

    async def _off_the_loop(self, work: Callable[[], bytes]) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    async def _slugs(self, request: TrialMatchRequest, compiled: Compiled) -> dict[str, str]:
        """Of the trials that a request names by a registry number, the slugs."""
        named = {answer.trial for answer in request.answers}
        named |= request.compare_with.revisions.keys() if request.compare_with is not None else set()
        found: dict[str, str] = {}
        for name in named.difference(compiled.numbers):
            with suppress(TrialNotFound):
                found[name] = (await self._catalogue.get_document(name)).slug
        return found

    def _answer(
        self, request: TrialMatchRequest, selection: Selection, slugs: Mapping[str, str], today: date, *, shown: bool
    ) -> "_Answer":
        """How the patient stands with every trial of the selection."""
        asked = self._reader.read(request, today)

        def find(name: str) -> Candidate | None:
            return selection.find(slugs.get(name, name))

        def present(name: str) -> Explainable | None:
            trial = find(name)
            return None if trial is None else self._explainer.shelf.get(trial.id, trial.revision)

        answers, set_aside = answers_that_count(request.answers, present)
        standings = Standings(selection, asked.case, answers, {}, self._explainer, shown=shown)
        order = best_first(standings)
        changes, warned = list[Json](), list[Warned]()
        if asked.other is not None:
            wanted = request.compare_with.revisions if request.compare_with is not None else {}
            revised, warned = at_revisions(self._explainer.shelf, wanted, find)

            def other(name: str) -> Explainable | None:
                return revised.get(slugs.get(name, name)) or present(name)

            theirs, _ = answers_that_count(answers_to(request.answers, other), other)
            others = Standings(selection, asked.other, theirs, revised, self._explainer, shown=False)
            changes, unsaid = changes_between(standings, others, order)
            warned += unsaid
        decisive, bounded = self._decisive(standings, order)
        return _Answer(standings, order, decisive, changes, (*asked.warnings, *set_aside, *bounded, *warned))

    def _decisive(self, standings: Standings, order: Ints) -> tuple[list[bytes], tuple[Warned, ...]]:
        """The decisive facts of the undetermined trials; of very many, of the best prospects."""
        undetermined = order[standings.verdicts[order] == VERDICTS.index(TrialVerdict.UNDETERMINED)].tolist()
        taken = _no_more_than_can_be_looked_at(standings, undetermined)
        trials = [_standing(standings, place) for place in taken]
        said = [fact.written for fact in decisive_facts(trials, self._inquiry(standings.case), self._panels)]
        return said, () if len(taken) == len(undetermined) else (_bounded(len(taken)),)

    def _inquiry(self, case: Case) -> Inquiry:
        return Inquiry(case.patient, case.facts, case.calendar, self._vocabulary)

    def _written(self, standings: Standings, place: int, *, with_criteria: bool) -> bytes:
        head = TrialHead(standings.trial(place).head, standings.explainable(place).words)
        return self._writer.write(head, standings.finding(place), with_criteria=with_criteria)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a match found. `order`: the places of the standings, best prospects first."""

    standings: Standings
    order: Ints
    decisive_facts: Sequence[bytes]
    changes: Sequence[Json]
    warnings: tuple[Warned, ...]


def _standing(standings: Standings, place: int) -> StandingTrial:
    rules = standings.explainable(place).rules
    return StandingTrial(rules.id, rules, standings.finding(place), standings.answers.get(rules.id, {}))


def _envelope(answer: _Answer) -> Json:
    return {
        "as_of": answer.standings.case.calendar.as_of.isoformat(),
        "catalogue_revision": answer.standings.selection.compiled.catalogue_revision,
        "evaluator": EVALUATOR,
        "notice": NOTICE,
        "changes": answer.changes,
        "warnings": [asdict(warned) for warned in answer.warnings],
    }


def _no_more_than_can_be_looked_at(standings: Standings, places: Sequence[int]) -> Sequence[int]:
    criteria = set[int]()
    for count, place in enumerate(places[:MOST_TRIALS]):
        criteria.update(standings.trial(place).roots)
        if len(criteria) > MOST_CRITERIA and count:
            return places[:count]
    return places[:MOST_TRIALS]


def _bounded(trials: int) -> Warned:
    text = (
        f"more trials are undetermined than can be looked at: decisive facts are those of the {trials} best prospects"
    )
    return Warned("decisive_facts_bounded", text)
