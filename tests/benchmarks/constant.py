"""The limit of what Python can serve here: a bare Starlette route that answers so many bytes, all the same."""

import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

SIZES = "BENCHMARK_SIZES"
"""The variable with the sizes of the answers, by commas: the route `/0` answers as many as the first says."""


def create_app() -> Starlette:
    """The application. Its routes are few, since a request pays for every one before its own."""
    return Starlette(routes=[_route(number, int(size)) for number, size in enumerate(os.environ[SIZES].split(","))])


def _route(number: int, size: int) -> Route:
    body = b" " * size

    async def endpoint(_: Request) -> Response:
        return Response(body, media_type="application/json")

    return Route(f"/{number}", endpoint)
