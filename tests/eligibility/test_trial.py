"""A trial's verdict, what it rests on, and its groups. The day is 21 November 2026."""

import pytest

from app.eligibility.criteria import Expression
from app.eligibility.trial import missing_facts, rests_on
from app.vocabulary.enumerations import Outcome, Reason
from tests.eligibility.asking import Told, exclusion, expression, inclusion, match, within

ADULT = expression(kind="age", min_years=18)
FEMALE = expression(kind="sex", sex="female")
PREGNANT = expression(kind="reproductive", state="pregnant")
JUDGED = expression(kind="judgement", text="is fit for the study")
SLE = expression(kind="condition", code="sle")


def hemoglobin(value: int) -> Expression:
    threshold = {"comparator": "ge", "value": value, "unit": "g/L"}
    return expression(kind="observation", code="hemoglobin", threshold=threshold)


@pytest.mark.parametrize(
    ("criteria", "told", "verdict"),
    [
        ([inclusion(ADULT)], {"age_years": 40}, "eligible"),
        ([inclusion(ADULT)], {"age_years": 10}, "ineligible"),
        ([inclusion(ADULT)], {}, "undetermined"),
        ([inclusion(ADULT), exclusion(PREGNANT)], {"age_years": 40}, "undetermined"),
        ([inclusion(ADULT), exclusion(PREGNANT)], {"age_years": 10}, "ineligible"),
        # what only people decide is to be confirmed, and does not stand in the way
        ([inclusion(ADULT), inclusion(JUDGED, "inc-2")], {"age_years": 40}, "eligible"),
        # but something must pass
        ([inclusion(JUDGED)], {"age_years": 40}, "undetermined"),
        (
            [inclusion(expression(kind="only_if", condition=FEMALE.model_dump(), then=ADULT.model_dump()))],
            {"sex": "male"},
            "undetermined",
        ),
        # text that nobody put into an expression
        ([inclusion(ADULT), exclusion(None)], {"age_years": 40}, "undetermined"),
        ([inclusion(ADULT), exclusion(None)], {"age_years": 10}, "ineligible"),
        ([], {"age_years": 40}, "not_assessable"),
    ],
)
def test_the_four_verdicts(vocabulary, criteria, told, verdict):
    assert match(vocabulary, *criteria, **told).verdict == verdict


@pytest.mark.parametrize(
    ("stated", "criteria", "incomplete", "verdict"),
    [
        ({}, [inclusion(ADULT)], (), "eligible"),
        ({"exclusions_stated": False}, [inclusion(ADULT)], ("exclusions_missing",), "undetermined"),
        ({"inclusions_stated": False}, [inclusion(ADULT)], ("inclusions_missing",), "undetermined"),
        ({}, [inclusion(ADULT), exclusion(None)], ("unstructured",), "undetermined"),
        (
            {"exclusions_stated": False, "inclusions_stated": False},
            [],
            ("inclusions_missing", "exclusions_missing"),
            "not_assessable",
        ),
    ],
)
def test_criteria_that_are_known_to_be_incomplete_make_nobody_eligible(
    vocabulary, stated, criteria, incomplete, verdict
):
    finding = match(vocabulary, *criteria, trial=stated, age_years=40)
    assert (finding.incomplete, finding.verdict) == (incomplete, verdict)


def test_an_answer_to_unstructured_text_completes_the_criteria(vocabulary):
    criteria = [inclusion(ADULT), exclusion(None)]
    finding = match(vocabulary, *criteria, answers={"exc-1": Outcome.PASSES}, age_years=40)
    assert (finding.incomplete, finding.verdict) == ((), "eligible")
    finding = match(vocabulary, *criteria, answers={"exc-1": Outcome.FAILS}, age_years=40)
    assert (finding.incomplete, finding.verdict) == ((), "ineligible")


def test_all_failures_are_listed_and_the_verdict_says_on_what_it_rests(vocabulary):
    criteria = [inclusion(ADULT), inclusion(FEMALE, "inc-2"), inclusion(SLE, "inc-3"), exclusion(PREGNANT)]
    finding = match(vocabulary, *criteria, age_years=10, sex="male")
    assert [(one.key, str(one.outcome)) for one in finding.criteria] == [
        ("inc-1", "fails"),
        ("inc-2", "fails"),
        ("inc-3", "unknown"),
        ("exc-1", "passes"),
    ]
    assert rests_on(finding.criteria) == 3
    assert finding.groups[0].failing == ("inc-1", "inc-2")


def test_missing_facts_are_listed_once_with_the_criteria_that_wait_for_them(vocabulary):
    criteria = [
        inclusion(hemoglobin(80)),
        inclusion(hemoglobin(100), "inc-2"),
        inclusion(SLE, "inc-3"),
        inclusion(JUDGED, "inc-4"),
        exclusion(expression(kind="any_of", of=[PREGNANT.model_dump(), JUDGED.model_dump()])),
    ]
    missing = missing_facts(match(vocabulary, *criteria).criteria)
    assert [(fact.fact, fact.kind, fact.reason, keys) for fact, keys in missing.items()] == [
        ("hemoglobin", "observation", Reason.MISSING, ("inc-1", "inc-2")),
        ("sle", "condition", Reason.MISSING, ("inc-3",)),
        ("pregnant", "reproductive", Reason.MISSING, ("exc-1",)),
    ]


def test_a_fact_of_a_decided_criterion_is_not_missing(vocabulary):
    either = expression(kind="any_of", of=[ADULT.model_dump(), hemoglobin(80).model_dump()])
    assert missing_facts(match(vocabulary, inclusion(either), age_years=40).criteria) == {}


