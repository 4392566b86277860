"""What is found wrong with a patient's facts, and what is left out of account, while they are read."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from app.eligibility.dates import DayRange, days_of
from app.eligibility.facts import Notice
from app.vocabulary.faults import Fault, Refused
from app.vocabulary.terms import TermKind, Vocabulary
from app.vocabulary.unknown import unknown_code

MOST_FAULTS = 200
"""Reading stops at as many: what is that wrong is not mended fault by fault."""
_MOST_GUESSES = 20
_LARGEST_EXPONENT = 30
_NOT_GUESSED = Fault("unknown_code", "the code is not in the vocabulary", "use a code of the vocabulary")


class Report:
    """Collects faults and notices, and reads the dates, which every kind of fact has. No text holds a value."""

    def __init__(self, vocabulary: Vocabulary, as_of: date) -> None:
        self.vocabulary = vocabulary
        self.as_of = as_of
        self.born: date | None = None
        self.faults: list[Fault] = []
        self.notices: list[Notice] = []
        self.guesses: dict[tuple[TermKind, str], Fault] = {}

    def add(self, fault: Fault) -> None:
        self.faults.append(fault)
        if len(self.faults) >= MOST_FAULTS:
            raise Refused(self.faults)

    def fault(self, pointer: str, code: str, detail: str, remedy: str) -> None:
        self.add(Fault(code, detail, remedy, pointer))

    def unknown_code(self, pointer: str, kind: TermKind, code: str) -> None:
        """Guessing what was meant takes long; it is done for the first few only."""
        if (kind, code) not in self.guesses and len(self.guesses) < _MOST_GUESSES:
            self.guesses[kind, code] = unknown_code(self.vocabulary, kind, code)
        self.add(replace(self.guesses.get((kind, code), _NOT_GUESSED), pointer=pointer))

    def days(self, text: str | None, pointer: str, *, past: bool = True) -> DayRange | None:
        """The days that a date can mean; if it tells of the past, no day after the as-of date, unless all are."""
        if text is None:
            return None
        days = days_of(text)
        if self.born is not None and days.last < self.born:
            self.fault(pointer, "before_birth", "the date lies before the birth", "check both dates")
        if past and days.first <= self.as_of < days.last:
            return DayRange(days.first, self.as_of)
        return days

    def is_future(self, days: DayRange | None, pointer: str) -> bool:
        if days is None or days.first <= self.as_of:
            return False
        self.notices.append(Notice(pointer, "future_fact", "dated after the as-of date, so not counted"))
        return True

    def in_order(self, start: DayRange | None, end: DayRange | None, pointer: str) -> None:
        if start is not None and end is not None and end.last < start.first:
            self.fault(pointer, "end_before_start", "the end lies before the start", "check both dates")


def readable(value: Decimal) -> bool:
    """Whether exact arithmetic with a number is cheap; 1e300 is no measurement."""
    return not value or abs(value.adjusted()) <= _LARGEST_EXPONENT
