"""A patient as the evaluator reads it: values in the vocabulary's units, days as ranges, indexed by code."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from app.eligibility.criteria import Finding
from app.eligibility.dates import DayRange
from app.eligibility.findings import Derivation, Evidence
from app.eligibility.intervals import Interval
from app.eligibility.patient import ReproductiveFacts
from app.eligibility.quantities import format_interval
from app.eligibility.units import Unit
from app.vocabulary.enumerations import (
    ConditionStatus,
    CriteriaSet,
    Interpretation,
    Severity,
    Sex,
    TherapyResponse,
)

if TYPE_CHECKING:
    from app.eligibility.concurrent import AtOnce
    from app.eligibility.spells import Spell


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that was left out of account; the text holds no value of the patient's."""

    pointer: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Result:
    """One result of an observation.

    `interval` and the limits stand in the term's own unit; `unconverted` is a quantity in another usual one. `finding`
    is what the value says as a word (POSITIVE or NEGATIVE, stated, or such a quantity against its own upper limit).
    `value`, `unit` and `date` are as sent, `own_unit` is the term's. `days` is None where undated. `pointer` is its
    place in the request; None of what is computed or implied.
    """

    code: str
    interval: Interval | None = None
    finding: Finding | None = None
    interpretation: Interpretation | None = None
    lower_limit: Fraction | None = None
    upper_limit: Fraction | None = None
    days: DayRange | None = None
    room_air: bool | None = None
    lifetime: bool = False
    value: str = ""
    unit: str | None = None
    date: str | None = None
    own_unit: str | None = None
    derivation: Derivation | None = None
    unconverted: Interval | None = None
    pointer: str | None = field(default=None, compare=False)

    @property
    def is_some(self) -> bool:
        """Whether it is an amount above nothing, and not only below some bound."""
        value = self.interval or self.unconverted
        return value is not None and value.low is not None and (value.low > 0 or (value.low == 0 and value.low_open))

    def evidence(self) -> Evidence:
        """The result as an explanation shows it; converted where the unit sent is another than the term's."""
        other_unit = self.unit is not None and self.unit != self.own_unit
        converted = format_interval(self.interval, self.own_unit) if self.interval and other_unit else None
        return Evidence(self.code, self.value, self.unit, self.date, converted, self.derivation)


@dataclass(frozen=True, slots=True)
class Instance:
    """One statement about a condition: that it is or was there (`present`), or that it is not.

    A negative without dates holds for all time up to the as-of date; with dates, for the time between them.
    """

    code: str
    present: bool = True
    status: ConditionStatus | None = None
    since: DayRange | None = None
    until: DayRange | None = None
    severity: Severity | None = None
    adequately_treated: bool | None = None
    systemic_therapy: bool | None = None
    criteria_set: CriteriaSet | None = None
    since_text: str | None = None
    until_text: str | None = None


@dataclass(frozen=True, slots=True)
class DoseGiven:
    """A dose as sent, with the unit it was read as: `value * unit.factor` stands in the dimension's base unit."""

    value: Fraction
    unit: Unit
    text: str


UNSTATED_DAY = "an unstated day"
"""The end of a course that is said to have ended, but not when."""


@dataclass(frozen=True, slots=True)
class Course:
    """One course of an agent, or with `given=False` the statement that it was not given (then, or ever)."""

    agent: str
    given: bool = True
    start: DayRange | None = None
    end: DayRange | None = None
    dose: DoseGiven | None = None
    response: TherapyResponse | None = None
    start_text: str | None = None
    end_text: str | None = None

    @property
    def undated(self) -> bool:
        """Whether nothing says when it was given, or when it ended."""
        return (self.start is None and self.end is None) or self.end_text == UNSTATED_DAY


@dataclass(frozen=True, slots=True)
class Happening:
    """One event. `start` and `end` are the same days where one `date` was given; `end` is the day it counts from.

    `overdue`: it was planned for a day that has passed, and nothing says what came of it.
    """

    code: str
    occurred: bool = True
    planned: bool = False
    start: DayRange | None = None
    end: DayRange | None = None
    date: str | None = None
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Derived:
    """What can be computed for one code: a result for each of `measured`, latest first, dated like it.

    `missing` names inputs that were lacking (codes, `age`, `sex`).
    """

    measured: tuple[Result, ...] = ()
    missing: tuple[str, ...] = ()
    compute: Callable[[Result], Result] = lambda measured: measured
    computed: dict[int, Result] = field(init=False, default_factory=dict, compare=False, repr=False)

    def of(self, measured: Result) -> Result:
        """What is computed from one of `measured`: once, for a power of 40 digits takes as long as dozens of leaves."""
        place = id(measured)
        if place not in self.computed:
            self.computed[place] = self.compute(measured)
        return self.computed[place]

    @property
    def results(self) -> tuple[Result, ...]:
        """All of them."""
        return tuple([self.of(one) for one in self.measured])


class Extent(NamedTuple):
    """How far towards today reaches what is on record under one code: the latest day of it, as an ordinal.

    Surely, and possibly; 0 where there is nothing. All of it had begun by the as-of date.
    """

    surely: int
    maybe: int


@dataclass(frozen=True, slots=True)
class Extents:
    """A list of a patient's by code. `unclear`: codes under which there is more than what was, such as what was not."""

    by_code: Mapping[str, Extent]
    unclear: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """What is known of a patient on a day. Lists are by code; results are sorted latest first, undated ones last.

    `derivations`: for `sex` and reproductive states that follow from other statements, from which. `disputed`: for
    reproductive states, results that speak against what was stated; `signs`: for conditions, results that speak for
    them, whatever the list of conditions says. `derived` and `extents` keep what `derived_results` and `extents_of`
    have computed from these facts, so that it is computed once; `looks` what `known_looks` has, `spells` what
    `spells_of` has by agent, and `sums` what `summed_spells` has by agents and unit.
    """

    as_of: date
    birth: DayRange | None
    sex: Sex | None
    observations: Mapping[str, tuple[Result, ...]]
    conditions: Mapping[str, tuple[Instance, ...]]
    therapies: Mapping[str, tuple[Course, ...]]
    events: Mapping[str, tuple[Happening, ...]]
    reproductive: ReproductiveFacts
    reviewed: frozenset[str]
    warnings: tuple[Notice, ...]
    birth_text: str | None = None
    derivations: Mapping[str, Derivation] = field(default_factory=dict)
    disputed: Mapping[str, tuple[Result, ...]] = field(default_factory=dict)
    signs: Mapping[str, tuple[Result, ...]] = field(default_factory=dict)
    derived: dict[str, Derived] = field(init=False, default_factory=dict, compare=False, repr=False)
    extents: dict[str, Extents] = field(init=False, default_factory=dict, compare=False, repr=False)
    looks: set[tuple[str, str]] = field(init=False, default_factory=set, compare=False, repr=False)
    spells: "dict[str, Sequence[Spell]]" = field(init=False, default_factory=dict, compare=False, repr=False)
    sums: "dict[tuple[tuple[str, ...], str], Sequence[AtOnce]]" = field(
        init=False, default_factory=dict, compare=False, repr=False
    )
