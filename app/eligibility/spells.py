"""Courses of therapy as stretches of time, with the dose that was given."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache, partial
from typing import NamedTuple

from app.eligibility.criteria import Dose
from app.eligibility.doses import Rate, dose_rate
from app.eligibility.facts import Course, PatientFacts
from app.eligibility.findings import Evidence, MissingFact
from app.eligibility.intervals import Interval, compare
from app.eligibility.periods import (
    SURELY,
    Between,
    Period,
    dates_as_sent,
    period,
)
from app.eligibility.quantities import format_interval
from app.vocabulary.enumerations import Reason
from app.vocabulary.terms import Vocabulary

ANY_DOSE = Interval(Fraction(0))
WEIGHT = MissingFact("weight", "observation", Reason.MISSING)


class Spell(NamedTuple):
    """A stretch of time with one dose of one agent; of summed glucocorticoids, `courses` has all that may run in it.

    `perhaps` has those of them that may also not run in it, for all that their partial dates say. `lasting` is the
    stretch on through those that follow, where only another course has cut it: one of its own runs on in that dose.
    `dose` says whether the dose is the one asked for. The rest is worked out for those who want to know: `lacking` what
    is missing to tell, `evidence` how an explanation shows it.
    """

    stretch: Period
    courses: tuple[Course, ...]
    dose: Between
    evidence: Callable[[], Evidence]
    lacking: Callable[[], tuple[MissingFact, ...]] = tuple
    perhaps: tuple[Course, ...] = ()
    lasting: Period | None = None


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


def spells_of(agent: str, dose: Dose | None, facts: PatientFacts, vocabulary: Vocabulary) -> Sequence[Spell]:
    """An agent's courses, each by itself. Those of which no dose is asked are made once for each patient."""
    if dose is not None:
        return [single_spell(course, dose, facts, vocabulary) for course in facts.therapies[agent] if course.given]
    found = facts.spells.get(agent)
    if found is None:
        courses = [course for course in facts.therapies[agent] if course.given]
        found = facts.spells[agent] = [single_spell(course, None, facts, vocabulary) for course in courses]
    return found


def single_spell(course: Course, dose: Dose | None, facts: PatientFacts, vocabulary: Vocabulary) -> Spell:
    """One course by itself; a dose as prednisone is that of this course alone."""
    stretch = stretch_of(course, facts)
    if dose is None:
        return Spell(stretch, (course,), SURELY, partial(course_evidence, course))
    rate = dose_rate(course, dose.unit, facts, vocabulary if dose.prednisone_equivalent else None)
    return Spell(
        stretch,
        (course,),
        met(rate.interval or ANY_DOSE, dose),
        partial(_evidence, course, rate, dose.unit),
        partial(lacking, (Run(course, stretch, rate),)),
    )


def _evidence(course: Course, rate: Rate, unit: str) -> Evidence:
    shown = course_evidence(course)
    if rate.derivation is None or rate.interval is None:
        return shown
    return shown._replace(converted=format_interval(rate.interval, unit), derivation=rate.derivation)


def met(rate: Interval, dose: Dose) -> Between:
    """Whether a rate is the one asked for."""
    verdict = compare(rate, dose.comparator, _exact(dose.value))
    return verdict, verdict


@lru_cache(maxsize=1024)
def _exact(value: Decimal) -> Fraction:
    return Fraction(value)


def lacking(runs: Sequence[Run], vague: Sequence[Run] = ()) -> tuple[MissingFact, ...]:
    """What is lacking to tell of a rate whether it is the one asked for: a course's dose, or the weight.

    Where nothing is, the courses are not precise enough: those that are `vague`, if not all of them.
    """
    found: dict[MissingFact, None] = {}
    for run in runs:
        if "weight" in run.rate.missing:
            found[WEIGHT] = None
        elif run.rate.interval is None:
            reason = Reason.UNIT if "unit" in run.rate.missing else Reason.MISSING
            found[MissingFact(run.course.agent, "therapy", reason)] = None
    if not found:
        found = {MissingFact(run.course.agent, "therapy", Reason.IMPRECISE): None for run in vague or runs}
    return tuple(found)
