"""Bringing what was derived from the records up to date with the code and the vocabulary, at start."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, select, update
from sqlmodel import Session, col

from app.catalogue.current import Current, raise_catalogue_revision, table_of, write_current
from app.catalogue.documents import TrialRecord
from app.catalogue.indexing import note_index, put_search_rows
from app.catalogue.render import RENDERER_VERSION, render
from app.catalogue.tables import Revision, Trial
from app.database import Database
from app.vocabulary.terms import Vocabulary

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Refreshed:
    """How many revisions were rendered again, and how many trials indexed again."""

    rendered: int
    indexed: int


def refresh(database: Database, vocabulary: Vocabulary) -> Refreshed:
    """Render what an older renderer made; index anew if what is indexed, or a name in the vocabulary, has changed.

    Goes on in batches, so that writers need not wait for all of it; whoever comes second finds nothing left to do.
    """
    rendered = 0
    while True:
        with database.writing() as session:
            batch = _rendered_by_others(session)
            rerender(session, batch, vocabulary)
        if not batch:
            break
        rendered += len(batch)
    with database.writing() as session:
        return Refreshed(rendered, _index_anew(session, vocabulary))


@dataclass(frozen=True, slots=True)
class StoredRevision:
    """A revision as it lies in the database, and whether it is its trial's current one."""

    trial_number: int
    number: int
    recorded_at: str
    record: str
    is_current: bool


def stored_revisions() -> Any:
    """The statement that selects what a `StoredRevision` is made of."""
    return (
        select(
            col(Revision.trial_number),
            col(Revision.number),
            col(Revision.recorded_at),
            col(Revision.record),
            (col(Revision.number) == Trial.revision).label("is_current"),
        )
        .join(Trial, col(Trial.number) == Revision.trial_number)
        .order_by(col(Revision.trial_number), col(Revision.number))
    )


def rerender(session: Session, revisions: Iterable[StoredRevision], vocabulary: Vocabulary) -> None:
    """Render revisions from their records; what holds the current revision follows."""
    documents: list[dict[str, Any]] = []
    current: list[Current] = []
    for stored in revisions:
        record = TrialRecord.model_validate_json(stored.record)
        rendered = render(record, revision=stored.number, recorded_at=stored.recorded_at)
        documents.append({"of": stored.trial_number, "at": stored.number, "text": rendered.document})
        if stored.is_current:
            current.append(Current(stored.trial_number, stored.number, stored.recorded_at, record, rendered))
    if documents:
        revision = table_of(Revision)
        session.execute(
            update(revision)
            .where(and_(revision.c.trial_number == bindparam("of"), revision.c.number == bindparam("at")))
            .values(document=bindparam("text"), rendered_by=RENDERER_VERSION),
            documents,
        )
        raise_catalogue_revision(session)
    if current:
        write_current(session, current, vocabulary)


def _rendered_by_others(session: Session) -> Sequence[StoredRevision]:
    rows = session.execute(stored_revisions().where(col(Revision.rendered_by) != RENDERER_VERSION).limit(_BATCH))
    return [StoredRevision(*row) for row in rows]


def _index_anew(session: Session, vocabulary: Vocabulary) -> int:
    if not note_index(session, vocabulary):
        return 0
    indexed, last = 0, -1
    while rows := session.execute(_current_records().where(col(Trial.number) > last).limit(_BATCH)).all():
        put_search_rows(
            session, [(number, TrialRecord.model_validate_json(record)) for number, record in rows], vocabulary
        )
        indexed, last = indexed + len(rows), rows[-1][0]
    if indexed:
        raise_catalogue_revision(session)
    return indexed


def _current_records() -> Any:
    return (
        select(col(Trial.number), col(Revision.record))
        .join(Revision, and_(col(Revision.trial_number) == Trial.number, col(Revision.number) == Trial.revision))
        .order_by(col(Trial.number))
    )
