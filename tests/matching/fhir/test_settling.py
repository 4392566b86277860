"""A bundle's facts are made to agree: what the evaluator would refuse is taken out, and said to be."""

from datetime import date

import pytest

from app.eligibility.patient import LONGEST_LIST
from app.eligibility.reading import read_patient
from app.matching.fhir.bundle import read_bundle
from tests.eligibility.patients import TODAY
from tests.matching.fhir.bundles import (
    ICD10,
    LOINC,
    PATIENT,
    bundle,
    coded,
    condition,
    facts_of,
    named,
    observation,
    part_in_study,
    procedure,
    quantity,
    read,
    statement,
)

NEITHER = "another entry contradicts it, and neither is used"
REFUTED = {"coding": [{"code": "refuted"}]}


@pytest.mark.parametrize(
    ("stated", "denied"),
    [
        (condition(), condition(clinical=None, verificationStatus=REFUTED)),
        (condition(), condition(named("Autoimmune disease"), None, verificationStatus=REFUTED)),
        (
            statement(effectivePeriod={"start": "2025"}),
            statement(status="not-taken", effectivePeriod={"start": "2026"}),
        ),
        (
            procedure("Splenectomy", performedDateTime="2026-03-01"),
            procedure("Splenectomy", "not-done", performedDateTime="2026-03-01"),
        ),
    ],
)
def test_of_statements_that_contradict_each_other_none_is_used(vocabulary, stated, denied):
    others = [condition(named("Epilepsy")), statement(named("Belimumab")), procedure("Hysterectomy")]
    for resources in ([stated, denied, *others], [denied, *others, stated]):
        reading = read(vocabulary, *resources)
        assert [fact.get("code") or fact["agent"] for fact in facts_of(reading.patient)] == [
            "epilepsy",
            "belimumab",
            "hysterectomy",
        ]
        assert sorted(note.detail for note in reading.notes if note.disposition == "left") == [NEITHER, NEITHER]


def test_statements_about_different_things_or_times_stand(vocabulary):
    resources = [
        condition(named("Epilepsy")),
        condition(named("Psoriasis"), None, verificationStatus=REFUTED),
        statement(effectivePeriod={"start": "2026"}),
        statement(status="not-taken", effectivePeriod={"start": "2020", "end": "2021"}),
    ]
    assert len(facts_of(read(vocabulary, *resources).patient)) == 4


def test_what_lies_before_the_birth_is_left(vocabulary):
    reading = read(
        vocabulary, observation(valueQuantity=quantity(104, "g/L"), effectiveDateTime="1990-01-01"), condition()
    )
    assert [fact["code"] for fact in facts_of(reading.patient)] == ["sle"]
    assert reading.notes[1].detail == "the date lies before the birth"
    twice = condition(clinical="resolved", onsetDateTime="1980", abatementDateTime="1985")
    assert read(vocabulary, twice).notes[1].detail == "the date lies before the birth"


def test_what_ends_before_it_starts_is_left(vocabulary):
    reading = read(vocabulary, condition(clinical="resolved", onsetDateTime="2020", abatementDateTime="2019"))
    assert reading.notes[1].detail == "the end lies before the start"


@pytest.mark.parametrize(
    ("birth", "remark"),
    [
        ("2030-01-01", "the birth date is left: the birth lies after the as-of date"),
        ("1850", "the birth date is left: nobody is that old"),
    ],
)
def test_an_impossible_birth_date_is_left_alone(vocabulary, birth, remark):
    reading = read(vocabulary, condition(), patient=PATIENT | {"birthDate": birth})
    assert (reading.patient.birth_date, reading.patient.sex) == (None, "female")
    assert reading.notes[0].detail == f"sex read; {remark}"
    assert len(reading.patient.conditions) == 1


def test_the_patient_is_one_that_the_evaluator_takes_on_that_day(vocabulary):
    resources = [
        condition(onsetDateTime="2024-05"),
        condition(named("Psoriasis"), None, verificationStatus=REFUTED),
        part_in_study("on-study", period={"start": "2026-02"}),
        statement(status="completed"),
    ]
    for day in (date(1993, 1, 1), date(2024, 5, 3), TODAY, date(2122, 1, 1), date(2190, 1, 1)):
        read_patient(read_bundle(bundle(*resources), vocabulary, day).patient, vocabulary, day)


def test_of_a_list_that_is_too_long_the_latest_are_kept(vocabulary):
    def result(day: str | None):
        return observation(coded(LOINC, "89247-1"), valueInteger=1, effectiveDateTime=day)

    older = [result("2020-01-01"), result(None), result("2019")]
    reading = read(vocabulary, *older, *(result("2026-11-10") for _ in range(LONGEST_LIST)))
    assert {fact.date for fact in reading.patient.observations} == {"2026-11-10"}
    assert [note.detail for note in reading.notes[1:4]] == [
        "there are more than 2000 of its kind, and it is not among the latest"
    ] * 3


def test_lists_of_every_kind_are_kept_within_bounds(vocabulary):
    resources = [condition(coded(ICD10, "I10")), statement(), procedure("Hemodialysis")]
    reading = read(vocabulary, *(resource for resource in resources for _ in range(LONGEST_LIST + 1)))
    patient = reading.patient
    assert {len(listed) for listed in (patient.conditions, patient.therapies, patient.events)} == {LONGEST_LIST}
