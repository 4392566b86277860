"""What a matcher compiles of each trial, as one row: the lists are texts, which the database puts together.

A statement that fetches every criterion as a row would keep the interpreter to itself twenty times as often.
"""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, String, cast, func, literal, select, type_coerce

from app.catalogue.current import table_of
from app.catalogue.part_tables import Arm, Criterion, Dose, Part, TrialCondition
from app.catalogue.tables import Trial
from app.database import Database

_END = "\t"
"""What ends every field: in JSON and in codes it cannot stand."""


class MatchableTrial(NamedTuple):
    """A trial as it is now. `criteria`, `conditions`, `arms` and `levels` are read by `columns_of`; None is none.

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
    lists = _Lists(database)
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
        lists.of(TrialCondition, table_of(TrialCondition).c.code),
        lists.of(Arm, table_of(Arm).c.key),
        lists.of(Dose, func.coalesce(cast(table_of(Dose).c.level, String), "")),
    )
    if not with_criteria:
        return heads
    return heads.add_columns(
        lists.of(
            Criterion,
            criterion.key,
            criterion.kind,
            criterion.anchor,
            func.coalesce(cast(criterion.expression, String), ""),
            func.coalesce(cast(criterion.scope, String), ""),
        ),
    )


def columns_of(text: str | None, fields: int) -> list[list[str]]:
    """One of a trial's lists: for each of its fields the values of all its parts, in their order."""
    if text is None:
        return [[] for _ in range(fields)]
    values = text.split(_END)
    positions = [int(position) for position in values[:: fields + 1]]
    columns = [values[field :: fields + 1] for field in range(1, fields + 1)]
    order = sorted(range(len(positions)), key=positions.__getitem__)
    if order == list(range(len(order))):
        return columns
    return [[column[place] for place in order] for column in columns]  # a database puts them together as it likes


class _Lists:
    """Puts lists together with the function that a database has for it."""

    def __init__(self, database: Database) -> None:
        self._joined = func.group_concat if database.is_sqlite else func.string_agg

    def of(self, part: type[Part], *fields: ColumnElement[Any]) -> ColumnElement[str]:
        """The rows of one of a trial's lists: of each its position and some fields."""
        table = table_of(part).c
        row: ColumnElement[str] = cast(table.position, String)
        for field in fields:
            row = row + literal(_END, String) + type_coerce(field, String)
        joined = select(self._joined(row, literal(_END, String)))
        return joined.where(table.trial_number == table_of(Trial).c.number).scalar_subquery()
