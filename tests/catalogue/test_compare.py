"""Trials side by side: requirements read off expressions, and who asks the most."""

from typing import Any

import pytest

from app.catalogue.compare import Measures, compare_trials
from app.eligibility.quantities import format_quantity, threshold_in_term_unit
from tests.factories import a_criterion, a_trial

MEASURES = Measures(in_term_unit=threshold_in_term_unit, written=format_quantity)


def observed(code: str, comparator: str, value: float, unit: str | None = None, **more: Any) -> dict[str, Any]:
    threshold = {"comparator": comparator, "value": value, "unit": unit, **more}
    return {"kind": "observation", "code": code, "threshold": threshold}


def found(code: str, finding: str) -> dict[str, Any]:
    return {"kind": "observation", "code": code, "finding": finding}


@pytest.fixture
def compared(vocabulary):
    """The rows by fact of trials whose criteria are given by name and key."""

    def compared(measures: Measures = MEASURES, **trials: dict[str, Any]) -> dict[str, dict[str, Any]]:
        records = [
            (
                a_trial(
                    id=name,
                    criteria=[a_criterion(key, expression=said) for key, said in facts.items() if key[:3] in "incexc"],
                    **{key: value for key, value in facts.items() if key[:3] not in "incexc"},
                ),
                1,
            )
            for name, facts in trials.items()
        ]
        answer = compare_trials(records, vocabulary, measures)
        assert [trial["id"] for trial in answer["trials"]] == list(trials)
        for row in answer["rows"]:
            assert [cell["trial"] for cell in row["cells"]] == list(trials)
        return {row["fact"]: row for row in answer["rows"]}

    return compared


def texts(row: dict[str, Any]) -> list[list[str]]:
    return [[asks["text"] for asks in cell["requirements"]] for cell in row["cells"]]


def test_thresholds_stand_side_by_side(compared):
    rows = compared(a={"inc-4a": observed("lvef", "ge", 50, "%")}, b={"inc-2": observed("lvef", "ge", 55, "%")})
    assert rows["lvef"] == {
        "fact": "lvef",
        "unit": "%",
        "differs": True,
        "strictest": ["b"],
        "loosest": ["a"],
        "cells": [
            {
                "trial": "a",
                "requirements": [
                    {
                        "criterion": "inc-4a",
                        "comparator": "ge",
                        "value": 50,
                        "relative_to": None,
                        "text": "≥ 50 %",
                        "conditional": False,
                    }
                ],
            },
            {
                "trial": "b",
                "requirements": [
                    {
                        "criterion": "inc-2",
                        "comparator": "ge",
                        "value": 55,
                        "relative_to": None,
                        "text": "≥ 55 %",
                        "conditional": False,
                    }
                ],
            },
        ],
    }


def test_an_exclusion_is_turned_around(compared):
    rows = compared(a={"exc-1": observed("lvef", "lt", 45, "%")}, b={"inc-1": observed("lvef", "ge", 45, "%")})
    assert texts(rows["lvef"]) == [["≥ 45 %"], ["≥ 45 %"]]
    assert (rows["lvef"]["differs"], rows["lvef"]["strictest"]) == (False, [])
    for comparator, text in (("lt", "≥"), ("le", ">"), ("ge", "<"), ("gt", "≤"), ("eq", "≠")):
        rows = compared(a={"exc-1": observed("sledai_2k", comparator, 8)}, b={})
        assert texts(rows["sledai_2k"]) == [[f"{text} 8"], []]


def test_values_are_brought_into_the_unit_of_the_fact_and_written_as_stated(compared):
    rows = compared(
        a={"inc-1": observed("hemoglobin", "ge", 8.5, "g/dL")}, b={"inc-1": observed("hemoglobin", "ge", 90, "g/L")}
    )
    assert texts(rows["hemoglobin"]) == [["≥ 8.5 g/dL"], ["≥ 90 g/L"]]
    assert [cell["requirements"][0]["value"] for cell in rows["hemoglobin"]["cells"]] == [85, 90]
    assert rows["hemoglobin"]["strictest"] == ["b"]


def test_without_conversion_other_units_are_shown_and_not_compared(compared):
    rows = compared(
        Measures(),
        a={"inc-1": observed("hemoglobin", "ge", 8.5, "g/dL")},
        b={"inc-1": observed("hemoglobin", "ge", 90, "g/L")},
    )
    row = rows["hemoglobin"]
    assert texts(row) == [["≥ 8.5 g/dL"], ["≥ 90 g/L"]]
    assert [cell["requirements"][0]["value"] for cell in row["cells"]] == [None, 90]
    assert (row["differs"], row["strictest"], row["loosest"]) == (True, [], [])


def test_multiples_of_a_limit_compare_with_their_like_alone(compared):
    rows = compared(
        a={"inc-1": observed("alt", "le", 2, relative_to="uln")},
        b={"inc-1": observed("alt", "le", 2.5, relative_to="uln")},
        c={"exc-1": observed("alt", "gt", 3, relative_to="uln")},
    )
    assert texts(rows["alt"]) == [["≤ 2 × ULN"], ["≤ 2.5 × ULN"], ["≤ 3 × ULN"]]
    assert (rows["alt"]["strictest"], rows["alt"]["loosest"]) == (["a"], ["c"])
    rows = compared(
        a={"inc-1": observed("alt", "le", 2, relative_to="uln")}, b={"inc-1": observed("alt", "le", 80, "U/L")}
    )
    assert (rows["alt"]["differs"], rows["alt"]["strictest"], rows["alt"]["loosest"]) == (True, [], [])


