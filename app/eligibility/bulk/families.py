"""Leaves that differ in one number alone: a threshold, the length of a window, the limits of age.

Between two turning points that the patient's facts give, the verdict is the same for every such number. So a family is
filled piece by piece; the rules are those of the explaining evaluator, and a property test holds the two to one answer.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from math import lcm
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.eligibility.bulk.program import Index, Small
from app.eligibility.criteria import Event, EventTiming, Observation, Span, Therapy, TimeUnit, Which
from app.eligibility.dates import age_on, window
from app.eligibility.events import EventTest
from app.eligibility.observations import ObservationLeaf
from app.eligibility.periods import Between, Period, either, period, verdict_of
from app.eligibility.situation import Situation
from app.eligibility.spells import stretch_of
from app.eligibility.therapies import TherapyTest
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import Comparator, Milestone, ReferenceLimit


class Family(Protocol):
    def fill(self, verdicts: Small, situation: Situation) -> bool:
        """Set the verdict of each of its leaves; False where they have to be read one by one."""


@dataclass(frozen=True, slots=True)
class ThresholdFamily:
    """Latest results against thresholds of one comparator; `thresholds` rise, `leaves` are in their order.

    `scaled`: the thresholds times `scale`, which makes whole numbers of them all.
    """

    leaf: ObservationLeaf
    thresholds: Sequence[Fraction]
    leaves: Index
    scale: int
    scaled: Sequence[int]

    @classmethod
    def of(cls, leaf: ObservationLeaf, thresholds: Sequence[Fraction], leaves: Index) -> "ThresholdFamily":
        scale = lcm(*(threshold.denominator for threshold in thresholds))
        return cls(leaf, thresholds, leaves, scale, [int(threshold * scale) for threshold in thresholds])

    def fill(self, verdicts: Small, situation: Situation) -> bool:
        value = self.leaf.sole_value(situation)
        if value is None:
            self._fill_in_pieces(verdicts, situation)
            return True
        whole, rest = divmod(value.numerator * self.scale, value.denominator)
        at_most = bisect_right(self.scaled, whole)
        below = at_most if rest else bisect_left(self.scaled, whole)
        first, middle, last = _BELOW_AT_ABOVE[self.leaf.test.comparator]
        verdicts[self.leaves[:below]] = first
        verdicts[self.leaves[below:at_most]] = middle
        verdicts[self.leaves[at_most:]] = last
        return True

    def _fill_in_pieces(self, verdicts: Small, situation: Situation) -> None:
        start = 0
        for end in sorted(self._turning_points(situation)):
            at = bisect_left(self.thresholds, end, start)
            if at > start:
                verdicts[self.leaves[start:at]] = self._verdict(self.thresholds[start], situation)
            start = bisect_right(self.thresholds, end, at)
            if start > at:
                verdicts[self.leaves[at:start]] = self._verdict(end, situation)
        if start < len(self.thresholds):
            verdicts[self.leaves[start:]] = self._verdict(self.thresholds[start], situation)

    def _verdict(self, threshold: Fraction, situation: Situation) -> Verdict:
        return replace(self.leaf, test=replace(self.leaf.test, value=threshold)).verdict(situation)

    def _turning_points(self, situation: Situation) -> set[Fraction]:
        ends: set[Fraction] = set()
        relative_to = self.leaf.test.relative_to
        for result in self.leaf.results_that_count(situation):
            values = [result.interval.low, result.interval.high] if result.interval else []
            if relative_to is None:
                ends.update(value for value in (*values, result.lower_limit, result.upper_limit) if value is not None)
                continue
            limit = result.upper_limit if relative_to is ReferenceLimit.UPPER else result.lower_limit
            ends.add(Fraction(1))
            if limit:
                ends.update(value / limit for value in values if value is not None)
        return ends


@dataclass(frozen=True, slots=True)
class WindowFamily:
    """Past events, or courses of therapy without further properties, within windows; `spans` grow."""

    test: EventTest | TherapyTest
    spans: Sequence[Span]
    leaves: Index

    def fill(self, verdicts: Small, situation: Situation) -> bool:
        stretches = self._stretches(situation)
        if stretches is None:
            return False
        last = situation.anchor(self.test.reach.milestone)
        surely = [one.end_first for one in stretches if one.start_last <= last]
        maybe = [one.end_last for one in stretches if one.start_first <= last]
        silence = self.test.silence(situation).between
        # The window has to reach back to the latest end that is known, or that is possible.
        found = self._reaching(maybe, last), self._reaching(surely, last), len(self.spans)
        pieces: tuple[tuple[int, int, Between], ...] = (
            (0, found[0], (Verdict.NO, Verdict.NO)),
            (found[0], found[1], (Verdict.NO, Verdict.YES)),
            (found[1], found[2], (Verdict.YES, Verdict.YES)),
        )
        for start, end, between in pieces:
            if end > start:
                verdicts[self.leaves[start:end]] = verdict_of(either(between, silence))
        return True

    def _reaching(self, ends: Sequence[date], last: date) -> int:
        """The first of the spans whose window holds the latest of some days."""
        if not ends:
            return len(self.spans)
        latest = max(ends)
        return bisect_left(self.spans, True, key=lambda span: window(last, span).first <= latest)

    def _stretches(self, situation: Situation) -> list[Period] | None:
        """When what is on record was; None where it also says what was not, or what may have been."""
        facts = situation.facts
        if isinstance(self.test, TherapyTest):
            courses = [course for agent in self.test.agents for course in facts.therapies.get(agent, ())]
            if not all(course.given for course in courses):
                return None
            return [stretch_of(course, facts) for course in courses]
        events = [event for code in self.test.codes for event in facts.events.get(code, ())]
        if any(not event.occurred or event.overdue for event in events):
            return None
        return [
            period(
                event.start, event.end, known_by=facts.as_of, ongoing=event.start is not None or event.end is not None
            )
            for event in events
            if not event.planned
        ]


@dataclass(frozen=True, slots=True)
class AgeFamily:
    """Limits of age at one milestone."""

    milestone: Milestone
    youngest: NDArray[np.int16]
    oldest: NDArray[np.int16]
    leaves: Index

    def fill(self, verdicts: Small, situation: Situation) -> bool:
        birth = situation.facts.birth
        if birth is None:
            verdicts[self.leaves] = Verdict.UNKNOWN
            return True
        least, most = age_on(situation.anchor(self.milestone), birth)
        surely = (least >= self.youngest) & (most <= self.oldest)
        surely_not = (most < self.youngest) | (least > self.oldest)
        verdicts[self.leaves] = surely.astype(np.int8) - surely_not
        return True


_BELOW_AT_ABOVE = {
    Comparator.LT: (-1, -1, 1),
    Comparator.LE: (-1, 1, 1),
    Comparator.EQ: (-1, 1, -1),
    Comparator.GE: (1, 1, -1),
    Comparator.GT: (1, -1, -1),
}
"""What a value says of thresholds below it, at it, and above it."""

NO_LIMIT = 999


def is_plain_threshold(leaf: object) -> bool:
    """Whether a leaf can be one of a `ThresholdFamily`."""
    return isinstance(leaf, Observation) and leaf.threshold is not None and leaf.which is Which.LATEST


def plain_span(leaf: Event | Therapy) -> Span | None:
    """The length of its window if the leaf can be one of a `WindowFamily`: nothing but who or what, and when."""
    if leaf.window is None or leaf.window.within is None or leaf.window.within.unit is TimeUnit.HALF_LIVES:
        return None
    if isinstance(leaf, Event):
        return leaf.window.within if leaf.timing is EventTiming.PAST else None
    asks_more = leaf.min_distinct > 1 or leaf.dose or leaf.duration or leaf.response or leaf.ongoing is not None
    return None if asks_more else leaf.window.within
