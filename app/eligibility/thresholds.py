"""What one result says about one test: by its value, by the laboratory's limits, or by the laboratory's own reading."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from app.eligibility.criteria import Finding, Observation
from app.eligibility.facts import Result
from app.eligibility.findings import Margin
from app.eligibility.intervals import Interval, compare
from app.eligibility.quantities import factor_to, format_number, format_quantity, threshold_in_term_unit
from app.eligibility.verdicts import Verdict, negated
from app.vocabulary.enumerations import Comparator, Interpretation, Reason, ReferenceLimit
from app.vocabulary.faults import Fault, Refused
from app.vocabulary.terms import ObservationTerm

Answer = tuple[Verdict, Reason | None]
"""A verdict, and why it is unknown."""

_ONE = Fraction(1)
_UP_TO_ONE = Interval(None, Fraction(1))
_BELOW_ONE = Interval(None, Fraction(1), high_open=True)
_ABOVE_ONE = Interval(Fraction(1), None, low_open=True)
_FROM_ONE = Interval(Fraction(1), None)
# How many times the limit a value is, by the laboratory's reading alone.
_TIMES_THE_LIMIT = {
    ReferenceLimit.UPPER: {
        Interpretation.NORMAL: _UP_TO_ONE,
        Interpretation.NEGATIVE: _UP_TO_ONE,
        Interpretation.LOW: _BELOW_ONE,
        Interpretation.HIGH: _ABOVE_ONE,
    },
    ReferenceLimit.LOWER: {
        Interpretation.NORMAL: _FROM_ONE,
        Interpretation.HIGH: _ABOVE_ONE,
        Interpretation.LOW: _BELOW_ONE,
    },
}
_ABOVE = {
    Interpretation.HIGH: Verdict.YES,
    Interpretation.NORMAL: Verdict.NO,
    Interpretation.LOW: Verdict.NO,
    Interpretation.NEGATIVE: Verdict.NO,
}
_BELOW = {
    Interpretation.LOW: Verdict.YES,
    Interpretation.NORMAL: Verdict.NO,
    Interpretation.HIGH: Verdict.NO,
    Interpretation.NEGATIVE: Verdict.NO,
}
_POSITIVE = {
    Interpretation.POSITIVE: Verdict.YES,
    Interpretation.HIGH: Verdict.YES,
    Interpretation.NEGATIVE: Verdict.NO,
    Interpretation.NORMAL: Verdict.NO,
    Interpretation.LOW: Verdict.NO,
}
_OPPOSITE = {
    Comparator.LT: Comparator.GE,
    Comparator.LE: Comparator.GT,
    Comparator.GE: Comparator.LT,
    Comparator.GT: Comparator.LE,
    Comparator.EQ: Comparator.EQ,
}


@dataclass(frozen=True, slots=True)
class ResultTest:
    """A threshold in the term's own unit (or a multiple of a limit), or a finding."""

    term: ObservationTerm
    comparator: Comparator = Comparator.EQ
    value: Fraction = Fraction(0)
    relative_to: ReferenceLimit | None = None
    finding: Finding | None = None

    @classmethod
    def of(cls, node: Observation, term: ObservationTerm) -> "ResultTest":
        """Raises `Refused` where the threshold's unit is not one of the observation."""
        if node.threshold is None:
            return cls(term, finding=node.finding)
        value = threshold_in_term_unit(node.threshold, term)
        if isinstance(value, Fault):
            raise Refused([value])
        return cls(term, node.threshold.comparator, value, node.threshold.relative_to)

    def met_by(self, result: Result) -> Answer:
        """Whether a result meets the test."""
        if self.finding is not None:
            return _found(result, self.finding)
        if self.relative_to is not None:
            return self._multiple(result, self.relative_to)
        for value in (result.interval, between_limits(result)):
            if value is not None:
                verdict = compare(value, self.comparator, self.value)
                if verdict is not Verdict.UNKNOWN:
                    return verdict, None
        if result.interval is None and result.unit is not None and result.value:
            return Verdict.UNKNOWN, Reason.UNIT
        told = result.interval or result.finding or result.interpretation
        return Verdict.UNKNOWN, Reason.IMPRECISE if told else Reason.MISSING

    def _multiple(self, result: Result, which: ReferenceLimit) -> Answer:
        limit = limit_of(result, which)
        if limit is not None and result.interval is not None:
            verdict = compare(result.interval, self.comparator, self.value * limit)
            if verdict is not Verdict.UNKNOWN:
                return verdict, None
        ratio = times_the_limit(result, which)
        if ratio is not None:
            verdict = compare(ratio, self.comparator, self.value)
            if verdict is not Verdict.UNKNOWN:
                return verdict, None
        return Verdict.UNKNOWN, Reason.NO_REFERENCE_LIMIT if limit is None else Reason.IMPRECISE

    def margin(self, result: Result, favourable: Verdict | None) -> Margin | None:
        """How far an exact value lies from the threshold, in the unit that it was sent in.

        Positive on the side that favours the criterion: above a floor, below a ceiling.
        """
        threshold = self._threshold_for(result)
        value = _single(result)
        if threshold is None or value is None:
            return None
        factor = factor_to(self.term, result.unit) if result.unit and result.unit != self.term.unit else _ONE
        if isinstance(factor, Fault):
            return None
        comparator = _OPPOSITE[self.comparator] if favourable is Verdict.NO else self.comparator
        above = value - threshold
        if factor is not _ONE:
            above, value = above / factor, value / factor
        if comparator is Comparator.EQ:
            distance, beyond = -abs(above), "away"
        elif comparator in (Comparator.GE, Comparator.GT):
            distance, beyond = above, "short"
        else:
            distance, beyond = -above, "over"
        apart, sign = format_number(abs(distance)), distance.numerator
        place = f"{apart} {beyond if sign < 0 else 'to spare'}" if sign else "at the threshold"
        text = f"{format_quantity(value, result.unit)}, {place}"
        return Margin(Decimal(f"-{apart}" if sign < 0 else apart), result.unit, text)

    def _threshold_for(self, result: Result) -> Fraction | None:
        if self.finding is not None:
            return None
        if self.relative_to is None:
            return self.value
        limit = limit_of(result, self.relative_to)
        return None if limit is None else self.value * limit


