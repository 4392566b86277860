"""A dose a day (or a week) from a Dosage, where it can be reckoned exactly."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from app.matching.fhir.elements import Json, concept_of, number_of, object_of, objects_of, text_of
from app.matching.fhir.values import UCUM

UNREAD_DOSE = "its dose is left"

_TIMES_A_DAY: Mapping[str, Fraction] = {
    # v3-GTSAbbreviation, which R4 gives for Timing.code
    "QD": Fraction(1),
    "AM": Fraction(1),
    "PM": Fraction(1),
    "BED": Fraction(1),
    "BID": Fraction(2),
    "TID": Fraction(3),
    "QID": Fraction(4),
    "Q4H": Fraction(6),
    "Q6H": Fraction(4),
    "Q8H": Fraction(3),
    "QOD": Fraction(1, 2),
}
_PER_UNIT: Mapping[str, tuple[int, str]] = {"h": (24, "d"), "d": (1, "d"), "wk": (1, "wk")}


@dataclass(frozen=True, slots=True)
class ReadDose:
    """`dose` as the evaluator writes one, or None; `remark` where what was said of a dose could not be read."""

    dose: Mapping[str, object] | None = None
    remark: str | None = None


def dose_of(dosages: object) -> ReadDose:
    """One dose, one frequency: `doseQuantity` times how often it is taken. Several dosages, ranges, tablets, sites and
    doses as needed are left, with a remark; where nothing is said of a dose, there is none.
    """
    sent = objects_of(dosages)
    quantities = [_quantity(dosage) for dosage in sent]
    if len(sent) != 1 or not quantities[0]:
        return ReadDose(remark=UNREAD_DOSE if any(_says_dose(dosage) for dosage in sent) else None)
    value, unit = number_of(quantities[0].get("value")), _unit(quantities[0])
    times = _how_often(object_of(sent[0].get("timing")))
    as_needed = any(sent[0].get(name) for name in ("asNeededBoolean", "asNeededCodeableConcept", "modifierExtension"))
    if value is None or unit is None or times is None or as_needed:
        return ReadDose(remark=UNREAD_DOSE)
    frequency, per = times
    total = _exact(Fraction(value) * frequency)
    return ReadDose({"value": total, "unit": f"{unit}/{per}"}) if total else ReadDose(remark=UNREAD_DOSE)


def route_names(dosages: object) -> tuple[str, ...]:
    """What the routes of administration are called."""
    return tuple(name for dosage in objects_of(dosages) for name in concept_of(dosage.get("route")).names)


def _quantity(dosage: Json) -> Json:
    rates = objects_of(dosage.get("doseAndRate"))
    return object_of((rates[0] if len(rates) == 1 else dosage if not rates else {}).get("doseQuantity"))


def _says_dose(dosage: Json) -> bool:
    return bool({"doseAndRate", "doseQuantity", "doseRange", "text", "timing"} & dosage.keys())


def _unit(quantity: Json) -> str | None:
    is_ucum = text_of(quantity.get("system")) in (None, UCUM)
    return (text_of(quantity.get("code")) if is_ucum else None) or text_of(quantity.get("unit"))


def _how_often(timing: Json) -> tuple[Fraction, str] | None:
    """How many times, and per what: `d` or `wk`."""
    repeat = object_of(timing.get("repeat"))
    frequency, period = number_of(repeat.get("frequency")), number_of(repeat.get("period"))
    unit = _PER_UNIT.get(text_of(repeat.get("periodUnit")) or "")
    if {"frequencyMax", "periodMax", "count"} & repeat.keys():
        return None
    if frequency and period and unit:
        return Fraction(frequency) * unit[0] / Fraction(period), unit[1]
    if repeat.keys() & {"frequency", "period", "periodUnit", "dayOfWeek"}:
        return None
    code = next((_TIMES_A_DAY[code] for code in concept_of(timing.get("code")).codes if code in _TIMES_A_DAY), None)
    return (code, "d") if code else None


def _exact(value: Fraction) -> Decimal | None:
    """The decimal that is the fraction, if one is: 1000 mg in three weeks are none."""
    denominator = value.denominator
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    return Decimal(value.numerator) / Decimal(value.denominator) if denominator == 1 else None
