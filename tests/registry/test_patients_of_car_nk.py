"""Patients of the CAR-NK trial of Hangzhou, worked out by hand from its page. Today is 21 November 2026."""

from datetime import date
from typing import Any

import pytest

from app.vocabulary.enumerations import Outcome, TrialVerdict
from tests.registry.outcomes import REVIEWED, Match, adding, match, rules_of, with_results, without_results

RULES = rules_of("car-nk-cd19-hangzhou-zju2")
TOMORROW = date(2026, 11, 22)

PREDNISONE = {
    "agent": "prednisone",
    "start": "2023-01-10",
    "end": "2023-03-10",
    "dose": {"value": 61, "unit": "mg/d"},
    "response": "relapse",
}
MYCOPHENOLATE = {"agent": "mycophenolate", "start": "2023-01-10", "end": "2023-07-11", "response": "inadequate"}
AZATHIOPRINE = {"agent": "azathioprine", "start": "2024-02-01", "end": "2025-02-01", "response": "relapse"}
HYDROXYCHLOROQUINE = {"agent": "hydroxychloroquine", "start": "2018"}

# Every result stands exactly at its threshold, or one step inside where the sign is strict.
WOMAN: dict[str, Any] = {
    "birth_date": "1992-03-14",
    "sex": "female",
    "weight_kg": 60,
    "conditions": [{"code": "sle", "since": "2017", "criteria_set": "eular_acr_2019"}],
    "therapies": [PREDNISONE, MYCOPHENOLATE, AZATHIOPRINE, HYDROXYCHLOROQUINE],
    "observations": [
        {"code": "anti_dsdna", "value": "positive", "date": "2026-11-10"},
        {"code": "anti_sm", "value": "negative", "date": "2026-11-10"},
        {"code": "c3", "interpretation": "low", "date": "2026-11-10"},
        {"code": "c4", "interpretation": "normal", "date": "2026-11-10"},
        {"code": "selena_sledai", "value": 8, "date": "2026-11-10"},
        {"code": "bilag_2004_a_systems", "value": 0, "date": "2026-11-10"},
        {"code": "bilag_2004_b_systems", "value": 2, "date": "2026-11-10"},
        {"code": "hemoglobin", "value": 85, "unit": "g/L", "date": "2026-11-10"},
        {"code": "wbc", "value": 3, "unit": "10*9/L", "date": "2026-11-10"},
        {"code": "neutrophils", "value": 1.5, "unit": "10*9/L", "date": "2026-11-10"},
        {"code": "platelets", "value": 50, "unit": "10*9/L", "date": "2026-11-10"},
        {"code": "alt", "value": 80, "unit": "U/L", "upper_limit": 40, "date": "2026-11-10"},
        {"code": "ast", "value": 80, "unit": "U/L", "upper_limit": 40, "date": "2026-11-10"},
        {"code": "egfr", "value": 60, "unit": "mL/min/1.73m2", "date": "2026-11-10"},
        {"code": "total_bilirubin", "value": 2.0, "unit": "mg/dL", "date": "2026-11-10"},
        {"code": "lvef", "value": 50, "unit": "%", "date": "2026-11-10"},
        {"code": "spo2", "value": 95, "unit": "%", "room_air": True, "date": "2026-11-10"},
        {"code": "pt", "value": 18, "unit": "s", "upper_limit": 12, "date": "2026-11-10"},
        {"code": "inr", "value": 1.8, "upper_limit": 1.2, "date": "2026-11-10"},
        {"code": "creatinine", "value": 2.5, "unit": "mg/dL", "date": "2026-11-10"},
        {"code": "hbsag", "value": "negative", "date": "2026-11-10"},
        {"code": "anti_hbc", "value": "negative", "date": "2026-11-10"},
        {"code": "hcv_antibody", "value": "negative", "date": "2026-11-10"},
        {"code": "hiv", "value": "negative", "date": "2026-11-10"},
        {"code": "cmv_dna", "value": "negative", "date": "2026-11-10"},
        {"code": "ebv_dna", "value": "negative", "date": "2026-11-10"},
    ],
    "reproductive": {"pregnant": False, "lactating": False, "childbearing_potential": True, "contraception": True},
    "reviewed": REVIEWED,
}


