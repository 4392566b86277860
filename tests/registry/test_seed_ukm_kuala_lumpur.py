"""The autologous CD19 CAR-T trial of Kuala Lumpur, NCT06710717: its facts, worked out by hand from its page."""

import re

import pytest

from app.eligibility.criteria import (
    AllOf,
    AnyOf,
    ConditionIs,
    Event,
    Judgement,
    Observation,
    OnlyIf,
    Therapy,
    Undertaking,
)
from tests.registry.seeds import criterion, note_kinds, notes_text, seed_record, threshold

RECORD = seed_record("car-t-cd19-autologous-kuala-lumpur-ukm")

ELEVEN_DRUGS = {
    "cyclophosphamide",
    "mycophenolate",
    "belimumab",
    "azathioprine",
    "anifrolumab",
    "methotrexate",
    "rituximab",
    "obinutuzumab",
    "ciclosporin",
    "tacrolimus",
    "voclosporin",
}

THRESHOLDS = {
    "inc-5": ("active_organ_systems", "ge", 1, None, None),
    "inc-7": ("alt", "lt", 5, None, "uln"),
    "inc-8": ("total_bilirubin", "lt", 3, None, "uln"),
    "inc-9": ("lvef", "gt", 45, "%", None),
    "inc-10": ("life_expectancy", "gt", 3, "mo", None),
    "inc-11": ("ecog", "le", 2, None, None),
    "exc-2a": ("fvc_percent_predicted", "lt", 45, "%", None),
    "exc-2b": ("dlco_percent_predicted", "lt", 30, "%", None),
    "exc-2c": ("nyha_class", "ge", 3, None, None),
}

CONDITIONS = {
    "exc-1a": "malignancy",
    "exc-2d": "arrhythmia",
    "exc-2e": "av_block",
    "exc-2g": "liver_failure",
    "exc-4": "pancytopenia_severe",
    "exc-7": "sepsis",
}


def test_its_identity_is_stated():
    assert [(part.value, part.scheme, part.basis) for part in RECORD.identifiers] == [
        ("NCT06710717", "nct", "stated"),
        ("JEP-2024-754", "org_study_id", "stated"),
    ]
    assert RECORD.title == "Autologous CD19 Car T-Cell Therapy For Severe Refractory Systemic Lupus Erythematosus (SLE)"
    assert (RECORD.sponsor, RECORD.collaborators) == ("National University of Malaysia", ("Plutonet Sdn Bhd",))


def test_the_related_trial_of_the_page_stands_only_in_the_note_that_leaves_it_out():
    assert "NCT07219563" in notes_text(RECORD, "/identifiers")
    others = RECORD.model_copy(update={"curation_notes": ()})
    assert set(re.findall(r"NCT\d{8}", others.model_dump_json())) == {"NCT06710717"}


def test_its_statuses_are_those_of_its_last_update():
    assert RECORD.true_as_of == "2025-05-29"
    (site,) = RECORD.sites
    for status in (RECORD.status, site.status):
        assert status is not None
        assert (status.value, status.as_of, status.stale_after) == ("recruiting", "2025-05-29", "2027-05-29")


def test_its_design_and_size():
    design = RECORD.design
    assert (design.study_type, design.allocation, design.model) == ("interventional", "not_applicable", "single_group")
    assert (design.masking, design.purpose, design.escalation) == ("none", "treatment", None)
    assert (RECORD.phase, RECORD.enrollment.count, RECORD.enrollment.type) == ("phase_1", 5, None)
    assert (RECORD.age.min_years, RECORD.age.max_years, RECORD.age.stated) == (18, 65, True)
    assert (RECORD.sex, RECORD.healthy_volunteers) == ("all", False)


def test_its_end_follows_the_field_and_the_prose_that_differs_is_noted():
    assert RECORD.start_date is not None
    assert (RECORD.start_date.date, RECORD.start_date.type) == ("2025-01-03", None)
    assert RECORD.completion_date is not None
    assert (RECORD.completion_date.date, RECORD.completion_date.type) == ("2029-01-02", None)
    assert "2028" in notes_text(RECORD, "/completion_date")
    assert note_kinds(RECORD, "/completion_date") == {"conflicting"}


def test_its_product_is_made_of_the_patients_own_cells_and_infused_once_in_a_dose_unstated():
    assert (RECORD.product.cell_type, RECORD.product.cell_source) == ("car_t", "autologous")
    assert RECORD.product.targets == ("CD19",)
    assert [(arm.label, arm.type) for arm in RECORD.arms] == [("autologous CD19 CAR T-cells", "experimental")]
    assert RECORD.doses == ()
    assert RECORD.lymphodepletion == ()
    assert "missing" in note_kinds(RECORD, "/doses")
    assert "missing" in note_kinds(RECORD, "/lymphodepletion")


def test_its_site_and_contacts_are_kept_exactly():
    (site,) = RECORD.sites
    assert site.name == "University Kebangsaan Malaysia Medical Center"
    assert (site.city, site.country) == ("Kuala Lumpur", "MY")
    assert "Bandar Tun Razak" in notes_text(RECORD, "/sites/site-1/city")
    assert [(part.name, part.role, part.phone, part.email, part.site) for part in RECORD.contacts] == [
        ("S Fadilah Abdul Wahid, PhD", "contact", "+60391456450", None, None),
        ("S Fadilah Abdul Wahid, PhD", "primary", "+60391456450", None, "site-1"),
    ]


def test_its_outcomes_come_from_prose_so_none_is_called_primary():
    assert {outcome.type for outcome in RECORD.outcomes} == {None}
    frames = {outcome.measure: outcome.time_frame for outcome in RECORD.outcomes}
    assert frames["Serologic remission"] == "3 months"
    assert frames["Sustained DORIS remission"] == "At least 12 months"
    assert note_kinds(RECORD, "/outcomes") == {"inferred"}


