"""Every distinct leaf of a catalogue, read for one patient.

What a patient's record does not touch stands as silence does. Leaves of the frequent kinds are decided together, as
arrays; the others, and those of which a record says something out of the ordinary, are read one by one, with the
explaining evaluator's own readers.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from app.eligibility.bulk.ages import Ages
from app.eligibility.bulk.plan import LeafSlot
from app.eligibility.bulk.program import Small
from app.eligibility.bulk.single import single_reader
from app.eligibility.bulk.stretches import Stretches
from app.eligibility.bulk.subjects import subject_of
from app.eligibility.bulk.thresholds import Thresholds, is_ordered
from app.eligibility.criteria import Age, ConditionIs, Event, Except, Observation, Reproductive, SexIs, Therapy
from app.eligibility.extents import CONDITIONS, EVENTS, NOT_OVER, THERAPIES, extents_of
from app.eligibility.facts import PatientFacts
from app.eligibility.looks import looks_at
from app.eligibility.situation import Situation, VerdictReader
from app.eligibility.verdicts import Verdict
from app.vocabulary.terms import Vocabulary

_SAID_TO_BE_COMPLETE = {CONDITIONS: "conditions", NOT_OVER: "conditions", THERAPIES: "therapies", EVENTS: "events"}
_LIST_OF = {"condition": "conditions", "therapy": "therapies", "event": "events"}


class Leaves:
    """The leaves of a program. `verdicts` reads them all."""

    def __init__(self, slots: Sequence[LeafSlot], vocabulary: Vocabulary) -> None:
        self._slots = slots
        self._vocabulary = vocabulary
        self._ages = Ages()
        self._thresholds = Thresholds(vocabulary)
        self._stretches = {list_: Stretches() for list_ in _SAID_TO_BE_COMPLETE}
        self._of_the_person: list[int] = []
        self._touched_by: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        self._of_list: dict[str, list[int]] = defaultdict(list)
        for number, slot in enumerate(slots):
            self._add(number, slot)
        self._ages.freeze()
        self._thresholds.freeze()
        for stretches in self._stretches.values():
            stretches.freeze()
        self._readers: dict[int, VerdictReader] = {}
        self._silent: dict[frozenset[str], Small] = {}

    def verdicts(self, situation: Situation) -> Small:
        """How each leaf stands for a patient: -1, 0 or 1."""
        facts = situation.facts
        verdicts = self._of_an_empty_record(facts.reviewed).copy()
        to_read = set(self._of_the_person)
        to_read.update(self._touched(facts))
        self._ages.fill(verdicts, situation)
        to_read.update(self._thresholds.fill(verdicts, situation))
        extents = extents_of(facts)
        for list_, stretches in self._stretches.items():
            complete = _SAID_TO_BE_COMPLETE[list_] in facts.reviewed
            to_read.update(stretches.fill(verdicts, extents[list_], situation, complete=complete))
        for number in to_read:
            verdicts[number] = self._reader(number)(situation)
        return verdicts

    def _add(self, number: int, slot: LeafSlot) -> None:
        leaf, anchor = slot.leaf, slot.anchor
        match leaf:
            case Age():
                self._ages.add(number, leaf, anchor)
            case SexIs() | Reproductive():
                self._of_the_person.append(number)
            case Observation() if is_ordered(leaf):
                self._thresholds.add(number, leaf, anchor)
            case Observation():
                self._add_single(number, leaf)
            case ConditionIs() | Therapy() | Event():
                self._of_list[_LIST_OF[leaf.kind]].append(number)
                subject = subject_of(leaf, anchor, self._vocabulary)
                if subject is None:
                    self._add_single(number, leaf)
                else:
                    self._stretches[subject.list_].add(number, subject)
            case Except():
                self._of_list[_LIST_OF[leaf.of.kind]].append(number)
                self._add_single(number, leaf.of)

    def _add_single(self, number: int, leaf: Observation | ConditionIs | Therapy | Event) -> None:
        """To be read where something is on record under a code that it looks at."""
        kinds = {leaf.kind, "observation"} if leaf.kind == "condition" else {leaf.kind}
        for kind, code in looks_at(leaf, self._vocabulary):
            if kind in kinds:
                self._touched_by[kind][code].append(number)

    def _touched(self, facts: PatientFacts) -> Iterator[int]:
        for kind, codes in (
            ("observation", facts.observations),
            ("condition", facts.conditions),
            ("therapy", facts.therapies),
            ("event", facts.events),
        ):
            touched_by = self._touched_by.get(kind)
            if touched_by:
                for code in codes:
                    yield from touched_by.get(code, ())

    def _of_an_empty_record(self, reviewed: frozenset[str]) -> Small:
        """Unknown all; but of a list that is complete, no."""
        known = self._silent.get(reviewed)
        if known is None:
            known = np.zeros(len(self._slots), dtype=np.int8)
            for list_ in reviewed:
                known[self._of_list.get(list_, [])] = Verdict.NO
            self._silent[reviewed] = known
        return known

    def _reader(self, number: int) -> VerdictReader:
        """Made ready when it is first needed: most are touched by few patients."""
        reader = self._readers.get(number)
        if reader is None:
            slot = self._slots[number]
            reader = self._readers[number] = single_reader(slot.leaf, slot.anchor, self._vocabulary)
        return reader
