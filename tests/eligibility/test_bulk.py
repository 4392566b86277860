"""Law 8: the bulk matcher and the explaining evaluator agree on every patient, criterion and date."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from app.eligibility.bulk.matcher import (
    FAILS,
    NOT_APPLICABLE,
    PASSES,
    TO_CONFIRM,
    UNKNOWN,
    VERDICTS,
    BulkMatcher,
)
from app.eligibility.dates import Calendar
from app.eligibility.findings import CriterionFinding
from app.eligibility.rules import CriterionRule, TrialRules
from app.eligibility.situation import Situation
from app.eligibility.trial import assess_trial
from app.vocabulary.enumerations import CriterionKind, Milestone, Outcome
from app.vocabulary.terms import Vocabulary
from tests.eligibility.asking import EXPRESSIONS, exclusion, inclusion
from tests.eligibility.patient_strategies import facts_or_none, patients
from tests.eligibility.patients import TODAY, facts_of
from tests.eligibility.strategies import days, expressions

law = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
FLAGS = {
    Outcome.PASSES: PASSES,
    Outcome.FAILS: FAILS,
    Outcome.UNKNOWN: UNKNOWN,
    Outcome.NOT_APPLICABLE: NOT_APPLICABLE,
}


def flag_of(finding: CriterionFinding) -> int:
    return int(TO_CONFIRM if finding.to_confirm else FLAGS[finding.outcome])


@st.composite
def criteria(draw: st.DrawFn) -> list[CriterionRule]:
    nodes = draw(st.lists(expressions(), min_size=1, max_size=12))
    kinds = draw(st.lists(st.sampled_from(list(CriterionKind)), min_size=len(nodes), max_size=len(nodes)))
    anchors = draw(st.lists(st.sampled_from(list(Milestone)), min_size=len(nodes), max_size=len(nodes)))
    return [
        CriterionRule(f"{kind[:3]}-{place}", kind, anchor, EXPRESSIONS.validate_python(node))
        for place, (kind, anchor, node) in enumerate(zip(kinds, anchors, nodes, strict=True))
    ]


@law
@given(
    rules=criteria(),
    patient=patients(),
    as_of=days(),
    milestones=st.dictionaries(st.sampled_from(list(Milestone)), days(date(2026, 9, 1), date(2027, 3, 1)), max_size=2),
)
def test_bulk_and_explained_outcomes_agree_on_every_criterion(
    rules: list[CriterionRule], patient: Any, as_of: date, milestones: Any, vocabulary: Vocabulary
) -> None:
    facts = facts_or_none(patient, vocabulary, as_of)
    assume(facts is not None)
    assert facts is not None
    calendar = Calendar(as_of, milestones)
    trials = [TrialRules(f"trial-{size}", tuple(rules[:size])) for size in range(len(rules) + 1)]
    matcher = BulkMatcher.of(trials, vocabulary)
    found = matcher.match(Situation.now(facts, calendar))
    for number, trial in enumerate(trials):
        explained = assess_trial(trial, facts, calendar, vocabulary)
        assert matcher.criteria_of(found, number).tolist() == [flag_of(one) for one in explained.criteria]
        assert VERDICTS[found.verdicts[number]] is explained.verdict


def thresholds(code: str, unit: str | None, relative_to: str | None, values: list[float]) -> list[CriterionRule]:
    return [
        inclusion(
            EXPRESSIONS.validate_python(
                {
                    "kind": "observation",
                    "code": code,
                    "threshold": {"comparator": sign, "value": value, "unit": unit, "relative_to": relative_to},
                }
            ),
            key=f"inc-{sign}{value}",
        )
        for sign in ("lt", "le", "eq", "ge", "gt")
        for value in values
    ]


@pytest.mark.parametrize(
    "result",
    [
        {"value": 85},
        {"value": 84.9999},
        {"value": "<85"},
        {"value": ">=84"},
        {"value": 8.5, "unit": "g/dL"},
        {"value": 85, "lower_limit": 84, "upper_limit": 86},
        {"interpretation": "low", "lower_limit": 85, "upper_limit": 150},
        {"interpretation": "normal", "lower_limit": 85, "upper_limit": 86},
    ],
)
def test_a_family_of_thresholds_is_exact_at_every_threshold(result: Any, vocabulary: Vocabulary) -> None:
    rules = thresholds("hemoglobin", "g/L", None, [84, 84.5, 85, 85.5, 86])
    rules += thresholds("hemoglobin", None, "uln", [0.9, 1, 1.1]) + thresholds("hemoglobin", None, "lln", [0.9, 1, 1.1])
    facts = facts_of(vocabulary, observations=[{"code": "hemoglobin", "unit": "g/L", "date": "2026-11-01"} | result])
    agree(rules, facts, vocabulary)


@pytest.mark.parametrize("end", ["2026-08-21", "2026-08-22", "2026-08", "2026", None])
def test_a_family_of_windows_is_exact_on_every_day(end: str | None, vocabulary: Vocabulary) -> None:
    rules = [
        exclusion(
            EXPRESSIONS.validate_python(
                {
                    "kind": "therapy",
                    "agents": ["rituximab"],
                    "window": {"within": {"value": value, "unit": unit}},
                }
            ),
            key=f"exc-{value}{unit}",
        )
        for unit, values in (("days", (90, 91, 92, 93)), ("weeks", (13, 14)), ("months", (2, 3, 4)), ("years", (1,)))
        for value in values
    ]
    course = {"agent": "rituximab", "start": "2026-01"} | ({"end": end} if end else {})
    for reviewed in ([], ["therapies"]):
        agree(rules, facts_of(vocabulary, therapies=[course], reviewed=reviewed), vocabulary)
    absent = {"agent": "rituximab", "given": False, "start": "2026-09-01", "end": "2026-11-21"}
    agree(rules, facts_of(vocabulary, therapies=[absent]), vocabulary)


def agree(rules: list[CriterionRule], facts: Any, vocabulary: Vocabulary) -> None:
    trial = TrialRules("trial", tuple(rules))
    matcher = BulkMatcher.of([trial], vocabulary)
    found = matcher.match(Situation.now(facts, Calendar(TODAY)))
    explained = assess_trial(trial, facts, Calendar(TODAY), vocabulary)
    assert dict(zip([rule.key for rule in rules], matcher.criteria_of(found, 0).tolist(), strict=True)) == {
        one.key: flag_of(one) for one in explained.criteria
    }
