"""Expressions in plain English."""

import pytest
from pydantic import TypeAdapter

from app.eligibility.codes import printable
from app.eligibility.criteria import Expression
from app.vocabulary.terms import Vocabulary
from tests.eligibility.test_codes import leaf, observation, within

EXPRESSION: TypeAdapter[Expression] = TypeAdapter(Expression)
BEFORE_SCREENING = {**within(6, "months"), "before": "screening"}

WORDED = [
    (leaf("age", min_years=18, max_years=65), "age 18 to 65"),
    (leaf("age", min_years=5), "age at least 5 years"),
    (leaf("age", max_years=65), "age at most 65 years"),
    (leaf("sex", sex="female"), "female"),
    (observation("hemoglobin", value=85, unit="g/L"), "haemoglobin ≥ 85 g/L"),
    (observation("platelets", value=50, unit="10*9/L"), "platelets ≥ 50 × 10⁹/L"),
    (observation("alt", "le", 2, relative_to="uln"), "alanine aminotransferase ≤ 2 × ULN"),
    (observation("sledai_2k", value=8), "SLEDAI-2K ≥ 8"),
    (observation("ana", value=80), "antinuclear antibodies ≥ 1:80"),
    (observation("egfr", "lt", 30, unit="mL/min/{1.73_m2}"),
     "estimated glomerular filtration rate < 30 mL/min/1.73 m²"),
    (leaf("observation", code="c3", finding="low"), "complement C3 low"),
    (leaf("observation", code="anti_sm", finding="positive", which="any"), "any antibodies to Sm positive ever"),
    (leaf("observation", code="anti_sm", finding="positive", which="any_on_record"),
     "any recorded antibodies to Sm positive ever"),
    (leaf("observation", code="ecog", threshold={"comparator": "le", "value": 2}, window=BEFORE_SCREENING),
     "ECOG performance status ≤ 2 within 6 months before screening"),
    (leaf("observation", code="spo2", threshold={"comparator": "gt", "value": 94, "unit": "%"}, room_air=True),
     "oxygen saturation by pulse oximetry > 94 % on room air"),
    (leaf("condition", code="gilbert_syndrome"), "Gilbert syndrome, current"),
    (leaf("condition", code="sle", state="ever", criteria_set="eular_acr_2019"),
     "systemic lupus erythematosus (by EULAR/ACR 2019), now or ever"),
    (leaf("condition", code="autoimmune_disease", other_than=["sle"], window=within(1, "years")),
     "autoimmune disease other than systemic lupus erythematosus within 1 year"),
    (leaf("condition", code="heart_failure", severity=["moderate", "severe"], status=["active"],
          systemic_therapy=False),
     "heart failure (moderate or severe, active, without systemic therapy), current"),
    (leaf("therapy", agents=["rituximab"], window=BEFORE_SCREENING), "rituximab within 6 months before screening"),
    (leaf("therapy", classes=["b_cell_targeted"]), "B-cell targeted therapies ever"),
    (leaf("therapy", classes=["jak_inhibitor"], window={**within(5, "half_lives"), "before": "infusion"}),
     "JAK inhibitors within 5 half-lives before infusion"),
    (leaf("therapy", agents=["rituximab", "belimumab", "azathioprine"], min_distinct=2,
          duration={"comparator": "ge", "value": 3, "unit": "months"}, response=["inadequate", "relapse"]),
     "at least 2 of rituximab, belimumab or azathioprine for ≥ 3 months each with response inadequate or relapse ever"),
    (leaf("therapy", classes=["glucocorticoid"], except_agents=["dexamethasone"], ongoing=True,
          dose={"comparator": "ge", "value": 100, "unit": "mg/d", "prednisone_equivalent": True}),
     "ongoing glucocorticoids (except dexamethasone) at ≥ 100 mg/day of prednisone or equivalent"),
    (leaf("therapy", agents=["rituximab"], ongoing=False), "rituximab, ended"),
    (leaf("event", codes=["hemodialysis"], window={**within(1, "days"), "before": "apheresis"}),
     "haemodialysis within 1 day before apheresis"),
    (leaf("event", codes=["major_surgery", "ivig"], timing="planned"),
     "planned major surgery or intravenous immunoglobulin"),
    (leaf("event", codes=["hsct"], timing="past_or_planned"),
     "haematopoietic stem cell transplantation ever or planned"),
    (leaf("event", codes=["menopause"], window={"before": "screening"}), "menopause at any time before screening"),
    (leaf("reproductive", state="childbearing_potential"), "of childbearing potential"),
    (leaf("judgement", text="fit for leukapheresis"), "fit for leukapheresis"),
    (leaf("undertaking", text="signs the consent form"), "signs the consent form"),
    (leaf("condition", code="no_such_condition"), "no_such_condition, current"),
]  # fmt: skip


def worded(expression: object, vocabulary: Vocabulary) -> str:
    return printable(EXPRESSION.validate_python(expression), vocabulary)


@pytest.mark.parametrize(("expression", "text"), WORDED)
def test_a_leaf_reads_like_a_criterion(vocabulary, expression, text):
    assert worded(expression, vocabulary) == text


MALE, FEMALE = leaf("sex", sex="male"), leaf("sex", sex="female")
PREGNANT = leaf("reproductive", state="pregnant")


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (leaf("all_of", of=[FEMALE, PREGNANT]), "all of: female; pregnant"),
        (leaf("any_of", of=[MALE, leaf("not", of=PREGNANT)]), "any of: male; (not pregnant)"),
        (leaf("at_least", n=2, of=[MALE, FEMALE, PREGNANT]), "at least 2 of: male; female; pregnant"),
        (leaf("not", of=leaf("all_of", of=[FEMALE, PREGNANT])), "not (all of: female; pregnant)"),
        (leaf("only_if", condition=FEMALE, then=leaf("not", of=PREGNANT)), "if female, then (not pregnant)"),
        (
            leaf(
                "except",
                of=leaf("condition", code="malignancy", state="ever"),
                unless=[
                    leaf("condition", code="breast_cancer", state="ever", adequately_treated=True),
                    leaf("condition", code="psoriasis", state="active"),
                ],
            ),
            "malignancy, now or ever, except breast cancer (adequately treated) or psoriasis, current",
        ),
        (
            leaf(
                "except",
                of=leaf("event", codes=["ivig"]),
                unless=[leaf("event", codes=["ivig"], window=within(2, "years"))],
            ),
            "intravenous immunoglobulin ever, except intravenous immunoglobulin within 2 years",
        ),
    ],
)
def test_a_composite_lists_its_parts(vocabulary, expression, text):
    assert worded(expression, vocabulary) == text
