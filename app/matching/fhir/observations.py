"""Observation: each result, and each component by itself, as an observation of the vocabulary.

- Status: final, amended and corrected count. A preliminary result may still change; the others never were results.
- Code: LOINC, or any other system that the vocabulary is mapped to, else a name. A name counts only where no LOINC code
  stands beside it: a code that is not known is known to mean something else, and a caption (`Creatinine`, `Albumin`,
  `Bilirubin`) says nothing of the specimen.
- Time: effective[x], a period by its end, since that is when a collection is complete; else the day of issue.
- A result that the evaluator cannot use (its unit cannot be converted, its value is impossible) is left by itself.
  Where only the form of the number cannot be used and the laboratory has said what it means, that reading is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from app.eligibility.patient import ObservationFact, Patient
from app.eligibility.reading import read_patient
from app.matching.fhir.answers import reading_of
from app.matching.fhir.drafts import MODIFIED, Draft, Left, Read, draft
from app.matching.fhir.elements import Json, When, concept_of, object_of, objects_of, when_of, word_of
from app.matching.fhir.lexicon import How, Match, Miss
from app.matching.fhir.surroundings import Surroundings
from app.matching.fhir.values import Limits, has_value, limits_of, values_of
from app.vocabulary.enumerations import Interpretation
from app.vocabulary.faults import Fault, Refused
from app.vocabulary.terms import TermKind, Vocabulary

_COUNTED = frozenset({"final", "amended", "corrected"})
_PER_BODY_SURFACE = "mL/min/{1.73_m2}"
"""LOINC's codes of a filtration rate name 1.73 m² themselves, so laboratories often leave it out of the unit."""
_NO_VALUE = "it has no value"
_UNREAD_VALUE = "its value has a form that is not read"
_FAULTS_OF_FORM = frozenset({"form", "value_form", "unit_required", "unit_unknown", "unit_inconvertible"})


def read_observation(resource: Json, around: Surroundings) -> Sequence[Draft]:
    """One draft for the result, if there is one, and one for each component."""
    code = around.lexicon.system_code(concept_of(resource.get("code")))
    if word_of(resource.get("status")) not in _COUNTED:
        return [Left("its status is not final, amended or corrected", code)]
    if around.speaks_of_another(resource):
        return [Left("it is about something other than the patient", code)]
    when = _when(resource)
    components = objects_of(resource.get("component"))
    drafts = [_result(component, when, around) for component in components]
    if _says_something(resource) or not components:
        drafts.insert(0, _result(resource, when, around))
    return drafts


def _says_something(sent: Json) -> bool:
    return has_value(sent) or bool(sent.get("interpretation")) or bool(sent.get("dataAbsentReason"))


def _when(resource: Json) -> When:
    when = when_of(resource, "effective")
    if when.start or when.end:
        return when
    issued = when_of(resource, "issued")
    return replace(issued, remark="dated by its issue") if issued.end else when


def _result(sent: Json, when: When, around: Surroundings) -> Draft:
    """The first way of saying a result that the evaluator can use."""
    concept = concept_of(sent.get("code"))
    coded_in_loinc = any("loinc" in around.lexicon.systems(coding.system) for coding in concept.codings)
    match = around.lexicon.find(TermKind.OBSERVATION, concept, names=not coded_in_loinc)
    if isinstance(match, Miss):
        return Left(match.reason, match.system_code)
    if sent.get("modifierExtension"):
        return Left(MODIFIED, match.system_code)
    if not _says_something(sent):
        reason = "it is a panel, whose members are read by themselves" if sent.get("hasMember") else _NO_VALUE
        return Left(reason, match.system_code)
    limits = limits_of(sent.get("referenceRange"), object_of(sent.get("valueQuantity")))
    attempt = _Attempt(match, when, limits, around.vocabulary, around.as_of)
    reading, unread = reading_of(sent.get("interpretation"))
    refusal = _UNREAD_VALUE if has_value(sent) else _NO_VALUE
    for value in values_of(sent, around.vocabulary.observations[match.code]):
        for unit in value.units:
            tried = attempt.at(value.value, unit, value.reading or reading, unread)
            if isinstance(tried, Read):
                return tried
            refusal = tried.detail
            if tried.code not in _FAULTS_OF_FORM:
                return Left(refusal, match.system_code)
    if reading is not None:
        lost = f"{refusal}, so the laboratory's reading alone is kept" if has_value(sent) else None
        tried = attempt.at(None, None, reading, lost)
        return tried if isinstance(tried, Read) else Left(tried.detail, match.system_code)
    return Left(refusal, match.system_code)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One result in the making; each way of saying its value is tried on the evaluator's own reader."""

    match: Match
    when: When
    limits: Limits
    vocabulary: Vocabulary
    as_of: date

    def at(
        self, value: Decimal | str | None, unit: str | None, reading: Interpretation | None, remark: str | None
    ) -> Read | Fault:
        """A result that the evaluator can use, if need be without its limits; else what is wrong with it."""
        remarks = [*self.when.remarks, remark]
        coded = self.match.how is How.CODE
        if self.match.code == "egfr" and coded and unit is not None and unit.lower() == "ml/min":
            unit = _PER_BODY_SURFACE
            remarks.append("per 1.73 m², as its code says")
        fields: dict[str, object] = {
            "code": self.match.code,
            "date": self.when.end or self.when.start,
            "interpretation": reading,
        }
        if value is None:
            return self._tried(fields, remarks)
        fields |= {"value": value, "unit": unit}
        bounds = {"lower_limit": self.limits.low, "upper_limit": self.limits.high}
        tried = self._tried(fields | bounds, [*remarks, self.limits.remark])
        if isinstance(tried, Fault) and "_limit" in (tried.pointer or ""):
            return self._tried(fields, [*remarks, "its reference range is left"])
        return tried

    def _tried(self, fields: dict[str, object], remarks: Sequence[str | None]) -> Read | Fault:
        made = draft(ObservationFact, self.match, (), **fields)
        if isinstance(made, Left) or not isinstance(made.fact, ObservationFact):
            return Fault("form", _UNREAD_VALUE, "")
        try:
            facts = read_patient(Patient(observations=(made.fact,)), self.vocabulary, self.as_of)
        except Refused as refusal:
            return refusal.faults[0]
        results = facts.observations.get(made.fact.code, ())
        converted = [
            f"converted from {result.unit} to {result.own_unit}"
            for result in results
            if result.interval is not None and result.unit and result.own_unit and result.unit != result.own_unit
        ]
        return replace(made, remarks=tuple(dict.fromkeys(filter(None, (*converted, *remarks)))))
