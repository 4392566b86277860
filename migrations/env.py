"""Runs the migrations: on the connection that the program hands over, or on that of the settings (`alembic` itself)."""

from alembic import context
from sqlalchemy import Connection

from app.catalogue.part_tables import Part
from app.database import Database
from app.settings import Settings


def _is_ours(_object: object, name: str | None, _type: str, _reflected: bool, _compared: object) -> bool:
    """Full text is an object of each database's own (on SQLite with shadow tables), which no model describes."""
    return not (name or "").startswith("trial_search")


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Part.metadata,
        include_object=_is_ours,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    with Database(Settings()).engine.begin() as own:
        _run(own)
