"""What surrounds a resource in its bundle: the patient it must be about, and what it refers to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from app.matching.fhir.elements import Json, object_of, objects_of, text_of
from app.matching.fhir.lexicon import Lexicon
from app.vocabulary.terms import Vocabulary


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: where it stands, its full URL, and its resource, if it has one."""

    pointer: str
    resource: Json
    full_url: str | None = None

    @property
    def type(self) -> str:
        return text_of(self.resource.get("resourceType")) or ""

    @property
    def id(self) -> str | None:
        return text_of(self.resource.get("id"))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything beside a resource that reading it takes."""

    lexicon: Lexicon
    as_of: date
    patient: Entry
    by_reference: Mapping[str, Json] = field(default_factory=dict)

    @property
    def vocabulary(self) -> Vocabulary:
        return self.lexicon.vocabulary

    @classmethod
    def of(cls, entries: Iterable[Entry], patient: Entry, lexicon: Lexicon, as_of: date) -> "Surroundings":
        found: dict[str, Json] = {}
        for entry in entries:
            for name in (entry.full_url, f"{entry.type}/{entry.id}" if entry.id else None):
                if name:
                    found.setdefault(name, entry.resource)
        return cls(lexicon, as_of, patient, found)

    def resolve(self, reference: object, within: Json) -> Json | None:
        """The resource that a Reference means, contained or in the bundle; None where it is elsewhere."""
        target = text_of(object_of(reference).get("reference"))
        if target is None:
            return None
        if target.startswith("#"):
            contained = objects_of(within.get("contained"))
            return next((resource for resource in contained if resource.get("id") == target[1:]), None)
        target = target.partition("/_history/")[0]
        return self.by_reference.get(target) or self.by_reference.get("/".join(target.split("/")[-2:]))

    def is_about_patient(self, resource: Json) -> bool:
        """Whether its subject is the patient, or is not said. A logical reference, without address, is taken to be."""
        stated = (resource.get(name) for name in ("subject", "patient", "individual"))
        reference = text_of(object_of(next((one for one in stated if one), None)).get("reference"))
        return reference is None or self.is_patient(reference)

    def is_patient(self, reference: str) -> bool:
        """Whether an address is the patient's: the full URL, or one that ends in the patient's id."""
        if reference.startswith("#"):
            return False
        reference = reference.partition("/_history/")[0]
        kind, _, name = reference.rpartition("/")
        if kind and kind.rpartition("/")[2] != "Patient":
            return False
        known = [url for url in (self.patient.id, self.patient.full_url) if url]
        return not known or reference in known or _last(name) in {_last(url) for url in known}

    def speaks_of_another(self, resource: Json) -> bool:
        """Whether an observation's focus is somebody or something other than the patient: a donor, a foetus, a device.

        A condition or a tumour of the patient's is a focus that changes nothing.
        """
        for focus in objects_of(resource.get("focus")):
            target = self.resolve(focus, resource)
            address = text_of(focus.get("reference")) or ""
            kinds = {text_of(object_of(target).get("resourceType")), text_of(focus.get("type")), *address.split("/")}
            if kinds & _OTHERS and not (address and self.is_patient(address)):
                return True
        return False


_OTHERS = frozenset({"Patient", "RelatedPerson", "Group", "Device", "Location", "Practitioner", "Person"})


def _last(url: str) -> str:
    return url.replace(":", "/").rpartition("/")[2]
