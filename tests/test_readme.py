"""The README's tour, run: what it shows of each answer is in the answer."""

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.database import Database
from app.main import create_app
from app.registry.seed import seed
from app.settings import ROOT, Settings

README = (ROOT / "README.md").read_text(encoding="utf-8")
CALLS = [
    (block.group(1), block.group(2))
    for block in re.finditer(
        r"^```console\n\$ (curl (?:[^\n]*\n  )*?[^\n]*)\n(\{.*?)\n```$", README, re.MULTILINE | re.DOTALL
    )
]


@pytest.fixture(scope="module")
def client(empty_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The service as it is after the first command: a new file, migrated and seeded."""
    file = tmp_path_factory.mktemp("readme") / "cartalog.db"
    shutil.copy(empty_sqlite, file)
    settings = Settings(database_url=f"sqlite:///{file}")
    database = Database(settings)
    seed(database, settings.seed_folder, datetime.now(UTC))
    database.close()
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as client:
        yield client


def shows(shown: Any, answered: Any) -> bool:
    """Whether everything shown is in the answer, at its place."""
    if isinstance(shown, dict):
        return isinstance(answered, dict) and all(
            key in answered and shows(value, answered[key]) for key, value in shown.items()
        )
    if isinstance(shown, list):
        return (
            isinstance(answered, list)
            and (bool(shown) or not answered)
            and len(shown) <= len(answered)
            and all(shows(one, other) for one, other in zip(shown, answered, strict=False))
        )
    return bool(shown == answered)


def test_the_tour_has_calls() -> None:
    assert len(CALLS) == README.count("$ curl ") > 5


@pytest.mark.parametrize(("command", "shown"), CALLS, ids=[command.split("8000")[1][:40] for command, _ in CALLS])
def test_what_the_readme_shows_is_answered(client: TestClient, command: str, shown: str) -> None:
    _, *words = shlex.split(command)
    url = next(word for word in words if word.startswith("http"))
    if "-d" in words:
        body = words[words.index("-d") + 1]
        answer = client.post(url, content=body, headers={"Content-Type": "application/json"})
    else:
        answer = client.get(url)
    assert shows(json.loads(shown), answer.json()), answer.text


def test_the_commands_that_ci_runs_are_the_readmes() -> None:
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = re.findall(r"^```sh\n(python3 -m venv .*?)\n```$", README, re.MULTILINE)
    assert len(commands) == 2
    assert commands[1] in ci.splitlines()
