"""The assessor beside `assess_trial`: whoever came before, it finds the same."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.eligibility.assessor import Assessor
from app.eligibility.dates import Calendar
from app.eligibility.findings import Finding, TrialFinding
from app.eligibility.kept import Kept
from app.eligibility.rules import TrialRules
from app.eligibility.trial import assess_trial
from app.vocabulary.enumerations import Outcome
from tests.eligibility.asking import Told, exclusion, expression, inclusion
from tests.eligibility.law import MILESTONE_DAYS, known, law, trial_of
from tests.eligibility.patient_strategies import patients
from tests.eligibility.patients import TODAY, facts_of
from tests.eligibility.strategies import expressions

CRITERIA = st.lists(st.tuples(expressions(), st.booleans()), min_size=1, max_size=3)
ANSWERS = st.dictionaries(
    st.sampled_from(["inc-0", "inc-1", "exc-1", "exc-2"]), st.sampled_from([Outcome.PASSES, Outcome.FAILS]), max_size=1
)
ANAEMIC = expression(kind="observation", code="hemoglobin", threshold={"comparator": "lt", "value": 80, "unit": "g/L"})
LUPUS = expression(kind="condition", code="sle")
CONDITIONS_ARE_COMPLETE: Told = {"reviewed": ["conditions"]}
NOTHING: Told = {}


@law
@given(CRITERIA, patients(), patients(), MILESTONE_DAYS, ANSWERS)
def test_cached_answers_are_those_that_are_worked_out_anew(terms, nodes, patient, another, milestones, answers):
    rules = replace(trial_of(nodes), conditions=("sle",))
    calendar, assessor = Calendar(TODAY, milestones), Assessor(terms.vocabulary)
    for told in (another, patient, NOTHING, patient):
        facts = known(told, terms)
        anew = assess_trial(rules, facts, calendar, terms.vocabulary, answers)
        assert assessor.assess(rules, facts, calendar, answers) == anew
        unseen = assessor.assess(rules, facts, calendar, answers, shown=False)
        assert unseen_trial(unseen) == unseen_trial(anew)


def unseen_trial(finding: TrialFinding) -> TrialFinding:
    """Without the evidence and the margins of results."""
    criteria = [replace(one, finding=None if one.finding is None else unseen(one.finding)) for one in finding.criteria]
    return replace(finding, criteria=tuple(criteria))


def unseen(finding: Finding) -> Finding:
    parts = tuple(unseen(part) for part in finding.parts)
    if finding.kind != "observation":
        return finding._replace(parts=parts)
    return finding._replace(parts=parts, evidence=(), margin=None)


@pytest.fixture
def rules() -> TrialRules:
    return TrialRules("a-trial", (inclusion(LUPUS), exclusion(ANAEMIC)))


def everybodys(finding: TrialFinding) -> list[bool]:
    return [finding.everybodys, *(one.everybodys for one in finding.criteria)]


def test_what_the_record_is_silent_about_is_found_once(vocabulary, rules):
    assessor = Assessor(vocabulary)
    first, second = (assessor.assess(rules, facts_of(vocabulary), Calendar(TODAY)) for _ in range(2))
    assert first is second
    assert everybodys(first) == [True, True, True]

    lupus = assessor.assess(rules, facts_of(vocabulary, conditions=[{"code": "sle"}]), Calendar(TODAY))
    assert everybodys(lupus) == [False, False, True]
    assert lupus.criteria[1] is first.criteria[1]


def test_a_list_that_is_complete_is_no_silence(vocabulary, rules):
    assessor = Assessor(vocabulary)
    told, untold = (
        assessor.assess(rules, facts_of(vocabulary, **patient), Calendar(TODAY)).criteria[0].outcome
        for patient in (CONDITIONS_ARE_COMPLETE, NOTHING)
    )
    assert (told, untold) == (Outcome.FAILS, Outcome.UNKNOWN)


def test_the_oldest_goes_first():
    kept: Kept[int, str] = Kept(2)
    for number in (1, 2, 3):
        kept.get(number, lambda: "first")

    assert [kept.get(number, lambda: "again") for number in (2, 3, 1)] == ["first", "first", "again"]
