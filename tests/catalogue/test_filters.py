"""What a query may say, and when two say the same."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from app.catalogue.filters import CandidateFilters, Sort, TrialFilters, TrialQuery, check_filters


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("age", "-1"), ("age", "131"), ("age", "18.0"), ("age", "+18"), ("age", " 18"), ("age", "1_8"), ("age", "true"),
        ("age", True), ("age", "٤"), ("age", ""), ("age", "1" * 5000), ("age", 18.5),
        ("dose_min", "-1"), ("dose_min", "nan"), ("dose_min", "inf"), ("dose_min", "1_0"),
        ("dose_max", True), ("dose_max", "0x10"),
        ("within_km", "0"), ("within_km", "-3"), ("within_km", "99999"),
        ("near", "30"), ("near", "30,120,1"), ("near", "91,0"), ("near", "0,181"), ("near", "a,b"), ("near", "1e1,1"),
        ("near", "30, 120"), ("near", "nan,nan"), ("near", "٣,٣"), ("near", 30),
        ("updated_since", "yesterday"), ("updated_since", "2025-13-01"), ("updated_since", 5), ("updated_since", True),
        ("updated_since", "0001-01-01T00:00:00+14:00"),
        ("status", ["open"]), ("sex", ["woman"]), ("phase", ["1"]), ("cell_type", [""]), ("target_match", "both"),
        ("unstated", "drop"), ("country", ["CHN"]), ("country", ["C1"]), ("country", ["ßß"]),
        ("q", "a" * 201), ("city", ["c" * 301]), ("target", ["CD19"] * 51), ("condition", [""]),
        ("limit", "0"), ("limit", "101"), ("limit", "5.0"), ("sort", "updated_at"), ("cursor", ""), ("colour", "red"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_at_its_place(name, value):
    with pytest.raises(ValidationError) as refused:
        TrialQuery.model_validate({name: value})
    assert {error["loc"][0] for error in refused.value.errors()} == {name}


@pytest.mark.parametrize("text", ["0", "18", "130", "007"])
def test_a_query_spells_numbers_as_text(text):
    assert TrialFilters.model_validate({"age": text}).age == int(text)


def test_a_body_has_no_numbers_in_text():
    assert CandidateFilters(age=18, dose_min=1e6, within_km=3, near="1,1").age == 18
    for name in ("age", "within_km", "dose_min", "dose_max"):
        with pytest.raises(ValidationError):
            CandidateFilters.model_validate({name: "18"})


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-09-14", datetime(2025, 9, 14, tzinfo=UTC)),
        ("2025-09-14T08:00:00Z", datetime(2025, 9, 14, 8, tzinfo=UTC)),
        ("2025-09-14T08:00:00", datetime(2025, 9, 14, 8, tzinfo=UTC)),
        ("2025-09-14T08:00:00+02:00", datetime(2025, 9, 14, 6, tzinfo=UTC)),
    ],
)
def test_a_date_means_its_first_moment_in_utc(text, moment):
    assert TrialFilters.model_validate({"updated_since": text}).updated_since == moment


SAME = [
    ({"status": ["recruiting", "completed"]}, {"status": ["completed", "recruiting", "completed"]}),
    ({"country": ["cn"]}, {"country": ["CN"]}),
    ({"q": "CAR-T"}, {"q": " car  t "}),
    ({"near": "30.0,120"}, {"near": "30,120.0"}),
    ({"updated_since": "2025-09-14"}, {"updated_since": "2025-09-14T02:00:00+02:00"}),
    ({"dose_min": "1e6"}, {"dose_min": 1_000_000}),
    ({}, {"unstated": "include"}),
    ({"sort": "title", "limit": 3}, {"cursor": "x"}),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_equal_questions_have_equal_digests(one, other):
    assert TrialQuery.model_validate(one).digest == TrialQuery.model_validate(other).digest


def test_different_questions_have_different_digests():
    asked = [
        {}, {"age": 0}, {"age": 1}, {"dose_min": 0}, {"q": "a"}, {"q": "a b"}, {"target": ["CD19"]}, {"near": "1,1"},
        {"target": ["CD19"], "target_match": "all"}, {"status": ["recruiting"]}, {"site_status": ["recruiting"]},
    ]  # fmt: skip
    assert len({TrialFilters.model_validate(one).digest for one in asked}) == len(asked)


@pytest.mark.parametrize(
    ("asked", "sort", "parameters"),
    [
        (
            {"target": ["CD19", "NONE"], "condition": ["sle"], "country": ["CN", "XX"]},
            Sort.TITLE,
            ["target", "country"],
        ),
        ({"within_km": 3}, Sort.TITLE, ["within_km"]),
        ({"dose_min": 3, "dose_max": 2}, Sort.TITLE, ["dose_min"]),
        ({"dose_min": 2, "dose_max": 2}, Sort.TITLE, []),
        ({}, Sort.RELEVANCE, ["sort"]),
        ({}, Sort.DISTANCE, ["sort"]),
        ({"q": "x", "near": "1,1"}, Sort.RELEVANCE, []),
    ],
)
def test_codes_and_combinations_are_checked(vocabulary, asked, sort, parameters):
    faults = check_filters(TrialFilters.model_validate(asked), vocabulary, sort)
    assert [fault.parameter for fault in faults] == parameters
    assert all(fault.detail and fault.remedy for fault in faults)


def test_an_unknown_code_is_told_what_it_looks_like(vocabulary):
    [fault] = check_filters(TrialFilters(condition=("lupus nephritis",)), vocabulary)
    assert (fault.code, fault.nearest[0]) == ("unknown_code", "lupus_nephritis")
    [fault] = check_filters(TrialFilters(target=("cd19",)), vocabulary)
    assert fault.nearest[0] == "CD19"
