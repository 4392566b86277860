"""Patients of the CAR-T trial of Kuala Lumpur, each worked out by hand from its page. Today is 21 November 2026."""

from datetime import date
from typing import Any

import pytest

from app.vocabulary.enumerations import Outcome, TrialVerdict
from tests.registry.outcomes import REVIEWED, Match, adding, match, rules_of, with_results, without_results

RULES = rules_of("car-t-cd19-autologous-kuala-lumpur-ukm")

WOMAN: dict[str, Any] = {
    "birth_date": "1990-06-02",
    "sex": "female",
    "weight_kg": 52,
    "conditions": [{"code": "sle", "since": "2014", "criteria_set": "eular_acr_2019"}],
    "therapies": [
        {"agent": "prednisolone", "start": "2014", "response": "inadequate"},
        {"agent": "mycophenolate", "start": "2020-01", "end": "2022-01", "response": "inadequate"},
        {"agent": "tacrolimus", "start": "2023-01", "end": "2024-01", "response": "inadequate"},
    ],
    "observations": [
        {"code": "ana", "value": "1:320", "date": "2014"},
        {"code": "doris_remission", "value": "negative", "date": "2026-11-12"},
        {"code": "lldas", "value": "negative", "date": "2026-11-12"},
        {"code": "active_organ_systems", "value": 2, "date": "2026-11-12"},
        {"code": "alt", "value": 31, "unit": "U/L", "upper_limit": 40, "date": "2026-11-12"},
        {"code": "total_bilirubin", "value": 9, "unit": "umol/L", "upper_limit": 20, "date": "2026-11-12"},
        {"code": "lvef", "value": 60, "unit": "%", "date": "2026-11-12"},
        {"code": "life_expectancy", "value": 60, "unit": "mo", "date": "2026-11-12"},
        {"code": "ecog", "value": 1, "date": "2026-11-12"},
        {"code": "pregnancy_test", "value": "negative", "date": "2026-11-12"},
        {"code": "fvc_percent_predicted", "value": 88, "unit": "%", "date": "2026-11-12"},
        {"code": "dlco_percent_predicted", "value": 75, "unit": "%", "date": "2026-11-12"},
        {"code": "nyha_class", "value": 1, "date": "2026-11-12"},
        {"code": "creatinine_clearance", "value": 80, "unit": "mL/min", "date": "2026-11-12"},
        {"code": "hiv", "value": "negative", "date": "2026-11-12"},
    ],
    "reproductive": {"pregnant": False, "lactating": False, "childbearing_potential": True, "contraception": True},
    "reviewed": REVIEWED,
}


@pytest.fixture
def seen(vocabulary):
    def look(patient: dict[str, Any] = WOMAN, **circumstances: Any) -> Match:
        return match(RULES, vocabulary, patient, **circumstances)

    return look


def test_a_woman_of_whom_all_is_known_is_eligible_and_people_have_the_last_word(seen):
    found = seen()
    assert found.finding.verdict is TrialVerdict.ELIGIBLE
    assert found.keys("to confirm") == {"inc-13b", "exc-11"}
    assert found.keys("not applicable") == {"inc-14"}
    assert not found.keys("fails", "unknown")


def test_a_man_promises_two_methods_and_no_pregnancy_is_asked_of_him(seen):
    found = seen({**without_results(WOMAN, "pregnancy_test"), "sex": "male", "reproductive": {}})
    assert found.keys("not applicable") == {"inc-13a", "inc-13b", "exc-8a", "exc-8b"}
    assert found["inc-14"] == "to confirm"
    assert found.finding.verdict is TrialVerdict.ELIGIBLE


def test_of_nobody_anything_is_known_from_nothing(seen):
    found = seen({})
    assert found.finding.verdict is TrialVerdict.UNDETERMINED
    assert not found.keys("passes", "fails", "not applicable")


