"""Law 8 for many patients at once: each gets what the explaining evaluator says of him alone."""

from collections import Counter
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.catalogue.documents import Scope
from app.eligibility.bulk.matcher import FAILS, UNKNOWN, VERDICTS, BulkMatcher
from app.eligibility.bulk.planes import at_least, bits_of, counted, packed, unpacked
from app.eligibility.dates import Calendar
from app.eligibility.facts import PatientFacts
from app.eligibility.rules import CriterionRule, TrialRules
from app.eligibility.situation import Situation
from app.eligibility.trial import assess_trial
from app.vocabulary.enumerations import CriterionKind, Milestone, TrialVerdict
from app.vocabulary.terms import Vocabulary
from tests.eligibility.asking import EXPRESSIONS, inclusion
from tests.eligibility.patient_strategies import facts_or_none, patients
from tests.eligibility.patients import TODAY, facts_of
from tests.eligibility.strategies import CONDITIONS, expressions, some_of
from tests.eligibility.test_bulk import flag_of

law = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
ARMS = ("arm-1", "arm-2")
LEVELS = (1, 2, 3)

scopes = st.none() | st.builds(
    Scope,
    conditions=some_of(CONDITIONS, least=0, most=2).map(tuple),
    arms=some_of(list(ARMS), least=0).map(tuple),
    levels=st.lists(st.sampled_from(LEVELS), max_size=2, unique=True).map(tuple),
)
rules = st.builds(
    CriterionRule,
    key=st.just(""),
    kind=st.sampled_from(list(CriterionKind)),
    anchor=st.sampled_from(list(Milestone)),
    expression=st.none() | expressions().map(EXPRESSIONS.validate_python),
    scope=scopes,
)


@st.composite
def catalogues(draw: st.DrawFn) -> list[TrialRules]:
    """Trials that share criteria; some have none, some leave part of them out, some tell arms or levels apart."""
    pool = draw(st.lists(rules, min_size=1, max_size=8))
    return [
        TrialRules(
            f"trial-{number}",
            tuple(
                CriterionRule(f"c-{place}", rule.kind, rule.anchor, rule.expression, rule.scope)
                for place, rule in enumerate(draw(st.lists(st.sampled_from(pool), max_size=7)))
            ),
            exclusions_stated=draw(st.booleans()),
            arms=draw(st.sampled_from([(), ARMS])),
            levels=draw(st.sampled_from([(), LEVELS])),
        )
        for number in range(draw(st.integers(1, 6)))
    ]


def agree(matcher: BulkMatcher, trials: list[TrialRules], people: list[PatientFacts], vocabulary: Vocabulary) -> None:
    calendar = Calendar(TODAY)
    matched = matcher.match_many([Situation.now(facts, calendar) for facts in people])
    assert len(matched) == len(people)
    explained_of = {
        id(facts): [assess_trial(trial, facts, calendar, vocabulary) for trial in trials] for facts in people
    }
    for facts, found in zip(people, matched, strict=True):
        for number, explained in enumerate(explained_of[id(facts)]):
            flags = [flag_of(one) for one in explained.criteria]
            assert matcher.criteria_of(found, number).tolist() == flags
            assert VERDICTS[found.verdicts[number]] is explained.verdict
            assert found.fails[number] == Counter(flags)[int(FAILS)]
            assert found.unknown[number] == Counter(flags)[int(UNKNOWN)]


@law
@given(trials=catalogues(), people=st.lists(patients(), min_size=1, max_size=4))
def test_patients_matched_together_get_what_each_would_alone(
    trials: list[TrialRules], people: list[Any], vocabulary: Vocabulary
) -> None:
    known = [facts for patient in people if (facts := facts_or_none(patient, vocabulary)) is not None]
    agree(BulkMatcher.of(trials, vocabulary), trials, known, vocabulary)


def test_there_is_room_for_more_patients_than_a_word_has_bits(vocabulary: Vocabulary) -> None:
    trials = [
        TrialRules(f"trial-{size}", tuple(inclusion(aged(place % 100), key=f"inc-{place}") for place in range(size)))
        for size in (0, 1, 3, 9, 70, 300)
    ]
    matcher = BulkMatcher.of(trials, vocabulary)
    kinds = [facts_of(vocabulary), *(facts_of(vocabulary, age_years=years) for years in (10, 21, 60, 99))]
    agree(matcher, trials, kinds, vocabulary)
    people = [Situation.now(facts, Calendar(TODAY)) for facts in kinds] * 26
    alone = [matcher.match(situation) for situation in people[: len(kinds)]] * 26
    for count in (0, 1, 2, 8, 9, 17, 33, 64, 65, 130):
        together = matcher.match_many(people[:count])
        assert len(together) == count
        for one, found in zip(alone, together, strict=False):
            assert found.criteria.tolist() == one.criteria.tolist()
            assert found.verdicts.tolist() == one.verdicts.tolist()
            assert found.fails.tolist() == one.fails.tolist()
            assert found.unknown.tolist() == one.unknown.tolist()


def aged(years: int) -> Any:
    return EXPRESSIONS.validate_python({"kind": "age", "min_years": years})


def test_a_trial_is_as_good_for_a_patient_as_its_best_arm(vocabulary: Vocabulary) -> None:
    old, young = ({"kind": "age", "min_years": 60}, {"kind": "age", "max_years": 40})
    criteria = tuple(
        inclusion(EXPRESSIONS.validate_python(node), key=arm, scope=Scope(arms=(arm,)))
        for arm, node in zip(ARMS, (old, young), strict=True)
    )
    matcher = BulkMatcher.of([TrialRules("one", criteria, arms=ARMS)], vocabulary)
    ages = (20, 50, 70)
    people = [Situation.now(facts_of(vocabulary, age_years=age), Calendar(TODAY)) for age in ages]
    verdicts = [VERDICTS[found.verdicts[0]] for found in matcher.match_many(people)]
    assert verdicts == [TrialVerdict.ELIGIBLE, TrialVerdict.INELIGIBLE, TrialVerdict.ELIGIBLE]


small = st.integers(1, 70).flatmap(
    lambda width: st.lists(
        st.lists(st.sampled_from([-1, 0, 1]), min_size=width, max_size=width), min_size=1, max_size=9
    )
)


@given(verdicts=small, needed=st.integers(1, 9))
def test_bits_count_as_verdicts_do(verdicts: list[list[int]], needed: int) -> None:
    made = np.array(verdicts, dtype=np.int8)
    planes = packed(made)
    branches = [planes[place : place + 1] for place in range(len(made))]
    needed = min(needed, len(made))
    surely, maybe = (made == 1).sum(axis=0), (made >= 0).sum(axis=0)
    reached = at_least(needed, branches)
    digits = counted(branches)
    for plane, counts in enumerate((surely, maybe)):
        assert unpacked(reached[:, plane], made.shape[1])[:, 0].tolist() == (counts >= needed).tolist()
        bits = [unpacked(digit[:, plane], made.shape[1])[:, 0] for digit in digits]
        assert np.dot(2 ** np.arange(len(bits)), bits).tolist() == counts.tolist()
        for patient in range(made.shape[1]):
            assert bits_of(planes, patient)[:, plane].tolist() == ((made[:, patient] + plane) > 0).tolist()
