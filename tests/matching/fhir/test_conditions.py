"""Conditions: what is there, what was there, what was ruled out, and what nobody asserts."""

import pytest

from tests.matching.fhir.bundles import ICD10, ICD10CM, SNOMED, coded, condition, named, read_one

VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
TODAY_ACTIVE = {"code": "sle", "present": True, "status": "active"}


@pytest.mark.parametrize(
    ("clinical", "status"),
    [
        ("active", "active"),
        ("recurrence", "active"),
        ("relapse", "active"),
        ("remission", "remission"),
        ("inactive", "resolved"),
        ("resolved", "resolved"),
    ],
)
def test_a_clinical_status_says_whether_it_is_there(vocabulary, clinical, status):
    fact, note = read_one(vocabulary, condition(clinical=clinical))
    assert fact == TODAY_ACTIVE | {"status": status}
    assert (note.code, note.into, note.detail) == ("sle", "conditions", "by the category of its code")


@pytest.mark.parametrize(
    ("verification", "reason"),
    [
        ("unconfirmed", "it is not confirmed"),
        ("provisional", "it is only a provisional diagnosis"),
        ("differential", "it is only one diagnosis among several"),
        ("entered-in-error", "it was entered in error"),
        ("perhaps", "its verification status is not known here"),
    ],
)
def test_what_is_not_asserted_is_left(vocabulary, verification, reason):
    fact, note = read_one(vocabulary, condition(verificationStatus=coded(VERIFICATION, verification)))
    assert (fact, note.detail, note.system_code) == (None, reason, f"{ICD10}|M32.9")


def test_what_was_ruled_out_is_absent(vocabulary):
    fact, note = read_one(vocabulary, condition(clinical=None, verificationStatus=coded(VERIFICATION, "refuted")))
    assert fact == {"code": "sle", "present": False}
    assert "it was ruled out" in note.detail


def test_statuses_may_be_bare_codes_as_in_stu3_or_words(vocabulary):
    stu3 = condition(clinical=None, clinicalStatus="remission", verificationStatus="confirmed")
    assert read_one(vocabulary, stu3)[0] == TODAY_ACTIVE | {"status": "remission"}
    worded = condition(clinical=None, clinicalStatus=named("Active"), verificationStatus=named("Confirmed"))
    assert read_one(vocabulary, worded)[0] == TODAY_ACTIVE


def test_a_clinical_status_that_is_not_known_is_left(vocabulary):
    assert read_one(vocabulary, condition(clinical="perhaps"))[1].detail == "its clinical status is not known here"


def test_without_a_clinical_status_an_abatement_makes_it_history(vocabulary):
    fact, _ = read_one(vocabulary, condition(clinical=None, abatementDateTime="2019"))
    assert fact == {"code": "sle", "present": True, "status": "resolved", "until": "2019"}
    fact, note = read_one(vocabulary, condition(clinical=None, abatementString="after school"))
    assert fact == {"code": "sle", "present": True, "status": "resolved"}
    assert "its end has a form that is not read" in note.detail


def test_without_a_clinical_status_it_is_present_unless_it_is_the_diagnosis_of_one_encounter(vocabulary):
    fact, note = read_one(vocabulary, condition(clinical=None))
    assert fact == {"code": "sle", "present": True}
    assert "whether it is active is not said" in note.detail
    visit = condition(clinical=None, category=[coded("http://local", "encounter-diagnosis")])
    fact, note = read_one(vocabulary, visit)
    assert (fact, note.detail) == (None, "it is the diagnosis of one encounter, and nothing says whether it lasted")


def test_what_is_active_and_has_ended_is_left(vocabulary):
    fact, note = read_one(vocabulary, condition(abatementDateTime="2019"))
    assert (fact, note.detail) == (None, "it is said to be active and to have ended")


@pytest.mark.parametrize(
    ("fields", "dates", "remark"),
    [
        ({"onsetDateTime": "2017-03-01T00:00:00Z"}, {"since": "2017-03-01"}, ""),
        ({"onsetPeriod": {"start": "2017", "end": "2018"}}, {"since": "2017"}, ""),
        ({"onsetPeriod": {"end": "2018"}}, {"since": "2018"}, ""),
        ({"onsetAge": {"value": 25, "unit": "a"}}, {}, "its onset has a form that is not read"),
        ({"onsetString": "as a child"}, {}, "its onset has a form that is not read"),
        ({"recordedDate": "2020-01-01"}, {}, ""),
    ],
)
def test_an_onset_is_read_where_it_is_a_date(vocabulary, fields, dates, remark):
    fact, note = read_one(vocabulary, condition(**fields))
    assert fact == TODAY_ACTIVE | dates
    assert note.detail == "; ".join(filter(None, ("by the category of its code", remark)))


def test_an_end_is_read_where_it_is_a_date(vocabulary):
    resolved = condition(clinical="resolved", onsetDateTime="2017", abatementPeriod={"start": "2019", "end": "2020"})
    assert read_one(vocabulary, resolved)[0] == {
        "code": "sle",
        "present": True,
        "status": "resolved",
        "since": "2017",
        "until": "2020",
    }


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        (coded(SNOMED, "24484000"), "severe"),
        (coded(SNOMED, "6736007"), "moderate"),
        (coded(SNOMED, "255604002"), "mild"),
        (coded("http://local", "3", "Severe (severity modifier)"), "severe"),
        (named("terrible"), None),
    ],
)
def test_a_severity_is_read_or_said_to_be_left(vocabulary, severity, expected):
    fact, note = read_one(vocabulary, condition(severity=severity))
    assert fact is not None
    assert fact.get("severity") == expected
    assert ("its severity is left" in note.detail) is (expected is None)


def test_a_code_leads_to_its_own_term_before_a_category_and_a_name_to_its_term(vocabulary):
    assert read_one(vocabulary, condition(coded(ICD10CM, "M32.14")))[1].detail == "by its code"
    fact, note = read_one(vocabulary, condition(coded(SNOMED, "200936003", "Lupus nephritis (disorder)")))
    assert fact is not None
    assert (fact["code"], note.detail, note.system_code) == ("lupus_nephritis", "by its name", f"{SNOMED}|200936003")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (coded(SNOMED, "90560007", "Gout"), "the vocabulary has no term for it"),
        ({}, "it has neither a code nor a name"),
    ],
)
def test_what_the_vocabulary_does_not_know_is_left(vocabulary, code, reason):
    assert read_one(vocabulary, condition() | {"code": code})[1].detail == reason
