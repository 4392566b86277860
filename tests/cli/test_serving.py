"""`cartalog serve`: a process of its own, asked over HTTP."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
import uvicorn
from typer.testing import CliRunner
from uvicorn.supervisors import Multiprocess

from app.cli import cli, serving
from app.cli.serving import address_of, bind
from app.settings import Settings


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


@contextmanager
def served_by_a_thread(monkeypatch: pytest.MonkeyPatch, url: str) -> Iterator[str]:
    """The address of a server of this process, which is told to stop at the end."""
    monkeypatch.setenv("CARTALOG_DATABASE_URL", url)
    servers: list[uvicorn.Server] = []
    said: Queue[str] = Queue()

    class Kept(serving._Server):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            servers.append(self)

    monkeypatch.setattr(serving, "_Server", Kept)
    with bind("127.0.0.1", 0) as bound:
        thread = threading.Thread(target=serving.run_server, args=(Settings(), bound, said.put))
        thread.start()
        assert said.get(timeout=60).startswith(f"cartalog serves at {address_of(bound)} ")
        try:
            yield address_of(bound)
        finally:
            servers[0].should_exit = True
            thread.join(timeout=60)
    assert not thread.is_alive()


def test_it_serves_until_it_is_told_to_stop(sqlite_url, monkeypatch):
    with served_by_a_thread(monkeypatch, sqlite_url) as address:
        assert ask(address, "/healthz") == {"status": "ok"}


def test_whoever_asks_for_a_websocket_leaves_no_query_in_the_log(sqlite_url, monkeypatch, capsys):
    wish = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg==",
    }
    monkeypatch.setenv("CARTALOG_LOG_LEVEL", "debug")
    with served_by_a_thread(monkeypatch, sqlite_url) as address:
        connection = HTTPConnection(urlsplit(address).netloc, timeout=30)
        connection.request("GET", "/v1/trials?city=Zebra4711", headers=wish)
        assert connection.getresponse().status == 200
        connection.close()
    logged = capsys.readouterr().err
    assert "route=/v1/trials" in logged
    assert "Zebra" not in logged


def test_workers_share_a_folder_for_their_metrics(monkeypatch):
    seen = []

    class Workers:
        def __init__(self, config: uvicorn.Config, sockets: list[socket.socket], ready: object) -> None:
            self.config = config

        def run(self) -> None:
            seen.append((self.config.workers, Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).is_dir()))

    monkeypatch.setattr(serving, "_Workers", Workers)
    with bind("127.0.0.1", 0) as bound:
        serving.run_server(Settings(workers=3), bound, print)
        assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ
        monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(Path.cwd()))
        serving.run_server(Settings(workers=2), bound, print)
        assert os.environ["PROMETHEUS_MULTIPROC_DIR"] == str(Path.cwd())
    assert seen == [(3, True), (2, True)]


def test_workers_are_announced_once_when_all_are_ready(monkeypatch):
    monkeypatch.setattr(Multiprocess, "__init__", lambda self, *_: setattr(self, "processes", []))
    monkeypatch.setattr(Multiprocess, "keep_subprocess_alive", lambda _: None)
    said: list[str] = []
    workers = serving._Workers(uvicorn.Config("app.main:create_app"), [], lambda: said.append("ready"))
    slow, quick = _Process(ready=False), _Process(ready=True)
    workers.processes = [slow, quick]  # type: ignore[list-item] # all that is asked of a process
    workers.keep_subprocess_alive()
    assert said == []
    slow.ready = True
    workers.keep_subprocess_alive()
    workers.keep_subprocess_alive()
    assert said == ["ready"]


@dataclass
class _Process:
    ready: bool

    def is_ready(self) -> bool:
        return self.ready


def test_serve_brings_the_database_up_to_date_first(sqlite_url, monkeypatch):
    monkeypatch.setenv("CARTALOG_DATABASE_URL", sqlite_url)
    served: list[Settings] = []
    monkeypatch.setattr("app.cli.run_server", lambda settings, *_, **__: served.append(settings))
    for arguments in (["--host", "127.0.0.1", "--workers", "2"], ["--no-seed"]):
        result = CliRunner().invoke(cli, ["serve", "--port", "0", *arguments])
        assert result.exit_code == 0, result.output
        assert ("Seeded" in result.stdout) == ("--no-seed" not in arguments)
    assert [settings.workers for settings in served] == [2, 1]


def test_several_workers_serve_one_address(postgres_url, tmp_path):
    with served("--workers", "2", url=postgres_url, cwd=tmp_path) as (address, _):
        assert ask(address, "/v1/trials")["total"] == 5


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


@pytest.mark.parametrize("host", ["192.0.2.1", "a..b"])
def test_a_host_that_is_none_of_this_machine_is_told_so(tmp_path, monkeypatch, host):
    file = tmp_path / "cartalog.db"
    monkeypatch.setenv("CARTALOG_DATABASE_URL", f"sqlite:///{file}")
    result = CliRunner().invoke(cli, ["serve", "--host", host, "--port", "0"], env={"COLUMNS": "500"})
    assert result.exit_code == 1
    assert "pass a --host that is an address of this machine" in result.stderr
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
