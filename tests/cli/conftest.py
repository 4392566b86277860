"""`run` is an operator at the command line."""

from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from app.cli import cli

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command with an environment of its own; answers what it exits with and says."""

    def run(*arguments: str, stdin: str = "", **environment: str) -> Result:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        # Wide enough for no line to be broken, which the width of a terminal would do.
        return CliRunner().invoke(cli, list(arguments), input=stdin, env={"COLUMNS": "500"})

    return run
