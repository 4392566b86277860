"""Contacts are personal data: one can be taken out of every revision, and does not come back.

What was redacted is remembered as SHA-256 digests of the e-mail, phone number or name that was named, so that the next
seed or import leaves the contact out. Notes that point at a contact go with it; those behind it are renumbered.
"""

import hashlib
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from app.catalogue.documents import Contact, TrialRecord
from app.catalogue.tables import Redaction


def digest(detail: str) -> str:
    """A contact's detail as it is remembered: case, blanks and the punctuation of phone numbers do not count."""
    plain = "".join(letter for letter in detail.casefold() if letter.isalnum() or letter in "@.")
    return hashlib.sha256(plain.encode()).hexdigest()


def redacted_digests(session: Session) -> frozenset[str]:
    return frozenset(session.execute(select(col(Redaction.digest))).scalars())


def is_redacted(contact: Contact, digests: Collection[str]) -> bool:
    details = (contact.name, contact.phone, contact.email)
    return any(digest(detail) in digests for detail in details if detail)


def without_redacted(record: TrialRecord, digests: Collection[str]) -> TrialRecord:
    """The record without the contacts that were redacted."""
    if not digests or not any(is_redacted(contact, digests) for contact in record.contacts):
        return record
    gone = [place for place, contact in enumerate(record.contacts) if is_redacted(contact, digests)]
    facts = record.model_dump()
    facts["contacts"] = [contact for place, contact in enumerate(facts["contacts"]) if place not in gone]
    facts["curation_notes"] = list(_notes_moved(facts["curation_notes"], gone))
    return TrialRecord.model_validate(facts)


def _notes_moved(notes: Iterable[dict[str, Any]], gone: list[int]) -> Iterable[dict[str, Any]]:
    """The notes without those on contacts that are gone; those on the contacts behind point to their new places."""
    for note in notes:
        match note["field"].split("/"):
            case ["", "contacts", place, *rest] if place.isdigit():
                if int(place) in gone:
                    continue
                moved = int(place) - sum(before < int(place) for before in gone)
                yield note | {"field": "/".join(["", "contacts", str(moved), *rest])}
            case _:
                yield note