@pytest.mark.parametrize(
    ("results", "outcome"),
    [
        ([{"code": "ana", "value": "1:80", "date": "2012"}, {"code": "ana", "value": "negative"}], "passes"),
        ([{"code": "ana", "value": "1:40", "date": "2026-11-12"}], "unknown"),
        ([{"code": "anti_dsdna", "value": 30, "unit": "[IU]/mL", "date": "2018"}], "passes"),
        ([{"code": "anti_dsdna", "value": 29.9, "unit": "IU/mL", "date": "2018"}], "unknown"),
        ([{"code": "anti_sm", "value": "positive", "date": "2026-11-12"}], "passes"),
        ([], "unknown"),
        (
            [
                {"code": "ana", "value": "1:40", "lifetime": True},
                {"code": "anti_dsdna", "value": "<30", "unit": "[IU]/mL", "lifetime": True},
                {"code": "anti_sm", "value": "negative", "lifetime": True},
            ],
            "fails",
        ),
    ],
)
def test_an_antibody_of_any_time_counts_and_negative_ones_prove_nothing_of_the_past(seen, results, outcome):
    assert seen(with_results(without_results(WOMAN, "ana"), *results))["inc-3"] == outcome


@pytest.mark.parametrize(
    ("doris", "lldas", "outcome"),
    [
        ("negative", "negative", "passes"),
        ("negative", "positive", "fails"),
        ("positive", "positive", "fails"),
        ("positive", None, "fails"),
        ("negative", None, "unknown"),
    ],
)
def test_remission_or_low_disease_activity_alone_is_too_good(seen, doris, lldas, outcome):
    results = [{"code": "doris_remission", "value": doris, "date": "2026-11-12"}]
    if lldas is not None:
        results.append({"code": "lldas", "value": lldas, "date": "2026-11-12"})
    assert seen(with_results(without_results(WOMAN, "lldas"), *results))["inc-4"] == outcome


def _treated(*drugs: dict[str, Any]) -> dict[str, Any]:
    return {**WOMAN, "therapies": [{"agent": "prednisone", "start": "2020", "response": "inadequate"}, *drugs]}


MYCOPHENOLATE = {"agent": "mycophenolate", "start": "2020-01-10", "end": "2022-01-10", "response": "inadequate"}


@pytest.mark.parametrize(
    ("drug", "outcome"),
    [
        ({"agent": "azathioprine", "start": "2026-01-10", "end": "2026-04-09", "response": "inadequate"}, "passes"),
        ({"agent": "azathioprine", "start": "2026-01-10", "end": "2026-04-08", "response": "inadequate"}, "fails"),
        ({"agent": "azathioprine", "start": "2026-01-10", "end": "2026-06-10", "response": "adequate"}, "fails"),
        ({"agent": "azathioprine", "start": "2026-01-10", "end": "2026-06-10", "response": "intolerant"}, "fails"),
        ({"agent": "azathioprine", "start": "2026-01-10", "end": "2026-06-10"}, "unknown"),
        ({"agent": "azathioprine", "start": "2026-01-10", "end": "2026-06-10", "response": "relapse"}, "to confirm"),
        ({"agent": "mycophenolate", "start": "2024-01", "end": "2025-01", "response": "inadequate"}, "fails"),
        ({"agent": "leflunomide", "start": "2024-01", "end": "2025-01", "response": "inadequate"}, "fails"),
    ],
)
def test_two_different_drugs_of_the_list_failed_for_three_months_each(seen, drug, outcome):
    assert seen(_treated(MYCOPHENOLATE, drug))["inc-6"] == outcome


def test_a_person_can_decide_that_a_relapse_is_no_insufficient_response(seen):
    relapse = {"agent": "azathioprine", "start": "2025-01", "end": "2026-06", "response": "relapse"}
    found = seen(_treated(MYCOPHENOLATE, relapse), answers={"inc-6": Outcome.FAILS})
    assert found["inc-6"] == "fails"


