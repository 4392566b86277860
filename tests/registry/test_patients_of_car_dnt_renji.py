"""Patients of the CAR-DNT trial of Shanghai, each worked out by hand from its page. Today is 21 November 2026."""

from datetime import date
from typing import Any

import pytest

from app.vocabulary.enumerations import Outcome, TrialVerdict
from tests.registry.outcomes import REVIEWED, Match, adding, match, rules_of, with_results, without_results

RULES = rules_of("car-dnt-cd19-shanghai-renji")

WOMAN: dict[str, Any] = {
    "birth_date": "1985-03-14",
    "sex": "female",
    "weight_kg": 60,
    "conditions": [{"code": "sle", "since": "2017"}],
    "therapies": [{"agent": "mycophenolate", "start": "2024-01", "response": "inadequate"}],
    "observations": [
        {"code": "fibrinogen", "value": 2.9, "unit": "g/L", "date": "2026-11-19"},
        {"code": "aptt", "value": 33, "unit": "s", "upper_limit": 36, "date": "2026-11-19"},
        {"code": "pt", "value": 12, "unit": "s", "upper_limit": 13, "date": "2026-11-19"},
        {"code": "ast", "value": 30, "unit": "U/L", "upper_limit": 40, "date": "2026-11-19"},
        {"code": "alt", "value": 31, "unit": "U/L", "upper_limit": 40, "date": "2026-11-19"},
        {"code": "total_bilirubin", "value": 0.7, "unit": "mg/dL", "upper_limit": 1.2, "date": "2026-11-19"},
        {"code": "creatinine", "value": 0.8, "unit": "mg/dL", "upper_limit": 1.1, "date": "2026-11-19"},
        {"code": "hemoglobin", "value": 10.4, "unit": "g/dL", "date": "2026-11-19"},
        {"code": "neutrophils", "value": 2.2, "unit": "10*9/L", "date": "2026-11-19"},
        {"code": "platelets", "value": 180, "unit": "10*9/L", "date": "2026-11-19"},
        {"code": "lvef", "value": 60, "unit": "%", "date": "2026-11-18"},
        {"code": "pregnancy_test", "value": "negative", "date": "2026-11-19"},
        {"code": "nyha_class", "value": 1, "date": "2026-11-18"},
        {"code": "hbsag", "value": "negative", "date": "2026-11-10"},
        {"code": "anti_hbc", "value": "negative", "date": "2026-11-10"},
        {"code": "hcv_antibody", "value": "negative", "date": "2026-11-10"},
        {"code": "hiv", "value": "negative", "date": "2026-11-10"},
        {"code": "cmv_dna", "value": "negative", "date": "2026-11-10"},
        {"code": "syphilis", "value": "negative", "date": "2026-11-10"},
        {"code": "life_expectancy", "value": 120, "unit": "mo", "date": "2026-11-10"},
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
    assert found.keys("to confirm") == {"inc-1a", "inc-1b", "inc-4b", "inc-5", "exc-6", "exc-15a", "exc-15b"}
    assert not found.keys("fails", "unknown", "not applicable")


def test_what_people_decide_counts(seen):
    refused = seen(answers={"inc-5": Outcome.FAILS})
    assert refused["inc-5"] == "fails"
    assert refused.finding.verdict is TrialVerdict.INELIGIBLE
    agreed = seen(answers=dict.fromkeys(seen().keys("to confirm"), Outcome.PASSES))
    assert agreed.keys("passes") == set(agreed.criteria)


def test_of_nobody_anything_is_known_from_nothing(seen):
    found = seen({})
    assert found.finding.verdict is TrialVerdict.UNDETERMINED
    assert not found.keys("passes", "fails", "not applicable")


FIRST_CLASS = {"code": "nyha_class", "value": 1, "date": "2026-11-18"}
SECOND_CLASS = {**FIRST_CLASS, "value": 2}
HEART_FAILURE = {"code": "heart_failure", "since": "2022"}


@pytest.mark.parametrize("more", [{}, {"conditions": [HEART_FAILURE]}])
def test_nyha_class_three_excludes_for_six_months_and_a_better_one_does_not_mend_it(seen, more):
    worse = {"code": "nyha_class", "value": 3, "date": "2026-06-01"}
    found = seen(adding(with_results(WOMAN, FIRST_CLASS, worse), **more))
    assert found["exc-5e"] == "fails"
    assert found.criteria["exc-5e"].lapses_on == date(2026, 12, 2)


def test_a_good_class_of_today_does_not_prove_the_last_six_months_of_a_failing_heart(seen):
    patient = with_results(WOMAN, FIRST_CLASS)
    assert seen(adding(patient, conditions=[HEART_FAILURE]))["exc-5e"] == "unknown"
    assert seen({**patient, "reviewed": []})["exc-5e"] == "unknown"
    assert seen(with_results(WOMAN, SECOND_CLASS))["exc-5e"] == "unknown"
    always = adding(with_results(WOMAN, {**SECOND_CLASS, "lifetime": True}), conditions=[HEART_FAILURE])
    assert seen(always)["exc-5e"] == "passes"


def test_the_first_class_passes_where_the_heart_did_not_fail_in_those_months(seen):
    found = seen(with_results(WOMAN, FIRST_CLASS))
    assert found["exc-5e"] == "passes"
    assert found.criteria["exc-5e"].expires_on == date(2027, 5, 19)
    denied = adding(WOMAN, conditions=[{"code": "heart_failure", "present": False}])
    assert seen({**denied, "reviewed": []})["exc-5e"] == "passes"
    over = adding(WOMAN, conditions=[{"code": "heart_failure", "status": "resolved", "until": "2024"}])
    assert seen(over)["exc-5e"] == "passes"
    old = with_results(WOMAN, {**FIRST_CLASS, "date": "2026-05-20"})
    assert seen(old)["exc-5e"] == seen(without_results(WOMAN, "nyha_class"))["exc-5e"] == "unknown"


HEPATITIS_B = [{"code": "hbsag", "value": "positive"}, {"code": "hbv_dna", "interpretation": "high"}]
HEPATITIS_C = [{"code": "hcv_antibody", "value": "positive"}, {"code": "hcv_rna", "value": "positive"}]


@pytest.mark.parametrize("markers", [HEPATITIS_B, HEPATITIS_C])
def test_the_markers_of_an_active_hepatitis_leave_an_active_infection_open(seen, markers):
    dated = [{**marker, "date": "2026-11-10"} for marker in markers]
    assert seen(with_results(WOMAN, *dated)).reasons("exc-2") == {"conflicting"}
    carrier = [dated[0], {"code": dated[1]["code"], "value": "negative", "date": "2026-11-10"}]
    assert seen(with_results(WOMAN, *carrier))["exc-2"] == "passes"
    for alone in dated:
        assert seen(with_results(WOMAN, alone)).reasons("exc-2") == {"conflicting"}


def test_a_lupus_crisis_of_an_unnamed_kind_may_affect_the_central_nervous_system(seen):
    assert seen(adding(WOMAN, conditions=[{"code": "lupus_crisis"}])).reasons("exc-3e") == {"imprecise"}


@pytest.mark.parametrize(
    "code",
    [
        "multiple_sclerosis",
        "multiple_sclerosis_progressive",
        "neuromyelitis_optica",
        "mog_antibody_disease",
        "autoimmune_encephalitis",
        "stiff_person_syndrome",
    ],
)
def test_whether_another_autoimmune_disease_of_the_brain_counts_somebody_must_say(seen, code):
    ill = adding(WOMAN, conditions=[{"code": code}])
    found = seen(ill)
    assert (found.keys("fails", "unknown"), found.reasons("exc-3e")) == ({"exc-3e"}, {"judgement"})
    assert seen(ill, answers={"exc-3e": Outcome.PASSES})["exc-3e"] == "passes"
    assert seen(ill, answers={"exc-3e": Outcome.FAILS})["exc-3e"] == "fails"
    over = adding(WOMAN, conditions=[{"code": code, "status": "resolved", "until": "2015"}])
    assert seen(over)["exc-3e"] == "passes"


@pytest.mark.parametrize("code", ["myasthenia_gravis", "cidp", "epilepsy", "rheumatoid_arthritis"])
def test_a_disease_elsewhere_or_of_another_cause_leaves_the_central_nervous_system_unaffected(seen, code):
    assert seen(adding(WOMAN, conditions=[{"code": code, "severity": "severe"}]))["exc-3e"] == "passes"


@pytest.mark.parametrize(
    ("agent", "still", "over"),
    [
        ("rituximab", "2026-05-21", "2026-05-20"),
        ("tofacitinib", "2026-11-20", "2026-11-19"),
        ("tofacitinib_xr", "2026-11-19", "2026-11-18"),
        ("ruxolitinib", "2026-11-19", "2026-11-18"),
        ("baricitinib", "2026-11-18", "2026-11-17"),
        ("upadacitinib", "2026-11-18", "2026-11-17"),
        ("filgotinib", "2026-11-15", "2026-11-14"),
    ],
)
def test_a_washout_ends_the_day_after_its_window(seen, agent, still, over):
    key = "exc-12a" if agent == "rituximab" else "exc-12d"
    within = seen(adding(WOMAN, therapies=[{"agent": agent, "start": "2026-01-01", "end": still}]))
    assert within[key] == "fails"
    assert within.criteria[key].lapses_on == date(2026, 11, 22)
    assert within.finding.eligible_from == date(2026, 11, 22)
    assert seen(adding(WOMAN, therapies=[{"agent": agent, "start": "2026-01-01", "end": over}]))[key] == "passes"


def test_a_therapy_that_goes_on_has_no_end_in_sight(seen):
    found = seen(adding(WOMAN, therapies=[{"agent": "baricitinib", "start": "2026-01-01"}]))
    assert found["exc-12d"] == "fails"
    assert (found.criteria["exc-12d"].lapses_on, found.finding.eligible_from) == (None, None)


@pytest.mark.parametrize(("agent", "key"), [("belimumab", "exc-12b"), ("telitacicept", "exc-12c")])
def test_thirty_days_count_back_from_the_infusion(seen, agent, key):
    def stopped(day: str) -> dict[str, Any]:
        return adding(WOMAN, therapies=[{"agent": agent, "start": "2026-01", "end": day}])

    infusion = {"infusion": date(2026, 12, 15)}
    assert seen(stopped("2026-11-15"), milestones=infusion)[key] == "fails"
    assert seen(stopped("2026-11-14"), milestones=infusion)[key] == "passes"
    assert seen(stopped("2026-10-22"))[key] == "fails"
    assert seen(stopped("2026-10-21"))[key] == "passes"


def test_results_count_for_seven_days_before_lymphodepletion(seen):
    def measured(day: str) -> dict[str, Any]:
        return with_results(WOMAN, {"code": "hemoglobin", "value": 104, "unit": "g/L", "date": day})

    assert seen(measured("2026-11-14"))["inc-3h"] == "passes"
    stale = seen(measured("2026-11-13"))
    assert stale["inc-3h"] == "unknown"
    assert stale.reasons("inc-3h") == {"stale"}
    assert stale.finding.verdict is TrialVerdict.UNDETERMINED
    assert seen(measured("2026-11-19"), milestones={"lymphodepletion": date(2026, 11, 27)})["inc-3h"] == "unknown"
    assert seen(measured("2026-11-19"), milestones={"lymphodepletion": date(2026, 11, 26)})["inc-3h"] == "passes"
    assert seen(measured("2026-11-19")).finding.evidence_until == date(2026, 11, 25)  # the heart was seen on the 18th


@pytest.mark.parametrize(
    ("key", "result", "outcome"),
    [
        ("inc-3a", {"code": "fibrinogen", "value": 100, "unit": "mg/dL"}, "passes"),
        ("inc-3a", {"code": "fibrinogen", "value": 0.99, "unit": "g/L"}, "fails"),
        ("inc-3b", {"code": "aptt", "value": 54, "unit": "s", "upper_limit": 36}, "passes"),
        ("inc-3b", {"code": "aptt", "value": 54.1, "unit": "s", "upper_limit": 36}, "fails"),
        ("inc-3b", {"code": "aptt", "value": 33, "unit": "s"}, "unknown"),
        ("inc-3c", {"code": "pt", "interpretation": "normal"}, "passes"),
        ("inc-3d", {"code": "ast", "value": 120, "unit": "U/L", "upper_limit": 40}, "passes"),
        ("inc-3d", {"code": "ast", "value": 121, "unit": "U/L", "upper_limit": 40}, "fails"),
        ("inc-3e", {"code": "alt", "interpretation": "high"}, "unknown"),
        ("inc-3f", {"code": "total_bilirubin", "value": 30, "unit": "umol/L", "upper_limit": 20}, "passes"),
        ("inc-3f", {"code": "total_bilirubin", "value": 31, "unit": "umol/L", "upper_limit": 20}, "fails"),
        ("inc-3h", {"code": "hemoglobin", "value": 8.0, "unit": "g/dL"}, "passes"),
        ("inc-3h", {"code": "hemoglobin", "value": 79, "unit": "g/L"}, "fails"),
        ("inc-3i", {"code": "neutrophils", "value": 1000, "unit": "/uL"}, "passes"),
        ("inc-3i", {"code": "neutrophils", "value": 0.9, "unit": "10*9/L"}, "fails"),
        ("inc-3j", {"code": "platelets", "value": 30, "unit": "10*9/L"}, "passes"),
        ("inc-3j", {"code": "platelets", "value": "<30", "unit": "10*9/L"}, "fails"),
        ("inc-3k", {"code": "lvef", "value": 45, "unit": "%"}, "passes"),
        ("inc-3k", {"code": "lvef", "value": 44, "unit": "%"}, "fails"),
        ("exc-13", {"code": "life_expectancy", "value": 3, "unit": "mo"}, "passes"),
        ("exc-13", {"code": "life_expectancy", "value": 2.9, "unit": "mo"}, "fails"),
    ],
)
def test_a_threshold_that_is_just_met_is_met(seen, key, result, outcome):
    assert seen(with_results(WOMAN, {**result, "date": "2026-11-19"}))[key] == outcome


def test_gilbert_syndrome_does_not_help(seen):
    patient = adding(
        with_results(
            WOMAN,
            {"code": "total_bilirubin", "value": 2.0, "unit": "mg/dL", "upper_limit": 1.2, "date": "2026-11-19"},
        ),
        conditions=[{"code": "gilbert_syndrome"}],
    )
    assert seen(patient)["inc-3f"] == "fails"


def test_transfusions_do_not_take_a_level_away(seen):
    patient = adding(
        with_results(WOMAN, {"code": "hemoglobin", "value": 81, "unit": "g/L", "date": "2026-11-19"}),
        events=[{"code": "transfusion_red_cells", "date": "2026-11-18"}],
    )
    assert seen(patient)["inc-3h"] == "passes"


@pytest.mark.parametrize(
    ("creatinine", "clearance", "outcome"),
    [
        (1.65, None, "passes"),  # 1.5 times the limit exactly; clearance by Cockcroft-Gault would be 43
        (1.66, None, "fails"),  # clearance by Cockcroft-Gault: (140 - 41) * 60 * 0.85 / (72 * 1.66) = 42
        (1.66, 60, "passes"),
        (1.66, 59.9, "fails"),
    ],
)
def test_the_renal_twins_agree_at_their_thresholds(seen, creatinine, clearance, outcome):
    results = [{"code": "creatinine", "value": creatinine, "unit": "mg/dL", "upper_limit": 1.1, "date": "2026-11-19"}]
    if clearance is not None:
        results.append({"code": "creatinine_clearance", "value": clearance, "unit": "mL/min", "date": "2026-11-19"})
    found = seen(with_results(WOMAN, *results))
    assert (found["inc-3g"], found["exc-4a"]) == (outcome, outcome)


@pytest.mark.parametrize(
    ("agent", "mg", "outcome"),
    [
        ("prednisone", 100, "fails"),
        ("prednisone", 99, "passes"),
        ("methylprednisolone", 80, "fails"),
        ("methylprednisolone", 79, "passes"),
        ("dexamethasone", 15, "fails"),
    ],
)
def test_a_high_dose_is_told_in_prednisone(seen, agent, mg, outcome):
    course = {"agent": agent, "start": "2026-05-01", "end": "2026-05-21", "dose": {"value": mg, "unit": "mg/d"}}
    assert seen(adding(WOMAN, therapies=[course]))["exc-4c"] == outcome
    assert seen(adding(WOMAN, therapies=[{**course, "end": "2026-05-20"}]))["exc-4c"] == "passes"


@pytest.mark.parametrize(
    ("results", "outcome"),
    [
        ({"anti_hbc": "positive", "hbv_dna": "negative"}, "passes"),
        ({"anti_hbc": "positive", "hbv_dna": "positive"}, "fails"),
        ({"hbsag": "positive", "hbv_dna": "positive"}, "fails"),
        ({"hbsag": "positive"}, "unknown"),
        ({}, "passes"),
    ],
)
def test_hepatitis_b_takes_a_marker_and_the_dna(seen, results, outcome):
    patient = with_results(
        WOMAN, *({"code": code, "value": value, "date": "2026-11-10"} for code, value in results.items())
    )
    assert seen(patient)["exc-7a"] == outcome


def test_hiv_excludes_by_test_or_by_diagnosis_and_a_test_that_denies_it_settles_nothing(seen):
    infected = adding(WOMAN, conditions=[{"code": "hiv_infection"}])
    assert seen(without_results(infected, "hiv")).keys("fails") == {"exc-7c"}
    assert "conflicting" in seen(infected).reasons("exc-7c")
    assert seen({**WOMAN, "reviewed": []})["exc-7c"] == "passes"


def test_an_earlier_positive_hiv_test_is_not_undone_by_a_negative_one(seen):
    negative = {"code": "hiv", "value": "negative", "date": "2026-11-10"}
    for day in ("2020", "2026-10-01"):
        found = seen(with_results(WOMAN, {**negative, "value": "positive", "date": day}, negative))
        assert (found.keys("fails", "unknown"), found.reasons("exc-7c")) == ({"exc-7c"}, {"judgement"})
    earlier = with_results(WOMAN, {**negative, "value": "positive", "date": "2020"}, negative)
    assert seen(earlier, answers={"exc-7c": Outcome.PASSES})["exc-7c"] == "passes"
    assert seen(earlier, answers={"exc-7c": Outcome.FAILS})["exc-7c"] == "fails"
    twice = with_results(WOMAN, {**negative, "date": "2020"}, negative)
    assert seen(twice)["exc-7c"] == "passes"
    turned = with_results(WOMAN, {**negative, "date": "2020"}, {**negative, "value": "positive"})
    assert seen(turned)["exc-7c"] == "fails"


def test_hepatitis_b_dna_within_the_laboratorys_limit_is_normal(seen):
    marker = {"code": "anti_hbc", "value": "positive", "date": "2026-11-10"}
    dna = {"code": "hbv_dna", "unit": "[IU]/mL", "upper_limit": 20, "date": "2026-11-10"}
    assert seen(with_results(WOMAN, marker, {**dna, "value": 20}))["exc-7a"] == "passes"
    assert seen(with_results(WOMAN, marker, {**dna, "value": 21}))["exc-7a"] == "fails"


@pytest.mark.parametrize(
    "reason",
    [
        {"events": [{"code": "hysterectomy", "date": "2019"}]},
        {"events": [{"code": "bilateral_oophorectomy", "date": "2019"}]},
        {"events": [{"code": "menopause", "date": "2025-11-20"}]},
        {"conditions": [{"code": "ovarian_failure"}]},
    ],
)
def test_a_woman_who_cannot_become_pregnant_needs_neither_test_nor_contraception(seen, reason):
    patient = adding({**without_results(WOMAN, "pregnancy_test"), "reproductive": {}}, **reason)
    for reviewed in (REVIEWED, []):
        found = seen({**patient, "reviewed": reviewed})
        assert (found["inc-4a"], found["inc-4b"]) == ("not applicable", "not applicable")


def test_a_menopause_of_this_year_does_not_count_yet(seen):
    recent = adding(WOMAN, events=[{"code": "menopause", "date": "2026-02-01"}])
    assert seen(without_results(recent, "pregnancy_test"))["inc-4a"] == "unknown"
    assert seen(recent)["inc-4a"] == "passes"


POSITIVE = {"code": "pregnancy_test", "value": "positive", "date": "2026-11-19"}


@pytest.mark.parametrize("screening", [None, date(2026, 11, 19), date(2026, 12, 15)])
def test_a_positive_test_fails_whoever_is_stated_to_be_able_whatever_is_not_reviewed(seen, screening):
    patient = {**with_results(WOMAN, POSITIVE), "reviewed": []}
    assert seen(patient, milestones=screening and {"screening": screening})["inc-4a"] == "fails"


def test_of_a_woman_who_is_stated_to_be_unable_no_test_is_asked(seen):
    unable = {**WOMAN, "reproductive": {"childbearing_potential": False}, "reviewed": []}
    for patient in (
        without_results(unable, "pregnancy_test"),
        with_results(unable, {**POSITIVE, "date": "2026-01-19"}),
    ):
        found = seen(patient)
        assert (found["inc-4a"], found["inc-4b"]) == ("not applicable", "not applicable")


def test_a_recent_positive_test_conflicts_with_that_statement(seen):
    found = seen({**with_results(WOMAN, POSITIVE), "reproductive": {"childbearing_potential": False}})
    assert found.reasons("inc-4a") == {"conflicting"}


def test_a_pregnant_woman_fails_the_test_before_it_is_done(seen):
    pregnant = {**without_results(WOMAN, "pregnancy_test"), "reproductive": {"pregnant": True}, "reviewed": []}
    assert seen(pregnant)["inc-4a"] == "fails"
    assert seen({"reproductive": {"pregnant": True}})["inc-4a"] == "fails"


def test_a_man_needs_no_pregnancy_test_but_contraception(seen):
    man = {**without_results(WOMAN, "pregnancy_test"), "sex": "male", "reproductive": {}}
    found = seen(man)
    assert (found["inc-4a"], found["inc-4b"]) == ("not applicable", "to confirm")
    assert found.finding.verdict is TrialVerdict.ELIGIBLE


def test_simple_infections_are_excepted_in_exclusion_8_and_left_to_the_investigator_in_exclusion_2(seen):
    cystitis = {"code": "urinary_tract_infection", "systemic_therapy": True}
    found = seen(adding(WOMAN, conditions=[cystitis]))
    assert (found["exc-8a"], found["exc-2"]) == ("passes", "unknown")
    both = seen(adding(WOMAN, conditions=[cystitis, {"code": "pneumonia", "systemic_therapy": True}]))
    assert (both["exc-8a"], both["exc-2"], both["exc-6"]) == ("fails", "fails", "fails")


def test_a_drug_against_infections_may_or_may_not_be_suppressive(seen):
    found = seen(adding(WOMAN, therapies=[{"agent": "isoniazid", "start": "2026-10-01"}]))
    assert found["exc-8b"] == "unknown"
    ended = seen(adding(WOMAN, therapies=[{"agent": "isoniazid", "start": "2026-03-01", "end": "2026-10-01"}]))
    assert ended["exc-8b"] == "passes"


@pytest.mark.parametrize(
    ("key", "more"),
    [
        ("exc-3a", {"conditions": [{"code": "lymphoma"}]}),
        ("exc-3e", {"conditions": [{"code": "neuropsychiatric_lupus"}]}),
        ("exc-4b", {"events": [{"code": "hemodialysis", "date": "2026-05-21"}]}),
        ("exc-5b", {"conditions": [{"code": "stroke", "since": "2026-06", "until": "2026-06"}]}),
        ("exc-5g", {"conditions": [{"code": "arrhythmia_severe", "until": "2012"}]}),
        ("exc-9", {"events": [{"code": "live_vaccine", "date": "2026-10-21"}]}),
        ("exc-10", {"events": [{"code": "organ_transplant", "planned": True}]}),
        ("exc-11", {"therapies": [{"agent": "car_t_cd19", "start": "2023-05", "end": "2023-05"}]}),
        ("exc-14", {"events": [{"code": "clinical_trial", "start": "2026-02", "end": "2026-08-21"}]}),
    ],
)
def test_one_reason_to_exclude_is_enough(seen, key, more):
    found = seen(adding(WOMAN, **more))
    assert found[key] == "fails"
    assert found.keys("fails") == {key}
    assert found.finding.verdict is TrialVerdict.INELIGIBLE


@pytest.mark.parametrize(
    ("key", "more"),
    [
        ("exc-3a", {"conditions": [{"code": "lymphoma", "status": "resolved", "until": "2012"}]}),
        ("exc-3c", {"conditions": [{"code": "alveolar_hemorrhage"}]}),
        ("exc-4b", {"events": [{"code": "hemodialysis", "date": "2026-05-20"}]}),
        ("exc-5b", {"conditions": [{"code": "stroke", "since": "2026-04", "until": "2026-04"}]}),
        ("exc-5f", {"conditions": [{"code": "hypertension_uncontrolled"}]}),
        ("exc-9", {"events": [{"code": "live_vaccine", "date": "2026-10-20"}]}),
        ("exc-14", {"events": [{"code": "clinical_trial", "start": "2026-02", "end": "2026-08-20"}]}),
    ],
)
def test_what_comes_close_to_an_exclusion_does_not_exclude(seen, key, more):
    assert seen(adding(WOMAN, **more))[key] == "passes"


@pytest.mark.parametrize(
    ("arrhythmia", "outcome"),
    [
        ({"code": "arrhythmia", "severity": "severe", "systemic_therapy": True}, "fails"),
        ({"code": "arrhythmia", "severity": "severe", "systemic_therapy": False}, "passes"),
        ({"code": "arrhythmia", "severity": "severe"}, "unknown"),
        ({"code": "arrhythmia", "severity": "mild", "status": "resolved"}, "passes"),
        ({"code": "arrhythmia", "systemic_therapy": True}, "unknown"),
        ({"code": "arrhythmia_severe", "systemic_therapy": True}, "fails"),
        ({"code": "arrhythmia_severe", "status": "resolved", "until": "2015"}, "fails"),
        ({"code": "arrhythmia_severe"}, "fails"),
        ({"code": "av_block"}, "unknown"),
    ],
)
def test_an_arrhythmia_excludes_by_its_severity_and_by_the_drugs_that_it_needed(seen, arrhythmia, outcome):
    assert seen(adding(WOMAN, conditions=[arrhythmia]))["exc-5g"] == outcome


def test_the_basket_holds_four_diseases(seen):
    for code in ("sle", "anca_vasculitis", "dermatomyositis", "systemic_sclerosis"):
        assert seen({**WOMAN, "conditions": [{"code": code}]})["inc-5"] == "to confirm"
    assert seen({**WOMAN, "conditions": [{"code": "rheumatoid_arthritis"}]})["inc-5"] == "fails"


def test_75_lasts_until_the_76th_birthday(seen):
    found = seen({**WOMAN, "birth_date": "1950-11-22"})
    assert found["inc-2"] == "passes"
    assert found.finding.eligible_until == date(2026, 11, 21)
    assert seen({**WOMAN, "birth_date": "1950-11-21"})["inc-2"] == "fails"
