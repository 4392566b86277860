"""A stored expression gets the slots that the same expression gets as an object."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue.documents import Scope
from app.eligibility.bulk.plan import LEAF, TALLY, Plan
from app.eligibility.bulk.roots import Roots
from app.eligibility.bulk.stored import StoredExpressions
from app.eligibility.criteria import Expression
from app.eligibility.rules import CriterionRule
from app.vocabulary.enumerations import CriterionKind, Milestone
from tests.eligibility.asking import EXPRESSIONS
from tests.eligibility.law import law
from tests.eligibility.strategies import expressions

ADULT: dict[str, Any] = {"kind": "age", "min_years": 18}
LUPUS: dict[str, Any] = {"kind": "condition", "code": "sle"}
CONSENT: dict[str, Any] = {"kind": "undertaking", "text": 'says "yes", {"kind": "age"} or not'}
CANCER: dict[str, Any] = {
    "kind": "except",
    "of": {"kind": "condition", "code": "malignancy"},
    "unless": [{"kind": "condition", "code": "basal_cell_carcinoma"}],
}
ONE_OF_EACH: list[dict[str, Any]] = [
    ADULT,
    CONSENT,
    CANCER,
    {"kind": "not", "of": LUPUS},
    {"kind": "not", "of": CONSENT},
    {"kind": "all_of", "of": [ADULT, LUPUS]},
    {"kind": "any_of", "of": [LUPUS, CANCER]},
    {"kind": "at_least", "n": 2, "of": [ADULT, LUPUS, CONSENT]},
    {"kind": "at_least", "n": 12, "of": [ADULT, LUPUS]},
    {"kind": "only_if", "condition": LUPUS, "then": ADULT},
    {"kind": "any_of", "of": [{"kind": "all_of", "of": [ADULT, LUPUS]}, {"kind": "not", "of": CONSENT}, ADULT]},
]


def stored(expression: Expression) -> str:
    return json.dumps(expression.model_dump(mode="json"))


def tree(plan: Plan, slot: int) -> object:
    """What a slot holds; what people are asked is one leaf."""
    kind = plan.kinds[slot]
    if kind == LEAF:
        found = plan.leaves[plan.kinds[:slot].count(LEAF)]
        is_asked = found.leaf.kind in ("judgement", "undertaking")
        return found.anchor, found.leaf.kind if is_asked else found.leaf.model_dump_json(), plan.traits[slot]
    branches = plan.branches[plan.starts[slot] : plan.starts[slot + 1]]
    below = [tree(plan, branch) for branch in branches]
    return kind, plan.needed[slot], sorted(below, key=repr) if kind == TALLY else below, plan.traits[slot]


def trees(plan: Plan, slot: int) -> tuple[object, object]:
    """What a slot holds, and its data part."""
    return tree(plan, slot), tree(plan, plan.data_part(slot))


def interned(expression: Expression, anchor: Milestone) -> tuple[object, object]:
    plan = Plan()
    return trees(plan, plan.intern(expression, anchor))


@law
@given(nodes=st.lists(expressions(), min_size=1, max_size=6), anchor=st.sampled_from(list(Milestone)))
def test_as_text_and_as_an_object_an_expression_has_the_same_slots(nodes: list[Any], anchor: Milestone):
    plan = Plan()
    reader = StoredExpressions(plan)
    for node in nodes:
        expression = EXPRESSIONS.validate_python(node)
        slot = reader.slot(stored(expression), anchor)
        assert trees(plan, slot) == interned(expression, anchor)
        assert reader.slot(stored(expression), anchor) == slot, "an equal one has the same"


@pytest.mark.parametrize("node", ONE_OF_EACH, ids=lambda node: node["kind"])
def test_every_form_is_read(node: dict[str, Any]):
    plan, expression = Plan(), EXPRESSIONS.validate_python(node)
    slot = StoredExpressions(plan).slot(stored(expression), "screening")
    assert trees(plan, slot) == interned(expression, Milestone.SCREENING)


@pytest.mark.parametrize("node", ONE_OF_EACH, ids=lambda node: node["kind"])
def test_text_with_other_spaces_says_the_same(node: dict[str, Any]):
    plan = Plan()
    reader = StoredExpressions(plan)
    dumped = EXPRESSIONS.validate_python(node).model_dump(mode="json")
    for separators in ((",", ":"), (",  ", " : ")):
        assert reader.slot(json.dumps(dumped, separators=separators), "screening") == reader.slot(
            json.dumps(dumped), "screening"
        )


def test_what_was_forgotten_is_read_again(monkeypatch: pytest.MonkeyPatch):
    for module in ("plan", "stored"):
        monkeypatch.setattr(f"app.eligibility.bulk.{module}.MOST_KNOWN", 1)
    plan = Plan()
    reader = StoredExpressions(plan)
    for node in (*ONE_OF_EACH, *ONE_OF_EACH):
        expression = EXPRESSIONS.validate_python(node)
        slot = reader.slot(stored(expression), "screening")
        assert trees(plan, slot) == interned(expression, Milestone.SCREENING)


@law
@given(
    node=expressions(),
    kind=st.sampled_from(list(CriterionKind)),
    anchor=st.sampled_from(list(Milestone)),
    conditions=st.lists(st.sampled_from(["sle", "lupus_nephritis"]), max_size=2, unique=True),
)
def test_a_stored_criterion_is_the_root_that_its_rule_is(
    node: Any, kind: CriterionKind, anchor: Milestone, conditions: list[str]
):
    expression = EXPRESSIONS.validate_python(node)
    scope = Scope(conditions=tuple(conditions)) if conditions else None
    as_rule, as_text = Roots(), Roots()
    as_rule.of_rule(CriterionRule("inc-1", kind, anchor, expression, scope))
    as_text.of_stored(stored(expression), kind, anchor, conditions)
    for name in ("whole", "data_part"):
        [one], [other] = (getattr(roots.columns, name).tolist() for roots in (as_rule, as_text))
        assert tree(as_rule.plan, one) == tree(as_text.plan, other)
    assert as_rule.columns.favours_yes.tolist() == as_text.columns.favours_yes.tolist()


def test_a_criterion_without_an_expression_is_one_root_whatever_its_kind():
    roots = Roots()
    assert roots.of_stored("", "inclusion", "screening") == roots.of_stored("", "exclusion", "infusion") == 0
    assert roots.of_stored(json.dumps(ADULT), "inclusion", "screening") == 1
    assert roots.of_stored(json.dumps(ADULT), "exclusion", "screening") == 2
    assert len(roots) == 3
