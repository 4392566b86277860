"""`BulkMatcher`: how patients stand with every trial of a catalogue, as the explaining evaluator would say."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, pairwise
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from app.eligibility.bulk.collection import collection_held
from app.eligibility.bulk.criteria import (
    FAILS,
    NOT_APPLICABLE,
    PASSES,
    TO_CONFIRM,
    UNKNOWN,
    Criteria,
    Flags,
)
from app.eligibility.bulk.leaves import Leaves
from app.eligibility.bulk.planes import MAYBE, SURELY, Index, Planes, packed, unpacked
from app.eligibility.bulk.roots import Roots
from app.eligibility.bulk.trials import Counts, Lists, Ragged
from app.eligibility.rules import TrialRules
from app.eligibility.situation import Situation
from app.vocabulary.enumerations import TrialVerdict
from app.vocabulary.terms import Vocabulary

__all__ = [
    "FAILS",
    "NOT_APPLICABLE",
    "PASSES",
    "TO_CONFIRM",
    "UNKNOWN",
    "VERDICTS",
    "BulkMatch",
    "BulkMatcher",
    "Flags",
    "static_flags",
    "verdict_numbers",
]

VERDICTS = tuple(TrialVerdict)
"""The best prospects first."""

_INCOMPLETE, _NOTHING_TO_ASSESS = np.uint8(1 << 5), np.uint8(1 << 6)


def _verdict_of(flags: int) -> TrialVerdict:
    if flags & _NOTHING_TO_ASSESS:
        return TrialVerdict.NOT_ASSESSABLE
    if flags & FAILS:
        return TrialVerdict.INELIGIBLE
    if flags & (UNKNOWN | _INCOMPLETE) or not flags & PASSES:
        return TrialVerdict.UNDETERMINED
    return TrialVerdict.ELIGIBLE


_BY_FLAGS = np.array([VERDICTS.index(_verdict_of(flags)) for flags in range(1 << 7)], dtype=np.uint8)


def verdict_numbers(flags: Flags) -> Flags:
    """The indices in `VERDICTS` of trials, from what their criteria add up to."""
    found: Flags = _BY_FLAGS[flags]
    return found


def static_flags(rules: TrialRules) -> np.uint8:
    """What is known of a trial's verdict whoever the patient is: that it is incomplete, or has nothing to assess."""
    stated = rules.inclusions_stated and rules.exclusions_stated
    return incompleteness([rule.expression is not None for rule in rules.criteria], stated=stated)


def incompleteness(structured: Sequence[object], *, stated: bool) -> np.uint8:
    """The same of criteria, each with what it holds if that is an expression, and whether both lists are stated."""
    if not structured:
        return _NOTHING_TO_ASSESS
    return np.uint8(0) if stated and all(structured) else _INCOMPLETE


def places_of_groups(rules: TrialRules) -> tuple[Index, ...]:
    """For every arm and level that a trial's criteria tell apart, the places of the criteria that it is asked.

    None where they tell none apart.
    """
    if not any(rule.scope is not None and (rule.scope.arms or rule.scope.levels) for rule in rules.criteria):
        return ()
    return tuple([np.flatnonzero([group.takes(rule.scope) for rule in rules.criteria]) for group in rules.groups()])


