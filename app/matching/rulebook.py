"""The rules of trials, read from their stored records once for each revision of the catalogue."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from app.catalogue.answers import CurrentRecord
from app.catalogue.documents import TrialRecord
from app.catalogue.queries import Catalogue
from app.eligibility.rules import CriterionRule, TrialRules
from app.matching.answer import TrialHead
from app.vocabulary.enumerations import Status, TrialSex


@dataclass(frozen=True, slots=True)
class Candidate:
    """A trial as a match needs it: its rules made ready, its own words, and what the funnel asks of it."""

    id: str
    revision: int
    rules: TrialRules
    head: TrialHead
    status: Status
    min_years: int | None
    max_years: int | None
    sex: TrialSex | None


class RuleBook:
    """Candidates by trial, as of one revision of the catalogue; a newer one empties the book."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._revision = -1
        self._known: dict[str, Candidate] = {}

    async def candidates(self, ids: Sequence[str], catalogue_revision: int) -> list[Candidate]:
        """The candidates of some trials, in the order of their slugs as given; trials gone meanwhile are left out."""
        if catalogue_revision != self._revision:
            self._known, self._revision = {}, catalogue_revision
        known = self._known
        if absent := [slug for slug in ids if slug not in known]:
            for source in await self._catalogue.criteria_source(absent):
                known[source.id] = _candidate(source)
        return [known[slug] for slug in ids if slug in known]


def _candidate(source: CurrentRecord) -> Candidate:
    record = TrialRecord.model_validate_json(source.record)
    rules = TrialRules(
        record.id,
        tuple(
            CriterionRule(criterion.key, criterion.kind, criterion.anchor, criterion.expression, criterion.scope)
            for criterion in record.criteria
        ),
        inclusions_stated=record.inclusions_stated,
        exclusions_stated=record.exclusions_stated,
        conditions=record.conditions,
        arms=tuple(arm.key for arm in record.arms),
        levels=tuple(sorted({dose.level for dose in record.doses if dose.level is not None})),
    )
    head = TrialHead(
        {"id": record.id, "title": record.title, "revision": source.revision, "status": json.loads(source.status)},
        {
            criterion.key: {
                "key": criterion.key,
                "kind": criterion.kind,
                "statement": criterion.statement,
                "locator": criterion.locator,
            }
            for criterion in record.criteria
        },
    )
    limits = record.age
    return Candidate(
        record.id, source.revision, rules, head, record.status.value, limits.min_years, limits.max_years, record.sex
    )
