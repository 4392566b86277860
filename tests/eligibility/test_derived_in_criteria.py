"""Computed facts in criteria, margins, and results that are to be confirmed. The day is 21 November 2026."""

from decimal import Decimal

import pytest

from tests.eligibility.asking import Told, ask, exclusion, expression, inclusion, match, stand, verdict, within

CLEARANCE = expression(
    kind="observation", code="creatinine_clearance", threshold={"comparator": "ge", "value": 60, "unit": "mL/min"}
)
FRESH_CLEARANCE = expression(
    kind="observation",
    code="creatinine_clearance",
    threshold={"comparator": "ge", "value": 60, "unit": "mL/min"},
    window=within(7, "days"),
)
# 34 years, 61 kg, a woman: (140 - 34) x 61 x 0.85 / (72 x 1.0) = 76.3
PERSON: Told = {"birth_date": "1992-03-14", "sex": "female", "weight_kg": 61}


def creatinine(value: float, day: str = "2026-11-20") -> Told:
    return {"code": "creatinine", "value": value, "unit": "mg/dL", "date": day}


def measured(value: float, day: str = "2026-11-20") -> Told:
    return {"code": "creatinine_clearance", "value": value, "unit": "mL/min", "date": day}


def test_a_computed_clearance_names_its_formula_and_inputs(vocabulary):
    finding = ask(vocabulary, CLEARANCE, observations=[creatinine(1.0)], **PERSON)
    assert verdict(finding) == "yes"
    [evidence] = finding.evidence
    assert evidence.derivation is not None
    assert "Cockcroft" in evidence.derivation.formula
    assert finding.margin is not None
    assert finding.margin.text == "76.33 mL/min, 16.33 to spare"


@pytest.mark.parametrize(
    ("results", "node", "expected"),
    [
        # a measured value beats a computed one when it is fresh enough for its criterion
        ([creatinine(1.0), measured(50, "2026-11-14")], FRESH_CLEARANCE, "no"),
        ([creatinine(1.0), measured(50, "2026-11-13")], FRESH_CLEARANCE, "yes"),
        ([creatinine(1.0, "2026-11-13"), measured(50, "2026-11-13")], FRESH_CLEARANCE, "unknown: stale"),
        ([creatinine(1.0), measured(50, "2020-01-01")], CLEARANCE, "no"),
        ([creatinine(1.0, "2026-11-13")], FRESH_CLEARANCE, "unknown: stale"),
        ([measured(50, "2026-11-13")], FRESH_CLEARANCE, "unknown: stale"),
        ([], CLEARANCE, "unknown: missing"),
    ],
)
def test_a_measured_value_beats_a_computed_one_while_it_is_fresh(vocabulary, results, node, expected):
    assert verdict(ask(vocabulary, node, observations=results, **PERSON)) == expected


def test_what_a_formula_lacks_is_missing_beside_the_value_itself(vocabulary):
    finding = ask(vocabulary, CLEARANCE, observations=[creatinine(1.0)], birth_date="1992-03-14")
    assert [(fact.fact, fact.kind) for fact in finding.missing] == [
        ("creatinine_clearance", "observation"),
        ("sex", "sex"),
        ("weight", "observation"),
    ]


@pytest.mark.parametrize(
    ("comparator", "limit", "excludes", "value", "text", "distance"),
    [
        # in the unit that was sent, on the side that favours the patient
        ("ge", 80, False, 6.1, "6.1 g/dL, 1.9 short", "-1.9"),
        ("ge", 80, False, 10.4, "10.4 g/dL, 2.4 to spare", "2.4"),
        ("ge", 80, False, 8, "8 g/dL, at the threshold", "0"),
        ("le", 160, False, 16.4, "16.4 g/dL, 0.4 over", "-0.4"),
        ("lt", 80, True, 6.1, "6.1 g/dL, 1.9 short", "-1.9"),
        ("gt", 160, True, 15, "15 g/dL, 1 to spare", "1"),
    ],
)
def test_a_margin_says_how_far_a_value_lies_from_its_threshold(
    vocabulary, comparator, limit, excludes, value, text, distance
):
    node = expression(
        kind="observation",
        code="hemoglobin",
        threshold={"comparator": comparator, "value": limit, "unit": "g/L"},
    )
    rule = exclusion(node) if excludes else inclusion(node)
    told = {"code": "hemoglobin", "value": value, "unit": "g/dL", "date": "2026-11-20"}
    finding = stand(vocabulary, rule, observations=[told]).finding
    assert finding is not None
    assert finding.margin is not None
    assert (finding.margin.text, finding.margin.unit) == (text, "g/dL")
    assert finding.margin.value == Decimal(distance)


def test_the_margin_of_a_multiple_counts_from_the_laboratorys_own_limit(vocabulary):
    node = expression(kind="observation", code="alt", threshold={"comparator": "le", "value": 2, "relative_to": "uln"})
    told = {"code": "alt", "value": 100, "unit": "U/L", "upper_limit": 40}
    finding = ask(vocabulary, node, observations=[told])
    assert finding.margin is not None
    assert finding.margin.text == "100 U/L, 20 over"
    assert ask(vocabulary, node, observations=[told | {"value": ">100"}]).margin is None


@pytest.mark.parametrize(
    ("code", "unit", "day", "listed"),
    [
        ("hemoglobin", "g/L", "2026-10-24", False),
        ("hemoglobin", "g/L", "2026-10-23", True),
        # heart and lung: 180 days
        ("lvef", "%", "2026-05-25", False),
        ("lvef", "%", "2026-05-24", True),
        # it may be as old
        ("hemoglobin", "g/L", "2026-10", True),
    ],
)
def test_old_results_are_to_be_confirmed_where_the_criterion_states_no_age(vocabulary, code, unit, day, listed):
    node = expression(kind="observation", code=code, threshold={"comparator": "ge", "value": 40, "unit": unit})
    told = {"code": code, "value": 60, "unit": unit, "date": day}
    finding = match(vocabulary, inclusion(node), observations=[told])
    assert finding.verdict == "eligible"
    assert finding.stale_results == ((code,) if listed else ())
    assert finding.criteria[0].old_results == finding.stale_results