def test_every_requirement_of_the_running_text_is_there():
    inclusions = {part.locator for part in RECORD.criteria if part.locator.startswith("inclusion")}
    exclusions = {part.locator for part in RECORD.criteria if part.locator.startswith("exclusion")}
    assert inclusions == {f"inclusion {number}" for number in range(1, 15)}
    assert exclusions == {f"exclusion {number}" for number in range(1, 11)}
    assert (RECORD.inclusions_stated, RECORD.exclusions_stated) == (True, True)


def test_what_precludes_compliance_excludes_though_it_stands_among_the_inclusions():
    asked = criterion(RECORD, "exc-11")
    assert (asked.kind, asked.locator, asked.basis) == ("exclusion", "inclusion 12", "inferred")
    assert isinstance(asked.expression, Judgement)
    assert note_kinds(RECORD, "/criteria/exc-11/kind") == {"corrected"}


@pytest.mark.parametrize("key", THRESHOLDS)
def test_a_threshold_is_that_of_the_page(key):
    assert threshold(criterion(RECORD, key).expression) == THRESHOLDS[key]


@pytest.mark.parametrize("key", CONDITIONS)
def test_a_condition_excludes_while_it_is_there(key):
    assert criterion(RECORD, key).expression == ConditionIs(kind="condition", code=CONDITIONS[key])


@pytest.mark.parametrize("key", ["exc-2f", "exc-5"])
def test_what_excludes_surely_stands_beside_what_is_left_to_judgement(key):
    asked = criterion(RECORD, key).expression
    assert isinstance(asked, AnyOf)
    sure, judged = asked.of
    assert isinstance(sure, ConditionIs | Observation)
    assert isinstance(judged, AllOf)
    assert isinstance(judged.of[-1], Judgement)
    assert note_kinds(RECORD, f"/criteria/{key}/expression")


def test_any_one_antibody_of_any_time_is_enough():
    asked = criterion(RECORD, "inc-3").expression
    assert isinstance(asked, AnyOf)
    ana, anti_dsdna, anti_sm = asked.of
    assert threshold(ana) == ("ana", "ge", 80, None, None)
    assert threshold(anti_dsdna) == ("anti_dsdna", "ge", 30, "[IU]/mL", None)
    assert isinstance(anti_sm, Observation)
    assert (anti_sm.code, anti_sm.finding) == ("anti_sm", "positive")
    for part in asked.of:
        assert isinstance(part, Observation)
        assert (part.which, part.window) == ("any", None)


def test_active_means_neither_in_remission_nor_in_low_disease_activity():
    asked = criterion(RECORD, "inc-4").expression
    assert isinstance(asked, AllOf)
    states = [(part.code, part.finding) for part in asked.of if isinstance(part, Observation)]
    assert states == [("doris_remission", "negative"), ("lldas", "negative")]


def test_refractory_means_glucocorticoids_and_two_of_eleven_drugs_for_three_months_each():
    asked = criterion(RECORD, "inc-6").expression
    assert isinstance(asked, AnyOf)
    refractory = asked.of[0]
    assert isinstance(refractory, AllOf)
    glucocorticoid, drugs = refractory.of
    assert isinstance(glucocorticoid, Therapy)
    assert isinstance(drugs, Therapy)
    assert (glucocorticoid.classes, glucocorticoid.response) == (("glucocorticoid",), ("inadequate",))
    assert (set(drugs.agents), drugs.min_distinct, drugs.response) == (ELEVEN_DRUGS, 2, ("inadequate",))
    assert drugs.duration is not None
    assert (drugs.duration.comparator, int(drugs.duration.value), drugs.duration.unit) == ("ge", 3, "months")


def test_kidney_damage_and_low_clearance_must_both_hold_and_the_note_to_self_is_left_out():
    asked = criterion(RECORD, "exc-3").expression
    assert isinstance(asked, AllOf)
    damage, clearance = asked.of
    assert damage == ConditionIs(kind="condition", code="kidney_damage_irreversible")
    assert threshold(clearance) == ("creatinine_clearance", "lt", 30, "mL/min", None)
    assert "review" not in criterion(RECORD, "exc-3").statement
    assert note_kinds(RECORD, "/criteria/exc-3/statement") == {"excluded"}


def test_washouts_count_back_from_enrollment():
    transplant, radiotherapy = criterion(RECORD, "exc-9a").expression, criterion(RECORD, "exc-9c").expression
    chemotherapy = criterion(RECORD, "exc-9b").expression
    assert isinstance(transplant, Event)
    assert isinstance(radiotherapy, Event)
    assert isinstance(chemotherapy, Therapy)
    assert (transplant.codes, chemotherapy.classes, radiotherapy.codes) == (
        ("hsct",),
        ("chemotherapy",),
        ("radiotherapy",),
    )
    for part, weeks in ((transplant, 12), (chemotherapy, 8), (radiotherapy, 8)):
        assert part.window is not None
        assert part.window.within is not None
        assert (int(part.window.within.value), part.window.within.unit, part.window.before) == (
            weeks,
            "weeks",
            "enrollment",
        )


def test_contraception_concerns_women_and_men_each_in_their_own_words():
    woman, man = criterion(RECORD, "inc-13b").expression, criterion(RECORD, "inc-14").expression
    assert isinstance(woman, OnlyIf)
    assert isinstance(woman.then, AllOf)
    assert isinstance(man, OnlyIf)
    assert isinstance(man.then, Undertaking)
