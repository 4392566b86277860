"""Seeding: strictly read, all or none, and never twice."""

import shutil
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.catalogue.revisions import store_revision
from app.registry.seed import SeedReport, read_seed, seed
from app.registry.seed_files import read_trials
from app.settings import ROOT
from app.vocabulary.yaml_lines import SeedError
from tests.factories import a_trial

PLAIN = """\
id: one
title: A plain trial
status:
  value: recruiting
product:
  cell_type: car_t
  targets: [CD19]
conditions: [sle]
age:
  stated: false
inclusions_stated: true
exclusions_stated: true
sites:
  - key: site-1
    city: Hangzhou
    country: CN
  - key: site-2
lymphodepletion:
  - agent: fludarabine
identifiers:
  - value: NCT01234567
    scheme: nct
criteria:
  - key: inc-1
    kind: inclusion
    statement: A heart that pumps.
    locator: inclusion 1
    expression:
      kind: observation
      code: lvef
      threshold:
        comparator: ge
        value: 50
        unit: "%"
curation_notes:
  - field: /criteria/inc-1/expression
    kind: inferred
    text: The sign was lost.
sources:
  - name: a registry
    kind: registry
"""


@pytest.fixture(scope="session")
def vocabulary_folder():
    return ROOT / "seed" / "vocabulary"


@pytest.fixture
def folder(tmp_path, vocabulary_folder):
    """A seed folder with one trial."""
    shutil.copytree(vocabulary_folder, tmp_path / "seed" / "vocabulary")
    (tmp_path / "seed" / "trials").mkdir()
    write(tmp_path / "seed", "one", PLAIN)
    return tmp_path / "seed"


def write(folder, stem, content):
    (folder / "trials" / f"{stem}.yaml").write_text(content, encoding="utf-8")


def changed(line: str, into: str) -> str:
    assert line in PLAIN
    return PLAIN.replace(line, into)


def faults_of(folder, content, stem="one"):
    """What is said of a file with that content, as `line: message`."""
    write(folder, stem, content)
    with pytest.raises(SeedError) as error:
        read_seed(folder)
    return [f"{problem.line}: {problem.message}" for problem in error.value.problems]


def in_catalogue(database):
    with database.session() as session:
        rows = session.execute(text("SELECT id, revision, title FROM trial ORDER BY id"))
        return [tuple(row) for row in rows]


def test_a_seed_is_stored_and_told_of(database, folder, now):
    assert seed(database, folder, now) == SeedReport(added=("one",), revised=(), unchanged=(), left=())
    assert in_catalogue(database) == [("one", 1, "A plain trial")]


def test_seeding_again_changes_nothing(database, folder, now):
    seed(database, folder, now)
    later = seed(database, folder, now + timedelta(days=1))
    assert later == SeedReport(added=(), revised=(), unchanged=("one",), left=())
    with database.session() as session:
        assert session.execute(text("SELECT revision FROM catalogue_state")).scalar_one() == 1


def test_editing_a_file_makes_a_new_revision(database, folder, now):
    seed(database, folder, now)
    write(folder, "one", changed("A plain trial", "A better title"))
    assert seed(database, folder, now).revised == ("one",)
    assert in_catalogue(database) == [("one", 2, "A better title")]


def test_editing_a_comment_makes_none(database, folder, now):
    seed(database, folder, now)
    write(folder, "one", f"# seen again\n{PLAIN}")
    assert seed(database, folder, now).unchanged == ("one",)


def test_a_file_that_is_gone_leaves_its_trial_and_the_report_says_so(database, folder, now):
    seed(database, folder, now)
    (folder / "trials" / "one.yaml").unlink()
    assert seed(database, folder, now) == SeedReport(added=(), revised=(), unchanged=(), left=("one",))
    assert in_catalogue(database) == [("one", 1, "A plain trial")]


def test_one_bad_file_changes_nothing(database, folder, now):
    write(folder, "two", changed("id: one", "id: two").replace("NCT01234567", "bad"))
    with pytest.raises(SeedError):
        seed(database, folder, now)
    assert in_catalogue(database) == []


def test_a_new_name_in_the_vocabulary_is_found_after_seeding(sqlite_database, folder, now):
    seed(sqlite_database, folder, now)
    countries = folder / "vocabulary" / "countries.yaml"
    written = countries.read_text(encoding="utf-8")
    assert "label: China" in written
    countries.write_text(written.replace("label: China", "label: Zhongguo"), encoding="utf-8")
    assert seed(sqlite_database, folder, now).unchanged == ("one",)
    with sqlite_database.session() as session:
        query = "SELECT count(*) FROM trial_search WHERE trial_search MATCH 'zhongguo'"
        assert session.execute(text(query)).scalar_one() == 1


def test_a_note_points_by_index_where_the_file_names_a_key(folder, vocabulary):
    (trial,) = read_trials(folder / "trials", vocabulary)
    assert [note.field for note in trial.record.curation_notes] == ["/criteria/0/expression"]


