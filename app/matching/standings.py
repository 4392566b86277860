"""How a patient stands with a selection of trials: verdicts and counts of all, explained findings of some.

Few trials are all explained. Of many, the bulk matcher gives verdicts and counts, and only those are explained that
somebody looks at: a law holds the two to the same answer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.eligibility.assessor import Assessor
from app.eligibility.bulk.matcher import FAILS, NOT_APPLICABLE, PASSES, TO_CONFIRM, UNKNOWN, VERDICTS, BulkMatch
from app.eligibility.findings import TrialFinding
from app.eligibility.situation import Situation
from app.eligibility.verdicts import Verdict
from app.matching.asked import Case
from app.matching.candidates import Candidate
from app.matching.compiled import Ints, Selection
from app.matching.human import Answers
from app.matching.shelf import Explainable, Shelf
from app.vocabulary.enumerations import Outcome

MOST_EXPLAINED = 100
"""Up to so many trials are all explained at once."""

_OUTCOMES = {
    int(FAILS): Outcome.FAILS,
    int(UNKNOWN): Outcome.UNKNOWN,
    int(TO_CONFIRM): Outcome.UNKNOWN,
    int(PASSES): Outcome.PASSES,
    int(NOT_APPLICABLE): Outcome.NOT_APPLICABLE,
}


@dataclass(frozen=True, slots=True)
class Explainer:
    """Where trials to be explained come from, and what assesses them. Used from several threads."""

    shelf: Shelf
    assessor: Assessor


class Standings:
    """One patient and the trials of a selection. The arrays have a place for each trial, in the selection's order.

    `shown`: whether findings come with evidence and margins. `revised`: trials to be taken at another revision than the
    compiled one. `verdicts` are indices in `VERDICTS`, `fails` and `unknown` count criteria; one to confirm is not
    unknown. `found`: what the bulk matcher says, None where all trials are explained.
    """

    def __init__(
        self,
        selection: Selection,
        case: Case,
        answers: Answers,
        revised: Mapping[str, Explainable],
        explainer: Explainer,
        *,
        shown: bool,
    ) -> None:
        self.selection = selection
        self.case = case
        self.answers = answers
        self._revised = revised
        self._explainer = explainer
        self._shown = shown
        self._findings: dict[int, TrialFinding] = {}
        self.found: BulkMatch | None = None
        if len(selection.numbers) <= MOST_EXPLAINED:
            self._of_nothing(len(selection.numbers))
            self._explain(range(len(selection.numbers)))
        else:
            self._in_bulk()
            self._explain(self._places_of({*answers, *revised}))

    @property
    def explained(self) -> set[int]:
        """The places whose trials are explained already."""
        return set(self._findings)

    def trial(self, place: int) -> Candidate:
        """The trial at a place."""
        return self.selection.compiled.trials[int(self.selection.numbers[place])]

    def explainable(self, place: int) -> Explainable:
        """The trial at a place, at the revision at which it is matched."""
        trial = self.trial(place)
        return self._revised.get(trial.id) or self._explainer.shelf.get(trial.id, trial.revision)

    def finding(self, place: int) -> TrialFinding:
        """How the patient stands with the trial at a place, explained."""
        finding = self._findings.get(place)
        if finding is None:
            rules = self.explainable(place).rules
            answers = self.answers.get(rules.id, {})
            finding = self._explainer.assessor.assess(
                rules, self.case.facts, self.case.calendar, answers, shown=self._shown
            )
            self._findings[place] = finding
        return finding

    def outcomes(self, place: int) -> dict[str, Outcome]:
        """How each criterion of the trial at a place stands, by its key."""
        if self.found is None or place in self._findings:
            return {part.key: part.outcome for part in self.finding(place).criteria}
        flags = self.selection.compiled.bulk.criteria_of(self.found, int(self.selection.numbers[place]))
        return dict(zip(self.trial(place).keys, [_OUTCOMES[flag] for flag in flags.tolist()], strict=True))

    def differs_from(self, other: "Standings") -> Ints:
        """The places at which a verdict, or how a criterion stands, may be another than in `other`."""
        if self.found is None or other.found is None:
            return np.arange(len(self.selection.numbers))
        as_outcome = np.arange(256, dtype=np.uint8)
        as_outcome[TO_CONFIRM] = UNKNOWN
        changed = as_outcome[self.found.criteria] != as_outcome[other.found.criteria]
        somewhere = self.selection.compiled.bulk.sums(changed.astype(np.int64))[self.selection.numbers] > 0
        somewhere |= self.verdicts != other.verdicts
        somewhere[list(self.explained | other.explained)] = True
        return np.flatnonzero(somewhere)

    def _of_nothing(self, size: int) -> None:
        self.verdicts: NDArray[np.uint8] = np.zeros(size, dtype=np.uint8)
        self.fails: Ints = np.zeros(size, dtype=np.int64)
        self.unknown: Ints = np.zeros(size, dtype=np.int64)
        self.may_have_a_condition: NDArray[np.bool_] = np.zeros(size, dtype=np.bool_)

    def _in_bulk(self) -> None:
        compiled, numbers = self.selection.compiled, self.selection.numbers
        situation = Situation.now(self.case.facts, self.case.calendar)
        self.found = found = compiled.bulk.match(situation)
        self.verdicts = found.verdicts[numbers]
        self.fails = found.fails[numbers].astype(np.int64)
        self.unknown = found.unknown[numbers].astype(np.int64)
        self.may_have_a_condition = compiled.may_have_a_condition(situation)[numbers]

    def _explain(self, places: Iterable[int]) -> None:
        for place in places:
            finding = self.finding(place)
            self.verdicts[place] = VERDICTS.index(finding.verdict)
            self.fails[place] = sum(part.outcome is Outcome.FAILS for part in finding.criteria)
            self.unknown[place] = sum(
                part.outcome is Outcome.UNKNOWN and not part.to_confirm for part in finding.criteria
            )
            self.may_have_a_condition[place] = not finding.diseases or any(
                verdict is not Verdict.NO for _, verdict in finding.diseases
            )

    def _places_of(self, slugs: Iterable[str]) -> list[int]:
        numbers = [self.selection.compiled.numbers[slug] for slug in slugs]
        places: list[int] = np.searchsorted(self.selection.numbers, numbers).tolist()
        return places
