"""Decisive facts, beside assessing every trial again with each way in which a fact can turn out."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue.documents import Scope
from app.eligibility.rules import TrialRules
from app.matching.decisive import Panels, decisive_facts
from app.matching.decisive_fact import DecisiveFact
from app.matching.learning.supposing import StandingTrial
from app.matching.probes.inquiry import Inquiry
from app.matching.probes.question import Fact
from app.vocabulary.enumerations import CriterionKind, Outcome, TrialVerdict
from app.vocabulary.faults import Refused
from app.vocabulary.terms import Vocabulary
from tests.eligibility.asking import exclusion, expression, inclusion
from tests.eligibility.patient_strategies import patients
from tests.eligibility.strategies import Node, expressions
from tests.factories import at_least
from tests.matching.learning.asking_again import (
    facts_to_learn,
    inquiry_of,
    read_with,
    standing,
    verdict_for,
    whole_question,
)
from tests.registry.outcomes import rules_of
from tests.registry.seeds import SLUGS

Json = dict[str, Any]
KNOWN: Json = {"birth_date": "1992-03-14", "sex": "female", "weight_kg": 61}
JUDGEMENT = {"kind": "judgement", "text": "is fit"}
ALT = {"kind": "observation", "code": "alt", "threshold": {"comparator": "le", "value": 2, "relative_to": "uln"}}


def trial(name: str, *nodes: Json, excluded: tuple[Json, ...] = (), **rules: Any) -> TrialRules:
    """A trial of inclusions, and exclusions."""
    criteria = [inclusion(expression(**node), f"inc-{place}") for place, node in enumerate(nodes, start=1)]
    criteria += [exclusion(expression(**node), f"exc-{place}") for place, node in enumerate(excluded, start=1)]
    return TrialRules(name, tuple(criteria), **rules)


def found(vocabulary: Vocabulary, *trials: TrialRules, answers: Any = None, **patient: Any) -> list[Json]:
    inquiry = inquiry_of(vocabulary, KNOWN | patient)
    standing_trials = standing(inquiry, *trials, answers=answers)
    return [one.said() for one in decisive_facts(standing_trials, inquiry, Panels(vocabulary))]


def gist(said: Json) -> tuple[Any, ...]:
    return tuple(said[name] for name in ("fact", "direction", "threshold", "settles", "opens"))


def test_the_threshold_that_opens_most_trials_is_the_deciding_one(vocabulary: Vocabulary):
    trials = [
        trial(f"t{value}", at_least("egfr", value, "mL/min/{1.73_m2}"), {"kind": "sex", "sex": "female"})
        for value in (30, 45, 60)
    ]
    [egfr, *_] = found(vocabulary, *trials)

    assert egfr == {
        "fact": "egfr",
        "kind": "observation",
        "unit": "mL/min/{1.73_m2}",
        "threshold": 60.0,
        "direction": "ge",
        "relative_to": None,
        "text": "egfr ≥ 60 mL/min/1.73 m²: opens 3",
        "settles": 3,
        "opens": 3,
        "trials": ["t30", "t45", "t60"],
        "what_if": {"observations": [{"code": "egfr", "value": 60, "unit": "mL/min/{1.73_m2}", "date": "2026-11-21"}]},
    }


def test_what_criteria_ask_for_comes_before_what_it_is_computed_with(vocabulary: Vocabulary):
    egfr, creatinine = found(vocabulary, trial("a", at_least("egfr", 60, "mL/min/{1.73_m2}")))

    assert (gist(egfr), gist(creatinine)[:2]) == (("egfr", "ge", 60.0, 1, 1), ("creatinine", "le"))
    # CKD-EPI 2021 for a woman of 34: 60 mL/min/1.73 m² at 1.215 mg/dL.
    assert 107 < creatinine["threshold"] < 108


def test_a_fact_that_can_only_close_trials_is_told_by_what_closes_most(vocabulary: Vocabulary):
    trials = [trial(f"t{value}", at_least("hemoglobin", value, "g/L"), at_least("lvef", 50, "%")) for value in (80, 90)]

    assert [gist(one) for one in found(vocabulary, *trials)] == [
        ("hemoglobin", "lt", 80.0, 2, 0),
        ("lvef", "lt", 50.0, 2, 0),
    ]


def test_facts_that_open_come_before_those_that_settle_more(vocabulary: Vocabulary):
    platelets = at_least("platelets", 50, "10*9/L")
    trials = [
        trial("a", at_least("lvef", 50, "%")),
        *(trial(name, at_least("hemoglobin", 80, "g/L"), platelets) for name in "bcd"),
    ]

    assert [gist(one)[0] for one in found(vocabulary, *trials)] == ["lvef", "hemoglobin", "platelets"]


def test_a_value_that_has_to_lie_between_two_bounds_is_told_by_both(vocabulary: Vocabulary):
    wide = {"kind": "observation", "code": "wbc", "threshold": {"comparator": "le", "value": 12, "unit": "10*9/L"}}
    [wbc] = found(vocabulary, trial("a", at_least("wbc", 3, "10*9/L"), wide))

    assert (wbc["threshold"], wbc["direction"]) == (3.0, "ge")
    assert wbc["text"] == "wbc ≥ 3 × 10⁹/L and ≤ 12 × 10⁹/L: opens 1"


def test_a_multiple_of_a_limit_says_so(vocabulary: Vocabulary):
    [alt] = found(vocabulary, trial("a", ALT))

    assert (alt["unit"], alt["threshold"], alt["direction"], alt["relative_to"]) == (None, 2.0, "le", "uln")
    assert alt["text"] == "alt ≤ 2 × ULN: opens 1"


@pytest.mark.parametrize(
    ("node", "patient", "expected"),
    [
        ({"kind": "observation", "code": "hiv", "finding": "negative"}, {}, ("hiv", "negative", None, 1, 1)),
        ({"kind": "observation", "code": "c3", "finding": "low"}, {}, ("c3", "low", None, 1, 1)),
        ({"kind": "condition", "code": "sle"}, {}, ("sle", "active", None, 1, 1)),
        ({"kind": "event", "codes": ["hsct"]}, {}, ("hsct", "occurred", None, 1, 1)),
        ({"kind": "therapy", "agents": ["rituximab"]}, {}, ("rituximab", "ended", None, 1, 1)),
        ({"kind": "reproductive", "state": "contraception"}, {}, ("contraception", "yes", None, 1, 1)),
        ({"kind": "sex", "sex": "male"}, {"sex": None}, ("sex", "male", None, 1, 1)),
        ({"kind": "age", "min_years": 18}, {"birth_date": None}, ("age", "ge", 18.0, 1, 1)),
        ({"kind": "age", "max_years": 65}, {"birth_date": None}, ("age", "le", 65.0, 1, 1)),
    ],
)
def test_every_kind_of_fact_can_open_a_trial(vocabulary: Vocabulary, node: Json, patient: Json, expected: object):
    assert gist(found(vocabulary, trial("a", node), **patient)[0]) == expected


def test_that_a_list_is_complete_is_a_fact_to_learn(vocabulary: Vocabulary):
    conditions = ("malignancy", "stroke", "immunodeficiency")
    trials = [trial(name, excluded=tuple({"kind": "condition", "code": code} for code in conditions)) for name in "ab"]
    first, *others = found(vocabulary, *trials)

    assert (first["kind"], *gist(first)) == ("reviewed", "conditions", "complete", None, 2, 2)
    assert {one["opens"] for one in others} == {0}


def test_of_which_kind_a_group_is_can_be_learnt(vocabulary: Vocabulary):
    rules = trial("a", {"kind": "sex", "sex": "female"}, excluded=({"kind": "condition", "code": "sepsis"},))
    known = {"conditions": [{"code": "infection_active"}], "reviewed": ["conditions"]}

    assert [gist(one) for one in found(vocabulary, rules, **known)] == [("sepsis", "absent", None, 1, 1)]


def test_what_decides_nothing_alone_is_left_out(vocabulary: Vocabulary):
    either = {"kind": "any_of", "of": [at_least("hemoglobin", 80, "g/L"), at_least("lvef", 50, "%")]}

    assert found(vocabulary, trial("a", either, at_least("platelets", 50, "10*9/L"), inclusions_stated=False)) == [
        one
        for one in found(vocabulary, trial("a", either, at_least("platelets", 50, "10*9/L")))
        if one["fact"] == "platelets"
    ]


def test_a_trial_of_which_criteria_are_missing_is_never_opened(vocabulary: Vocabulary):
    [hemoglobin] = found(vocabulary, trial("a", at_least("hemoglobin", 80, "g/L"), exclusions_stated=False))

    assert gist(hemoglobin) == ("hemoglobin", "lt", 80.0, 1, 0)


def test_decided_trials_have_nothing_to_learn(vocabulary: Vocabulary):
    assert (
        found(vocabulary, trial("a", {"kind": "sex", "sex": "male"}, at_least("lvef", 50, "%")), TrialRules("b", ()))
        == []
    )


def test_what_people_decided_counts(vocabulary: Vocabulary):
    either = {"kind": "any_of", "of": [JUDGEMENT, at_least("lvef", 50, "%")]}
    rules = trial("a", either, at_least("hemoglobin", 80, "g/L"))
    unanswered, answered = (
        {one["fact"]: gist(one) for one in found(vocabulary, rules, answers=answers)}
        for answers in (None, {"a": {"inc-1": Outcome.PASSES}})
    )

    assert unanswered["hemoglobin"] == ("hemoglobin", "lt", 80.0, 1, 0)
    assert answered["hemoglobin"] == ("hemoglobin", "ge", 80.0, 1, 1)


def test_the_best_of_several_arms_is_opened(vocabulary: Vocabulary):
    rules = TrialRules(
        "a",
        (
            inclusion(expression(**at_least("hemoglobin", 80, "g/L")), "inc-1", scope=Scope(arms=("arm-1",))),
            inclusion(expression(**at_least("hemoglobin", 100, "g/L")), "inc-2", scope=Scope(arms=("arm-2",))),
            inclusion(expression(kind="sex", sex="female"), "inc-3"),
        ),
        arms=("arm-1", "arm-2"),
    )

    assert [gist(one) for one in found(vocabulary, rules)] == [("hemoglobin", "ge", 80.0, 1, 1)]


def test_what_is_learnt_of_the_past_reaches_back_to_the_birth_at_most(vocabulary: Vocabulary):
    rules = trial(
        "a", excluded=({"kind": "condition", "code": "stroke", "window": {"within": {"value": 5, "unit": "years"}}},)
    )
    [stroke, *_] = found(vocabulary, rules, birth_date="2023-05-01")

    assert gist(stroke) == ("stroke", "absent", None, 1, 1)


def test_the_same_question_is_answered_from_memory_for_another_patient(vocabulary: Vocabulary):
    panels, rules = Panels(vocabulary), trial("a", at_least("hemoglobin", 80, "g/L"), ALT)
    answers = []
    for patient in ({}, {"sex": "female"}, {"conditions": [{"code": "sle"}]}):
        inquiry = inquiry_of(vocabulary, patient)
        answers.append([one.said() for one in decisive_facts(standing(inquiry, rules), inquiry, panels)])

    assert answers[0] == answers[1] == answers[2]
    panel = panels.of([rules])
    assert panels.of([rules]) is panel


def by_brute_force(trials: list[StandingTrial], inquiry: Inquiry) -> dict[Fact, tuple[set[str], int, list[set[str]]]]:
    """For each fact that settles trials: which, how many its best turn opens, and what each turn opens."""
    undetermined = [one for one in trials if one.finding.verdict is TrialVerdict.UNDETERMINED]
    tried = {}
    for fact in facts_to_learn(trials, inquiry):
        settled: set[str] = set()
        opened: list[set[str]] = [set()]
        for probe in whole_question(fact, undetermined, inquiry).probes:
            facts = read_with(inquiry, probe.change)
            if facts is None:
                continue
            verdicts = {one.id: verdict_for(one, facts, inquiry) for one in undetermined}
            settled |= {name for name, verdict in verdicts.items() if verdict is not TrialVerdict.UNDETERMINED}
            opened.append({name for name, verdict in verdicts.items() if verdict is TrialVerdict.ELIGIBLE})
        if settled:
            tried[fact] = settled, max(map(len, opened)), opened
    return tried


def assert_exact(decisive: list[DecisiveFact], trials: list[StandingTrial], inquiry: Inquiry) -> None:
    tried = by_brute_force(trials, inquiry)
    assert {one.fact for one in decisive} == tried.keys()
    for one in decisive:
        settled, most, opened = tried[one.fact]
        assert (set(one.settles), len(one.opens)) == (settled, most)
        assert set(one.opens) in opened
    ranks = [(-len(one.opens), -len(one.settles)) for one in decisive]
    assert ranks == sorted(ranks)


@pytest.mark.parametrize(
    "patient",
    [
        {
            "reviewed": ["conditions", "therapies", "events"],
            "conditions": [{"code": "sle", "criteria_set": "eular_acr_2019"}],
        },
        {
            **KNOWN,
            "height_cm": 164,
            "conditions": [
                {"code": "sle", "since": "2017"},
                {"code": "breast_cancer", "status": "resolved", "until": "2010"},
            ],
            "therapies": [{"agent": "prednisone", "start": "2025-01"}, {"agent": "rituximab", "end": "2026-05"}],
            "events": [{"code": "live_vaccine", "date": "2026-10"}],
            "reviewed": ["events"],
        },
    ],
)
def test_the_five_trials_have_the_decisive_facts_of_brute_force(vocabulary: Vocabulary, patient: Json):
    inquiry = inquiry_of(vocabulary, patient)
    trials = standing(inquiry, *(rules_of(slug) for slug in SLUGS))

    assert_exact(decisive_facts(trials, inquiry, Panels(vocabulary)), trials, inquiry)


CRITERIA = st.lists(st.tuples(st.sampled_from(CriterionKind), expressions()), min_size=1, max_size=3)


def rules_made_of(criteria: list[tuple[CriterionKind, Node]], name: str) -> TrialRules:
    return trial(
        name,
        *(node for kind, node in criteria if kind is CriterionKind.INCLUSION),
        excluded=tuple(node for kind, node in criteria if kind is CriterionKind.EXCLUSION),
    )


@settings(max_examples=60, deadline=None)
@given(catalogue=st.lists(CRITERIA, min_size=1, max_size=3), patient=patients())
def test_generated_trials_have_the_decisive_facts_of_brute_force(
    vocabulary: Vocabulary, catalogue: list[list[tuple[CriterionKind, Node]]], patient: Node
):
    try:
        inquiry = inquiry_of(vocabulary, patient)
    except Refused:
        return
    trials = standing(inquiry, *(rules_made_of(criteria, f"t{place}") for place, criteria in enumerate(catalogue)))

    assert_exact(decisive_facts(trials, inquiry, Panels(vocabulary)), trials, inquiry)
