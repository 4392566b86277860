"""Statements that cannot all be true are refused; those that can, stand."""

import pytest

from tests.eligibility.patients import faults_of, places

PRESENT_AND_ABSENT = [
    # what is stated, what denies it, whether both can be true
    ({"code": "sle"}, {"code": "sle"}, False),
    ({"code": "sle"}, {"code": "autoimmune_disease"}, False),
    ({"code": "autoimmune_disease"}, {"code": "sle"}, True),
    ({"code": "sle"}, {"code": "malignancy"}, True),
    ({"code": "sle", "status": "resolved", "until": "2019"}, {"code": "sle"}, False),
    ({"code": "sle", "status": "resolved"}, {"code": "sle", "since": "2020"}, True),
    ({"code": "sle", "status": "resolved", "until": "2019"}, {"code": "sle", "since": "2020"}, True),
    ({"code": "sle", "since": "2010", "until": "2019"}, {"code": "sle", "since": "2019"}, True),
    ({"code": "sle", "since": "2010", "until": "2019-06-30"}, {"code": "sle", "since": "2019-06-30"}, False),
    ({"code": "sle", "since": "2010"}, {"code": "sle", "since": "2020"}, False),
    ({"code": "sle", "since": "2021"}, {"code": "sle", "until": "2020"}, True),
    ({"code": "sle", "since": "2021"}, {"code": "sle", "since": "2010", "until": "2020"}, True),
    ({"code": "sle"}, {"code": "sle", "until": "2020"}, True),
    ({"code": "sle"}, {"code": "sle", "since": "2020"}, False),
    ({"code": "sle", "status": "resolved", "since": "2015"}, {"code": "sle", "since": "2010"}, False),
]


@pytest.mark.parametrize(("stated", "denied", "both"), PRESENT_AND_ABSENT)
def test_a_condition_is_not_present_and_absent_at_one_time(vocabulary, stated, denied, both):
    faults = faults_of(vocabulary, conditions=[{**denied, "present": False}, stated])
    assert places(faults) == ([] if both else [("contradiction", "/conditions/1")])
    assert all("/conditions/0" in fault.detail for fault in faults)


@pytest.mark.parametrize(
    ("given", "denied", "both"),
    [
        ({"agent": "rituximab"}, {"agent": "rituximab"}, False),
        ({"agent": "rituximab"}, {"agent": "belimumab"}, True),
        ({"agent": "rituximab", "start": "2019", "end": "2020"}, {"agent": "rituximab"}, False),
        ({"agent": "rituximab", "start": "2019", "end": "2020"}, {"agent": "rituximab", "start": "2021"}, True),
        ({"agent": "rituximab", "start": "2019"}, {"agent": "rituximab", "start": "2021"}, False),
        ({"agent": "rituximab", "end": "2020-05-05"}, {"agent": "rituximab", "start": "2020-05-05"}, False),
        ({"agent": "rituximab", "end": "2020-05"}, {"agent": "rituximab", "start": "2020-05-05"}, True),
        ({"agent": "rituximab", "stopped": True}, {"agent": "rituximab"}, False),
        ({"agent": "rituximab", "stopped": True}, {"agent": "rituximab", "end": "2020"}, True),
        ({"agent": "rituximab", "stopped": True}, {"agent": "rituximab", "start": "2020"}, True),
        (
            {"agent": "rituximab", "start": "2020-05-05", "stopped": True},
            {"agent": "rituximab", "start": "2020-05"},
            True,
        ),
        (
            {"agent": "rituximab", "start": "2020-05-05", "stopped": True},
            {"agent": "rituximab", "start": "2020-05-05"},
            False,
        ),
    ],
)
def test_a_therapy_is_not_given_and_withheld_at_one_time(vocabulary, given, denied, both):
    faults = faults_of(vocabulary, therapies=[{**denied, "given": False}, given])
    assert places(faults) == ([] if both else [("contradiction", "/therapies/1")])


