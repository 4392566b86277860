"""Courses of therapy as stretches of time, with the dose that was given."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from app.eligibility.criteria import Dose
from app.eligibility.doses import Rate, dose_rate
from app.eligibility.facts import Course, PatientFacts
from app.eligibility.findings import Evidence, MissingFact
from app.eligibility.intervals import Interval, compare
from app.eligibility.periods import (
    SURELY,
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

ANY_DOSE = Interval(Fraction(0))
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


class Run(NamedTuple):
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
    is_met, lacking = met(rate.interval or ANY_DOSE, dose, (Run(course, stretch, rate),))
    if rate.derivation is not None and rate.interval is not None:
        shown = shown._replace(converted=format_interval(rate.interval, dose.unit), derivation=rate.derivation)
    return Spell(stretch, (course,), is_met, shown, lacking)


def met(
    rate: Interval, dose: Dose, runs: Sequence[Run], vague: Sequence[Run] = ()
) -> tuple[Between, tuple[MissingFact, ...]]:
    """Whether a rate is the one asked for, and what is lacking to tell: a course's dose, or the weight.

    Where nothing is, the courses are not precise enough: those that are `vague`, if not all of them.
    """
    verdict = compare(rate, dose.comparator, Fraction(dose.value))
    if verdict is not Verdict.UNKNOWN:
        return (verdict, verdict), ()
    lacking: dict[MissingFact, None] = {}
    for run in runs:
        if "weight" in run.rate.missing:
            lacking[WEIGHT] = None
        elif run.rate.interval is None:
            reason = Reason.UNIT if "unit" in run.rate.missing else Reason.MISSING
            lacking[MissingFact(run.course.agent, "therapy", reason)] = None
    if not lacking:
        lacking = {MissingFact(run.course.agent, "therapy", Reason.IMPRECISE): None for run in vague or runs}
    return UNKNOWN, tuple(lacking)
