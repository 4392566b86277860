"""What the laws share: the vocabulary unprinted, facts of generated patients, trials of generated criteria."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st

from app.eligibility.dates import Calendar
from app.eligibility.evaluate import evaluate
from app.eligibility.facts import PatientFacts
from app.eligibility.findings import Finding
from app.eligibility.rules import TrialRules
from app.vocabulary.enumerations import Milestone
from app.vocabulary.terms import Vocabulary
from tests.eligibility.asking import EXPRESSIONS, exclusion, inclusion
from tests.eligibility.patient_strategies import facts_or_none
from tests.eligibility.patients import TODAY
from tests.eligibility.strategies import days

law = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
MILESTONE_DAYS = st.dictionaries(st.sampled_from(list(Milestone)), days(date(2026, 9, 1), date(2027, 3, 1)), max_size=2)


@dataclass(frozen=True)
class Terms:
    """The vocabulary, which is not printed where a law fails: it is long."""

    vocabulary: Vocabulary = field(repr=False)


def known(patient: Any, terms: Terms, as_of: date = TODAY) -> PatientFacts:
    """The facts of a patient who does not contradict himself."""
    facts = facts_or_none(patient, terms.vocabulary, as_of)
    assume(facts is not None)
    assert facts is not None
    return facts


def standing(node: Any, patient: Any, terms: Terms, milestones: Any = None) -> Finding:
    calendar = Calendar(TODAY, milestones or {})
    criterion = EXPRESSIONS.validate_python(node)
    return evaluate(criterion, known(patient, terms), calendar, terms.vocabulary, anchor=Milestone.SCREENING)


def trial_of(nodes: list[tuple[Any, bool]]) -> TrialRules:
    rules = [
        (inclusion if wanted else exclusion)(
            EXPRESSIONS.validate_python(node), f"{'inc' if wanted else 'exc'}-{number}"
        )
        for number, (node, wanted) in enumerate(nodes)
    ]
    return TrialRules("a-trial", tuple(rules))
