"""What a report says of answers that the seed's trials do not give."""

import io
from typing import Any

import pytest
from rich.console import Console

from app.cli.report import MatchReport
from app.vocabulary.terms import Vocabulary

LEAF: dict[str, Any] = {"kind": "age", "text": "age at least 18 years", "verdict": "no", "note": None, "parts": []}
AGE = {"fact": "age", "value": "17", "unit": "years", "date": None, "converted": None, "derivation": None}
CRITERION: dict[str, Any] = {
    "key": "inc-1",
    "kind": "inclusion",
    "statement": "Is an adult.",
    "locator": "inclusion 1",
    "answered": False,
    "lapses_on": None,
    "permanent": False,
    "parts": [LEAF | {"evidence": [AGE], "margin": None}],
}
RESULT: dict[str, Any] = {
    "trial": {
        "id": "a-trial",
        "title": "A trial [IU]",
        "revision": 2,
        "status": {"value": "recruiting", "as_of": None},
    },
    "verdict": "ineligible",
    "rests_on": {"decided": 1, "of": 1},
    "incomplete": [],
    "eligible_from": None,
    "eligible_until": None,
    "evidence_until": None,
    "counts": {"passes": 0, "fails": 1, "unknown": 0, "not_applicable": 0, "to_confirm": 0},
    "blocking": [{"criterion": "inc-1"}],
    "missing": [],
    "to_confirm": [],
    "old_results": [],
    "groups": [],
    "criteria": [CRITERION],
}
ANSWER: dict[str, Any] = {
    "as_of": "2026-11-21",
    "catalogue_revision": 1,
    "notice": "It informs.",
    "warnings": [],
    "decisive_facts": [],
    "changes": [],
}


@pytest.fixture
def said(vocabulary: Vocabulary):
    def said(criterion: dict[str, Any] | None = None, answer: dict[str, Any] | None = None, **result: Any) -> str:
        written = io.StringIO()
        console = Console(width=200, file=written)
        whole = RESULT | {"criteria": [CRITERION | (criterion or {})]} | result
        for part in MatchReport(vocabulary).of(ANSWER | {"result": whole} | (answer or {})):
            console.print(part)
        return written.getvalue()

    return said


@pytest.mark.parametrize(
    ("criterion", "told"),
    [
        ({"lapses_on": "2027-01-15"}, "lapses on 2027-01-15"),
        ({"answered": True}, "a person's answer decided it"),
        ({"permanent": True}, "cannot change"),
        ({}, "time alone does not mend it"),
    ],
)
def test_a_failure_says_what_can_end_it(said, criterion: dict[str, Any], told: str):
    assert f"· {told}" in said(criterion)


def test_the_facts_shown_are_those_that_make_it_fail(said):
    parts = [
        LEAF | {"verdict": verdict, "text": verdict, "evidence": [AGE], "margin": None} for verdict in ("yes", "no")
    ]
    whole = [{"kind": "all_of", "verdict": "no", "text": "all of", "evidence": [], "margin": None, "parts": parts}]
    assert "· no: age: 17 years" in said({"parts": whole})
    assert "· yes: " not in said({"parts": whole})
    assert "· yes: age: 17 years" in said({"parts": whole, "kind": "exclusion"})
    denied = [LEAF | {"verdict": "yes", "text": "under a not", "evidence": [AGE], "margin": None}]
    assert "· under a not: age: 17 years" in said({"parts": denied})


def test_a_derived_fact_says_how(said):
    derivation = {"formula": "Cockcroft–Gault", "source": "Nephron 1976", "inputs": ["creatinine 1 mg/dL", "age 70"]}
    fact = AGE | {"fact": "creatinine_clearance", "value": "38", "unit": "mL/min", "derivation": derivation}
    part = LEAF | {"evidence": [fact], "margin": {"text": "38 mL/min, 22 short"}, "note": "the weight is undated"}
    found = said({"parts": [part]})
    assert (
        "creatinine clearance: 38 mL/min, from creatinine 1 mg/dL, age 70 by Cockcroft–Gault — 38 mL/min, 22" in found
    )
    assert "· the weight is undated" in found


def test_arms_and_levels_are_told_apart(said):
    groups = [
        {"arm": "arm-1", "level": None, "verdict": "ineligible", "blocking": ["inc-1", "inc-2"]},
        {"arm": "arm-2", "level": 2, "verdict": "not_assessable", "blocking": []},
    ]
    found = said(groups=groups)
    assert "In arm-1: ineligible (inc-1, inc-2)" in found
    assert "In arm-2, dose level 2: not assessable" in found


def test_square_brackets_are_text(said):
    missing = [{"fact": "[IU]", "kind": "x", "reason": "missing", "criteria": ["inc-1"]}]
    found = said({"statement": "At least 5 [IU]/mL."}, to_confirm=["inc-1"], missing=missing)
    assert found.count("[IU]") == 4


def test_what_a_newer_service_says_is_shown_as_it_is(said):
    assert "PERHAPS" in said(verdict="perhaps", incomplete=["half_read"])


def test_what_to_measure_next_is_said(said):
    found = said(answer={"decisive_facts": [{"fact": "lvef", "text": "lvef ≥ 50 %: opens 3"}]})
    assert "What to measure next\n" in found
    assert "· left ventricular ejection fraction ≥ 50 %: opens 3" in found


def test_the_first_of_many_are_said_to_be_the_first(said):
    found = said(answer={"total": 9, "funnel": [{"step": "age_and_sex", "remaining": 7}]})
    assert "9 trials; the first 1 follow. Left after each step: age and sex 7." in found
