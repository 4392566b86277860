"""`cartalog serve`: a process of its own, asked over HTTP."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.cli.serving import address_of, bind


@contextmanager
def served(*arguments: str, url: str, cwd: Path) -> Iterator[tuple[str, list[str]]]:
    """The address at which a server of its own says that it serves, and what it said until then."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CARTALOG_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "serve", "--port", "0", *arguments],
        env=environment | {"CARTALOG_DATABASE_URL": url, "PYTHONUNBUFFERED": "1"},
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    said: list[str] = []
    try:
        for line in process.stdout:
            said.append(line.strip())
            found = re.search(r"cartalog \w+ .*?(http://\S+)", line)
            if found:
                yield found[1], said
                break
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) in {0, -signal.SIGTERM}
        process.stdout.close()


def ask(address: str, path: str) -> Any:
    """The JSON at a path."""
    with urlopen(address + path, timeout=30) as answer:  # noqa: S310 # our own address
        return json.load(answer)


def test_it_migrates_seeds_and_serves_from_any_folder(bare_url, tmp_path):
    with served(url=bare_url, cwd=tmp_path) as (address, said):
        assert said[0] == "Seeded: 5 added, 0 revised, 0 unchanged."
        assert ask(address, "/readyz") == {"status": "ready", "catalogue_revision": 1}
        assert ask(address, "/v1/trials")["total"] == 5


def test_several_workers_serve_one_address(postgres_url, tmp_path):
    with served("--workers", "2", url=postgres_url, cwd=tmp_path) as (address, _):
        assert ask(address, "/v1/trials")["total"] == 5


def test_without_the_seed_it_serves_what_is_there(sqlite_url, tmp_path):
    with served("--no-seed", url=sqlite_url, cwd=tmp_path) as (address, said):
        assert len(said) == 1
        assert ask(address, "/v1/trials")["total"] == 0


def test_a_port_that_is_taken_is_told_before_anything_is_done(tmp_path, monkeypatch):
    file = tmp_path / "cartalog.db"
    monkeypatch.setenv("CARTALOG_DATABASE_URL", f"sqlite:///{file}")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = CliRunner().invoke(cli, ["serve", "--port", str(taken.getsockname()[1])], env={"COLUMNS": "500"})
    assert result.exit_code == 1
    assert "pass another --port" in result.stderr
    assert not file.exists()


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("127.0.0.1", "http://127.0.0.1:"),
        ("0.0.0.0", "http://127.0.0.1:"),  # noqa: S104 # for a moment, and nobody listens
        ("::1", "http://[::1]:"),
    ],
)
def test_the_address_is_one_that_can_be_asked(host, told):
    with bind(host, 0) as bound:
        assert address_of(bound).startswith(told)
        assert address_of(bound).endswith(str(bound.getsockname()[1]))
