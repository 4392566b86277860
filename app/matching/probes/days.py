"""The days on which it turns whether something lies in a window: the first day of each window, and the day before."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from app.eligibility.criteria import Window
from app.eligibility.dates import DayRange, days_of
from app.eligibility.periods import Reach
from app.matching.probes.inquiry import Inquiry
from app.vocabulary.enumerations import Milestone

DAY = timedelta(days=1)


class Lookback:
    """What some leaves look back on: `starts` are the first days of their windows, `ends` their milestones."""

    def __init__(self, inquiry: Inquiry, windows: Iterable[tuple[Window | None, Milestone]]) -> None:
        self.as_of = inquiry.as_of
        self.starts: set[date] = set()
        self.ends: set[date] = set()
        for window, anchor in windows:
            reach = Reach.of(window, anchor)
            self.ends.add(inquiry.day_of(reach.milestone))
            if reach.span is not None and not reach.in_half_lives:
                self.starts.add(reach.days(inquiry.now)[0])

    def heed(self, start: str | None, end: str | None) -> None:
        """A time of which it is known that nothing was there: what was may have ended before it, or come after it."""
        if start is not None:
            self.starts.add(days_of(start).last)
        if end is not None:
            self.starts |= {days_of(end).first + DAY, days_of(end).last + DAY}

    @property
    def early(self) -> date:
        """A day on or before today and every milestone."""
        return min({self.as_of, *self.ends})

    def ended(self) -> list[date]:
        """Days on which something can have ended, the latest first: before today, in every window, and before it."""
        days = {self.early - DAY}
        for start in self.starts:
            if date.min < start <= self.as_of:
                days |= {start, start - DAY}
        return sorted((day for day in days if day <= self.as_of), reverse=True)

    def began_too_late(self) -> Iterator[date]:
        """Days after a milestone that has passed."""
        return (end + DAY for end in sorted(self.ends) if end < self.as_of)


def within(days: Iterable[date], known: DayRange | None) -> list[date]:
    """The days that a partial date can mean, its first and last with those of `days` that lie in it; all if None."""
    if known is None:
        return list(days)
    inside = {day for day in days if known.first <= day <= known.last}
    return sorted(inside | {known.first, known.last}, reverse=True)