def _single(result: Result) -> Fraction | None:
    """The value if it is one; a computed value is a range far too narrow to print."""
    interval = result.interval
    if interval is None or interval.low is None or interval.high is None:
        return None
    if interval.exact is not None:
        return interval.exact
    return interval.low if format_number(interval.low) == format_number(interval.high) else None


def limit_of(result: Result, which: ReferenceLimit) -> Fraction | None:
    """The laboratory's upper or lower limit."""
    return result.upper_limit if which is ReferenceLimit.UPPER else result.lower_limit


def times_the_limit(result: Result, which: ReferenceLimit) -> Interval | None:
    """How many times the limit the value is, by the laboratory's reading alone."""
    reading = result.interpretation
    if reading is None and result.finding is Finding.NEGATIVE:
        reading = Interpretation.NEGATIVE
    return _TIMES_THE_LIMIT[which].get(reading) if reading else None


def between_limits(result: Result) -> Interval | None:
    """What the laboratory's reading says of the value, where its limits are known."""
    lower, upper = result.lower_limit, result.upper_limit
    reading = result.interpretation
    if reading is Interpretation.NORMAL:
        return Interval(lower, upper)
    if reading is Interpretation.LOW and lower is not None:
        return Interval(None, lower, high_open=True)
    if upper is None:
        return None
    if reading is Interpretation.HIGH:
        return Interval(upper, None, low_open=True)
    if reading is Interpretation.NEGATIVE or result.finding is Finding.NEGATIVE:
        return Interval(None, upper)
    return None


def _found(result: Result, finding: Finding) -> Answer:
    match finding:
        case Finding.POSITIVE:
            verdict = _positive(result)
        case Finding.NEGATIVE:
            verdict = negated(_positive(result))
        case Finding.HIGH:
            verdict = _above(result)
        case Finding.LOW:
            verdict = _below(result)
        case Finding.ABNORMAL:
            verdict = _abnormal(result)
        case Finding.NORMAL:
            verdict = negated(_abnormal(result))
    return verdict, None if verdict is not Verdict.UNKNOWN else _why_not_found(result)


def _why_not_found(result: Result) -> Reason:
    if result.interpretation is Interpretation.INDETERMINATE:
        return Reason.IMPRECISE
    has_limits = result.lower_limit is not None and result.upper_limit is not None
    return Reason.IMPRECISE if has_limits else Reason.NO_REFERENCE_LIMIT


def _above(result: Result) -> Verdict:
    """Whether the value lies above the upper limit."""
    by_value = Verdict.UNKNOWN
    if result.interval is not None and result.upper_limit is not None:
        by_value = compare(result.interval, Comparator.GT, result.upper_limit)
    elif result.interval is not None and result.interval.high == 0:
        by_value = Verdict.NO
    elif result.finding is Finding.POSITIVE and result.unit is not None:
        by_value = Verdict.YES  # a quantity in another unit, above its own limit
    return by_value if by_value is not Verdict.UNKNOWN else _by_reading(result, _ABOVE)


def _below(result: Result) -> Verdict:
    """Whether the value lies below the lower limit."""
    by_value = Verdict.UNKNOWN
    if result.interval is not None and result.lower_limit is not None:
        by_value = compare(result.interval, Comparator.LT, result.lower_limit)
    elif _above(result) is Verdict.YES:
        by_value = Verdict.NO
    return by_value if by_value is not Verdict.UNKNOWN else _by_reading(result, _BELOW)


def _by_reading(result: Result, table: Mapping[Interpretation, Verdict]) -> Verdict:
    """What the laboratory's word says; a negative result is within its limits."""
    if result.finding is Finding.NEGATIVE:
        return Verdict.NO
    return table.get(result.interpretation, Verdict.UNKNOWN) if result.interpretation else Verdict.UNKNOWN


def _positive(result: Result) -> Verdict:
    """Positive as stated or as read by the laboratory, or as a quantity above the upper limit.

    Of what is only found or not found, abnormal can only mean that it was found.
    """
    if result.finding is not None:
        return Verdict.YES if result.finding is Finding.POSITIVE else Verdict.NO
    reading = _by_reading(result, _POSITIVE)
    verdict = reading if reading is not Verdict.UNKNOWN else _above(result)
    if verdict is Verdict.UNKNOWN and result.interpretation is Interpretation.ABNORMAL:
        return Verdict.YES
    return verdict


def _abnormal(result: Result) -> Verdict:
    if result.interpretation is Interpretation.ABNORMAL:
        return Verdict.YES
    outside = max(_above(result), _below(result))
    return Verdict.YES if _positive(result) is Verdict.YES else outside
