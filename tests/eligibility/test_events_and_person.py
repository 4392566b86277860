"""Leaves about events and about the person, as tables. The day is 21 November 2026."""

from datetime import date

import pytest

from app.vocabulary.enumerations import Milestone
from tests.eligibility.asking import Told, ask, exclusion, expression, inclusion, stand, verdict, within

REVIEWED = ["events"]
SURGERY = expression(kind="event", codes=["major_surgery"], window=within(8, "weeks"))
TRANSPLANT = expression(kind="event", codes=["organ_transplant"], timing="past_or_planned")


def event(code: str = "major_surgery", **properties: object) -> Told:
    return {"code": code} | properties


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (event(date="2026-09-26"), "yes"),
        (event(date="2026-09-25"), "no"),
        (event(date="2026-09"), "unknown: imprecise"),
        (event(date="2026-10"), "yes"),
        (event(), "unknown: undated"),
        # it counts from its end, and goes on without one
        (event(start="2026-01-01", end="2026-09-26"), "yes"),
        (event(start="2026-01-01", end="2026-09-25"), "no"),
        (event(start="2026-01-01"), "yes"),
        (event(occurred=False), "no"),
        # what is planned is not past
        (event(planned=True), "no"),
        (event(planned=True, date="2026-12-01"), "no"),
        # whether it took place is not said
        (event(planned=True, date="2026-11-20"), "unknown: missing"),
        (event(planned=True, date="2026-11-21"), "no"),
        (event(planned=True, date="2026-10"), "unknown: missing"),
        (event(planned=True, date="2026-11"), "no"),
        (event(planned=True, start="2026-11-02", end="2026-12-02"), "unknown: missing"),
        (event(date="2026-12-01"), "no"),
    ],
)
def test_an_event_counts_from_its_end(vocabulary, told, expected):
    assert verdict(ask(vocabulary, SURGERY, events=[told], reviewed=REVIEWED)) == expected


@pytest.mark.parametrize(
    ("told", "reviewed", "expected"),
    [
        ([], True, "no"),
        ([], False, "unknown: missing"),
        ([event("organ_transplant")], False, "yes"),
        ([event("organ_transplant", planned=True)], False, "yes"),
        ([event("organ_transplant", planned=True, date="2026-11-21")], False, "yes"),
        ([event("organ_transplant", planned=True, date="2026-11-20")], True, "unknown: missing"),
        # that it never happened does not say that it is not planned
        ([event("organ_transplant", occurred=False)], False, "unknown: missing"),
        ([event("organ_transplant", occurred=False)], True, "no"),
    ],
)
def test_past_or_planned(vocabulary, told, reviewed, expected):
    patient: Told = {"events": told, "reviewed": REVIEWED if reviewed else []}
    assert verdict(ask(vocabulary, TRANSPLANT, **patient)) == expected


def test_each_event_that_is_not_mentioned_is_missing_by_its_own_name(vocabulary):
    node = expression(kind="event", codes=["plasmapheresis", "ivig"], window=within(3, "months"))
    never = [event("ivig", occurred=False)]
    assert [fact.fact for fact in ask(vocabulary, node, events=never).missing] == ["plasmapheresis"]
    both = [*never, event("plasmapheresis", occurred=False, start="2026-08-21")]
    assert verdict(ask(vocabulary, node, events=both)) == "no"


@pytest.mark.parametrize(
    ("told", "lapses_on", "permanent"),
    [
        (event("live_vaccine", date="2026-11-02"), date(2026, 12, 3), False),
        (event("live_vaccine", date="2026-10-31"), date(2026, 12, 1), False),
        (event("live_vaccine", date="2026-11"), date(2026, 12, 22), False),
        (event("live_vaccine", start="2026-11-02"), None, False),
    ],
)
def test_a_window_of_a_month_lapses_by_the_calendar(vocabulary, told, lapses_on, permanent):
    node = expression(kind="event", codes=["live_vaccine"], window=within(1, "months"))
    finding = stand(vocabulary, exclusion(node), events=[told], reviewed=REVIEWED)
    assert (finding.outcome, finding.lapses_on, finding.permanent) == ("fails", lapses_on, permanent)


