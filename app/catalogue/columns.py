"""Columns: one fact of every trial, as small arrays that answer *which have it* and *how many have each*.

A trial's row is its number. Values are coded by lexicons, which only ever grow, so that snapshots can share them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.catalogue.text import words

Mask = NDArray[np.bool_]
Ints = NDArray[np.int32]
Counts = NDArray[np.int64]
Rows = NDArray[np.intp]
Bits = NDArray[np.uint64]
T = TypeVar("T", bound=np.generic)
UNSTATED = -1


class Some:
    """Some of the trials: as a mask, as their rows in ascending order, and as bits."""

    def __init__(self, mask: Mask) -> None:
        self.mask = mask

    @cached_property
    def rows(self) -> Rows:
        return np.flatnonzero(self.mask)

    @cached_property
    def bits(self) -> Bits:
        return packed(self.mask)


class Lexicon(dict[str | None, int]):
    """Codes of values in the order they were first met; `None` is UNSTATED. Looking a value up by `[]` adds it."""

    def __init__(self) -> None:
        super().__init__({None: UNSTATED})
        self.values_by_code: list[str] = []
        self._places: Rows = np.empty(0, np.intp)

    def __missing__(self, value: str) -> int:
        code = self[value] = len(self.values_by_code)
        self.values_by_code.append(value)
        return code

    def places(self) -> Rows:
        """The place of each code among all values in alphabetical order."""
        values = self.values_by_code
        if len(self._places) < len(values):
            self._places = np.argsort(np.argsort(np.array(values, np.object_)))
        return self._places

    def known(self, values: Iterable[str]) -> list[int]:
        """The codes of those values that some trial ever had."""
        return [self[value] for value in values if value in self]


class Names(Lexicon):
    """A lexicon of names as they are stated, which also knows what the spellings of one name have in common."""

    def __init__(self) -> None:
        super().__init__()
        self.plain = Lexicon()
        self.plain_by_code: list[int] = []

    def __missing__(self, value: str) -> int:
        self.plain_by_code.append(self.plain[plain_name(value)])
        return super().__missing__(value)


def plain_name(name: str) -> str:
    """A name without regard to case, accents and punctuation."""
    return " ".join(words(name))


@dataclass(frozen=True, slots=True)
class Column:
    """A fact with at most one value a trial: its code, or UNSTATED."""

    codes: Ints

    @classmethod
    def empty(cls) -> Self:
        return cls(np.empty(0, np.int32))

    def patched(self, size: int, rows: Ints, codes: ArrayLike) -> Self:
        """The same column, `size` long, with new codes in `rows`."""
        return type(self)(patched(self.codes, size, rows, codes, UNSTATED))

    def having(self, codes: Sequence[int]) -> Mask:
        """The trials with one of the values."""
        return one_of(self.codes, codes)

    def stated(self) -> Mask:
        """The trials with any value."""
        return np.not_equal(self.codes, UNSTATED)

    def counts(self, among: Some, values: int) -> Counts:
        """How many of the trials in `among` have each of the first `values` codes."""
        return np.bincount(self.codes.take(among.rows) + 1, minlength=values + 1)[1:]


@dataclass(frozen=True, slots=True)
class Pairs:
    """A fact with any number of values a trial: pairs of row and code, each at most once."""

    rows: Ints
    codes: Ints
    has_any: Mask

    @classmethod
    def empty(cls) -> Self:
        return cls(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.bool_))

    def patched(self, size: int, changed: Mask, rows: ArrayLike, codes: ArrayLike) -> Self:
        """The same pairs without those of `changed` trials, and with new ones; UNSTATED makes no pair."""
        pairs = np.array(rows, np.int64) << 32 | np.array(codes, np.int64)
        pairs = np.sort(pairs[np.not_equal(codes, UNSTATED)])
        pairs = pairs[np.diff(pairs, prepend=-1) != 0]
        stay = ~changed[self.rows]
        all_rows = np.concatenate([self.rows[stay], (pairs >> 32).astype(np.int32)])
        all_codes = np.concatenate([self.codes[stay], pairs.astype(np.int32)])
        return type(self)(all_rows, all_codes, marked(size, all_rows))

    def having(self, codes: Sequence[int]) -> Mask:
        """The trials with at least one of the values."""
        return marked(len(self.has_any), kept(self.rows, one_of(self.codes, codes)))

    def having_all(self, codes: Sequence[int]) -> Mask:
        """The trials with every one of the values."""
        held: Mask = np.bincount(kept(self.rows, one_of(self.codes, codes)), minlength=len(self.has_any)) == len(codes)
        return held

    def how_many(self) -> Counts:
        """The number of values of each trial."""
        return np.bincount(self.rows, minlength=len(self.has_any))

    def stated(self) -> Mask:
        """The trials with any value."""
        return self.has_any

    def counts(self, among: Some, values: int) -> Counts:
        """How many of the trials in `among` have each of the first `values` codes."""
        return np.bincount(kept(self.codes, among.mask.take(self.rows)), minlength=values)


def packed(mask: Mask) -> Bits:
    """A mask as bits, 64 trials a word, in an order that means nothing by itself."""
    whole = np.zeros(-(-len(mask) // 64) * 8, np.uint8)
    bits = np.packbits(mask)
    whole[: len(bits)] = bits
    return whole.view(np.uint64)


def kept(array: NDArray[T], mask: Mask) -> NDArray[T]:
    """`array[mask]`, several times faster where the mask follows no pattern: no branch has to be guessed."""
    return array if mask.all() else array.take(np.flatnonzero(mask))


def marked(size: int, rows: Ints) -> Mask:
    """A mask that is true in `rows`."""
    mask = np.zeros(size, np.bool_)
    mask[rows] = True
    return mask


def one_of(column: Ints, codes: Sequence[int]) -> Mask:
    """Where a column holds one of a few codes; some comparisons are several times faster than `np.isin`."""
    held = np.zeros(len(column), np.bool_)
    for code in codes:
        held |= column == code
    return held


def patched(column: NDArray[T], size: int, rows: Ints, values: ArrayLike, fill: int | str) -> NDArray[T]:
    """A copy of an array, `size` long, with new values in `rows`."""
    longer: NDArray[T] = np.full(size, fill, column.dtype)
    longer[: len(column)] = column
    longer[rows] = values
    return longer
