"""A match request, read: the patient on a day, and the other case that the request asks to be compared with."""

from dataclasses import dataclass, replace
from datetime import date

from app.eligibility.dates import Calendar
from app.eligibility.facts import PatientFacts
from app.eligibility.patient import Patient
from app.eligibility.reading import read_patient
from app.matching.fhir.bundle import read_bundle
from app.matching.fhir.lexicon import Lexicon
from app.matching.fhir.report import warnings_of
from app.matching.overlay import overlay
from app.matching.request import TrialMatchRequest
from app.matching.warnings import Warned
from app.vocabulary.faults import Fault, Refused


@dataclass(frozen=True, slots=True)
class Case:
    """A patient on a day. `facts` are those of `patient`."""

    patient: Patient
    facts: PatientFacts
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Asked:
    """`other` has the what-if laid over it, or lies on another day, or is the same where only revisions differ."""

    case: Case
    other: Case | None
    warnings: tuple[Warned, ...]


class Reader:
    """Reads requests. `Refused` names everything that is wrong with a patient, in the place where it was sent."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def read(self, request: TrialMatchRequest, today: date) -> Asked:
        """What is asked, on the day that the request names, else today."""
        as_of = request.day(today)
        calendar = Calendar(as_of, request.milestone_days())
        patient, place, warnings = self._patient(request, as_of)
        case = Case(patient, self._facts(patient, as_of, place), calendar)
        warnings += tuple(Warned(one.code, one.text, f"{place}{one.pointer}") for one in case.facts.warnings)
        return Asked(case, self._other(request, case), warnings)

    def _patient(self, request: TrialMatchRequest, as_of: date) -> tuple[Patient, str, tuple[Warned, ...]]:
        if request.patient_bundle is None:
            return request.patient or Patient(), "/patient", ()
        reading = read_bundle(request.patient_bundle, self._lexicon.vocabulary, as_of, lexicon=self._lexicon)
        return reading.patient, "/patient_bundle", warnings_of(reading)

    def _other(self, request: TrialMatchRequest, case: Case) -> Case | None:
        if request.what_if is None and request.compare_with is None:
            return None
        if request.what_if is not None:
            # By itself, so that its own faults are named by their own places.
            self._facts(request.what_if, case.calendar.as_of, "/what_if")
            patient = overlay(case.patient, request.what_if)
            case = Case(patient, self._facts(patient, case.calendar.as_of, "/what_if"), case.calendar)
        day = request.compare_with.day if request.compare_with else None
        return case if day is None else self._on(day, request, case)

    def _on(self, day: date, request: TrialMatchRequest, case: Case) -> Case:
        """The case on another day: given milestones move with it, and an age is that of the first day."""
        patient, place, _ = self._patient(request, day)
        if request.what_if is not None:
            patient = overlay(patient, request.what_if)
        try:
            facts = self._facts(patient.model_copy(update={"age_years": None}), day, place)
        except Refused as refused:
            raise Refused([_of_that_day(fault) for fault in refused.faults]) from None
        if patient.age_years is not None:
            facts = replace(facts, birth=case.facts.birth)
        if facts.birth is not None and facts.birth.first > day:
            raise Refused([_UNBORN])
        return Case(patient, facts, case.calendar.moved_to(day))

    def _facts(self, patient: Patient, as_of: date, place: str) -> PatientFacts:
        try:
            return read_patient(patient, self._lexicon.vocabulary, as_of)
        except Refused as refused:
            raise refused.below(place) from None


_UNBORN = Fault(
    "before_birth", "on that day the patient was not born yet", "give a later day", pointer="/compare_with/as_of"
)


def _of_that_day(fault: Fault) -> Fault:
    """A contradiction that only the other day brings about."""
    return replace(fault, detail=f"on that day: {fault.detail}, at {fault.pointer}", pointer="/compare_with/as_of")
