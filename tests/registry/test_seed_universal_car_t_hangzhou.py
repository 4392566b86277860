"""The universal CD19 CAR-T trial of Hangzhou: its facts, worked out by hand from its page."""

import re

import pytest

from app.eligibility.criteria import Age, AllOf, AnyOf, Judgement, OnlyIf, Therapy, Undertaking
from tests.registry.seeds import criterion, note_kinds, notes_text, seed_record, threshold

RECORD = seed_record("car-t-cd19-universal-hangzhou-zjuch")

ELEVEN_DRUGS = {
    "cyclophosphamide",
    "mycophenolate",
    "azathioprine",
    "methotrexate",
    "ciclosporin",
    "tacrolimus",
    "sirolimus",
    "leflunomide",
    "telitacicept",
    "belimumab",
    "rituximab",
}

THRESHOLDS = {
    "inc-3": ("sledai_2k", "ge", 8, None, None),
    "inc-5a": ("lvef", "ge", 55, "%", None),
    "inc-5c": ("egfr", "ge", 30, "mL/min/{1.73_m2}", None),
    "inc-5d": ("ast", "le", 3, None, "uln"),
    "inc-5e": ("alt", "le", 3, None, "uln"),
    "inc-5f": ("total_bilirubin", "le", 2, None, "uln"),
    "inc-5h": ("spo2", "ge", 92, "%", None),
}


def test_its_registry_number_is_inferred_and_says_from_what():
    (identifier,) = RECORD.identifiers
    assert (identifier.value, identifier.scheme, identifier.basis) == ("NCT06691152", "nct", "inferred")
    assert "sponsor" in (identifier.reason or "")
    assert set(re.findall(r"NCT\d{8}", RECORD.model_dump_json())) == {"NCT06691152"}


def test_its_title_and_sponsor_are_kept_exactly():
    assert RECORD.title == (
        "Efficacy and Safety Study of CD19 Universal CAR T Cells in Refractory Systemic Lupus Erythematosus"
    )
    assert RECORD.sponsor == "The Children's Hospital of Zhejiang University School of Medicine"
    assert RECORD.conditions == ("sle",)


def test_its_statuses_are_recruiting_and_undated():
    assert (RECORD.status.value, RECORD.status.as_of, RECORD.status.stale_after) == ("recruiting", None, None)
    assert RECORD.true_as_of is None
    assert "missing" in note_kinds(RECORD, "/status/as_of")


def test_its_design_size_and_dates():
    design = RECORD.design
    assert (design.study_type, design.model, design.masking) == ("interventional", "single_group", "none")
    assert (design.escalation, design.allocation) == ("dose_escalation", None)
    assert (RECORD.phase, RECORD.enrollment.count, RECORD.enrollment.type) == ("phase_1", 18, None)
    assert RECORD.start_date is not None
    assert (RECORD.start_date.date, RECORD.start_date.type) == ("2024-10-30", None)
    assert RECORD.completion_date is not None
    assert (RECORD.completion_date.date, RECORD.completion_date.type) == ("2027-09-30", "estimated")
    assert RECORD.primary_completion_date is None


def test_it_admits_from_five_years_without_an_upper_age_and_no_healthy_volunteers():
    assert (RECORD.age.min_years, RECORD.age.max_years, RECORD.age.stated) == (5, None, True)
    assert criterion(RECORD, "inc-1").expression == Age(kind="age", min_years=5)
    assert (RECORD.sex, RECORD.healthy_volunteers) == ("all", False)
    assert '"f"' in notes_text(RECORD, "/healthy_volunteers")


def test_a_universal_product_comes_from_donors_which_is_inferred():
    assert (RECORD.product.cell_type, RECORD.product.cell_source) == ("car_t", "allogeneic")
    assert RECORD.product.targets == ("CD19",)
    assert note_kinds(RECORD, "/product/cell_source") == {"inferred"}


def test_one_arm_holds_three_rising_doses():
    assert [(arm.label, arm.type) for arm in RECORD.arms] == [("CAR T cell treatment group", "experimental")]
    assert [(int(dose.value), dose.unit, dose.level, dose.days, dose.arm) for dose in RECORD.doses] == [
        (10_000_000, "cells/kg", 1, None, "arm-1"),
        (30_000_000, "cells/kg", 2, None, "arm-1"),
        (60_000_000, "cells/kg", 3, None, "arm-1"),
    ]


