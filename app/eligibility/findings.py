"""What the evaluator answers: plain frozen values that explain themselves. No patient, trial or HTTP types here.

The tree of `Finding`s alone reproduces every outcome: each node holds its own verdict and all of its parts.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import Incompleteness, Outcome, Reason, TrialVerdict


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a derived fact was computed."""

    formula: str
    source: str
    inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A fact of the patient's that a leaf used."""

    fact: str
    value: str
    unit: str | None = None
    date: str | None = None
    converted: str | None = None
    derivation: Derivation | None = None


@dataclass(frozen=True, slots=True)
class Margin:
    """How far a value lies from its threshold; negative where it falls short. `text`: `6.1 g/dL, 1.9 short`."""

    value: Decimal
    unit: str | None
    text: str


@dataclass(frozen=True, slots=True)
class MissingFact:
    """A fact that would help to decide: its code, what kind of fact it is, and why it is not enough as it stands."""

    fact: str
    kind: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Finding:
    """How one node of an expression stands.

    `applicable`: True, False, or None where that is itself unknown; a node that is not applicable has verdict UNKNOWN.
    `changes_on`: the days after the as-of date on which time alone may change the verdict.
    `stale_from`: the first day on which a result that was used here is too old.
    """

    kind: str
    verdict: Verdict
    applicable: bool | None = True
    text: str = ""
    reasons: tuple[Reason, ...] = ()
    missing: tuple[MissingFact, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    margin: Margin | None = None
    changes_on: frozenset[date] = frozenset()
    stale_from: date | None = None
    parts: tuple["Finding", ...] = ()


@dataclass(frozen=True, slots=True)
class CriterionFinding:
    """How one criterion stands: the outcome, free of inclusion or exclusion, and the tree that shows why.

    `to_confirm`: the outcome is unknown, and only an unanswered judgement or undertaking makes it so.
    """

    key: str
    outcome: Outcome
    to_confirm: bool
    reasons: tuple[Reason, ...]
    finding: Finding | None
    lapses_on: date | None = None
    expires_on: date | None = None
    permanent: bool | None = None
    answered: bool = False


@dataclass(frozen=True, slots=True)
class TrialFinding:
    """How one trial stands for one patient."""

    verdict: TrialVerdict
    criteria: tuple[CriterionFinding, ...]
    incomplete: tuple[Incompleteness, ...] = ()
    eligible_from: date | None = None
    eligible_until: date | None = None
    evidence_until: date | None = None
    stale_results: tuple[str, ...] = field(default=())
