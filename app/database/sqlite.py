"""SQLite: one file, its pragmas, and reads on one connection a thread.

Bounded reads run inline on the event loop: a document by its key takes some microseconds, a hop to a thread a hundred.
"""

import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, create_engine, event
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import NullPool

from app.database.faults import DatabaseUnavailable
from app.database.prepared import Prepared, Rows

_LOCK_TIMEOUT_S = 60
"""How long a writer waits for another one; loading a large catalogue is one transaction."""
_INSTRUCTIONS_BETWEEN_CHECKS = 200_000
_READ_PRAGMAS = ("query_only=ON", "mmap_size=268435456", "cache_size=-16384", "temp_store=MEMORY")
"""The file's first 256 MB are read in place, and shared by all workers; of the rest each thread keeps 16 MB."""
_SQL_ERROR = 1  # SQLITE_ERROR: the statement is wrong, not the database


def create_sqlite_engine(file: Path) -> Engine:
    """An engine for writing. `BEGIN` is ours; with the execution option `writes` it takes the writers' lock at once.

    Each transaction has a connection of its own, so that nothing stays in memory of one that has read everything.
    """
    engine = create_engine(
        f"sqlite:///{file}",
        connect_args={"timeout": _LOCK_TIMEOUT_S, "isolation_level": None},
        poolclass=NullPool,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver begins no transaction of its own
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA cache_size=-65536")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


class _Clock:
    """When the statement that a connection runs is given up."""

    deadline: float = 0.0


class _OfThread(threading.local, _Clock):
    connection: sqlite3.Connection | None = None


class SqliteReader:
    def __init__(self, file: Path, statement_timeout_ms: int) -> None:
        self.dialect: Dialect = SQLiteDialect_pysqlite(paramstyle="qmark")
        self._file = file
        self._timeout = statement_timeout_ms / 1000
        self._own = _OfThread()
        self._open: list[sqlite3.Connection] = []  # one a thread; appending is atomic

    async def read(self, prepared: Prepared, parameters: Mapping[str, object]) -> Rows:
        return self.read_blocking(prepared, parameters)

    def read_blocking(self, prepared: Prepared, parameters: Mapping[str, object]) -> Rows:
        own = self._own
        try:
            connection = own.connection or self._connect()
            own.deadline = monotonic() + self._timeout
            return connection.execute(prepared.text, prepared.arguments(parameters)).fetchall()
        except sqlite3.Error as error:
            raise _explained(error) from error

    def stream_blocking(self, prepared: Prepared, batch: int, parameters: Mapping[str, object]) -> Iterator[Rows]:
        """One snapshot, on a connection of its own: the threads that take the batches may differ."""
        own = _Clock()
        with _explaining():
            connection = _connect(self._file, own)
        try:
            own.deadline = monotonic() + self._timeout
            with _explaining():
                cursor = connection.execute(prepared.text, prepared.arguments(parameters))
            while True:
                own.deadline = monotonic() + self._timeout
                with _explaining():
                    rows = cursor.fetchmany(batch)
                if not rows:
                    return
                yield rows
        finally:
            connection.close()

    def data_version(self) -> int:
        """A number that changes when another connection has changed the file; comparable within one thread."""
        with _explaining():
            connection = self._own.connection or self._connect()
            version: int = connection.execute("PRAGMA data_version").fetchone()[0]
        return version

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        yield

    def close(self) -> None:
        """Close the connections of all threads; a thread that reads again opens a new one."""
        while self._open:
            self._open.pop().close()
        self._own = _OfThread()

    def _connect(self) -> sqlite3.Connection:
        own = self._own
        connection = _connect(self._file, own)
        self._open.append(connection)
        own.connection = connection
        return connection


def _connect(file: Path, clock: _Clock) -> sqlite3.Connection:
    # Opened from several threads, used by one at a time; `mode=rw` makes no empty file where there is none.
    connection = sqlite3.connect(
        f"{file.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, check_same_thread=False
    )
    for pragma in _READ_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    connection.set_progress_handler(lambda: monotonic() > clock.deadline, _INSTRUCTIONS_BETWEEN_CHECKS)
    return connection


@contextmanager
def _explaining() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _explained(error) from error


def _explained(error: sqlite3.Error) -> Exception:
    """`DatabaseUnavailable` for what befell the database; the error itself where the statement is at fault."""
    code: Any = getattr(error, "sqlite_errorcode", None)
    if isinstance(error, sqlite3.OperationalError | sqlite3.DatabaseError) and code is not None:
        if code & 0xFF == sqlite3.SQLITE_INTERRUPT:
            return DatabaseUnavailable("the database took too long to answer")
        if code & 0xFF != _SQL_ERROR and not isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
            return DatabaseUnavailable("the database file cannot be read")
    return error
