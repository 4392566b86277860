"""Matching over HTTP: answers of people, pages, the funnel, what-if, other revisions; nothing of a patient is kept."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from starlette.testclient import TestClient

from app.api.match_schemas import MatchAnswer, TrialMatchAnswer
from tests.api.conftest import AMENDED, UKM
from tests.registry.seeds import SLUGS

AS_OF = "2026-11-21"
LUPUS = {"conditions": [{"code": "sle"}], "birth_date": "1992-03-14", "sex": "female"}
EVERYTHING: dict[str, Any] = {
    **LUPUS,
    "observations": [
        {"code": "hemoglobin", "value": 10.4, "unit": "g/dL", "date": "2026-11-10"},
        {"code": "alt", "value": 31, "unit": "U/L", "upper_limit": 40, "date": "2026-11-10"},
        {"code": "sledai_2k", "value": 12, "date": "2026-11-12"},
        {"code": "creatinine", "value": "<0.9", "unit": "mg/dL", "date": "2026-11"},
    ],
    "weight_kg": 61,
    "therapies": [
        {"agent": "rituximab", "start": "2025-11-01", "end": "2026-07-15", "response": "inadequate"},
        {"agent": "prednisone", "start": "2025-01", "dose": {"value": 60, "unit": "mg/d"}},
    ],
    "events": [{"code": "live_vaccine", "date": "2026-11-02"}],
    "reproductive": {"pregnant": False},
}


def match(client: TestClient, patient: dict[str, Any], path: str = "/v1/match", **asked: Any) -> dict[str, Any]:
    response = client.post(path, json={"patient": patient, "as_of": AS_OF, **asked})
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def refused(client: TestClient, patient: dict[str, Any], **asked: Any) -> list[tuple[str, str]]:
    response = client.post("/v1/match", json={"patient": patient, "as_of": AS_OF, **asked})
    assert response.status_code == 422
    return [(error["pointer"], error["code"]) for error in response.json()["errors"]]


def one(client: TestClient, patient: dict[str, Any], trial: str = UKM, **asked: Any) -> dict[str, Any]:
    result: dict[str, Any] = match(client, patient, f"/v1/trials/{trial}/match", **asked)["result"]
    return result


def criterion(result: dict[str, Any], key: str) -> dict[str, Any]:
    found: dict[str, Any] = next(part for part in result["criteria"] if part["key"] == key)
    return found


@pytest.mark.parametrize("patient", [{}, LUPUS, EVERYTHING], ids=["nobody", "lupus", "everything"])
def test_answers_are_what_the_openapi_says(client: TestClient, patient: dict[str, Any]):
    body = match(client, patient, include=["criteria"], limit=100, what_if={"weight_kg": 70})
    TypeAdapter(MatchAnswer).validate_python(body, extra="forbid", strict=False)
    assert body["total"] == len(body["results"]) == 46
    for result in body["results"]:
        assert sum(result["counts"].values()) == result["rests_on"]["of"] == len(result["criteria"])
    trial = match(client, patient, f"/v1/trials/{UKM}/match")
    TypeAdapter(TrialMatchAnswer).validate_python(trial, extra="forbid", strict=False)


def test_criteria_are_told_in_their_own_words(client: TestClient):
    words = ("key", "kind", "statement", "locator")
    for result in match(client, {}, trials={"cell_type": ["car_nk"]}, include=["criteria"])["results"]:
        stored = client.get(f"/v1/trials/{result['trial']['id']}").json()
        assert [[part[name] for name in words] for part in result["criteria"]] == [
            [part[name] for name in words] for part in stored["criteria"]
        ]
        assert result["trial"] == {name: stored[name] for name in ("id", "title", "revision", "status")}


def test_pages_follow_one_another(client: TestClient):
    whole = match(client, EVERYTHING, limit=100)
    pages = [match(client, EVERYTHING, limit=20, offset=offset) for offset in (0, 20, 40, 60)]
    assert [result for page in pages for result in page["results"]] == whole["results"]
    assert {page["total"] for page in pages} == {46}
    assert {json.dumps(page["funnel"]) for page in pages} == {json.dumps(whole["funnel"])}


def test_the_best_prospects_come_first(client: TestClient):
    order = ["eligible", "undetermined", "ineligible", "not_assessable"]
    verdicts = [result["verdict"] for result in match(client, EVERYTHING, limit=100)["results"]]
    assert verdicts == sorted(verdicts, key=order.index)
    assert len(set(verdicts)) > 1


def test_the_funnel_removes_only_what_is_known(client: TestClient):
    steps = ["status", "age_and_sex", "condition", "no_failure", "eligible"]
    nobody, child = (match(client, patient)["funnel"] for patient in ({}, {"age_years": 3}))
    assert [step["step"] for step in nobody] == steps
    left = [step["remaining"] for step in nobody]
    assert left == sorted(left, reverse=True)
    assert left[0] == left[1] == left[2] == left[3], "of nobody, nothing is known that could remove a trial"
    assert left[4] == 0
    assert child[1]["remaining"] < child[0]["remaining"] == left[0]


def test_a_person_s_answer_counts_and_is_shown_as_such(client: TestClient):
    before = one(client, {})
    open_ = next(part for part in before["criteria"] if part["to_confirm"])
    answer = {"trial": UKM, "criterion": open_["key"], "revision": before["trial"]["revision"], "answer": "fails"}

    answered = one(client, {}, answers=[answer])

    assert not open_["answered"]
    assert criterion(answered, open_["key"])["answered"]
    assert criterion(answered, open_["key"])["outcome"] == "fails"
    assert open_["key"] in [block["criterion"] for block in answered["blocking"]]
    assert answered["verdict"] == "ineligible"
    [among_all] = [
        result for result in match(client, {}, answers=[answer], limit=100)["results"] if result["trial"]["id"] == UKM
    ]
    assert among_all["verdict"] == "ineligible"


def test_a_trial_may_be_named_by_its_registry_number(client: TestClient):
    before = one(client, {})
    [number] = [one["value"] for one in client.get(f"/v1/trials/{UKM}").json()["identifiers"] if one["scheme"] == "nct"]
    open_ = next(part["key"] for part in before["criteria"] if part["to_confirm"])
    answer = {"trial": number, "criterion": open_, "revision": before["trial"]["revision"], "answer": "passes"}
    assert criterion(one(client, {}, answers=[answer]), open_)["outcome"] == "passes"
    assert refused(client, {}, answers=[answer, answer | {"trial": UKM}]) == [("/answers/1", "repeated")]
    assert refused(client, {}, compare_with={"revisions": {number: 99}}) == [
        (f"/compare_with/revisions/{number}", "unknown_revision")
    ]


def test_an_answer_to_another_revision_is_left_aside_with_a_warning(client: TestClient):
    answer = {"trial": AMENDED, "criterion": "exc-1", "revision": 1, "answer": "passes"}
    body = match(client, {}, answers=[answer])
    assert [(warning["code"], warning["pointer"]) for warning in body["warnings"]] == [
        ("stale_answer", "/answers/0/revision")
    ]
    assert one(client, {}, AMENDED, answers=[answer]) == one(client, {}, AMENDED)


def test_an_answer_to_a_trial_that_is_filtered_out_is_left_aside_with_a_warning(client: TestClient):
    answer = {"trial": AMENDED, "criterion": "inc-1", "revision": 2, "answer": "passes"}
    body = match(client, {}, answers=[answer], trials={"q": "malaysia"})
    assert [warning["code"] for warning in body["warnings"]] == ["answer_without_trial"]


def test_answers_that_cannot_count_are_refused(client: TestClient):
    result = one(client, {})
    revision = result["trial"]["revision"]
    by_data = next(part["key"] for part in result["criteria"] if part["reasons"] == ["missing"])
    asked = next(part["key"] for part in result["criteria"] if "judgement" in part["reasons"] or part["to_confirm"])
    answers = [
        {"trial": UKM, "criterion": criterion, "revision": revision, "answer": "passes"}
        for criterion in ("inc-99", by_data, asked, asked)
    ]
    assert refused(client, {}, answers=answers) == [
        ("/answers/0/criterion", "unknown_code"),
        ("/answers/1/criterion", "decided_by_data"),
        ("/answers/3", "repeated"),
    ]


def test_what_if_tells_the_verdicts_that_change_and_the_criteria_that_did_it(client: TestClient):
    body = match(client, {}, what_if={"age_years": 3}, limit=100)
    changed = {change["trial"]: change for change in body["changes"]}
    then = {result["trial"]["id"]: result for result in match(client, {"age_years": 3}, limit=100)["results"]}
    now = {result["trial"]["id"]: result for result in body["results"]}
    for trial, result in now.items():
        if result["verdict"] != then[trial]["verdict"]:
            assert (changed[trial]["from"], changed[trial]["to"]) == (result["verdict"], then[trial]["verdict"])
            assert "fails" in [part["to"] for part in changed[trial]["criteria"]]
    assert any(result["verdict"] != then[trial]["verdict"] for trial, result in now.items())


def test_a_trial_can_be_compared_with_its_other_revision(client: TestClient):
    body = match(client, {}, f"/v1/trials/{AMENDED}/match", compare_with={"revisions": {AMENDED: 1}})
    assert body["changes"] == [
        {
            "trial": AMENDED,
            "from": "undetermined",
            "to": "undetermined",
            "criteria": [{"criterion": "exc-1", "from": None, "to": "unknown"}],
        }
    ]
    assert match(client, {}, compare_with={"revisions": {AMENDED: 1}})["changes"] == body["changes"]
    assert match(client, {}, compare_with={"revisions": {AMENDED: 2}})["changes"] == []


def test_an_answer_counts_for_the_revision_that_it_was_given_to(client: TestClient):
    answer = {"trial": AMENDED, "criterion": "exc-1", "revision": 1, "answer": "passes"}
    body = match(client, {}, compare_with={"revisions": {AMENDED: 1}}, answers=[answer])
    [change] = body["changes"]
    assert change["criteria"] == [{"criterion": "exc-1", "from": None, "to": "passes"}]


def test_revisions_that_are_not_there_are_refused(client: TestClient):
    asked = {"revisions": {AMENDED: 9}}
    assert refused(client, {}, compare_with=asked) == [(f"/compare_with/revisions/{AMENDED}", "unknown_revision")]
    [(place, _)] = refused(client, {}, compare_with={"revisions": {AMENDED: 2**31}})
    assert place == "/compare_with/revisions/*"
    body = match(client, {}, compare_with={"revisions": {"no-such-trial": 1}})
    assert [warning["code"] for warning in body["warnings"]] == ["revision_without_trial"]


def test_another_day_changes_what_time_changes(client: TestClient):
    patient = {"birth_date": "1990-01-01", "therapies": [{"agent": "rituximab", "end": "2026-07-15"}]}
    body = match(client, patient, compare_with={"as_of": "2027-06-01"}, limit=100)
    lapsed = [
        (change["trial"], part["criterion"])
        for change in body["changes"]
        for part in change["criteria"]
        if part["from"] == "fails" and part["to"] != "fails"
    ]
    blocking = {
        (result["trial"]["id"], block["criterion"]): block["lapses_on"]
        for result in body["results"]
        for block in result["blocking"]
    }
    assert lapsed
    assert all(blocking[pair] <= "2027-06-01" for pair in lapsed)


SOMEBODY = {"birth_date": "1990-05-04", "sex": "male", "conditions": [{"code": "sle"}]}
DOCUMENTED = {**EVERYTHING, "reviewed": ["conditions", "therapies", "events"]}


@pytest.mark.parametrize("patient", [{}, SOMEBODY, DOCUMENTED], ids=["nobody", "somebody", "documented"])
def test_a_decisive_fact_does_what_it_says_in_the_way_that_it_shows(sqlite_client: TestClient, patient: dict[str, Any]):
    body = match(sqlite_client, patient, limit=100)
    assert body["decisive_facts"]
    for fact in body["decisive_facts"][:12]:
        changed = {
            change["trial"]: change["to"]
            for change in match(sqlite_client, patient, what_if=fact["what_if"])["changes"]
        }
        opened = fact["trials"][: fact["opens"]]
        assert {changed.get(trial) for trial in opened} <= {"eligible"}, fact
        if not opened:
            assert [trial for trial in fact["trials"] if changed.get(trial) in ("eligible", "ineligible")], fact


@pytest.mark.parametrize("patient", [SOMEBODY, {**SOMEBODY, "reviewed": ["conditions"]}], ids=["somebody", "reviewed"])
def test_the_smallest_set_opens_the_trial_in_the_way_that_it_shows(sqlite_client: TestClient, patient: dict[str, Any]):
    tried = 0
    for trial in SLUGS:
        body = match(sqlite_client, patient, f"/v1/trials/{trial}/match")
        needed = body["smallest_set"]["to_open"]
        if not needed:
            continue
        together: dict[str, Any] = {}
        for fact in needed:
            for name, value in (fact["what_if"] or {}).items():
                if isinstance(value, list):
                    together.setdefault(name, []).extend(value)
                elif isinstance(value, dict):
                    together.setdefault(name, {}).update(value)
                else:
                    together[name] = value
        after = match(sqlite_client, patient, what_if=together)
        changed = {change["trial"]: change["to"] for change in after["changes"]}
        assert changed[trial] == "eligible", (trial, together)
        tried += 1
    assert tried


def test_nothing_of_a_patient_is_kept(
    client: TestClient, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
):
    marked = {
        **EVERYTHING,
        "birth_date": "1947-11-03",
        "observations": [{"code": "hemoglobin", "value": 94.71, "unit": "g/L", "date": "2026-04-07"}],
        "weight_kg": 47.1147,
    }
    markers = ("1947-11-03", "94.71", "47.1147", "2026-04-07")
    caplog.set_level(logging.DEBUG)

    for path in ("/v1/match", f"/v1/trials/{UKM}/match"):
        assert client.post(path, json={"patient": marked, "as_of": AS_OF}).status_code == 200
        assert client.post(path, json={"patient": marked | {"x": 1}, "as_of": AS_OF}).status_code == 422

    printed = capsys.readouterr()
    kept = caplog.text + printed.out + printed.err + client.get("/metrics").text
    after = client.post("/v1/match", json={"patient": {}, "as_of": AS_OF, "include": ["criteria"], "limit": 100}).text
    for marker in markers:
        assert marker not in kept
        assert marker not in after
