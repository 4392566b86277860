"""The CD19 CAR-DNT trial of Shanghai: its facts, worked out by hand from its page of July 2025."""

import re

import pytest

from app.eligibility.criteria import (
    AllOf,
    AnyOf,
    ConditionIs,
    Event,
    Except,
    Judgement,
    Observation,
    OnlyIf,
    Therapy,
    Undertaking,
    Window,
)
from tests.registry.seeds import criterion, note_kinds, notes_text, seed_record, threshold

RECORD = seed_record("car-dnt-cd19-shanghai-renji")

WITHIN_7_DAYS = {
    "inc-3a": ("fibrinogen", "ge", 1, "g/L", None),
    "inc-3b": ("aptt", "le", 1.5, None, "uln"),
    "inc-3c": ("pt", "le", 1.5, None, "uln"),
    "inc-3d": ("ast", "le", 3, None, "uln"),
    "inc-3e": ("alt", "le", 3, None, "uln"),
    "inc-3f": ("total_bilirubin", "le", 1.5, None, "uln"),
    "inc-3h": ("hemoglobin", "ge", 80, "g/L", None),
    "inc-3i": ("neutrophils", "ge", 1, "10*9/L", None),
    "inc-3j": ("platelets", "ge", 30, "10*9/L", None),
    "inc-3k": ("lvef", "ge", 45, "%", None),
}

WINDOWS = {
    "exc-4b": (6, "months", "screening"),
    "exc-4c": (6, "months", "screening"),
    "exc-5a": (6, "months", "screening"),
    "exc-5b": (6, "months", "screening"),
    "exc-5c": (6, "months", "screening"),
    "exc-5d": (6, "months", "screening"),
    "exc-5e": (6, "months", "screening"),
    "exc-5f": (6, "months", "screening"),
    "exc-9": (1, "months", "screening"),
    "exc-12a": (6, "months", "screening"),
    "exc-12b": (30, "days", "infusion"),
    "exc-12c": (30, "days", "infusion"),
    "exc-12d": (5, "half_lives", "screening"),
    "exc-14": (3, "months", "screening"),
}

PRESENT = {
    "exc-3a": "malignancy",
    "exc-3b": "renal_failure_end_stage",
    "exc-3d": "mononeuritis_multiplex",
}

POSITIVE = {"exc-7d": "cmv_dna", "exc-7e": "syphilis"}


def _days_before(window: Window | None, milestone: str) -> int:
    assert window is not None
    assert window.within is not None
    assert window.before == milestone
    return int(window.within.value) * {"days": 1, "weeks": 7}[window.within.unit]


def test_its_registry_number_is_inferred_and_says_from_what():
    (identifier,) = RECORD.identifiers
    assert (identifier.value, identifier.scheme, identifier.basis) == ("NCT06316076", "nct", "inferred")
    assert "title" in (identifier.reason or "")
    assert set(re.findall(r"NCT\d{8}", RECORD.model_dump_json())) == {"NCT06316076"}


def test_its_status_is_that_of_the_day_of_its_page():
    assert (RECORD.status.value, RECORD.status.as_of, RECORD.true_as_of) == ("recruiting", "2025-07-12", "2025-07-12")
    assert RECORD.status.stale_after == "2027-07-12"
    (source,) = RECORD.sources
    assert (source.name, source.as_of) == ("ClinConnect", "2025-07-12")


def test_what_the_page_does_not_state_stays_null():
    assert RECORD.phase is None
    assert (RECORD.enrollment.count, RECORD.enrollment.type) == (None, None)
    assert (RECORD.start_date, RECORD.primary_completion_date, RECORD.completion_date) == (None, None, None)
    assert RECORD.product.cell_source is None
    assert (RECORD.design.allocation, RECORD.design.model, RECORD.design.masking) == (None, None, None)
    assert RECORD.healthy_volunteers is None
    assert (RECORD.arms, RECORD.doses, RECORD.lymphodepletion, RECORD.outcomes) == ((), (), (), ())
    for field in ("/phase", "/enrollment", "/product/cell_source", "/arms", "/doses", "/lymphodepletion", "/outcomes"):
        assert "missing" in note_kinds(RECORD, field), field


