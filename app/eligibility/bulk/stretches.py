"""Leaves about what was or is there, and when, without further properties: conditions, therapies and past events.

Such a leaf holds if something on record under one of its codes reaches into its window. All leaves that name the same
codes up to the same milestone are one subject: one pair of days is worked out for it, and held against all windows.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable
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
        self._rows.append((leaf, number, span))
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
        rows = np.array(sorted(self._rows), dtype=np.intp).reshape(-1, 3)
        self.leaves: Index = rows[:, 0].copy()
        self._subject_of: Index = rows[:, 1].copy()
        self._span_of: Index = rows[:, 2].copy()
        self._rows.clear()

    def fill(self, verdicts: Small, extents: Extents, situation: Situation, *, complete: bool) -> list[int]:
        """Set the verdicts of the leaves, and tell which of them have to be read one by one.

        `complete`: the list is, so that what is not on record is not there; else it is unknown.
        """
        surely: dict[int, int] = {}
        maybe: dict[int, int] = {}
        unclear: set[int] = set()
        vague, meant = self._vague, self._meant
        for code, (last_surely, last_maybe) in extents.by_code.items():
            for subject in meant.get(code, ()):
                if last_surely > surely.get(subject, 0):
                    surely[subject] = last_surely
                if last_maybe > maybe.get(subject, 0):
                    maybe[subject] = last_maybe
            if code in vague:
                unclear.update(vague[code])
        for code in extents.unclear:
            unclear.update(self._deniable.get(code, ()))
        if maybe:
            first, size = self._first_days(situation), len(self._milestones)
            reaches = _of_subjects(surely, size).take(self._subject_of) >= first
            if complete:
                may_reach = _of_subjects(maybe, size).take(self._subject_of) >= first
                verdicts[self.leaves] = reaches.view(np.int8) + may_reach.view(np.int8) - 1
            else:
                verdicts[self.leaves] = reaches
            unclear |= self._before_what_is_known(maybe, situation)
        return [leaf for subject in unclear for leaf in self._leaves_of[subject]]

    def _before_what_is_known(self, subjects: Iterable[int], situation: Situation) -> set[int]:
        """Those whose milestone lies before the as-of date: the extents hold from that date on."""
        as_of = situation.facts.as_of
        past = {milestone for milestone in set(self._milestones) if situation.anchor(milestone) < as_of}
        return {subject for subject in subjects if self._milestones[subject] in past} if past else set()

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


def _of_subjects(days: dict[int, int], size: int) -> Ordinals:
    found = np.zeros(size, dtype=np.int32)
    found[list(days)] = list(days.values())
    return found
