"""Small bundles for tests: only what matters is named."""

from typing import Any

from app.eligibility.patient import Patient
from app.matching.fhir.bundle import read_bundle
from app.matching.fhir.report import BundleNote, BundleReading
from app.vocabulary.terms import Vocabulary
from tests.eligibility.patients import TODAY

Resource = dict[str, Any]
LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
RXNORM, ATC = "http://www.nlm.nih.gov/research/umls/rxnorm", "http://www.whocc.no/atc"
ICD10, ICD10CM = "http://hl7.org/fhir/sid/icd-10", "http://hl7.org/fhir/sid/icd-10-cm"
CVX, UCUM = "http://hl7.org/fhir/sid/cvx", "http://unitsofmeasure.org"
PATIENT: Resource = {"resourceType": "Patient", "id": "p", "birthDate": "1992-03-14", "gender": "female"}


def coded(system: str, code: str, display: str | None = None, text: str | None = None) -> Resource:
    """A CodeableConcept of one coding."""
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    return {"coding": [coding]} | ({"text": text} if text else {})


def named(text: str) -> Resource:
    return {"text": text}


def observation(code: Resource | None = None, **fields: Any) -> Resource:
    """A haemoglobin, unless another code is given."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": code or coded(LOINC, "718-7"),
        "effectiveDateTime": "2026-11-10T08:15:00+01:00",
    } | fields


def quantity(value: float, unit: str | None, /, **fields: Any) -> Resource:
    return {"value": value} | ({"unit": unit, "system": UCUM, "code": unit} if unit else {}) | fields


def condition(code: Resource | None = None, clinical: str | None = "active", **fields: Any) -> Resource:
    """A lupus, unless another code is given."""
    resource = {"resourceType": "Condition", "code": code or coded(ICD10, "M32.9")} | fields
    return resource | ({"clinicalStatus": {"coding": [{"code": clinical}]}} if clinical else {})


def statement(medicine: Resource | None = None, status: str = "active", **fields: Any) -> Resource:
    """Rituximab, unless another medicine is given."""
    medicine = medicine or coded(RXNORM, "121191")
    return {"resourceType": "MedicationStatement", "status": status, "medicationCodeableConcept": medicine} | fields


def order(medicine: Resource | None = None, status: str = "active", **fields: Any) -> Resource:
    """An order of rituximab, unless another medicine is given."""
    return statement(medicine, status) | {"resourceType": "MedicationRequest", "intent": "order"} | fields


def procedure(name: str, status: str = "completed", **fields: Any) -> Resource:
    return {"resourceType": "Procedure", "status": status, "code": {"text": name}} | fields


def immunization(code: str, **fields: Any) -> Resource:
    return {"resourceType": "Immunization", "status": "completed", "vaccineCode": coded(CVX, code)} | fields


def part_in_study(status: str, **fields: Any) -> Resource:
    return {"resourceType": "ResearchSubject", "status": status, "individual": {"reference": "Patient/p"}} | fields


def bundle(*resources: Resource, patient: Resource = PATIENT, **fields: Any) -> Resource:
    entries = [{"resource": resource} for resource in (patient, *resources)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries} | fields


def read(vocabulary: Vocabulary, *resources: Resource, patient: Resource = PATIENT) -> BundleReading:
    reading = read_bundle(bundle(*resources, patient=patient), vocabulary, TODAY)
    assert [note.pointer for note in reading.notes] == [f"/entry/{n}" for n in range(len(resources) + 1)]
    return reading


def read_one(vocabulary: Vocabulary, resource: Resource) -> tuple[dict[str, Any] | None, BundleNote]:
    """The only fact that a resource came to, with what was stated of it, and its note."""
    reading = read(vocabulary, resource)
    facts = facts_of(reading.patient)
    assert len(facts) <= 1
    assert (reading.notes[1].disposition == "mapped") is bool(facts)
    return (facts[0] if facts else None), reading.notes[1]


def facts_of(patient: Patient) -> list[dict[str, Any]]:
    """All entries of a patient's lists, with what was stated of them."""
    lists = (patient.observations, patient.conditions, patient.therapies, patient.events)
    return [
        {name: value for name, value in fact.model_dump(mode="json").items() if value is not None}
        for listed in lists
        for fact in listed
    ]
