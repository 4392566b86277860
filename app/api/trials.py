"""The catalogue: lists, whole trials, their parts and revisions. The two reads that everybody makes come first."""

from typing import Annotated
from urllib.parse import quote, unquote_plus

from fastapi import Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from app.api.declared import reads
from app.api.dependencies import TheCatalogue
from app.api.schemas import (
    Comparison,
    Facets,
    Trial,
    TrialPage,
)
from app.catalogue.filters import TrialFilters, TrialQuery
from app.web.answers import PERSONAL, READ, answer
from app.web.problems import NOT_FOUND, UNAVAILABLE
from app.web.routing import strict_router

router = strict_router("Trials")

TrialId = Annotated[
    str,
    Path(
        description="The trial's slug, or one of its registry numbers in any case.",
        examples=["car-t-cd19-autologous-kuala-lumpur-ukm", "NCT06710717"],
    ),
]


class CompareQuery(BaseModel):
    """Which trials to compare."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    trial: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=200)], ...], Field(min_length=2, max_length=6)]


@router.get(
    "/v1/trials/{trial_id}",
    summary="One trial, whole",
    responses=reads(
        Trial,
        "trial",
        NOT_FOUND,
        UNAVAILABLE,
        description="The trial as its latest revision has it.",
        headers={"Content-Location": "The trial's own address, by its slug."},
    ),
)
async def get_trial(request: Request, trial_id: TrialId, catalogue: TheCatalogue) -> Response:
    """Everything that is known of a trial, with a note wherever a curator inferred or corrected something."""
    stored = await catalogue.get_document(trial_id)
    location = (b"content-location", b"/v1/trials/" + stored.slug.encode())
    return answer(request, stored.body, etag=stored.etag, headers=[location])


@router.get(
    "/v1/trials",
    summary="Trials under filters, page by page",
    responses=reads(
        TrialPage,
        "trial_page",
        UNAVAILABLE,
        description="A page of cards.",
        headers={"Link": 'The next page, with rel="next".'},
    ),
)
async def list_trials(request: Request, query: Annotated[TrialQuery, Query()], catalogue: TheCatalogue) -> Response:
    """Cards of the trials that fit every filter. Repeat a parameter to accept any of several values."""
    page = await catalogue.list_page(query)
    headers = [(b"link", _next_link(request, page.next_cursor))] if page.next_cursor else []
    return answer(request, page.body, etag=page.etag, cache=_cache(query), headers=headers)


@router.get(
    "/v1/facets",
    summary="Counts per value",
    responses=reads(Facets, "facets", UNAVAILABLE, description="Counts, without zeros."),
)
async def get_facets(request: Request, filters: Annotated[TrialFilters, Query()], catalogue: TheCatalogue) -> Response:
    """How many trials have each value under the same filters as the list, each facet ignoring its own."""
    counted = await catalogue.facets(filters)
    return answer(request, counted, cache=_cache(filters))


@router.get(
    "/v1/compare",
    summary="Trials side by side",
    responses=reads(Comparison, "comparison", NOT_FOUND, UNAVAILABLE, description="A row for each fact."),
)
async def compare_trials(
    request: Request, query: Annotated[CompareQuery, Query()], catalogue: TheCatalogue
) -> Response:
    """What two to six trials ask of each fact, with the strictest and the loosest of them."""
    compared = await catalogue.compare(query.trial)
    return answer(request, compared)


def _cache(filters: TrialFilters) -> bytes:
    """An age or a sex in an address is a patient's, most likely."""
    return READ if filters.age is None and not filters.sex else PERSONAL


def _next_link(request: Request, cursor: str) -> bytes:
    """The same query with another cursor, and with nothing in it that means something in the header."""
    asked = request.scope["query_string"].decode("ascii").split("&")
    others = [part for part in asked if part and unquote_plus(part.partition("=")[0]) != "cursor"]
    query = quote("&".join([*others, f"cursor={cursor}"]), safe="%&=+")
    return f'</v1/trials?{query}>; rel="next"'.encode("ascii")
