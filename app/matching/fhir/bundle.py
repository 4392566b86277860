"""The walk through a bundle: every entry is read, or left with a reason, and none is passed over."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from app.matching.fhir.conditions import read_condition
from app.matching.fhir.drafts import MODIFIED, Draft, Left, Read, Reader
from app.matching.fhir.elements import concept_of, object_of, objects_of, text_of, word_of
from app.matching.fhir.happenings import read_immunization, read_procedure, read_research_subject
from app.matching.fhir.lexicon import Lexicon
from app.matching.fhir.medications import (
    read_medication_administration,
    read_medication_request,
    read_medication_statement,
)
from app.matching.fhir.observations import read_observation
from app.matching.fhir.person import Person, read_person
from app.matching.fhir.report import BundleNote, BundleReading
from app.matching.fhir.settling import Settled, list_of, settle
from app.matching.fhir.surroundings import Entry, Surroundings
from app.vocabulary.faults import Fault, Refused
from app.vocabulary.terms import Vocabulary

_READERS: Mapping[str, Reader] = {
    "Condition": read_condition,
    "Immunization": read_immunization,
    "MedicationAdministration": read_medication_administration,
    "MedicationRequest": read_medication_request,
    "MedicationStatement": read_medication_statement,
    "Observation": read_observation,
    "Procedure": read_procedure,
    "ResearchSubject": read_research_subject,
}
_READ_THROUGH_OTHERS = frozenset({"Medication", "ResearchStudy"})
"""Types that are read where another resource refers to them."""


def read_bundle(
    bundle: Mapping[str, object], vocabulary: Vocabulary, as_of: date, *, lexicon: Lexicon | None = None
) -> BundleReading:
    """The patient of a bundle, and one note for each of its entries.

    The patient is one that `read_patient` takes on that day. Raises `Refused` only for a body that is no Bundle of one
    patient, with pointers that begin with `/patient_bundle`. A `lexicon` of the vocabulary that is kept saves time.
    """
    lexicon = lexicon or Lexicon(vocabulary)
    entries = _entries(bundle)
    replaced = _replaced(entries, newest_first=bundle.get("type") == "history")
    patient = _patient(entry for number, entry in enumerate(entries) if number not in replaced)
    around = Surroundings.of(entries, patient, lexicon, as_of)
    drafts = [
        [Left(replaced[number])] if number in replaced else [] if entry is patient else list(_read(entry, around))
        for number, entry in enumerate(entries)
    ]
    settled = settle(read_person(patient.resource), [made for listed in drafts for made in listed], vocabulary, as_of)
    return BundleReading(settled.patient, tuple(_notes(entries, drafts, patient, settled, lexicon)))


def _entries(bundle: Mapping[str, object]) -> list[Entry]:
    if bundle.get("resourceType") != "Bundle":
        detail, remedy = "this is no FHIR Bundle", "send a resource whose resourceType is Bundle"
        raise Refused([Fault("not_a_bundle", detail, remedy, "/patient_bundle/resourceType")])
    listed = bundle.get("entry")
    if not isinstance(listed, list):
        detail, remedy = "the entries are no list", "send the resources as entry, a list"
        raise Refused([Fault("not_a_bundle", detail, remedy, "/patient_bundle/entry")])
    sent = [object_of(entry) for entry in listed]
    return [
        Entry(f"/entry/{number}", object_of(entry.get("resource")), text_of(entry.get("fullUrl")))
        for number, entry in enumerate(sent)
    ]


def _patient(entries: Iterable[Entry]) -> Entry:
    """The one Patient. Several are refused: nothing says whose facts are asked for."""
    patients = [entry for entry in entries if entry.type == "Patient"]
    if len(patients) != 1:
        detail = "there is more than one Patient in the bundle" if patients else "there is no Patient in the bundle"
        fault = Fault("not_one_patient", detail, "send the bundle of one patient", "/patient_bundle/entry")
        raise Refused([fault])
    return patients[0]


def _replaced(entries: Sequence[Entry], *, newest_first: bool) -> dict[int, str]:
    """The entries that another one makes superfluous, by number: the same resource again, or an older version of it.

    Where nothing tells which of two versions is the newer, both stay, as if they were two resources.
    """
    found: dict[int, str] = {}
    latest: dict[tuple[str, str], int] = {}
    for number, entry in enumerate(entries):
        if not entry.type or entry.id is None:
            continue
        key = (entry.type, entry.id)
        known = latest.setdefault(key, number)
        if known == number:
            continue
        if entry.resource == entries[known].resource:
            found[number] = "it is the same resource again"
            continue
        order = 1 if newest_first else _order(entries[known], entry)
        if order:
            older, latest[key] = (number, known) if order > 0 else (known, number)
            found[older] = "it is an older version of another entry"
    return found


def _order(one: Entry, other: Entry) -> int:
    """1 where the first is the newer, -1 where the other is, 0 where nothing tells."""
    times = [_last_updated(one), _last_updated(other)]
    if times[0] is None or times[1] is None or times[0] == times[1]:
        return 0
    return 1 if times[0] > times[1] else -1


def _last_updated(entry: Entry) -> datetime | None:
    stated = text_of(object_of(entry.resource.get("meta")).get("lastUpdated"))
    try:
        instant = datetime.fromisoformat(stated or "")
    except ValueError:
        return None
    return instant if instant.tzinfo else None


def _read(entry: Entry, around: Surroundings) -> Sequence[Draft]:
    resource = entry.resource
    if not entry.type:
        return [Left("it holds no resource")]
    reader = _READERS.get(entry.type)
    if reader is None:
        through = entry.type in _READ_THROUGH_OTHERS
        reason = "it is read where another resource refers to it" if through else "resources of this type are not read"
        return [Left(reason)]
    code = around.lexicon.system_code(concept_of(resource.get("code")))
    if not around.is_about_patient(resource):
        return [Left("it is about somebody else", code)]
    if resource.get("modifierExtension") or resource.get("implicitRules"):
        return [Left(MODIFIED, code)]
    return reader(resource, around)


def _notes(
    entries: Sequence[Entry],
    drafts: Sequence[Sequence[Draft]],
    patient: Entry,
    settled: Settled,
    lexicon: Lexicon,
) -> Iterable[BundleNote]:
    """One note for each entry; the drafts as they were settled stand in the same order."""
    ready = iter(settled.drafts)
    for entry, listed in zip(entries, drafts, strict=True):
        made = [next(ready) for _ in listed]
        if entry is patient:
            note = _note_of_person(entry, settled.person)
        elif len(made) == 1:
            note = _note(entry.pointer, entry.type, made[0])
        else:
            note = _note_of_parts(entry, made, lexicon)
        unread = any(
            word_of(one.get("resourceType")) in _READERS for one in objects_of(entry.resource.get("contained"))
        )
        yield replace(note, detail=f"{note.detail}; what it contains is left") if unread else note


def _note(pointer: str, resource_type: str, made: Draft) -> BundleNote:
    if isinstance(made, Left):
        return BundleNote(pointer, resource_type, "left", None, made.reason, made.system_code)
    detail = "; ".join((made.match.how, *made.remarks))
    into = list_of(made.fact)
    return BundleNote(pointer, resource_type, "mapped", made.match.code, detail, made.match.system_code, into)


def _note_of_parts(entry: Entry, made: Sequence[Draft], lexicon: Lexicon) -> BundleNote:
    """Of an observation with several results: mapped if any is. The components stand last."""
    count = len(objects_of(entry.resource.get("component")))
    places = [entry.pointer] * (len(made) - count) + [f"{entry.pointer}/component/{n}" for n in range(count)]
    parts = tuple(_note(place, entry.type, part) for place, part in zip(places, made, strict=True))
    read = [part for part in made if isinstance(part, Read)]
    code = lexicon.system_code(concept_of(entry.resource.get("code")))
    detail = f"{len(read)} of its {len(made)} results are read"
    into = list_of(read[0].fact) if read else None
    return BundleNote(entry.pointer, entry.type, "mapped" if read else "left", None, detail, code, into, parts)


def _note_of_person(entry: Entry, person: Person) -> BundleNote:
    detail = "; ".join(filter(None, (person.read, *person.remarks)))
    if person.read is None:
        return BundleNote(entry.pointer, entry.type, "left", None, detail, None)
    return BundleNote(entry.pointer, entry.type, "mapped", None, detail, None, "patient")
