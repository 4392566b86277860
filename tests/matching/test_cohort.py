"""A cohort's answer is what a match of each patient says, without the explanation."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import from_json

from app.catalogue.answers import Candidates
from app.catalogue.filters import TrialFilters
from app.catalogue.queries import Catalogue
from app.eligibility.patient import Patient
from app.matching.cohort import MOST_PATIENTS, Cohort, CohortMatcher, CohortPatient, CohortPatients, CohortQuery
from app.matching.compiled import CompiledCatalogue
from app.matching.matcher import Matcher
from app.matching.request import MatchRequest
from app.vocabulary.faults import Refused
from app.vocabulary.terms import Vocabulary
from tests.eligibility.patient_strategies import facts_or_none, patients
from tests.eligibility.patients import TODAY
from tests.factories import a_criterion, a_trial, at_least
from tests.matching.conftest import Store

LUPUS = {"conditions": [{"code": "sle"}], "reviewed": ["conditions"]}


@pytest.fixture(scope="module")
def cohort(full_catalogue: Catalogue, vocabulary: Vocabulary) -> Cohort:
    return a_cohort(full_catalogue, vocabulary, limit="100")


@pytest.fixture(scope="module")
def few(full_catalogue: Catalogue, vocabulary: Vocabulary) -> Cohort:
    return a_cohort(full_catalogue, vocabulary, limit="4")


@pytest.fixture(scope="module")
def matcher(full_catalogue: Catalogue, vocabulary: Vocabulary) -> Iterator[Matcher]:
    with (
        closing(CompiledCatalogue(full_catalogue, vocabulary)) as compiled,
        closing(Matcher(full_catalogue, compiled, vocabulary)) as matcher,
    ):
        yield matcher


def a_cohort(catalogue: Catalogue, vocabulary: Vocabulary, today: date = TODAY, **query: Any) -> Cohort:
    with (
        closing(CompiledCatalogue(catalogue, vocabulary)) as compiled,
        closing(CohortMatcher(compiled, vocabulary)) as cohorts,
    ):
        return asyncio.run(cohorts.cohort(CohortQuery(**query), today))


def answer(cohort: Cohort, **patient: Any) -> dict[str, Any]:
    [found] = cohort.answers([cohort.read(Patient.model_validate(patient))])
    return found


def ids(found: dict[str, Any]) -> list[str]:
    return [result["trial"]["id"] for result in found["results"]]


def by_match(matcher: Matcher, patient: dict[str, Any], **asked: Any) -> dict[str, Any]:
    request = MatchRequest.model_validate({"patient": patient, "limit": 100, **asked})
    answer: dict[str, Any] = from_json(asyncio.run(matcher.match(request, TODAY)))
    return answer


def without_explanation(result: dict[str, Any]) -> dict[str, Any]:
    blocking = [one["criterion"] for one in result["blocking"]]
    return {name: result[name] for name in ("trial", "verdict", "counts")} | {"blocking": blocking}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(patient=patients())
def test_each_patient_gets_what_a_match_of_one_says(
    cohort: Cohort, matcher: Matcher, vocabulary: Vocabulary, patient: dict[str, Any]
):
    assume(facts_or_none(patient, vocabulary) is not None)
    found, matched = answer(cohort, **patient), by_match(matcher, patient)
    assert found["results"] == [without_explanation(result) for result in matched["results"]]
    assert {verdict: count for verdict, count in found["verdicts"].items() if count} == Counter(
        result["verdict"] for result in matched["results"]
    )
    for name in ("as_of", "catalogue_revision", "evaluator", "notice", "total", "warnings"):
        assert found[name] == matched[name]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=st.lists(patients(), min_size=2, max_size=5))
def test_patients_answered_together_get_what_each_gets_alone(
    cohort: Cohort, few: Cohort, vocabulary: Vocabulary, people: list[dict[str, Any]]
):
    known = [patient for patient in people if facts_or_none(patient, vocabulary) is not None]
    alone = [answer(cohort, **patient) for patient in known]
    together = [cohort.read(Patient.model_validate(patient)) for patient in known]
    assert cohort.answers(together) == alone
    assert few.answers(together) == [found | {"results": found["results"][:4]} for found in alone]


def test_someone_may_fit_one_arm_and_level_and_not_another(cohort: Cohort):
    haemoglobin = {"code": "hemoglobin", "value": 90, "unit": "g/L", "date": "2026-11-20"}
    found = answer(cohort, age_years=50, sex="female", observations=[haemoglobin], **LUPUS)
    result = next(result for result in found["results"] if result["trial"]["id"] == "scoped-trial")
    assert result["verdict"] == "eligible", "in the second arm, at the first level"
    assert result["blocking"] == ["inc-1", "inc-2"]


def test_an_arm_of_which_nothing_is_asked_is_open_to_question(cohort: Cohort):
    verdicts = {}
    for sex in ("female", "male"):
        [verdicts[sex]] = [
            result["verdict"]
            for result in answer(cohort, sex=sex)["results"]
            if result["trial"]["id"] == "half-scoped-trial"
        ]
    assert verdicts == {"female": "eligible", "male": "undetermined"}


def test_only_the_best_prospects_are_told_and_all_are_counted(cohort: Cohort, few: Cohort):
    everything, best = answer(cohort, **LUPUS), answer(few, **LUPUS)
    assert best["results"] == everything["results"][:4]
    assert best["verdicts"] == everything["verdicts"]
    assert best["total"] == everything["total"] == sum(best["verdicts"].values())


def test_filters_leave_trials_out(cohort: Cohort, matcher: Matcher, full_catalogue: Catalogue, vocabulary: Vocabulary):
    asked: dict[str, Any] = {"status": ["recruiting"], "condition": ["sle"]}
    filtered = answer(a_cohort(full_catalogue, vocabulary, limit="100", **asked), **LUPUS)
    assert 0 < filtered["total"] < answer(cohort, **LUPUS)["total"]
    assert ids(filtered) == ids(by_match(matcher, LUPUS, trials=asked))


def test_no_trial_is_an_answer(catalogue: Catalogue, store: Store, vocabulary: Vocabulary):
    nothing = answer(a_cohort(catalogue, vocabulary), **LUPUS)
    assert nothing["total"] == 0
    assert nothing["results"] == []
    assert set(nothing["verdicts"].values()) == {0}
    store(a_trial(id="a-trial"))
    assert answer(a_cohort(catalogue, vocabulary, status=["completed"]))["results"] == []


def test_a_filter_at_fault_is_refused(full_catalogue: Catalogue, vocabulary: Vocabulary):
    with pytest.raises(Refused) as refused:
        a_cohort(full_catalogue, vocabulary, condition=["lupsu"])
    assert [fault.parameter for fault in refused.value.faults] == ["condition"]


def test_the_day_is_the_one_asked_for_or_today(catalogue: Catalogue, store: Store, vocabulary: Vocabulary):
    store(a_trial(id="a-trial", criteria=[a_criterion("inc-1", expression={"kind": "age", "min_years": 18})]))
    born = {"birth_date": "2008-11-22"}
    assert answer(a_cohort(catalogue, vocabulary), **born)["results"][0]["blocking"] == ["inc-1"]
    tomorrow = answer(a_cohort(catalogue, vocabulary, as_of="2026-11-22"), **born)
    assert tomorrow["as_of"] == "2026-11-22"
    assert tomorrow["results"][0]["verdict"] == "eligible"


def test_faults_lead_into_the_line(cohort: Cohort):
    with pytest.raises(Refused) as refused:
        answer(cohort, observations=[{"code": "hemoglobn", "value": 9, "unit": "g/dL"}])
    assert [(fault.code, fault.pointer) for fault in refused.value.faults] == [
        ("unknown_code", "/patient/observations/0/code")
    ]


def test_a_cohort_is_laid_against_one_revision(catalogue: Catalogue, store: Store, vocabulary: Vocabulary):
    store(a_trial(id="a-trial"))
    cohort = a_cohort(catalogue, vocabulary)
    store(a_trial(id="b-trial", criteria=[a_criterion("inc-1", expression=at_least("sledai_2k", 6))]))
    assert ids(answer(cohort)) == ["a-trial"]
    assert answer(cohort)["catalogue_revision"] == 1
    assert ids(answer(a_cohort(catalogue, vocabulary))) == ["b-trial", "a-trial"]


def test_a_trial_that_comes_while_the_filters_are_asked_is_compiled(
    catalogue: Catalogue, store: Store, vocabulary: Vocabulary, monkeypatch
):
    store(a_trial(id="a-trial"))
    with closing(CompiledCatalogue(catalogue, vocabulary)) as compiled:
        find = catalogue.candidate_ids
        written: list[str] = []

        async def find_and_write(filters: TrialFilters) -> Candidates:
            found = await find(filters)
            if not written:
                written.append("b-trial")
                store(a_trial(id="b-trial"))
            return found

        monkeypatch.setattr(catalogue, "candidate_ids", find_and_write)
        with closing(CohortMatcher(compiled, vocabulary)) as cohorts:
            cohort = asyncio.run(cohorts.cohort(CohortQuery(), TODAY))
    assert ids(answer(cohort)) == ["a-trial", "b-trial"]


@pytest.mark.parametrize("pseudonym", ["", "x" * 201, 7, None])
def test_a_pseudonym_is_text_of_at_most_200_characters(pseudonym: object):
    with pytest.raises(ValidationError):
        CohortPatient.model_validate({"id": pseudonym, "patient": {}})
    assert CohortPatient.model_validate({"id": "x" * 200, "patient": {}}).id == "x" * 200


def test_one_body_holds_up_to_a_thousand_patients():
    patient = {"id": "p", "patient": {}}
    assert len(CohortPatients.model_validate({"patients": [patient] * MOST_PATIENTS}).patients) == MOST_PATIENTS
    with pytest.raises(ValidationError):
        CohortPatients.model_validate({"patients": [patient] * (MOST_PATIENTS + 1)})
