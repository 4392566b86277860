"""Dose rates of therapies: per day, or per weight and day, and as prednisone."""

from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

from app.eligibility.derived import latest
from app.eligibility.facts import Course, PatientFacts
from app.eligibility.findings import Derivation
from app.eligibility.intervals import Interval
from app.eligibility.quantities import format_interval
from app.eligibility.units import Unit, parse_unit
from app.vocabulary.terms import Vocabulary

_AMOUNTS = frozenset({"g", "mol", "[IU]"})
_PER = frozenset({"", "s", "g", "g.s", "m.m", "m.m.s"})
_CELLS = frozenset({"1", "1/g", "1/m.m"})


def can_be_dose(unit: Unit) -> bool:
    """Whether a dose has such a unit: an amount of a drug, for each day, weight or body surface; or cells.

    A volume is none, for want of the strength; nor is a percentage.
    """
    if unit.dimension in _CELLS:
        return unit.dimension != "1" or unit.factor >= 1
    amount, _, per = unit.dimension.partition("/")
    return amount in _AMOUNTS and per in _PER


@dataclass(frozen=True, slots=True)
class Rate:
    """A dose rate in the unit that was asked for; None where it cannot be told, for lack of what `missing` names."""

    interval: Interval | None = None
    missing: tuple[str, ...] = ()
    derivation: Derivation | None = None


def dose_rate(course: Course, unit: str, facts: PatientFacts, prednisone_of: Vocabulary | None = None) -> Rate:
    """A course's dose in `mg/d`, `mg/kg/d` or their like, through the weight at that time where needed.

    With a vocabulary as `prednisone_of`: as prednisone. Missing may be `dose` (none stated), `unit` (it is none of a
    rate), `weight`, and `prednisone_equivalent` (none known of this agent).
    """
    if course.dose is None:
        return Rate(missing=("dose",))
    given, asked = course.dose.unit, parse_unit(unit)
    value = Interval.exactly(course.dose.value * given.factor / asked.factor)
    inputs = [f"{course.agent} {course.dose.text}"]
    formula, source = "", ""
    if given.dimension != asked.dimension:
        if {given.dimension, asked.dimension} != {"g/s", "g/g.s"}:
            return Rate(missing=("unit",))
        weight = _weight_during(course, facts)
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


def _weight_during(course: Course, facts: PatientFacts) -> Interval | None:
    """The weights measured while the course ran, with the latest if it goes on; else the range of all on record."""
    weights = [result for result in facts.observations.get("weight", ()) if result.interval is not None]
    if len(weights) > 1 and course.start is not None:
        last = course.end.last if course.end is not None else facts.as_of
        during = [
            result.interval
            for result in weights
            if result.days is not None and course.start.first <= result.days.first and result.days.last <= last
        ]
        if last >= facts.as_of:
            during.append(latest(facts, "weight"))
        if known := [interval for interval in during if interval is not None]:
            return reduce(Interval.hull, known)
    intervals = [result.interval for result in weights if result.interval is not None]
    return reduce(Interval.hull, intervals) if intervals else None


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
