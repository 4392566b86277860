"""A trial in parts: its lists, its revisions, and what an amendment changed."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Path, Query, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.responses import Response

from app.api.declared import reads
from app.api.dependencies import TheCatalogue
from app.api.schemas import (
    ArmList,
    ContactList,
    CriterionList,
    Difference,
    DoseList,
    OutcomeList,
    RevisionList,
    SiteList,
    Trial,
)
from app.api.trials import TrialId
from app.catalogue.filters import digits
from app.catalogue.queries import Part
from app.web.answers import answer
from app.web.problems import NOT_FOUND, UNAVAILABLE
from app.web.routing import strict_router

router = strict_router("Trials")

RevisionNumber = Annotated[int, Path(description="Number of a revision; the first is 1.", ge=1, le=999_999_999)]
RevisionAsked = Annotated[
    int, BeforeValidator(digits), Field(ge=1, le=999_999_999, description="Number of a revision.")
]

PARTS: dict[Part, tuple[type[BaseModel], str]] = {
    "sites": (SiteList, "Where a trial is run, each site with its own status where one is stated."),
    "contacts": (ContactList, "Whom to ask, of the trial or of one of its sites."),
    "arms": (ArmList, "The groups of a trial."),
    "doses": (DoseList, "The doses of the product, lowest level first where levels are known."),
    "outcomes": (OutcomeList, "What a trial measures."),
    "criteria": (CriterionList, "The criteria, each with its statement, its place in the source and its expression."),
}
"""The parts that the whole holds too, by their last step in the address."""


class DiffQuery(BaseModel):
    """Two revisions of a trial; in the other order, what would undo the change."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    before: Annotated[RevisionAsked, Field(alias="from")]
    after: Annotated[RevisionAsked, Field(alias="to")]


def _lister(part: Part) -> Callable[..., Coroutine[Any, Any, Response]]:
    async def list_part(request: Request, trial_id: TrialId, catalogue: TheCatalogue) -> Response:
        stored = await catalogue.get_part(trial_id, part)
        return answer(request, stored.body, etag=stored.etag)

    return list_part


for _part, (_model, _text) in PARTS.items():
    router.add_api_route(
        f"/v1/trials/{{trial_id}}/{_part}",
        _lister(_part),
        name=f"list_trial_{_part}",
        summary=f"A trial's {_part}",
        description=_text,
        responses=reads(_model, f"trial_{_part}", NOT_FOUND, UNAVAILABLE, description="All of them, unpaged."),
    )


@router.get(
    "/v1/trials/{trial_id}/revisions",
    summary="A trial's revisions",
    responses=reads(RevisionList, "trial_revisions", NOT_FOUND, UNAVAILABLE, description="The oldest one first."),
)
async def list_trial_revisions(request: Request, trial_id: TrialId, catalogue: TheCatalogue) -> Response:
    """When a trial was recorded anew, and the day on which each record was true."""
    stored = await catalogue.list_revisions(trial_id)
    return answer(request, stored.body, etag=stored.etag)


@router.get(
    "/v1/trials/{trial_id}/revisions/diff",
    summary="What an amendment changed",
    responses=reads(
        Difference,
        "difference",
        NOT_FOUND,
        UNAVAILABLE,
        description="The changes, by field and by the keys of arms, sites and criteria.",
    ),
)
async def diff_trial_revisions(
    request: Request, trial_id: TrialId, query: Annotated[DiffQuery, Query()], catalogue: TheCatalogue
) -> Response:
    """Two revisions of one trial, compared as clients read them."""
    stored = await catalogue.diff(trial_id, query.before, query.after)
    return answer(request, stored.body, etag=stored.etag)


@router.get(
    "/v1/trials/{trial_id}/revisions/{number}",
    summary="A trial as it stood",
    responses=reads(Trial, "trial", NOT_FOUND, UNAVAILABLE, description="The whole trial at that revision."),
)
async def get_trial_revision(
    request: Request, trial_id: TrialId, number: RevisionNumber, catalogue: TheCatalogue
) -> Response:
    """A revision never changes."""
    stored = await catalogue.get_revision(trial_id, number)
    return answer(request, stored.body, etag=stored.etag)
