"""Events of which something is missing: they did not happen; or did, within and before every window; or are planned."""

from collections.abc import Iterator, Sequence

from app.eligibility.criteria import Event, EventTiming
from app.eligibility.dates import DayRange, days_of
from app.eligibility.patient import EventFact, Patient
from app.matching.probes.days import DAY, Lookback, within
from app.matching.probes.inquiry import AskedLeaf, Inquiry
from app.matching.probes.question import Fact, Probe, Question


def event_question(fact: Fact, inquiry: Inquiry, asked: Sequence[AskedLeaf]) -> Question:
    """What is on record of an event, completed; or else that it did not happen, or when it did."""
    nodes = [(node, one.anchor) for one in asked for node in one.nodes if isinstance(node, Event)]
    lookback = Lookback(inquiry, ((node.window, anchor) for node, anchor in nodes))
    told = (entry for entry in inquiry.patient.events if entry.code == fact.code)
    known = tuple(entry for entry in told if not entry.overdue(inquiry.as_of))
    for entry in known:
        if not entry.occurred:
            lookback.heed(entry.start or entry.date, entry.end or entry.date)
    happened = [entry for entry in known if entry.occurred and not entry.planned]
    probes = [*_completed(known, lookback)] if happened else [*_imagined(fact.code, known, lookback)]
    if any(node.timing is not EventTiming.PAST for node, _ in nodes) and not any(entry.planned for entry in known):
        probes.append(_probe("planned", *known, EventFact(code=fact.code, planned=True)))
    return Question(fact, frozenset({("event", fact.code)}), tuple(probes))


def _imagined(code: str, known: tuple[EventFact, ...], lookback: Lookback) -> Iterator[Probe]:
    planned = tuple(entry for entry in known if entry.planned)
    yield _probe("not_occurred", *planned, EventFact(code=code, occurred=False))
    for day in (*lookback.began_too_late(), *lookback.ended()):
        yield _closed((*known, EventFact(code=code, date=day.isoformat())), lookback)


def _completed(known: tuple[EventFact, ...], lookback: Lookback) -> Iterator[Probe]:
    """The entries on record with their days made exact, and that there was nothing afterwards."""
    yield _closed(known, lookback)
    for index, entry in enumerate(known):
        if entry.occurred and not entry.planned:
            for day in within(lookback.ended(), _days(entry)):
                exact = EventFact(code=entry.code, date=day.isoformat())
                yield _closed((*known[:index], exact, *known[index + 1 :]), lookback)


def _closed(entries: tuple[EventFact, ...], lookback: Lookback) -> Probe:
    """The entries, and that it did not happen after the last of them; unless one goes on, or was today."""
    happened = [entry for entry in entries if entry.occurred and not entry.planned]
    days = [_days(entry) for entry in happened]
    last = max((known.last for known in days if known is not None), default=lookback.as_of)
    if last < lookback.as_of and None not in days:
        since = (last + DAY).isoformat()
        entries = (*entries, EventFact(code=happened[0].code, occurred=False, start=since))
    return Probe(Patient(events=entries), word="occurred")


def _days(entry: EventFact) -> DayRange | None:
    text = entry.date or entry.end
    return days_of(text) if text else None


def _probe(word: str, *entries: EventFact) -> Probe:
    return Probe(Patient(events=entries), word=word)
