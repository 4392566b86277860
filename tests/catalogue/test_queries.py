"""One trial: whole, in parts, as it stood; by any of its names; and several, compared."""

import json
from datetime import timedelta
from typing import get_args

import pytest
from sqlalchemy import text

from app.catalogue.errors import NotInCatalogue, RevisionNotFound, TrialNotFound
from app.catalogue.filters import TrialFilters
from app.catalogue.queries import Part
from app.vocabulary.faults import Refused
from tests.conftest import NOW
from tests.factories import a_criterion, a_trial, at_least

ONE = {
    "id": "one",
    "identifiers": [
        {"value": "NCT06691152", "scheme": "nct", "basis": "inferred", "reason": "the same sponsor"},
        {"value": "ChiCTR2400012345", "scheme": "chictr"},
        {"value": "2024-0530", "scheme": "org_study_id"},
    ],
    "sites": [{"key": "site-1", "city": "Hangzhou"}],
    "criteria": [a_criterion("inc-1", expression=at_least("lvef", 50, "%"))],
}


@pytest.fixture
def one(store):
    store(a_trial(**ONE))
    store(a_trial(**ONE, phase="phase_1", true_as_of="2026-12"), at=NOW + timedelta(days=1))


def test_a_trial_is_found_by_its_slug_or_a_registry_number_in_any_case(one, catalogue, run, database):
    with database.session() as session:
        document = session.execute(text("SELECT document FROM revision WHERE number = 2")).scalar_one()
    for name in ("one", "ONE", "NCT06691152", "nct06691152", "chictr2400012345"):
        found = run(catalogue.get_document(name))
        assert (found.slug, found.body) == ("one", document.encode())
    assert json.loads(document)["phase"] == "phase_1"


NOT_THERE = (
    "two", "2024-0530", "NCT06691153", "", " ", "one\x00", "\ud800", "%", "o" * 101, "one' OR '1'='1", "ｏｎｅ",
)  # fmt: skip


def test_what_is_not_there_is_not_found(one, catalogue, run):
    for name in NOT_THERE:
        for call in (
            catalogue.get_document(name),
            catalogue.get_part(name, "sites"),
            catalogue.list_revisions(name),
            catalogue.get_revision(name, 1),
            catalogue.diff(name, 1, 2),
            catalogue.compare([name, "one"]),
        ):
            with pytest.raises(TrialNotFound):
                run(call)


def test_a_slug_goes_before_another_trials_number(store, catalogue, run):
    store(
        a_trial(id="nct06691152", title="Named so"),
        a_trial(id="other", identifiers=[{"value": "NCT06691152", "scheme": "nct"}]),
    )
    assert run(catalogue.get_document("NCT06691152")).slug == "nct06691152"


def test_the_etag_names_the_content(one, catalogue, run, store):
    first, again = run(catalogue.get_document("one")), run(catalogue.get_document("NCT06691152"))
    assert first.etag == again.etag
    assert first.etag.startswith('W/"')
    store(a_trial(**ONE, phase="phase_2"), at=NOW + timedelta(days=2))
    assert run(catalogue.get_document("one")).etag != first.etag


def test_parts_are_cut_from_the_whole(one, catalogue, run):
    whole = json.loads(run(catalogue.get_document("one")).body)
    for part in get_args(Part):
        found = run(catalogue.get_part("nct06691152", part))
        assert json.loads(found.body) == {"items": whole[part], "total": len(whole[part])}
        assert found.slug == "one"


def test_revisions_are_listed_and_kept(one, catalogue, run):
    assert json.loads(run(catalogue.list_revisions("NCT06691152")).body) == {
        "items": [
            {"revision": 1, "true_as_of": None, "recorded_at": "2026-11-21T09:30:00Z"},
            {"revision": 2, "true_as_of": "2026-12", "recorded_at": "2026-11-22T09:30:00Z"},
        ],
        "total": 2,
    }
    assert json.loads(run(catalogue.get_revision("one", 1)).body)["phase"] is None
    assert run(catalogue.get_revision("one", 2)) == run(catalogue.get_document("one"))
    for number in (0, 3, 999_999_999):
        with pytest.raises(RevisionNotFound):
            run(catalogue.get_revision("one", number))
    assert issubclass(RevisionNotFound, NotInCatalogue)


def test_two_revisions_are_told_apart(one, catalogue, run):
    found = json.loads(run(catalogue.diff("NCT06691152", 1, 2)).body)
    assert (found["trial"], found["from"], found["to"]) == ("one", 1, 2)
    assert [change["field"] for change in found["fields"]] == ["/true_as_of", "/phase"]
    assert json.loads(run(catalogue.diff("one", 2, 2)).body)["fields"] == []
    with pytest.raises(RevisionNotFound):
        run(catalogue.diff("one", 1, 3))


def test_trials_are_compared_in_the_order_asked_for(one, catalogue, run, store):
    store(a_trial(id="two", criteria=[a_criterion("inc-1", expression=at_least("lvef", 45, "%"))]))
    found = json.loads(run(catalogue.compare(["two", "NCT06691152"])))
    assert found["trials"] == [
        {"id": "two", "title": "A plain trial", "revision": 1},
        {"id": "one", "title": "A plain trial", "revision": 2},
    ]
    [row] = found["rows"]
    assert (row["fact"], row["strictest"], row["loosest"]) == ("lvef", ["one"], ["two"])


def test_two_to_six_different_trials_are_compared(one, catalogue, run):
    for ids in ([], ["one"], ["one"] * 7, ["one", "one"], ["one", "nct06691152"]):
        with pytest.raises(Refused) as refused:
            run(catalogue.compare(ids))
        assert [fault.parameter for fault in refused.value.faults] == ["trial"]


def test_a_matcher_gets_candidates_and_their_records(one, catalogue, run, store):
    store(*(a_trial(id=f"trial-{number}") for number in range(3)))
    candidates = run(catalogue.candidate_ids(TrialFilters()))
    assert candidates.ids == ("one", "trial-0", "trial-1", "trial-2")
    assert candidates.catalogue_revision == run(catalogue.catalogue_revision()) == 3
    records = {record.id: record for record in run(catalogue.criteria_source([*candidates.ids, "none"]))}
    assert set(records) == set(candidates.ids)
    assert (records["one"].revision, records["one"].title) == (2, "A plain trial")
    assert json.loads(records["one"].status) == {"value": "recruiting", "as_of": None, "stale_after": None}
    assert json.loads(records["one"].record)["criteria"][0]["key"] == "inc-1"
