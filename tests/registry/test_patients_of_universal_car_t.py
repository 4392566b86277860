"""Patients of the universal CAR-T trial of Hangzhou, worked out by hand from its page. Today is 21 November 2026."""

from datetime import date
from typing import Any

import pytest

from app.vocabulary.enumerations import Incompleteness, Outcome, TrialVerdict
from tests.registry.outcomes import REVIEWED, Match, match, rules_of, with_results, without_results

RULES = rules_of("car-t-cd19-universal-hangzhou-zjuch")

PREDNISONE = {
    "agent": "prednisone",
    "start": "2026-01-10",
    "end": "2026-04-10",
    "dose": {"value": 60, "unit": "mg/d"},
    "response": "inadequate",
}
HYDROXYCHLOROQUINE = {"agent": "hydroxychloroquine", "start": "2018", "response": "inadequate"}
MYCOPHENOLATE = {"agent": "mycophenolate", "start": "2024-01-10", "end": "2025-01-10", "response": "inadequate"}
BELIMUMAB = {"agent": "belimumab", "start": "2025-02-01", "end": "2025-05-01", "response": "relapse"}

WOMAN: dict[str, Any] = {
    "birth_date": "1998-06-02",
    "sex": "female",
    "weight_kg": 60,
    "conditions": [{"code": "sle", "since": "2017", "criteria_set": "eular_acr_2019"}],
    "therapies": [PREDNISONE, HYDROXYCHLOROQUINE, MYCOPHENOLATE, BELIMUMAB],
    "observations": [
        {"code": "sledai_2k", "value": 8, "date": "2026-11-12"},
        {"code": "lvef", "value": 55, "unit": "%", "date": "2026-11-12"},
        {"code": "ecg_abnormal", "value": "negative", "date": "2026-11-12"},
        {"code": "egfr", "value": 30, "unit": "mL/min/1.73m2", "date": "2026-11-12"},
        {"code": "ast", "value": 120, "unit": "U/L", "upper_limit": 40, "date": "2026-11-12"},
        {"code": "alt", "value": 120, "unit": "U/L", "upper_limit": 40, "date": "2026-11-12"},
        {"code": "total_bilirubin", "value": 40, "unit": "umol/L", "upper_limit": 20, "date": "2026-11-12"},
        {"code": "spo2", "value": 92, "unit": "%", "date": "2026-11-12"},
        {"code": "pregnancy_test", "value": "negative", "date": "2026-11-12"},
    ],
    "reproductive": {"pregnant": False, "lactating": False, "childbearing_potential": True, "contraception": True},
    "reviewed": REVIEWED,
}


@pytest.fixture
def seen(vocabulary):
    def look(patient: dict[str, Any] = WOMAN, **circumstances: Any) -> Match:
        return match(RULES, vocabulary, patient, **circumstances)

    return look


def _treated(*therapies: dict[str, Any]) -> dict[str, Any]:
    return {**WOMAN, "therapies": list(therapies)}


def test_whoever_meets_every_inclusion_is_undetermined_for_the_exclusions_are_missing(seen):
    found = seen()
    assert not found.keys("fails", "unknown", "not applicable")
    assert found.keys("to confirm") == {"inc-6a", "inc-6b", "inc-7b", "inc-8"}
    assert found.finding.verdict is TrialVerdict.UNDETERMINED
    assert found.finding.incomplete == (Incompleteness.EXCLUSIONS_MISSING,)


def test_not_even_people_can_make_anybody_eligible(seen):
    answered = seen(answers=dict.fromkeys(("inc-6a", "inc-6b", "inc-7b", "inc-8"), Outcome.PASSES))
    assert answered.keys("passes") == set(answered.criteria)
    assert answered.finding.verdict is TrialVerdict.UNDETERMINED


def test_of_nobody_anything_is_known_from_nothing(seen):
    found = seen({})
    assert found.finding.verdict is TrialVerdict.UNDETERMINED
    assert not found.keys("passes", "fails", "not applicable")


def test_a_child_is_admitted_on_the_fifth_birthday(seen):
    assert seen({"birth_date": "2021-11-21"})["inc-1"] == "passes"
    tomorrow = seen({"birth_date": "2021-11-22"})
    assert tomorrow["inc-1"] == "fails"
    assert tomorrow.criteria["inc-1"].lapses_on == tomorrow.finding.eligible_from == date(2026, 11, 22)


def test_nobody_is_too_old(seen):
    found = seen({**WOMAN, "birth_date": "1930-01-01"})
    assert found["inc-1"] == "passes"
    assert found.finding.eligible_until is None


