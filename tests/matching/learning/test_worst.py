"""Whether a criterion could fail: the same as trying all that its open leaves can be together."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.eligibility.criterion import leaves
from app.eligibility.evaluate import Plan, read
from app.eligibility.findings import Finding
from app.eligibility.rules import CriterionRule
from app.eligibility.situation import Situation
from app.matching.learning.possible import ANYHOW, BUT_NOT_NO, Standings, possible_outcomes
from app.matching.learning.worst import could_fail
from app.vocabulary.enumerations import CriterionKind, Outcome
from app.vocabulary.terms import Vocabulary
from tests.eligibility.asking import expression
from tests.eligibility.strategies import Node, expressions
from tests.matching.learning.asking_again import inquiry_of


@settings(max_examples=300, deadline=None)
@given(node=expressions(depth=6), kind=st.sampled_from(CriterionKind), chance=st.randoms(use_true_random=False))
def test_a_criterion_could_fail_where_failing_is_possible(
    vocabulary: Vocabulary, node: Node, kind: CriterionKind, chance: Any
):
    inquiry = inquiry_of(vocabulary, {"sex": "female"})
    rule = CriterionRule("inc-1", kind, expression=expression(**node))
    plan = rule.plan(vocabulary)
    assert plan is not None
    found = read(plan, Situation.now(inquiry.facts, inquiry.calendar))
    looks = frozenset(look for look in sorted(plan.looks_at) if chance.random() < 0.5)
    turns = {id(leaf): chance.choice([ANYHOW, BUT_NOT_NO]) for leaf in leaves(found)}

    def touched_leaf(_: Plan, leaf: Finding) -> Standings:
        turn: Standings = turns[id(leaf)]
        return turn

    def any_leaf(plan: Plan, leaf: Finding) -> Standings | None:
        return None if plan.looks_at.isdisjoint(looks) else touched_leaf(plan, leaf)

    expected = Outcome.FAILS in possible_outcomes(plan, found, any_leaf, rule.favourable)
    assert could_fail(plan, found, looks, touched_leaf, rule.favourable) is expected
