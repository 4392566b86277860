"""The writing of trials: a revision is appended, never changed, and what holds the current one follows it.

Writing goes on in a session of `Database.writing()`: one transaction, under the lock that lets one writer in at a time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from pydantic import ValidationError
from sqlalchemy import and_, func, insert, select
from sqlmodel import Session, col

from app.catalogue.current import Current, table_of, write_current
from app.catalogue.documents import TrialRecord
from app.catalogue.indexing import note_index
from app.catalogue.redaction import redacted_digests, without_redacted
from app.catalogue.render import RENDERER_VERSION, instant, render
from app.catalogue.tables import Revision, Trial
from app.vocabulary.terms import Vocabulary

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a record: the trial's current revision, and whether it is a new one."""

    id: str
    changed: bool
    revision: int


class _Known(NamedTuple):
    """What the catalogue holds of a trial."""

    number: int
    revision: int
    record: str


def store_revision(session: Session, record: TrialRecord, vocabulary: Vocabulary, now: datetime) -> Stored:
    """Make `record` the trial's current revision, unless that says the same already."""
    return store_many(session, [record], vocabulary, now)[0]


def store_many(session: Session, records: Iterable[TrialRecord], vocabulary: Vocabulary, now: datetime) -> list[Stored]:
    """The same for many trials, each given once. The catalogue's revision rises by one if anything changes."""
    digests = redacted_digests(session)
    remaining = (without_redacted(record, digests) for record in records)
    stored: list[Stored] = []
    while batch := list(islice(remaining, _BATCH)):
        known = _known(session, batch)
        changed = [record for record in batch if not _says_the_same(known.get(record.id), record)]
        if changed:
            _append(session, changed, known, vocabulary, instant(now))
        changed_ids = {record.id for record in changed}
        stored += [
            Stored(record.id, record.id in changed_ids, _revision(known, record) + (record.id in changed_ids))
            for record in batch
        ]
    return stored


def _append(
    session: Session, records: Sequence[TrialRecord], known: dict[str, _Known], vocabulary: Vocabulary, now: str
) -> None:
    """A new revision of each."""
    next_number = session.execute(select(func.coalesce(func.max(Trial.number), -1))).scalar_one() + 1
    if next_number == 0:
        note_index(session, vocabulary)  # all that is indexed will have been with this one
    trials: list[Current] = []
    for record in records:
        is_new = record.id not in known
        revision = _revision(known, record) + 1
        rendered = render(record, revision=revision, recorded_at=now)
        number = next_number if is_new else known[record.id].number
        next_number += is_new
        trials.append(Current(number, revision, now, record, rendered, is_new))
    write_current(session, trials, vocabulary)
    session.execute(
        insert(table_of(Revision)),
        [
            {
                "trial_number": trial.number,
                "number": trial.revision,
                "true_as_of": trial.record.true_as_of,
                "recorded_at": now,
                "rendered_by": RENDERER_VERSION,
                "record": trial.record.model_dump_json(),
                "document": trial.rendered.document,
            }
            for trial in trials
        ],
    )


def _known(session: Session, records: Sequence[TrialRecord]) -> dict[str, _Known]:
    rows = session.execute(
        select(col(Trial.id), col(Trial.number), col(Trial.revision), col(Revision.record))
        .join(Revision, and_(col(Revision.trial_number) == Trial.number, col(Revision.number) == Trial.revision))
        .where(col(Trial.id).in_([record.id for record in records]))
    )
    return {trial_id: _Known(number, revision, record) for trial_id, number, revision, record in rows}


def _revision(known: dict[str, _Known], record: TrialRecord) -> int:
    return known[record.id].revision if record.id in known else 0


def _says_the_same(known: _Known | None, record: TrialRecord) -> bool:
    """Whether a stored record says what a new one does, even if it was written when records had fewer fields."""
    if known is None:
        return False
    if known.record == record.model_dump_json():
        return True
    try:
        return TrialRecord.model_validate_json(known.record) == record
    except ValidationError:
        return False
