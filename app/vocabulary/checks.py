"""What must hold between and within the terms of the vocabulary, beyond their form."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from app.vocabulary.terms import (
    AgentClassTerm,
    AgentTerm,
    ConditionTerm,
    EventTerm,
    ObservationKind,
    ObservationTerm,
    Source,
    Term,
    TermKind,
)
from app.vocabulary.yaml_lines import Place, Problem, YamlFile

_CODE = (re.compile(r"[a-z][a-z0-9_]{0,63}"), "lower-case letters, digits and _")
_CODES = {
    TermKind.TARGET: (re.compile(r"[A-Z][A-Za-z0-9-]{0,31}"), "an antigen's symbol"),
    TermKind.COUNTRY: (re.compile(r"[A-Z]{2}"), "two capital letters (ISO 3166-1 alpha-2)"),
}
_FOREIGN = {
    "loinc": re.compile(r"\d{1,7}-\d", re.ASCII),
    "icd10": re.compile(r"[A-Z]\d\d(\.\d{1,2})?", re.ASCII),
    "icd10cm": re.compile(r"[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?", re.ASCII),
    "cvx": re.compile(r"\d{2,3}", re.ASCII),
    "atc": re.compile(r"[A-Z]\d\d[A-Z][A-Z]\d\d|[A-Z]\d\d[A-Z]{0,2}", re.ASCII),
    "rxnorm": re.compile(r"[1-9]\d{0,7}", re.ASCII),
}
_SHARED_SPELLINGS = (
    (TermKind.OBSERVATION,),
    (TermKind.CONDITION,),
    (TermKind.AGENT_CLASS, TermKind.AGENT),
    (TermKind.EVENT,),
    (TermKind.TARGET,),
    (TermKind.COUNTRY,),
)
"""Kinds within which one spelling must lead to one term."""


@dataclass(frozen=True, slots=True)
class Located:
    """A term, and where it stands."""

    term: Term
    file: YamlFile
    place: Place

    def problem(self, message: str, *within: str | int) -> Problem:
        return self.file.problem((*self.place, *within), f"{self.term.code}: {message}")


Terms = Mapping[str, Located]


def check_form(kind: TermKind, terms: Terms) -> Iterator[Problem]:
    """Codes of the right form, sources, spellings that say something new, figures that make sense, no cycle."""
    form, meaning = _CODES.get(kind, _CODE)
    for located in terms.values():
        term = located.term
        if not form.fullmatch(term.code):
            yield located.problem(f"a code is {meaning}")
        if not term.sources:
            yield located.problem("a source is missing", "sources")
        if isinstance(term, ObservationTerm):
            yield from _check_observation(located, term)
        if isinstance(term, AgentTerm):
            yield from _check_agent(located, term)
    yield from _check_cycles(terms)


def _check_observation(located: Located, term: ObservationTerm) -> Iterator[Problem]:
    plausible = term.plausible
    counted = term.kind is not ObservationKind.FINDING or term.unit is not None
    if counted and plausible is None:
        yield located.problem("a plausible range is missing")
    if not counted and plausible is not None:
        yield located.problem("a finding without a unit has no plausible range", "plausible")
    if plausible and not plausible.low < plausible.high:
        yield located.problem("the plausible range is empty", "plausible")
    if plausible and not plausible.source:
        yield located.problem("a source is missing", "plausible")
    if term.kind in {ObservationKind.SCORE, ObservationKind.TITRE} and term.unit is not None:
        yield located.problem(f"a {term.kind} has no unit", "unit")
    for name in ("molar_mass", "denominator_molar_mass"):
        mass = getattr(term, name)
        if mass is not None and mass <= 0:
            yield located.problem("a molar mass is above zero", name)
    if term.confirm_after_days < 1:
        yield located.problem("a result is confirmed after a day at the earliest", "confirm_after_days")


def _check_agent(located: Located, term: AgentTerm) -> Iterator[Problem]:
    half_life = term.half_life
    if half_life and not 0 < half_life.low_hours <= half_life.high_hours:
        yield located.problem("a half-life runs from above zero up", "half_life")
    equivalent = term.prednisone_equivalent_mg
    if equivalent is not None and equivalent <= 0:
        yield located.problem("an equivalent dose is above zero", "prednisone_equivalent_mg")


def _parents(term: Term) -> tuple[str, ...]:
    return term.parents if isinstance(term, ConditionTerm | AgentClassTerm) else ()


def _check_cycles(terms: Terms) -> Iterator[Problem]:
    try:
        TopologicalSorter({code: _parents(located.term) for code, located in terms.items()}).prepare()
    except CycleError as error:
        cycle = error.args[1]
        yield terms[cycle[0]].problem(f"is above itself: {' > '.join(cycle)}", "parents")


def check_references(by_kind: Mapping[TermKind, Terms], sources: Mapping[str, Source]) -> Iterator[Problem]:
    """Every source, parent and class that a term names is there."""
    for kind, terms in by_kind.items():
        for located in terms.values():
            term = located.term
            for at, source in _named_sources(term):
                if source not in sources:
                    yield located.problem(f"there is no source {source}", *at)
            for index, parent in enumerate(_parents(term)):
                if parent not in terms:
                    yield located.problem(f"there is no {kind.value} {parent}", "parents", index)
            for index, name in enumerate(term.classes if isinstance(term, AgentTerm) else ()):
                if name not in by_kind[TermKind.AGENT_CLASS]:
                    yield located.problem(f"there is no agent class {name}", "classes", index)
            yield from _missing_findings(located, by_kind[TermKind.OBSERVATION])


def _missing_findings(located: Located, observations: Terms) -> Iterator[Problem]:
    for at, observation in _named_findings(located.term):
        if not _can_be_found(observations.get(observation)):
            yield located.problem(f"there is no finding {observation}", *at)


def _named_findings(term: Term) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(term, ConditionTerm):
        if term.implies_finding:
            yield ("implies_finding", "observation"), term.implies_finding.observation
        for index, sign in enumerate(term.shown_by):
            yield ("shown_by", index, "observation"), sign.observation
            if sign.cleared_by:
                yield ("shown_by", index, "cleared_by"), sign.cleared_by


def _can_be_found(observation: Located | None) -> bool:
    term = observation.term if observation else None
    return isinstance(term, ObservationTerm) and term.kind is ObservationKind.FINDING


def _named_sources(term: Term) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for index, source in enumerate(term.sources):
        yield ("sources", index), source
    if isinstance(term, ObservationTerm) and term.plausible and term.plausible.source:
        yield ("plausible", "source"), term.plausible.source
    if isinstance(term, AgentTerm) and term.half_life:
        yield ("half_life", "source"), term.half_life.source
    if isinstance(term, ConditionTerm) and term.implies_finding:
        yield ("implies_finding", "source"), term.implies_finding.source
    for index, sign in enumerate(term.shown_by if isinstance(term, ConditionTerm) else ()):
        yield ("shown_by", index, "source"), sign.source
    if isinstance(term, ConditionTerm | EventTerm) and term.ends_childbearing_potential:
        yield ("ends_childbearing_potential", "source"), term.ends_childbearing_potential.source


def check_spellings(by_kind: Mapping[TermKind, Terms]) -> Iterator[Problem]:
    """One spelling (code, label or synonym, whatever its case) leads to one term."""
    for kinds in _SHARED_SPELLINGS:
        owners: dict[str, str] = {}
        for kind in kinds:
            for located in by_kind[kind].values():
                yield from _check_spellings_of(located, owners)


def _check_spellings_of(located: Located, owners: dict[str, str]) -> Iterator[Problem]:
    term = located.term
    own = {term.code.casefold(), term.label.casefold()}
    for spelling, at in ((term.code, ()), (term.label, ("label",))):
        owner = owners.setdefault(spelling.casefold(), term.code)
        if owner != term.code:
            yield located.problem(f"{spelling} already means {owner}", *at)
    for index, synonym in enumerate(term.synonyms):
        spelling = synonym.casefold()
        owner = owners.setdefault(spelling, term.code)
        if owner != term.code:
            yield located.problem(f"{synonym} already means {owner}", "synonyms", index)
        elif spelling in own:
            yield located.problem(f"{synonym} says nothing new", "synonyms", index)
        own.add(spelling)


def coding_fault(system: str, codes: tuple[str, ...]) -> str | None:
    """What is wrong with codes of another system, where its form is known."""
    form = _FOREIGN.get(system)
    for code in codes:
        if form and not form.fullmatch(code):
            return f"{code} is not a code of {system}"
        if system == "loinc" and not _loinc_check_digit_holds(code):
            return f"{code} has a wrong check digit"
    return "a code is missing" if not codes else None


def _loinc_check_digit_holds(code: str) -> bool:
    """Modulus 10 as in the LOINC Users' Guide: from the right, every other digit counts double."""
    digits, _, check = code.partition("-")
    total = 0
    for position, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if position % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return -total % 10 == int(check)
