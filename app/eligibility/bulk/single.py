"""One leaf by itself: its verdict as the explaining evaluator finds it, without what explains it."""

from app.eligibility.criteria import ConditionIs, Event, Except, Leaf, Observation, Therapy
from app.eligibility.evaluate import instance_test, prepare
from app.eligibility.evaluate import read as explained
from app.eligibility.instances import verdict_reader
from app.eligibility.observations import ObservationLeaf
from app.eligibility.situation import VerdictReader
from app.eligibility.therapies import TherapyTest
from app.vocabulary.enumerations import Milestone
from app.vocabulary.terms import Vocabulary


def single_reader(leaf: Leaf | Except, anchor: Milestone, vocabulary: Vocabulary) -> VerdictReader:
    """What reads the verdict of a leaf."""
    match leaf:
        case Observation():
            return ObservationLeaf.of(leaf, anchor, vocabulary, "", None).verdict
        case Therapy():
            return TherapyTest.of(leaf, anchor, vocabulary).verdict
        case ConditionIs() | Event():
            return verdict_reader(instance_test(leaf, vocabulary, anchor))
        case Except():
            unless = [instance_test(one, vocabulary, anchor) for one in leaf.unless]
            return verdict_reader(instance_test(leaf.of, vocabulary, anchor), unless)
        case _:
            plan = prepare(leaf, vocabulary, anchor)
            return lambda situation: explained(plan, situation).verdict
