"""The database: sessions for writing, prepared statements for reading. The one place that knows SQLite from Postgres.

Reads go past the ORM: a statement is compiled once (`prepare`) and run on a connection of its own, inline on SQLite
and through an async pool on Postgres. Writes go through `writing()`: a session in one transaction that holds the
writers' lock, so that revisions commit in order whoever writes them.
"""

import json
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Dialect,
    Executable,
    String,
    TypeDecorator,
    any_,
    bindparam,
    func,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlmodel import Session

from app.database.faults import DatabaseUnavailable
from app.database.postgres import PostgresReader, create_postgres_engine
from app.database.prepared import Prepared, Reader, Rows, compile_for
from app.database.sqlite import SqliteReader, create_sqlite_engine
from app.settings import Settings

__all__ = ["Database", "DatabaseUnavailable", "Prepared", "Rows"]

_WRITING = 7_461_001
"""The advisory lock of Postgres under which all writing goes on; any number that nobody else uses."""

_NO_PRIVILEGE = "42501"  # the SQLSTATE


class _JsonText(TypeDecorator[Any]):
    """A list as the text of a JSON array, which SQLite can select from."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str:
        return json.dumps(value)


class Database:
    """One database, as the settings name it. Making one opens nothing.

    Attributes:
        engine: SQLAlchemy's, for migrations and inspection.
        is_sqlite: for the few who must know, full text among them.
    """

    def __init__(self, settings: Settings) -> None:
        url = make_url(settings.database_url)
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self._reader: Reader
        self._url = url
        if self.is_sqlite:
            self.file = Path(url.database or "").absolute()
            self.engine = create_sqlite_engine(self.file)
            self._reader = SqliteReader(self.file, settings.statement_timeout_ms)
        else:
            self._url = url.set(drivername="postgresql+psycopg")
            self.engine = create_postgres_engine(self._url, connect_timeout_s=settings.connect_timeout_s)
            self._reader = PostgresReader(
                self._url,
                connect_timeout_s=settings.connect_timeout_s,
                statement_timeout_ms=settings.statement_timeout_ms,
                pool_size=settings.pool_size,
            )
        self._writer = self.engine.execution_options(writes=True)

    @property
    def address(self) -> str:
        """The database's URL, its password masked."""
        return self._url.render_as_string(hide_password=True)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session for rare reads through the ORM."""
        with _reachable(), Session(self.engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session in one transaction under the writers' lock; committed at the end, rolled back on an exception."""
        with _reachable(), Session(self._writer) as session, session.begin():
            if not self.is_sqlite:
                session.execute(select(func.pg_advisory_xact_lock(_WRITING)))
            else:
                session.connection()  # begins, and so takes the lock
            yield session

    def migrate(self) -> None:
        """Bring the schema up to date, an embedded file with it; processes that start at once go one after another."""
        from app.database.migrating import upgrade  # noqa: PLC0415 # a worker, which never migrates, need not load Alembic

        with _reachable():
            upgrade(self.engine)

    def prepare(self, statement: Executable) -> Prepared:
        """Compile a statement once. A `bindparam` without a value is a parameter of each read."""
        return compile_for(statement, self._reader.dialect)

    def one_of(self, what: ColumnElement[Any], name: str) -> ColumnElement[bool]:
        """`what` is one of the values of the list parameter `name`, however long the list is."""
        if self.is_sqlite:
            values = func.json_each(bindparam(name, type_=_JsonText)).table_valued("value")
            return what.in_(select(values.c.value))
        return what == any_(bindparam(name, type_=ARRAY(what.type)))

    async def read(self, prepared: Prepared, /, **parameters: object) -> Rows:
        """All rows of a bounded read. DatabaseUnavailable where the database is gone or too slow."""
        return await self._reader.read(prepared, parameters)

    def read_blocking(self, prepared: Prepared, /, **parameters: object) -> Rows:
        """The same from any thread but the event loop's."""
        return self._reader.read_blocking(prepared, parameters)

    def stream_blocking(self, prepared: Prepared, /, batch: int = 500, **parameters: object) -> Iterator[Rows]:
        """All rows of one snapshot in batches, in constant memory; close the iterator if it is left early."""
        return self._reader.stream_blocking(prepared, batch, parameters)

    def data_version(self) -> int:
        """SQLite alone: changes once another connection has committed. Compare only what one thread was told."""
        return self._reader.data_version()

    def serving(self) -> AbstractAsyncContextManager[None]:
        """What `read` needs around it for as long as the event loop serves."""
        return self._reader.serving()

    def scrub(self) -> None:
        """Have what was deleted leave the disk too: SQLite is written anew, Postgres frees it for being overwritten."""
        with _reachable(), self.engine.connect() as connection:
            if self.is_sqlite:
                driver: Any = (
                    connection.connection.driver_connection
                )  # past SQLAlchemy, which would begin a transaction
                driver.execute("VACUUM")
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            else:
                connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM"))

    def close(self) -> None:
        """Close all connections; the database can be used again."""
        self._reader.close()
        self.engine.dispose()


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise DatabaseUnavailable("the database cannot be reached, or is locked by another process") from error
    except DatabaseError as error:
        if getattr(error.orig, "sqlstate", None) == _NO_PRIVILEGE:
            raise DatabaseUnavailable("the database refuses this to its user") from error
        if type(error) is DatabaseError:  # of no finer kind: the file itself
            raise DatabaseUnavailable("the file is no database, or is damaged") from error
        raise
