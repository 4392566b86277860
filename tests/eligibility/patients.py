"""Patients for tests: only what matters is named."""

from datetime import date
from typing import Any

from app.eligibility.facts import PatientFacts
from app.eligibility.patient import Patient
from app.eligibility.reading import read_patient
from app.vocabulary.faults import Fault, Refused
from app.vocabulary.terms import Vocabulary

TODAY = date(2026, 11, 21)


def facts_of(vocabulary: Vocabulary, as_of: date = TODAY, **patient: Any) -> PatientFacts:
    """The facts of a patient who is described as in a request."""
    return read_patient(Patient.model_validate(patient), vocabulary, as_of)


def faults_of(vocabulary: Vocabulary, as_of: date = TODAY, **patient: Any) -> list[Fault]:
    """What is wrong with a patient; nothing if nothing is."""
    try:
        facts_of(vocabulary, as_of, **patient)
    except Refused as refusal:
        return list(refusal.faults)
    return []


def places(faults: list[Fault]) -> list[tuple[str, str | None]]:
    return [(fault.code, fault.pointer) for fault in faults]
