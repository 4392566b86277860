"""Choosing: from filters to the trials that they leave, in their order, at the catalogue's present revision."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

from app.catalogue.answers import as_json
from app.catalogue.columns import Ints, Mask, kept, marked
from app.catalogue.editions import Edition
from app.catalogue.facets import count_facets
from app.catalogue.filters import Sort, TrialFilters
from app.catalogue.orders import Listing, by_rank, in_order
from app.catalogue.search import RANKED, Search
from app.catalogue.selection import all_of, masks

T = TypeVar("T")
INLINE, CHOSEN_INLINE = 20_000, 200_000
"""Catalogues up to these sizes are counted or measured, and chosen from, on the event loop: of 100,000 trials choosing
takes a third of a millisecond, hardly more than a hop to a thread and back."""


class Chooser:
    """Chooses trials of an edition, and remembers in it what was chosen. Methods raise `Behind`."""

    def __init__(self, search: Search, pool: Executor) -> None:
        self._search = search
        self._pool = pool

    async def listing(self, edition: Edition, filters: TrialFilters, sort: Sort) -> Listing:
        """The trials in their order."""
        key = (filters.digest, sort.value)
        known = edition.listings.find(key)
        if known is not None:
            return known
        snapshot = edition.snapshot
        matches = await self._matches(edition, filters)
        inline = CHOSEN_INLINE if filters.near is None else INLINE
        chosen = await self._scan(edition, lambda: all_of(snapshot, _left(edition, filters, matches).values()), inline)
        if sort is Sort.RELEVANCE and matches is not None:
            newest = await self._scan(
                edition, lambda: kept(snapshot.by_updated, chosen.take(snapshot.by_updated))[:RANKED], inline
            )
            ranks = await self._search.ranks(filters.words, newest, snapshot.size)
            listing = by_rank(snapshot, filters, chosen, ranks)
        else:
            listing = await self._scan(edition, lambda: in_order(snapshot, filters, sort, chosen), inline)
        return edition.listings.keep(key, listing)

    async def facets(self, edition: Edition, filters: TrialFilters) -> bytes:
        """The counts per value as JSON, in the form of `count_facets`."""
        known = edition.facets.find(filters.digest)
        if known is not None:
            return known
        matches = await self._matches(edition, filters)
        counts = await self._scan(
            edition, lambda: as_json(count_facets(edition.snapshot, edition.marks, _left(edition, filters, matches)))
        )
        return edition.facets.keep(filters.digest, counts)

    async def _matches(self, edition: Edition, filters: TrialFilters) -> Ints | None:
        """The numbers of the trials that full text finds; None where nothing is asked of it."""
        if not filters.words:
            return None
        known = edition.matches.find(filters.words)
        if known is not None:
            return known
        revision, numbers = await self._search.matching_numbers(filters.words, edition.snapshot.size)
        edition.check(revision)
        return edition.matches.keep(filters.words, numbers[numbers < edition.snapshot.size])

    async def _scan(self, edition: Edition, work: Callable[[], T], inline: int = INLINE) -> T:
        if edition.snapshot.size <= inline:
            return work()
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


def _left(edition: Edition, filters: TrialFilters, matches: Ints | None) -> dict[str, Mask]:
    """What each filter leaves, full text included."""
    left = masks(edition.snapshot, filters)
    if matches is not None:
        left["q"] = marked(edition.snapshot.size, matches)
    return left
