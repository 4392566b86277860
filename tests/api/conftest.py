"""`client` speaks to the whole application, on SQLite and on Postgres, over one catalogue that no test changes.

It holds the five trials of the seed, forty made-up ones, and `amended-trial`, which has two revisions. `sqlite_client`
is the same on SQLite alone, for what the database has no part in.
"""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL
from starlette.testclient import TestClient

from app.catalogue.revisions import store_many, store_revision
from app.database import Database
from app.main import create_app
from app.registry.seed import seed
from app.settings import ROOT, Settings
from app.vocabulary.terms import Vocabulary
from tests import postgres
from tests.conftest import NOW
from tests.factories import a_criterion, a_trial, many_trials

UKM = "car-t-cd19-autologous-kuala-lumpur-ukm"
AMENDED = "amended-trial"


def fill(url: str, vocabulary: Vocabulary) -> None:
    database = Database(Settings(database_url=url))
    with database.writing() as session:
        before = a_trial(id=AMENDED, title="Before", criteria=[a_criterion("inc-1"), a_criterion("exc-1")])
        after = a_trial(id=AMENDED, title="After", criteria=[a_criterion("inc-1", statement="Asks more.")])
        store_revision(session, before, vocabulary, NOW - timedelta(days=30))
        store_revision(session, after, vocabulary, NOW - timedelta(days=20))
        store_many(session, list(many_trials(40)), vocabulary, NOW - timedelta(days=10))
    seed(database, ROOT / "seed", NOW)
    database.close()


@pytest.fixture(scope="session")
def filled_sqlite(empty_sqlite: Path, vocabulary: Vocabulary, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("api") / "filled.db"
    shutil.copy(empty_sqlite, file)
    fill(f"sqlite:///{file}", vocabulary)
    return f"sqlite:///{file}"


@pytest.fixture(scope="session")
def filled_postgres(empty_postgres: str, vocabulary: Vocabulary, worker_name: str) -> Iterator[str]:
    name = f"api_{worker_name}"
    url: URL = postgres.create_database(name, template=empty_postgres)
    text = url.render_as_string(hide_password=False)
    fill(text, vocabulary)
    yield text
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def sqlite_client(filled_sqlite: str) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(database_url=filled_sqlite)), raise_server_exceptions=True) as client:
        yield client


@pytest.fixture(scope="session")
def postgres_client(filled_postgres: str) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(database_url=filled_postgres)), raise_server_exceptions=True) as client:
        yield client


@pytest.fixture(params=["sqlite", "postgres"])
def client(request: pytest.FixtureRequest) -> TestClient:
    found: TestClient = request.getfixturevalue(f"{request.param}_client")
    return found