@pytest.mark.parametrize(
    ("key", "result", "outcome"),
    [
        ("inc-5", {"code": "active_organ_systems", "value": 1}, "passes"),
        ("inc-5", {"code": "active_organ_systems", "value": 0}, "fails"),
        ("inc-7", {"code": "alt", "value": 200, "unit": "U/L", "upper_limit": 40}, "fails"),
        ("inc-7", {"code": "alt", "value": 199, "unit": "U/L", "upper_limit": 40}, "passes"),
        ("inc-7", {"code": "alt", "value": 199, "unit": "U/L"}, "unknown"),
        ("inc-8", {"code": "total_bilirubin", "value": 60, "unit": "umol/L", "upper_limit": 20}, "fails"),
        ("inc-8", {"code": "total_bilirubin", "interpretation": "normal"}, "passes"),
        ("inc-9", {"code": "lvef", "value": 45, "unit": "%"}, "fails"),
        ("inc-9", {"code": "lvef", "value": 46, "unit": "%"}, "passes"),
        ("inc-10", {"code": "life_expectancy", "value": 3, "unit": "mo"}, "fails"),
        ("inc-11", {"code": "ecog", "value": 2}, "passes"),
        ("inc-11", {"code": "ecog", "value": 3}, "fails"),
        ("exc-2a", {"code": "fvc_percent_predicted", "value": 45, "unit": "%"}, "passes"),
        ("exc-2a", {"code": "fvc_percent_predicted", "value": 44, "unit": "%"}, "fails"),
        ("exc-2b", {"code": "dlco_percent_predicted", "value": 29, "unit": "%"}, "fails"),
        ("exc-2c", {"code": "nyha_class", "value": 2}, "passes"),
        ("exc-2c", {"code": "nyha_class", "value": 3}, "fails"),
        ("exc-5", {"code": "hiv", "value": "positive"}, "fails"),
    ],
)
def test_a_threshold_is_strict_where_the_text_is(seen, key, result, outcome):
    assert seen(with_results(WOMAN, {**result, "date": "2026-11-12"}))[key] == outcome


@pytest.mark.parametrize(
    ("clearance", "damage", "reviewed", "outcome"),
    [
        (25, None, [], "unknown"),
        (25, None, ["conditions"], "passes"),
        (25, {"present": False}, [], "passes"),
        (25, {"present": True}, [], "fails"),
        (30, {"present": True}, [], "passes"),
        (30, None, [], "passes"),
    ],
)
def test_kidneys_exclude_only_if_damage_and_clearance_both_do(seen, clearance, damage, reviewed, outcome):
    patient = with_results(
        WOMAN, {"code": "creatinine_clearance", "value": clearance, "unit": "mL/min", "date": "2026-11-12"}
    )
    if damage is not None:
        patient = adding(patient, conditions=[{"code": "kidney_damage_irreversible", **damage}])
    assert seen({**patient, "reviewed": reviewed})["exc-3"] == outcome


@pytest.mark.parametrize(
    ("key", "still", "over"),
    [
        (
            "exc-9a",
            {"events": [{"code": "hsct", "date": "2026-08-29"}]},
            {"events": [{"code": "hsct", "date": "2026-08-28"}]},
        ),
        (
            "exc-9b",
            {"therapies": [{"agent": "cyclophosphamide", "start": "2026-06", "end": "2026-09-26"}]},
            {"therapies": [{"agent": "cyclophosphamide", "start": "2026-06", "end": "2026-09-25"}]},
        ),
        (
            "exc-9c",
            {"events": [{"code": "radiotherapy", "date": "2026-09-26"}]},
            {"events": [{"code": "radiotherapy", "date": "2026-09-25"}]},
        ),
    ],
)
def test_a_washout_counts_back_from_enrollment(seen, key, still, over):
    found = seen(adding(WOMAN, **still))
    assert found[key] == "fails"
    assert found.criteria[key].lapses_on == found.finding.eligible_from == date(2026, 11, 22)
    assert seen(adding(WOMAN, **over))[key] == "passes"
    assert seen(adding(WOMAN, **still), milestones={"enrollment": date(2026, 11, 22)})[key] == "passes"


def test_hiv_excludes_by_test_or_by_diagnosis_and_a_test_that_denies_it_settles_nothing(seen):
    infected = adding(WOMAN, conditions=[{"code": "hiv_infection"}])
    assert seen(without_results(infected, "hiv"))["exc-5"] == "fails"
    assert "conflicting" in seen(infected).reasons("exc-5")
    assert seen({**WOMAN, "reviewed": []})["exc-5"] == "passes"
    assert seen(without_results(WOMAN, "hiv")).reasons("exc-5") == {"missing", "judgement"}


