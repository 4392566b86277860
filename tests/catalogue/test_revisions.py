"""Storing revisions: appended and immutable, with everything that holds the current one in step."""

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, text
from sqlmodel import col, select

from app.catalogue.current import raise_catalogue_revision
from app.catalogue.documents import TrialRecord
from app.catalogue.part_tables import PARTS, Criterion, Dose
from app.catalogue.render import render
from app.catalogue.revisions import Stored, store_many, store_revision
from app.catalogue.tables import Trial
from app.vocabulary.enumerations import CellType, Milestone, Status
from tests.factories import EVERYTHING, a_trial, many_trials


@pytest.fixture
def store(database, vocabulary, now):
    """Stores records, each call a transaction of its own."""

    def store(*records: TrialRecord, at: datetime = now) -> list[Stored]:
        with database.writing() as session:
            return store_many(session, records, vocabulary, at)

    return store


@pytest.fixture
def look(database):
    """The rows that a query finds."""

    def look(query: str) -> list[tuple[object, ...]]:
        with database.session() as session:
            return [tuple(row) for row in session.execute(text(query))]

    return look


def catalogue_revision(look):
    return look("SELECT revision FROM catalogue_state")[0][0]


def test_a_new_trial_gets_its_first_revision(database, vocabulary, now):
    with database.writing() as session:
        assert store_revision(session, a_trial(id="one"), vocabulary, now) == Stored("one", changed=True, revision=1)


def test_the_same_record_again_is_no_new_revision(store, look):
    store(a_trial(id="one"))
    assert store(a_trial(id="one")) == [Stored("one", changed=False, revision=1)]
    assert catalogue_revision(look) == 1


def test_a_changed_record_is_the_next_revision_and_the_current_one(store, look, now):
    store(a_trial(id="one", title="Before"))
    later = now + timedelta(days=1)
    assert store(a_trial(id="one", title="After"), at=later) == [Stored("one", changed=True, revision=2)]
    assert look("SELECT title, revision, updated_at FROM trial") == [("After", 2, "2026-11-22T09:30:00Z")]
    rows = look("SELECT number, recorded_at, record FROM revision ORDER BY number")
    titles = [TrialRecord.model_validate_json(record).title for _, _, record in rows]
    assert titles == ["Before", "After"]
    assert [at for _, at, _ in rows] == ["2026-11-21T09:30:00Z", "2026-11-22T09:30:00Z"]


def test_the_record_is_read_back_as_it_was_written(store, look):
    record = EVERYTHING
    store(record)
    ((stored,),) = look("SELECT record FROM revision")
    assert TrialRecord.model_validate_json(stored) == record
    assert stored == record.model_dump_json()


def test_what_is_stored_equals_a_fresh_rendering(store, look):
    records = {record.id: record for record in (EVERYTHING, *many_trials(25))}
    store(*records.values())
    rows = look(
        "SELECT trial.id, card, document, recorded_at, revision.number FROM trial"
        " JOIN revision ON revision.trial_number = trial.number AND revision.number = trial.revision"
    )
    assert len(rows) == 26
    for slug, card, document, recorded_at, number in rows:
        fresh = render(records[slug], revision=number, recorded_at=recorded_at)
        assert (card, document) == (fresh.card, fresh.document)


def test_a_record_written_when_there_were_fewer_fields_is_still_the_same(store, look, database):
    store(a_trial(id="one"))
    ((record,),) = look("SELECT record FROM revision")
    older = json.loads(record)
    del older["collaborators"]
    with database.writing() as session:
        session.execute(text("UPDATE catalogue_state SET redacting = :yes"), {"yes": True})
        session.execute(text("UPDATE revision SET record = :record"), {"record": json.dumps(older)})
        session.execute(text("UPDATE catalogue_state SET redacting = :no"), {"no": False})
    assert not store(a_trial(id="one"))[0].changed


def test_a_record_that_can_no_longer_be_read_is_revised(store, database):
    store(a_trial(id="one"))
    with database.writing() as session:
        session.execute(text("UPDATE catalogue_state SET redacting = :yes"), {"yes": True})
        session.execute(text("UPDATE revision SET record = '{}'"))
        session.execute(text("UPDATE catalogue_state SET redacting = :no"), {"no": False})
    assert store(a_trial(id="one")) == [Stored("one", changed=True, revision=2)]


def test_trials_are_numbered_densely_from_nought(store, look):
    store(a_trial(id="b"), a_trial(id="a"))
    store(a_trial(id="b", title="Changed"), a_trial(id="c"))
    assert look("SELECT id, number FROM trial ORDER BY number") == [("b", 0), ("a", 1), ("c", 2)]


def test_the_catalogues_revision_rises_once_a_transaction(store, look):
    assert catalogue_revision(look) == 0
    store(*many_trials(3))
    assert catalogue_revision(look) == 1
    store(a_trial(id="one"), a_trial(id="two"))
    assert catalogue_revision(look) == 2
    changed_at = look("SELECT catalogue_revision FROM trial ORDER BY number")
    assert [revision for (revision,) in changed_at] == [1, 1, 1, 2, 2]


