"""Redaction: a contact goes out of everything, and stays out."""

import json

import pytest
from sqlalchemy import text

from app.catalogue.documents import TrialRecord
from app.catalogue.redaction import Redacted, digest, redact, without_redacted
from app.catalogue.revisions import store_revision
from tests.factories import a_trial

PERSON = {"name": "Dr. Ana Planted", "phone": "+86 571 8767-0000", "email": "Planted@Example.org"}
OTHER = {"name": "Other Person", "phone": "+86 571 1111 0000", "email": "other@example.org"}
PLANTED = ("planted", "87670000", "8767-0000")


def with_contacts(*contacts, **changes):
    return a_trial(id="one", contacts=list(contacts), **changes)


@pytest.fixture
def stored(database, vocabulary, now):
    """A trial with the person in two revisions, and one without."""
    return filled(database, vocabulary, now)


def filled(database, vocabulary, now):
    with database.writing() as session:
        store_revision(session, with_contacts(PERSON, title="Before"), vocabulary, now)
        store_revision(session, with_contacts(OTHER, PERSON, title="After"), vocabulary, now)
        store_revision(session, a_trial(id="untouched", contacts=[OTHER]), vocabulary, now)
    return database


def everything(database):
    """All text of the whole database."""
    with database.session() as session:
        tables = ["revision", "trial", "contact", "curation_note", "trial_search"]
        rows = [session.execute(text(f"SELECT * FROM {table}")).all() for table in tables]  # noqa: S608 # our own names
    return str(rows)


def take_out(database, vocabulary, now, detail):
    with database.writing() as session:
        return redact(session, detail, vocabulary, now)


@pytest.mark.parametrize("detail", ["dr. ana  planted", "+86 571 87670000", "planted@example.org", *PERSON.values()])
def test_a_contact_is_taken_out_by_any_of_its_details(sqlite_database, vocabulary, now, detail):
    filled(sqlite_database, vocabulary, now)
    assert take_out(sqlite_database, vocabulary, now, detail) == Redacted(("one",), revisions=2)


def test_a_contact_is_taken_out_of_every_revision_document_and_index(stored, vocabulary, now):
    detail = PERSON["email"]
    assert take_out(stored, vocabulary, now, detail) == Redacted(("one",), revisions=2)
    for planted in PLANTED:
        assert planted not in everything(stored).casefold()
    assert "Other Person" in everything(stored)


def test_documents_stay_equal_to_their_records(stored, vocabulary, now):
    take_out(stored, vocabulary, now, PERSON["email"])
    with stored.session() as session:
        rows = session.execute(
            text("SELECT record, document FROM revision WHERE trial_number = 0 ORDER BY number")
        ).all()
    contacts = [[contact["name"] for contact in json.loads(document)["contacts"]] for _, document in rows]
    assert contacts == [[], ["Other Person"]]
    assert [len(TrialRecord.model_validate_json(record).contacts) for record, _ in rows] == [0, 1]


def test_nothing_of_it_stays_on_the_disk(sqlite_database, vocabulary, now):
    filled(sqlite_database, vocabulary, now)
    note = {"field": "/contacts", "kind": "excluded", "text": "Planted@Example.org is of another trial."}
    with sqlite_database.writing() as session:
        store_revision(
            session, with_contacts(PERSON, summary="By Planted@Example.org", curation_notes=[note]), vocabulary, now
        )
    take_out(sqlite_database, vocabulary, now, PERSON["email"])
    sqlite_database.scrub()
    for file in sqlite_database.file.parent.iterdir():
        if file.is_file():
            assert b"planted" not in file.read_bytes().lower(), file.name


def test_postgres_is_scrubbed_as_far_as_it_can_be(stored):
    stored.scrub()


def test_a_redacted_contact_does_not_come_back(stored, vocabulary, now):
    take_out(stored, vocabulary, now, PERSON["email"])
    with stored.writing() as session:
        again = store_revision(session, with_contacts(OTHER, PERSON, title="After"), vocabulary, now)
        other = store_revision(session, a_trial(id="third", contacts=[PERSON]), vocabulary, now)
    assert (again.changed, again.revision) == (False, 2)
    assert other.changed
    assert "planted" not in everything(stored).casefold()


def test_prose_that_names_the_person_says_that_it_is_redacted(database, vocabulary, now):
    note = {
        "field": "/contacts",
        "kind": "excluded",
        "text": "Dr. Ana Planted (planted@example.org) is of another trial.",
    }
    with database.writing() as session:
        store_revision(session, with_contacts(PERSON, curation_notes=[note]), vocabulary, now)
    take_out(database, vocabulary, now, PERSON["phone"])
    assert "[redacted] ([redacted]) is of another trial." in everything(database)
    assert "planted" not in everything(database).casefold()


def test_a_single_word_is_not_looked_for_in_prose(database, vocabulary, now):
    with database.writing() as session:
        store_revision(session, with_contacts({"name": "Lupus"}, summary="Of lupus."), vocabulary, now)
    assert take_out(database, vocabulary, now, "Lupus").revisions == 1
    assert "Of lupus." in everything(database)


def test_what_nobody_has_is_taken_out_of_nothing_and_kept_out(stored, vocabulary, now):
    assert take_out(stored, vocabulary, now, "nobody@example.org") == Redacted((), revisions=0)
    with stored.writing() as session:
        store_revision(session, a_trial(id="late", contacts=[{"email": "nobody@example.org"}]), vocabulary, now)
    assert "nobody" not in everything(stored)


def test_redacting_twice_finds_nothing_the_second_time(stored, vocabulary, now):
    take_out(stored, vocabulary, now, PERSON["name"])
    assert take_out(stored, vocabulary, now, PERSON["name"]) == Redacted((), revisions=0)


def test_revisions_are_immutable_again_afterwards(stored, vocabulary, now):
    take_out(stored, vocabulary, now, PERSON["name"])
    with pytest.raises(Exception, match="immutable"), stored.writing() as session:
        session.execute(text("UPDATE revision SET record = '{}'"))


def test_redacting_raises_the_catalogues_revision(stored, vocabulary, now):
    take_out(stored, vocabulary, now, PERSON["name"])
    with stored.session() as session:
        assert session.execute(text("SELECT revision FROM catalogue_state")).scalar_one() == 2


def test_only_a_digest_is_remembered(stored, vocabulary, now):
    take_out(stored, vocabulary, now, PERSON["email"])
    with stored.session() as session:
        assert session.execute(text("SELECT digest FROM redaction")).scalars().all() == [digest(PERSON["email"])]


def test_notes_follow_their_contacts():
    notes = [
        {"field": field, "kind": "inferred", "text": field}
        for field in ("/contacts", "/contacts/0/role", "/contacts/1", "/contacts/2/phone", "/sites", "/contacts/x")
    ]
    record = with_contacts(OTHER, PERSON, OTHER, curation_notes=notes)
    clean = without_redacted(record, {digest(PERSON["name"])})
    assert [(note.field, note.text) for note in clean.curation_notes] == [
        ("/contacts", "/contacts"),
        ("/contacts/0/role", "/contacts/0/role"),
        ("/contacts/1/phone", "/contacts/2/phone"),
        ("/sites", "/sites"),
        ("/contacts/x", "/contacts/x"),
    ]


def test_a_record_without_the_contact_is_the_same_record():
    record = with_contacts(OTHER)
    assert without_redacted(record, {digest("somebody else")}) is record
    assert without_redacted(record, set()) is record


def test_a_detail_says_something():
    with pytest.raises(ValueError, match="letters or digits"):
        digest(" - ")
