"""A plan as flat arrays: composites of one shape are evaluated together, for one patient, in a few NumPy calls each.

A slot's standing is a verdict (-1 no, 0 unknown, 1 yes) and whether it applies (-1 no, 0 unknown, 1 yes); the rules
are those of `app.eligibility.composites`, and a property test holds the two to one answer.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.eligibility.bulk.plan import LeafSlot, NotSlot, OnlyIfSlot, Plan, TallySlot

Small = NDArray[np.int8]
Index = NDArray[np.intp]


class Step(Protocol):
    """Some slots of one shape, to be filled from slots that are filled already."""

    def run(self, verdicts: Small, applies: Small) -> None: ...


@dataclass(frozen=True, slots=True)
class Mirror:
    slots: Index
    branch: Index

    def run(self, verdicts: Small, applies: Small) -> None:
        verdicts[self.slots] = -verdicts[self.branch]
        applies[self.slots] = applies[self.branch]


@dataclass(frozen=True, slots=True)
class Gate:
    """`only_if`: `then` where the condition holds."""

    slots: Index
    condition: Index
    then: Index

    def run(self, verdicts: Small, applies: Small) -> None:
        holds, restricts = verdicts[self.condition], applies[self.condition]
        then, then_applies = verdicts[self.then], applies[self.then]
        holds = np.where((restricts == 0) & (holds == -1), 0, holds)
        as_then = (restricts == -1) | (holds == 1)
        dropped = ~as_then & ((holds == -1) | (then_applies == -1))
        verdicts[self.slots] = np.where(dropped, 0, then)
        applies[self.slots] = np.where(as_then, then_applies, np.where(dropped, -1, 0))


@dataclass(frozen=True, slots=True)
class All:
    """Every branch, where all of them always apply: the minimum."""

    slots: Index
    branches: Index

    def run(self, verdicts: Small, applies: Small) -> None:
        verdicts[self.slots] = verdicts.take(self.branches, axis=0).min(axis=0)


@dataclass(frozen=True, slots=True)
class Any:
    """One branch, where all of them always apply: the maximum."""

    slots: Index
    branches: Index

    def run(self, verdicts: Small, applies: Small) -> None:
        verdicts[self.slots] = verdicts.take(self.branches, axis=0).max(axis=0)


@dataclass(frozen=True, slots=True)
class Several:
    """At least `needed` of the branches, where all of them always apply."""

    slots: Index
    branches: Index
    needed: int

    def run(self, verdicts: Small, applies: Small) -> None:
        found = verdicts.take(self.branches, axis=0)
        yes = (found == 1).sum(axis=0, dtype=np.int16) >= self.needed
        no = (found == -1).sum(axis=0, dtype=np.int16) > len(found) - self.needed
        verdicts[self.slots] = yes.view(np.int8) - no.view(np.int8)


@dataclass(frozen=True, slots=True)
class Tally:
    """At least `needed` of the branches that apply. `branches` has a row a branch and a column a slot."""

    slots: Index
    branches: Index
    needed: int

    def run(self, verdicts: Small, applies: Small) -> None:
        found, applying = verdicts[self.branches], applies[self.branches]
        certain, maybe = applying == 1, applying == 0
        yes, no = found == 1, found == -1
        certain_yes, certain_no = _count(certain & yes), _count(certain & no)
        certain_all = _count(certain)
        least = self._tally(certain_yes, certain_no + _count(maybe & no), certain_all + _count(maybe & ~yes))
        most = self._tally(certain_yes + _count(maybe & yes), certain_no, certain_all + _count(maybe & ~no))
        agreed = np.where(least == most, least, 0)
        maybes = _count(maybe)
        alike = np.where(_count(maybe & yes) == maybes, 1, np.where(_count(maybe & no) == maybes, -1, 0))
        some_certain, some_maybe = certain_all > 0, maybes > 0
        verdicts[self.slots] = np.where(some_certain, agreed, np.where(some_maybe, alike, 0))
        applies[self.slots] = np.where(some_certain, 1, np.where(some_maybe, 0, -1))

    def _tally(self, yes: Index, no: Index, size: Index) -> Index:
        needed = np.minimum(self.needed, size)
        return np.where(yes >= needed, 1, np.where(size - no < needed, -1, 0))


def _count(mask: NDArray[np.bool_]) -> Index:
    counted: Index = mask.sum(axis=0)
    return counted


@dataclass(frozen=True, slots=True)
class Program:
    """`leaves[i]` fills the slot `leaf_slots[i]`; the steps fill all others, in order."""

    leaves: tuple[LeafSlot, ...]
    leaf_slots: Index
    steps: tuple[Step, ...]
    size: int

    def run(self, leaf_verdicts: Small) -> tuple[Small, Small]:
        """Verdict and applicability of every slot, from the verdicts of the leaves; for a patient, or one a column."""
        shape = (self.size, *leaf_verdicts.shape[1:])
        verdicts = np.zeros(shape, dtype=np.int8)
        applies = np.ones(shape, dtype=np.int8)
        applies[0] = -1
        verdicts[self.leaf_slots] = leaf_verdicts
        for step in self.steps:
            step.run(verdicts, applies)
        return verdicts, applies


def compiled(plan: Plan) -> Program:
    """The plan as it stands, as arrays."""
    leaves: list[LeafSlot] = []
    leaf_slots: list[int] = []
    depth = [0] * len(plan.contents)
    shapes: dict[tuple[int, str, int, int], list[tuple[int, tuple[int, ...]]]] = defaultdict(list)
    for slot, content in enumerate(plan.contents):
        match content:
            case None:
                continue
            case LeafSlot():
                leaves.append(content)
                leaf_slots.append(slot)
                continue
            case TallySlot(needed, branches):
                simple = not plan.may_not_apply[slot]
                all_or_any = "all" if needed == len(branches) else "any" if needed == 1 else "several"
                shape = all_or_any if simple else "tally"
            case NotSlot(branch):
                branches, shape, needed = (branch,), "not", 1
            case OnlyIfSlot(condition, then):
                branches, shape, needed = (condition, then), "only_if", 1
        depth[slot] = 1 + max(depth[branch] for branch in branches)
        shapes[depth[slot], shape, len(branches), needed].append((slot, branches))
    steps = tuple(_step(shape, needed, shapes[key]) for key in sorted(shapes) for _, shape, _, needed in (key,))
    return Program(tuple(leaves), np.array(leaf_slots, dtype=np.intp), steps, len(plan.contents))


def _step(shape: str, needed: int, members: list[tuple[int, tuple[int, ...]]]) -> Step:
    slots = np.array([slot for slot, _ in members], dtype=np.intp)
    branches = np.array([branches for _, branches in members], dtype=np.intp).T.copy()
    match shape:
        case "all":
            return All(slots, branches)
        case "any":
            return Any(slots, branches)
        case "several":
            return Several(slots, branches, needed)
        case "not":
            return Mirror(slots, branches[0])
        case "only_if":
            return Gate(slots, branches[0], branches[1])
        case _:
            return Tally(slots, branches, needed)