@pytest.mark.parametrize(
    ("happened", "denied", "both"),
    [
        ({"code": "hsct"}, {"code": "hsct"}, False),
        ({"code": "hsct", "planned": True}, {"code": "hsct"}, True),
        ({"code": "hsct", "date": "2020-05-05"}, {"code": "hsct"}, False),
        ({"code": "hsct", "date": "2020-05-05"}, {"code": "hsct", "start": "2021"}, True),
        ({"code": "hsct", "date": "2021-05-05"}, {"code": "hsct", "start": "2021-05-01"}, False),
        ({"code": "hsct", "start": "2021-05-05", "end": "2021-06-01"}, {"code": "hsct", "start": "2021-05-20"}, False),
        ({"code": "hsct", "end": "2021-05-05"}, {"code": "hsct", "start": "2021-05-20"}, True),
    ],
)
def test_an_event_did_not_both_happen_and_not(vocabulary, happened, denied, both):
    faults = faults_of(vocabulary, events=[{**denied, "occurred": False}, happened])
    assert places(faults) == ([] if both else [("contradiction", "/events/1")])


@pytest.mark.parametrize(
    ("patient", "pointer"),
    [
        ({"conditions": [{"code": "sle", "present": False, "status": "active"}]}, "/conditions/0/status"),
        ({"conditions": [{"code": "sle", "present": False, "status": "resolved"}]}, "/conditions/0/status"),
        ({"conditions": [{"code": "sle", "status": "active", "until": "2020"}]}, "/conditions/0/until"),
        (
            {"therapies": [{"agent": "rituximab", "end": "2027-01-01", "stopped": True}]},
            "/therapies/0/stopped",
        ),
        ({"therapies": [{"agent": "rituximab", "end": "2020", "stopped": False}]}, "/therapies/0/stopped"),
        ({"therapies": [{"agent": "rituximab", "given": False, "stopped": True}]}, "/therapies/0/stopped"),
        ({"events": [{"code": "hsct", "date": "2020", "end": "2021"}]}, "/events/0/date"),
        ({"events": [{"code": "hsct", "planned": True, "occurred": False}]}, "/events/0/occurred"),
    ],
)
def test_a_statement_does_not_contradict_itself(vocabulary, patient, pointer):
    assert places(faults_of(vocabulary, **patient)) == [("contradiction", pointer)]


def test_saying_a_thing_twice_is_no_contradiction(vocabulary):
    course = {"agent": "rituximab", "start": "2020", "end": "2021"}
    absent = {"code": "sle", "present": False}
    assert faults_of(vocabulary, therapies=[course, course], conditions=[absent, absent]) == []


POSITIVE = {"code": "hiv", "value": "positive", "date": "2026-11-10"}


@pytest.mark.parametrize(
    ("results", "denied", "both"),
    [
        ([POSITIVE], {"code": "hiv_infection"}, False),
        ([POSITIVE], {"code": "immunodeficiency"}, False),
        ([POSITIVE], {"code": "iga_deficiency"}, True),
        ([POSITIVE], {"code": "hiv_infection", "until": "2025"}, True),
        ([POSITIVE], {"code": "hiv_infection", "since": "2020"}, False),
        # a later test can have shown that one was wrong
        ([POSITIVE, {**POSITIVE, "value": "negative", "date": "2026-11-20"}], {"code": "hiv_infection"}, True),
        ([{**POSITIVE, "value": "negative"}], {"code": "hiv_infection"}, True),
        ([{"code": "hiv", "value": "positive"}], {"code": "hiv_infection"}, False),
        ([{"code": "hiv", "value": "positive"}], {"code": "hiv_infection", "since": "2020"}, True),
    ],
)
def test_what_a_test_finds_is_not_absent(vocabulary, results, denied, both):
    faults = faults_of(vocabulary, observations=results, conditions=[{**denied, "present": False}])
    assert places(faults) == ([] if both else [("contradiction", "/conditions/0")])
    assert all("/observations/0" in fault.detail for fault in faults)
