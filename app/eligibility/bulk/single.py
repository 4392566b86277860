"""One leaf by itself: its verdict as the explaining evaluator finds it, without the words."""

from collections.abc import Callable
from typing import TypeVar

from app.eligibility.conditions import ConditionTest
from app.eligibility.criteria import ConditionIs, Event, Except, Leaf, Observation
from app.eligibility.evaluate import prepare
from app.eligibility.evaluate import read as explained
from app.eligibility.events import EventTest
from app.eligibility.instances import InstanceTest
from app.eligibility.observations import ObservationLeaf
from app.eligibility.periods import SURELY, either, verdict_of
from app.eligibility.situation import Situation
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import Milestone
from app.vocabulary.terms import Vocabulary

Item = TypeVar("Item")
SingleReader = Callable[[Situation], Verdict]


def single_reader(leaf: Leaf | Except, anchor: Milestone, vocabulary: Vocabulary) -> SingleReader:
    """What reads the verdict of a leaf."""
    match leaf:
        case Observation():
            return ObservationLeaf.of(leaf, anchor, vocabulary, "", None).verdict
        case ConditionIs():
            return _verdict_reader(ConditionTest.of(leaf, anchor, vocabulary))
        case Event():
            return _verdict_reader(EventTest.of(leaf, anchor))
        case _:
            plan = prepare(leaf, vocabulary, anchor)
            return lambda situation: explained(plan, situation).verdict


def _verdict_reader(test: InstanceTest[Item]) -> SingleReader:
    def read(situation: Situation) -> Verdict:
        between = test.silence(situation).between
        for item in test.candidates(situation):
            between = either(between, test.test(item, situation).between)
            if between == SURELY:
                break
        return verdict_of(between)

    return read
