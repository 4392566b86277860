"""Dose rates of therapies: per day or per weight and day, and as prednisone, concurrent courses summed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from app.eligibility.dates import DayRange
from app.eligibility.derived import latest
from app.eligibility.facts import Course, PatientFacts
from app.eligibility.findings import Derivation
from app.eligibility.intervals import Interval
from app.eligibility.quantities import format_interval
from app.eligibility.units import parse_unit
from app.vocabulary.terms import Vocabulary


@dataclass(frozen=True, slots=True)
class Rate:
    """A dose rate in the unit that was asked for; None where it cannot be told, for lack of what `missing` names."""

    interval: Interval | None = None
    missing: tuple[str, ...] = ()
    derivation: Derivation | None = None


def dose_rate(course: Course, unit: str, facts: PatientFacts, prednisone_of: Vocabulary | None = None) -> Rate:
    """A course's dose in `mg/d`, `mg/kg/d` or their like, through the latest weight where needed.

    With a vocabulary as `prednisone_of`: as prednisone. Missing may be `dose` (none stated, or no rate), `weight`, and
    `prednisone_equivalent` (none known of this agent).
    """
    if course.dose is None:
        return Rate(missing=("dose",))
    given, asked = course.dose.unit, parse_unit(unit)
    value = Interval.exactly(course.dose.value * given.factor / asked.factor)
    inputs = [f"{course.agent} {course.dose.text}"]
    formula, source = "", ""
    if given.dimension != asked.dimension:
        if {given.dimension, asked.dimension} != {"g/s", "g/g.s"}:
            return Rate(missing=("dose",))
        weight = latest(facts, "weight")
        if weight is None:
            return Rate(missing=("weight",))
        inputs.append(f"weight {format_interval(weight, 'kg')}")
        formula = "dose / weight" if asked.dimension == "g/g.s" else "dose · weight"
        value = _by_weight(value, weight.times(Fraction(1000)), divide=asked.dimension == "g/g.s")
    if prednisone_of is not None:
        agent = prednisone_of.agents.get(course.agent)
        if agent is None or agent.prednisone_equivalent_mg is None:
            return Rate(missing=("prednisone_equivalent",))
        if agent.prednisone_equivalent_mg != 5:
            value = value.times(Fraction(5) / Fraction(agent.prednisone_equivalent_mg))
            formula = f"{formula}; " if formula else ""
            formula += f"as prednisone: {agent.prednisone_equivalent_mg} mg of {course.agent} equal 5 mg"
            source = _equivalence_source(agent.sources, prednisone_of)
    return Rate(value, derivation=Derivation(formula, source, tuple(inputs)) if formula else None)


@dataclass(frozen=True, slots=True)
class _Running:
    """The days on which a course surely and possibly ran, and the least and the most that it can be a day."""

    surely: DayRange | None
    possibly: DayRange
    rate: Rate

    @property
    def least(self) -> Fraction:
        return (self.rate.interval.low if self.rate.interval else None) or Fraction(0)

    @property
    def most(self) -> Fraction | None:
        return self.rate.interval.high if self.rate.interval else None


def peak_prednisone(
    courses: Sequence[Course], days: DayRange, unit: str, facts: PatientFacts, vocabulary: Vocabulary
) -> Rate:
    """The highest daily dose within some days, as prednisone, of courses summed over those that run at the same time.

    From what was surely reached on some day, to what may have been; open above where a dose is not known. On a single
    day it is the sum on that day.
    """
    running = [
        _Running(_surely_running(course, days, facts.as_of), possibly, dose_rate(course, unit, facts, vocabulary))
        for course in courses
        if course.given and (possibly := _possibly_running(course, days)) is not None
    ]
    if not running:
        return Rate(Interval.exactly(0))
    # A sum can only rise on a day on which some course begins.
    least = max(
        sum((one.least for one in running if one.surely and _holds(one.surely, start)), Fraction(0))
        for start in {one.surely.first for one in running if one.surely} or {days.first}
    )
    most: Fraction | None = None
    if all(one.most is not None for one in running):
        most = max(
            sum((one.most or Fraction(0) for one in running if _holds(one.possibly, start)), Fraction(0))
            for start in {one.possibly.first for one in running}
        )
    derivations = [one.rate.derivation for one in running if one.rate.derivation]
    return Rate(
        Interval(least, most),
        tuple(dict.fromkeys(name for one in running for name in one.rate.missing)),
        Derivation(
            "the highest sum of concurrent doses, as prednisone",
            "; ".join(sorted({derivation.source for derivation in derivations if derivation.source})),
            tuple(f"{course.agent} {course.dose.text}" for course in courses if course.given and course.dose),
        ),
    )


def _surely_running(course: Course, days: DayRange, as_of: date) -> DayRange | None:
    end = course.end.first if course.end else date.max
    start = course.start.last if course.start else min(end, as_of)
    return _within(start, end, days)


def _possibly_running(course: Course, days: DayRange) -> DayRange | None:
    return _within(course.start.first if course.start else date.min, course.end.last if course.end else date.max, days)


def _within(first: date, last: date, days: DayRange) -> DayRange | None:
    first, last = max(first, days.first), min(last, days.last)
    return DayRange(first, last) if first <= last else None


def _holds(days: DayRange, day: date) -> bool:
    return days.first <= day <= days.last


def _by_weight(dose: Interval, grams: Interval, *, divide: bool) -> Interval:
    """A dose per weight, or for a weight, over the range of weights."""
    exact = dose.exact or Fraction(0)
    if not divide:
        return grams.times(exact) if exact else dose
    return Interval(
        Fraction(0) if grams.high is None else exact / grams.high,
        exact / grams.low if grams.low else None,
        grams.high_open,
        grams.low_open,
    )


def _equivalence_source(keys: tuple[str, ...], vocabulary: Vocabulary) -> str:
    """Where the equivalent doses are published: the label among the sources of the agent."""
    labels = [vocabulary.sources[key].citation for key in keys if key.endswith("_label") and key in vocabulary.sources]
    return "; ".join(labels)
