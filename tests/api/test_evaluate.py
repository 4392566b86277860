"""The evaluator alone, over HTTP: every kind of expression, every fault by its place."""

import json
from typing import Any, get_args

import pytest
from starlette.testclient import TestClient

from app.api.evaluate_schemas import EvaluationAnswer
from app.eligibility.criteria import Composite, Except, Leaf
from app.matching.evaluation import MOST_NODES
from tests.api.conftest import UKM

TODAY = "2026-11-21"
ADULT = {"kind": "age", "min_years": 18}
FEMALE = {"kind": "sex", "sex": "female"}
LUPUS = {"kind": "condition", "code": "sle"}
HAEMOGLOBIN = {
    "kind": "observation",
    "code": "hemoglobin",
    "threshold": {"comparator": "ge", "value": 8, "unit": "g/dL"},
}
RITUXIMAB = {"kind": "therapy", "agents": ["rituximab"], "window": {"within": {"value": 6, "unit": "months"}}}
VACCINE = {"kind": "event", "codes": ["live_vaccine"], "window": {"within": {"value": 4, "unit": "weeks"}}}
UNFIT = {"kind": "judgement", "text": "the investigator finds the patient unfit"}
CONSENT = {"kind": "undertaking", "text": "signs the consent"}
MALIGNANCY = {"kind": "condition", "code": "malignancy", "state": "ever"}
BASAL_CELL = {"kind": "condition", "code": "basal_cell_carcinoma", "state": "ever"}

WOMAN: dict[str, Any] = {
    "birth_date": "1992-03-14",
    "sex": "female",
    "conditions": [{"code": "sle"}, {"code": "basal_cell_carcinoma", "status": "resolved"}],
    "observations": [{"code": "hemoglobin", "value": 79, "unit": "g/L", "date": "2026-11-20"}],
    "therapies": [{"agent": "rituximab", "start": "2026-01", "end": "2026-07-15"}],
    "events": [{"code": "live_vaccine", "date": "2026-11-02"}],
    "reproductive": {"pregnant": False},
    "reviewed": ["conditions"],
}

OF_EACH_KIND: list[tuple[dict[str, Any], str, str]] = [
    (ADULT, "passes", "fails"),
    (FEMALE, "passes", "fails"),
    (HAEMOGLOBIN, "fails", "passes"),
    (LUPUS, "passes", "fails"),
    (RITUXIMAB, "passes", "fails"),
    (VACCINE, "passes", "fails"),
    ({"kind": "reproductive", "state": "pregnant"}, "fails", "passes"),
    (UNFIT, "to_confirm", "to_confirm"),
    (CONSENT, "to_confirm", "to_confirm"),
    ({"kind": "all_of", "of": [ADULT, HAEMOGLOBIN]}, "fails", "passes"),
    ({"kind": "any_of", "of": [ADULT, HAEMOGLOBIN]}, "passes", "fails"),
    ({"kind": "at_least", "n": 2, "of": [ADULT, HAEMOGLOBIN, LUPUS]}, "passes", "fails"),
    ({"kind": "not", "of": HAEMOGLOBIN}, "passes", "fails"),
    (
        {"kind": "only_if", "condition": {"kind": "sex", "sex": "male"}, "then": ADULT},
        "not_applicable",
        "not_applicable",
    ),
    ({"kind": "except", "of": MALIGNANCY, "unless": [BASAL_CELL]}, "fails", "passes"),
]


def ask(client: TestClient, criterion: dict[str, Any], patient: dict[str, Any] | None = None, **more: Any) -> Any:
    body = {"criterion": criterion, "patient": WOMAN if patient is None else patient, "as_of": TODAY, **more}
    answer = client.post("/v1/evaluate", json=body)
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


def outcome(found: dict[str, Any]) -> str:
    return "to_confirm" if found["to_confirm"] else str(found["outcome"])


def test_every_kind_of_expression_is_tried_here():
    nodes = [*get_args(Composite), *get_args(Leaf), Except]
    kinds = {get_args(node.model_fields["kind"].annotation)[0] for node in nodes}
    assert {expression["kind"] for expression, _, _ in OF_EACH_KIND} == kinds


@pytest.mark.parametrize(("expression", "included", "excluded"), OF_EACH_KIND)
def test_an_inclusion_asks_that_it_holds_and_an_exclusion_that_it_does_not(
    sqlite_client: TestClient, expression: dict[str, Any], included: str, excluded: str
):
    inclusion = ask(sqlite_client, {"kind": "inclusion", "expression": expression})
    assert outcome(inclusion) == included
    assert outcome(ask(sqlite_client, {"kind": "exclusion", "expression": expression})) == excluded
    assert ask(sqlite_client, expression) == inclusion, "a bare expression is read as an inclusion"
    assert EvaluationAnswer.model_validate(inclusion).model_dump(mode="json") == inclusion
    assert [part["kind"] for part in inclusion["parts"]] == [expression["kind"]]
    assert inclusion["wording"]


