"""Full text, asked the same way of both databases: every word must match, the last one as a prefix.

Only normalised words reach a database, each quoted, so that no sign of a user's text is ever read as syntax. Which
trials match is exact. Their order by rank (BM25 on SQLite, cover density on Postgres) is bounded: words that very
many trials share say little of any of them, so that only the newest `RANKED` matches are ranked, and the best
`BEST` of them listed. In a large catalogue a search can take milliseconds, which on SQLite are spent on a thread of a
small pool.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor
from functools import partial

import numpy as np
from sqlalchemy import text

from app.catalogue.columns import Ints
from app.database import Database, Prepared, Rows

RANKED = 5_000
BEST = 1_000
INLINE = 2_000
"""Catalogues up to this size are searched on the event loop: that takes less than a hop to a thread and back."""

_SQLITE_MATCHES = """
    SELECT (SELECT revision FROM catalogue_state), group_concat(rowid) FROM trial_search WHERE trial_search MATCH :words
"""
_POSTGRES_MATCHES = """
    SELECT (SELECT revision FROM catalogue_state), string_agg(CAST(number AS text), ',')
    FROM trial_search WHERE document @@ CAST(:words AS tsquery)
"""
# The title weighs more than the rest, and a match more in a short text. The plus sign keeps SQLite from looking up
# each number anew.
_SQLITE_RANKS = """
    SELECT rowid, -bm25(trial_search, 4.0, 1.0) AS score FROM trial_search
    WHERE trial_search MATCH :words AND +rowid IN (SELECT value FROM json_each(:numbers))
    ORDER BY score DESC, rowid LIMIT :best
"""
_POSTGRES_RANKS = """
    SELECT number, ts_rank_cd(document, CAST(:words AS tsquery), 1) AS score FROM trial_search
    WHERE number = ANY(CAST(:numbers AS integer[])) ORDER BY score DESC, number LIMIT :best
"""


class Search:
    """Full text of one database; `pool` is where SQLite searches."""

    def __init__(self, database: Database, pool: Executor) -> None:
        self._database = database
        self._pool = pool
        sqlite = database.is_sqlite
        self._matches = database.prepare(text(_SQLITE_MATCHES if sqlite else _POSTGRES_MATCHES))
        self._ranks = database.prepare(text(_SQLITE_RANKS if sqlite else _POSTGRES_RANKS))

    async def matching_numbers(self, words: Sequence[str], among: int) -> tuple[int, Ints]:
        """The catalogue's revision, and the numbers of all trials that match; `among` is how many there may be."""
        [[revision, numbers]] = await self._read(self._matches, among, words=self._question(words))
        return revision, np.fromstring(numbers, np.int32, sep=",") if numbers else np.empty(0, np.int32)

    async def ranks(self, words: Sequence[str], numbers: Ints, among: int) -> dict[int, float]:
        """The best `BEST` of some matches with their ranks, greater is better. Hand over at most `RANKED`."""
        listed = numbers.tolist()
        wanted = str(listed) if self._database.is_sqlite else listed
        rows = await self._read(self._ranks, among, words=self._question(words), numbers=wanted, best=BEST)
        return {number: float(score) for number, score in rows}

    async def _read(self, prepared: Prepared, among: int, **parameters: object) -> Rows:
        if not self._database.is_sqlite or among <= INLINE:
            return await self._database.read(prepared, **parameters)
        work = partial(self._database.read_blocking, prepared, **parameters)
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def _question(self, words: Sequence[str]) -> str:
        """The words in the database's own syntax. They hold letters and digits alone, and need no escaping."""
        *whole, last = words
        if self._database.is_sqlite:
            return " AND ".join([*(f'"{word}"' for word in whole), f'"{last}" *'])
        return " & ".join([*(f"'{word}'" for word in whole), f"'{last}':*"])
