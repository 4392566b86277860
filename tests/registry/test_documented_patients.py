"""A woman of whom all is documented, in the contract's own fields, against all five trials; and those near to her."""

from datetime import date
from typing import Any

import pytest

from app.vocabulary.enumerations import Incompleteness, TrialVerdict
from tests.registry.documented import (
    BELIMUMAB,
    DAY,
    HYDROXYCHLOROQUINE,
    ILL,
    MYCOPHENOLATE,
    STEROID,
    UNTOUCHED,
    WOMAN,
)
from tests.registry.outcomes import Match, adding, match, rules_of, with_results

HANGZHOU_NK = rules_of("car-nk-cd19-hangzhou-zju2")
NANJING = rules_of("car-t-cd19-ultra-fast-nanjing-drum-tower")
HANGZHOU_UNIVERSAL = rules_of("car-t-cd19-universal-hangzhou-zjuch")
KUALA_LUMPUR = rules_of("car-t-cd19-autologous-kuala-lumpur-ukm")
SHANGHAI = rules_of("car-dnt-cd19-shanghai-renji")
ASSESSABLE = (HANGZHOU_NK, HANGZHOU_UNIVERSAL, KUALA_LUMPUR, SHANGHAI)
TOMORROW = date(2026, 11, 22)


@pytest.fixture
def seen(vocabulary):
    def look(rules: Any, patient: dict[str, Any] = WOMAN, **circumstances: Any) -> Match:
        return match(rules, vocabulary, patient, **circumstances)

    return look


def _without(patient: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in patient.items() if name not in names}


# --- Each trial can be decided


@pytest.mark.parametrize("rules", [HANGZHOU_NK, KUALA_LUMPUR, SHANGHAI], ids=lambda rules: rules.id)
def test_whoever_is_fully_documented_can_be_eligible(seen, rules):
    found = seen(rules)
    assert found.finding.verdict is TrialVerdict.ELIGIBLE
    assert not found.keys("fails", "unknown")


def test_where_exclusions_are_missing_that_alone_is_in_the_way(seen):
    found = seen(HANGZHOU_UNIVERSAL)
    assert found.finding.verdict is TrialVerdict.UNDETERMINED
    assert found.finding.incomplete == (Incompleteness.EXCLUSIONS_MISSING,)
    assert not found.keys("fails", "unknown")


def test_without_criteria_nobody_is_assessed(seen):
    assert seen(NANJING).finding.verdict is TrialVerdict.NOT_ASSESSABLE


def test_she_is_described_in_the_fields_of_the_contract():
    fields = {
        "conditions": {"code", "present", "status", "since", "until", "severity", "criteria_set"},
        "observations": {"code", "value", "unit", "date", "lower_limit", "upper_limit", "interpretation", "room_air"},
        "therapies": {"agent", "given", "start", "end", "dose", "response"},
    }
    for name, known in fields.items():
        assert {field for entry in WOMAN[name] for field in entry} <= known


ONLY_PEOPLE_SAY_NO = {
    HANGZHOU_NK.id: {"exc-10"},
    HANGZHOU_UNIVERSAL.id: set[str](),
    KUALA_LUMPUR.id: {"exc-1b"},
    SHANGHAI.id: {"exc-8b"},
}


@pytest.mark.parametrize("rules", ASSESSABLE, ids=lambda rules: rules.id)
def test_no_criterion_that_data_can_decide_is_true_of_everybody_or_of_nobody(seen, rules):
    found = [seen(rules, patient) for patient in (WOMAN, ILL, UNTOUCHED)]
    cleared = set().union(*(one.keys("passes", "to confirm", "not applicable") for one in found))
    failed = set().union(*(one.keys("fails") for one in found))
    left_to_people = set.intersection(*(one.keys("to confirm", "not applicable") for one in found))
    assert cleared == set(found[0].criteria)
    assert cleared - failed - left_to_people == ONLY_PEOPLE_SAY_NO[rules.id]


# --- The person


