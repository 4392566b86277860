"""The smallest set that holds something of each of some sets."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def smallest_hitting_set(
    sets: Iterable[frozenset[T]], order: Sequence[T], spend: Callable[[], None] = lambda: None
) -> tuple[T, ...]:
    """A smallest choice that meets every set, in the order given; none of the sets is empty.

    What only one choice meets is chosen first, and sets that have nothing in common with others are met by themselves.
    The rest is a search that branches over the members of one set, and turns back where the sets that are left show
    that nothing better can come. That takes exponential time in the worst case, as the problem does: `spend` is
    called at each step, and may end it by an exception.
    """
    rank = {item: place for place, item in enumerate(order)}
    waiting = sorted(set(sets), key=lambda members: (len(members), sorted(rank[item] for item in members)))
    chosen = {item for members in waiting if len(members) == 1 for item in members}
    left = [members for members in waiting if members.isdisjoint(chosen)]
    for part in _apart(left):
        chosen |= set(_search(part, rank.__getitem__, spend))
    return tuple(sorted(chosen, key=rank.__getitem__))


def _apart(sets: Sequence[frozenset[T]]) -> Iterator[list[frozenset[T]]]:
    """The sets in groups that have no member in common."""
    left = list(sets)
    while left:
        members = left[0]
        while more := [one for one in left if not one.isdisjoint(members) and not one <= members]:
            members = members.union(*more)
        yield [one for one in left if one <= members]
        left = [one for one in left if not one <= members]


def _search(sets: Sequence[frozenset[T]], rank: Callable[[T], int], spend: Callable[[], None]) -> list[T]:
    best: list[T] | None = None

    def search(chosen: list[T], barred: frozenset[T], waiting: Sequence[frozenset[T]]) -> None:
        nonlocal best
        spend()
        left = [members - barred for members in waiting if members.isdisjoint(chosen)]
        if not left:
            if best is None or len(chosen) < len(best):
                best = list(chosen)
            return
        if not all(left) or (best is not None and len(chosen) + _at_least(left) >= len(best)):
            return
        _, nearest = min(enumerate(left), key=lambda one: (len(one[1]), one[0]))
        for item in sorted(nearest, key=rank):
            search([*chosen, item], barred, left)
            barred |= {item}

    search([], frozenset(), sets)
    return best or []


def _at_least(sets: Iterable[frozenset[T]]) -> int:
    """How many of the sets have nothing in common, taken as they come: so many choices it takes."""
    count, seen = 0, set[T]()
    for members in sorted(sets, key=len):
        if members.isdisjoint(seen):
            count += 1
            seen |= members
    return count
