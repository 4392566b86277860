"""How trials would stand if one more thing were known: only what looks at it is assessed again."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.eligibility.criterion import Assessed, assess_plan
from app.eligibility.evaluate import Plan
from app.eligibility.findings import CriterionFinding, Finding, TrialFinding
from app.eligibility.looks import Look
from app.eligibility.rules import CriterionRule, TrialRules
from app.eligibility.situation import Situation
from app.eligibility.trial import Standing, verdict_on
from app.vocabulary.enumerations import Outcome, TrialVerdict
from app.vocabulary.terms import Vocabulary


@dataclass(frozen=True, slots=True)
class StandingTrial:
    """A trial as it stands for a patient, with what people decided of its criteria."""

    id: str
    rules: TrialRules
    finding: TrialFinding
    answers: Mapping[str, Outcome]


@dataclass(frozen=True, slots=True)
class OpenCriterion:
    """A criterion that looks at something, with all of its tree that does not look at it as it was found."""

    rule: CriterionRule
    plan: Plan
    answer: Outcome | None

    def assessed(self, situation: Situation) -> Assessed:
        return assess_plan(self.rule, self.plan, situation, self.answer)


def open_criteria(trial: StandingTrial, looks: frozenset[Look], vocabulary: Vocabulary) -> list[OpenCriterion]:
    """The criteria of a trial that look at any of `looks`."""
    found: list[OpenCriterion] = []
    for rule, was in zip(trial.rules.criteria, trial.finding.criteria, strict=True):
        plan = rule.plan(vocabulary)
        if plan is not None and was.finding is not None and not plan.looks_at.isdisjoint(looks):
            found.append(OpenCriterion(rule, opened(plan, was.finding, looks), trial.answers.get(rule.key)))
    return found


def opened(plan: Plan, found: Finding, looks: frozenset[Look]) -> Plan:
    """A plan that finds again what was found, wherever it does not look at any of `looks`."""
    if plan.looks_at.isdisjoint(looks):
        return Plan(plan.kind, plan.text, lambda _: found)
    if plan.leaf is not None:
        return plan
    parts = tuple([opened(part, was, looks) for part, was in zip(plan.parts, found.parts, strict=True)])
    return Plan(plan.kind, plan.text, None, parts, plan.needed)


def verdict_with(trial: StandingTrial, changed: Mapping[str, Standing]) -> TrialVerdict:
    """The verdict where some criteria stand otherwise."""
    standing: dict[str, Standing] = {part.key: part for part in trial.finding.criteria}
    return verdict_on(trial.rules, standing | dict(changed), trial.finding.incomplete)


def is_waiting(criterion: CriterionFinding) -> bool:
    """Whether facts leave a criterion open."""
    return criterion.outcome is Outcome.UNKNOWN and not criterion.to_confirm
