"""Structured logs that never hold content of a request: no bodies, no query strings, no text of an exception."""

import logging
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog

from app.settings import Settings

_OURS = str(Path(__file__).parent.parent)

log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("cartalog")


def configure_logging(settings: Settings) -> None:
    """Send everything that is logged, also by libraries, to stderr in one form. Calling it again changes nothing."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_exceptions,
    ]
    renderer = structlog.processors.JSONRenderer() if settings.log_json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [one for one in root.handlers if not isinstance(one, _StandardError)] + [handler]
    root.setLevel(logging.WARNING)
    for name in ("cartalog", "uvicorn.error"):
        logging.getLogger(name).setLevel(settings.log_level.upper())
    for name in ("uvicorn", "uvicorn.error"):
        # Uvicorn gives its loggers handlers of its own, which would print the text of exceptions.
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    logging.getLogger("uvicorn.access").disabled = True


class _StandardError(logging.StreamHandler[Any]):
    """Writes to whatever stderr is at the time."""

    @property
    def stream(self) -> Any:
        return sys.stderr

    @stream.setter
    def stream(self, stream: object) -> None:
        pass


def _without_exceptions(_logger: object, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Of an exception, its class and the lines of code that it came through; its text may quote a patient."""
    error = event.pop("exc_info", None)
    record = event.get("_record")
    if isinstance(record, logging.LogRecord) and record.exc_info:
        error, record.exc_info, record.exc_text = record.exc_info, None, None
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event |= describe(error)
    return event


def describe(error: BaseException) -> dict[str, Any]:
    """An exception as class and places: no text, no values."""
    return {"error": type(error).__qualname__, "raised_at": _places(error.__traceback__)}


def _places(traceback: TracebackType | None) -> list[str]:
    """The lines of our own code, outermost first, and the one that raised."""
    places = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_filename.startswith(_OURS) or traceback.tb_next is None:
            places.append(f"{code.co_filename}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return places
