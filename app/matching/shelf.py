"""Trials as they are explained: their rules and the words of their criteria, read from stored revisions."""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from app.catalogue.documents import Scope
from app.catalogue.queries import Catalogue
from app.eligibility.criteria import Expression
from app.eligibility.rules import CriterionRule, TrialRules
from app.vocabulary.enumerations import CriterionKind, Milestone

Json = dict[str, Any]

_EXPRESSION: TypeAdapter[Expression] = TypeAdapter(Expression)
_WORDS = ("key", "kind", "statement", "locator")
_MOST_KEPT = 500


@dataclass(frozen=True, slots=True)
class Explainable:
    """One revision of a trial. `words`: what a match answer says of each criterion before anybody is matched."""

    revision: int
    rules: TrialRules
    words: Mapping[str, Json]


class RuleReader:
    """Reads the rules of stored trials. A criterion that several of them share is one object, made ready once."""

    def __init__(self) -> None:
        self._rules: dict[bytes, CriterionRule] = {}

    def rules(self, trial: str, stored: Json, *, stated: Json) -> TrialRules:
        """Of a record or document. `stated`: what says whether its inclusions and exclusions are stated."""
        return TrialRules(
            trial,
            tuple([self._rule(criterion) for criterion in stored["criteria"]]),
            inclusions_stated=stated["inclusions_stated"],
            exclusions_stated=stated["exclusions_stated"],
            conditions=tuple(stored["conditions"]),
            arms=tuple([arm["key"] for arm in stored["arms"]]),
            levels=tuple(sorted({dose["level"] for dose in stored["doses"] if dose["level"] is not None})),
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
                None if expression is None else _EXPRESSION.validate_json(to_json(expression)),
                None if scope is None else Scope.model_validate(scope),
            )
        return rule


class Shelf:
    """Hands out trials at revisions, which never change, and keeps those last used. Used from several threads."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lock = Lock()
        self._clear()

    def get(self, trial: str, revision: int) -> Explainable:
        """A trial at a revision. Raises `RevisionNotFound`, `TrialNotFound` and `DatabaseUnavailable`."""
        found = self._kept.get((trial, revision))
        if found is None:
            document = from_json(self._catalogue.document_at(trial, revision))
            with self._lock:
                if len(self._kept) >= _MOST_KEPT:
                    self._clear()
                found = self._kept[trial, revision] = self._read(trial, revision, document)
        return found

    def _clear(self) -> None:
        """All at once, which is seldom, and asks not what is shared with what."""
        self._kept: dict[tuple[str, int], Explainable] = {}
        self._reader = RuleReader()

    def _read(self, trial: str, revision: int, document: Json) -> Explainable:
        rules = self._reader.rules(trial, document, stated=document["criteria_summary"])
        words = {criterion["key"]: {name: criterion[name] for name in _WORDS} for criterion in document["criteria"]}
        return Explainable(revision, rules, words)
