"""The least that a FastAPI service can do with a match request: a route that parses the same body, and forgets it."""

from fastapi import FastAPI
from starlette.responses import Response

from app.matching.request import MatchRequest


def create_app() -> FastAPI:
    """The application, with no other route before its own."""
    app = FastAPI(openapi_url=None)

    @app.post("/v1/match", response_class=Response)
    async def match(asked: MatchRequest) -> Response:
        return Response(b'{"limit":%d}' % asked.limit, media_type="application/json")

    @app.get("/healthz", response_class=Response)
    async def health() -> Response:
        return Response(b"{}", media_type="application/json")

    return app
