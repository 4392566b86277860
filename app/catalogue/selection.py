"""What each filter means, once: a predicate over the columns of a snapshot.

A filter removes what is known not to fit. Of age and sex, a trial whose source states none stays, unless `unstated`
is `exclude`; every other filter finds stated values only. All filters hold at once, each by itself: a recruiting site
and a site in China need not be the same one.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta

import numpy as np

from app.catalogue.columns import Column, Mask, Names, Pairs, marked, plain_name
from app.catalogue.filters import TargetMatch, TrialFilters, Unstated
from app.catalogue.snapshot import Snapshot
from app.catalogue.sphere import squared_chord, squared_chords

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Predicate = Callable[[Snapshot, TrialFilters], Mask | None]
"""The trials that a filter leaves, or None where it is not asked for."""


def _coded(name: str) -> Predicate:
    """One of the values, as stated."""

    def predicate(snapshot: Snapshot, filters: TrialFilters) -> Mask | None:
        asked = getattr(filters, name)
        if not asked:
            return None
        fact: Column | Pairs = getattr(snapshot, name)
        return fact.having(snapshot.lexicons[name].known(asked))

    return predicate


def _condition(snapshot: Snapshot, filters: TrialFilters) -> Mask | None:
    """One of the conditions, or one below it."""
    if not filters.condition:
        return None
    return snapshot.condition_implied.having(snapshot.lexicons["condition"].known(filters.condition))


def _target(snapshot: Snapshot, filters: TrialFilters) -> Mask | None:
    if not filters.target:
        return None
    codes = snapshot.lexicons["target"].known(filters.target)
    if filters.target_match is TargetMatch.ANY:
        return snapshot.target.having(codes)
    if len(codes) < len(filters.target):  # no trial ever had one of them
        return np.zeros(snapshot.size, np.bool_)
    every = snapshot.target.having_all(codes)
    if filters.target_match is TargetMatch.EXACTLY:
        every &= snapshot.target.how_many() == len(codes)
    return every


def _age(snapshot: Snapshot, filters: TrialFilters) -> Mask | None:
    """Completed years: someone of 65 is admitted until the 66th birthday where the greatest age is 65."""
    if filters.age is None:
        return None
    admits = (snapshot.min_age <= filters.age) & (filters.age < snapshot.max_age + 1)
    return _or_unstated(snapshot.age_stated, admits, filters)


def _sex(snapshot: Snapshot, filters: TrialFilters) -> Mask | None:
    if not filters.sex:
        return None
    admits = snapshot.sex_admitted.having(snapshot.lexicons["sex"].known(filters.sex))
    return _or_unstated(snapshot.sex.stated(), admits, filters)


def _or_unstated(stated: Mask, fits: Mask, filters: TrialFilters) -> Mask:
    return stated & fits if filters.unstated is Unstated.EXCLUDE else ~stated | fits


def _city(snapshot: Snapshot, filters: TrialFilters) -> Mask | None:
    return snapshot.city_plain.having(_spelt(snapshot.cities, filters.city)) if filters.city else None


def _sponsor(snapshot: Snapshot, filters: TrialFilters) -> Mask | None:
    return snapshot.sponsor_plain.having(_spelt(snapshot.sponsors, filters.sponsor)) if filters.sponsor else None


def _spelt(names: Names, asked: Iterable[str]) -> list[int]:
    return names.plain.known({plain_name(name) for name in asked})


def _near(snapshot: Snapshot, filters: TrialFilters) -> Mask | None:
    """Some site within the distance; without one, `near` removes nothing."""
    if filters.point is None or filters.within_km is None:
        return None
    squares = squared_chords(snapshot.sites.points, *filters.point)
    return marked(snapshot.size, snapshot.sites.rows[squares <= squared_chord(filters.within_km)])


def _dose(snapshot: Snapshot, filters: TrialFilters) -> Mask | None:
    """Some level in cells/kg lies within both bounds, inclusive; one that is a range lies there as a whole."""
    if filters.dose_min is None and filters.dose_max is None:
        return None
    doses = snapshot.doses
    low = 0.0 if filters.dose_min is None else filters.dose_min
    high = np.inf if filters.dose_max is None else filters.dose_max
    return marked(snapshot.size, doses.rows[(low <= doses.low) & (doses.high <= high)])


def _updated_since(snapshot: Snapshot, filters: TrialFilters) -> Mask | None:
    if filters.updated_since is None:
        return None
    return np.greater_equal(snapshot.updated, (filters.updated_since - _EPOCH) // timedelta(microseconds=1))


PREDICATES: Mapping[str, Predicate] = {
    "cell_type": _coded("cell_type"),
    "cell_source": _coded("cell_source"),
    "target": _target,
    "condition": _condition,
    "status": _coded("status"),
    "phase": _coded("phase"),
    "age": _age,
    "sex": _sex,
    "country": _coded("country"),
    "city": _city,
    "sponsor": _sponsor,
    "site_status": _coded("site_status"),
    "near": _near,
    "dose": _dose,
    "updated_since": _updated_since,
}
"""All filters but `q`, which the database answers. Those that only shape another one stand with it."""


def masks(snapshot: Snapshot, filters: TrialFilters) -> dict[str, Mask]:
    """What each of the filters that were asked for leaves, by name."""
    found = ((name, predicate(snapshot, filters)) for name, predicate in PREDICATES.items())
    return {name: mask for name, mask in found if mask is not None}


def all_of(snapshot: Snapshot, left: Iterable[Mask]) -> Mask:
    """The trials that every filter leaves."""
    together = snapshot.there.copy()
    for mask in left:
        together &= mask
    return together
