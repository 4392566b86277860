"""The distinct criteria of a catalogue, each with its slots in one plan."""

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from app.eligibility.bulk.plan import DROPPED, Plan, Slot
from app.eligibility.bulk.stored import StoredExpressions
from app.eligibility.criteria import Expression
from app.eligibility.rules import CriterionRule, favoured_by, within_scope
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import CriterionKind

Slots = NDArray[np.int32]

NO_EXPRESSION = -1
"""In the place of the slots of a criterion that nobody has put into an expression."""


_FAVOURS_YES: dict[str, bool] = {kind: favoured_by(kind) is Verdict.YES for kind in CriterionKind}
_UNNUMBERED = array("i", [-1]) * 4_096


class Root(NamedTuple):
    """A distinct criterion: its expression whole and without what people are asked, and which verdict favours it."""

    whole: Slot
    data_part: Slot
    favourable: Verdict


class RootColumns(NamedTuple):
    """Roots as arrays."""

    whole: Slots
    data_part: Slots
    favours_yes: NDArray[np.bool_]

    @classmethod
    def of(cls, roots: Iterable[Root | None]) -> Self:
        """None is a criterion without an expression."""
        nothing = Root(NO_EXPRESSION, NO_EXPRESSION, Verdict.NO)
        some = [root or nothing for root in roots]
        return cls(
            np.array([root.whole for root in some], dtype=np.int32),
            np.array([root.data_part for root in some], dtype=np.int32),
            np.array([root.favourable is Verdict.YES for root in some], dtype=np.bool_),
        )


class Roots:
    """Numbers criteria as they come; equal ones get one number."""

    def __init__(self) -> None:
        self.plan = Plan()
        self._stored = StoredExpressions(self.plan)
        self._whole = array("i")
        self._data_part = array("i")
        self._favours_yes = array("b")
        self._numbers = array("i")  # by slot, and by whether yes is favourable
        self._rules: dict[tuple[object, ...], tuple[int, Expression]] = {}

    def __len__(self) -> int:
        return len(self._whole)

    @property
    def columns(self) -> RootColumns:
        """All of them, by number."""
        return RootColumns(
            np.array(self._whole), np.array(self._data_part), np.array(self._favours_yes).astype(np.bool_)
        )

    def saved(self) -> dict[str, NDArray[Any]]:
        """All that stored criteria need to be known again, as arrays."""
        leaves = np.frombuffer(json.dumps(self._stored.leaves).encode(), dtype=np.uint8)
        return {name: np.array(part) for name, part in self._parts().items()} | {"leaves": leaves}

    @classmethod
    def restored(cls, saved: Mapping[str, NDArray[Any]]) -> Self:
        """The same from what was saved."""
        roots = cls()
        for name, part in roots._parts().items():
            part[:] = array(part.typecode, saved[name].tobytes())
        roots._stored.restore(json.loads(saved["leaves"].tobytes()))
        places = 2 * (saved["whole"].astype(np.intp) - NO_EXPRESSION) + saved["favours_yes"]
        numbers = np.full(places.max(initial=-1) + 1, -1, dtype=np.int32)
        numbers[places] = np.arange(len(places))
        roots._numbers = array("i", numbers.tobytes())
        return roots

    def _parts(self) -> "dict[str, array[int]]":
        plan = self.plan
        return {
            "kinds": plan.kinds,
            "needed": plan.needed,
            "starts": plan.starts,
            "branches": plan.branches,
            "traits": plan.traits,
            "whole": self._whole,
            "data_part": self._data_part,
            "favours_yes": self._favours_yes,
        }

    def of_rule(self, rule: CriterionRule) -> int:
        """The number of a criterion."""
        if rule.expression is None:
            return self._number(NO_EXPRESSION, favours_yes=False)
        # By identity: hashing a tree costs more than compiling it, and equal trees meet again in the plan.
        key = (id(rule.expression), rule.scope, rule.anchor, rule.kind)
        found = self._rules.get(key)
        if found is None:
            whole = self.plan.intern(rule.scoped_expression or rule.expression, rule.anchor)
            found = self._rules[key] = self._number(whole, favours_yes=rule.favourable is Verdict.YES), rule.expression
        return found[0]

    def of_stored(self, expression: str, kind: str, anchor: str, conditions: Sequence[str] = ()) -> int:
        """The number of a criterion as it is stored: its expression is JSON, or empty. `conditions`: of its scope."""
        if not expression:
            return self._number(NO_EXPRESSION, favours_yes=False)
        if conditions:
            condition = json.dumps(within_scope(conditions).model_dump(mode="json"))
            expression = f'{{"kind": "only_if", "condition": {condition}, "then": {expression}}}'
        return self._number(self._stored.slot(expression, anchor), favours_yes=_FAVOURS_YES[kind])

    def _number(self, whole: Slot, *, favours_yes: bool) -> int:
        place = 2 * (whole - NO_EXPRESSION) + favours_yes
        while place >= len(self._numbers):
            self._numbers.extend(_UNNUMBERED)
        number = self._numbers[place]
        if number < 0:
            number = self._numbers[place] = len(self._whole)
            self._whole.append(whole)
            self._data_part.append(whole if whole == NO_EXPRESSION else self.plan.data_part(whole))
            self._favours_yes.append(favours_yes)
        return number


def root_of(rule: CriterionRule, plan: Plan) -> Root:
    """A criterion, its slots taken up into a plan; one without an expression never applies."""
    expression = rule.scoped_expression
    if expression is None:
        return Root(DROPPED, DROPPED, rule.favourable)
    whole = plan.intern(expression, rule.anchor)
    return Root(whole, plan.data_part(whole), rule.favourable)
