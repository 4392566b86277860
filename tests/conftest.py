"""How the fixtures work.

`vocabulary` is that of the seed, loaded once. `database` is an empty, migrated database; a test that asks for it runs
twice, on SQLite and on Postgres, each time on a database of its own. The real migrations run once a worker, on a
template; each test gets a copy of it, of the file or by `CREATE DATABASE … TEMPLATE`. `tests.postgres` says where
Postgres comes from. `now` is an instant for what is written. Records come from `tests.factories`.
"""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import URL

from app.database import Database
from app.settings import ROOT, Settings
from app.vocabulary.files import load_vocabulary
from app.vocabulary.terms import Vocabulary
from tests import postgres

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def pytest_configure(config: pytest.Config) -> None:
    # A run that decides over a change tries the same examples each time; everybody else's looks for new ones. How long
    # an example takes is no matter of tests.
    hypothesis.settings.register_profile("here", deadline=None)
    hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, database=None)
    hypothesis.settings.load_profile("here")
    if os.environ.get("CI"):
        hypothesis.settings.load_profile("ci")
    for name in [name for name in os.environ if name.startswith("CARTALOG_") and name != "CARTALOG_TEST_DATA"]:
        del os.environ[name]  # what the developer has set must not reach a test
    if not hasattr(config, "workerinput"):
        postgres.name_folder()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and postgres.FOLDER in os.environ:
        postgres.remove_folder()


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return load_vocabulary(ROOT / "seed" / "vocabulary")


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template: a migrated file."""
    file = tmp_path_factory.mktemp("template") / "empty.db"
    _migrated(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def empty_postgres(worker_name: str) -> Iterator[str]:
    """The template: the name of a migrated database."""
    name = f"empty_{worker_name}"
    _migrated(_text(postgres.create_database(name)))
    yield name
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def worker_name() -> str:
    """What tells the databases of this process from those of others."""
    return f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"


@pytest.fixture
def sqlite_url(empty_sqlite: Path, tmp_path: Path) -> str:
    """An empty, migrated file of the test's own."""
    file = tmp_path / "cartalog.db"
    shutil.copy(empty_sqlite, file)
    return f"sqlite:///{file}"


_numbers = count()


@pytest.fixture
def postgres_url(empty_postgres: str, worker_name: str) -> Iterator[str]:
    """An empty, migrated database of the test's own."""
    name = f"test_{worker_name}_{next(_numbers)}"
    yield _text(postgres.create_database(name, template=empty_postgres))
    postgres.drop_database(name)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty, migrated database of the test's own."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(Settings(database_url=database_url))
    yield database
    database.close()


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """For what does not depend on the kind of database."""
    database = Database(Settings(database_url=sqlite_url))
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgres"])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path, worker_name: str) -> Iterator[str]:
    """The URL of a database without any schema: for SQLite, of a file that is not there yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new' / 'cartalog.db'}"
        return
    name = f"bare_{worker_name}_{next(_numbers)}"
    yield _text(postgres.create_database(name))
    postgres.drop_database(name)


def _migrated(url: str) -> None:
    database = Database(Settings(database_url=url))
    database.migrate()
    database.close()


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
