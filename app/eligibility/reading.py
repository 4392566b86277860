"""From a patient as sent to facts: codes, units, plausibility and dates checked, all faults collected, none echoed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple, Protocol, TypeVar

from app.eligibility.contradictions import Numbered, contradictions
from app.eligibility.dates import DayRange, age_on, birth_from_age, days_of
from app.eligibility.doses import can_be_dose
from app.eligibility.extents import extents_of
from app.eligibility.facts import (
    UNSTATED_DAY,
    Course,
    DoseGiven,
    Happening,
    Instance,
    Notice,
    PatientFacts,
    Result,
)
from app.eligibility.implied import Implied, implied
from app.eligibility.patient import ConditionFact, EventFact, Patient, TherapyFact
from app.eligibility.periods import covers
from app.eligibility.report import Report, readable
from app.eligibility.results import read_results
from app.eligibility.units import UnknownUnit, parse_unit
from app.vocabulary.enumerations import ConditionStatus
from app.vocabulary.faults import Fault, Refused
from app.vocabulary.terms import TermKind, Vocabulary

_OLDEST = 130


class _Coded(Protocol):
    @property
    def code(self) -> str: ...


_C = TypeVar("_C", bound=_Coded)


def read_patient(patient: Patient, vocabulary: Vocabulary, as_of: date) -> PatientFacts:
    """The facts of a patient. Raises `Refused` with everything that is wrong (at most 200 faults).

    `weight_kg` and `height_cm` appear as undated results of `weight` and `height`. What is dated wholly after the as-of
    date is left out, with a notice, save planned events and ends. A date that may lie before it or after it is taken to
    lie before: a request says what is known on that day.
    """
    report = Report(vocabulary, as_of)
    birth = _birth(patient, report)
    told = read_statements(patient, report)
    follows = consequences(patient, told, report)
    found = PatientFacts(
        as_of=as_of,
        birth=birth,
        sex=follows.sex,
        observations=results_by_code((*told.results, *follows.results)),
        conditions=by_code([instance for _, instance in told.conditions]),
        therapies=by_agent([course for _, course in told.therapies]),
        events=by_code([event for _, event in told.events]),
        reproductive=follows.reproductive,
        reviewed=frozenset(patient.reviewed),
        warnings=tuple(report.notices),
        birth_text=patient.birth_date,
        derivations=follows.derivations,
        disputed=follows.disputed,
        signs=follows.signs,
    )
    extents_of(found)
    return found


class Statements(NamedTuple):
    """The entries of a patient's lists, read one by one; with their places, but for results."""

    results: Sequence[Result]
    conditions: Sequence[Numbered[Instance]]
    therapies: Sequence[Numbered[Course]]
    events: Sequence[Numbered[Happening]]


def read_statements(patient: Patient, report: Report) -> Statements:
    """Every entry that can be used; what is wrong with the others stands in the report."""
    return Statements(
        list(read_results(patient, report)),
        _conditions(patient.conditions, report),
        _therapies(patient.therapies, report),
        _events(patient.events, report),
    )


def consequences(patient: Patient, told: Statements, report: Report) -> Implied:
    """What follows from all statements taken together. Raises `Refused` where they, or the report, have faults."""
    about = (report.vocabulary, report.as_of)
    for fault in contradictions(patient, told.conditions, told.therapies, told.events, *about, told.results):
        report.add(fault)
    if report.faults:
        raise Refused(report.faults)
    return implied(patient, told.conditions, told.events, told.results, *about)


def _birth(patient: Patient, report: Report) -> DayRange | None:
    stated = days_of(patient.birth_date) if patient.birth_date is not None else None
    by_age = birth_from_age(patient.age_years, report.as_of) if patient.age_years is not None else None
    if stated is not None and stated.first > report.as_of:
        report.fault("/birth_date", "birth_in_future", "the birth lies after the as-of date", "check both dates")
        return None
    if stated is not None and age_on(report.as_of, stated)[0] > _OLDEST:
        report.fault("/birth_date", "implausible", "nobody is that old", "check the birth date")
        return None
    birth = stated or by_age
    if stated is not None:
        birth = DayRange(stated.first, min(stated.last, report.as_of))
        if by_age is not None:
            birth = DayRange(max(birth.first, by_age.first), min(birth.last, by_age.last))
            if birth.first > birth.last:
                report.fault(
                    "/age_years", "contradiction", "the age is not that of /birth_date", "leave one of them out"
                )
                return None
    report.born = birth.first if birth else None
    return birth