@pytest.fixture
def seen(vocabulary):
    def look(patient: dict[str, Any] = WOMAN, **circumstances: Any) -> Match:
        return match(RULES, vocabulary, patient, **circumstances)

    return look


def _with(code: str, **result: Any) -> dict[str, Any]:
    return with_results(WOMAN, {"code": code, "date": "2026-11-10", **result})


def _having(*conditions: dict[str, Any]) -> dict[str, Any]:
    return adding(WOMAN, conditions=list(conditions))


def _treated(*therapies: dict[str, Any]) -> dict[str, Any]:
    return {**WOMAN, "therapies": list(therapies)}


def test_whoever_stands_at_every_threshold_is_eligible_until_the_66th_birthday(seen):
    found = seen()
    assert not found.keys("fails", "unknown", "not applicable")
    assert found.keys("to confirm") == {"inc-1a", "inc-1b", "inc-10a", "inc-10b", "exc-13", "exc-26"}
    assert found.finding.verdict is TrialVerdict.ELIGIBLE
    assert found.finding.eligible_from == date(2026, 11, 21)
    assert found.finding.eligible_until == date(2058, 3, 13)


def test_of_whom_nothing_is_known_nothing_is_decided(seen):
    found = seen({})
    assert found.finding.verdict is TrialVerdict.UNDETERMINED
    assert not found.keys("passes", "fails", "not applicable")


def test_the_investigator_can_still_say_no(seen):
    assert seen(answers={"exc-26": Outcome.FAILS}).finding.verdict is TrialVerdict.INELIGIBLE


@pytest.mark.parametrize(
    ("born", "outcome"),
    [("2008-11-21", "passes"), ("2008-11-22", "fails"), ("1960-11-22", "passes"), ("1960-11-21", "fails")],
)
def test_the_ages_admitted_run_from_the_18th_birthday_to_the_day_before_the_66th(seen, born, outcome):
    assert seen({**WOMAN, "birth_date": born})["inc-2"] == outcome


@pytest.mark.parametrize(
    ("key", "result", "outcome"),
    [
        ("inc-5", {"code": "selena_sledai", "value": 7}, "fails"),
        ("inc-8a", {"code": "hemoglobin", "value": 84.9, "unit": "g/L"}, "fails"),
        ("inc-8a", {"code": "hemoglobin", "value": 8.5, "unit": "g/dL"}, "passes"),
        ("inc-8b", {"code": "wbc", "value": 2.99, "unit": "10^9/L"}, "fails"),
        ("inc-8c", {"code": "neutrophils", "value": 1500, "unit": "/uL"}, "passes"),
        ("inc-8c", {"code": "neutrophils", "value": 1499, "unit": "/uL"}, "fails"),
        ("inc-8d", {"code": "platelets", "value": "<50", "unit": "10*9/L"}, "fails"),
        ("inc-9a", {"code": "alt", "value": 81, "unit": "U/L", "upper_limit": 40}, "fails"),
        ("inc-9a", {"code": "alt", "interpretation": "normal"}, "passes"),
        ("inc-9a", {"code": "alt", "interpretation": "high"}, "unknown"),
        ("inc-9b", {"code": "ast", "value": 81, "unit": "U/L", "upper_limit": 40}, "fails"),
        ("inc-9b", {"code": "ast", "value": 30, "unit": "U/L"}, "unknown"),
        ("inc-9c", {"code": "egfr", "value": 59, "unit": "mL/min/1.73m2"}, "fails"),
        ("inc-9d", {"code": "total_bilirubin", "value": 34.2, "unit": "umol/L"}, "passes"),
        ("inc-9d", {"code": "total_bilirubin", "value": 34.3, "unit": "umol/L"}, "fails"),
        ("inc-9e", {"code": "lvef", "value": 49, "unit": "%"}, "fails"),
        ("inc-9f", {"code": "spo2", "value": 94, "unit": "%", "room_air": True}, "fails"),
        ("inc-9f", {"code": "spo2", "value": 98, "unit": "%", "room_air": False}, "unknown"),
        ("inc-9g", {"code": "pt", "value": 18.1, "unit": "s", "upper_limit": 12}, "fails"),
        ("inc-9h", {"code": "inr", "value": 1.9, "upper_limit": 1.2}, "fails"),
        ("exc-3a", {"code": "creatinine", "value": 2.51, "unit": "mg/dL"}, "fails"),
        ("exc-3a", {"code": "creatinine", "value": 221, "unit": "umol/L"}, "passes"),
        ("exc-3a", {"code": "creatinine", "value": 222, "unit": "umol/L"}, "fails"),
    ],
)
def test_thresholds_hold_in_every_unit_and_fail_just_beyond(seen, key, result, outcome):
    assert seen(with_results(WOMAN, {**result, "date": "2026-11-10"}))[key] == outcome


