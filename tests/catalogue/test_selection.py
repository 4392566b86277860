"""The filters give what a naive filter over the whole records gives: alone, in every pair, and all at once."""

from itertools import combinations, groupby
from typing import Any

import pytest

from app.catalogue.filters import FILTER_NAMES, TrialFilters
from tests.catalogue.gaps import gappy_trials
from tests.catalogue.naive import Kept, leaves

ASKED: dict[str, list[dict[str, Any]]] = {
    "cell_type": [{"cell_type": ["car_t"]}, {"cell_type": ["car_nk", "caar_t", "other"]}],
    "cell_source": [{"cell_source": ["allogeneic"]}, {"cell_source": ["autologous", "in_vivo"]}],
    "target": [
        {"target": ["CD19"]},
        {"target": ["CD19", "BCMA"]},
        {"target": ["CD19", "BCMA"], "target_match": "all"},
        {"target": ["CD19", "BCMA"], "target_match": "exactly"},
        {"target": ["CD19", "GPRC5D"], "target_match": "all"},
        {"target": ["GPRC5D"]},
    ],
    "condition": [
        {"condition": ["sle"]},
        {"condition": ["lupus_nephritis", "dermatomyositis"]},
        {"condition": ["autoimmune_disease"]},
        {"condition": ["myasthenia_gravis"]},
    ],
    "status": [{"status": ["recruiting"]}, {"status": ["completed", "unknown", "suspended"]}],
    "phase": [{"phase": ["phase_1"]}, {"phase": ["not_applicable", "early_phase_1", "phase_2"]}],
    "age": [
        *({"age": age} for age in (0, 4, 5, 17, 18, 40, 41, 65, 66, 130)),
        {"age": 18, "unstated": "exclude"},
        {"age": 66, "unstated": "exclude"},
    ],
    "sex": [
        {"sex": ["female"]},
        {"sex": ["male"]},
        {"sex": ["female", "male"]},
        {"sex": ["all"]},
        {"sex": ["female"], "unstated": "exclude"},
    ],
    "unstated": [{"unstated": "exclude"}, {"unstated": "include"}],
    "country": [{"country": ["CN"]}, {"country": ["de", "ES"]}, {"country": ["FR"]}],
    "city": [{"city": ["hangzhou"]}, {"city": ["MALAGA", "sao-paulo"]}, {"city": ["São"]}],
    "sponsor": [{"sponsor": ["medecins reunis"]}, {"sponsor": ["Renji"]}, {"sponsor": ["Renji Hospital", "?"]}],
    "site_status": [{"site_status": ["recruiting"]}, {"site_status": ["completed", "withdrawn"]}],
    "near": [
        {"near": "30.25,120.17"},
        {"near": "30.25,120.17", "within_km": 5},
        {"near": "0,180", "within_km": 12},
        {"near": "90,0", "within_km": 12},
        {"near": "-90,0", "within_km": 20000},
    ],
    "dose": [
        {"dose_min": 1e6},
        {"dose_max": 1e6},
        {"dose_min": 1e6, "dose_max": 2.5e6},
        {"dose_min": 5e5, "dose_max": 4e6},
        {"dose_min": 5e8},
    ],
    "updated_since": [
        {"updated_since": "2026-03-02"},
        {"updated_since": "2026-03-03T12:00:00Z"},
        {"updated_since": "2026-03-03T14:00:00.000001+02:00"},
        {"updated_since": "2026-03-01T00:00:00"},
    ],
    "q": [
        {"q": "zebra"},
        {"q": "study QUOK"},
        {"q": "wombats quokka"},
        {"q": "wom"},
        {"q": "bats wom"},
        {"q": "žebra-fi"},
    ],
}
"""Every filter in several ways, by name; those that shape another one stand with it."""


def test_every_filter_is_asked_for():
    assert {name for ways in ASKED.values() for way in ways for name in way} == set(FILTER_NAMES)


@pytest.fixture
def gappy(store) -> list[Kept]:
    trials = gappy_trials()
    for at, kept in groupby(trials, key=lambda trial: trial.updated_at):
        store(*(trial.record for trial in kept), at=at)
    return trials


def together(*ways: dict[str, Any]) -> dict[str, Any]:
    return {name: value for way in ways for name, value in way.items()}


def test_alone_and_in_every_pair_they_leave_what_the_contract_says(catalogue, run, gappy, vocabulary):
    pairs = [
        together(way, other) for ways, others in combinations(ASKED.values(), 2) for way in ways for other in others
    ]
    for asked in [{}, *(way for ways in ASKED.values() for way in ways), *pairs]:
        expected = {trial.record.id for trial in gappy if leaves(_as_stated(asked), trial, vocabulary)}
        found = run(catalogue.candidate_ids(TrialFilters.model_validate(asked)))
        assert set(found.ids) == expected, asked


def _as_stated(asked: dict[str, Any]) -> dict[str, Any]:
    """Countries in capitals, as records have them."""
    return asked | {"country": [code.upper() for code in asked["country"]]} if "country" in asked else asked


@pytest.mark.parametrize("way", [0, 1, -1])
def test_all_at_once_they_leave_what_each_alone_leaves(catalogue, run, gappy, way):
    everything = together(*(ways[way] for ways in ASKED.values() if len(ways) > max(way, 0)))
    asked = [ways[way] for ways in ASKED.values() if len(ways) > max(way, 0)]
    alone = [set(run(catalogue.candidate_ids(TrialFilters.model_validate(one))).ids) for one in asked]
    assert set(run(catalogue.candidate_ids(TrialFilters.model_validate(everything))).ids) == set.intersection(*alone)


def test_the_generated_catalogue_makes_every_filter_matter(gappy, vocabulary):
    for ways in ASKED.values():
        left = [sum(leaves(_as_stated(way), trial, vocabulary) for trial in gappy) for way in ways]
        assert any(0 < count < len(gappy) for count in left) or ways == ASKED["unstated"]