@pytest.mark.parametrize(
    ("key", "result", "outcome"),
    [
        ("inc-3", {"code": "sledai_2k", "value": 7}, "fails"),
        ("inc-5a", {"code": "lvef", "value": 54, "unit": "%"}, "fails"),
        ("inc-5b", {"code": "ecg_abnormal", "value": "positive"}, "fails"),
        ("inc-5c", {"code": "egfr", "value": "<30", "unit": "mL/min/{1.73_m2}"}, "fails"),
        ("inc-5d", {"code": "ast", "value": 121, "unit": "U/L", "upper_limit": 40}, "fails"),
        ("inc-5d", {"code": "ast", "interpretation": "high"}, "unknown"),
        ("inc-5e", {"code": "alt", "value": 121, "unit": "U/L", "upper_limit": 40}, "fails"),
        ("inc-5f", {"code": "total_bilirubin", "value": 41, "unit": "umol/L", "upper_limit": 20}, "fails"),
        ("inc-5h", {"code": "spo2", "value": 91, "unit": "%"}, "fails"),
        ("inc-7a", {"code": "pregnancy_test", "value": "positive"}, "fails"),
    ],
)
def test_a_result_just_beyond_its_threshold_fails(seen, key, result, outcome):
    assert seen(with_results(WOMAN, {**result, "date": "2026-11-12"}))[key] == outcome


def test_one_score_never_stands_in_for_another(seen):
    other = with_results(
        without_results(WOMAN, "sledai_2k"), {"code": "selena_sledai", "value": 20, "date": "2026-11-12"}
    )
    assert seen(other)["inc-3"] == "unknown"


def test_serious_lung_disease_fails_and_silence_about_it_is_no_absence(seen):
    for code in ("lung_disease_severe", "alveolar_hemorrhage", "lupus_pneumonitis_severe"):
        assert seen({**WOMAN, "conditions": [{"code": code}]})["inc-5g"] == "fails"
    assert seen({**WOMAN, "reviewed": []})["inc-5g"] == "unknown"


def _with_lungs(code: str, **more: Any) -> dict[str, Any]:
    return {**WOMAN, "conditions": [*WOMAN["conditions"], {"code": code, **more}]}


@pytest.mark.parametrize("code", ["interstitial_lung_disease", "pneumonia", "pneumocystis_pneumonia"])
def test_a_disease_of_the_lungs_is_serious_where_it_is_severe(seen, code):
    assert seen(_with_lungs(code, severity="severe")).keys("fails", "unknown") == {"inc-5g"}
    assert seen(_with_lungs(code, severity="severe"))["inc-5g"] == "fails"
    assert seen(_with_lungs(code)).reasons("inc-5g") == {"missing"}
    for harmless in (
        {"severity": "mild"},
        {"severity": "moderate"},
        {"severity": "severe", "status": "resolved", "until": "2019"},
        {"present": False},
    ):
        assert seen(_with_lungs(code, **harmless))["inc-5g"] == "passes"


@pytest.mark.parametrize(
    "code",
    [
        "pulmonary_hypertension",
        "tuberculosis_active",
        "nontuberculous_mycobacteria",
        "fungal_infection_invasive",
        "covid_19",
    ],
)
def test_whether_a_severe_disease_that_may_be_of_the_lungs_is_a_serious_one_somebody_must_say(seen, code):
    severe = _with_lungs(code, severity="severe")
    assert seen(severe).reasons("inc-5g") == {"judgement"}
    assert seen(severe, answers={"inc-5g": Outcome.PASSES})["inc-5g"] == "passes"
    assert seen(severe, answers={"inc-5g": Outcome.FAILS})["inc-5g"] == "fails"
    assert seen(_with_lungs(code)).reasons("inc-5g") == {"missing", "judgement"}
    assert seen(_with_lungs(code, severity="mild"))["inc-5g"] == "passes"


def test_lung_cancer_is_left_to_judgement_and_other_diseases_pass(seen):
    assert seen(_with_lungs("lung_cancer")).reasons("inc-5g") == {"judgement"}
    assert seen(_with_lungs("lung_cancer", status="resolved", until="2015"))["inc-5g"] == "passes"
    for code in ("breast_cancer", "sepsis", "lupus_nephritis", "thromboembolism", "multiple_sclerosis"):
        assert seen(_with_lungs(code, severity="severe"))["inc-5g"] == "passes"


