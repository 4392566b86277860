"""Cohorts over HTTP: lines in and out, in order, in constant memory; nothing of a patient but in the patient's line."""

import asyncio
import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Message

from app.api.cohort import NDJSON
from app.api.cohort_schemas import CohortAnswer, CohortProblem
from app.matching.cohort import Cohort
from app.settings import Settings
from app.web.streaming import StreamedAnswer

COHORT = "/v1/match/cohort"
DAY = "as_of=2026-11-21"
LUPUS = {"sex": "female", "conditions": [{"code": "sle", "since": "2017"}], "reviewed": ["conditions"]}
MARKER = "Zebra 4711"
"""Stands for a patient's data; no name of a field looks like this."""


def one(pseudonym: str, **patient: Any) -> dict[str, Any]:
    return {"id": pseudonym, "patient": patient}


def as_lines(*patients: object) -> bytes:
    return b"".join(json.dumps(patient).encode() + b"\n" for patient in patients)


def send(client: TestClient, body: bytes, query: str = DAY, content_type: str = NDJSON) -> list[dict[str, Any]]:
    answer = client.post(f"{COHORT}?{query}", content=body, headers={"Content-Type": content_type})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == NDJSON
    assert answer.headers["cache-control"] == "no-store"
    return [json.loads(line) for line in answer.text.splitlines()]


def test_patients_are_answered_in_their_order(client: TestClient):
    found = send(client, as_lines(*(one(f"p-{number}", **LUPUS) for number in range(150))))
    assert [(line["line"], line["id"]) for line in found] == [(number + 1, f"p-{number}") for number in range(150)]
    assert len({json.dumps(line | {"line": 0, "id": ""}) for line in found}) == 1


def test_each_line_says_what_a_match_says(client: TestClient):
    asked = {"patient": LUPUS, "as_of": "2026-11-21", "limit": 5, "trials": {"status": ["recruiting"]}}
    matched = client.post("/v1/match", json=asked).json()
    [found] = send(client, as_lines(one("p-1", **LUPUS)), f"{DAY}&limit=5&status=recruiting")
    assert [result["trial"] for result in found["results"]] == [result["trial"] for result in matched["results"]]
    for told, explained in zip(found["results"], matched["results"], strict=True):
        assert told["verdict"] == explained["verdict"]
        assert told["counts"] == explained["counts"]
        assert told["blocking"] == [blocking["criterion"] for blocking in explained["blocking"]]
    assert found["total"] == matched["total"]


def test_answers_are_of_their_declared_form(client: TestClient):
    found = send(client, as_lines(one("p-1", **LUPUS), {}))
    models: tuple[type[CohortAnswer | CohortProblem], ...] = (CohortAnswer, CohortProblem)
    for line, model in zip(found, models, strict=True):
        assert model.model_validate(line).model_dump(mode="json") == line


def test_the_same_patients_in_one_body_get_the_same_answers(client: TestClient):
    patients = [one("p-1", **LUPUS), {"id": "p-2"}, *(one(f"q-{number}") for number in range(80))]
    body = json.dumps({"patients": patients}).encode()
    assert send(client, body, content_type="application/json") == send(client, as_lines(*patients))
    assert send(client, b'{"patients": []}', content_type="application/json; charset=utf-8") == []


def test_an_empty_stream_has_an_empty_answer(sqlite_client: TestClient):
    assert send(sqlite_client, b"") == []
    assert send(sqlite_client, b"\n \r\n\n") == []


FAULTY: list[tuple[bytes, str | None, str, list[tuple[str, str]]]] = [
    (b"{", None, "malformed-json", []),
    (b"\xff", None, "malformed-json", []),
    (b'{"id": "p", "id": "p", "patient": {}}', None, "malformed-json", [("/id", "duplicate_key")]),
    (b'{"id": "p", "patient": {"weight_kg": NaN}}', None, "malformed-json", [("/patient/weight_kg", "bad_number")]),
    (b"[]", None, "invalid-request", [("", "wrong_type")]),
    (b"{}", None, "invalid-request", [("/id", "missing"), ("/patient", "missing")]),
    (b'{"patient": {}}', None, "invalid-request", [("/id", "missing")]),
    (b'{"id": 7, "patient": {}}', None, "invalid-request", [("/id", "wrong_type")]),
    (b'{"id": "", "patient": {}}', None, "invalid-request", [("/id", "wrong_length")]),
    (b'{"id": "%s", "patient": {}}' % (b"x" * 201), None, "invalid-request", [("/id", "wrong_length")]),
    (b'{"id": "p"}', "p", "invalid-request", [("/patient", "missing")]),
    (b'{"id": "p", "patient": {}, "as_of": "2026"}', "p", "invalid-request", [("/as_of", "unknown_field")]),
    (b'{"id": "p", "patient": {"sex": "f"}}', "p", "invalid-request", [("/patient/sex", "not_allowed")]),
    (
        b'{"id": "p", "patient": {"conditions": [{"code": "slee"}], "events": [{"code": "x"}]}}',
        "p",
        "invalid-request",
        [("/patient/conditions/0/code", "unknown_code"), ("/patient/events/0/code", "unknown_code")],
    ),
    (
        b'{"id": "p", "patient": {"observations": [{"code": "hemoglobin", "value": 102, "unit": "g/dL"}]}}',
        "p",
        "invalid-request",
        [("/patient/observations/0/value", "implausible")],
    ),
]


