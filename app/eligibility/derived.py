"""Facts that are computed from others by published formulas, each with its inputs and source."""

from dataclasses import dataclass
from fractions import Fraction

from app.eligibility.facts import Course, PatientFacts, Result
from app.eligibility.intervals import Interval
from app.vocabulary.terms import Vocabulary

DERIVABLE: frozenset[str] = frozenset({"egfr", "creatinine_clearance", "bmi"})


@dataclass(frozen=True, slots=True)
class Derived:
    """Results computed for one code, latest first, and the inputs that a computation lacked (codes, `age`, `sex`)."""

    results: tuple[Result, ...] = ()
    missing: tuple[str, ...] = ()


def derived_results(facts: PatientFacts, code: str) -> Derived:
    """The results of `code` that can be computed, one for each result of its laboratory input, dated like it.

    Nothing for a code that has no formula. Age is that on the day of the input (the as-of date where undated).
    """
    raise NotImplementedError


def dose_rate(course: Course, unit: str, facts: PatientFacts) -> Interval | None:
    """A course's dose in `mg/d` or `mg/kg/d`, through weight where needed; None where that cannot be told."""
    raise NotImplementedError


@dataclass(frozen=True, slots=True)
class PrednisoneEquivalent:
    """The sum over concurrent courses; `missing` lists what was not known (`dose`, `weight`)."""

    rate: Interval | None
    result: Result | None
    missing: tuple[str, ...] = ()


def prednisone_equivalent(
    courses: tuple[Course, ...], unit: str, facts: PatientFacts, vocabulary: Vocabulary
) -> PrednisoneEquivalent:
    """The summed dose rate, as prednisone, of courses that run at the same time; in `mg/d` or `mg/kg/d`."""
    raise NotImplementedError


def weight_of(facts: PatientFacts) -> Interval | None:
    """The latest weight in kg; the range of all where several are the latest."""
    raise NotImplementedError


def per_five_mg(mg: Fraction) -> Fraction:
    """Prednisone mg that equal one mg of an agent of which `mg` equal 5 mg of prednisone."""
    return Fraction(5) / mg