def test_an_earlier_positive_hiv_test_is_not_undone_by_a_negative_one(seen):
    negative = {"code": "hiv", "value": "negative", "date": "2026-11-12"}
    for day in ("2020", "2026-10-01"):
        found = seen(with_results(WOMAN, {**negative, "value": "positive", "date": day}, negative))
        assert (found.keys("fails", "unknown"), found.reasons("exc-5")) == ({"exc-5"}, {"judgement"})
    earlier = with_results(WOMAN, {**negative, "value": "positive", "date": "2020"}, negative)
    assert seen(earlier, answers={"exc-5": Outcome.PASSES})["exc-5"] == "passes"
    assert seen(earlier, answers={"exc-5": Outcome.FAILS})["exc-5"] == "fails"
    twice = with_results(WOMAN, {**negative, "date": "2020"}, negative)
    assert seen(twice)["exc-5"] == "passes"
    turned = with_results(WOMAN, {**negative, "date": "2020"}, {**negative, "value": "positive"})
    assert seen(turned)["exc-5"] == "fails"


def test_a_block_is_an_arrhythmia_too(seen):
    assert seen(adding(WOMAN, conditions=[{"code": "av_block"}])).keys("fails") == {"exc-2d", "exc-2e"}


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("exc-2f", "hypertension_uncontrolled"),
        ("exc-2g", "liver_failure"),
        ("exc-2h", "neurologic_disorder_severe"),
        ("exc-4", "pancytopenia_severe"),
        ("exc-6a", "hepatitis_b_active"),
        ("exc-6b", "hepatitis_c_active"),
        ("exc-7", "sepsis"),
        ("exc-10", "neuropsychiatric_lupus"),
    ],
)
def test_a_disease_excludes_while_it_is_there(seen, key, code):
    assert seen(adding(WOMAN, conditions=[{"code": code}])).keys("fails") == {key}
    assert seen(adding(WOMAN, conditions=[{"code": code, "status": "resolved", "until": "2020"}]))[key] == "passes"


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        ({"code": "parkinson_disease", "severity": "severe"}, "fails"),
        ({"code": "parkinson_disease", "severity": "mild"}, "passes"),
        ({"code": "parkinson_disease"}, "unknown"),
        ({"code": "brain_injury_severe"}, "fails"),
        ({"code": "stroke", "severity": "severe", "status": "resolved", "until": "2015"}, "passes"),
        ({"code": "multiple_sclerosis_progressive", "severity": "severe"}, "fails"),
        ({"code": "multiple_sclerosis", "severity": "severe", "status": "resolved", "until": "2015"}, "passes"),
        ({"code": "psoriasis", "severity": "severe"}, "passes"),
        ({"code": "sepsis", "severity": "severe"}, "passes"),
        ({"code": "lupus_nephritis", "severity": "severe"}, "passes"),
    ],
)
def test_a_neurological_disease_excludes_where_it_is_severe(seen, condition, outcome):
    assert seen(adding(WOMAN, conditions=[condition]))["exc-2h"] == outcome


@pytest.mark.parametrize(
    "code",
    [
        "multiple_sclerosis",
        "neuromyelitis_optica",
        "mog_antibody_disease",
        "autoimmune_encephalitis",
        "stiff_person_syndrome",
        "myasthenia_gravis",
        "cidp",
        "cns_infection",
    ],
)
def test_an_autoimmune_disease_or_an_infection_of_the_nervous_system_excludes_where_it_is_severe(seen, code):
    assert seen(adding(WOMAN, conditions=[{"code": code, "severity": "severe"}])).keys("fails") == {"exc-2h"}
    unstated = seen(adding(WOMAN, conditions=[{"code": code}]))
    assert (unstated.keys("fails", "unknown"), unstated.reasons("exc-2h")) == ({"exc-2h"}, {"missing"})
    for severity in ("mild", "moderate"):
        lesser = seen(adding(WOMAN, conditions=[{"code": code, "severity": severity}]))
        assert lesser.finding.verdict is TrialVerdict.ELIGIBLE


def test_kidneys_at_their_end_are_irreversibly_damaged(seen):
    clearance = {"code": "creatinine_clearance", "value": 12, "unit": "mL/min", "date": "2026-11-12"}
    patient = adding(with_results(WOMAN, clearance), conditions=[{"code": "renal_failure_end_stage"}])
    assert seen(patient)["exc-3"] == "fails"


