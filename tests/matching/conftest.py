"""A catalogue for matches: the seed's trials, made-up ones, and one whose criteria tell arms and levels apart."""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.catalogue.documents import TrialRecord
from app.catalogue.queries import Catalogue
from app.catalogue.revisions import store_many
from app.database import Database
from app.registry.seed import seed
from app.settings import ROOT, Settings
from app.vocabulary.terms import Vocabulary
from tests.conftest import NOW
from tests.factories import a_criterion, a_trial, at_least, many_trials

Store = Callable[..., None]


def scoped_trial() -> TrialRecord:
    """A patient may fit one of its arms and dose levels, and not the others."""
    old_enough = {"kind": "age", "min_years": 60}
    lupus = {"kind": "condition", "code": "sle"}
    return a_trial(
        id="scoped-trial",
        conditions=["sle"],
        arms=[{"key": "arm-1", "label": "First"}, {"key": "arm-2", "label": "Second"}],
        doses=[{"value": value, "unit": "cells/kg", "level": level} for level, value in ((1, 1e6), (2, 3e6))],
        criteria=[
            a_criterion("inc-1", expression=old_enough, scope={"arms": ["arm-1"]}),
            a_criterion("inc-2", expression=at_least("hemoglobin", 100, "g/L"), scope={"levels": [2]}),
            a_criterion("exc-1", expression={"kind": "sex", "sex": "male"}, scope={"conditions": ["sle"]}),
            a_criterion("inc-3", expression=lupus),
        ],
    )


def half_scoped_trial() -> TrialRecord:
    """Of one of its arms, nothing is asked."""
    return a_trial(
        id="half-scoped-trial",
        arms=[{"key": "arm-1", "label": "First"}, {"key": "arm-2", "label": "Second"}],
        criteria=[a_criterion("inc-1", expression={"kind": "sex", "sex": "female"}, scope={"arms": ["arm-1"]})],
    )


@pytest.fixture(scope="session")
def full_catalogue(
    empty_sqlite: Path, vocabulary: Vocabulary, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Catalogue]:
    """No test changes it."""
    file = tmp_path_factory.mktemp("matching") / "full.db"
    shutil.copy(empty_sqlite, file)
    database = Database(Settings(database_url=f"sqlite:///{file}"))
    with database.writing() as session:
        store_many(
            session, [*many_trials(30), scoped_trial(), half_scoped_trial()], vocabulary, NOW - timedelta(days=10)
        )
    seed(database, ROOT / "seed", NOW)
    catalogue = Catalogue(database, vocabulary)
    yield catalogue
    catalogue.close()
    database.close()


@pytest.fixture
def own_database(sqlite_url: str) -> Iterator[Database]:
    database = Database(Settings(database_url=sqlite_url))
    yield database
    database.close()


@pytest.fixture
def store(own_database: Database, vocabulary: Vocabulary) -> Store:
    """Stores records in the test's own catalogue."""

    def store(*records: TrialRecord) -> None:
        with own_database.writing() as session:
            store_many(session, list(records), vocabulary, NOW)

    return store


@pytest.fixture
def catalogue(own_database: Database, vocabulary: Vocabulary) -> Iterator[Catalogue]:
    """The test's own, empty at first."""
    catalogue = Catalogue(own_database, vocabulary)
    yield catalogue
    catalogue.close()
