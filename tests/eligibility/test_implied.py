"""What statements imply of others: it is filled in where nothing was stated, and refused where it is denied."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import Sex
from tests.eligibility.asking import ask, expression, verdict
from tests.eligibility.patient_strategies import facts_or_none
from tests.eligibility.patients import facts_of, faults_of, places

CHILDBEARING = expression(kind="reproductive", state="childbearing_potential")
PREGNANT = expression(kind="reproductive", state="pregnant")
HIV = expression(kind="observation", code="hiv", finding="positive")
PREGNANCY_TEST = expression(kind="observation", code="pregnancy_test", finding="negative")

# What is on record, whether it ends childbearing potential by 21 November 2026, and whether it denies it.
ENDS = [
    ({"events": [{"code": "hysterectomy"}]}, "no", True),
    ({"events": [{"code": "bilateral_oophorectomy", "date": "2026-11-20"}]}, "no", True),
    ({"events": [{"code": "hysterectomy", "planned": True}]}, "unknown: missing", False),
    ({"events": [{"code": "hysterectomy", "occurred": False}]}, "unknown: missing", False),
    ({"events": [{"code": "menopause", "date": "2025-11-21"}]}, "no", True),
    ({"events": [{"code": "menopause", "date": "2025-11-22"}]}, "unknown: missing", False),
    ({"events": [{"code": "menopause", "date": "2025-11"}]}, "unknown: missing", False),
    ({"events": [{"code": "menopause", "date": "2024"}]}, "no", True),
    ({"events": [{"code": "menopause", "start": "2015"}]}, "no", True),
    ({"events": [{"code": "menopause"}]}, "unknown: missing", False),
    ({"conditions": [{"code": "ovarian_failure"}]}, "no", True),
    ({"conditions": [{"code": "ovarian_failure", "status": "resolved"}]}, "unknown: missing", False),
    ({"conditions": [{"code": "ovarian_failure", "until": "2024"}]}, "unknown: missing", False),
    ({"conditions": [{"code": "ovarian_failure", "present": False}]}, "unknown: missing", False),
    ({}, "unknown: missing", False),
]


@pytest.mark.parametrize(("record", "expected", "_denied"), ENDS)
def test_childbearing_potential_has_ended_with_what_ends_it(vocabulary, record, expected, _denied):
    assert verdict(ask(vocabulary, CHILDBEARING, sex="female", **record)) == expected


@pytest.mark.parametrize(("record", "_expected", "denied"), ENDS)
@pytest.mark.parametrize("state", ["childbearing_potential", "pregnant"])
def test_stating_it_beside_what_ends_it_is_refused_by_name(vocabulary, record, _expected, denied, state):
    faults = faults_of(vocabulary, sex="female", reproductive={state: True}, **record)
    (listed,) = record or ["none"]
    assert places(faults) == ([("contradiction", f"/{listed}/0")] if denied else [])
    assert all(f"/reproductive/{state}" in fault.detail for fault in faults)


def test_what_is_stated_stands_whatever_is_not_reviewed(vocabulary):
    for told, expected in ((True, "yes"), (False, "no")):
        assert verdict(ask(vocabulary, CHILDBEARING, reproductive={"childbearing_potential": told})) == expected


def pregnancy_test(value: str, day: str | None = "2026-11-10") -> dict[str, Any]:
    return {"code": "pregnancy_test", "value": value} | ({"date": day} if day else {})


@pytest.mark.parametrize(
    ("told", "tests", "expected"),
    [
        # a positive test of the last 28 days says so where nobody else does
        ({}, [pregnancy_test("positive", "2026-10-24")], "yes"),
        ({}, [pregnancy_test("positive", "2026-10-23")], "unknown: missing"),
        ({}, [pregnancy_test("positive", None)], "unknown: missing"),
        ({}, [pregnancy_test("positive", "2026-11-01"), pregnancy_test("negative", "2026-11-10")], "unknown: missing"),
        ({}, [pregnancy_test("negative")], "unknown: missing"),
        # and disputes the opposite
        ({"pregnant": False}, [pregnancy_test("positive", "2026-10-24")], "unknown: conflicting"),
        ({"pregnant": False}, [pregnancy_test("positive", "2026-10-23")], "no"),
        ({"pregnant": False}, [pregnancy_test("positive", None)], "unknown: conflicting"),
        ({"pregnant": False}, [pregnancy_test("positive"), pregnancy_test("negative")], "unknown: conflicting"),
        ({"pregnant": False}, [pregnancy_test("positive", "2026-11-01"), pregnancy_test("negative")], "no"),
        ({"childbearing_potential": False}, [pregnancy_test("positive")], "unknown: conflicting"),
        ({"pregnant": True}, [pregnancy_test("negative")], "yes"),
    ],
)
def test_a_recent_pregnancy_test_tells_and_disputes(vocabulary, told, tests, expected):
    finding = ask(vocabulary, PREGNANT, sex="female", reproductive=told, observations=tests)
    assert verdict(finding) == expected
    if expected == "yes" and not told:
        assert finding.evidence[0].derivation is not None
        assert verdict(ask(vocabulary, CHILDBEARING, sex="female", observations=tests)) == "yes"
        assert verdict(ask(vocabulary, PREGNANT, observations=tests)) == "unknown: missing"
    if "conflicting" in expected:
        assert {evidence.fact for evidence in finding.evidence} == {"pregnant", "pregnancy_test"}


def test_a_positive_test_disputes_that_she_cannot_become_pregnant(vocabulary):
    told: dict[str, Any] = {"observations": [pregnancy_test("positive")], "events": [{"code": "hysterectomy"}]}
    assert verdict(ask(vocabulary, CHILDBEARING, sex="female", **told)) == "unknown: conflicting"
    assert verdict(ask(vocabulary, PREGNANT, sex="female", **told)) == "unknown: conflicting"


def test_no_test_makes_a_man_pregnant(vocabulary):
    assert verdict(ask(vocabulary, PREGNANT, sex="male", observations=[pregnancy_test("positive")])) == "no"


def test_how_it_follows_is_shown_with_its_source(vocabulary):
    finding = ask(vocabulary, CHILDBEARING, events=[{"code": "hysterectomy", "date": "2019"}])
    (evidence,) = finding.evidence
    assert (evidence.fact, evidence.value) == ("childbearing_potential", "no")
    assert evidence.derivation is not None
    assert evidence.derivation.inputs == ("hysterectomy, 2019",)
    assert "childbearing" in evidence.derivation.source


@pytest.mark.parametrize(
    ("told", "childbearing", "pregnant"),
    [
        ({"pregnant": True}, "yes", "yes"),
        ({"pregnant": False}, "unknown: missing", "no"),
        ({"childbearing_potential": False}, "no", "no"),
        ({"childbearing_potential": True}, "yes", "unknown: missing"),
    ],
)
def test_a_pregnant_woman_can_become_so_and_one_who_cannot_is_not(vocabulary, told, childbearing, pregnant):
    assert verdict(ask(vocabulary, CHILDBEARING, reproductive=told)) == childbearing
    assert verdict(ask(vocabulary, PREGNANT, reproductive=told)) == pregnant


def test_pregnancy_and_its_impossibility_are_not_stated_at_once(vocabulary):
    faults = faults_of(vocabulary, reproductive={"pregnant": True, "childbearing_potential": False})
    assert places(faults) == [("contradiction", "/reproductive/childbearing_potential")]


@pytest.mark.parametrize("state", ["pregnant", "lactating"])
def test_whoever_is_pregnant_or_breastfeeds_is_a_woman(vocabulary, state):
    facts = facts_of(vocabulary, reproductive={state: True})
    assert facts.sex is Sex.FEMALE
    (evidence,) = ask(vocabulary, expression(kind="sex", sex="female"), reproductive={state: True}).evidence
    assert evidence.derivation is not None
    assert evidence.derivation.inputs == (state,)
    assert facts_of(vocabulary, reproductive={state: False}).sex is None
    faults = faults_of(vocabulary, sex="male", reproductive={state: True})
    assert places(faults) == [("contradiction", f"/reproductive/{state}")]


def test_a_man_who_is_said_to_be_of_childbearing_potential_is_not_refused(vocabulary):
    assert faults_of(vocabulary, sex="male", reproductive={"childbearing_potential": True, "pregnant": False}) == []


INFECTED = {"code": "hiv_infection"}


@pytest.mark.parametrize(
    ("conditions", "tests", "expected"),
    [
        ([INFECTED], [], "yes"),
        ([{**INFECTED, "status": "resolved", "until": "2019"}], [], "yes"),
        ([{**INFECTED, "present": False}], [], "unknown: missing"),
        ([{"code": "immunodeficiency"}], [], "unknown: missing"),
        ([], [{"value": "negative", "date": "2026-11-10"}], "no"),
        ([INFECTED], [{"value": "positive", "date": "2026-11-10"}], "yes"),
        ([INFECTED], [{"interpretation": "positive"}], "yes"),
        ([INFECTED], [{"value": "negative", "date": "2026-11-10"}], "unknown: conflicting"),
        ([{**INFECTED, "since": "2020"}], [{"value": "negative", "date": "2026-11-10"}], "unknown: conflicting"),
        ([{**INFECTED, "since": "2020"}], [{"value": "negative", "date": "2019-12-31"}], "yes"),
        ([{**INFECTED, "since": "2020"}], [{"value": "negative", "date": "2020"}], "unknown: imprecise"),
        ([INFECTED], [{"value": "negative"}], "unknown: undated"),
    ],
)
def test_a_lifelong_infection_is_as_good_as_its_test_and_conflicts_with_one_that_denies_it(
    vocabulary, conditions, tests, expected
):
    results = [{"code": "hiv", **test} for test in tests]
    assert verdict(ask(vocabulary, HIV, conditions=conditions, observations=results)) == expected


def test_a_result_that_is_implied_says_so(vocabulary):
    (evidence,) = ask(vocabulary, HIV, conditions=[{**INFECTED, "since": "2019"}]).evidence
    assert (evidence.fact, evidence.value) == ("hiv", "positive")
    assert evidence.derivation is not None
    assert evidence.derivation.inputs == ("hiv_infection, since 2019",)
    assert "World Health Organization" in evidence.derivation.source


@pytest.mark.parametrize(
    ("tests", "expected"),
    [
        ([], "no"),
        ([{"value": "positive", "date": "2026-11-10"}], "no"),
        ([{"value": "negative", "date": "2026-11-10"}], "unknown: conflicting"),
    ],
)
def test_the_test_of_a_pregnant_woman_is_not_negative(vocabulary, tests, expected):
    results = [{"code": "pregnancy_test", **test} for test in tests]
    finding = ask(vocabulary, PREGNANCY_TEST, observations=results, reproductive={"pregnant": True})
    assert verdict(finding) == expected
    assert verdict(ask(vocabulary, PREGNANCY_TEST, reproductive={"pregnant": False})) == "unknown: missing"


# --- Learning more never turns a yes into a no

STATES = ["pregnant", "lactating", "childbearing_potential"]
EVENTS: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    st.sampled_from([{}, {"date": "2026-03"}, {"date": "2025-11-21"}, {"date": "2025"}, {"occurred": False}]),
    code=st.sampled_from(["hysterectomy", "bilateral_oophorectomy", "menopause"]),
)
CONDITIONS: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    st.sampled_from([{}, {"status": "resolved"}, {"present": False}]),
    code=st.sampled_from(["ovarian_failure", "hiv_infection"]),
)
TESTS: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    st.sampled_from([{}, {"date": "2026-11-10"}, {"date": "2026"}]),
    code=st.sampled_from(["hiv", "pregnancy_test"]),
    value=st.sampled_from(["positive", "negative"]),
)
ASKED = [
    CHILDBEARING,
    PREGNANT,
    HIV,
    PREGNANCY_TEST,
    expression(kind="sex", sex="female"),
    expression(kind="event", codes=["menopause", "hysterectomy"]),
    expression(kind="condition", code="ovarian_failure"),
]


@st.composite
def more_known(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    before: dict[str, Any] = {
        "events": draw(st.lists(EVENTS, max_size=2)),
        "conditions": draw(st.lists(CONDITIONS, max_size=2)),
        "observations": draw(st.lists(TESTS, max_size=2)),
        "reproductive": draw(st.fixed_dictionaries({}, optional=dict.fromkeys(STATES, st.booleans()))),
    }
    after: dict[str, Any] = {**before, "events": [*before["events"], *draw(st.lists(EVENTS, max_size=1))]}
    after["conditions"] = [*before["conditions"], *draw(st.lists(CONDITIONS, max_size=1))]
    after["reproductive"] = {draw(st.sampled_from(STATES)): draw(st.booleans())} | before["reproductive"]
    if draw(st.booleans()):
        after["sex"] = draw(st.sampled_from(["female", "male"]))
    return before, after


@given(more_known())
def test_what_is_implied_never_turns_around_as_more_becomes_known(terms, patients):
    for patient in patients:
        assume(facts_or_none(patient, terms.vocabulary) is not None)
    for node in ASKED:
        before, after = (ask(terms.vocabulary, node, **patient).verdict for patient in patients)
        assert before in (after, Verdict.UNKNOWN) or after is Verdict.UNKNOWN
