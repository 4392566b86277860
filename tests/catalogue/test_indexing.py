"""What full text finds of a trial, on both databases."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.catalogue.indexing import CELL_TYPE_NAMES, _tsvector, fingerprint, note_index, put_search_rows
from app.catalogue.revisions import store_many, store_revision
from app.vocabulary.enumerations import CellType
from tests.factories import a_criterion, a_trial, many_trials


@pytest.fixture
def finds(database, vocabulary, now):
    """Whether a trial, which is stored, is found by a word."""

    def finds(trial, word: str) -> bool:
        with database.writing() as session:
            store_revision(session, trial, vocabulary, now)
        return bool(matching(database, word))

    return finds


def matching(database, word: str) -> list[int]:
    """The numbers of the trials with a word."""
    if database.is_sqlite:
        query, asked = "SELECT rowid FROM trial_search WHERE trial_search MATCH :asked", f'"{word}"'
    else:
        query, asked = "SELECT number FROM trial_search WHERE document @@ CAST(:asked AS tsquery)", f"'{word}'"
    with database.session() as session:
        return sorted(session.execute(text(query), {"asked": asked}).scalars())


STEROID: dict[str, Any] = {"kind": "therapy", "agents": ["prednisone"]}
PARTS: list[tuple[dict[str, Any], str]] = [
    ({"id": "my-slug"}, "slug"),
    ({"title": "Remission of lupus"}, "lupus"),
    ({"official_title": "An official name"}, "official"),
    ({"summary": "In short."}, "short"),
    ({"identifiers": [{"value": "NCT01234567", "scheme": "nct"}]}, "nct01234567"),
    ({"product": {"cell_type": "car_nk"}}, "carnk"),
    ({"product": {"cell_type": "car_t", "name": "Wonder cells"}}, "wonder"),
    ({"product": {"cell_type": "car_t", "manufacturing": "overnight"}}, "overnight"),
    ({"product": {"cell_type": "car_t", "cell_source": "allogeneic"}}, "allogeneic"),
    ({"product": {"cell_type": "car_t", "targets": ["CD19"]}}, "cd19"),
    ({"conditions": ["sle"]}, "lupus"),
    ({"sponsor": "Hôpital Saint-Louis"}, "hopital"),
    ({"sponsor": "Hôpital Saint-Louis"}, "saintlouis"),
    ({"collaborators": ["Charité"]}, "charite"),
    ({"sites": [{"key": "site-1", "name": "Renji", "city": "Shanghai", "region": "East"}]}, "renji"),
    ({"sites": [{"key": "site-1", "city": "Málaga"}]}, "malaga"),
    ({"sites": [{"key": "site-1", "region": "Bavaria"}]}, "bavaria"),
    ({"sites": [{"key": "site-1", "country": "MY"}]}, "malaysia"),
    ({"arms": [{"key": "arm-1", "label": "Low dose", "description": "the first"}]}, "low"),
    ({"lymphodepletion": [{"agent": "fludarabine"}]}, "fludarabine"),
    ({"outcomes": [{"measure": "Survival", "definition": "of all", "time_frame": "a year"}]}, "survival"),
    ({"criteria": [a_criterion(statement="No cardioversion.")]}, "cardioversion"),
    ({"criteria": [a_criterion(expression=STEROID)]}, "prednisone"),
    ({"criteria": [a_criterion(expression={"kind": "not", "of": STEROID})]}, "prednisone"),
    ({"criteria": [a_criterion(expression={"kind": "any_of", "of": [STEROID]})]}, "prednisone"),
    (
        {
            "criteria": [
                a_criterion(
                    expression={
                        "kind": "only_if",
                        "condition": {"kind": "sex", "sex": "female"},
                        "then": {"kind": "except", "of": STEROID, "unless": [STEROID | {"ongoing": True}]},
                    }
                )
            ]
        },
        "prednisone",
    ),
    ({"criteria": [a_criterion(expression={"kind": "therapy", "classes": ["jak_inhibitor"]})]}, "jak"),
]


def test_every_part_is_found(database, vocabulary, now):
    trials = [
        a_trial(**({"id": f"trial-{place}", "title": "Plain"} | changes)) for place, (changes, _) in enumerate(PARTS)
    ]
    with database.writing() as session:
        store_many(session, trials, vocabulary, now)
    for number, (changes, word) in enumerate(PARTS):
        assert number in matching(database, word), changes


def test_a_contact_is_not_found(finds):
    assert not finds(a_trial(contacts=[{"name": "Professor Unfindable"}]), "unfindable")


def test_a_code_that_the_vocabulary_does_not_know_is_found_as_it_is(finds):
    assert finds(a_trial(conditions=["newdisease"]), "newdisease")


def test_what_a_trial_no_longer_says_is_no_longer_found(database, finds):
    assert finds(a_trial(id="one", title="Before"), "before")
    assert not finds(a_trial(id="one", title="After"), "before")
    assert matching(database, "after") == [0]


def test_every_trial_is_indexed_under_its_own_number(database, vocabulary, now):
    with database.writing() as session:
        store_many(session, many_trials(20), vocabulary, now)
    for number in (0, 7, 19):
        assert matching(database, f"nct{number:08d}") == [number]


def test_there_is_a_name_for_every_type_of_cell():
    assert set(CELL_TYPE_NAMES) == set(CellType)


def test_nothing_to_index_is_no_fault(database, vocabulary):
    with database.writing() as session:
        put_search_rows(session, [], vocabulary)


def test_what_is_indexed_with_is_noted_once(database, vocabulary):
    with database.writing() as session:
        assert note_index(session, vocabulary)
        assert not note_index(session, vocabulary)


def test_a_name_of_a_term_changes_the_fingerprint(vocabulary):
    term = vocabulary.agents["rituximab"].model_copy(update={"label": "another"})
    renamed = vocabulary.model_copy(update={"agents": {**vocabulary.agents, "rituximab": term}})
    assert fingerprint(renamed) != fingerprint(vocabulary)
    assert fingerprint(vocabulary) == fingerprint(vocabulary)


@given(st.lists(st.sampled_from(["car", "t", "lupus", "cd19", "狼疮"])), st.lists(st.sampled_from(["car", "lupus"])))
def test_a_tsvector_holds_each_word_once_with_all_its_places(title, body):
    entries = [entry for entry in _tsvector(" ".join(title), " ".join(body)).split(" ") if entry]
    words = [entry.split(":")[0].strip("'") for entry in entries]
    places = [place for entry in entries for place in entry.split(":")[1].split(",")]
    assert sorted(words) == sorted({*title, *body})
    assert sorted(int(place.rstrip("A")) for place in places) == list(range(1, len(title) + len(body) + 1))
    assert sum(place.endswith("A") for place in places) == len(title)


def test_a_text_longer_than_a_tsvector_counts_is_stored(database, finds):
    assert finds(a_trial(summary="word " * 3_900, official_title="other " * 3_000 + "last"), "last")
