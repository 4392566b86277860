"""Of an exception, logs say the class and the places, and never the text."""

import json
import logging

import pytest
import uvicorn

from app.settings import Settings
from app.web.logs import configure_logging, log


@pytest.fixture(autouse=True)
def restored_logging():
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.handlers, root.level = before, level


def test_a_foreign_logger_s_exception_is_logged_without_its_text(capsys: pytest.CaptureFixture[str]):
    configure_logging(Settings(log_json=True))
    try:
        int("Zebra4711")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")

    line = capsys.readouterr().err
    assert "Zebra4711" not in line
    told = json.loads(line)
    assert (told["event"], told["error"]) == ("Exception in ASGI application", "ValueError")
    assert told["raised_at"][0].split(" ")[0].split(":")[0] == __file__


def test_handlers_that_uvicorn_brings_print_nothing(capsys: pytest.CaptureFixture[str]):
    uvicorn.Config("app.main:create_app", factory=True)
    configure_logging(Settings(log_json=True))
    try:
        int("Zebra4711")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")

    printed = capsys.readouterr()
    assert "Zebra4711" not in printed.out + printed.err
    assert json.loads(printed.err)["error"] == "ValueError"


def test_our_own_exception_is_logged_without_its_text(capsys: pytest.CaptureFixture[str]):
    configure_logging(Settings())
    try:
        int("Zebra4711")
    except ValueError:
        log.exception("failed")

    line = capsys.readouterr().err
    assert "Zebra4711" not in line
    assert "ValueError" in line


def test_configuring_twice_logs_once(capsys: pytest.CaptureFixture[str]):
    configure_logging(Settings())
    configure_logging(Settings())

    log.info("once")

    assert capsys.readouterr().err.count("once") == 1


def test_nothing_below_the_level_is_logged(capsys: pytest.CaptureFixture[str]):
    configure_logging(Settings(log_level="warning"))

    log.info("quiet")

    assert capsys.readouterr().err == ""
