"""Results that speak for an infection dispute a complete list without it. The day is 21 November 2026."""

from typing import Any

import pytest

from tests.eligibility.asking import Told, ask, expression, verdict
from tests.eligibility.patients import facts_of

NONE = "no"
DISPUTED = "unknown: conflicting"
VIRUSES = [("hepatitis_b_active", "hbsag", "hbv_dna"), ("hepatitis_c_active", "hcv_antibody", "hcv_rna")]


def lab(code: str, value: Any = None, **more: Any) -> Told:
    return {"code": code, "date": "2026-11-20"} | ({} if value is None else {"value": value}) | more


def asked(vocabulary: Any, condition: str, *results: Told, **patient: Any) -> str:
    told: Told = {"reviewed": ["conditions"]} | patient
    return verdict(ask(vocabulary, expression(kind="condition", code=condition), observations=list(results), **told))


IU: Told = {"unit": "[IU]/mL"}
COPIES: Told = {"unit": "{copies}/mL"}


@pytest.mark.parametrize(("condition", "marker", "load"), VIRUSES)
@pytest.mark.parametrize(
    ("antigen", "nucleic_acid", "expected"),
    [
        # nothing measured, or nothing found: the list speaks
        (None, None, NONE),
        ("negative", None, NONE),
        (None, {"value": "negative"}, NONE),
        ("negative", {"value": "negative"}, NONE),
        # an antigen or an antibody, until the nucleic acid is surely not there
        ("positive", None, DISPUTED),
        ("positive", {"value": "negative"}, NONE),
        ("positive", {"interpretation": "indeterminate"}, DISPUTED),
        ("positive", {"value": "<20", "upper_limit": 20} | IU, NONE),
        ("positive", {"value": "<20"} | IU, DISPUTED),
        ("positive", {"value": 0} | IU, NONE),
        ("positive", {"value": 30, "upper_limit": 50} | IU, NONE),
        ("positive", {"value": 1_000_000} | IU, DISPUTED),
        # the nucleic acid by itself, whatever the antigen or the antibody
        (None, {"value": "positive"}, DISPUTED),
        ("negative", {"value": "positive"}, DISPUTED),
        ("negative", {"interpretation": "high"}, DISPUTED),
        ("negative", {"value": 20_000, "upper_limit": 20} | IU, DISPUTED),
        # a load of which nobody says what the laboratory's limit is
        (None, {"value": 20_000} | IU, DISPUTED),
        ("negative", {"value": ">20"} | IU, DISPUTED),
        (None, {"value": 900} | COPIES, DISPUTED),
        ("negative", {"value": 900, "upper_limit": 1000} | COPIES, NONE),
        ("negative", {"value": 900, "upper_limit": 100} | COPIES, DISPUTED),
        # known from above only, or within the limit
        (None, {"value": "<20"} | IU, NONE),
        (None, {"value": "<=20"} | COPIES, NONE),
        ("negative", {"value": "<50", "upper_limit": 20} | IU, NONE),
        (None, {"value": 10, "interpretation": "normal"} | IU, NONE),
    ],
)
def test_a_complete_list_without_hepatitis_is_disputed_by_its_markers(
    vocabulary, condition, marker, load, antigen, nucleic_acid, expected
):
    results = [lab(marker, antigen)] if antigen else []
    results += [lab(load, **nucleic_acid)] if nucleic_acid else []
    assert asked(vocabulary, condition, *results) == expected


def test_only_what_may_be_the_latest_result_disputes_or_clears(vocabulary):
    antigen, earlier = lab("hbsag", "positive"), {"date": "2026-01-10"}
    positive, negative = lab("hbv_dna", "positive"), lab("hbv_dna", "negative")
    assert asked(vocabulary, "hepatitis_b_active", antigen, positive | earlier, negative) == NONE
    assert asked(vocabulary, "hepatitis_b_active", antigen, positive, negative | earlier) == DISPUTED
    assert asked(vocabulary, "hepatitis_b_active", antigen, positive, negative) == DISPUTED
    assert asked(vocabulary, "hepatitis_b_active", lab("hbsag", "negative"), antigen | earlier) == NONE


@pytest.mark.parametrize(
    ("antigen", "nucleic_acid", "expected"),
    [
        ({"date": "2026-11-20"}, {"date": "2026-10-23"}, NONE),  # 28 days before: the same workup
        ({"date": "2026-11-20"}, {"date": "2026-10-22"}, DISPUTED),
        ({"date": "2026-11-20"}, {"date": "2019-01-01"}, DISPUTED),
        ({"date": "2019-01-01"}, {"date": "2026-11-20"}, NONE),
        ({"date": "2026-11"}, {"date": "2026-11"}, NONE),
        ({"date": "2026"}, {"date": "2026-01-10"}, DISPUTED),
        ({"date": "2026-11-20"}, {"date": None}, DISPUTED),
        ({"date": None}, {"date": "2026-11-20"}, DISPUTED),
        ({"date": None}, {"date": None}, NONE),
    ],
)
def test_a_virus_that_was_not_found_long_before_clears_nothing(vocabulary, antigen, nucleic_acid, expected):
    results = lab("hbsag", "positive") | antigen, lab("hbv_dna", "negative") | nucleic_acid
    assert asked(vocabulary, "hepatitis_b_active", *results) == expected


def test_antibodies_to_the_core_alone_are_a_past_infection(vocabulary):
    assert asked(vocabulary, "hepatitis_b_active", lab("anti_hbc", "positive")) == NONE
    dna = lab("hbv_dna", 20_000, upper_limit=20, **IU)
    assert (
        asked(vocabulary, "hepatitis_b_active", lab("anti_hbc", "positive"), lab("hbsag", "negative"), dna) == DISPUTED
    )


def test_what_disputes_a_list_is_shown_and_what_was_cleared_is_not(vocabulary):
    node = expression(kind="condition", code="hepatitis_active")
    results = [lab("hbsag", "positive"), lab("hbv_dna", "negative"), lab("hcv_rna", "positive")]
    finding = ask(vocabulary, node, observations=results, reviewed=["conditions"])
    assert verdict(finding) == DISPUTED
    assert [one.fact for one in finding.evidence] == ["conditions", "hcv_rna"]
    assert [(fact.fact, fact.reason) for fact in finding.missing] == [("hepatitis_active", "conflicting")]


def test_a_statement_that_there_is_none_is_disputed_too_and_silence_is_not(vocabulary):
    denied: Told = {"conditions": [{"code": "hepatitis_c_active", "present": False}], "reviewed": []}
    assert asked(vocabulary, "hepatitis_c_active", lab("hcv_rna", "positive"), **denied) == DISPUTED
    assert asked(vocabulary, "hepatitis_c_active", lab("hcv_rna", "positive"), reviewed=[]) == "unknown: missing"
    told: Told = {"conditions": [{"code": "hepatitis_c_active"}]}
    assert asked(vocabulary, "hepatitis_c_active", lab("hcv_rna", "negative"), **told) == "yes"


def test_other_infections_are_disputed_by_their_own_tests(vocabulary):
    assert asked(vocabulary, "tuberculosis_latent", lab("tb_igra", "positive")) == DISPUTED
    assert asked(vocabulary, "hiv_infection", lab("hiv", "positive")) == DISPUTED
    assert facts_of(vocabulary, observations=[lab("hbsag", "positive")]).signs.keys() == {"hepatitis_b_active"}
