"""How a criterion could stand, where some of its leaves may turn out in several ways.

Each leaf is taken by itself, so that what two leaves cannot be at once is counted as possible: nothing is overlooked,
and something that never happens may be said.
"""

from collections.abc import Callable, Iterable, Sequence

from app.eligibility.composites import DROPPED, Standing, combined, mirrored, only_where
from app.eligibility.criterion import outcome_of
from app.eligibility.evaluate import Plan
from app.eligibility.findings import Finding
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import Outcome

Standings = frozenset[Standing]
LeafStandings = Callable[[Plan, Finding], Standings | None]
"""How a leaf that was found so could stand; None where it stands as found."""

ANYHOW: Standings = frozenset((verdict, True) for verdict in Verdict)
DECIDED: Standings = ANYHOW - {(Verdict.UNKNOWN, True)}
OPEN: Standings = frozenset({(Verdict.UNKNOWN, True), *((verdict, None) for verdict in Verdict)})
"""Undecided, or not known to apply."""
BUT_NOT_NO: Standings = ANYHOW - {(Verdict.NO, True)}
_KINDS: tuple[Standing, ...] = tuple((verdict, applies) for applies in (True, None) for verdict in Verdict)


def possible_outcomes(plan: Plan, found: Finding, leaf: LeafStandings, favourable: Verdict) -> frozenset[Outcome]:
    """How a criterion could turn out, people's answers left aside."""
    return frozenset(outcome_of(standing, favourable) for standing in possible_standings(plan, found, leaf))


def possible_standings(plan: Plan, found: Finding, leaf: LeafStandings) -> Standings:
    """How a node could stand. What is `found` is of the same form as the plan."""
    if plan.leaf is not None:
        return leaf(plan, found) or frozenset({(found.verdict, found.applicable)})
    return joined(
        plan, [possible_standings(part, was, leaf) for part, was in zip(plan.parts, found.parts, strict=True)]
    )


def joined(plan: Plan, parts: Sequence[Standings]) -> Standings:
    """How a node that is no leaf could stand, by how its parts could."""
    match plan.kind:
        case "not":
            return frozenset(mirrored(standing) for standing in parts[0])
        case "only_if":
            return frozenset(only_where(condition, then) for condition in parts[0] for then in parts[1])
        case _:
            return frozenset(combined(plan.needed or 1, branches) for branches in _choices(parts))


def _choices(parts: Sequence[Standings]) -> Iterable[list[Standing]]:
    """One standing of each part, in every way that differs in more than order; what is dropped is left out."""
    sure = [standing for part in parts if len(part) == 1 for standing in part if standing[1] is not False]
    counts: set[tuple[int, ...]] = {(0,) * len(_KINDS)}
    for part in parts:
        if len(part) > 1:
            counts = {_more(count, standing) for count in counts for standing in part}
    for count in counts:
        others = [kind for kind, number in zip(_KINDS, count, strict=True) for _ in range(number)]
        yield [*sure, *others] or [DROPPED]


def _more(count: tuple[int, ...], standing: Standing) -> tuple[int, ...]:
    if standing[1] is False:
        return count
    at = _KINDS.index(standing)
    return (*count[:at], count[at] + 1, *count[at + 1 :])
