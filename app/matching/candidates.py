"""Trials as a match needs them, read from their stored records.

Trials say the same things again and again. A criterion that several share is one object, found by its JSON text, so
that it is validated, compiled and kept once.
"""

import json
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from app.catalogue.answers import CurrentRecord
from app.catalogue.documents import Scope
from app.eligibility.criteria import Expression
from app.eligibility.rules import CriterionRule, TrialRules
from app.vocabulary.enumerations import CriterionKind, Milestone, Status, TrialSex

Json = dict[str, Any]

_EXPRESSION: TypeAdapter[Expression] = TypeAdapter(Expression)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a match needs of a trial before it explains anything."""

    id: str
    revision: int
    title: str
    shown_status: Json
    status: Status
    min_years: int | None
    max_years: int | None
    sex: TrialSex | None
    rules: TrialRules

    @property
    def head(self) -> Json:
        """The trial as a match answer names it."""
        return {"id": self.id, "title": self.title, "revision": self.revision, "status": self.shown_status}


class CandidateReader:
    """Candidates from stored records, sharing whatever they have in common. Used from one thread."""

    def __init__(self) -> None:
        self._expressions: dict[bytes, Expression] = {}
        self._rules: dict[bytes, CriterionRule] = {}
        self._statuses: dict[str, Json] = {}

    def candidate(self, source: CurrentRecord) -> Candidate:
        """A trial as it is now."""
        record = from_json(source.record)
        shown_status = self._statuses.setdefault(source.status, json.loads(source.status))
        return Candidate(
            id=source.id,
            revision=source.revision,
            title=source.title,
            shown_status=shown_status,
            status=Status(shown_status["value"]),
            min_years=record["age"]["min_years"],
            max_years=record["age"]["max_years"],
            sex=TrialSex(record["sex"]) if record["sex"] is not None else None,
            rules=self.rules(source.id, record, record),
        )

    def rules(self, trial: str, record: Json, stated: Json) -> TrialRules:
        """The rules of a trial; `stated` tells whether the source states inclusions and exclusions at all."""
        return TrialRules(
            trial,
            tuple([self._rule(criterion) for criterion in record["criteria"]]),
            inclusions_stated=stated.get("inclusions_stated", True),
            exclusions_stated=stated["exclusions_stated"],
            conditions=tuple(record["conditions"]),
            arms=tuple([arm["key"] for arm in record["arms"]]),
            levels=tuple(sorted({dose["level"] for dose in record["doses"] if dose["level"] is not None})),
        )

    def _rule(self, criterion: Json) -> CriterionRule:
        parts = [criterion[name] for name in ("key", "kind", "anchor", "expression", "scope")]
        text = to_json(parts)
        rule = self._rules.get(text)
        if rule is None:
            key, kind, anchor, expression, scope = parts
            rule = self._rules[text] = CriterionRule(
                key,
                CriterionKind(kind),
                Milestone(anchor),
                None if expression is None else self._expression(to_json(expression)),
                None if scope is None else Scope.model_validate(scope),
            )
        return rule

    def _expression(self, text: bytes) -> Expression:
        known = self._expressions.get(text)
        if known is None:
            known = self._expressions[text] = _EXPRESSION.validate_json(text)
        return known
