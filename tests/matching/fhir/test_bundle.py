"""The walk through a bundle: one note for every entry, whatever the entry is."""

from typing import Any

import pytest

from app.matching.fhir.bundle import read_bundle
from app.matching.fhir.lexicon import Lexicon
from app.matching.fhir.person import read_person
from app.matching.fhir.report import BundleNote, summarise, warnings_of
from app.matching.warnings import Warned
from app.vocabulary.faults import Refused
from tests.eligibility.patients import TODAY
from tests.matching.fhir.bundles import (
    LOINC,
    PATIENT,
    bundle,
    coded,
    condition,
    facts_of,
    immunization,
    named,
    observation,
    quantity,
    read,
    read_one,
    statement,
)

HEMOGLOBIN = observation(valueQuantity=quantity(10.4, "g/dL"))


@pytest.mark.parametrize(
    ("body", "code", "place"),
    [
        ({}, "not_a_bundle", "resourceType"),
        (PATIENT, "not_a_bundle", "resourceType"),
        ({"resourceType": ["Bundle"], "entry": []}, "not_a_bundle", "resourceType"),
        ({"resourceType": "Bundle"}, "not_a_bundle", "entry"),
        ({"resourceType": "Bundle", "entry": {"resource": PATIENT}}, "not_a_bundle", "entry"),
        ({"resourceType": "Bundle", "entry": []}, "not_one_patient", "entry"),
        (bundle(PATIENT | {"id": "q"}), "not_one_patient", "entry"),
        (bundle(PATIENT | {"gender": "male"}), "not_one_patient", "entry"),
    ],
)
def test_only_what_is_no_bundle_of_one_patient_is_refused(vocabulary, body, code, place):
    with pytest.raises(Refused) as refusal:
        read_bundle(body, vocabulary, TODAY)
    (fault,) = refusal.value.faults
    assert (fault.code, fault.pointer) == (code, f"/patient_bundle/{place}")
    assert fault.remedy


def test_a_bundle_becomes_a_patient_with_a_note_on_every_entry(vocabulary):
    resources: list[Any] = [HEMOGLOBIN, condition(), statement(), immunization("03"), {"resourceType": "Claim"}]
    resources += [{}, None, "x"]
    body = bundle(*resources)
    body["entry"] += [None, 5, {}, {"fullUrl": "urn:uuid:1", "response": {"status": "200"}}]
    reading = read_bundle(body, vocabulary, TODAY, lexicon=Lexicon(vocabulary))
    assert (reading.patient.birth_date, reading.patient.sex) == ("1992-03-14", "female")
    assert [fact.get("code") or fact["agent"] for fact in facts_of(reading.patient)] == [
        "hemoglobin",
        "sle",
        "rituximab",
        "live_vaccine",
    ]
    assert [(note.pointer, note.resource_type, note.disposition) for note in reading.notes] == [
        ("/entry/0", "Patient", "mapped"),
        ("/entry/1", "Observation", "mapped"),
        ("/entry/2", "Condition", "mapped"),
        ("/entry/3", "MedicationStatement", "mapped"),
        ("/entry/4", "Immunization", "mapped"),
        ("/entry/5", "Claim", "left"),
        *((f"/entry/{n}", "", "left") for n in range(6, 13)),
    ]
    assert reading.notes[5].detail == "resources of this type are not read"
    assert {note.detail for note in reading.notes[6:]} == {"it holds no resource"}


def test_what_is_read_may_stand_before_the_patient(vocabulary):
    body = bundle(HEMOGLOBIN)
    body["entry"].reverse()
    assert len(read_bundle(body, vocabulary, TODAY).patient.observations) == 1


