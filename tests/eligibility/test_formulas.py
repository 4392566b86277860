"""Published formulas against published results, and their ranges against their corners."""

from fractions import Fraction
from functools import reduce
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.eligibility.formulas import bedside_schwartz, body_mass_index, ckd_epi_2021, cockcroft_gault
from app.eligibility.intervals import Interval
from app.vocabulary.enumerations import Sex

FEMALE, MALE = Sex.FEMALE, Sex.MALE
MG_PER_DL = Fraction(11312, 10**6)
"""of one µmol/L of creatinine, at 113.12 g/mol"""


def one(value):
    return Interval.exactly(Fraction(value))


def middle(interval):
    assert interval.low is not None
    assert interval.high is not None
    return (interval.low + interval.high) / 2


# Results of the National Kidney Foundation's calculators (kidney.org), as quoted in the tests of pharmaverse/admiral
# (tests/testthat/test-compute_kidney.R); the last two follow from κ, where both powers are 1: 142 · 0.9938^age.
@pytest.mark.parametrize(
    ("sex", "age", "creatinine", "rate"),
    [
        (MALE, 55, Fraction("1.09"), 80),
        (FEMALE, 65, 85 * MG_PER_DL, 66),
        (MALE, 50, Fraction("0.9"), 104),
        (FEMALE, 50, Fraction("0.7"), 105),
    ],
)
def test_ckd_epi_2021_agrees_with_the_published_calculator(sex, age, creatinine, rate):
    assert round(middle(ckd_epi_2021(sex, (age, age), one(creatinine)))) == rate


# The first two: the same calculators, quoted in the same place. The third: transplantr, tests of `cockcroft`
# (88.4 µmol/L, woman of 25, 60 kg: 81.46, with 88.4 µmol/L taken as 1 mg/dL).
@pytest.mark.parametrize(
    ("sex", "age", "weight", "creatinine", "clearance", "places"),
    [
        (MALE, 55, 90, Fraction("1.09"), "97", 0),
        (FEMALE, 65, 60, 85 * MG_PER_DL, "55", 0),
        (FEMALE, 25, 60, Fraction(1), "81.46", 2),
        (MALE, 70, 75, Fraction(1), "72.9", 1),
    ],
)
def test_cockcroft_and_gault_agree_with_published_results(sex, age, weight, creatinine, clearance, places):
    answer = cockcroft_gault(sex, (age, age), one(weight), one(creatinine)).exact
    assert answer is not None
    assert round(answer, places) == Fraction(clearance)


# transplantr, tests of `schwartz_US`; the others by hand from kidney.org's form of it: 41.3 · metres / creatinine.
@pytest.mark.parametrize(
    ("height", "creatinine", "rate", "places"),
    [(101, "0.6", "69.5", 1), (100, "0.4", "103.2", 1), (100, "0.5", "82.6", 1)],
)
def test_the_bedside_schwartz_equation_agrees_with_published_results(height, creatinine, rate, places):
    answer = bedside_schwartz(one(height), one(creatinine)).exact
    assert answer is not None
    assert abs(answer - Fraction(rate)) <= Fraction(1, 2 * 10**places)


def test_the_body_mass_index_is_weight_over_height_squared():
    assert body_mass_index(one(70), one(175)).exact == Fraction(70 * 10_000, 175**2)


def test_ckd_epi_is_exact_at_kappa_and_sure_to_thirty_digits_elsewhere():
    at_kappa = ckd_epi_2021(MALE, (50, 50), one("0.9"))
    exact = 142 * Fraction("0.9938") ** 50
    assert at_kappa.low is not None
    assert at_kappa.high is not None
    assert at_kappa.low < exact < at_kappa.high
    assert at_kappa.high - at_kappa.low < Fraction(1, 10**27)


def test_ckd_epi_agrees_with_binary_floats_to_their_precision():
    for sex, kappa, alpha, factor in ((FEMALE, 0.7, -0.241, 1.012), (MALE, 0.9, -0.302, 1.0)):
        for age, tenths in product((18, 40, 90), (2, 5, 7, 8, 9, 10, 25, 90)):
            ratio = tenths / 10 / kappa
            expected = 142 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.2 * 0.9938**age * factor
            assert float(middle(ckd_epi_2021(sex, (age, age), one(Fraction(tenths, 10))))) == pytest.approx(expected)


@given(
    st.sampled_from(Sex),
    st.tuples(st.integers(18, 60), st.integers(61, 99)),
    st.tuples(st.fractions(min_value="0.2", max_value=1), st.fractions(min_value=1, max_value=9)),
    st.tuples(st.integers(40, 60), st.integers(61, 120)),
)
def test_a_range_of_inputs_gives_the_range_of_its_corners(sex, ages, creatinines, weights):
    creatinine = Interval(creatinines[0], creatinines[1])
    weight = Interval(Fraction(weights[0]), Fraction(weights[1]))
    corners = [
        cockcroft_gault(sex, (age, age), one(kg), one(value)) for age, kg, value in product(ages, weights, creatinines)
    ]
    assert cockcroft_gault(sex, ages, weight, creatinine) == reduce(Interval.hull, corners)
    rates = [ckd_epi_2021(sex, (age, age), one(value)) for age, value in product(ages, creatinines)]
    assert ckd_epi_2021(sex, ages, creatinine) == reduce(Interval.hull, rates)


def test_a_bound_on_an_input_bounds_the_answer_on_one_side():
    above_two = Interval(Fraction(2), None, low_open=True)
    rate = ckd_epi_2021(FEMALE, (40, 40), above_two)
    assert rate.low == 0
    assert rate.high is not None
    assert rate.high_open
    below_half = Interval(Fraction(0), Fraction(1, 2), high_open=True)
    for answer in (
        ckd_epi_2021(FEMALE, (40, 40), below_half),
        cockcroft_gault(FEMALE, (40, 40), one(60), below_half),
        bedside_schwartz(one(120), below_half),
    ):
        assert answer.high is None
        assert answer.low is not None
        assert answer.low > 0
        assert answer.low_open
    unknown_height = body_mass_index(one(60), Interval(None, Fraction(170)))
    assert (unknown_height.low, unknown_height.high) == (Fraction(60 * 10_000, 170**2), None)
