"""How an expression reads in plain English, one line for each node; explanations and lists of criteria show it."""

from collections.abc import Iterable
from typing import assert_never

from app.eligibility.criteria import (
    Age,
    AllOf,
    AnyOf,
    AtLeast,
    ConditionIs,
    ConditionState,
    Duration,
    Event,
    EventTiming,
    Except,
    Expression,
    Judgement,
    Not,
    Observation,
    OnlyIf,
    Reproductive,
    ReproductiveState,
    SexIs,
    Span,
    Therapy,
    Threshold,
    TimeUnit,
    Undertaking,
    Which,
    Window,
)
from app.eligibility.quantities import format_number, format_quantity
from app.vocabulary.enumerations import Comparator, CriteriaSet, ReferenceLimit
from app.vocabulary.terms import ObservationKind, Term, TermKind, Vocabulary

SIGNS = {Comparator.LT: "<", Comparator.LE: "≤", Comparator.EQ: "=", Comparator.GE: "≥", Comparator.GT: ">"}
_LIMITS = {ReferenceLimit.UPPER: "ULN", ReferenceLimit.LOWER: "LLN"}
_CRITERIA_SETS = {
    CriteriaSet.EULAR_ACR_2019: "EULAR/ACR 2019",
    CriteriaSet.SLICC_2012: "SLICC 2012",
    CriteriaSet.ACR_1997: "ACR 1997",
}
_REPRODUCTIVE = {
    ReproductiveState.PREGNANT: "pregnant",
    ReproductiveState.LACTATING: "lactating",
    ReproductiveState.CHILDBEARING_POTENTIAL: "of childbearing potential",
    ReproductiveState.CONTRACEPTION: "using contraception",
}
_WHICH = {Which.LATEST: "{}", Which.ANY: "any {}", Which.ANY_ON_RECORD: "any recorded {}"}
_STATES = {ConditionState.ACTIVE: ", current", ConditionState.EVER: ", now or ever"}
_NAMES = frozenset(
    ["Behçet", "Crohn", "Evans", "Gilbert", "Graves", "Parkinson", "Pneumocystis", "Sjögren", "Takayasu"]
)


def printable(expression: Expression, vocabulary: Vocabulary) -> str:  # noqa: C901, PLR0912 - one case a kind
    """`haemoglobin ≥ 85 g/L`, `rituximab within 6 months before screening`, `at least 2 of: …`.

    A code that is not in the vocabulary stands as it is.
    """
    match expression:
        case AllOf():
            return f"all of: {_branches(expression.of, vocabulary)}"
        case AnyOf():
            return f"any of: {_branches(expression.of, vocabulary)}"
        case AtLeast():
            return f"at least {expression.n} of: {_branches(expression.of, vocabulary)}"
        case Not():
            return f"not {_branch(expression.of, vocabulary)}"
        case OnlyIf():
            return f"if {_branch(expression.condition, vocabulary)}, then {_branch(expression.then, vocabulary)}"
        case Except():
            exceptions = " or ".join(_exception(expression.of, part, vocabulary) for part in expression.unless)
            return f"{printable(expression.of, vocabulary)}, except {exceptions}"
        case Age():
            return _age(expression)
        case SexIs():
            return expression.sex.value
        case Observation():
            return _observation(expression, vocabulary)
        case ConditionIs():
            return _condition(expression, vocabulary)
        case Therapy():
            return _therapy(expression, vocabulary)
        case Event():
            return _event(expression, vocabulary)
        case Reproductive():
            return _REPRODUCTIVE[expression.state]
        case Judgement() | Undertaking():
            return expression.text
    assert_never(expression)


def label_of(vocabulary: Vocabulary, kind: TermKind, code: str) -> str:
    """A term's label as it stands within a sentence; the code itself if it is not known."""
    term: Term | None = vocabulary.terms(kind).get(code)
    if term is None:
        return code
    first, _, rest = term.label.partition(" ")
    if first in _NAMES or not first[1:2].isalpha() or first[1:] != first[1:].lower():
        return term.label
    return f"{first.lower()} {rest}".rstrip()


def _branches(branches: Iterable[Expression], vocabulary: Vocabulary) -> str:
    return "; ".join(_branch(branch, vocabulary) for branch in branches)


def _branch(expression: Expression, vocabulary: Vocabulary) -> str:
    text = printable(expression, vocabulary)
    return f"({text})" if isinstance(expression, AllOf | AnyOf | AtLeast | OnlyIf | Not | Except) else text


def _exception(of: ConditionIs | Therapy | Event, part: ConditionIs | Therapy | Event, vocabulary: Vocabulary) -> str:
    """An exception, without repeating that both are current, or now or ever."""
    text = printable(part, vocabulary)
    if isinstance(of, ConditionIs) and isinstance(part, ConditionIs) and of.state is part.state:
        return text.removesuffix(_STATES[part.state])
    return text