def test_the_answer_shows_fact_margin_and_words(sqlite_client: TestClient):
    found = ask(sqlite_client, HAEMOGLOBIN)
    assert found["wording"] == "haemoglobin ≥ 8 g/dL"
    assert found["margin"]["text"] == "79 g/L, 1 short"
    [fact] = found["evidence"]
    assert (fact["fact"], fact["value"], fact["unit"], fact["date"]) == ("hemoglobin", "79", "g/L", "2026-11-20")
    assert found["as_of"] == TODAY
    assert "decide" in found["notice"]


def test_the_answer_says_when_a_failure_lapses_and_a_pass_expires(sqlite_client: TestClient):
    vaccine = ask(sqlite_client, {"kind": "exclusion", "expression": VACCINE})
    assert (vaccine["outcome"], vaccine["lapses_on"], vaccine["permanent"]) == ("fails", "2026-12-01", False)
    younger = ask(sqlite_client, {"kind": "age", "max_years": 34})
    assert (younger["outcome"], younger["expires_on"]) == ("passes", "2027-03-14")


def test_windows_end_on_the_milestone_that_the_criterion_names(sqlite_client: TestClient):
    criterion = {"kind": "exclusion", "anchor": "infusion", "expression": VACCINE}
    patient = WOMAN | {"reviewed": ["events"]}
    assert ask(sqlite_client, criterion, patient)["outcome"] == "fails"
    assert ask(sqlite_client, criterion, patient, milestones={"infusion": "2026-12-01"})["outcome"] == "passes"
    assert ask(sqlite_client, criterion, patient, milestones={"screening": "2026-12-01"})["outcome"] == "fails"


def test_what_is_missing_is_named(sqlite_client: TestClient):
    found = ask(sqlite_client, {"kind": "all_of", "of": [HAEMOGLOBIN, ADULT]}, {})
    assert (found["outcome"], found["reasons"]) == ("unknown", ["missing"])
    assert found["missing"] == [
        {"fact": "hemoglobin", "kind": "observation", "reason": "missing"},
        {"fact": "age", "kind": "age", "reason": "missing"},
    ]


def test_old_results_and_facts_of_the_future_are_told(sqlite_client: TestClient):
    old = {"code": "hemoglobin", "value": 9, "unit": "g/dL", "date": "2026-01-01"}
    future = {"code": "hemoglobin", "value": 7, "unit": "g/dL", "date": "2027-01-01"}
    found = ask(sqlite_client, HAEMOGLOBIN, {"observations": [old, future]})
    assert (found["outcome"], found["old_results"]) == ("passes", ["hemoglobin"])
    assert [warning["pointer"] for warning in found["warnings"]] == ["/patient/observations/1/date"]


def test_a_scope_makes_it_apply_to_people_with_the_condition(sqlite_client: TestClient):
    criterion = {"kind": "inclusion", "expression": HAEMOGLOBIN, "scope": {"conditions": ["systemic_sclerosis"]}}
    found = ask(sqlite_client, criterion)
    assert found["outcome"] == "not_applicable"
    assert "systemic sclerosis" in found["wording"]


def test_text_without_an_expression_is_unknown(sqlite_client: TestClient):
    criterion = {"key": "inc-1", "kind": "inclusion", "statement": "Is well.", "locator": "3", "expression": None}
    found = ask(sqlite_client, criterion)
    assert (found["outcome"], found["reasons"]) == ("unknown", ["unstructured"])
    assert (found["key"], found["statement"], found["locator"]) == ("inc-1", "Is well.", "3")
    assert (found["wording"], found["parts"], found["missing"]) == (None, [], [])


def test_a_trials_criteria_can_be_sent_as_they_are(sqlite_client: TestClient):
    criteria = sqlite_client.get(f"/v1/trials/{UKM}/criteria").json()["items"]
    result = sqlite_client.post(f"/v1/trials/{UKM}/match", json={"patient": WOMAN, "as_of": TODAY}).json()["result"]
    for criterion, matched in zip(criteria, result["criteria"], strict=True):
        found = ask(sqlite_client, criterion)
        assert {name: found[name] for name in matched} == matched


