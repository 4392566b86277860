"""The therapy leaf, as tables: the day is 21 November 2026, and the anchor falls on it unless a test says otherwise."""

from datetime import date

import pytest

from app.vocabulary.enumerations import Milestone
from tests.eligibility.asking import Told, ask, exclusion, expression, stand, verdict, within

REVIEWED = ["therapies"]
RITUXIMAB = expression(kind="therapy", agents=["rituximab"], window=within(6, "months"))


def given(agent: str = "rituximab", **course: object) -> Told:
    return {"agent": agent} | course


@pytest.mark.parametrize(
    ("course", "expected"),
    [
        # within 6 months before 21 November: from 21 May on, that day included
        (given(start="2026-01-01", end="2026-05-21"), "yes"),
        (given(start="2026-01-01", end="2026-05-20"), "no"),
        (given(start="2026-11-21", end="2026-11-21"), "yes"),
        # no end: it goes on
        (given(start="2020"), "yes"),
        (given(), "yes"),
        # an end that is known to the month or the year
        (given(end="2026-06"), "yes"),
        (given(end="2026-05"), "unknown: imprecise"),
        (given(end="2026-04"), "no"),
        (given(start="2024", end="2026"), "unknown: imprecise"),
        # stopped, and nothing says when
        (given(stopped=True), "unknown: undated"),
        (given(start="2024", stopped=True), "unknown: undated"),
        # a start after the as-of date is no fact yet
        (given(start="2026-12-01"), "no"),
        (given(given=False), "no"),
    ],
)
def test_a_washout_is_closed_at_both_ends_and_lasts_while_a_therapy_goes_on(vocabulary, course, expected):
    assert verdict(ask(vocabulary, RITUXIMAB, therapies=[course], reviewed=REVIEWED)) == expected


@pytest.mark.parametrize(
    ("patient", "expected"),
    [
        ({}, "unknown: missing"),
        ({"therapies": [given("belimumab")]}, "unknown: missing"),
        ({"therapies": [given(given=False)]}, "no"),
        ({"reviewed": REVIEWED}, "no"),
        ({"reviewed": ["conditions", "events"]}, "unknown: missing"),
        # one course that is too old does not exclude another one
        ({"therapies": [given(end="2025")]}, "unknown: missing"),
        ({"therapies": [given(end="2025"), given(given=False, start="2026-01-01")]}, "no"),
        # not given in the last months says nothing of those before
        ({"therapies": [given(given=False, start="2026-06-01")]}, "unknown: missing"),
        ({"therapies": [given(given=False, start="2026-05-21")]}, "no"),
        ({"therapies": [given(given=False, end="2026-10-01")]}, "unknown: missing"),
    ],
)
def test_silence_is_not_a_no(vocabulary, patient, expected):
    assert verdict(ask(vocabulary, RITUXIMAB, **patient)) == expected


def test_a_class_is_excluded_where_each_of_its_agents_is(vocabulary):
    node = expression(kind="therapy", classes=["jak_inhibitor"])
    members = [code for code in vocabulary.agents if "jak_inhibitor" in vocabulary.classes_of(code)]
    not_given = [given(code, given=False) for code in members]
    assert verdict(ask(vocabulary, node, therapies=not_given)) == "no"
    finding = ask(vocabulary, node, therapies=not_given[:-1])
    assert verdict(finding) == "unknown: missing"
    assert [(fact.fact, fact.kind) for fact in finding.missing] == [("jak_inhibitor", "therapy")]
    assert verdict(ask(vocabulary, node, therapies=[given("baricitinib", end="2020")])) == "yes"


def test_an_agent_that_is_excepted_is_not_meant(vocabulary):
    node = expression(kind="therapy", classes=["jak_inhibitor"], except_agents=["baricitinib"])
    patient: Told = {"therapies": [given("baricitinib")], "reviewed": REVIEWED}
    assert verdict(ask(vocabulary, node, **patient)) == "no"


@pytest.mark.parametrize(
    ("agent", "days"),
    [("tofacitinib", 1), ("tofacitinib_xr", 2), ("baricitinib", 3), ("upadacitinib", 3)],
)
def test_half_lives_are_those_of_each_drug_the_longest_rounded_up_to_days(vocabulary, agent, days):
    node = expression(kind="therapy", classes=["jak_inhibitor"], window=within(5, "half_lives"))
    last = date(2026, 11, 21)
    taken = {"end": (last.replace(day=21 - days)).isoformat()}
    before = {"end": (last.replace(day=21 - days - 1)).isoformat()}
    assert verdict(ask(vocabulary, node, therapies=[given(agent, **taken)], reviewed=REVIEWED)) == "yes"
    assert verdict(ask(vocabulary, node, therapies=[given(agent, **before)], reviewed=REVIEWED)) == "no"


