"""The edition at hand: a snapshot with the answers worked out from it, renewed as soon as it is found to be behind.

Several workers must never answer from an old snapshot. So every answer learns the catalogue's revision in the same
statement that fetches its rows, and `check`s it; a worker that is behind renews its edition, one renewal at a time and
off the event loop, and answers anew. Where writes follow each other faster than that, the answer that was begun after
the last renewal stands: it is newer than the question.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TypeVar

from app.catalogue.columns import Ints
from app.catalogue.facets import Marks, mark_facets
from app.catalogue.loading import reload
from app.catalogue.orders import Listing
from app.catalogue.snapshot import Snapshot, empty_snapshot
from app.database import Database
from app.vocabulary.terms import Vocabulary

_ATTEMPTS = 4
K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")


class Behind(Exception):
    """The catalogue has moved on since the edition at hand."""


class Recent(OrderedDict[K, V]):
    """The few last used of many values. Used from the event loop alone."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size

    def find(self, key: K) -> V | None:
        if key not in self:
            return None
        self.move_to_end(key)
        return self[key]

    def keep(self, key: K, value: V) -> V:
        self[key] = value
        if len(self) > self._size:
            self.popitem(last=False)
        return value


@dataclass(frozen=True)
class Edition:
    """A snapshot, and what was asked of it lately: 32 orders of 100,000 trials are 13 MB, with distances 55."""

    snapshot: Snapshot
    listings: Recent[tuple[str, str], Listing] = field(default_factory=lambda: Recent(32))
    matches: Recent[tuple[str, ...], Ints] = field(default_factory=lambda: Recent(32))
    facets: Recent[str, bytes] = field(default_factory=lambda: Recent(32))
    must_be_last: bool = True

    @cached_property
    def marks(self) -> Marks:
        """What facets are counted by."""
        return mark_facets(self.snapshot)

    def check(self, revision: int) -> None:
        """Behind, unless the catalogue is at the snapshot's revision."""
        if revision != self.snapshot.revision and self.must_be_last:
            raise Behind


class Editions:
    """The present edition of one catalogue."""

    def __init__(self, database: Database, vocabulary: Vocabulary, pool: Executor) -> None:
        self._database = database
        self._vocabulary = vocabulary
        self._pool = pool
        self._present = Edition(empty_snapshot())
        self._one_at_a_time = asyncio.Lock()

    async def answer(self, ask: Callable[[Edition], Awaitable[T]]) -> T:
        """What `ask` makes of an edition that is not behind."""
        edition = self._present
        for _ in range(_ATTEMPTS - 1):
            try:
                return await ask(edition)
            except Behind:
                edition = await self._renewed(edition)
        return await ask(replace(edition, must_be_last=False))

    async def _renewed(self, behind: Edition) -> Edition:
        async with self._one_at_a_time:
            if self._present is behind:  # nobody else renewed it meanwhile
                work = partial(reload, self._database, self._vocabulary, behind.snapshot)
                self._present = Edition(await asyncio.get_running_loop().run_in_executor(self._pool, work))
            return self._present
