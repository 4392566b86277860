"""Leaves about limits of age."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.eligibility.bulk.program import Index, Small
from app.eligibility.criteria import Age
from app.eligibility.dates import age_on
from app.eligibility.situation import Situation
from app.vocabulary.enumerations import Milestone

_NO_LIMIT = 999


@dataclass(frozen=True, slots=True)
class _Limits:
    """The limits of age at one milestone, and of which leaves they are."""

    leaves: Index
    youngest: NDArray[np.int16]
    oldest: NDArray[np.int16]


class Ages:
    """Leaves about age. They are added first, then frozen; `fill` sets the verdicts of all."""

    def __init__(self) -> None:
        self._rows: dict[Milestone, list[tuple[int, int, int]]] = defaultdict(list)
        self._limits: dict[Milestone, _Limits] = {}

    def add(self, number: int, leaf: Age, milestone: Milestone) -> None:
        oldest = _NO_LIMIT if leaf.max_years is None else leaf.max_years
        self._rows[milestone].append((number, leaf.min_years or 0, oldest))

    def freeze(self) -> None:
        """All leaves are there."""
        for milestone, rows in self._rows.items():
            leaves, youngest, oldest = np.array(rows, dtype=np.intp).T.copy()
            self._limits[milestone] = _Limits(leaves, youngest.astype(np.int16), oldest.astype(np.int16))
        self._rows.clear()

    def fill(self, verdicts: Small, situation: Situation) -> None:
        """Set the verdicts of the leaves; unknown where no birth is."""
        birth = situation.facts.birth
        if birth is None:
            return
        for milestone, limits in self._limits.items():
            least, most = age_on(situation.anchor(milestone), birth)
            surely = (limits.youngest <= least) & (limits.oldest >= most)
            maybe = (limits.youngest <= most) & (limits.oldest >= least)
            verdicts[limits.leaves] = surely.view(np.int8) + maybe.view(np.int8) - 1
