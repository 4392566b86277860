"""Trials as a match of all of them needs them: what is known of each before it is explained, and no more.

A hundred thousand are held in memory, so a candidate names its criteria by their numbers among the distinct ones.
"""

import json
from array import array
from dataclasses import dataclass
from sys import intern
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic_core import from_json

from app.catalogue.answers import CurrentRecord
from app.eligibility.bulk.matcher import incompleteness
from app.eligibility.bulk.roots import Roots
from app.matching.order import OPEN_FIRST
from app.matching.shelf import RuleReader
from app.vocabulary.enumerations import Status, TrialSex

Json = dict[str, Any]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a match needs of a trial before it explains anything.

    `number`: the catalogue's own. `roots`: for each criterion its number among the distinct ones. `groups`: of a trial
    whose criteria tell arms or levels apart, for every one the places of the criteria it is asked; else empty.
    """

    number: int
    id: str
    revision: int
    title: str
    shown_status: Json
    openness: int
    min_years: int | None
    max_years: int | None
    sex: TrialSex | None
    conditions: tuple[str, ...]
    keys: tuple[str, ...]
    roots: "array[int]"
    incomplete: np.uint8
    groups: tuple[Places, ...]

    @property
    def head(self) -> Json:
        """The trial as a match answer names it."""
        return {"id": self.id, "title": self.title, "revision": self.revision, "status": self.shown_status}


class CandidateReader:
    """Candidates from stored records; what they have in common is there once. Used from one thread."""

    def __init__(self, roots: Roots) -> None:
        self._roots = roots
        self._statuses: dict[str, Json] = {}
        self._conditions: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._keys: dict[tuple[str, ...], tuple[str, ...]] = {}

    def candidate(self, source: CurrentRecord) -> Candidate:
        """A trial as it is now."""
        record = from_json(source.record)
        status = self._statuses.setdefault(source.status, json.loads(source.status))
        criteria = record["criteria"]
        keys = tuple([intern(criterion["key"]) for criterion in criteria])
        conditions = tuple(record["conditions"])
        return Candidate(
            number=source.number,
            id=source.id,
            revision=source.revision,
            title=source.title,
            shown_status=status,
            openness=OPEN_FIRST.index(Status(status["value"])),
            min_years=record["age"]["min_years"],
            max_years=record["age"]["max_years"],
            sex=TrialSex(record["sex"]) if record["sex"] is not None else None,
            conditions=self._conditions.setdefault(conditions, conditions),
            keys=self._keys.setdefault(keys, keys),
            roots=array("i", [self._roots.of_stored(criterion) for criterion in criteria]),
            incomplete=incompleteness(
                [criterion["expression"] is not None for criterion in criteria],
                stated=record["inclusions_stated"] and record["exclusions_stated"],
            ),
            groups=_groups(record),
        )


def _groups(record: Json) -> tuple[Places, ...]:
    scopes = [criterion["scope"] or {} for criterion in record["criteria"]]
    if not any(scope.get("arms") or scope.get("levels") for scope in scopes):
        return ()
    rules = RuleReader().rules(record["id"], record, stated=record)
    return tuple(
        np.array([place for place, rule in enumerate(rules.criteria) if group.takes(rule.scope)], dtype=np.intp)
        for group in rules.groups()
    )
