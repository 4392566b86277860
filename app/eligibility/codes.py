"""Whether an expression makes sense in a vocabulary: known codes, units that convert, tests that can be met."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import assert_never

from app.eligibility.criteria import (
    Age,
    AllOf,
    AnyOf,
    AtLeast,
    ConditionIs,
    Dose,
    Event,
    Except,
    Expression,
    Finding,
    Judgement,
    Not,
    Observation,
    OnlyIf,
    Reproductive,
    SexIs,
    Span,
    Therapy,
    Threshold,
    TimeUnit,
    Undertaking,
    Window,
)
from app.eligibility.dates import days_in, months_of
from app.eligibility.quantities import threshold_in_term_unit
from app.eligibility.report import MOST_FAULTS, readable
from app.eligibility.units import UnknownUnit, parse_unit
from app.eligibility.wording import printable
from app.vocabulary.faults import Fault
from app.vocabulary.terms import ObservationKind, ObservationTerm, TermKind, Vocabulary
from app.vocabulary.unknown import unknown_code

__all__ = ["check_expression", "printable"]

_FINDINGS_OF = {
    ObservationKind.QUANTITY: frozenset({Finding.LOW, Finding.NORMAL, Finding.HIGH, Finding.ABNORMAL}),
    ObservationKind.FINDING: frozenset(Finding) - {Finding.LOW},
    ObservationKind.TITRE: frozenset({Finding.POSITIVE, Finding.NEGATIVE}),
    ObservationKind.SCORE: frozenset[Finding](),
}
_DOSE_RATES = frozenset({"g/s", "g/g.s"})


def check_expression(expression: Expression, vocabulary: Vocabulary, pointer: str = "") -> list[Fault]:
    """Everything wrong with an expression (at most 200 faults), each with a JSON Pointer that begins with `pointer`."""
    return list(islice(_faults(expression, vocabulary, pointer), MOST_FAULTS))


def _faults(  # noqa: C901, PLR0912 - one case a kind
    expression: Expression, vocabulary: Vocabulary, pointer: str
) -> Iterator[Fault]:
    match expression:
        case AllOf() | AnyOf() | AtLeast():
            if isinstance(expression, AtLeast) and expression.n > len(expression.of):
                yield _never(f"{pointer}/n", "there are fewer branches than that")
            for index, branch in enumerate(expression.of):
                yield from _faults(branch, vocabulary, f"{pointer}/of/{index}")
        case Not():
            yield from _faults(expression.of, vocabulary, f"{pointer}/of")
        case OnlyIf():
            yield from _faults(expression.condition, vocabulary, f"{pointer}/condition")
            yield from _faults(expression.then, vocabulary, f"{pointer}/then")
        case Except():
            yield from _of_except(expression, vocabulary, pointer)
        case Age():
            yield from _of_age(expression, pointer)
        case Observation():
            yield from _of_observation(expression, vocabulary, pointer)
        case ConditionIs():
            yield from _of_condition(expression, vocabulary, pointer)
        case Therapy():
            yield from _of_therapy(expression, vocabulary, pointer)
        case Event():
            yield from _unknown(expression.codes, vocabulary, TermKind.EVENT, f"{pointer}/codes")
            yield from _of_window(expression.window, f"{pointer}/window")
        case SexIs() | Reproductive():
            pass
        case Judgement() | Undertaking():
            if not expression.text.strip():
                yield Fault("empty", "it says nothing", "say what is to be judged or promised", f"{pointer}/text")
        case _:
            assert_never(expression)


def _of_age(age: Age, pointer: str) -> Iterator[Fault]:
    if age.min_years is None and age.max_years is None:
        yield Fault("empty", "it asks for no age", "give min_years, max_years or both", pointer)
    elif age.min_years is not None and age.max_years is not None and age.min_years > age.max_years:
        yield _never(f"{pointer}/max_years", "it lies below min_years")


def _of_observation(observation: Observation, vocabulary: Vocabulary, pointer: str) -> Iterator[Fault]:
    yield from _of_window(observation.window, f"{pointer}/window")
    term = vocabulary.observations.get(observation.code)
    if term is None:
        yield from _unknown_one(observation.code, vocabulary, TermKind.OBSERVATION, f"{pointer}/code")
    elif observation.finding is not None:
        usable = _FINDINGS_OF[term.kind]
        if observation.finding not in usable:
            remedy = f"use {' or '.join(sorted(usable))}" if usable else "use a threshold"
            yield Fault("test_form", "this observation is never found so", remedy, f"{pointer}/finding")
    elif observation.threshold is not None:
        yield from _of_threshold(observation.threshold, term, f"{pointer}/threshold")


def _of_threshold(threshold: Threshold, term: ObservationTerm, pointer: str) -> Iterator[Fault]:
    if term.kind is ObservationKind.FINDING and term.unit is None:
        yield Fault("test_form", "this observation has no values to compare", "use a finding", pointer)
    elif not readable(threshold.value):
        yield Fault("implausible", "the value lies outside what is possible", "check the value", f"{pointer}/value")
    elif threshold.relative_to is not None:
        if term.kind is not ObservationKind.QUANTITY and term.unit is None:
            yield Fault("test_form", "this observation has no limits", "give a value", f"{pointer}/relative_to")
        if threshold.value <= 0:
            yield Fault("implausible", "a multiple is above zero", "check the value", f"{pointer}/value")
    else:
        converted = threshold_in_term_unit(threshold, term)
        if isinstance(converted, Fault):
            yield replace(converted, pointer=f"{pointer}{converted.pointer}")


def _of_condition(condition: ConditionIs, vocabulary: Vocabulary, pointer: str) -> Iterator[Fault]:
    yield from _of_window(condition.window, f"{pointer}/window")
    yield from _unknown(condition.other_than, vocabulary, TermKind.CONDITION, f"{pointer}/other_than")
    if condition.code not in vocabulary.conditions:
        yield from _unknown_one(condition.code, vocabulary, TermKind.CONDITION, f"{pointer}/code")
        return
    below = vocabulary.condition_descendants(condition.code) - {condition.code}
    for index, code in enumerate(condition.other_than):
        if code in vocabulary.conditions and code not in below:
            remedy = "name conditions below the code only"
            yield Fault("not_below", "leaving it out changes nothing, or all", remedy, f"{pointer}/other_than/{index}")


def _of_therapy(therapy: Therapy, vocabulary: Vocabulary, pointer: str) -> Iterator[Fault]:
    yield from _unknown(therapy.agents, vocabulary, TermKind.AGENT, f"{pointer}/agents")
    yield from _unknown(therapy.classes, vocabulary, TermKind.AGENT_CLASS, f"{pointer}/classes")
    yield from _unknown(therapy.except_agents, vocabulary, TermKind.AGENT, f"{pointer}/except_agents")
    for index, agent in enumerate(therapy.except_agents):
        if agent in vocabulary.agents and vocabulary.classes_of(agent).isdisjoint(therapy.classes):
            remedy = "name agents of the listed classes only"
            yield Fault("not_below", "leaving it out changes nothing", remedy, f"{pointer}/except_agents/{index}")
    matching = set(therapy.agents) - set(therapy.except_agents)
    matching |= {
        agent
        for agent in vocabulary.agents
        if not vocabulary.classes_of(agent).isdisjoint(therapy.classes) and agent not in therapy.except_agents
    }
    all_known = (
        set(therapy.agents) <= vocabulary.agents.keys() and set(therapy.classes) <= vocabulary.agent_classes.keys()
    )
    if all_known and len(matching) < therapy.min_distinct:
        yield _never(f"{pointer}/min_distinct", "there are fewer agents than that")
    if therapy.dose is not None:
        yield from _of_dose(therapy.dose, f"{pointer}/dose")
    if therapy.duration is not None:
        span = Span(value=therapy.duration.value, unit=therapy.duration.unit)
        yield from _of_span(span, f"{pointer}/duration")
    yield from _of_window(therapy.window, f"{pointer}/window", half_lives=True)


def _of_dose(dose: Dose, pointer: str) -> Iterator[Fault]:
    try:
        unit = parse_unit(dose.unit)
    except UnknownUnit as unknown:
        detail, remedy = "the unit is not understood", "give a dose rate, such as mg/d or mg/kg/d"
        yield Fault("unit_unknown", detail, remedy, f"{pointer}/unit", nearest=unknown.nearest)
        return
    if unit.dimension not in _DOSE_RATES:
        detail, remedy = "the unit is none of a dose rate", "give a dose rate, such as mg/d or mg/kg/d"
        yield Fault("unit_inconvertible", detail, remedy, f"{pointer}/unit")
    if dose.value < 0 or not readable(dose.value):
        yield Fault("implausible", "the value lies outside what is possible", "check the value", f"{pointer}/value")


def _of_except(node: Except, vocabulary: Vocabulary, pointer: str) -> Iterator[Fault]:
    yield from _faults(node.of, vocabulary, f"{pointer}/of")
    for index, exception in enumerate(node.unless):
        place = f"{pointer}/unless/{index}"
        yield from _faults(exception, vocabulary, place)
        if not _can_meet(node.of, exception, vocabulary):
            yield Fault("not_below", "the exception takes nothing away", "except a part of what is asked for", place)


def _can_meet(
    of: ConditionIs | Therapy | Event, exception: ConditionIs | Therapy | Event, vocabulary: Vocabulary
) -> bool:
    """Whether one instance can meet both; true where that cannot be told."""
    match of, exception:
        case ConditionIs(), ConditionIs():
            if of.code not in vocabulary.conditions or exception.code not in vocabulary.conditions:
                return True
            below = vocabulary.condition_descendants(of.code)
            return not below.isdisjoint(vocabulary.condition_descendants(exception.code))
        case Event(), Event():
            return not set(of.codes).isdisjoint(exception.codes)
        case _:
            return True


def _of_window(window: Window | None, pointer: str, *, half_lives: bool = False) -> Iterator[Fault]:
    if window is not None and window.within is not None:
        yield from _of_span(window.within, f"{pointer}/within", half_lives=half_lives)


def _of_span(span: Span, pointer: str, *, half_lives: bool = False) -> Iterator[Fault]:
    if span.unit is TimeUnit.HALF_LIVES:
        if not half_lives:
            yield Fault("span_unit", "only a therapy's window has half-lives", "use another unit", f"{pointer}/unit")
        return
    try:
        months_of(span)
        days_in(span)
    except ValueError:
        remedy = "use a smaller unit"
        yield Fault("span_value", "it is no whole number of days or months", remedy, f"{pointer}/value")


def _unknown(codes: Iterable[str], vocabulary: Vocabulary, kind: TermKind, pointer: str) -> Iterator[Fault]:
    for index, code in enumerate(codes):
        yield from _unknown_one(code, vocabulary, kind, f"{pointer}/{index}")


def _unknown_one(code: str, vocabulary: Vocabulary, kind: TermKind, pointer: str) -> Iterator[Fault]:
    if code not in vocabulary.terms(kind):
        yield unknown_code(vocabulary, kind, code, pointer)


def _never(pointer: str, detail: str) -> Fault:
    return Fault("never_met", detail, "ask for what can be", pointer)
