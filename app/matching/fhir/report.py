"""What became of every entry of a bundle, each by itself and summed up.

No text holds a value of the patient's, nor a code that was sent: what the entries say can be looked up at their places.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from app.eligibility.patient import Patient
from app.matching.warnings import Warned

Disposition = Literal["mapped", "left"]


@dataclass(frozen=True, slots=True)
class BundleNote:
    """What became of one entry, or of one component of an observation (`parts` of its entry).

    `code` is that of the vocabulary and `into` the list of the patient that it went to (`patient` for what stands
    beside the lists); both None where the entry was left. `system_code` is the code that was sent, as `system|code`;
    notes are grouped by it, and it is told to nobody.
    `detail` says what a mapping rests on and what was converted or left of it, or why the entry was left.
    """

    pointer: str
    resource_type: str
    disposition: Disposition
    code: str | None
    detail: str
    system_code: str | None
    into: str | None = None
    parts: tuple["BundleNote", ...] = ()


@dataclass(frozen=True, slots=True)
class BundleReading:
    """A patient, and one note for each entry of the bundle, in its order."""

    patient: Patient
    notes: tuple[BundleNote, ...]


@dataclass(frozen=True, slots=True)
class NoteGroup:
    """Notes that say the same of the same code: the first of them, and how many there are."""

    note: BundleNote
    count: int

    @property
    def text(self) -> str:
        """One sentence for people; the place of the note says which code it speaks of."""
        note = self.note
        said = f"{self.count} × {note.resource_type}" if self.count > 1 else note.resource_type
        if note.disposition == "left":
            return f"{said}: left, {note.detail}"
        read = f"{note.into} {note.code}" if note.code else note.into
        return f"{said}: read as {read}, {note.detail}" if note.detail else f"{said}: read as {read}"


def summarise(notes: Iterable[BundleNote]) -> tuple[NoteGroup, ...]:
    """The notes grouped by what they say and of what code, in the order of their first; parts count by themselves."""
    groups: dict[BundleNote, NoteGroup] = {}
    for note in _told(notes):
        about = replace(note, pointer="")
        known = groups.get(about)
        groups[about] = NoteGroup(known.note, known.count + 1) if known else NoteGroup(note, 1)
    return tuple(groups.values())


def warnings_of(reading: BundleReading) -> tuple[Warned, ...]:
    """The summary of a reading as an answer's warnings, each with the place of the first entry that it speaks of."""
    return tuple(
        Warned(f"bundle_{group.note.disposition}", group.text, f"/patient_bundle{group.note.pointer}")
        for group in summarise(reading.notes)
    )


def _told(notes: Iterable[BundleNote]) -> Iterator[BundleNote]:
    for note in notes:
        if note.parts:
            yield from note.parts
        else:
            yield note
