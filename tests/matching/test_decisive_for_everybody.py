"""Decisive facts that are found once for everybody are those that are worked out for each patient anew."""

from collections.abc import Sequence
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from app.eligibility.assessor import Assessor
from app.eligibility.rules import TrialRules
from app.matching.decisive import Panels, decisive_facts
from app.matching.decisive_fact import DecisiveFact
from app.matching.learning.supposing import StandingTrial
from app.matching.probes.inquiry import Inquiry
from app.vocabulary.enumerations import CriterionKind
from app.vocabulary.faults import Refused
from app.vocabulary.terms import Vocabulary
from tests.eligibility.patient_strategies import patients
from tests.eligibility.strategies import Node
from tests.matching.learning.asking_again import inquiry_of, standing
from tests.matching.test_decisive import CRITERIA, rules_made_of
from tests.registry.documented import WOMAN
from tests.registry.outcomes import rules_of
from tests.registry.seeds import SLUGS
from tests.registry.test_laws_on_the_seeds import some_of

SHARES = st.tuples(st.integers(0, 2**32).map(Random), st.sampled_from([0.0, 0.05, 0.2, 0.5, 0.8]))


class Everybody:
    """Keeps what the service keeps between requests."""

    def __init__(self, vocabulary: Vocabulary, trials: Sequence[TrialRules]) -> None:
        self.trials = trials
        self.assessor = Assessor(vocabulary)
        self.panels = Panels(vocabulary)

    def decisive(self, inquiry: Inquiry) -> list[DecisiveFact]:
        findings = [self.assessor.assess(trial, inquiry.facts, inquiry.calendar) for trial in self.trials]
        standing_trials = [
            StandingTrial(trial.id, trial, finding, {}) for trial, finding in zip(self.trials, findings, strict=True)
        ]
        return decisive_facts(standing_trials, inquiry, self.panels)

    def anew(self, inquiry: Inquiry) -> list[DecisiveFact]:
        return decisive_facts(standing(inquiry, *self.trials), inquiry, Panels(inquiry.vocabulary))


@settings(max_examples=100, deadline=None)
@given(catalogue=st.lists(CRITERIA, min_size=1, max_size=2), told=st.lists(patients(), min_size=1, max_size=3))
def test_generated_trials(vocabulary: Vocabulary, catalogue: list[list[tuple[CriterionKind, Node]]], told: list[Node]):
    trials = [rules_made_of(criteria, f"t{place}") for place, criteria in enumerate(catalogue)]
    everybody = Everybody(vocabulary, trials)
    for patient in told:
        try:
            inquiry = inquiry_of(vocabulary, patient)
        except Refused:
            continue
        assert everybody.decisive(inquiry) == everybody.anew(inquiry)


@settings(max_examples=5, deadline=None)
@given(told=st.lists(SHARES, min_size=2, max_size=2))
def test_the_five_trials(vocabulary: Vocabulary, told: list[tuple[Random, float]]):
    everybody = Everybody(vocabulary, [rules_of(slug) for slug in SLUGS])
    for chance, share in told:
        inquiry = inquiry_of(vocabulary, some_of(WOMAN, chance, share))
        assert everybody.decisive(inquiry) == everybody.anew(inquiry)
