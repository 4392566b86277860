"""Where everything stands while a program runs: a row for each slot, and the steps that fill the rows."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.eligibility.bulk.plan import DROPPED, LEAF, MAY_NOT_APPLY, NOT, ONLY_IF, TALLY, Plan
from app.eligibility.bulk.planes import Index
from app.eligibility.bulk.program import ALWAYS, NEVER, UNSURE, AtLeast, Gate, Not, Outcome, Step, Tally
from app.eligibility.bulk.roots import RootColumns

Mask = NDArray[np.bool_]

_IF_IT_MAY_NOT_APPLY = 5
"""Added to the kind of a slot that may not apply."""


class _Shape(NamedTuple):
    """What composites have in common that are evaluated together."""

    depth: int
    kind: int
    branches: int
    needed: int


class Layout:
    """Gives every slot a row: leaves first, then those of one shape together, so that a step fills them as a slice.

    All slots and criteria at once: one by one, a million of them take seconds.
    """

    def __init__(self, plan: Plan) -> None:
        self.steps: list[Step] = []
        self._kinds = np.array(plan.kinds, dtype=np.int8)
        self._starts = np.array(plan.starts, dtype=np.intp)
        self._branches = np.array(plan.branches, dtype=np.intp)
        self._may_not_apply = np.array(plan.traits) & MAY_NOT_APPLY > 0
        needed = np.array(plan.needed, dtype=np.intp)
        self.leaf_slots: Index = np.flatnonzero(self._kinds == LEAF)
        self.size = UNSURE + 1 + len(self.leaf_slots)
        # By slot.
        self._row = np.full(len(self._kinds), UNSURE, dtype=np.intp)
        self._applies = np.full(len(self._kinds), ALWAYS, dtype=np.intp)
        self._applies[DROPPED] = NEVER
        self._row[self.leaf_slots] = np.arange(UNSURE + 1, self.size)
        for shape, slots in self._by_shape(needed):
            self._add_step(shape, slots)

    def add_roots(self, roots: RootColumns) -> tuple[Index, Index]:
        """The rows of criteria: what speaks against the patient, and the others."""
        without = roots.whole < 0
        whole, data = roots.whole.copy(), roots.data_part.copy()
        whole[without] = data[without] = DROPPED
        against, against_data = self._row[whole], self._row[data]
        self._mirror(roots.favours_yes & ~without, against, against_data)
        others = against.copy()
        special = np.flatnonzero(~without & ((whole != data) | self._may_not_apply[whole]))
        if len(special):
            at, others_at = self._take(len(special)), self._take(len(special))
            self.steps.append(
                Outcome(
                    at,
                    others_at,
                    against=against[special],
                    applies=self._applies[whole[special]],
                    data=against_data[special],
                    data_applies=self._applies[data[special]],
                )
            )
            against[special] = np.arange(at.start, at.stop)
            others[special] = np.arange(others_at.start, others_at.stop)
        return against, others

    def _mirror(self, these: Mask, *several: Index) -> None:
        """Put in place of rows those of their mirrors, in some places of all the arrays."""
        rows, first = np.unique(np.stack([some[these] for some in several], axis=1), return_index=True)
        if not len(rows):
            return
        rows = rows[np.argsort(first)]  # as criteria follow each other, so do the rows that they read
        at = self._take(len(rows))
        self.steps.append(Not(at, rows))
        mirror = np.empty(at.start, dtype=np.intp)
        mirror[rows] = np.arange(at.start, at.stop)
        for some in several:
            some[these] = mirror[some[these]]

    def _by_shape(self, needed: Index) -> Iterator[tuple[_Shape, Index]]:
        """The composites of each shape, by depth."""
        slots = np.flatnonzero(self._kinds >= TALLY)
        if not len(slots):
            return
        shapes = (
            self._depths(slots),
            self._kinds[slots] + self._may_not_apply[slots] * np.int8(_IF_IT_MAY_NOT_APPLY),
            self._starts[slots + 1] - self._starts[slots],
            needed[slots],
        )
        order = np.lexsort(shapes[::-1])
        differs = np.zeros(len(order) - 1, dtype=np.bool_)
        for one in shapes:
            differs |= np.diff(one[order]) != 0
        for some in np.split(order, np.flatnonzero(differs) + 1):
            yield _Shape(*(int(one[some[0]]) for one in shapes)), slots[some]

    def _depths(self, slots: Index) -> NDArray[np.int16]:
        """Of composites: one more than their deepest branch."""
        depth = np.zeros(len(self._kinds), dtype=np.int16)
        while True:
            found = np.maximum.reduceat(depth[self._branches], self._starts[slots]) + np.int16(1)
            if np.array_equal(found, depth[slots]):
                return found
            depth[slots] = found

    def _add_step(self, shape: _Shape, slots: Index) -> None:
        branches = self._branches[self._starts[slots] + np.arange(shape.branches)[:, np.newaxis]]
        rows, applies = self._row[branches], self._applies[branches]
        at = self._take(len(slots))
        self._row[slots] = np.arange(at.start, at.stop)
        if shape.kind == TALLY:
            self.steps.append(AtLeast(at, shape.needed, rows))
            return
        if shape.kind in (NOT, NOT + _IF_IT_MAY_NOT_APPLY):
            self.steps.append(Not(at, rows[0]))
            self._applies[slots] = applies[0]
            return
        applies_at = self._take(len(slots))
        self._applies[slots] = np.arange(applies_at.start, applies_at.stop)
        if shape.kind == ONLY_IF + _IF_IT_MAY_NOT_APPLY:
            self.steps.append(Gate(at, applies_at, rows[0], applies[0], rows[1], applies[1]))
        else:
            self.steps.append(Tally(at, applies_at, shape.needed, rows, applies))

    def _take(self, count: int) -> slice:
        start, self.size = self.size, self.size + count
        return slice(start, self.size)
