"""From which day a patient fits, until which, and how long the evidence is good. The day is 21 November 2026."""

from datetime import date, timedelta

import pytest

from app.eligibility.criteria import Expression
from app.vocabulary.enumerations import Milestone
from tests.eligibility.asking import Told, exclusion, expression, inclusion, match, within
from tests.eligibility.patients import TODAY

ADULT = expression(kind="age", min_years=18, max_years=65)
REVIEWED = ["conditions", "therapies", "events"]
PERSON: Told = {"birth_date": "1990-05-05", "reviewed": REVIEWED}


def washout(agent: str, value: int, unit: str, before: str | None = None) -> Expression:
    return expression(kind="therapy", agents=[agent], window=within(value, unit, before))


def course(agent: str, **days: str) -> Told:
    return {"agent": agent} | days


RITUXIMAB = exclusion(washout("rituximab", 6, "months"), "exc-1")
BELIMUMAB = exclusion(washout("belimumab", 30, "days"), "exc-2")
VACCINE = exclusion(expression(kind="event", codes=["live_vaccine"], window=within(4, "weeks")), "exc-3")


@pytest.mark.parametrize(
    ("told", "eligible_from"),
    [
        # nothing fails now: today
        ({}, TODAY),
        ({"therapies": [course("rituximab", end="2026-05-20")]}, TODAY),
        ({"therapies": [course("rituximab", end="2026-07-15")]}, date(2027, 1, 16)),
        # several windows at once: the last of them
        (
            {
                "therapies": [course("rituximab", end="2026-07-15"), course("belimumab", end="2026-11-20")],
                "events": [{"code": "live_vaccine", "date": "2026-11-02"}],
            },
            date(2027, 1, 16),
        ),
        ({"events": [{"code": "live_vaccine", "date": "2026-11-02"}]}, date(2026, 12, 1)),
        # a course that is known to end on a day to come
        ({"therapies": [course("belimumab", end="2026-12-24")]}, date(2027, 1, 24)),
        # a therapy that goes on: no end in sight
        ({"therapies": [course("rituximab", start="2026-01")]}, None),
        # partial dates give the cautious end
        ({"therapies": [course("rituximab", end="2026-07")]}, date(2027, 2, 1)),
        ({"therapies": [course("rituximab", end="2026-07"), course("belimumab", end="2026-10-31")]}, date(2027, 2, 1)),
        # only imprecise: it does not fail today
        ({"therapies": [course("rituximab", end="2026-05")]}, TODAY),
    ],
)
def test_the_first_day_on_which_nothing_fails(vocabulary, told, eligible_from):
    finding = match(vocabulary, inclusion(ADULT), RITUXIMAB, BELIMUMAB, VACCINE, **(PERSON | told))
    assert finding.eligible_from == eligible_from


def test_asked_again_on_that_day_and_the_day_before_the_answer_is_the_same(vocabulary):
    told: Told = PERSON | {
        "therapies": [course("rituximab", end="2026-07-15"), course("belimumab", end="2026-11-20")],
        "events": [{"code": "live_vaccine", "date": "2026-11-02"}],
    }
    criteria = (inclusion(ADULT), RITUXIMAB, BELIMUMAB, VACCINE)
    opens = match(vocabulary, *criteria, **told).eligible_from
    assert opens is not None
    on_the_day = match(vocabulary, *criteria, as_of=opens, **told)
    the_day_before = match(vocabulary, *criteria, as_of=opens - timedelta(days=1), **told)
    assert (on_the_day.verdict, on_the_day.eligible_from) == ("eligible", opens)
    assert (the_day_before.verdict, the_day_before.eligible_from) == ("ineligible", opens)


def test_a_trial_that_opens_after_the_last_birthday_never_does(vocabulary):
    told: Told = {"therapies": [course("rituximab", end="2026-07-15")], "reviewed": REVIEWED}
    criteria = (inclusion(ADULT), RITUXIMAB)
    finding = match(vocabulary, *criteria, birth_date="1961-01-16", **told)
    assert (finding.verdict, finding.eligible_from, finding.eligible_until) == ("ineligible", None, None)
    assert [one.lapses_on for one in finding.criteria] == [None, date(2027, 1, 16)]
    finding = match(vocabulary, *criteria, birth_date="1961-01-17", **told)
    assert (finding.eligible_from, finding.eligible_until) == (date(2027, 1, 16), date(2027, 1, 16))


@pytest.mark.parametrize(
    ("born", "eligible_until"),
    [
        ("1960-11-22", TODAY),
        ("1961-06-01", date(2027, 5, 31)),
        # the birthday is known only in part: the first day that it can be
        ("1961-06", date(2027, 5, 31)),
        ("1961", date(2026, 12, 31)),
    ],
)
def test_the_last_day_before_the_66th_birthday(vocabulary, born, eligible_until):
    finding = match(vocabulary, inclusion(ADULT), birth_date=born)
    assert (finding.verdict, finding.eligible_from, finding.eligible_until) == ("eligible", TODAY, eligible_until)


def test_a_person_too_young_fits_between_two_birthdays(vocabulary):
    finding = match(vocabulary, inclusion(ADULT), birth_date="2008-12-01")
    assert (finding.eligible_from, finding.eligible_until) == (date(2026, 12, 1), date(2074, 11, 30))


