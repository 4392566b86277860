"""From a patient as sent to facts: what is understood, what is left out, and what is refused."""

from datetime import date
from fractions import Fraction

import pytest

from app.eligibility.criteria import Finding
from app.eligibility.dates import DayRange, days_of
from app.eligibility.facts import Notice
from app.eligibility.intervals import Interval
from app.vocabulary.enumerations import ConditionStatus, Interpretation
from tests.eligibility.patients import TODAY, facts_of, faults_of, places

HEMOGLOBIN = {"code": "hemoglobin", "value": 10.4, "unit": "g/dL", "date": "2026-11-10"}


def only(vocabulary, **observation):
    (results,) = facts_of(vocabulary, observations=[observation]).observations.values()
    (result,) = results
    return result


def test_of_a_patient_without_facts_nothing_is_known(vocabulary):
    facts = facts_of(vocabulary)
    assert (facts.birth, facts.sex, facts.warnings) == (None, None, ())
    assert [facts.observations, facts.conditions, facts.therapies, facts.events] == [{}, {}, {}, {}]
    assert facts.reviewed == frozenset()


def test_a_result_stands_in_the_terms_unit_and_keeps_what_was_sent(vocabulary):
    result = only(vocabulary, **HEMOGLOBIN, lower_limit=12, upper_limit=15.5)
    assert result.interval == Interval.exactly(104)
    assert (result.lower_limit, result.upper_limit) == (120, 155)
    assert result.days == days_of("2026-11-10")
    evidence = result.evidence()
    assert (evidence.fact, evidence.value, evidence.unit, evidence.date) == ("hemoglobin", "10.4", "g/dL", "2026-11-10")
    assert evidence.converted == "104 g/L"


def test_evidence_in_the_terms_unit_is_not_converted(vocabulary):
    assert only(vocabulary, code="hemoglobin", value=104, unit="g/L").evidence().converted is None


def test_results_are_listed_latest_first_and_undated_last(vocabulary):
    dates = ["2026-01-05", None, "2026-11-10", "2026", "2026-11", "2025-12-31"]
    listed = [{"code": "ecog", "value": n} | ({"date": day} if day else {}) for n, day in enumerate(dates[:5])]
    facts = facts_of(vocabulary, observations=listed)
    assert [result.date for result in facts.observations["ecog"]] == [
        "2026-11",
        "2026",
        "2026-11-10",
        "2026-01-05",
        None,
    ]


def test_weight_and_height_are_undated_results(vocabulary):
    weighed = {"code": "weight", "value": 150, "unit": "lb", "date": "2026-10-01"}
    facts = facts_of(vocabulary, weight_kg=61, height_cm=164, observations=[weighed])
    assert [result.interval for result in facts.observations["weight"]] == [
        Interval.exactly(Fraction("68.0388555")),
        Interval.exactly(61),
    ]
    assert facts.observations["height"][0].days is None


@pytest.mark.parametrize(
    ("observation", "finding"),
    [
        ({"code": "anti_sm", "value": "positive"}, Finding.POSITIVE),
        ({"code": "anti_sm", "value": "Negative"}, Finding.NEGATIVE),
        ({"code": "ana", "value": "negative"}, Finding.NEGATIVE),
        ({"code": "hbv_dna", "value": 500, "unit": "copies/mL", "upper_limit": 50}, Finding.POSITIVE),
        ({"code": "hbv_dna", "value": "<20", "unit": "copies/mL", "upper_limit": 20}, Finding.NEGATIVE),
        ({"code": "hbv_dna", "value": "<50", "unit": "copies/mL", "upper_limit": 20}, None),
        ({"code": "hbv_dna", "value": 500, "unit": "copies/mL"}, None),
    ],
)
def test_words_and_numbers_of_another_usual_unit_become_findings(vocabulary, observation, finding):
    result = only(vocabulary, **observation)
    assert result.interval is None
    assert result.finding is finding


def test_a_finding_may_come_as_a_quantity_in_its_own_unit(vocabulary):
    result = only(vocabulary, code="hbv_dna", value="<20", unit="IU/mL", upper_limit=20)
    assert result.interval == Interval(Fraction(0), Fraction(20), high_open=True)
    assert result.upper_limit == 20


def test_a_reading_alone_is_a_result(vocabulary):
    result = only(vocabulary, code="c3", interpretation="low")
    assert (result.interval, result.interpretation, result.evidence().value) == (None, Interpretation.LOW, "")


