"""How far towards today reaches what is on record under a code, all of it taken together.

Whether something of it lies in a window that ends today depends on its latest end alone. So that is worked out once,
and asked of all windows of all trials.
"""

from collections.abc import Callable, Iterable
from datetime import date
from typing import TypeVar

from app.eligibility import conditions, events, spells
from app.eligibility.dates import DayRange
from app.eligibility.facts import Extent, Extents, PatientFacts
from app.eligibility.periods import Period

CONDITIONS, NOT_OVER, THERAPIES, EVENTS = "conditions", "not_over", "therapies", "events"
"""The lists; `NOT_OVER` are the conditions that are not stated to be over."""

T = TypeVar("T")
_NO_END = DayRange(date.max, date.max)
_NOTHING = Extent(0, 0)


def extents_of(facts: PatientFacts) -> dict[str, Extents]:
    """The extents in each list, computed once for each patient."""
    if not facts.extents:
        everything = _of_conditions(facts, over=True)
        some_are_over = any(conditions.is_over(item) for items in facts.conditions.values() for item in items)
        facts.extents.update(
            {
                CONDITIONS: everything,
                NOT_OVER: _of_conditions(facts, over=False) if some_are_over else everything,
                THERAPIES: _of_therapies(facts),
                EVENTS: _of_events(facts),
            }
        )
    return facts.extents


def _of_conditions(facts: PatientFacts, *, over: bool) -> Extents:
    by_now = DayRange(date.min, facts.as_of)
    found, unclear = {}, []
    for code, items in facts.conditions.items():
        there = [item for item in items if item.present]
        if len(there) < len(items):
            unclear.append(code)
        goes_on = [
            (item.since or by_now, item.until or _NO_END, item) for item in there if not conditions.is_over(item)
        ]
        ended = [(item.since, item.until, item) for item in there if conditions.is_over(item)] if over else []
        found[code] = _extent([*goes_on, *ended], lambda item: conditions.stretch_of(item, facts.as_of))
    return Extents(found, tuple(unclear))


def _of_therapies(facts: PatientFacts) -> Extents:
    by_now = DayRange(date.min, facts.as_of)
    found, unclear = {}, []
    for agent, courses in facts.therapies.items():
        given = [(course.start or by_now, course.end or _NO_END, course) for course in courses if course.given]
        if len(given) < len(courses):
            unclear.append(agent)
        found[agent] = _extent(given, lambda course: spells.stretch_of(course, facts))
    return Extents(found, tuple(unclear))


def _of_events(facts: PatientFacts) -> Extents:
    found, unclear = {}, []
    for code, happenings in facts.events.items():
        happened = [(event.start, event.end, event) for event in happenings if event.occurred and not event.planned]
        if len(happened) < len(happenings):
            unclear.append(code)
        found[code] = _extent(happened, lambda event: events.stretch_of(event, facts.as_of))
    return Extents(found, tuple(unclear))


def _extent(dated: Iterable[tuple[DayRange | None, DayRange | None, T]], stretch_of: Callable[[T], Period]) -> Extent:
    """Of things with their starts and ends; `stretch_of` says it of those that may have ended before they began."""
    surely = maybe = None
    for start, end, item in dated:
        if start is None or end is None or start.last > end.first:
            _, _, end_first, end_last = stretch_of(item)
        else:
            end_first, end_last = end.first, end.last
        if surely is None or end_first > surely:
            surely = end_first
        if maybe is None or end_last > maybe:
            maybe = end_last
    return _NOTHING if surely is None or maybe is None else Extent(surely.toordinal(), maybe.toordinal())