FOR_WOMEN = {
    HANGZHOU_NK.id: {"inc-10a", "inc-10b", "exc-2a", "exc-2b"},
    HANGZHOU_UNIVERSAL.id: {"inc-7a", "inc-7b"},
    KUALA_LUMPUR.id: {"inc-13a", "inc-13b", "exc-8a", "exc-8b"},
    SHANGHAI.id: {"inc-4a"},
}


@pytest.mark.parametrize("reproductive", [{}, WOMAN["reproductive"]])
@pytest.mark.parametrize("rules", ASSESSABLE, ids=lambda rules: rules.id)
def test_of_a_man_no_pregnancy_is_asked(seen, rules, reproductive):
    woman, man = seen(rules), seen(rules, {**WOMAN, "sex": "male", "reproductive": reproductive})
    assert man.finding.verdict is woman.finding.verdict
    assert man.keys("not applicable") == FOR_WOMEN[rules.id]


def test_of_unknown_sex_what_would_pass_either_way_passes(seen):
    unknown = _without(WOMAN, "sex")
    assert seen(SHANGHAI, unknown)["inc-4a"] == "passes"
    assert (seen(KUALA_LUMPUR, unknown)["inc-14"], seen(KUALA_LUMPUR, unknown)["exc-8a"]) == ("to confirm", "passes")
    positive = with_results(unknown, {"code": "pregnancy_test", "value": "positive", "date": DAY})
    assert seen(SHANGHAI, positive)["inc-4a"] == "unknown"
    pregnant = {**unknown, "reproductive": {"pregnant": True}}
    assert seen(HANGZHOU_NK, pregnant)["exc-2a"] == "fails"
    assert seen(KUALA_LUMPUR, pregnant)["exc-8a"] == "fails"
    assert seen(HANGZHOU_NK, unknown)["inc-9c"] == "unknown"  # eGFR by CKD-EPI needs the sex


@pytest.mark.parametrize(
    ("born", "nk", "universal", "kuala_lumpur", "shanghai"),
    [
        ("1960-11-22", "passes", "passes", "passes", "passes"),
        ("1960-11-21", "fails", "passes", "fails", "passes"),
        ("1960-11", "unknown", "passes", "unknown", "passes"),
        ("1960-12", "passes", "passes", "passes", "passes"),
        ("1960", "unknown", "passes", "unknown", "passes"),
        ("2008-11", "unknown", "passes", "unknown", "unknown"),
        ("2021", "fails", "unknown", "fails", "fails"),
    ],
)
def test_an_age_that_is_known_to_the_month_is_a_range(seen, born, nk, universal, kuala_lumpur, shanghai):
    patient = {"birth_date": born}
    assert seen(HANGZHOU_NK, patient)["inc-2"] == nk
    assert seen(HANGZHOU_UNIVERSAL, patient)["inc-1"] == universal
    assert seen(KUALA_LUMPUR, patient)["inc-1"] == kuala_lumpur
    assert seen(SHANGHAI, patient)["inc-2"] == shanghai


def test_a_pregnancy_ends_it_for_every_trial(seen):
    pregnant = {**WOMAN, "reproductive": {"pregnant": True}}
    tested = with_results(pregnant, {"code": "pregnancy_test", "value": "positive", "date": DAY})
    for rules in ASSESSABLE:
        assert seen(rules, tested).finding.verdict is TrialVerdict.INELIGIBLE


def test_after_a_hysterectomy_no_trial_asks_for_a_test(seen):
    patient = {**_without(WOMAN, "reproductive"), "events": [{"code": "hysterectomy", "date": "2019"}]}
    patient["observations"] = [result for result in WOMAN["observations"] if result["code"] != "pregnancy_test"]
    for rules, keys in ((HANGZHOU_UNIVERSAL, {"inc-7a", "inc-7b"}), (KUALA_LUMPUR, {"inc-13a", "inc-13b"})):
        assert keys <= seen(rules, patient).keys("not applicable")
    assert seen(HANGZHOU_NK, patient)["exc-2a"] == "passes"


