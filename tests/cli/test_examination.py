"""`cartalog doctor`: what is configured, what is wrong, and what to do about it."""

import socket

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from app.cli import cli
from app.cli.examination import examine
from app.database import Database
from app.database.migrating import downgrade
from app.registry.seed import seed
from app.settings import ROOT, Settings


@pytest.fixture
def healthy(monkeypatch, database, database_url, now):
    """A seeded database and a free port, which the environment names."""
    seed(database, ROOT / "seed", now)
    monkeypatch.setenv("CARTALOG_DATABASE_URL", database_url)
    monkeypatch.setenv("CARTALOG_PORT", "0")
    return database


def findings():
    return {finding.subject: finding for finding in examine()}


def wrong():
    return {subject for subject, finding in findings().items() if finding.remedy}


def test_a_healthy_installation_has_nothing_wrong_with_it(healthy):
    assert wrong() == set()
    assert findings()["catalogue"].told == "5 trials, 5 revisions, at catalogue revision 1"
    assert "full text" in findings()["engine"].told
    assert findings()["seed"].told.startswith(f"{ROOT / 'seed'}: 5 trials")


def test_the_command_exits_with_one_where_something_is_wrong(healthy, monkeypatch):
    assert CliRunner().invoke(cli, ["doctor"]).exit_code == 0
    monkeypatch.setenv("CARTALOG_DATABSE_URL", "x")
    result = CliRunner().invoke(cli, ["doctor"], env={"COLUMNS": "500"})
    assert result.exit_code == 1
    assert "wrong CARTALOG_DATABSE_URL: is no setting" in result.stdout
    assert "→ correct its name" in result.stdout


def test_looking_changes_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("CARTALOG_DATABASE_URL", f"sqlite:///{tmp_path}/new/folder/cartalog.db")
    monkeypatch.setenv("CARTALOG_PORT", "0")
    assert wrong() == set()
    assert "makes it" in findings()["schema"].told
    assert list(tmp_path.iterdir()) == []


def test_a_faulty_setting_is_wrong(monkeypatch):
    monkeypatch.setenv("CARTALOG_PORT", "eighty")
    assert wrong() == {"CARTALOG_PORT"}


def test_a_port_that_is_taken_is_wrong(healthy, monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("CARTALOG_PORT", str(taken.getsockname()[1]))
        assert wrong() == {"address"}


def test_a_faulty_seed_is_wrong(healthy, monkeypatch, tmp_path):
    monkeypatch.setenv("CARTALOG_SEED_FOLDER", str(tmp_path))
    assert wrong() == {"seed"}


def test_a_schema_that_is_behind_is_wrong(healthy):
    downgrade(healthy.engine, "base")
    assert wrong() == {"schema"}


def test_an_empty_catalogue_is_wrong(healthy):
    downgrade(healthy.engine, "base")
    healthy.migrate()
    assert wrong() == {"catalogue"}


def test_documents_of_another_version_are_wrong(healthy):
    with healthy.writing() as session:
        session.execute(text("UPDATE revision SET rendered_by = 0 WHERE trial_number = 1"))
        session.execute(text("DELETE FROM trial_search"))
    assert wrong() == {"documents"}


def test_a_server_that_is_gone_is_wrong_and_its_password_stays_secret(monkeypatch, tmp_path):
    monkeypatch.setenv("CARTALOG_PORT", "0")
    monkeypatch.setenv("CARTALOG_DATABASE_URL", f"postgresql://user:secret@/name?host={tmp_path}")
    told = [(finding.subject, finding.told, finding.remedy) for finding in examine()]
    assert "secret" not in str(told)
    assert [subject for subject, _, remedy in told if remedy] == ["database"]


def test_a_file_that_is_no_database_is_wrong(monkeypatch, tmp_path):
    (tmp_path / "no.db").write_text("This is not a database. " * 100)
    monkeypatch.setenv("CARTALOG_PORT", "0")
    monkeypatch.setenv("CARTALOG_DATABASE_URL", f"sqlite:///{tmp_path / 'no.db'}")
    assert wrong() == {"database"}


def test_a_database_that_may_only_be_read_is_wrong(healthy, monkeypatch):
    if healthy.is_sqlite:
        monkeypatch.setattr("app.cli.examination._WRITE", "UPDATE no_such_table SET revision = revision")
    else:
        with healthy.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            name = connection.execute(text("SELECT current_database()")).scalar_one()
            connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
    assert wrong() == {"writing"}


def test_a_folder_that_cannot_be_written_to_is_wrong(monkeypatch, tmp_path):
    monkeypatch.setattr("app.cli.examination.os.access", lambda *_: False)
    monkeypatch.setenv("CARTALOG_PORT", "0")
    monkeypatch.setenv("CARTALOG_DATABASE_URL", f"sqlite:///{tmp_path}/cartalog.db")
    assert wrong() == {"folder"}


def test_a_full_disk_is_wrong(healthy, monkeypatch):
    if healthy.is_sqlite:
        monkeypatch.setattr("app.cli.examination.shutil.disk_usage", lambda _: type("Usage", (), {"free": 1})())
        assert wrong() == {"folder"}


def test_an_old_postgres_is_wrong(healthy, monkeypatch):
    if not healthy.is_sqlite:
        monkeypatch.setattr("app.cli.examination.OLDEST_POSTGRES", 99)
        assert wrong() == {"engine"}


def test_the_file_that_is_examined_is_that_of_the_settings(healthy):
    assert findings()["database"].told == Database(Settings()).address
