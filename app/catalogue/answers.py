"""Answers as they leave the catalogue: bytes put together from stored JSON, with a name for their content."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.catalogue.columns import Ints


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A trial, or a part or revision of one. `slug` is the trial's own id, whatever it was asked for by."""

    body: bytes
    slug: str
    etag: str


@dataclass(frozen=True, slots=True)
class Page:
    """`{"items": [card], "next_cursor", "total"}`."""

    body: bytes
    next_cursor: str | None
    total: int
    etag: str


@dataclass(frozen=True, slots=True)
class Candidates:
    """The numbers of trials, newest first, and the catalogue's revision at which the filters leave them."""

    catalogue_revision: int
    numbers: Ints
    _all_ids: NDArray[np.object_]

    @property
    def ids(self) -> tuple[str, ...]:
        """Their slugs."""
        return tuple(self._all_ids[self.numbers].tolist())


@dataclass(frozen=True, slots=True)
class CurrentRecord:
    """What a matcher needs of a trial as it is now; `status` and `record` are JSON."""

    number: int
    id: str
    revision: int
    title: str
    status: str
    record: str


def weak_etag(body: bytes) -> str:
    """The name of an answer's content, whatever encoding it travels in."""
    return f'W/"{blake2b(body, digest_size=12).hexdigest()}"'


def as_json(value: Any) -> bytes:
    """Compact JSON."""
    return _COMPACT.encode(value).encode()


# Made once: `json.dumps` would make one for every value.
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def stored(text: str | bytes, slug: str) -> StoredDocument:
    """A document with its name."""
    body = text.encode() if isinstance(text, str) else text
    return StoredDocument(body, slug, weak_etag(body))


def list_of(items: Sequence[Any]) -> bytes:
    """A trial's list, unpaged."""
    return as_json({"items": items, "total": len(items)})


def page(cards: Sequence[str], next_cursor: str | None, total: int) -> Page:
    """A page of cards that are JSON already; a cursor needs no escaping."""
    cursor = f'"{next_cursor}"' if next_cursor else "null"
    body = f'{{"items":[{",".join(cards)}],"next_cursor":{cursor},"total":{total}}}'.encode()
    return Page(body, next_cursor, total, weak_etag(body))


def with_nearest(card: str, nearest: dict[str, float | str] | None) -> str:
    """A card that says which site is the nearest."""
    return f'{card[:-1]},"nearest":{as_json(nearest).decode()}}}'


def current_record(row: Sequence[Any]) -> CurrentRecord:
    """From a row of the tables: number, slug, revision, title, the status with its two dates, the record."""
    number, slug, revision, title, *status, record = row
    shown = as_json(dict(zip(("value", "as_of", "stale_after"), status, strict=True))).decode()
    return CurrentRecord(number, slug, revision, title, shown, record)
