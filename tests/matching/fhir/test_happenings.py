"""Procedures, vaccinations and parts in studies: events."""

import pytest

from tests.matching.fhir.bundles import (
    CVX,
    SNOMED,
    coded,
    immunization,
    named,
    part_in_study,
    procedure,
    read,
    read_one,
)

PERIOD = {"start": "2026-05-01", "end": "2026-05-20"}
NO_END = "when it ended is not stated, so it has no date"


def event(code, **fields):
    return {"code": code, "occurred": True, "planned": False} | fields


def told(vocabulary, resource):
    fact, note = read_one(vocabulary, resource)
    return fact or note.detail


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (procedure("Hysterectomy", performedDateTime="2024-02-01T10:00:00Z"), event("hysterectomy", date="2024-02-01")),
        (procedure("Hysterectomy", performedPeriod={"start": "2024-02-01T10:00Z", "end": "2024-02-01T12:00Z"}),
         event("hysterectomy", date="2024-02-01")),
        (procedure("Radiotherapy", performedPeriod=PERIOD), event("radiotherapy", **PERIOD)),
        (procedure("Radiotherapy", performedPeriod={"start": "2026-05-01"}), event("radiotherapy")),
        (procedure("Radiotherapy", performedString="last year"), event("radiotherapy")),
        (procedure("Radiotherapy"), event("radiotherapy")),
        (procedure("Hemodialysis", "in-progress", performedPeriod={"start": "2026-05-01"}),
         event("hemodialysis", start="2026-05-01")),
        (procedure("Splenectomy", "preparation", performedDateTime="2027-01-10"),
         event("splenectomy", planned=True, date="2027-01-10")),
        (procedure("Splenectomy", "preparation"), event("splenectomy", planned=True)),
        (procedure("Splenectomy", "not-done", performedDateTime="2026-03-01"),
         event("splenectomy", occurred=False, date="2026-03-01")),
        (procedure("Splenectomy", "not-done"), "it was not done, but it is not said when"),
        (procedure("Splenectomy", "stopped"), "it was stopped before its end, and may or may not count"),
        (procedure("Splenectomy", "on-hold"), "it was interrupted, and may or may not count"),
        (procedure("Splenectomy", "entered-in-error"), "it was entered in error"),
        (procedure("Splenectomy", "unknown"), "its status is not known"),
        (procedure("Colonoscopy"), "the vocabulary has no term for it"),
        (procedure("Combined chemotherapy and radiation therapy (procedure)"), "the vocabulary has no term for it"),
        (procedure("Chemotherapy"), "it names a class of medicines, not the agent"),
    ],
)  # fmt: skip
def test_a_procedure_happened_goes_on_or_is_planned(vocabulary, resource, expected):
    assert told(vocabulary, resource) == expected


def test_what_is_over_without_an_end_says_that_it_has_no_date(vocabulary):
    begun = read_one(vocabulary, procedure("Radiotherapy", performedPeriod={"start": "2026-05-01"}))[1]
    assert begun.detail == f"by its name; {NO_END}"
    unread = read_one(vocabulary, procedure("Radiotherapy", performedString="last year"))[1]
    assert unread.detail == "by its name; its date has a form that is not read"


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (procedure("Rituximab infusion", performedDateTime="2026-03-01"), {"start": "2026-03-01", "end": "2026-03-01"}),
        (procedure("Rituximab", performedPeriod={"start": "2026-03-01"}), {"start": "2026-03-01", "stopped": True}),
        (procedure("Rituximab", "in-progress"), "the vocabulary has no term for it"),
    ],
)
def test_a_procedure_by_the_name_of_an_agent_is_a_therapy(vocabulary, resource, expected):
    if isinstance(expected, dict):
        expected = {"agent": "rituximab", "given": True} | expected
    assert told(vocabulary, resource) == expected


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (immunization("03", occurrenceDateTime="2026-11-02"), event("live_vaccine", date="2026-11-02")),
        (immunization("121", occurrenceString="in spring"), event("live_vaccine")),
        (immunization("140"), "it is no live vaccine"),
        (immunization("998"), "it is no live vaccine"),
        (immunization("88"), "it is not known whether it is live"),
        (immunization("7777"), "it is not known whether it is live"),
        (immunization("03") | {"vaccineCode": coded(SNOMED, "871831003", "MMR")}, "it is not known whether it is live"),
        (immunization("03") | {"vaccineCode": named("Live attenuated vaccine")}, event("live_vaccine")),
        (immunization("03", status="not-done"), "it was not given"),
        (immunization("03", status="entered-in-error"), "its status is not completed"),
    ],
)
def test_a_live_vaccine_is_an_event(vocabulary, resource, expected):
    assert told(vocabulary, resource) == expected


def test_a_vaccine_is_named_by_its_code_in_the_report(vocabulary):
    assert read_one(vocabulary, immunization("140"))[1].system_code == f"{CVX}|140"


@pytest.mark.parametrize(
    ("status", "period", "expected"),
    [
        ("on-study", {"start": "2026-02"}, event("clinical_trial", start="2026-02")),
        ("on-study-intervention", PERIOD, event("clinical_trial", start="2026-05-01")),
        ("on-study-observation", {}, event("clinical_trial", start="2026-11-21")),
        ("off-study", PERIOD, event("clinical_trial", **PERIOD)),
        ("off-study", {"start": "2026-02"}, event("clinical_trial")),
        ("follow-up", {"start": "2026-02"}, event("clinical_trial")),
        ("pending-on-study", {"start": "2027-01"}, event("clinical_trial", planned=True, start="2027-01")),
        ("candidate", {}, "the patient has not joined the study"),
        ("screening", {}, "the patient has not joined the study"),
        ("withdrawn", PERIOD, "the patient has not joined the study"),
        ("ineligible", {}, "the patient has not joined the study"),
        ("sometimes", {}, "its status is not known"),
        (None, {}, "its status is not known"),
    ],
)
def test_a_part_in_a_study_is_an_event(vocabulary, status, period, expected):
    assert told(vocabulary, part_in_study(status, period=period)) == expected


def test_a_part_in_a_study_says_what_it_takes_for_granted(vocabulary):
    _, note = read_one(vocabulary, part_in_study("on-study"))
    assert note.detail == (
        "by its type; it is taken to be an interventional study; its start is not stated, so it counts from today"
    )


def test_a_study_that_only_observes_is_no_trial(vocabulary):
    study = {"resourceType": "ResearchStudy", "id": "s", "category": [named("Observational study")]}
    reading = read(vocabulary, part_in_study("on-study", study={"reference": "ResearchStudy/s"}), study)
    assert reading.patient.events == ()
    assert [note.detail for note in reading.notes[1:]] == [
        "it is a study that only observes",
        "it is read where another resource refers to it",
    ]


def test_a_vocabulary_without_trials_reads_none(vocabulary):
    events = {code: term for code, term in vocabulary.events.items() if code != "clinical_trial"}
    smaller = vocabulary.model_copy(update={"events": events})
    assert told(smaller, part_in_study("on-study")) == "the vocabulary has no such event"