@pytest.mark.parametrize(
    ("subject", "is_read"),
    [
        ({"subject": {"reference": "Patient/p"}}, True),
        ({"subject": {"reference": "Patient/p/_history/3"}}, True),
        ({"subject": {"reference": "https://server.example/fhir/Patient/p"}}, True),
        ({"subject": {"reference": "urn:uuid:p"}}, True),
        ({"subject": {"reference": "urn:uuid:6c1e"}}, True),  # the patient's full URL
        ({"subject": {"identifier": {"value": "77"}}}, True),
        ({"subject": {"display": "Herself"}}, True),
        ({"subject": "Patient/q"}, True),  # no reference at all
        ({}, True),
        ({"subject": {"reference": "Patient/q"}}, False),
        ({"subject": {"reference": "urn:uuid:q"}}, False),
        ({"subject": {"reference": "Group/p"}}, False),
        ({"subject": {"reference": "#p"}}, False),
        ({"patient": {"reference": "Patient/q"}}, False),
    ],
)
def test_only_what_is_about_the_patient_is_read(vocabulary, subject, is_read):
    body = bundle(HEMOGLOBIN | subject)
    body["entry"][0]["fullUrl"] = "urn:uuid:6c1e"
    reading = read_bundle(body, vocabulary, TODAY)
    assert (len(reading.patient.observations) == 1) is is_read
    assert is_read or reading.notes[1].detail == "it is about somebody else"


def test_the_subject_of_a_patient_without_any_address_cannot_be_another(vocabulary):
    nameless = {name: value for name, value in PATIENT.items() if name != "id"}
    reading = read(vocabulary, HEMOGLOBIN | {"subject": {"reference": "Patient/q"}}, patient=nameless)
    assert len(reading.patient.observations) == 1


@pytest.mark.parametrize("modifier", [{"modifierExtension": [{"url": "http://x"}]}, {"implicitRules": "http://x"}])
def test_what_has_a_modifier_that_is_not_known_is_left(vocabulary, modifier):
    assert read_one(vocabulary, HEMOGLOBIN | modifier)[1].detail == "it has a modifier, which may turn its meaning"


def test_the_same_resource_twice_is_read_once(vocabulary):
    reading = read(vocabulary, HEMOGLOBIN | {"id": "1"}, HEMOGLOBIN | {"id": "1"}, PATIENT)
    assert [note.detail for note in reading.notes[2:]] == ["it is the same resource again"] * 2
    assert len(reading.patient.observations) == 1


def version(hour: int | None, value: float):
    meta = {"meta": {"lastUpdated": f"2026-11-10T{hour:02}:00:00Z"}} if hour is not None else {}
    return observation(valueQuantity=quantity(value, "g/L"), id="1", **meta)


@pytest.mark.parametrize(
    ("hours", "kept"),
    [((8, 9), [101]), ((9, 8), [100]), ((8, 8), [100, 101]), ((None, 8), [100, 101]), ((7, 9, 8), [101])],
)
def test_of_two_versions_the_newer_is_read(vocabulary, hours, kept):
    reading = read(vocabulary, *(version(hour, 100 + n) for n, hour in enumerate(hours)))
    assert [fact.value for fact in reading.patient.observations] == kept
    left = [note.detail for note in reading.notes if note.disposition == "left"]
    assert left == ["it is an older version of another entry"] * (len(hours) - len(kept))


def test_the_first_version_of_a_history_is_the_newest(vocabulary):
    body = bundle(version(None, 100), version(None, 101), type="history")
    assert [fact.value for fact in read_bundle(body, vocabulary, TODAY).patient.observations] == [100]


def test_dates_of_versions_without_a_zone_or_without_sense_tell_nothing(vocabulary):
    odd = [version(8, 100) | {"meta": {"lastUpdated": text}} for text in ("2026-11-10T08:00:00", "soon")]
    assert len(read(vocabulary, *odd[:1], version(9, 101)).patient.observations) == 2
    assert len(read(vocabulary, *odd[1:], version(9, 101)).patient.observations) == 2


def test_what_a_resource_contains_and_is_not_read_is_told(vocabulary):
    _, note = read_one(vocabulary, HEMOGLOBIN | {"contained": [observation()]})
    assert note.detail.endswith("; what it contains is left")


@pytest.mark.parametrize(
    ("patient", "detail"),
    [
        ({"birthDate": "1992", "gender": "male"}, "birth date and sex read"),
        ({"birthDate": "1992"}, "birth date read; no sex is stated"),
        (
            {"birthDate": "1992", "gender": "other"},
            "birth date read; its gender is neither male nor female, so the sex is left",
        ),
        ({"birthDate": "around 1992", "gender": "female"}, "sex read; its birth date has a form that is not read"),
        ({}, "no birth date is stated; no sex is stated"),
        (
            {"gender": "male", "deceasedBoolean": True, "birthDate": "1992"},
            "birth date and sex read; it is stated that the patient has died, which nothing here takes into account",
        ),
        (
            {"gender": "male", "active": False, "birthDate": "1992"},
            "birth date and sex read; the record is not in use any more",
        ),
    ],
)  # fmt: skip
def test_of_the_patient_birth_date_and_sex_are_read(vocabulary, patient, detail):
    note = read(vocabulary, patient={"resourceType": "Patient"} | patient).notes[0]
    assert (note.detail, note.disposition) == (
        detail,
        "mapped" if "read;" in detail or "sex read" in detail else "left",
    )


