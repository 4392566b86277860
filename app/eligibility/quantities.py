"""Quantities in the unit of their observation: exact conversion, plausibility, and numbers as people read them.

What cannot be used comes back as a `Fault` whose pointer is relative to the result or threshold (`/unit`, `/value`).
"""

from decimal import Decimal
from fractions import Fraction

from app.eligibility.criteria import Threshold
from app.eligibility.intervals import Interval
from app.vocabulary.faults import Fault
from app.vocabulary.terms import ObservationTerm


def factor_to(term: ObservationTerm, unit: str | None) -> Fraction | Fault:
    """What a value in `unit` is multiplied by to stand in the term's own unit; through molar mass where it needs one.

    Faults: `unit_required`, `unit_unknown`, `unit_inconvertible`, all at `/unit`.
    """
    raise NotImplementedError


def convert(value: Interval, unit: str | None, term: ObservationTerm) -> Interval | Fault:
    """The value in the term's own unit. Faults: those of `factor_to`, and `implausible` at `/value`."""
    raise NotImplementedError


def threshold_in_term_unit(threshold: Threshold, term: ObservationTerm) -> Fraction | Fault:
    """The number to compare with; of a multiple of a reference limit, the multiple itself. Faults as of `convert`."""
    raise NotImplementedError


def format_number(value: Fraction | Decimal) -> str:
    """The shortest decimal, with at most four significant digits unless there are more before the point."""
    raise NotImplementedError


def format_quantity(value: Fraction | Decimal, unit: str | None) -> str:
    """`85 g/L`, `1.5 10⁹/L`, `50 %`; the number alone where there is no unit."""
    raise NotImplementedError


def format_interval(value: Interval, unit: str | None) -> str:
    """`85 g/L`, `< 5 mg/L`, `30 to 45 mL/min`."""
    raise NotImplementedError