def test_lifetime_and_room_air_are_kept(vocabulary):
    assert only(vocabulary, code="anti_sm", value="negative", lifetime=True).lifetime
    assert not only(vocabulary, code="anti_sm", value="negative", lifetime=False).lifetime
    assert only(vocabulary, code="spo2", value=95, unit="%", room_air=True).room_air is True


@pytest.mark.parametrize("code", ["hbv_dna", "hcv_rna", "cmv_dna", "ebv_dna"])
@pytest.mark.parametrize("unit", ["[IU]/mL", "{copies}/mL"])
def test_of_a_virus_in_the_blood_nothing_at_all_may_be_the_limit(vocabulary, code, unit):
    assert only(vocabulary, code=code, value=35, unit=unit, upper_limit=0).code == code


def test_a_lower_limit_may_be_zero(vocabulary):
    assert only(vocabulary, code="alt", value=35, unit="U/L", lower_limit=0).lower_limit == 0


OBSERVATION_FAULTS = [
    ({"code": "hemoglobim", "value": 1}, "unknown_code", "code"),
    ({"code": "hemoglobin", "value": 10.4}, "unit_required", "unit"),
    ({"code": "hemoglobin", "value": 10.4, "unit": "bananas"}, "unit_unknown", "unit"),
    ({"code": "hemoglobin", "value": 10.4, "unit": "%"}, "unit_inconvertible", "unit"),
    ({"code": "hemoglobin", "value": 102, "unit": "g/dL"}, "implausible", "value"),
    ({"code": "hemoglobin", "value": 1e300, "unit": "g/dL"}, "implausible", "value"),
    ({"code": "hemoglobin", "value": 5e-324, "unit": "g/dL"}, "implausible", "value"),
    ({"code": "hemoglobin", "value": "positive"}, "value_form", "value"),
    ({"code": "hemoglobin", "value": "10.4", "unit": "g/dL"}, "value_form", "value"),
    ({"code": "hemoglobin", "value": "1:80", "unit": "g/dL"}, "value_form", "value"),
    ({"code": "anti_sm", "value": 4}, "value_form", "value"),
    ({"code": "ana", "value": "speckled"}, "value_form", "value"),
    ({"code": "ecog", "value": 1.5}, "not_whole", "value"),
    ({"code": "ecog", "value": 7}, "implausible", "value"),
    ({"code": "hemoglobin"}, "value_required", "value"),
    ({"code": "hemoglobin", "unit": "g/dL", "date": "2026"}, "value_required", "value"),
    ({"code": "hbv_dna", "value": 5, "unit": "wombat"}, "unit_unknown", "unit"),
    ({"code": "hbv_dna", "value": 5, "unit": "mg/L"}, "unit_inconvertible", "unit"),
    ({**HEMOGLOBIN, "lower_limit": 15, "upper_limit": 12}, "limits_crossed", "lower_limit"),
    ({**HEMOGLOBIN, "upper_limit": -1}, "implausible", "upper_limit"),
    ({**HEMOGLOBIN, "upper_limit": 1e300}, "implausible", "upper_limit"),
    # that nothing at all is the most that is normal, only of what should not be there
    ({"code": "alt", "value": 20, "unit": "U/L", "upper_limit": 0}, "implausible", "upper_limit"),
    ({"code": "anti_dsdna", "value": 20, "unit": "[IU]/mL", "upper_limit": 0.0}, "implausible", "upper_limit"),
    ({"code": "c3", "interpretation": "normal", "upper_limit": 2}, "unit_required", "unit"),
    ({"code": "anti_sm", "value": "positive", "interpretation": "negative"}, "contradiction", "interpretation"),
    ({"code": "anti_sm", "value": "negative", "interpretation": "high"}, "contradiction", "interpretation"),
    ({**HEMOGLOBIN, "upper_limit": 9, "interpretation": "normal"}, "contradiction", "interpretation"),
    ({**HEMOGLOBIN, "upper_limit": 12, "interpretation": "high"}, "contradiction", "interpretation"),
    ({**HEMOGLOBIN, "lower_limit": 9, "interpretation": "low"}, "contradiction", "interpretation"),
    ({**HEMOGLOBIN, "lower_limit": 12, "interpretation": "high"}, "contradiction", "interpretation"),
    ({"code": "hbv_dna", "value": 9, "unit": "IU/mL", "upper_limit": 5, "interpretation": "negative"},
     "contradiction", "interpretation"),
]  # fmt: skip


