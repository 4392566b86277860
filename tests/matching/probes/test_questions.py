"""The ways in which each kind of fact can turn out, for a patient and the criteria that look at it."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from app.eligibility.rules import TrialRules
from app.eligibility.situation import Situation
from app.matching.probes.inquiry import Inquiry
from app.matching.probes.question import Fact, Question, admitting
from app.vocabulary.enumerations import Comparator, Milestone
from app.vocabulary.terms import Vocabulary
from tests.eligibility.asking import expression, inclusion, within
from tests.factories import at_least
from tests.matching.learning.asking_again import inquiry_of, standing, whole_question

Json = dict[str, Any]
HB = at_least("hemoglobin", 80, "g/L")


def question(
    vocabulary: Vocabulary, fact: tuple[str, str], *nodes: Json, milestones: Any = None, **patient: Any
) -> tuple[Question, Inquiry]:
    """The question about a fact, for criteria that are inclusions, one a node."""
    inquiry = inquiry_of(vocabulary, patient, milestones=milestones)
    rules = TrialRules(
        "a-trial", tuple(inclusion(expression(**node), f"inc-{place}") for place, node in enumerate(nodes, start=1))
    )
    return whole_question(Fact(*fact), standing(inquiry, rules), inquiry), inquiry


def verdicts(question: Question, inquiry: Inquiry, *nodes: Json) -> list[tuple[str, ...]]:
    """For each way that is possible, how each node stands."""
    found = []
    for probe in question.probes:
        facts = inquiry.suppose(probe.change)
        if facts is not None:
            situation = Situation.now(facts, inquiry.calendar)
            rules = [inclusion(expression(**node)) for node in nodes]
            plans = [rule.plan(inquiry.vocabulary) for rule in rules]
            found.append(tuple(plan.reader(situation).verdict.name.lower() for plan in plans if plan and plan.reader))
    return found


def values(question: Question) -> list[Any]:
    return [probe.change.observations[-1].value for probe in question.probes]


def words(question: Question) -> list[str | None]:
    return [probe.word for probe in question.probes]


def test_a_result_lies_below_at_and_above_every_threshold(vocabulary: Vocabulary):
    asked, _ = question(vocabulary, ("observation", "hemoglobin"), HB, at_least("hemoglobin", 10, "g/dL"))

    assert [float(value) for value in values(asked)] == [60, 80, 100]
    assert [(float(cut.value), cut.above) for cut in asked.scales[0].cuts] == [(80, True), (100, True)]


def test_a_score_lies_between_thresholds_only_where_a_whole_number_does(vocabulary: Vocabulary):
    above = {"kind": "observation", "code": "sledai_2k", "threshold": {"comparator": "gt", "value": 7}}
    asked, _ = question(vocabulary, ("observation", "sledai_2k"), at_least("sledai_2k", 8), above)

    assert [float(value) for value in values(asked)] == [7, 8]


def test_a_multiple_of_a_limit_comes_with_its_limit(vocabulary: Vocabulary):
    limits = [
        {"kind": "observation", "code": "alt", "threshold": {"comparator": c, "value": v, "relative_to": "uln"}}
        for c, v in (("le", 2), ("lt", 5))
    ]
    asked, inquiry = question(vocabulary, ("observation", "alt"), *limits)

    assert verdicts(asked, inquiry, *limits) == [("yes", "yes"), ("no", "yes"), ("no", "no")]


def test_low_normal_and_high_are_told_by_both_limits(vocabulary: Vocabulary):
    nodes = [{"kind": "observation", "code": "alt", "finding": word} for word in ("low", "normal", "high", "abnormal")]
    asked, inquiry = question(vocabulary, ("observation", "alt"), *nodes)

    assert set(verdicts(asked, inquiry, *nodes)) == {
        ("yes", "no", "no", "yes"),
        ("no", "yes", "no", "no"),
        ("no", "no", "yes", "yes"),
    }
    assert [scale.words for scale in asked.scales[1:]] == [("normal", "high"), ("low", "normal")]


def test_a_finding_is_negative_or_positive(vocabulary: Vocabulary):
    asked, _ = question(
        vocabulary, ("observation", "hiv"), {"kind": "observation", "code": "hiv", "finding": "negative"}
    )

    assert words(asked) == values(asked) == ["negative", "positive"]


def test_where_any_result_counts_it_is_said_of_all_of_them(vocabulary: Vocabulary):
    node = at_least("nyha_class", 3) | {"which": "any", "window": within(6, "months")}
    asked, inquiry = question(vocabulary, ("observation", "nyha_class"), node)

    assert verdicts(asked, inquiry, node) == [("no",), ("yes",)]
    assert all(probe.change.observations[-1].lifetime for probe in asked.probes)


def test_a_new_result_stands_beside_older_ones_and_replaces_those_of_today(vocabulary: Vocabulary):
    known = [
        {"code": "hemoglobin", "value": 70, "unit": "g/L", "date": "2026-10-01"},
        {"code": "hemoglobin", "value": 90, "unit": "g/L", "date": "2026-11"},
    ]
    asked, _ = question(vocabulary, ("observation", "hemoglobin"), HB, observations=known)

    assert {tuple(entry.date for entry in probe.change.observations) for probe in asked.probes} == {
        ("2026-10-01", "2026-11-21")
    }


def test_a_result_may_be_of_the_day_of_a_milestone_that_has_passed(vocabulary: Vocabulary):
    node = HB | {"window": within(7, "days", "apheresis")}
    asked, inquiry = question(
        vocabulary, ("observation", "hemoglobin"), node, milestones={Milestone.APHERESIS: date(2026, 11, 2)}
    )

    assert {probe.change.observations[-1].date for probe in asked.probes} == {"2026-11-21", "2026-11-02"}
    assert ("yes",) in verdicts(asked, inquiry, node)


def test_creatinine_turns_where_the_clearance_does_that_rests_on_it(vocabulary: Vocabulary):
    node = at_least("creatinine_clearance", 60, "mL/min")
    patient = {"birth_date": "1986-11-21", "sex": "male", "weight_kg": 72}
    asked, inquiry = question(vocabulary, ("observation", "creatinine"), node, **patient)
    lower, upper = asked.scales[0].cuts

    # Cockcroft and Gault: (140 - 40) * 72 / (72 * creatinine in mg/dL) = 60 at 1.667 mg/dL, 147.3 umol/L.
    assert 147 < lower.value < upper.value < 147.5
    assert verdicts(asked, inquiry, node) == [("yes",), ("no",)]


def test_while_more_is_missing_a_few_values_far_apart_stand_for_all(vocabulary: Vocabulary):
    asked, _ = question(vocabulary, ("observation", "creatinine"), at_least("creatinine_clearance", 60, "mL/min"))

    assert len(asked.probes) == 4


@pytest.mark.parametrize(
    ("comparator", "number", "told"),
    [
        (Comparator.LE, Fraction("34.208"), "34.208"),
        (Comparator.GE, Fraction("34.208"), "34.208"),
        (Comparator.GE, Fraction("53.0508423"), "53.0509"),
        (Comparator.GT, Fraction(1, 3), "0.333334"),
        (Comparator.LT, Fraction(2, 3), "0.666666"),
        (Comparator.LE, Fraction(2, 3), "0.666666"),
        (Comparator.EQ, Fraction(2, 3), "0.666667"),
        (Comparator.GE, Fraction(1500), "1500"),
    ],
)
def test_a_bound_is_told_exactly_or_on_the_side_on_which_it_holds(comparator, number, told):
    assert format(admitting(comparator, number), "f") == told


def test_a_birth_lies_on_either_side_of_every_age(vocabulary: Vocabulary):
    nodes = [{"kind": "age", "min_years": 18, "max_years": 65}, {"kind": "age", "min_years": 5}]
    asked, inquiry = question(vocabulary, ("age", "age"), *nodes)

    assert [probe.change.birth_date for probe in asked.probes] == [
        "2026-11-21",
        "2021-11-21",
        "2008-11-21",
        "1960-11-21",
    ]
    assert verdicts(asked, inquiry, *nodes) == [("no", "no"), ("no", "yes"), ("yes", "yes"), ("no", "yes")]


def test_a_birth_lies_within_what_is_known_of_it_and_before_all_that_is_dated(vocabulary: Vocabulary):
    node = {"kind": "age", "min_years": 18}
    partly, _ = question(vocabulary, ("age", "age"), node, birth_date="2008-11")
    dated, _ = question(vocabulary, ("age", "age"), node, events=[{"code": "live_vaccine", "date": "2020-05-01"}])

    assert [probe.change.birth_date for probe in partly.probes] == ["2008-11-30", "2008-11-21"]
    assert [probe.change.birth_date for probe in dated.probes] == ["2020-05-01", "2008-11-21"]


def test_an_age_turns_where_the_filtration_rate_does(vocabulary: Vocabulary):
    node = at_least("egfr", 90, "mL/min/{1.73_m2}")
    creatinine = {"code": "creatinine", "value": 88.4, "unit": "umol/L", "date": "2026-11-20"}
    asked, inquiry = question(vocabulary, ("age", "age"), node, sex="male", observations=[creatinine])

    assert {("yes",), ("no",)} <= set(verdicts(asked, inquiry, node))


@pytest.mark.parametrize(
    ("fact", "node", "expected"),
    [
        (("sex", "sex"), {"kind": "sex", "sex": "female"}, ["female", "male"]),
        (("reproductive", "pregnant"), {"kind": "reproductive", "state": "pregnant"}, ["no", "yes"]),
        (("reviewed", "events"), {"kind": "event", "codes": ["live_vaccine"]}, ["complete"]),
        (("condition", "stroke"), {"kind": "condition", "code": "stroke"}, ["absent", "active", "resolved"]),
        (("event", "hsct"), {"kind": "event", "codes": ["hsct"]}, ["not_occurred", "occurred"]),
        (
            ("event", "hsct"),
            {"kind": "event", "codes": ["hsct"], "timing": "planned"},
            ["not_occurred", "occurred", "planned"],
        ),
        (("therapy", "rituximab"), {"kind": "therapy", "agents": ["rituximab"]}, ["not_given", "ended"]),
        (
            ("therapy", "rituximab"),
            {"kind": "therapy", "agents": ["rituximab"], "ongoing": True},
            ["not_given", "ended", "ongoing"],
        ),
    ],
)  # fmt: skip
def test_what_is_no_number_is_told_in_words(vocabulary: Vocabulary, fact, node, expected):
    asked, _ = question(vocabulary, fact, node)

    assert words(asked) == expected


def test_a_condition_is_there_with_every_property_that_is_asked_for(vocabulary: Vocabulary):
    node = {"kind": "condition", "code": "sle", "severity": ["severe"], "criteria_set": "eular_acr_2019"}
    asked, _ = question(vocabulary, ("condition", "sle"), node)
    active = [probe.change.conditions[0] for probe in asked.probes if probe.word == "active"]

    assert {(entry.severity, entry.criteria_set) for entry in active} == {
        ("severe", "eular_acr_2019"),
        ("severe", "slicc_2012"),
        ("mild", "eular_acr_2019"),
        ("mild", "slicc_2012"),
    }


def test_a_condition_ended_within_a_window_and_before_it(vocabulary: Vocabulary):
    node = {"kind": "condition", "code": "stroke", "window": within(6, "months")}
    asked, inquiry = question(vocabulary, ("condition", "stroke"), node)
    ended = [probe.change.conditions[0].until for probe in asked.probes if probe.word == "resolved"]

    assert ended == ["2026-11-20", "2026-05-21", "2026-05-20"]
    assert verdicts(asked, inquiry, node) == [("no",), ("yes",), ("yes",), ("yes",), ("no",)]


def test_a_condition_that_implies_others_cannot_be_absent_while_one_of_them_is_there(vocabulary: Vocabulary):
    node = {"kind": "condition", "code": "malignancy"}
    cured = {"code": "breast_cancer", "status": "resolved", "until": "2015"}
    asked, inquiry = question(vocabulary, ("condition", "malignancy"), node, conditions=[cured])
    *others, never = [probe for probe in asked.probes if probe.word == "absent"]

    assert inquiry.suppose(never.change) is None
    assert [probe.change.conditions[-1].since for probe in others] == ["2026-11-21"]
    assert ("no",) in verdicts(asked, inquiry, node)


def test_what_stands_of_a_condition_is_completed(vocabulary: Vocabulary):
    node = {"kind": "condition", "code": "stroke", "severity": ["severe"], "window": within(6, "months")}
    known = {"code": "stroke", "status": "resolved", "until": "2026-05"}
    asked, inquiry = question(vocabulary, ("condition", "stroke"), node, conditions=[known])

    assert {(probe.change.conditions[0].severity, probe.change.conditions[0].until) for probe in asked.probes} == {
        (severity, until)
        for severity in ("mild", "severe")
        for until in ("2026-05", "2026-05-01", "2026-05-20", "2026-05-21", "2026-05-31")
    }
    assert {("yes",), ("no",)} <= set(verdicts(asked, inquiry, node))


def test_what_stands_of_an_event_is_completed(vocabulary: Vocabulary):
    node = {"kind": "event", "codes": ["live_vaccine"], "window": within(4, "weeks")}
    asked, inquiry = question(
        vocabulary, ("event", "live_vaccine"), node, events=[{"code": "live_vaccine", "date": "2026-10"}]
    )

    assert set(verdicts(asked, inquiry, node)) == {("unknown",), ("yes",), ("no",)}
    assert {probe.change.events[0].date for probe in asked.probes} >= {"2026-10-23", "2026-10-24"}


def test_what_came_of_a_plan_for_a_past_day_decides(vocabulary: Vocabulary):
    node = {"kind": "event", "codes": ["live_vaccine"], "window": within(4, "weeks")}
    planned = {"code": "live_vaccine", "date": "2026-10-30", "planned": True}
    asked, inquiry = question(vocabulary, ("event", "live_vaccine"), node, events=[planned])

    assert set(verdicts(asked, inquiry, node)) == {("yes",), ("no",)}


def test_what_stands_of_a_therapy_is_completed(vocabulary: Vocabulary):
    node = {
        "kind": "therapy",
        "agents": ["prednisone"],
        "dose": {"comparator": "ge", "value": 20, "unit": "mg/d"},
        "response": ["inadequate"],
        "duration": {"comparator": "ge", "value": 3, "unit": "months"},
    }
    asked, inquiry = question(vocabulary, ("therapy", "prednisone"), node, therapies=[{"agent": "prednisone"}])

    assert {("yes",), ("unknown",)} <= set(verdicts(asked, inquiry, node))
    assert {probe.change.therapies[0].start for probe in asked.probes} == {
        None,
        "2026-08-22",
        "2026-08-23",
        "2026-11-21",
    }


def test_a_stopped_course_ended_on_some_day(vocabulary: Vocabulary):
    node = {"kind": "therapy", "agents": ["rituximab"], "window": within(6, "months")}
    asked, inquiry = question(
        vocabulary, ("therapy", "rituximab"), node, therapies=[{"agent": "rituximab", "stopped": True}]
    )

    assert {("yes",), ("no",)} <= set(verdicts(asked, inquiry, node))


def test_a_course_was_in_the_window_or_out_long_enough_or_not(vocabulary: Vocabulary):
    nodes: list[Json] = [
        {"kind": "therapy", "agents": ["rituximab"], "window": within(6, "months")},
        {"kind": "therapy", "agents": ["rituximab"], "duration": {"comparator": "gt", "value": 8, "unit": "weeks"}},
        {"kind": "therapy", "agents": ["rituximab"], "response": ["inadequate", "relapse"]},
    ]
    asked, inquiry = question(vocabulary, ("therapy", "rituximab"), *nodes, reviewed=["therapies"])

    assert set(verdicts(asked, inquiry, *nodes)) == {
        ("no", "no", "no"),
        *((window, long, response) for window in ("yes", "no") for long in ("yes", "no") for response in ("yes", "no")),
    }
    assert len(asked.probes) == 9


def test_a_window_in_half_lives_is_that_of_the_agent(vocabulary: Vocabulary):
    node = {"kind": "therapy", "classes": ["jak_inhibitor"], "window": within(5, "half_lives")}
    asked, inquiry = question(vocabulary, ("therapy", "jak_inhibitor"), node)

    assert {("yes",), ("no",)} <= set(verdicts(asked, inquiry, node))


def test_a_class_is_given_by_as_many_agents_as_are_asked_for(vocabulary: Vocabulary):
    node = {"kind": "therapy", "classes": ["immunosuppressant"], "min_distinct": 2}
    asked, inquiry = question(vocabulary, ("therapy", "immunosuppressant"), node)

    assert set(verdicts(asked, inquiry, node)) == {("no",), ("yes",)}


def test_what_is_known_not_to_have_been_leaves_room_before_and_after(vocabulary: Vocabulary):
    node = {"kind": "therapy", "agents": ["belimumab"], "duration": {"comparator": "lt", "value": 1, "unit": "weeks"}}
    asked, inquiry = question(
        vocabulary, ("therapy", "belimumab"), node,
        therapies=[{"agent": "belimumab", "given": False, "end": "2026-11-15"}], reviewed=["therapies"],
    )  # fmt: skip

    assert ("yes",) in verdicts(asked, inquiry, node)


def test_an_instance_of_a_vague_kind_may_be_an_exception_with_its_properties(vocabulary: Vocabulary):
    node = {
        "kind": "except",
        "of": {"kind": "condition", "code": "malignancy"},
        "unless": [{"kind": "condition", "code": "basal_cell_carcinoma", "severity": ["mild"]}],
    }
    asked, inquiry = question(vocabulary, ("condition", "malignancy"), node)

    assert set(verdicts(asked, inquiry, node)) == {("no",), ("unknown",), ("yes",)}