def test_sledai_2k_does_not_stand_in_for_selena_sledai(seen):
    other = with_results(
        without_results(WOMAN, "selena_sledai"), {"code": "sledai_2k", "value": 20, "date": "2026-11-10"}
    )
    assert seen(other)["inc-5"] == "unknown"


def test_one_antibody_and_one_low_complement_are_enough_and_both_are_needed(seen):
    anti_sm = with_results(
        WOMAN,
        {"code": "anti_dsdna", "value": "negative", "date": "2026-11-10"},
        {"code": "anti_sm", "value": "positive", "date": "2026-11-10"},
    )
    assert seen(anti_sm)["inc-4a"] == "passes"
    assert seen(_with("anti_dsdna", value="negative"))["inc-4a"] == "fails"
    assert seen(without_results(WOMAN, "anti_sm", "anti_dsdna"))["inc-4a"] == "unknown"
    assert seen(_with("c3", interpretation="normal"))["inc-4b"] == "fails"
    assert seen(without_results(_with("c3", interpretation="normal"), "c4"))["inc-4b"] == "unknown"


@pytest.mark.parametrize(
    ("a_systems", "b_systems", "outcome"),
    [(1, 0, "passes"), (0, 2, "passes"), (0, 1, "fails"), (1, None, "passes"), (0, None, "unknown")],
)
def test_bilag_asks_for_one_a_or_two_b(seen, a_systems, b_systems, outcome):
    patient = _with("bilag_2004_a_systems", value=a_systems)
    patient = without_results(patient, "bilag_2004_b_systems")
    if b_systems is not None:
        patient = with_results(patient, {"code": "bilag_2004_b_systems", "value": b_systems, "date": "2026-11-10"})
    assert seen(patient)["inc-6"] == outcome


@pytest.mark.parametrize(
    ("agent", "dose", "outcome"),
    [
        ("prednisone", 60, "fails"),
        ("prednisone", 60.5, "passes"),
        ("methylprednisolone", 48, "fails"),
        ("methylprednisolone", 49, "passes"),
    ],
)
def test_the_glucocorticoid_must_have_exceeded_one_mg_per_kg_of_prednisone(seen, agent, dose, outcome):
    given = {**PREDNISONE, "agent": agent, "dose": {"value": dose, "unit": "mg/d"}}
    assert seen(_treated(given, MYCOPHENOLATE, AZATHIOPRINE))["inc-7a"] == outcome


@pytest.mark.parametrize(
    ("therapies", "outcome"),
    [
        ([MYCOPHENOLATE], "fails"),
        ([{**MYCOPHENOLATE, "end": "2023-07-10"}, AZATHIOPRINE], "fails"),
        ([{**MYCOPHENOLATE, "response": "adequate"}, AZATHIOPRINE], "fails"),
        ([{**MYCOPHENOLATE, "response": "intolerant"}, AZATHIOPRINE], "fails"),
        ([{**MYCOPHENOLATE, "agent": "belimumab"}, AZATHIOPRINE], "passes"),
        ([{**MYCOPHENOLATE, "agent": "hydroxychloroquine"}, AZATHIOPRINE], "fails"),
        ([{"agent": "mycophenolate", "start": "2023-01-10", "end": "2023-07-11"}, AZATHIOPRINE], "unknown"),
        ([{**MYCOPHENOLATE, "end": "2023-04-10"}, {**MYCOPHENOLATE, "start": "2024-01-01", "end": "2024-06-01"},
          AZATHIOPRINE], "passes"),
    ],
)  # fmt: skip
def test_two_listed_drugs_must_have_failed_after_more_than_six_months_each(seen, therapies, outcome):
    assert seen(_treated(PREDNISONE, *therapies))["inc-7b"] == outcome


