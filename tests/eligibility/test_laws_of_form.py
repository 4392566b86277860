"""Laws 6, 7 and 9: units do not matter, the renal twins agree, expressions survive a round trip through JSON."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from app.eligibility.criteria import Expression
from app.eligibility.dates import Calendar
from app.eligibility.rules import TrialRules
from app.eligibility.trial import assess_trial
from tests.eligibility.asking import EXPRESSIONS, exclusion, expression, inclusion
from tests.eligibility.law import known, law, standing
from tests.eligibility.patient_strategies import patients
from tests.eligibility.patients import TODAY
from tests.eligibility.strategies import expressions

# --- 6. Units do not matter


UNITS = {
    ("hemoglobin", "g/L"): ("g/dL", Decimal("0.1")),
    ("creatinine", "umol/L"): ("mg/dL", Decimal("0.011312")),
    ("alt", "U/L"): ("U/mL", Decimal("0.001")),
    ("creatinine_clearance", "mL/min"): ("mL/s", None),
}


@law
@given(expressions(people=False), patients())
def test_the_same_patient_in_other_units_gets_the_same_verdict(terms, node, patient):
    finding = standing(node, patient, terms)
    elsewhere = patient | {"observations": [_in_other_units(fact) for fact in patient.get("observations", ())]}
    if patient.get("therapies"):
        elsewhere["therapies"] = [_dose_in_grams(fact) for fact in patient["therapies"]]
    other = standing(node, elsewhere, terms)
    assert (other.verdict, other.applicable, other.reasons) == (finding.verdict, finding.applicable, finding.reasons)


def _in_other_units(fact: Any) -> Any:
    unit, factor = UNITS.get((fact["code"], fact.get("unit")), (None, None))
    if factor is None:
        return fact
    converted = {name: _times(fact[name], factor) for name in ("value", "lower_limit", "upper_limit") if name in fact}
    return fact | converted | {"unit": unit}


def _times(value: Any, factor: Decimal) -> Any:
    if isinstance(value, str):
        sign = value.rstrip("0123456789.")
        return f"{sign}{Decimal(value.removeprefix(sign)) * factor}"
    return Decimal(str(value)) * factor


def _dose_in_grams(fact: Any) -> Any:
    dose = fact.get("dose")
    if dose is None or dose["unit"] != "mg/d":
        return fact
    return fact | {"dose": {"value": Decimal(dose["value"]) / 1000, "unit": "g/d"}}


# --- 7. The renal inclusion and the renal part of the exclusion of one trial agree


@law
@given(patients())
def test_the_renal_twins_agree_on_every_patient(terms, patient):
    facts = known(patient, terms)
    window = {"within": {"value": 7, "unit": "days"}, "before": "lymphodepletion"}
    low_creatinine = {"code": "creatinine", "threshold": {"comparator": "le", "value": 1.5, "relative_to": "uln"}}
    high_creatinine = {"code": "creatinine", "threshold": {"comparator": "gt", "value": 1.5, "relative_to": "uln"}}
    enough = {"code": "creatinine_clearance", "threshold": {"comparator": "ge", "value": 60, "unit": "mL/min"}}
    too_little = {"code": "creatinine_clearance", "threshold": {"comparator": "lt", "value": 60, "unit": "mL/min"}}
    leaf = {"kind": "observation", "window": window}
    keeps = inclusion(expression(kind="any_of", of=[leaf | low_creatinine, leaf | enough]))
    bars = exclusion(expression(kind="all_of", of=[leaf | too_little, leaf | high_creatinine]))
    finding = assess_trial(TrialRules("a-trial", (keeps, bars)), facts, Calendar(TODAY), terms.vocabulary)
    kept, barred = finding.criteria
    assert kept.outcome is barred.outcome
    assert kept.reasons == barred.reasons or set(kept.reasons) == set(barred.reasons)


# --- 9. Expressions survive a round trip through JSON


@law
@given(expressions())
def test_an_expression_survives_a_round_trip_through_json(node):
    read_in: Expression = EXPRESSIONS.validate_python(node)
    assert EXPRESSIONS.validate_json(EXPRESSIONS.dump_json(read_in)) == read_in
    assert EXPRESSIONS.validate_json(EXPRESSIONS.dump_json(read_in, exclude_defaults=True)) == read_in


@pytest.mark.parametrize(
    ("node", "named"),
    [
        ({"kind": "prayer"}, "prayer"),
        ({"kind": "age", "min_year": 18}, "min_year"),
        ({"kind": "all_of", "of": [{"kind": "sex", "sex": "female", "gender": "f"}]}, "gender"),
        ({"kind": "not", "of": {"kind": "maybe"}}, "maybe"),
    ],
)
def test_an_unknown_kind_or_field_is_refused_by_name(node, named):
    with pytest.raises(ValidationError, match=named):
        EXPRESSIONS.validate_python(node)