# --- Diseases

TREATED = {"code": "basal_cell_carcinoma", "status": "resolved", "until": "2019", "adequately_treated": True}
LYMPHOMA = {"code": "lymphoma", "status": "resolved", "until": "2012"}


def test_lupus_nephritis_is_no_hindrance_where_the_kidneys_work(seen):
    patient = adding(WOMAN, conditions=[{"code": "lupus_nephritis", "since": "2020", "severity": "severe"}])
    for rules in (HANGZHOU_NK, KUALA_LUMPUR, SHANGHAI):
        assert seen(rules, patient).finding.verdict is TrialVerdict.ELIGIBLE


@pytest.mark.parametrize(
    ("cancers", "nk", "kuala_lumpur", "shanghai"),
    [
        ([TREATED], ("passes",), ("passes", "passes"), ("passes",)),
        ([TREATED, LYMPHOMA], ("fails",), ("passes", "passes"), ("passes",)),
        ([{**TREATED, "adequately_treated": False}], ("fails",), ("passes", "passes"), ("passes",)),
        ([{"code": "lymphoma", "status": "remission"}], ("fails",), ("passes", "unknown"), ("passes",)),
        ([{"code": "lymphoma"}], ("fails",), ("fails", "unknown"), ("fails",)),
        ([{"code": "malignancy", "status": "resolved"}], ("unknown",), ("passes", "passes"), ("passes",)),
    ],
)
def test_a_cancer_of_the_past_counts_as_each_text_has_it(seen, cancers, nk, kuala_lumpur, shanghai):
    patient = adding(WOMAN, conditions=cancers)
    assert (seen(HANGZHOU_NK, patient)["exc-14"],) == nk
    assert (seen(KUALA_LUMPUR, patient)["exc-1a"], seen(KUALA_LUMPUR, patient)["exc-1b"]) == kuala_lumpur
    assert (seen(SHANGHAI, patient)["exc-3a"],) == shanghai


def test_hiv_on_the_list_excludes_from_every_trial_that_names_it(seen):
    infected = {"conditions": [{"code": "hiv_infection", "since": "2015"}]}
    assert seen(HANGZHOU_NK, infected)["exc-7d"] == "fails"
    assert seen(KUALA_LUMPUR, infected)["exc-5"] == "fails"
    assert seen(SHANGHAI, infected)["exc-7c"] == "fails"


# --- Treatments


@pytest.mark.parametrize(("weight", "above", "at_least"), [(61, "fails", "fails"), (60, "fails", "passes")])
def test_sixty_mg_of_prednisone_are_less_than_one_mg_per_kg_of_61(seen, weight, above, at_least):
    steroid = {**STEROID, "dose": {"value": 60, "unit": "mg/d"}}
    patient = {**WOMAN, "weight_kg": weight, "therapies": [steroid, HYDROXYCHLOROQUINE, MYCOPHENOLATE, BELIMUMAB]}
    assert seen(HANGZHOU_NK, patient)["inc-7a"] == above
    assert seen(HANGZHOU_UNIVERSAL, patient)["inc-2b"] == at_least


def test_rituximab_that_ended_in_july_counts_to_the_last_of_july(seen):
    patient = adding(WOMAN, therapies=[{"agent": "rituximab", "start": "2025-11", "end": "2026-07"}])
    assert seen(HANGZHOU_NK, patient)["exc-21"] == "passes"
    found = seen(SHANGHAI, patient)
    assert found["exc-12a"] == "fails"
    assert found.criteria["exc-12a"].lapses_on == found.finding.eligible_from == date(2027, 2, 1)
    may = adding(WOMAN, therapies=[{"agent": "rituximab", "start": "2025-11", "end": "2026-05"}])
    assert seen(SHANGHAI, may)["exc-12a"] == "unknown"


