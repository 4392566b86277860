"""The outermost of our middleware: request ids, safe headers, metrics, and the answer where everything else failed.

Plain ASGI, one layer for all of it, since each layer costs every read some microseconds.
"""

import re
from collections.abc import Callable
from secrets import token_hex
from time import perf_counter

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.logs import describe, log
from app.web.metrics import Metrics
from app.web.problems import INTERNAL, ProblemResponse

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]


_VARY, _VARY_HERE = (b"vary", b"Accept-Encoding"), (b"vary", b"Accept-Encoding, Origin")
"""CORS adds the second name where it adds its headers. A cache must know of it from the other answers too, lest it hand
a page of another origin one that was made without them."""


class BrokenOff(Exception):
    """An answer could not be finished after it had begun. The connection is cut, so that the client notices."""


class OnlyWith:
    """Puts a middleware around requests that have a header (lower case), and lets all others past it."""

    def __init__(self, app: ASGIApp, header: bytes, middleware: Callable[[ASGIApp], ASGIApp]) -> None:
        self.app = app
        self.header = header
        self.wrapped = middleware(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, through the middleware or not."""
        for name, _ in scope.get("headers", ()):
            if name == self.header:
                await self.wrapped(scope, receive, send)
                return
        await self.app(scope, receive, send)


class Front:
    """Wraps the whole application. `logs_requests`: a line a request, at level debug."""

    def __init__(self, app: ASGIApp, metrics: Metrics, *, logs_requests: bool) -> None:
        self.app = app
        self.metrics = metrics
        self.logs_requests = logs_requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; nothing but a broken-off answer is ever raised."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = perf_counter()
        request_id = _request_id(scope)
        status = 0
        vary = _VARY if any(name == b"origin" for name, _ in scope["headers"]) else _VARY_HERE

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [header for header in message["headers"] if header[0] != b"vary"]
                message["headers"] = [*headers, vary, *_HEADERS, (b"x-request-id", request_id)]
            elif scope["method"] == "HEAD" and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        try:
            await self.app(scope, receive, send_on)
        except ClientDisconnect:
            status = status or 499
        except Exception as error:  # noqa: BLE001 # whatever it is, its text must not get out
            begun = status != 0
            status = 500
            log.error("request_failed", **_named(scope), request_id=request_id.decode(), **describe(error))
            if begun:
                raise BrokenOff from None
            await ProblemResponse(INTERNAL)(scope, receive, send_on)
        finally:
            seconds = perf_counter() - started
            self.metrics.observe(_template(scope), scope["method"], status, seconds)
            if self.logs_requests:
                milliseconds = round(seconds * 1000, 2)
                log.debug("request", **_named(scope), status=status, ms=milliseconds, request_id=request_id.decode())


def _request_id(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            given: bytes = value
            return given
    return token_hex(8).encode()


def _template(scope: Scope) -> str:
    """The route as it was declared: a path that was asked for may name a patient."""
    route = scope.get("route")
    return route.path_format if route is not None else "unmatched"


def _named(scope: Scope) -> dict[str, str]:
    return {"method": scope["method"], "route": _template(scope)}
