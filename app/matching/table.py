"""The trials of a catalogue by its own numbers, as they were last read: a row each, and once what many share."""

from array import array
from collections.abc import Hashable, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.catalogue.documents import Scope
from app.catalogue.matchable import MatchableTrial, lines_of
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
        self._make_room(trial.number)
        criteria = lines_of(trial.criteria)
        scopes = [Scope.model_validate_json(scope) if scope else None for *_, scope in criteria]
        roots = [
            self._roots.of_stored(expression, kind, anchor, scope.conditions if scope else ())
            for (_, kind, anchor, expression, _), scope in zip(criteria, scopes, strict=True)
        ]
        self.ids[trial.number], self.titles[trial.number] = trial.id, trial.title
        self.rows[trial.number] = (
            True,
            trial.revision,
            self.statuses.number((trial.status, trial.status_as_of, trial.status_stale_after)),
            UNSTATED if trial.min_years is None else trial.min_years,
            UNSTATED if trial.max_years is None else trial.max_years,
            UNSTATED if trial.sex is None else self.sexes.number(trial.sex),
            self.conditions.number(tuple([code for [code] in lines_of(trial.conditions)])),
            self.keys.number(tuple([key for key, *_ in criteria])),
            incompleteness(
                [bool(expression) for _, _, _, expression, _ in criteria],
                stated=bool(trial.inclusions_stated and trial.exclusions_stated),
            ),
            len(self._root_numbers),
            len(roots),
        )
        self._root_numbers.extend(roots)
        self.groups.pop(trial.number, None)
        if any(scopes):
            rules = [
                CriterionRule(key, CriterionKind(kind), scope=scope)
                for (key, kind, *_), scope in zip(criteria, scopes, strict=True)
            ]
            self.groups[trial.number] = _groups(trial, rules)

    def roots_of(self, numbers: Index) -> Ragged:
        """The roots of some trials' criteria, by their numbers."""
        rows = self.rows[numbers]
        starts = np.concatenate([[0], np.cumsum(rows["criteria"], dtype=np.intp)])
        places = np.repeat(rows["first_root"] - starts[:-1], rows["criteria"]) + np.arange(starts[-1])
        return Ragged(starts, np.array(self._root_numbers, dtype=np.intp)[places])

    def _make_room(self, number: int) -> None:
        if number < len(self.rows):
            return
        more = max(number + 1 - len(self.rows), len(self.rows) // 4, _AT_LEAST)
        self.rows = np.concatenate([self.rows, np.zeros(more, dtype=_ROW)])
        self.ids += [""] * more
        self.titles += [""] * more


def _groups(trial: MatchableTrial, rules: Sequence[CriterionRule]) -> tuple[Index, ...]:
    return places_of_groups(
        TrialRules(
            trial.id,
            tuple(rules),
            arms=tuple([arm for [arm] in lines_of(trial.arms)]),
            levels=tuple(sorted({int(level) for [level] in lines_of(trial.levels) if level})),
        )
    )
