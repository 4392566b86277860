"""A patient on a day: today, or a later day on which the facts are still those of today."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from app.eligibility.dates import Calendar
from app.eligibility.facts import PatientFacts
from app.eligibility.findings import Finding
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import Milestone


@dataclass(frozen=True, slots=True)
class Situation:
    """The facts, and the calendar of the day that is looked at.

    On a later day than `today.as_of`, nothing new is known: therapies without an end go on, conditions that are active
    stay so, and no result is called stale that is not stale today.

    `shown`: whether somebody will read what is found. Where nobody does, findings go without the evidence and the
    margins of results, which take longer to word than all else.
    """

    facts: PatientFacts
    today: Calendar
    calendar: Calendar
    shown: bool = True

    @classmethod
    def now(cls, facts: PatientFacts, calendar: Calendar, *, shown: bool = True) -> "Situation":
        """As things stand on the day of evaluation."""
        return cls(facts, calendar, calendar, shown)

    def on(self, day: date) -> "Situation":
        """The same facts on another day; given milestones move with it. Only how it stands then matters."""
        return Situation(self.facts, self.today, self.today.moved_to(day), shown=False)

    def anchor(self, milestone: Milestone) -> date:
        """The day of a milestone, seen from the day that is looked at."""
        return self.calendar.day_of(milestone)

    def day_when(self, milestone: Milestone, anchor: date) -> date:
        """The day to look at on which the milestone falls on `anchor`; the calendar's last day where there is none."""
        if anchor == date.max:
            return anchor
        ahead = self.today.day_of(milestone) - self.today.as_of
        return anchor - ahead if anchor - date.min >= ahead else date.min

    def later_days(self, milestone: Milestone, anchors: Iterable[date]) -> frozenset[date]:
        """Of the days on which the milestone falls on one of `anchors`, those after today."""
        days = {self.day_when(milestone, anchor) for anchor in anchors if anchor != date.max}
        return frozenset(day for day in days if day > self.today.as_of)


Reader = Callable[[Situation], Finding]
"""What a leaf of an expression becomes once its codes are looked up: reads a patient, finds how the leaf stands."""

VerdictReader = Callable[[Situation], Verdict]
"""The same without what explains it."""
