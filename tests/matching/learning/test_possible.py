"""What a criterion could come to: whatever its open leaves turn out to be, that was said to be possible."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.eligibility.composites import fold
from app.eligibility.criterion import leaves, outcome_of
from app.eligibility.evaluate import read
from app.eligibility.findings import Finding
from app.eligibility.rules import CriterionRule
from app.eligibility.situation import Situation
from app.eligibility.verdicts import Verdict
from app.matching.learning.possible import ANYHOW, possible_outcomes
from app.vocabulary.enumerations import CriterionKind
from app.vocabulary.terms import Vocabulary
from tests.eligibility.asking import expression
from tests.eligibility.strategies import Node, expressions
from tests.matching.learning.asking_again import inquiry_of


@settings(max_examples=150, deadline=None)
@given(node=expressions(depth=6), kind=st.sampled_from(CriterionKind), chance=st.randoms(use_true_random=False))
def test_whatever_leaves_turn_out_to_be_was_possible(vocabulary: Vocabulary, node: Node, kind: Any, chance: Any):
    inquiry = inquiry_of(vocabulary, {"sex": "female"})
    rule = CriterionRule("inc-1", kind, expression=expression(**node))
    plan = rule.plan(vocabulary)
    assert plan is not None
    found = read(plan, Situation.now(inquiry.facts, inquiry.calendar))
    anyhow = {id(leaf) for leaf in leaves(found) if chance.random() < 0.5}

    def leaf_turns(leaf: Finding, _favourable: Verdict | None) -> tuple[Verdict, bool | None]:
        turn = chance.choice(list(Verdict)) if id(leaf) in anyhow else leaf.verdict
        return turn, leaf.applicable

    possible = possible_outcomes(plan, found, lambda _, leaf: ANYHOW if id(leaf) in anyhow else None, rule.favourable)
    for _ in range(5):
        assert outcome_of(fold(found, leaf_turns, rule.favourable), rule.favourable) in possible


def test_what_nothing_changes_stands_as_found(vocabulary: Vocabulary):
    rule = CriterionRule("inc-1", CriterionKind.INCLUSION, expression=expression(kind="age", min_years=18))
    plan = rule.plan(vocabulary)
    assert plan is not None
    inquiry = inquiry_of(vocabulary, {"age_years": 30})
    found = read(plan, Situation.now(inquiry.facts, inquiry.calendar))

    assert possible_outcomes(plan, found, lambda _plan, _found: None, rule.favourable) == {"passes"}
