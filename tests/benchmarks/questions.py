"""What is asked: the reads of the service, in the language of each contestant, varied so that no cache answers.

The first page and a deep one, of which nobody keeps a copy, are always the same: so they can be compared.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from random import Random
from urllib.parse import quote, urlencode

from tests.benchmarks.catalogues import sponsor
from tests.benchmarks.load import get

Paths = Mapping[str, Sequence[str]]
_MOST = 400
_CELL_TYPES = ("car_t", "car_nk", "car_dnt", "car_treg", "caar_t", "other")
_STATUSES = ("recruiting", "not_yet_recruiting", "active_not_recruiting", "completed", "unknown")
_PHASES = ("early_phase_1", "phase_1", "phase_1_2", "phase_2")
_CONDITIONS = ("lupus", "nephritis", "sclerosis", "vasculitis", "gravis", "sjogren")
_CELLS = ("car", "treg", "cells", "remission")
FILTERS = [
    {name: value for name, value in zip(("cell_type", "status", "phase"), values, strict=True) if value}
    for values in product((None, *_CELL_TYPES), (None, *_STATUSES), (None, *_PHASES))
    if any(values)
]
"""One to three filters: they leave a tenth of the trials or a hundredth, say, and more than are remembered."""
_PREFIXES = ("hangz", "shang", "nanj", "beij", "erl", "berl", "par", "bost", "seat", "kual", "osak", "mala")


@dataclass(frozen=True)
class Question:
    """One kind of read. `paths`, by contestant, are asked in turn; who has none is not asked."""

    name: str
    paths: Paths


@dataclass(frozen=True)
class _Place:
    """Where a page ended: our cursor, and the last trial."""

    cursor: str
    offset: int
    id: str
    updated_at: str


def questions(port: int, size: int) -> list[Question]:
    """All of them, for a catalogue of that size; `port` is where ours serves it."""
    chance = Random(1)  # noqa: S311 # nothing here is secret

    def some(whole: Sequence[dict[str, str]]) -> list[dict[str, str]]:
        return chance.sample(whole, min(len(whole), _MOST))

    ids = [f"trial-{number:06d}" for number in chance.sample(range(size), min(size, _MOST))]
    filters = some(FILTERS)
    sponsors = some([{"sponsor": sponsor(number)} for number in range(0, size, 20)])
    words = some([{"q": " ".join(asked)} for asked in product(_CONDITIONS, _CELLS, _PREFIXES)])
    matches = [{"words": _as_fts(asked["q"])} for asked in words]
    deep = [place for place in _places(port) if place.offset >= size / 2][:1]
    found = [
        Question(
            "one trial",
            {
                "ours": [f"/v1/trials/{id_}" for id_ in ids],
                "naive": [f"/trials/{id_}" for id_ in ids],
                "Datasette": _canned("one", [{"id": id_} for id_ in ids]),
            },
        ),
        Question(
            "first page",
            {
                "ours": ["/v1/trials"],
                "naive": ["/trials"],
                "Datasette": _canned("page", [{"before": "9", "id": ""}]),
            },
        ),
        Question(
            "deep page",
            {
                "ours": _asked("/v1/trials", [{"cursor": place.cursor} for place in deep]),
                "naive": _asked("/trials", [{"offset": str(place.offset)} for place in deep]),
                "Datasette": _canned("page", [{"before": place.updated_at, "id": place.id} for place in deep]),
            },
        ),
        Question(
            "filtered page",
            {
                "ours": _asked("/v1/trials", filters),
                "naive": _asked("/trials", filters),
                "Datasette": [path for asked in filters for path in _canned(_named("filtered", asked), [asked])],
            },
        ),
        Question(
            "20 whole trials",
            {
                "ours": _asked("/v1/trials.ndjson", sponsors),
                "naive": _asked("/whole-trials", sponsors),
                "Datasette": _canned("whole", sponsors),
            },
        ),
        Question(
            "search, ranked",
            {
                "ours": _asked("/v1/trials", [asked | {"sort": "relevance"} for asked in words]),
                "naive": _asked("/search", words),
                "Datasette": _canned("ranked", matches),
            },
        ),
        Question("search, newest", {"ours": _asked("/v1/trials", words), "Datasette": _canned("newest", matches)}),
        Question(
            "facets",
            {
                "ours": _asked("/v1/facets", filters),
                "naive": _asked("/facets", filters),
                "Datasette": [path for asked in filters for path in _canned(_named("facets", asked), [asked])],
            },
        ),
    ]
    return [question for question in found if all(question.paths.values())]


def _asked(path: str, queries: Sequence[Mapping[str, str]]) -> list[str]:
    return [f"{path}?{urlencode(query, quote_via=quote)}" for query in queries]


def _canned(name: str, queries: Sequence[Mapping[str, str]]) -> list[str]:
    """A prepared query of Datasette's, in the shape that costs it least."""
    return _asked(f"/datasette/{name}.json", [{**query, "_shape": "array"} for query in queries])


def _named(name: str, asked: Mapping[str, str]) -> str:
    return "_".join([name, *asked])


def _as_fts(text: str) -> str:
    *whole, last = text.split()
    return " AND ".join([*(f'"{word}"' for word in whole), f'"{last}" *'])


def _places(port: int) -> Iterator[_Place]:
    """Every hundredth trial of the list, newest first."""
    path, offset = "/v1/trials?limit=100", 0
    while True:
        page = json.loads(get(port, path).partition(b"\r\n\r\n")[2])
        cursor, offset = page["next_cursor"], offset + len(page["items"])
        if cursor is None:
            return
        last = page["items"][-1]
        yield _Place(cursor, offset, last["id"], last["updated_at"])
        path = f"/v1/trials?limit=100&cursor={cursor}"
