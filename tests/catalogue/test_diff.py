"""What an amendment changed, by field and criterion key."""

import json
from typing import Any

from app.catalogue.diff import diff_documents
from app.catalogue.render import render
from tests.factories import a_criterion, a_trial, at_least


def document(revision: int, **facts: Any) -> dict[str, Any]:
    rendered = render(a_trial(**facts), revision=revision, recorded_at=f"2026-01-0{revision}T00:00:00Z")
    whole: dict[str, Any] = json.loads(rendered.document)
    return whole


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return diff_documents(document(1, **before), document(2, **after))


NOTHING: dict[str, list[Any]] = {"added": [], "removed": [], "changed": []}


def test_revisions_that_say_the_same_differ_in_nothing():
    assert difference({}, {}) == {
        "trial": "plain-trial", "from": 1, "to": 2,
        "fields": [], "arms": NOTHING, "sites": NOTHING, "criteria": NOTHING,
    }  # fmt: skip


def test_fields_are_named_by_their_place():
    found = difference(
        {"status": {"value": "not_yet_recruiting", "as_of": "2024-05"}, "age": {"stated": True, "min_years": 18}},
        {
            "status": {"value": "recruiting", "as_of": "2024-05"},
            "age": {"stated": True, "min_years": 18, "max_years": 65},
            "title": "Renamed",
            "start_date": {"date": "2024-06"},
        },
    )
    assert found["fields"] == [
        {"field": "/title", "from": "A plain trial", "to": "Renamed"},
        {"field": "/status/value", "from": "not_yet_recruiting", "to": "recruiting"},
        {"field": "/age/max_years", "from": None, "to": 65},
        {"field": "/start_date", "from": None, "to": {"date": "2024-06", "type": None}},
    ]


def test_a_list_without_keys_changes_as_a_whole():
    found = difference({"conditions": ["sle"]}, {"conditions": ["sle", "sjogren"]})
    assert found["fields"] == [{"field": "/conditions", "from": ["sle"], "to": ["sle", "sjogren"]}]


def test_criteria_are_compared_by_key_whatever_their_order():
    stays, goes, changes = a_criterion("inc-1"), a_criterion("inc-2"), a_criterion("inc-3")
    stricter = changes | {"expression": at_least("lvef", 50, "%"), "statement": "LVEF of 50 % or more."}
    comes = a_criterion("exc-1")
    found = difference({"criteria": [stays, goes, changes]}, {"criteria": [stricter, comes, stays]})
    assert found["fields"] == []
    criteria = found["criteria"]
    assert [part["key"] for part in criteria["added"]] == ["exc-1"]
    assert [part["statement"] for part in criteria["removed"]] == ["What inc-2 asks."]
    [changed] = criteria["changed"]
    assert changed["key"] == "inc-3"
    assert [field["field"] for field in changed["fields"]] == ["/statement", "/expression"]
    assert changed["fields"][1]["to"]["threshold"]["value"] == 50


def test_an_expression_changes_as_a_whole():
    before = a_criterion(expression=at_least("lvef", 50, "%"))
    after = a_criterion(expression=at_least("lvef", 45, "%"))
    [changed] = difference({"criteria": [before]}, {"criteria": [after]})["criteria"]["changed"]
    assert [field["field"] for field in changed["fields"]] == ["/expression"]


def test_sites_and_arms_are_compared_by_key():
    found = difference(
        {"sites": [{"key": "site-1", "city": "Hangzhou"}], "arms": [{"key": "arm-1", "label": "One"}]},
        {"sites": [{"key": "site-1", "city": "Hangzhou", "status": {"value": "recruiting"}}], "arms": []},
    )
    assert [change["field"] for change in found["sites"]["changed"][0]["fields"]] == ["/status"]
    assert [arm["key"] for arm in found["arms"]["removed"]] == ["arm-1"]
    assert found["fields"] == []


def test_missing_exclusions_that_turn_up_are_a_change_and_counts_are_none():
    found = difference({"exclusions_stated": False}, {"exclusions_stated": True, "criteria": [a_criterion("exc-1")]})
    assert found["fields"] == [{"field": "/criteria_summary/exclusions_stated", "from": False, "to": True}]


def test_true_is_not_one():
    before, after = document(1), document(2)
    before["healthy_volunteers"], after["healthy_volunteers"] = 1, True
    assert [change["field"] for change in diff_documents(before, after)["fields"]] == ["/healthy_volunteers"]


def test_the_other_way_round_undoes_the_changes():
    before, after = document(1, phase="phase_1"), document(2, phase="phase_2", criteria=[a_criterion()])
    there, back = diff_documents(before, after), diff_documents(after, before)
    assert [(change["from"], change["to"]) for change in there["fields"]] == [("phase_1", "phase_2")]
    assert [(change["from"], change["to"]) for change in back["fields"]] == [("phase_2", "phase_1")]
    assert there["criteria"]["added"] == back["criteria"]["removed"]
