"""Facts computed from a patient's own: what they rest on, when they hold, what was lacking."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from app.eligibility.dates import Calendar, days_of
from app.eligibility.derived import derived_results, latest
from app.eligibility.evaluate import evaluate
from app.eligibility.formulas import COCKCROFT_GAULT, COCKCROFT_GAULT_SOURCE
from app.eligibility.intervals import Interval
from app.vocabulary.enumerations import Milestone
from tests.eligibility.asking import expression
from tests.eligibility.patients import facts_of

WOMAN: dict[str, Any] = {"birth_date": "1961-11-21", "sex": "female", "weight_kg": 60}
CREATININE = {"code": "creatinine", "value": 85, "unit": "umol/L", "date": "2026-11-21"}


def derived(vocabulary, code, **patient):
    return derived_results(facts_of(vocabulary, **patient), code, vocabulary)


def only(vocabulary, code, **patient):
    answer = derived(vocabulary, code, **patient)
    assert answer.missing == ()
    (result,) = answer.results
    return result


def test_clearance_is_computed_and_says_how(vocabulary):
    """kidney.org's calculator, as quoted in tests of pharmaverse/admiral: a woman of 65, 60 kg, 85 µmol/L has 55."""
    result = only(vocabulary, "creatinine_clearance", **WOMAN, observations=[CREATININE])
    exact = Fraction(75 * 60 * 85, 100) / (72 * 85 * Fraction(11312, 10**6))
    assert result.interval == Interval.exactly(exact)
    assert round(exact) == 55
    evidence = result.evidence()
    assert (evidence.fact, evidence.value, evidence.unit) == ("creatinine_clearance", "55.25", "mL/min")
    assert (evidence.date, evidence.converted) == ("2026-11-21", None)
    assert evidence.derivation is not None
    assert (evidence.derivation.formula, evidence.derivation.source) == (COCKCROFT_GAULT, COCKCROFT_GAULT_SOURCE)
    inputs = ("creatinine 85 umol/L on 2026-11-21", "age 65", "sex female", "weight 60 kg")
    assert evidence.derivation.inputs == inputs


def test_the_filtration_rate_of_an_adult_is_that_of_ckd_epi(vocabulary):
    """The same calculator, the same woman: 66 mL/min/1.73 m²."""
    result = only(vocabulary, "egfr", **WOMAN, observations=[CREATININE])
    assert round(result.interval.low) == round(result.interval.high) == 66
    assert "CKD-EPI 2021" in result.derivation.formula


def test_the_filtration_rate_of_a_child_is_that_of_schwartz(vocabulary):
    child = {"birth_date": "2016-05-05", "sex": "male", "height_cm": 101}
    milligrams = {"code": "creatinine", "value": 0.6, "unit": "mg/dL"}
    result = only(vocabulary, "egfr", **child, observations=[milligrams])
    assert result.interval == Interval.exactly(Fraction("0.413") * 101 / Fraction("0.6"))
    assert "Schwartz" in result.derivation.formula
    assert derived(vocabulary, "egfr", birth_date="2016", sex="male", observations=[milligrams]).missing == ("height",)


def test_where_the_age_may_be_either_the_rate_covers_both(vocabulary):
    either = {"birth_date": "2008", "sex": "male", "height_cm": 170, "observations": [CREATININE]}
    result = only(vocabulary, "egfr", **either)
    child = only(vocabulary, "egfr", **either | {"birth_date": "2008-12-31"})
    adult = only(vocabulary, "egfr", **either | {"birth_date": "2008-01-01"})
    assert result.interval == child.interval.hull(adult.interval)
    assert "CKD-EPI" in result.derivation.formula
    assert "Schwartz" in result.derivation.formula


@pytest.mark.parametrize(("code", "birth"), [("egfr", "2026-03"), ("creatinine_clearance", "2008-12")])
def test_an_infant_has_no_filtration_rate_and_a_minor_no_clearance(vocabulary, code, birth):
    young = {"birth_date": birth, "sex": "male", "height_cm": 60, "weight_kg": 50}
    answer = derived(vocabulary, code, **young, observations=[CREATININE])
    assert (answer.results, answer.missing) == ((), ())


@pytest.mark.parametrize(
    ("code", "left_out", "missing"),
    [
        ("creatinine_clearance", "birth_date", ("age",)),
        ("creatinine_clearance", "sex", ("sex",)),
        ("creatinine_clearance", "weight_kg", ("weight",)),
        ("creatinine_clearance", "observations", ("creatinine",)),
        ("egfr", "birth_date", ("age",)),
        ("egfr", "observations", ("creatinine",)),
        ("bmi", "weight_kg", ("weight", "height")),
    ],
)
def test_what_is_lacking_is_named(vocabulary, code, left_out, missing):
    patient = {**WOMAN, "observations": [CREATININE]}
    del patient[left_out]
    assert derived(vocabulary, code, **patient).missing == missing
    assert derived(vocabulary, code, **patient).results == ()


