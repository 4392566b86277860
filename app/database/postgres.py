"""Postgres: an engine for writing, and reads on a pool of psycopg's own connections with a statement timeout."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, cast

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout
from sqlalchemy import URL, Dialect, Engine, create_engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import OperationalError

from app.database.faults import DatabaseUnavailable
from app.database.prepared import Prepared, Rows

_UNREACHABLE = "the database cannot be reached"


def create_postgres_engine(url: URL, *, connect_timeout_s: int, statement_timeout_ms: int | None = None) -> Engine:
    """A synchronous engine; connections are tried before they are used."""
    limits: dict[str, object] = {"connect_timeout": connect_timeout_s}
    if statement_timeout_ms is not None:
        limits["options"] = _options(url, statement_timeout_ms)
    return create_engine(url, connect_args=limits, pool_pre_ping=True)


def _options(url: URL, statement_timeout_ms: int) -> str:
    """The server's options that the URL asks for, such as a search path, and the timeout."""
    asked = url.query.get("options", "")
    return " ".join(
        filter(
            None, [asked if isinstance(asked, str) else " ".join(asked), f"-c statement_timeout={statement_timeout_ms}"]
        )
    )


class PostgresReader:
    def __init__(self, url: URL, *, connect_timeout_s: int, statement_timeout_ms: int, pool_size: int) -> None:
        self.dialect: Dialect = PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call] # SQLAlchemy's
        self._conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connect_timeout = connect_timeout_s
        self._options = _options(url, statement_timeout_ms)
        self._size = pool_size
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[tuple[Any, ...]]] | None = None
        self._blocking = create_postgres_engine(
            url, connect_timeout_s=connect_timeout_s, statement_timeout_ms=statement_timeout_ms
        )

    async def read(self, prepared: Prepared, parameters: Mapping[str, object]) -> Rows:
        pool = self._pool
        if pool is None:
            raise RuntimeError("reads need `async with database.serving()` around them")
        arguments = prepared.arguments(parameters)
        try:
            try:
                return await self._read(pool, prepared.text, arguments)
            except (psycopg.errors.QueryCanceled, PoolTimeout):
                raise  # waited long enough
            except psycopg.OperationalError:
                # A server that was restarted leaves a pool of dead connections: clear them out, and ask once more.
                await pool.check()
                return await self._read(pool, prepared.text, arguments)
        except psycopg.errors.QueryCanceled as error:
            raise DatabaseUnavailable("the database took too long to answer") from error
        except (psycopg.OperationalError, PoolTimeout, PoolClosed) as error:
            raise DatabaseUnavailable(_UNREACHABLE) from error

    @staticmethod
    async def _read(pool: AsyncConnectionPool[Any], text: str, arguments: tuple[object, ...]) -> Rows:
        async with pool.connection() as connection:
            cursor = await connection.execute(text, arguments, prepare=True)
            rows: Rows = await cursor.fetchall()
            return rows

    def read_blocking(self, prepared: Prepared, parameters: Mapping[str, object]) -> Rows:
        with self._connection() as connection, connection.cursor() as cursor:
            cursor.execute(prepared.text, prepared.arguments(parameters), prepare=True)
            return cursor.fetchall()

    def stream_blocking(self, prepared: Prepared, batch: int, parameters: Mapping[str, object]) -> Iterator[Rows]:
        """One snapshot, through a cursor of the server's."""
        with self._connection() as connection, connection.cursor(name="stream") as cursor:
            cursor.execute(prepared.text, prepared.arguments(parameters))
            while rows := cursor.fetchmany(batch):
                yield rows

    def data_version(self) -> int:
        raise NotImplementedError("Postgres has none: select the catalogue's revision with the rows")

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Open the pool on the running loop. It fills in the background: a database that is down stops nothing."""
        pool: AsyncConnectionPool[psycopg.AsyncConnection[tuple[Any, ...]]] = AsyncConnectionPool(
            self._conninfo,
            min_size=min(2, self._size),
            max_size=self._size,
            timeout=self._connect_timeout,
            # The pool waits ever longer between attempts. Once it gives up, the next read tries at once.
            reconnect_timeout=self._connect_timeout,
            kwargs={
                "autocommit": True,
                "connect_timeout": self._connect_timeout,
                "options": self._options,
            },
            open=False,
        )
        await pool.open()
        self._pool = pool
        try:
            yield
        finally:
            self._pool = None
            await asyncio.shield(pool.close())

    def close(self) -> None:
        self._blocking.dispose()

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """A pooled connection in a transaction of its own, which is rolled back on return."""
        try:
            pooled = self._blocking.raw_connection()
        except (OperationalError, psycopg.OperationalError) as error:  # SQLAlchemy wraps but some of them
            raise DatabaseUnavailable(_UNREACHABLE) from error
        try:
            yield cast("psycopg.Connection[tuple[Any, ...]]", pooled.driver_connection)
        except psycopg.errors.QueryCanceled as error:
            raise DatabaseUnavailable("the database took too long to answer") from error
        except psycopg.OperationalError as error:
            pooled.invalidate()
            raise DatabaseUnavailable(_UNREACHABLE) from error
        finally:
            pooled.close()
