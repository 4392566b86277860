"""Leaves about limits of age."""

import numpy as np

from app.eligibility.bulk.program import Index, Small
from app.eligibility.criteria import Age
from app.eligibility.dates import age_on
from app.eligibility.situation import Situation
from app.vocabulary.enumerations import Milestone

_NO_LIMIT = 999


class Ages:
    """Leaves about age. They are added first, then frozen; `fill` sets the verdicts of all."""

    def __init__(self) -> None:
        self._milestones: dict[Milestone, int] = {}
        self._rows: list[tuple[int, int, int, int]] = []

    def add(self, number: int, leaf: Age, milestone: Milestone) -> None:
        place = self._milestones.setdefault(milestone, len(self._milestones))
        oldest = _NO_LIMIT if leaf.max_years is None else leaf.max_years
        self._rows.append((number, place, leaf.min_years or 0, oldest))

    def freeze(self) -> None:
        """All leaves are there."""
        columns = np.array(self._rows, dtype=np.intp).reshape(-1, 4).T
        self._leaves: Index = columns[0].copy()
        self._milestone_of: Index = columns[1].copy()
        self._youngest, self._oldest = columns[2].astype(np.int16), columns[3].astype(np.int16)
        self._rows.clear()

    def fill(self, verdicts: Small, situation: Situation) -> None:
        """Set the verdicts of the leaves; unknown where no birth is."""
        birth = situation.facts.birth
        if birth is None or not self._milestones:
            return
        ages = [age_on(situation.anchor(milestone), birth) for milestone in self._milestones]
        least, most = np.array(ages, dtype=np.int16).T[:, self._milestone_of]
        surely = (least >= self._youngest) & (most <= self._oldest)
        surely_not = (most < self._youngest) | (least > self._oldest)
        verdicts[self._leaves] = surely.view(np.int8) - surely_not.view(np.int8)
