"""Bringing a schema up or down, one process at a time and in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, func, select

from app.settings import ROOT

_MIGRATING = 7_461_002
"""The advisory lock of Postgres under which schemas change; any number that nobody else uses."""


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, of the project's own `migrations/`; `migrations/env.py` uses the connection."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["connection"] = connection
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    with _alone(engine) as connection:
        command.upgrade(alembic_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    with _alone(engine) as connection:
        command.downgrade(alembic_config(connection), revision)


def current_revision(engine: Engine) -> str | None:
    """The migration that a schema stands at; None where there is no schema yet."""
    with engine.connect() as connection:
        return _revision_of(connection)


def head_revision() -> str | None:
    """The migration that this program needs."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def _revision_of(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that no other migration runs beside.

    On SQLite the writers' lock is taken, foreign keys are off (a table that is rebuilt would else take its children
    with it) and are checked after a change. WAL, a property of the file, is set here, once. A missing folder is made.
    """
    if engine.dialect.name != "sqlite":
        with engine.begin() as connection:
            connection.execute(select(func.pg_advisory_xact_lock(_MIGRATING)))
            yield connection
        return
    Path(engine.url.database or "").parent.mkdir(parents=True, exist_ok=True)
    with engine.execution_options(writes=True).connect() as connection:
        driver: Any = connection.connection.driver_connection  # past SQLAlchemy, which would begin a transaction
        driver.execute("PRAGMA journal_mode=WAL")
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                before = _revision_of(connection)
                yield connection
                if _revision_of(connection) != before:  # the check reads every row there is
                    _check_foreign_keys(connection)
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


def _check_foreign_keys(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise RuntimeError(f"the migration would leave {len(broken)} rows that refer to nothing")
