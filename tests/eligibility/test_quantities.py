"""Quantities in their observation's unit: exact, plausible, or refused with the units that are understood."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.eligibility.criteria import Threshold
from app.eligibility.intervals import Interval, compare, read_value
from app.eligibility.quantities import (
    convert,
    convert_limit,
    factor_to,
    format_interval,
    format_number,
    format_quantity,
    threshold_in_term_unit,
    understood_units,
    unit_for_people,
)
from app.eligibility.units import KNOWN_SPELLINGS
from app.vocabulary.enumerations import Comparator, ReferenceLimit
from app.vocabulary.faults import Fault
from app.vocabulary.terms import ObservationKind, ObservationTerm


def converted(vocabulary, code, value, unit):
    interval = read_value(value if value[0] in "<>" else Decimal(value))
    assert interval is not None
    return convert(interval, unit, vocabulary.observations[code])


CONVERSIONS = [
    ("hemoglobin", "10.4", "g/dL", "104"),
    ("hemoglobin", "104", "g/L", "104"),
    ("platelets", "120", "10*9/L", "120"),
    ("platelets", "120000", "/uL", "120"),
    ("platelets", "120", "K/uL", "120"),
    ("platelets", "120", "G/L", "120"),
    ("platelets", "120000", "cells/mm3", "120"),
    ("wbc", "3.2", "×10⁹/L", "3.2"),
    ("cd19_b_cells", "0.25", "10*9/L", "250"),
    ("alt", "40", "U/L", "40"),
    ("alt", "40", "IU/L", "40"),
    ("alt", "1", "ukat/L", "60"),
    ("creatinine", "1", "mg/dL", Fraction(10_000 * 100, 11312)),
    ("creatinine", "88.4", "µmol/L", "88.4"),
    ("creatinine", "0.1", "mmol/L", "100"),
    ("total_bilirubin", "2", "mg/dL", Fraction(20_000 * 100, 58466)),
    ("upcr", "500", "mg/g", Fraction("56.56")),
    ("upcr", "0.5", "g/g", Fraction("56.56")),
    ("upcr", "50", "mg/mmol", "50"),
    ("urine_protein_24h", "1200", "mg/24h", "1.2"),
    ("urine_protein_24h", "1.2", "g/(24.h)", "1.2"),
    ("egfr", "61", "mL/min/1.73m2", "61"),
    ("creatinine_clearance", "1", "mL/s", "60"),
    ("ferritin", "300", "ng/mL", "300"),
    ("crp", "0.5", "mg/dL", "5"),
    ("il6", "7", "pg/mL", "7"),
    ("c3", "90", "mg/dL", "0.9"),
    ("fibrinogen", "250", "mg/dL", "2.5"),
    ("lvef", "55", "%", "55"),
    ("weight", "150", "lb", Fraction("68.0388555")),
    ("height", "5.5", "ft", Fraction("167.64")),
    ("height", "1.64", "m", "164"),
    ("life_expectancy", "1", "a", "12"),
    ("hbv_dna", "2", "kIU/mL", "2000"),
    ("anti_dsdna", "30", "IU/mL", "30"),
]


@pytest.mark.parametrize(("code", "value", "unit", "expected"), CONVERSIONS)
def test_a_value_is_converted_exactly(vocabulary, code, value, unit, expected):
    assert converted(vocabulary, code, value, unit) == Interval.exactly(Fraction(expected))


def test_what_needs_no_unit_takes_none(vocabulary):
    for code in ("inr", "sledai_2k", "ecog", "ana"):
        assert converted(vocabulary, code, "2", None) == Interval.exactly(2)
    assert converted(vocabulary, "inr", "2", "INR") == Interval.exactly(2)


FAULTS = [
    ("hemoglobin", "102", None, "unit_required"),
    ("hemoglobin", "102", " ", "unit_required"),
    ("hemoglobin", "102", "g/dL", "implausible"),
    ("hemoglobin", "10.4", "g/L", "implausible"),
    ("hemoglobin", ">90", "g/dL", "implausible"),
    ("hemoglobin", "10.4", "U/L", "unit_inconvertible"),
    ("hemoglobin", "10.4", "bananas", "unit_unknown"),
    ("egfr", "60", "mL/min", "unit_inconvertible"),
    ("creatinine_clearance", "60", "mL/min/1.73m2", "unit_inconvertible"),
    ("anti_dsdna", "30", "U/mL", "unit_inconvertible"),
    ("alt", "40", "[IU]/mL/min", "unit_inconvertible"),
    ("lvef", "55", "mg/g", "unit_inconvertible"),
    ("lvef", "120", "%", "implausible"),
    ("inr", "2", "s", "unit_inconvertible"),
    ("c3", "90", "g/L", "implausible"),
    ("sledai_2k", "4.5", None, "not_whole"),
    ("wbc", "-1", "10*9/L", "implausible"),
    ("wbc", "<0", "10*9/L", "implausible"),
    ("upcr", "50", "mg/L", "unit_inconvertible"),
]


@pytest.mark.parametrize(("code", "value", "unit", "fault"), FAULTS)
def test_what_cannot_be_used_says_why_and_never_what(vocabulary, code, value, unit, fault):
    answer = converted(vocabulary, code, value, unit)
    assert isinstance(answer, Fault)
    assert answer.code == fault
    assert answer.pointer == ("/value" if fault in ("implausible", "not_whole") else "/unit")
    words = f"{answer.detail} {answer.remedy}"
    assert value not in words.split()
    assert unit is None or fault != "unit_unknown" or unit not in words


def test_a_missing_unit_comes_with_those_that_are_understood(vocabulary):
    fault = converted(vocabulary, "hemoglobin", "10.4", None)
    assert isinstance(fault, Fault)
    assert fault.nearest[:2] == ("g/L", "g/dL")
    assert "g/dL" in fault.remedy


def test_every_unit_that_is_offered_is_accepted(vocabulary):
    for term in vocabulary.observations.values():
        for unit in understood_units(term):
            assert not isinstance(factor_to(term, unit), Fault), (term.code, unit)


def test_a_bound_below_reaches_from_zero_where_nothing_is_negative(vocabulary):
    assert converted(vocabulary, "crp", "<5", "mg/L") == Interval(Fraction(0), Fraction(5), high_open=True)
    assert converted(vocabulary, "crp", ">5", "mg/L") == Interval(Fraction(5), None, low_open=True)


def test_thresholds_keep_their_unit_or_none_where_they_are_multiples(vocabulary):
    creatinine = vocabulary.observations["creatinine"]
    mass = Threshold(comparator=Comparator.GT, value=Decimal("2.5"), unit="mg/dL")
    assert threshold_in_term_unit(mass, creatinine) == Fraction(25_000 * 100, 11312)
    multiple = Threshold(comparator=Comparator.LE, value=Decimal("1.5"), relative_to=ReferenceLimit.UPPER)
    assert threshold_in_term_unit(multiple, creatinine) == Fraction(3, 2)
    bare = threshold_in_term_unit(Threshold(comparator=Comparator.GT, value=Decimal(1)), creatinine)
    assert isinstance(bare, Fault)
    assert bare.code == "unit_required"


def test_a_limit_below_zero_or_beyond_the_possible_is_implausible(vocabulary):
    alt = vocabulary.observations["alt"]
    assert convert_limit(Decimal(40), "U/L", alt) == 40
    for limit in (Decimal(-1), Decimal(10**6)):
        fault = convert_limit(limit, "U/L", alt)
        assert isinstance(fault, Fault)
        assert fault.code == "implausible"


def test_a_term_without_a_plausible_range_takes_every_value():
    term = ObservationTerm(code="marker", label="Marker", kind=ObservationKind.QUANTITY, unit="g/L")
    assert convert(Interval.exactly(10**9), "g/L", term) == Interval.exactly(10**9)
    assert convert_limit(Decimal(10**9), "g/L", term) == 10**9


def test_what_is_kept_as_mass_converts_from_substance():
    """The molar mass works in both directions, above and below the line."""
    serum = ObservationTerm(
        code="marker", label="Marker", kind=ObservationKind.QUANTITY, unit="mg/dL", molar_mass=Decimal("113.12")
    )
    assert convert(Interval.exactly(1000), "umol/L", serum) == Interval.exactly(Fraction("11.312"))
    ratio = ObservationTerm(
        code="ratio",
        label="Ratio",
        kind=ObservationKind.QUANTITY,
        unit="mg/g",
        denominator_molar_mass=Decimal("113.12"),
    )
    assert convert(Interval.exactly(Fraction("11.312")), "mg/mmol", ratio) == Interval.exactly(100)


NUMBERS = [
    (Fraction(85), "85"),
    (Fraction(1, 3), "0.3333"),
    (Fraction(2000, 3), "666.7"),
    (Fraction(123456), "123456"),
    (Fraction(2469, 2), "1234"),
    (Fraction(0), "0"),
    (Fraction("99.996"), "100"),
    (Fraction("-1.25"), "-1.25"),
    (Fraction("0.00012344"), "0.0001234"),
    (Decimal("1.50"), "1.5"),
    (Decimal(100), "100"),
    (Decimal("1E+2"), "100"),
]


@pytest.mark.parametrize(("value", "text"), NUMBERS)
def test_numbers_are_short_and_decimal(value, text):
    assert format_number(value) == text


@given(st.fractions(min_value=-(10**9), max_value=10**9))
def test_a_printed_number_is_within_half_of_its_last_digit(value):
    text = format_number(value)
    shown = Fraction(text)
    places = len(text.partition(".")[2])
    assert abs(shown - value) <= max(Fraction(1, 2 * 10**places), abs(value) / 2000)
    assert "e" not in text.lower()


def test_the_largest_and_the_smallest_numbers_print_too():
    for value in (Fraction(10) ** 300, Fraction(1, 10**300), Decimal("1e300"), Decimal("1e-300")):
        assert format_number(value)


@pytest.mark.parametrize(
    ("unit", "printed"),
    [
        ("10*9/L", "10⁹/L"),
        ("umol/L", "µmol/L"),
        ("mL/min/{1.73_m2}", "mL/min/1.73 m²"),
        ("[IU]/mL", "IU/mL"),
        ("{copies}/mL", "copies/mL"),
        ("mg/kg/d", "mg/kg/day"),
        ("mg/m2/d", "mg/m²/day"),
        ("/uL", "/µL"),
        ("mm[Hg]", "mmHg"),
        ("U/L", "U/L"),
        ("mo", "months"),
        ("mg/dL", "mg/dL"),
    ],
)
def test_units_print_as_people_write_them(unit, printed):
    assert unit_for_people(unit) == printed


def test_quantities_and_ranges_print_with_their_unit():
    assert format_quantity(Fraction(85), "g/L") == "85 g/L"
    assert format_quantity(Fraction(3, 2), "10*9/L") == "1.5 × 10⁹/L"
    assert format_quantity(Decimal(8), None) == "8"
    below = Interval(None, Fraction(5), high_open=True)
    assert format_interval(below, "mg/L") == "< 5 mg/L"
    assert format_interval(Interval(Fraction(0), Fraction(5), high_open=True), "mg/L") == "< 5 mg/L"
    assert format_interval(Interval(None, Fraction(5)), None) == "≤ 5"
    assert format_interval(Interval(Fraction(160), None), None) == "≥ 160"
    assert format_interval(Interval(Fraction(160), None, low_open=True), None) == "> 160"
    assert format_interval(Interval(Fraction(30), Fraction(45)), "mL/min") == "30 to 45 mL/min"
    assert format_interval(Interval(), "mL/min") == "any value"


QUANTITIES = [
    "hemoglobin",
    "creatinine",
    "total_bilirubin",
    "platelets",
    "alt",
    "egfr",
    "upcr",
    "urine_protein_24h",
    "c3",
]


@given(
    st.sampled_from(QUANTITIES),
    st.data(),
    st.fractions(min_value=0, max_value=1, max_denominator=97),
    st.sampled_from(Comparator),
    st.decimals(min_value=0, max_value=1000, places=2),
)
def test_units_do_not_matter(vocabulary, code, data, place, comparator, threshold):
    """The same amount in any unit that the observation takes compares alike, at the threshold too."""
    term = vocabulary.observations[code]
    units = [unit for unit in KNOWN_SPELLINGS if not isinstance(factor_to(term, unit), Fault)]
    unit = data.draw(st.sampled_from(units))
    plausible = term.plausible
    assert plausible is not None
    low, high = Fraction(plausible.low), Fraction(plausible.high)
    for own in (low + (high - low) * place, min(max(Fraction(threshold), low), high)):
        factor = factor_to(term, unit)
        assert isinstance(factor, Fraction)
        answer = convert(Interval.exactly(own / factor), unit, term)
        assert answer == Interval.exactly(own)
        assert isinstance(answer, Interval)
        limit = Fraction(threshold)
        assert compare(answer, comparator, limit) is compare(Interval.exactly(own), comparator, limit)
