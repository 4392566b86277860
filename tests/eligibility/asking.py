"""How tests ask the evaluator: expressions and criteria as in a trial's file, patients as in a request."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from app.eligibility.criteria import Expression
from app.eligibility.dates import Calendar
from app.eligibility.evaluate import evaluate
from app.eligibility.findings import CriterionFinding, Finding, TrialFinding
from app.eligibility.rules import CriterionRule, TrialRules
from app.eligibility.trial import assess_criterion, assess_trial
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import CriterionKind, Milestone, Outcome
from app.vocabulary.terms import Vocabulary
from tests.eligibility.patients import TODAY, facts_of

EXPRESSIONS: TypeAdapter[Expression] = TypeAdapter(Expression)
Told = dict[str, Any]
"""A part of a request."""
WORDS = {Verdict.YES: "yes", Verdict.NO: "no", Verdict.UNKNOWN: "unknown"}


def expression(**node: Any) -> Expression:
    """An expression, written as in a trial's file."""
    return EXPRESSIONS.validate_python(node)


def within(value: float, unit: str, before: str | None = None) -> dict[str, Any]:
    """A window, as in a trial's file."""
    return {"within": {"value": value, "unit": unit}} | ({"before": before} if before else {})


def ask(
    vocabulary: Vocabulary,
    node: Expression,
    as_of: date = TODAY,
    milestones: Mapping[Milestone, date] | None = None,
    **patient: Any,
) -> Finding:
    """How an expression stands, anchored on screening."""
    facts = facts_of(vocabulary, as_of, **patient)
    return evaluate(node, facts, Calendar(as_of, milestones or {}), vocabulary, anchor=Milestone.SCREENING)


def verdict(finding: Finding) -> str:
    """`yes`, `no`, or `unknown` with the reasons: `unknown: missing, stale`."""
    if finding.applicable is False:
        return "not applicable"
    word = WORDS[finding.verdict]
    return f"{word}: {', '.join(finding.reasons)}" if finding.reasons else word


def inclusion(node: Expression | None, key: str = "inc-1", **rule: Any) -> CriterionRule:
    return CriterionRule(key, CriterionKind.INCLUSION, expression=node, **rule)


def exclusion(node: Expression | None, key: str = "exc-1", **rule: Any) -> CriterionRule:
    return CriterionRule(key, CriterionKind.EXCLUSION, expression=node, **rule)


def stand(
    vocabulary: Vocabulary,
    rule: CriterionRule,
    as_of: date = TODAY,
    answer: Outcome | None = None,
    milestones: Mapping[Milestone, date] | None = None,
    **patient: Any,
) -> CriterionFinding:
    """How a patient stands with one criterion."""
    facts = facts_of(vocabulary, as_of, **patient)
    return assess_criterion(rule, facts, Calendar(as_of, milestones or {}), vocabulary, answer)


def match(
    vocabulary: Vocabulary,
    *criteria: CriterionRule,
    as_of: date = TODAY,
    answers: Mapping[str, Outcome] | None = None,
    milestones: Mapping[Milestone, date] | None = None,
    trial: Mapping[str, Any] | None = None,
    **patient: Any,
) -> TrialFinding:
    """How a patient stands with a trial of these criteria."""
    rules = TrialRules("a-trial", criteria, **(trial or {}))
    facts = facts_of(vocabulary, as_of, **patient)
    return assess_trial(rules, facts, Calendar(as_of, milestones or {}), vocabulary, answers or {})
