"""The coded terms of `seed/vocabulary`, as frozen values, and the look-ups that everything shares."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.vocabulary.numbers import Number


class TermKind(StrEnum):
    OBSERVATION = "observation"
    CONDITION = "condition"
    AGENT = "agent"
    AGENT_CLASS = "agent_class"
    EVENT = "event"
    TARGET = "target"
    COUNTRY = "country"


class ObservationKind(StrEnum):
    QUANTITY = "quantity"
    SCORE = "score"
    TITRE = "titre"
    FINDING = "finding"


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


class Source(Frozen):
    """Where a fact of the vocabulary comes from; terms refer to it by key."""

    key: str
    title: str
    citation: str
    url: str | None = None


class Term(Frozen):
    code: str
    label: str
    definition: str | None = None
    synonyms: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    codings: Mapping[str, tuple[str, ...]] = Field(
        default_factory=dict, description="Codes in other systems, by system: loinc, icd10, atc, rxnorm."
    )


class PlausibleRange(Frozen):
    """Values outside, both ends included, are refused as mistakes; in the term's own unit."""

    low: Number
    high: Number
    source: str | None = None


class ObservationTerm(Term):
    kind: ObservationKind
    unit: str | None = Field(
        default=None,
        description="UCUM; the unit answers are given in. None where values are pure numbers, or words.",
    )
    other_units: tuple[str, ...] = Field(
        default=(), description="Also understood, but no figure converts them into the unit: copies of a virus."
    )
    plausible: PlausibleRange | None = None
    limit_may_be_zero: bool = Field(
        default=False, description="Whether a laboratory's upper limit can be none at all, as of a virus in the blood."
    )
    whole_number: bool = Field(default=False, description="Whether a value between two whole numbers is a mistake.")
    molar_mass: Number | None = Field(default=None, description="g/mol, for conversion between mass and substance.")
    denominator_molar_mass: Number | None = Field(
        default=None, description="g/mol of what a ratio divides by (creatinine in mg/mmol): the same for that part."
    )
    confirm_after_days: int = Field(default=28, description="Age from which a result is listed for confirmation.")


class ImpliedFinding(Frozen):
    """What a condition makes of a test for good: whoever has it, or ever had it, would be found so."""

    observation: str
    finding: Literal["positive", "negative"]
    source: str


class Sign(Frozen):
    """A result of a test that speaks for a condition: any of these findings, or an amount without a known limit."""

    observation: str
    findings: tuple[Literal["positive", "high"], ...] = Field(min_length=1)
    cleared_by: str | None = Field(
        default=None,
        description="Another test that lifts this, surely negative and no more than its `confirm_after_days` older.",
    )
    source: str


class ChildbearingEnd(Frozen):
    """That nobody can become pregnant with it, or so many calendar months after it."""

    after_months: int = Field(default=0, ge=0)
    source: str


class ConditionTerm(Term):
    parents: tuple[str, ...] = ()
    unspecific: bool = Field(
        default=False,
        description="A group that leaves the kind open: who has it may have any of its kinds, even on a complete list.",
    )
    implies_finding: ImpliedFinding | None = None
    shown_by: tuple[Sign, ...] = Field(
        default=(),
        description="Results each of which speaks for it: then a complete list without it leaves it open.",
    )
    ends_childbearing_potential: ChildbearingEnd | None = None


class AgentClassTerm(Term):
    parents: tuple[str, ...] = ()


class HalfLife(Frozen):
    """Published range in hours for the agent's form; the longest one counts."""

    low_hours: Number
    high_hours: Number
    form: str
    source: str


class AgentTerm(Term):
    classes: tuple[str, ...] = ()
    half_life: HalfLife | None = None
    prednisone_equivalent_mg: Number | None = Field(
        default=None, description="mg of this agent that equal 5 mg of prednisone."
    )


class EventTerm(Term):
    ends_childbearing_potential: ChildbearingEnd | None = None


class TargetTerm(Term):
    pass


class CountryTerm(Term):
    pass


class CodeSystem(Frozen):
    """A system that terms are coded in, with the notice that its terms of use ask for."""

    system: str
    title: str
    version: str | None = None
    url: str | None = None
    notice: str
    without_term: tuple[str, ...] = Field(
        default=(), description="Codes that are known to mean none of our terms, as that of a vaccine that is not live."
    )


