"""Numbers on a scale: a sample of every stretch, bounds that hold for all of it, the turn of an answer."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.eligibility.intervals import Interval, compare
from app.eligibility.verdicts import Verdict
from app.matching.probes.scales import Cut, Scale, cuts_of, far_apart, flips
from app.vocabulary.enumerations import Comparator

COMPARISONS = st.lists(
    st.tuples(st.sampled_from(Comparator), st.fractions(1, 200, max_denominator=7)), min_size=1, max_size=5
)


def scale_of(comparisons: list[tuple[Comparator, Fraction]]) -> Scale:
    return Scale.of(cut for comparator, value in comparisons for cut in cuts_of(comparator, value))


def answers(number: Fraction, comparisons: list[tuple[Comparator, Fraction]]) -> list[Verdict]:
    return [compare(Interval.exactly(number), comparator, value) for comparator, value in comparisons]


@given(COMPARISONS, st.fractions(0, 250, max_denominator=60))
def test_numbers_of_one_stretch_meet_the_same_comparisons(comparisons, number):
    scale = scale_of(comparisons)
    [stretch] = [stretch for stretch in scale.stretches if scale.holds(stretch, number)]
    sample = scale.sample(stretch)

    if sample is None:  # a single number without a short decimal
        assert len([cut for cut in scale.cuts if cut.value == number]) == 2
    else:
        assert answers(Fraction(sample), comparisons) == answers(number, comparisons)


@given(COMPARISONS, st.fractions(0, 250, max_denominator=60))
def test_the_bounds_of_a_stretch_hold_for_it_alone(comparisons, number):
    scale = scale_of(comparisons)
    for stretch in scale.stretches:
        bounds = [bound for bound in scale.bounds(stretch, stretch) if bound is not None]
        inside = all(compare(Interval.exactly(number), *bound) is Verdict.YES for bound in bounds)
        assert inside == scale.holds(stretch, number)


def test_a_sample_stands_at_the_threshold_where_it_can():
    scale = scale_of([(Comparator.GE, Fraction(30)), (Comparator.LE, Fraction(60))])

    assert [str(scale.sample(stretch)) for stretch in scale.stretches] == ["22.5", "30", "75"]
    assert scale.bounds(1, 1) == ((Comparator.GE, Fraction(30)), (Comparator.LE, Fraction(60)))
    assert scale.bounds(0, 2) == (None, None)


@pytest.mark.parametrize(
    ("stretch", "low", "high", "expected"),
    [(0, 7, 105, "7"), (1, 7, 105, "8"), (0, 8, 105, None), (2, 0, 9, "9"), (2, 0, 8, None)],
)
def test_a_score_is_sampled_at_whole_numbers_that_are_possible(stretch, low, high, expected):
    scale = scale_of([(Comparator.GE, Fraction(8)), (Comparator.LE, Fraction(8))])
    sample = scale.sample(stretch, Fraction(low), Fraction(high), whole=True)

    assert (None if sample is None else str(sample)) == expected


def test_there_is_a_sample_even_where_nothing_is_asked():
    assert Scale.of(()).sample(0, Fraction(0), Fraction(100)) == 10
    assert Scale.of(()).sample(0) == 1


@given(st.integers(1, 5_000))
def test_the_turn_of_an_answer_is_found_to_a_thousandth(turn):
    lower, upper = flips(lambda value: value > turn, Fraction(1, 100), Fraction(10_000))

    assert lower.value <= turn < upper.value <= lower.value * Fraction(1001, 1000)
    scale = Scale.of([lower, upper])
    assert scale.bounds(0, 0) == (None, (Comparator.LE, lower.value))
    assert scale.bounds(2, 2) == ((Comparator.GE, upper.value), None)
    assert scale.sample(1) is None


def test_an_answer_that_does_not_turn_has_no_cut():
    assert list(flips(lambda _: "unknown", Fraction(1), Fraction(10))) == []


def test_cuts_far_apart_part_a_range_evenly():
    assert [cut.value for cut in far_apart(Fraction(1), Fraction(10_000))] == [10, 100, 1000]


def test_of_two_cuts_at_a_value_the_one_below_it_comes_first():
    assert scale_of([(Comparator.EQ, Fraction(3))]).cuts == (
        Cut(Fraction(3), above=True),
        Cut(Fraction(3), above=False),
    )
