"""Decisive facts: of all that is missing, what would settle the most trials if it alone were learnt.

For each missing fact a few hypothetical facts are laid over the patient, one for every way in which it can turn out
that some criterion tells apart (`app.matching.probes`), and what looks at it is read again. So the answer is that of
assessing everything again with each of them, which a test does.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.eligibility.bulk.matcher import VERDICTS
from app.eligibility.bulk.planes import Small
from app.eligibility.criteria import Observation, Therapy
from app.eligibility.evaluate import Plan
from app.eligibility.findings import Finding
from app.eligibility.kept import Kept
from app.eligibility.looks import known_looks
from app.eligibility.rules import CriterionRule, TrialRules
from app.eligibility.trial import missing_facts
from app.matching.decisive_fact import DecisiveFact
from app.matching.learning.effects import REFUSED, Effects
from app.matching.learning.panel import DECIDED, ELIGIBLE, UNDETERMINED, Panel, of_nobody, setting
from app.matching.learning.possible import ANYHOW, BUT_NOT_NO, Standings
from app.matching.learning.supposing import StandingTrial, is_waiting, open_criteria, verdict_with
from app.matching.learning.worst import could_fail
from app.matching.probes.asking import learnable
from app.matching.probes.inquiry import AskedLeaf, Inquiry, first_day
from app.matching.probes.question import Fact, deciding
from app.vocabulary.enumerations import Reason, TrialVerdict
from app.vocabulary.terms import Vocabulary

MOST_TRIALS, MOST_CRITERIA = 100, 300
"""Undetermined trials that are looked at, the best prospects first; and how many different criteria they may have."""
_PANELS_KEPT = 16
_FACTS_KEPT = 2048
_SETTINGS_KEPT = 16
_NAMED_APART = frozenset({"therapy", "event"})
"""Facts of which the absence of one says nothing of another."""


class DecisivePanel(Panel):
    """With what is found once for everybody, by facts and their setting (`_Everybody`)."""

    def __init__(self, trials: Sequence[TrialRules], vocabulary: Vocabulary) -> None:
        super().__init__(trials, vocabulary)
        self.waiting: Kept[object, tuple[tuple[int, int], ...]] = Kept(_FACTS_KEPT)
        self.of_nobody: Kept[object, list[DecisiveFact]] = Kept(_SETTINGS_KEPT)
        self.decisive: Kept[object, tuple[tuple[DecisiveFact, ...], date]] = Kept(_FACTS_KEPT)


class Panels:
    """Panels by the trials that are on them, the latest ones kept."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._kept: Kept[tuple[int, ...], DecisivePanel] = Kept(_PANELS_KEPT)

    def of(self, trials: Sequence[TrialRules]) -> DecisivePanel:
        """A panel keeps its trials, so that their identities stay theirs."""
        key = tuple(id(trial) for trial in trials)
        return self._kept.get(key, lambda: DecisivePanel(trials, self._vocabulary))


def decisive_facts(trials: Sequence[StandingTrial], inquiry: Inquiry, panels: Panels) -> list[DecisiveFact]:
    """Every missing fact that alone can settle one of the undetermined trials, the most decisive first.

    It takes time with the number of trials times that of their missing facts, and with the square of that of different
    thresholds: give no more than `MOST_TRIALS` with `MOST_CRITERIA`.
    """
    undetermined = [trial for trial in trials if trial.finding.verdict is TrialVerdict.UNDETERMINED]
    if not undetermined:
        return []
    undetermined.sort(key=lambda trial: trial.id)  # so that they find their panel in whichever order they come
    panel = panels.of([trial.rules for trial in undetermined])
    if not known_looks(inquiry.facts) and all(trial.finding.everybodys for trial in undetermined):
        nobody = of_nobody(inquiry)
        return list(panel.of_nobody.get(setting(inquiry), lambda: _decisive_facts(undetermined, nobody, panel)))
    return _decisive_facts(undetermined, inquiry, panel)