class Vocabulary(Frozen):
    """All terms, each kind by its code. Built once at start and handed on; never a module global."""

    observations: Mapping[str, ObservationTerm]
    conditions: Mapping[str, ConditionTerm]
    agents: Mapping[str, AgentTerm]
    agent_classes: Mapping[str, AgentClassTerm]
    events: Mapping[str, EventTerm]
    targets: Mapping[str, TargetTerm]
    countries: Mapping[str, CountryTerm]
    sources: Mapping[str, Source]
    code_systems: Mapping[str, CodeSystem] = Field(default_factory=dict)

    def __repr__(self) -> str:
        """Short: tests that fail print what they were given."""
        return f"Vocabulary({len(self.conditions)} conditions, {len(self.observations)} observations, …)"

    def terms(self, kind: TermKind) -> Mapping[str, Term]:
        """The terms of one kind, by code."""
        match kind:
            case TermKind.OBSERVATION:
                return self.observations
            case TermKind.CONDITION:
                return self.conditions
            case TermKind.AGENT:
                return self.agents
            case TermKind.AGENT_CLASS:
                return self.agent_classes
            case TermKind.EVENT:
                return self.events
            case TermKind.TARGET:
                return self.targets
            case TermKind.COUNTRY:
                return self.countries

    def nearest(self, kind: TermKind, code: str) -> tuple[str, ...]:
        """Up to three known codes that look like an unknown one, best first; synonyms lead to their code."""
        spellings = self._spellings[kind]
        found = get_close_matches(code.casefold(), spellings, n=8, cutoff=0.6)
        return tuple(dict.fromkeys(spellings[spelling] for spelling in found))[:3]

    def named(self, kind: TermKind, name: str) -> str | None:
        """The code of the term that is called just so: by its code, its label or a synonym, in any case."""
        spellings, spelling = self._spellings[kind], name.casefold()
        return spellings.get(spelling) or spellings.get(spelling.replace("_", " "))

    @cached_property
    def _spellings(self) -> Mapping[TermKind, Mapping[str, str]]:
        """For each kind: code, label and synonyms of every term, with the code each leads to."""
        found: dict[TermKind, dict[str, str]] = {kind: {} for kind in TermKind}
        for kind, spellings in found.items():
            for term in self.terms(kind).values():
                for spelling in (term.code, term.label, *term.synonyms):
                    spellings.setdefault(spelling.casefold(), term.code)
        return found

    @cached_property
    def _condition_ancestors(self) -> Mapping[str, frozenset[str]]:
        return _ancestors({code: term.parents for code, term in self.conditions.items()})

    @cached_property
    def _condition_groups(self) -> Mapping[str, frozenset[str]]:
        groups = {code for code, term in self.conditions.items() if term.unspecific}
        found = _ancestors({code: groups.intersection(term.parents) for code, term in self.conditions.items()})
        return {code: above - {code} for code, above in found.items()}

    @cached_property
    def signs(self) -> Mapping[str, tuple[Sign, ...]]:
        """By condition, the results that show it; of those that have any."""
        return {code: term.shown_by for code, term in self.conditions.items() if term.shown_by}

    @cached_property
    def implied_findings(self) -> Mapping[str, ImpliedFinding]:
        """By condition, what its test surely finds; of those that have one."""
        implying = ((code, term.implies_finding) for code, term in self.conditions.items())
        return {code: means for code, means in implying if means is not None}

    def condition_groups(self, code: str) -> frozenset[str]:
        """The conditions above it that leave open whether they are this very one."""
        return self._condition_groups[code]

    @cached_property
    def _class_ancestors(self) -> Mapping[str, frozenset[str]]:
        return _ancestors({code: term.parents for code, term in self.agent_classes.items()})

    def condition_ancestors(self, code: str) -> frozenset[str]:
        """The code itself and every condition that it implies."""
        return self._condition_ancestors[code]

    @cached_property
    def _condition_descendants(self) -> Mapping[str, frozenset[str]]:
        below: dict[str, set[str]] = {code: set() for code in self.conditions}
        for code in self.conditions:
            for ancestor in self.condition_ancestors(code):
                below[ancestor].add(code)
        return {code: frozenset(codes) for code, codes in below.items()}

    def condition_descendants(self, code: str) -> frozenset[str]:
        """The code itself and every condition that implies it."""
        return self._condition_descendants[code]

    @cached_property
    def _agent_classes(self) -> Mapping[str, frozenset[str]]:
        return {
            code: frozenset().union(*(self._class_ancestors[name] for name in term.classes))
            for code, term in self.agents.items()
        }

    def classes_of(self, agent: str) -> frozenset[str]:
        """Every class that an agent belongs to, parents of its classes included."""
        return self._agent_classes[agent]


def _ancestors(parents: Mapping[str, Iterable[str]]) -> dict[str, frozenset[str]]:
    """For each code, itself and everything above it. The graph has no cycle: the loader has checked."""
    known: dict[str, frozenset[str]] = {}

    def above(code: str) -> frozenset[str]:
        if code not in known:
            known[code] = frozenset({code}).union(*(above(parent) for parent in parents[code]))
        return known[code]

    for code in parents:
        above(code)
    return known