@pytest.mark.parametrize(
    ("key", "code", "last_day", "first_free_day"),
    [
        ("exc-3b", "hemodialysis", "2026-09-26", "2026-09-25"),
        ("exc-19", "live_vaccine", "2026-10-24", "2026-10-23"),
        ("exc-20a", "major_surgery", "2026-09-26", "2026-09-25"),
        ("exc-23a", "plasmapheresis", "2026-08-21", "2026-08-20"),
        ("exc-23b", "ivig", "2026-08-21", "2026-08-20"),
        ("exc-24", "clinical_trial", "2026-08-21", "2026-08-20"),
    ],
)
def test_an_event_excludes_through_the_last_day_of_its_window(seen, key, code, last_day, first_free_day):
    within = seen(adding(WOMAN, events=[{"code": code, "date": last_day}]))
    assert within[key] == "fails"
    assert within.criteria[key].lapses_on == within.finding.eligible_from == TOMORROW
    assert seen(adding(WOMAN, events=[{"code": code, "date": first_free_day}]))[key] == "passes"


@pytest.mark.parametrize(
    ("key", "agent", "last_day", "first_free_day"),
    [
        ("exc-21", "rituximab", "2026-10-24", "2026-10-23"),
        ("exc-21", "telitacicept", "2026-10-24", "2026-10-23"),
        ("exc-22", "tacrolimus", "2026-11-14", "2026-11-13"),
        ("exc-22", "baricitinib", "2026-11-14", "2026-11-13"),
    ],
)
def test_a_drug_excludes_through_the_last_day_of_its_washout(seen, key, agent, last_day, first_free_day):
    within = seen(adding(WOMAN, therapies=[{"agent": agent, "start": "2026-05-01", "end": last_day}]))
    assert within[key] == "fails"
    assert within.criteria[key].lapses_on == within.finding.eligible_from == TOMORROW
    after = seen(adding(WOMAN, therapies=[{"agent": agent, "start": "2026-05-01", "end": first_free_day}]))
    assert after[key] == "passes"


def test_an_immunosuppressant_without_an_end_excludes_with_no_end_in_sight(seen):
    found = seen(adding(WOMAN, therapies=[{"agent": "methotrexate", "start": "2026-05-01"}]))
    assert found["exc-22"] == "fails"
    assert found.criteria["exc-22"].lapses_on is None
    assert found.finding.eligible_from is None


def test_glucocorticoids_and_antimalarials_are_no_immunosuppressants_here(seen):
    given = {"agent": "prednisolone", "start": "2026-01-01", "dose": {"value": 10, "unit": "mg/d"}}
    assert seen(adding(WOMAN, therapies=[given]))["exc-22"] == "passes"


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        ({"code": "lupus_cns_active"}, "fails"),
        ({"code": "cns_involvement"}, "fails"),
        ({"code": "neuropsychiatric_lupus", "status": "resolved", "until": "2026-09-26"}, "fails"),
        ({"code": "neuropsychiatric_lupus", "status": "resolved", "until": "2026-09-25"}, "passes"),
        ({"code": "lupus_pulmonary_hemorrhage", "status": "resolved", "until": "2026-10-30"}, "fails"),
        ({"code": "lupus_vasculitis", "severity": "severe"}, "fails"),
        ({"code": "lupus_vasculitis", "severity": "mild"}, "passes"),
        ({"code": "lupus_vasculitis"}, "unknown"),
        ({"code": "immune_thrombocytopenia", "severity": "severe", "systemic_therapy": False}, "fails"),
        ({"code": "lupus_nephritis"}, "passes"),
    ],
)
def test_a_lupus_crisis_excludes_for_eight_weeks_after_its_end(seen, condition, outcome):
    assert seen(_having(condition))["exc-4"] == outcome


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        ({"code": "sjogren", "systemic_therapy": True}, "fails"),
        ({"code": "sjogren", "systemic_therapy": False}, "passes"),
        ({"code": "sjogren"}, "unknown"),
        ({"code": "drug_induced_lupus", "systemic_therapy": True}, "fails"),
        ({"code": "myasthenia_gravis", "status": "remission", "systemic_therapy": True}, "fails"),
        ({"code": "myasthenia_gravis", "status": "resolved", "until": "2020", "systemic_therapy": True}, "passes"),
        ({"code": "lupus_nephritis", "systemic_therapy": True}, "passes"),
        ({"code": "cutaneous_lupus", "systemic_therapy": True}, "passes"),
    ],
)
def test_lupus_is_no_other_autoimmune_disease(seen, condition, outcome):
    assert seen(_having(condition))["exc-5"] == outcome


