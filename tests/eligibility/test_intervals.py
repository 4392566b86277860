"""Values as ranges: what texts mean, and when a comparison is sure."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.eligibility.intervals import Interval, compare, read_value
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import Comparator

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN
LT, LE, EQ, GE, GT = Comparator.LT, Comparator.LE, Comparator.EQ, Comparator.GE, Comparator.GT

# The value as sent, and how it compares with 5: below, at most, equal, at least, above.
COMPARED_WITH_FIVE = [
    (Decimal(4), YES, YES, NO, NO, NO),
    (Decimal(5), NO, YES, YES, YES, NO),
    (Decimal(6), NO, NO, NO, YES, YES),
    (Decimal("4.999999999999999999999"), YES, YES, NO, NO, NO),
    ("<5", YES, YES, NO, NO, NO),
    ("<=5", UNKNOWN, YES, UNKNOWN, UNKNOWN, NO),
    ("<4", YES, YES, NO, NO, NO),
    ("<6", UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    (">5", NO, NO, NO, YES, YES),
    (">=5", NO, UNKNOWN, UNKNOWN, YES, UNKNOWN),
    (">6", NO, NO, NO, YES, YES),
    (">4", UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
]


@pytest.mark.parametrize(("value", "below", "at_most", "equal", "at_least", "above"), COMPARED_WITH_FIVE)
def test_a_comparison_is_sure_only_over_the_whole_range(value, below, at_most, equal, at_least, above):
    interval = read_value(value)
    assert interval is not None
    verdicts = [compare(interval, comparator, Fraction(5)) for comparator in (LT, LE, EQ, GE, GT)]
    assert verdicts == [below, at_most, equal, at_least, above]


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("<5", Interval(None, Fraction(5), high_open=True)),
        ("< 5", Interval(None, Fraction(5), high_open=True)),
        ("≤5.5", Interval(None, Fraction("5.5"))),
        ("=<5", Interval(None, Fraction(5))),
        (">0.1", Interval(Fraction("0.1"), None, low_open=True)),
        ("≥ 0.1", Interval(Fraction("0.1"), None)),
        ("=>2", Interval(Fraction(2), None)),
        (" <5 ", Interval(None, Fraction(5), high_open=True)),
    ],
)
def test_a_bound_is_read_exactly(text, interval):
    assert read_value(text) == interval


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("1:80", Interval.exactly(80)),
        ("1/80", Interval.exactly(80)),
        ("1 : 80", Interval.exactly(80)),
        (">=1:160", Interval(Fraction(160), None)),
        ("<1:40", Interval(None, Fraction(40), high_open=True)),
    ],
)
def test_a_titre_compares_by_its_reciprocal(text, interval):
    assert read_value(text, titre=True) == interval
    assert read_value(text) is None


@pytest.mark.parametrize(
    "text", ["", "5", "5.0", "abc", "<", "<five", "5-10", "5 to 10", "<5<", "<1e5", "<٥", "< 5 g/L", "=5", "1:", "NaN"]
)
def test_what_is_no_bound_is_not_read(text):
    assert read_value(text) is None


@pytest.mark.parametrize(
    ("one", "other", "hull"),
    [
        ((1, 2), (4, 5), (1, 5)),
        ((1, None), (0, 3), (0, None)),
        ((None, 2), (1, 3), (None, 3)),
        ((1, 5), (2, 3), (1, 5)),
    ],
)
def test_the_hull_holds_both(one, other, hull):
    def interval(bounds):
        low, high = (None if bound is None else Fraction(bound) for bound in bounds)
        return Interval(low, high)

    assert interval(one).hull(interval(other)) == interval(other).hull(interval(one)) == interval(hull)


def test_the_hull_is_closed_where_either_is():
    open_end = Interval(Fraction(1), Fraction(2), low_open=True, high_open=True)
    closed = Interval(Fraction(1), Fraction(2))
    assert open_end.hull(closed) == closed.hull(open_end) == closed
    assert open_end.hull(open_end) == open_end


bounds = st.one_of(st.none(), st.fractions(min_value=-9, max_value=9, max_denominator=3))


@st.composite
def intervals(draw):
    low, high = draw(bounds), draw(bounds)
    if low is not None and high is not None and low > high:
        low, high = high, low
    if low is not None and low == high:
        return Interval(low, high)
    return Interval(low, high, draw(st.booleans()) and low is not None, draw(st.booleans()) and high is not None)


def holds(interval, value):
    above = interval.low is None or (value > interval.low if interval.low_open else value >= interval.low)
    below = interval.high is None or (value < interval.high if interval.high_open else value <= interval.high)
    return above and below


@given(intervals(), st.sampled_from(Comparator), st.fractions(min_value=-9, max_value=9, max_denominator=3), st.data())
def test_no_value_of_a_range_belies_its_verdict(interval, comparator, threshold, data):
    value = data.draw(st.fractions(min_value=-12, max_value=12, max_denominator=7).filter(lambda v: holds(interval, v)))
    exact = compare(Interval.exactly(value), comparator, threshold)
    assert exact is not UNKNOWN
    assert compare(interval, comparator, threshold) in (UNKNOWN, exact)


@given(intervals(), st.sampled_from(Comparator), st.fractions(min_value=-9, max_value=9, max_denominator=3))
def test_an_unknown_comparison_could_go_either_way(interval, comparator, threshold):
    if compare(interval, comparator, threshold) is not UNKNOWN:
        return
    tiny = Fraction(1, 1000)
    near = [threshold, threshold - tiny, threshold + tiny]
    ends = [end + step for end in (interval.low, interval.high) if end is not None for step in (-tiny, 0, tiny)]
    values = [value for value in (*near, *ends, Fraction(-99), Fraction(99)) if holds(interval, value)]
    assert {compare(Interval.exactly(value), comparator, threshold) for value in values} == {YES, NO}


@given(intervals(), intervals(), st.data())
def test_a_sum_of_ranges_holds_every_sum(one, other, data):
    values = st.fractions(min_value=-12, max_value=12, max_denominator=7)
    first = data.draw(values.filter(lambda v: holds(one, v)))
    second = data.draw(values.filter(lambda v: holds(other, v)))
    assert holds(one.plus(other), first + second)
    assert holds(one.larger(other), max(first, second))
    assert holds(one.hull(other), first)
    assert holds(one.times(Fraction(3, 7)), first * Fraction(3, 7))