@pytest.mark.parametrize(("line", "pseudonym", "name", "errors"), FAULTY)
def test_a_line_at_fault_is_told_so_and_the_rest_goes_on(
    sqlite_client: TestClient, line: bytes, pseudonym: str | None, name: str, errors: list[tuple[str, str]]
):
    before, told, after = send(sqlite_client, as_lines(one("a")) + line + b"\n\n" + as_lines(one("b")))
    assert (before["line"], before["id"]) == (1, "a")
    assert (after["line"], after["id"]) == (4, "b")
    assert (told["line"], told["id"]) == (2, pseudonym)
    assert told["problem"]["type"] == f"/problems/{name}"
    assert [(error["pointer"], error["code"]) for error in told["problem"]["errors"]] == errors
    assert told["problem"]["error_count"] == len(errors)
    assert "results" not in told


def test_a_line_may_be_as_long_as_any_other_body(sqlite_client: TestClient):
    most = Settings().max_body_bytes
    longest = json.dumps(one("long")).encode().ljust(most)
    fits, told, after = send(sqlite_client, longest + b"\n" + longest + b" \n" + as_lines(one("b")))
    assert fits["id"] == "long"
    assert told["line"] == 2
    assert told["id"] is None
    assert told["problem"]["type"] == "/problems/too-large"
    assert after["id"] == "b"


def test_in_one_body_a_patient_may_be_as_long_as_a_line(sqlite_client: TestClient):
    long = one("long", conditions=[{"code": "sle", "criteria_set": "x" * Settings().max_body_bytes}])
    body = json.dumps({"patients": [long, one("b")]}).encode()
    told, after = send(sqlite_client, body, content_type="application/json")
    assert (told["id"], told["problem"]["type"]) == ("long", "/problems/too-large")
    assert after["id"] == "b"


REFUSED: list[tuple[str, str, bytes, int, str | None]] = [
    ("cell_tpye=car_t", NDJSON, b"", 422, "cell_tpye"),
    ("condition=lupsu", NDJSON, b"", 422, "condition"),
    ("as_of=2026-02-30", NDJSON, b"", 422, "as_of"),
    ("as_of=2026", NDJSON, b"", 422, "as_of"),
    ("limit=101", NDJSON, b"", 422, "limit"),
    ("sort=title", NDJSON, b"", 422, "sort"),
    ("", "text/csv", b"", 415, None),
    ("", "application/x-ndjson; charset=latin-1", b"", 415, None),
    ("", "application/json", b"{", 400, None),
    ("", "application/json", b'{"patient": {}}', 422, None),
    ("", "application/json", b'{"patients": {}}', 422, None),
    ("", "application/json", json.dumps({"patients": [{}] * 1001}).encode(), 422, None),
    ("", "application/json", b'{"patients": []}'.ljust(16 * 1_048_576 + 1), 413, None),
]


@pytest.mark.parametrize(("query", "content_type", "body", "status", "parameter"), REFUSED)
def test_what_concerns_all_patients_refuses_the_request(
    sqlite_client: TestClient, query: str, content_type: str, body: bytes, status: int, parameter: str | None
):
    answer = sqlite_client.post(f"{COHORT}?{query}", content=body, headers={"Content-Type": content_type})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    if parameter:
        assert [error["parameter"] for error in answer.json()["errors"]] == [parameter]


def test_a_compressed_body_is_refused(sqlite_client: TestClient):
    headers = {"Content-Type": NDJSON, "Content-Encoding": "gzip"}
    assert sqlite_client.post(COHORT, content=b"", headers=headers).status_code == 415


