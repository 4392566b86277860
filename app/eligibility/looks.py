"""What of a request a leaf looks at: where a fact is none of these, the leaf stands as it does without it.

Facts from which others follow (`implied`) are looked at too.
"""

from collections.abc import Set as AbstractSet
from typing import assert_never

from app.eligibility.criteria import (
    Age,
    ConditionIs,
    Event,
    Except,
    Judgement,
    Leaf,
    Observation,
    Reproductive,
    ReproductiveState,
    SexIs,
    Therapy,
    Undertaking,
)
from app.eligibility.facts import PatientFacts
from app.eligibility.implied import OF_WOMEN
from app.vocabulary.terms import Vocabulary

Look = tuple[str, str]
"""A kind of fact, and its code: `("observation", "egfr")`, `("therapy", "rituximab")`, `("reviewed", "conditions")`."""

AGE: Look = ("age", "age")
SEX: Look = ("sex", "sex")
WEIGHT: Look = ("observation", "weight")
_HEIGHT: Look = ("observation", "height")
_CREATININE: Look = ("observation", "creatinine")
_PREGNANT: Look = ("reproductive", "pregnant")
_CHILDBEARING: Look = ("reproductive", "childbearing_potential")
_PREGNANCY_TEST: Look = ("observation", "pregnancy_test")
_SEX_AND_WHAT_TELLS_IT = frozenset({SEX, *(("reproductive", state.value) for state in OF_WOMEN)})
_INPUTS: dict[str, frozenset[Look]] = {
    "egfr": frozenset({_CREATININE, _HEIGHT, AGE}) | _SEX_AND_WHAT_TELLS_IT,
    "creatinine_clearance": frozenset({_CREATININE, WEIGHT, AGE}) | _SEX_AND_WHAT_TELLS_IT,
    "bmi": frozenset({WEIGHT, _HEIGHT}),
    "pregnancy_test": frozenset({_PREGNANT}),
}


def looks_at(leaf: Leaf | Except, vocabulary: Vocabulary) -> frozenset[Look]:
    """Everything that a leaf may read. Its codes are in the vocabulary."""
    match leaf:
        case Age():
            return frozenset({AGE})
        case SexIs():
            return _SEX_AND_WHAT_TELLS_IT
        case Reproductive():
            return _reproductive(leaf.state, vocabulary)
        case Observation():
            return _INPUTS.get(leaf.code, frozenset()) | _implying(leaf.code, vocabulary) | {("observation", leaf.code)}
        case ConditionIs():
            codes = vocabulary.condition_descendants(leaf.code) | vocabulary.condition_ancestors(leaf.code)
            shown = [code for code in vocabulary.condition_descendants(leaf.code) if code in vocabulary.signs]
            signs = [sign for code in shown for sign in vocabulary.signs[code]]
            tests = {test for sign in signs for test in (sign.observation, sign.cleared_by) if test is not None}
            found = {("reviewed", "conditions"), *(("condition", code) for code in codes)}
            return frozenset({*found, *(("observation", test) for test in tests)})
        case Therapy():
            agents = {agent for agent in vocabulary.agents if not vocabulary.classes_of(agent).isdisjoint(leaf.classes)}
            found = {("reviewed", "therapies"), *(("therapy", agent) for agent in agents.union(leaf.agents))}
            return frozenset(found if leaf.dose is None else {*found, WEIGHT})
        case Event():
            return frozenset({("reviewed", "events"), *(("event", code) for code in leaf.codes)})
        case Except():
            return looks_at(leaf.of, vocabulary).union(*(looks_at(one, vocabulary) for one in leaf.unless))
        case Judgement() | Undertaking():
            return frozenset()
    assert_never(leaf)


def known_looks(facts: PatientFacts) -> AbstractSet[Look]:
    """What of a patient is on record at all; that a list is complete is no entry of it."""
    looks = facts.looks
    if not looks:
        looks.update(("observation", code) for code in facts.observations)
        looks.update(("condition", code) for code in facts.conditions)
        looks.update(("therapy", agent) for agent in facts.therapies)
        looks.update(("event", code) for code in facts.events)
        looks.update(("reproductive", name) for name, told in facts.reproductive if told is not None)
        if facts.birth is not None:
            looks.add(AGE)
        if facts.sex is not None:
            looks.add(SEX)
    return looks


def _reproductive(state: ReproductiveState, vocabulary: Vocabulary) -> frozenset[Look]:
    told: Look = ("reproductive", state.value)
    if state is ReproductiveState.CONTRACEPTION:
        return frozenset({told})
    if state is ReproductiveState.LACTATING:
        return _SEX_AND_WHAT_TELLS_IT | {told}
    ends = [term.code for term in vocabulary.conditions.values() if term.ends_childbearing_potential]
    below = {("condition", code) for end in ends for code in vocabulary.condition_descendants(end)}
    events = {("event", term.code) for term in vocabulary.events.values() if term.ends_childbearing_potential}
    return _SEX_AND_WHAT_TELLS_IT | below | events | {told, _PREGNANT, _PREGNANCY_TEST, _CHILDBEARING}


def _implying(code: str, vocabulary: Vocabulary) -> frozenset[Look]:
    """The conditions that imply what this observation finds."""
    named = [
        term.code
        for term in vocabulary.conditions.values()
        if term.implies_finding is not None and term.implies_finding.observation == code
    ]
    return frozenset(("condition", below) for name in named for below in vocabulary.condition_descendants(name))
