"""Stretches of time whose ends are only partly known, and whether they meet a window: surely, possibly or not."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from app.eligibility.criteria import Span, TimeUnit, Window
from app.eligibility.dates import DayRange, Length
from app.eligibility.situation import Situation
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import Milestone

Between = tuple[Verdict, Verdict]
"""The lowest and the highest verdict over all days that partial dates can mean. Equal: the dates do not matter."""

SURELY: Between = (Verdict.YES, Verdict.YES)
SURELY_NOT: Between = (Verdict.NO, Verdict.NO)
UNKNOWN: Between = (Verdict.UNKNOWN, Verdict.UNKNOWN)
BY_DATE: Between = (Verdict.NO, Verdict.YES)

NO_DAYS: frozenset[date] = frozenset()


def verdict_of(between: Between) -> Verdict:
    """The verdict where the dates do not matter, else unknown."""
    return between[0] if between[0] is between[1] else Verdict.UNKNOWN


def spread(between: Between) -> Between | None:
    """What a finding says of partial dates: nothing where they do not matter."""
    return None if between[0] is between[1] else between


def both(one: Between, other: Between) -> Between:
    """AND."""
    return min(one[0], other[0]), min(one[1], other[1])


def either(one: Between, other: Between) -> Between:
    """OR."""
    return max(one[0], other[0]), max(one[1], other[1])


def every(parts: Iterable[Between]) -> Between:
    """AND over several."""
    between = SURELY
    for part in parts:
        if part == SURELY_NOT:
            return part
        if part != SURELY:
            between = both(between, part)
    return between


def either_all(between: Between, parts: Iterable[Between]) -> Between:
    """`between` OR (AND over several), which are looked at only while they can make a difference."""
    low, high = SURELY
    for part in parts:
        if part == SURELY:
            continue
        low, high = min(low, part[0]), min(high, part[1])
        if low <= between[0] and high <= between[1]:
            return between
    return max(between[0], low), max(between[1], high)


def mirror(between: Between) -> Between:
    """NOT."""
    return Verdict(-between[1]), Verdict(-between[0])


class Period(NamedTuple):
    """From a start through an end, both days included, each known as the range of days that it can be."""

    start_first: date
    start_last: date
    end_first: date
    end_last: date

    @property
    def ends(self) -> set[date]:
        """The first and the last day that the end can be."""
        return {self.end_first, self.end_last}

    def meets(self, first: date, last: date) -> Between:
        """Whether one of its days lies in first..last."""
        if self.start_first > last or self.end_last < first:
            return SURELY_NOT
        return SURELY if self.start_last <= last and self.end_first >= first else BY_DATE

    def ended_before(self, day: date) -> Between:
        """Whether it was over by a day."""
        if self.end_last < day:
            return SURELY
        return SURELY_NOT if self.end_first >= day else BY_DATE


def period(start: DayRange | None, end: DayRange | None, *, known_by: date, ongoing: bool) -> Period:
    """What a start and an end say. Without end: it goes on, if `ongoing`, or ended on some day up to `known_by`."""
    if end is not None:
        end_first, end_last = end.first, end.last
    else:
        end_last = date.max if ongoing else known_by
        end_first = end_last if ongoing else (start.first if start else date.min)
    start_first, start_last = (start.first, start.last) if start else (date.min, min(end_last, known_by))
    return Period(start_first, min(start_last, end_last), max(end_first, start_first), end_last)


@dataclass(frozen=True, slots=True)
class Reach:
    """The days that a leaf looks at: from `span` before a milestone through it; without span, all days up to it.

    `length` is the span worked out; None where it is in half-lives, which differ from agent to agent.
    """

    milestone: Milestone
    span: Span | None = None
    length: Length | None = field(init=False, compare=False, default=None)

    def __post_init__(self) -> None:
        if self.span is not None and not self.in_half_lives:
            object.__setattr__(self, "length", Length.of(self.span))

    @classmethod
    def of(cls, stated: Window | None, anchor: Milestone) -> "Reach":
        """What a window says, or its absence; the criterion's anchor where the window names none."""
        if stated is None:
            return cls(anchor)
        return cls(stated.before or anchor, stated.within)

    @property
    def in_half_lives(self) -> bool:
        return self.span is not None and self.span.unit is TimeUnit.HALF_LIVES

    def days(self, situation: Situation, length: Length | None = None) -> tuple[date, date]:
        """First and last day, seen from the day looked at. `length` stands for a span in half-lives."""
        last = situation.anchor(self.milestone)
        return self.first_before(last, length), last

    def first_before(self, last: date, length: Length | None = None) -> date:
        """The first day of the window that ends on a day."""
        length = length or self.length
        return date.min if length is None else length.before(last)

    def last_today(self, situation: Situation) -> date:
        """The day of the milestone as it falls today."""
        return situation.today.day_of(self.milestone)

    def changes(self, situation: Situation, stretch: Period, length: Length | None = None) -> Iterator[date]:
        """The days of the milestone on which a period may enter or leave the window."""
        last = situation.anchor(self.milestone)
        for start in (stretch.start_first, stretch.start_last):
            if start > last:
                yield start
        length = length or self.length
        if length is None:
            return
        for end in stretch.ends:
            if date.min < end < date.max:
                yield length.lapse(end)


def covers(start: DayRange | None, end: DayRange | None, looked_at: tuple[date, date], last_today: date) -> bool:
    """Whether a statement of absence, open where it gives no day, surely holds for all the days looked at.

    One that holds up to the milestone as it falls today is held to go on, as all facts are on later days.
    """
    first, last = looked_at
    return (start is None or start.last <= first) and (end is None or end.first >= min(last, last_today))


def partly_known(end: str | None, days: frozenset[date], when: Between) -> str:
    """A note where the end of something is known to the month or the year, and that matters."""
    if end is None or len(end) == len("2026-07-15") or not (days or when[0] is not when[1]):
        return ""
    return f"its end is known only as {end}: the cautious day of it counts"


def dates_as_sent(start: str | None, end: str | None) -> str | None:
    """`2017 to 2019`, `since 2017`, `until 2019`, in the words of the request."""
    if start and end:
        return start if start == end else f"{start} to {end}"
    return f"since {start}" if start else f"until {end}" if end else None
