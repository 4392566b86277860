"""The ultra-fast CAR-T trial of Nanjing: its facts by hand, and what its document leaves out."""

import re

from app.vocabulary.enumerations import TrialVerdict
from tests.registry.outcomes import REVIEWED, match, rules_of
from tests.registry.seeds import note_kinds, notes_text, seed_record

RECORD = seed_record("car-t-cd19-ultra-fast-nanjing-drum-tower")


def test_its_number_is_inferred_and_the_sibling_in_hangzhou_is_kept_apart():
    (identifier,) = RECORD.identifiers
    assert (identifier.value, identifier.scheme, identifier.basis) == ("NCT07331467", "nct", "inferred")
    assert identifier.reason is not None
    assert "NCT07233642" in identifier.reason
    assert "by title" in notes_text(RECORD, "/identifiers/0")


def test_it_has_no_criteria_and_says_that_they_are_missing():
    assert RECORD.criteria == ()
    assert (RECORD.inclusions_stated, RECORD.exclusions_stated) == (False, False)
    assert note_kinds(RECORD, "/criteria") == {"missing"}


def test_it_recruits_because_its_site_does_since_when_is_unknown():
    (site,) = RECORD.sites
    assert site.status is not None
    assert (site.status.value, site.status.as_of) == ("recruiting", None)
    assert (RECORD.status.value, RECORD.status.as_of, RECORD.status.stale_after) == ("recruiting", None, None)
    assert note_kinds(RECORD, "/status") == {"inferred"}


def test_its_site_is_kept_exactly():
    (site,) = RECORD.sites
    assert site.name == "Affiliated Drum Tower Hospital, Medical School of Nanjing University"
    assert (site.city, site.region, site.country) == ("Nanjing", "Jiangsu", "CN")


def test_what_the_document_does_not_state_stays_unstated():
    assert (RECORD.age.min_years, RECORD.age.max_years, RECORD.age.stated) == (None, None, False)
    assert (RECORD.sex, RECORD.healthy_volunteers, RECORD.phase, RECORD.sponsor) == (None, None, None, None)
    assert (RECORD.start_date, RECORD.primary_completion_date, RECORD.completion_date) == (None, None, None)
    assert (RECORD.contacts, RECORD.arms, RECORD.lymphodepletion, RECORD.true_as_of) == ((), (), (), None)
    for field in ("/age", "/sex", "/phase", "/sponsor", "/start_date", "/contacts", "/lymphodepletion", "/true_as_of"):
        assert "missing" in note_kinds(RECORD, field)


def test_its_product_design_and_doses():
    product = RECORD.product
    assert (product.cell_type, product.cell_source, product.targets) == ("car_t", "autologous", ("CD19",))
    assert "10 minutes" in (product.manufacturing or "")
    design = RECORD.design
    assert (design.study_type, design.allocation, design.model) == ("interventional", "not_applicable", None)
    assert (design.masking, design.purpose, design.escalation) == ("none", "treatment", "dose_escalation")
    assert [(int(dose.value), dose.level, dose.unit, dose.days) for dose in RECORD.doses] == [
        (150_000, 1, "cells/kg", None),
        (500_000, 2, "cells/kg", None),
        (1_000_000, 3, "cells/kg", None),
    ]
    assert (RECORD.enrollment.count, RECORD.enrollment.type, RECORD.conditions) == (18, None, ("sle",))


def test_its_outcomes_have_the_stated_categories_and_no_guessed_type():
    categories = ["safety"] + ["efficacy"] * 9 + ["pharmacokinetic"] * 3 + ["pharmacodynamic"] * 4
    assert [outcome.category for outcome in RECORD.outcomes] == categories
    assert {outcome.type for outcome in RECORD.outcomes} == {None}
    assert note_kinds(RECORD, "/outcomes") == {"missing"}
    quarter = {0, 4, *range(10, 17)}
    for number, outcome in enumerate(RECORD.outcomes):
        assert outcome.time_frame == ("3 months" if number in quarter else "6 months")


def test_numbers_of_the_definitions_are_kept():
    response, low, remission = RECORD.outcomes[4:7]
    assert "≥ 4" in (response.definition or "")
    assert re.search(r"SLEDAI-2K ≤ 4.*PGA ≤ 1.*≤ 7\.5 mg/day", low.definition or "")
    assert re.search(r"SLEDAI-2K = 0; PGA < 0\.5.*≤ 5 mg/day", remission.definition or "")
    assert "true equality" in notes_text(RECORD, "/outcomes/6/definition")


def test_artefacts_of_the_page_are_left_out():
    assert "medical advice" not in RECORD.model_dump_json().casefold()
    assert "excluded" in note_kinds(RECORD, "/outcomes/5/definition")
    assert not any("RECRUITING" in outcome.measure for outcome in RECORD.outcomes)


def test_nobody_can_be_assessed_by_criteria_that_are_missing(vocabulary):
    for patient in ({}, {"birth_date": "1992-03-14", "sex": "female", "reviewed": REVIEWED}):
        found = match(rules_of(RECORD.id), vocabulary, patient).finding
        assert found.verdict is TrialVerdict.NOT_ASSESSABLE
        assert found.eligible_from is None
