"""What a matcher compiles of each trial, as one row: the lists are lines of text, which the database puts together.

A statement that fetches every criterion as a row would keep the interpreter to itself twenty times as often.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, String, cast, func, literal, select, type_coerce

from app.catalogue.current import table_of
from app.catalogue.part_tables import Arm, Criterion, Dose, Part, TrialCondition
from app.catalogue.tables import Trial
from app.database import Database

_LINE, _FIELD = "\n", "\t"
"""What ends lines and fields: in JSON and in codes neither can stand."""


class MatchableTrial(NamedTuple):
    """A trial as it is now. `criteria`, `conditions`, `arms` and `levels` are read by `lines_of`; None is none.

    Of a criterion: key, kind, anchor, expression and scope; the last two are JSON, empty where there is none. Of a
    condition its code, of an arm its key, and of a dose its level, empty where there is none. `changed_at`: the
    catalogue's revision that changed it last.
    """

    number: int
    id: str
    revision: int
    changed_at: int
    updated_at: str
    title: str
    status: str
    status_as_of: str | None
    status_stale_after: str | None
    min_years: int | None
    max_years: int | None
    sex: str | None
    inclusions_stated: bool | int
    exclusions_stated: bool | int
    conditions: str | None
    arms: str | None
    levels: str | None
    criteria: str | None = None


def matchable_trials(database: Database, *, with_criteria: bool) -> Select[Any]:
    """The statement that selects what a `MatchableTrial` is made of."""
    lines = _Lines(database)
    trial = table_of(Trial).c
    criterion = table_of(Criterion).c
    heads = select(
        trial.number,
        trial.id,
        trial.revision,
        trial.catalogue_revision,
        trial.updated_at,
        trial.title,
        trial.status,
        trial.status_as_of,
        trial.status_stale_after,
        trial.min_age,
        trial.max_age,
        trial.sex,
        trial.inclusions_stated,
        trial.exclusions_stated,
        lines.of(TrialCondition, table_of(TrialCondition).c.code),
        lines.of(Arm, table_of(Arm).c.key),
        lines.of(Dose, func.coalesce(cast(table_of(Dose).c.level, String), "")),
    )
    if not with_criteria:
        return heads
    return heads.add_columns(
        lines.of(
            Criterion,
            criterion.key,
            criterion.kind,
            criterion.anchor,
            func.coalesce(cast(criterion.expression, String), ""),
            func.coalesce(cast(criterion.scope, String), ""),
        ),
    )


def lines_of(text: str | None) -> list[list[str]]:
    """The fields of each line, in the order of the list. Databases put lines together in whatever order they like."""
    if text is None:
        return []
    lines = [line.split(_FIELD) for line in text.split(_LINE)]
    lines.sort(key=_position)
    return [fields[1:] for fields in lines]


def _position(line: Sequence[str]) -> int:
    return int(line[0])


class _Lines:
    """Puts lines together with the function that a database has for it."""

    def __init__(self, database: Database) -> None:
        self._joined = func.group_concat if database.is_sqlite else func.string_agg

    def of(self, part: type[Part], *fields: ColumnElement[Any]) -> ColumnElement[str]:
        """The rows of one of a trial's lists: of each its position and some fields."""
        table = table_of(part).c
        line: ColumnElement[str] = cast(table.position, String)
        for field in fields:
            line = line + literal(_FIELD, String) + type_coerce(field, String)
        lines = select(self._joined(line, literal(_LINE, String)))
        return lines.where(table.trial_number == table_of(Trial).c.number).scalar_subquery()
