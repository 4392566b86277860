"""Routes whose signature is the contract: FastAPI reads it for OpenAPI, and our own strict readers fill it in.

FastAPI's own reading is replaced for three reasons. It lets unknown and repeated query parameters pass, it reads a body
of any size and form before anybody can object, and of the cost of a small read it is two thirds.
"""

import inspect
from asyncio import to_thread
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, get_args, get_origin

from fastapi import APIRouter, Request, params
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from app.settings import Settings
from app.web.json_body import parse_json, read_body
from app.web.queries import Nothing, read_query
from app.web.validation import validate

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

LARGE = 64 * 1024
"""Bytes of a body; a longer one takes so long to read that others should not wait for it."""

LONGEST_NAME = 200
"""Characters of a name in a path; whatever is longer is not there."""


def strict_router(tag: str) -> APIRouter:
    """A router of strict routes under one tag; an operation is called as its endpoint is."""
    return APIRouter(
        tags=[tag],
        route_class=StrictRoute,
        default_response_class=Response,
        generate_unique_id_function=lambda route: route.name,
    )


class StrictRoute(APIRoute):
    """A route that reads nothing but what its endpoint declares, and answers HEAD wherever it answers GET.

    An endpoint is a coroutine that returns a `Response`. It may take the `Request`, `str` and `int` parameters of its
    path, one model of the query (`Annotated[Model, Query()]`), one model of the JSON body (`Annotated[Model, Body()]`),
    and values that a function finds by the request alone (`Annotated[Value, Depends(function)]`).
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        handle = self.get_route_handler()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            response = await handle(Request(scope, receive, send))
            await response(scope, receive, send)

        self.app = app  # without the exit stacks of dependencies that are closed: there are none here

    def get_route_handler(self) -> Handler:
        """The endpoint, with what it declares read strictly."""
        return _handler(self.endpoint, _declared(self.endpoint))

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As for any route; HEAD matches where GET does."""
        match, child_scope = super().matches(scope)
        if match is Match.PARTIAL and self._takes(scope["method"]):
            return Match.FULL, child_scope
        return match, child_scope

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or raise 405."""
        if not self._takes(scope["method"]):
            raise HTTPException(405)
        await self.app(scope, receive, send)

    def _takes(self, method: str) -> bool:
        methods = self.methods or set()
        return method in methods or (method == "HEAD" and "GET" in methods)


@dataclass(frozen=True)
class _Declared:
    """What an endpoint declares that it takes, by the names of its parameters."""

    request: str | None
    names: tuple[str, ...]
    numbers: tuple[str, ...]
    query: tuple[str, type[BaseModel]] | None
    body: tuple[str, type[BaseModel]] | None
    found: Mapping[str, Callable[[Request], object]]


def _declared(endpoint: Callable[..., Any]) -> _Declared:
    request, names, numbers, query, body = None, [], [], None, None
    found: dict[str, Callable[[Request], object]] = {}
    for name, parameter in inspect.signature(endpoint).parameters.items():
        kind, *marks = get_args(parameter.annotation) if _is_annotated(parameter.annotation) else [parameter.annotation]
        depends = next((mark.dependency for mark in marks if isinstance(mark, params.Depends)), None)
        if depends is not None:
            found[name] = depends
        elif kind is Request:
            request = name
        elif kind is int:
            numbers.append(name)
        elif any(isinstance(mark, params.Query) for mark in marks):
            query = (name, kind)
        elif any(isinstance(mark, params.Body) for mark in marks):
            body = (name, kind)
        else:
            names.append(name)
    return _Declared(request, tuple(names), tuple(numbers), query, body, found)


def _is_annotated(annotation: object) -> bool:
    return get_origin(annotation) is Annotated


def _handler(endpoint: Callable[..., Awaitable[Response]], declared: _Declared) -> Handler:
    query_name, query_model = declared.query or (None, Nothing)
    empty_query = None if _has_required(query_model) else query_model()

    async def handle(request: Request) -> Response:
        values: dict[str, object] = {name: find(request) for name, find in declared.found.items()}
        if declared.request:
            values[declared.request] = request
        for name in declared.names:
            values[name] = _name(request.path_params[name])
        for name in declared.numbers:
            values[name] = _number(request.path_params[name])
        query = request.scope["query_string"]
        if query or empty_query is None:
            asked: BaseModel = read_query(query, query_model)
        else:
            asked = empty_query
        if query_name:
            values[query_name] = asked
        if declared.body:
            settings: Settings = request.app.state.settings
            body = await read_body(request, settings.max_body_bytes)
            understand = partial(_understood, body, declared.body[1], settings.max_nesting)
            values[declared.body[0]] = await to_thread(understand) if len(body) > LARGE else understand()
        return await endpoint(**values)

    return handle


def _understood(body: bytes, model: type[BaseModel], max_nesting: int) -> BaseModel:
    return validate(model, parse_json(body, max_nesting=max_nesting))


def _has_required(model: type[BaseModel]) -> bool:
    return any(field.is_required() for field in model.model_fields.values())


def _name(text: str) -> str:
    if len(text) > LONGEST_NAME or "\x00" in text:
        raise HTTPException(404)
    return text


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise HTTPException(404)
    return int(text)
