"""What was compiled is kept for the next start, and used only where it is what would be compiled."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from app.catalogue.matchable import MatchableTrial
from app.catalogue.queries import Catalogue
from app.catalogue.revisions import store_many
from app.database import Database
from app.eligibility.dates import Calendar
from app.eligibility.situation import Situation
from app.matching import compiled as compiling
from app.matching import kept_file
from app.matching.compiled import Compiled, CompiledCatalogue
from app.matching.kept_file import place_of
from app.settings import Settings
from app.vocabulary.terms import Vocabulary
from tests.conftest import NOW
from tests.eligibility.patients import TODAY, facts_of
from tests.factories import a_criterion, a_trial, at_least, many_trials
from tests.matching.conftest import Store, half_scoped_trial, scoped_trial

ADULT = {"kind": "age", "min_years": 18}
CONSENT = {"kind": "undertaking", "text": "agrees with Dr. Ada Planted"}
PATIENT: dict[str, Any] = {
    "birth_date": "1958-03-14",
    "sex": "female",
    "conditions": [{"code": "sle"}],
    "observations": [{"code": "hemoglobin", "value": 90, "unit": "g/L", "date": "2026-11-20"}],
}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """However small the catalogue is, it is kept."""
    monkeypatch.setattr(compiling, "_WORTH_KEEPING", 1)
    return tmp_path / "cache" / "catalogue.compiled"


@pytest.fixture
def filled(store: Store) -> None:
    asked = [a_criterion("inc-1", expression=CONSENT), a_criterion("inc-2", expression=ADULT), a_criterion("exc-1")]
    store(*many_trials(8), scoped_trial(), half_scoped_trial(), a_trial(id="asking-trial", criteria=asked))


class Other(NamedTuple):
    database: Database
    catalogue: Catalogue


@pytest.fixture
def other(empty_sqlite: Path, tmp_path: Path, vocabulary: Vocabulary) -> Iterator[Other]:
    """An empty catalogue of its own."""
    shutil.copy(empty_sqlite, tmp_path / "other.db")
    database = Database(Settings(database_url=f"sqlite:///{tmp_path / 'other.db'}"))
    with closing(database), closing(Catalogue(database, vocabulary)) as catalogue:
        yield Other(database, catalogue)


Start = Callable[..., Compiled]


@pytest.fixture
def start(catalogue: Catalogue, vocabulary: Vocabulary, file: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Compiles as a program does that is started; `read`: all that it then read whole."""

    def start(read: list[str] | None = None, file: Path | None = file) -> Compiled:
        matchable_since = catalogue.matchable_since

        def noted(revision: int) -> Iterator[MatchableTrial]:
            for trial in matchable_since(revision):
                if read is not None:
                    read.append(trial.id)
                yield trial

        with monkeypatch.context() as patch, closing(CompiledCatalogue(catalogue, vocabulary, file)) as compiler:
            patch.setattr(catalogue, "matchable_since", noted)
            return asyncio.run(compiler.current())

    return start


def said(compiled: Compiled, vocabulary: Vocabulary) -> list[object]:
    """All that a compiled catalogue says of its trials."""
    match = compiled.bulk.match(Situation.now(facts_of(vocabulary, **PATIENT), Calendar(TODAY)))
    conditions = [compiled.condition_sets[one] for one in compiled.condition_set]
    numbers = range(len(compiled.trials))
    return [
        [trial.head | {"keys": trial.keys} for trial in compiled.trials],
        [compiled.catalogue_revision, compiled.numbers, conditions, sorted(compiled.diseases)],
        [values.tolist() for values in (compiled.by_catalogue, compiled.openness, compiled.ages, compiled.sexes)],
        [match.verdicts.tolist(), match.fails.tolist(), match.unknown.tolist()],
        compiled.bulk.flags_of(match, numbers),
        compiled.bulk.size,
    ]


@pytest.mark.usefixtures("filled")
def test_what_was_kept_is_not_compiled_again_and_says_the_same(start: Start, vocabulary: Vocabulary):
    first, again = list[str](), list[str]()
    expected = said(start(first), vocabulary)
    assert said(start(again), vocabulary) == expected
    assert (len(first), again) == (11, [])


@pytest.mark.usefixtures("filled")
def test_what_changed_since_is_compiled_with_what_was_kept(start: Start, store: Store, vocabulary: Vocabulary):
    start()
    criteria = [
        a_criterion("inc-1", expression=ADULT),
        a_criterion("inc-2", expression=at_least("hemoglobin", 80, "g/L")),
    ]
    store(a_trial(id="new-trial", criteria=criteria), a_trial(id="asking-trial", title="Another", criteria=criteria))
    read = list[str]()
    assert said(start(read), vocabulary)[:-1] == said(start(file=None), vocabulary)[:-1]
    assert sorted(read) == ["asking-trial", "new-trial"]


