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


@dataclass(frozen=True, slots=True)
class Root:
    """A distinct criterion: its expression whole and without what people are asked, and which verdict favours it."""

    whole: Slot
    data_part: Slot
    favourable: Verdict


@dataclass(frozen=True, slots=True)
class BulkMatch:
    """One patient against all trials. `criteria` has flags for each distinct criterion, `trials` for each trial."""

    criteria: Flags
    trials: Flags

    @property
    def verdicts(self) -> Flags:
        """For each trial, the index of its verdict in `VERDICTS`."""
        return _BY_FLAGS[self.trials]


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
            static.append(_static_flags(rules))
            if any(rule.scope is not None and (rule.scope.arms or rule.scope.levels) for rule in rules.criteria):
                self.needs_explaining.append(number)
        self._program = compiled(plan)
        self._leaves = Leaves(self._program.leaves, vocabulary)
        self._static = np.array(static, dtype=np.uint8)
        self._whole, self._data, self._sign = _columns(roots)
        self._unstructured = roots.get(None)
        self.starts = np.cumsum([0, *(len(row) for row in rows)], dtype=np.intp)
        self.roots = np.array([root for row in rows for root in row], dtype=np.intp)
        self._by_length = _by_length(rows)

    @property
    def size(self) -> tuple[int, int, int]:
        """Trials, distinct criteria, distinct leaves."""
        return len(self._static), len(self._whole), len(self._program.leaves)

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
        whole, applicable = verdicts[self._whole] * self._sign, applies[self._whole]
        data, data_applies = verdicts[self._data] * self._sign, applies[self._data]
        cleared = (data_applies == -1) | (data == 1)
        flags = np.where(
            applicable == -1,
            NOT_APPLICABLE,
            np.where(
                whole == 1,
                PASSES,
                np.where(
                    (whole == -1) & (applicable == 1),
                    FAILS,
                    np.where(cleared & (self._data != self._whole), TO_CONFIRM, UNKNOWN),
                ),
            ),
        ).astype(np.uint8)
        if self._unstructured is not None:
            flags[self._unstructured] = UNKNOWN
        return flags


def _root_number(
    rule: CriterionRule, plan: Plan, roots: dict[Root | None, int], seen: dict[tuple[object, ...], int]
) -> int:
    expression = rule.scoped_expression
    if expression is None:
        return roots.setdefault(None, len(roots))
    # By identity: hashing a tree costs more than compiling it, and equal trees meet again in the plan.
    key = (id(rule.expression), rule.scope, rule.anchor, rule.kind)
    if key not in seen:
        whole = plan.intern(expression, rule.anchor)
        data_part = plan.intern(expression, rule.anchor, data_only=True) if rule.asks_people else whole
        seen[key] = roots.setdefault(Root(whole, data_part, rule.favourable), len(roots))
    return seen[key]


def _static_flags(rules: TrialRules) -> np.uint8:
    if not rules.criteria:
        return _NOTHING_TO_ASSESS
    stated = rules.inclusions_stated and rules.exclusions_stated
    complete = stated and all(rule.expression is not None for rule in rules.criteria)
    return np.uint8(0) if complete else _INCOMPLETE


def _columns(roots: Iterable[Root | None]) -> tuple[Index, Index, NDArray[np.int8]]:
    known = [root or Root(DROPPED, DROPPED, Verdict.YES) for root in roots]
    return (
        np.array([root.whole for root in known], dtype=np.intp),
        np.array([root.data_part for root in known], dtype=np.intp),
        np.array([root.favourable for root in known], dtype=np.int8),
    )


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
