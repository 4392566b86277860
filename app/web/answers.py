"""Answers made of bytes that are stored already: entity tags, 304, and what caches may do."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response

from app.catalogue.answers import weak_etag

JSON = b"application/json"

READ = b"public, max-age=60, must-revalidate"
"""A read of the catalogue: kept for a minute, then asked for again with its tag."""

PERSONAL = b"private, max-age=60, must-revalidate"
"""A read whose address says something of a patient (an age, a sex): no shared cache keeps it."""

NEVER = b"no-store"
"""An answer about a patient."""

Header = tuple[bytes, bytes]


class Answer(Response):
    """A whole body in memory, or a 304, with headers that are bytes already: nothing is encoded again."""

    def __init__(self, body: bytes, headers: list[Header], status_code: int = 200) -> None:
        self.body = body
        self.status_code = status_code
        self.background = None
        self.raw_headers = headers


def answer(
    request: Request,
    body: bytes,
    *,
    etag: str | None = None,
    cache: bytes = READ,
    media_type: bytes = JSON,
    headers: Iterable[Header] = (),
) -> Response:
    """A body; or 304 where `If-None-Match` names its entity tag, which is made of the body unless it is given."""
    common = [(b"cache-control", cache), *headers]
    if cache is not NEVER:
        tag = (etag or weak_etag(body)).encode()
        common.append((b"etag", tag))
        asked = [value for name, value in request.scope["headers"] if name == b"if-none-match"]
        if asked and _is_listed(tag, b",".join(asked)):
            return Answer(b"", common, 304)
    return Answer(body, [(b"content-type", media_type), (b"content-length", b"%d" % len(body)), *common])


def _is_listed(tag: bytes, listed: bytes) -> bool:
    """Weak comparison (RFC 9110, 8.8.3.2): the mark W/ does not count."""
    opaque = tag.removeprefix(b"W/")
    return any(one.strip() == b"*" or one.strip().removeprefix(b"W/") == opaque for one in listed.split(b","))
