"""Verdicts of many patients at once, as bits: 64 patients a word, and for each a bit in either of two planes.

A row is one verdict of all of them. In its first plane the bit is set where it is surely yes, in its second where it is
not surely no: so no is (0, 0), unknown (0, 1), yes (1, 1). AND is `&`, OR is `|`, and "at least n" goes plane by plane.
With a byte for each verdict of each patient instead, a program takes thirty times as long.
"""

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import and_, or_
from typing import Any

import numpy as np
from numpy.typing import NDArray

Small = NDArray[np.int8]
Index = NDArray[np.intp]
Bytes = NDArray[np.uint8]
Planes = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.uint32] | NDArray[np.uint64]
"""By row, plane and word; up to 64 patients have one word, which is as short as they allow."""

SURELY, MAYBE = 0, 1
_WORDS: Mapping[int, type[np.unsignedinteger[Any]]] = {1: np.uint8, 2: np.uint16, 4: np.uint32}
"""By their bytes."""
_PLACES = np.arange(8, dtype=np.uint8)[:, np.newaxis]


def packed(verdicts: Small) -> Planes:
    """Verdicts (-1, 0 or 1) as planes; `verdicts` has a row for each, and a column for each patient."""
    count, patients = verdicts.shape
    octets = -(-patients // 8)
    width = next((width for width in _WORDS if octets <= width), -(-octets // 8) * 8)
    planes = np.zeros((count, 2, width), dtype=np.uint8)
    for plane, bits in ((SURELY, verdicts > 0), (MAYBE, verdicts >= 0)):
        # Of a single column, NumPy would pack each row for itself.
        planes[:, plane, :octets] = bits if patients == 1 else np.packbits(bits, axis=1, bitorder="little")
    words: Planes = planes.view(_WORDS.get(width, np.uint64))
    return words


def unpacked(words: Planes, patients: int) -> Bytes:
    """Bits as numbers, 0 or 1; `words` has a row for each thing and the answer a column, and a row for each patient."""
    octets = np.ascontiguousarray(words.view(np.uint8).T)
    if patients == 1:
        return octets & np.uint8(1)
    bits: Bytes = octets[:, np.newaxis] >> _PLACES & np.uint8(1)
    return bits.reshape(-1, len(words))[:patients]


def bits_of(words: Planes, patient: int) -> Bytes:
    """The bits of one patient, in the place of the words."""
    bits: Bytes = words.view(np.uint8)[..., patient >> 3] >> np.uint8(patient & 7) & np.uint8(1)
    return bits


def negated(planes: Planes) -> Planes:
    """NOT: both planes the other way round, in each other's place."""
    flipped = np.invert(planes, order="C")
    if flipped.dtype != np.uint8:
        return flipped[:, ::-1]
    # Of one patient the planes are two bytes side by side, and to change their places as such is ten times as fast.
    flipped.reshape(-1, 2).view(np.uint16).byteswap(inplace=True)
    return flipped


def all_of(planes: Sequence[Planes]) -> Planes:
    """AND, row by row."""
    return reduce(and_, planes)


def any_of(planes: Sequence[Planes]) -> Planes:
    """OR, row by row."""
    return reduce(or_, planes)


def at_least(needed: int, planes: Sequence[Planes]) -> Planes:
    """At least so many of them, row by row."""
    if needed == 1:
        return any_of(planes)
    if needed == len(planes):
        return all_of(planes)
    reached: list[Planes] = []
    for one in planes:
        # With this one, n are reached where n were before, or one less and this is the next.
        risen = [one, *(before & one for before in reached)]
        reached = [before | now for before, now in zip(reached, risen, strict=False)] + risen[len(reached) :]
    return reached[needed - 1]


def counted(planes: Sequence[Planes]) -> list[Planes]:
    """How many of them have each bit set: the binary digits of the number, the lowest first."""
    digits: list[list[Planes]] = [list(planes)]
    for of_digit in digits:
        carried: list[Planes] = []
        while len(of_digit) > 1:
            first, second = of_digit.pop(), of_digit.pop()
            either, both = first ^ second, first & second
            if of_digit:
                third = of_digit.pop()
                both |= either & third
                either ^= third
            of_digit.append(either)
            carried.append(both)
        if carried:
            digits.append(carried)
    return [of_digit[0] for of_digit in digits if of_digit]
