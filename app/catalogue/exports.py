"""Exports: the columns of the CSV, a row a trial, made of its card."""

import csv
import io
import json
from collections.abc import Callable, Iterable
from typing import Any

Json = Any

# Several values of one cell are separated by "; ".
COLUMNS: dict[str, Callable[[dict[str, Json]], Json]] = {
    "id": lambda card: card["id"],
    "title": lambda card: card["title"],
    "identifiers": lambda card: [identifier["value"] for identifier in card["identifiers"]],
    "status": lambda card: card["status"]["value"],
    "status_as_of": lambda card: card["status"]["as_of"],
    "status_stale_after": lambda card: card["status"]["stale_after"],
    "phase": lambda card: card["phase"],
    "cell_type": lambda card: card["product"]["cell_type"],
    "cell_source": lambda card: card["product"]["cell_source"],
    "targets": lambda card: card["product"]["targets"],
    "conditions": lambda card: card["conditions"],
    "min_years": lambda card: card["age"]["min_years"],
    "max_years": lambda card: card["age"]["max_years"],
    "sex": lambda card: card["sex"],
    "unstated": lambda card: card["unstated"],
    "enrollment": lambda card: card["enrollment"]["count"],
    "enrollment_type": lambda card: card["enrollment"]["type"],
    "sponsor": lambda card: card["sponsor"],
    "countries": lambda card: card["countries"],
    "sites_recruiting": lambda card: card["sites_recruiting"],
    "dose_min": lambda card: _of_doses(card, "min"),
    "dose_max": lambda card: _of_doses(card, "max"),
    "dose_unit": lambda card: _of_doses(card, "unit"),
    "dose_levels": lambda card: _of_doses(card, "levels"),
    "criteria": lambda card: card["criteria_summary"]["total"],
    "criteria_structured": lambda card: card["criteria_summary"]["structured"],
    "exclusions_stated": lambda card: card["criteria_summary"]["exclusions_stated"],
    "revision": lambda card: card["revision"],
    "updated_at": lambda card: card["updated_at"],
}
"""What each column takes from a card. Unstated is an empty cell."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # the wide ones count for some programs


def csv_header() -> bytes:
    """The first line."""
    return _line(COLUMNS)


def csv_rows(cards: Iterable[str]) -> bytes:
    """The lines of some trials, from the JSON of their cards."""
    return b"".join(csv_line(take(facts) for take in COLUMNS.values()) for facts in map(json.loads, cards))


def csv_line(values: Iterable[Json]) -> bytes:
    """A line of any values: unstated is an empty cell, and no cell is a formula."""
    return _line([_cell(value) for value in values])


def _of_doses(card: dict[str, Json], name: str) -> Json:
    return card["dose_range"] and card["dose_range"][name]


def _cell(value: Json) -> str:
    """As text that no spreadsheet takes for a formula: an apostrophe stands before what looks like one."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            text = "; ".join(value)
        case _:
            text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _line(cells: Iterable[str]) -> bytes:
    """Quoted where needed, and ended as RFC 4180 has it."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue().encode()
