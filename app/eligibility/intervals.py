"""A value as a range of what it can be, and comparison with a threshold that is sure or unknown, never a guess."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import Comparator


@dataclass(frozen=True, slots=True)
class Interval:
    """All values from `low` to `high`; None is unbounded. An open end is itself no possible value."""

    low: Fraction | None = None
    high: Fraction | None = None
    low_open: bool = False
    high_open: bool = False

    @classmethod
    def exactly(cls, value: Fraction | int) -> "Interval":
        """The narrow case: one value."""
        exact = value if isinstance(value, Fraction) else Fraction(value)
        return cls(exact, exact)

    @property
    def exact(self) -> Fraction | None:
        """The value, if there is only one."""
        return self.low if self.low is not None and (self.low is self.high or self.low == self.high) else None

    def times(self, factor: Fraction) -> "Interval":
        """Every value multiplied by a factor above zero."""
        if factor == 1:
            return self
        low = None if self.low is None else self.low * factor
        high = low if self.low is self.high else None if self.high is None else self.high * factor
        return Interval(low, high, self.low_open, self.high_open)

    def plus(self, other: "Interval") -> "Interval":
        """Every sum of a value of each."""
        return Interval(
            None if self.low is None or other.low is None else self.low + other.low,
            None if self.high is None or other.high is None else self.high + other.high,
            self.low_open or other.low_open,
            self.high_open or other.high_open,
        )

    def larger(self, other: "Interval") -> "Interval":
        """Every value that the larger of a value of each can be."""
        lows = [(one.low, one.low_open) for one in (self, other) if one.low is not None]
        low, low_open = max(lows, default=(None, False))
        if self.high is None or other.high is None:
            return Interval(low, None, low_open)
        high, closed = max((self.high, not self.high_open), (other.high, not other.high_open))
        return Interval(low, high, low_open, not closed)

    def hull(self, other: "Interval") -> "Interval":
        """The smallest range that holds every value of both."""
        low, low_open, high, high_open = self.low, self.low_open, self.high, self.high_open
        if other.low is None or (low is not None and (other.low, other.low_open) < (low, low_open)):
            low, low_open = other.low, other.low_open
        if other.high is None or (high is not None and (other.high, not other.high_open) > (high, not high_open)):
            high, high_open = other.high, other.high_open
        return Interval(low, high, low_open, high_open)


def compare(interval: Interval, comparator: Comparator, threshold: Fraction) -> Verdict:
    """Yes where every value of the range meets the threshold, no where none does, else unknown."""
    yes, no = _SURE[comparator]
    if yes(interval, threshold):
        return Verdict.YES
    return Verdict.NO if no(interval, threshold) else Verdict.UNKNOWN


def _all_below(interval: Interval, threshold: Fraction) -> bool:
    high = interval.high
    return high is not None and (high <= threshold if interval.high_open else high < threshold)


def _all_at_or_below(interval: Interval, threshold: Fraction) -> bool:
    return interval.high is not None and interval.high <= threshold


def _all_above(interval: Interval, threshold: Fraction) -> bool:
    low = interval.low
    return low is not None and (low >= threshold if interval.low_open else low > threshold)


def _all_at_or_above(interval: Interval, threshold: Fraction) -> bool:
    return interval.low is not None and interval.low >= threshold


def _equal(interval: Interval, threshold: Fraction) -> bool:
    return interval.exact == threshold


def _apart(interval: Interval, threshold: Fraction) -> bool:
    return _all_below(interval, threshold) or _all_above(interval, threshold)


_SURE: Mapping[Comparator, tuple[Callable[[Interval, Fraction], bool], Callable[[Interval, Fraction], bool]]] = {
    Comparator.LT: (_all_below, _all_at_or_above),
    Comparator.LE: (_all_at_or_below, _all_above),
    Comparator.GE: (_all_at_or_above, _all_below),
    Comparator.GT: (_all_above, _all_at_or_below),
    Comparator.EQ: (_equal, _apart),
}
"""When every value meets a threshold, and when none does."""

_BOUND = re.compile(r"(<=|>=|<|>|≤|≥|=<|=>)?\s*(1\s*[:/]\s*)?(-?\d{1,15}(?:\.\d{1,15})?)", re.ASCII)


def read_value(value: Decimal | str, *, titre: bool = False) -> Interval | None:
    """The range that a result states: a number, `<5`, `<=5`, `>5`, `>=5`; for a titre also `1:80`, read as 80.

    None where the text is something else, as `1:80` is of what is no titre, and as a number between quotes is.
    """
    if isinstance(value, Decimal):
        return Interval.exactly(Fraction(value))
    form = _BOUND.fullmatch(value.strip())
    if form is None or (form[2] and not titre) or not (form[1] or form[2]):
        return None
    number = Fraction(form[3])
    match form[1]:
        case "<":
            return Interval(None, number, high_open=True)
        case "<=" | "≤" | "=<":
            return Interval(None, number)
        case ">":
            return Interval(number, None, low_open=True)
        case ">=" | "≥" | "=>":
            return Interval(number, None)
        case _:
            return Interval.exactly(number)
