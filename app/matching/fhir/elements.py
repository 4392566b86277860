"""The shapes that JSON of FHIR R4 is made of, read without trust: what has another shape is as if it were not there."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.vocabulary.dates import day_range

Json = Mapping[str, object]

_LONGEST_TEXT = 400
_WHOLE_DAY = len("2026-07-15")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


def object_of(value: object) -> Json:
    """An object; an empty one where there is none."""
    return value if isinstance(value, Mapping) else {}


def objects_of(value: object) -> tuple[Json, ...]:
    """The objects of a list; an object alone is a list of one."""
    listed = value if isinstance(value, list | tuple) else [value]
    return tuple(item for item in listed if isinstance(item, Mapping))


def text_of(value: object) -> str | None:
    """A text that says something, without what cannot be seen; a very long one is cut."""
    if not isinstance(value, str):
        return None
    return " ".join(unicodedata.normalize("NFC", value[:_LONGEST_TEXT]).translate(_INVISIBLE).split()) or None


def number_of(value: object) -> Decimal | None:
    """A finite number, as it was written: a float by its shortest decimal."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except ValueError:  # an integer of more digits than Python turns into text
        return None
    return number if number.is_finite() else None


def word_of(value: object) -> str:
    """A code such as a status; the empty text where there is none."""
    return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Coding:
    """One code of one system, as sent."""

    system: str
    code: str
    display: str | None = None


@dataclass(frozen=True, slots=True)
class Concept:
    """A CodeableConcept: codes that all mean the same thing, and its text."""

    codings: tuple[Coding, ...] = ()
    text: str | None = None
    ordinal: Decimal | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called, each name once."""
        named = (*(coding.display for coding in self.codings), self.text)
        return tuple(dict.fromkeys(name for name in named if name))

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(coding.code for coding in self.codings if coding.code)


_ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"


def concept_of(value: object) -> Concept:
    """A CodeableConcept, or a Coding alone. `ordinal` is the number that the extension ordinalValue gives a code."""
    sent = object_of(value)
    codings = objects_of(sent.get("coding")) or ((sent,) if "code" in sent else ())
    ordinal = next(
        (
            number_of(extension.get("valueDecimal"))
            for coding in codings
            for extension in objects_of(coding.get("extension"))
            if extension.get("url") == _ORDINAL
        ),
        None,
    )
    read = tuple(
        Coding(text_of(coding.get("system")) or "", text_of(coding.get("code")) or "", text_of(coding.get("display")))
        for coding in codings
    )
    return Concept(read, text_of(sent.get("text")), ordinal)


def concepts_of(value: object) -> tuple[Concept, ...]:
    return tuple(concept_of(item) for item in objects_of(value))


def day_of(value: object) -> str | None:
    """The day of a date, dateTime or instant, as written there: no time zone moves it. A partial date stays partial."""
    written = text_of(value)
    if written is None:
        return None
    day, separator, _ = written.partition("T")
    try:
        day_range(day)
    except ValueError:
        return None
    return None if separator and len(day) != _WHOLE_DAY else day


@dataclass(frozen=True, slots=True)
class When:
    """The time that a resource tells of. `point`: one day was given, not a period. `remark`: what could not be read."""

    start: str | None = None
    end: str | None = None
    point: bool = False
    remark: str | None = None

    @property
    def remarks(self) -> tuple[str, ...]:
        return (self.remark,) if self.remark else ()


UNREAD_DATE = "its date has a form that is not read"


def when_of(resource: Json, *names: str) -> When:
    """`onset[x]`, `performed[x]`, …: the first of `names` in any of its forms that is there.

    Read: date, dateTime, instant, and a Period with either end. Left, with a remark: Age, Range, Timing and words,
    since they make no date.
    """
    for name in names:
        fields = (name, *(name + form for form in _FORMS))
        field = next((field for field in fields if resource.get(field) not in (None, "", {}, [])), None)
        if field is None:
            continue
        value = resource[field]
        if isinstance(value, Mapping) and (field == name or field.endswith("Period")):
            start, end = day_of(value.get("start")), day_of(value.get("end"))
            lost = any(value.get(part) is not None and day_of(value.get(part)) is None for part in ("start", "end"))
            return When(start, end, remark=UNREAD_DATE if lost or not (start or end) else None)
        day = day_of(value) if not field.endswith("String") else None
        return When(day, day, point=True) if day else When(remark=UNREAD_DATE)
    return When()


_FORMS = ("DateTime", "Date", "Instant", "Period", "Age", "Range", "Timing", "String", "Boolean")