def test_the_catalogues_revision_rises_once_however_many_batches_there_are(database, vocabulary, now, monkeypatch):
    monkeypatch.setattr("app.catalogue.revisions._BATCH", 2)
    with database.writing() as session:
        assert len(store_many(session, many_trials(5), vocabulary, now)) == 5
        store_revision(session, a_trial(), vocabulary, now)
        assert raise_catalogue_revision(session) == 1
    with database.writing() as session:
        assert raise_catalogue_revision(session) == 2


def test_a_savepoint_that_is_rolled_back_loses_no_rise(database, vocabulary, now, look):
    with database.writing() as session:
        savepoint = session.begin_nested()
        store_revision(session, a_trial(id="one"), vocabulary, now)
        savepoint.rollback()
        store_revision(session, a_trial(id="two"), vocabulary, now)
    assert catalogue_revision(look) == 1
    assert look("SELECT id, catalogue_revision FROM trial") == [("two", 1)]


def test_what_is_rolled_back_was_never_there(database, vocabulary, now, look):
    def fail() -> None:
        with database.writing() as session:
            store_revision(session, a_trial(), vocabulary, now)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert catalogue_revision(look) == 0
    assert look("SELECT count(*) FROM trial") == [(0,)]


def test_the_trials_row_says_what_the_record_says(store, database):
    store(EVERYTHING)
    with database.session() as session:
        trial = session.exec(select(Trial)).one()
    assert (trial.status, trial.status_as_of, trial.status_stale_after) == (Status.RECRUITING, "2025-07", "2027-07-01")
    assert (trial.cell_type, trial.product_name) == (CellType.CAR_NK, "N")
    assert (trial.age_stated, trial.min_age, trial.max_age) == (True, 18, None)
    assert (trial.start_date, trial.start_date_type, trial.completion_date) == ("2024-06", "estimated", None)


def test_every_list_has_its_rows_in_order(store, look, database):
    store(EVERYTHING)
    for table in PARTS:
        assert look(f"SELECT 1 FROM {table.__tablename__}"), table.__tablename__  # noqa: S608 # our own name
    assert look("SELECT value, lookup FROM identifier ORDER BY position") == [
        ("NCT01234567", "NCT01234567"),
        ("abc-1", "ABC-1"),
    ]
    assert look("SELECT city, latitude, status FROM site") == [("Hangzhou", 30.3, None)]
    assert look("SELECT name, site FROM contact") == [("A. Person", "site-1")]
    with database.session() as session:
        dose = session.exec(select(Dose)).one()
        criteria = session.exec(select(Criterion).order_by(col(Criterion.position))).all()
    assert (dose.value, dose.days, dose.arm) == (1e6, [0, 7, 14], "arm-1")
    assert [criterion.key for criterion in criteria] == ["inc-1", "exc-1"]
    assert criteria[0].anchor is Milestone.SCREENING
    assert criteria[0].expression is not None
    assert criteria[0].expression["threshold"] == {"comparator": "ge", "value": 50, "unit": "%", "relative_to": None}
    assert criteria[1].expression is None


def test_the_lists_of_the_revision_before_are_gone(store, look):
    store(EVERYTHING, a_trial(id="other", conditions=["sle"]))
    store(a_trial(id=EVERYTHING.id, product={"cell_type": "car_t", "targets": ["CD19"]}))
    for table in PARTS:
        found = look(f"SELECT DISTINCT trial_number FROM {table.__tablename__}")  # noqa: S608 # our own name
        expected = {"trial_condition": [1], "trial_target": [0], "source": [0, 1]}.get(str(table.__tablename__), [])
        assert sorted(number for (number,) in found) == expected, table.__tablename__


def test_a_revision_is_immutable(store, database):
    store(a_trial(id="one"))
    for change in (
        "UPDATE revision SET record = '{}'",
        "UPDATE revision SET recorded_at = '2020-01-01T00:00:00Z'",
        "UPDATE revision SET number = 9",
        "DELETE FROM revision",
        "DELETE FROM trial",
    ):
        with pytest.raises(Exception, match=r"(?i)immutable|foreign key"), database.writing() as session:
            session.execute(text(change))


def test_a_registrys_number_belongs_to_one_trial(store):
    number = [{"value": "NCT01234567", "scheme": "nct"}]
    store(a_trial(id="one", identifiers=number))
    with pytest.raises(Exception, match=r"(?i)unique"):
        store(a_trial(id="two", identifiers=number))


def test_sponsors_may_number_their_studies_alike(store):
    number = [{"value": "2024-1", "scheme": "org_study_id"}]
    assert len(store(a_trial(id="one", identifiers=number), a_trial(id="two", identifiers=number))) == 2


def test_a_number_can_move_to_another_trial_in_one_transaction(store):
    number = [{"value": "NCT01234567", "scheme": "nct"}]
    store(a_trial(id="one", identifiers=number), a_trial(id="two"))
    store(a_trial(id="one"), a_trial(id="two", identifiers=number))


def test_the_number_of_statements_does_not_grow_with_the_records(database, vocabulary, now):
    def statements(count: int) -> int:
        seen: list[str] = []
        with database.writing() as session:
            connection = session.connection()

            def note(*arguments: object) -> None:
                seen.append(str(arguments[2]))

            event.listen(connection, "before_cursor_execute", note)
            store_many(session, many_trials(count, seed=count), vocabulary, now)
            session.rollback()
        return len(seen)

    assert statements(3) == statements(60)
