"""In which order the trials of an answer come, and where in it a cursor's place is."""

from bisect import bisect_right
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.catalogue.columns import UNSTATED, Ints, Mask, kept
from app.catalogue.cursors import Place
from app.catalogue.filters import Sort, TrialFilters
from app.catalogue.snapshot import Snapshot
from app.catalogue.sphere import kilometres, squared_chord, squared_chords

FEW = 200
"""So many trials are sorted sooner than they are picked from all trials in their order."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """Of each trial the nearest site in reach: a recruiting one where there is any, else another one."""

    tier: NDArray[np.int8]  # 0: a recruiting site, 1: another one, 2: none in reach whose position is stated
    square: NDArray[np.float64]  # the squared chord to it
    site: Ints  # its index among the snapshot's sites, or UNSTATED


def nearest_sites(snapshot: Snapshot, filters: TrialFilters) -> Nearest | None:
    """The nearest sites, where `near` was asked for; those beyond `within_km` are out of reach."""
    if filters.point is None:
        return None
    sites = snapshot.sites
    squares = squared_chords(sites.points, *filters.point)
    reach = np.inf if filters.within_km is None else squared_chord(filters.within_km)
    tiers = np.where(sites.recruiting, 0, 1).astype(np.int8)
    in_reach = np.flatnonzero(squares <= reach)
    # The best one comes last, since the last assignment to a row is the one that stays.
    last_is_best = in_reach[np.lexsort((-in_reach, -squares[in_reach], -tiers[in_reach]))]
    rows = sites.rows[last_is_best]
    found = Nearest(
        tier=np.full(snapshot.size, 2, np.int8),
        square=np.zeros(snapshot.size),
        site=np.full(snapshot.size, UNSTATED, np.int32),
    )
    found.tier[rows], found.square[rows], found.site[rows] = tiers[last_is_best], squares[last_is_best], last_is_best
    return found


@dataclass(frozen=True, slots=True)
class Listing:
    """The trials of an answer in their order, which ends in the id; ranked ones stop early, `total` does not."""

    snapshot: Snapshot
    sort: Sort
    rows: Ints
    total: int
    nearest: Nearest | None = None
    ranks: dict[int, float] | None = None

    def place(self, row: int) -> Place:
        """What a cursor keeps of a trial."""
        return Place(self._values(row), self.snapshot.ids[row])

    def after(self, place: Place) -> int:
        """The position of the first trial after a place, whether or not its trial is still there."""
        if self.ranks is not None:
            # Ranks shift a little with every change of the catalogue: rather go on after the same trial.
            same = next((at for at, row in enumerate(self.rows.tolist()) if self.snapshot.ids[row] == place.id), None)
            if same is not None:
                return same + 1
        return bisect_right(self.rows, (*_ascending(self.sort, place.values), place.id), key=self.key)

    def shown_nearest(self, row: int) -> dict[str, float | str] | None:
        """The nearest site as it stands on a card; None where no site's position is stated."""
        if self.nearest is None or self.nearest.site[row] == UNSTATED:
            return None
        key = self.snapshot.sites.keys[self.nearest.site[row]]
        distance = round(kilometres(float(self.nearest.square[row])), 1)
        return {"distance_km": distance, "site": self.snapshot.lexicons["site"].values_by_code[key]}

    def key(self, row: int) -> tuple[int | float | str, ...]:
        """What the order sorts a trial by."""
        return *_ascending(self.sort, self._values(row)), self.snapshot.ids[row]

    def _values(self, row: int) -> tuple[int | float | str, ...]:
        match self.sort:
            case Sort.UPDATED:
                return (self.snapshot.updated.item(row),)
            case Sort.TITLE:
                return (self.snapshot.titles[row],)
            case Sort.RELEVANCE:
                return (self.ranks[int(row)] if self.ranks else 0.0,)
            case Sort.DISTANCE:
                near = self.nearest
                return (near.tier.item(row), near.square.item(row)) if near else (2, 0.0)


def _ascending(sort: Sort, values: tuple[int | float | str, ...]) -> tuple[int | float | str, ...]:
    """Sort values as they sort: newest first, best rank first."""
    if sort is Sort.UPDATED or sort is Sort.RELEVANCE:
        return (-values[0],)  # type: ignore[operator] # a number, as cursors checks
    return values


def in_order(snapshot: Snapshot, filters: TrialFilters, sort: Sort, chosen: Mask) -> Listing:
    """The chosen trials in an order that needs no text search."""
    nearest = nearest_sites(snapshot, filters)
    few = np.flatnonzero(chosen)
    if len(few) <= FEW:
        in_any_order = Listing(snapshot, sort, few.astype(np.int32), len(few), nearest)
        return replace(in_any_order, rows=np.array(sorted(few.tolist(), key=in_any_order.key), np.int32))
    order = {Sort.TITLE: snapshot.by_title, Sort.DISTANCE: snapshot.by_id}.get(sort, snapshot.by_updated)
    rows = kept(order, chosen.take(order))
    if sort is Sort.DISTANCE and nearest is not None:
        rows = rows[np.lexsort((nearest.square[rows], nearest.tier[rows]))]
    return Listing(snapshot, sort, rows, len(rows), nearest)


def by_rank(snapshot: Snapshot, filters: TrialFilters, chosen: Mask, ranks: dict[int, float]) -> Listing:
    """The ranked ones among the chosen trials, best first."""
    rows = np.array(sorted(ranks, key=lambda row: (-ranks[row], snapshot.ids[row])), np.int32)
    return Listing(
        snapshot, Sort.RELEVANCE, rows, int(np.count_nonzero(chosen)), nearest_sites(snapshot, filters), ranks
    )
