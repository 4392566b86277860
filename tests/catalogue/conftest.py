"""`store` writes trials, `run` runs what is asked of `catalogue` on one event loop, as a server does.

`gappy` is a catalogue full of gaps on a database that a test shares with others and only reads.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from datetime import datetime
from typing import Any

import pytest

from app.catalogue.documents import TrialRecord
from app.catalogue.queries import Catalogue
from app.catalogue.revisions import store_many
from app.database import Database
from app.vocabulary.terms import Vocabulary
from tests.conftest import NOW

Run = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture
def store(database: Database, vocabulary: Vocabulary) -> Callable[..., None]:
    """Store trials in one transaction."""

    def store(*records: TrialRecord, at: datetime = NOW) -> None:
        with database.writing() as session:
            store_many(session, records, vocabulary, at)

    return store


@pytest.fixture
def run(database: Database) -> Iterator[Run]:
    """Run a coroutine to its end, with reads open."""
    with asyncio.Runner() as runner:
        serving = database.serving()
        runner.run(serving.__aenter__())
        try:
            yield runner.run
        finally:
            runner.run(serving.__aexit__(None, None, None))


@pytest.fixture
def catalogue(database: Database, vocabulary: Vocabulary) -> Iterator[Catalogue]:
    catalogue = Catalogue(database, vocabulary)
    yield catalogue
    catalogue.close()
