"""What a leaf about a list of a patient's is about, where it asks for nothing but what there was, and when."""

from collections.abc import Callable, Hashable, Iterable
from typing import NamedTuple

from app.eligibility.conditions import ConditionTest
from app.eligibility.criteria import ConditionIs, ConditionState, Event, EventTiming, Therapy
from app.eligibility.dates import Length
from app.eligibility.extents import CONDITIONS, EVENTS, NOT_OVER, THERAPIES
from app.eligibility.periods import Reach
from app.eligibility.therapies import TherapyTest
from app.vocabulary.enumerations import Milestone
from app.vocabulary.terms import Vocabulary

_ON_THE_DAY = Length(None, 0)


class Codes(NamedTuple):
    """What leaves are about: `meant` codes. What is under a `vague` code may be meant or not.

    `deniable`: the codes under which a statement of absence can say that there is nothing.
    """

    meant: Iterable[str]
    deniable: Iterable[str]
    vague: Iterable[str] = ()


class Subject(NamedTuple):
    """A leaf's list, and what of it; `length`: of the window before the milestone, None for any time up to it."""

    list_: str
    key: Hashable
    milestone: Milestone
    length: Length | None
    codes: Callable[[], Codes]


def subject_of(leaf: ConditionIs | Therapy | Event, anchor: Milestone, vocabulary: Vocabulary) -> Subject | None:
    """The subject of a leaf; None where it asks for further properties."""
    match leaf:
        case ConditionIs():
            return _of_condition(leaf, anchor, vocabulary)
        case Therapy():
            return _of_therapy(leaf, anchor, vocabulary)
        case Event():
            return _of_event(leaf, anchor)


def _of_condition(leaf: ConditionIs, anchor: Milestone, vocabulary: Vocabulary) -> Subject | None:
    told = leaf.criteria_set, leaf.adequately_treated, leaf.systemic_therapy
    if leaf.status or leaf.severity or told != (None, None, None):
        return None
    if not vocabulary.condition_descendants(leaf.code).isdisjoint(vocabulary.signs):
        return None

    def codes() -> Codes:
        test = ConditionTest.of(leaf, anchor, vocabulary)
        return Codes(test.code_set - test.vague, test.above, test.vague.union(test.groups))

    key = leaf.code, leaf.other_than
    if leaf.window is None and leaf.state is ConditionState.ACTIVE:
        return Subject(NOT_OVER, key, anchor, _ON_THE_DAY, codes)
    reach = Reach.of(leaf.window, anchor)
    return Subject(CONDITIONS, key, reach.milestone, reach.length, codes)


def _of_therapy(leaf: Therapy, anchor: Milestone, vocabulary: Vocabulary) -> Subject | None:
    if leaf.min_distinct > 1 or leaf.dose or leaf.duration or leaf.response or leaf.ongoing is not None:
        return None
    reach = Reach.of(leaf.window, anchor)
    length = reach.length
    if reach.in_half_lives:
        lengths = list(TherapyTest.of(leaf, anchor, vocabulary).lengths.values())
        if len(lengths) != 1 or lengths[0] is None:
            return None
        length = lengths[0]

    def codes() -> Codes:
        agents = TherapyTest.of(leaf, anchor, vocabulary).agents
        return Codes(agents, agents)

    return Subject(THERAPIES, (leaf.agents, leaf.classes, leaf.except_agents), reach.milestone, length, codes)


def _of_event(leaf: Event, anchor: Milestone) -> Subject | None:
    if leaf.timing is not EventTiming.PAST:
        return None
    reach = Reach.of(leaf.window, anchor)
    return Subject(EVENTS, leaf.codes, reach.milestone, reach.length, lambda: Codes(set(leaf.codes), leaf.codes))
