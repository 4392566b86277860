"""How long one agent was given, over all its courses.

Of months, both the first and the last day of a course may be counted: 10 January to 9 April is three months, and to
10 April it is still no more than three. Days and weeks are days of treatment, the first and the last included. Courses
are summed by their whole months, so that January with February and May are three too; where that falls short and days
are left over, by all their days, as though they had been given in one go up to the last of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple, Self

from app.eligibility.dates import Length, months_and_days
from app.eligibility.findings import MissingFact
from app.eligibility.periods import BY_DATE, NO_DAYS, SURELY, SURELY_NOT, UNKNOWN, Between
from app.eligibility.spells import Spell
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import Comparator, Reason

_DAY = timedelta(days=1)
_UPPER_BOUNDS = frozenset({Comparator.LT, Comparator.LE, Comparator.EQ})

Stretches = list[tuple[date, date]]
"""First days, and the days after the last ones; in order and apart."""


@dataclass(frozen=True, slots=True)
class Given:
    """Whether an agent was given as long as is asked for, why that is undecided, and when it may change.

    `lacking`: what is missing of the doses. `anchors`: days of the milestone on which the length may become enough.
    """

    between: Between
    reason: Reason
    lacking: tuple[MissingFact, ...] = ()
    anchors: frozenset[date] = NO_DAYS


class Total(NamedTuple):
    """An agent's spells up to a day, that day included; overlaps count once.

    `least` and `most`: the least and the most time that it can have been given in the dose asked for, by the dates;
    `utmost`: also in doses that may be the one asked for.
    """

    least: Stretches
    most: Stretches
    utmost: Stretches

    @classmethod
    def of(cls, spells: Sequence[Spell], last: date) -> Self:
        least = _least([spell for spell in spells if spell.dose == SURELY], last)
        by_date = [spell for spell in spells if spell.dose[1] is Verdict.YES]
        possible = [spell for spell in spells if spell.dose != SURELY_NOT]
        most = _most(by_date, last)
        return cls(least, most, most if len(possible) == len(by_date) else _most(possible, last))

    def depends_on_dose(self, comparator: Comparator, length: Length) -> bool:
        """Whether doses that may be the one asked for decide it."""
        if self.utmost == self.most:
            return False
        return _range(self.least, self.utmost, comparator, length) != self.by_date(comparator, length)

    def by_date(self, comparator: Comparator, length: Length) -> Between:
        """Whether it comes to a duration, of all that was given in the dose asked for."""
        return _range(self.least, self.most, comparator, length)

    def meets(self, comparator: Comparator, length: Length, *, more_possible: bool) -> Between:
        """Whether it comes to a duration. `more_possible`: there may be courses that are not on record."""
        if self.depends_on_dose(comparator, length):
            return UNKNOWN
        given = self.by_date(comparator, length)
        if more_possible and comparator in _UPPER_BOUNDS:
            return min(given[0], Verdict.UNKNOWN), min(given[1], Verdict.UNKNOWN)
        return given


def how_long(
    spells: Sequence[Spell], comparator: Comparator, length: Length, last: date, *, more_possible: bool
) -> Given:
    """Whether an agent's spells come to a duration (`Total`), with what explains it."""
    total = Total.of(spells, last)
    between = total.meets(comparator, length, more_possible=more_possible)
    possible = [spell for spell in spells if spell.dose != SURELY_NOT]
    anchors = NO_DAYS
    if any(spell.stretch.end_last > last for spell in possible):
        anchors = frozenset(day for stretches in total for day in _next_changes(stretches, length))
    if total.depends_on_dose(comparator, length):
        untold = (spell for spell in possible if spell.dose[1] is not Verdict.YES)
        return Given(between, Reason.MISSING, _each_once(spell.lacking() for spell in untold), anchors)
    if more_possible and comparator in _UPPER_BOUNDS:
        return Given(between, Reason.MISSING, (), anchors)
    undated = between == BY_DATE and any(course.start is None for spell in possible for course in spell.courses)
    return Given(between, Reason.UNDATED if undated else Reason.IMPRECISE, (), anchors)


def _each_once(lists: Iterable[Iterable[MissingFact]]) -> tuple[MissingFact, ...]:
    return tuple(dict.fromkeys(fact for facts in lists for fact in facts))


_MEETING = {
    Comparator.GE: (0, 1),
    Comparator.GT: (1,),
    Comparator.LE: (-1, 0),
    Comparator.LT: (-1,),
    Comparator.EQ: (0,),
}
"""Of what `_against` says, what meets a comparison."""


def _least(spells: Iterable[Spell], last: date) -> Stretches:
    """The least time that spells can have taken up to a day."""
    return _apart((spell.stretch.start_last, min(spell.stretch.end_first, last)) for spell in spells)


def _most(spells: Iterable[Spell], last: date) -> Stretches:
    """The most time that spells can have taken up to a day."""
    return _apart((spell.stretch.start_first, min(spell.stretch.end_last, last)) for spell in spells)


def _apart(both_ends: Iterable[tuple[date, date]]) -> Stretches:
    """Stretches that touch or overlap become one."""
    found: Stretches = []
    for first, last in sorted(both_ends):
        if last < first:
            continue
        after = last + _DAY if last < date.max else last
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], after)
        else:
            found.append((first, after))
    return found


def _range(least: Stretches, most: Stretches, comparator: Comparator, length: Length) -> Between:
    one = _met(least, comparator, length)
    return (one, one) if most == least or one is _met(most, comparator, length) else BY_DATE


def _met(stretches: Stretches, comparator: Comparator, length: Length) -> Verdict:
    return Verdict.YES if _against(stretches, length) in _MEETING[comparator] else Verdict.NO


def _against(stretches: Stretches, length: Length) -> int:
    """-1, 0 or 1 as they come to less than a length, to just that, or to more."""
    if not stretches:
        return -1
    if length.months is None:
        began, enough_since = _in_one_go(stretches), length.before(stretches[-1][1])
        return (began < enough_since) - (began > enough_since)
    counted = [months_and_days(first, after) for first, after in stretches]
    months = sum([months for months, _ in counted])
    if months > length.months:
        return 1
    if months == length.months:
        return int(any(days > 1 for _, days in counted))
    # Days that are left over can make up the month that is lacking, but no more than that.
    left_over = any(days for _, days in counted)
    return 0 if left_over and _in_one_go(stretches) <= length.before(stretches[-1][1]) else -1


def _in_one_go(stretches: Stretches) -> date:
    """The first day, had all been given in one go up to the last day."""
    days = sum((after - first).days for first, after in stretches)
    return stretches[-1][1] - timedelta(days=days)


def _next_changes(stretches: Stretches, length: Length) -> Iterable[date]:
    """Where the last stretch goes on: the last days with which it all may come to a length, or exceed it."""
    if not stretches:
        return
    reached = [(_in_one_go(stretches), length)]
    if length.months is not None and len(stretches) > 1:
        before = sum(months_and_days(first, after)[0] for first, after in stretches[:-1])
        reached.append((stretches[-1][0], Length(max(length.months - before, 0), 0)))
    for began, needed in reached:
        for start in (began - _DAY if began > date.min else began, began, began + _DAY):
            if (after := needed.lapse(start)) < date.max:
                yield after - _DAY
