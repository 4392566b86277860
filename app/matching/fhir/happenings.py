"""Procedure, Immunization and ResearchSubject: events.

An event counts from its end. Where all that is said is that one is over, it is read without a date: to leave its end
out would say that it goes on.
"""

from collections.abc import Mapping, Sequence

from app.eligibility.patient import EventFact, TherapyFact
from app.matching.fhir.drafts import Draft, Left, draft
from app.matching.fhir.drug_names import CLASS_ONLY, agent_of
from app.matching.fhir.elements import Concept, Json, When, concept_of, concepts_of, object_of, when_of, word_of
from app.matching.fhir.lexicon import How, Match, Miss
from app.matching.fhir.surroundings import Surroundings
from app.vocabulary.terms import TermKind

LIVE_VACCINE = "live_vaccine"
CLINICAL_TRIAL = "clinical_trial"
_NO_END = "when it ended is not stated, so it has no date"

_UNREAD_PROCEDURES: Mapping[str, str] = {
    "entered-in-error": "it was entered in error",
    "on-hold": "it was interrupted, and may or may not count",
    "stopped": "it was stopped before its end, and may or may not count",
}
_NOT_IN_THE_STUDY = frozenset(
    {"candidate", "potential-candidate", "screening", "eligible", "ineligible", "not-registered", "withdrawn"}
)
_IN_THE_STUDY = frozenset({"on-study", "on-study-intervention", "on-study-observation"})
_PAST_THE_STUDY = frozenset({"off-study", "follow-up"})


def read_procedure(resource: Json, around: Surroundings) -> Sequence[Draft]:
    """Procedure: completed ones happened, in-progress ones go on, those in preparation are planned.

    not-done is an absence on the day that it names; without one it is left, since it says nothing of the past. What was
    stopped or interrupted may not have been what the event means. A procedure by the name of an agent is a therapy.
    """
    status = word_of(resource.get("status"))
    concept = concept_of(resource.get("code"))
    match = around.lexicon.find(TermKind.EVENT, concept)
    if reason := _UNREAD_PROCEDURES.get(status):
        return [Left(reason, match.system_code)]
    when = when_of(resource, "performed", "occurrence")
    if isinstance(match, Miss):
        return [_therapy(match, concept, when, status, around)]
    match status:
        case "completed":
            return [_over(match, when)]
        case "in-progress":
            return [draft(EventFact, match, when.remarks, code=match.code, start=when.start)]
        case "preparation":
            return [draft(EventFact, match, when.remarks, code=match.code, planned=True, **_dates(when))]
        case "not-done" if when.start or when.end:
            return [draft(EventFact, match, when.remarks, code=match.code, occurred=False, **_dates(when))]
        case "not-done":
            return [Left("it was not done, but it is not said when", match.system_code)]
    return [Left("its status is not known", match.system_code)]


def _therapy(miss: Miss, concept: Concept, when: When, status: str, around: Surroundings) -> Draft:
    """What is no event, but may be named for an agent that was given."""
    agent, reason = agent_of(concept, around.lexicon)
    if agent is None or status != "completed":
        return Left(reason if reason == CLASS_ONLY else miss.reason, miss.system_code)
    ended = when.end is None
    remarks = [*when.remarks, "it has ended, on a day that is not stated" if ended else None]
    fields = {"agent": agent, "start": when.start, "end": when.end, "stopped": True if ended else None}
    return draft(TherapyFact, Match(agent, How.NAME, miss.system_code), remarks, **fields)


def read_immunization(resource: Json, around: Surroundings) -> Sequence[Draft]:
    """Immunization: a live vaccine is an event. Whether a vaccine is live is known by its CVX code; others are left."""
    concept = concept_of(resource.get("vaccineCode"))
    match = around.lexicon.find(TermKind.EVENT, concept)
    status = word_of(resource.get("status"))
    if status != "completed":
        reason = "it was not given" if status == "not-done" else "its status is not completed"
        return [Left(reason, match.system_code)]
    if isinstance(match, Miss):
        known = any(around.lexicon.has_no_term(coding) for coding in concept.codings)
        return [Left("it is no live vaccine" if known else "it is not known whether it is live", match.system_code)]
    when = when_of(resource, "occurrence")
    return [draft(EventFact, match, when.remarks, code=match.code, **_dates(when))]


def read_research_subject(resource: Json, around: Surroundings) -> Sequence[Draft]:
    """ResearchSubject: a part in a study, which is taken to be a trial unless the bundle says that it only observes.

    In the study: from the period's start, or at the latest from today, with no end. Off the study or in follow-up: up
    to the period's end. pending-on-study: planned. Before registration, or where it never came to one: no part at all.
    """
    status = word_of(resource.get("status"))
    match = Match(CLINICAL_TRIAL, How.TYPE)
    if CLINICAL_TRIAL not in around.vocabulary.events:
        return [Left("the vocabulary has no such event")]
    if status in _NOT_IN_THE_STUDY:
        return [Left("the patient has not joined the study")]
    study = around.resolve(resource.get("study"), resource)
    kinds = {name.casefold() for concept in concepts_of(object_of(study).get("category")) for name in concept.names}
    if any("observational" in kind or "registry" in kind for kind in kinds):
        return [Left("it is a study that only observes")]
    when = when_of(resource, "period")
    remarks: list[str | None] = [*when.remarks, "it is taken to be an interventional study"]
    if status in _IN_THE_STUDY:
        start = when.start or around.as_of.isoformat()
        remarks.append(None if when.start else "its start is not stated, so it counts from today")
        return [draft(EventFact, match, remarks, code=match.code, start=start)]
    if status in _PAST_THE_STUDY:
        return [_over(match, when, remarks)]
    if status == "pending-on-study":
        return [draft(EventFact, match, remarks, code=match.code, planned=True, **_dates(when))]
    return [Left("its status is not known")]


def _over(match: Match, when: When, remarks: Sequence[str | None] = ()) -> Draft:
    if when.end is None:
        missing = _NO_END if when.start or not when.remarks else None
        return draft(EventFact, match, [*when.remarks, *remarks, missing], code=match.code)
    return draft(EventFact, match, [*when.remarks, *remarks], code=match.code, **_dates(when))


def _dates(when: When) -> dict[str, object]:
    """One date where start and end are the same."""
    if when.start == when.end:
        return {"date": when.end}
    return {"start": when.start, "end": when.end}