@pytest.mark.usefixtures("filled")
def test_a_damaged_file_is_no_file(start: Start, file: Path, vocabulary: Vocabulary):
    expected = said(start(), vocabulary)
    whole = file.read_bytes()
    places = (0, 31, 32, 200, len(whole) // 2, len(whole) - 1)
    changed = [whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :] for place in places]
    for content in (b"", whole[:40], whole[:-1], whole + b"x", *changed):
        file.write_bytes(content)
        assert kept_file.read(file) is None
        read = list[str]()
        assert said(start(read), vocabulary) == expected
        assert len(read) == 11
        assert file.read_bytes()[32:] == whole[32:], "it is written anew"


@pytest.mark.usefixtures("filled")
def test_what_another_version_wrote_is_not_read(start: Start, file: Path, monkeypatch: pytest.MonkeyPatch):
    start()
    assert kept_file.read(file) is not None
    monkeypatch.setattr(kept_file, "_program", lambda: b"another")
    assert kept_file.read(file) is None


@pytest.mark.parametrize(
    ("slugs", "later"), [(["b-trial", "a-trial"], 0), (["a-trial", "b-trial"], 1), (["b-trial"], 0)]
)
def test_of_another_database_nothing_is_taken(
    slugs: list[str], later: int, start: Start, store: Store, file: Path, other: Other, vocabulary: Vocabulary
):
    """Of the same slugs at the same revisions, in another order or written at another time, or of fewer."""
    store(a_trial(id="a-trial", criteria=[a_criterion("inc-1", expression=ADULT)]), a_trial(id="b-trial"))
    start()
    with other.database.writing() as session:
        store_many(session, [a_trial(id=slug) for slug in slugs], vocabulary, NOW + timedelta(seconds=later))
    with closing(CompiledCatalogue(other.catalogue, vocabulary, file)) as compiler:
        compiled = asyncio.run(compiler.current())
    assert [(trial.id, trial.keys) for trial in compiled.trials] == [(slug, ()) for slug in sorted(slugs)]


def test_a_trial_that_is_gone_is_not_taken_from_the_file(
    start: Start, own_database: Database, store: Store, vocabulary: Vocabulary
):
    store(a_trial(id="a-trial"), scoped_trial())
    start()
    with own_database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER revision_delete")
        for table in ("revision", "trial"):
            column = "number" if table == "trial" else "trial_number"
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE {column} = 1")  # noqa: S608 - of our own making
    read = list[str]()
    compiled = start(read)
    assert ([trial.id for trial in compiled.trials], read) == (["a-trial"], [])
    assert said(compiled, vocabulary)[:-1] == said(start(file=None), vocabulary)[:-1]


def test_where_nothing_can_be_written_all_goes_on(start: Start, store: Store, tmp_path: Path):
    store(a_trial(id="a-trial"))
    (tmp_path / "cache").write_text("a file in the place of the folder")
    assert start().numbers == {"a-trial": 0}


def test_nothing_is_left_of_a_file_that_could_not_be_written(
    start: Start, store: Store, file: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(*_: object) -> None:
        raise OSError

    store(a_trial(id="a-trial"))
    monkeypatch.setattr(Path, "replace", refuse)
    assert start().numbers == {"a-trial": 0}
    assert list(file.parent.iterdir()) == []


def test_a_small_catalogue_is_not_kept(start: Start, store: Store, file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(compiling, "_WORTH_KEEPING", 2)
    store(a_trial(id="a-trial"))
    start()
    assert not file.exists()
    store(a_trial(id="b-trial"))
    start()
    assert file.exists()


@pytest.mark.usefixtures("filled")
def test_no_prose_is_kept(start: Start, file: Path):
    """A contact's name that stands in it would have to be redacted there, too."""
    start()
    content = file.read_bytes()
    assert b"asking-trial" in content
    for prose in (b"Planted", b"A plain trial", b"What inc-1 asks"):
        assert prose not in content


def test_who_closes_it_does_not_wait_for_what_was_kept(
    start: Start, store: Store, catalogue: Catalogue, vocabulary: Vocabulary, file: Path
):
    store(a_trial(id="a-trial"))
    start()
    compiler = CompiledCatalogue(catalogue, vocabulary, file)
    compiler.close()
    with pytest.raises(CancelledError):
        compiler._compiler.compile()


def test_the_file_lies_beside_an_embedded_database_or_where_it_is_told(tmp_path: Path):
    def place(**settings: object) -> Path | None:
        made = Settings.model_validate(settings)
        return place_of(made, Database(made))

    assert place(database_url=f"sqlite:///{tmp_path}/here.db") == tmp_path / "here.db.compiled"
    assert place(database_url="postgresql://user@host/name") is None
    assert place(database_url="postgresql://user@host/name", cache_folder="") is None
    one, other = (place(database_url=f"postgresql://user@host/{name}", cache_folder=tmp_path) for name in "ab")
    assert one is not None
    assert other is not None
    assert one.parent == other.parent == tmp_path
    assert one != other
