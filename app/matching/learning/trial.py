"""One trial under several hypothetical facts at once: what could be learnt, and how it and its criteria would stand.

Criteria are assessed by the evaluator, once for each combination of the facts that they look at.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.eligibility.bulk.matcher import VERDICTS
from app.eligibility.criterion import Assessed, assess_plan
from app.eligibility.evaluate import Plan
from app.eligibility.findings import CriterionFinding, Finding, MissingFact
from app.eligibility.looks import Look
from app.eligibility.patient import Patient
from app.eligibility.rules import CriterionRule
from app.eligibility.situation import Situation
from app.eligibility.trial import Standing, assess_trial, missing_facts
from app.matching.learning.effects import REFUSED, Effects
from app.matching.learning.panel import Panel
from app.matching.learning.steps import Steps
from app.matching.learning.supposing import StandingTrial, opened, verdict_with
from app.matching.learning.wanted import Facts, Wanted
from app.matching.overlay import overlay
from app.matching.probes.asking import learnable
from app.matching.probes.inquiry import Inquiry
from app.matching.probes.question import Fact, Question
from app.vocabulary.enumerations import Outcome, Reason, TrialVerdict

Learnt = Mapping[Fact, int | None]
"""For each fact that is learnt, the number of the probe that it turns out to be; None where nothing came of it."""
Turns = Mapping[Fact, tuple[int | None, ...]]
"""How each of some facts can turn out."""
CLEARED = frozenset({Outcome.PASSES, Outcome.NOT_APPLICABLE})
NOT_FINAL = frozenset({"reviewed", "sex"})
"""Of what follows from these, the contrary may still be learnt: by what stands in the list, or is stated of a man."""
_USUAL_ENTRIES = 50
_OF_REPRODUCTION = frozenset({"sex", "reproductive", "condition", "event"})


@dataclass(frozen=True, eq=False)
class LearningCriterion:
    """A criterion with the facts that it looks at."""

    rule: CriterionRule
    was: CriterionFinding
    plan: Plan | None
    facts: frozenset[Fact]


class Learning:
    """What of one trial could be learnt about a patient. Made for one request; not safe for several threads.

    `also`: facts that are not missing yet, but once others are known.
    """

    def __init__(self, trial: StandingTrial, inquiry: Inquiry, panel: Panel, also: Facts = frozenset()) -> None:
        self.trial = trial
        self.inquiry = inquiry
        self.steps = Steps(1 + _entries(inquiry.patient) / _USUAL_ENTRIES)
        rules = trial.rules.criteria
        later = [MissingFact(fact.code, fact.kind, Reason.MISSING) for fact in sorted(also)]
        missing = [*missing_facts(trial.finding.criteria), *later]
        effects = [panel.effects(fact, inquiry, rules) for fact in learnable(missing, inquiry)]
        self.questions: dict[Fact, Question] = {one.question.fact: one.question for one in effects}
        self.looks: dict[Fact, frozenset[Look]] = {fact: one.looks for fact, one in self.questions.items()}
        self.criteria = [
            LearningCriterion(rule, was, plan := rule.plan(inquiry.vocabulary), self._looked_at(plan))
            for rule, was in zip(rules, trial.finding.criteria, strict=True)
        ]
        self.wanted = Wanted(inquiry, self.looks)
        self._outcomes: dict[object, Standing | None] = {}
        self._clashes: dict[object, bool] = {}
        self._situations: dict[object, Situation | None] = {}
        self.domains: dict[Fact, tuple[int, ...]] = {
            one.question.fact: tuple(self._not_failing(one, verdicts))
            for one, verdicts in zip(effects, panel.supposed(panel.found([trial.finding]), effects), strict=True)
        }

    @property
    def facts(self) -> tuple[Fact, ...]:
        """All that could be learnt, those first that most criteria look at."""
        return tuple(sorted(self.questions, key=lambda fact: -sum(fact in one.facts for one in self.criteria)))

    @cached_property
    def groups(self) -> tuple[tuple[LearningCriterion, ...], ...]:
        """The criteria of each arm and dose level."""
        return tuple(
            tuple(one for one in self.criteria if group.takes(one.rule.scope)) for group in self.trial.rules.groups()
        )

    def verdict(self, learnt: Learnt, new: Fact | None = None) -> TrialVerdict | None:
        """The verdict; None where facts contradict each other that one criterion looks at, or `new` another one."""
        if new is not None and self.clash(new, learnt):
            return None
        standings = {one.rule.key: self.standing(one, learnt) for one in self.criteria}
        if None in standings.values():
            return None
        return verdict_with(self.trial, {key: standing for key, standing in standings.items() if standing is not None})

    def with_known(self, learnt: Learnt) -> tuple[StandingTrial, Inquiry]:
        """The trial for a patient of whom more is known; the facts agree."""
        situation = self.situation(learnt)
        facts = situation.facts if situation is not None else self.inquiry.facts
        inquiry = replace(self.inquiry, patient=overlay(self.inquiry.patient, self._change(learnt)), facts=facts)
        trial = self.trial
        finding = assess_trial(trial.rules, facts, inquiry.calendar, inquiry.vocabulary, trial.answers)
        return replace(trial, finding=finding), inquiry

    def still_open(self, learnt: Learnt, new: Fact) -> bool:
        """Whether a trial stays undetermined of which one group is known to wait for something, and not to fail."""
        if len(self.groups) > 1:
            return self.verdict(learnt, new) is TrialVerdict.UNDETERMINED
        return not self.clash(new, learnt)

    def standing(self, criterion: LearningCriterion, learnt: Learnt) -> Standing | None:
        """How a criterion stands; None where the facts that it looks at contradict each other."""
        mine = {fact: number for fact, number in learnt.items() if fact in criterion.facts and number is not None}
        if not mine or criterion.plan is None or criterion.was.finding is None:
            return criterion.was
        key = (id(criterion), frozenset(mine.items()))
        if key not in self._outcomes:
            self._outcomes[key] = self._assessed(criterion, criterion.plan, criterion.was.finding, mine)
        return self._outcomes[key]

    def waits(self, criterion: LearningCriterion, standing: Standing, known: Collection[Fact]) -> bool:
        """Whether a criterion is open for want of facts that are not `known`, and not of what people decide alone."""
        return bool(self.wanted_beyond(criterion, standing, known))

    def wanted_beyond(self, criterion: LearningCriterion, standing: Standing, known: Collection[Fact]) -> Facts:
        """The facts for want of which it is."""
        finding = standing.finding if isinstance(standing, Assessed) else criterion.was.finding
        if standing.outcome is not Outcome.UNKNOWN or standing.to_confirm or finding is None:
            return frozenset()
        return self.wanted.beyond(known, self.wanted.by(finding))

    def clash(self, fact: Fact, learnt: Learnt) -> bool:
        """Whether a fact contradicts another one."""
        return any(
            self._two_clash((fact, learnt[fact]), (other, number))
            for other, number in learnt.items()
            if other is not fact and _may_clash(fact, other)
        )

    def _two_clash(self, one: tuple[Fact, int | None], other: tuple[Fact, int | None]) -> bool:
        key = frozenset((one, other))
        if key not in self._clashes:
            self._clashes[key] = self.situation(dict((one, other))) is None
        return self._clashes[key]

    def _looked_at(self, plan: Plan | None) -> frozenset[Fact]:
        if plan is None:
            return frozenset()
        return frozenset(fact for fact, looks in self.looks.items() if not plan.looks_at.isdisjoint(looks))

    def _not_failing(self, effects: Effects, verdicts: NDArray[np.uint8]) -> Iterator[int]:
        """The probes of a fact that may be, and that leave the trial undecided or open."""
        [row] = verdicts
        for number, column in enumerate(effects.column_of):
            fails = column != REFUSED and VERDICTS[row[column]] is TrialVerdict.INELIGIBLE
            if column != REFUSED and (not fails or effects.question.fact.kind in NOT_FINAL):
                yield number

    def _assessed(self, criterion: LearningCriterion, plan: Plan, found: Finding, learnt: Learnt) -> Assessed | None:
        self.steps.spend()
        situation = self.situation(learnt)
        if situation is None:
            return None
        looks = frozenset[Look]().union(*(self.looks[fact] for fact in learnt))
        return assess_plan(
            criterion.rule, opened(plan, found, looks), situation, self.trial.answers.get(criterion.rule.key)
        )

    def situation(self, learnt: Learnt) -> Situation | None:
        """The patient of whom some facts have been learnt; None where they contradict each other, or what is known."""
        key = frozenset(item for item in learnt.items() if item[1] is not None)
        if key not in self._situations:
            self.steps.spend()
            self._situations[key] = self.inquiry.supposing(self._change(learnt))
        return self._situations[key]

    def _change(self, learnt: Learnt) -> Patient:
        """Classes before agents, so that what is said of an agent holds against what is said of its class."""
        change = Patient()
        for fact in sorted(learnt, key=lambda fact: (fact.code in self.inquiry.vocabulary.agents, fact)):
            number = learnt[fact]
            if number is not None:
                change = overlay(change, self.questions[fact].probes[number].change)
        return change


def _entries(patient: Patient) -> int:
    return len(patient.observations) + len(patient.conditions) + len(patient.therapies) + len(patient.events)


def _may_clash(one: Fact, other: Fact) -> bool:
    """Whether two facts can contradict each other: conditions, what tells of pregnancy, a birth and any date."""
    kinds = {one.kind, other.kind}
    if "age" in kinds:
        return len(kinds) == 2
    return kinds == {"condition"} or ("reproductive" in kinds and kinds <= _OF_REPRODUCTION)


def cleared(_criterion: LearningCriterion, standing: Standing) -> bool:
    """Whether a criterion no longer stands in the way: it passes, does not apply, or waits for people alone."""
    return standing.outcome in CLEARED or standing.to_confirm