def _age(age: Age) -> str:
    if age.min_years is None:
        return f"age at most {age.max_years} years"
    return f"age at least {age.min_years} years" if age.max_years is None else f"age {age.min_years} to {age.max_years}"


def _observation(observation: Observation, vocabulary: Vocabulary) -> str:
    label = label_of(vocabulary, TermKind.OBSERVATION, observation.code)
    parts = [_WHICH[observation.which].format(label)]
    term = vocabulary.observations.get(observation.code)
    titre = term is not None and term.kind is ObservationKind.TITRE
    threshold = observation.threshold
    parts.append(threshold_text(threshold, titre=titre) if threshold else str(observation.finding))
    if observation.room_air is not None:
        parts.append("on room air" if observation.room_air else "with oxygen")
    return _joined(*parts, _window(observation.window, ever=observation.which is not Which.LATEST))


def threshold_text(threshold: Threshold, *, titre: bool = False) -> str:
    """`≥ 85 g/L`, `≤ 2 × ULN`, `≥ 1:80`."""
    sign = SIGNS[threshold.comparator]
    if threshold.relative_to is not None:
        return f"{sign} {format_number(threshold.value)} × {_LIMITS[threshold.relative_to]}"
    return f"{sign} {'1:' if titre else ''}{format_quantity(threshold.value, threshold.unit)}"


def _condition(condition: ConditionIs, vocabulary: Vocabulary) -> str:
    text = label_of(vocabulary, TermKind.CONDITION, condition.code)
    if condition.other_than:
        text += f" other than {_any(vocabulary, TermKind.CONDITION, condition.other_than)}"
    properties = [_or(condition.severity), _or(condition.status)]
    if condition.criteria_set is not None:
        properties.append(f"by {_CRITERIA_SETS[condition.criteria_set]}")
    if condition.adequately_treated is not None:
        properties.append("adequately treated" if condition.adequately_treated else "not adequately treated")
    if condition.systemic_therapy is not None:
        properties.append("on systemic therapy" if condition.systemic_therapy else "without systemic therapy")
    stated = ", ".join(filter(None, properties))
    if stated:
        text += f" ({stated})"
    if condition.window is not None:
        return _joined(text, _window(condition.window, ever=True))
    return text + _STATES[condition.state]


def _therapy(therapy: Therapy, vocabulary: Vocabulary) -> str:
    names = [label_of(vocabulary, TermKind.AGENT, code) for code in therapy.agents]
    names += [label_of(vocabulary, TermKind.AGENT_CLASS, code) for code in therapy.classes]
    text = f"at least {therapy.min_distinct} of {_listed(names)}" if therapy.min_distinct > 1 else _listed(names)
    if therapy.except_agents:
        text += f" (except {_any(vocabulary, TermKind.AGENT, therapy.except_agents)})"
    parts = [f"ongoing {text}" if therapy.ongoing else f"{text}, ended" if therapy.ongoing is False else text]
    if therapy.dose is not None:
        parts.append(f"at {SIGNS[therapy.dose.comparator]} {format_quantity(therapy.dose.value, therapy.dose.unit)}")
        parts.append("of prednisone or equivalent" if therapy.dose.prednisone_equivalent else "")
    if therapy.duration is not None:
        parts.append(f"for {SIGNS[therapy.duration.comparator]} {span_text(therapy.duration)}")
        parts.append("each" if therapy.min_distinct > 1 else "")
    if therapy.response:
        parts.append(f"with response {_or(therapy.response)}")
    return _joined(*parts, _window(therapy.window, ever=therapy.ongoing is None))


def _event(event: Event, vocabulary: Vocabulary) -> str:
    names = _any(vocabulary, TermKind.EVENT, event.codes)
    match event.timing:
        case EventTiming.PLANNED:
            return _joined(f"planned {names}", _window(event.window, ever=False))
        case EventTiming.PAST_OR_PLANNED:
            return _joined(names, _window(event.window, ever=True), "or planned")
        case EventTiming.PAST:
            return _joined(names, _window(event.window, ever=True))


def _window(window: Window | None, *, ever: bool) -> str:
    if window is None or (window.within is None and window.before is None):
        return "ever" if ever else ""
    anchor = f"before {window.before}" if window.before else ""
    return _joined(f"within {span_text(window.within)}" if window.within else "at any time", anchor)


def span_text(span: Span | Duration) -> str:
    """`6 months`, `1 day`, `5 half-lives`."""
    unit = "half-lives" if span.unit is TimeUnit.HALF_LIVES else span.unit.value
    if span.value == 1:
        unit = "half-life" if span.unit is TimeUnit.HALF_LIVES else unit.removesuffix("s")
    return f"{format_number(span.value)} {unit}"


def _any(vocabulary: Vocabulary, kind: TermKind, codes: Iterable[str]) -> str:
    return _listed([label_of(vocabulary, kind, code) for code in codes])


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _or(words: Iterable[str]) -> str:
    return " or ".join(str(word).replace("_", " ") for word in words)


def _joined(*parts: str) -> str:
    return " ".join(filter(None, parts))
