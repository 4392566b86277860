"""Courses of therapy as stretches of time, with the dose that was given."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import reduce
from typing import NamedTuple

from app.eligibility.criteria import Dose
from app.eligibility.doses import Rate, dose_rate
from app.eligibility.facts import Course, PatientFacts
from app.eligibility.findings import Derivation, Evidence, MissingFact
from app.eligibility.intervals import Interval, compare
from app.eligibility.periods import (
    SURELY,
    SURELY_NOT,
    UNKNOWN,
    Between,
    Period,
    dates_as_sent,
    period,
)
from app.eligibility.quantities import format_interval
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import Reason
from app.vocabulary.terms import Vocabulary

_DAY = timedelta(days=1)
_ANY_DOSE = Interval(Fraction(0))
WEIGHT = MissingFact("weight", "observation", Reason.MISSING)


class Spell(NamedTuple):
    """A stretch of time with one dose of one agent; of summed glucocorticoids, `courses` has all that run in it.

    `dose` says whether the dose is the one asked for, `lacking` what is missing to tell.
    """

    stretch: Period
    courses: tuple[Course, ...]
    dose: Between
    evidence: Evidence
    lacking: tuple[MissingFact, ...] = ()


def stretch_of(course: Course, facts: PatientFacts) -> Period:
    """When a course ran. Without an end it goes on."""
    return period(course.start, course.end, known_by=facts.as_of, ongoing=True)


def course_evidence(course: Course) -> Evidence:
    """A course, or the statement that there was none, as an explanation shows it."""
    if not course.given:
        return Evidence(course.agent, "not given", date=dates_as_sent(course.start_text, course.end_text))
    said = [course.dose.text] if course.dose else []
    if course.response:
        said.append(course.response.value)
    return Evidence(course.agent, ", ".join(said) or "given", date=dates_as_sent(course.start_text, course.end_text))


class _Run(NamedTuple):
    """A course, when it ran, and its dose as a rate."""

    course: Course
    stretch: Period
    rate: Rate


def single_spell(course: Course, dose: Dose | None, facts: PatientFacts, vocabulary: Vocabulary) -> Spell:
    """One course by itself; a dose as prednisone is that of this course alone."""
    stretch, shown = stretch_of(course, facts), course_evidence(course)
    if dose is None:
        return Spell(stretch, (course,), SURELY, shown)
    rate = dose_rate(course, dose.unit, facts, vocabulary if dose.prednisone_equivalent else None)
    met, lacking = _met(rate.interval or _ANY_DOSE, dose, (_Run(course, stretch, rate),))
    if rate.derivation is not None and rate.interval is not None:
        shown = shown._replace(converted=format_interval(rate.interval, dose.unit), derivation=rate.derivation)
    return Spell(stretch, (course,), met, shown, lacking)


def summed_spells(
    courses: Sequence[Course], dose: Dose, facts: PatientFacts, vocabulary: Vocabulary
) -> Iterable[Spell]:
    """The stretches in which the same courses run, each with their summed dose as prednisone.

    On days on which a course only may have run, the sum lies between that without it and that with it.
    """
    runs = [
        _Run(course, stretch_of(course, facts), dose_rate(course, dose.unit, facts, vocabulary)) for course in courses
    ]
    edges = {day for run in runs for day in (run.stretch.start_first, run.stretch.start_last)}
    edges |= {end + _DAY for run in runs for end in run.stretch.ends if end < date.max}
    ordered = sorted(edges)
    for first, following in zip(ordered, (*ordered[1:], None), strict=False):
        possible = tuple([run for run in runs if run.stretch.meets(first, first) != SURELY_NOT])
        if not possible:
            continue
        sure = tuple([run for run in possible if run.stretch.meets(first, first) == SURELY])
        summed = _sum(possible)
        met, lacking = _met(summed, dose, possible)
        if len(sure) < len(possible):
            without = _met(_sum(sure), dose, sure)[0] if sure else SURELY_NOT
            met = (min(*met, *without), max(*met, *without))
        last = following - _DAY if following else date.max
        shown = _summed_evidence(possible, summed, dose.unit)
        yield Spell(Period(first, first, last, last), tuple([run.course for run in possible]), met, shown, lacking)


def _sum(runs: Sequence[_Run]) -> Interval:
    return reduce(Interval.plus, [run.rate.interval or _ANY_DOSE for run in runs])


def _met(summed: Interval, dose: Dose, runs: Sequence[_Run]) -> tuple[Between, tuple[MissingFact, ...]]:
    """Whether a rate is the one asked for, and what is lacking to tell: a course's dose, or the weight."""
    verdict = compare(summed, dose.comparator, Fraction(dose.value))
    if verdict is not Verdict.UNKNOWN:
        return (verdict, verdict), ()
    lacking: dict[MissingFact, None] = {}
    for course, _, rate in runs:
        if "weight" in rate.missing:
            lacking[WEIGHT] = None
        elif rate.interval is None:
            reason = Reason.UNIT if "unit" in rate.missing else Reason.MISSING
            lacking[MissingFact(course.agent, "therapy", reason)] = None
    if not lacking:
        lacking = {MissingFact(run.course.agent, "therapy", Reason.IMPRECISE): None for run in runs}
    return UNKNOWN, tuple(lacking)


def _summed_evidence(runs: Sequence[_Run], summed: Interval, unit: str) -> Evidence:
    """One course, or all that run at once, with what they come to."""
    courses = [run.course for run in runs]
    shown = course_evidence(courses[0])
    if len(courses) > 1:
        doses = " + ".join(f"{course.agent} {course.dose.text if course.dose else '?'}" for course in courses)
        shown = Evidence(shown.fact, doses)
    derivations = [run.rate.derivation for run in runs if run.rate.derivation]
    derivation = derivations[0] if len(derivations) == 1 else None
    if len(derivations) > 1:
        derivation = Derivation(
            "the sum of concurrent doses, as prednisone",
            "; ".join(sorted({one.source for one in derivations if one.source})),
            tuple(f"{course.agent} {course.dose.text}" for course in courses if course.dose),
        )
    return shown._replace(converted=f"{format_interval(summed, unit)} as prednisone", derivation=derivation)
