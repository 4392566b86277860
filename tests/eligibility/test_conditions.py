"""The condition leaf and exceptions, as tables: the day is 21 November 2026."""

from datetime import date

import pytest

from tests.eligibility.asking import Told, ask, exclusion, expression, inclusion, stand, verdict, within

REVIEWED = ["conditions"]


def has(code: str, **properties: object) -> Told:
    return {"code": code} | properties


@pytest.mark.parametrize(
    ("instance", "active", "ever"),
    [
        (has("sepsis"), "yes", "yes"),
        (has("sepsis", status="active"), "yes", "yes"),
        (has("sepsis", since="2026-11-21"), "yes", "yes"),
        # a condition in remission is not active
        (has("sepsis", status="remission"), "no", "yes"),
        (has("sepsis", status="resolved"), "no", "yes"),
        # what is over on a later day only is not over yet
        (has("sepsis", status="resolved", until="2026-11-20"), "no", "yes"),
        (has("sepsis", status="resolved", until="2026-11"), "no", "yes"),
        (has("sepsis", status="resolved", until="2026-11-22"), "yes", "yes"),
        (has("sepsis", until="2026-11-20"), "no", "yes"),
        (has("sepsis", until="2026-11-21"), "yes", "yes"),
        (has("sepsis", until="2026-11"), "unknown: imprecise", "yes"),
        (has("sepsis", present=False), "no", "no"),
    ],
)
def test_active_is_of_the_day_and_ever_of_all_time(vocabulary, instance, active, ever):
    for state, expected in (("active", active), ("ever", ever)):
        node = expression(kind="condition", code="sepsis", state=state)
        assert verdict(ask(vocabulary, node, conditions=[instance], reviewed=REVIEWED)) == expected


@pytest.mark.parametrize(
    ("asked", "told", "reviewed", "expected"),
    [
        # a child implies its parents
        ("autoimmune_disease", has("lupus_nephritis"), False, "yes"),
        ("sle", has("lupus_nephritis"), False, "yes"),
        # and a parent says nothing of its children, unless the list is complete
        ("lupus_nephritis", has("sle"), False, "unknown: missing"),
        ("lupus_nephritis", has("sle"), True, "no"),
        # a parent that is absent negates its children
        ("lupus_nephritis", has("sle", present=False), False, "no"),
        ("sle", has("lupus_nephritis", present=False), False, "unknown: missing"),
        ("sle", has("psoriasis"), False, "unknown: missing"),
        ("sle", has("psoriasis"), True, "no"),
    ],
)
def test_a_child_implies_its_parents(vocabulary, asked, told, reviewed, expected):
    node = expression(kind="condition", code=asked)
    lists: Told = {"reviewed": REVIEWED} if reviewed else {}
    assert verdict(ask(vocabulary, node, conditions=[told], **lists)) == expected


