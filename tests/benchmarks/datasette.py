"""Datasette over a copy of our SQLite file, tuned: indexes for its pages, and canned queries that nest a trial by SQL.

It is installed into an environment of its own. `create_app` runs there, where nothing of ours is installed: this
module needs the standard library alone.
"""

# ruff: noqa: S608 - the SQL is made of the names of our own tables

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

FILE = "BENCHMARK_FILE"
"""The variable that names the file to serve; what it answers stands beside it, in `queries.json`."""

_INDEXES = """
    CREATE INDEX page ON trial (updated_at DESC, id);
    CREATE INDEX by_sponsor ON trial (sponsor);
    CREATE INDEX by_status ON trial (status, phase, cell_type, cell_source, sex, sponsor);
    CREATE INDEX by_phase ON trial (phase, cell_type, status, cell_source, sex, sponsor);
    CREATE INDEX by_all ON trial (cell_type, status, phase, cell_source, sex, sponsor);
    CREATE INDEX by_city ON site (city);
    ANALYZE;
"""
_OWN = ("cell_type", "cell_source", "status", "phase", "sex", "sponsor")
_OF_PARTS = {
    "target": "trial_target.code",
    "condition": "trial_condition.code",
    "country": "site.country",
    "city": "site.city",
    "site_status": "site.status",
}
_FILTERS = ("cell_type", "status", "phase")
_FILTERED = [names for many in (1, 2, 3) for names in combinations(_FILTERS, many)]


def install(folder: Path) -> Path | None:
    """The Python of an environment with Datasette in it; None where it cannot be had."""
    python = folder / "bin" / "python"
    if not (folder / "bin" / "datasette").exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        wanted = ["datasette", "uvicorn[standard]"]
        installed = subprocess.run([python, "-m", "pip", "install", "-q", *wanted], check=False, capture_output=True)
        if installed.returncode:
            shutil.rmtree(folder)
            return None
    return python


def fill(file: Path, ours: Path) -> None:
    """Make the file from ours, which nobody writes to. Stored documents and cards are left out of the queries."""
    shutil.copy(ours, file)
    connection = sqlite3.connect(file)
    connection.executescript(_INDEXES)
    queries = {name: {"sql": sql} for name, sql in _queries(connection).items()}
    connection.close()
    (file.parent / "queries.json").write_text(json.dumps(queries))


def facets_sql(filters: tuple[str, ...]) -> str:
    """The facets that ours counts, by `GROUP BY`: of each the hundred most frequent values, all under one filter."""
    where = _where(filters)
    own = [f"SELECT '{name}', {name}, count(*) FROM trial WHERE {where}" for name in _OWN]
    of_parts = [
        f"SELECT '{name}', {column}, count(DISTINCT trial_number) FROM trial JOIN {column.split('.')[0]}"
        f" ON trial_number = trial.number WHERE {where}"
        for name, column in _OF_PARTS.items()
    ]
    facets = (f"SELECT * FROM ({counts} GROUP BY 2 ORDER BY 3 DESC LIMIT 100)" for counts in (*own, *of_parts))
    return " UNION ALL ".join(facets)


def _where(filters: tuple[str, ...]) -> str:
    return " AND ".join(f"trial.{name} = :{name}" for name in filters) or "true"


def create_app() -> Any:
    """The application over the file that the environment names."""
    from datasette.app import Datasette  # type: ignore[import-not-found] # noqa: PLC0415 # installed in the environment where this runs

    file = Path(os.environ[FILE])
    queries = json.loads((file.parent / "queries.json").read_text())
    limits = {"sql_time_limit_ms": 60_000, "max_returned_rows": 20_000, "num_sql_threads": 2}
    metadata = {"databases": {file.stem: {"queries": queries}}}
    return Datasette([], immutables=[str(file)], metadata=metadata, settings=limits).app()


def _queries(connection: sqlite3.Connection) -> dict[str, str]:
    whole, card = _whole(connection), _card(connection)
    return {
        "one": f"SELECT {whole} AS trial FROM trial WHERE id = :id",
        "page": f"SELECT {card} FROM trial WHERE updated_at <= :before AND (updated_at < :before OR id > :id)"
        " ORDER BY updated_at DESC, id LIMIT 20",
        "whole": f"SELECT {whole} AS trial FROM trial WHERE sponsor = :sponsor ORDER BY updated_at DESC, id LIMIT 20",
        "ranked": f"SELECT {card} FROM (SELECT rowid AS found FROM trial_search WHERE trial_search MATCH :words"
        " ORDER BY rank LIMIT 20) JOIN trial ON number = found",
        "newest": f"SELECT {card} FROM trial WHERE number IN (SELECT rowid FROM trial_search"
        " WHERE trial_search MATCH :words) ORDER BY updated_at DESC, id LIMIT 20",
    } | {
        "_".join([name, *filters]): sql
        for filters in _FILTERED
        for name, sql in (
            ("filtered", f"SELECT {card} FROM trial WHERE {_where(filters)} ORDER BY updated_at DESC, id LIMIT 20"),
            ("facets", facets_sql(filters)),
        )
    }


def _whole(connection: sqlite3.Connection) -> str:
    """A trial with all of its lists as one JSON object."""
    own = [name for name in _columns(connection, "trial") if name not in {"number", "card", "catalogue_revision"}]
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    lists = [table for table in tables if {"trial_number", "position"} <= set(_columns(connection, table))]
    pairs = [f"'{name}', trial.{name}" for name in own] + [
        f"'{table}', {_list_of(connection, table)}" for table in lists
    ]
    # A function of SQLite takes a hundred arguments at most.
    halves = [f"json_object({', '.join(some)})" for some in (pairs[:30], pairs[30:])]
    return f"json_patch({', '.join(halves)})"


def _list_of(connection: sqlite3.Connection, table: str) -> str:
    json_columns = {"days", "expression", "scope"}
    pairs = ", ".join(
        f"'{name}', json({name})" if name in json_columns else f"'{name}', {name}"
        for name in _columns(connection, table)
        if name not in {"trial_number", "position"}
    )
    return f"(SELECT json_group_array(json_object({pairs})) FROM {table} WHERE trial_number = trial.number)"


def _card(connection: sqlite3.Connection) -> str:
    """The columns of a trial in a list; what is several stands in them as JSON."""
    own = ("id", "title", "status", "phase", "cell_type", "cell_source", "min_age", "max_age", "sex", "sponsor")
    countries = "(SELECT json_group_array(DISTINCT country) FROM site WHERE trial_number = trial.number) AS countries"
    doses = "(SELECT json_array(min(value), max(value)) FROM dose WHERE trial_number = trial.number) AS dose_range"
    lists = (f"{_list_of(connection, name)} AS {name}s" for name in ("identifier", "trial_target", "trial_condition"))
    return ", ".join([*own, "enrollment_count", "updated_at", *lists, countries, doses])


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
