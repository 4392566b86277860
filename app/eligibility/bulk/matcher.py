"""`BulkMatcher`: how one patient stands with every trial of a catalogue, as the explaining evaluator would say."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.eligibility.bulk.leaves import Leaves
from app.eligibility.bulk.plan import DROPPED, Plan, Slot
from app.eligibility.bulk.program import Index, compiled
from app.eligibility.rules import CriterionRule, TrialRules
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


@dataclass(frozen=True, slots=True)
class Root:
    """A distinct criterion: its expression whole and without what people are asked, and which verdict favours it."""

    whole: Slot
    data_part: Slot
    favourable: Verdict


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

    Criteria that are scoped to arms or dose levels are not understood here: `needs_explaining` names their trials.
    """

    def __init__(self, trials: Iterable[TrialRules], vocabulary: Vocabulary) -> None:
        plan = Plan()
        roots: dict[Root | None, int] = {}
        seen: dict[tuple[object, ...], int] = {}
        rows: list[list[int]] = []
        static: list[np.uint8] = []
        self.needs_explaining: list[int] = []
        for number, rules in enumerate(trials):
            rows.append([_root_number(rule, plan, roots, seen) for rule in rules.criteria])
            static.append(static_flags(rules))
            if any(rule.scope is not None and (rule.scope.arms or rule.scope.levels) for rule in rules.criteria):
                self.needs_explaining.append(number)
        self._program = compiled(plan)
        self._leaves = Leaves(self._program.leaves, vocabulary)
        self._static = np.array(static, dtype=np.uint8)
        self._columns = Columns.of(roots)
        self._unstructured = roots.get(None)
        self.starts = np.cumsum([0, *(len(row) for row in rows)], dtype=np.intp)
        self.roots = np.array([root for row in rows for root in row], dtype=np.intp)
        self._by_length = _by_length(rows)

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


def _root_number(
    rule: CriterionRule, plan: Plan, roots: dict[Root | None, int], seen: dict[tuple[object, ...], int]
) -> int:
    if rule.expression is None:
        return roots.setdefault(None, len(roots))
    # By identity: hashing a tree costs more than compiling it, and equal trees meet again in the plan.
    key = (id(rule.expression), rule.scope, rule.anchor, rule.kind)
    if key not in seen:
        seen[key] = roots.setdefault(root_of(rule, plan), len(roots))
    return seen[key]


def root_of(rule: CriterionRule, plan: Plan) -> Root:
    """A criterion, its slots taken up into a plan; one without an expression never applies."""
    expression = rule.scoped_expression
    if expression is None:
        return Root(DROPPED, DROPPED, rule.favourable)
    whole = plan.intern(expression, rule.anchor)
    data_part = plan.intern(expression, rule.anchor, data_only=True) if rule.asks_people else whole
    return Root(whole, data_part, rule.favourable)


def static_flags(rules: TrialRules) -> np.uint8:
    """What is known of a trial's verdict whoever the patient is: that it is incomplete, or has nothing to assess."""
    if not rules.criteria:
        return _NOTHING_TO_ASSESS
    stated = rules.inclusions_stated and rules.exclusions_stated
    complete = stated and all(rule.expression is not None for rule in rules.criteria)
    return np.uint8(0) if complete else _INCOMPLETE


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
