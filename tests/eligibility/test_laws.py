"""The laws of the evaluator, over generated criteria and patients. The first, the truth tables: `test_composites`."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.eligibility.composites import as_found, fold
from app.eligibility.criterion import leaves
from app.eligibility.dates import Calendar
from app.eligibility.findings import Finding
from app.eligibility.trial import assess_trial
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import TrialVerdict
from tests.eligibility.law import MILESTONE_DAYS, known, law, standing, trial_of
from tests.eligibility.patient_strategies import (
    condition_facts,
    event_facts,
    observation_facts,
    patients,
    therapy_facts,
)
from tests.eligibility.patients import TODAY
from tests.eligibility.strategies import (
    CONDITIONS,
    EXCEPTIONS,
    HAPPENINGS,
    OTHER_THAN,
    REVIEWABLE,
    THERAPIES,
    conditions,
    expressions,
)

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
def test_learning_a_fact_never_turns_yes_into_no_or_no_into_yes(terms, node, patient, milestones):
    before, after = (standing(node, one, terms, milestones) for one in patient)
    if before.applicable is True and before.verdict is not Verdict.UNKNOWN and after.applicable is True:
        assert after.verdict is before.verdict


LISTS: dict[str, tuple[st.SearchStrategy[Any], Any]] = {
    "conditions": (st.one_of(conditions(st.sampled_from(CONDITIONS)), OTHER_THAN, EXCEPTIONS), condition_facts),
    "therapies": (st.one_of(THERAPIES, EXCEPTIONS), therapy_facts),
    "events": (st.one_of(HAPPENINGS, EXCEPTIONS), event_facts),
}


@pytest.mark.parametrize("kind", LISTS)
@settings(law, max_examples=150)
@given(st.data())
def test_one_more_entry_in_a_list_that_nobody_reviewed_turns_nothing_around(terms, kind, data):
    nodes, facts = LISTS[kind]
    node, entries = data.draw(nodes), data.draw(st.lists(facts(exact=False), min_size=1, max_size=4))
    if data.draw(st.booleans()):
        name = "agent" if kind == "therapies" else "code"
        entries[-1] = entries[-1] | {name: entries[0][name]}
    person = {"weight_kg": 60}
    before = standing(node, person | {kind: entries[:-1]}, terms)
    after = standing(node, person | {kind: entries}, terms)
    assert {before.verdict, after.verdict} != {Verdict.YES, Verdict.NO}


# --- 3. Nothing known: no trial is eligible


@law
@given(st.lists(st.tuples(expressions(), st.booleans()), min_size=1, max_size=5))
def test_of_whom_nothing_is_known_no_trial_is_eligible(terms, nodes):
    finding = assess_trial(trial_of(nodes), known({}, terms), Calendar(TODAY), terms.vocabulary)
    assert finding.verdict in (TrialVerdict.UNDETERMINED, TrialVerdict.NOT_ASSESSABLE)
    assert finding.eligible_from == TODAY


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
def test_every_leaf_is_shown_and_the_explanation_alone_gives_the_verdict(terms, node, patient, milestones):
    finding = standing(node, patient, terms, milestones)
    assert [leaf.kind for leaf in leaves(finding)] == list(kinds_of_leaves(node))
    for part in every_node(finding):
        assert part.text
        if part.kind == "except":
            assert part.verdict is max(shown.verdict for shown in part.parts)
        elif part.kind != "instance":
            assert fold(part, as_found) == (part.verdict, part.applicable)


@law
@given(expressions(), patients(), MILESTONE_DAYS)
def test_what_is_unknown_says_why_and_what_is_missing(terms, node, patient, milestones):
    finding = standing(node, patient, terms, milestones)
    for leaf in leaves(finding):
        assert bool(leaf.reasons) is (leaf.verdict is Verdict.UNKNOWN)
        if leaf.kind not in ("judgement", "undertaking"):
            assert {fact.reason for fact in leaf.missing} >= set(leaf.reasons)
    if finding.applicable is not False:
        assert bool(finding.reasons) is (finding.verdict is Verdict.UNKNOWN or finding.applicable is None)
