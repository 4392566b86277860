"""The event leaf: what happened and when it ended, or what is planned.

A plan is no fact. Of what is planned up to the day of a milestone that is itself planned for later, nobody knows yet
whether it will have happened by then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.eligibility.criteria import Event, EventTiming
from app.eligibility.facts import Happening
from app.eligibility.findings import Evidence, MissingFact
from app.eligibility.instances import Silence, Tested, held
from app.eligibility.periods import (
    SURELY,
    SURELY_NOT,
    UNKNOWN,
    Between,
    Period,
    Reach,
    covers,
    partly_known,
    period,
    verdict_of,
)
from app.eligibility.situation import Situation
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import Milestone, Reason

_REVIEWED = Silence(SURELY_NOT, (), (Evidence("events", "reviewed"),))
_DAY = timedelta(days=1)
_PLANNED = "planned for a day up to the milestone: whether it will have happened is not known"


@dataclass(frozen=True, slots=True)
class EventTest:
    """An event leaf. What has begun and has no end is going on; a window is asked of the past only."""

    node: Event
    reach: Reach
    codes: tuple[str, ...]
    code_set: frozenset[str]
    unheard: Silence
    kind: str = "event"

    @classmethod
    def of(cls, node: Event, anchor: Milestone) -> "EventTest":
        """Looks the codes up; they are known to be in the vocabulary."""
        codes = tuple(dict.fromkeys(node.codes))
        unheard = Silence(UNKNOWN, tuple(MissingFact(code, "event", Reason.MISSING) for code in codes))
        return cls(node, Reach.of(node.window, anchor), codes, frozenset(codes), unheard)

    @property
    def usual_silences(self) -> tuple[Silence, ...]:
        return _REVIEWED, self.unheard

    def candidates(self, situation: Situation) -> Sequence[Happening]:
        record = situation.facts.events
        return [
            event
            for code in held(self.codes, self.code_set, record)
            for event in record[code]
            if event.occurred and (event.planned or self.node.timing is not EventTiming.PLANNED)
        ]

    def parts(self, item: Happening, situation: Situation) -> Iterator[Between]:
        yield self._when(item, situation)

    def _when(self, item: Happening, situation: Situation) -> Between:
        """Whether it was in time, or is planned."""
        if item.overdue:
            return UNKNOWN
        if not item.planned:
            return stretch_of(item, situation.facts.as_of).meets(*self.reach.days(situation))
        if self.node.timing is not EventTiming.PAST:
            return SURELY
        # The leaf asks what has happened by the milestone. Up to its day, what is planned has not.
        first, last = self.reach.days(situation)
        stretch, day = _planned_stretch(item, situation.facts.as_of), situation.calendar.as_of
        comes_later = last <= day <= stretch.start_last or stretch.meets(first, last) == SURELY_NOT
        return SURELY_NOT if comes_later else UNKNOWN

    def test(self, item: Happening, situation: Situation) -> Tested:
        when = self._when(item, situation)
        if item.overdue:
            return Tested(when, (Reason.MISSING,))
        if item.planned:
            return Tested(when) if self.node.timing is not EventTiming.PAST else self._to_come(item, when, situation)
        undated = item.start is None and item.end is None
        stretch = stretch_of(item, situation.facts.as_of)
        if when == SURELY and stretch.end_last == date.max:
            return Tested(when, fixed=self.node.window is None)
        days = situation.later_days(self.reach.milestone, self.reach.changes(situation, stretch))
        reasons: tuple[Reason, ...] = ()
        if verdict_of(when) is Verdict.UNKNOWN:
            reasons = (Reason.UNDATED if undated else Reason.IMPRECISE,)
        note = partly_known(item.date.rpartition(" ")[2] if item.date else None, days, when)
        return Tested(when, reasons, days, self.node.window is None, note)

    def _to_come(self, item: Happening, when: Between, situation: Situation) -> Tested:
        """What is planned, where the leaf asks what has happened by the milestone."""
        stretch = _planned_stretch(item, situation.facts.as_of)
        days = situation.later_days(self.reach.milestone, self.reach.changes(situation, stretch))
        if situation.today.as_of <= stretch.start_last < date.max:
            days |= {stretch.start_last + _DAY}
        if when == SURELY_NOT:
            return Tested(when, days=days)
        return Tested(when, (Reason.IMPRECISE if item.date else Reason.UNDATED,), days, note=_PLANNED)

    def exempting_parts(self, item: Happening, situation: Situation) -> Iterator[Between]:
        yield SURELY if item.code in self.code_set else SURELY_NOT
        planned = item.planned and not item.overdue
        yield SURELY if planned or self.node.window is None else self._when(item, situation)

    def exempts(self, item: Happening, situation: Situation) -> Tested:
        is_another, planned = item.code not in self.code_set, item.planned and not item.overdue
        if not (is_another or planned or self.node.window is None):
            return self.test(item, situation)
        return Tested(SURELY_NOT if is_another else SURELY, fixed=is_another or not planned)

    def silence(self, situation: Situation) -> Silence:
        facts = situation.facts
        if "events" in facts.reviewed:
            return _REVIEWED
        if self.code_set.isdisjoint(facts.events):
            return self.unheard
        looked_at, last_today = self.reach.days(situation), self.reach.last_today(situation)
        missing: list[MissingFact] = []
        absences: list[Evidence] = []
        for code in self.codes:
            absent = [
                event
                for event in facts.events.get(code, ())
                if not event.occurred and covers(event.start, event.end, looked_at, last_today)
            ]
            # That something never happened does not say that it is not planned.
            if absent and self.node.timing is EventTiming.PAST:
                absences.append(self.evidence(absent[0]))
            else:
                missing.append(MissingFact(code, "event", Reason.MISSING))
        return Silence(UNKNOWN, tuple(missing)) if missing else Silence(SURELY_NOT, (), tuple(absences))

    def evidence(self, item: Happening) -> Evidence:
        value = "did not happen" if not item.occurred else "planned" if item.planned else "happened"
        return Evidence(item.code, value, date=item.date)


def stretch_of(item: Happening, known_by: date) -> Period:
    """When an event was. What has begun and has no end is going on; what is undated may have been on any day."""
    undated = item.start is None and item.end is None
    return period(item.start, item.end, known_by=known_by, ongoing=not undated)


def _planned_stretch(item: Happening, as_of: date) -> Period:
    """When an event is planned, from today on; what is undated may be on any of these days."""
    if item.start is None and item.end is None:
        return Period(as_of, date.max, as_of, date.max)
    start_first, start_last, end_first, end_last = stretch_of(item, as_of)
    return Period(max(start_first, as_of), max(start_last, as_of), max(end_first, as_of), max(end_last, as_of))
