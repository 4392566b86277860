"""The evaluator alone: one criterion, whoever wrote it, and one patient."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Body, Depends, Request
from starlette.responses import Response

from app.api.declared import answers, example
from app.api.evaluate_schemas import EvaluationAnswer
from app.catalogue.answers import as_json
from app.matching.evaluation import EvaluationRequest, evaluate_criterion
from app.vocabulary.terms import Vocabulary
from app.web.answers import NEVER, answer
from app.web.problems import MALFORMED_JSON, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE
from app.web.routing import strict_router

router = strict_router("Matching")


def _vocabulary(request: Request) -> Vocabulary:
    vocabulary: Vocabulary = request.app.state.vocabulary
    return vocabulary


@router.post(
    "/v1/evaluate",
    summary="One patient against one criterion",
    responses=answers(
        EvaluationAnswer,
        "evaluation",
        MALFORMED_JSON,
        TOO_LARGE,
        UNSUPPORTED_MEDIA_TYPE,
        description="The outcome, with the working.",
    ),
)
async def evaluate_patient(
    request: Request,
    asked: Annotated[EvaluationRequest, Body(examples=[example("evaluation_request")])],
    vocabulary: Annotated[Vocabulary, Depends(_vocabulary)],
) -> Response:
    """How the patient stands with a criterion of your own, or with one of a trial as you would have it."""
    found = await asyncio.to_thread(evaluate_criterion, asked, vocabulary, datetime.now(UTC).date())
    return answer(request, as_json(found), cache=NEVER)
