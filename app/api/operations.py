"""What operators, tools and people at a browser ask for: health, readiness, metrics, documentation, problems."""

import json
from typing import Annotated, Literal

from fastapi import Path, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.api.declared import answers, streams
from app.api.dependencies import TheCatalogue, TheMetrics
from app.api.openapi import build_openapi
from app.api.schemas import Answer
from app.web.answers import NEVER, answer
from app.web.metrics import CONTENT_TYPE
from app.web.pages import ASSETS, DOCS_PAGE, HOME_PAGE, PROBLEM_PAGES, PROBLEMS_PAGE, page
from app.web.problems import UNAVAILABLE, ProblemResponse
from app.web.routing import strict_router

router = strict_router("Operations")


class Health(Answer):
    """The process answers. Nothing else was looked at."""

    status: Literal["ok"]


class Readiness(Answer):
    """The database is reachable, its schema is there, and it holds a catalogue."""

    status: Literal["ready"]
    catalogue_revision: int


@router.get(
    "/healthz",
    summary="Is the process alive?",
    responses=answers(Health, "health", description="It is."),
)
async def get_health(request: Request) -> Response:
    """Asks nothing of the database, so that a slow one gets no process killed."""
    return answer(request, b'{"status":"ok"}', cache=NEVER)


@router.get(
    "/readyz",
    summary="Can it serve?",
    responses=answers(Readiness, "readiness", UNAVAILABLE, description="It can."),
)
async def get_readiness(request: Request, catalogue: TheCatalogue) -> Response:
    """Ready once the database is reachable, migrated and seeded."""
    revision = await catalogue.catalogue_revision()
    if revision == 0:
        return ProblemResponse(UNAVAILABLE, "The catalogue is empty: nothing has been seeded yet.")
    return answer(
        request, Readiness(status="ready", catalogue_revision=revision).model_dump_json().encode(), cache=NEVER
    )


@router.get(
    "/metrics",
    summary="Metrics for Prometheus",
    responses=streams(
        "text/plain",
        'http_request_duration_seconds_count{method="GET",route="/v1/trials/{trial_id}",status="200"} 12.0\n',
        description="Requests by route template, method and status, with their durations; no query strings, no ids.",
    ),
)
async def get_metrics(request: Request, metrics: TheMetrics) -> Response:
    """With several workers, the sum over all of them."""
    return answer(request, metrics.exposition(), cache=NEVER, media_type=CONTENT_TYPE.encode())


@router.get("/openapi.json", include_in_schema=False)
async def get_openapi_document(request: Request) -> Response:
    """The contract, for tools."""
    state = request.app.state
    if getattr(state, "openapi_body", None) is None:
        state.openapi_body = json.dumps(build_openapi(request.app), ensure_ascii=False).encode()
    return answer(request, state.openapi_body)


@router.get("/docs", include_in_schema=False)
async def get_docs(request: Request) -> Response:
    """The contract, for people."""
    return page(request, DOCS_PAGE)


@router.get("/docs/{name}", include_in_schema=False)
async def get_docs_asset(request: Request, name: str) -> Response:
    """Script and style of the pages."""
    if name not in ASSETS:
        raise HTTPException(404)
    body, media_type = ASSETS[name]
    return answer(request, body, media_type=media_type)


@router.get("/problems", include_in_schema=False)
async def list_problems(request: Request) -> Response:
    """All kinds of problem."""
    return page(request, PROBLEMS_PAGE)


@router.get("/problems/{name}", include_in_schema=False)
async def get_problem(request: Request, name: Annotated[str, Path()]) -> Response:
    """What one kind of problem means, and what to do about it."""
    if name not in PROBLEM_PAGES:
        raise HTTPException(404)
    return page(request, PROBLEM_PAGES[name])


@router.get("/", include_in_schema=False)
async def get_home(request: Request) -> Response:
    """Where to go from here."""
    return page(request, HOME_PAGE)