@pytest.mark.parametrize(("observation", "code", "field"), OBSERVATION_FAULTS)
def test_a_result_that_cannot_be_used_is_refused_in_its_place(vocabulary, observation, code, field):
    faults = faults_of(vocabulary, observations=[{"code": "ecog", "value": 1}, observation])
    assert places(faults) == [(code, f"/observations/1/{field}")]
    fault = faults[0]
    assert fault.remedy
    for value in (observation.get("value"), observation.get("unit")):
        assert value is None or f" {value} " not in f" {fault.detail} {fault.remedy} "


@pytest.mark.parametrize(
    "observation",
    [
        {**HEMOGLOBIN, "upper_limit": 10.4, "interpretation": "normal"},
        {**HEMOGLOBIN, "upper_limit": 10.4, "interpretation": "high"},
        {**HEMOGLOBIN, "lower_limit": 10.4, "interpretation": "low"},
        {**HEMOGLOBIN, "interpretation": "low"},
        {**HEMOGLOBIN, "lower_limit": 12, "interpretation": "abnormal"},
        {"code": "anti_sm", "value": "positive", "interpretation": "abnormal"},
        {"code": "anti_sm", "value": "negative", "interpretation": "indeterminate"},
        {"code": "crp", "value": "<5", "unit": "mg/L", "upper_limit": 4, "interpretation": "high"},
    ],
)
def test_a_reading_that_may_be_true_of_the_value_is_kept(vocabulary, observation):
    assert faults_of(vocabulary, observations=[observation]) == []


def test_an_unknown_code_comes_with_the_nearest(vocabulary):
    (fault,) = faults_of(vocabulary, conditions=[{"code": "lupus_nefritis"}])
    assert fault.nearest[0] == "lupus_nephritis"
    assert "lupus_nefritis" not in fault.detail + fault.remedy


def test_all_faults_are_reported_together(vocabulary):
    faults = faults_of(
        vocabulary,
        birth_date="2027-01",
        weight_kg=6100,
        height_cm=1,
        observations=[{"code": "hemoglobin", "value": 1}, {"code": "nonsense"}],
        conditions=[{"code": "nonsense"}, {"code": "sle", "since": "2020", "until": "2019"}],
        therapies=[{"agent": "glucocorticoid"}, {"agent": "rituximab", "start": "2020-05", "end": "2020-04"}],
        events=[{"code": "nonsense"}, {"code": "hsct", "start": "2020-05-02", "end": "2020-05-01"}],
    )
    assert places(faults) == [
        ("birth_in_future", "/birth_date"),
        ("unit_required", "/observations/0/unit"),
        ("unknown_code", "/observations/1/code"),
        ("implausible", "/weight_kg"),
        ("implausible", "/height_cm"),
        ("unknown_code", "/conditions/0/code"),
        ("end_before_start", "/conditions/1/until"),
        ("unknown_code", "/therapies/0/agent"),
        ("end_before_start", "/therapies/1/end"),
        ("unknown_code", "/events/0/code"),
        ("end_before_start", "/events/1/end"),
    ]


def test_reading_stops_at_two_hundred_faults(vocabulary):
    assert len(faults_of(vocabulary, observations=[{"code": f"nonsense_{n}"} for n in range(2000)])) == 200


@pytest.mark.parametrize(
    ("patient", "birth"),
    [
        ({"birth_date": "1992-03-14"}, ("1992-03-14", "1992-03-14")),
        ({"birth_date": "1992"}, ("1992-01-01", "1992-12-31")),
        ({"birth_date": "2026"}, ("2026-01-01", "2026-11-21")),
        ({"age_years": 34}, ("1991-11-22", "1992-11-21")),
        ({"birth_date": "1992", "age_years": 34}, ("1992-01-01", "1992-11-21")),
        ({"birth_date": "1992", "age_years": 33}, ("1992-11-22", "1992-12-31")),
        ({"birth_date": "1992-03-14", "age_years": 34}, ("1992-03-14", "1992-03-14")),
    ],
)
def test_birth_is_a_range_of_days(vocabulary, patient, birth):
    assert facts_of(vocabulary, **patient).birth == DayRange(*map(date.fromisoformat, birth))