def test_whether_refractory_hypertension_is_uncontrolled_somebody_must_say(seen):
    refractory = adding(WOMAN, conditions=[{"code": "hypertension_refractory"}])
    assert (seen(refractory).keys("unknown"), seen(refractory).reasons("exc-2f")) == ({"exc-2f"}, {"judgement"})
    assert seen(refractory, answers={"exc-2f": Outcome.PASSES})["exc-2f"] == "passes"
    assert seen(refractory, answers={"exc-2f": Outcome.FAILS})["exc-2f"] == "fails"
    for other in ({"code": "hypertension"}, {"code": "hypertension_refractory", "status": "resolved", "until": "2024"}):
        assert seen(adding(WOMAN, conditions=[other]))["exc-2f"] == "passes"
    both = [{"code": "hypertension_refractory"}, {"code": "hypertension_uncontrolled"}]
    assert seen(adding(WOMAN, conditions=both))["exc-2f"] == "fails"


def test_cancer_excludes_while_active_and_after_it_somebody_must_say_whether_treatment_goes_on(seen):
    active = seen(adding(WOMAN, conditions=[{"code": "breast_cancer"}]))
    assert (active["exc-1a"], active["exc-1b"]) == ("fails", "unknown")
    quiet = adding(WOMAN, conditions=[{"code": "breast_cancer", "status": "remission", "until": "2024"}])
    assert (seen(quiet)["exc-1a"], seen(quiet)["exc-1b"]) == ("passes", "unknown")
    for past in ({"status": "resolved", "until": "2015"}, {"status": "resolved"}, {"since": "2012", "until": "2015"}):
        found = seen(adding(WOMAN, conditions=[{"code": "breast_cancer", **past}]))
        assert (found["exc-1a"], found["exc-1b"]) == ("passes", "passes")


MARKERS = {
    "exc-6a": [{"code": "hbsag", "value": "positive"}, {"code": "hbv_dna", "value": "positive"}],
    "exc-6b": [{"code": "hcv_antibody", "value": "positive"}, {"code": "hcv_rna", "value": "positive"}],
}


@pytest.mark.parametrize("key", MARKERS)
def test_the_markers_of_an_active_hepatitis_leave_it_open(seen, key):
    marker, virus = ({**one, "date": "2026-11-12"} for one in MARKERS[key])
    found = seen(with_results(WOMAN, marker, virus))
    assert (found.keys("unknown"), found.reasons(key)) == ({key}, {"conflicting"})
    assert seen(with_results(WOMAN, marker, {**virus, "value": "negative"}))[key] == "passes"
    for alone in (marker, virus):
        assert seen(with_results(WOMAN, alone)).reasons(key) == {"conflicting"}
    assert seen(WOMAN)[key] == "passes", "by a complete list without the diagnosis"
    nothing = {**WOMAN, "reviewed": []}
    assert seen(with_results(nothing, marker, virus)).reasons(key) == {"missing"}


@pytest.mark.parametrize("code", ["hepatitis_active", "infection_active"])
def test_a_hepatitis_of_an_unnamed_kind_may_be_either(seen, code):
    found = seen(adding(WOMAN, conditions=[{"code": code}]))
    assert found.reasons("exc-6a") == found.reasons("exc-6b") == {"imprecise"}


def test_a_cancer_that_was_adequately_treated_is_treated_no_more_and_excuses_no_other(seen):
    treated = {"code": "basal_cell_carcinoma", "status": "resolved", "until": "2019", "adequately_treated": True}
    lymphoma = {"code": "lymphoma", "status": "remission"}
    assert seen(adding(WOMAN, conditions=[treated])).finding.verdict is TrialVerdict.ELIGIBLE
    assert seen(adding(WOMAN, conditions=[treated, lymphoma]))["exc-1b"] == "unknown"


def test_a_woman_without_contraception_fails_and_one_with_it_confirms_that_it_is_twofold(seen):
    without = {**WOMAN, "reproductive": {**WOMAN["reproductive"], "contraception": False}}
    assert seen(without)["inc-13b"] == "fails"
    assert seen(answers={"inc-13b": Outcome.PASSES})["inc-13b"] == "passes"


def test_65_lasts_until_the_66th_birthday(seen):
    assert seen({**WOMAN, "birth_date": "1960-11-22"})["inc-1"] == "passes"
    assert seen({**WOMAN, "birth_date": "1960-11-21"})["inc-1"] == "fails"
    assert seen({**WOMAN, "birth_date": "2008-11-22"}).finding.eligible_from == date(2026, 11, 22)
