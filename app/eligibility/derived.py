"""Facts that are computed from others by published formulas, each with its inputs and source.

Age is that on the day of the laboratory's result; weight and height are the latest ones. Derived rates are compared as
they are computed, never rounded first.
"""

from dataclasses import replace
from fractions import Fraction
from functools import reduce

from app.eligibility.dates import DayRange, age_on
from app.eligibility.facts import Derived, PatientFacts, Result
from app.eligibility.findings import Derivation
from app.eligibility.formulas import (
    BODY_MASS_INDEX,
    BODY_MASS_INDEX_SOURCE,
    CKD_EPI,
    CKD_EPI_SOURCE,
    COCKCROFT_GAULT,
    COCKCROFT_GAULT_SOURCE,
    SCHWARTZ,
    SCHWARTZ_SOURCE,
    bedside_schwartz,
    body_mass_index,
    ckd_epi_2021,
    cockcroft_gault,
)
from app.eligibility.intervals import Interval
from app.eligibility.quantities import factor_to, format_interval
from app.vocabulary.faults import Fault
from app.vocabulary.terms import Vocabulary

DERIVABLE = frozenset({"egfr", "creatinine_clearance", "bmi"})
_ADULT = 18
_SCHWARTZ_FROM = 1


def derived_results(facts: PatientFacts, code: str, vocabulary: Vocabulary) -> Derived:
    """The results of `code` that can be computed: one for each laboratory result that they rest on, dated like it.

    Nothing, and nothing missing, for a code that has no formula. Computed once for each patient.
    """
    if code not in DERIVABLE:
        return Derived()
    if code not in facts.derived:
        facts.derived[code] = _body_mass_index(facts, vocabulary) if code == "bmi" else _renal(facts, code, vocabulary)
    return facts.derived[code]


def latest(facts: PatientFacts, code: str) -> Interval | None:
    """The latest value of a code; the range over all results that may be the latest, dated ones before undated ones."""
    results = [result for result in facts.observations.get(code, ()) if result.interval is not None]
    dated = [result.days for result in results if result.days is not None]
    if dated:
        surely = max(days.first for days in dated)
        results = [result for result in results if result.days is not None and result.days.last >= surely]
    intervals = [result.interval for result in results if result.interval is not None]
    return reduce(Interval.hull, intervals) if intervals else None


def _renal(facts: PatientFacts, code: str, vocabulary: Vocabulary) -> Derived:
    creatinines = [result for result in facts.observations.get("creatinine", ()) if result.interval is not None]
    missing = [] if creatinines else ["creatinine"]
    if facts.birth is None:
        missing.append("age")
    if facts.sex is None:
        missing.append("sex")
    if code == "creatinine_clearance" and latest(facts, "weight") is None:
        missing.append("weight")
    to_mg_dl = factor_to(vocabulary.observations["creatinine"], "mg/dL")
    if missing or isinstance(to_mg_dl, Fault):
        return Derived(missing=tuple(missing))
    compute = _clearance if code == "creatinine_clearance" else _filtration_rate
    own_unit = vocabulary.observations[code].unit
    computed = [compute(facts, replace(result, code=code, own_unit=own_unit), 1 / to_mg_dl) for result in creatinines]
    return Derived(
        tuple(result for one in computed for result in one.results),
        tuple(dict.fromkeys(name for one in computed for name in one.missing)),
    )


def _clearance(facts: PatientFacts, laboratory: Result, to_mg_dl: Fraction) -> Derived:
    """By Cockcroft and Gault, whose patients were adults; for nobody who may be younger."""
    ages, weight = _ages(facts, laboratory), latest(facts, "weight")
    if laboratory.interval is None or facts.sex is None or weight is None or ages is None or ages[0] < _ADULT:
        return Derived()
    creatinine = laboratory.interval.times(to_mg_dl)
    value = cockcroft_gault(facts.sex, ages, weight, creatinine)
    inputs = (*_renal_inputs(facts, laboratory, ages), f"weight {format_interval(weight, 'kg')}")
    return Derived((_derived(laboratory, value, Derivation(COCKCROFT_GAULT, COCKCROFT_GAULT_SOURCE, inputs)),))


def _filtration_rate(facts: PatientFacts, laboratory: Result, to_mg_dl: Fraction) -> Derived:
    """By CKD-EPI from 18 years, by Schwartz from 1 to 17; the range over both where the age may be either."""
    ages = _ages(facts, laboratory)
    if laboratory.interval is None or facts.sex is None or ages is None or ages[0] < _SCHWARTZ_FROM:
        return Derived()
    creatinine = laboratory.interval.times(to_mg_dl)
    inputs = _renal_inputs(facts, laboratory, ages)
    adult = ckd_epi_2021(facts.sex, (max(ages[0], _ADULT), ages[1]), creatinine) if ages[1] >= _ADULT else None
    if adult is not None and ages[0] >= _ADULT:
        return Derived((_derived(laboratory, adult, Derivation(CKD_EPI, CKD_EPI_SOURCE, inputs)),))
    height = latest(facts, "height")
    if height is None:
        return Derived(missing=("height",))
    inputs = (*inputs, f"height {format_interval(height, 'cm')}")
    child = bedside_schwartz(height, creatinine)
    if adult is None:
        return Derived((_derived(laboratory, child, Derivation(SCHWARTZ, SCHWARTZ_SOURCE, inputs)),))
    either = Derivation(f"{CKD_EPI}; {SCHWARTZ}", f"{CKD_EPI_SOURCE}; {SCHWARTZ_SOURCE}", inputs)
    return Derived((_derived(laboratory, adult.hull(child), either),))


def _body_mass_index(facts: PatientFacts, vocabulary: Vocabulary) -> Derived:
    weight, height = latest(facts, "weight"), latest(facts, "height")
    missing = tuple(code for code, found in (("weight", weight), ("height", height)) if found is None)
    if weight is None or height is None:
        return Derived(missing=missing)
    inputs = (f"weight {format_interval(weight, 'kg')}", f"height {format_interval(height, 'cm')}")
    term = vocabulary.observations.get("bmi")
    weighed = next(result for result in facts.observations["weight"] if result.interval is not None)
    value = body_mass_index(weight, height)
    derivation = Derivation(BODY_MASS_INDEX, BODY_MASS_INDEX_SOURCE, inputs)
    own_unit = term.unit if term else "kg/m2"
    return Derived((_derived(replace(weighed, code="bmi", own_unit=own_unit), value, derivation),))


def _derived(laboratory: Result, value: Interval, derivation: Derivation) -> Result:
    return Result(
        code=laboratory.code,
        interval=value,
        days=laboratory.days,
        value=format_interval(value, None),
        unit=laboratory.own_unit,
        date=laboratory.date,
        own_unit=laboratory.own_unit,
        derivation=derivation,
    )


def _ages(facts: PatientFacts, laboratory: Result) -> tuple[int, int] | None:
    if facts.birth is None:
        return None
    days = laboratory.days or DayRange(facts.as_of, facts.as_of)
    return age_on(days.first, facts.birth)[0], age_on(days.last, facts.birth)[1]


def _renal_inputs(facts: PatientFacts, laboratory: Result, ages: tuple[int, int]) -> tuple[str, ...]:
    unit = f" {laboratory.unit}" if laboratory.unit else ""
    day = f" on {laboratory.date}" if laboratory.date else ""
    age = str(ages[0]) if ages[0] == ages[1] else f"{ages[0]} to {ages[1]}"
    return f"creatinine {laboratory.value}{unit}{day}", f"age {age}", f"sex {facts.sex}"
