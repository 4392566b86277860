"""Leaves that hold the latest results of an observation against a threshold.

All thresholds of one observation stand in one order, and a result has a place in it: found once, exactly, it decides
them all. Places of thresholds are odd (1, 3, 5…); what lies between two of them has the even place between theirs.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np

from app.eligibility.bulk.program import Index, Small
from app.eligibility.criteria import Observation, Which
from app.eligibility.derived import DERIVABLE
from app.eligibility.facts import Result
from app.eligibility.intervals import Interval
from app.eligibility.observations import ObservationLeaf
from app.eligibility.periods import Reach
from app.eligibility.situation import Situation
from app.eligibility.thresholds import ResultTest, between_limits, limit_of, times_the_limit
from app.vocabulary.enumerations import Comparator, Milestone, ReferenceLimit
from app.vocabulary.terms import Vocabulary

_BEYOND = np.iinfo(np.int32).max
_SIGN_AND_STEP = {
    Comparator.GE: (1, 0),
    Comparator.GT: (1, 1),
    Comparator.LT: (-1, 0),
    Comparator.LE: (-1, 1),
}
"""`value >= threshold` holds from the threshold's own place on, `>` from the next; `<` and `<=` are their mirrors."""
_NOWHERE = _BEYOND, 0
"""No place at all."""


def is_ordered(leaf: Observation) -> bool:
    """Whether a leaf holds the latest result against a threshold, other than for being equal."""
    return leaf.which is Which.LATEST and leaf.threshold is not None and leaf.threshold.comparator in _SIGN_AND_STEP


