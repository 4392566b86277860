"""Full text, asked the same way of both databases: every word must match, the last one as a prefix.

Only normalised words reach a database, each quoted, so that no sign of a user's text is ever read as syntax. Which
trials match is exact. Their order by rank (BM25 on SQLite, cover density on Postgres) is bounded: words that very
many trials share say little of any of them, so that only the newest `RANKED` matches are ranked, and the best
`BEST` of them listed. Searching can take milliseconds, which on SQLite are spent on a thread of a small pool.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor

import numpy as np
from sqlalchemy import Integer, column, text

from app.catalogue.columns import Ints
from app.database import Database, Prepared, Rows

RANKED = 5_000
BEST = 1_000

_SQLITE_MATCHES = (
    "SELECT (SELECT revision FROM catalogue_state), group_concat(rowid) FROM trial_search WHERE trial_search MATCH :words"
)
# The plus sign keeps SQLite from looking each number up in the index; the title weighs four times the rest.
_SQLITE_RANKS = (
    "SELECT rowid, -bm25(trial_search, 4.0, 1.0) AS score FROM trial_search"
    " WHERE trial_search MATCH :words AND {among} ORDER BY score DESC, rowid LIMIT :best"
)
_POSTGRES_MATCHES = (
    "SELECT (SELECT revision FROM catalogue_state), string_agg(CAST(number AS text), ',') FROM trial_search"
    " WHERE document @@ CAST(:words AS tsquery)"
)
_POSTGRES_RANKS = (
    "SELECT number, ts_rank_cd(document, CAST(:words AS tsquery)) AS score FROM trial_search"
    " WHERE {among} ORDER BY score DESC, number LIMIT :best"
)