class Wire:
    """A client below HTTP: sends a line at a time when asked for more, and counts what goes either way."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self.lines = lines
        self.asked = 0
        self.answered: list[int] = []
        self.body = b""
        self.takes = asyncio.Event()
        self.takes.set()

    async def receive(self) -> Message:
        self.asked += 1
        self.answered.append(self.body.count(b"\n"))
        line = next(self.lines, b"")
        return {"type": "http.request", "body": line, "more_body": bool(line)}

    async def send(self, message: Message) -> None:
        await self.takes.wait()
        self.body += message.get("body", b"")

    def scope(self) -> dict[str, Any]:
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "method": "POST",
            "path": COHORT,
            "query_string": b"limit=1",
            "headers": [(b"content-type", NDJSON.encode())],
        }


def test_each_line_is_answered_before_the_next_is_asked_for(sqlite_client: TestClient):
    wire = Wire(as_lines(one(f"p-{number}")) for number in range(50))
    talk(sqlite_client, wire)
    assert wire.body.count(b"\n") == 50
    assert all(asked - answered <= 2 for asked, answered in enumerate(wire.answered))


def test_no_more_is_read_while_the_client_takes_nothing(sqlite_client: TestClient, monkeypatch):
    monkeypatch.setattr("app.api.cohort.StreamedAnswer", partial(StreamedAnswer, most_ahead=5_000))
    wire = Wire(as_lines(one(f"p-{number}")) for number in range(500))
    wire.takes.clear()

    async def work_at_once(task: Any) -> Any:
        return task()

    async def take_at_last() -> None:
        while not wire.asked:  # the catalogue is compiled first, on a thread
            await asyncio.sleep(0)
        for _ in range(5_000):  # turns in which all 500 could be answered ten times
            await asyncio.sleep(0)
        assert 0 < wire.asked < 50
        wire.takes.set()

    monkeypatch.setattr(sqlite_client.app.state.cohorts, "work", work_at_once)  # type: ignore[attr-defined]
    talk(sqlite_client, wire, take_at_last)
    assert wire.body.count(b"\n") == 500


def talk(client: TestClient, wire: Wire, meanwhile: Any = None) -> None:
    async def both() -> None:
        calls = [client.app(wire.scope(), wire.receive, wire.send)]
        await asyncio.gather(*calls, *([meanwhile()] if meanwhile else []))

    assert client.portal
    client.portal.call(both)


def test_nothing_of_a_patient_is_anywhere_but_in_the_patients_own_line(sqlite_client: TestClient, caplog, capfd):
    marked = [
        one("p-1", birth_date=MARKER),
        one("p-2", conditions=[{"code": MARKER}]),
        one("p-3", observations=[{"code": "hemoglobin", "value": MARKER, "unit": MARKER}]),
        {"id": "p-4", "patient": {MARKER: MARKER}},
        {"id": "p-5", MARKER: {}},
        {"id": MARKER * 50, "patient": {}},
        one("p-7", observations=[{"code": "ana", "value": "1:160", "date": "2030"}]),
    ]
    body = as_lines(*marked) + b'{"id": "%s"' % MARKER.encode() + b"\n" + as_lines(one(f"id {MARKER}", **LUPUS))
    *others, own = send(sqlite_client, body)
    assert own["id"] == f"id {MARKER}"
    assert MARKER not in json.dumps(others)
    assert MARKER not in json.dumps(own | {"id": ""})
    assert MARKER not in sqlite_client.get("/metrics").text
    assert MARKER not in caplog.text
    assert MARKER not in "".join(capfd.readouterr())


@pytest.mark.parametrize("step", ["read", "answers"])
def test_a_fault_of_ours_costs_one_patient_his_answer_and_is_noted_without_content(
    sqlite_client: TestClient, monkeypatch, caplog, step: str
):
    as_it_is = getattr(Cohort, step)

    def fail_for_men(self: Cohort, given: Any) -> Any:
        if any(one.sex == "male" for one in (given if isinstance(given, list) else [given])):
            raise ValueError(MARKER)
        return as_it_is(self, given)

    monkeypatch.setattr(Cohort, step, fail_for_men)
    first, told, last = send(sqlite_client, as_lines(one("a"), one("b", sex="male"), one("c")))
    assert (first["id"], last["id"]) == ("a", "c")
    assert "results" in first
    assert first["results"] == last["results"]
    assert (told["id"], told["problem"]["type"]) == ("b", "/problems/internal")
    assert "cohort_line_failed" in caplog.text
    assert "ValueError" in caplog.text
    assert MARKER not in caplog.text + json.dumps(told)


def test_a_client_that_goes_away_is_no_error(sqlite_client: TestClient, caplog):
    class Gone(Wire):
        async def receive(self) -> Message:
            message = await super().receive()
            return message if self.asked < 4 else {"type": "http.disconnect"}

    wire = Gone(as_lines(one("p")) for _ in range(10))
    talk(sqlite_client, wire)
    assert wire.asked == 4
    assert caplog.text == ""
