"""Calendar arithmetic: days as ranges, windows before a milestone, the day on which a fact lapses, ages."""

from calendar import isleap
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache

from app.eligibility.criteria import Span, TimeUnit
from app.vocabulary.dates import day_range
from app.vocabulary.enumerations import Milestone

_DAY = timedelta(days=1)
_MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True, order=True)
class DayRange:
    """All days from `first` through `last`; a day that is known exactly is a range of one."""

    first: date
    last: date

    @property
    def exact(self) -> bool:
        return self.first == self.last


@lru_cache(maxsize=4096)
def days_of(partial: str) -> DayRange:
    """The days that a partial date can mean."""
    return DayRange(*day_range(partial))


def days_before(day: date, n: int) -> date:
    """The day n days earlier; the first day of the calendar where it would end before."""
    return day - timedelta(days=n) if n <= (day - date.min).days else date.min


def months_before(day: date, n: int) -> date:
    """The same day n calendar months earlier, clamped to the end of that month."""
    month = day.year * 12 + day.month - 1 - n
    if month < 12:
        return date.min
    year, index = divmod(month, 12)
    return date(year, index + 1, min(day.day, _month_length(year, index + 1)))


def months_and_days(day: date, later: date) -> tuple[int, int]:
    """The whole calendar months between two days, counted backward from the later one, and the days left over."""
    months = (later.year - day.year) * 12 + later.month - day.month
    began = months_before(later, months)
    if began < day:
        months -= 1
        began = months_before(later, months)
    return months, (began - day).days


def half_life_days(n: Decimal, longest_hours: Decimal) -> int:
    """Whole days that n half-lives take, rounded up."""
    return int((n * longest_hours / 24).to_integral_value(ROUND_CEILING))


def months_of(span: Span) -> int | None:
    """Calendar months of a span in months or years; None for other units. ValueError where they are no whole number."""
    if span.unit not in (TimeUnit.MONTHS, TimeUnit.YEARS):
        return None
    return _whole(span.value * (12 if span.unit is TimeUnit.YEARS else 1))


def days_in(span: Span, longest_hours: Decimal | None = None) -> int | None:
    """Days of a span in days, weeks or half-lives; None for calendar units. ValueError where they are not whole."""
    match span.unit:
        case TimeUnit.DAYS:
            return _whole(span.value)
        case TimeUnit.WEEKS:
            return _whole(span.value * 7)
        case TimeUnit.HALF_LIVES:
            if longest_hours is None:
                raise ValueError("half-lives need the half-life of an agent")
            return half_life_days(span.value, longest_hours)
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Length:
    """A span, worked out once: so many calendar months, or else so many days."""

    months: int | None
    days: int

    @classmethod
    def of(cls, span: Span, longest_hours: Decimal | None = None) -> "Length":
        """ValueError where the span is no whole number of days or months, or lacks a half-life."""
        return cls(months_of(span), days_in(span, longest_hours) or 0)

    def before(self, day: date) -> date:
        """The day that lies this long before another."""
        return days_before(day, self.days) if self.months is None else months_before(day, self.months)

    def lapse(self, fact: date) -> date:
        """The first anchor day whose window no longer holds the day of the fact; the calendar's last day if none."""
        if self.months is not None:
            return _first_day_with_months_before_after(fact, self.months)
        return fact + timedelta(days=self.days + 1) if self.days < (date.max - fact).days else date.max


def window(anchor: date, span: Span, longest_hours: Decimal | None = None) -> DayRange:
    """The days from `span` before the anchor through the anchor, both included."""
    return DayRange(Length.of(span, longest_hours).before(anchor), anchor)


def lapse_day(fact: date, span: Span, longest_hours: Decimal | None = None) -> date:
    """The first anchor day whose window no longer holds the day of the fact; the calendar's last day if none."""
    return Length.of(span, longest_hours).lapse(fact)


def _first_day_with_months_before_after(fact: date, months: int) -> date:
    """The first day M with months_before(M, months) > fact.

    Adding months to the fact would be wrong: one month before 29, 30 and 31 March is 28 February each time, so what
    happened on 28 February lapses on 1 April, not on 29 March.
    """
    month = fact.year * 12 + fact.month - 1 + months
    year, index = divmod(month, 12)
    if year > date.max.year:
        return date.max
    if fact.day < min(_month_length(year, index + 1), _month_length(fact.year, fact.month)):
        return date(year, index + 1, fact.day + 1)
    year, index = divmod(month + 1, 12)
    return date.max if year > date.max.year else date(year, index + 1, 1)


def birthday(birth: date, years: int) -> date:
    """The day on which that many years are completed; a birthday on 29 February falls on 1 March in other years."""
    year = birth.year + years
    if year > date.max.year:
        return date.max
    if birth.month == 2 and birth.day == 29 and _month_length(year, 2) == 28:
        return date(year, 3, 1)
    return date(year, birth.month, birth.day)


def age_on(day: date, birth: DayRange) -> tuple[int, int]:
    """The lowest and the highest age in completed years on a day of someone born in `birth`; never below 0."""
    return _years_between(birth.last, day), _years_between(birth.first, day)


def _years_between(birth: date, day: date) -> int:
    years = day.year - birth.year
    return max(0, years if birthday(birth, years) <= day else years - 1) if years > 0 else 0


def birth_from_age(age_years: int, as_of: date) -> DayRange:
    """The days on which someone can be born who has completed `age_years` years on a day, and not one more."""
    return DayRange(months_before(as_of, 12 * (age_years + 1)) + _DAY, months_before(as_of, 12 * age_years))


@dataclass(frozen=True, slots=True)
class Calendar:
    """The day of evaluation, and the milestones whose day was given; the others fall on the day of evaluation."""

    as_of: date
    given: Mapping[Milestone, date] = field(default_factory=dict)

    def day_of(self, milestone: Milestone) -> date:
        return self.given.get(milestone, self.as_of)

    def moved_to(self, as_of: date) -> "Calendar":
        """Evaluated on another day: given milestones move with it, by as many days."""
        shift = as_of - self.as_of
        return Calendar(as_of, {milestone: day + shift for milestone, day in self.given.items()})


def _whole(value: Decimal) -> int:
    if value != value.to_integral_value():
        raise ValueError("the span is no whole number of days or months")
    return int(value)


def _month_length(year: int, month: int) -> int:
    return 29 if month == 2 and isleap(year) else _MONTH_LENGTHS[month - 1]
