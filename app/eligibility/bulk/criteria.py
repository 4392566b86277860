"""Distinct criteria, compiled: from how the leaves stand for some patients to how each criterion does."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from app.eligibility.bulk.layout import Layout
from app.eligibility.bulk.plan import LeafSlot, Plan, Slot
from app.eligibility.bulk.planes import MAYBE, SURELY, Bytes, Index, Planes, bits_of, unpacked
from app.eligibility.bulk.program import ALWAYS, NEVER, UNSURE
from app.eligibility.bulk.roots import Root, RootColumns

Flags = NDArray[np.uint8]

FAILS, UNKNOWN, PASSES, TO_CONFIRM, NOT_APPLICABLE = (np.uint8(1 << bit) for bit in range(5))
"""How a criterion stands, a bit each, so that OR over a trial's criteria says all that its verdict needs."""


class Criteria:
    """The criteria of some roots, in their order; None is one without an expression, and always unknown.

    `against` and `others` are their rows in what `run` fills. Against the patient speaks, in the first plane, that the
    criterion fails, and in the second that it fails or is open. The others say that it does not apply, and that it does
    not pass; most criteria always apply and ask of nobody, and for them the rows are the same, since the first plane is
    looked at only where nothing speaks against the patient.
    """

    def __init__(self, plan: Plan, roots: RootColumns | Iterable[Root | None]) -> None:
        layout = Layout(plan)
        self.leaves: tuple[LeafSlot, ...] = tuple(plan.leaves)
        self.leaf_slots: tuple[Slot, ...] = tuple(layout.leaf_slots.tolist())
        columns = roots if isinstance(roots, RootColumns) else RootColumns.of(roots)
        self.against, self.others = layout.add_roots(columns)
        self._steps = tuple(layout.steps)
        self._size = layout.size

    def run(self, leaves: Planes) -> Planes:
        """All rows, from how the leaves stand."""
        rows = np.empty((self._size, *leaves.shape[1:]), dtype=leaves.dtype)
        none = leaves.dtype.type(0)
        rows[NEVER] = none
        rows[ALWAYS] = ~none
        rows[UNSURE, SURELY], rows[UNSURE, MAYBE] = none, ~none
        rows[UNSURE + 1 : UNSURE + 1 + len(leaves)] = leaves
        for step in self._steps:
            step.run(rows)
        return rows

    def flags(self, rows: Planes, patients: int) -> Flags:
        """How each criterion stands: a row a patient, a column a criterion."""
        against, others = rows.take(self.against, axis=0), rows.take(self.others, axis=0)
        planes = (against[:, SURELY], against[:, MAYBE], others[:, SURELY], others[:, MAYBE])
        return _flags_of(*(unpacked(plane, patients) for plane in planes))

    def flags_of_one(self, rows: Planes, patient: int, some: Index | slice) -> Flags:
        """How some criteria stand for one patient."""
        against = bits_of(rows.take(self.against[some], axis=0), patient)
        others = bits_of(rows.take(self.others[some], axis=0), patient)
        return _flags_of(against[:, SURELY], against[:, MAYBE], others[:, SURELY], others[:, MAYBE])


def _flags_of(*bits: Bytes) -> Flags:
    code = bits[0]
    for place, some in enumerate(bits[1:], 1):
        code = code | some << np.uint8(place)
    return _BY_BITS.take(code)


def _flag(bits: int) -> np.uint8:
    fails, fails_or_open, dropped, not_passed = (bits >> bit & 1 for bit in range(4))
    if fails_or_open:
        return FAILS if fails else UNKNOWN
    if dropped:
        return NOT_APPLICABLE
    return TO_CONFIRM if not_passed else PASSES


_BY_BITS = np.array([_flag(bits) for bits in range(16)], dtype=np.uint8)
