"""All trials under the filters at once, as CSV or NDJSON, streamed in constant memory."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response, StreamingResponse

from app.api.declared import streams
from app.api.dependencies import TheCatalogue
from app.catalogue.filters import TrialFilters
from app.web.problems import UNAVAILABLE
from app.web.routing import strict_router

router = strict_router("Exports")

_CSV = "text/csv; charset=utf-8"
_NDJSON = "application/x-ndjson"


@router.get(
    "/v1/trials.csv",
    summary="Trials as a table",
    responses=streams(
        "text/csv",
        "id,title\r\ncar-t-cd19-autologous-kuala-lumpur-ukm,Autologous CD19 CAR T cells in refractory lupus\r\n",
        UNAVAILABLE,
        description="A line a trial, under a line of names. A cell that begins with = + - or @ is made safe.",
    ),
)
async def export_trials_csv(
    request: Request, filters: Annotated[TrialFilters, Query()], catalogue: TheCatalogue
) -> Response:
    """The trials that fit every filter, for a spreadsheet."""
    return await _download(request, catalogue.export_csv(filters), _CSV, "trials.csv")


@router.get(
    "/v1/trials.ndjson",
    summary="Whole trials, a line each",
    responses=streams(
        _NDJSON,
        '{"id":"car-t-cd19-autologous-kuala-lumpur-ukm","title":"Autologous CD19 CAR T cells in refractory lupus"}\n',
        UNAVAILABLE,
        description="Each line is what GET /v1/trials/{trial_id} answers; this example is cut short.",
    ),
)
async def export_trials_ndjson(
    request: Request, filters: Annotated[TrialFilters, Query()], catalogue: TheCatalogue
) -> Response:
    """The trials that fit every filter, whole, for programs."""
    return await _download(request, catalogue.export_ndjson(filters), _NDJSON, "trials.ndjson")


async def _download(request: Request, parts: AsyncIterator[bytes], media_type: str, name: str) -> Response:
    """A stream whose first part is there already: what goes wrong before it is still answered as a problem."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-cache",
    }
    first = await anext(parts, b"")
    wanted = parts if request.method == "GET" else None
    return StreamingResponse(_joined(first, wanted), headers=headers, media_type=media_type)


async def _joined(first: bytes, rest: AsyncIterator[bytes] | None) -> AsyncIterator[bytes]:
    yield first
    if rest is not None:
        async for part in rest:
            yield part
