"""How long one agent was given, over all its courses.

Of months, both the first and the last day of a course may be counted: 10 January to 9 April is three months, and to
10 April it is still no more than three. Days and weeks are days of treatment, the first and the last included. Courses
are summed by their whole months, so that January with February and May are three too; where that falls short and days
are left over, by all their days, as though they had been given in one go up to the last of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.eligibility.dates import Length, months_and_days
from app.eligibility.findings import MissingFact
from app.eligibility.periods import BY_DATE, NO_DAYS, SURELY, SURELY_NOT, UNKNOWN, Between
from app.eligibility.spells import Spell
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import Comparator, Reason

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Given:
    """Whether an agent was given as long as is asked for, why that is undecided, and when it may change.

    `lacking`: what is missing of the doses. `anchors`: days of the milestone on which the length may become enough.
    """

    between: Between
    reason: Reason
    lacking: tuple[MissingFact, ...] = ()
    anchors: frozenset[date] = NO_DAYS


def how_long(
    spells: Sequence[Spell], comparator: Comparator, length: Length, last: date, *, more_possible: bool
) -> Given:
    """The sum of an agent's spells up to `last`, that day included, against a duration; overlaps count once.

    Spells count that have the dose asked for. `more_possible`: there may be courses that are not on record.
    """
    surely = [spell for spell in spells if spell.dose == SURELY]
    by_date = [spell for spell in spells if spell.dose[1] is Verdict.YES]
    possible = [spell for spell in spells if spell.dose != SURELY_NOT]
    least, most = _least(surely, last), _most(by_date, last)
    utmost = most if len(possible) == len(by_date) else _most(possible, last)
    given = _range(least, most, comparator, length)
    anchors = NO_DAYS
    if any(spell.stretch.end_last > last for spell in possible):
        anchors = frozenset(day for stretches in (least, most, utmost) for day in _next_changes(stretches, length))
    if utmost != most and _range(least, utmost, comparator, length) != given:
        untold = (spell for spell in possible if spell.dose[1] is not Verdict.YES)
        lacking = tuple(dict.fromkeys(fact for spell in untold for fact in spell.lacking))
        return Given(UNKNOWN, Reason.MISSING, lacking, anchors)
    if more_possible and comparator in (Comparator.LT, Comparator.LE, Comparator.EQ):
        capped = (min(given[0], Verdict.UNKNOWN), min(given[1], Verdict.UNKNOWN))
        return Given(capped, Reason.MISSING, (), anchors)
    undated = given == BY_DATE and any(course.start is None for spell in possible for course in spell.courses)
    return Given(given, Reason.UNDATED if undated else Reason.IMPRECISE, (), anchors)


_MEETING = {
    Comparator.GE: (0, 1),
    Comparator.GT: (1,),
    Comparator.LE: (-1, 0),
    Comparator.LT: (-1,),
    Comparator.EQ: (0,),
}
"""Of what `_against` says, what meets a comparison."""

Stretches = list[tuple[date, date]]
"""First days, and the days after the last ones; in order and apart."""


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