def test_its_only_site_stands_against_the_word_multicenter():
    (site,) = RECORD.sites
    assert site.name == "Children's Hospital, Zhejiang University School of Medicine"
    assert (site.city, site.country) == ("Hangzhou", "CN")
    assert site.status is not None
    assert (site.status.value, site.status.as_of) == ("recruiting", None)
    assert note_kinds(RECORD, "/sites") == {"conflicting"}


def test_its_contacts_are_a_lead_and_a_backup():
    assert [(part.name, part.role, part.phone, part.email, part.site) for part in RECORD.contacts] == [
        ("Jianhua Mao, Prof", "primary", "0571-86670076", "maojh88@zju.edu.cn", None),
        ("Xue He", "backup", "15088688407", "6511009@zju.edu.cn", None),
    ]


def test_what_the_page_does_not_state_stays_empty_and_is_noted():
    assert RECORD.outcomes == ()
    assert RECORD.lymphodepletion == ()
    assert "missing" in note_kinds(RECORD, "/outcomes")
    assert "missing" in note_kinds(RECORD, "/lymphodepletion")


def test_exclusions_are_missing_from_the_page_which_is_not_the_same_as_none():
    assert (RECORD.inclusions_stated, RECORD.exclusions_stated) == (True, False)
    assert not [part for part in RECORD.criteria if part.kind == "exclusion"]
    assert "missing" in note_kinds(RECORD, "/criteria")


def test_every_bullet_is_there_but_the_heading():
    assert {part.locator for part in RECORD.criteria} == {f"inclusion {number}" for number in (1, 2, 3, 5, 6, 7, 8)}
    assert "heading" in notes_text(RECORD, "/criteria")


@pytest.mark.parametrize("key", THRESHOLDS)
def test_a_threshold_is_that_of_the_page(key):
    assert threshold(criterion(RECORD, key).expression) == THRESHOLDS[key]


def test_the_enzyme_that_became_a_plant_is_ast():
    assert "AST" in criterion(RECORD, "inc-5d").statement
    assert "corrected" in note_kinds(RECORD, "/criteria/inc-5d/statement")


def test_refractory_means_glucocorticoid_hydroxychloroquine_and_two_of_eleven_drugs():
    asked = criterion(RECORD, "inc-2b").expression
    assert isinstance(asked, AnyOf)
    refractory = asked.of[0]
    assert isinstance(refractory, AllOf)
    glucocorticoid, antimalarial, drugs = refractory.of
    assert isinstance(glucocorticoid, Therapy)
    assert isinstance(antimalarial, Therapy)
    assert isinstance(drugs, Therapy)
    assert glucocorticoid.dose is not None
    assert (glucocorticoid.dose.comparator, int(glucocorticoid.dose.value), glucocorticoid.dose.unit) == (
        "ge",
        1,
        "mg/kg/d",
    )
    assert glucocorticoid.dose.prednisone_equivalent
    assert antimalarial.agents == ("hydroxychloroquine",)
    assert (set(drugs.agents), drugs.min_distinct) == (ELEVEN_DRUGS, 2)
    for part in (glucocorticoid, antimalarial, drugs):
        assert part.duration is not None
        assert (part.duration.comparator, int(part.duration.value), part.duration.unit) == ("ge", 3, "months")
    assert note_kinds(RECORD, "/criteria/inc-2b/expression") == {"ambiguous"}


def test_the_patient_must_be_fit_for_collection_though_the_cells_are_a_donors():
    assert isinstance(criterion(RECORD, "inc-6a").expression, Judgement)
    assert isinstance(criterion(RECORD, "inc-6b").expression, Judgement)
    assert note_kinds(RECORD, "/criteria/inc-6a/expression") == {"conflicting"}


def test_pregnancy_test_and_contraception_concern_women_who_can_become_pregnant():
    test, contraception = criterion(RECORD, "inc-7a").expression, criterion(RECORD, "inc-7b").expression
    assert isinstance(test, OnlyIf)
    assert isinstance(contraception, OnlyIf)
    assert isinstance(contraception.then, Undertaking)
    assert test.condition == contraception.condition


def test_consent_is_an_undertaking():
    assert isinstance(criterion(RECORD, "inc-8").expression, Undertaking)
