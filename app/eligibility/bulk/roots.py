"""The distinct criteria of a catalogue, each with its slots in one plan."""

from collections.abc import Iterator
from typing import NamedTuple

from app.eligibility.bulk.plan import DROPPED, MOST_KNOWN, Json, Plan, Slot
from app.eligibility.criteria import Expression
from app.eligibility.rules import CriterionRule, favoured_by, within_scope
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import CriterionKind, Milestone


class Root(NamedTuple):
    """A distinct criterion: its expression whole and without what people are asked, and which verdict favours it."""

    whole: Slot
    data_part: Slot
    favourable: Verdict


class Roots:
    """Numbers criteria as they come; equal ones get one number. Iterating gives them in order: None is a criterion
    without an expression.
    """

    def __init__(self) -> None:
        self.plan = Plan()
        self._all: list[Root | None] = []
        self._numbers: dict[Root | None, int] = {}
        self._rules: dict[tuple[object, ...], tuple[int, Expression]] = {}

    def __iter__(self) -> Iterator[Root | None]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def of_rule(self, rule: CriterionRule) -> int:
        """The number of a criterion."""
        if rule.expression is None:
            return self._number(None)
        # By identity: hashing a tree costs more than compiling it, and equal trees meet again in the plan.
        key = (id(rule.expression), rule.scope, rule.anchor, rule.kind)
        found = self._rules.get(key)
        if found is None:
            found = self._rules[key] = self._number(root_of(rule, self.plan)), rule.expression
        return found[0]

    def of_stored(self, criterion: Json) -> int:
        """The number of a criterion of a stored record."""
        expression = criterion["expression"]
        if expression is None:
            return self._number(None)
        scope = criterion["scope"] or {}
        anchor = Milestone(criterion["anchor"])
        if scope.get("conditions"):
            condition = within_scope(tuple(scope["conditions"])).model_dump(mode="json")
            expression = {"kind": "only_if", "condition": condition, "then": expression}
        whole = data_part = self.plan.intern_stored(expression, anchor)
        if whole in self.plan.asks_people:
            data_part = self.plan.intern_stored(expression, anchor, data_only=True)
        return self._number(Root(whole, data_part, favoured_by(CriterionKind(criterion["kind"]))))

    def _number(self, root: Root | None) -> int:
        number = self._numbers.get(root)
        if number is None:
            number = len(self._all)
            self._all.append(root)
            if number < MOST_KNOWN or root is None:
                self._numbers[root] = number
        return number


def root_of(rule: CriterionRule, plan: Plan) -> Root:
    """A criterion, its slots taken up into a plan; one without an expression never applies."""
    expression = rule.scoped_expression
    if expression is None:
        return Root(DROPPED, DROPPED, rule.favourable)
    whole = plan.intern(expression, rule.anchor)
    asks = whole in plan.asks_people
    data_part = plan.intern(expression, rule.anchor, data_only=True) if asks else whole
    return Root(whole, data_part, rule.favourable)