@pytest.mark.parametrize(
    ("asked", "told", "expected"),
    [
        # of which kind an infection or a hepatitis is, nobody says: it may be any of them
        ("hepatitis_b_active", [has("hepatitis_active")], "unknown: imprecise"),
        ("hepatitis_b_active", [has("infection_active")], "unknown: imprecise"),
        ("tuberculosis_active", [has("hepatitis_active")], "no"),
        ("stroke", [has("neurologic_disease")], "unknown: imprecise"),
        ("heart_failure", [has("heart_disease")], "unknown: imprecise"),
        # unless it is over, or denied, or named as none of them
        ("hepatitis_b_active", [has("hepatitis_active", status="resolved", until="2020")], "no"),
        ("hepatitis_b_active", [has("hepatitis_active"), has("hepatitis_b_active", present=False)], "no"),
        ("hepatitis_b_active", [has("infection_active"), has("hepatitis_active", present=False)], "no"),
        ("hepatitis_b_active", [has("other_infection")], "no"),
        # a diagnosis of its own leaves nothing open
        ("lupus_crisis", [has("sle")], "no"),
        ("lupus_cns_active", [has("lupus_crisis")], "unknown: imprecise"),
        ("lupus_cns_active", [has("autoimmune_disease")], "no"),
    ],
)
def test_a_group_leaves_its_kinds_open_even_on_a_complete_list(vocabulary, asked, told, expected):
    finding = ask(vocabulary, expression(kind="condition", code=asked), conditions=told, reviewed=REVIEWED)
    assert verdict(finding) == expected
    assert all(missing.fact == asked for missing in finding.missing)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        # lupus is no other autoimmune disease of a lupus trial
        ([has("sle")], "no"),
        ([has("sle"), has("lupus_nephritis")], "no"),
        ([has("sle"), has("psoriasis")], "yes"),
        ([has("sle"), has("psoriasis", status="resolved")], "no"),
        # an autoimmune disease of which nobody says which it is may be lupus itself
        ([has("autoimmune_disease")], "unknown: imprecise"),
    ],
)
def test_another_disease_is_one_outside_of_what_is_named(vocabulary, told, expected):
    node = expression(kind="condition", code="autoimmune_disease", other_than=["sle"])
    assert verdict(ask(vocabulary, node, conditions=told, reviewed=REVIEWED)) == expected


@pytest.mark.parametrize(
    ("properties", "asked", "expected"),
    [
        ({"severity": "severe"}, {"severity": ["severe"]}, "yes"),
        ({"severity": "mild"}, {"severity": ["moderate", "severe"]}, "no"),
        ({}, {"severity": ["severe"]}, "unknown: missing"),
        ({"criteria_set": "eular_acr_2019"}, {"criteria_set": "eular_acr_2019"}, "yes"),
        ({"criteria_set": "slicc_2012"}, {"criteria_set": "eular_acr_2019"}, "unknown: missing"),
        ({}, {"criteria_set": "eular_acr_2019"}, "unknown: missing"),
        ({"systemic_therapy": False}, {"systemic_therapy": True}, "no"),
        ({}, {"systemic_therapy": True}, "unknown: missing"),
        ({"status": "remission"}, {"state": "ever", "status": ["remission", "resolved"]}, "yes"),
        ({}, {"state": "ever", "status": ["remission", "resolved"]}, "no"),
    ],
)
def test_a_property_that_is_not_stated_leaves_the_instance_open(vocabulary, properties, asked, expected):
    node = expression(kind="condition", code="sle", **asked)
    told = [has("sle", **properties)]
    assert verdict(ask(vocabulary, node, conditions=told, reviewed=REVIEWED)) == expected


@pytest.mark.parametrize(
    ("instance", "expected"),
    [
        (has("sepsis", until="2026-09-26"), "yes"),
        (has("sepsis", until="2026-09-25"), "no"),
        (has("sepsis", until="2026-09"), "unknown: imprecise"),
        (has("sepsis", status="resolved"), "unknown: undated"),
        (has("sepsis", status="resolved", since="2026-10-01"), "yes"),
        (has("sepsis", since="2020"), "yes"),
    ],
)
def test_within_a_window_means_at_some_time_in_it(vocabulary, instance, expected):
    node = expression(kind="condition", code="sepsis", window=within(8, "weeks"))
    assert verdict(ask(vocabulary, node, conditions=[instance], reviewed=REVIEWED)) == expected