@pytest.mark.parametrize(
    "therapies",
    [
        (PREDNISONE, HYDROXYCHLOROQUINE, MYCOPHENOLATE),
        (PREDNISONE, MYCOPHENOLATE, BELIMUMAB),
        (HYDROXYCHLOROQUINE, MYCOPHENOLATE, BELIMUMAB),
        ({**PREDNISONE, "end": "2026-04-08"}, HYDROXYCHLOROQUINE, MYCOPHENOLATE, BELIMUMAB),
        ({**PREDNISONE, "dose": {"value": 59, "unit": "mg/d"}}, HYDROXYCHLOROQUINE, MYCOPHENOLATE, BELIMUMAB),
        (PREDNISONE, {**HYDROXYCHLOROQUINE, "start": "2026-09-01"}, MYCOPHENOLATE, BELIMUMAB),
        (PREDNISONE, HYDROXYCHLOROQUINE, MYCOPHENOLATE, {**BELIMUMAB, "end": "2025-04-29"}),
        (PREDNISONE, HYDROXYCHLOROQUINE, MYCOPHENOLATE, {**BELIMUMAB, "response": "adequate"}),
        (PREDNISONE, HYDROXYCHLOROQUINE, MYCOPHENOLATE, {**BELIMUMAB, "agent": "anifrolumab"}),
    ],
)
def test_refractory_lupus_has_seen_every_part_of_the_treatment_for_three_months(seen, therapies):
    assert seen()["inc-2b"] == "passes"
    assert seen(_treated(*therapies))["inc-2b"] == "fails"


def test_how_a_drug_was_tolerated_is_not_known_from_silence(seen):
    silent = {name: value for name, value in MYCOPHENOLATE.items() if name != "response"}
    assert seen(_treated(PREDNISONE, HYDROXYCHLOROQUINE, silent))["inc-2b"] == "unknown"


def test_another_glucocorticoid_counts_by_its_equivalent(seen):
    methylprednisolone = {**PREDNISONE, "agent": "methylprednisolone", "dose": {"value": 48, "unit": "mg/d"}}
    assert seen(_treated(methylprednisolone, HYDROXYCHLOROQUINE, MYCOPHENOLATE, BELIMUMAB))["inc-2b"] == "passes"


def test_a_dose_per_kg_needs_the_weight(seen):
    found = seen({name: value for name, value in WOMAN.items() if name != "weight_kg"})
    assert found["inc-2b"] == "unknown"
    assert "weight" in {fact.fact for fact in found.criteria["inc-2b"].finding.missing}


@pytest.mark.parametrize(
    ("agents", "outcome"),
    [
        (("hydroxychloroquine", "mycophenolate"), "passes"),
        (("prednisone", "rituximab"), "passes"),
        (("azathioprine",), "to confirm"),
        (("prednisone", "methylprednisolone"), "to confirm"),
        (("baricitinib",), "fails"),
    ],
)
def test_not_tolerating_two_standard_treatments_is_enough_and_of_one_somebody_must_say(seen, agents, outcome):
    therapies = ({"agent": agent, "start": "2024-01", "end": "2024-02", "response": "intolerant"} for agent in agents)
    assert seen(_treated(*therapies))["inc-2b"] == outcome


def test_what_somebody_says_of_a_single_intolerance_counts(seen):
    once = _treated({"agent": "azathioprine", "start": "2024-01", "end": "2024-02", "response": "intolerant"})
    assert seen(once, answers={"inc-2b": Outcome.PASSES})["inc-2b"] == "passes"
    assert seen(once, answers={"inc-2b": Outcome.FAILS})["inc-2b"] == "fails"


def test_lupus_must_be_classified_by_the_criteria_of_2019(seen):
    assert seen({**WOMAN, "conditions": [{"code": "sle"}]})["inc-2a"] == "unknown"
    assert seen({**WOMAN, "conditions": []})["inc-2a"] == "fails"
    slicc = {"code": "sle", "criteria_set": "slicc_2012"}
    assert seen({**WOMAN, "conditions": [slicc]})["inc-2a"] == "unknown"
    assert seen({**WOMAN, "conditions": [slicc, *WOMAN["conditions"]]})["inc-2a"] == "passes"
    remission = {"code": "sle", "criteria_set": "eular_acr_2019", "status": "remission"}
    assert seen({**WOMAN, "conditions": [remission]})["inc-2a"] == "passes"


def test_a_man_and_a_girl_need_neither_pregnancy_test_nor_contraception(seen):
    man = {**without_results(WOMAN, "pregnancy_test"), "sex": "male", "reproductive": {}}
    girl = {
        **without_results(WOMAN, "pregnancy_test"),
        "birth_date": "2013-05-01",
        "reproductive": {"childbearing_potential": False},
    }
    for patient in (man, girl):
        assert seen(patient).keys("not applicable") == {"inc-7a", "inc-7b"}
