"""Trials side by side: what each asks of age, sex and every observation, and who asks the most.

The requirements are read off the criteria's expressions. An exclusion is turned around: one that keeps out an LVEF
below 45 % asks for an LVEF of 45 % or more. A requirement is `conditional` where meeting it is not asked of everybody:
one of several alternatives, behind an `only_if`, or in a criterion with a scope. `strictest` and `loosest` are found
among the trials that ask something of everybody, and stay empty where nobody's values lie within everybody else's.

Of eligibility the catalogue knows the criteria alone, so that units are converted and written by whatever `Measures` it
is given; without any, thresholds in other units than the observation's own are shown and not compared.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from app.catalogue.documents import TrialRecord
from app.catalogue.extents import Extent, extent
from app.eligibility.criteria import Age, AllOf, AnyOf, AtLeast, Expression, Not, Observation, OnlyIf, Threshold
from app.vocabulary.enumerations import Comparator, CriterionKind, ReferenceLimit
from app.vocabulary.faults import Fault
from app.vocabulary.numbers import as_json_number
from app.vocabulary.terms import ObservationKind, ObservationTerm, Vocabulary

_SIGNS = {Comparator.LT: "<", Comparator.LE: "≤", Comparator.EQ: "=", Comparator.GE: "≥", Comparator.GT: ">"}
_TURNED = {
    Comparator.LT: Comparator.GE,
    Comparator.LE: Comparator.GT,
    Comparator.GE: Comparator.LT,
    Comparator.GT: Comparator.LE,
}
_YEARS = "a"  # UCUM


def _own_unit(threshold: Threshold, term: ObservationTerm) -> Fraction | Fault:
    if threshold.relative_to is None and threshold.unit != term.unit:
        return Fault("unit_inconvertible", "the unit is another one", "give the observation's own")
    return Fraction(threshold.value)


def _plainly(value: Fraction | Decimal, unit: str | None) -> str:
    return " ".join(filter(None, (str(as_json_number(Decimal(str(value)))), unit)))


@dataclass(frozen=True)
class Measures:
    """How thresholds are brought into an observation's own unit, and how quantities are written."""

    in_term_unit: Callable[[Threshold, ObservationTerm], Fraction | Fault] = _own_unit
    written: Callable[[Fraction | Decimal, str | None], str] = _plainly


@dataclass(frozen=True)
class Requirement:
    """What one criterion asks of one fact; `value` is in the fact's unit, None where it cannot be brought into it."""

    fact: str
    criterion: str | None
    text: str
    comparator: Comparator | None = None
    value: Fraction | None = None
    relative_to: ReferenceLimit | None = None
    conditional: bool = False

    def shown(self) -> dict[str, Any]:
        return {
            "criterion": self.criterion,
            "comparator": self.comparator,
            "value": None if self.value is None else _number(self.value),
            "relative_to": self.relative_to,
            "text": self.text,
            "conditional": self.conditional,
        }


def compare_trials(
    trials: Sequence[tuple[TrialRecord, int]], vocabulary: Vocabulary, measures: Measures
) -> dict[str, Any]:
    """`{"trials": [{"id", "title", "revision"}], "rows": [{"fact", "unit", "differs", "strictest", "loosest",
    "cells": [{"trial", "requirements": [...]}]}]}`; each row has a cell for every trial, age and sex come first."""
    asked = {record.id: list(_asked(record, vocabulary, measures)) for record, _ in trials}
    found = {requirement.fact for requirements in asked.values() for requirement in requirements}
    facts = [fact for fact in ("age", "sex", *vocabulary.observations) if fact in found]
    return {
        "trials": [{"id": record.id, "title": record.title, "revision": revision} for record, revision in trials],
        "rows": [_row(fact, asked, vocabulary) for fact in facts],
    }


def _row(fact: str, asked: dict[str, list[Requirement]], vocabulary: Vocabulary) -> dict[str, Any]:
    cells = {trial: [asks for asks in requirements if asks.fact == fact] for trial, requirements in asked.items()}
    term = vocabulary.observations.get(fact)
    extents = {trial: extent(_firm(requirements)) for trial, requirements in cells.items()}
    return {
        "fact": fact,
        "unit": term.unit if term else _YEARS if fact == "age" else None,
        "differs": len({_gist(requirements) for requirements in cells.values()}) > 1,
        **_ranked({trial: known for trial, known in extents.items() if known is not None}),
        "cells": [
            {"trial": trial, "requirements": [asks.shown() for asks in requirements]}
            for trial, requirements in cells.items()
        ],
    }


def _firm(requirements: list[Requirement]) -> list[Requirement]:
    return [requirement for requirement in requirements if not requirement.conditional]


def _gist(requirements: list[Requirement]) -> frozenset[tuple[object, ...]]:
    """What a trial asks, whatever its criteria are called and in which order they stand."""
    return frozenset(
        (asks.comparator, asks.value, asks.relative_to, asks.conditional, asks.text if asks.value is None else "")
        for asks in requirements
    )


