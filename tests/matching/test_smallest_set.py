"""The smallest sets that settle and open a trial, beside trying every set with all that its facts can be."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue.documents import Scope
from app.eligibility.rules import TrialRules
from app.matching.decisive import Panels
from app.matching.learning import sets
from app.matching.smallest_set import SmallestSet, smallest_set
from app.vocabulary.enumerations import CriterionKind, Outcome, TrialVerdict
from app.vocabulary.faults import Refused
from app.vocabulary.terms import Vocabulary
from tests.eligibility.asking import expression, inclusion
from tests.eligibility.patient_strategies import patients
from tests.eligibility.strategies import Node, expressions
from tests.factories import at_least
from tests.matching.learning.asking_again import inquiry_of, standing
from tests.matching.learning.every_set import every_set_tried, sizes_found
from tests.matching.test_decisive import JUDGEMENT, KNOWN, rules_made_of, trial
from tests.registry.outcomes import rules_of

Json = dict[str, Any]
UNIVERSAL = "car-t-cd19-universal-hangzhou-zjuch"
HB, LVEF = at_least("hemoglobin", 80, "g/L"), at_least("lvef", 50, "%")
ALT = {"kind": "observation", "code": "alt", "threshold": {"comparator": "le", "value": 2, "relative_to": "uln"}}


def found(vocabulary: Vocabulary, rules: TrialRules, answers: Any = None, **patient: Any) -> SmallestSet:
    inquiry = inquiry_of(vocabulary, KNOWN | patient)
    [only] = standing(inquiry, rules, answers=answers)
    return smallest_set(only, inquiry, Panels(vocabulary))


def texts(needed: Any) -> list[str] | None:
    return None if needed is None else sorted(one.said()["text"] for one in needed)


def test_what_settles_a_trial_is_told_with_what_it_has_to_be(vocabulary: Vocabulary):
    smallest = found(vocabulary, trial("a", HB, LVEF, ALT))

    assert texts(smallest.to_settle) == texts(smallest.to_open)
    assert texts(smallest.to_open) == ["alt ≤ 2 × ULN", "hemoglobin ≥ 80 g/L", "lvef ≥ 50 %"]
    assert smallest.exact


def test_of_alternatives_one_opens_and_both_settle(vocabulary: Vocabulary):
    smallest = found(vocabulary, trial("a", {"kind": "any_of", "of": [HB, LVEF]}))

    assert texts(smallest.to_open) == ["hemoglobin ≥ 80 g/L"]
    assert texts(smallest.to_settle) == ["hemoglobin whatever it is", "lvef ≥ 50 %"] or texts(smallest.to_settle) == [
        "hemoglobin ≥ 80 g/L",
        "lvef whatever it is",
    ]


def test_one_list_stands_for_all_that_could_stand_in_it(vocabulary: Vocabulary):
    excluded = tuple({"kind": "condition", "code": code} for code in ("malignancy", "stroke", "immunodeficiency"))
    smallest = found(vocabulary, trial("a", {"kind": "condition", "code": "sle"}, excluded=excluded))

    assert texts(smallest.to_settle) == ["conditions complete"]
    assert texts(smallest.to_open) == ["conditions complete", "sle active"]


def test_a_review_of_a_list_does_not_complete_what_stands_in_it(vocabulary: Vocabulary):
    severe = {"kind": "condition", "code": "sle", "severity": ["severe"]}
    smallest = found(vocabulary, trial("a", severe), conditions=[{"code": "sle"}])

    assert texts(smallest.to_settle) == ["conditions whatever it is", "sle active"]


def test_a_complete_list_opens_what_a_disease_of_an_unnamed_kind_would_not(vocabulary: Vocabulary):
    other = {"kind": "condition", "code": "autoimmune_disease", "other_than": ["sle"]}
    smallest = found(vocabulary, trial("a", {"kind": "not", "of": other}, HB), conditions=[{"code": "sle"}])

    assert texts(smallest.to_open) == ["conditions complete", "hemoglobin ≥ 80 g/L"]


def test_a_complete_list_does_not_tell_the_dose_of_what_stands_in_it(vocabulary: Vocabulary):
    low = {"comparator": "lt", "value": 10, "unit": "mg/d", "prednisone_equivalent": True}
    rules = trial("a", {"kind": "therapy", "classes": ["glucocorticoid"], "dose": low})
    smallest = found(vocabulary, rules, therapies=[{"agent": "prednisone"}])

    assert smallest.to_settle is not None
    assert {one.fact.code for one in smallest.to_settle} == {"therapies", "prednisone"}


def test_a_dose_by_weight_may_be_told_without_it(vocabulary: Vocabulary):
    high = {"comparator": "ge", "value": 1, "unit": "mg/kg/d", "prednisone_equivalent": True}
    rules = trial("a", {"kind": "therapy", "classes": ["glucocorticoid"], "dose": high})
    smallest = found(vocabulary, rules, weight_kg=None)

    assert {one.fact.code for one in smallest.to_settle or ()} == {"therapies", "weight"}
    assert {one.fact.code for one in smallest.to_open or ()} == {"glucocorticoid"}


def test_a_threshold_is_that_of_the_other_facts_as_they_have_to_be(vocabulary: Vocabulary):
    clearance = at_least("creatinine_clearance", 60, "mL/min")
    old_enough = {"kind": "age", "min_years": 18}
    rules = trial("a", clearance, old_enough, {"kind": "sex", "sex": "female"}, at_least("weight", 40, "kg"), HB)
    smallest = found(vocabulary, rules, birth_date=None, sex=None, weight_kg=None)

    assert smallest.to_open is not None
    assert {one.fact.code for one in smallest.to_open} == {"age", "sex", "weight", "hemoglobin", "creatinine"} or {
        one.fact.code for one in smallest.to_open
    } == {"age", "sex", "weight", "hemoglobin", "creatinine_clearance"}


def test_judgements_are_left_to_people(vocabulary: Vocabulary):
    rules = trial("a", JUDGEMENT, {"kind": "all_of", "of": [JUDGEMENT, HB]})
    smallest = found(vocabulary, rules, observations=[{"code": "lvef", "value": 60, "unit": "%"}])

    assert texts(smallest.to_settle) == ["hemoglobin whatever it is"]
    assert smallest.to_open is None  # nothing would pass: both are left to people


def test_what_people_decided_counts(vocabulary: Vocabulary):
    rules = trial("a", {"kind": "all_of", "of": [JUDGEMENT, HB]}, LVEF)
    smallest = found(vocabulary, rules, answers={"a": {"inc-1": Outcome.PASSES}})

    assert texts(smallest.to_open) == ["hemoglobin ≥ 80 g/L", "lvef ≥ 50 %"]


@pytest.mark.parametrize(
    ("rules", "settles", "opens"),
    [
        (trial("a", {"kind": "sex", "sex": "female"}), [], []),
        (trial("a", {"kind": "sex", "sex": "male"}, HB), [], None),
        (TrialRules("a", ()), None, None),
        (trial("a", HB, exclusions_stated=False), None, None),
        (trial("a", HB, excluded=(HB,)), ["hemoglobin whatever it is"], None),
    ],
)
def test_where_nothing_is_needed_or_helps(
    vocabulary: Vocabulary, rules: TrialRules, settles: list[str] | None, opens: list[str] | None
):
    smallest = found(vocabulary, rules)

    assert (texts(smallest.to_settle), texts(smallest.to_open)) == (settles, opens)


def test_of_several_arms_the_easiest_is_opened(vocabulary: Vocabulary):
    rules = TrialRules(
        "a",
        (
            inclusion(expression(**HB), "inc-1", scope=Scope(arms=("arm-1",))),
            inclusion(expression(**LVEF), "inc-2", scope=Scope(arms=("arm-1",))),
            inclusion(expression(**ALT), "inc-3", scope=Scope(arms=("arm-2",))),
            inclusion(expression(kind="sex", sex="female"), "inc-4"),
        ),
        arms=("arm-1", "arm-2"),
    )

    assert texts(found(vocabulary, rules).to_open) == ["alt ≤ 2 × ULN"]


def test_where_it_would_take_too_long_it_says_so(vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sets, "MOST_STEPS", 2)
    smallest = found(vocabulary, trial("a", HB, LVEF))

    assert not smallest.exact
    assert {one.fact.code for one in smallest.to_settle or ()} == {"hemoglobin", "lvef"}
    assert smallest.to_open is None


def test_where_too_many_rounds_lead_nowhere_it_says_so(vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sets, "_MOST_ROUNDS", 1)

    assert not found(vocabulary, trial("a", HB, LVEF)).exact


def test_a_curated_trial_has_a_short_list_of_what_is_missing(vocabulary: Vocabulary):
    complete = replace(rules_of(UNIVERSAL), exclusions_stated=True)
    smallest = found(vocabulary, complete, birth_date=None, sex=None, weight_kg=None)

    assert smallest.exact
    assert smallest.to_open is not None
    assert smallest.to_settle is not None
    assert "egfr ≥ 30 mL/min/1.73 m²" in (texts(smallest.to_open) or [])
    assert {"conditions", "therapies"} <= {one.fact.code for one in smallest.to_settle}


CRITERIA = st.lists(st.tuples(st.sampled_from(CriterionKind), expressions(depth=3)), min_size=1, max_size=2)


@settings(max_examples=80, deadline=None)
@given(criteria=CRITERIA, patient=patients())
def test_no_smaller_set_settles_or_opens_a_generated_trial(
    vocabulary: Vocabulary, criteria: list[tuple[CriterionKind, Node]], patient: Node
):
    try:
        inquiry = inquiry_of(vocabulary, patient)
    except Refused:
        return
    [only] = standing(inquiry, rules_made_of(criteria, "a-trial"))
    if only.finding.verdict is not TrialVerdict.UNDETERMINED:
        return
    panels = Panels(vocabulary)
    smallest = smallest_set(only, inquiry, panels)

    assert not smallest.exact or every_set_tried(only, inquiry, panels) in (None, sizes_found(smallest))
