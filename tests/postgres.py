"""A Postgres for tests: that of `TEST_DATABASE_URL`, else a cluster of our own, made by the `initdb` of this machine.

Our own lies in a folder that pytest's main process names and removes; the first worker that needs it starts it. It
listens on a Unix socket alone, and runs as another user where we are root, whom Postgres refuses.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL, make_url

FOLDER = "TEST_CLUSTER"
USER = "cartalog"
_UNSAFE_BUT_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


def is_there() -> bool:
    """Whether tests on Postgres can run."""
    return "TEST_DATABASE_URL" in os.environ or _programs() is not None


def name_folder() -> None:
    """In the main process, before there are workers: they find the folder's name in their environment."""
    if "TEST_DATABASE_URL" not in os.environ and FOLDER not in os.environ:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="cartalog-pg-")


def remove_folder() -> None:
    """At the end, in the main process."""
    folder = Path(os.environ.pop(FOLDER))
    if (folder / "data" / "postmaster.pid").exists():
        _run("pg_ctl", "stop", "-D", str(folder / "data"), "-m", "immediate", "-w")
    shutil.rmtree(folder, ignore_errors=True)


def server() -> URL:
    """The URL of a server on which we may make databases. Skips the test where there is none; under CI, fails."""
    if "TEST_DATABASE_URL" in os.environ:
        return make_url(os.environ["TEST_DATABASE_URL"])
    if _programs() is None:
        if os.environ.get("CI"):
            pytest.fail("Postgres is missing: install it (apt-get install postgresql), or set TEST_DATABASE_URL")
        pytest.skip("no Postgres on this machine: install it, or set TEST_DATABASE_URL")
    folder = Path(os.environ[FOLDER])
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "data").exists():
            _start(folder)
    return URL.create("postgresql", username=USER, database="postgres", query={"host": str(folder)})


def create_database(name: str, template: str = "template0") -> URL:
    """A new database of that name, as a copy of another one to which nobody is connected."""
    url = server()
    _on_server(url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return url.set(database=name)


def drop_database(name: str) -> None:
    _on_server(server(), f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _on_server(url: URL, statement: str) -> None:
    conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(statement.encode())


def _start(folder: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(folder, user=_other_user())
    data = str(folder / "data")
    _run("initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
    settings = " ".join(f"-c {setting}" for setting in _UNSAFE_BUT_FAST)
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} {settings}"
    _run("pg_ctl", "start", "-D", data, "-l", str(folder / "log"), "-w", "-o", options)


def _run(program: str, *arguments: str) -> None:
    programs = _programs()
    assert programs is not None
    as_another = ("runuser", "-u", _other_user(), "--") if os.geteuid() == 0 else ()
    command = (*as_another, str(programs / program), *arguments)
    subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, timeout=120)


def _other_user() -> str:
    """Debian's package makes the user postgres; nobody is everywhere."""
    known = Path("/etc/passwd").read_text(encoding="utf-8")
    return "postgres" if "\npostgres:" in known else "nobody"


def _programs() -> Path | None:
    """The folder of the newest Postgres on this machine."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    return Path(on_path).parent if on_path else None
