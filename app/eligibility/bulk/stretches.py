"""Leaves about what was or is there, and when, without further properties: conditions, therapies and past events.

Such a leaf holds if something on record under one of its codes reaches into its window. All leaves that name the same
codes up to the same milestone are one subject: one pair of days is worked out for it, and held against all windows.
"""

from collections import defaultdict
from collections.abc import Hashable
from datetime import date

import numpy as np
from numpy.typing import NDArray

from app.eligibility.bulk.program import Index, Small
from app.eligibility.bulk.subjects import Subject
from app.eligibility.dates import Length
from app.eligibility.facts import Extents
from app.eligibility.situation import Situation
from app.vocabulary.enumerations import Milestone

Ordinals = NDArray[np.int32]


class Stretches:
    """Leaves about one list of a patient's. They are added first, then frozen; `fill` sets the verdicts of all."""

    def __init__(self) -> None:
        self._subjects: dict[Hashable, int] = {}
        self._milestones: list[Milestone] = []
        self._leaves_of: list[list[int]] = []
        self._spans: dict[tuple[Milestone, Length | None], int] = {}
        self._rows: list[tuple[int, int, int]] = []
        self._meant: dict[str, list[int]] = defaultdict(list)
        self._vague: dict[str, list[int]] = defaultdict(list)
        self._deniable: dict[str, list[int]] = defaultdict(list)
        self._kept: tuple[tuple[date, ...], Ordinals] | None = None

    def add(self, leaf: int, subject: Subject) -> None:
        """A leaf by its number, and what it is about."""
        number = self._number_of(subject)
        span = self._spans.setdefault((subject.milestone, subject.length), len(self._spans))
        self._rows.append((number, leaf, span))
        self._leaves_of[number].append(leaf)

    def _number_of(self, subject: Subject) -> int:
        number = self._subjects.setdefault((subject.key, subject.milestone), len(self._milestones))
        if number == len(self._milestones):
            self._milestones.append(subject.milestone)
            self._leaves_of.append([])
            codes = subject.codes()
            for code in codes.meant:
                self._meant[code].append(number)
            for code in codes.vague:
                self._vague[code].append(number)
            for code in codes.deniable:
                self._deniable[code].append(number)
        return number

    def freeze(self) -> None:
        """All leaves are there."""
        subjects, leaves, spans = np.array(sorted(self._rows), dtype=np.intp).reshape(-1, 3).T.copy()
        self.leaves: Index = leaves
        self._span_of: Index = spans
        self._sizes = np.bincount(subjects, minlength=len(self._milestones))
        self._asked_of = frozenset(self._milestones)
        self._rows.clear()

    def fill(self, verdicts: Small, extents: Extents, situation: Situation, *, complete: bool) -> list[int]:
        """Set the verdicts of the leaves, and tell which of them have to be read one by one.

        `complete`: the list is, so that what is not on record is not there; else it is unknown.
        """
        if not self._milestones:
            return []
        surely: dict[int, int] = {}
        maybe: dict[int, int] = {}
        meant = self._meant
        for code, (last_surely, last_maybe) in extents.by_code.items():
            for subject in meant.get(code, ()):
                if last_surely > surely.get(subject, 0):
                    surely[subject] = last_surely
                if complete and last_maybe > maybe.get(subject, 0):
                    maybe[subject] = last_maybe
        if maybe:
            first = self._first_days(situation)
            reaches, may_reach = self._of_leaves(surely) >= first, self._of_leaves(maybe) >= first
            verdicts[self.leaves] = reaches.view(np.int8) + may_reach.view(np.int8) - 1
        elif surely:
            verdicts[self.leaves] = self._of_leaves(surely) >= self._first_days(situation)
        return [leaf for subject in self._unclear(extents, situation) for leaf in self._leaves_of[subject]]

    def _unclear(self, extents: Extents, situation: Situation) -> set[int]:
        """The subjects of which extents alone do not tell how they stand."""
        unclear = {subject for code in extents.unclear for subject in self._deniable.get(code, ())}
        if self._vague:
            unclear.update(subject for code in extents.by_code for subject in self._vague.get(code, ()))
        # What is over may not have been over yet on the day of a milestone that is past.
        past = {one for one in self._asked_of if situation.anchor(one) < situation.facts.as_of}
        if past:
            touched = (subject for code in extents.by_code for subject in self._meant.get(code, ()))
            unclear.update(subject for subject in touched if self._milestones[subject] in past)
        return unclear

    def _of_leaves(self, days: dict[int, int]) -> Ordinals:
        """For each leaf the day of its subject; 0 where there is none."""
        by_subject = np.zeros(len(self._milestones), dtype=np.int32)
        by_subject[list(days)] = list(days.values())
        return by_subject.repeat(self._sizes)

    def _first_days(self, situation: Situation) -> Ordinals:
        """The first day of the window of every leaf; kept for the next patient of the same days."""
        anchors = tuple([situation.anchor(milestone) for milestone, _ in self._spans])
        kept = self._kept
        if kept is not None and kept[0] == anchors:
            return kept[1]
        by_span = [
            1 if length is None else length.before(anchor).toordinal()
            for anchor, (_, length) in zip(anchors, self._spans, strict=True)
        ]
        firsts = np.array(by_span, dtype=np.int32)[self._span_of]
        self._kept = anchors, firsts
        return firsts
