"""Dose rates: per weight, as prednisone, and summed over what runs at the same time."""

from datetime import date
from fractions import Fraction

import pytest

from app.eligibility.dates import DayRange
from app.eligibility.doses import dose_rate, peak_prednisone
from app.eligibility.intervals import Interval
from tests.eligibility.patients import TODAY, facts_of


def course(agent, value=None, unit="mg/d", **dates):
    return {"agent": agent, **({"dose": {"value": value, "unit": unit}} if value else {}), **dates}


def rate(vocabulary, therapy, unit, *, prednisone=False, **patient):
    facts = facts_of(vocabulary, therapies=[therapy], **patient)
    (given,) = facts.therapies[therapy["agent"]]
    return dose_rate(given, unit, facts, vocabulary if prednisone else None)


@pytest.mark.parametrize(
    ("value", "unit", "asked", "expected"),
    [
        (60, "mg/d", "mg/d", 60),
        (0.06, "g/d", "mg/d", 60),
        (420, "mg/wk", "mg/d", 60),
        (1, "mg/kg/d", "mg/kg/d", 1),
        (60, "mg/d", "mg/kg/d", Fraction(60, 61)),
        (1, "mg/kg/d", "mg/d", 61),
        (1000, "ug/kg/d", "mg/d", 61),
    ],
)
def test_a_dose_is_told_in_the_unit_asked_for(vocabulary, value, unit, asked, expected):
    answer = rate(vocabulary, course("prednisone", value, unit), asked, weight_kg=61)
    assert answer.interval == Interval.exactly(Fraction(expected))


def test_a_dose_per_weight_names_the_weight_and_one_without_weight_lacks_it(vocabulary):
    answer = rate(vocabulary, course("prednisone", 60), "mg/kg/d", weight_kg=61)
    assert answer.derivation is not None
    assert answer.derivation.inputs == ("prednisone 60 mg/d", "weight 61 kg")
    without = rate(vocabulary, course("prednisone", 60), "mg/kg/d")
    assert (without.interval, without.missing) == (None, ("weight",))


def test_over_a_range_of_weights_the_dose_is_a_range(vocabulary):
    above = [{"code": "weight", "value": ">50", "unit": "kg"}]
    per_kilo = rate(vocabulary, course("prednisone", 60), "mg/kg/d", observations=above)
    assert per_kilo.interval == Interval(Fraction(0), Fraction(60, 50), high_open=True)
    a_day = rate(vocabulary, course("prednisone", 2, "mg/kg/d"), "mg/d", observations=above)
    assert a_day.interval == Interval(Fraction(100), None, low_open=True)


@pytest.mark.parametrize(
    "therapy", [course("prednisone"), course("prednisone", 60, "mg"), course("prednisone", 1, "mg/m2/d")]
)
def test_a_dose_that_is_no_rate_is_lacking(vocabulary, therapy):
    assert rate(vocabulary, therapy, "mg/d").missing == ("dose",)


# Table of equivalent doses in the label of prednisolone.
@pytest.mark.parametrize(
    ("agent", "mg", "prednisone"),
    [
        ("prednisone", 40, 40),
        ("prednisolone", 40, 40),
        ("methylprednisolone", 32, 40),
        ("triamcinolone", 32, 40),
        ("hydrocortisone", 160, 40),
        ("cortisone", 200, 40),
        ("dexamethasone", 6, 40),
        ("betamethasone", 6, 40),
        ("methylprednisolone", 500, 625),
    ],
)
def test_glucocorticoids_are_told_as_prednisone(vocabulary, agent, mg, prednisone):
    answer = rate(vocabulary, course(agent, mg), "mg/d", prednisone=True)
    assert answer.interval == Interval.exactly(prednisone)
    if agent not in ("prednisone", "prednisolone"):
        assert answer.derivation is not None
        assert "prednisolone" in answer.derivation.source


def test_an_agent_without_an_equivalent_dose_has_none(vocabulary):
    assert rate(vocabulary, course("azathioprine", 100), "mg/d", prednisone=True).missing == ("prednisone_equivalent",)


def peak(vocabulary, therapies, first="2026-05-21", last="2026-11-21", unit="mg/d", **patient):
    facts = facts_of(vocabulary, therapies=therapies, **patient)
    courses = tuple(one for listed in facts.therapies.values() for one in listed)
    days = DayRange(date.fromisoformat(first), date.fromisoformat(last))
    return peak_prednisone(courses, days, unit, facts, vocabulary)


def between(low, high):
    return Interval(Fraction(low), None if high is None else Fraction(high))


PREDNISONE = course("prednisone", 60, start="2026-06-01", end="2026-06-30")
OVERLAPPING = course("methylprednisolone", 40, start="2026-06-30", end="2026-07-10")
LATER = course("dexamethasone", 6, start="2026-08-01", end="2026-08-05")


@pytest.mark.parametrize(
    ("therapies", "expected"),
    [
        ([], between(0, 0)),
        ([PREDNISONE], between(60, 60)),
        ([PREDNISONE, OVERLAPPING], between(110, 110)),
        ([PREDNISONE, LATER], between(60, 60)),
        ([PREDNISONE, OVERLAPPING, LATER], between(110, 110)),
        ([course("prednisone", 60, start="2025-01")], between(60, 60)),
        ([course("prednisone", 60, start="2024", end="2025")], between(0, 0)),
        ([course("prednisone", 60, end="2026-06-30")], between(60, 60)),
        ([course("prednisone", 60)], between(60, 60)),
        ([{"agent": "prednisone", "given": False}], between(0, 0)),
        # A month's precision at the edge of the window, or of another course: it may have been, it may not.
        ([course("prednisone", 60, start="2026-01-01", end="2026-05")], between(0, 60)),
        ([PREDNISONE, course("dexamethasone", 6, start="2026-06", end="2026-06")], between(60, 100)),
        ([PREDNISONE, course("prednisolone", start="2026-08-01")], between(60, None)),
    ],
)
def test_the_peak_is_the_highest_sum_of_concurrent_courses(vocabulary, therapies, expected):
    assert peak(vocabulary, therapies).interval == expected


def test_the_peak_of_one_day_is_the_sum_of_that_day(vocabulary):
    therapies = [PREDNISONE, OVERLAPPING]
    on_days = {"2026-06-29": 60, "2026-06-30": 110, "2026-07-01": 50, "2026-07-11": 0}
    for day, total in on_days.items():
        assert peak(vocabulary, therapies, day, day).interval == between(total, total)


def test_a_therapy_without_an_end_goes_on(vocabulary):
    ongoing = [course("prednisone", 60, start="2025-01")]
    assert peak(vocabulary, ongoing, "2027-06-01", "2027-06-01").interval == between(60, 60)
    start_unknown = [course("prednisone", 60)]
    assert peak(vocabulary, start_unknown, "2026-01-01", "2026-01-31").interval == between(0, 60)
    assert peak(vocabulary, start_unknown, TODAY.isoformat(), TODAY.isoformat()).interval == between(60, 60)


def test_what_the_peak_lacks_is_named(vocabulary):
    assert peak(vocabulary, [PREDNISONE, course("dexamethasone")]).missing == ("dose",)
    assert peak(vocabulary, [PREDNISONE], unit="mg/kg/d").missing == ("weight",)
    per_kilo = peak(vocabulary, [PREDNISONE], unit="mg/kg/d", weight_kg=60)
    assert (per_kilo.interval, per_kilo.missing) == (between(1, 1), ())
    assert per_kilo.derivation is not None
    assert per_kilo.derivation.inputs == ("prednisone 60 mg/d",)
