"""Matching a cohort: patients come in and their answers go out, a line each, while the rest still comes in."""

from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, TypeVar

from fastapi import Depends, Query, Request
from pydantic_core import to_json
from starlette.responses import Response

from app.api.cohort_lines import CohortLines
from app.api.declared import example, fails, lines_of
from app.matching.answer import Json
from app.matching.cohort import CohortMatcher, CohortQuery, UnreadPatients
from app.settings import Settings
from app.web.json_body import JSON, parse_json, plain_media_type, read_bytes
from app.web.lines import MOST_AT_ONCE, read_lines
from app.web.problems import MALFORMED_JSON, TOO_LARGE, UNAVAILABLE, UNSUPPORTED_MEDIA_TYPE, Rejected
from app.web.routing import strict_router
from app.web.streaming import StreamedAnswer
from app.web.validation import validate

router = strict_router("Matching")

T = TypeVar("T")

NDJSON = "application/x-ndjson"
_BODIES = 16
"""A cohort in one JSON body may be as long as this many other bodies."""
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

_PATIENTS = example("cohort_request")
_BODY = {
    "required": True,
    "content": {
        NDJSON: lines_of("CohortPatient", shown=_PATIENTS["patients"]),
        JSON: {"schema": {"$ref": "#/components/schemas/CohortPatients"}, "example": _PATIENTS},
    },
}


def _cohorts(request: Request) -> CohortMatcher:
    cohorts: CohortMatcher = request.app.state.cohorts
    return cohorts


TheCohorts = Annotated[CohortMatcher, Depends(_cohorts)]


@router.post(
    "/v1/match/cohort",
    summary="Many patients against the trials",
    openapi_extra={"requestBody": _BODY},
    responses={
        200: {
            "description": "A line a patient, in the order of the patients: how the patient stands, or what is wrong.",
            "content": {NDJSON: lines_of("CohortAnswer", "CohortProblem", shown=example("cohort"))},
        },
        **fails(MALFORMED_JSON, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, UNAVAILABLE),
    },
)
async def match_cohort(request: Request, query: Annotated[CohortQuery, Query()], cohorts: TheCohorts) -> Response:
    """How each patient stands with the trials that the filters leave, best prospects first, without explanations.

    Send a patient a line, as many as you like, and read the answers while you send: both are streamed. A line may be
    as long as any other body. A line that cannot be used is answered by a `problem` under its number, and the rest
    goes on. Or send up to 1,000 patients in one JSON body of at most sixteen times that length.
    """
    media_type = plain_media_type(request)
    if media_type not in (NDJSON, JSON):
        detail = f"Send a patient a line as Content-Type: {NDJSON}, or all of them as {JSON}."
        raise Rejected(UNSUPPORTED_MEDIA_TYPE, detail)
    settings: Settings = request.app.state.settings
    lines = CohortLines(await cohorts.cohort(query, datetime.now(UTC).date()), settings)
    if media_type == JSON:
        body = await read_bytes(request, _BODIES * settings.max_body_bytes)
        value = await cohorts.work(partial(parse_json, body, max_nesting=settings.max_nesting))
        answers = _of_values(lines, cohorts, validate(UnreadPatients, value).patients)
    else:
        answers = _of_lines(lines, cohorts, request)
    return StreamedAnswer(answers, NDJSON, _HEADERS)


async def _of_lines(lines: CohortLines, cohorts: CohortMatcher, request: Request) -> AsyncGenerator[bytes, None]:
    async for some in read_lines(request.stream(), lines.settings.max_body_bytes):
        yield await cohorts.work(partial(_written, lines.answers, some))


async def _of_values(
    lines: CohortLines, cohorts: CohortMatcher, values: Sequence[object]
) -> AsyncGenerator[bytes, None]:
    for start in range(0, len(values), MOST_AT_ONCE):
        some = list(enumerate(values[start : start + MOST_AT_ONCE], start + 1))
        yield await cohorts.work(partial(_written, lines.answers_to_values, some))


def _written(answers: Callable[[Sequence[T]], list[Json]], patients: Sequence[T]) -> bytes:
    return b"".join([to_json(answer) + b"\n" for answer in answers(patients)])