def test_an_event_of_the_history_never_lapses(vocabulary):
    finding = stand(vocabulary, exclusion(TRANSPLANT), events=[event("organ_transplant")])
    assert (finding.outcome, finding.lapses_on, finding.permanent) == ("fails", None, True)


# --- Plans up to a milestone that is planned for later

VACCINE = expression(kind="event", codes=["live_vaccine"], window=within(1, "months"))
SCREENING = {Milestone.SCREENING: date(2026, 12, 10)}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"date": "2026-11-28"}, "unknown: imprecise"),
        ({"date": "2026-11-21"}, "unknown: imprecise"),
        ({"date": "2026-12-10"}, "unknown: imprecise"),
        ({"date": "2026-12-11"}, "no"),
        ({"date": "2026-12"}, "unknown: imprecise"),
        ({"date": "2027"}, "no"),
        ({"start": "2026-11-28", "end": "2026-12-20"}, "unknown: imprecise"),
        ({"start": "2026-11-28"}, "unknown: imprecise"),
        ({"end": "2026-12-20"}, "unknown: imprecise"),
        ({}, "unknown: undated"),
        # whether it took place is not said
        ({"date": "2026-11-20"}, "unknown: missing"),
    ],
)
def test_a_vaccination_planned_before_the_planned_screening_leaves_it_open(vocabulary, told, expected):
    plan = event("live_vaccine", planned=True, **told)
    assert verdict(ask(vocabulary, VACCINE, milestones=SCREENING, events=[plan], reviewed=REVIEWED)) == expected
    if told.get("date") != "2026-11-20":
        assert verdict(ask(vocabulary, VACCINE, events=[plan], reviewed=REVIEWED)) == "no", "screened today"


def test_a_plan_is_named_and_its_uncertainty_explained(vocabulary):
    plan = event("live_vaccine", planned=True, date="2026-11-28")
    finding = ask(vocabulary, VACCINE, milestones=SCREENING, events=[plan], reviewed=REVIEWED)
    assert [(one.fact, one.value, one.date) for one in finding.evidence if one.fact == "live_vaccine"] == [
        ("live_vaccine", "planned", "2026-11-28")
    ]
    assert [(fact.fact, fact.reason) for fact in finding.missing] == [("live_vaccine", "imprecise")]
    assert "planned" in finding.note


def test_a_plan_outside_the_window_of_the_milestone_does_not_matter(vocabulary):
    plan = event("live_vaccine", planned=True, date="2026-11-28")
    late = {Milestone.SCREENING: date(2026, 12, 29)}
    assert verdict(ask(vocabulary, VACCINE, milestones=late, events=[plan], reviewed=REVIEWED)) == "no"
    ever = expression(kind="event", codes=["hsct"])
    planned = event("hsct", planned=True, date="2026-11-28")
    assert verdict(ask(vocabulary, ever, milestones=late, events=[planned], reviewed=REVIEWED)) == "unknown: imprecise"


def test_what_has_happened_counts_whatever_else_is_planned(vocabulary):
    plan, past = event("live_vaccine", planned=True, date="2026-11-28"), event("live_vaccine", date="2026-11-12")
    finding = stand(vocabulary, exclusion(VACCINE), milestones=SCREENING, events=[plan, past], reviewed=REVIEWED)
    assert (finding.outcome, finding.lapses_on) == ("fails", date(2026, 11, 24))


@pytest.mark.parametrize(("milestones", "expires_on"), [({}, date(2026, 11, 29)), (SCREENING, None)])
def test_a_pass_holds_until_the_day_after_a_plan(vocabulary, milestones, expires_on):
    plan = event("live_vaccine", planned=True, date="2026-11-28")
    finding = stand(vocabulary, exclusion(VACCINE), milestones=milestones, events=[plan], reviewed=REVIEWED)
    assert finding.expires_on == expires_on
    assert finding.outcome == ("unknown" if milestones else "passes")


