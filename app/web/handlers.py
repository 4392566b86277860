"""From exceptions to problems: the handlers that an application is made with."""

from collections.abc import Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match

from app.catalogue.errors import NotInCatalogue
from app.vocabulary.faults import Refused
from app.web.problems import (
    BY_STATUS,
    DOMAIN_ERRORS,
    INTERNAL,
    INVALID_REQUEST,
    METHOD_NOT_ALLOWED,
    ProblemResponse,
    Rejected,
    summary,
)

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


async def _domain_error(request: Request, error: Exception) -> Response:
    kind = next(kind for known, kind in DOMAIN_ERRORS.items() if isinstance(error, known))
    faults = error.faults if isinstance(error, NotInCatalogue) else ()
    return ProblemResponse(kind, summary(faults) if faults else None, faults, max_errors=_max_errors(request))


async def _refused(request: Request, error: Exception) -> Response:
    faults = error.faults if isinstance(error, Refused) else ()
    return ProblemResponse(INVALID_REQUEST, summary(faults), faults, max_errors=_max_errors(request))


async def _rejected(request: Request, error: Exception) -> Response:
    if not isinstance(error, Rejected):
        return ProblemResponse(INTERNAL)
    return ProblemResponse(error.kind, error.detail, error.faults, max_errors=_max_errors(request))


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    kind = BY_STATUS.get(status, INTERNAL)
    if kind is METHOD_NOT_ALLOWED:
        return ProblemResponse(kind, headers={"Allow": ", ".join(_allowed(request))})
    return ProblemResponse(kind)


def _max_errors(request: Request) -> int:
    most: int = request.app.state.settings.max_errors
    return most


def _allowed(request: Request) -> list[str]:
    """The methods that some route knows at this path."""
    routes: list[BaseRoute] = request.app.routes
    return [
        method
        for method in _METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]


EXCEPTION_HANDLERS: dict[int | type[Exception], Callable[[Request, Any], Any]] = {
    **dict.fromkeys(DOMAIN_ERRORS, _domain_error),
    Refused: _refused,
    Rejected: _rejected,
    HTTPException: _http_error,
}
"""Everything that is foreseen. What is not, `Front` answers."""
