"""Facets: how many trials have each value under the same filters, each facet ignoring its own.

A count is the number of trials that state the value *and that its filter would find*: a condition counts those below
it, a sex those for all, a name all its spellings. Listed are the values that some trial states as they are, most
frequent first, without those that no trial has; of cities and sponsors the `MOST_NAMES` most frequent. Trials that
state none count as `unstated`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.catalogue.columns import Column, Counts, Mask, Names, Pairs, Rows, Some
from app.catalogue.selection import all_of
from app.catalogue.snapshot import Snapshot

MOST_NAMES = 100


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter of the same name; `stated` and `found` name the columns of what trials state and the filter finds."""

    name: str
    stated: str
    found: str


FACETS = (
    Facet("cell_type", "cell_type", "cell_type"),
    Facet("cell_source", "cell_source", "cell_source"),
    Facet("target", "target", "target"),
    Facet("condition", "condition", "condition_implied"),
    Facet("status", "status", "status"),
    Facet("phase", "phase", "phase"),
    Facet("sex", "sex", "sex_admitted"),
    Facet("country", "country", "country"),
    Facet("city", "city", "city_plain"),
    Facet("site_status", "site_status", "site_status"),
    Facet("sponsor", "sponsor", "sponsor_plain"),
)


def count_facets(snapshot: Snapshot, left: Mapping[str, Mask]) -> dict[str, Any]:
    """`{"catalogue_revision", "total", "facets": {name: {"values": [{"value", "count"}], "unstated"}}}`.

    `left` are the trials that each filter leaves, by the filter's name.
    """
    chosen = Some.of(all_of(snapshot, left.values()))
    return {
        "catalogue_revision": snapshot.revision,
        "total": len(chosen.rows),
        "facets": {facet.name: _counted(snapshot, facet, _among(snapshot, facet, left, chosen)) for facet in FACETS},
    }


def _among(snapshot: Snapshot, facet: Facet, left: Mapping[str, Mask], chosen: Some) -> Some:
    if facet.name not in left:
        return chosen
    return Some.of(all_of(snapshot, [mask for name, mask in left.items() if name != facet.name]))


def _counted(snapshot: Snapshot, facet: Facet, among: Some) -> dict[str, Any]:
    lexicon = snapshot.lexicons[facet.name]
    stated: Column | Pairs = getattr(snapshot, facet.stated)
    counts = stated.counts(among, len(lexicon.values_by_code))
    present = np.flatnonzero(counts)
    found = counts.take(present) if facet.found == facet.stated else _found(snapshot, facet, among, present)
    frequent = np.lexsort((lexicon.places().take(present), -found))[
        : MOST_NAMES if isinstance(lexicon, Names) else None
    ]
    codes, numbers = present.take(frequent).tolist(), found.take(frequent).tolist()
    return {
        "values": [
            {"value": lexicon.values_by_code[code], "count": count} for code, count in zip(codes, numbers, strict=True)
        ],
        "unstated": len(among.rows) - int(np.count_nonzero(stated.stated().take(among.rows))),
    }


def _found(snapshot: Snapshot, facet: Facet, among: Some, present: Rows) -> Counts:
    """How many of the trials the filter would find by each of the values that are present."""
    lexicon = snapshot.lexicons[facet.name]
    column: Column | Pairs = getattr(snapshot, facet.found)
    if not isinstance(lexicon, Names):
        return column.counts(among, len(lexicon.values_by_code)).take(present)
    by_plain = column.counts(among, len(lexicon.plain.values_by_code))
    return by_plain.take([lexicon.plain_by_code[code] for code in present.tolist()])
