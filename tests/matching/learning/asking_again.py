"""Trials and patients for tests of what could be learnt, and the plain way to find out: assess everything again."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app.eligibility.dates import Calendar
from app.eligibility.facts import PatientFacts
from app.eligibility.patient import Patient
from app.eligibility.reading import read_patient
from app.eligibility.rules import CriterionRule, TrialRules
from app.eligibility.trial import assess_trial, missing_facts
from app.matching.learning.supposing import StandingTrial
from app.matching.overlay import overlay
from app.matching.probes.asking import learnable, looks_of, question_of
from app.matching.probes.inquiry import AskedLeaf, Inquiry
from app.matching.probes.question import Fact, Question
from app.vocabulary.enumerations import Milestone, Outcome, TrialVerdict
from app.vocabulary.faults import Refused
from app.vocabulary.terms import Vocabulary
from tests.eligibility.patients import TODAY

Json = dict[str, Any]


def inquiry_of(
    vocabulary: Vocabulary, patient: Json, as_of: date = TODAY, milestones: Mapping[Milestone, date] | None = None
) -> Inquiry:
    """A patient as in a request. Raises `Refused`."""
    sent = Patient.model_validate(patient)
    return Inquiry(sent, read_patient(sent, vocabulary, as_of), Calendar(as_of, milestones or {}), vocabulary)


def standing(
    inquiry: Inquiry, *trials: TrialRules, answers: Mapping[str, Mapping[str, Outcome]] | None = None
) -> list[StandingTrial]:
    """The trials as they stand for a patient."""
    given = answers or {}
    return [
        StandingTrial(
            trial.id,
            trial,
            assess_trial(trial, inquiry.facts, inquiry.calendar, inquiry.vocabulary, given.get(trial.id, {})),
            given.get(trial.id, {}),
        )
        for trial in trials
    ]


def whole_question(fact: Fact, trials: Sequence[StandingTrial], inquiry: Inquiry) -> Question:
    """The question about a fact, as far as any leaf of the trials tells its answers apart."""
    looks = looks_of(fact, inquiry.vocabulary)
    asked = [
        AskedLeaf(leaf.leaf, rule.anchor, leaf.reader, leaf.looks_at, inquiry.vocabulary)
        for trial in trials
        for rule in trial.rules.criteria
        for leaf in _leaves(rule, inquiry.vocabulary)
        if not leaf.looks_at.isdisjoint(looks)
    ]
    return question_of(fact, inquiry, asked)


def facts_to_learn(trials: Sequence[StandingTrial], inquiry: Inquiry) -> tuple[Fact, ...]:
    undetermined = [trial for trial in trials if trial.finding.verdict is TrialVerdict.UNDETERMINED]
    return learnable([fact for trial in undetermined for fact in missing_facts(trial.finding.criteria)], inquiry)


def read_with(inquiry: Inquiry, *changes: Patient) -> PatientFacts | None:
    """The whole patient read again with some changes; None where they contradict what is known."""
    patient = inquiry.patient
    for change in changes:
        patient = overlay(patient, change)
    try:
        return read_patient(patient, inquiry.vocabulary, inquiry.as_of)
    except Refused:
        return None


def verdict_for(trial: StandingTrial, facts: PatientFacts, inquiry: Inquiry) -> TrialVerdict:
    """The verdict, everything assessed again."""
    return assess_trial(trial.rules, facts, inquiry.calendar, inquiry.vocabulary, trial.answers).verdict


def _leaves(rule: CriterionRule, vocabulary: Vocabulary) -> list[Any]:
    plan = rule.plan(vocabulary)
    waiting, found = [plan], []
    while waiting:
        node = waiting.pop()
        if node is not None:
            waiting += node.parts
            if node.leaf is not None:
                found.append(node)
    return found
