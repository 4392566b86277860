"""`BulkMatcher`: how one patient stands with every trial of a catalogue, as the explaining evaluator would say."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.eligibility.bulk.leaves import Leaves
from app.eligibility.bulk.plan import DROPPED
from app.eligibility.bulk.program import Index, compiled
from app.eligibility.bulk.roots import Root, Roots
from app.eligibility.rules import TrialRules
from app.eligibility.situation import Situation
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import TrialVerdict
from app.vocabulary.terms import Vocabulary

Flags = NDArray[np.uint8]

FAILS, UNKNOWN, PASSES, TO_CONFIRM, NOT_APPLICABLE = (np.uint8(1 << bit) for bit in range(5))
"""How a criterion stands, a bit each, so that OR over a trial's criteria says all that its verdict needs."""

_INCOMPLETE, _NOTHING_TO_ASSESS = np.uint8(1 << 5), np.uint8(1 << 6)
VERDICTS = tuple(TrialVerdict)


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


def _flag_of(signed: int, applies: int) -> np.uint8:
    """How a criterion stands, from its verdict as it favours the patient; `TO_CONFIRM` is told apart later."""
    if applies == -1:
        return NOT_APPLICABLE
    if signed == 1:
        return PASSES
    return FAILS if signed == -1 and applies == 1 else UNKNOWN


_BY_STANDING = np.array(
    [_flag_of(verdict * sign, applies) for sign in (1, -1) for verdict in (-1, 0, 1) for applies in (-1, 0, 1)],
    dtype=np.uint8,
)
_NEGATED = 9
"""Where the flags of criteria begin that a no favours."""
_CLEARED = np.array([flag in (PASSES, NOT_APPLICABLE) for flag in _BY_STANDING])


@dataclass(frozen=True, slots=True)
class Columns:
    """Criteria as slots of a program, one beside the other.

    `offset`: where their flags begin in `_BY_STANDING`. `asking`: the places of those that also ask people something,
    `data`: their slots without it.
    """

    whole: Index
    offset: NDArray[np.int8]
    asking: Index
    data: Index

    @classmethod
    def of(cls, roots: Iterable[Root | None]) -> "Columns":
        """In the order of the roots; None is a criterion without an expression."""
        known = [root or Root(DROPPED, DROPPED, Verdict.YES) for root in roots]
        asking = [place for place, root in enumerate(known) if root.data_part != root.whole]
        return cls(
            np.array([root.whole for root in known], dtype=np.intp),
            np.array([0 if root.favourable is Verdict.YES else _NEGATED for root in known], dtype=np.int8),
            np.array(asking, dtype=np.intp),
            np.array([known[place].data_part for place in asking], dtype=np.intp),
        )

    def flags(self, verdicts: NDArray[np.int8], applies: NDArray[np.int8]) -> Flags:
        """How each criterion stands where the slots stand so; for each patient, where they have a column each."""
        offset = self.offset if verdicts.ndim == 1 else self.offset[:, np.newaxis]
        standing = 3 * verdicts + applies + 4
        flags = _BY_STANDING.take(standing.take(self.whole, axis=0) + offset)
        if len(self.asking):
            cleared = _CLEARED.take(standing.take(self.data, axis=0) + offset[self.asking])
            found = flags[self.asking]
            found[cleared & (found == UNKNOWN)] = TO_CONFIRM
            flags[self.asking] = found
        return flags


@dataclass(frozen=True, slots=True)
class BulkMatch:
    """One patient against all trials. `criteria` has flags for each distinct criterion, `trials` for each trial."""

    criteria: Flags
    trials: Flags

    @property
    def verdicts(self) -> Flags:
        """For each trial, the index of its verdict in `VERDICTS`."""
        return verdict_numbers(self.trials)


class BulkMatcher:
    """A catalogue, compiled once. Trials keep the order in which they are given.

    `rows`: the numbers of each trial's criteria among `roots`. `static`: its `static_flags`. That criteria are scoped
    to arms or dose levels is not understood here.
    """

    def __init__(
        self, roots: Roots, rows: Sequence[Sequence[int]], static: Sequence[np.uint8], vocabulary: Vocabulary
    ) -> None:
        self._program = compiled(roots.plan)
        self._leaves = Leaves(self._program.leaves, vocabulary)
        self._static = np.array(static, dtype=np.uint8)
        self._columns = Columns.of(roots)
        self._unstructured = roots.unstructured
        self.starts = np.cumsum([0, *(len(row) for row in rows)], dtype=np.intp)
        self.roots = np.array([root for row in rows for root in row], dtype=np.intp)
        self._by_length = _by_length(rows)

    @classmethod
    def of(cls, trials: Iterable[TrialRules], vocabulary: Vocabulary) -> "BulkMatcher":
        """The matcher of some trials."""
        roots = Roots()
        rows: list[list[int]] = []
        static: list[np.uint8] = []
        for rules in trials:
            rows.append([roots.of_rule(rule) for rule in rules.criteria])
            static.append(static_flags(rules))
        return cls(roots, rows, static, vocabulary)

    @property
    def size(self) -> tuple[int, int, int]:
        """Trials, distinct criteria, distinct leaves."""
        return len(self._static), len(self._columns.whole), len(self._program.leaves)

    def match(self, situation: Situation) -> BulkMatch:
        """How a patient stands with every distinct criterion and every trial."""
        verdicts, applies = self._program.run(self._leaves.verdicts(situation))
        criteria = self._flags(verdicts, applies)
        trials = self._static.copy()
        for numbers, columns in self._by_length:
            some = criteria.take(columns[0])
            for column in columns[1:]:
                some |= criteria.take(column)
            trials[numbers] |= some
        return BulkMatch(criteria, trials)

    def criteria_of(self, found: BulkMatch, trial: int) -> Flags:
        """The flags of one trial's criteria, in its own order."""
        return found.criteria[self.roots[self.starts[trial] : self.starts[trial + 1]]]

    def sums(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """For each trial the sum over its criteria; `values` has one for each distinct criterion."""
        sums = np.zeros(len(self._static), dtype=np.int64)
        for numbers, columns in self._by_length:
            some = values.take(columns[0])
            for column in columns[1:]:
                some += values.take(column)
            sums[numbers] = some
        return sums

    def _flags(self, verdicts: NDArray[np.int8], applies: NDArray[np.int8]) -> Flags:
        flags = self._columns.flags(verdicts, applies)
        if self._unstructured is not None:
            flags[self._unstructured] = UNKNOWN
        return flags


def static_flags(rules: TrialRules) -> np.uint8:
    """What is known of a trial's verdict whoever the patient is: that it is incomplete, or has nothing to assess."""
    stated = rules.inclusions_stated and rules.exclusions_stated
    return incompleteness([rule.expression is not None for rule in rules.criteria], stated=stated)


def incompleteness(structured: Sequence[bool], *, stated: bool) -> np.uint8:
    """The same from which of the criteria are expressions, and whether both inclusions and exclusions are stated."""
    if not structured:
        return _NOTHING_TO_ASSESS
    return np.uint8(0) if stated and all(structured) else _INCOMPLETE


def _by_length(rows: Sequence[Sequence[int]]) -> list[tuple[Index, Index]]:
    """Trials with equally many criteria: their numbers, and a row of roots for each first, second… criterion."""
    lengths: dict[int, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        if row:
            lengths[len(row)].append(number)
    return [
        (np.array(numbers, dtype=np.intp), np.array([rows[number] for number in numbers], dtype=np.intp).T.copy())
        for numbers in lengths.values()
    ]
