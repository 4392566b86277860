"""What one result says by its value, by the laboratory's limits and by its word; and milestones that have passed."""

from datetime import date

import pytest

from app.eligibility.criteria import Expression
from app.eligibility.dates import Calendar
from app.eligibility.rules import TrialRules
from app.eligibility.trial import assess_trial
from app.vocabulary.enumerations import Milestone, Outcome
from app.vocabulary.faults import Refused
from tests.eligibility.asking import Told, ask, exclusion, expression, inclusion, stand, verdict, within
from tests.eligibility.patients import TODAY, facts_of


def dsdna(told: Told) -> list[Told]:
    return [{"code": "anti_dsdna", "date": "2026-11-10"} | told]


@pytest.mark.parametrize(
    ("told", "ge_30", "negative"),
    [
        ({"value": 30, "unit": "[IU]/mL"}, "yes", "unknown: no_reference_limit"),
        ({"value": 29, "unit": "[IU]/mL", "upper_limit": 29}, "no", "yes"),
        # a word is a range where the laboratory's limits are known
        ({"interpretation": "normal", "unit": "[IU]/mL", "upper_limit": 29}, "no", "yes"),
        ({"interpretation": "negative", "unit": "[IU]/mL", "upper_limit": 29}, "no", "yes"),
        ({"interpretation": "high", "unit": "[IU]/mL", "upper_limit": 30}, "yes", "no"),
        ({"interpretation": "low", "unit": "[IU]/mL", "lower_limit": 20}, "no", "yes"),
        ({"interpretation": "high", "unit": "[IU]/mL", "upper_limit": 20}, "unknown: imprecise", "no"),
        # and says nothing of a number where they are not
        ({"value": "positive"}, "unknown: imprecise", "no"),
        ({"value": "negative"}, "unknown: imprecise", "yes"),
        ({"interpretation": "low"}, "unknown: imprecise", "yes"),
    ],
)
def test_a_word_is_a_range_between_the_limits(vocabulary, told, ge_30, negative):
    threshold = {"comparator": "ge", "value": 30, "unit": "[IU]/mL"}
    node = expression(kind="observation", code="anti_dsdna", threshold=threshold)
    assert verdict(ask(vocabulary, node, observations=dsdna(told))) == ge_30
    node = expression(kind="observation", code="anti_dsdna", finding="negative")
    assert verdict(ask(vocabulary, node, observations=dsdna(told))) == negative


def test_a_count_of_copies_is_no_count_of_units_but_can_lie_above_its_own_limit(vocabulary):
    told = [{"code": "hbv_dna", "value": 900, "unit": "{copies}/mL", "upper_limit": 100, "date": "2026-11-10"}]
    threshold = {"comparator": "le", "value": 1000, "unit": "[IU]/mL"}
    node = expression(kind="observation", code="hbv_dna", threshold=threshold)
    assert verdict(ask(vocabulary, node, observations=told)) == "unknown: unit"
    for finding, expected in (("positive", "yes"), ("high", "yes"), ("negative", "no"), ("normal", "no")):
        node = expression(kind="observation", code="hbv_dna", finding=finding)
        assert verdict(ask(vocabulary, node, observations=told)) == expected


def test_a_negative_result_is_within_every_multiple_of_the_limit(vocabulary):
    threshold = {"comparator": "le", "value": 1, "relative_to": "uln"}
    node = expression(kind="observation", code="hbv_dna", threshold=threshold)
    told = [{"code": "hbv_dna", "value": "negative", "date": "2026-11-10"}]
    assert verdict(ask(vocabulary, node, observations=told)) == "yes"


def test_a_value_beside_the_one_that_is_asked_for_is_away_from_it(vocabulary):
    node = expression(kind="observation", code="sledai_2k", threshold={"comparator": "eq", "value": 0})
    finding = ask(vocabulary, node, observations=[{"code": "sledai_2k", "value": 4, "date": "2026-11-10"}])
    assert finding.margin is not None
    assert (verdict(finding), finding.margin.text) == ("no", "4, 4 away")