class BulkMatcher:
    """A catalogue, compiled once. Trials keep the order in which they are given.

    `trials`: the numbers of each trial's criteria among `roots`. `static`: its `static_flags`. `groups`: for each trial
    whose criteria tell arms or dose levels apart, by its number, and for each of these, the places of the criteria that
    it is asked. `before`: what was compiled of the same roots before, when there were fewer of them.
    """

    def __init__(
        self,
        roots: Roots,
        trials: Ragged,
        static: Flags,
        vocabulary: Vocabulary,
        groups: Mapping[int, Sequence[Index]] = MappingProxyType({}),
        before: "BulkMatcher | None" = None,
    ) -> None:
        self._criteria = criteria = Criteria(roots.plan, roots.columns)
        is_known = before is not None and before.size[2] == len(criteria.leaves)
        self.leaves: Leaves = before.leaves if before is not None and is_known else Leaves(criteria.leaves, vocabulary)
        self._static = static
        self.trials = trials
        self._lists = Lists(trials, criteria.against, criteria.others)
        self._grouped = list(groups)
        of_groups = Ragged.of([trials[number][places] for number in groups for places in groups[number]])
        self._groups = Lists(of_groups, criteria.against, criteria.others)
        self._first_groups = list(accumulate([len(of_trial) for of_trial in groups.values()], initial=0))[:-1]

    @classmethod
    def of(cls, trials: Iterable[TrialRules], vocabulary: Vocabulary) -> "BulkMatcher":
        """The matcher of some trials."""
        roots = Roots()
        numbers: list[list[int]] = []
        static: list[np.uint8] = []
        groups: dict[int, Sequence[Index]] = {}
        with collection_held():
            for number, rules in enumerate(trials):
                numbers.append([roots.of_rule(rule) for rule in rules.criteria])
                static.append(static_flags(rules))
                if places := places_of_groups(rules):
                    groups[number] = places
            return cls(roots, Ragged.of(numbers), np.array(static, dtype=np.uint8), vocabulary, groups)

    @property
    def size(self) -> tuple[int, int, int]:
        """Trials, distinct criteria, distinct leaves."""
        return len(self._static), len(self._criteria.against), len(self._criteria.leaves)

    def match(self, situation: Situation) -> "BulkMatch":
        """How a patient stands with every distinct criterion and every trial."""
        [found] = self.match_many([situation])
        return found

    def match_many(self, situations: Sequence[Situation]) -> "list[BulkMatch]":
        """The same for several patients at once; 64, or a multiple of it, cost little more than one."""
        if not situations:
            return []
        leaves = np.array([self.leaves.verdicts(situation) for situation in situations]).T
        rows = self._criteria.run(packed(leaves))
        block = _Block(rows, len(situations), self._criteria, self._lists, self._verdicts(rows, len(situations)))
        return [BulkMatch(block, patient) for patient in range(len(situations))]

    def criteria_of(self, found: "BulkMatch", trial: int) -> Flags:
        """The flags of one trial's criteria, in its own order."""
        return found.flags_of(self.trials[trial])

    def flags_of(self, found: "BulkMatch", trials: Sequence[int]) -> list[bytes]:
        """For each of some trials the same, as bytes."""
        numbers = [self.trials[trial] for trial in trials]
        flags = found.flags_of(np.concatenate(numbers)).tobytes() if numbers else b""
        ends = list(accumulate([len(some) for some in numbers], initial=0))
        return [flags[start:end] for start, end in pairwise(ends)]

    def sums(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """For each trial the sum over its criteria; `values` has one for each distinct criterion."""
        return self.trials.sums(values)

    def _verdicts(self, rows: Planes, patients: int) -> Flags:
        """By patient and trial, as indices in `VERDICTS`."""
        standing = self._lists.standing(rows)
        if self._grouped:
            # Of its arms or levels, a trial is as good for a patient as the best.
            of_groups = self._groups.standing(rows)
            standing[self._grouped] = np.bitwise_and.reduceat(of_groups, self._first_groups, axis=0)
        standing[self._static == _INCOMPLETE, MAYBE] = ~standing.dtype.type(0)
        # Against the patient speaks nothing, something open, or something that fails: 0, 1 or 2, as in `VERDICTS`.
        verdicts: Flags = unpacked(standing[:, SURELY], patients) + unpacked(standing[:, MAYBE], patients)
        verdicts[:, self._static == _NOTHING_TO_ASSESS] = VERDICTS.index(TrialVerdict.NOT_ASSESSABLE)
        return verdicts


class _Block:
    """Some patients who were matched together."""

    def __init__(self, rows: Planes, patients: int, criteria: Criteria, trials: Lists, verdicts: Flags) -> None:
        self.rows = rows
        self.patients = patients
        self.criteria = criteria
        self.verdicts = verdicts
        self._trials = trials

    @cached_property
    def counts(self) -> tuple[Counts, Counts]:
        """How many criteria fail, and how many fail or are unknown: a row a patient, a column a trial."""
        return self._trials.counts(self.rows, self.patients)


class BulkMatch:
    """One patient against all trials; `verdicts` has for each trial the index of its verdict in `VERDICTS`."""

    def __init__(self, block: _Block, patient: int) -> None:
        self._block = block
        self._patient = patient
        self.verdicts: Flags = block.verdicts[patient]

    @property
    def fails(self) -> Counts:
        """For each trial, how many of its criteria fail."""
        fails: Counts = self._block.counts[0][self._patient]
        return fails

    @property
    def unknown(self) -> Counts:
        """For each trial, how many of its criteria are unknown, and not just to confirm."""
        unknown: Counts = self._block.counts[1][self._patient] - self.fails
        return unknown

    @cached_property
    def criteria(self) -> Flags:
        """The flags of every distinct criterion."""
        return self.flags_of(slice(None))

    def flags_of(self, distinct: Index | slice) -> Flags:
        """The flags of some distinct criteria."""
        return self._block.criteria.flags_of_one(self._block.rows, self._patient, distinct)
