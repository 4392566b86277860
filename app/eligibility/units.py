"""A small exact reader of UCUM units and of their usual other spellings.

Exact and small on purpose: a library that reads `mL/min/{1.73_m2}` as mL/min, or converts in binary floats, would flip
verdicts at a threshold. So two things differ from UCUM's arithmetic. Mass over mass is not cancelled (mg/g, mg/kg and %
are three things in medicine), and the annotations `{1.73_m2}`, `{copies}` and `{titer}` are dimensions of their own.
Enzyme units U and arbitrary units [IU] are different dimensions here; `app.eligibility.quantities` lets an enzyme's
result be given in IU/L.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Unit:
    """A dimension, and how many of its base unit one of this unit is. Equal dimensions convert by their factors."""

    dimension: str
    factor: Fraction


class UnknownUnit(ValueError):
    """A unit that is not understood; `nearest` are the spellings that look like it."""

    def __init__(self, nearest: tuple[str, ...] = ()) -> None:
        super().__init__("the unit is not understood")
        self.nearest = nearest


@dataclass(frozen=True, slots=True)
class _Atom:
    factor: Fraction
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    takes_prefix: bool = False


_PREFIXES = {
    "G": Fraction(10**9),
    "M": Fraction(10**6),
    "k": Fraction(10**3),
    "d": Fraction(1, 10),
    "c": Fraction(1, 10**2),
    "m": Fraction(1, 10**3),
    "u": Fraction(1, 10**6),
    "n": Fraction(1, 10**9),
    "p": Fraction(1, 10**12),
    "f": Fraction(1, 10**15),
}

# Base units: g, L, m, s, mol, [IU], m[Hg]. UCUM's year is 365.25 days, its month a twelfth of it, U is umol/min.
_ATOMS = {
    "1": _Atom(Fraction(1)),
    "10*": _Atom(Fraction(10)),
    "10^": _Atom(Fraction(10)),
    "%": _Atom(Fraction(1, 100)),
    "g": _Atom(Fraction(1), ("g",), takes_prefix=True),
    "[lb_av]": _Atom(Fraction("453.59237"), ("g",)),
    "L": _Atom(Fraction(1), ("L",), takes_prefix=True),
    "l": _Atom(Fraction(1), ("L",), takes_prefix=True),
    "m": _Atom(Fraction(1), ("m",), takes_prefix=True),
    "[in_i]": _Atom(Fraction("0.0254"), ("m",)),
    "[ft_i]": _Atom(Fraction("0.3048"), ("m",)),
    "s": _Atom(Fraction(1), ("s",), takes_prefix=True),
    "min": _Atom(Fraction(60), ("s",)),
    "h": _Atom(Fraction(3_600), ("s",)),
    "d": _Atom(Fraction(86_400), ("s",)),
    "wk": _Atom(Fraction(7 * 86_400), ("s",)),
    "mo": _Atom(Fraction(36525, 1200) * 86_400, ("s",)),
    "a": _Atom(Fraction(36525, 100) * 86_400, ("s",)),
    "mol": _Atom(Fraction(1), ("mol",), takes_prefix=True),
    "U": _Atom(Fraction(1, 60 * 10**6), ("mol",), ("s",), takes_prefix=True),
    "kat": _Atom(Fraction(1), ("mol",), ("s",), takes_prefix=True),
    "[IU]": _Atom(Fraction(1), ("[IU]",), takes_prefix=True),
    "[iU]": _Atom(Fraction(1), ("[IU]",), takes_prefix=True),
    "m[Hg]": _Atom(Fraction(1), ("m[Hg]",), takes_prefix=True),
    "{1.73_m2}": _Atom(Fraction(1), ("{1.73_m2}",)),
    "{copies}": _Atom(Fraction(1), ("{copies}",)),
    "{titer}": _Atom(Fraction(1), ("{titer}",)),
    "{cells}": _Atom(Fraction(1)),
}

# What people write for one atom. Words are looked up whole, in lower case.
_WORDS = {
    "mcg": "ug",
    "gm": "g",
    "gram": "g",
    "grams": "g",
    "mgs": "mg",
    "kgs": "kg",
    "lb": "[lb_av]",
    "lbs": "[lb_av]",
    "in": "[in_i]",
    "inch": "[in_i]",
    "inches": "[in_i]",
    "ft": "[ft_i]",
    "sec": "s",
    "secs": "s",
    "second": "s",
    "seconds": "s",
    "mins": "min",
    "minute": "min",
    "hr": "h",
    "hrs": "h",
    "hour": "h",
    "hours": "h",
    "day": "d",
    "days": "d",
    "week": "wk",
    "weeks": "wk",
    "month": "mo",
    "months": "mo",
    "year": "a",
    "years": "a",
    "yr": "a",
    "yrs": "a",
    "iu": "[IU]",
    "miu": "m[IU]",
    "kiu": "k[IU]",
    "uiu": "u[IU]",
    "mmhg": "mm[Hg]",
    "cmm": "mm3",
    "cumm": "mm3",
    "cell": "{cells}",
    "cells": "{cells}",
    "copies": "{copies}",
    "copy": "{copies}",
    "cp": "{copies}",
    "cps": "{copies}",
    "titer": "{titer}",
    "titre": "{titer}",
    "percent": "%",
}

# What is offered when a unit is not understood, and what is recognised in any case (`MG/DL`).
KNOWN_SPELLINGS = (
    "%", "/uL", "/mL", "/L", "/mm3", "10*3/uL", "10*6/uL", "10*6/L", "10*9/L", "10*12/L", "a", "mo", "wk", "d",
    "h", "s", "cm", "m", "g", "kg", "g/L", "g/dL", "mg/dL", "mg/L", "ug/L", "ug/mL", "ug/dL", "ng/mL", "ng/L", "ng/dL",
    "pg/mL", "mmol/L", "umol/L", "nmol/L", "U/L", "U/mL", "ukat/L", "nkat/L", "[IU]/L", "[IU]/mL", "k[IU]/L",
    "k[IU]/mL", "m[IU]/mL", "{copies}/mL", "{copies}/L", "mL/min", "mL/s", "L/min", "mL/min/{1.73_m2}",
    "mL/s/{1.73_m2}", "{titer}", "g/d", "mg/d", "g/(24.h)", "mg/wk", "mg/kg", "mg/kg/d", "ug/kg/d", "mg/m2",
    "mg/m2/d", "mg/g", "g/g", "mg/mmol", "g/mmol", "g/mol", "mm[Hg]",
)  # fmt: skip
_BY_LOWER_CASE = {spelling.lower(): spelling for spelling in KNOWN_SPELLINGS}

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SIGNS = str.maketrans({"µ": "u", "μ": "u", "×": "x", "⋅": ".", "·": ".", "∕": "/", "⁄": "/", "٪": "%", "^": "*"})
_BODY_SURFACE = re.compile(
    r"/\(?\{?1[.,]73[\s_]?(?:sq\.?\s?m|m\s?(?:\*?2|sq)|)(?:bsa)?\}?\)?(?![a-z0-9])", re.IGNORECASE
)
_POWER_OF_TEN = re.compile(r"^(?:[x*]\s?)?10(?:\*{1,2}|e\+?)(\d{1,2})", re.IGNORECASE)
_POWER_OF_TEN_THAT_LOST_ITS_SIGN = re.compile(r"^(?:x\s?)?10(3|6|9|12)(?=/)", re.IGNORECASE)
_PER_DAY = re.compile(r"/\s?\(?24[\s.]?(?:h|hr|hrs|hour|hours)\b\)?", re.IGNORECASE)
_WORD = re.compile(r"(?<![A-Za-z\[{_])[A-Za-z]{2,}(?![A-Za-z\]}_\[{])")
_TOKEN = re.compile(
    r"[./()]|10\*-?\d{1,2}|1(?![\d.])|(?:[a-zA-Z%]|\[[A-Za-z_]{1,8}\]|\{1\.73_m2\}|\{[a-z]{1,12}\})+[1-3]?"
)


@lru_cache(maxsize=2048)
def parse_unit(text: str) -> Unit:
    """The unit that a text means. UnknownUnit where it means none."""
    spelling = _in_ucum(text)
    unit = _read(spelling)
    if unit is None:
        in_known_case = _BY_LOWER_CASE.get(spelling.lower())
        unit = _read(in_known_case) if in_known_case else None
    if unit is None:
        nearest = get_close_matches(spelling.lower(), _BY_LOWER_CASE, n=3, cutoff=0.6)
        raise UnknownUnit(tuple(_BY_LOWER_CASE[lower] for lower in nearest))
    return unit


def _in_ucum(text: str) -> str:
    """The usual other spellings, rewritten: `×10⁹/L`, `x10^9/L`, `IU/mL`, `µmol/L`, `mL/min/1.73 m²`, `g/24h`."""
    text = re.sub(r"([⁰¹²³⁴-⁹⁻]+)", lambda found: "^" + found[1].translate(_SUPERSCRIPTS), text.strip())
    text = re.sub(r"(?<=[A-Za-z])\^(?=[1-3](?!\d))", "", text).translate(_SIGNS)
    text = _BODY_SURFACE.sub("/{1.73_m2}", text)
    text = _PER_DAY.sub("/d", text)
    text = _POWER_OF_TEN.sub(r"10*\1", text)
    text = _POWER_OF_TEN_THAT_LOST_ITS_SIGN.sub(r"10*\1", text)
    text = re.sub(r"\bmm\s?Hg\b", "mm[Hg]", text)
    text = re.sub(r"\s?([/.()])\s?", r"\1", text)
    text = re.sub(r"\s?\bper\b\s?", "/", text)
    return _WORD.sub(lambda found: _WORDS.get(found[0].lower(), found[0]), text)


def _read(text: str) -> Unit | None:
    """The unit that a text in UCUM means: components joined by `.` and `/`, read from left to right."""
    parts = _TOKEN.findall(text)
    if not parts or "".join(parts) != text:
        return None
    reader = _Reader(iter(parts))
    return reader.unit() if reader.term(0) else None


class _Reader:
    """Collects a term's factor, and its base units above and below the line."""

    def __init__(self, parts: Iterator[str]) -> None:
        self.parts = parts
        self.factor = Fraction(1)
        self.above: list[str] = []
        self.below: list[str] = []

    def unit(self) -> Unit:
        over = ".".join(sorted(self.above)) or "1"
        under = ".".join(sorted(self.below))
        return Unit(f"{over}/{under}" if under else over, self.factor)

    def term(self, depth: int, *, divide: bool = False) -> bool:
        """Read up to the end, or up to the closing parenthesis; False where that is no term."""
        operator = ""
        expects_component = True
        for part in self.parts:
            if part == ")":
                return depth > 0 and not expects_component
            if part in "./":
                leads = part == "/" and not operator and depth == 0
                if expects_component and not leads:
                    return False
                operator, expects_component = part, True
                continue
            if not expects_component:
                return False
            below = divide != (operator == "/")
            if not (self.term(depth + 1, divide=below) if part == "(" else self.component(part, below=below)):
                return False
            expects_component = False
        return depth == 0 and not expects_component

    def component(self, part: str, *, below: bool) -> bool:
        """Take one simple unit: a power of ten, or a prefix and an atom with an exponent."""
        exponent = 1
        if part.startswith("10*"):
            prefix, atom = Fraction(10) ** int(part[3:]), _ATOMS["1"]
        else:
            if part != "1" and part[-1].isdigit():
                part, exponent = part[:-1], int(part[-1])
            found = _prefixed(part)
            if found is None:
                return False
            prefix, atom = found
        value = (prefix * atom.factor) ** exponent
        above, under = atom.above * exponent, atom.below * exponent
        if above == ("m", "m", "m"):
            value, above = value * 1000, ("L",)
        self.factor = self.factor / value if below else self.factor * value
        (self.below if below else self.above).extend(above)
        (self.above if below else self.below).extend(under)
        return True


def _prefixed(symbol: str) -> tuple[Fraction, _Atom] | None:
    if symbol in _ATOMS:
        return Fraction(1), _ATOMS[symbol]
    atom = _ATOMS.get(symbol[1:])
    prefix = _PREFIXES.get(symbol[0])
    return (prefix, atom) if atom and prefix and atom.takes_prefix else None