@pytest.mark.parametrize(
    ("key", "expression", "conditional"),
    [
        ("inc-1", {"kind": "all_of"}, False),
        ("inc-1", {"kind": "any_of"}, True),
        ("inc-1", {"kind": "at_least", "n": 1}, True),
        ("inc-1", {"kind": "at_least", "n": 2}, False),
        ("exc-1", {"kind": "all_of"}, True),
        ("exc-1", {"kind": "any_of"}, False),
        ("exc-1", {"kind": "at_least", "n": 1}, False),
        ("exc-1", {"kind": "at_least", "n": 2}, True),
    ],
)
def test_alternatives_are_conditional(compared, key, expression, conditional):
    branches = [observed("lvef", "ge", 50, "%"), observed("spo2", "ge", 92, "%")]
    rows = compared(a={key: {**expression, "of": branches}}, b={key: observed("lvef", "ge", 40, "%")})
    [asks] = rows["lvef"]["cells"][0]["requirements"]
    assert asks["conditional"] is conditional
    assert bool(rows["lvef"]["loosest"]) is not conditional


def test_what_stands_behind_a_condition_or_scope_is_conditional(compared, vocabulary):
    only_if = {
        "kind": "only_if",
        "condition": {"kind": "sex", "sex": "female"},
        "then": observed("lvef", "ge", 50, "%"),
    }
    assert compared(a={"inc-1": only_if}, b={})["lvef"]["cells"][0]["requirements"][0]["conditional"]
    scoped = a_criterion(expression=observed("lvef", "ge", 50, "%"), scope={"conditions": ["sle"]})
    answer = compare_trials([(a_trial(id=name, criteria=[scoped]), 1) for name in "ab"], vocabulary, MEASURES)
    assert answer["rows"][0]["cells"][0]["requirements"][0]["conditional"]


def test_not_turns_a_requirement_around(compared):
    negated = {"kind": "not", "of": observed("lvef", "lt", 45, "%")}
    assert texts(compared(a={"inc-1": negated}, b={"exc-1": negated})["lvef"]) == [["≥ 45 %"], ["< 45 %"]]


def test_a_trial_between_the_others_is_neither(compared):
    rows = compared(
        a={"inc-1": observed("wbc", "ge", 2, "10*9/L"), "exc-1": observed("wbc", "gt", 10, "10*9/L")},
        b={"inc-1": observed("wbc", "ge", 3, "10*9/L")},
    )
    assert (rows["wbc"]["differs"], rows["wbc"]["strictest"], rows["wbc"]["loosest"]) == (True, [], [])
    assert texts(rows["wbc"]) == [["≥ 2 × 10⁹/L", "≤ 10 × 10⁹/L"], ["≥ 3 × 10⁹/L"]]


def test_strict_signs_ask_for_more(compared):
    rows = compared(a={"inc-1": observed("lvef", "gt", 50, "%")}, b={"inc-1": observed("lvef", "ge", 50, "%")})
    assert (rows["lvef"]["strictest"], rows["lvef"]["loosest"]) == (["a"], ["b"])
    rows = compared(
        a={"inc-1": observed("nyha_class", "lt", 3)},
        b={"inc-1": observed("nyha_class", "le", 3)},
        c={"inc-1": observed("nyha_class", "lt", 3)},
    )
    assert (rows["nyha_class"]["strictest"], rows["nyha_class"]["loosest"]) == (["a", "c"], ["b"])


def test_findings_and_titres_are_written_out(compared):
    rows = compared(
        a={"inc-1": observed("ana", "ge", 80), "exc-1": found("hbsag", "positive")},
        b={"inc-1": found("hiv", "negative")},
    )
    assert texts(rows["ana"]) == [["≥ 1:80"], []]
    assert texts(rows["hbsag"]) == [["not positive"], []]
    assert texts(rows["hiv"]) == [[], ["negative"]]


def test_age_comes_first_from_the_criteria_else_from_the_record(compared):
    rows = compared(
        a={"age": {"stated": True, "min_years": 18, "max_years": 65}, "sex": "female"},
        b={"inc-1": {"kind": "age", "min_years": 18}, "age": {"stated": True, "min_years": 18}},
        c={"exc-1": {"kind": "age", "max_years": 17}},
        d={"exc-1": {"kind": "age", "min_years": 66}, "exc-2": {"kind": "age", "min_years": 20, "max_years": 30}},
    )
    assert list(rows) == ["age", "sex"]
    assert texts(rows["age"]) == [
        ["≥ 18 years", "≤ 65 years"], ["≥ 18 years"], ["≥ 18 years"], ["≤ 65 years", "not 20 to 30 years"],
    ]  # fmt: skip
    criteria = [[asks["criterion"] for asks in cell["requirements"]] for cell in rows["age"]["cells"]]
    assert criteria == [[None, None], ["inc-1"], ["exc-1"], ["exc-1", "exc-2"]]
    assert (rows["age"]["unit"], rows["age"]["strictest"], rows["age"]["loosest"]) == ("a", ["a"], ["b", "c"])
    assert texts(rows["sex"]) == [["female"], [], [], []]


def test_what_has_no_threshold_makes_no_row(compared):
    assert (
        compared(a={"inc-1": {"kind": "judgement", "text": "fit"}, "exc-1": {"kind": "condition", "code": "sle"}}, b={})
        == {}
    )
