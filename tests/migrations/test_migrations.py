"""Migrations: up, down and up again, without a difference to the models, however many processes start at once."""

import subprocess
import sys

import pytest
from alembic import command
from sqlalchemy import CheckConstraint, Enum, inspect, text

from app.catalogue.part_tables import Part
from app.database import Database
from app.database.migrating import alembic_config, current_revision, downgrade, head_revision, upgrade
from app.settings import ROOT, Settings


@pytest.fixture
def bare(bare_url):
    database = Database(Settings(database_url=bare_url))
    yield database
    database.close()


def _tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def _schema(database: Database) -> dict[str, object]:
    """All that an inspector can tell of the tables."""
    inspector = inspect(database.engine)
    told: dict[str, object] = {}
    for name in sorted(_tables(database)):
        if name.startswith("trial_search"):
            continue
        told[name] = (
            [(column["name"], str(column["type"]), column["nullable"]) for column in inspector.get_columns(name)],
            sorted(str(key) for key in inspector.get_foreign_keys(name)),
            sorted(
                f"{index['name']} {index['column_names']} {index['unique']}" for index in inspector.get_indexes(name)
            ),
            sorted(str(check["name"]) for check in inspector.get_check_constraints(name)),
        )
    return told


def test_up_down_and_up_again_is_the_same_schema(bare):
    bare.migrate()
    first = _schema(bare)
    downgrade(bare.engine, "base")
    assert _tables(bare) == set()
    bare.migrate()
    assert _schema(bare) == first
    assert current_revision(bare.engine) == head_revision()


def test_every_single_step_goes_up_and_down(bare):
    revisions = ["base"]
    while revisions[-1] != head_revision():
        upgrade(bare.engine, "+1")
        revisions.append(current_revision(bare.engine) or "")
    for revision in reversed(revisions[:-1]):
        downgrade(bare.engine, revision)
    assert _tables(bare) == set()


def test_migrating_again_changes_nothing(database):
    before = _schema(database)
    database.migrate()
    assert _schema(database) == before


def test_the_schema_is_that_of_the_models(database):
    with database.engine.connect() as connection:
        command.check(alembic_config(connection))


def test_every_check_of_the_models_is_in_the_database(database):
    inspector = inspect(database.engine)
    for table in Part.metadata.sorted_tables:
        there = {check["name"]: str(check["sqltext"]) for check in inspector.get_check_constraints(table.name)}
        ours = {str(check.name): check for check in table.constraints if isinstance(check, CheckConstraint)}
        assert set(there) == set(ours), table.name
        for column in table.columns:
            if isinstance(column.type, Enum):
                for word in column.type.enums:
                    assert f"'{word}'" in there[f"ck_{table.name}_{column.name}"]


def test_a_new_catalogue_is_at_revision_nought(database):
    with database.session() as session:
        state = session.execute(text("SELECT id, revision, indexed_by FROM catalogue_state")).all()
    assert [tuple(row) for row in state] == [(1, 0, None)]


def test_there_is_one_state(database):
    with pytest.raises(Exception, match="one_row"), database.writing() as session:
        session.execute(text("INSERT INTO catalogue_state (id, revision, redacting) VALUES (2, 0, '0')"))


def test_a_failed_migration_leaves_nothing_behind(bare, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr("alembic.op.execute", _fail)
        with pytest.raises(LookupError):
            bare.migrate()
    assert _tables(bare) == set()
    bare.migrate()


def _fail(*_: object) -> None:
    raise LookupError


def test_processes_that_start_at_once_migrate_one_after_another(bare, bare_url):
    program = "from app.database import Database; from app.settings import Settings; Database(Settings()).migrate()"
    command_line, environment = [sys.executable, "-c", program], {"CARTALOG_DATABASE_URL": bare_url}
    processes = [subprocess.Popen(command_line, cwd=ROOT, env=environment) for _ in range(3)]
    assert [process.wait(timeout=120) for process in processes] == [0, 0, 0]
    assert current_revision(bare.engine) == head_revision()


def test_alembic_itself_finds_the_database_of_the_settings(bare, bare_url):
    bare.migrate()
    run = subprocess.run(
        [sys.executable, "-m", "alembic", "check"],
        cwd=ROOT,
        env={"CARTALOG_DATABASE_URL": bare_url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "No new upgrade operations" in run.stdout
