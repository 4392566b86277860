"""Reading past the ORM: the same statements and the same rows on both databases."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import pytest
from sqlalchemy import String, bindparam, case, func, insert, literal, select, text
from sqlmodel import col

from app.catalogue.current import table_of
from app.catalogue.tables import Redaction
from app.database import Database, DatabaseUnavailable, Prepared, Rows
from app.settings import Settings
from app.vocabulary.enumerations import Status

digest, at = col(Redaction.digest), col(Redaction.redacted_at)


@pytest.fixture
def filled(database: Database) -> Database:
    """A table of ten rows."""
    with database.writing() as session:
        rows = [{"digest": f"row {number}", "redacted_at": str(number % 3)} for number in range(10)]
        session.execute(insert(table_of(Redaction)), rows)
    return database


def read(database: Database, prepared: Prepared, **parameters: object) -> Rows:
    async def run() -> Rows:
        async with database.serving():
            return await database.read(prepared, **parameters)

    return asyncio.run(run())


def test_a_read_returns_plain_tuples(filled):
    prepared = filled.prepare(select(digest, at).where(digest == bindparam("digest")))
    assert read(filled, prepared, digest="row 4") == [("row 4", "1")]


def test_a_statement_is_compiled_once_and_asked_often(filled):
    prepared = filled.prepare(select(digest).where(digest == bindparam("digest")))

    async def run() -> list[Rows]:
        async with filled.serving():
            return [await filled.read(prepared, digest=f"row {number}") for number in (1, 2, 99)]

    assert asyncio.run(run()) == [[("row 1",)], [("row 2",)], []]


def test_values_in_the_statement_are_kept_with_it(filled):
    prepared = filled.prepare(
        select(digest).where(at == "1", digest != bindparam("digest")).order_by(digest).limit(bindparam("limit"))
    )
    assert read(filled, prepared, digest="row 1", limit=1) == [("row 4",)]


def test_a_value_that_needs_its_types_form_gets_it(filled):
    prepared = filled.prepare(
        select(case((literal(value=True), "yes"), else_="no"), literal(Status.RECRUITING, String))
    )
    assert read(filled, prepared) == [("yes", "recruiting")]


def test_a_parameter_may_stand_in_several_places(filled):
    prepared = filled.prepare(select(digest).where((digest == bindparam("one")) | (at == bindparam("one"))))
    assert read(filled, prepared, one="row 1") == [("row 1",)]


def test_a_percent_sign_is_a_percent_sign(filled):
    prepared = filled.prepare(select(func.count()).where(digest.like("row%")))
    assert read(filled, prepared) == [(10,)]


def test_one_of_takes_lists_of_any_length(filled):
    prepared = filled.prepare(select(digest).where(filled.one_of(digest, "digests")).order_by(digest))
    for wanted in ([], ["row 3"], ["row 1", "row 2", "row 2", "no row"]):
        expected = [(one,) for one in sorted(set(wanted) - {"no row"})]
        assert read(filled, prepared, digests=wanted) == expected


def test_a_missing_parameter_is_an_error_of_the_program(filled):
    prepared = filled.prepare(select(digest).where(digest == bindparam("digest")))
    with pytest.raises(KeyError):
        read(filled, prepared)


def test_threads_read_beside_each_other(filled):
    prepared = filled.prepare(select(digest).where(digest == bindparam("digest")))
    barrier = threading.Barrier(4)

    def ask(number):
        barrier.wait(timeout=30)
        return filled.read_blocking(prepared, digest=f"row {number}")

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == [[(f"row {number}",)] for number in range(4)]


def test_a_stream_comes_in_batches(filled):
    prepared = filled.prepare(select(digest).order_by(digest))
    batches = list(filled.stream_blocking(prepared, batch=4))
    assert [len(batch) for batch in batches] == [4, 4, 2]
    assert batches[0][0] == ("row 0",)


def test_a_stream_is_one_snapshot_and_may_change_threads(filled):
    stream = filled.stream_blocking(filled.prepare(select(digest).order_by(digest)), batch=1)
    seen = [next(stream)]
    with filled.writing() as session:
        session.execute(text("DELETE FROM redaction"))
    with ThreadPoolExecutor(1) as pool:
        seen += pool.submit(lambda: list(stream)).result()
    assert len(seen) == 10


def test_a_stream_that_is_left_early_gives_its_connection_back(filled):
    prepared = filled.prepare(select(digest))
    for _ in range(20):
        stream = filled.stream_blocking(prepared, batch=1)
        next(stream)
        stream.close()
    assert len(filled.read_blocking(prepared)) == 10


def test_what_was_committed_is_read_at_once(filled):
    prepared = filled.prepare(select(func.count()).select_from(Redaction))
    assert filled.read_blocking(prepared) == [(10,)]
    with filled.writing() as session:
        session.execute(text("DELETE FROM redaction WHERE digest = 'row 1'"))
    assert filled.read_blocking(prepared) == [(9,)]


_ENDLESS = text(
    "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number) SELECT count(*) FROM number"
)


def test_a_read_that_takes_too_long_is_given_up(database_url):
    database = Database(Settings(database_url=database_url, statement_timeout_ms=50))
    prepared = database.prepare(_ENDLESS)
    for ask in (
        lambda: read(database, prepared),
        lambda: database.read_blocking(prepared),
        lambda: list(database.stream_blocking(prepared)),
    ):
        with pytest.raises(DatabaseUnavailable, match="too long"):
            ask()
    one = database.prepare(select(literal(1)))
    assert database.read_blocking(one) == [(1,)]
    database.close()


def test_a_wrong_statement_is_no_matter_of_the_database(database):
    with pytest.raises(Exception, match="no_such_table") as error:
        database.read_blocking(database.prepare(text("SELECT 1 FROM no_such_table")))
    assert not isinstance(error.value, DatabaseUnavailable)


def test_a_file_that_is_not_there_is_unavailable_and_is_not_made(tmp_path):
    database = Database(Settings(database_url=f"sqlite:///{tmp_path / 'none.db'}"))
    prepared = database.prepare(select(literal(1)))
    for ask in (database.read_blocking, lambda one: read(database, one)):
        with pytest.raises(DatabaseUnavailable):
            ask(prepared)
    with pytest.raises(DatabaseUnavailable):
        list(database.stream_blocking(prepared))
    with pytest.raises(DatabaseUnavailable):
        database.data_version()
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_database_is_unavailable(tmp_path):
    file = tmp_path / "no.db"
    file.write_text("This is not a database. " * 100)
    database = Database(Settings(database_url=f"sqlite:///{file}"))
    with pytest.raises(DatabaseUnavailable):
        database.read_blocking(database.prepare(text("SELECT 1 FROM trial")))
    database.close()


def test_a_server_that_is_not_there_is_unavailable(tmp_path):
    url = f"postgresql://user:secret@/name?host={tmp_path}"
    database = Database(Settings(database_url=url, connect_timeout_s=1))
    prepared = database.prepare(select(literal(1)))
    for ask in (
        lambda: database.read_blocking(prepared),
        lambda: list(database.stream_blocking(prepared)),
        database.migrate,
        lambda: read(database, prepared),
    ):
        with pytest.raises(DatabaseUnavailable) as error:
            ask()
        assert "secret" not in str(error.value)


def test_a_read_waits_once_for_a_server_that_is_not_there(tmp_path):
    database = Database(Settings(database_url=f"postgresql:///name?host={tmp_path}", connect_timeout_s=1))
    prepared = database.prepare(select(literal(1)))
    started = perf_counter()

    with pytest.raises(DatabaseUnavailable):
        read(database, prepared)

    assert perf_counter() - started < 1.9


def test_a_restarted_server_is_reached_again(postgres_url):
    database = Database(Settings(database_url=postgres_url))
    who = database.prepare(text("SELECT pg_backend_pid()"))
    one = database.prepare(select(literal(1)))

    async def run() -> Rows:
        async with database.serving():
            await database.read(who)
            with database.engine.connect() as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
            return await database.read(one)

    assert asyncio.run(run()) == [(1,)]
    database.close()


def test_the_options_of_an_url_are_kept(postgres_url):
    url = f"{postgres_url}{'&' if '?' in postgres_url else '?'}options=-csearch_path%3Delsewhere"
    database = Database(Settings(database_url=url, statement_timeout_ms=1234))
    asked = database.prepare(text("SELECT current_setting('search_path'), current_setting('statement_timeout')"))
    assert database.read_blocking(asked) == read(database, asked) == [("elsewhere", "1234ms")]
    database.close()


def test_reads_on_postgres_need_the_pool(postgres_url):
    database = Database(Settings(database_url=postgres_url))
    with pytest.raises(RuntimeError, match="serving"):
        asyncio.run(database.read(database.prepare(select(literal(1)))))


def test_the_data_version_tells_of_other_connections_writing(sqlite_url):
    database = Database(Settings(database_url=sqlite_url))
    before = database.data_version()
    assert database.data_version() == before
    with database.writing() as session:
        session.execute(text("UPDATE catalogue_state SET revision = 7"))
    assert database.data_version() != before
    database.close()


def test_postgres_has_no_data_version(postgres_url):
    with pytest.raises(NotImplementedError):
        Database(Settings(database_url=postgres_url)).data_version()


def test_a_reading_connection_cannot_write(sqlite_url):
    database = Database(Settings(database_url=sqlite_url))
    with pytest.raises(DatabaseUnavailable):
        database.read_blocking(database.prepare(text("DELETE FROM trial")))
    database.close()


def test_a_closed_database_can_be_used_again(filled):
    prepared = filled.prepare(select(func.count()).select_from(Redaction))
    assert filled.read_blocking(prepared) == [(10,)]
    filled.close()
    assert filled.read_blocking(prepared) == [(10,)]
