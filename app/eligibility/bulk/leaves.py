"""Every distinct leaf of a catalogue, read for one patient.

What a patient's record does not touch stands as it does for an empty record, and that is known beforehand. Families of
leaves are filled at once; all others are read one by one, with the explaining evaluator's own readers.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np

from app.eligibility.bulk.families import (
    NO_LIMIT,
    AgeFamily,
    Family,
    ThresholdFamily,
    WindowFamily,
    is_plain_threshold,
    plain_span,
)
from app.eligibility.bulk.plan import LeafSlot
from app.eligibility.bulk.program import Index, Small
from app.eligibility.criteria import (
    Age,
    Event,
    Except,
    Leaf,
    Observation,
    Therapy,
)
from app.eligibility.dates import Calendar, months_of, window
from app.eligibility.evaluate import prepare
from app.eligibility.events import EventTest
from app.eligibility.facts import PatientFacts
from app.eligibility.looks import Look, looks_at
from app.eligibility.observations import ObservationLeaf
from app.eligibility.patient import Patient, Reviewable
from app.eligibility.reading import read_patient
from app.eligibility.situation import Reader, Situation
from app.eligibility.therapies import TherapyTest
from app.vocabulary.enumerations import Milestone
from app.vocabulary.terms import Vocabulary

_REVIEWABLE: tuple[Reviewable, ...] = ("conditions", "therapies", "events")
_OF_THE_PERSON = frozenset({"age", "sex", "reproductive"})
_SOME_DAY = date(2000, 1, 1)
"""An empty record is the same on every day."""


class Leaves:
    """The leaves of a program. `verdicts` reads them all."""

    def __init__(self, slots: Sequence[LeafSlot], vocabulary: Vocabulary) -> None:
        self._size = len(slots)
        self._readers: dict[int, Reader] = {}
        self._families: list[Family] = []
        self._members: list[Index] = []
        self._leaves_touched: dict[Look, list[int]] = defaultdict(list)
        self._families_touched: dict[Look, list[int]] = defaultdict(list)
        self._always_leaves: list[int] = []
        self._always_families: list[int] = []
        for members in _gathered(slots, vocabulary):
            touches = _touches(members[0][1].leaf, vocabulary)
            for number, slot in members:
                reader = prepare(slot.leaf, vocabulary, slot.anchor).reader
                if reader is not None:
                    self._readers[number] = reader
            if len(members) > 1:
                self._add_family(members, touches, vocabulary)
            else:
                self._add_leaf(members[0][0], touches)
        self._unread = self._of_an_empty_record(vocabulary, ())
        self._reviewed: dict[str, tuple[Index, Small]] = {
            list_: self._changed_by_review(vocabulary, list_) for list_ in _REVIEWABLE
        }

    def verdicts(self, situation: Situation) -> Small:
        """How each leaf stands for a patient: -1, 0 or 1."""
        facts = situation.facts
        verdicts = self._unread.copy()
        for list_ in facts.reviewed:
            changed, to = self._reviewed[list_]
            verdicts[changed] = to
        to_read = self._touched(facts, self._always_leaves, self._leaves_touched)
        for number in self._touched(facts, self._always_families, self._families_touched):
            if not self._families[number].fill(verdicts, situation):
                to_read.update(self._members[number].tolist())
        for number in to_read:
            verdicts[number] = self._readers[number](situation).verdict
        return verdicts

    def _add_leaf(self, number: int, touches: set[Look] | None) -> None:
        if touches is None:
            self._always_leaves.append(number)
        for touch in touches or ():
            self._leaves_touched[touch].append(number)

    def _add_family(
        self, members: Sequence[tuple[int, LeafSlot]], touches: set[Look] | None, vocabulary: Vocabulary
    ) -> None:
        family, leaves = _family(members, vocabulary)
        if touches is None:
            self._always_families.append(len(self._families))
        for touch in touches or ():
            self._families_touched[touch].append(len(self._families))
        self._families.append(family)
        self._members.append(leaves)

    def _touched(self, facts: PatientFacts, always: Iterable[int], touched_by: dict[Look, list[int]]) -> set[int]:
        numbers = set(always)
        for kind, codes in (
            ("observation", facts.observations),
            ("condition", facts.conditions),
            ("therapy", facts.therapies),
            ("event", facts.events),
        ):
            for code in codes:
                numbers.update(touched_by.get((kind, code), ()))
        return numbers

    def _changed_by_review(self, vocabulary: Vocabulary, list_: Reviewable) -> tuple[Index, Small]:
        reviewed = self._of_an_empty_record(vocabulary, (list_,))
        changed = np.flatnonzero(reviewed != self._unread)
        return changed, reviewed[changed]

    def _of_an_empty_record(self, vocabulary: Vocabulary, reviewed: tuple[Reviewable, ...]) -> Small:
        facts = read_patient(Patient(reviewed=reviewed), vocabulary, _SOME_DAY)
        situation = Situation.now(facts, Calendar(_SOME_DAY))
        verdicts = np.zeros(self._size, dtype=np.int8)
        for number, reader in self._readers.items():
            verdicts[number] = reader(situation).verdict
        return verdicts


def _gathered(slots: Sequence[LeafSlot], vocabulary: Vocabulary) -> Iterable[list[tuple[int, LeafSlot]]]:
    """The leaves, those of one family together."""
    groups: dict[object, list[tuple[int, LeafSlot]]] = defaultdict(list)
    for number, slot in enumerate(slots):
        groups[_family_key(number, slot, vocabulary)].append((number, slot))
    return groups.values()


def _family_key(number: int, slot: LeafSlot, vocabulary: Vocabulary) -> object:
    leaf = slot.leaf
    if isinstance(leaf, Age):
        return "age", slot.anchor
    if isinstance(leaf, Observation) and is_plain_threshold(leaf):
        made = ObservationLeaf.of(leaf, slot.anchor, vocabulary, "", None)
        return leaf.code, leaf.room_air, made.reach, made.test.comparator, made.test.relative_to
    if isinstance(leaf, Event | Therapy) and (span := plain_span(leaf)) is not None:
        # A month may be shorter or longer than 30 days: lengths are in one order among days, or among months.
        in_months = months_of(span) is not None
        return leaf.model_copy(update={"window": None}), leaf.window and leaf.window.before, slot.anchor, in_months
    return number


def _family(members: Sequence[tuple[int, LeafSlot]], vocabulary: Vocabulary) -> tuple[Family, Index]:
    anchor = members[0][1].anchor
    match members[0][1].leaf:
        case Observation() as first:
            tests = sorted(
                (ObservationLeaf.of(slot.leaf, anchor, vocabulary, "", None).test.value, number)
                for number, slot in members
                if isinstance(slot.leaf, Observation)
            )
            leaves = np.array([number for _, number in tests], dtype=np.intp)
            one = ObservationLeaf.of(first, anchor, vocabulary, "", None)
            return ThresholdFamily.of(one, [value for value, _ in tests], leaves), leaves
        case Event() | Therapy() as first:
            spans = [
                (span, number)
                for number, slot in members
                if isinstance(slot.leaf, Event | Therapy) and (span := plain_span(slot.leaf)) is not None
            ]
            spans.sort(key=lambda item: window(_SOME_DAY, item[0]).first, reverse=True)
            leaves = np.array([number for _, number in spans], dtype=np.intp)
            return WindowFamily(_window_test(first, anchor, vocabulary), [span for span, _ in spans], leaves), leaves
        case _:
            leaves = np.array([number for number, _ in members], dtype=np.intp)
            ages = [slot.leaf for _, slot in members if isinstance(slot.leaf, Age)]
            youngest = np.array([age.min_years or 0 for age in ages], dtype=np.int16)
            oldest = np.array([NO_LIMIT if age.max_years is None else age.max_years for age in ages], dtype=np.int16)
            return AgeFamily(anchor, youngest, oldest, leaves), leaves


def _window_test(leaf: Event | Therapy, anchor: Milestone, vocabulary: Vocabulary) -> EventTest | TherapyTest:
    return EventTest.of(leaf, anchor) if isinstance(leaf, Event) else TherapyTest.of(leaf, anchor, vocabulary)


def _touches(leaf: Leaf | Except, vocabulary: Vocabulary) -> set[Look] | None:
    """The codes on record that matter to a leaf; None where the person does, so that it is always read."""
    looks = looks_at(leaf, vocabulary)
    if any(kind in _OF_THE_PERSON for kind, _ in looks):
        return None
    return {look for look in looks if look[0] != "reviewed"}