class Scale:
    """The thresholds of one source: in the observation's unit, or as multiples of one of the laboratory's limits."""

    def __init__(self, number: int, relative_to: ReferenceLimit | None) -> None:
        self.number = number
        self.leaves: list[int] = []
        self._relative_to = relative_to
        self._tests: list[tuple[Comparator, Fraction]] = []
        self._factor = 1
        self._thresholds: list[int] = []

    def add(self, leaf: int, comparator: Comparator, threshold: Fraction) -> None:
        self.leaves.append(leaf)
        self._tests.append((comparator, threshold))

    def freeze(self) -> Iterator[tuple[int, int, int]]:
        """All thresholds are there: of each leaf its number, its sign, and from which place on the sign holds."""
        self._factor = lcm(*(threshold.denominator for _, threshold in self._tests))
        whole = [test.numerator * (self._factor // test.denominator) for _, test in self._tests]
        self._thresholds = sorted(set(whole))
        rank = {threshold: number for number, threshold in enumerate(self._thresholds)}
        for leaf, (comparator, _), threshold in zip(self.leaves, self._tests, whole, strict=True):
            sign, step = _SIGN_AND_STEP[comparator]
            yield leaf, sign, 2 * rank[threshold] + 1 + step
        self._tests.clear()

    def places(self, results: tuple[Result, ...]) -> tuple[int, int] | None:
        """The lowest and the highest place that results allow; None where one of them has none."""
        if len(results) == 1:
            place = self._place_of(results[0])
            if place is not None:
                return place, place
            low, high = self._range(results[0])
        else:
            ranges = [self._range(result) for result in results]
            if any(low > high for low, high in ranges):
                return None
            low, high = min(low for low, _ in ranges), max(high for _, high in ranges)
        return (low, high) if low <= high else None

    def _range(self, result: Result) -> tuple[int, int]:
        """The places that remain after all that is said of a result: its value, its limits, the laboratory's word.

        `_NOWHERE`, or otherwise the lower above the higher, where that is not to be reconciled.
        """
        place = self._place_of(result)
        if place is not None:
            return place, place
        limit = None if self._relative_to is None else limit_of(result, self._relative_to)
        if limit is not None and limit <= 0:
            return _NOWHERE
        low, high = 0, _BEYOND
        for interval in self._said(result):
            if interval.low is not None:
                place = self._place(*interval.low.as_integer_ratio())
                low = max(low, place + (interval.low_open and place % 2))
            if interval.high is not None:
                place = self._place(*interval.high.as_integer_ratio())
                high = min(high, place - (interval.high_open and place % 2))
        return low, high

    def _place_of(self, result: Result) -> int | None:
        """The place of a result's value; None where it is not exact, or there is no limit to divide it by."""
        value = result.interval
        if value is None or value.low is None or value.low is not value.high:
            return None
        numerator, denominator = value.low.as_integer_ratio()
        if self._relative_to is not None:
            limit = limit_of(result, self._relative_to)
            if limit is None:
                return None
            times, by = limit.as_integer_ratio()
            if times <= 0:
                return None
            numerator, denominator = numerator * by, denominator * times
        return self._place(numerator, denominator)

    def _place(self, numerator: int, denominator: int) -> int:
        whole, rest = divmod(numerator * self._factor, denominator)
        if rest:
            return 2 * bisect_right(self._thresholds, whole)
        rank = bisect_left(self._thresholds, whole)
        return 2 * rank + (rank < len(self._thresholds) and self._thresholds[rank] == whole)

    def _said(self, result: Result) -> Iterator[Interval]:
        if self._relative_to is None:
            said = result.interval, between_limits(result)
        else:
            limit = limit_of(result, self._relative_to)
            if limit is not None and result.interval is not None:
                yield result.interval.times(1 / limit)
            said = None, times_the_limit(result, self._relative_to)
        yield from (interval for interval in said if interval is not None)


class Thresholds:
    """Leaves about thresholds. They are added first, then frozen; `fill` sets the verdicts of all."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._sources: dict[tuple[str, Reach, bool | None], _Source] = {}
        self._of_code: dict[str, list[_Source]] = {}
        self._scales: list[Scale] = []

    def add(self, number: int, leaf: Observation, anchor: Milestone) -> None:
        """A leaf with a threshold for the latest result."""
        threshold = leaf.threshold
        if threshold is None:
            raise ValueError("a finding has no threshold")
        test = ResultTest.of(leaf, self._vocabulary.observations[leaf.code])
        source = self._source(leaf, anchor)
        scale = source.scales.get(threshold.relative_to)
        if scale is None:
            scale = source.scales[threshold.relative_to] = Scale(len(self._scales), threshold.relative_to)
            self._scales.append(scale)
        scale.add(number, threshold.comparator, test.value)

    def _source(self, leaf: Observation, anchor: Milestone) -> "_Source":
        key = leaf.code, Reach.of(leaf.window, anchor), leaf.room_air
        source = self._sources.get(key)
        if source is None:
            made = ObservationLeaf.of(leaf, anchor, self._vocabulary, "", None)
            source = self._sources[key] = _Source(made, {})
            self._of_code.setdefault(leaf.code, []).append(source)
        return source

    def freeze(self) -> None:
        """All leaves are there."""
        rows = [row for scale in self._scales for row in scale.freeze()]
        leaves, signs, places = np.array(rows, dtype=np.intp).reshape(-1, 3).T.copy()
        self.leaves: Index = leaves
        self._sign = signs.astype(np.int8)
        self._from_place = places.astype(np.int32)
        self._sizes = np.array([len(scale.leaves) for scale in self._scales], dtype=np.intp)

    def fill(self, verdicts: Small, situation: Situation) -> list[int]:
        """Set the verdicts of the leaves, and tell which of them have to be read one by one."""
        numbers: list[int] = []
        lows: list[int] = []
        highs: list[int] = []
        unclear: list[int] = []
        measured = situation.facts.observations
        for code in (*measured, *(DERIVABLE - measured.keys())):
            for source in self._of_code.get(code, ()):
                results = source.leaf.deciding(situation)
                if not results:
                    continue
                for scale in source.scales.values():
                    places = scale.places(results)
                    if places is None:
                        unclear += scale.leaves
                        continue
                    numbers.append(scale.number)
                    lows.append(places[0])
                    highs.append(places[1])
        if numbers:
            lowest = np.zeros(len(self._scales), dtype=np.int32)
            highest = np.full(len(self._scales), _BEYOND, dtype=np.int32)
            lowest[numbers], highest[numbers] = lows, highs
            surely = lowest.repeat(self._sizes) >= self._from_place
            maybe = highest.repeat(self._sizes) >= self._from_place
            verdicts[self.leaves] = (surely.view(np.int8) + maybe.view(np.int8) - 1) * self._sign
        return unclear


@dataclass(frozen=True, slots=True)
class _Source:
    """Whence the results come: one observation in one window, measured on the same air."""

    leaf: ObservationLeaf
    scales: dict[ReferenceLimit | None, Scale]