def test_an_agent_without_a_half_life_leaves_a_window_in_half_lives_open(vocabulary):
    node = expression(kind="therapy", agents=["mycophenolate"], window=within(5, "half_lives"))
    assert vocabulary.agents["mycophenolate"].half_life is None
    ended = [given("mycophenolate", end="2020-01-01")]
    assert verdict(ask(vocabulary, node, therapies=ended, reviewed=REVIEWED)) == "unknown: missing"
    assert verdict(ask(vocabulary, node, therapies=[given("mycophenolate")], reviewed=REVIEWED)) == "yes"


@pytest.mark.parametrize(
    ("end", "washout", "lapses_on"),
    [
        ("2026-07-15", within(6, "months"), date(2027, 1, 16)),
        ("2026-11-02", within(4, "weeks"), date(2026, 12, 1)),
        ("2026-11-20", within(30, "days"), date(2026, 12, 21)),
        # calendar months are counted backward and clamped: six months before 28 February to 31 March is August's end
        ("2026-08-31", within(6, "months"), date(2027, 3, 1)),
        ("2026-08-30", within(6, "months"), date(2027, 3, 1)),
        ("2026-08-28", within(6, "months"), date(2027, 3, 1)),
        ("2026-08-27", within(6, "months"), date(2027, 2, 28)),
        # a partial date gives the cautious end: the last day that it can mean
        ("2026-07", within(6, "months"), date(2027, 2, 1)),
        ("2026", within(1, "years"), date(2028, 1, 1)),
    ],
)
def test_a_washout_lapses_on_the_day_after_fact_and_span(vocabulary, end, washout, lapses_on):
    rule = exclusion(expression(kind="therapy", agents=["rituximab"], window=washout))
    start = "2026-08-01" if end == "2026" else "2026-01-01"
    as_of = date(2026, 12, 31) if end == "2026" else date(2026, 11, 21)
    course = given(start=start, end=end)
    finding = stand(vocabulary, rule, as_of=as_of, therapies=[course], reviewed=REVIEWED)
    assert (finding.outcome, finding.lapses_on, finding.permanent) == ("fails", lapses_on, False)
    assert finding.finding is not None
    assert ("known only as" in finding.finding.note) is (len(end) < 10)


def test_a_therapy_that_goes_on_has_no_end_in_sight(vocabulary):
    finding = stand(vocabulary, exclusion(RITUXIMAB), therapies=[given(start="2026-01")], reviewed=REVIEWED)
    assert (finding.outcome, finding.lapses_on, finding.permanent) == ("fails", None, False)


def test_a_window_is_anchored_on_the_milestone_that_it_names(vocabulary):
    node = expression(kind="therapy", agents=["belimumab"], window=within(30, "days", "infusion"))
    milestones = {Milestone.INFUSION: date(2026, 12, 20)}
    course = given("belimumab", end="2026-11-19")
    patient: Told = {"therapies": [course], "reviewed": REVIEWED}
    assert verdict(ask(vocabulary, node, **patient)) == "yes"
    assert verdict(ask(vocabulary, node, milestones=milestones, **patient)) == "no"
    finding = stand(vocabulary, exclusion(node), milestones=milestones, as_of=date(2026, 11, 20), **patient)
    assert finding.outcome == "passes"
    # The planned infusion moves with the day of evaluation: it lapses when that is 30 days after the end.
    earlier = {Milestone.INFUSION: date(2026, 12, 19)}
    finding = stand(vocabulary, exclusion(node), milestones=earlier, as_of=date(2026, 11, 20), **patient)
    assert (finding.outcome, finding.lapses_on) == ("fails", date(2026, 11, 21))


@pytest.mark.parametrize(
    ("course", "expected"),
    [
        (given(response="inadequate"), "yes"),
        (given(response="relapse"), "yes"),
        (given(response="adequate"), "no"),
        (given(), "unknown: missing"),
    ],
)
def test_a_response_is_one_of_those_asked_for(vocabulary, course, expected):
    node = expression(kind="therapy", agents=["rituximab"], response=["inadequate", "relapse"])
    assert verdict(ask(vocabulary, node, therapies=[course], reviewed=REVIEWED)) == expected


@pytest.mark.parametrize(
    ("course", "now", "no_longer"),
    [
        (given(start="2025-01-01"), "yes", "no"),
        (given(start="2025-01-01", end="2026-11-21"), "yes", "no"),
        (given(start="2025-01-01", end="2026-11-20"), "no", "yes"),
        (given(start="2025-01-01", end="2026-12-24"), "yes", "no"),
        (given(start="2025-01-01", end="2026-11"), "unknown: imprecise", "unknown: imprecise"),
    ],
)
def test_ongoing_means_given_on_the_day_of_the_anchor(vocabulary, course, now, no_longer):
    for ongoing, expected in ((True, now), (False, no_longer)):
        node = expression(kind="therapy", agents=["rituximab"], ongoing=ongoing)
        assert verdict(ask(vocabulary, node, therapies=[course], reviewed=REVIEWED)) == expected
