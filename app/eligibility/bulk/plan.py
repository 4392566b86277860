"""Expressions, interned: every distinct leaf and every distinct composite of a catalogue gets one slot."""

from dataclasses import dataclass
from typing import Annotated, Any, assert_never

from pydantic import Field, TypeAdapter
from pydantic_core import to_json

from app.eligibility.criteria import (
    AllOf,
    AnyOf,
    AtLeast,
    Except,
    Expression,
    Judgement,
    Leaf,
    Not,
    OnlyIf,
    Undertaking,
)
from app.vocabulary.enumerations import Milestone

Json = dict[str, Any]
Slot = int
DROPPED: Slot = 0
"""The slot of what never applies."""


@dataclass(frozen=True, slots=True)
class LeafSlot:
    """A leaf, and the milestone on which its windows are anchored unless it names one itself."""

    leaf: Leaf | Except
    anchor: Milestone


@dataclass(frozen=True, slots=True)
class TallySlot:
    """At least `needed` of the branches."""

    needed: int
    branches: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class NotSlot:
    branch: Slot


@dataclass(frozen=True, slots=True)
class OnlyIfSlot:
    condition: Slot
    then: Slot


_LEAF: TypeAdapter[Leaf | Except] = TypeAdapter(Annotated[Leaf | Except, Field(discriminator="kind")])
Content = LeafSlot | TallySlot | NotSlot | OnlyIfSlot | None


class Plan:
    """Slots by content. A slot refers to lower ones only, so that their order is an order of evaluation."""

    def __init__(self) -> None:
        self.contents: list[Content] = [None]
        self.may_not_apply: list[bool] = [True]
        self._slots: dict[object, Slot] = {}

    def intern(self, expression: Expression, anchor: Milestone, *, data_only: bool = False) -> Slot:
        """The slot of an expression; with `data_only`, of what is left of it without judgements and undertakings."""
        match expression:
            case AllOf() | AnyOf() | AtLeast():
                branches = [self.intern(branch, anchor, data_only=data_only) for branch in expression.of]
                return self.tally(_needed(expression), branches)
            case Not():
                return self.mirrored(self.intern(expression.of, anchor, data_only=data_only))
            case OnlyIf():
                condition = self.intern(expression.condition, anchor, data_only=data_only)
                return self.only_if(condition, self.intern(expression.then, anchor, data_only=data_only))
            case Judgement() | Undertaking() if data_only:
                return DROPPED
            case _:
                key = expression.model_dump_json().encode(), anchor
                return self._slots.get(key) or self.leaf(key, expression)

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
            case "judgement" | "undertaking" if data_only:
                return DROPPED
            case _:
                key = to_json(node), anchor
                return self._slots.get(key) or self.leaf(key, _LEAF.validate_json(key[0]))

    def tally(self, needed: int, branches: list[Slot]) -> Slot:
        """At least `needed` of some branches."""
        left = [branch for branch in branches if branch != DROPPED]
        if not left:
            return DROPPED
        if len(left) == 1:
            return left[0]
        content = TallySlot(min(needed, len(left)), tuple(sorted(left)))
        return self._slot(content, any(self.may_not_apply[branch] for branch in left))

    def mirrored(self, branch: Slot) -> Slot:
        """NOT of a branch."""
        return branch if branch == DROPPED else self._slot(NotSlot(branch), self.may_not_apply[branch])

    def only_if(self, condition: Slot, then: Slot) -> Slot:
        """`then`, of those for whom the condition holds."""
        return then if DROPPED in (condition, then) else self._slot(OnlyIfSlot(condition, then), True)

    def leaf(self, key: tuple[bytes, Milestone], leaf: Leaf | Except) -> Slot:
        """The slot of a leaf, known by its JSON and its anchor."""
        return self._new(key, LeafSlot(leaf, key[1]), False)

    def _slot(self, content: TallySlot | NotSlot | OnlyIfSlot, may_not_apply: bool) -> Slot:
        return self._slots.get(content) or self._new(content, content, may_not_apply)

    def _new(self, key: object, content: Content, may_not_apply: bool) -> Slot:
        slot = self._slots[key] = len(self.contents)
        self.contents.append(content)
        self.may_not_apply.append(may_not_apply)
        return slot


def _needed(composite: AllOf | AnyOf | AtLeast) -> int:
    match composite:
        case AllOf():
            return len(composite.of)
        case AnyOf():
            return 1
        case AtLeast():
            return composite.n
        case _:
            assert_never(composite)
