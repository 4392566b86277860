"""What pydantic finds becomes a fault with a place and a remedy, and never repeats a value."""

from collections.abc import Mapping
from decimal import Decimal
from time import perf_counter
from typing import Annotated, Literal

import pytest
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.eligibility.criteria import Expression
from app.eligibility.patient import Patient
from app.vocabulary.faults import Fault, Refused
from app.web.validation import MOST_ENTRIES, validate, validate_query


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid")

    criterion: Expression | None = None
    patient: Patient | None = None


def faults(value: object, model: type[BaseModel] = Request) -> list[Fault]:
    with pytest.raises(Refused) as caught:
        validate(model, value)
    return list(caught.value.faults)


def test_a_valid_body_becomes_the_model():
    assert validate(Request, {"patient": {"weight_kg": Decimal("61.5")}}).patient == Patient(weight_kg=Decimal("61.5"))


@pytest.mark.parametrize(
    ("value", "pointer", "code", "remedy"),
    [
        ([], "", "wrong_type", "give an object"),
        ({"patient": {"weight_kg": "61"}}, "/patient/weight_kg", "wrong_type", "give a number"),
        ({"patient": {"weight_kg": True}}, "/patient/weight_kg", "wrong_type", "give a number"),
        ({"patient": {"weight_kg": -5}}, "/patient/weight_kg", "out_of_range", "give more than 0"),
        ({"patient": {"age_years": -1}}, "/patient/age_years", "out_of_range", "give at least 0"),
        ({"patient": {"age_years": 200}}, "/patient/age_years", "out_of_range", "give at most 130"),
        ({"patient": {"age_years": Decimal("5.5")}}, "/patient/age_years", "wrong_type", "give a whole number"),
        ({"patient": {"sex": "femal"}}, "/patient/sex", "not_allowed", "use one of: female, male"),
        ({"patient": {"conditions": {}}}, "/patient/conditions", "wrong_type", "give an array"),
        ({"patient": {"conditions": [{}]}}, "/patient/conditions/0/code", "missing", "add it"),
        (
            {"patient": {"observations": [{"code": "alt", "value": [1]}]}},
            "/patient/observations/0/value",
            "wrong_type",
            "give a number or text",
        ),
        (
            {"patient": {"observations": [{"code": "alt", "value": "x" * 41}]}},
            "/patient/observations/0/value",
            "wrong_length",
            "give at most 40 character(s)",
        ),
        ({"criterion": {}}, "/criterion/kind", "missing", "add it"),
        (
            {"criterion": {"kind": "except", "of": {"kind": "age"}, "unless": [{"kind": "event", "codes": ["a"]}]}},
            "/criterion/of/kind",
            "not_allowed",
            "use one of: condition, therapy, event",
        ),
        (
            {"criterion": {"kind": "not", "of": {"kind": "age", "min_years": "x"}}},
            "/criterion/of/min_years",
            "wrong_type",
            "give a whole number",
        ),
        ({"criterion": {"kind": "all_of", "of": []}}, "/criterion/of", "wrong_length", "give at least 1 of them"),
        ({"criterion": 5}, "/criterion", "wrong_type", "give an object"),
    ],
)
def test_a_fault_names_its_place_and_its_remedy(value: object, pointer: str, code: str, remedy: str):
    assert [(fault.pointer, fault.code, fault.remedy) for fault in faults(value)] == [(pointer, code, remedy)]


def test_an_impossible_date_is_explained():
    (fault,) = faults({"patient": {"birth_date": "1992-13"}})

    assert (fault.pointer, fault.detail) == ("/patient/birth_date", "there is no such month")


def test_an_unknown_field_is_told_the_known_ones_and_the_nearest():
    (fault,) = faults({"patient": {"observations": [{"code": "alt", "valeu": 3}]}})

    assert fault.pointer == "/patient/observations/0/valeu"
    assert fault.nearest == ("value",)
    assert "interpretation" in fault.remedy


def test_of_a_tagged_union_only_the_fields_of_the_named_branch_are_told():
    (fault,) = faults({"criterion": {"kind": "not", "of": {"kind": "age", "mn_years": 1}}})

    assert fault.pointer == "/criterion/of/mn_years"
    assert fault.remedy == "use one of: kind, max_years, min_years"


def test_an_unknown_kind_is_told_the_nearest_kind():
    (fault,) = faults({"criterion": {"kind": "observatoin"}})

    assert fault.nearest == ("observation",)


def test_a_name_that_looks_like_none_is_hidden():
    assert [fault.pointer for fault in faults({"Anna Zebra, 1992": 1})] == ["/*"]


def test_a_key_that_is_not_allowed_is_named_by_its_place():
    class Body(BaseModel):
        dates: dict[Literal["screening"], str]

    assert [fault.pointer for fault in faults({"dates": {"screning": "x"}}, Body)] == ["/dates/screning"]


@pytest.mark.parametrize("message", ["Zebra is no name", "'x' is no name", 'say "x"'])
def test_a_validator_that_quotes_the_value_is_not_repeated(message: str):
    def quote(value: str) -> str:
        raise ValueError(message)

    class Body(BaseModel):
        name: Annotated[str, AfterValidator(quote)]

    (fault,) = faults({"name": "Zebra"}, Body)

    assert (fault.detail, fault.pointer) == ("this is not valid", "/name")


def test_a_validator_that_gives_a_remedy_is_repeated_as_one():
    def instruct(value: str) -> str:
        raise ValueError("give a whole date")

    class Body(BaseModel):
        name: Annotated[str, AfterValidator(instruct)]

    assert [(fault.detail, fault.remedy) for fault in faults({"name": "Zebra"}, Body)] == [
        ("this is not valid", "give a whole date")
    ]


@pytest.mark.parametrize(
    "patient",
    [
        {"sex": "Zebra4711"},
        {"birth_date": "Zebra4711"},
        {"weight_kg": "Zebra4711"},
        {"reviewed": ["Zebra4711"]},
        {"conditions": [{"code": "Zebra4711"}]},
        {"observations": [{"code": "alt", "unit": "Zebra4711" * 9}]},
        {"Zebra 4711": 1},
        {"therapies": "Zebra4711"},
    ],
)
def test_no_fault_repeats_a_value(patient: Mapping[str, object]):
    told = repr(faults({"patient": patient}))

    assert "Zebra" not in told
    assert "4711" not in told


def test_ten_thousand_faults_are_counted_in_no_long_time():
    started = perf_counter()

    found = faults({f"x{number}": 1 for number in range(MOST_ENTRIES)})

    assert len(found) == MOST_ENTRIES
    assert perf_counter() - started < 5


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ({"patient": {"conditions": [1] * 500_000}}, "/patient/conditions"),
        ({"patient": {f"x{number}": 1 for number in range(50_000)}}, "/patient"),
        ([{}] * 300_000, ""),
    ],
)
def test_a_crowd_is_refused_before_each_of_it_is_looked_at(value: object, pointer: str):
    started = perf_counter()

    [fault] = faults(value)

    assert (fault.pointer, fault.code) == (pointer, "wrong_length")
    assert perf_counter() - started < 1


def test_a_fault_of_a_query_names_the_parameter_and_no_pointer():
    class Query(BaseModel):
        word: tuple[Annotated[str, Field(max_length=3)], ...]

    with pytest.raises(Refused) as caught:
        validate_query(Query, {"word": ["abc", "abcd"]})
    (fault,) = caught.value.faults
    assert (fault.parameter, fault.pointer, fault.code) == ("word", None, "wrong_length")
