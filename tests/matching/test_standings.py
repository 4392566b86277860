"""Whether trials are all explained, or only some of many, a match says the same."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic_core import from_json

from app.catalogue.queries import Catalogue
from app.matching import standings
from app.matching.compiled import CompiledCatalogue
from app.matching.matcher import Matcher
from app.matching.request import MatchRequest
from app.vocabulary.faults import Refused
from app.vocabulary.terms import Vocabulary
from tests.eligibility.patient_strategies import facts_or_none, patients
from tests.eligibility.patients import TODAY
from tests.factories import a_criterion, a_trial, at_least
from tests.matching.conftest import Store, scoped_trial

OTHER_DAYS = ["2026-11-22", "2027-02-28", "2027-09-01", "2031-01-01"]
UNKNOWN = {"code": "hemoglobin", "value": 101, "unit": "g/L", "date": "2026-11-20"}


@pytest.fixture(scope="module")
def matcher(full_catalogue: Catalogue, vocabulary: Vocabulary) -> Iterator[Matcher]:
    with (
        closing(CompiledCatalogue(full_catalogue, vocabulary)) as compiled,
        closing(Matcher(full_catalogue, compiled, vocabulary)) as matcher,
    ):
        yield matcher


def matched(matcher: Matcher, patient: dict[str, Any], **asked: Any) -> dict[str, Any]:
    request = MatchRequest.model_validate({"patient": patient, **asked})
    answer: dict[str, Any] = from_json(asyncio.run(matcher.match(request, TODAY)))
    return answer


def matched_in_bulk(matcher: Matcher, patient: dict[str, Any], **asked: Any) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(standings, "MOST_EXPLAINED", 0)
        return matched(matcher, patient, **asked)


ASKED: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "limit": st.sampled_from([1, 7, 100]),
        "offset": st.sampled_from([0, 0, 5]),
        "trials": st.sampled_from([{}, {"sex": ["male"]}, {"status": ["recruiting", "completed"]}]),
    },
    optional={
        "what_if": st.one_of(st.just({"observations": [UNKNOWN]}), patients()),
        "compare_with": st.sampled_from(OTHER_DAYS).map(lambda day: {"as_of": day}),
    },
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
@given(patient=patients(), asked=ASKED)
def test_any_match_is_the_same_in_bulk(
    matcher: Matcher, vocabulary: Vocabulary, patient: dict[str, Any], asked: dict[str, Any]
):
    assume(facts_or_none(patient, vocabulary) is not None)
    try:
        expected = matched(matcher, patient, **asked)
    except Refused:
        assume(False)
    assert matched_in_bulk(matcher, patient, **asked) == expected


def test_answers_and_other_revisions_count_in_bulk_too(catalogue: Catalogue, store: Store, vocabulary: Vocabulary):
    judgement = {"kind": "judgement", "text": "fit for surgery"}
    haemoglobin = a_criterion("inc-2", expression=at_least("hemoglobin", 80, "g/L"))
    store(a_trial(id="a-trial", criteria=[a_criterion("inc-1", expression=judgement), haemoglobin]), scoped_trial())
    store(a_trial(id="a-trial", criteria=[a_criterion("inc-1", expression=judgement)]))
    asked: dict[str, Any] = {
        "patient": {"sex": "male", "conditions": [{"code": "sle"}]},
        "answers": [
            {"trial": "a-trial", "criterion": "inc-1", "revision": revision, "answer": answer}
            for revision, answer in ((1, "fails"), (2, "passes"))
        ],
        "compare_with": {"as_of": "2027-02-28", "revisions": {"a-trial": 1}},
        "include": ["criteria"],
    }
    with (
        closing(CompiledCatalogue(catalogue, vocabulary)) as compiled,
        closing(Matcher(catalogue, compiled, vocabulary)) as matcher,
    ):
        expected = matched(matcher, **asked)
        assert matched_in_bulk(matcher, **asked) == expected
    assert expected["results"][0]["criteria"][0]["answered"]
    assert expected["changes"] == [
        {
            "trial": "a-trial",
            "from": "eligible",
            "to": "ineligible",
            "criteria": [
                {"criterion": "inc-1", "from": "passes", "to": "fails"},
                {"criterion": "inc-2", "from": None, "to": "unknown"},
            ],
        }
    ]


def test_of_very_many_trials_the_best_prospects_have_decisive_facts(matcher: Matcher, monkeypatch: pytest.MonkeyPatch):
    whole = matched(matcher, {}, limit=100)
    monkeypatch.setattr("app.matching.matcher.MOST_CRITERIA", 40)
    few = matched(matcher, {}, limit=100)
    [warning] = few["warnings"]
    assert warning["code"] == "decisive_facts_bounded"
    told = {trial for fact in few["decisive_facts"] for trial in fact["trials"]}
    undetermined = [one["trial"]["id"] for one in whole["results"] if one["verdict"] == "undetermined"]
    assert told <= set(undetermined[: int(warning["text"].split("the ")[-1].split()[0])])
    monkeypatch.setattr("app.matching.matcher.MOST_TRIALS", 1)
    assert "of the 1 best" in matched(matcher, {})["warnings"][0]["text"]
    assert not whole["warnings"]