def test_of_a_person_who_says_nothing_nothing_is_read():
    assert read_person({"birthDate": ["1992"], "gender": {"a": 1}}).read is None


MARKER = "Wilhelmina Zabrowski"


def test_no_text_of_the_report_holds_a_value(vocabulary):
    marked = [
        observation(coded(MARKER, MARKER, MARKER, MARKER), valueString=MARKER),
        observation(
            coded(LOINC, "718-7"), valueString=MARKER, referenceRange=[{"text": MARKER}], interpretation=[named(MARKER)]
        ),
        observation(valueQuantity={"value": 10.4, "unit": MARKER, "code": MARKER}),
        condition(named(MARKER), onsetString=MARKER, severity=named(MARKER)),
        condition(clinical=None, clinicalStatus=MARKER, severity=named(MARKER), onsetString=MARKER),
        statement(named(MARKER)),
        statement(dosage=[{"text": MARKER, "route": named(MARKER)}], effectiveDateTime=MARKER),
        {"resourceType": "Claim", "id": MARKER},
    ]
    patient = PATIENT | {"name": [{"family": MARKER}], "birthDate": MARKER, "gender": MARKER}
    reading = read(vocabulary, *marked, patient=patient)
    assert "Zabrowski" not in repr(reading.notes)
    assert "Zabrowski" not in " ".join(group.text for group in summarise(reading.notes))


def test_a_summary_groups_what_says_the_same_of_the_same_code(vocabulary):
    pressure = [{"code": coded(LOINC, "8480-6"), "valueQuantity": quantity(120, "mm[Hg]")}]
    panel = observation(named("Pressure"), component=[*pressure, *pressure])
    reading = read(vocabulary, HEMOGLOBIN, HEMOGLOBIN, {"resourceType": "Claim"}, panel)
    groups = summarise(reading.notes)
    assert [(group.count, group.note.pointer) for group in groups] == [
        (1, "/entry/0"),
        (2, "/entry/1"),
        (1, "/entry/3"),
        (2, "/entry/4/component/0"),
    ]
    assert [group.text for group in groups] == [
        "Patient: read as patient, birth date and sex read",
        "2 × Observation: read as observations hemoglobin, by its code; converted from g/dL to g/L",
        "Claim: left, resources of this type are not read",
        "2 × Observation: left, the vocabulary has no term for it",
    ]


def test_codes_that_were_sent_are_told_by_their_places_alone(vocabulary):
    sent = [observation(coded(LOINC, code), valueQuantity=quantity(1, "g/L")) for code in ("718-7", "Zabrowski", "9-9")]
    warnings = warnings_of(read(vocabulary, *sent))[1:]
    assert [(warned.code, warned.pointer) for warned in warnings] == [
        ("bundle_left", "/patient_bundle/entry/1"),
        ("bundle_left", "/patient_bundle/entry/2"),
        ("bundle_left", "/patient_bundle/entry/3"),
    ]
    assert not any(said in warned.text for warned in warnings for said in ("Zabrowski", "718-7", "9-9", LOINC))


def test_a_summary_makes_the_warnings_of_an_answer(vocabulary):
    assert warnings_of(read(vocabulary, HEMOGLOBIN, {"resourceType": "Claim"}))[1:] == (
        Warned(
            "bundle_mapped",
            "Observation: read as observations hemoglobin, by its code; converted from g/dL to g/L",
            "/patient_bundle/entry/1",
        ),
        Warned("bundle_left", "Claim: left, resources of this type are not read", "/patient_bundle/entry/2"),
    )


def test_a_group_without_detail_says_what_was_read():
    (group,) = summarise([BundleNote("/entry/1", "Condition", "mapped", "sle", "", None, "conditions")])
    assert group.text == "Condition: read as conditions sle"