def _conditions(facts: Iterable[ConditionFact], report: Report) -> list[Numbered[Instance]]:
    found: list[Numbered[Instance]] = []
    for index, fact in enumerate(facts):
        pointer = f"/conditions/{index}"
        if fact.code not in report.vocabulary.conditions:
            report.unknown_code(f"{pointer}/code", TermKind.CONDITION, fact.code)
            continue
        since = report.days(fact.since, f"{pointer}/since")
        until = report.days(fact.until, f"{pointer}/until", past=False)
        report.in_order(since, until, f"{pointer}/until")
        if not fact.present and fact.status is not None:
            remedy = "for what is over, leave present out; for what never was, leave status out"
            report.fault(f"{pointer}/status", "contradiction", "what is absent has no status", remedy)
        if fact.status is ConditionStatus.ACTIVE and until is not None and until.last < report.as_of:
            report.fault(f"{pointer}/until", "contradiction", "what is active has not ended", "leave one of them out")
        if report.is_future(since, f"{pointer}/since"):
            continue
        instance = Instance(
            code=fact.code,
            present=fact.present,
            status=_status(fact.status, until, f"{pointer}/status", report),
            since=since,
            until=until,
            severity=fact.severity,
            adequately_treated=fact.adequately_treated,
            systemic_therapy=fact.systemic_therapy,
            criteria_set=fact.criteria_set,
            since_text=fact.since,
            until_text=fact.until,
        )
        found.append((index, instance))
    return found


def _status(
    stated: ConditionStatus | None, until: DayRange | None, pointer: str, report: Report
) -> ConditionStatus | None:
    """What will have ended on a later day is still there on the as-of date, as it is where no status is stated."""
    if stated is not ConditionStatus.RESOLVED or until is None or until.first <= report.as_of:
        return stated
    report.notices.append(Notice(pointer, "future_fact", "it ends after the as-of date, so it counts as active"))
    return ConditionStatus.ACTIVE


def _therapies(facts: Iterable[TherapyFact], report: Report) -> list[Numbered[Course]]:
    found: list[Numbered[Course]] = []
    for index, fact in enumerate(facts):
        pointer = f"/therapies/{index}"
        if fact.agent not in report.vocabulary.agents:
            report.unknown_code(f"{pointer}/agent", TermKind.AGENT, fact.agent)
            continue
        start = report.days(fact.start, f"{pointer}/start")
        end = report.days(fact.end, f"{pointer}/end", past=False)
        report.in_order(start, end, f"{pointer}/end")
        if _stopped_wrongly(fact, end, report.as_of):
            remedy = "for what goes on, leave stopped out; for what has ended, give the day or leave it out"
            report.fault(f"{pointer}/stopped", "contradiction", "it is not what the other fields say", remedy)
        dose = _dose(fact, f"{pointer}/dose", report)
        if report.is_future(start, f"{pointer}/start"):
            continue
        end_text = fact.end
        if fact.stopped and end is None:
            end = DayRange(start.first if start else date.min, report.as_of)
            end_text = UNSTATED_DAY
        course = Course(fact.agent, fact.given, start, end, dose, fact.response, fact.start, end_text)
        found.append((index, course))
    return list(_each_once(found))


def _each_once(courses: Iterable[Numbered[Course]]) -> Iterator[Numbered[Course]]:
    """A course that is listed twice, in all that is said of it, was given once."""
    seen = set()
    for index, course in courses:
        dose = course.dose and (course.dose.value * course.dose.unit.factor, course.dose.unit.dimension)
        said = course.agent, course.given, course.start, course.end, dose, course.response
        if said not in seen:
            seen.add(said)
            yield index, course


def _stopped_wrongly(fact: TherapyFact, end: DayRange | None, as_of: date) -> bool:
    """Stopped and to end later, not stopped and ended, or stopped and never given."""
    if fact.stopped is None:
        return False
    if not fact.given:
        return fact.stopped
    return end is not None and (end.first > as_of if fact.stopped else end.last < as_of)


