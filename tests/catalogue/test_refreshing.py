"""Bringing what is derived up to date: renderings of another version, and an index of other names."""

import json

import pytest
from sqlalchemy import text

from app.catalogue.refreshing import Refreshed, refresh
from app.catalogue.revisions import store_many, store_revision
from tests.factories import a_trial, many_trials


@pytest.fixture
def filled(database, vocabulary, now):
    """Six trials, one of them with two revisions."""
    with database.writing() as session:
        store_many(session, many_trials(5), vocabulary, now)
        store_revision(session, a_trial(id="two", title="Before"), vocabulary, now)
    with database.writing() as session:
        store_revision(session, a_trial(id="two", title="After"), vocabulary, now)
    return database


def rows(database, query):
    with database.session() as session:
        return [tuple(row) for row in session.execute(text(query))]


EVERYTHING_DERIVED = (
    "SELECT trial_number, number, document FROM revision ORDER BY 1, 2",
    "SELECT number, card, updated_at FROM trial ORDER BY 1",
    "SELECT trial_number, position, statement FROM criterion ORDER BY 1, 2",
    "SELECT trial_number, position, name FROM site ORDER BY 1, 2",
)


def test_what_is_up_to_date_is_left_alone(filled, vocabulary):
    before = rows(filled, "SELECT revision FROM catalogue_state")
    assert refresh(filled, vocabulary) == Refreshed(rendered=0, indexed=0)
    assert rows(filled, "SELECT revision FROM catalogue_state") == before


def test_an_empty_catalogue_is_up_to_date(database, vocabulary):
    assert refresh(database, vocabulary) == Refreshed(rendered=0, indexed=0)
    assert rows(database, "SELECT revision FROM catalogue_state") == [(0,)]


def test_what_another_renderer_made_is_rendered_again(filled, vocabulary, monkeypatch):
    monkeypatch.setattr("app.catalogue.refreshing._BATCH", 2)
    before = [rows(filled, query) for query in EVERYTHING_DERIVED]
    with filled.writing() as session:
        session.execute(text("UPDATE revision SET document = '{}', rendered_by = 0"))
        session.execute(text("UPDATE trial SET card = '{}', title = 'spoilt'"))
        session.execute(text("DELETE FROM criterion"))
    assert refresh(filled, vocabulary) == Refreshed(rendered=7, indexed=0)
    assert [rows(filled, query) for query in EVERYTHING_DERIVED] == before
    assert rows(filled, "SELECT title FROM trial WHERE id = 'two'") == [("After",)]


def test_an_older_revision_keeps_its_own_number_and_time(filled, vocabulary):
    with filled.writing() as session:
        session.execute(text("UPDATE revision SET rendered_by = 0 WHERE trial_number = 5 AND number = 1"))
    assert refresh(filled, vocabulary).rendered == 1
    ((document,),) = rows(filled, "SELECT document FROM revision WHERE trial_number = 5 AND number = 1")
    assert (json.loads(document)["title"], json.loads(document)["revision"]) == ("Before", 1)
    assert rows(filled, "SELECT title FROM trial WHERE id = 'two'") == [("After",)]


def test_rendering_again_raises_the_catalogues_revision(filled, vocabulary):
    ((before,),) = rows(filled, "SELECT revision FROM catalogue_state")
    with filled.writing() as session:
        session.execute(text("UPDATE revision SET rendered_by = 0 WHERE number = 2"))
    refresh(filled, vocabulary)
    assert rows(filled, "SELECT revision FROM catalogue_state") == [(before + 1,)]
    assert rows(filled, "SELECT catalogue_revision FROM trial WHERE id = 'two'") == [(before + 1,)]


def test_a_new_name_in_the_vocabulary_is_indexed(filled, vocabulary, now, monkeypatch):
    monkeypatch.setattr("app.catalogue.refreshing._BATCH", 2)
    term = vocabulary.conditions["sle"].model_copy(update={"synonyms": ("wolfsrot",)})
    renamed = vocabulary.model_copy(update={"conditions": {**vocabulary.conditions, "sle": term}})
    with filled.writing() as session:
        store_revision(session, a_trial(id="lupus", conditions=["sle"]), vocabulary, now)
    assert found(filled, "wolfsrot") == 0
    assert refresh(filled, renamed) == Refreshed(rendered=0, indexed=7)
    assert found(filled, "wolfsrot") >= 1
    assert refresh(filled, renamed) == Refreshed(rendered=0, indexed=0)


def found(database, word):
    match = "trial_search MATCH" if database.is_sqlite else "document @@"
    cast = "" if database.is_sqlite else "::tsquery"
    query = f"SELECT count(*) FROM trial_search WHERE {match} '{word}'{cast}"  # noqa: S608 # the test's own
    return rows(database, query)[0][0]