def test_what_is_in_the_way_for_good_leaves_no_day(vocabulary):
    node = expression(kind="therapy", classes=["car_cell_therapy"])
    told: Told = PERSON | {"therapies": [course("car_t_cd19", end="2020")]}
    finding = match(vocabulary, inclusion(ADULT), exclusion(node), RITUXIMAB, **told)
    assert (finding.verdict, finding.eligible_from) == ("ineligible", None)
    assert finding.criteria[1].permanent is True


FRESH = inclusion(
    expression(
        kind="observation",
        code="hemoglobin",
        threshold={"comparator": "ge", "value": 80, "unit": "g/L"},
        window=within(7, "days", "lymphodepletion"),
    ),
    "inc-2",
)


def hemoglobin(value: int, day: str) -> Told:
    return {"observations": [{"code": "hemoglobin", "value": value, "unit": "g/L", "date": day}]}


def test_evidence_is_good_until_the_first_result_is_too_old(vocabulary):
    told: Told = PERSON | hemoglobin(90, "2026-11-18")
    finding = match(vocabulary, inclusion(ADULT), FRESH, **told)
    assert (finding.verdict, finding.evidence_until) == ("eligible", date(2026, 11, 25))
    # Evidence that goes stale does not end the eligibility.
    assert finding.eligible_until == date(2056, 5, 4)
    planned = {Milestone.LYMPHODEPLETION: date(2026, 11, 24)}
    finding = match(vocabulary, inclusion(ADULT), FRESH, milestones=planned, **told)
    assert finding.evidence_until == date(2026, 11, 22)


def test_of_two_results_either_of_which_is_enough_the_fresher_counts(vocabulary):
    fresh = FRESH.expression
    assert fresh is not None
    platelets = {"code": "platelets", "threshold": {"comparator": "ge", "value": 30, "unit": "10*9/L"}}
    other = fresh.model_dump() | platelets
    results = [
        {"code": "hemoglobin", "value": 90, "unit": "g/L", "date": "2026-11-16"},
        {"code": "platelets", "value": 100, "unit": "10*9/L", "date": "2026-11-20"},
    ]

    def until(kind):
        node = expression(kind=kind, of=[fresh.model_dump(), other])
        return match(
            vocabulary, inclusion(ADULT), inclusion(node, "inc-2"), **PERSON, observations=results
        ).evidence_until

    assert (until("any_of"), until("all_of")) == (date(2026, 11, 27), date(2026, 11, 23))


def test_evidence_of_what_stays_open_ends_nothing(vocabulary):
    fresh = FRESH.expression
    assert fresh is not None
    lvef = {"kind": "observation", "code": "lvef", "threshold": {"comparator": "ge", "value": 45, "unit": "%"}}
    opinion = {"kind": "judgement", "text": "the blood will hold"}

    def until(other):
        node = expression(kind="all_of", of=[fresh.model_dump(), other])
        return match(
            vocabulary, inclusion(ADULT), inclusion(node, "inc-2"), **PERSON, **hemoglobin(90, "2026-11-18")
        ).evidence_until

    assert until(lvef) is None
    assert until(opinion) == date(2026, 11, 25)  # a person confirms what rests on it


def test_staleness_mends_nothing(vocabulary):
    told: Told = PERSON | hemoglobin(60, "2026-11-18")
    finding = match(vocabulary, inclusion(ADULT), FRESH, **told)
    assert (finding.verdict, finding.eligible_from) == ("ineligible", None)


def test_staleness_mends_nothing_on_the_day_on_which_something_else_lapses(vocabulary):
    off_rituximab = {"kind": "not", "of": washout("rituximab", 6, "months").model_dump()}
    assert FRESH.expression is not None
    both = expression(kind="all_of", of=[FRESH.expression.model_dump(), off_rituximab])
    told: Told = PERSON | hemoglobin(60, "2026-11-18") | {"therapies": [course("rituximab", end="2026-11-01")]}
    finding = match(vocabulary, inclusion(ADULT), inclusion(both, "inc-2"), **told)
    assert (finding.verdict, finding.eligible_from) == ("ineligible", None)


def test_a_result_that_is_stale_already_does_not_fail(vocabulary):
    told: Told = PERSON | hemoglobin(60, "2026-11-01")
    finding = match(vocabulary, inclusion(ADULT), FRESH, **told)
    assert (finding.verdict, finding.eligible_from, finding.evidence_until) == ("undetermined", TODAY, None)


def test_planned_milestones_move_with_the_day(vocabulary):
    told: Told = PERSON | {"therapies": [course("belimumab", end="2026-11-20")]}
    rule = exclusion(washout("belimumab", 30, "days", "infusion"))
    planned = {Milestone.INFUSION: TODAY + timedelta(days=10)}
    finding = match(vocabulary, inclusion(ADULT), rule, milestones=planned, **told)
    assert finding.eligible_from == date(2026, 12, 21) - timedelta(days=10)


def test_nothing_expires_without_a_limit_in_time(vocabulary):
    node = expression(kind="age", min_years=5)
    finding = match(vocabulary, inclusion(node), birth_date="1990")
    assert (finding.eligible_until, finding.evidence_until) == (None, None)
    assert finding.criteria[0].expires_on is None
