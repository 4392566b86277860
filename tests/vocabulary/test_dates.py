"""A partial date is the days that it can mean; what is no date is refused."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.vocabulary.dates import day_range


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2025", date(2025, 1, 1), date(2025, 12, 31)),
        ("2025-09", date(2025, 9, 1), date(2025, 9, 30)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2025-09-14", date(2025, 9, 14), date(2025, 9, 14)),
        ("2024-02-29", date(2024, 2, 29), date(2024, 2, 29)),
        ("1800", date(1800, 1, 1), date(1800, 12, 31)),
        ("2200-12", date(2200, 12, 1), date(2200, 12, 31)),
    ],
)
def test_a_partial_date_is_a_range_of_days(text: str, first: date, last: date):
    assert day_range(text) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "25",
            "2025-",
            "2025-9",
            "2025/09/14",
            "14.09.2025",
            "2025-09-14T00:00",
            " 2025",
            "2025\n",
            "２０２５-09",
        ),
        *("2025-13", "2025-00", "2025-02-29", "2025-01-00", "2025-01-32", "1799", "2201-01"),
    ],
)
def test_what_is_no_date_is_refused_without_repeating_it(text: str):
    with pytest.raises(ValueError, match=r"^(a date is|the year lies|there is no such)") as refusal:
        day_range(text)
    assert not text.strip() or text not in str(refusal.value)


@given(st.dates(min_value=date(1800, 1, 1), max_value=date(2200, 12, 31)))
def test_every_day_lies_within_its_month_and_its_month_within_its_year(day: date):
    exact, month, year = (day_range(day.isoformat()[:length]) for length in (10, 7, 4))
    assert exact == (day, day)
    assert year[0] <= month[0] <= day <= month[1] <= year[1]
