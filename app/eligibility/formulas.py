"""Published formulas over ranges of their inputs. Each is monotone in every input, so the ends of the answer are exact.

The only irrational one, CKD-EPI, is computed to 40 digits and widened by far more than its error, so that no rounding
turns a comparison: within 1e-30 of a threshold the answer is unknown.
"""

from decimal import Context, Decimal
from fractions import Fraction

from app.eligibility.intervals import Interval
from app.vocabulary.enumerations import Sex

COCKCROFT_GAULT = "Cockcroft–Gault: (140 − age) · kg (· 0.85 if female) / (72 · creatinine in mg/dL)"
COCKCROFT_GAULT_SOURCE = "Cockcroft DW, Gault MH. Nephron 1976;16:31–41"
CKD_EPI = "CKD-EPI 2021: 142 · min(Scr/κ, 1)^α · max(Scr/κ, 1)^−1.2 · 0.9938^age (· 1.012 if female)"
CKD_EPI_SOURCE = "Inker LA et al. N Engl J Med 2021;385:1737–1749"
SCHWARTZ = "bedside Schwartz: 0.413 · height in cm / creatinine in mg/dL"
SCHWARTZ_SOURCE = "Schwartz GJ, Work DF. Clin J Am Soc Nephrol 2009;4:1832–1843"
BODY_MASS_INDEX = "body mass index: kg / m²"
BODY_MASS_INDEX_SOURCE = "Keys A et al. J Chronic Dis 1972;25:329–343"

_DIGITS = Context(prec=40)
_ERROR = Fraction(1, 10**30)
_KAPPA = {Sex.FEMALE: Fraction(7, 10), Sex.MALE: Fraction(9, 10)}
_ALPHA = {Sex.FEMALE: Decimal("-0.241"), Sex.MALE: Decimal("-0.302")}
_BETA = Decimal("-1.2")
_EACH_YEAR = Fraction("0.9938")
_FEMALE = {Sex.FEMALE: Fraction("1.012"), Sex.MALE: Fraction(1)}


def cockcroft_gault(sex: Sex, ages: tuple[int, int], weight: Interval, creatinine: Interval) -> Interval:
    """Creatinine clearance in mL/min from the lowest and highest age, kg, and serum creatinine in mg/dL."""
    factor = Fraction(85, 100) if sex is Sex.FEMALE else Fraction(1)
    youngest, oldest = ages
    least = _quotient(weight.low, creatinine.high)
    most = _quotient(weight.high, creatinine.low)
    return Interval(
        Fraction(0) if least is None else (140 - oldest) * factor * least / 72,
        None if most is None else (140 - youngest) * factor * most / 72,
        weight.low_open or creatinine.high_open,
        weight.high_open or creatinine.low_open,
    )


def bedside_schwartz(height: Interval, creatinine: Interval) -> Interval:
    """Estimated glomerular filtration rate of a child in mL/min/1.73 m², from cm and serum creatinine in mg/dL."""
    factor = Fraction("0.413")
    least, most = _quotient(height.low, creatinine.high), _quotient(height.high, creatinine.low)
    return Interval(
        Fraction(0) if least is None else factor * least,
        None if most is None else factor * most,
        height.low_open or creatinine.high_open,
        height.high_open or creatinine.low_open,
    )


def ckd_epi_2021(sex: Sex, ages: tuple[int, int], creatinine: Interval) -> Interval:
    """Estimated glomerular filtration rate of an adult in mL/min/1.73 m², from serum creatinine in mg/dL."""
    youngest, oldest = ages
    least = None if creatinine.high is None else _ckd_epi(sex, oldest, creatinine.high)
    if youngest == oldest and creatinine.exact is not None:
        most = least  # computed once: no other step of a match takes as long
    else:
        most = _ckd_epi(sex, youngest, creatinine.low) if creatinine.low else None
    return Interval(
        Fraction(0) if least is None else least * (1 - _ERROR),
        None if most is None else most * (1 + _ERROR),
        creatinine.high_open,
        creatinine.low_open,
    )


def body_mass_index(weight: Interval, height: Interval) -> Interval:
    """kg/m² from kg and cm."""
    least = _quotient(weight.low, height.high and height.high**2)
    most = _quotient(weight.high, height.low and height.low**2)
    return Interval(
        Fraction(0) if least is None else least * 10_000,
        None if most is None else most * 10_000,
        weight.low_open or height.high_open,
        weight.high_open or height.low_open,
    )


def _ckd_epi(sex: Sex, age: int, creatinine: Fraction) -> Fraction:
    ratio = creatinine / _KAPPA[sex]
    base = _DIGITS.divide(Decimal(ratio.numerator), Decimal(ratio.denominator))
    power = _DIGITS.power(base, _ALPHA[sex] if ratio < 1 else _BETA)
    return 142 * Fraction(power) * _EACH_YEAR**age * _FEMALE[sex]


def _quotient(above: Fraction | None, below: Fraction | None) -> Fraction | None:
    """None where it has no bound, or none that is known."""
    return above / below if above is not None and below else None
