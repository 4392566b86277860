"""What a route reads of a request, and what it refuses."""

import asyncio

import pytest
from starlette.testclient import TestClient

from app.web import routing
from app.web.json_body import parse_json


def test_an_endpoint_gets_what_it_declares(client: TestClient):
    assert client.get("/things/abc/7").json() == ["abc", 7]
    assert client.get("/asked?age=5&word=a&word=b").json() == {"age": 5, "word": ["a", "b"]}
    assert client.get("/asked").json() == {"age": None, "word": []}
    assert client.get("/found", headers={"User-Agent": "me"}).json() == "me"
    assert client.post("/sent", json={"sex": "male", "weight": 61.5}).json() == {"sex": "male", "weight": 61.5}


@pytest.mark.parametrize(
    ("query", "parameter", "code", "remedy"),
    [
        ("agee=5", "agee", "unknown_parameter", "use one of: age, word"),
        ("age=5&age=6", "age", "repeated", "give it once"),
        ("age=-1", "age", "out_of_range", "give at least 0"),
        ("age=x", "age", "wrong_type", "give a whole number"),
        ("word=%00", "word", "bad_text", "leave the character out"),
        ("word=%ff", "*", "bad_text", "percent-encode it as UTF-8"),
        ("Anna+Zebra=1", "*", "unknown_parameter", "use one of: age, word"),
        ("word=a&" * 501, "*", "too_many", "give at most 500 parameters"),
    ],
)
def test_a_wrong_query_is_refused_with_the_parameter_and_a_remedy(
    client: TestClient, query: str, parameter: str, code: str, remedy: str
):
    response = client.get(f"/asked?{query}")

    problem = response.json()
    assert (response.status_code, problem["type"]) == (422, "/problems/invalid-request")
    assert [(e["parameter"], e["pointer"], e["code"], e["remedy"]) for e in problem["errors"]] == [
        (parameter, None, code, remedy)
    ]


def test_an_unknown_parameter_is_told_the_nearest(client: TestClient):
    assert client.get("/asked?wrod=5").json()["errors"][0]["nearest"] == ["word"]


def test_every_unknown_parameter_is_named_once(client: TestClient):
    errors = client.get("/asked?a=1&b=2&a=3").json()["errors"]

    assert [error["parameter"] for error in errors] == ["a", "b"]


def test_a_route_without_parameters_refuses_all(client: TestClient):
    problem = client.get("/things/a?x=1").json()

    assert problem["errors"][0]["remedy"] == "take it out: this address takes no parameters"


def test_a_post_refuses_query_parameters_too(client: TestClient):
    assert client.post("/sent?x=1", json={}).status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/asked/",
        "/things/a/x",
        "/things/a/-1",
        "/things/a/1234567890",
        "/things/a%00b",
        f"/things/{'a' * 201}",
    ],
)
def test_what_is_not_there_is_a_problem(client: TestClient, path: str):
    response = client.get(path)

    assert (response.status_code, response.json()["type"]) == (404, "/problems/not-found")


def test_a_wrong_method_is_told_the_right_ones(client: TestClient):
    response = client.delete("/asked")

    assert (response.status_code, response.json()["type"]) == (405, "/problems/method-not-allowed")
    assert response.headers["allow"] == "GET, HEAD"
    assert client.get("/sent").headers["allow"] == "POST"
    assert client.head("/sent").status_code == 405


def test_head_answers_as_get_without_the_body(client: TestClient):
    got, head = client.get("/things/abc"), client.head("/things/abc")

    assert (head.status_code, head.content) == (200, b"")
    unlike = {"x-request-id"}
    assert {k: v for k, v in head.headers.items() if k not in unlike} == {
        k: v for k, v in got.headers.items() if k not in unlike
    }


@pytest.mark.parametrize(
    ("headers", "body", "status", "name"),
    [
        ({}, b"{}", 415, "unsupported-media-type"),
        ({"Content-Type": "text/plain"}, b"{}", 415, "unsupported-media-type"),
        ({"Content-Type": "application/json; charset=latin-1"}, b"{}", 415, "unsupported-media-type"),
        ({"Content-Type": "application/json; charset=utf-80"}, b"{}", 415, "unsupported-media-type"),
        ({"Content-Type": "application/json; charset=utf-8; charset=x"}, b"{}", 415, "unsupported-media-type"),
        ({"Content-Type": "application/json; charset"}, b"{}", 415, "unsupported-media-type"),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, b"{}", 415, "unsupported-media-type"),
        ({"Content-Type": "application/json"}, b"{", 400, "malformed-json"),
        ({"Content-Type": "application/json"}, b"", 400, "malformed-json"),
        ({"Content-Type": "application/json"}, b'{"sex": "zebra"}', 422, "invalid-request"),
        ({"Content-Type": "application/json"}, b" " * 2_001, 413, "too-large"),
        ({"Content-Type": "application/json", "Content-Length": "9" * 30}, b"{}", 413, "too-large"),
    ],
)
def test_a_body_that_cannot_be_used_is_a_problem(
    client: TestClient, headers: dict[str, str], body: bytes, status: int, name: str
):
    response = client.post("/sent", content=body, headers=headers)

    assert (response.status_code, response.json()["type"]) == (status, f"/problems/{name}")
    assert "zebra" not in response.text


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "Application/JSON; charset=UTF-8",
        'application/json;charset="utf-8"; profile=x',
        "application/fhir+json",
    ],
)
def test_json_may_be_called_by_its_other_names(client: TestClient, media_type: str):
    assert client.post("/sent", content=b"{}", headers={"Content-Type": media_type}).status_code == 200


@pytest.mark.parametrize("encoding", ["identity", "Identity", "IDENTITY"])
def test_no_encoding_may_be_called_so_in_any_case(client: TestClient, encoding: str):
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    assert client.post("/sent", content=b"{}", headers=headers).status_code == 200


def test_a_body_of_unknown_length_is_read_no_further_than_the_limit(client: TestClient):
    read = []

    def parts():
        for number in range(100):
            read.append(number)
            yield b" " * 1_000

    response = client.post("/sent", content=parts(), headers={"Content-Type": "application/json"})

    assert response.status_code == 413


@pytest.mark.parametrize(("body", "waits"), [(b'{"weight": 61}', True), (b'{"weight": 61 }', False)])
def test_nobody_waits_while_a_large_body_is_read(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, body: bytes, waits: bool
):
    on_the_loop: list[bool] = []

    def parse(body: bytes, *, max_nesting: int) -> object:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            on_the_loop.append(False)
        else:
            on_the_loop.append(True)
        return parse_json(body, max_nesting=max_nesting)

    monkeypatch.setattr(routing, "LARGE", len(b'{"weight": 61}'))
    monkeypatch.setattr(routing, "parse_json", parse)
    headers = {"Content-Type": "application/json"}

    assert client.post("/sent", content=body, headers=headers).json() == {"sex": None, "weight": 61}
    flawed = client.post("/sent", content=body.replace(b"}", b","), headers=headers)
    assert (flawed.status_code, flawed.json()["type"]) == (400, "/problems/malformed-json")
    assert on_the_loop == [waits, waits]
