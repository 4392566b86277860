"""The event leaf: what happened and when it ended, or what is planned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.eligibility.criteria import Event, EventTiming
from app.eligibility.facts import Happening
from app.eligibility.findings import Evidence, MissingFact
from app.eligibility.instances import Silence, Tested, held
from app.eligibility.periods import (
    SURELY,
    SURELY_NOT,
    UNKNOWN,
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
_EXACT = len("2026-07-15")


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
            if event.occurred and (event.overdue or self._timely(event))
        ]

    def _timely(self, event: Happening) -> bool:
        """Whether it is planned, or is not, as the leaf asks."""
        timing = self.node.timing
        return timing is EventTiming.PAST_OR_PLANNED or event.planned is (timing is EventTiming.PLANNED)

    def test(self, item: Happening, situation: Situation) -> Tested:
        if item.overdue:
            return Tested(UNKNOWN, (Reason.MISSING,))
        if item.planned:
            return Tested(SURELY)
        undated = item.start is None and item.end is None
        stretch = stretch_of(item, situation.facts.as_of)
        when = stretch.meets(*self.reach.days(situation))
        if when == SURELY and stretch.end_last == date.max:
            return Tested(when, fixed=self.node.window is None)
        days = situation.later_days(self.reach.milestone, self.reach.changes(situation, stretch))
        reasons: tuple[Reason, ...] = ()
        if verdict_of(when) is Verdict.UNKNOWN:
            reasons = (Reason.UNDATED if undated else Reason.IMPRECISE,)
        note = partly_known(item.date.rpartition(" ")[2] if item.date else None, days, when)
        return Tested(when, reasons, days, self.node.window is None, note)

    def exempts(self, item: Happening, situation: Situation) -> Tested:
        if item.code not in self.code_set:
            return Tested(SURELY_NOT, fixed=True)
        return Tested(SURELY, fixed=True) if self.node.window is None else self.test(item, situation)

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
