"""Quantities in the unit of their observation: exact conversion, plausibility, and numbers as people read them.

What cannot be used comes back as a `Fault` whose pointer is relative to the result or threshold (`/unit`, `/value`).
"""

import re
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from app.eligibility.criteria import Threshold
from app.eligibility.intervals import Interval
from app.eligibility.units import KNOWN_SPELLINGS, Unit, UnknownUnit, parse_unit
from app.vocabulary.faults import Fault
from app.vocabulary.terms import ObservationKind, ObservationTerm

_ENZYME_UNIT = parse_unit("U")
_COUNT = "1/L"
# Laboratories' words for counts. Elsewhere G is a gauss and K a kelvin, so only counts are read so.
_COUNT_SPELLINGS = {
    "g/l": parse_unit("10*9/L"),
    "t/l": parse_unit("10*12/L"),
    "k/ul": parse_unit("10*9/L"),
    "k/mm3": parse_unit("10*9/L"),
    "th/ul": parse_unit("10*9/L"),
    "thou/ul": parse_unit("10*9/L"),
    "thousand/ul": parse_unit("10*9/L"),
    "m/ul": parse_unit("10*12/L"),
}
_NO_UNIT = frozenset(
    {"1", "{titer}", "titer", "titre", "{score}", "score", "points", "{inr}", "inr", "{ratio}", "ratio"}
)


def factor_to(term: ObservationTerm, unit: str | None) -> Fraction | Fault:
    """What a value in `unit` is multiplied by to stand in the term's own unit; through molar mass where it needs one.

    Scores, titres and what has no unit need none. An enzyme's activity may be given in [IU], which laboratories write
    for U; no other U is an [IU]. Faults: `unit_required`, `unit_unknown`, `unit_inconvertible`, all at `/unit`.
    """
    if unit is None and term.kind in (ObservationKind.SCORE, ObservationKind.TITRE):
        return Fraction(1)
    return _factor(unit, _Scale(term.unit, term.molar_mass, term.denominator_molar_mass))


def convert(value: Interval, unit: str | None, term: ObservationTerm) -> Interval | Fault:
    """The value in the term's own unit. Faults: those of `factor_to`, and `implausible` at `/value`.

    Of a quantity that cannot be negative, `<5` reaches from 0.
    """
    factor = factor_to(term, unit)
    if isinstance(factor, Fault):
        return factor
    converted = value.times(factor)
    if term.whole_number and converted.exact is not None and converted.exact.denominator != 1:
        return _NOT_WHOLE
    if term.plausible is None:
        return converted
    low, high = _bounds(term.plausible.low, term.plausible.high)
    if _misses(converted, low, high):
        return _IMPLAUSIBLE
    if converted.low is None and low >= 0:
        return replace(converted, low=Fraction(0))
    return converted


def convert_limit(value: Decimal, unit: str | None, term: ObservationTerm) -> Fraction | Fault:
    """A reference limit in the term's own unit; one below zero, or beyond every possible value, is `implausible`."""
    factor = factor_to(term, unit)
    if isinstance(factor, Fault):
        return factor
    limit = Fraction(value) if factor == 1 else Fraction(value) * factor
    if term.plausible is None:
        return limit
    low, high = _bounds(min(term.plausible.low, Decimal(0)), term.plausible.high)
    return _IMPLAUSIBLE if _less(limit, low) or _less(high, limit) else limit


def threshold_in_term_unit(threshold: Threshold, term: ObservationTerm) -> Fraction | Fault:
    """The number to compare with; of a multiple of a reference limit, the multiple itself. Faults as of `convert`."""
    value = Fraction(threshold.value)
    if threshold.relative_to is not None:
        return value
    converted = convert(Interval.exactly(value), threshold.unit, term)
    return converted if isinstance(converted, Fault) else converted.low or Fraction(0)


class _Scale(NamedTuple):
    """What of a term decides how units convert."""

    unit: str | None
    molar_mass: Decimal | None
    denominator_molar_mass: Decimal | None


@lru_cache(maxsize=4096)
def _factor(unit: str | None, scale: _Scale) -> Fraction | Fault:
    own = scale.unit
    if own is None or own == "1":
        takes_it = unit is None or unit.strip().lower() in _NO_UNIT
        return Fraction(1) if takes_it else _NEEDS_NO_UNIT
    if unit is None or not unit.strip():
        usable = _understood(scale)
        return Fault(
            "unit_required", "a quantity needs its unit", f"give one of {', '.join(usable)}", "/unit", nearest=usable
        )
    term_unit = parse_unit(own)
    try:
        given = _as_count(unit) if term_unit.dimension == _COUNT else None
        given = given or parse_unit(unit)
    except UnknownUnit as unknown:
        nearest = unknown.nearest or _understood(scale)
        return Fault(
            "unit_unknown", "the unit is not understood", f"give a UCUM unit, such as {own}", "/unit", nearest=nearest
        )
    ratio = _ratio(given, term_unit, scale)
    if ratio is None:
        usable = _understood(scale)
        return Fault(
            "unit_inconvertible",
            "the unit measures something else than this observation",
            f"give one of {', '.join(usable)}",
            "/unit",
            nearest=usable,
        )
    return ratio


