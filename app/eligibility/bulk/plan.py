"""Expressions, interned: every distinct leaf and every distinct composite of a catalogue gets one slot."""

from dataclasses import dataclass
from typing import assert_never

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
                return self._tally(_needed(expression), branches)
            case Not():
                branch = self.intern(expression.of, anchor, data_only=data_only)
                return branch if branch == DROPPED else self._slot(NotSlot(branch), self.may_not_apply[branch])
            case OnlyIf():
                condition = self.intern(expression.condition, anchor, data_only=data_only)
                then = self.intern(expression.then, anchor, data_only=data_only)
                if DROPPED in (condition, then):
                    return then
                return self._slot(OnlyIfSlot(condition, then), True)
            case Judgement() | Undertaking() if data_only:
                return DROPPED
            case _:
                return self._leaf(expression, anchor)

    def _tally(self, needed: int, branches: list[Slot]) -> Slot:
        left = [branch for branch in branches if branch != DROPPED]
        if not left:
            return DROPPED
        if len(left) == 1:
            return left[0]
        content = TallySlot(min(needed, len(left)), tuple(sorted(left)))
        return self._slot(content, any(self.may_not_apply[branch] for branch in left))

    def _leaf(self, leaf: Leaf | Except, anchor: Milestone) -> Slot:
        return self._slot(LeafSlot(leaf, anchor), False)

    def _slot(self, content: LeafSlot | TallySlot | NotSlot | OnlyIfSlot, may_not_apply: bool) -> Slot:
        key = (content.leaf.model_dump_json(), content.anchor) if isinstance(content, LeafSlot) else content
        slot = self._slots.setdefault(key, len(self.contents))
        if slot == len(self.contents):
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
