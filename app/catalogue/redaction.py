"""Contacts are personal data: one can be taken out of every revision, and does not come back.

What was redacted is remembered as the SHA-256 digest of the e-mail, phone number or name that was given, so that the
next seed or import leaves the contact out. Notes that point at a contact go with it; those behind it are renumbered.
"""

import hashlib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, select, tuple_, update
from sqlmodel import Session, col

from app.catalogue.current import table_of
from app.catalogue.documents import Contact, TrialRecord
from app.catalogue.indexing import compact_index
from app.catalogue.refreshing import StoredRevision, rerender, stored_revisions
from app.catalogue.render import instant
from app.catalogue.tables import CatalogueState, Redaction, Revision
from app.vocabulary.terms import Vocabulary

REDACTED = "[redacted]"
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Redacted:
    """What a redaction took out: from which trials, by slug, and from how many of their revisions."""

    trials: tuple[str, ...]
    revisions: int


def redact(session: Session, detail: str, vocabulary: Vocabulary, now: datetime) -> Redacted:
    """Take the contacts with this e-mail, phone number or name out of every revision, document, list and index.

    Prose that repeats it, or the name or e-mail of such a contact, says `[redacted]` instead. ValueError for a detail
    without letters or digits.
    """
    digests = {digest(detail)}
    if session.get(Redaction, digest(detail)) is None:
        session.add(Redaction(digest=digest(detail), redacted_at=instant(now)))
        session.flush()
    said = _mentions({detail} | _also_known_as(session, digests))
    trials: dict[str, None] = {}
    revisions = 0
    for batch in _all_revisions(session):
        changed: list[StoredRevision] = []
        for stored in batch:
            record = TrialRecord.model_validate_json(stored.record)
            clean = _without_mentions(without_redacted(record, digests), said)
            if clean != record:
                changed.append(replace(stored, record=clean.model_dump_json()))
                trials[record.id] = None
        if changed:
            _rewrite(session, changed)
            rerender(session, changed, vocabulary)
        revisions += len(changed)
    compact_index(session)
    return Redacted(tuple(trials), revisions)


def digest(detail: str) -> str:
    """A contact's detail as it is remembered: case, blanks, and the punctuation of phone numbers do not count."""
    plain = "".join(letter for letter in detail.casefold() if letter.isalnum() or letter == "@")
    if not plain:
        raise ValueError("an e-mail, a phone number or a name has letters or digits")
    return hashlib.sha256(plain.encode()).hexdigest()


def redacted_digests(session: Session) -> frozenset[str]:
    """Every detail that was redacted."""
    return frozenset(session.execute(select(col(Redaction.digest))).scalars())


def without_redacted(record: TrialRecord, digests: Collection[str]) -> TrialRecord:
    """The record without the contacts that have such a detail."""
    gone = [place for place, contact in enumerate(record.contacts) if digests and _has_one_of(digests, contact)]
    if not gone:
        return record
    facts = record.model_dump(mode="json")
    facts["contacts"] = [contact for place, contact in enumerate(facts["contacts"]) if place not in gone]
    facts["curation_notes"] = list(_notes_moved(facts["curation_notes"], gone))
    return TrialRecord.model_validate(facts)


def _has_one_of(digests: Collection[str], contact: Contact) -> bool:
    details = (contact.name, contact.phone, contact.email)
    return any(digest(detail) in digests for detail in details if detail and any(map(str.isalnum, detail)))


def _notes_moved(notes: list[dict[str, Any]], gone: list[int]) -> Iterator[dict[str, Any]]:
    """The notes without those on contacts that are gone; those on the contacts behind point to their new places."""
    for note in notes:
        match note["field"].split("/"):
            case ["", "contacts", place, *rest] if place.isdigit():
                if int(place) not in gone:
                    moved = int(place) - sum(before < int(place) for before in gone)
                    yield note | {"field": "/".join(["", "contacts", str(moved), *rest])}
            case _:
                yield note


def _also_known_as(session: Session, digests: Collection[str]) -> set[str]:
    """The names and e-mails of the contacts with such a detail."""
    return {
        known
        for batch in _all_revisions(session)
        for stored in batch
        for contact in TrialRecord.model_validate_json(stored.record).contacts
        if _has_one_of(digests, contact)
        for known in (contact.name, contact.email)
        if known
    }


def _mentions(details: set[str]) -> re.Pattern[str] | None:
    """What to look for in prose. A single word could be anything: only names of several, e-mails and numbers count."""
    telling = sorted((detail for detail in details if not detail.isalpha()), key=len, reverse=True)
    if not telling:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, telling))})(?!\w)", re.IGNORECASE)


def _without_mentions(record: TrialRecord, said: re.Pattern[str] | None) -> TrialRecord:
    if said is None or not said.search(record.model_dump_json()):
        return record

    def clean(value: Any) -> Any:
        match value:
            case str():
                return said.sub(REDACTED, value)
            case list():
                return [clean(part) for part in value]
            case dict():
                return {key: clean(part) for key, part in value.items()}
        return value

    return TrialRecord.model_validate(clean(record.model_dump(mode="json")))


def _all_revisions(session: Session) -> Iterator[list[StoredRevision]]:
    last = (-1, 0)
    key = tuple_(col(Revision.trial_number), col(Revision.number))
    while rows := session.execute(stored_revisions().where(key > last).limit(_BATCH)).all():
        yield [StoredRevision(*row) for row in rows]
        last = (rows[-1][0], rows[-1][1])


def _rewrite(session: Session, revisions: list[StoredRevision]) -> None:
    """Change records, which nothing else may."""
    revision = table_of(Revision)
    session.execute(update(CatalogueState).values(redacting=True))
    session.execute(
        update(revision)
        .where(and_(revision.c.trial_number == bindparam("of"), revision.c.number == bindparam("at")))
        .values(record=bindparam("text")),
        [{"of": stored.trial_number, "at": stored.number, "text": stored.record} for stored in revisions],
    )
    session.execute(update(CatalogueState).values(redacting=False))
