"""Whether a criterion could fail, where some of its leaves may turn out in several ways.

It fails in some way if it does with every leaf at its worst, since a better leaf never makes the whole worse. So one
look tells, where `possible_outcomes` tries all that can come together.
"""

from app.eligibility.composites import Standing, combined, mirrored, only_where
from app.eligibility.criterion import outcome_of
from app.eligibility.evaluate import Plan
from app.eligibility.findings import Finding
from app.eligibility.verdicts import Verdict, negated
from app.matching.learning.possible import LeafStandings, possible_outcomes, possible_standings
from app.vocabulary.enumerations import Outcome


def could_fail(plan: Plan, found: Finding, leaf: LeafStandings, favourable: Verdict) -> bool:
    """Whether `possible_outcomes` has `FAILS`. Leaves that may turn out in several ways apply in all of them."""
    worst = _at_worst(plan, found, leaf, favourable)
    if worst is None:
        return Outcome.FAILS in possible_outcomes(plan, found, leaf, favourable)
    return outcome_of(worst, favourable) is Outcome.FAILS


def _at_worst(plan: Plan, found: Finding, leaf: LeafStandings, favourable: Verdict) -> Standing | None:
    """The standing of a node that favours the criterion least; None where it is open whom the node is asked of."""
    if plan.leaf is not None:
        possible = leaf(plan, found)
        if possible is None:
            return found.verdict, found.applicable
        return min(possible) if favourable is Verdict.YES else max(possible)
    if plan.kind == "only_if":
        condition, *others = possible_standings(plan.parts[0], found.parts[0], leaf)
        then = _at_worst(plan.parts[1], found.parts[1], leaf, favourable)
        return None if then is None or others else only_where(condition, then)
    towards = negated(favourable) if plan.kind == "not" else favourable
    parts = [_at_worst(part, was, leaf, towards) for part, was in zip(plan.parts, found.parts, strict=True)]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return mirrored(known[0]) if plan.kind == "not" else combined(plan.needed or 1, known)
