"""The anti-CD19 CAR-NK trial of Hangzhou, NCT06421701: its facts, worked out by hand from its page of May 2024."""

import re

import pytest

from app.eligibility.criteria import Observation
from tests.registry.seeds import criterion, note_kinds, notes_text, seed_record

RECORD = seed_record("car-nk-cd19-hangzhou-zju2")

LOST_SIGNS = {
    "inc-5": ("selena_sledai", "ge", "8", None, None),
    "inc-8a": ("hemoglobin", "ge", "85", "g/L", None),
    "inc-8b": ("wbc", "ge", "3", "10*9/L", None),
    "inc-8c": ("neutrophils", "ge", "1.5", "10*9/L", None),
    "inc-8d": ("platelets", "ge", "50", "10*9/L", None),
    "inc-9a": ("alt", "le", "2", None, "uln"),
    "inc-9b": ("ast", "le", "2", None, "uln"),
    "inc-9c": ("egfr", "ge", "60", "mL/min/{1.73_m2}", None),
    "inc-9d": ("total_bilirubin", "le", "2.0", "mg/dL", None),
    "inc-9e": ("lvef", "ge", "50", "%", None),
    "inc-9g": ("pt", "le", "1.5", None, "uln"),
    "inc-9h": ("inr", "le", "1.5", None, "uln"),
}


def test_its_identity_is_stated():
    assert [(part.value, part.scheme, part.basis) for part in RECORD.identifiers] == [
        ("NCT06421701", "nct", "stated"),
        ("2024-0530", "org_study_id", "stated"),
    ]
    assert RECORD.sponsor == "Second Affiliated Hospital, School of Medicine, Zhejiang University"
    assert "inferred" in note_kinds(RECORD, "/title")


def test_its_status_is_as_old_as_its_page():
    assert RECORD.status.value == "not_yet_recruiting"
    assert RECORD.status.as_of == RECORD.true_as_of == "2024-05"
    assert RECORD.status.stale_after == "2026-05-01"
    assert "completion date" in notes_text(RECORD, "/status")


def test_its_dates_are_typed_only_where_the_page_types_them():
    assert RECORD.start_date is not None
    assert (RECORD.start_date.date, RECORD.start_date.type) == ("2024-06-01", None)
    assert RECORD.primary_completion_date is not None
    assert (RECORD.primary_completion_date.date, RECORD.primary_completion_date.type) == ("2025-08-01", "estimated")
    assert RECORD.completion_date is not None
    assert (RECORD.completion_date.date, RECORD.completion_date.type) == ("2026-05-31", "estimated")


def test_its_design_and_size():
    design = RECORD.design
    assert (design.study_type, design.model, design.masking) == ("interventional", "single_group", "none")
    assert (design.escalation, design.allocation, design.purpose) == ("3_plus_3", None, None)
    assert (RECORD.phase, RECORD.enrollment.count, RECORD.enrollment.type) == ("phase_1", 10, None)
    assert (RECORD.age.min_years, RECORD.age.max_years, RECORD.age.stated) == (18, 65, True)
    assert (RECORD.sex, RECORD.healthy_volunteers) == ("all", False)


def test_nobody_says_whose_cells_they_are():
    assert (RECORD.product.cell_type, RECORD.product.cell_source) == ("car_nk", None)
    assert RECORD.product.targets == ("CD19",)
    assert "missing" in note_kinds(RECORD, "/product/cell_source")


def test_three_dose_groups_are_each_infused_three_times_and_the_other_reading_is_noted():
    assert [(int(dose.value), dose.level, dose.days, dose.unit) for dose in RECORD.doses] == [
        (2_000_000, 1, (0, 7, 14), "cells/kg"),
        (3_000_000, 2, (0, 7, 14), "cells/kg"),
        (4_000_000, 3, (0, 7, 14), "cells/kg"),
    ]
    assert note_kinds(RECORD, "/doses") == {"inferred", "ambiguous"}


def test_two_drugs_deplete_the_lymphocytes_on_three_days():
    assert [(part.agent, int(part.value or 0), part.unit, part.days) for part in RECORD.lymphodepletion] == [
        ("fludarabine", 25, "mg/m2/d", (-5, -4, -3)),
        ("cyclophosphamide", 500, "mg/m2/d", (-5, -4, -3)),
    ]


