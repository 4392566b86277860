"""`create_app`: the one place where routers, handlers, middleware and lifespan are put together."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from functools import partial
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp
from starlette_compress import CompressMiddleware, add_compress_type

from app import __version__
from app.api import cohort, evaluate, exports, match, operations, parts, trials, vocabulary
from app.catalogue.compare import Measures
from app.catalogue.queries import Catalogue
from app.database import Database
from app.eligibility.quantities import format_quantity, threshold_in_term_unit
from app.matching.cohort import CohortMatcher
from app.matching.compiled import CompiledCatalogue
from app.matching.kept_file import place_of
from app.matching.matcher import Matcher
from app.settings import Settings
from app.vocabulary.files import load_vocabulary
from app.web.front import Front, OnlyWith
from app.web.handlers import EXCEPTION_HANDLERS
from app.web.logs import configure_logging, describe, log
from app.web.metrics import Metrics

ROUTERS = (
    trials.router,
    match.router,
    cohort.router,
    evaluate.router,
    parts.router,
    vocabulary.router,
    exports.router,
    operations.router,
)
"""In the order of how often they are asked: a request pays for every route that stands before its own."""

_compression = partial(CompressMiddleware, minimum_size=1_000, brotli=False, zstd_level=1, gzip_level=1)
"""The lowest levels: an eighth more bytes than the usual ones, for a third of the time."""

_NO_TELEMETRY: Any = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""FastAPI's own telemetry would log the text of exceptions and query strings."""

add_compress_type("application/problem+json")
add_compress_type("application/x-ndjson", streaming=True)
add_compress_type("text/csv", streaming=True)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application, without having opened anything yet; the settings are those of the environment unless given."""
    settings = settings or Settings()
    configure_logging(settings)
    terms = load_vocabulary(settings.seed_folder / "vocabulary")
    database = Database(settings)
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        asyncio.get_running_loop().set_exception_handler(_log_stray_error)
        measures = Measures(threshold_in_term_unit, format_quantity)
        async with database.serving():
            with (
                closing(database),
                closing(Catalogue(database, terms, measures)) as app.state.catalogue,
                closing(CompiledCatalogue(app.state.catalogue, terms, place_of(settings, database))) as compiled,
                closing(Matcher(app.state.catalogue, compiled, terms)) as app.state.matcher,
                closing(CohortMatcher(compiled, terms)) as app.state.cohorts,
            ):
                async with compiled.warming():
                    yield

    app = FastAPI(
        title="cartalog",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=_NO_TELEMETRY,
        lifespan=lifespan,
        exception_handlers=EXCEPTION_HANDLERS,
        middleware=middleware(settings, metrics),
    )
    app.state.settings = settings
    app.state.vocabulary = terms
    app.state.vocabulary_body = vocabulary.vocabulary_body(terms)
    app.state.database = database
    app.state.metrics = metrics
    for router in ROUTERS:
        # Taken over as they are: `include_router` would match every request twice.
        app.router.routes.extend(router.routes)
    return app


def middleware(settings: Settings, metrics: Metrics) -> list[Middleware]:
    """What stands in front of every route, the outermost first."""
    return [
        Middleware(OnlyWith, b"origin", _cors(settings)),
        Middleware(Front, metrics=metrics, logs_requests=settings.log_level == "debug"),
        Middleware(OnlyWith, b"accept-encoding", _compression),
    ]


def _cors(settings: Settings) -> Callable[[ASGIApp], ASGIApp]:
    return partial(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=("GET", "HEAD", "POST"),
        allow_headers=("Content-Type", "If-None-Match", "X-Request-ID"),
        expose_headers=("ETag", "Link", "Content-Location", "X-Request-ID", "Retry-After"),
        max_age=3600,
    )


def _log_stray_error(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """An exception in a task that nobody waits for: asyncio would log its text."""
    error = context.get("exception")
    log.error("task_failed", **(describe(error) if isinstance(error, BaseException) else {}))