def test_a_brain_disease_that_lupus_did_not_cause_excludes_for_ever(seen):
    stroke = seen(_having({"code": "stroke", "status": "resolved", "until": "1999"}))
    assert stroke["exc-6"] == "fails"
    assert stroke.criteria["exc-6"].permanent is True
    assert seen(_having({"code": "neuropsychiatric_lupus", "status": "resolved", "until": "2020"}))["exc-6"] == "passes"
    assert seen(_having({"code": "mononeuritis_multiplex"}))["exc-6"] == "passes"
    for named in ("epilepsy", "seizure", "brain_injury_severe", "psychosis", "transient_ischemic_attack"):
        assert seen(_having({"code": named, "severity": "mild"})).keys("fails") == {"exc-6"}


@pytest.mark.parametrize(
    "condition",
    [
        {"code": "other_neurologic_disease"},
        {"code": "other_neurologic_disease", "severity": "mild"},
        {"code": "other_neurologic_disease", "status": "resolved", "until": "2015"},
        {"code": "stiff_person_syndrome", "systemic_therapy": False},
        {"code": "cns_infection", "status": "resolved", "until": "2015"},
    ],
)
def test_whether_a_disease_is_a_significant_one_of_the_brain_somebody_must_say(seen, condition):
    found = seen(_having(condition))
    assert (found.keys("fails", "unknown"), found.reasons("exc-6")) == ({"exc-6"}, {"judgement"})
    assert seen(_having(condition), answers={"exc-6": Outcome.PASSES})["exc-6"] == "passes"
    assert seen(_having(condition), answers={"exc-6": Outcome.FAILS})["exc-6"] == "fails"


@pytest.mark.parametrize("code", ["neurologic_disease", "neurologic_disorder_severe"])
def test_a_neurological_disease_of_an_unnamed_kind_may_be_one_of_the_peripheral_nerves(seen, code):
    for more in ({}, {"severity": "severe"}, {"status": "resolved", "until": "2015"}):
        found = seen(_having({"code": code, **more}))
        assert found.keys("fails", "unknown") == {"exc-6"}
        assert "imprecise" in found.reasons("exc-6")


def test_an_infection_of_the_brain_excludes_while_it_is_active(seen):
    meningitis = {"code": "cns_infection", "systemic_therapy": False}
    assert seen(_having(meningitis)).keys("fails") == {"exc-6"}
    for other in ("sepsis", "herpes_simplex", "other_infection"):
        assert seen(_having({"code": other, "systemic_therapy": False}))["exc-6"] == "passes"


def test_an_autoimmune_disease_of_the_brain_is_one_that_lupus_did_not_cause(seen):
    for code in ("multiple_sclerosis", "neuromyelitis_optica", "mog_antibody_disease", "autoimmune_encephalitis"):
        untreated = _having({"code": code, "systemic_therapy": False})
        assert seen(untreated).keys("fails") == {"exc-6"}
    assert seen(_having({"code": "myasthenia_gravis", "systemic_therapy": False}))["exc-6"] == "passes"


def test_surface_antigen_alone_excludes_and_core_antibody_only_with_viral_dna(seen):
    assert seen(_with("hbsag", value="positive"))["exc-7a"] == "fails"
    core = _with("anti_hbc", value="positive")
    assert seen(core)["exc-7b"] == "unknown"
    for interpretation, outcome in (("normal", "passes"), ("negative", "passes"), ("high", "fails")):
        dna = {"code": "hbv_dna", "interpretation": interpretation, "date": "2026-11-10"}
        assert seen(with_results(core, dna))["exc-7b"] == outcome


def test_hepatitis_c_excludes_where_its_rna_is_found(seen):
    antibody = _with("hcv_antibody", value="positive")
    assert seen(antibody)["exc-7c"] == "unknown"
    for value, outcome in (("negative", "passes"), ("positive", "fails")):
        assert seen(with_results(antibody, {"code": "hcv_rna", "value": value}))["exc-7c"] == outcome


