"""What may be missing of the person: age, sex, reproductive status; and that a list is complete."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from app.eligibility.criteria import Age, ReproductiveState
from app.eligibility.dates import DayRange, months_before
from app.eligibility.looks import AGE, SEX
from app.eligibility.patient import Patient, ReproductiveFacts
from app.matching.probes.inquiry import AskedLeaf, Inquiry, first_day
from app.matching.probes.question import Fact, Probe, Question
from app.matching.probes.scales import Cut, Scale
from app.vocabulary.enumerations import Sex

_YEARS = "a"  # UCUM
_OLDEST = 130
_DAY = timedelta(days=1)


def age_question(fact: Fact, inquiry: Inquiry, asked: Sequence[AskedLeaf]) -> Question:
    """A birth date on either side of every age that is asked for, on the day on which it is asked for."""
    turns: dict[date, Cut] = {}
    for one in asked:
        turns |= dict(_turns_of_age(one.leaf, inquiry.day_of(one.anchor)))
        if not isinstance(one.leaf, Age):
            turns |= dict(_turns_of_what_is_computed(one, inquiry))
    born = sorted(turns, reverse=True)  # the youngest first
    known = inquiry.facts.birth or DayRange(months_before(inquiry.as_of, 12 * _OLDEST), inquiry.as_of)
    youngest = min(known.last, first_day(inquiry.patient, known.last))
    probes = []
    for stretch in range(len(born) + 1):
        latest = min(born[stretch - 1] if stretch else youngest, youngest)
        earliest = max(born[stretch] + _DAY if stretch < len(born) else known.first, known.first)
        if earliest <= latest:
            probes.append(Probe(Patient(birth_date=latest.isoformat()), (stretch,)))
    scale = Scale(tuple(turns[day] for day in born), _YEARS)
    return Question(fact, frozenset({AGE}), tuple(probes), (scale,), _YEARS)


def _turns_of_age(leaf: object, day: date) -> Iterator[tuple[date, Cut]]:
    """The last birth date of those who are old enough, and of those who are too old."""
    if not isinstance(leaf, Age):
        return
    if leaf.min_years is not None:
        yield months_before(day, 12 * leaf.min_years), Cut(Fraction(leaf.min_years), above=True)
    if leaf.max_years is not None:
        yield months_before(day, 12 * (leaf.max_years + 1)), Cut(Fraction(leaf.max_years), above=False)


def _turns_of_what_is_computed(one: AskedLeaf, inquiry: Inquiry) -> Iterator[tuple[date, Cut]]:
    """Formulas take the age on the day of the result, and change with it in leaps: every year is tried."""
    if "creatinine" not in inquiry.facts.observations:
        return  # all of them need it

    def answer(years: int) -> object:
        situation = inquiry.supposing(Patient(birth_date=_born(years, inquiry.as_of)))
        return None if situation is None else one.reader(situation).verdict

    found = [answer(years) for years in range(_OLDEST + 1)]
    for years, (younger, older) in enumerate(pairwise(found), start=1):
        if younger != older:
            yield months_before(inquiry.as_of, 12 * years), Cut(Fraction(years), above=True)


def _born(years: int, as_of: date) -> str:
    return months_before(as_of, 12 * years).isoformat()


def sex_question(fact: Fact, _inquiry: Inquiry, _asked: Sequence[AskedLeaf]) -> Question:
    return Question(fact, frozenset({SEX}), tuple(Probe(Patient(sex=sex), word=sex.value) for sex in Sex))


def reproductive_question(fact: Fact, _inquiry: Inquiry, _asked: Sequence[AskedLeaf]) -> Question:
    state = ReproductiveState(fact.code)
    probes = tuple(
        Probe(Patient(reproductive=ReproductiveFacts.model_validate({state.value: told})), word=word)
        for told, word in ((False, "no"), (True, "yes"))
    )
    return Question(fact, frozenset({("reproductive", state.value)}), probes)


def reviewed_question(fact: Fact, _inquiry: Inquiry, _asked: Sequence[AskedLeaf]) -> Question:
    """That a list is complete as it stands."""
    change = Patient.model_validate({"reviewed": (fact.code,)})
    return Question(fact, frozenset({("reviewed", fact.code)}), (Probe(change, word="complete"),))