def _dose(fact: TherapyFact, pointer: str, report: Report) -> DoseGiven | None:
    if fact.dose is None:
        return None
    if not readable(fact.dose.value):
        report.fault(f"{pointer}/value", "implausible", "the dose lies outside what is possible", "check the dose")
        return None
    try:
        unit = parse_unit(fact.dose.unit)
    except UnknownUnit as unknown:
        detail, remedy = "the unit is not understood", "give a UCUM unit, such as mg/d or mg/kg/d"
        report.add(Fault("unit_unknown", detail, remedy, f"{pointer}/unit", nearest=unknown.nearest))
        return None
    if not can_be_dose(unit):
        detail, remedy = "the unit is none of a dose", "give an amount of the drug, such as mg/d or mg/kg/d"
        report.add(Fault("unit_inconvertible", detail, remedy, f"{pointer}/unit"))
        return None
    return DoseGiven(Fraction(fact.dose.value), unit, f"{fact.dose.value} {fact.dose.unit}")


def _events(facts: Iterable[EventFact], report: Report) -> list[Numbered[Happening]]:
    found: list[Numbered[Happening]] = []
    for index, fact in enumerate(facts):
        pointer = f"/events/{index}"
        if fact.code not in report.vocabulary.events:
            report.unknown_code(f"{pointer}/code", TermKind.EVENT, fact.code)
            continue
        if fact.date is not None and (fact.start is not None or fact.end is not None):
            remedy = "give either a date, or start and end"
            report.fault(f"{pointer}/date", "contradiction", "there is a date and a period", remedy)
        if fact.planned and not fact.occurred:
            remedy = "for what is planned, leave occurred out; for what never happened, leave planned out"
            report.fault(f"{pointer}/occurred", "contradiction", "it is planned, and stated as not there", remedy)
        day = report.days(fact.date, f"{pointer}/date", past=not fact.planned)
        start = day or report.days(fact.start, f"{pointer}/start", past=not fact.planned)
        end = day or report.days(fact.end, f"{pointer}/end", past=False)
        report.in_order(start, end, f"{pointer}/end")
        if not fact.planned and report.is_future(start or end, pointer):
            continue
        text = fact.date or (f"{fact.start or '?'} to {fact.end or '?'}" if fact.start or fact.end else None)
        overdue = fact.overdue(report.as_of)
        found.append((index, Happening(fact.code, fact.occurred, fact.planned, start, end, text, overdue)))
    return list(_without_past_plans(found, report))


def _without_past_plans(events: Sequence[Numbered[Happening]], report: Report) -> Iterator[Numbered[Happening]]:
    """The events but for plans of which another entry says what came of them; a notice of the others that are past."""
    for index, event in events:
        if event.overdue:
            if any(_tells(other, event, report.as_of) for _, other in events if other.code == event.code):
                continue
            text = "its planned day has passed, so it counts as unknown: say whether it happened, or give its new day"
            report.notices.append(Notice(f"/events/{index}", "plan_past", text))
        yield index, event


def _tells(other: Happening, plan: Happening, as_of: date) -> bool:
    """Whether an entry says that what was planned happened, on its day or later, or that it has not happened."""
    planned_for = plan.start or plan.end
    if planned_for is None or other.planned:
        return False
    if not other.occurred:
        return covers(other.start, other.end, (planned_for.first, as_of), as_of)
    happened = other.end or other.start
    return happened is not None and happened.first >= planned_for.first


def by_code(facts: Iterable[_C]) -> dict[str, tuple[_C, ...]]:
    found: dict[str, list[_C]] = {}
    for fact in facts:
        found.setdefault(fact.code, []).append(fact)
    return {code: tuple(listed) for code, listed in found.items()}


def by_agent(courses: Iterable[Course]) -> Mapping[str, tuple[Course, ...]]:
    found: dict[str, list[Course]] = {}
    for course in courses:
        found.setdefault(course.agent, []).append(course)
    return {agent: tuple(listed) for agent, listed in found.items()}


def results_by_code(results: Iterable[Result]) -> dict[str, tuple[Result, ...]]:
    """Latest first, undated ones last."""
    return {code: _latest_first(found) for code, found in by_code(results).items()}


def _latest_first(results: tuple[Result, ...]) -> tuple[Result, ...]:
    if len(results) == 1:
        return results
    return tuple(sorted(results, key=_recency, reverse=True))


def _recency(result: Result) -> tuple[date, date]:
    return (result.days.last, result.days.first) if result.days else (date.min, date.min)