@pytest.mark.parametrize(
    ("pointer", "resolved"),
    [
        ("", ""),
        ("/product/cell_source", "/product/cell_source"),
        ("/sites/site-2/city", "/sites/1/city"),
        ("/sites/1", "/sites/1"),
        ("/arms", "/arms"),
        ("/countries", "/countries"),
        ("/unstated", "/unstated"),
        ("/criteria_summary/exclusions_stated", "/criteria_summary/exclusions_stated"),
        ("/criteria/inc-1/expression/threshold/value", "/criteria/0/expression/threshold/value"),
        ("/conditions/0", "/conditions/0"),
    ],
)
def test_a_pointer_leads_to_a_place_in_the_document(folder, vocabulary, pointer, resolved):
    write(folder, "one", changed("field: /criteria/inc-1/expression", f'field: "{pointer}"'))
    (trial,) = read_trials(folder / "trials", vocabulary)
    assert trial.record.curation_notes[0].field == resolved


@pytest.mark.parametrize(
    "pointer", ["/criteria/inc-9", "/sites/2", "/sites/-1", "/sites/²", "/titel", "/title/0", "/sites/site-1/town"]
)
def test_a_pointer_that_leads_nowhere_is_a_fault(folder, pointer):
    faults = faults_of(folder, changed("field: /criteria/inc-1/expression", f'field: "{pointer}"'))
    assert faults == [f"36: {pointer} is not a place in this trial"]


FAULTS = [
    # Each: what is written instead of what, the line that is named, and a word of the message.
    ("title: A plain trial", "titel: A plain trial", 1, "title"),
    ("title: A plain trial", "titel: A plain trial", 2, "titel"),
    ("cell_type: car_t", "cell_type: car_x", 6, "car_dnt"),
    ("value: recruiting", "value: open", 4, "recruiting"),
    ("targets: [CD19]", "targets: [CD91]", 7, "CD19"),
    ("targets: [CD19]", "targets: [CD19, CD19]", 1, "twice"),
    ("conditions: [sle]", "conditions: [sle, lupus_nefritis]", 8, "lupus_nephritis"),
    ("country: CN", "country: XX", 16, "XX"),
    ("agent: fludarabine", "agent: fludarabin", 19, "fludarabine"),
    ("value: NCT01234567", "value: NCT0123456", 21, "eight digits"),
    ("code: lvef", "code: lvfe", 30, "lvef"),
    ('unit: "%"', "unit: mL", 34, "unit"),
    ('unit: "%"', "unit: parsecs", 34, "unit"),
    ("value: 50", "value: fifty", 33, "input"),
    ("kind: observation", "kind: observatoin", 28, "observation"),
    ("key: inc-1", "key: exc-1", 1, "does not begin"),
    ("id: one", "id: other", 1, "other.yaml"),
    ("  stated: false", "  stated: false\n  min_years: 5", 9, "not stated"),
]


@pytest.mark.parametrize(("right", "wrong", "line", "word"), FAULTS)
def test_a_fault_is_told_with_its_line(folder, right, wrong, line, word):
    faults = faults_of(folder, changed(right, wrong))
    assert any(fault.startswith(f"{line}: ") and word in fault for fault in faults), faults


def test_all_faults_of_all_files_are_told_at_once(folder):
    write(folder, "two", "id: two")
    write(folder, "three", "{")
    (folder / "trials" / "four.yml").write_text("")
    with (folder / "vocabulary" / "events.yaml").open("a") as events:
        events.write("new_event: {}\n")
    with pytest.raises(SeedError) as error:
        read_seed(folder)
    files = {problem.file for problem in error.value.problems}
    assert files == {"vocabulary/events.yaml", "trials/two.yaml", "trials/three.yaml", "trials/four.yml"}


def test_two_trials_cannot_have_one_registration(folder):
    assert faults_of(folder, changed("id: one", "id: two"), stem="two") == [
        "21: NCT01234567 is the number of one already"
    ]


def test_a_registration_of_a_trial_without_a_file_is_told(database, folder, vocabulary, now):
    taken = a_trial(id="imported", identifiers=[{"value": "NCT01234567", "scheme": "nct"}])
    with database.writing() as session:
        store_revision(session, taken, vocabulary, now)
    with pytest.raises(SeedError, match="number of imported already"):
        seed(database, folder, now)
    assert in_catalogue(database) == [("imported", 1, "A plain trial")]


def test_a_missing_folder_is_a_fault(tmp_path):
    with pytest.raises(SeedError, match="no such folder"):
        read_trials(tmp_path / "none", None)


def test_hidden_files_are_passed_over(folder, vocabulary):
    (folder / "trials" / ".one.yaml.swp").write_text("")
    assert len(read_trials(folder / "trials", vocabulary)) == 1


def test_processes_that_seed_at_once_do_not_race(database, database_url):
    program = (
        "from datetime import datetime, UTC; from app.database import Database; from app.settings import Settings;"
        "from app.registry.seed import seed; s = Settings(); seed(Database(s), s.seed_folder, datetime.now(UTC))"
    )
    command_line, environment = [sys.executable, "-c", program], {"CARTALOG_DATABASE_URL": database_url}
    processes = [subprocess.Popen(command_line, cwd=ROOT, env=environment) for _ in range(3)]
    assert [process.wait(timeout=120) for process in processes] == [0, 0, 0]
    assert [revision for _, revision, _ in in_catalogue(database)] == [1, 1, 1, 1, 1]


def test_the_seed_of_the_project_is_sound(database, now):
    assert len(seed(database, ROOT / "seed", now).added) == 5
    assert len(seed(database, ROOT / "seed", now).unchanged) == 5
