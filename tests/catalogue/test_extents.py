"""Extents: one lies within another if whatever the one admits, the other admits."""

from dataclasses import dataclass
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue.extents import Extent, extent
from app.vocabulary.enumerations import Comparator, ReferenceLimit


@dataclass(frozen=True)
class Bound:
    comparator: Comparator | None
    value: Fraction | None
    relative_to: ReferenceLimit | None = None

    def admits(self, value: Fraction) -> bool:
        assert self.value is not None
        match self.comparator:
            case Comparator.LT:
                return value < self.value
            case Comparator.LE:
                return value <= self.value
            case Comparator.EQ:
                return value == self.value
            case Comparator.GE:
                return value >= self.value
            case Comparator.GT:
                return value > self.value
        raise AssertionError


bounds = st.lists(
    st.builds(Bound, st.sampled_from(Comparator), st.integers(0, 4).map(Fraction)), min_size=1, max_size=3
)
VALUES = [Fraction(half, 2) for half in range(-2, 12)]


def admitted(all_of: list[Bound]) -> set[Fraction]:
    return {value for value in VALUES if all(bound.admits(value) for bound in all_of)}


def known(all_of: list[Bound]) -> Extent:
    found = extent(all_of)
    assert found is not None
    return found


@given(bounds, bounds)
def test_one_lies_within_another_if_that_admits_all_it_admits(one, other):
    if admitted(one):
        assert known(one).lies_within(known(other)) == (admitted(one) <= admitted(other))


@pytest.mark.parametrize(
    "requirements",
    [
        [],
        [Bound(None, None)],
        [Bound(Comparator.GE, Fraction(1)), Bound(Comparator.GE, None)],
        [Bound(Comparator.GE, Fraction(1)), Bound(Comparator.GE, Fraction(1), ReferenceLimit.UPPER)],
    ],
)
def test_what_cannot_be_compared_has_no_extent(requirements):
    assert extent(requirements) is None


def test_multiples_of_different_limits_do_not_compare():
    upper = known([Bound(Comparator.LE, Fraction(2), ReferenceLimit.UPPER)])
    lower = known([Bound(Comparator.LE, Fraction(3), ReferenceLimit.LOWER)])
    assert not upper.lies_within(lower)
    assert not lower.lies_within(upper)
