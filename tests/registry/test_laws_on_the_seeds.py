"""Laws of the evaluator on the curated criteria themselves, for patients of whom more and more is known."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.eligibility.bulk.matcher import FAILS, NOT_APPLICABLE, PASSES, TO_CONFIRM, UNKNOWN, BulkMatcher
from app.eligibility.dates import Calendar
from app.eligibility.situation import Situation
from app.eligibility.trial import assess_trial
from app.vocabulary.enumerations import Outcome
from tests.eligibility.patients import TODAY, facts_of
from tests.registry.documented import ILL, WOMAN
from tests.registry.outcomes import rules_of
from tests.registry.seeds import SLUGS

RULES = tuple(rules_of(slug) for slug in SLUGS)
FLAGS = {
    Outcome.PASSES: PASSES,
    Outcome.FAILS: FAILS,
    Outcome.UNKNOWN: UNKNOWN,
    Outcome.NOT_APPLICABLE: NOT_APPLICABLE,
}
PATIENTS = st.tuples(st.sampled_from([WOMAN, ILL]), st.integers(0, 2**32).map(Random))


def some_of(patient: dict[str, Any], chance: Random, share: float) -> dict[str, Any]:
    """The patient with a share of what is known."""
    known: dict[str, Any] = {}
    for name, value in patient.items():
        match value:
            case list():
                known[name] = [entry for entry in value if chance.random() < share]
            case dict():
                known[name] = {key: told for key, told in value.items() if chance.random() < share}
            case _ if chance.random() < share:
                known[name] = value
    return known


@pytest.fixture(scope="module")
def bulk(vocabulary):
    return BulkMatcher.of(RULES, vocabulary)


@settings(max_examples=60, deadline=None)
@given(PATIENTS)
def test_more_knowledge_never_turns_a_pass_into_a_fail_or_a_fail_into_a_pass(vocabulary, chosen):
    patient, chance = chosen
    after = some_of(patient, chance, 0.8)
    before = some_of(after, chance, 0.7)
    # A list is reviewed as it stands: it was not while entries lacked.
    before["reviewed"] = [name for name in before.get("reviewed", []) if before.get(name) == after.get(name)]
    for rules in RULES:
        then, now = (
            assess_trial(rules, facts_of(vocabulary, **told), Calendar(TODAY), vocabulary).criteria
            for told in (before, after)
        )
        for one, other in zip(then, now, strict=True):
            assert {one.outcome, other.outcome} != {Outcome.PASSES, Outcome.FAILS}, (rules.id, one.key)


@settings(max_examples=60, deadline=None)
@given(PATIENTS)
def test_the_bulk_matcher_says_of_every_criterion_what_is_explained(vocabulary, bulk, chosen):
    patient, chance = chosen
    facts = facts_of(vocabulary, **some_of(patient, chance, 0.8))
    found = bulk.match(Situation.now(facts, Calendar(TODAY)))
    for number, rules in enumerate(RULES):
        explained = assess_trial(rules, facts, Calendar(TODAY), vocabulary).criteria
        flags = [int(TO_CONFIRM if one.to_confirm else FLAGS[one.outcome]) for one in explained]
        assert bulk.criteria_of(found, number).tolist() == flags
