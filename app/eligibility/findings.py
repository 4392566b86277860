"""What the evaluator answers: plain frozen values that explain themselves. No patient, trial or HTTP types here.

The tree of `Finding`s alone reproduces every outcome: each node holds its own verdict and all of its parts. A match
makes hundreds of nodes, so they and what they hold are named tuples: those are made in a third of the time.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import Incompleteness, Outcome, Reason, TrialVerdict


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a derived fact was computed."""

    formula: str
    source: str
    inputs: tuple[str, ...]


class Evidence(NamedTuple):
    """A fact of the patient's that a leaf used."""

    fact: str
    value: str
    unit: str | None = None
    date: str | None = None
    converted: str | None = None
    derivation: Derivation | None = None


class Margin(NamedTuple):
    """How far a value lies from its threshold; negative where it falls short. `text`: `6.1 g/dL, 1.9 short`."""

    value: Decimal
    unit: str | None
    text: str


class MissingFact(NamedTuple):
    """A fact that would help to decide: its code, what kind of fact it is, and why it is not enough as it stands."""

    fact: str
    kind: str
    reason: Reason


class Finding(NamedTuple):
    """How one node of an expression stands.

    `applicable`: True, False, or None where that is itself unknown; a node that is not applicable has verdict UNKNOWN.
    `changes_on`: the days after the as-of date on which time alone may change the verdict.
    `stale_from`: the first day on which a result that was used here is too old.
    `needed`: how many branches of an `at_least` must hold.
    `between`: the lowest and the highest verdict that the days which a partial date can mean allow; None where every
    such day gives the same.
    `fixed`: neither time nor a new measurement can change the verdict.
    `note`: what else a reader must know, such as that a date is only partly known.
    `old_results`: results used here that are old enough to be confirmed, where the criterion itself states no age.
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
    needed: int | None = None
    between: tuple[Verdict, Verdict] | None = None
    fixed: bool = False
    note: str = ""
    old_results: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CriterionFinding:
    """How one criterion stands: the outcome, free of inclusion or exclusion, and the tree that shows why.

    `to_confirm`: the outcome is unknown, and only an unanswered judgement or undertaking makes it so.
    `lapses_on`: of a failure, the first day on which time alone has ended it; partial dates give the latest such day.
    `expires_on`: of a pass, the first day on which it may no longer hold: it fails, or its evidence is too old.
    `permanent`: whether facts that can no longer change (a history, an age above the limit, sex) alone give this
    outcome; None where there is no outcome.
    `answered`: a person's answer decided it. `old_results`: as of `Finding`.
    `everybodys`: nothing on record concerns it, so that it stands so for everybody whose record is as silent.
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
    old_results: tuple[str, ...] = ()
    everybodys: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class GroupFinding:
    """How the patient fits one arm or dose level; None where the criteria do not tell arms or levels apart."""

    arm: str | None
    level: int | None
    verdict: TrialVerdict
    failing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrialFinding:
    """How one trial stands for one patient.

    `groups`: who fits where; one entry unless criteria are scoped to arms or levels. The verdict is the best of them.
    `diseases`: for each condition of the trial, whether the patient has it.
    `stale_results`: observations used whose result is old, where the criterion itself states no age.
    `everybodys`: as of `CriterionFinding`, on that day.
    """

    verdict: TrialVerdict
    criteria: tuple[CriterionFinding, ...]
    incomplete: tuple[Incompleteness, ...] = ()
    eligible_from: date | None = None
    eligible_until: date | None = None
    evidence_until: date | None = None
    stale_results: tuple[str, ...] = ()
    groups: tuple[GroupFinding, ...] = ()
    diseases: tuple[tuple[str, Verdict], ...] = ()
    everybodys: bool = field(default=False, compare=False)
