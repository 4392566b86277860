"""One criterion: passes and fails free of polarity, what people decide, and what does not apply."""

import pytest

from app.eligibility.criteria import Expression
from app.vocabulary.enumerations import Outcome
from tests.eligibility.asking import Told, exclusion, expression, inclusion, stand

JUDGED = {"kind": "judgement", "text": "is fit for the study"}
PROMISED = {"kind": "undertaking", "text": "comes to the visits"}
FEMALE = {"kind": "sex", "sex": "female"}
ADULT = {"kind": "age", "min_years": 18}
PREGNANT = {"kind": "reproductive", "state": "pregnant"}
CONTRACEPTION = {"kind": "reproductive", "state": "contraception"}
GROWN: Told = {"age_years": 40}
CHILD: Told = {"age_years": 10}


@pytest.mark.parametrize(
    ("told", "as_inclusion", "as_exclusion"),
    [(GROWN, "passes", "fails"), (CHILD, "fails", "passes"), ({}, "unknown", "unknown")],
)
def test_passes_and_fails_are_free_of_polarity(vocabulary, told, as_inclusion, as_exclusion):
    node = expression(**ADULT)
    assert stand(vocabulary, inclusion(node), **told).outcome == as_inclusion
    assert stand(vocabulary, exclusion(node), **told).outcome == as_exclusion


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        ({"sex": "male"}, "not_applicable"),
        ({"sex": "female"}, "unknown"),
        ({"sex": "female", "reproductive": {"contraception": False}}, "passes"),
        ({"sex": "female", "reproductive": {"contraception": True}}, "fails"),
        # whether it applies is unknown: it passes only if it would pass either way
        ({"reproductive": {"contraception": False}}, "passes"),
        ({"reproductive": {"contraception": True}}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_not_applicable_is_not_a_pass(vocabulary, told, outcome):
    node = expression(kind="only_if", condition=FEMALE, then=CONTRACEPTION)
    finding = stand(vocabulary, exclusion(node), **told)
    assert finding.outcome == outcome
    assert bool(finding.reasons) is (outcome == "unknown")


def all_of(*of: Told) -> Expression:
    return expression(kind="all_of", of=list(of))


def any_of(*of: Told) -> Expression:
    return expression(kind="any_of", of=list(of))


# inclusion: what the data say, then the outcome, whether only people are still to be asked, and with their answers
@pytest.mark.parametrize(
    ("node", "told", "outcome", "to_confirm", "if_passes", "if_fails"),
    [
        (expression(**JUDGED), {}, "unknown", True, "passes", "fails"),
        (all_of(JUDGED, PROMISED), {}, "unknown", True, "passes", "fails"),
        (all_of(ADULT, JUDGED), GROWN, "unknown", True, "passes", "fails"),
        (all_of(ADULT, JUDGED), CHILD, "fails", False, "fails", "fails"),
        # the data part is unknown: a judgement does not rescue it
        (all_of(ADULT, JUDGED), {}, "unknown", False, "unknown", "fails"),
        # only the judgement could turn a data part that fails or is unknown
        (any_of(ADULT, JUDGED), CHILD, "unknown", False, "passes", "fails"),
        (any_of(ADULT, JUDGED), {}, "unknown", False, "passes", "unknown"),
        (any_of(ADULT, JUDGED), GROWN, "passes", False, "passes", "passes"),
        (expression(kind="not", of=JUDGED), {}, "unknown", True, "passes", "fails"),
        # for women only
        (
            expression(kind="only_if", condition=FEMALE, then=PROMISED),
            {"sex": "female"},
            "unknown",
            True,
            "passes",
            "fails",
        ),
        (expression(kind="only_if", condition=FEMALE, then=PROMISED), {}, "unknown", True, "passes", "fails"),
        (
            expression(kind="only_if", condition=FEMALE, then=PROMISED),
            {"sex": "male"},
            "not_applicable",
            False,
            "not_applicable",
            "not_applicable",
        ),
        # a judgement of whether it applies
        (expression(kind="only_if", condition=JUDGED, then=ADULT), GROWN, "passes", False, "passes", "passes"),
        (expression(kind="only_if", condition=JUDGED, then=ADULT), CHILD, "unknown", False, "unknown", "unknown"),
    ],
)
def test_a_judgement_does_not_rescue_and_an_answer_never_counts_against_the_data(
    vocabulary, node, told, outcome, to_confirm, if_passes, if_fails
):
    finding = stand(vocabulary, inclusion(node), **told)
    assert (finding.outcome, finding.to_confirm, finding.answered) == (outcome, to_confirm, False)
    for answer, expected in ((Outcome.PASSES, if_passes), (Outcome.FAILS, if_fails)):
        answered = stand(vocabulary, inclusion(node), answer=answer, **told)
        assert answered.outcome == expected
        assert answered.answered is (outcome == "unknown" and expected != "unknown")
        assert not answered.to_confirm


def test_an_answer_to_an_exclusion_says_whether_the_patient_passes(vocabulary):
    rule = exclusion(any_of(JUDGED, PREGNANT))
    told: Told = {"reproductive": {"pregnant": False}}
    assert stand(vocabulary, rule, **told).to_confirm
    assert stand(vocabulary, rule, answer=Outcome.PASSES, **told).outcome == "passes"
    assert stand(vocabulary, rule, answer=Outcome.FAILS, **told).outcome == "fails"
    pregnant: Told = {"reproductive": {"pregnant": True}}
    assert stand(vocabulary, rule, answer=Outcome.PASSES, **pregnant).outcome == "fails"


def test_a_person_can_be_exempt_of_what_people_decide_but_not_of_the_data(vocabulary):
    rule = inclusion(all_of(ADULT, JUDGED))
    assert stand(vocabulary, rule, answer=Outcome.NOT_APPLICABLE, **GROWN).outcome == "not_applicable"
    assert stand(vocabulary, rule, answer=Outcome.NOT_APPLICABLE, **CHILD).outcome == "fails"
    assert stand(vocabulary, rule, answer=Outcome.NOT_APPLICABLE).outcome == "unknown"


def test_text_that_nobody_put_into_an_expression_is_unknown_until_a_person_answers(vocabulary):
    rule = inclusion(None)
    finding = stand(vocabulary, rule, **GROWN)
    assert (finding.outcome, finding.reasons, finding.to_confirm) == ("unknown", ("unstructured",), False)
    for answer in (Outcome.PASSES, Outcome.FAILS, Outcome.NOT_APPLICABLE):
        finding = stand(vocabulary, rule, answer=answer)
        assert (finding.outcome, finding.answered, finding.reasons) == (answer, True, ())


def test_a_criterion_says_whether_it_asks_people():
    assert inclusion(all_of(ADULT, expression(kind="not", of=JUDGED).model_dump())).asks_people
    assert inclusion(None).asks_people
    assert not inclusion(expression(**ADULT)).asks_people


@pytest.mark.parametrize(
    ("rule", "told", "permanent"),
    [
        (inclusion(expression(**FEMALE)), {"sex": "male"}, True),
        (inclusion(expression(**FEMALE)), {"sex": "female"}, True),
        (inclusion(expression(kind="age", max_years=65)), {"age_years": 70}, True),
        (inclusion(expression(kind="age", max_years=65)), {"age_years": 20}, False),
        (inclusion(expression(**ADULT)), GROWN, True),
        (inclusion(expression(**ADULT)), CHILD, False),
        (inclusion(expression(**ADULT)), {}, None),
        # one part that cannot change is enough to fail for good
        (inclusion(all_of(FEMALE, ADULT)), {"sex": "male"} | CHILD, True),
        (inclusion(any_of(FEMALE, ADULT)), {"sex": "male"} | CHILD, False),
        (exclusion(expression(**PREGNANT)), {"reproductive": {"pregnant": True}}, False),
        (exclusion(expression(**PREGNANT)), {"sex": "male"}, True),
    ],
)
def test_what_cannot_change_is_permanent(vocabulary, rule, told, permanent):
    assert stand(vocabulary, rule, **told).permanent is permanent
