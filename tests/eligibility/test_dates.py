"""Windows, lapse days and ages, against the calendar day by day."""

from bisect import bisect_right
from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.eligibility.criteria import Span, TimeUnit
from app.eligibility.dates import (
    Calendar,
    DayRange,
    age_on,
    birth_from_age,
    birthday,
    days_of,
    half_life_days,
    lapse_day,
    months_and_days,
    months_before,
    window,
)
from app.vocabulary.enumerations import Milestone

DAY = timedelta(days=1)
# Eight years with two leap years; windows of up to four years reach before and after them.
EIGHT_YEARS = [date(2019, 12, 1) + DAY * n for n in range(8 * 366)]


def span(value, unit):
    return Span(value=Decimal(str(value)), unit=TimeUnit(unit))


@pytest.mark.parametrize(
    ("day", "months", "earlier"),
    [
        ("2026-11-21", 6, "2026-05-21"),
        ("2026-08-31", 6, "2026-02-28"),
        ("2028-08-31", 6, "2028-02-29"),
        ("2026-03-31", 1, "2026-02-28"),
        ("2026-01-15", 1, "2025-12-15"),
        ("2024-02-29", 12, "2023-02-28"),
        ("2026-01-01", 0, "2026-01-01"),
        ("0001-03-01", 3, "0001-01-01"),
        ("2026-01-01", 10**30, "0001-01-01"),
    ],
)
def test_months_count_backward_and_clamp_to_the_months_end(day, months, earlier):
    assert months_before(date.fromisoformat(day), months) == date.fromisoformat(earlier)


@pytest.mark.parametrize(
    ("day", "later", "expected"),
    [
        (date(2025, 1, 1), date(2025, 4, 1), (3, 0)),
        (date(2025, 1, 31), date(2025, 4, 30), (2, 28)),
        (date(2025, 1, 10), date(2025, 1, 10), (0, 0)),
        (date(2024, 12, 31), date(2025, 3, 1), (2, 1)),
        (date.min, date(2, 1, 3), (12, 2)),
    ],
)
def test_what_lies_between_two_days_in_months_counted_backward_and_in_days(day, later, expected):
    assert months_and_days(day, later) == expected


@pytest.mark.parametrize(
    ("value", "unit", "first"),
    [
        (7, "days", "2026-11-14"),
        (4, "weeks", "2026-10-24"),
        (3, "months", "2026-08-21"),
        (1, "years", "2025-11-21"),
        ("1.5", "years", "2025-05-21"),
        (10**12, "days", "0001-01-01"),
    ],
)
def test_a_window_is_closed_at_both_ends(value, unit, first):
    anchor = date(2026, 11, 21)
    assert window(anchor, span(value, unit)) == DayRange(date.fromisoformat(first), anchor)


def test_a_span_that_is_no_whole_number_of_days_or_months_is_refused():
    for value, unit in (("0.5", "months"), ("2.5", "days"), ("1.1", "weeks"), ("0.3", "years")):
        with pytest.raises(ValueError, match="whole"):
            window(date(2026, 11, 21), span(value, unit))


def test_half_lives_need_a_half_life():
    with pytest.raises(ValueError, match="half-life"):
        window(date(2026, 11, 21), span(5, "half_lives"))


@pytest.mark.parametrize(
    ("n", "hours", "days"),
    [
        (5, "3.2", 1),  # tofacitinib: 16 h
        (5, "5.9", 2),  # tofacitinib, extended release: 29.5 h
        (5, "12.5", 3),  # baricitinib: 62.5 h
        (5, "14", 3),  # upadacitinib: 70 h
        (5, "27", 6),  # filgotinib's metabolite: 135 h
        (5, "24", 5),
        (1, "24", 1),
    ],
)
def test_half_lives_round_up_to_whole_days(n, hours, days):
    assert half_life_days(Decimal(n), Decimal(hours)) == days
    half_lives = span(n, "half_lives")
    assert window(date(2026, 11, 21), half_lives, Decimal(hours)).first == date(2026, 11, 21) - DAY * days
    assert lapse_day(date(2026, 11, 21), half_lives, Decimal(hours)) == date(2026, 11, 21) + DAY * (days + 1)


def test_a_washout_lapses_the_day_after_the_fact_and_the_span():
    assert lapse_day(date(2026, 7, 15), span(6, "months")) == date(2027, 1, 16)
    assert lapse_day(date(2026, 7, 15), span(30, "days")) == date(2026, 8, 15)
    assert lapse_day(date(2026, 7, 15), span(4, "weeks")) == date(2026, 8, 13)