class Scope:
    """To whom a criterion applies."""

    def __init__(self, conditions: tuple[str, ...] = (), arms: tuple[str, ...] = (), levels: tuple[int, ...] = ()):
        self.conditions, self.arms, self.levels = conditions, arms, levels


@pytest.mark.parametrize(
    ("conditions", "outcome"),
    [
        ([{"code": "lupus_nephritis"}], "fails"),
        ([{"code": "sle", "status": "remission"}], "fails"),
        ([{"code": "vasculitis"}], "not_applicable"),
        ([{"code": "sle", "status": "resolved"}], "not_applicable"),
    ],
)
def test_a_criterion_of_one_disease_of_a_basket_is_asked_of_people_who_have_it(vocabulary, conditions, outcome):
    rule = inclusion(hemoglobin(100), scope=Scope(conditions=("sle",)))
    told: Told = {"observations": [{"code": "hemoglobin", "value": 90, "unit": "g/L"}]}
    finding = match(vocabulary, rule, conditions=conditions, reviewed=["conditions"], **told)
    assert finding.criteria[0].outcome == outcome


def test_where_the_disease_is_unknown_a_scoped_criterion_passes_only_if_it_would_either_way(vocabulary):
    rule = inclusion(hemoglobin(100), scope=Scope(conditions=("sle", "vasculitis")))
    for value, outcome in ((90, "unknown"), (110, "passes")):
        told: Told = {"observations": [{"code": "hemoglobin", "value": value, "unit": "g/L"}]}
        assert match(vocabulary, rule, **told).criteria[0].outcome == outcome


def test_the_answer_names_which_of_a_baskets_diseases_the_patient_has(vocabulary):
    trial = {"conditions": ("sle", "vasculitis")}
    told: Told = {"conditions": [{"code": "sle"}], "reviewed": ["conditions"], "age_years": 40}
    finding = match(vocabulary, inclusion(ADULT), trial=trial, **told)
    assert [(code, verdict.name) for code, verdict in finding.diseases] == [("sle", "YES"), ("vasculitis", "NO")]


def test_a_failure_in_one_arm_leaves_the_other_arm_open(vocabulary):
    criteria = [
        inclusion(ADULT),
        inclusion(hemoglobin(100), "inc-2", scope=Scope(arms=("arm-1",))),
        inclusion(hemoglobin(80), "inc-3", scope=Scope(arms=("arm-2",))),
    ]
    trial = {"arms": ("arm-1", "arm-2")}
    for value, verdict, by_arm in (
        (110, "eligible", ["eligible", "eligible"]),
        (90, "eligible", ["ineligible", "eligible"]),
        (70, "ineligible", ["ineligible", "ineligible"]),
    ):
        told: Told = {"observations": [{"code": "hemoglobin", "value": value, "unit": "g/L"}], "age_years": 40}
        finding = match(vocabulary, *criteria, trial=trial, **told)
        assert finding.verdict == verdict
        assert [str(group.verdict) for group in finding.groups] == by_arm
    assert [(group.arm, group.level, group.failing) for group in finding.groups] == [
        ("arm-1", None, ("inc-2",)),
        ("arm-2", None, ("inc-3",)),
    ]


def test_a_failure_at_one_dose_level_leaves_the_others_open(vocabulary):
    criteria = [inclusion(ADULT), inclusion(hemoglobin(100), "inc-2", scope=Scope(levels=(2, 3)))]
    told: Told = {"observations": [{"code": "hemoglobin", "value": 90, "unit": "g/L"}], "age_years": 40}
    finding = match(vocabulary, *criteria, trial={"levels": (1, 2, 3)}, **told)
    assert finding.verdict == "eligible"
    assert [(group.level, str(group.verdict)) for group in finding.groups] == [
        (1, "eligible"),
        (2, "ineligible"),
        (3, "ineligible"),
    ]


def test_an_arm_opens_when_its_own_washout_has_lapsed(vocabulary):
    def washout(months: int) -> Expression:
        return expression(kind="therapy", agents=["rituximab"], window=within(months, "months"))

    criteria = [
        inclusion(ADULT),
        exclusion(washout(12), scope=Scope(arms=("arm-1",))),
        exclusion(washout(6), "exc-2", scope=Scope(arms=("arm-2",))),
    ]
    told: Told = {"therapies": [{"agent": "rituximab", "end": "2026-07-15"}], "age_years": 40}
    finding = match(vocabulary, *criteria, trial={"arms": ("arm-1", "arm-2")}, **told)
    assert (str(finding.verdict), str(finding.eligible_from)) == ("ineligible", "2027-01-16")


def test_a_trial_stays_open_as_long_as_an_arm_that_is_open(vocabulary):
    def at_most(years: int) -> Expression:
        return expression(kind="age", max_years=years)

    criteria = [
        inclusion(at_most(50), scope=Scope(arms=("arm-1",))),
        inclusion(at_most(60), "inc-2", scope=Scope(arms=("arm-2",))),
        inclusion(hemoglobin(100), "inc-3", scope=Scope(arms=("arm-3",))),
    ]
    told: Told = {"observations": [{"code": "hemoglobin", "value": 90, "unit": "g/L"}], "birth_date": "1980-06-01"}
    finding = match(vocabulary, *criteria, trial={"arms": ("arm-1", "arm-2", "arm-3")}, **told)
    assert (str(finding.verdict), str(finding.eligible_until)) == ("eligible", "2041-05-31")
