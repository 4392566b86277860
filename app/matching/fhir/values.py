"""`value[x]` and `referenceRange` of an observation or a component, as the evaluator writes them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from app.matching.fhir.answers import coded_grade, coded_word, written_grade, written_reading, written_word
from app.matching.fhir.elements import Concept, Json, concept_of, number_of, object_of, objects_of, text_of
from app.vocabulary.enumerations import Interpretation
from app.vocabulary.terms import ObservationKind, ObservationTerm

UCUM = "http://unitsofmeasure.org"
_COMPARATORS = frozenset({"<", "<=", ">=", ">"})
_MOST_DIGITS = 15
_ANNOTATION = re.compile(r"\{[^{}]*\}|\([a-z]+\)")
_BARE_NUMBER = re.compile(r"\d{1,6}(\.\d{1,6})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Value:
    """One way to say a result: a number or a text with the units to try, or the laboratory's reading alone."""

    value: Decimal | str | None = None
    units: tuple[str | None, ...] = (None,)
    reading: Interpretation | None = None


def has_value(sent: Json) -> bool:
    return any(name.startswith("value") and content not in (None, "", {}, []) for name, content in sent.items())


def values_of(sent: Json, term: ObservationTerm) -> Iterator[Value]:
    """Every way to say what `value[x]` holds, the most exact first. More than one form is against FHIR, and occurs.

    Read: Quantity with its comparator, integer, decimal (of R5), Ratio where it is a titre, Range with one end,
    CodeableConcept and string. Left: boolean, times and sampled data, for which the vocabulary has no observation.
    """
    yield from _quantity(object_of(sent.get("valueQuantity")), term)
    for form in ("valueInteger", "valueDecimal"):
        number = number_of(sent.get(form))
        if number is not None:
            yield Value(number)
    yield from _ratio(object_of(sent.get("valueRatio")), term)
    yield from _range(object_of(sent.get("valueRange")), term)
    yield from _concept(concept_of(sent.get("valueCodeableConcept")), term)
    text = text_of(sent.get("valueString"))
    if text is not None:
        yield _text(text, term)


def _quantity(quantity: Json, term: ObservationTerm) -> Iterator[Value]:
    number = number_of(quantity.get("value"))
    if number is None:
        return
    comparator = text_of(quantity.get("comparator"))
    if comparator is None:
        yield Value(number, _units(quantity, term))
    elif comparator in _COMPARATORS:
        yield from _bound(comparator, number, quantity, term)


def _bound(comparator: str, number: Decimal, quantity: Json, term: ObservationTerm) -> Iterator[Value]:
    if abs(number.adjusted()) < _MOST_DIGITS:
        yield Value(f"{comparator}{number:f}", _units(quantity, term))


def _units(quantity: Json, term: ObservationTerm) -> tuple[str | None, ...]:
    """The unit by its UCUM code, then as it is shown. Of what has no unit, an annotation alone (`{score}`) is none."""
    is_ucum = text_of(quantity.get("system")) in (None, UCUM)
    written = (text_of(quantity.get("code")) if is_ucum else None, text_of(quantity.get("unit")))
    units = tuple(dict.fromkeys(unit for unit in written if unit))
    if term.unit is None:
        units = tuple(unit for unit in units if not _ANNOTATION.fullmatch(unit))
    return units or (None,)


def _ratio(ratio: Json, term: ObservationTerm) -> Iterator[Value]:
    """A titre, such as 1:80."""
    over, under = object_of(ratio.get("numerator")), object_of(ratio.get("denominator"))
    dilution = number_of(under.get("value"))
    if term.kind is ObservationKind.TITRE and number_of(over.get("value")) == 1 and dilution is not None:
        yield Value(f"{text_of(under.get('comparator')) or ''}1:{dilution:f}")


def _range(bounds: Json, term: ObservationTerm) -> Iterator[Value]:
    """A range that is open on one side; one with two ends has no like here."""
    low, high = object_of(bounds.get("low")), object_of(bounds.get("high"))
    number = number_of((low or high).get("value"))
    if bool(low) != bool(high) and number is not None:
        yield from _bound(">=" if low else "<=", number, low or high, term)


def _concept(concept: Concept, term: ObservationTerm) -> Iterator[Value]:
    grade, word = coded_grade(concept), coded_word(concept)
    if grade is not None:
        yield Value(grade)
    elif word is not None:
        yield _said(word)
    else:
        for name in concept.names:
            yield _text(name, term)


def _text(text: str, term: ObservationTerm) -> Value:
    """Words, bounds (`<5`), titres (`1:80`), grades (`Class II`), and the plain number of what has no unit."""
    word, grade = written_word(text), written_grade(text)
    if word is not None:
        return _said(word)
    if term.kind is ObservationKind.SCORE and grade is not None:
        return Value(grade)
    if term.unit is None and _BARE_NUMBER.fullmatch(text):
        return Value(Decimal(text))
    reading = written_reading(text)
    return Value(reading=reading) if reading is not None else Value(text)


def _said(word: str) -> Value:
    return Value(reading=Interpretation.INDETERMINATE) if word == "indeterminate" else Value(word)


@dataclass(frozen=True, slots=True)
class Limits:
    """A laboratory's own limits, in the unit of the value; `remark` where there are some that cannot be used."""

    low: Decimal | None = None
    high: Decimal | None = None
    remark: str | None = None


def limits_of(value: object, quantity: Json) -> Limits:
    """The normal range, if there is one and it has the unit of the value: no limit is ever converted."""
    sent = objects_of(value)
    normal = [one for one in sent if _is_normal(one)]
    if len(normal) != 1:
        return Limits(remark="its reference range is left" if sent else None)
    bounds = {name: object_of(normal[0].get(name)) for name in ("low", "high")}
    stated = {name: number_of(bound.get("value")) for name, bound in bounds.items()}
    if stated == {"low": None, "high": None}:
        return Limits(remark="its reference range is left")
    unit = _written_unit(quantity)
    if any(stated[name] is not None and _written_unit(bound) != unit for name, bound in bounds.items()):
        return Limits(remark="its reference range is left, for it has not the unit of the value")
    return Limits(stated["low"], stated["high"])


def _is_normal(reference: Json) -> bool:
    """R4: a range of no stated type is the normal one."""
    kind = concept_of(reference.get("type"))
    words = {word.casefold() for word in (*kind.codes, *kind.names)}
    return not words or bool(words & {"normal", "normal range"})


def _written_unit(quantity: Json) -> str | None:
    return text_of(quantity.get("code")) or text_of(quantity.get("unit"))