def test_hiv_excludes_by_serology_or_by_history(seen):
    assert seen(_with("hiv", value="positive"))["exc-7d"] == "fails"
    assert seen(_having({"code": "hiv_infection"}))["exc-7d"] == "fails"
    assert seen({"conditions": [{"code": "hiv_infection"}]})["exc-7d"] == "fails"


@pytest.mark.parametrize(("key", "code"), [("exc-8a", "cmv_dna"), ("exc-8b", "ebv_dna")])
def test_either_virus_alone_excludes(seen, key, code):
    found = seen(_with(code, interpretation="high"))
    assert found.keys("fails") == {key}


def test_tuberculosis_excludes_active_or_latent(seen):
    assert seen(_having({"code": "tuberculosis_active", "systemic_therapy": True})).keys("fails") == {"exc-9a"}
    assert seen(_having({"code": "tuberculosis_latent"})).keys("fails") == {"exc-9b"}


def test_whether_an_infection_can_be_controlled_somebody_must_say(seen):
    treated = _having({"code": "pneumonia", "systemic_therapy": True})
    assert seen(treated)["exc-10"] == "unknown"
    assert seen(treated).reasons("exc-10") == {"judgement"}
    assert seen(treated, answers={"exc-10": Outcome.PASSES})["exc-10"] == "passes"
    assert seen(treated, answers={"exc-10": Outcome.FAILS})["exc-10"] == "fails"
    assert seen(_having({"code": "upper_respiratory_infection", "systemic_therapy": False}))["exc-10"] == "passes"


def test_iga_deficiency_is_an_immunodeficiency_too(seen):
    assert seen(_having({"code": "iga_deficiency"})).keys("fails") == {"exc-11", "exc-12"}


TREATED_BASALIOMA = {"code": "basal_cell_carcinoma", "status": "resolved", "until": "2019", "adequately_treated": True}


@pytest.mark.parametrize(
    ("malignancies", "outcome"),
    [
        ([TREATED_BASALIOMA], "passes"),
        ([{"code": "breast_cancer", "status": "resolved", "adequately_treated": True}], "passes"),
        ([TREATED_BASALIOMA, {"code": "lymphoma", "status": "resolved", "until": "2010"}], "fails"),
        ([{**TREATED_BASALIOMA, "adequately_treated": False}], "fails"),
        ([{"code": "basal_cell_carcinoma", "status": "resolved", "until": "2019"}], "unknown"),
        ([{"code": "lymphoma", "status": "resolved", "until": "1999", "adequately_treated": True}], "fails"),
    ],
)
def test_five_treated_cancers_do_not_count_and_excuse_no_other(seen, malignancies, outcome):
    assert seen(_having(*malignancies))["exc-14"] == outcome


def test_named_skin_diseases_exclude_while_active_and_others_need_a_judgement(seen):
    psoriasis = {"code": "psoriasis", "systemic_therapy": False}
    assert seen(_having(psoriasis))["exc-15"] == "fails"
    assert seen(_having({**psoriasis, "status": "remission"}))["exc-15"] == "passes"
    assert seen(_having({"code": "leg_ulcer"}))["exc-15"] == "fails"
    assert seen(_having({"code": "atopic_dermatitis"}))["exc-15"] == "unknown"


@pytest.mark.parametrize(
    ("agent", "keys"),
    [
        ("mesenchymal_stem_cells", {"exc-16a"}),
        ("car_t_cd19", {"exc-16a", "exc-16b", "exc-18"}),
        ("inebilizumab", {"exc-18"}),
        ("rituximab", set()),
    ],
)
def test_cells_genes_and_cd19_exclude_for_ever(seen, agent, keys):
    once = adding(WOMAN, therapies=[{"agent": agent, "start": "2019-01-01", "end": "2019-01-01"}])
    assert seen(once).keys("fails") == keys


def test_any_planned_operation_excludes(seen):
    for code in ("major_surgery", "minor_surgery"):
        assert seen(adding(WOMAN, events=[{"code": code, "planned": True}])).keys("fails") == {"exc-20b"}


def test_transplants_exclude_for_ever(seen):
    assert seen(adding(WOMAN, events=[{"code": "organ_transplant", "date": "2001"}])).keys("fails") == {"exc-25a"}
    assert seen(adding(WOMAN, events=[{"code": "hsct", "date": "2001"}])).keys("fails") == {"exc-25b"}


