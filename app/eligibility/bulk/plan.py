"""Expressions, interned: every distinct leaf and every distinct composite of a catalogue gets one slot."""

from array import array
from collections.abc import Sequence
from typing import NamedTuple

from app.eligibility.criteria import Except, Expression, Leaf, Node
from app.vocabulary.enumerations import Milestone

Slot = int
DROPPED: Slot = 0
"""The slot of what never applies."""
NOTHING, LEAF, TALLY, NOT, ONLY_IF = range(5)
"""Kinds of slots. A tally is "at least `needed` of the branches"; the branches of `only_if`: the condition, `then`."""
MAY_NOT_APPLY, _ASKS_PEOPLE = 1, 2
"""Traits of slots: it may not apply to somebody; it holds what only people can answer."""
_ASKED_OF_PEOPLE = ("judgement", "undertaking")
MOST_KNOWN = 100_000
"""When so many are known, all are forgotten: the frequent ones are soon known again, and some twice do no harm."""
_MODEL = type(Node)


class LeafSlot(NamedTuple):
    """A leaf, and the milestone on which its windows are anchored unless it names one itself."""

    leaf: Leaf | Except
    anchor: Milestone


class Plan:
    """Slots by content, as arrays: there may be a million of them.

    A slot refers to lower ones only, so that their order is an order of evaluation. Slot `n` has the branches from
    `starts[n]` to `starts[n + 1]`. `leaves` are those of the leaf slots, in their order. `traits`: a bit for each thing
    that is true of a slot or of anything below it.
    """

    def __init__(self) -> None:
        self.kinds = array("b", [NOTHING])
        self.needed = array("i", [0])
        self.starts = array("i", [0, 0])
        self.branches = array("i")
        self.leaves: list[LeafSlot] = []
        self.traits = array("b", [MAY_NOT_APPLY])
        self._leaves: dict[object, Slot] = {}
        self._composites: dict[object, Slot] = {}

    def intern(self, expression: Expression, anchor: Milestone) -> Slot:
        """The slot of an expression."""
        # Nodes are told apart by their kind: to ask pydantic for their class takes longer than all the rest.
        if expression.kind == "all_of":
            return self.tally(len(expression.of), [self.intern(branch, anchor) for branch in expression.of])
        if expression.kind == "any_of":
            return self.tally(1, [self.intern(branch, anchor) for branch in expression.of])
        if expression.kind == "at_least":
            return self.tally(expression.n, [self.intern(branch, anchor) for branch in expression.of])
        if expression.kind == "not":
            return self.mirrored(self.intern(expression.of, anchor))
        if expression.kind == "only_if":
            return self.only_if(self.intern(expression.condition, anchor), self.intern(expression.then, anchor))
        key = _values(expression), anchor
        slot = self._leaves.get(key)
        if slot is None:
            slot = self._leaves[key] = self.leaf(expression, anchor)
        return slot

    def data_part(self, slot: Slot) -> Slot:
        """What is left of a slot without judgements and undertakings."""
        if not self.traits[slot] & _ASKS_PEOPLE:
            return slot
        kind = self.kinds[slot]
        if kind == LEAF:
            return DROPPED
        branches = [self.data_part(one) for one in self.branches[self.starts[slot] : self.starts[slot + 1]]]
        if kind == TALLY:
            return self.tally(self.needed[slot], branches)
        return self.mirrored(*branches) if kind == NOT else self.only_if(*branches)

    # Composites are known by what they hold: by how many parts that has, and of what type, no two kinds can be equal.

    def tally(self, needed: int, branches: Sequence[Slot]) -> Slot:
        """At least `needed` of some branches."""
        if DROPPED in branches:
            branches = [branch for branch in branches if branch != DROPPED]
        if len(branches) < 2:
            return branches[0] if branches else DROPPED
        needed = min(needed, len(branches))
        branches = tuple(sorted(branches))
        return self._composites.get((needed, branches)) or self._composite((needed, branches), TALLY, branches, needed)

    def mirrored(self, branch: Slot) -> Slot:
        """NOT of a branch."""
        if branch == DROPPED:
            return DROPPED
        return self._composites.get((branch,)) or self._composite((branch,), NOT, (branch,))

    def only_if(self, condition: Slot, then: Slot) -> Slot:
        """`then`, of those for whom the condition holds."""
        if DROPPED in (condition, then):
            return then
        both = condition, then
        return self._composites.get(both) or self._composite(both, ONLY_IF, both, traits=MAY_NOT_APPLY)

    def leaf(self, leaf: Leaf | Except, anchor: Milestone) -> Slot:
        """A slot for a leaf that has none yet."""
        self.leaves.append(LeafSlot(leaf, anchor))
        return self._new(LEAF, 0, (), _ASKS_PEOPLE if leaf.kind in _ASKED_OF_PEOPLE else 0)

    def _composite(self, key: object, kind: int, branches: tuple[Slot, ...], needed: int = 1, traits: int = 0) -> Slot:
        for branch in branches:
            traits |= self.traits[branch]
        if len(self._composites) >= MOST_KNOWN:
            self._composites.clear()
        slot = self._composites[key] = self._new(kind, needed, branches, traits)
        return slot

    def _new(self, kind: int, needed: int, branches: tuple[Slot, ...], traits: int) -> Slot:
        slot = len(self.kinds)
        self.kinds.append(kind)
        self.needed.append(needed)
        self.branches.extend(branches)
        self.starts.append(len(self.branches))
        self.traits.append(traits)
        return slot


def _values(node: Node) -> tuple[object, ...]:
    """All that a node says; equal for equal nodes, and much faster to compare."""
    # `isinstance` takes far longer of a pydantic class.
    return tuple([_values(value) if type(type(value)) is _MODEL else value for value in node.__dict__.values()])
