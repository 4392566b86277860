"""Facets count what their filters would find."""

import json
from typing import Any

import pytest

from app.catalogue import facets
from app.catalogue.filters import TrialFilters
from tests.catalogue.gaps import gappy_trials
from tests.factories import a_trial

ASKED: tuple[dict[str, Any], ...] = (
    {},
    {"status": ["recruiting", "completed"]},
    {"condition": ["sle"], "sex": ["female"], "country": ["CN"]},
    {"target": ["CD19", "BCMA"], "target_match": "exactly"},
    {"age": 30, "unstated": "exclude", "sponsor": ["renji"]},
    {"city": ["hangzhou"], "q": "zebra", "site_status": ["recruiting"]},
    {"q": "nothing like this"},
)


@pytest.fixture
def counted(catalogue, run):
    def counted(**asked: Any) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(run(catalogue.facets(TrialFilters(**asked))))
        return answer

    return counted


def test_a_count_is_the_total_of_the_list_under_that_filter(catalogue, run, store, counted):
    store(*(trial.record for trial in gappy_trials(60)))

    def total(**asked: Any) -> int:
        return len(run(catalogue.candidate_ids(TrialFilters(**asked))).ids)

    for asked in ASKED:
        answer = counted(**asked)
        assert answer["total"] == total(**asked)
        for name, facet in answer["facets"].items():
            others = {key: value for key, value in asked.items() if key not in {name, "target_match", "unstated"}}
            if name != "target" and "target_match" in asked:
                others["target_match"] = asked["target_match"]
            if name != "sex" and "unstated" in asked:
                others["unstated"] = asked["unstated"]
            kept_unstated = facet["unstated"] if name == "sex" and others.get("unstated") != "exclude" else 0
            for value in facet["values"]:
                assert total(**others, **{name: [value["value"]]}) == value["count"] + kept_unstated, (asked, name)


def test_values_are_those_that_trials_state_most_frequent_first(store, counted):
    store(
        a_trial(id="a", phase="phase_1", conditions=["sle"], sex="all", sponsor="Renji Hospital"),
        a_trial(id="b", phase="phase_2", conditions=["lupus_nephritis"], sex="female", sponsor="RENJI hospital"),
        a_trial(id="c", phase="phase_2", conditions=["lupus_nephritis", "sle"], sponsor="Other"),
        a_trial(id="d", product={"cell_type": "car_nk", "targets": ["CD19", "BCMA"]}),
    )
    answer = counted()
    assert answer["catalogue_revision"] == 1
    assert answer["total"] == 4
    assert list(answer["facets"]) == [
        "cell_type", "cell_source", "target", "condition", "status", "phase", "sex", "country", "city", "site_status",
        "sponsor",
    ]  # fmt: skip
    short = {
        name: ({value["value"]: value["count"] for value in facet["values"]}, facet["unstated"])
        for name, facet in answer["facets"].items()
    }
    assert short["phase"] == ({"phase_2": 2, "phase_1": 1}, 1)
    assert short["condition"] == ({"sle": 3, "lupus_nephritis": 2}, 1)
    assert short["sex"] == ({"female": 2, "all": 1}, 2)
    assert short["target"] == ({"BCMA": 1, "CD19": 1}, 3)
    assert short["sponsor"] == ({"RENJI hospital": 2, "Renji Hospital": 2, "Other": 1}, 1)
    assert short["country"] == ({}, 4)
    assert [value["value"] for value in answer["facets"]["phase"]["values"]] == ["phase_2", "phase_1"]


def test_of_names_only_the_most_frequent_are_listed(store, counted, monkeypatch):
    monkeypatch.setattr(facets, "MOST_NAMES", 3)
    store(*(a_trial(id=f"t-{number}", sponsor=f"Sponsor {number // 2}") for number in range(9)))
    assert [value["count"] for value in counted()["facets"]["sponsor"]["values"]] == [2, 2, 2]


def test_an_empty_catalogue_counts_nothing(counted):
    answer = counted(status=["recruiting"])
    assert answer["total"] == 0
    assert all(facet == {"values": [], "unstated": 0} for facet in answer["facets"].values())
