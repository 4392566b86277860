"""A patient's results, read: values as ranges in the vocabulary's units, limits, findings."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from app.eligibility.contradictions import reading_contradicts
from app.eligibility.criteria import Finding
from app.eligibility.dates import DayRange
from app.eligibility.facts import Result
from app.eligibility.intervals import Interval, compare, read_value
from app.eligibility.patient import ObservationFact, Patient
from app.eligibility.quantities import convert, convert_limit
from app.eligibility.report import Report, readable
from app.eligibility.units import UnknownUnit, parse_unit
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import Comparator
from app.vocabulary.faults import Fault
from app.vocabulary.terms import ObservationKind, ObservationTerm, TermKind

_WORDS = {"positive": Finding.POSITIVE, "negative": Finding.NEGATIVE}
_VIRAL_DIMENSIONS = frozenset({"[IU]/L", "{copies}/L"})


def read_results(patient: Patient, report: Report) -> Iterator[Result]:
    """Every result that can be used; `weight_kg` and `height_cm` as undated results of `weight` and `height`."""
    for index, fact in enumerate(patient.observations):
        result = _result(fact, f"/observations/{index}", report)
        if result is not None:
            yield result
    for pointer, code, unit, value in (
        ("/weight_kg", "weight", "kg", patient.weight_kg),
        ("/height_cm", "height", "cm", patient.height_cm),
    ):
        term = report.vocabulary.observations.get(code)
        if value is None or term is None:
            continue
        interval = convert(Interval.exactly(Fraction(value)), unit, term) if readable(value) else None
        if isinstance(interval, Interval):
            yield Result(code, interval, value=str(value), unit=unit, own_unit=term.unit)
        else:
            report.fault(pointer, "implausible", "the value lies outside what is possible", "check the value")


def _result(fact: ObservationFact, pointer: str, report: Report) -> Result | None:
    term = report.vocabulary.observations.get(fact.code)
    if term is None:
        report.unknown_code(f"{pointer}/code", TermKind.OBSERVATION, fact.code)
        return None
    days = report.days(fact.date, f"{pointer}/date")
    faults_before = len(report.faults)
    result = _value(fact, term, days, pointer, report)
    if len(report.faults) > faults_before or result is None:
        return None
    if reading_contradicts(result):
        report.fault(
            f"{pointer}/interpretation", "contradiction", "it is not what the value says", "leave one of them out"
        )
        return None
    if report.is_future(days, f"{pointer}/date"):
        return None
    return result


def _value(
    fact: ObservationFact, term: ObservationTerm, days: DayRange | None, pointer: str, report: Report
) -> Result | None:
    """The result; None, or a fault in the report, where it cannot be used."""
    finding: Finding | None = None
    interval: Interval | None = None
    if fact.value is None:
        if fact.interpretation is None:
            remedy = "give a value, an interpretation or both"
            report.fault(f"{pointer}/value", "value_required", "there is neither value nor interpretation", remedy)
            return None
    elif isinstance(fact.value, str) and (finding := _WORDS.get(fact.value.strip().lower())) is not None:
        if term.kind not in (ObservationKind.FINDING, ObservationKind.TITRE):
            report.fault(f"{pointer}/value", "value_form", "this observation is a quantity", "give a number")
            return None
    else:
        interval = _quantity(fact.value, term, pointer, report)
        if interval is None:
            return None
        if (other := _in_other_unit(fact, interval, term, days, pointer)) is not None:
            return other
        converted = convert(interval, fact.unit, term)
        if isinstance(converted, Fault):
            report.add(replace(converted, pointer=f"{pointer}{converted.pointer}"))
            return None
        interval = converted
    lower = _limit(fact, "lower_limit", term, pointer, report)
    upper = _limit(fact, "upper_limit", term, pointer, report)
    if lower is not None and upper is not None and lower > upper:
        report.fault(f"{pointer}/lower_limit", "limits_crossed", "it lies above the upper limit", "check both limits")
    return Result(
        code=term.code,
        interval=interval,
        finding=finding,
        interpretation=fact.interpretation,
        lower_limit=lower,
        upper_limit=upper,
        days=days,
        room_air=fact.room_air,
        lifetime=fact.lifetime is True,
        value="" if fact.value is None else str(fact.value),
        unit=fact.unit,
        date=fact.date,
        own_unit=term.unit,
        pointer=pointer,
    )


def _quantity(value: Decimal | str, term: ObservationTerm, pointer: str, report: Report) -> Interval | None:
    """What a number or a text such as `<5` means, before conversion."""
    if isinstance(value, Decimal) and not readable(value):
        report.fault(f"{pointer}/value", "implausible", "the value lies outside what is possible", "check the value")
        return None
    titre = term.kind is ObservationKind.TITRE
    interval = read_value(value, titre=titre)
    word_expected = term.kind is ObservationKind.FINDING and term.unit is None
    if interval is not None and not word_expected:
        return interval
    remedy = (
        "write positive or negative" if word_expected
        else 'write a titre as "1:80" or ">=1:160"' if titre
        else 'write a number, or a bound such as "<5"'
    )  # fmt: skip
    report.fault(f"{pointer}/value", "value_form", "the value is not of the form that this observation has", remedy)
    return None


def _limit(
    fact: ObservationFact,
    which: Literal["lower_limit", "upper_limit"],
    term: ObservationTerm,
    pointer: str,
    report: Report,
) -> Fraction | None:
    value = fact.lower_limit if which == "lower_limit" else fact.upper_limit
    if value is None:
        return None
    if not readable(value):
        remedy = "check the limit"
        report.fault(f"{pointer}/{which}", "implausible", "the limit lies outside what is possible", remedy)
        return None
    limit = convert_limit(value, fact.unit, term)
    if isinstance(limit, Fault):
        report.add(replace(limit, pointer=f"{pointer}/{'unit' if limit.pointer == '/unit' else which}"))
        return None
    if which == "upper_limit" and limit == 0 and not _can_be_none(term):
        detail, remedy = "an upper limit of zero leaves no value normal", "give the laboratory's limit, or leave it out"
        report.fault(f"{pointer}/{which}", "implausible", detail, remedy)
        return None
    return limit


def _can_be_none(term: ObservationTerm) -> bool:
    """Whether nothing at all can be the most that is normal: of what should not be there, or can be below zero."""
    return term.limit_may_be_zero or (term.plausible is not None and term.plausible.low < 0)


def _in_other_unit(
    fact: ObservationFact, value: Interval, term: ObservationTerm, days: DayRange | None, pointer: str
) -> Result | None:
    """A finding in copies where [IU] is usual, or the reverse: no number to compare, but one for its own limit."""
    if term.kind is not ObservationKind.FINDING or term.unit is None or fact.unit is None:
        return None
    try:
        dimension = parse_unit(fact.unit).dimension
    except UnknownUnit:
        return None
    usual = {dimension, parse_unit(term.unit).dimension}
    if len(usual) == 1 or not usual <= _VIRAL_DIMENSIONS:
        return None
    finding = None
    if fact.upper_limit is not None and readable(fact.upper_limit):
        above = compare(value, Comparator.GT, Fraction(fact.upper_limit))
        finding = {Verdict.YES: Finding.POSITIVE, Verdict.NO: Finding.NEGATIVE}.get(above)
    return Result(
        code=term.code,
        finding=finding,
        interpretation=fact.interpretation,
        days=days,
        lifetime=fact.lifetime is True,
        value=str(fact.value),
        unit=fact.unit,
        date=fact.date,
        own_unit=term.unit,
        unconverted=value,
        pointer=pointer,
    )