def _ratio(given: Unit, own: Unit, scale: _Scale) -> Fraction | None:
    """How many of the observation's units one of the given units is; None where they cannot be compared."""
    ratio = given.factor / own.factor
    if given.dimension == own.dimension:
        return ratio
    match given.dimension, own.dimension:
        case ("[IU]/L", "mol/L.s"):
            return ratio * _ENZYME_UNIT.factor
        case ("g/L", "mol/L") if scale.molar_mass:
            return ratio / Fraction(scale.molar_mass)
        case ("mol/L", "g/L") if scale.molar_mass:
            return ratio * Fraction(scale.molar_mass)
        case ("g/g", "g/mol") if scale.denominator_molar_mass:
            return ratio * Fraction(scale.denominator_molar_mass)
        case ("g/mol", "g/g") if scale.denominator_molar_mass:
            return ratio / Fraction(scale.denominator_molar_mass)
    return None


def _as_count(unit: str) -> Unit | None:
    return _COUNT_SPELLINGS.get(unit.replace(" ", "").replace("µ", "u").replace("μ", "u").lower())


def understood_units(term: ObservationTerm) -> tuple[str, ...]:
    """Up to five units that an observation can be given in, its own first, then those of the nearest size."""
    return _understood(_Scale(term.unit, term.molar_mass, term.denominator_molar_mass)) if term.unit else ()


@lru_cache(maxsize=512)
def _understood(scale: _Scale) -> tuple[str, ...]:
    own = scale.unit or "1"
    ratios = {spelling: _ratio(parse_unit(spelling), parse_unit(own), scale) for spelling in KNOWN_SPELLINGS}
    sizes = {spelling: max(ratio, 1 / ratio) for spelling, ratio in ratios.items() if ratio and spelling != own}
    return (own, *sorted(sizes, key=lambda spelling: sizes[spelling])[:4])


_IMPLAUSIBLE = Fault(
    "implausible", "the value lies outside what is possible", "check the value and its unit", pointer="/value"
)
_NOT_WHOLE = Fault("not_whole", "this observation has whole numbers only", "check the value", pointer="/value")
_NEEDS_NO_UNIT = Fault("unit_inconvertible", "this observation takes no unit", "leave the unit out", pointer="/unit")


@lru_cache(maxsize=1024)
def _bounds(low: Decimal, high: Decimal) -> tuple[Fraction, Fraction]:
    return Fraction(low), Fraction(high)


def _misses(value: Interval, low: Fraction, high: Fraction) -> bool:
    """Whether no value of the range lies within both bounds."""
    too_low = value.high is not None and (_less(value.high, low) or (value.high_open and value.high == low))
    too_high = value.low is not None and (_less(high, value.low) or (value.low_open and value.low == high))
    return too_low or too_high


def _less(one: Fraction, other: Fraction) -> bool:
    """The same as `<`, which first finds out at length what kinds of number it is given."""
    return one.numerator * other.denominator < other.numerator * one.denominator


_LONGEST_NUMBER = 40
_WIDE = Context(prec=80, rounding=ROUND_HALF_EVEN)
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def format_number(value: Fraction | Decimal) -> str:
    """The shortest decimal, with at most four significant digits unless there are more before the point.

    What is too large or too small to be a measurement is printed with an exponent.
    """
    exact = value if isinstance(value, Fraction) else Fraction(value)
    if exact.denominator == 1 and abs(exact.numerator) < 10**_LONGEST_NUMBER:
        return str(exact.numerator)
    decimal = _WIDE.divide(Decimal(exact.numerator), Decimal(exact.denominator))
    if abs(decimal.adjusted()) > _LONGEST_NUMBER:
        return f"{decimal:.3e}"
    places = max(0, 3 - decimal.adjusted()) if decimal else 0
    text = f"{decimal.quantize(Decimal(1).scaleb(-places), context=_WIDE):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=512)
def unit_for_people(unit: str) -> str:
    """A UCUM unit as it is printed: `10⁹/L`, `µmol/L`, `mL/min/1.73 m²`, `IU/mL`, `mg/day`."""
    text = re.sub(r"10\*(\d+)", lambda found: "10" + found[1].translate(_SUPERSCRIPTS), unit)
    text = re.sub(r"\bu(?=(?:mol|g|L|kat)\b)", "µ", text)
    text = text.replace("{1.73_m2}", "1.73 m²").replace("/m2", "/m²").replace("(24.h)", "day")
    text = re.sub(r"/d\b", "/day", text)
    text = {"mo": "months", "a": "years", "d": "days", "wk": "weeks"}.get(text, text)
    return re.sub(r"[\[\]{}]", "", text)


def format_quantity(value: Fraction | Decimal, unit: str | None) -> str:
    """`85 g/L`, `1.5 × 10⁹/L`, `50 %`; the number alone where there is no unit."""
    return with_unit(format_number(value), unit)


def format_interval(value: Interval, unit: str | None) -> str:
    """`85 g/L`, `< 5 mg/L`, `30 to 45 mL/min`."""
    low, high = value.low, value.high
    if low is None and high is None:
        return "any value"
    if low is None or (low == 0 and value.high_open):
        return with_unit(f"{'<' if value.high_open else '≤'} {format_number(high or Fraction(0))}", unit)
    if high is None:
        return with_unit(f"{'>' if value.low_open else '≥'} {format_number(low)}", unit)
    least, most = format_number(low), format_number(high)
    return with_unit(least if least == most else f"{least} to {most}", unit)


def with_unit(number: str, unit: str | None) -> str:
    """A number that is written already, with its unit as it is printed."""
    if unit is None or unit == "1":
        return number
    printed = unit_for_people(unit)
    return f"{number} × {printed}" if printed.startswith("10") else f"{number} {printed}"
