"""A partial date (`2025`, `2025-09`, `2025-09-14`) as text that is known to be a date, and as a range of days."""

import re
from calendar import monthrange
from datetime import date
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, Field

_FORM = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


@lru_cache(maxsize=4096)
def day_range(text: str) -> tuple[date, date]:
    """The first and the last day that a partial date can mean. ValueError where it is none."""
    form = _FORM.fullmatch(text)
    if form is None:
        raise ValueError("a date is YYYY, YYYY-MM or YYYY-MM-DD")
    year, month, day = int(form[1]), form[2], form[3]
    if not 1800 <= year <= 2200:
        raise ValueError("the year lies outside 1800 to 2200")
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    if not 1 <= int(month) <= 12:
        raise ValueError("there is no such month")
    last = monthrange(year, int(month))[1]
    if day is None:
        return date(year, int(month), 1), date(year, int(month), last)
    if not 1 <= int(day) <= last:
        raise ValueError("there is no such day in that month")
    exact = date(year, int(month), int(day))
    return exact, exact


def _checked(text: str) -> str:
    day_range(text)
    return text


PartialDate = Annotated[
    str,
    AfterValidator(_checked),
    Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$", description="YYYY, YYYY-MM or YYYY-MM-DD", examples=["2025-09"]),
]
