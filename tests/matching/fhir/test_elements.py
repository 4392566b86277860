"""JSON of FHIR is read without trust."""

from decimal import Decimal

import pytest

from app.matching.fhir.elements import UNREAD_DATE, When, concept_of, day_of, number_of, objects_of, text_of, when_of


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-11-10", "2026-11-10"),
        ("2026-11", "2026-11"),
        ("2026", "2026"),
        ("2026-11-10T23:59:59-08:00", "2026-11-10"),  # the day as written there, not the day in London
        ("2026-11-10T23:59:59.123Z", "2026-11-10"),
        (" 2026-11-10 ", "2026-11-10"),
        ("2026-11T10:00", None),
        ("2026-13-01", None),
        ("10.11.2026", None),
        ("", None),
        (20261110, None),
        (None, None),
    ],
)
def test_a_day_is_taken_as_it_is_written(written, day):
    assert day_of(written) == day


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (179.23347621031567, Decimal("179.23347621031567")),
        (10.4, Decimal("10.4")),
        (7, Decimal(7)),
        (Decimal("1E+3"), Decimal(1000)),
        (True, None),
        ("7", None),
        (float("nan"), None),
        (float("inf"), None),
        (None, None),
    ],
)
def test_a_number_is_exact_and_finite(value, number):
    assert number_of(value) == number


def test_a_number_of_thousands_of_digits_is_none():
    assert number_of(10**5000) is None


def test_a_text_loses_what_cannot_be_seen_and_what_is_too_long():
    assert text_of("Glomerular\u200b  filtration\nrate") == "Glomerular filtration rate"
    assert text_of("\ufeff ") is None
    assert text_of(5) is None
    assert len(text_of("a" * 10_000) or "") == 400


def test_a_list_gives_its_objects_and_an_object_alone_is_a_list_of_one():
    assert objects_of([{"a": 1}, "b", None, {"c": 2}]) == ({"a": 1}, {"c": 2})
    assert objects_of({"a": 1}) == ({"a": 1},)
    assert objects_of("a") == ()


@pytest.mark.parametrize("value", [None, "hemoglobin", 5, [], {}, {"coding": "x"}, {"coding": [None, 7]}, {"text": 3}])
def test_what_is_no_concept_says_nothing(value):
    concept = concept_of(value)
    assert (concept.names, concept.codes, concept.ordinal) == ((), (), None)


def test_a_coding_alone_is_read_as_a_concept_of_one_code():
    assert concept_of({"system": "http://loinc.org", "code": "718-7"}).codes == ("718-7",)


@pytest.mark.parametrize(
    ("resource", "when"),
    [
        ({"onsetDateTime": "2019-05"}, When("2019-05", "2019-05", point=True)),
        ({"onsetPeriod": {"start": "2019", "end": "2020-02-03T10:00:00Z"}}, When("2019", "2020-02-03")),
        ({"onsetPeriod": {"end": "2020"}}, When(None, "2020")),
        ({"onset": "2019"}, When("2019", "2019", point=True)),
        ({"onset": {"start": "2019"}}, When("2019", None)),
        ({"onsetPeriod": {"start": "2019", "end": "soon"}}, When("2019", None, remark=UNREAD_DATE)),
        ({"onsetPeriod": {"id": "x"}}, When(remark=UNREAD_DATE)),
        ({"onsetDateTime": "childhood"}, When(remark=UNREAD_DATE)),
        ({"onsetString": "2019"}, When(remark=UNREAD_DATE)),
        ({"onsetAge": {"value": 25, "unit": "a"}}, When(remark=UNREAD_DATE)),
        ({"onsetRange": {"low": {"value": 3}}}, When(remark=UNREAD_DATE)),
        ({"onsetTiming": {"event": ["2019-01-01"]}}, When(remark=UNREAD_DATE)),
        ({"onsetDateTime": ""}, When()),
        ({}, When()),
    ],
)
def test_a_time_comes_in_many_forms(resource, when):
    assert when_of(resource, "onset") == when
