"""Whatever a bundle holds: no error, a note on every entry, and a patient that the evaluator takes."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.eligibility.reading import read_patient
from app.matching.fhir.bundle import read_bundle
from app.matching.fhir.lexicon import Lexicon
from app.matching.fhir.report import summarise
from app.vocabulary.terms import Vocabulary
from tests.eligibility.patients import TODAY
from tests.matching.fhir.bundles import (
    ICD10,
    LOINC,
    RXNORM,
    bundle,
    coded,
    condition,
    immunization,
    named,
    observation,
    order,
    part_in_study,
    procedure,
    quantity,
    statement,
)

WORDS = [
    "final", "active", "completed", "stopped", "not-done", "not-taken", "refuted", "order", "on-study", "positive",
    "1:80", "<5", "2026-11-10", "2026", "1850", "mg", "g/dL", "718-7", "5048-4", "M32", "rituximab", "POS", "normal",
    "http://loinc.org", ICD10, "Patient/p", "Patient/q", "#m", "Observation", "Bundle", "",
]  # fmt: skip
NAMES = [
    "resourceType", "id", "status", "code", "coding", "system", "display", "text", "subject", "reference", "component",
    "valueQuantity", "value", "unit", "comparator", "valueString", "valueRatio", "numerator", "denominator", "low",
    "valueCodeableConcept", "valueRange", "interpretation", "referenceRange", "effectiveDateTime", "effectivePeriod",
    "start", "end", "clinicalStatus", "verificationStatus", "onsetDateTime", "abatementDateTime", "severity", "dosage",
    "medicationCodeableConcept", "medicationReference", "contained", "timing", "repeat", "frequency", "period",
    "periodUnit", "doseAndRate", "doseQuantity", "performedPeriod", "vaccineCode", "meta", "lastUpdated", "extension",
]  # fmt: skip
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.decimals(), st.sampled_from(WORDS), st.text(max_size=8)
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)),
    max_leaves=12,
)
SOUND: list[dict[str, Any]] = [
    observation(valueQuantity=quantity(10.4, "g/dL"), referenceRange=[{"low": quantity(12, "g/dL")}]),
    observation(coded(LOINC, "5048-4"), valueString="1:80", interpretation=[named("positive")]),
    observation(named("x"), component=[{"code": coded(LOINC, "718-7"), "valueQuantity": quantity(9, "g/dL")}]),
    condition(onsetDateTime="2019"),
    condition(clinical=None, verificationStatus={"coding": [{"code": "refuted"}]}),
    statement(coded(RXNORM, "8640"), dosage=[{"doseAndRate": [{"doseQuantity": quantity(5, "mg")}],
                                              "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}}]),
    statement(status="not-taken", effectiveDateTime="2026-01-01"),
    order(status="stopped", authoredOn="2025-01-01"),
    procedure("Hemodialysis", performedPeriod={"start": "2026", "end": "2026-05"}),
    procedure("Hemodialysis", "not-done", performedDateTime="2026"),
    immunization("03", occurrenceDateTime="2026"),
    part_in_study("on-study"),
]  # fmt: skip


@st.composite
def resources(draw: st.DrawFn) -> Any:
    """A sound resource with some of its fields replaced by anything, or anything at all."""
    resource = dict(draw(st.sampled_from(SOUND)))
    for name in draw(st.lists(st.sampled_from([*resource, *NAMES]), max_size=3)):
        if name != "resourceType":
            resource[name] = draw(ANYTHING)
    return draw(st.one_of(st.just(resource), st.just(resource), st.just(resource), ANYTHING))


@pytest.fixture(scope="module")
def lexicon(vocabulary: Vocabulary) -> Lexicon:
    return Lexicon(vocabulary)


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(resources(), max_size=6), st.dictionaries(st.sampled_from(["birthDate", "gender", "id"]), ANYTHING))
def test_every_bundle_of_one_patient_is_read(vocabulary, lexicon, listed, person):
    body = bundle(*listed, patient={"resourceType": "Patient", "id": "p", **person})
    reading = read_bundle(body, vocabulary, TODAY, lexicon=lexicon)
    assert [note.pointer for note in reading.notes] == [f"/entry/{n}" for n in range(len(listed) + 1)]
    assert all(note.detail for note in reading.notes)
    read_patient(reading.patient, vocabulary, TODAY)
    told = sum(max(1, len(note.parts)) for note in reading.notes)
    assert sum(group.count for group in summarise(reading.notes)) == told
