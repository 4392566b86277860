"""Cursors: where a page ended, as opaque text that holds for one question alone.

A cursor keeps the sort values and the id of the last item, not a position, so that pages stay right while rows come
and go. It is base64url of JSON: version, digest of the filters, sort, values, id. There is nothing to forge in it: a
made-up place only begins the page elsewhere; what is not of the right form, or of another question, is refused.
"""

import json
import math
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass

from app.catalogue.answers import as_json
from app.catalogue.filters import Sort, TrialFilters
from app.vocabulary.faults import Fault, Refused

VERSION = 1
_FORMS: dict[Sort, tuple[type, ...]] = {
    Sort.UPDATED: (int,),  # microseconds since 1970
    Sort.TITLE: (str,),  # the title's words
    Sort.RELEVANCE: (float,),  # the rank, best first
    Sort.DISTANCE: (int, float),  # tier, and the square of the chord on the unit sphere
}


@dataclass(frozen=True, slots=True)
class Place:
    """An item's place in an order: its sort values, then its id."""

    values: tuple[int | float | str, ...]
    id: str


def write_cursor(filters: TrialFilters, sort: Sort, place: Place) -> str:
    """The cursor of the page that follows `place`."""
    written = as_json([VERSION, filters.digest, sort, place.values, place.id])
    return urlsafe_b64encode(written).decode().rstrip("=")


def read_cursor(cursor: str, filters: TrialFilters, sort: Sort) -> Place:
    """The place that a cursor names. Refused where it does not parse or belongs to another question."""
    try:
        written = b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        version, digest, ordered, values, last = json.loads(written)
    except (ValueError, TypeError, RecursionError):
        raise _refused("the cursor is none of ours") from None
    if type(version) is not int or version != VERSION:
        raise _refused("the cursor is of another version")
    if digest != filters.digest or ordered != sort.value:
        raise _refused("the cursor belongs to other filters or another sort")
    if not isinstance(last, str) or not isinstance(values, list) or not _fits(values, _FORMS[sort]):
        raise _refused("the cursor is none of ours")
    return Place(tuple(values), last)


def _fits(values: list[object], form: tuple[type, ...]) -> bool:
    return len(values) == len(form) and all(
        type(value) is kind and (not isinstance(value, float) or math.isfinite(value))
        for value, kind in zip(values, form, strict=True)
    )


def _refused(detail: str) -> Refused:
    remedy = "take the cursor from next_cursor of a page with the same filters and sort, or leave it out"
    return Refused([Fault(code="cursor", detail=detail, remedy=remedy, parameter="cursor")])
