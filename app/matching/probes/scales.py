"""A line of numbers, cut where the answer of some criterion turns, and one number for each stretch between the cuts."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from math import ceil, floor

from app.vocabulary.enumerations import Comparator, ReferenceLimit

Bound = tuple[Comparator, Fraction]
_DIGITS = 8
_FINE_ENOUGH = Fraction(1001, 1000)


@dataclass(frozen=True, slots=True)
class Cut:
    """Between the numbers below a value and those above it; the value itself lies above, or below.

    `gap`: what an answer is above it, up to the next cut, is not known.
    """

    value: Fraction
    above: bool
    gap: bool = False

    @property
    def order(self) -> tuple[Fraction, bool]:
        """Of two cuts at one value, the one that leaves it above comes first."""
        return self.value, not self.above

    def lower_bound(self) -> Bound:
        """What holds above the cut."""
        return (Comparator.GE if self.above else Comparator.GT), self.value

    def upper_bound(self) -> Bound:
        """What holds below the cut."""
        return (Comparator.LT if self.above else Comparator.LE), self.value


def cuts_of(comparator: Comparator, value: Fraction) -> tuple[Cut, ...]:
    """Where a comparison with a value turns."""
    match comparator:
        case Comparator.LT | Comparator.GE:
            return (Cut(value, above=True),)
        case Comparator.LE | Comparator.GT:
            return (Cut(value, above=False),)
        case Comparator.EQ:
            return Cut(value, above=True), Cut(value, above=False)


@dataclass(frozen=True, slots=True)
class Scale:
    """Stretches of a line, numbered from the lowest: stretch n lies below cut n and above the cut before it.

    `unit` is that of the numbers, `relative_to` the limit of which they are multiples. `words`: what the stretches are
    called where they are asked for by name, not by number.
    """

    cuts: tuple[Cut, ...] = ()
    unit: str | None = None
    relative_to: ReferenceLimit | None = None
    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, cuts: Iterable[Cut], unit: str | None = None, relative_to: ReferenceLimit | None = None) -> "Scale":
        """The scale with these cuts, each once."""
        return cls(tuple(sorted(set(cuts), key=lambda cut: cut.order)), unit, relative_to)

    @property
    def stretches(self) -> range:
        return range(len(self.cuts) + 1)

    def bounds(self, first: int, last: int) -> tuple[Bound | None, Bound | None]:
        """The bounds of the stretches from one through another."""
        lower = self.cuts[first - 1].lower_bound() if first > 0 else None
        upper = self.cuts[last].upper_bound() if last < len(self.cuts) else None
        return lower, upper

    def holds(self, stretch: int, number: Fraction) -> bool:
        """Whether a number lies in a stretch."""
        above = sum(number > cut.value or (cut.above and number == cut.value) for cut in self.cuts)
        return above == stretch

    def sample(
        self, stretch: int, low: Fraction | None = None, high: Fraction | None = None, *, whole: bool = False
    ) -> Decimal | None:
        """A number of a stretch from `low` through `high`, at the cut where that can be; None where there is none."""
        return next(self.samples(stretch, low, high, whole=whole), None)

    def samples(
        self, stretch: int, low: Fraction | None = None, high: Fraction | None = None, *, whole: bool = False
    ) -> Iterator[Decimal]:
        """Some numbers of a stretch from `low` through `high`; at a cut first. None of a gap."""
        if stretch > 0 and self.cuts[stretch - 1].gap:
            return
        for candidate in self._candidates(stretch, low, high):
            for number in _whole_near(candidate) if whole else decimals_near(candidate):
                fits = (low is None or number >= low) and (high is None or number <= high)
                if fits and self.holds(stretch, Fraction(number)):
                    yield number

    def _candidates(self, stretch: int, low: Fraction | None, high: Fraction | None) -> Iterator[Fraction]:
        lower = self.cuts[stretch - 1].value if stretch > 0 else None
        upper = self.cuts[stretch].value if stretch < len(self.cuts) else None
        if lower is not None:
            yield lower
        if upper is not None:
            yield upper
        if lower is not None and upper is not None:
            yield (lower + upper) / 2
            yield lower + (upper - lower) / 1000
        elif lower is not None:
            yield lower * Fraction(5, 4) if lower > 0 else lower + 1
            if high is not None:
                yield (lower + high) / 2
                yield high
        elif upper is not None:
            yield upper * Fraction(3, 4) if upper > 0 else upper - 1
            if low is not None:
                yield (low + upper) / 2
                yield low
        else:
            yield from _anywhere(low, high)


def _anywhere(low: Fraction | None, high: Fraction | None) -> Iterator[Fraction]:
    if low is not None and high is not None:
        yield low + (high - low) / 10
        yield low
    yield Fraction(1)


def decimals_near(number: Fraction) -> Iterator[Decimal]:
    """A number as a decimal, or where it has no short one, the two next to it."""
    numerator, denominator = Decimal(number.numerator), Decimal(number.denominator)
    for rounding in (ROUND_FLOOR, ROUND_CEILING):
        yield Context(prec=_DIGITS, rounding=rounding).divide(numerator, denominator)


def _whole_near(number: Fraction) -> Iterator[Decimal]:
    for whole in (floor(number), ceil(number), floor(number) + 1, ceil(number) - 1):
        yield Decimal(whole)


def flips(answer: Callable[[Decimal], object], low: Fraction, high: Fraction) -> Iterator[Cut]:
    """Where an answer that turns once at most on the way from `low` to `high`, both above zero, turns.

    There are two cuts, a thousandth apart at most: up to the lower one the answer is still the first, from the upper
    one on it is the other.
    """
    lowest, highest = _rounded(low), _rounded(high)
    first = answer(lowest)
    if first == answer(highest):
        return
    while Fraction(highest) > Fraction(lowest) * _FINE_ENOUGH:
        middle = _rounded(_between(Fraction(lowest), Fraction(highest)))
        if middle in (lowest, highest):
            break
        if answer(middle) == first:
            lowest = middle
        else:
            highest = middle
    yield Cut(Fraction(lowest), above=False, gap=True)
    yield Cut(Fraction(highest), above=True)


def far_apart(low: Fraction, high: Fraction) -> Iterator[Cut]:
    """Three cuts that part a range evenly, as numbers grow by multiplying."""
    middle = _between(low, high)
    yield from (
        Cut(Fraction(_rounded(cut)), above=False) for cut in (_between(low, middle), middle, _between(middle, high))
    )


def _between(low: Fraction, high: Fraction) -> Fraction:
    """Their middle; of numbers far apart, the one as many times greater than one as it is less than the other."""
    return Fraction(float(low * high) ** 0.5) if high > 2 * low else (low + high) / 2


def _rounded(number: Fraction) -> Decimal:
    return Context(prec=5).divide(Decimal(number.numerator), Decimal(number.denominator)).normalize()
