"""Trials as they stood at other revisions, for a match to be compared with."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import BaseModel, ConfigDict

from app.catalogue.documents import Criterion
from app.catalogue.errors import RevisionNotFound
from app.catalogue.queries import Catalogue
from app.eligibility.rules import CriterionRule, TrialRules
from app.matching.rulebook import Candidate
from app.matching.warnings import Warned
from app.vocabulary.faults import Fault, Refused


class _Part(BaseModel):
    """A part of a stored document, of which only some keys are read."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Arm(_Part):
    key: str


class _Dose(_Part):
    level: int | None


class _Summary(_Part):
    inclusions_stated: bool = True
    exclusions_stated: bool


class _Document(_Part):
    conditions: tuple[str, ...]
    arms: tuple[_Arm, ...]
    doses: tuple[_Dose, ...]
    criteria_summary: _Summary
    criteria: tuple[Criterion, ...]


async def at_revisions(
    catalogue: Catalogue, wanted: Mapping[str, int], candidates: Sequence[Candidate]
) -> tuple[list[Candidate], list[Warned]]:
    """The candidates, those that are named at the revision wanted; and a warning for each name that is none of theirs.

    Refused: a revision that a trial does not have.
    """
    by_id = {candidate.id: candidate for candidate in candidates}
    faults: list[Fault] = []
    warned: list[Warned] = []
    for trial, number in wanted.items():
        place = f"/compare_with/revisions/{trial}"
        if trial not in by_id:
            warned.append(Warned("revision_without_trial", "the trial is not among the candidates", place))
        elif number != by_id[trial].revision:
            try:
                document = await catalogue.get_revision(trial, number)
            except RevisionNotFound:
                remedy = "use a number of GET /v1/trials/{id}/revisions"
                faults.append(Fault("unknown_revision", "the trial has no such revision", remedy, place))
            else:
                by_id[trial] = _as_it_stood(by_id[trial], number, document.body)
    if faults:
        raise Refused(faults)
    return list(by_id.values()), warned


def _as_it_stood(candidate: Candidate, revision: int, body: bytes) -> Candidate:
    document = _Document.model_validate_json(body)
    rules = TrialRules(
        candidate.id,
        tuple(
            CriterionRule(criterion.key, criterion.kind, criterion.anchor, criterion.expression, criterion.scope)
            for criterion in document.criteria
        ),
        inclusions_stated=document.criteria_summary.inclusions_stated,
        exclusions_stated=document.criteria_summary.exclusions_stated,
        conditions=document.conditions,
        arms=tuple(arm.key for arm in document.arms),
        levels=tuple(sorted({dose.level for dose in document.doses if dose.level is not None})),
    )
    return replace(candidate, revision=revision, rules=rules)
