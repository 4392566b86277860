"""Settings: what the environment may say, and how it is refused."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.settings import ROOT, Settings


def test_without_an_environment_an_embedded_file_in_the_users_data_folder_is_served(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    settings = Settings()
    assert settings.database_url == f"sqlite:///{tmp_path}/cartalog/cartalog.db"
    assert settings.seed_folder == ROOT / "seed"
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)


def test_the_data_folder_is_in_the_home_where_none_is_named(monkeypatch, tmp_path):
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Settings().database_url == f"sqlite:///{tmp_path}/.local/share/cartalog/cartalog.db"


def test_windows_has_a_data_folder_of_its_own(monkeypatch):
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", "/somewhere")
    assert Settings().database_url == f"sqlite:///{Path('/somewhere/cartalog/cartalog.db')}"


def test_origins_are_separated_by_commas(monkeypatch):
    monkeypatch.setenv("CARTALOG_CORS_ORIGINS", "https://a.example, https://b.example,")
    assert Settings().cors_origins == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    "url", ["sqlite:///here.db", "sqlite:////there/file.db", "postgresql://u:p@host/name", "postgres://host/name"]
)
def test_a_database_is_a_file_or_postgres(url):
    assert Settings(database_url=url).database_url == url


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///file:x?mode=memory",
        "mysql://u:secret@host/n",
        "x.db",
        "postgresql://u:secret@host:port/n",
        "postgresql://u:p@ss:secret@host:1:2/n",
        "postgresql://[::1/n",
    ],
)
def test_another_database_is_refused_without_being_repeated(url):
    with pytest.raises(ValidationError) as refusal:
        Settings(database_url=url)
    assert "secret" not in str(refusal.value)


def test_a_password_shows_in_no_repr():
    assert "secret" not in repr(Settings(database_url="postgresql://u:secret@host/name"))


def test_settings_never_change():
    with pytest.raises(ValidationError):
        Settings().port = 1  # type: ignore[misc] # that is the test