MALIGNANCY = expression(
    kind="except",
    of={"kind": "condition", "code": "malignancy", "state": "ever"},
    unless=[
        {"kind": "condition", "code": "basal_cell_carcinoma", "adequately_treated": True},
        {"kind": "condition", "code": "cervical_carcinoma_in_situ", "adequately_treated": True},
    ],
)
TREATED = has("basal_cell_carcinoma", status="resolved", until="2019", adequately_treated=True)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([], "no"),
        ([TREATED], "no"),
        # exceptions remove instances, not the criterion
        ([TREATED, has("other_malignancy", status="resolved")], "yes"),
        ([TREATED, has("breast_cancer", adequately_treated=True)], "yes"),
        ([has("basal_cell_carcinoma", adequately_treated=False)], "yes"),
        # an exception that cannot be decided leaves the criterion unknown
        ([has("basal_cell_carcinoma")], "unknown: missing"),
        ([has("malignancy", adequately_treated=True)], "unknown: imprecise"),
        ([has("basal_cell_carcinoma"), has("other_malignancy")], "yes"),
        ([TREATED, has("cervical_carcinoma_in_situ")], "unknown: missing"),
    ],
)
def test_exceptions_remove_instances_not_the_criterion(vocabulary, told, expected):
    assert verdict(ask(vocabulary, MALIGNANCY, conditions=told, reviewed=REVIEWED)) == expected


def test_an_exception_shows_each_instance(vocabulary):
    told = [TREATED, has("other_malignancy", status="resolved")]
    finding = ask(vocabulary, MALIGNANCY, conditions=told)
    assert [(part.kind, part.text, verdict(part)) for part in finding.parts] == [
        ("instance", "basal_cell_carcinoma", "no"),
        ("instance", "other_malignancy", "yes"),
        ("not_on_record", "any other", "unknown"),
    ]
    assert ask(vocabulary, MALIGNANCY, conditions=[TREATED]).missing[0].fact == "malignancy"


def test_an_exception_of_therapies_looks_at_each_course(vocabulary):
    node = expression(
        kind="except",
        of={"kind": "therapy", "classes": ["glucocorticoid"], "window": within(1, "weeks")},
        unless=[
            {
                "kind": "therapy",
                "classes": ["glucocorticoid"],
                "dose": {"comparator": "le", "value": 10, "unit": "mg/d", "prednisone_equivalent": True},
            }
        ],
    )
    low = {"agent": "prednisone", "start": "2026-01", "dose": {"value": 10, "unit": "mg/d"}}
    high = {"agent": "prednisone", "start": "2026-11-20", "dose": {"value": 40, "unit": "mg/d"}}
    past = high | {"start": "2026-01-01", "end": "2026-03-01"}
    for courses, expected in (([low], "no"), ([low, high], "yes"), ([low, past], "no"), ([high], "yes")):
        assert verdict(ask(vocabulary, node, therapies=courses, reviewed=["therapies"])) == expected


@pytest.mark.parametrize(
    ("node", "told", "outcome", "permanent"),
    [
        # a history cannot change
        (MALIGNANCY, [has("other_malignancy", status="resolved")], "fails", True),
        # but a carcinoma can be treated, and an active disease can end
        (MALIGNANCY, [has("basal_cell_carcinoma", adequately_treated=False)], "fails", False),
        (expression(kind="condition", code="sepsis"), [has("sepsis")], "fails", False),
        (expression(kind="condition", code="sepsis"), [], "passes", False),
        (expression(kind="condition", code="severe_allergy", state="ever"), [has("severe_allergy")], "fails", True),
    ],
)
def test_what_is_in_the_history_stays(vocabulary, node, told, outcome, permanent):
    finding = stand(vocabulary, exclusion(node), conditions=told, reviewed=REVIEWED)
    assert (finding.outcome, finding.permanent) == (outcome, permanent)


def test_a_past_condition_lapses_after_its_window(vocabulary):
    node = expression(kind="condition", code="lupus_crisis", window=within(8, "weeks"))
    told = [has("lupus_cns_active", since="2026-09-01", until="2026-10-01")]
    finding = stand(vocabulary, exclusion(node), conditions=told, reviewed=REVIEWED)
    assert (finding.outcome, finding.lapses_on) == ("fails", date(2026, 11, 27))


def test_a_disease_that_ends_on_a_known_day_expires(vocabulary):
    node = expression(kind="condition", code="sle")
    finding = stand(vocabulary, inclusion(node), conditions=[has("sle", until="2026-12-01")], reviewed=REVIEWED)
    assert (finding.outcome, finding.expires_on) == ("passes", date(2026, 12, 2))