def test_its_site_and_contact_are_kept_exactly():
    (site,) = RECORD.sites
    assert site.name == "The Second Affiliated Hospital of Zhejiang University School of Medicine"
    assert (site.city, site.region, site.country, site.status) == ("Hangzhou", None, "CN", None)
    (contact,) = RECORD.contacts
    assert (contact.name, contact.role, contact.site) == ("Huaxiang Wu, PhD", "contact", None)
    assert (contact.phone, contact.email) == ("86-13757118395", "wuhx8855@zju.edu.cn")


def test_its_outcomes_are_two_primary_and_twelve_secondary_and_no_category_is_guessed():
    assert [outcome.type for outcome in RECORD.outcomes] == ["primary"] * 2 + ["secondary"] * 12
    assert {outcome.category for outcome in RECORD.outcomes} == {None}
    response = RECORD.outcomes[2]
    assert "at least 4 points" in (response.definition or "")
    assert response.time_frame == "4, 8, 12, 16, 20, 24, 36 and 52 weeks after infusion"
    assert "inferred" in note_kinds(RECORD, "/outcomes/2/definition")


@pytest.mark.parametrize("key", LOST_SIGNS)
def test_a_lost_sign_is_restored_without_strictness_marked_and_noted(key):
    code, comparator, value, unit, limit = LOST_SIGNS[key]
    asked = criterion(RECORD, key)
    assert isinstance(asked.expression, Observation)
    threshold = asked.expression.threshold
    assert threshold is not None
    assert asked.expression.code == code
    assert (threshold.comparator, str(threshold.value), threshold.unit) == (comparator, value, unit)
    assert threshold.relative_to == limit
    assert asked.basis == "inferred"
    assert "inferred" in note_kinds(RECORD, f"/criteria/{key}/expression")


def test_signs_that_survived_are_strict_and_stated():
    oxygen, creatinine = criterion(RECORD, "inc-9f"), criterion(RECORD, "exc-3a")
    assert isinstance(oxygen.expression, Observation)
    assert isinstance(creatinine.expression, Observation)
    assert oxygen.expression.room_air is True
    for asked, value in ((oxygen, 94), (creatinine, 2.5)):
        assert isinstance(asked.expression, Observation)
        assert asked.expression.threshold is not None
        assert (asked.expression.threshold.comparator, float(asked.expression.threshold.value)) == ("gt", value)
        assert asked.basis == "stated"


def test_creatinine_is_compared_in_the_unit_that_was_not_rounded():
    asked = criterion(RECORD, "exc-3a").expression
    assert isinstance(asked, Observation)
    assert asked.threshold is not None
    assert asked.threshold.unit == "mg/dL"
    assert "221" in notes_text(RECORD, "/criteria/exc-3a/expression")


def test_every_key_counts_as_its_locator_does():
    for part in RECORD.criteria:
        number = re.sub(r"[a-z]$", "", part.key.split("-")[1])
        assert part.locator == f"{part.kind} {number}"


def test_every_bullet_of_both_lists_is_there():
    inclusions = {int(match[1]) for part in RECORD.criteria if (match := re.match(r"inclusion (\d+)$", part.locator))}
    exclusions = {int(match[1]) for part in RECORD.criteria if (match := re.match(r"exclusion (\d+)$", part.locator))}
    assert inclusions == set(range(1, 11))
    assert exclusions == set(range(1, 27))
    assert (RECORD.inclusions_stated, RECORD.exclusions_stated) == (True, True)


def test_trials_that_the_page_only_points_at_are_nowhere():
    text = RECORD.model_dump_json()
    assert set(re.findall(r"NCT\d{8}", text)) == {"NCT06421701"}
    assert "excluded" in note_kinds(RECORD, "")


def test_later_amendments_are_not_mixed_in():
    assert all(dose.days == (0, 7, 14) for dose in RECORD.doses)
    assert not any("sledai_2k" in part.model_dump_json() for part in RECORD.criteria)
    assert "iguratimod" not in RECORD.model_dump_json()
