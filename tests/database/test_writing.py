"""Writing: one transaction, one writer at a time."""

import threading

import pytest
from sqlalchemy import text

from app.database import Database, DatabaseUnavailable
from app.settings import Settings


def _revision(database: Database) -> int:
    with database.session() as session:
        return int(session.execute(text("SELECT revision FROM catalogue_state")).scalar_one())


def test_what_is_written_is_committed_at_the_end(database):
    with database.writing() as session:
        session.execute(text("UPDATE catalogue_state SET revision = 3"))
        assert _revision(database) == 0
    assert _revision(database) == 3


def test_an_exception_rolls_everything_back(database):
    def fail() -> None:
        with database.writing() as session:
            session.execute(text("UPDATE catalogue_state SET revision = 3"))
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert _revision(database) == 0


def test_writers_go_one_after_another_and_lose_nothing(database):
    def add_ten() -> None:
        for _ in range(10):
            with database.writing() as session:
                revision = session.execute(text("SELECT revision FROM catalogue_state")).scalar_one()
                session.execute(text("UPDATE catalogue_state SET revision = :next"), {"next": revision + 1})

    writers = [threading.Thread(target=add_ten) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert _revision(database) == 40


def test_readers_do_not_wait_for_a_writer(database):
    prepared = database.prepare(text("SELECT revision FROM catalogue_state"))
    with database.writing() as session:
        session.execute(text("UPDATE catalogue_state SET revision = 3"))
        assert database.read_blocking(prepared) == [(0,)]


def test_foreign_keys_hold(database):
    with pytest.raises(Exception, match=r"(?i)foreign key"), database.writing() as session:
        session.execute(text("INSERT INTO collaborator (trial_number, position, name) VALUES (7, 0, 'x')"))


def test_a_database_that_is_gone_is_unavailable(tmp_path):
    database = Database(Settings(database_url=f"sqlite:///{tmp_path / 'no' / 'folder.db'}"))
    with pytest.raises(DatabaseUnavailable), database.writing():
        pass


def test_the_address_masks_the_password():
    address = Database(Settings(database_url="postgresql://user:secret@host/name")).address
    assert "secret" not in address
    assert "user" in address


def test_an_address_of_either_spelling_is_postgres():
    for scheme in ("postgres", "postgresql"):
        assert not Database(Settings(database_url=f"{scheme}://host/name")).is_sqlite