def test_questions_to_women_do_not_apply_to_men(seen):
    man = seen({**WOMAN, "sex": "male", "reproductive": {}})
    assert man.keys("not applicable") == {"inc-10a", "inc-10b", "exc-2a", "exc-2b"}
    assert man.finding.verdict is TrialVerdict.ELIGIBLE
    infertile = {**WOMAN["reproductive"], "childbearing_potential": False}
    assert seen({**WOMAN, "reproductive": infertile}).keys("not applicable") == {"inc-10a", "inc-10b"}


def test_pregnancy_and_breastfeeding_exclude(seen):
    pregnant = {**WOMAN, "reproductive": {**WOMAN["reproductive"], "pregnant": True}}
    assert seen(pregnant).keys("fails") == {"exc-2a"}
    lactating = {**WOMAN, "reproductive": {**WOMAN["reproductive"], "lactating": True}}
    assert seen(lactating).keys("fails") == {"exc-2b"}


def test_silence_excludes_nobody_and_admits_nobody(seen):
    found = seen({**WOMAN, "reviewed": []})
    assert found.finding.verdict is TrialVerdict.UNDETERMINED
    assert not found.keys("fails")
    assert {"exc-1a", "exc-4", "exc-14", "exc-18", "exc-22", "exc-25a"} <= found.keys("unknown")


IGRA = {"code": "tb_igra", "value": "positive", "date": "2026-11-10"}
LATENT = {"code": "tuberculosis_latent", "status": "resolved", "until": "2020"}


@pytest.mark.parametrize(
    ("results", "conditions", "outcome"),
    [
        ([IGRA], [], "unknown"),
        ([{**IGRA, "value": "negative"}, {"code": "tb_igra", "value": "positive"}], [], "unknown"),
        ([{**IGRA, "value": "negative"}], [], "passes"),
        ([], [], "passes"),
        ([], [{"code": "tuberculosis_latent"}], "fails"),
        ([IGRA], [{"code": "tuberculosis_latent"}], "fails"),
        # the assay stays positive after treatment
        ([IGRA], [LATENT], "unknown"),
        ([{**IGRA, "date": "2020"}, {**IGRA, "value": "negative"}], [], "passes"),
        ([{**IGRA, "value": "negative"}], [LATENT], "passes"),
    ],
)
def test_a_positive_assay_leaves_latent_tuberculosis_open(seen, results, conditions, outcome):
    patient = with_results(without_results(WOMAN, "tb_igra"), *results)
    assert seen(adding(patient, conditions=conditions))["exc-9b"] == outcome


def test_an_earlier_positive_hiv_test_is_not_undone_by_a_negative_one(seen):
    positive = {"code": "hiv", "value": "positive", "date": "2026-11-10"}
    found = seen(with_results(WOMAN, positive))
    assert (found["exc-7d"], found["exc-11"]) == ("fails", "unknown")
    negative = {**positive, "value": "negative"}
    found = seen(with_results(WOMAN, {**positive, "date": "2020"}, negative))
    assert (found["exc-7d"], found["exc-11"]) == ("unknown", "passes")
    assert found.reasons("exc-7d") == {"judgement"}


@pytest.mark.parametrize("code", ["major_surgery", "splenectomy", "organ_transplant", "hysterectomy"])
def test_an_operation_counts_under_its_own_name(seen, code):
    patient = {**WOMAN, "reproductive": {"pregnant": False, "lactating": False}}
    done = seen(adding(patient, events=[{"code": code, "date": "2026-10-20"}]))
    assert done["exc-20a"] == "fails"
    assert done.criteria["exc-20a"].lapses_on == date(2026, 12, 16)
    assert seen(adding(patient, events=[{"code": code, "planned": True}]))["exc-20b"] == "fails"


@pytest.mark.parametrize(
    ("agent", "outcome"),
    [
        ("rituximab", "passes"),
        ("obinutuzumab", "to confirm"),
        ("anifrolumab", "to confirm"),
        ("hydroxychloroquine", "fails"),
    ],
)
def test_of_a_biological_agent_that_the_text_does_not_name_people_say_whether_it_counts(seen, agent, outcome):
    drug = {"agent": agent, "start": "2024-02-01", "end": "2025-02-01", "response": "inadequate"}
    assert seen({**WOMAN, "therapies": [PREDNISONE, MYCOPHENOLATE, drug]})["inc-7b"] == outcome
