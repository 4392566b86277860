"""The writing of what holds the current revision only: the trial's row, its lists and the search index."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlmodel import Session, SQLModel, col

from app.catalogue.documents import TrialRecord
from app.catalogue.indexing import put_search_rows
from app.catalogue.part_tables import PARTS
from app.catalogue.render import Rendered
from app.catalogue.rows import Row, part_rows, trial_row
from app.catalogue.tables import CatalogueState, Trial
from app.vocabulary.terms import Vocabulary


@dataclass(frozen=True, slots=True)
class Current:
    """A trial as its latest revision has it."""

    number: int
    revision: int
    updated_at: str
    record: TrialRecord
    rendered: Rendered
    is_new: bool = False


def write_current(session: Session, trials: Sequence[Current], vocabulary: Vocabulary) -> None:
    """Write some trials, each in place of what was there of it. The catalogue's revision rises with it."""
    catalogue_revision = raise_catalogue_revision(session)
    trial_rows: dict[bool, list[Row]] = {True: [], False: []}
    lists: dict[Any, list[Row]] = {table: [] for table in PARTS}
    for trial in trials:
        row = trial_row(trial.record) | {
            "number": trial.number,
            "revision": trial.revision,
            "updated_at": trial.updated_at,
            "catalogue_revision": catalogue_revision,
            "card": trial.rendered.card,
        }
        trial_rows[trial.is_new].append(row)
        for table, rows in part_rows(trial.rendered.facts, trial.number):
            lists[table] += rows
    if trial_rows[True]:
        session.execute(insert(table_of(Trial)), trial_rows[True])
    if trial_rows[False]:
        _replace(session, trial_rows[False])
    for table, rows in lists.items():
        if rows:
            session.execute(insert(table_of(table)), rows)
    put_search_rows(session, [(trial.number, trial.record) for trial in trials], vocabulary)


def raise_catalogue_revision(session: Session) -> int:
    """The catalogue's revision that this transaction makes: one above that before it, however often it is asked for."""
    transaction = session.get_transaction() or session.begin()
    known, revision = session.info.get("catalogue_revision", (None, 0))
    if known is not transaction:
        revision = session.execute(select(col(CatalogueState.revision)).with_for_update()).scalar_one() + 1
        session.info["catalogue_revision"] = (transaction, revision)
    session.execute(update(CatalogueState).values(revision=revision))
    return int(revision)


def table_of(model: type[SQLModel]) -> Table:
    """The table of a model, for statements that go past the ORM."""
    table: Table = model.__table__  # type: ignore[attr-defined] # every table model has one
    return table


def _replace(session: Session, rows: list[Row]) -> None:
    """Bring the rows of trials up to date, and clear their lists. Lists that name others go first."""
    numbers = [row["number"] for row in rows]
    for model in reversed(PARTS):
        session.execute(delete(table_of(model)).where(col(model.trial_number).in_(numbers)))
    trial = table_of(Trial)
    changes = {name: bindparam(f"new_{name}", type_=trial.c[name].type) for name in rows[0]}
    session.execute(
        update(trial).where(trial.c.number == bindparam("new_number")).values(changes),
        [{f"new_{name}": value for name, value in row.items()} for row in rows],
    )
