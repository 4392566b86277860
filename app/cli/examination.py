"""What is configured, and what is wrong with it. Looks, and changes nothing."""

import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError
from sqlalchemy import Connection, func, make_url, select, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import col

from app import __version__
from app.catalogue.render import RENDERER_VERSION
from app.catalogue.tables import Revision
from app.cli.serving import CannotListen, bind
from app.database import Database
from app.database.migrating import current_revision, head_revision
from app.registry.seed import read_seed
from app.settings import Settings
from app.vocabulary.terms import TermKind
from app.vocabulary.yaml_lines import SeedError

OLDEST_POSTGRES = 12
"""The oldest whose tsvectors, upserts and pools were thought of; 15 is what tests run on."""

_WRITE = "UPDATE catalogue_state SET revision = revision"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of a subject; with a remedy, something is wrong."""

    subject: str
    told: str
    remedy: str | None = None


def examine() -> Iterator[Finding]:
    """All findings, in the order in which they build on each other."""
    yield Finding("cartalog", f"{__version__} on Python {platform.python_version()}")
    yield from _variables()
    try:
        settings = Settings()
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            name = f"CARTALOG_{str(fault['loc'][0]).upper()}"
            yield Finding(
                name, fault["msg"].removeprefix("Value error, "), "mend the variable, or unset it for the default"
            )
        return
    yield _seed(settings)
    yield _port(settings)
    database = Database(settings)
    yield Finding("database", database.address)
    yield from _file(database) if database.is_sqlite else ()
    if not database.is_sqlite or database.file.exists():
        yield from _connected(database, settings)
    database.close()


def _variables() -> Iterator[Finding]:
    """Variables that look like settings and are none are misspelt."""
    known = {f"CARTALOG_{name.upper()}" for name in Settings.model_fields}
    for name in sorted(os.environ):
        if name.startswith("CARTALOG_") and name not in known:
            yield Finding(name, "is no setting", f"correct its name, or unset it; settings: {', '.join(sorted(known))}")


def _seed(settings: Settings) -> Finding:
    try:
        trials, vocabulary = read_seed(settings.seed_folder)
    except SeedError as error:
        told = f"{settings.seed_folder} has {len(error.problems)} fault(s), the first: {error.problems[0]}"
        return Finding("seed", told, "mend the file, or point CARTALOG_SEED_FOLDER at another folder")
    terms = sum(len(vocabulary.terms(kind)) for kind in TermKind)
    return Finding("seed", f"{settings.seed_folder}: {len(trials)} trials, {terms} terms")


def _port(settings: Settings) -> Finding:
    told = f"host {settings.host}, port {settings.port}"
    try:
        with bind(settings.host, settings.port):
            return Finding("address", f"{told} is free")
    except CannotListen as error:
        return Finding("address", f"{told} cannot be listened at", error.remedy)


def _file(database: Database) -> Iterator[Finding]:
    folder = next(parent for parent in database.file.parents if parent.exists())
    if not os.access(folder, os.W_OK | os.X_OK):
        remedy = "allow this user to write there, or set CARTALOG_DATABASE_URL to another file"
        yield Finding("folder", f"{folder} cannot be written to", remedy)
    else:
        free = shutil.disk_usage(folder).free // 2**20
        short = "make room: writing needs some" if free < 100 else None
        yield Finding("folder", f"{folder} can be written to, {free} MiB are free", short)
    if not database.file.exists():
        yield Finding("schema", "there is no file yet: `cartalog serve` or `cartalog seed` makes it")


def _connected(database: Database, settings: Settings) -> Iterator[Finding]:
    try:
        with database.engine.connect() as connection:
            yield _server(connection, database)
        at, head = current_revision(database.engine), head_revision()
    except (OperationalError, DBAPIError) as error:
        password = make_url(settings.database_url).password
        told = str(error.orig).strip().split("\n")[0]
        remedy = "start the database, or correct CARTALOG_DATABASE_URL"
        yield Finding("database", told.replace(str(password), "***") if password else told, remedy)
        return
    if at != head:
        told = f"at migration {at or 'none'}, this program needs {head}"
        yield Finding("schema", told, "run `cartalog seed`; if the database is ahead, install the newer cartalog")
        return
    yield Finding("schema", f"at migration {at}, as this program needs")
    yield _writable(database)
    with database.engine.connect() as connection:
        yield from _contents(connection)


def _server(connection: Connection, database: Database) -> Finding:
    if database.is_sqlite:
        number = connection.execute(text("SELECT sqlite_version()")).scalar_one()
        has_fts = connection.execute(text("SELECT sqlite_compileoption_used('ENABLE_FTS5')")).scalar_one()
        remedy = None if has_fts else "use a Python whose SQLite has FTS5, or Postgres"
        return Finding("engine", f"SQLite {number}, full text {'is there' if has_fts else 'is missing'}", remedy)
    number = connection.execute(text("SHOW server_version")).scalar_one()
    encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    told = f"Postgres {number}, encoding {encoding}, full text is built in"
    if int(number.split(".")[0]) < OLDEST_POSTGRES:
        return Finding("engine", told, f"use Postgres {OLDEST_POSTGRES} or newer")
    return Finding("engine", told, None if encoding == "UTF8" else "make the database with ENCODING 'UTF8'")


def _writable(database: Database) -> Finding:
    """Writes nothing, but as far as the transaction's end."""
    try:
        with database.engine.connect() as connection, connection.begin() as transaction:
            connection.execute(text(_WRITE))
            transaction.rollback()
    except DBAPIError:
        remedy = "give this user the right to write, and connect to the primary server"
        return Finding("writing", "the database refuses it", remedy)
    return Finding("writing", "is allowed")


def _contents(connection: Connection) -> Iterator[Finding]:
    def count(what: str) -> int:
        return int(connection.execute(text(f"SELECT count(*) FROM {what}")).scalar_one())  # noqa: S608 # our own names

    trials, revisions, indexed = count("trial"), count("revision"), count("trial_search")
    revision = connection.execute(text("SELECT revision FROM catalogue_state")).scalar_one()
    yield Finding(
        "catalogue",
        f"{trials} trials, {revisions} revisions, at catalogue revision {revision}",
        None if trials else "run `cartalog seed`",
    )
    old = connection.execute(
        select(func.count()).select_from(Revision).where(col(Revision.rendered_by) != RENDERER_VERSION)
    ).scalar_one()
    if indexed != trials or old:
        told = f"{indexed} of {trials} trials are indexed, {old} documents are of another version"
        yield Finding("documents", told, "run `cartalog seed`, which brings them up to date")
    else:
        yield Finding("documents", "all are indexed and of this version")
