"""Matching: a patient in the body, the trials that fit in the answer. Nothing of a patient is kept."""

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import Body, Depends, Request
from starlette.responses import Response

from app.api.declared import answers, example
from app.api.match_schemas import MatchAnswer, TrialMatchAnswer
from app.api.trials import TrialId
from app.matching.matcher import Matcher
from app.matching.request import MatchRequest, TrialMatchRequest
from app.web.answers import NEVER, answer
from app.web.problems import (
    INVALID_REQUEST,
    MALFORMED_JSON,
    NOT_FOUND,
    TOO_LARGE,
    UNAVAILABLE,
    UNSUPPORTED_MEDIA_TYPE,
)
from app.web.routing import strict_router

router = strict_router("Matching")

_BODY_PROBLEMS = (MALFORMED_JSON, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, INVALID_REQUEST, UNAVAILABLE)


def _matcher(request: Request) -> Matcher:
    matcher: Matcher = request.app.state.matcher
    return matcher


TheMatcher = Annotated[Matcher, Depends(_matcher)]


@router.post(
    "/v1/match",
    summary="One patient against the trials",
    responses=answers(MatchAnswer, "match", *_BODY_PROBLEMS, description="The trials, best prospects first."),
)
async def match_patient(
    request: Request, asked: Annotated[MatchRequest, Body(examples=[example("match_request")])], matcher: TheMatcher
) -> Response:
    """Which trials may take this patient, why not the others, what to measure next, and when a washout ends."""
    return answer(request, await matcher.match(asked, _today()), cache=NEVER)


@router.post(
    "/v1/trials/{trial_id}/match",
    summary="One patient against one trial",
    responses=answers(
        TrialMatchAnswer, "trial_match", *_BODY_PROBLEMS, NOT_FOUND, description="The trial with all of its criteria."
    ),
)
async def match_patient_to_trial(
    request: Request,
    trial_id: TrialId,
    asked: Annotated[TrialMatchRequest, Body(examples=[example("match_request")])],
    matcher: TheMatcher,
) -> Response:
    """How the patient stands with each criterion of one trial, with the working."""
    return answer(request, await matcher.match_trial(trial_id, asked, _today()), cache=NEVER)


def _today() -> date:
    return datetime.now(UTC).date()
