"""Units: every usual spelling, nothing misread, and pint as a second opinion where it can be one."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.eligibility.units import KNOWN_SPELLINGS, UnknownUnit, parse_unit

SAME_UNIT = {
    "10*9/L": ["10^9/L", "x10^9/L", "×10^9/L", "×10⁹/L", "10⁹/L", "x 10^9/L", "10e9/L", "10E9/L", "10**9/L", "*10^9/L",
               "10*9/l", "10*3/uL", "10^3/µL", "x10³/μL", "x109/L", "109/L", "103/uL", "10*3/mm3"],
    "/uL": ["/µL", "/μL", "cells/uL", "cells/µL", "{cells}/uL", "cell/uL", "1/uL", "/mm3", "cells/mm^3", "/cmm",
            "10*6/L"],
    "[IU]/mL": ["IU/mL", "iu/ml", "IU/ml", "[iU]/mL", "kIU/L", "k[IU]/L"],
    "U/L": ["u/l", "U/l", "mU/mL", "umol/min/L"],
    "umol/L": ["µmol/L", "μmol/L", "UMOL/L", "umol/l", "nmol/mL"],
    "mL/min/{1.73_m2}": ["mL/min/1.73m2", "mL/min/1.73 m2", "mL/min/1.73 m²", "mL/min/1.73m²", "ml/min/1.73m^2",
                         "mL/min/1,73 m2", "mL/min/(1.73 m2)", "mL/min/1.73", "mL/min/1.73 sq m", "mL/min/1.73_m2"],
    "mg/d": ["mg/day", "mg / day", "mg/24h", "mg/24 h", "mg/24 hours", "mg/(24.h)", "mg per day", "MG/DAY"],
    "mg/kg/d": ["mg/kg/day", "mg/(kg.d)", "mg/kg/24h"],
    "g/d": ["g/(24.h)", "g/24h", "g/24 h", "g/(24 h)", "g/24.h"],
    "ug/L": ["µg/L", "mcg/L", "ng/mL", "ug/l"],
    "g/dL": ["g/dl", "gm/dL", "G/DL", "g / dL"],
    "{copies}/mL": ["copies/mL", "copies/ml", "cp/mL"],
    "mm[Hg]": ["mmHg", "mm Hg"],
    "mo": ["month", "months"],
    "kg": ["kgs"],
    "mg/m2/d": ["mg/m²/day", "mg/m^2/d"],
    "%": ["percent"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("unit", "spelling"), [(unit, spelling) for unit, spellings in SAME_UNIT.items() for spelling in spellings]
)
def test_the_usual_spellings_are_understood(unit, spelling):
    assert parse_unit(spelling) == parse_unit(unit)


APART = [
    ("mL/min", "mL/min/{1.73_m2}"),
    ("mL/min", "mL/min/m2"),
    ("[IU]/L", "U/L"),
    ("{copies}/mL", "[IU]/mL"),
    ("{copies}/mL", "/mL"),
    ("mg/g", "%"),
    ("mg/kg", "mg/g/d"),
    ("mg/kg/d", "mg/d"),
    ("mg/mmol", "mg/g"),
    ("mg/m2", "mg/kg"),
    ("{titer}", "1"),
    ("mmol/L", "mg/L"),
    ("g/d", "g/L"),
]


@pytest.mark.parametrize(("one", "other"), APART)
def test_what_measures_different_things_never_compares(one, other):
    assert parse_unit(one).dimension != parse_unit(other).dimension


FACTORS = [
    ("g/dL", "g/L", 10),
    ("/uL", "10*9/L", Fraction(1, 1000)),
    ("kat/L", "U/L", 60_000_000),
    ("nkat/L", "U/L", Fraction(6, 100)),
    ("a", "mo", 12),
    ("wk", "d", 7),
    ("[lb_av]", "kg", Fraction("0.45359237")),
    ("[in_i]", "cm", Fraction("2.54")),
    ("[ft_i]", "[in_i]", 12),
    ("mg/wk", "mg/d", Fraction(1, 7)),
    ("mg/mmol", "g/mol", 1),
    ("mg/h", "mg/d", 24),
    ("pg/mL", "ng/L", 1),
]


@pytest.mark.parametrize(("one", "other", "factor"), FACTORS)
def test_conversion_is_exact(one, other, factor):
    assert parse_unit(one).dimension == parse_unit(other).dimension
    assert parse_unit(one).factor / parse_unit(other).factor == factor


@pytest.mark.parametrize(
    "text",
    ["", " ", "bananas", "g//L", "(g/L", "g/L)", "g.", "/", ".", "g/L/", "0", "10*", "{foo}", "{foo}/L", "2/L", "1.73",
     "mg/1.5L", "K/uL", "log10 IU/mL", "g L", "mg dL", "%%", "105/L", "\x00", "g/L\n/", "١/L",
     "g(L)", "(g)(L)", "g.(", "mg/(kg..d)"],
)  # fmt: skip
def test_what_is_no_unit_is_refused(text):
    with pytest.raises(UnknownUnit) as refusal:
        parse_unit(text)
    assert all(parse_unit(nearest) for nearest in refusal.value.nearest)
    assert not text.strip() or text not in str(refusal.value)


def test_an_unknown_unit_comes_with_the_nearest_spellings():
    with pytest.raises(UnknownUnit) as refusal:
        parse_unit("mmool/L")
    assert refusal.value.nearest[0] == "mmol/L"


def test_every_offered_spelling_is_understood_as_itself():
    for spelling in KNOWN_SPELLINGS:
        parse_unit(spelling)


def test_every_unit_of_the_vocabulary_is_understood(vocabulary):
    for term in vocabulary.observations.values():
        if term.unit is not None:
            parse_unit(term.unit)


def test_wrong_case_is_mended_only_where_it_cannot_mean_something_else():
    """`Mg` is a megagram in UCUM, so it stays one; `MG` means nothing, so it is read as mg."""
    assert parse_unit("Mg/dL").factor == parse_unit("mg/dL").factor * 10**9
    assert parse_unit("MG/DL") == parse_unit("mg/dL")


# pint is right about these; about `mL/min/{1.73_m2}`, [IU], counts and titres it is not.
PINT = {"g": "gram", "L": "liter", "mol": "mole", "m": "meter", "s": "second", "min": "minute", "h": "hour",
        "d": "day", "wk": "week", "kat": "katal", "[lb_av]": "pound", "[in_i]": "inch"}  # fmt: skip
PREFIXES = {"": "", "k": "kilo", "d": "deci", "c": "centi", "m": "milli", "u": "micro", "n": "nano", "p": "pico"}
PREFIXED = ["g", "L", "mol", "m", "s", "kat"]
simple = st.one_of(
    st.tuples(st.sampled_from(list(PREFIXES)), st.sampled_from(PREFIXED)),
    st.tuples(st.just(""), st.sampled_from(list(PINT))),
)


@pytest.fixture(scope="module")
def pint():
    from pint import UnitRegistry  # noqa: PLC0415 - slow to import; only this oracle needs it

    return UnitRegistry(non_int_type=Fraction)


@given(st.lists(st.tuples(st.sampled_from("./"), simple, st.integers(1, 2)), min_size=1, max_size=4))
def test_pint_agrees_on_sizes(pint, parts):
    """Sizes only: of mass over mass, pint cancels what is kept apart here."""
    ours, theirs = "", pint.Quantity(Fraction(1))
    for operator, (prefix, atom), exponent in parts:
        ours += (
            ("" if operator == "." and not ours else operator) + prefix + atom + (str(exponent) if exponent > 1 else "")
        )
        quantity = pint.Quantity(Fraction(1), PREFIXES[prefix] + PINT[atom]) ** exponent
        theirs = theirs * quantity if operator == "." else theirs / quantity
    unit = parse_unit(ours)
    base = theirs.to_root_units()
    powers = {str(name): power for name, power in base.unit_items()}
    # pint's roots are metre, gram, mole and second; a litre is a base unit of ours, a thousandth of a cubic metre.
    litres = sum((1 if operator == "." else -1) * power for operator, (_, atom), power in parts if atom == "L")
    metres = powers.get("meter", 0) - 3 * litres
    assert unit.factor == base.magnitude * Fraction(1000) ** litres
    above, _, below = unit.dimension.partition("/")
    assert above.split(".").count("m") - below.split(".").count("m") == metres


texts = st.text(alphabet="gLmolkdu/.()10*9^[IU]{}% ×µ²-", max_size=16)


@given(texts)
def test_any_text_is_read_or_refused_and_never_crashes(text):
    try:
        unit = parse_unit(text)
    except UnknownUnit:
        return
    assert unit.factor > 0
