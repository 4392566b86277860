"""Whether a criterion could fail, where some of its leaves may turn out in several ways.

It fails in some way if it does with each of them at its worst, since a better leaf never makes the whole worse. So one
look tells, where `possible_outcomes` tries all that can come together.
"""

from collections.abc import Callable
from collections.abc import Set as AbstractSet

from app.eligibility.composites import Standing, combined, mirrored, only_where
from app.eligibility.criterion import outcome_of
from app.eligibility.evaluate import Plan
from app.eligibility.findings import Finding
from app.eligibility.looks import Look
from app.eligibility.verdicts import Verdict, negated
from app.matching.learning.possible import Standings, possible_outcomes
from app.vocabulary.enumerations import Outcome

TouchedLeaf = Callable[[Plan, Finding], Standings]
"""How a leaf could stand; it applies in all of these ways."""


def could_fail(plan: Plan, found: Finding, looks: AbstractSet[Look], leaf: TouchedLeaf, favourable: Verdict) -> bool:
    """Whether a criterion could, where what looks at any of `looks` may stand as `leaf` says, and the rest as found."""
    worst = _at_worst(plan, found, looks, leaf, favourable)
    if worst is not None:
        return outcome_of(worst, favourable) is Outcome.FAILS

    def either_way(plan: Plan, found: Finding) -> Standings | None:
        return None if plan.looks_at.isdisjoint(looks) else leaf(plan, found)

    return Outcome.FAILS in possible_outcomes(plan, found, either_way, favourable)


def _at_worst(
    plan: Plan, found: Finding, looks: AbstractSet[Look], leaf: TouchedLeaf, favourable: Verdict
) -> Standing | None:
    """The standing of a node that favours the criterion least; None where it may be another of whom it is asked."""
    if plan.looks_at.isdisjoint(looks):
        return found.verdict, found.applicable
    if plan.leaf is not None:
        possible = leaf(plan, found)
        return min(possible) if favourable is Verdict.YES else max(possible)
    if plan.kind == "only_if" and not plan.parts[0].looks_at.isdisjoint(looks):
        return None
    towards = negated(favourable) if plan.kind == "not" else favourable
    parts: list[Standing] = []
    for part, was in zip(plan.parts, found.parts, strict=True):
        worst = _at_worst(part, was, looks, leaf, towards)
        if worst is None:
            return None
        parts.append(worst)
    match plan.kind:
        case "not":
            return mirrored(parts[0])
        case "only_if":
            return only_where(parts[0], parts[1])
        case _:
            return combined(plan.needed or 1, parts)
