"""Distinct criteria, compiled: from how the leaves stand for some patients to how each criterion does."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from app.eligibility.bulk.plan import DROPPED, LeafSlot, NotSlot, OnlyIfSlot, Plan, Slot, TallySlot
from app.eligibility.bulk.planes import MAYBE, SURELY, Bytes, Index, Planes, bits_of, unpacked
from app.eligibility.bulk.program import ALWAYS, NEVER, UNSURE, AtLeast, Gate, Not, Outcome, Step, Tally
from app.eligibility.bulk.roots import Root
from app.eligibility.verdicts import Verdict

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

    def __init__(self, plan: Plan, roots: Iterable[Root | None]) -> None:
        layout = _Layout(plan)
        self.leaves: tuple[LeafSlot, ...] = tuple(layout.leaves)
        self.leaf_slots: tuple[Slot, ...] = tuple(layout.leaf_slots)
        self.against, self.others = layout.add_roots(list(roots))
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

_Shape = tuple[int, str, int, int]
"""How deep, which kind, how many branches, how many of them needed."""


class _Layout:
    """Gives every slot a row: leaves first, then those of one shape together, so that a step fills them as a slice."""

    def __init__(self, plan: Plan) -> None:
        self.size = UNSURE + 1
        self.leaves: list[LeafSlot] = []
        self.leaf_slots: list[Slot] = []
        self.steps: list[Step] = []
        self._plan = plan
        # By slot; arrays, since there may be a million of them.
        self._row = array("q", bytes(8 * len(plan.contents)))
        self._applies = array("q", bytes(8 * len(plan.contents)))
        self._row[DROPPED], self._applies[DROPPED] = UNSURE, NEVER
        shapes: dict[_Shape, list[tuple[Slot, tuple[Slot, ...]]]] = defaultdict(list)
        depth = [0] * len(plan.contents)
        for slot, content in enumerate(plan.contents):
            branches: tuple[Slot, ...]
            match content:
                case None:
                    continue
                case LeafSlot():
                    self.leaves.append(content)
                    self.leaf_slots.append(slot)
                    continue
                case TallySlot(needed, branches):
                    shape = "tally" if slot in plan.may_not_apply else "at_least"
                case NotSlot(branch):
                    branches, shape, needed = (branch,), "not", 1
                case OnlyIfSlot(condition, then):
                    branches, shape, needed = (condition, then), "only_if", 1
            depth[slot] = 1 + max(depth[branch] for branch in branches)
            shapes[depth[slot], shape, len(branches), needed].append((slot, branches))
        self._place(self.leaf_slots)
        for (_, shape, _, needed), members in sorted(shapes.items()):
            self._add_step(shape, needed, [slot for slot, _ in members], [branches for _, branches in members])

    def add_roots(self, roots: Sequence[Root | None]) -> tuple[Index, Index]:
        """The rows of criteria: what speaks against the patient, and the others."""
        needs = {
            self._row[slot]: None
            for root in roots
            if root is not None and root.favourable is Verdict.YES
            for slot in (root.whole, root.data_part)
        }
        mirrors = self._take(len(needs))
        self.steps.append(Not(mirrors, _index(needs)))
        mirror = dict(zip(needs, range(mirrors.start, mirrors.stop), strict=True))

        def against(slot: Slot, favourable: Verdict) -> int:
            return mirror[self._row[slot]] if favourable is Verdict.YES else self._row[slot]

        special = [root for root in dict.fromkeys(roots) if root is not None and self._is_special(root)]
        at, others_at = self._take(len(special)), self._take(len(special))
        self.steps.append(
            Outcome(
                at,
                others_at,
                against=_index(against(root.whole, root.favourable) for root in special),
                applies=_index(self._applies[root.whole] for root in special),
                data=_index(against(root.data_part, root.favourable) for root in special),
                data_applies=_index(self._applies[root.data_part] for root in special),
            )
        )
        rows: dict[Root | None, tuple[int, int]] = {None: (UNSURE, UNSURE)}
        rows.update({root: (at.start + place, others_at.start + place) for place, root in enumerate(special)})
        found = np.empty((len(roots), 2), dtype=np.intp)
        for number, one in enumerate(roots):
            if one is None or one in rows:
                found[number] = rows[one]
            else:
                found[number] = against(one.whole, one.favourable)
        return found[:, 0].copy(), found[:, 1].copy()

    def _is_special(self, root: Root) -> bool:
        return root.whole != root.data_part or root.whole in self._plan.may_not_apply

    def _add_step(self, shape: str, needed: int, slots: Sequence[Slot], branches: Sequence[tuple[Slot, ...]]) -> None:
        at = self._place(slots)
        rows = np.array([[self._row[branch] for branch in some] for some in branches], dtype=np.intp).T.copy()
        if shape == "at_least":
            self.steps.append(AtLeast(at, needed, rows))
            return
        applies = np.array([[self._applies[branch] for branch in some] for some in branches], dtype=np.intp).T.copy()
        if shape == "not":
            self.steps.append(Not(at, rows[0]))
            self._set_applies(slots, applies[0].tolist())
            return
        applies_at = self._take(len(slots))
        self._set_applies(slots, range(applies_at.start, applies_at.stop))
        if shape == "tally":
            self.steps.append(Tally(at, applies_at, needed, rows, applies))
        else:
            self.steps.append(Gate(at, applies_at, rows[0], applies[0], rows[1], applies[1]))

    def _set_applies(self, slots: Sequence[Slot], rows: Iterable[int]) -> None:
        for slot, row in zip(slots, rows, strict=True):
            self._applies[slot] = row

    def _place(self, slots: Sequence[Slot]) -> slice:
        at = self._take(len(slots))
        for row, slot in enumerate(slots, at.start):
            self._row[slot] = row
            self._applies[slot] = ALWAYS
        return at

    def _take(self, count: int) -> slice:
        start, self.size = self.size, self.size + count
        return slice(start, self.size)


def _index(rows: Iterable[int]) -> Index:
    return np.array(list(rows), dtype=np.intp)
