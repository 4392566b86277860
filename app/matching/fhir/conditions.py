"""Condition: a condition that is or was there, or that has been ruled out.

- clinicalStatus: active, recurrence and relapse are active; remission is remission; inactive and resolved are history.
- verificationStatus: refuted is absence; unconfirmed, provisional and differential assert nothing and are left.
- Where no clinical status is given, an abatement makes it history. A diagnosis of one encounter without either is left:
  nothing says that it lasted. Any other is read as the record states it, as present.
- Code: ICD-10, or any other system that the vocabulary is mapped to, else a name. A longer code of ICD-10 is a kind of
  the category that it stands in.
- Time: onset[x] and abatement[x] where they are dates. An age, a range or words make no date.
"""

from collections.abc import Mapping, Sequence

from app.eligibility.patient import ConditionFact
from app.matching.fhir.drafts import Draft, Left, draft
from app.matching.fhir.elements import Concept, Json, concept_of, concepts_of, when_of
from app.matching.fhir.lexicon import Miss
from app.matching.fhir.surroundings import Surroundings
from app.vocabulary.enumerations import ConditionStatus, Severity
from app.vocabulary.terms import TermKind

_STATUS: Mapping[str, ConditionStatus] = {
    "active": ConditionStatus.ACTIVE,
    "recurrence": ConditionStatus.ACTIVE,
    "relapse": ConditionStatus.ACTIVE,
    "remission": ConditionStatus.REMISSION,
    "inactive": ConditionStatus.RESOLVED,
    "resolved": ConditionStatus.RESOLVED,
}
_NOT_ASSERTED: Mapping[str, str] = {
    "unconfirmed": "it is not confirmed",
    "provisional": "it is only a provisional diagnosis",
    "differential": "it is only one diagnosis among several",
    "entered-in-error": "it was entered in error",
}
_SEVERITY: Mapping[str, Severity] = {
    # SNOMED CT qualifiers, as in FHIR's own value set of condition severities
    "24484000": Severity.SEVERE,
    "6736007": Severity.MODERATE,
    "255604002": Severity.MILD,
    **{severity.value: severity for severity in Severity},
}


def read_condition(resource: Json, around: Surroundings) -> Sequence[Draft]:
    match = around.lexicon.find(TermKind.CONDITION, concept_of(resource.get("code")))
    verified = _word(resource.get("verificationStatus"))
    clinical = _word(resource.get("clinicalStatus"))
    if reason := _NOT_ASSERTED.get(verified or ""):
        return [Left(reason, match.system_code)]
    if isinstance(match, Miss):
        return [Left(match.reason, match.system_code)]
    if verified == "refuted":
        return [draft(ConditionFact, match, ["it was ruled out"], code=match.code, present=False)]
    if verified not in (None, "confirmed"):
        return [Left("its verification status is not known here", match.system_code)]
    if clinical is not None and clinical not in _STATUS:
        return [Left("its clinical status is not known here", match.system_code)]
    onset, abatement = when_of(resource, "onset"), when_of(resource, "abatement")
    until = abatement.end or abatement.start
    over = until is not None or abatement.remark is not None
    status = _STATUS[clinical] if clinical else ConditionStatus.RESOLVED if over else None
    remarks = [_about("its onset", onset.remark), _about("its end", abatement.remark)]
    if status is ConditionStatus.ACTIVE and over:
        return [Left("it is said to be active and to have ended", match.system_code)]
    if status is None:
        if _is_of_one_encounter(resource):
            return [Left("it is the diagnosis of one encounter, and nothing says whether it lasted", match.system_code)]
        remarks.append("whether it is active is not said, so it is read as present")
    severity, unread = _severity(concept_of(resource.get("severity")))
    fields = {
        "code": match.code,
        "status": status,
        "since": onset.start or onset.end,
        "until": until,
        "severity": severity,
    }
    return [draft(ConditionFact, match, [*remarks, unread], **fields)]


def _word(value: object) -> str | None:
    """The code of a status; some servers still send STU3's bare code."""
    if isinstance(value, str):
        return value.strip().lower() or None
    concept = concept_of(value)
    return next((word.lower() for word in (*concept.codes, *concept.names)), None)


def _is_of_one_encounter(resource: Json) -> bool:
    return any("encounter-diagnosis" in concept.codes for concept in concepts_of(resource.get("category")))


def _severity(concept: Concept) -> tuple[Severity | None, str | None]:
    words = (*concept.codes, *(name.lower().partition(" (")[0] for name in concept.names))
    found = next((_SEVERITY[word] for word in words if word in _SEVERITY), None)
    return found, "its severity is left" if found is None and words else None


def _about(part: str, remark: str | None) -> str | None:
    return f"{part} has a form that is not read" if remark else None