def test_a_month_from_the_end_of_february_lapses_in_april():
    """One month before 29, 30 and 31 March is 28 February each time."""
    assert lapse_day(date(2026, 2, 28), span(1, "months")) == date(2026, 4, 1)


@pytest.mark.parametrize("months", [1, 2, 3, 6, 11, 12, 13, 24, 48])
def test_the_lapse_day_is_the_first_day_whose_window_leaves_the_fact_out(months):
    anchors = [date(2019, 11, 1) + DAY * n for n in range(14 * 366)]
    begins = [window(anchor, span(months, "months")).first for anchor in anchors]
    assert begins == sorted(begins)
    for fact in EIGHT_YEARS:
        assert lapse_day(fact, span(months, "months")) == anchors[bisect_right(begins, fact)]


def test_a_year_is_twelve_months():
    for fact in EIGHT_YEARS[::7]:
        assert lapse_day(fact, span(2, "years")) == lapse_day(fact, span(24, "months"))


def test_what_lapses_beyond_the_calendar_lapses_on_its_last_day():
    for value, unit in ((10**9, "days"), (10**6, "months"), (9_000, "years"), (10**30, "weeks")):
        assert lapse_day(date(2026, 11, 21), span(value, unit)) == date.max
    assert lapse_day(date(9999, 12, 31), span(1, "months")) == date.max
    assert lapse_day(date(9999, 11, 30), span(1, "months")) == date.max


def counted_age(birth, day):
    """Birthdays passed, counted one by one."""
    passed = 0
    for year in range(birth.year + 1, day.year + 1):
        leap_child = (birth.month, birth.day) == (2, 29)
        leap_year = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        its_day = date(year, 3, 1) if leap_child and not leap_year else date(year, birth.month, birth.day)
        passed += its_day <= day
    return passed


def test_age_is_the_number_of_birthdays_passed():
    births = [date(1999, 12, 30) + DAY * n for n in range(5 * 366)]
    for birth in [*births[::11], date(2000, 2, 29), date(2004, 2, 28), date(2004, 2, 29), date(2004, 3, 1)]:
        for day in [*EIGHT_YEARS[::37], birth, birth + DAY, date(2023, 2, 28), date(2023, 3, 1), date(2024, 2, 29)]:
            if day >= birth:
                assert age_on(day, DayRange(birth, birth)) == (counted_age(birth, day),) * 2


def test_at_most_65_holds_until_the_66th_birthday():
    birth = date(1960, 11, 21)
    assert birthday(birth, 66) == date(2026, 11, 21)
    assert age_on(date(2026, 11, 20), DayRange(birth, birth)) == (65, 65)
    assert age_on(date(2026, 11, 21), DayRange(birth, birth)) == (66, 66)


def test_29_february_counts_as_1_march():
    leap = date(2008, 2, 29)
    assert [birthday(leap, years) for years in (17, 18, 20)] == [date(2025, 3, 1), date(2026, 3, 1), date(2028, 2, 29)]
    assert birthday(date(1900, 5, 5), 9_000) == date.max


def test_a_partial_birth_date_gives_a_range_of_ages():
    assert age_on(date(2026, 6, 1), days_of("1992")) == (33, 34)
    assert age_on(date(2026, 6, 1), days_of("1992-03")) == (34, 34)
    assert age_on(date(1991, 6, 1), days_of("1992")) == (0, 0)


def test_an_age_in_years_is_a_range_of_one_year():
    for day in EIGHT_YEARS:
        for age in (0, 1, 4, 18):
            born = birth_from_age(age, day)
            assert age_on(day, born) == (age, age)
            assert age_on(day, DayRange(born.first - DAY, born.last))[1] == age + 1
            if age:
                assert age_on(day, DayRange(born.first, born.last + DAY))[0] == age - 1


def test_milestones_without_a_day_fall_on_the_as_of_date():
    calendar = Calendar(date(2026, 11, 21), {Milestone.INFUSION: date(2026, 12, 24)})
    assert calendar.day_of(Milestone.SCREENING) == date(2026, 11, 21)
    assert calendar.day_of(Milestone.INFUSION) == date(2026, 12, 24)


def test_given_milestones_move_with_the_as_of_date():
    moved = Calendar(date(2026, 11, 21), {Milestone.INFUSION: date(2026, 12, 24)}).moved_to(date(2026, 12, 1))
    assert moved.day_of(Milestone.INFUSION) == date(2027, 1, 3)
    assert moved.day_of(Milestone.SCREENING) == date(2026, 12, 1)
