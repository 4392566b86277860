"""Stored expressions, read into a plan with hardly any of them parsed: nearly every leaf of a catalogue was met before.

A text is taken apart where nodes begin. Most expressions are a leaf, or a composite of leaves alone; of such, each
piece but the head holds a leaf, and is known by its text. In others, the leaves give way to the numbers of their slots,
and what is left, `{"kind": "not", "of": {"kind": "any_of", "of": [12, 7]}}`, is quickly parsed.
"""

import json
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field, TypeAdapter
from pydantic_core import from_json

from app.eligibility.bulk.plan import DROPPED, MOST_KNOWN, LeafSlot, Plan, Slot
from app.eligibility.criteria import Except, Leaf
from app.vocabulary.enumerations import Milestone

Json = dict[str, Any]

_LEAF: TypeAdapter[Leaf | Except] = TypeAdapter(Annotated[Leaf | Except, Field(discriminator="kind")])
_DECODER = json.JSONDecoder()
_NODE = '{"kind": "'
"""How every node begins. It cannot stand in a string, where quotes are escaped."""
_EXCEPTION = _NODE + "except"
"""A leaf that holds nodes."""
_NO_LEAF: Slot = DROPPED
_NOT = 'not", "of": '
_ALL = 0
_NEEDED = {'all_of", "of": [': _ALL, 'any_of", "of": [': 1} | {
    f'at_least", "n": {needed}, "of": [': needed for needed in range(1, 10)
}
"""By the head of a composite, how many of its branches it needs."""


class StoredExpressions:
    """Gives slots to expressions that are JSON, as it was written when they were valid."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._anchored: dict[str, _Anchored] = {}

    def slot(self, expression: str, anchor: str) -> Slot:
        """The slot of an expression; its windows are anchored there unless they say otherwise."""
        return (self._anchored.get(anchor) or self._at(anchor)).slot(expression)

    @property
    def leaves(self) -> list[tuple[Slot, str, str]]:
        """Slot, anchor and JSON of every leaf, in the order of their slots."""
        return sorted(
            [(slot, anchor, leaf) for anchor, one in self._anchored.items() for leaf, slot in one.leaves.items()]
        )

    def restore(self, leaves: Iterable[tuple[Slot, str, str]]) -> None:
        """Know leaves again that have slots in the plan."""
        for slot, anchor, leaf in leaves:
            anchored = self._anchored.get(anchor) or self._at(anchor)
            anchored.leaves[leaf] = slot
            self._plan.leaves.append(LeafSlot(_LEAF.validate_json(leaf), anchored.anchor))

    def _at(self, anchor: str) -> "_Anchored":
        return self._anchored.setdefault(anchor, _Anchored(self._plan, Milestone(anchor)))


class _Anchored:
    """Expressions of one anchor."""

    def __init__(self, plan: Plan, anchor: Milestone) -> None:
        self._plan = plan
        self.anchor = anchor
        self._by_piece: dict[str, Slot] = {}
        self._shorter: dict[str, str] = {}
        self.leaves: dict[str, Slot] = {}

    def slot(self, expression: str) -> Slot:
        before, *pieces = expression.split(_NODE)
        if before or not pieces or _EXCEPTION in expression:  # or somebody wrote it with other spaces
            return self._of(from_json(expression))
        known = self._by_piece
        head, *others = pieces
        if not others:
            return known.get(head) or self._learnt(head)
        needed = _NEEDED.get(head)
        if needed is not None or head == _NOT:
            branches = [known.get(piece) or self._learnt(piece) for piece in others]
            if _NO_LEAF not in branches:
                if needed is None:
                    return self._plan.mirrored(*branches)
                return self._plan.tally(len(branches) if needed == _ALL else needed, branches)
        return self._of(from_json("".join([self._shorter.get(piece) or self._shortened(piece) for piece in pieces])))

    def _learnt(self, piece: str) -> Slot:
        """The slot of the leaf that a piece holds, if it does."""
        if piece in _NEEDED or piece == _NOT:
            return _NO_LEAF
        try:
            node, _ = _DECODER.raw_decode(_NODE + piece)
        except json.JSONDecodeError:  # it goes on with other pieces
            return _NO_LEAF
        if len(self._by_piece) >= MOST_KNOWN:
            self._by_piece.clear()
        slot = self._by_piece[piece] = self._of(node)
        return slot

    def _shortened(self, piece: str) -> str:
        """A piece with the number of a slot for a leaf; what follows the leaf stays."""
        text = _NODE + piece
        slot = self._learnt(piece)
        if slot != _NO_LEAF:
            _, end = _DECODER.raw_decode(text)
            text = f"{slot}{text[end:]}"
        if len(self._shorter) >= MOST_KNOWN:
            self._shorter.clear()
        self._shorter[piece] = text
        return text

    def _of(self, node: Json | Slot) -> Slot:
        if isinstance(node, int):
            return node
        match node["kind"]:
            case "all_of" | "any_of" | "at_least" as kind:
                branches = [self._of(branch) for branch in node["of"]]
                needed = len(branches) if kind == "all_of" else 1 if kind == "any_of" else node["n"]
                return self._plan.tally(needed, branches)
            case "not":
                return self._plan.mirrored(self._of(node["of"]))
            case "only_if":
                return self._plan.only_if(self._of(node["condition"]), self._of(node["then"]))
            case "judgement" | "undertaking" as kind:
                leaf = f'{{"kind": "{kind}", "text": ""}}'  # unknown to the data whatever is asked: one will do
            case _:
                leaf = json.dumps(node)
        slot = self.leaves.get(leaf)
        if slot is None:
            slot = self.leaves[leaf] = self._plan.leaf(_LEAF.validate_json(leaf), self.anchor)
        return slot