def test_a_threshold_in_a_unit_of_something_else_is_refused(vocabulary):
    threshold = {"comparator": "ge", "value": 80, "unit": "mL/min"}
    with pytest.raises(Refused):
        ask(vocabulary, expression(kind="observation", code="hemoglobin", threshold=threshold))


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        # screening was on 1 November: what came after does not count for it
        (["2026-10-30", "2026-11-10"], "yes"),
        (["2026-11-01", "2026-11-10"], "yes"),
        (["2026-11-02"], "unknown: missing"),
        # it may have been before
        (["2026-11"], "unknown: imprecise"),
        (["2026-11", "2026-10-30"], "yes"),
    ],
)
def test_a_result_after_a_milestone_that_has_passed_does_not_count(vocabulary, days, expected):
    threshold = {"comparator": "ge", "value": 80, "unit": "g/L"}
    node = expression(kind="observation", code="hemoglobin", threshold=threshold)
    told = [{"code": "hemoglobin", "value": 90, "unit": "g/L", "date": day} for day in days]
    screened = {Milestone.SCREENING: date(2026, 11, 1)}
    assert verdict(ask(vocabulary, node, observations=told, milestones=screened)) == expected


def washout() -> Expression:
    return expression(kind="therapy", agents=["rituximab"], window=within(6, "months"))


def test_a_therapy_begun_after_a_milestone_that_has_passed_does_not_count_for_it(vocabulary):
    screened = {Milestone.SCREENING: date(2026, 11, 1)}
    told: Told = {"therapies": [{"agent": "rituximab", "start": "2026-11-05"}], "reviewed": ["therapies"]}
    finding = stand(vocabulary, exclusion(washout()), milestones=screened, **told)
    # Screening moves with the day, and reaches the start of the therapy four days from now.
    assert (finding.outcome, finding.expires_on) == ("passes", date(2026, 11, 25))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"value": "<90", "unit": "mL/min/{1.73_m2}", "date": "2020"}, "unknown: missing, imprecise"),
        ({"value": 50, "unit": "mL/min/{1.73_m2}", "date": "2020"}, "yes"),
        ({"value": 50, "unit": "mL/min/{1.73_m2}"}, "yes"),
    ],
)
def test_any_result_counts_that_surely_meets_the_test(vocabulary, told, expected):
    threshold = {"comparator": "lt", "value": 60, "unit": "mL/min/{1.73_m2}"}
    node = expression(kind="observation", code="egfr", threshold=threshold, which="any")
    assert verdict(ask(vocabulary, node, observations=[{"code": "egfr"} | told])) == expected


def test_an_undated_result_may_lie_outside_of_a_window(vocabulary):
    window = within(1, "months")
    node = expression(kind="observation", code="cmv_dna", finding="positive", which="any", window=window)
    told = [{"code": "cmv_dna", "value": "positive"}]
    assert verdict(ask(vocabulary, node, observations=told)) == "unknown: missing, undated"


def test_rules_can_be_made_ready_at_once(vocabulary):
    rules = TrialRules.ready("a-trial", [inclusion(expression(kind="age", min_years=18))], vocabulary)
    plan = rules.criteria[0].plan(vocabulary)
    assert plan is rules.criteria[0].plan(vocabulary)
    finding = assess_trial(rules, facts_of(vocabulary, age_years=40), Calendar(TODAY), vocabulary)
    assert finding.verdict == "eligible"


def test_an_answer_that_decides_nothing_is_none(vocabulary):
    finding = stand(vocabulary, inclusion(None), answer=Outcome.UNKNOWN)
    assert (finding.outcome, finding.answered) == ("unknown", False)


@pytest.mark.parametrize(
    ("told", "positive"),
    [
        ({"code": "ecg_abnormal", "interpretation": "abnormal"}, "yes"),
        ({"code": "syphilis", "interpretation": "abnormal"}, "yes"),
        ({"code": "cmv_dna", "interpretation": "abnormal"}, "yes"),
        ({"code": "cmv_dna", "interpretation": "abnormal", "value": 30, "unit": "[IU]/mL"}, "yes"),
        # where the number and its limit say otherwise, they decide
        ({"code": "cmv_dna", "interpretation": "abnormal", "value": 30, "unit": "[IU]/mL", "upper_limit": 40}, "no"),
        ({"code": "syphilis", "interpretation": "indeterminate"}, "unknown: imprecise"),
    ],
)
def test_abnormal_is_positive_of_what_is_only_found_or_not(vocabulary, told, positive):
    node = expression(kind="observation", code=told["code"], finding="positive")
    assert verdict(ask(vocabulary, node, observations=[{"date": "2026-11-10"} | told])) == positive