def test_the_day_of_launch_is_neither_start_nor_posting():
    assert "12 March 2024" in notes_text(RECORD, "/start_date")
    assert note_kinds(RECORD, "/start_date") == {"excluded"}
    assert "2024-03" not in RECORD.model_dump_json()


def test_the_contact_of_another_institute_is_nowhere():
    assert RECORD.contacts == ()
    assert note_kinds(RECORD, "/contacts") == {"excluded"}
    assert not re.search("cobb|jennifer", RECORD.model_dump_json(), re.IGNORECASE)


def test_of_its_site_only_the_city_is_known():
    (site,) = RECORD.sites
    assert (site.name, site.city, site.region, site.country, site.status) == (None, "Shanghai", None, "CN", None)
    assert "missing" in note_kinds(RECORD, "/sites/site-1/name")
    assert RECORD.sponsor == "Renji Hospital"


def test_its_product_is_double_negative_t_cells_against_cd19():
    assert (RECORD.product.cell_type, RECORD.product.targets) == ("car_dnt", ("CD19",))
    assert RECORD.title == "Safety and Efficacy Study of CD19-CAR-DNT Cells in Autoimmune Diseases"


def test_its_basket_of_four_diseases_comes_from_the_summary():
    assert RECORD.conditions == ("sle", "vasculitis", "inflammatory_myopathy", "systemic_sclerosis")
    assert "inferred" in note_kinds(RECORD, "/conditions")
    asked = criterion(RECORD, "inc-5")
    assert isinstance(asked.expression, AllOf)
    diseases, refractory = asked.expression.of
    assert isinstance(diseases, AnyOf)
    assert tuple(part.code for part in diseases.of if isinstance(part, ConditionIs)) == RECORD.conditions
    assert isinstance(refractory, Judgement)
    assert asked.basis == "inferred"


def test_age_and_sex():
    assert (RECORD.age.min_years, RECORD.age.max_years, RECORD.age.stated, RECORD.sex) == (18, 75, True, "all")


def test_every_number_of_both_lists_is_there():
    numbers: dict[str, set[int]] = {kind: set() for kind in ("inclusion", "exclusion")}
    for part in RECORD.criteria:
        kind, number = part.locator.split(",")[0].split()
        numbers[kind].add(int(number))
        assert part.key.startswith(f"{kind[:3]}-{number}")
    assert numbers == {"inclusion": set(range(1, 6)), "exclusion": set(range(1, 16))}
    assert (RECORD.inclusions_stated, RECORD.exclusions_stated) == (True, True)


@pytest.mark.parametrize("key", WITHIN_7_DAYS)
def test_organ_function_is_that_of_the_7_days_before_lymphodepletion(key):
    asked = criterion(RECORD, key)
    assert isinstance(asked.expression, Observation)
    assert threshold(asked.expression) == WITHIN_7_DAYS[key]
    assert asked.anchor == "lymphodepletion"
    assert _days_before(asked.expression.window, "lymphodepletion") == 7


def test_gilbert_syndrome_changes_nothing_as_the_text_is_written():
    assert "conflicting" in note_kinds(RECORD, "/criteria/inc-3f/expression")
    assert "gilbert_syndrome" not in RECORD.model_dump_json()


def test_a_count_that_transfusion_holds_up_counts():
    assert "transfusion" in criterion(RECORD, "inc-3h").statement
    assert "transfusion" in criterion(RECORD, "inc-3j").statement
    assert "platelets" in notes_text(RECORD, "/criteria/inc-3h/expression")


