"""The catalogues of the benchmark: the same made-up trials for every contestant, made once a run."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from app.catalogue.documents import TrialRecord
from app.catalogue.revisions import store_many
from app.database import Database
from app.settings import Settings
from app.vocabulary.files import load_vocabulary
from tests.benchmarks import datasette, naive_rows
from tests.factories import many_trials

CRITERIA = 8
"""A trial then has 6 kB."""
SPONSORED = 20
"""So many trials have the same sponsor: a filter leaves a page of them."""
_STORED_AT_ONCE = 500
_FIRST = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Catalogues:
    """The files of one size. `datasette` is a copy of ours with more indexes."""

    folder: Path

    @property
    def ours(self) -> Path:
        return self.folder / "cartalog.db"

    @property
    def naive(self) -> Path:
        return self.folder / "naive.db"

    @property
    def datasette(self) -> Path:
        return self.folder / "datasette.db"


def made(folder: Path, size: int, postgres: str | None) -> Catalogues:
    """The files in a folder, made unless they are there; the Postgres database of this URL is always filled."""
    files = Catalogues(folder)
    are_there = files.datasette.exists()
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        filling = [pool.submit(fill_ours, postgres, size)] if postgres else []
        if not are_there:
            filling += [pool.submit(fill_ours, f"sqlite:///{files.ours}", size)]
            filling += [pool.submit(fill_naive, files.naive, size)]
        for each in filling:
            each.result()
    if not are_there:
        datasette.fill(files.datasette, files.ours)
    return files


def fill_ours(url: str, size: int) -> None:
    """Store trials as the service does: some at each of many instants, all in one transaction."""
    settings = Settings(database_url=url)
    database = Database(settings)
    database.migrate()
    vocabulary = load_vocabulary(settings.seed_folder / "vocabulary")
    records, at = trials(size), _FIRST
    with database.writing() as session:
        while batch := list(islice(records, _STORED_AT_ONCE)):
            store_many(session, batch, vocabulary, at)
            at += timedelta(minutes=1)
    database.close()


def fill_naive(file: Path, size: int) -> None:
    """Make the naive twin's file."""
    naive_rows.fill(file, trials(size))


def trials(size: int) -> Iterator[TrialRecord]:
    """The records."""
    for number, record in enumerate(many_trials(size, criteria=CRITERIA)):
        yield record.model_copy(update={"sponsor": sponsor(number)})


def sponsor(number: int) -> str:
    """Of the trial with this number."""
    return f"Trial group {number // SPONSORED}"
