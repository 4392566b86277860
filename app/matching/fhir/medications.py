"""MedicationStatement, MedicationRequest and MedicationAdministration: courses of an agent.

- Agent: by RxNorm, ATC or another system that the vocabulary is mapped to, else by name, the ingredient of a clinical
  drug included. A Medication may be contained in the resource or stand in the bundle. Combinations are left, and what
  is not given systemically. A medicine that the vocabulary knows as an event (immunoglobulins) is read as that.
- A statement or an administration says what was taken; a request only what was ordered, which the report says.
- One day alone, where a period was possible, is read as the start. An end that does not agree with the status is left:
  what is said to be active goes on.
- What was completed or stopped has ended: on the day given, else on a day that is not stated, never ongoing. So has
  what is on hold, since it is not taken now.
- not-taken is an absence for the time that it names. Without a time it is left: that somebody does not take something
  now does not say that they never did.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.eligibility.patient import EventFact, TherapyFact
from app.matching.fhir.dosage import UNREAD_DOSE, dose_of, route_names
from app.matching.fhir.drafts import Draft, Left, draft
from app.matching.fhir.drug_names import COMBINATION, NOT_SYSTEMIC, agent_of, is_local
from app.matching.fhir.elements import (
    Concept,
    Json,
    When,
    concept_of,
    day_of,
    object_of,
    objects_of,
    text_of,
    when_of,
    word_of,
)
from app.matching.fhir.lexicon import How, Match, Miss
from app.matching.fhir.surroundings import Surroundings
from app.vocabulary.dates import day_range
from app.vocabulary.terms import TermKind

_ENDED = frozenset({"completed", "stopped", "on-hold"})
_GOES_ON = frozenset({"active", "in-progress"})
_UNREAD_STATUS: Mapping[str, str] = {
    "entered-in-error": "it was entered in error",
    "intended": "it is only intended",
    "draft": "it is only a draft",
    "cancelled": "it was withdrawn before anything was given",
    "not-done": "it was not given then, which says nothing of other days",
}
_ORDERS = frozenset({"order", "original-order", "reflex-order", "filler-order", "instance-order"})


@dataclass(frozen=True, slots=True)
class _Account:
    """What a resource says of a course, whatever the agent."""

    start: str | None = None
    end: str | None = None
    ended: bool = False
    given: bool = True
    remarks: tuple[str, ...] = ()
    dose: Mapping[str, object] | None = None
    routes: tuple[str, ...] = ()


def read_medication_statement(resource: Json, around: Surroundings) -> Sequence[Draft]:
    when = when_of(resource, "effective")
    status = word_of(resource.get("status"))
    dosages = resource.get("dosage")
    if status == "not-taken":
        asserted = day_of(resource.get("dateAsserted"))
        start, end = (when.start, when.end) if when.start or when.end else (asserted, asserted)
        if start is None and end is None:
            return [_left("it is not taken, but it is not said since when", resource, around)]
        return [_course(_Account(start, end, given=False, routes=route_names(dosages)), resource, around)]
    if reason := _refusal(status):
        return [_left(reason, resource, around)]
    account = _account(status, replace(when, end=None) if when.point else when, around)
    return [_course(_dosed(account, dosages), resource, around)]


def read_medication_request(resource: Json, around: Surroundings) -> Sequence[Draft]:
    status = word_of(resource.get("status"))
    if reason := _refusal(status):
        return [_left(reason, resource, around)]
    if resource.get("doNotPerform"):
        return [_left("it is an order not to give it", resource, around)]
    if word_of(resource.get("intent", "order")) not in _ORDERS:
        return [_left("it is a plan or a proposal, not an order", resource, around)]
    dosages = resource.get("dosageInstruction")
    bounds = _bounds(dosages)
    start = bounds.start or day_of(resource.get("authoredOn"))
    # An order that goes on may be renewed beyond its bounds, and one that was stopped ended before them.
    account = _account(status, When(start, bounds.end if status == "completed" else None), around)
    remarks = (*account.remarks, "it was ordered, which does not prove that it was taken")
    return [_course(_dosed(replace(account, remarks=remarks), dosages), resource, around)]


def read_medication_administration(resource: Json, around: Surroundings) -> Sequence[Draft]:
    status = word_of(resource.get("status"))
    if reason := _refusal(status):
        return [_left(reason, resource, around)]
    account = _account(status, when_of(resource, "effective"), around)
    if status in _GOES_ON:
        account = replace(account, end=None)
    dosage = object_of(resource.get("dosage"))
    remarks = (*account.remarks, *([UNREAD_DOSE] if {"dose", "rateRatio", "rateQuantity"} & dosage.keys() else []))
    return [_course(replace(account, remarks=remarks, routes=route_names(dosage)), resource, around)]


def _refusal(status: str) -> str | None:
    if status in _ENDED or status in _GOES_ON:
        return None
    return _UNREAD_STATUS.get(status, "its status is not known")


def _account(status: str, when: When, around: Surroundings) -> _Account:
    """When a course ran. An end that does not agree with the status is left, with a remark."""
    end, remarks = when.end, [*when.remarks]
    if end is not None:
        first, last = day_range(end)
        if last < around.as_of if status in _GOES_ON else first > around.as_of:
            end = None
            remarks.append("its end does not agree with its status, and is left")
    ended = status in _ENDED and end is None
    if ended:
        remarks.append("it has ended, on a day that is not stated")
    return _Account(when.start, end, ended, remarks=tuple(remarks))


def _dosed(account: _Account, dosages: object) -> _Account:
    read = dose_of(dosages)
    remarks = (*account.remarks, read.remark) if read.remark else account.remarks
    return replace(account, dose=read.dose, remarks=remarks, routes=route_names(dosages))


def _bounds(dosages: object) -> When:
    """The period that the only instruction is bounded by."""
    sent = objects_of(dosages)
    repeat = object_of(object_of(sent[0].get("timing")).get("repeat")) if len(sent) == 1 else {}
    period = object_of(repeat.get("boundsPeriod"))
    return When(day_of(period.get("start")), day_of(period.get("end")))


def _course(account: _Account, resource: Json, around: Surroundings) -> Draft:
    medicine = _medicine(resource, around)
    match = _agent(medicine, around)
    if isinstance(match, Miss):
        event = around.lexicon.find(TermKind.EVENT, medicine.concept)
        return _event(event, account) if isinstance(event, Match) else Left(match.reason, match.system_code)
    if is_local(*medicine.concept.names, *medicine.forms, *account.routes):
        return Left(NOT_SYSTEMIC, match.system_code)
    fields = {
        "agent": match.code,
        "given": account.given,
        "start": account.start,
        "end": account.end,
        "stopped": True if account.ended else None,
        "dose": account.dose,
    }
    return draft(TherapyFact, match, account.remarks, **fields)


def _event(match: Match, account: _Account) -> Draft:
    """What is an event here: with neither end nor course, only that it happened."""
    if account.ended:
        return draft(EventFact, match, account.remarks, code=match.code)
    fields = {"code": match.code, "occurred": account.given, "start": account.start, "end": account.end}
    return draft(EventFact, match, account.remarks, **fields)


@dataclass(frozen=True, slots=True)
class _Medicine:
    """A medicine's code and names, the names of its form, and how many active ingredients it is said to have."""

    concept: Concept
    forms: tuple[str, ...] = ()
    ingredients: tuple[Concept, ...] = ()


