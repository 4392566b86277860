"""From how criteria stand to how lists of them do, for many patients at once: a trial's list, or that of an arm."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.eligibility.bulk.planes import MAYBE, SURELY, Index, Planes, counted, unpacked
from app.eligibility.bulk.program import NEVER, UNSURE

Counts = NDArray[np.uint8] | NDArray[np.uint16]

_STEP = 4
_TOGETHER = 4_096
"""Lists that are looked at together: what is held of them stays in the processor's cache."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Lists of almost one length, filled up with what says nothing: a row for each first criterion, second, third…

    `others` is None where nothing that speaks against the patient means that there is something that he passes.
    """

    at: slice
    against: Index
    others: Index | None


class Lists:
    """Lists of criteria, by their numbers; `against` and `others` are the rows of each criterion (see `Criteria`)."""

    def __init__(self, lists: Sequence[Sequence[int]], against: Index, others: Index) -> None:
        against, others = np.append(against, NEVER), np.append(others, UNSURE)
        nothing = len(against) - 1
        special = (against != others)[:nothing].tolist()
        alike: dict[tuple[int, bool], list[int]] = defaultdict(list)
        for number, criteria in enumerate(lists):
            length = max(-(-len(criteria) // _STEP), 1) * _STEP
            alike[length, not criteria or any(special[one] for one in criteria)].append(number)
        order: list[int] = []
        self._pieces: list[_Piece] = []
        for (length, is_special), numbers in alike.items():
            for start in range(0, len(numbers), _TOGETHER):
                some = numbers[start : start + _TOGETHER]
                criteria_of = np.full((len(some), length), nothing, dtype=np.intp)
                for place, number in enumerate(some):
                    criteria_of[place, : len(lists[number])] = lists[number]
                at = slice(len(order), len(order) + len(some))
                by_place = criteria_of.T.copy()
                self._pieces.append(_Piece(at, against[by_place], others[by_place] if is_special else None))
                order += some
        self._place: Index = np.argsort(np.array(order, dtype=np.intp))

    def standing(self, rows: Planes) -> Planes:
        """Of each list: that something fails; and that something fails or is open, or that nothing is passed."""
        standing = np.empty((len(self._place), *rows.shape[1:]), dtype=rows.dtype)
        for piece in self._pieces:
            against = rows.take(piece.against[0], axis=0)
            for criterion in piece.against[1:]:
                against |= rows.take(criterion, axis=0)
            if piece.others is not None:
                others = rows.take(piece.others[0], axis=0)
                for criterion in piece.others[1:]:
                    others &= rows.take(criterion, axis=0)
                against[:, MAYBE] |= others[:, MAYBE]
            standing[piece.at] = against
        return standing.take(self._place, axis=0)

    def counts(self, rows: Planes, patients: int) -> tuple[Counts, Counts]:
        """How many criteria fail, and how many fail or are open: a row a patient, a column a list."""
        digits: list[Planes] = []
        for piece in self._pieces:
            of_piece = counted([rows.take(criterion, axis=0) for criterion in piece.against])
            while len(digits) < len(of_piece):
                digits.append(np.zeros((len(self._place), *rows.shape[1:]), dtype=rows.dtype))
            for whole, some in zip(digits, of_piece, strict=False):
                whole[piece.at] = some
        in_order = [digit.take(self._place, axis=0) for digit in digits]
        return self._numbers(in_order, SURELY, patients), self._numbers(in_order, MAYBE, patients)

    def _numbers(self, digits: Sequence[Planes], plane: int, patients: int) -> Counts:
        numbers = np.zeros((patients, len(self._place)), dtype=np.uint8 if len(digits) <= 8 else np.uint16)
        for digit in reversed(digits):
            numbers += numbers
            numbers |= unpacked(digit[:, plane], patients)
        return numbers
