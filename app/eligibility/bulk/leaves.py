"""Every distinct leaf of a catalogue, read for one patient with the explaining evaluator's own readers.

Two things keep that cheap. What a patient's record does not touch stands as it does for an empty record, and that is
known beforehand. Leaves that differ in their threshold alone are one family: between two ends of what the patient's
results can be, the verdict is the same for every threshold, so that a few of them are read for all.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import TypeGuard, assert_never

import numpy as np

from app.eligibility.bulk.plan import LeafSlot
from app.eligibility.bulk.program import Index, Small
from app.eligibility.criteria import (
    Age,
    ConditionIs,
    Event,
    Except,
    Judgement,
    Leaf,
    Observation,
    Reproductive,
    SexIs,
    Therapy,
    Undertaking,
    Which,
)
from app.eligibility.dates import Calendar
from app.eligibility.derived import DERIVABLE, derived_results
from app.eligibility.evaluate import prepare
from app.eligibility.facts import PatientFacts
from app.eligibility.observations import ObservationLeaf
from app.eligibility.patient import Patient, Reviewable
from app.eligibility.reading import read_patient
from app.eligibility.situation import Reader, Situation
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import ReferenceLimit
from app.vocabulary.terms import Vocabulary

_REVIEWABLE: tuple[Reviewable, ...] = ("conditions", "therapies", "events")
Touch = tuple[str, str]
"""A kind of record and a code in it."""


@dataclass(frozen=True, slots=True)
class Family:
    """Observation leaves that differ in their threshold alone; `thresholds` rise, `leaves` are in their order."""

    leaf: ObservationLeaf
    thresholds: Sequence[Fraction]
    leaves: Index

    def fill(self, verdicts: Small, situation: Situation) -> None:
        """The verdict of each, reading one threshold for all that no end of a result lies between."""
        start = 0
        for end in (*sorted(self._ends(situation)), None):
            at = len(self.thresholds) if end is None else bisect_left(self.thresholds, end, start)
            if at > start:
                verdicts[self.leaves[start:at]] = self._verdict(self.thresholds[start], situation)
            if end is None or at == len(self.thresholds):
                return
            start = at
            if self.thresholds[at] == end:
                start = bisect_right(self.thresholds, end, at)
                verdicts[self.leaves[at:start]] = self._verdict(end, situation)

    def _verdict(self, threshold: Fraction, situation: Situation) -> Verdict:
        return replace(self.leaf, test=replace(self.leaf.test, value=threshold)).verdict(situation)

    def _ends(self, situation: Situation) -> set[Fraction]:
        """Every threshold at which the verdict may turn."""
        facts, code = situation.facts, self.leaf.node.code
        results = facts.observations.get(code, ())
        if code in DERIVABLE:
            results = (*results, *derived_results(facts, code, self.leaf.vocabulary).results)
        ends: set[Fraction] = set()
        relative_to = self.leaf.test.relative_to
        for result in results:
            values = [result.interval.low, result.interval.high] if result.interval else []
            if relative_to is None:
                ends.update(value for value in (*values, result.lower_limit, result.upper_limit) if value is not None)
                continue
            limit = result.upper_limit if relative_to is ReferenceLimit.UPPER else result.lower_limit
            ends.add(Fraction(1))
            if limit:
                ends.update(value / limit for value in values if value is not None)
        return ends


class Leaves:
    """The leaves of a program. `verdicts` reads them all."""

    def __init__(self, slots: Sequence[LeafSlot], vocabulary: Vocabulary) -> None:
        self._size = len(slots)
        self._readers: dict[int, Reader] = {}
        self._always: list[int] = []
        self._touched_by: dict[Touch, list[int]] = defaultdict(list)
        self._families_of: dict[str, list[Family]] = defaultdict(list)
        families: dict[tuple[object, ...], list[tuple[Fraction, int, ObservationLeaf]]] = defaultdict(list)
        for number, slot in enumerate(slots):
            leaf = slot.leaf
            if _may_be_one_of_many(leaf):
                made = ObservationLeaf.of(leaf, slot.anchor, vocabulary, "", None)
                test = made.test
                key = (leaf.code, leaf.room_air, made.reach, test.comparator, test.relative_to)
                families[key].append((test.value, number, made))
                continue
            reader = prepare(leaf, vocabulary, slot.anchor).reader
            if reader is not None:
                self._readers[number] = reader
            touches = _touches(leaf, vocabulary)
            if touches is None:
                self._always.append(number)
            for touch in touches or ():
                self._touched_by[touch].append(number)
        for members in families.values():
            members.sort(key=lambda member: (member[0], member[1]))
            numbers = np.array([number for _, number, _ in members], dtype=np.intp)
            family = Family(members[0][2], [value for value, _, _ in members], numbers)
            self._families_of[family.leaf.node.code].append(family)
        self._unread = self._of_an_empty_record(vocabulary, ())
        self._reviewed: dict[str, tuple[Index, Small]] = {
            list_: (changed := np.flatnonzero(full != self._unread), full[changed])
            for list_ in _REVIEWABLE
            for full in [self._of_an_empty_record(vocabulary, (list_,))]
        }

    def verdicts(self, situation: Situation) -> Small:
        """How each leaf stands for a patient: -1, 0 or 1."""
        facts = situation.facts
        verdicts = self._unread.copy()
        for list_ in facts.reviewed:
            changed, to = self._reviewed[list_]
            verdicts[changed] = to
        for code in (*facts.observations, *DERIVABLE):
            for family in self._families_of.get(code, ()):
                family.fill(verdicts, situation)
        for number in self._to_read(facts):
            verdicts[number] = self._readers[number](situation).verdict
        return verdicts

    def _to_read(self, facts: PatientFacts) -> Iterable[int]:
        numbers = set(self._always)
        for kind, codes in (
            ("observation", facts.observations),
            ("condition", facts.conditions),
            ("therapy", facts.therapies),
            ("event", facts.events),
        ):
            for code in codes:
                numbers.update(self._touched_by.get((kind, code), ()))
        return numbers

    def _of_an_empty_record(self, vocabulary: Vocabulary, reviewed: tuple[Reviewable, ...]) -> Small:
        calendar = Calendar(_SOME_DAY)
        facts = read_patient(Patient(reviewed=reviewed), vocabulary, calendar.as_of)
        situation = Situation.now(facts, calendar)
        verdicts = np.zeros(self._size, dtype=np.int8)
        for number, reader in self._readers.items():
            verdicts[number] = reader(situation).verdict
        return verdicts


_SOME_DAY = date(2000, 1, 1)
"""An empty record is the same on every day."""


def _may_be_one_of_many(leaf: object) -> TypeGuard[Observation]:
    return isinstance(leaf, Observation) and leaf.threshold is not None and leaf.which is Which.LATEST


def _touches(leaf: Leaf | Except, vocabulary: Vocabulary) -> set[Touch] | None:
    """The records that a leaf looks into; None where it looks at the person, so that it is always read."""
    match leaf:
        case Observation():
            return None if leaf.code in DERIVABLE else {("observation", leaf.code)}
        case ConditionIs():
            below, above = vocabulary.condition_descendants(leaf.code), vocabulary.condition_ancestors(leaf.code)
            return {("condition", code) for code in below | above}
        case Therapy():
            agents = {agent for agent in vocabulary.agents if not vocabulary.classes_of(agent).isdisjoint(leaf.classes)}
            return {("therapy", agent) for agent in agents.union(leaf.agents)}
        case Event():
            return {("event", code) for code in leaf.codes}
        case Except():
            return _touches(leaf.of, vocabulary)
        case Judgement() | Undertaking():
            return set()
        case Age() | SexIs() | Reproductive():
            return None
    assert_never(leaf)
