"""The laws of the evaluator, over generated criteria and patients. The first, the truth tables: `test_composites`."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.eligibility.composites import as_found, fold
from app.eligibility.criteria import Expression
from app.eligibility.criterion import leaves
from app.eligibility.dates import Calendar
from app.eligibility.evaluate import evaluate, prepare, read
from app.eligibility.findings import Finding
from app.eligibility.rules import TrialRules
from app.eligibility.situation import Situation
from app.eligibility.trial import assess_trial
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import Milestone, TrialVerdict
from app.vocabulary.terms import Vocabulary
from tests.eligibility.asking import EXPRESSIONS, exclusion, expression, inclusion
from tests.eligibility.patient_strategies import (
    condition_facts,
    event_facts,
    facts_or_none,
    observation_facts,
    patients,
    therapy_facts,
)
from tests.eligibility.patients import TODAY
from tests.eligibility.strategies import REVIEWABLE, days, expressions

law = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
MILESTONE_DAYS = st.dictionaries(st.sampled_from(list(Milestone)), days(date(2026, 9, 1), date(2027, 3, 1)), max_size=2)


def standing(node: Any, patient: Any, vocabulary: Vocabulary, milestones: Any = None) -> Finding | None:
    facts = facts_or_none(patient, vocabulary)
    if facts is None:
        return None
    calendar = Calendar(TODAY, milestones or {})
    return evaluate(EXPRESSIONS.validate_python(node), facts, calendar, vocabulary, anchor=Milestone.SCREENING)


# --- 2. Learning a fact about something unknown never turns yes into no or no into yes


@st.composite
def more_known(draw: st.DrawFn) -> tuple[Any, Any]:
    """A patient, and the same one of whom something more is known."""
    before = draw(patients())
    after = {key: list(value) if isinstance(value, list) else value for key, value in before.items()}
    reviewed = set(before.get("reviewed", ()))
    known = {fact["code"] for fact in before.get("observations", ())}
    match draw(st.sampled_from(["observation", "condition", "therapy", "event", "reviewed", "person", "property"])):
        case "observation":
            fact = draw(observation_facts(exact=False))
            assume(fact["code"] not in known | {"creatinine", "creatinine_clearance"})
            after.setdefault("observations", []).append(fact)
        case "condition":
            assume("conditions" not in reviewed)
            after.setdefault("conditions", []).append(draw(condition_facts(exact=False)))
        case "therapy":
            assume("therapies" not in reviewed)
            after.setdefault("therapies", []).append(draw(therapy_facts(exact=False)))
        case "event":
            assume("events" not in reviewed)
            after.setdefault("events", []).append(draw(event_facts(exact=False)))
        case "reviewed":
            after["reviewed"] = sorted(reviewed | {draw(st.sampled_from(REVIEWABLE))})
        case "person":
            told = draw(patients())
            for key in ("sex", "weight_kg", "birth_date"):
                if key in told:
                    after.setdefault(key, told[key])
            after["reproductive"] = told.get("reproductive", {}) | before.get("reproductive", {})
        case "property":
            _say_more(draw, after)
    return before, after


def _say_more(draw: st.DrawFn, patient: Any) -> None:
    """One fact gets a property that it lacked, or a whole date for a partial one."""
    facts = [(key, index) for key in ("conditions", "therapies") for index in range(len(patient.get(key, ())))]
    assume(facts)
    key, index = draw(st.sampled_from(facts))
    fact = dict(patient[key][index])
    patient[key] = [*patient[key][:index], fact, *patient[key][index + 1 :]]
    more = draw((condition_facts if key == "conditions" else therapy_facts)(exact=True))
    for name in ("severity", "criteria_set", "adequately_treated", "systemic_therapy", "dose", "response"):
        if name in more:
            fact.setdefault(name, more[name])
    for name in ("since", "until", "start", "end"):
        if name in fact and str(more.get(name, "")).startswith(fact[name]):
            fact[name] = more[name]


@law
@given(expressions(), more_known(), MILESTONE_DAYS)
def test_learning_a_fact_never_turns_yes_into_no_or_no_into_yes(vocabulary, node, patient, milestones):
    before, after = (standing(node, one, vocabulary, milestones) for one in patient)
    assume(before is not None and after is not None)
    if before.applicable is True and before.verdict is not Verdict.UNKNOWN and after.applicable is True:
        assert after.verdict is before.verdict


# --- 3. Nothing known: no trial is eligible


@law
@given(st.lists(st.tuples(expressions(), st.booleans()), min_size=1, max_size=5))
def test_of_whom_nothing_is_known_no_trial_is_eligible(vocabulary, nodes):
    finding = assess_trial(trial_of(nodes), facts_or_none({}, vocabulary), Calendar(TODAY), vocabulary)
    assert finding.verdict in (TrialVerdict.UNDETERMINED, TrialVerdict.NOT_ASSESSABLE)
    assert finding.eligible_from == TODAY


def trial_of(nodes: list[tuple[Any, bool]]) -> TrialRules:
    rules = [
        (inclusion if wanted else exclusion)(
            EXPRESSIONS.validate_python(node), f"{'inc' if wanted else 'exc'}-{number}"
        )
        for number, (node, wanted) in enumerate(nodes)
    ]
    return TrialRules("a-trial", tuple(rules))


# --- 4. Every leaf is in the explanation, and the explanation alone reproduces the verdict


def kinds_of_leaves(node: Any) -> Iterator[str]:
    match node["kind"]:
        case "all_of" | "any_of" | "at_least":
            for branch in node["of"]:
                yield from kinds_of_leaves(branch)
        case "not":
            yield from kinds_of_leaves(node["of"])
        case "only_if":
            yield from kinds_of_leaves(node["condition"])
            yield from kinds_of_leaves(node["then"])
        case kind:
            yield kind


def every_node(finding: Finding) -> Iterator[Finding]:
    yield finding
    for part in finding.parts:
        yield from every_node(part)


@law
@given(expressions(), patients(), MILESTONE_DAYS)
def test_every_leaf_is_shown_and_the_explanation_alone_gives_the_verdict(vocabulary, node, patient, milestones):
    finding = standing(node, patient, vocabulary, milestones)
    assume(finding is not None)
    assert [leaf.kind for leaf in leaves(finding)] == list(kinds_of_leaves(node))
    for part in every_node(finding):
        assert part.text
        if part.kind == "except":
            assert part.verdict is max(shown.verdict for shown in part.parts)
        elif part.kind != "instance":
            assert fold(part, as_found) == (part.verdict, part.applicable)


@law
@given(expressions(), patients(), MILESTONE_DAYS)
def test_what_is_unknown_says_why_and_what_is_missing(vocabulary, node, patient, milestones):
    finding = standing(node, patient, vocabulary, milestones)
    assume(finding is not None)
    for leaf in leaves(finding):
        assert bool(leaf.reasons) is (leaf.verdict is Verdict.UNKNOWN)
        if leaf.kind not in ("judgement", "undertaking"):
            assert {fact.reason for fact in leaf.missing} >= set(leaf.reasons)
    if finding.applicable is not False:
        assert bool(finding.reasons) is (finding.verdict is Verdict.UNKNOWN or finding.applicable is None)


# --- 5. The day from which a patient fits


@law
@given(expressions(people=False, depth=3), patients(), MILESTONE_DAYS, st.integers(1, 1200))
def test_between_the_days_of_change_nothing_changes(vocabulary, node, patient, milestones, ahead):
    facts = facts_or_none(patient, vocabulary)
    assume(facts is not None)
    plan = prepare(EXPRESSIONS.validate_python(node), vocabulary, Milestone.SCREENING)
    now = Situation.now(facts, Calendar(TODAY, milestones))
    today, day = read(plan, now), TODAY + timedelta(days=ahead)
    for leaf_today, leaf_then in zip(leaves(today), leaves(read(plan, now.on(day))), strict=True):
        last = max((change for change in leaf_today.changes_on if change <= day), default=None)
        if last is None:
            assert leaf_then.verdict is leaf_today.verdict
    last = max((change for change in today.changes_on if change <= day), default=TODAY)
    assert read(plan, now.on(day)).verdict is read(plan, now.on(last)).verdict


CRITERIA = st.lists(st.tuples(expressions(depth=3), st.booleans()), min_size=1, max_size=4)


@settings(law, max_examples=300)
@given(CRITERIA, patients(exact=True), MILESTONE_DAYS, st.data())
def test_nothing_fails_on_the_day_from_which_a_patient_fits_and_something_does_before(
    vocabulary, nodes, patient, milestones, data
):
    facts = facts_or_none(patient, vocabulary)
    assume(facts is not None)
    rules, calendar = trial_of(nodes), Calendar(TODAY, milestones)
    finding = assess_trial(rules, facts, calendar, vocabulary)
    start = finding.eligible_from
    if finding.verdict is not TrialVerdict.INELIGIBLE:
        assert start == TODAY
        return
    if start is None:
        assert failing(rules, facts, calendar, vocabulary, TODAY + timedelta(days=data.draw(st.integers(0, 2000))))
        return
    assert not failing(rules, facts, calendar, vocabulary, start)
    assert failing(rules, facts, calendar, vocabulary, start - timedelta(days=1))
    between = TODAY + timedelta(days=data.draw(st.integers(0, (start - TODAY).days - 1)))
    assert failing(rules, facts, calendar, vocabulary, between)
    # Asked again on that day, when results may be stale, nothing fails either.
    asked_then = facts_or_none(patient, vocabulary, start)
    assume(asked_then is not None)
    again = assess_trial(rules, asked_then, calendar.moved_to(start), vocabulary)
    assert again.verdict is not TrialVerdict.INELIGIBLE


def failing(rules: TrialRules, facts: Any, calendar: Calendar, vocabulary: Vocabulary, day: date) -> list[str]:
    """The criteria that fail on a day, with the facts of today, staleness left aside."""
    situation = Situation.now(facts, calendar).on(day)
    keys = []
    for rule in rules.criteria:
        finding = read(rule.plan(vocabulary), situation)
        if finding.applicable is True and finding.verdict is Verdict(-rule.favourable):
            keys.append(rule.key)
    return keys


@settings(law, max_examples=200)
@given(CRITERIA, patients(), MILESTONE_DAYS, st.data())
def test_a_patient_who_fits_does_until_the_last_day_that_is_named(vocabulary, nodes, patient, milestones, data):
    facts = facts_or_none(patient, vocabulary)
    assume(facts is not None)
    rules, calendar = trial_of(nodes), Calendar(TODAY, milestones)
    finding = assess_trial(rules, facts, calendar, vocabulary)
    assume(finding.eligible_from is not None)
    assert not failing(rules, facts, calendar, vocabulary, finding.eligible_from)
    if finding.eligible_until is None:
        last = finding.eligible_from + timedelta(days=4000)
    else:
        assert finding.eligible_until >= finding.eligible_from
        last = finding.eligible_until
    day = finding.eligible_from + timedelta(days=data.draw(st.integers(0, (last - finding.eligible_from).days)))
    assert not failing(rules, facts, calendar, vocabulary, day)
    if finding.eligible_until is not None and not _has_partial_dates(patient):
        assert failing(rules, facts, calendar, vocabulary, last + timedelta(days=1))


def _has_partial_dates(value: Any) -> bool:
    match value:
        case dict():
            return any(_has_partial_dates(part) for part in value.values())
        case list():
            return any(_has_partial_dates(part) for part in value)
        case _:
            return isinstance(value, str) and re.fullmatch(r"\d{4}(-\d{2})?", value) is not None


# --- 6. Units do not matter


UNITS = {
    ("hemoglobin", "g/L"): ("g/dL", Decimal("0.1")),
    ("creatinine", "umol/L"): ("mg/dL", Decimal("0.011312")),
    ("alt", "U/L"): ("U/mL", Decimal("0.001")),
    ("creatinine_clearance", "mL/min"): ("mL/s", None),
}


@law
@given(expressions(people=False), patients())
def test_the_same_patient_in_other_units_gets_the_same_verdict(vocabulary, node, patient):
    finding = standing(node, patient, vocabulary)
    assume(finding is not None)
    elsewhere = patient | {"observations": [_in_other_units(fact) for fact in patient.get("observations", ())]}
    if patient.get("therapies"):
        elsewhere["therapies"] = [_dose_in_grams(fact) for fact in patient["therapies"]]
    other = standing(node, elsewhere, vocabulary)
    assert other is not None
    assert (other.verdict, other.applicable, other.reasons) == (finding.verdict, finding.applicable, finding.reasons)


def _in_other_units(fact: Any) -> Any:
    unit, factor = UNITS.get((fact["code"], fact.get("unit")), (None, None))
    if factor is None:
        return fact
    converted = {name: _times(fact[name], factor) for name in ("value", "lower_limit", "upper_limit") if name in fact}
    return fact | converted | {"unit": unit}


def _times(value: Any, factor: Decimal) -> Any:
    if isinstance(value, str):
        sign = value.rstrip("0123456789.")
        return f"{sign}{Decimal(value.removeprefix(sign)) * factor}"
    return Decimal(str(value)) * factor


def _dose_in_grams(fact: Any) -> Any:
    dose = fact.get("dose")
    if dose is None or dose["unit"] != "mg/d":
        return fact
    return fact | {"dose": {"value": Decimal(dose["value"]) / 1000, "unit": "g/d"}}


# --- 7. The renal inclusion and the renal part of the exclusion of one trial agree


@law
@given(patients())
def test_the_renal_twins_agree_on_every_patient(vocabulary, patient):
    facts = facts_or_none(patient, vocabulary)
    assume(facts is not None)
    window = {"within": {"value": 7, "unit": "days"}, "before": "lymphodepletion"}
    low_creatinine = {"code": "creatinine", "threshold": {"comparator": "le", "value": 1.5, "relative_to": "uln"}}
    high_creatinine = {"code": "creatinine", "threshold": {"comparator": "gt", "value": 1.5, "relative_to": "uln"}}
    enough = {"code": "creatinine_clearance", "threshold": {"comparator": "ge", "value": 60, "unit": "mL/min"}}
    too_little = {"code": "creatinine_clearance", "threshold": {"comparator": "lt", "value": 60, "unit": "mL/min"}}
    leaf = {"kind": "observation", "window": window}
    keeps = inclusion(expression(kind="any_of", of=[leaf | low_creatinine, leaf | enough]))
    bars = exclusion(expression(kind="all_of", of=[leaf | too_little, leaf | high_creatinine]))
    finding = assess_trial(TrialRules("a-trial", (keeps, bars)), facts, Calendar(TODAY), vocabulary)
    kept, barred = finding.criteria
    assert kept.outcome is barred.outcome
    assert kept.reasons == barred.reasons or set(kept.reasons) == set(barred.reasons)


# --- 9. Expressions survive a round trip through JSON


@law
@given(expressions())
def test_an_expression_survives_a_round_trip_through_json(node):
    read_in: Expression = EXPRESSIONS.validate_python(node)
    assert EXPRESSIONS.validate_json(EXPRESSIONS.dump_json(read_in)) == read_in
    assert EXPRESSIONS.validate_json(EXPRESSIONS.dump_json(read_in, exclude_defaults=True)) == read_in


@pytest.mark.parametrize(
    ("node", "named"),
    [
        ({"kind": "prayer"}, "prayer"),
        ({"kind": "age", "min_year": 18}, "min_year"),
        ({"kind": "all_of", "of": [{"kind": "sex", "sex": "female", "gender": "f"}]}, "gender"),
        ({"kind": "not", "of": {"kind": "maybe"}}, "maybe"),
    ],
)
def test_an_unknown_kind_or_field_is_refused_by_name(node, named):
    with pytest.raises(ValidationError, match=named):
        EXPRESSIONS.validate_python(node)
