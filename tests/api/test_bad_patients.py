"""A patient that cannot be read: each fault by its place and its remedy, and no value in answer, log or metric."""

import json
from time import perf_counter
from typing import Any

import pytest
from starlette.testclient import TestClient

SECRET = "Zebra4711"


def post(client: TestClient, body: bytes | dict[str, Any], path: str = "/v1/match"):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(path, content=content, headers={"Content-Type": "application/json"})


def patient(**facts: Any) -> dict[str, Any]:
    return {"patient": facts}


def observation(**facts: Any) -> dict[str, Any]:
    return patient(observations=[{"code": "hemoglobin", "value": 100, "unit": "g/L", "date": "2026-11-01"} | facts])


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"patient": {}, SECRET: 1}, f"/{SECRET}"),
        ({"patient": {}, f"{SECRET} {SECRET}": 1}, "/*"),
        ({}, ""),
        ({"patient": SECRET}, "/patient"),
        ({"patient": {}, "as_of": "2026-02-30"}, "/as_of"),
        ({"patient": {}, "limit": 0}, "/limit"),
        ({"patient": {}, "limit": "5"}, "/limit"),
        ({"patient": {}, "include": [SECRET]}, "/include/0"),
        ({"patient": {}, "milestones": {SECRET: "2026-01-01"}}, f"/milestones/{SECRET}"),
        ({"patient": {}, "trials": {"age": "34"}}, "/trials/age"),
        ({"patient": {}, "trials": {"limit": 5}}, "/trials/limit"),
        (patient(birth_date="1992-13-40"), "/patient/birth_date"),
        (patient(age_years=-1), "/patient/age_years"),
        (patient(sex=SECRET), "/patient/sex"),
        (patient(weight_kg="61"), "/patient/weight_kg"),
        (patient(weight_kg=True), "/patient/weight_kg"),
        (patient(conditions=[{"code": "sle", "severity": SECRET}]), "/patient/conditions/0/severity"),
        (patient(conditions=[{"code": "lupus_nephriti"}]), "/patient/conditions/0/code"),
        (patient(conditions=[{"code": SECRET}]), "/patient/conditions/0/code"),
        (patient(therapies=[{"agent": "rituximabb"}]), "/patient/therapies/0/agent"),
        (patient(events=[{"code": "live_vacine"}]), "/patient/events/0/code"),
        (observation(unit=None), "/patient/observations/0/unit"),
        (observation(unit=SECRET), "/patient/observations/0/unit"),
        (observation(unit="mmHg"), "/patient/observations/0/unit"),
        (observation(value=102_000), "/patient/observations/0/value"),
        (observation(value=SECRET), "/patient/observations/0/value"),
        (observation(value=-3), "/patient/observations/0/value"),
        (observation(date="2026-11-31"), "/patient/observations/0/date"),
        (observation(code="hemoglobine"), "/patient/observations/0/code"),
    ],
)
def test_each_fault_is_named_by_its_place(sqlite_client: TestClient, body: dict[str, Any], pointer: str):
    response = post(sqlite_client, body)

    problem = response.json()
    assert (response.status_code, problem["type"]) == (422, "/problems/invalid-request")
    assert response.headers["cache-control"] == "no-store"
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert problem["errors"][0]["remedy"]
    assert SECRET not in response.text.replace(f'/{SECRET}"', "")  # a name that looks like one is shown


@pytest.mark.parametrize(
    ("body", "status", "name", "pointer"),
    [
        (b"", 400, "malformed-json", None),
        (b"{", 400, "malformed-json", None),
        (b'{"patient": {"sex": "male", "sex": "female"}}', 400, "malformed-json", "/patient/sex"),
        (b'{"patient": {"weight_kg": NaN}}', 400, "malformed-json", "/patient/weight_kg"),
        (b'{"patient": {"weight_kg": 1e999999999}}', 400, "malformed-json", "/patient/weight_kg"),
        (b'{"patient": {"sex": "\\u0000"}}', 400, "malformed-json", "/patient/sex"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, 400, "malformed-json", "/a" * 32),
        (b"[" * 100_000, 400, "malformed-json", ""),
        (b" " * 5_000_000, 413, "too-large", None),
        (b'{"patient": {"conditions": [' + b'{"code": "sle"},' * 1_000_000 + b"]}}", 413, "too-large", None),
        (b"[]", 422, "invalid-request", ""),
        (b'"x"', 422, "invalid-request", ""),
        (b"null", 422, "invalid-request", ""),
    ],
    ids=lambda value: repr(value[:30]) if isinstance(value, bytes) else None,
)
def test_a_body_that_is_no_good_is_refused_quickly(
    sqlite_client: TestClient, body: bytes, status: int, name: str, pointer: str | None
):
    started = perf_counter()

    response = post(sqlite_client, body)

    problem = response.json()
    assert (response.status_code, problem["type"]) == (status, f"/problems/{name}")
    assert [error["pointer"] for error in problem["errors"]] == ([] if pointer is None else [pointer])
    assert perf_counter() - started < 5


def test_many_faults_are_all_counted_and_fifty_listed(sqlite_client: TestClient):
    problem = post(sqlite_client, patient(conditions=[{"code": "sle", "x": 1}] * 1_500)).json()

    assert (len(problem["errors"]), problem["error_count"]) == (50, 1_500)


def test_more_entries_than_a_patient_can_have_are_refused(sqlite_client: TestClient):
    problem = post(sqlite_client, patient(conditions=[{"code": "sle"}] * 2_001)).json()

    assert [error["pointer"] for error in problem["errors"]] == ["/patient/conditions"]


@pytest.mark.parametrize("path", ["/v1/match", "/v1/trials/NCT06710717/match"])
def test_json_has_to_say_that_it_is(sqlite_client: TestClient, path: str):
    response = sqlite_client.post(path, content=b"{}", headers={"Content-Type": "text/plain"})

    assert (response.status_code, response.json()["type"]) == (415, "/problems/unsupported-media-type")
    assert "application/json" in response.json()["detail"]


def test_an_empty_patient_is_a_valid_one(client: TestClient):
    response = post(client, {"patient": {}})

    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers
