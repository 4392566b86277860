"""Expressions, interned: every distinct leaf and every distinct composite of a catalogue gets one slot."""

from collections.abc import Iterable
from typing import Annotated, Any, NamedTuple

from pydantic import Field, TypeAdapter
from pydantic_core import to_json

from app.eligibility.criteria import Except, Expression, Leaf, Node
from app.vocabulary.enumerations import Milestone

Json = dict[str, Any]
Slot = int
DROPPED: Slot = 0
"""The slot of what never applies."""
_ASKED_OF_PEOPLE = ("judgement", "undertaking")
_MODEL = type(Node)


class LeafSlot(NamedTuple):
    """A leaf, and the milestone on which its windows are anchored unless it names one itself."""

    leaf: Leaf | Except
    anchor: Milestone


# Composites are their own keys: by how many parts they have, and of what type, no two kinds can be equal.
class TallySlot(NamedTuple):
    """At least `needed` of the branches."""

    needed: int
    branches: tuple[Slot, ...]


class NotSlot(NamedTuple):
    branch: Slot


class OnlyIfSlot(NamedTuple):
    condition: Slot
    then: Slot


_LEAF: TypeAdapter[Leaf | Except] = TypeAdapter(Annotated[Leaf | Except, Field(discriminator="kind")])
Content = LeafSlot | TallySlot | NotSlot | OnlyIfSlot | None


MOST_KNOWN = 200_000
"""Where so many differ, equal ones are hardly met again: to know more takes more memory than to have some twice."""


class Plan:
    """Slots by content. A slot refers to lower ones only, so that their order is an order of evaluation."""

    def __init__(self) -> None:
        self.contents: list[Content] = [None]
        self.may_not_apply: set[Slot] = {DROPPED}
        self.asks_people: set[Slot] = set()
        self._slots: dict[object, Slot] = {}

    def intern(self, expression: Expression, anchor: Milestone, *, data_only: bool = False) -> Slot:
        """The slot of an expression; with `data_only`, of what is left of it without judgements and undertakings."""
        # Nodes are told apart by their kind: to ask pydantic for their class takes longer than all the rest.
        if expression.kind == "all_of":
            branches = [self.intern(branch, anchor, data_only=data_only) for branch in expression.of]
            return self.tally(len(branches), branches)
        if expression.kind == "any_of":
            return self.tally(1, [self.intern(branch, anchor, data_only=data_only) for branch in expression.of])
        if expression.kind == "at_least":
            branches = [self.intern(branch, anchor, data_only=data_only) for branch in expression.of]
            return self.tally(expression.n, branches)
        if expression.kind == "not":
            return self.mirrored(self.intern(expression.of, anchor, data_only=data_only))
        if expression.kind == "only_if":
            condition = self.intern(expression.condition, anchor, data_only=data_only)
            return self.only_if(condition, self.intern(expression.then, anchor, data_only=data_only))
        if data_only and expression.kind in _ASKED_OF_PEOPLE:
            return DROPPED
        key = _values(expression), anchor
        return self._slots.get(key) or self.leaf(key, expression, anchor)

    def intern_stored(self, node: Json, anchor: Milestone, *, data_only: bool = False) -> Slot:
        """The same of an expression as it is stored: plain JSON, valid when it was written. It costs a tenth."""
        match node["kind"]:
            case "all_of" | "any_of" | "at_least" as kind:
                branches = [self.intern_stored(branch, anchor, data_only=data_only) for branch in node["of"]]
                needed = len(branches) if kind == "all_of" else 1 if kind == "any_of" else node["n"]
                return self.tally(needed, branches)
            case "not":
                return self.mirrored(self.intern_stored(node["of"], anchor, data_only=data_only))
            case "only_if":
                condition = self.intern_stored(node["condition"], anchor, data_only=data_only)
                return self.only_if(condition, self.intern_stored(node["then"], anchor, data_only=data_only))
            case kind if data_only and kind in _ASKED_OF_PEOPLE:
                return DROPPED
            case _:
                text = to_json(node)
                return self._slots.get((text, anchor)) or self.leaf((text, anchor), _LEAF.validate_json(text), anchor)

    def tally(self, needed: int, branches: list[Slot]) -> Slot:
        """At least `needed` of some branches."""
        if DROPPED in branches:
            branches = [branch for branch in branches if branch != DROPPED]
        if len(branches) < 2:
            return branches[0] if branches else DROPPED
        content = TallySlot(min(needed, len(branches)), tuple(sorted(branches)))
        return self._slots.get(content) or self._composite(
            content, branches, may_not_apply=not self.may_not_apply.isdisjoint(branches)
        )

    def mirrored(self, branch: Slot) -> Slot:
        """NOT of a branch."""
        if branch == DROPPED:
            return DROPPED
        content = NotSlot(branch)
        return self._slots.get(content) or self._composite(content, content, may_not_apply=branch in self.may_not_apply)

    def only_if(self, condition: Slot, then: Slot) -> Slot:
        """`then`, of those for whom the condition holds."""
        if DROPPED in (condition, then):
            return then
        content = OnlyIfSlot(condition, then)
        return self._slots.get(content) or self._composite(content, content, may_not_apply=True)

    def leaf(self, key: object, leaf: Leaf | Except, anchor: Milestone) -> Slot:
        """A slot for a leaf that is known by a key."""
        slot = self._new(key, LeafSlot(leaf, anchor))
        if leaf.kind in _ASKED_OF_PEOPLE:
            self.asks_people.add(slot)
        return slot

    def _composite(self, content: Content, branches: Iterable[Slot], *, may_not_apply: bool) -> Slot:
        slot = self._new(content if len(self._slots) < MOST_KNOWN else None, content)
        if may_not_apply:
            self.may_not_apply.add(slot)
        if not self.asks_people.isdisjoint(branches):
            self.asks_people.add(slot)
        return slot

    def _new(self, key: object | None, content: Content) -> Slot:
        slot = len(self.contents)
        self.contents.append(content)
        if key is not None:
            self._slots[key] = slot
        return slot


def _values(node: Node) -> tuple[object, ...]:
    """All that a node says; equal for equal nodes, and much faster to compare."""
    # `isinstance` takes far longer of a pydantic class.
    return tuple([_values(value) if type(type(value)) is _MODEL else value for value in node.__dict__.values()])