def test_mycophenolate_washes_out_for_a_week(seen):
    def stopped(day):
        return seen(HANGZHOU_NK, adding(WOMAN, therapies=[{"agent": "mycophenolate", "start": "2025", "end": day}]))

    seven_days_ago = stopped("2026-11-14")
    assert seven_days_ago["exc-22"] == "fails"
    assert seven_days_ago.criteria["exc-22"].lapses_on == seven_days_ago.finding.eligible_from == TOMORROW
    assert stopped("2026-11-13")["exc-22"] == "passes"


def test_no_operation_is_planned_where_the_events_are_reviewed(seen):
    assert seen(HANGZHOU_NK, {"reviewed": ["events"]})["exc-20b"] == "passes"
    never = {"events": [{"code": code, "occurred": False} for code in ("major_surgery", "minor_surgery")]}
    assert seen(HANGZHOU_NK, never)["exc-20b"] == "unknown"
    planned = {"events": [{"code": "minor_surgery", "planned": True}]}
    assert seen(HANGZHOU_NK, planned)["exc-20b"] == "fails"


# --- Results


def _other_unit(result: dict[str, Any]) -> dict[str, Any]:
    """The same result as another laboratory would send it."""
    factor, unit = {
        "hemoglobin": (10, "g/L"),
        "wbc": (1000, "/uL"),
        "neutrophils": (1000, "cells/µL"),
        "platelets": (1, "10^9/L"),
        "fibrinogen": (100, "mg/dL"),
        "alt": (1, "IU/L"),
    }.get(result["code"], (None, None))
    if factor is None:
        return result
    named = (name for name in ("value", "upper_limit") if name in result)
    return {**result, **{name: round(result[name] * factor, 3) for name in named}, "unit": unit}


@pytest.mark.parametrize("rules", ASSESSABLE, ids=lambda rules: rules.id)
def test_other_units_change_nothing(seen, rules):
    elsewhere = {**WOMAN, "observations": [_other_unit(result) for result in WOMAN["observations"]]}
    one, other = seen(rules), seen(rules, elsewhere)
    assert {key: one[key] for key in one.criteria} == {key: other[key] for key in other.criteria}


LIMITED = {
    HANGZHOU_NK.id: {"inc-9a", "inc-9b", "inc-9g", "inc-9h"},
    HANGZHOU_UNIVERSAL.id: {"inc-5d", "inc-5e", "inc-5f"},
    KUALA_LUMPUR.id: {"inc-7", "inc-8"},
    SHANGHAI.id: {"inc-3b", "inc-3c", "inc-3d", "inc-3e", "inc-3f"},
}


@pytest.mark.parametrize("rules", ASSESSABLE, ids=lambda rules: rules.id)
def test_a_multiple_of_normal_needs_the_laboratorys_limit_or_its_word(seen, rules):
    bare = {**WOMAN, "observations": [_without(result, "upper_limit") for result in WOMAN["observations"]]}
    found = seen(rules, bare)
    assert found.keys("unknown") == LIMITED[rules.id]
    assert all(found.reasons(key) == {"no_reference_limit"} for key in LIMITED[rules.id])
    limited = {result["code"] for result in WOMAN["observations"] if "upper_limit" in result}
    for word, outcome in (("normal", "passes"), ("high", "unknown")):
        read = with_results(bare, *({"code": code, "interpretation": word, "date": DAY} for code in limited))
        assert {seen(rules, read)[key] for key in LIMITED[rules.id]} == {outcome}


def test_results_are_too_old_for_one_trial_alone_eight_days_before_its_lymphodepletion(seen):
    assert seen(SHANGHAI, milestones={"lymphodepletion": date(2026, 11, 26)}).finding.verdict is TrialVerdict.ELIGIBLE
    late = seen(SHANGHAI, milestones={"lymphodepletion": date(2026, 11, 27)})
    assert late.finding.verdict is TrialVerdict.UNDETERMINED
    assert late.reasons("inc-3h") == {"stale"}
    for rules in (HANGZHOU_NK, KUALA_LUMPUR):
        later = seen(rules, milestones={"lymphodepletion": date(2026, 11, 27)})
        assert later.finding.verdict is TrialVerdict.ELIGIBLE
