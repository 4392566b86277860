"""Law 5: the day from which a patient fits, and until which. Between the days that are named, nothing changes."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.eligibility.dates import Calendar
from app.eligibility.evaluate import prepare, read
from app.eligibility.facts import PatientFacts
from app.eligibility.rules import TrialRules
from app.eligibility.situation import Situation
from app.eligibility.trial import assess_trial
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import Milestone, TrialVerdict
from tests.eligibility.asking import EXPRESSIONS
from tests.eligibility.law import MILESTONE_DAYS, Terms, known, law, trial_of
from tests.eligibility.patient_strategies import patients
from tests.eligibility.patients import TODAY
from tests.eligibility.strategies import (
    CONDITIONS,
    EXCEPTIONS,
    HAPPENINGS,
    OBSERVATIONS,
    PERSON,
    THERAPIES,
    conditions,
    expressions,
)


@pytest.mark.parametrize(
    "leaves_of_one_kind",
    [PERSON, OBSERVATIONS, conditions(st.sampled_from(CONDITIONS)), THERAPIES, HAPPENINGS, EXCEPTIONS],
    ids=["person", "observation", "condition", "therapy", "event", "except"],
)
@settings(law, max_examples=150)
@given(st.data(), patients(), MILESTONE_DAYS, st.integers(1, 900))
def test_a_leaf_changes_on_the_days_that_it_names_and_on_no_other(
    terms, leaves_of_one_kind, data, patient, milestones, ahead
):
    node = data.draw(leaves_of_one_kind)
    facts = known(patient, terms)
    plan = prepare(EXPRESSIONS.validate_python(node), terms.vocabulary, Milestone.SCREENING)
    now = Situation.now(facts, Calendar(TODAY, milestones))
    day = TODAY + timedelta(days=ahead)
    last = max((change for change in read(plan, now).changes_on if change <= day), default=TODAY)
    assert read(plan, now.on(day)).verdict is read(plan, now.on(last)).verdict


CRITERIA = st.lists(st.tuples(expressions(depth=3), st.booleans()), min_size=1, max_size=4)


@settings(law, max_examples=150)
@given(CRITERIA, patients(exact=True), MILESTONE_DAYS, st.integers(0, 2000))
def test_nothing_fails_on_the_day_from_which_a_patient_fits_and_something_does_before(
    terms, nodes, patient, milestones, ahead
):
    facts = known(patient, terms)
    rules, calendar = trial_of(nodes), Calendar(TODAY, milestones)
    finding = assess_trial(rules, facts, calendar, terms.vocabulary)
    start = finding.eligible_from
    if finding.verdict is not TrialVerdict.INELIGIBLE:
        assert start == TODAY
        return
    if start is None:
        assert failing(rules, facts, calendar, terms, TODAY + timedelta(days=ahead))
        return
    assert not failing(rules, facts, calendar, terms, start)
    assert failing(rules, facts, calendar, terms, start - timedelta(days=1))
    between = TODAY + timedelta(days=ahead % (start - TODAY).days)
    assert failing(rules, facts, calendar, terms, between)
    # Asked again on that day, when results may be stale, nothing fails either.
    again = assess_trial(rules, known(patient, terms, start), calendar.moved_to(start), terms.vocabulary)
    assert again.verdict is not TrialVerdict.INELIGIBLE


def failing(rules: TrialRules, facts: PatientFacts, calendar: Calendar, terms: Terms, day: date) -> list[str]:
    """The criteria that fail on a day, with the facts of today, staleness left aside."""
    situation = Situation.now(facts, calendar).on(day)
    keys = []
    for rule in rules.criteria:
        plan = rule.plan(terms.vocabulary)
        assert plan is not None
        finding = read(plan, situation)
        if finding.applicable is True and finding.verdict is Verdict(-rule.favourable):
            keys.append(rule.key)
    return keys


@settings(law, max_examples=100)
@given(CRITERIA, patients(), MILESTONE_DAYS, st.integers(0, 4000))
def test_a_patient_who_fits_does_until_the_last_day_that_is_named(terms, nodes, patient, milestones, ahead):
    facts = known(patient, terms)
    rules, calendar = trial_of(nodes), Calendar(TODAY, milestones)
    finding = assess_trial(rules, facts, calendar, terms.vocabulary)
    start = finding.eligible_from
    assume(start is not None)
    assert start is not None
    last = finding.eligible_until or start + timedelta(days=4000)
    assert last >= start
    day = start + timedelta(days=ahead % ((last - start).days + 1))
    assert not failing(rules, facts, calendar, terms, day)
    if finding.eligible_until is not None and not _has_partial_dates(patient):
        assert failing(rules, facts, calendar, terms, last + timedelta(days=1))


def _has_partial_dates(value: Any) -> bool:
    match value:
        case dict():
            return any(_has_partial_dates(part) for part in value.values())
        case list():
            return any(_has_partial_dates(part) for part in value)
        case _:
            return isinstance(value, str) and re.fullmatch(r"\d{4}(-\d{2})?", value) is not None