@dataclass(frozen=True)
class _Undetermined:
    """Undetermined trials and their panel. `waits`: for how many criteria each trial waits."""

    trials: Sequence[StandingTrial]
    waits: Sequence[int]
    panel: "DecisivePanel"

    @cached_property
    def found(self) -> Small:
        """How the leaves stand."""
        return self.panel.found([trial.finding for trial in self.trials])


def _decisive_facts(
    undetermined: Sequence[StandingTrial], inquiry: Inquiry, panel: "DecisivePanel"
) -> list[DecisiveFact]:
    missing = [fact for trial in undetermined for fact in missing_facts(trial.finding.criteria)]
    open_ = _Undetermined(undetermined, [sum(map(is_waiting, one.finding.criteria)) for one in undetermined], panel)
    everybody = _Everybody(open_, inquiry)
    found: list[DecisiveFact] = []
    others: list[Fact] = []
    for fact in learnable(missing, inquiry):
        known = everybody.decisive(fact)
        if known is None:
            others.append(fact)
        else:
            found += known
    found += _worked_out(others, open_, inquiry)[0]
    return sorted(found, key=lambda one: one.rank)


def _worked_out(
    facts: Iterable[Fact], open_: _Undetermined, inquiry: Inquiry
) -> tuple[list[DecisiveFact], list[Effects]]:
    """Of some missing facts, those that are decisive; and what was supposed to tell."""
    trials, panel = open_.trials, open_.panel
    effects: list[Effects] = []
    for fact in facts:
        rules = _deciding_rules(fact, trials, open_.waits, panel)
        if rules:
            effects.append(panel.effects(fact, inquiry, rules))
    if not effects:
        return [], effects
    found: list[DecisiveFact] = []
    for effect, verdicts in zip(effects, panel.supposed(open_.found, effects), strict=True):
        for row, trial in enumerate(trials):
            if trial.answers:
                verdicts[row] = _verdicts_of_answered(trial, effect, inquiry)
        if DECIDED[verdicts].any():
            computes_only = not any(_asks_for(effect.question.fact, panel.leaves[number]) for number in effect.leaves)
            found.append(_decisive(effect, verdicts, [trial.id for trial in trials], computes_only))
    return found, effects


