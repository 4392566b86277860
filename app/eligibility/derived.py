"""Facts that are computed from others by published formulas, each with its inputs and source.

Age is that on the day of the laboratory's result; weight and height are the latest ones. Derived rates are compared as
they are computed, never rounded first.
"""

from dataclasses import dataclass
from datetime import date
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
from app.vocabulary.enumerations import Sex
from app.vocabulary.faults import Fault
from app.vocabulary.terms import Vocabulary

DERIVABLE = frozenset({"egfr", "creatinine_clearance", "bmi"})
_ADULT = 18
_SCHWARTZ_FROM = 1
_ANYTHING = Interval()


def derived_results(facts: PatientFacts, code: str, vocabulary: Vocabulary) -> Derived:
    """The results of `code` that can be computed. Nothing, and nothing missing, for a code that has no formula.

    Found once for each patient.
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
    measured = [result for result in facts.observations.get("creatinine", ()) if result.interval is not None]
    missing = [] if measured else ["creatinine"]
    birth, sex = facts.birth, facts.sex
    if birth is None:
        missing.append("age")
    if sex is None:
        missing.append("sex")
    weight, height = latest(facts, "weight"), latest(facts, "height")
    if code == "creatinine_clearance" and weight is None:
        missing.append("weight")
    to_mg_dl = factor_to(vocabulary.observations["creatinine"], "mg/dL")
    if missing or birth is None or sex is None or isinstance(to_mg_dl, Fault):
        return Derived(missing=tuple(missing))
    kidney = _Kidney(code, vocabulary.observations[code].unit, facts.as_of, birth, sex, weight, height, 1 / to_mg_dl)
    if code == "creatinine_clearance":
        # Cockcroft's and Gault's patients were adults: nothing for anybody who may be younger.
        return Derived(tuple([one for one in measured if kidney.ages(one)[0] >= _ADULT]), (), kidney.clearance)
    of_age = [one for one in measured if kidney.ages(one)[0] >= _SCHWARTZ_FROM]
    known = [one for one in of_age if kidney.ages(one)[0] >= _ADULT or height is not None]
    return Derived(tuple(known), ("height",) if len(known) < len(of_age) else (), kidney.filtration_rate)


@dataclass(frozen=True, slots=True)
class _Kidney:
    """Formulas of the kidney, with all that they need of one patient but a creatinine."""

    code: str
    unit: str | None
    as_of: date
    birth: DayRange
    sex: Sex
    weight: Interval | None
    height: Interval | None
    to_mg_dl: Fraction

    def ages(self, measured: Result) -> tuple[int, int]:
        """The lowest and the highest age on the day of a creatinine."""
        days = measured.days or DayRange(self.as_of, self.as_of)
        return age_on(days.first, self.birth)[0], age_on(days.last, self.birth)[1]

    def clearance(self, measured: Result) -> Result:
        """By Cockcroft and Gault."""
        weight = self.weight or _ANYTHING
        value = cockcroft_gault(self.sex, self.ages(measured), weight, self._in_mg_dl(measured))
        inputs = (*self._inputs(measured), f"weight {format_interval(weight, 'kg')}")
        return self._derived(measured, value, Derivation(COCKCROFT_GAULT, COCKCROFT_GAULT_SOURCE, inputs))

    def filtration_rate(self, measured: Result) -> Result:
        """By CKD-EPI from 18 years, by Schwartz from 1 to 17; the range over both where the age may be either."""
        (youngest, oldest), creatinine = self.ages(measured), self._in_mg_dl(measured)
        inputs = self._inputs(measured)
        adult = ckd_epi_2021(self.sex, (max(youngest, _ADULT), oldest), creatinine) if oldest >= _ADULT else None
        if adult is not None and youngest >= _ADULT:
            return self._derived(measured, adult, Derivation(CKD_EPI, CKD_EPI_SOURCE, inputs))
        height = self.height or _ANYTHING
        inputs = (*inputs, f"height {format_interval(height, 'cm')}")
        child = bedside_schwartz(height, creatinine)
        if adult is None:
            return self._derived(measured, child, Derivation(SCHWARTZ, SCHWARTZ_SOURCE, inputs))
        either = Derivation(f"{CKD_EPI}; {SCHWARTZ}", f"{CKD_EPI_SOURCE}; {SCHWARTZ_SOURCE}", inputs)
        return self._derived(measured, adult.hull(child), either)

    def _in_mg_dl(self, measured: Result) -> Interval:
        return (measured.interval or _ANYTHING).times(self.to_mg_dl)

    def _inputs(self, measured: Result) -> tuple[str, ...]:
        unit = f" {measured.unit}" if measured.unit else ""
        day = f" on {measured.date}" if measured.date else ""
        youngest, oldest = self.ages(measured)
        age = str(youngest) if youngest == oldest else f"{youngest} to {oldest}"
        return f"creatinine {measured.value}{unit}{day}", f"age {age}", f"sex {self.sex}"

    def _derived(self, measured: Result, value: Interval, derivation: Derivation) -> Result:
        return _computed(self.code, self.unit, measured, value, derivation)


def _body_mass_index(facts: PatientFacts, vocabulary: Vocabulary) -> Derived:
    weight, height = latest(facts, "weight"), latest(facts, "height")
    missing = tuple(code for code, found in (("weight", weight), ("height", height)) if found is None)
    if weight is None or height is None:
        return Derived(missing=missing)
    inputs = (f"weight {format_interval(weight, 'kg')}", f"height {format_interval(height, 'cm')}")
    term = vocabulary.observations.get("bmi")
    weighed = next(result for result in facts.observations["weight"] if result.interval is not None)
    derivation = Derivation(BODY_MASS_INDEX, BODY_MASS_INDEX_SOURCE, inputs)
    own_unit = term.unit if term else "kg/m2"
    return Derived(
        (weighed,), (), lambda weighed: _computed("bmi", own_unit, weighed, body_mass_index(weight, height), derivation)
    )


def _computed(code: str, unit: str | None, measured: Result, value: Interval, derivation: Derivation) -> Result:
    return Result(
        code=code,
        interval=value,
        days=measured.days,
        value=format_interval(value, None),
        unit=unit,
        date=measured.date,
        own_unit=unit,
        derivation=derivation,
    )