def _medicine(resource: Json, around: Surroundings) -> _Medicine:
    """What `medication[x]` means: a concept, a Medication in the resource or the bundle, or the name given to one."""
    stated = concept_of(resource.get("medicationCodeableConcept"))
    if stated.names or stated.codes:
        return _Medicine(stated)
    reference = object_of(resource.get("medicationReference"))
    medication = around.resolve(reference, resource)
    if medication is None:
        return _Medicine(Concept(text=text_of(reference.get("display"))))
    active = [part for part in objects_of(medication.get("ingredient")) if part.get("isActive") is not False]
    return _Medicine(
        concept_of(medication.get("code")),
        concept_of(medication.get("form")).names,
        tuple(concept_of(part.get("itemCodeableConcept")) for part in active),
    )


def _agent(medicine: _Medicine, around: Surroundings) -> Match | Miss:
    """By code; where one code has several agents or none, by name; else by its only ingredient."""
    found = around.lexicon.find(TermKind.AGENT, medicine.concept, names=False)
    if isinstance(found, Match):
        return found
    agent, reason = agent_of(medicine.concept, around.lexicon)
    if found.candidates:
        agreed = agent is not None and agent in found.candidates
        return Match(agent or "", How.CODE, found.system_code) if agreed else found
    if agent is not None:
        return Match(agent, How.NAME, found.system_code)
    if len(medicine.ingredients) == 1:
        return _agent(_Medicine(medicine.ingredients[0]), around)
    return Miss(COMBINATION if medicine.ingredients else reason, found.system_code)


def _left(reason: str, resource: Json, around: Surroundings) -> Left:
    return Left(reason, around.lexicon.system_code(_medicine(resource, around).concept))
