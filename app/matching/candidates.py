"""Trials as a match of all of them needs them: what is known of each before it is explained, and no more.

A hundred thousand are held in memory, so they are columns; a candidate is made of them when somebody looks at it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from app.eligibility.bulk.planes import Index
from app.eligibility.bulk.trials import Ragged

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a match needs of one trial before it explains anything. `roots`: its criteria among the distinct ones."""

    id: str
    revision: int
    title: str
    shown_status: Json
    keys: tuple[str, ...]
    roots: Index

    @property
    def head(self) -> Json:
        """The trial as a match answer names it."""
        return {"id": self.id, "title": self.title, "revision": self.revision, "status": self.shown_status}


@dataclass(frozen=True, slots=True)
class Candidates(Sequence[Candidate]):
    """Candidates in some order. `status` and `keys` say which of the `statuses` and `key_lists` is the trial's."""

    ids: Sequence[str]
    titles: Sequence[str]
    revisions: NDArray[np.int32]
    status: NDArray[np.int32]
    keys: NDArray[np.int32]
    statuses: Sequence[Json]
    key_lists: Sequence[tuple[str, ...]]
    roots: Ragged

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, place: int) -> Candidate: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Candidate]: ...
    def __getitem__(self, place: int | slice) -> Candidate | Sequence[Candidate]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        return Candidate(
            id=self.ids[place],
            revision=int(self.revisions[place]),
            title=self.titles[place],
            shown_status=self.statuses[self.status[place]],
            keys=self.key_lists[self.keys[place]],
            roots=self.roots[place],
        )
