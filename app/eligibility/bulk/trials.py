"""From how criteria stand to how lists of them do, for many patients at once: a trial's list, or that of an arm."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from app.eligibility.bulk.planes import MAYBE, SURELY, Index, Planes, counted, unpacked
from app.eligibility.bulk.program import NEVER, UNSURE

Counts = NDArray[np.uint8] | NDArray[np.uint16]

_STEP = 4
_TOGETHER = 4_096
"""Lists that are looked at together: what is held of them stays in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Ragged:
    """Lists of numbers, one after the other: the list `n` is `values[starts[n] : starts[n + 1]]`."""

    starts: Index
    values: Index

    @classmethod
    def of(cls, lists: Iterable[Sequence[int] | Index]) -> Self:
        """Of some lists."""
        several = [np.asarray(one, dtype=np.intp) for one in lists]
        starts = np.cumsum([0, *map(len, several)], dtype=np.intp)
        return cls(starts, np.concatenate([np.empty(0, dtype=np.intp), *several]))

    def __getitem__(self, number: int) -> Index:
        return self.values[self.starts[number] : self.starts[number + 1]]

    def sums(self, values: NDArray[np.generic]) -> NDArray[np.int64]:
        """Of each list the sum over its numbers, each of which stands for one of `values`."""
        upto = np.zeros(len(self.values) + 1, dtype=np.int64)
        np.cumsum(values[self.values], out=upto[1:])
        return upto[self.starts[1:]] - upto[self.starts[:-1]]


@dataclass(frozen=True, slots=True)
class _Piece:
    """Lists of almost one length, filled up with what says nothing: a row for each first criterion, second, third…

    `others` is None where nothing that speaks against the patient means that there is something that he passes.
    """

    at: slice
    against: Index
    others: Index | None


class Lists:
    """Lists of criteria; `against` and `others` are the rows of each criterion (see `Criteria`)."""

    def __init__(self, lists: Ragged, against: Index, others: Index) -> None:
        nothing = len(against)
        against, others = np.append(against, NEVER), np.append(others, UNSURE)
        lengths = np.diff(lists.starts)
        filled_up = np.maximum(-(-lengths // _STEP), 1) * _STEP
        is_special = (lengths == 0) | (lists.sums((against != others)[:nothing]) > 0)
        order = np.lexsort((is_special, filled_up))
        alike = np.flatnonzero(np.diff(filled_up[order] * 2 + is_special[order])) + 1
        criteria = np.append(lists.values, nothing)
        self._pieces: list[_Piece] = []
        for ends in pairwise([0, *alike.tolist(), len(order)]):
            for start in range(*ends, _TOGETHER):
                at = slice(start, min(start + _TOGETHER, ends[1]))
                some = order[at]
                place = np.arange(filled_up[some[0]])[:, np.newaxis]
                places = np.where(place < lengths[some], lists.starts[some] + place, len(criteria) - 1)
                these = criteria[places]
                self._pieces.append(_Piece(at, against[these], others[these] if is_special[some[0]] else None))
        self._place: Index = np.argsort(order)

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
