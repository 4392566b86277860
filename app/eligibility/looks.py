"""What of a patient a leaf looks at: where a fact is none of these, the leaf stands as it does without it."""

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
from app.vocabulary.terms import Vocabulary

Look = tuple[str, str]
"""A kind of fact, and its code: `("observation", "egfr")`, `("therapy", "rituximab")`, `("reviewed", "conditions")`."""

AGE: Look = ("age", "age")
SEX: Look = ("sex", "sex")
WEIGHT: Look = ("observation", "weight")
_HEIGHT: Look = ("observation", "height")
_CREATININE: Look = ("observation", "creatinine")
_INPUTS: dict[str, frozenset[Look]] = {
    "egfr": frozenset({_CREATININE, _HEIGHT, AGE, SEX}),
    "creatinine_clearance": frozenset({_CREATININE, WEIGHT, AGE, SEX}),
    "bmi": frozenset({WEIGHT, _HEIGHT}),
}


def looks_at(leaf: Leaf | Except, vocabulary: Vocabulary) -> frozenset[Look]:
    """Everything that a leaf may read. Its codes are in the vocabulary."""
    match leaf:
        case Age():
            return frozenset({AGE})
        case SexIs():
            return frozenset({SEX})
        case Reproductive():
            told = ("reproductive", leaf.state.value)
            return frozenset({told} if leaf.state is ReproductiveState.CONTRACEPTION else {told, SEX})
        case Observation():
            return _INPUTS.get(leaf.code, frozenset()) | {("observation", leaf.code)}
        case ConditionIs():
            codes = vocabulary.condition_descendants(leaf.code) | vocabulary.condition_ancestors(leaf.code)
            return frozenset({("reviewed", "conditions"), *(("condition", code) for code in codes)})
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
