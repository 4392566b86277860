"""The extent of what a trial admits of one fact: the values between its thresholds, to tell who asks for more."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from app.vocabulary.enumerations import Comparator, ReferenceLimit


class Bounding(Protocol):
    """A requirement, as far as it bounds a value."""

    @property
    def comparator(self) -> Comparator | None: ...
    @property
    def value(self) -> Fraction | None: ...
    @property
    def relative_to(self) -> ReferenceLimit | None: ...


_Bound = tuple[int, Fraction, int]
"""Infinity's sign or 0, the value, and a hair's breadth: 1 just above the value, -1 just below it."""
_LEAST: _Bound = (-1, Fraction(0), 0)
_MOST: _Bound = (1, Fraction(0), 0)


@dataclass(frozen=True, slots=True)
class Extent:
    """All values from `low` to `high`, in the fact's unit or as multiples of a reference limit."""

    low: _Bound
    high: _Bound
    relative_to: ReferenceLimit | None

    def lies_within(self, other: "Extent") -> bool:
        """Whether the other one admits whatever this one admits. Multiples compare with their like alone."""
        return self.relative_to == other.relative_to and other.low <= self.low and self.high <= other.high


def extent(requirements: Iterable[Bounding]) -> Extent | None:
    """What is left when all requirements hold; None where there are none, or one of them cannot be compared."""
    low, high = _LEAST, _MOST
    relative: set[ReferenceLimit | None] = set()
    for requirement in requirements:
        if requirement.comparator is None or requirement.value is None:
            return None
        relative.add(requirement.relative_to)
        value = requirement.value
        match requirement.comparator:
            case Comparator.GE:
                low = max(low, (0, value, 0))
            case Comparator.GT:
                low = max(low, (0, value, 1))
            case Comparator.LE:
                high = min(high, (0, value, 0))
            case Comparator.LT:
                high = min(high, (0, value, -1))
            case Comparator.EQ:
                low, high = max(low, (0, value, 0)), min(high, (0, value, 0))
    return Extent(low, high, relative.pop()) if len(relative) == 1 else None
