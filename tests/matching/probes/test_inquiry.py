"""Supposing a fact is the same as reading the whole patient with it."""

from dataclasses import fields

from hypothesis import given, settings
from hypothesis import strategies as st

from app.eligibility.facts import PatientFacts
from app.eligibility.patient import Patient
from app.vocabulary.faults import Refused
from app.vocabulary.terms import Vocabulary
from tests.eligibility.patient_strategies import (
    births,
    condition_facts,
    event_facts,
    observation_facts,
    patients,
    therapy_facts,
)
from tests.eligibility.strategies import REPRODUCTIVE, REVIEWABLE, Node, some_of, stated
from tests.matching.learning.asking_again import inquiry_of, read_with

CHANGES = st.one_of(
    stated(
        observations=st.lists(observation_facts(exact=True), min_size=1, max_size=2),
        conditions=st.lists(condition_facts(exact=True), min_size=1, max_size=2),
        therapies=st.lists(therapy_facts(exact=True), min_size=1, max_size=2),
        events=st.lists(event_facts(exact=True), min_size=1, max_size=2),
        reproductive=stated(**dict.fromkeys(REPRODUCTIVE, st.booleans())),
        reviewed=some_of(REVIEWABLE),
        sex=st.sampled_from(["female", "male"]),
    ),
    births(exact=True),
)


def known(facts: PatientFacts | None) -> object:
    """What is known, but nothing that is kept of it; what was left out of account is said of another request."""
    if facts is None:
        return None
    return {one.name: getattr(facts, one.name) for one in fields(facts) if one.compare and one.name != "warnings"}


@settings(max_examples=300, deadline=None)
@given(patient=patients(), change=CHANGES)
def test_a_change_is_read_as_with_the_whole_patient(vocabulary: Vocabulary, patient: Node, change: Node):
    try:
        inquiry = inquiry_of(vocabulary, patient)
        laid = Patient.model_validate(change)
        inquiry_of(vocabulary, change)
    except Refused:
        return

    assert known(inquiry.suppose(laid)) == known(read_with(inquiry, laid))