@pytest.mark.parametrize(
    ("patient", "code", "pointer"),
    [
        ({"birth_date": "2026-11-22"}, "birth_in_future", "/birth_date"),
        ({"birth_date": "1800"}, "implausible", "/birth_date"),
        ({"birth_date": "1992-03-14", "age_years": 35}, "contradiction", "/age_years"),
        ({"sex": "male", "reproductive": {"pregnant": True}}, "contradiction", "/reproductive/pregnant"),
        (
            {"birth_date": "1992", "conditions": [{"code": "sle", "since": "1991"}]},
            "before_birth",
            "/conditions/0/since",
        ),
        (
            {"birth_date": "1992", "observations": [{**HEMOGLOBIN, "date": "1991"}]},
            "before_birth",
            "/observations/0/date",
        ),
    ],
)
def test_what_cannot_be_true_of_a_person_is_refused(vocabulary, patient, code, pointer):
    assert places(faults_of(vocabulary, **patient)) == [(code, pointer)]


def test_a_woman_may_be_pregnant_and_a_man_use_contraception(vocabulary):
    assert faults_of(vocabulary, sex="female", reproductive={"pregnant": True}) == []
    assert faults_of(vocabulary, sex="male", reproductive={"pregnant": False, "contraception": True}) == []


def test_what_lies_wholly_after_the_as_of_date_is_left_out_with_a_notice(vocabulary):
    facts = facts_of(
        vocabulary,
        observations=[{**HEMOGLOBIN, "date": "2026-11-22"}, {**HEMOGLOBIN, "date": "2027"}, HEMOGLOBIN],
        conditions=[{"code": "sle", "since": "2026-12"}],
        therapies=[{"agent": "rituximab", "start": "2026-12-01"}],
        events=[{"code": "hsct", "date": "2026-12-01"}, {"code": "hsct", "date": "2026-12-01", "planned": True}],
    )
    assert len(facts.observations["hemoglobin"]) == 1
    assert not facts.conditions
    assert not facts.therapies
    assert [event.planned for event in facts.events["hsct"]] == [True]
    pointers = [
        "/observations/0/date",
        "/observations/1/date",
        "/conditions/0/since",
        "/therapies/0/start",
        "/events/0",
    ]
    text = "dated after the as-of date, so not counted"
    assert facts.warnings == tuple(Notice(pointer, "future_fact", text) for pointer in pointers)


@pytest.mark.parametrize(
    ("others", "overdue"),
    [
        ([], True),
        ([{"code": "hsct", "occurred": False}], False),
        ([{"code": "hsct", "occurred": False, "end": "2026-10-15"}], True),
        ([{"code": "hsct", "date": "2026-10-20"}], False),
        ([{"code": "hsct", "date": "2026-10-03"}], True),
        ([{"code": "hsct"}], True),
        ([{"code": "hsct", "planned": True, "date": "2026-12-01"}], True),
        ([{"code": "major_surgery", "date": "2026-10-20"}], True),
    ],
)
def test_what_came_of_a_plan_for_a_past_day_is_unknown_unless_it_is_said(vocabulary, others, overdue):
    facts = facts_of(vocabulary, events=[*others, {"code": "hsct", "date": "2026-10-04", "planned": True}])
    assert any(event.overdue for event in facts.events.get("hsct", ())) is overdue
    text = "its planned day has passed, so it counts as unknown: say whether it happened, or give its new day"
    assert facts.warnings == ((Notice(f"/events/{len(others)}", "plan_past", text),) if overdue else ())


def test_a_condition_that_is_resolved_on_a_later_day_is_still_active_with_a_notice(vocabulary):
    facts = facts_of(vocabulary, conditions=[{"code": "pneumonia", "status": "resolved", "until": "2026-12-05"}])
    assert [instance.status for instance in facts.conditions["pneumonia"]] == [ConditionStatus.ACTIVE]
    text = "it ends after the as-of date, so it counts as active"
    assert facts.warnings == (Notice("/conditions/0/status", "future_fact", text),)


def test_a_date_that_may_lie_after_the_as_of_date_counts_up_to_it(vocabulary):
    facts = facts_of(
        vocabulary,
        observations=[{**HEMOGLOBIN, "date": "2026"}],
        conditions=[{"code": "sle", "since": "2026-11", "until": "2026"}],
        therapies=[{"agent": "rituximab", "start": "2026-11", "end": "2026-12"}],
        events=[{"code": "hsct", "date": "2026-11"}, {"code": "major_surgery", "date": "2026-11", "planned": True}],
    )
    assert facts.observations["hemoglobin"][0].days == DayRange(date(2026, 1, 1), TODAY)
    assert facts.conditions["sle"][0].since == DayRange(date(2026, 11, 1), TODAY)
    assert facts.conditions["sle"][0].until == days_of("2026")
    assert facts.therapies["rituximab"][0].end == days_of("2026-12")
    assert facts.events["hsct"][0].end == DayRange(date(2026, 11, 1), TODAY)
    assert facts.events["major_surgery"][0].start == days_of("2026-11")
    assert facts.warnings == ()