FAULTS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"criterion": {"kind": "observatoin"}, "patient": {}}, [("/criterion/kind", "not_allowed")]),
    ({"criterion": {}, "patient": {}}, [("/criterion/kind", "missing")]),
    ({"criterion": {"kind": "inclusion"}, "patient": {}}, [("/criterion/expression", "missing")]),
    ({"criterion": ADULT}, [("/patient", "missing")]),
    ({"criterion": {"kind": "age", "minimum": 5}, "patient": {}}, [("/criterion/minimum", "unknown_field")]),
    (
        {"criterion": {"kind": "inclusion", "expression": {"kind": "not", "of": {"kind": "sexx"}}}, "patient": {}},
        [("/criterion/expression/of/kind", "not_allowed")],
    ),
    (
        {"criterion": {"kind": "inclusion", "expression": {"kind": "not", "of": LUPUS | {"cod": 1}}}, "patient": {}},
        [("/criterion/expression/of/cod", "unknown_field")],
    ),
    (
        {"criterion": {"kind": "inclusion", "expression": ADULT, "key": "no key"}, "patient": {}},
        [("/criterion/key", "wrong_form")],
    ),
    (
        {"criterion": {"kind": "any_of", "of": [ADULT, {"kind": "condition", "code": "slee"}]}, "patient": {}},
        [("/criterion/of/1/code", "unknown_code")],
    ),
    (
        {
            "criterion": {"kind": "inclusion", "expression": RITUXIMAB | {"agents": ["rituximab", "x"]}},
            "patient": {"conditions": [{"code": "x"}]},
        },
        [("/criterion/expression/agents/1", "unknown_code"), ("/patient/conditions/0/code", "unknown_code")],
    ),
    (
        {
            "criterion": {"kind": "inclusion", "expression": ADULT, "scope": {"conditions": ["sle", "slee"]}},
            "patient": {},
        },
        [("/criterion/scope/conditions/1", "unknown_code")],
    ),
    (
        {"criterion": {"kind": "any_of", "of": [ADULT] * MOST_NODES}, "patient": {}},
        [("/criterion", "too_many")],
    ),
    ({"criterion": ADULT, "patient": {}, "as_of": "2026"}, [("/as_of", "invalid")]),
    ({"criterion": ADULT, "patient": {}, "answers": []}, [("/answers", "unknown_field")]),
]


@pytest.mark.parametrize(("body", "errors"), FAULTS)
def test_every_fault_is_named_by_its_place(
    sqlite_client: TestClient, body: dict[str, Any], errors: list[tuple[str, str]]
):
    answer = sqlite_client.post("/v1/evaluate", json=body)
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == errors


def test_an_unknown_name_gets_the_known_ones(sqlite_client: TestClient):
    body = {"criterion": {"kind": "inclusion", "expression": {"kind": "age", "min_yers": 5}}, "patient": {}}
    [error] = sqlite_client.post("/v1/evaluate", json=body).json()["errors"]
    assert error["nearest"][0] == "min_years"
    assert error["remedy"] == "use one of: kind, max_years, min_years"


def test_an_expression_may_be_as_large_as_is_read(sqlite_client: TestClient):
    branches = [ADULT] * (MOST_NODES - 1)
    assert ask(sqlite_client, {"kind": "all_of", "of": branches})["outcome"] == "passes"
    nested = {"kind": "only_if", "condition": {"kind": "not", "of": FEMALE}, "then": {"kind": "all_of", "of": branches}}
    excepted = {"kind": "except", "of": MALIGNANCY, "unless": [BASAL_CELL] * MOST_NODES}
    for too_large in (nested, excepted):
        answer = sqlite_client.post("/v1/evaluate", json={"criterion": too_large, "patient": {}})
        assert [error["code"] for error in answer.json()["errors"]] == ["too_many"]


def test_nothing_of_the_patient_is_echoed(sqlite_client: TestClient, caplog):
    marker = "Zebra 4711"
    patient = {"birth_date": marker, "conditions": [{"code": marker}], marker: 1}
    answer = sqlite_client.post("/v1/evaluate", json={"criterion": ADULT, "patient": patient})
    assert answer.status_code == 422
    assert marker not in answer.text + caplog.text + sqlite_client.get("/metrics").text


def test_the_criterion_of_the_contracts_example_is_answered_as_it_shows(sqlite_client: TestClient):
    document = sqlite_client.get("/openapi.json").json()
    operation = document["paths"]["/v1/evaluate"]["post"]
    asked = operation["requestBody"]["content"]["application/json"]["example"]
    shown = operation["responses"]["200"]["content"]["application/json"]["example"]
    assert json.loads(sqlite_client.post("/v1/evaluate", json=asked).text) == shown
