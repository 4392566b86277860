"""The trials of a catalogue by its own numbers, as they were last read: a row each, and once what many share."""

import json
from array import array
from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.catalogue.documents import Scope
from app.catalogue.matchable import MatchableTrial, columns_of
from app.eligibility.bulk.matcher import incompleteness, places_of_groups
from app.eligibility.bulk.planes import Index
from app.eligibility.bulk.roots import Roots
from app.eligibility.bulk.trials import Ragged
from app.eligibility.rules import CriterionRule, TrialRules
from app.vocabulary.enumerations import CriterionKind

T = TypeVar("T", bound=Hashable)
Texts = tuple[str, ...]

UNSTATED = -1
_ROW = np.dtype(
    [
        ("there", np.bool_),
        ("revision", np.int32),
        ("changed_at", np.int32),
        ("updated_at", np.int64),
        ("status", np.int32),
        ("youngest", np.int32),
        ("oldest", np.int32),
        ("sex", np.int32),
        ("conditions", np.int32),
        ("keys", np.int32),
        ("incomplete", np.uint8),
        ("first_root", np.int64),
        ("criteria", np.int32),
    ]
)
_AT_LEAST = 1_024


class Shared(Generic[T]):
    """Numbers values as they come; equal ones get one number."""

    def __init__(self) -> None:
        self.values: list[T] = []
        self._numbers: dict[T, int] = {}

    def number(self, value: T) -> int:
        """The number of a value."""
        number = self._numbers.setdefault(value, len(self.values))
        if number == len(self.values):
            self.values.append(value)
        return number


class TrialTable:
    """Trials, each put in place of what was there of it. `roots` numbers their criteria. Used from one thread.

    `groups`: of a trial whose criteria tell arms or levels apart, for every one the places of the criteria it is asked.
    """

    def __init__(self, roots: Roots) -> None:
        self.rows: NDArray[Any] = np.zeros(0, dtype=_ROW)
        self.ids: list[str] = []
        self.titles: list[str] = []
        self.statuses: Shared[tuple[str, str | None, str | None]] = Shared()
        self.sexes: Shared[str] = Shared()
        self.conditions: Shared[Texts] = Shared()
        self.keys: Shared[Texts] = Shared()
        self.groups: dict[int, tuple[Index, ...]] = {}
        self._roots = roots
        self._root_numbers = array("i")

    def __len__(self) -> int:
        return int(np.count_nonzero(self.rows["there"]))

    @property
    def outdated(self) -> bool:
        """Whether there is more of what trials were than of what they are."""
        return len(self._root_numbers) > 2 * int(self.rows["criteria"].sum()) + _AT_LEAST

    def put(self, trial: MatchableTrial) -> None:
        """Take up a trial as it is now."""
        self._put_head(trial)
        keys, kinds, anchors, expressions, stored_scopes = columns_of(trial.criteria, 5)
        scopes = [Scope.model_validate_json(scope) if scope else None for scope in stored_scopes]
        roots = [
            self._roots.of_stored(expression, kind, anchor, scope.conditions if scope else ())
            for expression, kind, anchor, scope in zip(expressions, kinds, anchors, scopes, strict=True)
        ]
        stated = bool(trial.inclusions_stated and trial.exclusions_stated)
        row = self.rows[trial.number]
        row["keys"] = self.keys.number(tuple(keys))
        row["incomplete"] = incompleteness(expressions, stated=stated)
        row["first_root"], row["criteria"] = len(self._root_numbers), len(roots)
        self._root_numbers.extend(roots)
        self.groups.pop(trial.number, None)
        if any(scopes):
            rules = [
                CriterionRule(key, CriterionKind(kind), scope=scope)
                for key, kind, scope in zip(keys, kinds, scopes, strict=True)
            ]
            self.groups[trial.number] = _groups(trial, rules)

    def put_again(self, trial: MatchableTrial) -> bool:
        """Take up the head of a trial whose criteria were saved, and are the same; else, say that it is another."""
        if trial.number >= len(self.rows) or self.ids[trial.number] != trial.id:
            return False
        was = self.rows[trial.number]
        if _version(trial) != (was["revision"], was["changed_at"], was["updated_at"]):
            return False
        self._put_head(trial)
        return True

    def _put_head(self, trial: MatchableTrial) -> None:
        self._make_room(trial.number)
        self.ids[trial.number], self.titles[trial.number] = trial.id, trial.title
        row = self.rows[trial.number]
        row["there"] = True
        row["revision"], row["changed_at"], row["updated_at"] = _version(trial)
        row["status"] = self.statuses.number((trial.status, trial.status_as_of, trial.status_stale_after))
        row["youngest"] = UNSTATED if trial.min_years is None else trial.min_years
        row["oldest"] = UNSTATED if trial.max_years is None else trial.max_years
        row["sex"] = UNSTATED if trial.sex is None else self.sexes.number(trial.sex)
        row["conditions"] = self.conditions.number(tuple(columns_of(trial.conditions, 1)[0]))

    def saved(self) -> dict[str, NDArray[Any]]:
        """The criteria of all trials, as arrays. No prose is among them, where something may have to be redacted."""
        texts = {
            "ids": self.ids,
            "keys": self.keys.values,
            "groups": {number: [places.tolist() for places in groups] for number, groups in self.groups.items()},
        }
        return {
            "rows": self.rows,
            "root_numbers": np.array(self._root_numbers),
            "texts": np.frombuffer(json.dumps(texts).encode(), dtype=np.uint8),
        }

    @classmethod
    def restored(cls, saved: Mapping[str, NDArray[Any]], roots: Roots) -> Self:
        """The same from what was saved: of no trial it is known yet whether it is still there."""
        table = cls(roots)
        texts = json.loads(saved["texts"].tobytes())
        table.rows = saved["rows"]
        table.rows["there"] = False
        table.ids, table.titles = texts["ids"], [""] * len(texts["ids"])
        for keys in texts["keys"]:
            table.keys.number(tuple(keys))
        table.groups = {
            int(number): tuple([np.array(places, dtype=np.intp) for places in groups])
            for number, groups in texts["groups"].items()
        }
        table._root_numbers = array("i", saved["root_numbers"].tobytes())
        return table

    def roots_of(self, numbers: Index) -> Ragged:
        """The roots of some trials' criteria, by their numbers."""
        rows = self.rows[numbers]
        starts = np.concatenate([[0], np.cumsum(rows["criteria"], dtype=np.intp)])
        places = np.repeat(rows["first_root"] - starts[:-1], rows["criteria"]) + np.arange(starts[-1])
        return Ragged(starts, np.array(self._root_numbers)[places].astype(np.intp))

    def _make_room(self, number: int) -> None:
        if number < len(self.rows):
            return
        more = max(number + 1 - len(self.rows), len(self.rows) // 4, _AT_LEAST)
        self.rows = np.concatenate([self.rows, np.zeros(more, dtype=_ROW)])
        self.ids += [""] * more
        self.titles += [""] * more


def _version(trial: MatchableTrial) -> tuple[int, int, int]:
    """What tells one state of a trial from every other."""
    return trial.revision, trial.changed_at, int(datetime.fromisoformat(trial.updated_at).timestamp())


def _groups(trial: MatchableTrial, rules: Sequence[CriterionRule]) -> tuple[Index, ...]:
    return places_of_groups(
        TrialRules(
            trial.id,
            tuple(rules),
            arms=tuple(columns_of(trial.arms, 1)[0]),
            levels=tuple(sorted({int(level) for level in columns_of(trial.levels, 1)[0] if level})),
        )
    )