def test_the_renal_twins_mirror_each_other():
    admits, excludes = criterion(RECORD, "inc-3g").expression, criterion(RECORD, "exc-4a").expression
    assert isinstance(admits, AnyOf)
    assert isinstance(excludes, AllOf)
    assert {threshold(part) for part in admits.of} == {
        ("creatinine", "le", 1.5, None, "uln"),
        ("creatinine_clearance", "ge", 60, "mL/min", None),
    }
    assert {threshold(part) for part in excludes.of} == {
        ("creatinine", "gt", 1.5, None, "uln"),
        ("creatinine_clearance", "lt", 60, "mL/min", None),
    }
    for part in (*admits.of, *excludes.of):
        assert isinstance(part, Observation)
        assert _days_before(part.window, "lymphodepletion") == 7


@pytest.mark.parametrize("key", WINDOWS)
def test_a_window_is_as_long_as_the_text_says_and_hangs_on_its_milestone(key):
    asked = criterion(RECORD, key)
    expression = asked.expression.of[-1] if isinstance(asked.expression, AllOf) else asked.expression
    assert isinstance(expression, ConditionIs | Event | Observation | Therapy)
    window = expression.window
    assert window is not None
    assert window.within is not None
    assert (int(window.within.value), window.within.unit, window.before) == WINDOWS[key]
    assert asked.anchor == window.before


@pytest.mark.parametrize("key", PRESENT)
def test_a_serious_disease_excludes_while_it_is_there(key):
    assert criterion(RECORD, key).expression == ConditionIs(kind="condition", code=PRESENT[key])


@pytest.mark.parametrize("key", POSITIVE)
def test_a_positive_test_excludes(key):
    assert criterion(RECORD, key).expression == Observation(kind="observation", code=POSITIVE[key], finding="positive")


def test_a_positive_hiv_test_excludes_and_an_earlier_one_is_left_to_judgement():
    asked = criterion(RECORD, "exc-7c").expression
    assert isinstance(asked, AnyOf)
    latest, earlier = asked.of
    assert latest == Observation(kind="observation", code="hiv", finding="positive")
    assert isinstance(earlier, AllOf)
    assert isinstance(earlier.of[1], Judgement)


def test_hepatitis_b_takes_a_marker_and_the_dna():
    asked = criterion(RECORD, "exc-7a").expression
    assert isinstance(asked, AllOf)
    markers, dna = asked.of
    assert isinstance(markers, AnyOf)
    assert [part.code for part in markers.of if isinstance(part, Observation)] == ["hbsag", "anti_hbc"]
    assert isinstance(dna, AnyOf)
    assert [(part.code, part.finding) for part in dna.of if isinstance(part, Observation)] == [
        ("hbv_dna", "positive"),
        ("hbv_dna", "high"),
    ]


def test_and_in_exclusions_5_and_8_means_or():
    arrhythmia = criterion(RECORD, "exc-5g").expression
    assert isinstance(arrhythmia, AnyOf)
    severe = ConditionIs(kind="condition", code="arrhythmia_severe", state="ever")
    assert severe in arrhythmia.of
    assert isinstance(criterion(RECORD, "exc-8a").expression, Except)
    for key in ("exc-5g", "exc-8a"):
        assert "ambiguous" in note_kinds(RECORD, f"/criteria/{key}/expression")


def test_a_high_dose_is_100_mg_of_prednisone_a_day():
    asked = criterion(RECORD, "exc-4c").expression
    assert isinstance(asked, Therapy)
    assert asked.dose is not None
    assert (asked.dose.comparator, int(asked.dose.value), asked.dose.unit) == ("ge", 100, "mg/d")
    assert asked.dose.prednisone_equivalent


def test_a_transplant_excludes_past_or_planned():
    asked = criterion(RECORD, "exc-10").expression
    assert asked == Event(kind="event", codes=("organ_transplant",), timing="past_or_planned")


def test_pregnancy_tests_are_for_women_and_contraception_is_for_men_too():
    test, contraception = criterion(RECORD, "inc-4a").expression, criterion(RECORD, "inc-4b").expression
    assert isinstance(test, OnlyIf)
    assert isinstance(test.then, Observation)
    assert isinstance(contraception, OnlyIf)
    assert isinstance(contraception.condition, AnyOf)
    assert isinstance(contraception.then, Undertaking)