class _Everybody:
    """What is decisive for everybody whose record is silent about all that a fact touches, and whom no trial takes
    for the fact alone: it can only close trials then, and which ones is found once.
    """

    def __init__(self, open_: _Undetermined, inquiry: Inquiry) -> None:
        self._open = open_
        self._inquiry = inquiry
        self._panel = open_.panel
        self._setting = setting(inquiry)
        self._known = known_looks(inquiry.facts)
        self._born = inquiry.facts.birth.first if inquiry.facts.birth is not None else date.min
        self._own = frozenset(
            (number, place)
            for number, trial in enumerate(open_.trials)
            for place, one in enumerate(trial.finding.criteria)
            if not one.everybodys or open_.panel.has_groups(number)
        )

    def decisive(self, fact: Fact) -> tuple[DecisiveFact, ...] | None:
        """The fact, if it is decisive; None where it has to be worked out for this patient."""
        touched, clashing = self._panel.touched_by(fact), self._panel.clashing_with(fact)
        if not touched.isdisjoint(self._own) or not clashing.isdisjoint(self._known):
            return None
        if fact.kind == "age" and self._known:
            return None  # every date may lie before a birth
        key = (fact, self._setting)
        for number, waiting in self._panel.waiting.get(key, lambda: self._waiting(touched)):
            if waiting == self._open.waits[number]:
                return None
        known, first = self._panel.decisive.get(key, lambda: self._work_out(fact))
        return None if self._born > first else known

    def _waiting(self, touched: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
        """For each trial that a fact touches, how many of those criteria wait."""
        waiting = Counter[int]()
        for number, place in touched:
            waiting[number] += is_waiting(self._open.trials[number].finding.criteria[place])
        return tuple(waiting.items())

    def _work_out(self, fact: Fact) -> tuple[tuple[DecisiveFact, ...], date]:
        """That, and the first day that matters to it: whoever is born later is another case."""
        found, effects = _worked_out([fact], self._open, of_nobody(self._inquiry))
        days = [first_day(probe.change, date.max) for one in effects for probe in one.question.probes]
        return tuple(found), min(days, default=date.max)


def _asks_for(fact: Fact, asked: AskedLeaf) -> bool:
    """Whether a leaf that looks at a fact asks for it, or for what is computed with it."""
    match fact.kind:
        case "observation":
            return isinstance(asked.leaf, Observation) and asked.leaf.code == fact.code
        case "age" | "sex":
            return asked.leaf.kind == fact.kind
        case _:
            return True


def _deciding_rules(
    fact: Fact, trials: Sequence[StandingTrial], waits: Sequence[int], panel: Panel
) -> list[CriterionRule]:
    """The criteria through which a fact might settle some trial, were their leaves to turn out anyhow.

    Those that it might fail; and of a trial that waits for nothing else, all that look at it. Nothing is read to tell.
    `waits`: for how many criteria each trial waits.
    """
    vocabulary = panel.vocabulary
    looks = panel.looks_of(fact)

    def touched_leaf(plan: Plan, found: Finding) -> Standings:
        # While as many others may have been as are asked for, nothing alone shows that they were not.
        others = [one for one in found.missing if one.kind in _NAMED_APART and one.reason is Reason.MISSING]
        still_open = sum(not panel.looks_of(Fact(one.kind, one.fact)) <= looks for one in others)
        needed = plan.leaf.min_distinct if isinstance(plan.leaf, Therapy) else 1
        return BUT_NOT_NO if still_open >= needed and fact.kind != "reviewed" else ANYHOW

    found: dict[int, CriterionRule] = {}
    for trial, criteria in panel.looking(looks):
        standing = trials[trial]
        touched = [(standing.rules.criteria[number], standing.finding.criteria[number]) for number in criteria]
        waiting = sum(is_waiting(was) for _, was in touched)
        if waiting == waits[trial] or standing.answers or panel.has_groups(trial):
            found |= {id(rule): rule for rule, _ in touched}
            continue
        for rule, was in touched:
            plan = rule.plan(vocabulary)
            if plan is None or was.finding is None or id(rule) in found:
                continue
            if could_fail(plan, was.finding, looks, touched_leaf, rule.favourable):
                found[id(rule)] = rule
    return list(found.values())


def _decisive(
    effects: Effects, verdicts: NDArray[np.uint8], trials: Sequence[str], computes_only: bool
) -> DecisiveFact:
    """What a fact does that settles some of the trials."""
    settled, opened = DECIDED[verdicts], verdicts == ELIGIBLE
    does = opened if opened.any() else settled
    best = int(does.sum(axis=0).argmax())
    good = set(np.flatnonzero((does >= does[:, [best]]).all(axis=0)).tolist())
    possible = [number for number, column in enumerate(effects.column_of) if column != REFUSED]
    return DecisiveFact(
        effects.question.fact,
        deciding(
            effects.question,
            effects.column_of.index(best),
            [number for number in possible if effects.column_of[number] in good],
            possible,
        ),
        tuple(sorted(trials[row] for row in np.flatnonzero(settled.any(axis=1)).tolist())),
        tuple(sorted(trials[row] for row in np.flatnonzero(opened[:, best]).tolist())),
        computes_only,
    )


def _verdicts_of_answered(trial: StandingTrial, effects: Effects, inquiry: Inquiry) -> list[int]:
    """The verdicts of a trial of which people have decided something, which arrays know nothing of."""
    question = effects.question
    criteria = open_criteria(trial, question.looks, inquiry.vocabulary)
    verdicts = [UNDETERMINED] * effects.columns.shape[1]
    for column in range(len(verdicts)) if criteria else ():
        situation = inquiry.supposing(question.probes[effects.column_of.index(column)].change)
        if situation is not None:
            changed = {one.rule.key: one.assessed(situation) for one in criteria}
            verdicts[column] = VERDICTS.index(verdict_with(trial, changed))
    return verdicts
