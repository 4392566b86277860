"""`client` speaks to a small application with all of `app.web` in place, whose endpoints say what they got."""

import json
from collections.abc import Iterator
from typing import Annotated

import pytest
from fastapi import Body, Depends, FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.middleware import Middleware
from starlette.responses import Response, StreamingResponse
from starlette.testclient import TestClient

from app.catalogue.errors import TrialNotFound
from app.database import DatabaseUnavailable
from app.settings import Settings
from app.vocabulary.enumerations import Sex
from app.vocabulary.numbers import Number
from app.web.answers import answer
from app.web.front import Front
from app.web.handlers import EXCEPTION_HANDLERS
from app.web.metrics import Metrics
from app.web.routing import strict_router

router = strict_router("Test")
SECRET = "Zebra4711"
"""Stands for a patient's data."""


class Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    age: Annotated[int, Field(ge=0)] | None = None
    word: tuple[str, ...] = ()


class Sent(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    sex: Sex | None = None
    weight: Number | None = None


def says(content: object) -> Response:
    return Response(json.dumps(content), media_type="application/json")


@router.get("/things/{name}")
async def get_thing(request: Request, name: str) -> Response:
    return answer(request, name.encode(), etag='W/"1"')


@router.get("/things/{name}/{number}")
async def get_numbered(name: str, number: int) -> Response:
    return says([name, number])


@router.get("/asked")
async def get_asked(query: Annotated[Asked, Query()]) -> Response:
    return says(query.model_dump(mode="json"))


@router.post("/sent")
async def post_sent(body: Annotated[Sent, Body()]) -> Response:
    return says(body.model_dump(mode="json"))


@router.get("/found")
async def get_found(agent: Annotated[str, Depends(lambda request: request.headers["user-agent"])]) -> Response:
    return says(agent)


@router.get("/raises/{what}")
async def raise_error(what: str) -> Response:
    errors = {"missing": TrialNotFound(), "away": DatabaseUnavailable(), "value": ValueError(SECRET)}
    raise errors[what]


@router.get("/breaks")
async def break_off() -> Response:
    async def parts():
        yield b"begun"
        raise ValueError(SECRET)

    return StreamingResponse(parts())


def make_app() -> FastAPI:
    metrics = Metrics()
    app = FastAPI(
        openapi_url=None,
        redirect_slashes=False,
        exception_handlers=EXCEPTION_HANDLERS,
        middleware=[Middleware(Front, metrics=metrics, logs_requests=True)],
    )
    app.state.settings = Settings(max_body_bytes=2_000)
    app.state.metrics = metrics
    app.router.routes.extend(router.routes)
    return app


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(make_app()) as client:
        yield client
