"""Glucocorticoids at once and one after the other. The patient weighs 60 kg; the day is 21 November 2026."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.eligibility.criteria import Expression
from app.eligibility.dates import days_of
from app.vocabulary.enumerations import Outcome
from tests.eligibility.asking import Told, ask, exclusion, expression, stand, verdict, within
from tests.eligibility.law import Terms, law

FIRST, LAST = date(2026, 9, 22), date(2026, 11, 21)


def dose_of(comparator: str, value: float, **leaf: Any) -> Expression:
    dose = {"comparator": comparator, "value": value, "unit": "mg/d", "prednisone_equivalent": True}
    return expression(kind="therapy", classes=["glucocorticoid"], dose=dose, **leaf)


def course(start: str | None, end: str | None, value: float, agent: str = "prednisone", **more: Any) -> Told:
    dates = {"start": start, "end": end}
    told = {"agent": agent, "dose": {"value": value, "unit": "mg/d"}} | more
    return told | {name: day for name, day in dates.items() if day is not None}


def given_(*courses: Told) -> Told:
    return {"therapies": list(courses), "reviewed": ["therapies"], "weight_kg": 60}


def asked(vocabulary: Any, node: Expression, *courses: Told) -> str:
    return verdict(ask(vocabulary, node, **given_(*courses)))


@pytest.mark.parametrize(
    ("least", "expected"), [(60, "yes"), (60.5, "no"), (110, "no")], ids=["the larger", "more than it", "the sum"]
)
@pytest.mark.parametrize("doses", [(60, 50), (50, 60)])
def test_on_the_day_of_a_change_of_dose_the_larger_counts(vocabulary, doses, least, expected):
    step = course("2026-07-01", "2026-10-15", doses[0]), course("2026-10-15", None, doses[1])
    assert asked(vocabulary, dose_of("ge", least), *step) == expected
    assert asked(vocabulary, dose_of("ge", least), *reversed(step)) == expected


def test_each_step_of_a_taper_is_shown_once_and_none_as_a_sum(vocabulary):
    steps = (
        course("2026-07-01", "2026-08-01", 40),
        course("2026-08-01", "2026-09-01", 30),
        course("2026-09-01", None, 20),
    )
    finding = ask(vocabulary, dose_of("ge", 60), **given_(*steps))
    shown = [(one.value, one.converted) for one in finding.evidence if one.fact == "prednisone"]
    assert shown == [(f"{mg} mg/d", f"{mg} mg/day as prednisone") for mg in (40, 30, 20)]


@pytest.mark.parametrize(
    ("least", "expected"),
    [(60, "yes"), (61, "unknown: imprecise"), (110, "unknown: imprecise"), (111, "no")],
)
def test_on_the_day_on_which_one_drug_replaces_another_both_may_have_been_given_or_one(vocabulary, least, expected):
    # 40 mg of methylprednisolone are 50 mg of prednisone
    switch = course("2026-07-01", "2026-10-15", 60), course("2026-10-15", None, 40, "methylprednisolone")
    finding = ask(vocabulary, dose_of("ge", least), **given_(*switch))
    assert verdict(finding) == expected
    if least == 61:
        (shown,) = [one for one in finding.evidence if one.date == "2026-10-15"]
        assert shown.value == "prednisone 60 mg/d then methylprednisolone 40 mg/d"
        assert shown.converted == "60 to 110 mg/day as prednisone"
        assert {fact.fact for fact in finding.missing} == {"prednisone", "methylprednisolone"}


def test_what_runs_all_along_is_added_on_the_day_of_a_change(vocabulary):
    along = course("2026-01-01", None, 8, "methylprednisolone")
    step = course("2026-07-01", "2026-10-15", 60), course("2026-10-15", None, 50)
    assert asked(vocabulary, dose_of("ge", 70), along, *step) == "yes"
    assert asked(vocabulary, dose_of("ge", 71), along, *step) == "no"


def test_courses_that_share_more_than_a_day_are_summed_and_the_evidence_says_so(vocabulary):
    overlap = course("2026-07-01", "2026-10-16", 60), course("2026-10-15", None, 50)
    finding = ask(vocabulary, dose_of("ge", 110), **given_(*overlap))
    assert verdict(finding) == "yes"
    (shown,) = [one for one in finding.evidence if one.fact == "prednisone"]
    assert (shown.value, shown.converted) == ("prednisone 60 mg/d + prednisone 50 mg/d", "110 mg/day as prednisone")


@pytest.mark.parametrize("twice", [{}, {"dose": {"value": 0.04, "unit": "g/d"}}])
def test_a_course_that_is_listed_twice_was_given_once(vocabulary, twice):
    once = course("2026-01-01", "2026-03-30", 40, response="inadequate")
    assert asked(vocabulary, dose_of("ge", 80), once, once | twice) == "no"
    long = {"comparator": "ge", "value": 3, "unit": "months"}
    assert asked(vocabulary, dose_of("ge", 40, duration=long), once, once | twice) == "no"


def test_two_courses_that_differ_in_anything_are_two(vocabulary):
    one = course("2026-01-01", "2026-03-30", 40)
    assert asked(vocabulary, dose_of("ge", 80), one, one | {"end": "2026-03-29"}) == "yes"


@pytest.mark.parametrize(
    ("courses", "expected"),
    [
        # cut by another, the first goes on in the dose
        ([course("2026-01-01", None, 60), course("2026-11-20", None, 5, "hydrocortisone")], "no"),
        ([course("2026-01-01", None, 60), course("2026-03-01", "2026-04-01", 5, "hydrocortisone")], "no"),
        ([course("2026-01-01", None, 60), course("2026-03", "2026-04", 5, "hydrocortisone")], "no"),
        ([course("2026-03", None, 60), course("2026-06-01", None, 5, "hydrocortisone")], "no"),
        # all have ended, or what goes on is less
        ([course("2026-01-01", "2026-10-01", 60), course("2026-03-01", "2026-04-01", 5, "hydrocortisone")], "yes"),
        ([course("2026-01-01", None, 15), course("2026-03-01", "2026-04-01", 40, "hydrocortisone")], "yes"),
        ([course("2026-01-01", "2026-10-01", 60), course("2026-09-01", None, 5, "hydrocortisone")], "yes"),
        # it was so, it is so again
        (
            [
                course("2026-01-01", None, 15),
                course("2026-03-01", "2026-04-01", 40, "hydrocortisone"),
                course("2026-11-01", None, 40, "hydrocortisone"),
            ],
            "yes",
        ),
        # nobody knows whether it goes on
        ([course("2026-01-01", "2026", 60), course("2026-03-01", None, 5, "hydrocortisone")], "unknown: imprecise"),
    ],
)
def test_a_dose_has_ended_only_where_no_course_of_it_runs_on_in_it(vocabulary, courses, expected):
    assert asked(vocabulary, dose_of("ge", 20, ongoing=False), *courses) == expected


def test_a_dose_that_another_course_cuts_ends_on_the_day_after_the_last_of_it(vocabulary):
    courses = course("2026-01-01", "2026-12-01", 60), course("2026-11-20", None, 5, "hydrocortisone")
    finding = ask(vocabulary, dose_of("ge", 20, ongoing=False), **given_(*courses))
    assert verdict(finding) == "no"
    assert date(2026, 12, 2) in finding.changes_on


# --- A course that is known to the month

PULSE = course("2026-07", "2026-07", 500, "methylprednisolone")
IN_SIX_MONTHS = {"window": within(6, "months")}


@pytest.mark.parametrize("beside", [[], [course("2020-01", None, 5)], [course("2026-07-10", "2026-07-10", 20)]])
def test_a_course_known_to_the_month_meets_a_dose_and_lapses_as_one_without_a_dose_does(vocabulary, beside):
    patient = given_(PULSE, *beside)
    found = stand(vocabulary, exclusion(dose_of("ge", 100, **IN_SIX_MONTHS)), **patient)
    undosed = expression(kind="therapy", agents=["methylprednisolone"], **IN_SIX_MONTHS)
    assert (found.outcome, found.lapses_on) == (Outcome.FAILS, date(2027, 2, 1))
    without = stand(vocabulary, exclusion(undosed), **patient)
    assert (without.outcome, without.lapses_on) == (found.outcome, found.lapses_on)


@pytest.mark.parametrize(("comparator", "expected"), [("le", "yes"), ("lt", "no"), ("eq", "yes"), ("gt", "no")])
def test_a_course_known_to_the_month_that_met_no_other_is_compared_by_itself(vocabulary, comparator, expected):
    assert asked(vocabulary, dose_of(comparator, 625), PULSE) == expected


@pytest.mark.parametrize(
    ("comparator", "value", "expected"),
    [("le", 625, "unknown: imprecise"), ("eq", 625, "unknown: imprecise"), ("le", 630, "yes"), ("le", 5, "yes")],
)
def test_what_may_run_beside_it_may_be_too_much(vocabulary, comparator, value, expected):
    low = course("2026-07-10", "2026-07-20", 5)
    window = {"window": within(200, "days")}
    assert asked(vocabulary, dose_of(comparator, value, **window), PULSE, low) in (expected, "unknown: imprecise")
    assert asked(vocabulary, dose_of("ge", 625, **window), PULSE, low) == "yes"


@pytest.mark.parametrize(
    ("pulse", "expected"),
    [("adequate", "unknown: imprecise"), ("inadequate", "yes"), (None, "unknown: imprecise")],
)
def test_the_response_of_a_course_that_may_not_have_run_beside_a_dose_leaves_it_open(vocabulary, pulse, expected):
    vague = course("2026-11", None, 15, response="inadequate")
    high = course("2026-11-03", "2026-11-05", 60, **({"response": pulse} if pulse else {}))
    assert asked(vocabulary, dose_of("gt", 40, response=["inadequate"]), vague, high) == expected


def test_the_least_of_courses_that_may_have_run_is_one_of_them(vocabulary):
    one, other = course("2026-07", "2026-07", 80), course("2026-07", "2026-07", 30, "methylprednisolone")
    assert asked(vocabulary, dose_of("le", 50), one, other) == "unknown: imprecise"


def test_the_drug_whose_days_are_not_known_is_the_one_that_is_missing(vocabulary):
    pulse = course("2026-07", "2026-07", 40, "methylprednisolone")
    finding = ask(vocabulary, dose_of("ge", 100), **given_(course("2026-07-10", "2026-07-12", 60), pulse))
    assert [(fact.fact, fact.reason) for fact in finding.missing] == [("methylprednisolone", "imprecise")]
    undated = {"agent": "methylprednisolone", "dose": {"value": 40, "unit": "mg/d"}}
    finding = ask(vocabulary, dose_of("ge", 100), **given_(course("2026-07-10", "2026-07-12", 60), undated))
    assert [(fact.fact, fact.reason) for fact in finding.missing] == [("methylprednisolone", "undated")]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [("2026-03", "2026-03", "no"), ("2026-01", "2026-03", "unknown: imprecise"), ("2026-01", "2026-05", "yes")],
)
def test_how_long_a_dose_was_given_is_as_sure_as_its_dates(vocabulary, start, end, expected):
    node = dose_of("ge", 60, duration={"comparator": "ge", "value": 3, "unit": "months"})
    assert asked(vocabulary, node, course(start, end, 60)) == expected
    assert asked(vocabulary, node, course(start, end, 60), course("2020", None, 5)) == expected


# --- Against the days, one by one

DAYS = st.dates(FIRST, LAST)
PARTIAL = st.sampled_from(["2026-09", "2026-10", "2026-11"])


@st.composite
def courses(draw: st.DrawFn) -> list[tuple[Told, Told]]:
    """Courses as sent, and the same with every day."""
    found: list[tuple[Told, Told]] = []
    for _ in range(draw(st.integers(1, 4))):
        start, end = sorted((draw(DAYS), draw(st.one_of(DAYS, st.just(date(2026, 10, 15))))))
        agent = draw(st.sampled_from(["prednisone", "methylprednisolone"]))
        mg = draw(st.sampled_from([8, 16, 24, 40]))
        first, last = (draw(st.sampled_from([str(day), str(day), str(day)[:7]])) for day in (start, end))
        sent, exact = course(first, last, mg, agent), course(str(start), str(end), mg, agent)
        if all(sent != other and exact != same for other, same in found):  # what is listed twice was given once
            found.append((sent, exact))
    return found


def doses_on(day: date, exact: list[Told]) -> tuple[float, float]:
    """The least and the most that can have been given on a day; 0 where nothing was."""
    steady, turns = 0.0, [dict[str, float](), dict[str, float](), dict[str, float]()]
    for one in exact:
        start, end = days_of(one["start"]).first, days_of(one["end"]).first
        mg = one["dose"]["value"] * (1.25 if one["agent"] == "methylprednisolone" else 1)
        if start < day < end:
            steady += mg
        elif day in (start, end):
            turn = turns[1 + (start == day) - (end == day)]
            turn[one["agent"]] = turn.get(one["agent"], 0) + mg
    agents = {agent for turn in turns for agent in turn}
    least = max(sum(turn.values()) for turn in turns)
    most = sum(max(turn.get(agent, 0) for turn in turns) for agent in agents)
    return steady + least, steady + most


MEETS = {
    "ge": lambda mg, value: mg >= value,
    "gt": lambda mg, value: mg > value,
    "le": lambda mg, value: 0 < mg <= value,
    "lt": lambda mg, value: 0 < mg < value,
}


@settings(law, max_examples=200)
@given(courses(), st.sampled_from(sorted(MEETS)), st.sampled_from([16, 30, 40, 60, 80]), st.integers(1, 60))
def test_a_dose_is_met_on_the_days_on_which_it_was(terms: Terms, given_courses, comparator, value, back):
    sent, exact = ([pair[which] for pair in given_courses] for which in (0, 1))
    node = dose_of(comparator, value, window=within(back, "days"))
    on_the_days = [doses_on(LAST - timedelta(days=n), exact) for n in range(back + 1)]
    meets = [{MEETS[comparator](mg, value) for mg in both} for both in on_the_days]
    truth = "yes" if {True} in meets else "unknown: imprecise" if any(True in one for one in meets) else "no"
    assert asked(terms.vocabulary, node, *exact) == truth
    said = asked(terms.vocabulary, node, *sent)
    assert said.startswith("unknown") or said == truth