def test_conditions_therapies_and_events_keep_what_was_said(vocabulary):
    facts = facts_of(
        vocabulary,
        conditions=[
            {"code": "basal_cell_carcinoma", "status": "resolved", "until": "2019", "adequately_treated": True}
        ],
        therapies=[{"agent": "prednisone", "start": "2025-01", "dose": {"value": 60, "unit": "mg/d"}}],
        events=[
            {"code": "clinical_trial", "start": "2026-02", "end": "2026-09-15"},
            {"code": "hsct", "occurred": False},
        ],
        reviewed=["events", "events"],
    )
    (carcinoma,) = facts.conditions["basal_cell_carcinoma"]
    assert (carcinoma.status, carcinoma.until_text) == (ConditionStatus.RESOLVED, "2019")
    assert carcinoma.adequately_treated
    (course,) = facts.therapies["prednisone"]
    assert course.given
    assert course.end is None
    assert course.dose is not None
    assert course.dose.text == "60 mg/d"
    (trial,) = facts.events["clinical_trial"]
    assert (trial.start, trial.end, trial.date) == (days_of("2026-02"), days_of("2026-09-15"), "2026-02 to 2026-09-15")
    assert not facts.events["hsct"][0].occurred
    assert facts.reviewed == {"events"}


@pytest.mark.parametrize(
    ("said", "end", "shown"),
    [
        ({}, None, None),
        ({"stopped": False}, None, None),
        ({"stopped": True}, DayRange(date.min, TODAY), "an unstated day"),
        ({"start": "2026-05", "stopped": True}, DayRange(date(2026, 5, 1), TODAY), "an unstated day"),
        ({"start": "2026-05", "end": "2026-06-15", "stopped": True}, days_of("2026-06-15"), "2026-06-15"),
        ({"end": "2027-01-01", "stopped": False}, days_of("2027-01-01"), "2027-01-01"),
        ({"given": False, "stopped": False}, None, None),
    ],
)
def test_a_course_that_was_stopped_has_ended_between_its_start_and_today(vocabulary, said, end, shown):
    (course,) = facts_of(vocabulary, therapies=[{"agent": "rituximab"} | said]).therapies["rituximab"]
    assert (course.end, course.end_text) == (end, shown)


@pytest.mark.parametrize(
    ("dose", "code", "field"),
    [
        ({"value": 60, "unit": "mg/wombat"}, "unit_unknown", "unit"),
        ({"value": 60, "unit": "g/L"}, "unit_inconvertible", "unit"),
        ({"value": 60, "unit": "cm"}, "unit_inconvertible", "unit"),
        ({"value": 10, "unit": "mL"}, "unit_inconvertible", "unit"),
        ({"value": 10, "unit": "mL/d"}, "unit_inconvertible", "unit"),
        ({"value": 10, "unit": "mg/mL"}, "unit_inconvertible", "unit"),
        ({"value": 10, "unit": "%"}, "unit_inconvertible", "unit"),
        ({"value": 1, "unit": "/d"}, "unit_inconvertible", "unit"),
        ({"value": 10, "unit": "mg.d"}, "unit_inconvertible", "unit"),
        ({"value": 1e200, "unit": "mg/d"}, "implausible", "value"),
    ],
)
def test_a_dose_that_is_none_is_refused(vocabulary, dose, code, field):
    faults = faults_of(vocabulary, therapies=[{"agent": "prednisone", "dose": dose}])
    assert places(faults) == [(code, f"/therapies/0/dose/{field}")]


@pytest.mark.parametrize(
    "unit",
    [
        "mg/d",
        "mg/kg/d",
        "mg/kg",
        "mg",
        "mg/m2",
        "mg/m2/d",
        "g",
        "[IU]/d",
        "{cells}/kg",
        "10*6/kg",
        "mg/wk",
        "ug/kg",
        "mmol/d",
        "[IU]/kg",
        "k[IU]",
        "g/(24.h)",
    ],
)
def test_doses_come_in_many_units(vocabulary, unit):
    assert faults_of(vocabulary, therapies=[{"agent": "prednisone", "dose": {"value": 1, "unit": unit}}]) == []