def test_of_nobody_everything_is_lacking(vocabulary):
    assert derived(vocabulary, "creatinine_clearance").missing == ("creatinine", "age", "sex", "weight")
    assert derived(vocabulary, "egfr").missing == ("creatinine", "age", "sex")


def test_a_reading_without_a_value_computes_nothing(vocabulary):
    reading = {"code": "creatinine", "interpretation": "normal"}
    assert derived(vocabulary, "egfr", **WOMAN, observations=[reading]).missing == ("creatinine",)


def test_most_codes_have_no_formula(vocabulary):
    answer = derived(vocabulary, "hemoglobin", **WOMAN)
    assert (answer.results, answer.missing) == ((), ())


def test_each_laboratory_result_gives_one_on_its_own_day_at_the_age_of_that_day(vocabulary):
    before = {**CREATININE, "date": "2026-11-20"}
    answer = derived(vocabulary, "creatinine_clearance", **WOMAN, observations=[before, CREATININE])
    assert [result.date for result in answer.results] == ["2026-11-21", "2026-11-20"]
    today, yesterday = answer.results
    assert today.interval is not None
    assert yesterday.interval == today.interval.times(Fraction(76, 75))  # still 64
    assert today.days == days_of("2026-11-21")


def test_of_an_undated_result_the_age_is_that_of_the_as_of_date(vocabulary):
    undated = {"code": "creatinine", "value": 85, "unit": "umol/L"}
    earlier = facts_of(vocabulary, date(2026, 11, 20), **WOMAN, observations=[undated])
    today = facts_of(vocabulary, **WOMAN, observations=[undated])
    (one,), (other,) = (
        derived_results(facts, "creatinine_clearance", vocabulary).results for facts in (earlier, today)
    )
    assert other.interval is not None
    assert one.interval == other.interval.times(Fraction(76, 75))
    assert one.days is None


def test_ranges_of_inputs_become_ranges(vocabulary):
    above = {**CREATININE, "value": ">200"}
    result = only(vocabulary, "creatinine_clearance", **WOMAN | {"birth_date": "1961"}, observations=[above])
    assert result.interval.low == 0
    assert result.interval.high_open
    assert "age 64 to 65" in result.derivation.inputs
    assert result.evidence().value.startswith("<")


def test_the_latest_weight_counts_and_dated_ones_before_undated(vocabulary):
    def weighed(*dated, **patient):
        listed = [{"code": "weight", "value": kg, "unit": "kg"} | ({"date": day} if day else {}) for kg, day in dated]
        return latest(facts_of(vocabulary, observations=listed, **patient), "weight")

    def between(low, high):
        return Interval(Fraction(low), Fraction(high))

    assert weighed() is None
    assert weighed(weight_kg=61) == Interval.exactly(61)
    assert weighed((70, "2026-10-01"), (60, "2026-09-30"), weight_kg=61) == Interval.exactly(70)
    assert weighed((70, "2026-10"), (60, "2026-10-15"), (50, "2026-09")) == between(60, 70)
    assert weighed((70, "2026-10-01"), (60, "2026-10-01")) == between(60, 70)
    assert weighed((70, None), weight_kg=61) == between(61, 70)


def test_facts_about_the_same_patient_on_another_day_are_computed_anew(vocabulary):
    facts = facts_of(vocabulary, **WOMAN, observations=[CREATININE])
    first = derived_results(facts, "egfr", vocabulary)
    assert derived_results(facts, "egfr", vocabulary) is first
    without_sex = replace(facts, sex=None)
    assert derived_results(without_sex, "egfr", vocabulary).missing == ("sex",)


def test_only_the_rate_that_may_be_the_latest_is_computed_for_a_threshold(vocabulary):
    days = [{**CREATININE, "date": f"2026-11-{day}"} for day in (18, 19, 20)]
    facts = facts_of(vocabulary, **WOMAN, observations=[*days, {**CREATININE, "date": "2026"}])
    computable = derived_results(facts, "egfr", vocabulary)
    threshold = {"comparator": "ge", "value": 60, "unit": "mL/min/{1.73_m2}"}
    asked = expression(kind="observation", code="egfr", threshold=threshold)
    evaluate(asked, facts, Calendar(facts.as_of), vocabulary, anchor=Milestone.SCREENING)
    assert {one.date for one in computable.measured if id(one) in computable.computed} == {"2026-11-20", "2026"}
    assert len(computable.results) == len(computable.computed) == 4


def test_the_body_mass_index_is_dated_like_the_weight(vocabulary):
    weighed = {"code": "weight", "value": 70, "unit": "kg", "date": "2026-10-01"}
    result = only(vocabulary, "bmi", height_cm=175, observations=[weighed])
    assert (result.evidence().value, result.date) == ("22.86", "2026-10-01")