def _ranked(extents: dict[str, Extent]) -> dict[str, list[str]]:
    """The trials within all others, and those around all others, if they are not all the same."""
    if len(set(extents.values())) < 2:
        return {"strictest": [], "loosest": []}
    everyone = extents.values()
    return {
        "strictest": [trial for trial, own in extents.items() if all(own.lies_within(other) for other in everyone)],
        "loosest": [trial for trial, own in extents.items() if all(other.lies_within(own) for other in everyone)],
    }


def _asked(record: TrialRecord, vocabulary: Vocabulary, measures: Measures) -> Iterator[Requirement]:
    of_criteria = [
        requirement
        for criterion in record.criteria
        if criterion.expression is not None
        for requirement in _Reader(criterion.key, vocabulary, measures).read(
            criterion.expression,
            wanted=criterion.kind is CriterionKind.INCLUSION,
            conditional=criterion.scope is not None,
        )
    ]
    if not any(requirement.fact == "age" for requirement in of_criteria):
        yield from _of_age(None, record.age.min_years, record.age.max_years, conditional=False)
    if record.sex is not None:
        yield Requirement("sex", None, record.sex.value)
    yield from of_criteria


def _of_age(criterion: str | None, least: int | None, most: int | None, *, conditional: bool) -> Iterator[Requirement]:
    for comparator, years in ((Comparator.GE, least), (Comparator.LE, most)):
        if years is not None:
            text = f"{_SIGNS[comparator]} {years} years"
            yield Requirement("age", criterion, text, comparator, Fraction(years), conditional=conditional)


@dataclass(frozen=True)
class _Reader:
    """Reads the requirements of one criterion."""

    criterion: str
    vocabulary: Vocabulary
    measures: Measures

    def read(self, expression: Expression, *, wanted: bool, conditional: bool) -> Iterator[Requirement]:
        """What it takes for the expression to hold, or if it is not `wanted`, not to hold."""
        match expression:
            case AllOf() | AnyOf() | AtLeast():
                alone = len(expression.of) == 1 or _asks_all(expression, wanted=wanted)
                for branch in expression.of:
                    yield from self.read(branch, wanted=wanted, conditional=conditional or not alone)
            case Not():
                yield from self.read(expression.of, wanted=not wanted, conditional=conditional)
            case OnlyIf():
                yield from self.read(expression.then, wanted=wanted, conditional=True)
            case Age():
                yield from self._age(expression, wanted=wanted, conditional=conditional)
            case Observation():
                yield from self._observation(expression, wanted=wanted, conditional=conditional)
            case _:
                return  # conditions, therapies, events and judgements have no thresholds

    def _age(self, age: Age, *, wanted: bool, conditional: bool) -> Iterator[Requirement]:
        least, most = age.min_years, age.max_years
        if wanted:
            yield from _of_age(self.criterion, least, most, conditional=conditional)
        elif least is not None and most is not None:
            yield Requirement("age", self.criterion, f"not {least} to {most} years", conditional=conditional)
        elif least is not None:
            yield from _of_age(self.criterion, None, least - 1, conditional=conditional)
        elif most is not None:
            yield from _of_age(self.criterion, most + 1, None, conditional=conditional)

    def _observation(self, observation: Observation, *, wanted: bool, conditional: bool) -> Iterator[Requirement]:
        code, threshold, finding = observation.code, observation.threshold, observation.finding
        term = self.vocabulary.observations.get(code)
        if threshold is None or term is None:
            text = f"{'' if wanted else 'not '}{finding.value if finding else 'known'}"
            yield Requirement(code, self.criterion, text, conditional=conditional)
            return
        comparator = threshold.comparator if wanted else _TURNED.get(threshold.comparator)
        sign = _SIGNS[comparator] if comparator else "≠"
        value = self.measures.in_term_unit(threshold, term)
        yield Requirement(
            fact=code,
            criterion=self.criterion,
            text=f"{sign} {self._written(threshold, term)}",
            comparator=comparator,
            value=None if isinstance(value, Fault) else value,
            relative_to=threshold.relative_to,
            conditional=conditional,
        )

    def _written(self, threshold: Threshold, term: ObservationTerm) -> str:
        """The value as the criterion has it."""
        if threshold.relative_to is not None:
            return f"{self.measures.written(threshold.value, None)} × {threshold.relative_to.value.upper()}"
        if term.kind is ObservationKind.TITRE:
            return f"1:{self.measures.written(threshold.value, None)}"
        return self.measures.written(threshold.value, threshold.unit)


def _asks_all(composite: AllOf | AnyOf | AtLeast, *, wanted: bool) -> bool:
    """Whether every branch must hold (or, if the whole is not wanted, must not hold)."""
    match composite:
        case AllOf():
            return wanted
        case AnyOf():
            return not wanted
        case AtLeast():
            return composite.n >= len(composite.of) if wanted else composite.n == 1


def _number(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)
