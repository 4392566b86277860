"""Statements about one patient that cannot all be true: they are refused, since either could be the mistake."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from fractions import Fraction
from typing import TypeVar

from app.eligibility.criteria import Finding
from app.eligibility.dates import DayRange
from app.eligibility.facts import Course, Happening, Instance, Result
from app.eligibility.implied import OF_WOMEN, childbearing_ends, finds, may_be_latest
from app.eligibility.intervals import Interval, compare
from app.eligibility.patient import Patient
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import Comparator, ConditionStatus, Interpretation, Sex
from app.vocabulary.faults import Fault
from app.vocabulary.terms import Vocabulary

T = TypeVar("T")
Numbered = tuple[int, T]
"""A fact, and its place in the list that it was sent in."""

_REMEDY = "correct one of them, or give the statement of absence its own dates"


def contradictions(
    patient: Patient,
    conditions: Sequence[Numbered[Instance]],
    therapies: Sequence[Numbered[Course]],
    events: Sequence[Numbered[Happening]],
    vocabulary: Vocabulary,
    as_of: date,
    results: Sequence[Result] = (),
) -> Iterator[Fault]:
    """Present and absent, given and not given, happened and not, at times that surely overlap; pregnant, and unable to.

    A condition is also absent where one that it implies is. A statement of absence without dates holds for all time.
    Nor is there a condition found by its test, and absent.
    """
    yield from _clashes(
        "/conditions",
        ((index, item.code, _present(item, as_of)) for index, item in conditions if item.present),
        [(index, item.code, _absent(item.since, item.until)) for index, item in conditions if not item.present],
        vocabulary.condition_ancestors,
    )
    yield from _clashes(
        "/therapies",
        ((index, item.agent, _given(item, as_of)) for index, item in therapies if item.given),
        [(index, item.agent, _absent(item.start, item.end)) for index, item in therapies if not item.given],
    )
    yield from _clashes(
        "/events",
        ((index, item.code, _happened(item)) for index, item in events if item.occurred and not item.planned),
        [(index, item.code, _absent(item.start, item.end)) for index, item in events if not item.occurred],
    )
    yield from _found_and_absent(conditions, results, vocabulary)
    yield from _of_reproduction(patient, conditions, events, vocabulary, as_of)


def _found_and_absent(
    conditions: Sequence[Numbered[Instance]], results: Sequence[Result], vocabulary: Vocabulary
) -> Iterator[Fault]:
    """A condition stated to be absent on the day of the latest test that finds it."""
    absent = [(index, item, _absent(item.since, item.until)) for index, item in conditions if not item.present]
    if not absent:
        return
    for code, means in vocabulary.implied_findings.items():
        latest = may_be_latest(result for result in results if result.code == means.observation)
        wanted = Finding(means.finding)
        if not latest or not all(finds(result, wanted, vocabulary) for result in latest):
            continue
        for index, item, days in absent:
            if item.code in vocabulary.condition_ancestors(code) and all(_within(one, days) for one in latest):
                detail = f"{latest[0].pointer} finds that it is there"
                yield Fault("contradiction", detail, _REMEDY, f"/conditions/{index}")


def _within(result: Result, days: DayRange | None) -> bool:
    if days is None or result.days is None:
        return days == _ALWAYS
    return days.first <= result.days.first and result.days.last <= days.last


def _of_reproduction(
    patient: Patient,
    conditions: Sequence[Numbered[Instance]],
    events: Sequence[Numbered[Happening]],
    vocabulary: Vocabulary,
    as_of: date,
) -> Iterator[Fault]:
    told = patient.reproductive
    if patient.sex is Sex.MALE:
        for state in OF_WOMEN:
            if told.state(state):
                yield Fault("contradiction", "stated of a man", "check /sex too", f"/reproductive/{state}")
    if told.pregnant and told.childbearing_potential is False:
        detail = "/reproductive/pregnant states that she can become pregnant"
        yield Fault("contradiction", detail, "correct one of them", "/reproductive/childbearing_potential")
    if told.pregnant or told.childbearing_potential:
        denied_by = f"/reproductive/{'pregnant' if told.pregnant else 'childbearing_potential'}"
        for ended in childbearing_ends(conditions, events, vocabulary, as_of):
            detail = f"{denied_by} states that childbearing potential has not ended"
            yield Fault("contradiction", detail, "correct one of them", ended.pointer)


def _clashes(
    where: str,
    positives: Iterable[tuple[int, str, DayRange | None]],
    negatives: Iterable[tuple[int, str, DayRange | None]],
    implied: Callable[[str], Iterable[str]] = lambda code: (code,),
) -> Iterator[Fault]:
    denied: dict[str, list[tuple[int, DayRange | None]]] = {}
    for index, code, absent in negatives:
        denied.setdefault(code, []).append((index, absent))
    if not denied:
        return
    for index, code, present in positives:
        against = next(
            (
                other
                for above in implied(code)
                for other, absent in denied.get(above, ())
                if absent is not None and (absent == _ALWAYS or (present is not None and _overlap(present, absent)))
            ),
            None,
        )
        if against is not None:
            yield Fault("contradiction", f"{where}/{against} states that it is not so", _REMEDY, f"{where}/{index}")


_ALWAYS = DayRange(date.min, date.max)


def _absent(start: DayRange | None, end: DayRange | None) -> DayRange | None:
    """The days on which something surely is not there."""
    return _surely(start.last if start else date.min, end.first if end else date.max)


def _present(instance: Instance, as_of: date) -> DayRange | None:
    """The days on which a condition surely is there; None where no day is sure."""
    over = instance.status is ConditionStatus.RESOLVED
    end = instance.until.first if instance.until else instance.since.last if over and instance.since else as_of
    if over and instance.since is None and instance.until is None:
        return None
    return _surely(instance.since.last if instance.since else end, end)


def _given(course: Course, as_of: date) -> DayRange | None:
    end = course.end.first if course.end else as_of
    if end == date.min:
        return None  # it has ended, but nothing says when
    return _surely(course.start.last if course.start else end, end)


def _happened(event: Happening) -> DayRange | None:
    start, end = event.start or event.end, event.end or event.start
    return _surely(start.last, end.first) if start and end else None


def _surely(first: date, last: date) -> DayRange | None:
    return DayRange(first, last) if first <= last else None


def _overlap(one: DayRange, other: DayRange) -> bool:
    return one.first <= other.last and other.first <= one.last


_POSITIVE = frozenset({Interpretation.POSITIVE, Interpretation.HIGH, Interpretation.ABNORMAL})
_NEGATIVE = frozenset({Interpretation.NEGATIVE, Interpretation.NORMAL})


def reading_contradicts(result: Result) -> bool:
    """Whether the laboratory's reading cannot be true of the value and the limits that came with it."""
    reading = result.interpretation
    if reading is None:
        return False
    if result.finding is not None:
        return reading in (_NEGATIVE if result.finding is Finding.POSITIVE else _POSITIVE)
    if result.interval is None:
        return False
    above = _sure(result.interval, Comparator.GT, result.upper_limit)
    below = _sure(result.interval, Comparator.LT, result.lower_limit)
    match reading:
        case Interpretation.NORMAL:
            return above or below
        case Interpretation.HIGH | Interpretation.POSITIVE:
            return below or _sure(result.interval, Comparator.LT, result.upper_limit)
        case Interpretation.LOW:
            return above or _sure(result.interval, Comparator.GT, result.lower_limit)
        case Interpretation.NEGATIVE:
            return above
        case _:
            return False


def _sure(interval: Interval, comparator: Comparator, limit: Fraction | None) -> bool:
    return limit is not None and compare(interval, comparator, limit) is Verdict.YES
