"""How the branches of an expression add up: three-valued logic over branches of which some may not apply.

A branch that does not apply is dropped. Where it is unknown whether a branch applies, the answer must hold with it and
without it, or it is unknown.
"""

from collections.abc import Callable, Sequence

from app.eligibility.findings import Finding
from app.eligibility.verdicts import Verdict, negated

Standing = tuple[Verdict, bool | None]
"""A verdict, and whether the branch applies: True, False, or None where that is unknown (the verdict if it does)."""

DROPPED: Standing = (Verdict.UNKNOWN, False)
LeafReader = Callable[[Finding, Verdict | None], Standing]
"""Reads a leaf, knowing which of its verdicts favours the whole (None where either may)."""


def combined(needed: int, branches: Sequence[Standing]) -> Standing:
    """At least `needed` of the branches that apply, or all of them where fewer are left. None left: does not apply.

    `any_of` needs one, `all_of` as many as it has branches.
    """
    certain = [verdict for verdict, applies in branches if applies is True]
    if len(certain) == len(branches):
        return _tally(needed, certain), True
    maybe = [verdict for verdict, applies in branches if applies is None]
    if not certain:
        if not maybe:
            return DROPPED
        return (maybe[0] if len(set(maybe)) == 1 else Verdict.UNKNOWN), None
    # One more yes never makes "at least" harder to reach, one more no never easier: so these two are the extremes.
    least = _tally(needed, certain + [verdict for verdict in maybe if verdict is not Verdict.YES])
    most = _tally(needed, certain + [verdict for verdict in maybe if verdict is not Verdict.NO])
    return (least if least is most else Verdict.UNKNOWN), True


def _tally(needed: int, verdicts: Sequence[Verdict]) -> Verdict:
    needed = min(needed, len(verdicts))
    if verdicts.count(Verdict.YES) >= needed:
        return Verdict.YES
    return Verdict.NO if len(verdicts) - verdicts.count(Verdict.NO) < needed else Verdict.UNKNOWN


def only_where(condition: Standing, then: Standing) -> Standing:
    """`then` where the condition holds, dropped where it does not. A condition that is dropped restricts nothing.

    Where the condition is unknown, `then` is what holds if it applies at all.
    """
    holds, applies = condition
    if applies is False:
        return then
    if applies is None and holds is Verdict.NO:
        holds = Verdict.UNKNOWN
    if holds is Verdict.YES:
        return then
    if holds is Verdict.NO or then[1] is False:
        return DROPPED
    return then[0], None


def mirrored(branch: Standing) -> Standing:
    """NOT: the mirrored verdict; it applies to the same people."""
    return negated(branch[0]), branch[1]


def as_found(leaf: Finding, _favourable: Verdict | None = None) -> Standing:
    """A leaf as it stands."""
    return leaf.verdict, leaf.applicable


def fold(finding: Finding, read: LeafReader, favourable: Verdict | None = None) -> Standing:
    """What a tree of findings adds up to, with every leaf read by `read`; with `as_found`, the verdict of its root.

    `favourable` is the verdict of this node that favours the criterion. Below a condition of an `only_if` either may.
    """
    match finding.kind:
        case "all_of" | "any_of" | "at_least":
            return combined(needed_of(finding), [fold(part, read, favourable) for part in finding.parts])
        case "not":
            mirror = None if favourable is None else negated(favourable)
            return mirrored(fold(finding.parts[0], read, mirror))
        case "only_if":
            condition, then = finding.parts
            return only_where(fold(condition, read), fold(then, read, favourable))
        case _:
            return read(finding, favourable)


def needed_of(finding: Finding) -> int:
    """How many branches of a composite must hold."""
    if finding.kind == "any_of":
        return 1
    return len(finding.parts) if finding.needed is None else finding.needed
