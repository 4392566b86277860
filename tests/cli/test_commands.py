"""The commands, as an operator runs them."""

import csv
import json
from pathlib import Path

import pytest
from sqlalchemy import make_url

from app.settings import ROOT

RENJI = "car-dnt-cd19-shanghai-renji"


@pytest.fixture
def seeded(run, database_url):
    """A seeded database, which the environment names."""
    result = run("seed", CARTALOG_DATABASE_URL=database_url)
    assert result.exit_code == 0, result.output
    return database_url


def test_seed_says_what_became_of_each_trial(run, bare_url):
    first = run("seed", CARTALOG_DATABASE_URL=bare_url)
    assert (first.exit_code, first.stdout.split("\n")[0]) == (0, "Seeded: 5 added, 0 revised, 0 unchanged.")
    assert f"added: {RENJI}" in first.stdout
    assert run("seed").stdout == "Seeded: 0 added, 0 revised, 5 unchanged.\n"


def test_seed_names_the_trials_that_have_no_file(run, seeded, tmp_path):
    folder = tmp_path / "seed"
    (folder / "trials").mkdir(parents=True)
    (folder / "vocabulary").symlink_to(ROOT / "seed" / "vocabulary")
    result = run("seed", "--folder", str(folder))
    assert result.exit_code == 0
    assert f"5 in the catalogue have no seed file, and stay: {RENJI}" in result.stdout


def test_seed_tells_every_fault_with_file_and_line(run, bare_url, tmp_path):
    folder = tmp_path / "seed"
    (folder / "trials").mkdir(parents=True)
    (folder / "trials" / "one.yaml").write_text("id: one\ntitel: One\n")
    (folder / "vocabulary").symlink_to(ROOT / "seed" / "vocabulary")
    result = run("seed", "--folder", str(folder), CARTALOG_DATABASE_URL=bare_url)
    assert result.exit_code == 1
    assert "nothing was changed" in result.stderr
    assert "trials/one.yaml:2: /titel" in result.stderr
    assert "Traceback" not in result.stderr


def test_export_writes_csv_to_standard_output(run, seeded):
    result = run("export", "csv")
    rows = list(csv.DictReader(result.stdout.splitlines()))
    assert result.exit_code == 0
    assert {row["id"] for row in rows} == {path.stem for path in (ROOT / "seed" / "trials").glob("*.yaml")}


def test_export_writes_whole_trials_to_a_file_under_filters(run, seeded, tmp_path):
    file = tmp_path / "trials.ndjson"
    filters = ("--filter", "cell_type=car_dnt", "--filter", "cell_type=car_nk", "--filter", "age=30")
    assert run("export", "ndjson", "--out", str(file), *filters).exit_code == 0
    trials = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert {trial["product"]["cell_type"] for trial in trials} == {"car_dnt", "car_nk"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("cell_type", "NAME=VALUE"),
        ("cell_typ=car_t", "cell_typ"),
        ("cell_type=car_x", "car_dnt"),
        ("target=XYZ", "target"),
    ],
)
def test_export_refuses_a_filter_that_it_does_not_know(run, sqlite_url, given, told):
    result = run("export", "csv", "--filter", given, CARTALOG_DATABASE_URL=sqlite_url)
    assert result.exit_code == 1
    assert told in result.stderr


def test_redact_asks_and_takes_a_contact_out(run, seeded):
    email = next(
        contact["email"]
        for line in run("export", "ndjson").stdout.splitlines()
        for contact in json.loads(line)["contacts"]
        if contact["email"]
    )
    refused = run("redact", stdin=f"{email}\nn\n")
    assert refused.exit_code == 1
    assert email in run("export", "ndjson").stdout
    result = run("redact", stdin=f"{email}\ny\n")
    assert result.exit_code == 0
    assert "Changed 1 revision(s) of 1 trial(s)." in result.stdout
    assert email not in run("export", "ndjson").stdout


def test_what_was_redacted_does_not_come_back_with_the_seed(run, seeded):
    phone = next(
        contact["phone"]
        for line in run("export", "ndjson").stdout.splitlines()
        for contact in json.loads(line)["contacts"]
        if contact["phone"]
    )
    assert run("redact", phone, "--yes").exit_code == 0
    assert run("seed").stdout.startswith("Seeded: 0 added, 0 revised, 5 unchanged.")
    assert phone not in run("export", "ndjson").stdout


def test_redact_refuses_a_detail_that_says_nothing(run, sqlite_url):
    result = run("redact", "--yes", "--", "--", CARTALOG_DATABASE_URL=sqlite_url)
    assert result.exit_code == 1
    assert "letters or digits" in result.stderr


def test_openapi_is_printed_or_written(run, sqlite_url, tmp_path):
    printed = run("openapi", CARTALOG_DATABASE_URL=sqlite_url)
    assert json.loads(printed.stdout)["openapi"].startswith("3.1")
    assert run("openapi", "--out", str(tmp_path / "openapi.json")).exit_code == 0
    assert (tmp_path / "openapi.json").read_text(encoding="utf-8") == printed.stdout


def test_a_faulty_setting_is_told_by_its_name_and_not_repeated(run):
    result = run("seed", CARTALOG_DATABASE_URL="mysql://user:secret@host/name")
    assert result.exit_code == 1
    assert result.stderr.startswith("CARTALOG_DATABASE_URL: ")
    assert "secret" not in result.output


def test_a_database_that_is_gone_is_told_without_a_traceback(run, tmp_path):
    result = run("seed", CARTALOG_DATABASE_URL=f"postgresql://user:secret@/name?host={tmp_path}")
    assert result.exit_code == 1
    assert "cartalog doctor" in result.stderr
    assert "secret" not in result.output
    assert "Traceback" not in result.output


def test_a_file_that_is_no_database_is_told_without_a_traceback(run, tmp_path):
    (tmp_path / "junk.db").write_bytes(b"no database" * 100)
    result = run("seed", CARTALOG_DATABASE_URL=f"sqlite:///{tmp_path / 'junk.db'}")
    assert result.exit_code == 1
    assert result.stderr.startswith("the file is no database, or is damaged\n")


def test_a_right_that_is_missing_is_told_without_a_traceback(run, postgres_url):
    lesser = make_url(postgres_url).update_query_dict({"options": "-c role=pg_monitor"})
    result = run("seed", CARTALOG_DATABASE_URL=lesser.render_as_string(hide_password=False))
    assert result.exit_code == 1
    assert result.stderr.startswith("the database refuses this to its user\n")


def test_a_file_that_cannot_be_written_is_told(run, sqlite_url, tmp_path):
    result = run("openapi", "--out", str(tmp_path / "no" / "folder.json"), CARTALOG_DATABASE_URL=sqlite_url)
    assert result.exit_code == 1
    assert "No such file" in result.stderr


def test_without_a_command_the_commands_are_told(run):
    result = run()
    for command in ("serve", "seed", "export", "redact", "openapi", "doctor"):
        assert command in result.output


def test_a_relative_file_is_relative_to_the_current_folder(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("seed", CARTALOG_DATABASE_URL="sqlite:///here.db").exit_code == 0
    assert Path("here.db").exists()