ADULT = expression(kind="age", min_years=18, max_years=65)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        # 18 from the birthday on, 65 until the 66th
        ({"birth_date": "2008-11-21"}, "yes"),
        ({"birth_date": "2008-11-22"}, "no"),
        ({"birth_date": "1960-11-22"}, "yes"),
        ({"birth_date": "1960-11-21"}, "no"),
        ({"birth_date": "2008-11"}, "unknown: imprecise"),
        ({"birth_date": "2008"}, "unknown: imprecise"),
        ({"birth_date": "2007"}, "yes"),
        ({"birth_date": "1960"}, "unknown: imprecise"),
        ({"birth_date": "1959"}, "no"),
        ({"age_years": 18}, "yes"),
        ({"age_years": 17}, "no"),
        ({"age_years": 65}, "yes"),
        ({"age_years": 66}, "no"),
        ({}, "unknown: missing"),
    ],
)
def test_age_is_in_completed_years(vocabulary, told, expected):
    assert verdict(ask(vocabulary, ADULT, **told)) == expected


@pytest.mark.parametrize(
    ("born", "as_of", "outcome", "lapses_on", "expires_on", "permanent"),
    [
        ("1960-11-22", date(2026, 11, 21), "passes", None, date(2026, 11, 22), False),
        ("2008-12-01", date(2026, 11, 21), "fails", date(2026, 12, 1), None, False),
        ("1960-11-21", date(2026, 11, 21), "fails", None, None, True),
        # 29 February counts as 1 March
        ("1960-02-29", date(2026, 2, 28), "passes", None, date(2026, 3, 1), False),
        ("1960-02-29", date(2026, 3, 1), "fails", None, None, True),
        # partial: too young until the last birthday, fits until the first
        ("2008-12", date(2026, 11, 21), "fails", date(2026, 12, 31), None, False),
        ("1960-12", date(2026, 11, 21), "passes", None, date(2026, 12, 1), False),
    ],
)
def test_a_birthday_opens_and_closes(vocabulary, born, as_of, outcome, lapses_on, expires_on, permanent):
    finding = stand(vocabulary, inclusion(ADULT), as_of=as_of, birth_date=born)
    assert (finding.outcome, finding.lapses_on, finding.expires_on) == (outcome, lapses_on, expires_on)
    assert finding.permanent is permanent


def test_age_is_that_on_the_day_of_the_anchor(vocabulary):
    rule = inclusion(ADULT, anchor=Milestone.INFUSION)
    milestones = {Milestone.INFUSION: date(2026, 12, 24)}
    told: Told = {"birth_date": "2008-12-24"}
    assert stand(vocabulary, rule, milestones=milestones, **told).outcome == "passes"
    assert stand(vocabulary, rule, **told).outcome == "fails"


@pytest.mark.parametrize(
    ("state", "told", "expected"),
    [
        ("pregnant", {"reproductive": {"pregnant": True}}, "yes"),
        ("pregnant", {"reproductive": {"pregnant": False}}, "no"),
        ("pregnant", {"sex": "female"}, "unknown: missing"),
        ("pregnant", {"sex": "male"}, "no"),
        ("lactating", {"sex": "male"}, "no"),
        ("childbearing_potential", {"sex": "male"}, "no"),
        ("contraception", {"sex": "male"}, "unknown: missing"),
        ("contraception", {"sex": "male", "reproductive": {"contraception": True}}, "yes"),
    ],
)
def test_reproductive_status_is_as_stated(vocabulary, state, told, expected):
    assert verdict(ask(vocabulary, expression(kind="reproductive", state=state), **told)) == expected


def test_sex_is_as_stated(vocabulary):
    node = expression(kind="sex", sex="female")
    for told, expected in (("female", "yes"), ("male", "no"), (None, "unknown: missing")):
        assert verdict(ask(vocabulary, node, sex=told)) == expected


def test_an_age_has_its_margin_to_the_nearer_limit(vocabulary):
    for told, text in ((70, "70 years, 5 over"), (16, "16 years, 2 short"), (20, "20 years, 2 to spare")):
        finding = ask(vocabulary, ADULT, age_years=told)
        assert finding.margin is not None
        assert finding.margin.text == text
