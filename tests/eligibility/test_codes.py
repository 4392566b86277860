"""What is wrong with an expression, each fault in its place."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from app.eligibility.codes import check_expression
from app.eligibility.criteria import Expression

EXPRESSION: TypeAdapter[Expression] = TypeAdapter(Expression)


def leaf(kind: str, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, **fields}


def observation(code: str, comparator: str = "ge", value: float = 1, **threshold: Any) -> dict[str, Any]:
    return leaf("observation", code=code, threshold={"comparator": comparator, "value": value, **threshold})


def within(value: float, unit: str) -> dict[str, Any]:
    return {"within": {"value": value, "unit": unit}}


def faults(vocabulary, expression, pointer=""):
    return check_expression(EXPRESSION.validate_python(expression), vocabulary, pointer)


SOUND = [
    leaf("age", min_years=18, max_years=65),
    leaf("sex", sex="female"),
    leaf("reproductive", state="pregnant"),
    leaf("judgement", text="fit for leukapheresis"),
    observation("hemoglobin", value=85, unit="g/L"),
    observation("hemoglobin", value=8.5, unit="g/dL"),
    observation("creatinine", "gt", 2.5, unit="mg/dL"),
    observation("alt", "le", 2, relative_to="uln"),
    observation("inr", "le", 1.5),
    observation("ana", value=80),
    observation("sledai_2k", value=8),
    observation("anti_dsdna", value=30, unit="IU/mL"),
    observation("life_expectancy", value=3, unit="mo"),
    leaf("observation", code="c3", finding="low"),
    leaf("observation", code="anti_sm", finding="positive"),
    leaf("observation", code="cmv_dna", finding="high", window=within(7, "days")),
    leaf("condition", code="autoimmune_disease", other_than=["sle"]),
    leaf("therapy", classes=["jak_inhibitor"], window=within(5, "half_lives")),
    leaf("therapy", classes=["glucocorticoid"], except_agents=["dexamethasone"],
         dose={"comparator": "ge", "value": 1, "unit": "mg/kg/d", "prednisone_equivalent": True},
         duration={"comparator": "ge", "value": 3, "unit": "months"}),
    leaf("event", codes=["major_surgery"], window=within(1.5, "years")),
    leaf("except", of=leaf("condition", code="malignancy"),
         unless=[leaf("condition", code="basal_cell_carcinoma", adequately_treated=True)]),
    leaf("except", of=leaf("event", codes=["hsct"]), unless=[leaf("event", codes=["hsct"], window=within(2, "years"))]),
    leaf("except", of=leaf("therapy", agents=["rituximab"]),
         unless=[leaf("therapy", agents=["rituximab"], ongoing=True)]),
]  # fmt: skip


@pytest.mark.parametrize("expression", SOUND)
def test_what_makes_sense_has_no_fault(vocabulary, expression):
    assert faults(vocabulary, expression) == []


WRONG = [
    (leaf("age"), "empty", ""),
    (leaf("age", min_years=65, max_years=18), "never_met", "/max_years"),
    (leaf("judgement", text=" "), "empty", "/text"),
    (observation("hemoglobim", value=85, unit="g/L"), "unknown_code", "/code"),
    (observation("hemoglobin", value=85), "unit_required", "/threshold/unit"),
    (observation("hemoglobin", value=85, unit="wombat"), "unit_unknown", "/threshold/unit"),
    (observation("hemoglobin", value=85, unit="U/L"), "unit_inconvertible", "/threshold/unit"),
    (observation("egfr", value=60, unit="mL/min"), "unit_inconvertible", "/threshold/unit"),
    (observation("hemoglobin", value=85, unit="g/dL"), "implausible", "/threshold/value"),
    (observation("hemoglobin", value=1e300, unit="g/dL"), "implausible", "/threshold/value"),
    (observation("sledai_2k", value=7.5), "not_whole", "/threshold/value"),
    (observation("anti_sm", value=1), "test_form", "/threshold"),
    (observation("sledai_2k", value=2, relative_to="uln"), "test_form", "/threshold/relative_to"),
    (observation("alt", "le", 0, relative_to="uln"), "implausible", "/threshold/value"),
    (leaf("observation", code="hemoglobin", finding="positive"), "test_form", "/finding"),
    (leaf("observation", code="sledai_2k", finding="high"), "test_form", "/finding"),
    (leaf("observation", code="c3", finding="low", window=within(0.5, "months")), "span_value", "/window/within/value"),
    (leaf("observation", code="c3", finding="low", window=within(2, "half_lives")), "span_unit", "/window/within/unit"),
    (leaf("condition", code="lupus"), "unknown_code", "/code"),
    (leaf("condition", code="sle", other_than=["sle"]), "not_below", "/other_than/0"),
    (leaf("condition", code="sle", other_than=["lupus_nephritis", "malignancy"]), "not_below", "/other_than/1"),
    (leaf("condition", code="sle", other_than=["nonsense"]), "unknown_code", "/other_than/0"),
    (leaf("therapy", agents=["glucocorticoid"]), "unknown_code", "/agents/0"),
    (leaf("therapy", classes=["rituximab"]), "unknown_code", "/classes/0"),
    (leaf("therapy", agents=["rituximab"], min_distinct=2), "never_met", "/min_distinct"),
    (leaf("therapy", classes=["jak_inhibitor"], except_agents=["rituximab"]), "not_below", "/except_agents/0"),
    (leaf("therapy", classes=["glucocorticoid"], dose={"comparator": "ge", "value": 1, "unit": "mg"}),
     "unit_inconvertible", "/dose/unit"),
    (leaf("therapy", classes=["glucocorticoid"], dose={"comparator": "ge", "value": 1, "unit": "wombat"}),
     "unit_unknown", "/dose/unit"),
    (leaf("therapy", classes=["glucocorticoid"], dose={"comparator": "ge", "value": -1, "unit": "mg/d"}),
     "implausible", "/dose/value"),
    (leaf("therapy", agents=["rituximab"], duration={"comparator": "ge", "value": 1, "unit": "half_lives"}),
     "span_unit", "/duration/unit"),
    (leaf("event", codes=["hsct", "nonsense"]), "unknown_code", "/codes/1"),
    (leaf("event", codes=["hsct"], window=within(1, "half_lives")), "span_unit", "/window/within/unit"),
    (leaf("at_least", n=3, of=[leaf("sex", sex="male"), leaf("sex", sex="female")]), "never_met", "/n"),
    (leaf("except", of=leaf("condition", code="malignancy"), unless=[leaf("condition", code="sle")]),
     "not_below", "/unless/0"),
    (leaf("except", of=leaf("event", codes=["hsct"]), unless=[leaf("event", codes=["ivig"])]),
     "not_below", "/unless/0"),
    (leaf("except", of=leaf("condition", code="cancer"), unless=[leaf("condition", code="sle")]),
     "unknown_code", "/of/code"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "code", "pointer"), WRONG)
def test_what_makes_no_sense_is_named_in_its_place(vocabulary, expression, code, pointer):
    (fault,) = faults(vocabulary, expression, "/expression")
    assert (fault.code, fault.pointer) == (code, f"/expression{pointer}")
    assert fault.remedy


def test_pointers_lead_through_every_composite(vocabulary):
    wrong = leaf("condition", code="nonsense")
    nested = leaf("all_of", of=[leaf("sex", sex="male"), leaf("any_of", of=[leaf("not", of=wrong)])])
    nested = leaf("only_if", condition=wrong, then=leaf("at_least", n=1, of=[nested]))
    assert [fault.pointer for fault in faults(vocabulary, nested)] == [
        "/condition/code",
        "/then/of/0/of/1/of/0/of/code",
    ]


def test_an_unknown_code_comes_with_the_nearest(vocabulary):
    (fault,) = faults(vocabulary, observation("haemoglobin", value=85, unit="g/L"))
    assert fault.nearest[0] == "hemoglobin"


def test_no_more_than_two_hundred_faults_are_listed(vocabulary):
    wrong = [leaf("condition", code=f"nonsense_{n}") for n in range(1000)]
    assert len(faults(vocabulary, leaf("any_of", of=wrong))) == 200
