"""Dose rates: per day, per weight, as prednisone."""

from fractions import Fraction

import pytest

from app.eligibility.doses import dose_rate
from app.eligibility.intervals import Interval
from tests.eligibility.patients import facts_of


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


def weighed(kg, day):
    return {"code": "weight", "value": kg, "unit": "kg", "date": day}


@pytest.mark.parametrize(
    ("dates", "weights", "expected"),
    [
        # measured in the course, whatever the weight is today
        (
            {"start": "2024-01-01", "end": "2024-06-30"},
            [weighed(50, "2024-03-01"), weighed(80, "2026-11-01")],
            (50, 50),
        ),
        (
            {"start": "2024-01-01", "end": "2024-06-30"},
            [weighed(50, "2024-03-01"), weighed(55, "2024-06-30")],
            (50, 55),
        ),
        # not measured then: whichever it was
        (
            {"start": "2024-01-01", "end": "2024-06-30"},
            [weighed(50, "2023-03-01"), weighed(80, "2026-11-01")],
            (50, 80),
        ),
        ({"end": "2024-06-30"}, [weighed(50, "2024-03-01"), weighed(80, "2026-11-01")], (50, 80)),
        # one that goes on is given today, too
        (
            {"start": "2024-01-01"},
            [weighed(40, "2023-03-01"), weighed(50, "2024-03-01"), weighed(80, "2026-11-01")],
            (50, 80),
        ),
        ({"start": "2026-10-01"}, [weighed(50, "2024-03-01"), weighed(80, "2026-09-01")], (80, 80)),
    ],
)
def test_the_weight_is_that_of_the_time_of_the_course(vocabulary, dates, weights, expected):
    low, high = expected
    answer = rate(vocabulary, course("prednisone", 60, **dates), "mg/kg/d", observations=weights)
    assert answer.interval == Interval(Fraction(60, high), Fraction(60, low))


@pytest.mark.parametrize(
    ("therapy", "missing"),
    [
        (course("prednisone"), "dose"),
        (course("prednisone", 60, "mg"), "unit"),
        (course("prednisone", 1, "mg/m2/d"), "unit"),
    ],
)
def test_a_dose_that_is_no_rate_lacks_its_unit(vocabulary, therapy, missing):
    assert rate(vocabulary, therapy, "mg/d").missing == (missing,)


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
