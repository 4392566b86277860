"""What a leaf does not look at does not matter to it."""

from typing import Any, cast

from hypothesis import given, settings

from app.eligibility.criteria import Except, Leaf
from app.eligibility.dates import Calendar
from app.eligibility.evaluate import Plan, prepare, read
from app.eligibility.looks import looks_at
from app.eligibility.situation import Situation
from app.vocabulary.enumerations import Milestone
from app.vocabulary.terms import Vocabulary
from tests.eligibility.asking import expression
from tests.eligibility.patient_strategies import facts_or_none, patients
from tests.eligibility.patients import TODAY
from tests.eligibility.strategies import LEAVES, Node, expressions

_LISTS = {"observations": "observation", "conditions": "condition", "therapies": "therapy", "events": "event"}
_PERSON = {"birth_date": ("age", "age"), "sex": ("sex", "sex"), "weight_kg": ("observation", "weight")}


def only(patient: Node, looks: frozenset[tuple[str, str]]) -> Node:
    """The patient with nothing but what is looked at."""
    kept: dict[str, Any] = {name: patient[name] for name, look in _PERSON.items() if name in patient and look in looks}
    for name, kind in _LISTS.items():
        entries = patient.get(name, [])
        kept[name] = [entry for entry in entries if (kind, entry.get("code", entry.get("agent"))) in looks]
    told = patient.get("reproductive", {})
    kept["reproductive"] = {state: value for state, value in told.items() if ("reproductive", state) in looks}
    kept["reviewed"] = [name for name in patient.get("reviewed", []) if ("reviewed", name) in looks]
    return kept


@settings(max_examples=300)
@given(leaf=LEAVES, patient=patients())
def test_a_leaf_stands_as_it_does_for_what_it_looks_at(vocabulary: Vocabulary, leaf: Node, patient: Node):
    node = cast("Leaf | Except", expression(**leaf))
    whole = facts_or_none(patient, vocabulary)
    seen = facts_or_none(only(patient, looks_at(node, vocabulary)), vocabulary)
    if whole is None or seen is None:
        return
    plan = prepare(node, vocabulary, Milestone.SCREENING)

    assert read(plan, Situation.now(whole, Calendar(TODAY))) == read(plan, Situation.now(seen, Calendar(TODAY)))


@settings(max_examples=50)
@given(tree=expressions())
def test_a_plan_looks_at_what_its_leaves_look_at(vocabulary: Vocabulary, tree: Node):
    plan = prepare(expression(**tree), vocabulary, Milestone.SCREENING)

    def leaves(plan: Plan) -> list[Plan]:
        return [plan] if plan.leaf is not None else [leaf for part in plan.parts for leaf in leaves(part)]

    assert plan.looks_at == frozenset().union(*(looks_at(one.leaf, vocabulary) for one in leaves(plan) if one.leaf))
