"""Glucocorticoids that run at once, as stretches of time with their summed dose as prednisone.

A course that ends on the day on which another begins is not concurrent with it. Of one agent that is a change of dose,
and on that day the larger counts; of two agents, both may have been given in full, or not.
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from functools import partial, reduce
from itertools import groupby
from typing import NamedTuple

from app.eligibility.criteria import Dose
from app.eligibility.doses import dose_rate
from app.eligibility.facts import Course, PatientFacts
from app.eligibility.findings import Derivation, Evidence, MissingFact
from app.eligibility.intervals import Interval
from app.eligibility.periods import SURELY, SURELY_NOT, Between, Period, verdict_of
from app.eligibility.quantities import format_interval
from app.eligibility.spells import ANY_DOSE, Run, Spell, course_evidence, lacking, met, stretch_of
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import Comparator, Reason
from app.vocabulary.terms import Vocabulary

_DAY = timedelta(days=1)
_FLOORS = frozenset({Comparator.GE, Comparator.GT})
_NOTHING = Interval.exactly(0)
_SUM = "the sum of concurrent doses, as prednisone"
_TURN = "on the day on which one dose takes the place of another, the larger of them up to their sum, as prednisone"


def summed_spells(
    agents: Sequence[str], dose: Dose, facts: PatientFacts, vocabulary: Vocabulary, *, lasting: bool = False
) -> Iterator[Spell]:
    """The stretches in which the same courses of some agents run, each with their summed dose as prednisone.

    A course that can have met no other is one by itself. So is one that is known to have been given on some day, but
    not on which, and whose own dose is enough: whatever ran beside it, on that day it was. `lasting`: with how long
    each goes on past what only cuts it.
    """
    key = tuple(agents), dose.unit
    found = facts.sums.get(key)
    if found is None:
        courses = [course for agent in agents for course in facts.therapies[agent] if course.given]
        found = facts.sums[key] = list(_summed(courses, dose.unit, facts, vocabulary))
    for together, stretches in found:
        if len(together) == 1:
            yield _by_itself(together[0], dose)
            continue
        if dose.comparator in _FLOORS:
            nowhere_sure = (run for run in together if run.stretch.start_last > run.stretch.end_first)
            yield from (spell for run in nowhere_sure if (spell := _by_itself(run, dose)).dose == SURELY)
        spells = [_spell(stretch, now, dose) for stretch, now in stretches]
        yield from (_lasting(spell, spells[place:]) for place, spell in enumerate(spells, 1)) if lasting else spells


class AtOnce(NamedTuple):
    """Courses that may overlap; of several, the stretches in which the same of them run, with what these come to."""

    runs: Sequence[Run]
    stretches: "Sequence[tuple[Period, _Running]]"


def _summed(courses: Iterable[Course], unit: str, facts: PatientFacts, vocabulary: Vocabulary) -> Iterator[AtOnce]:
    runs = [Run(course, stretch_of(course, facts), dose_rate(course, unit, facts, vocabulary)) for course in courses]
    for together in _possibly_at_once(runs):
        yield AtOnce(together, list(_side_by_side(together)) if len(together) > 1 else [])


def _possibly_at_once(runs: Iterable[Run]) -> Iterator[list[Run]]:
    """Courses that may overlap, directly or through others."""
    found: list[Run] = []
    last = date.min
    for run in sorted(runs, key=lambda run: run.stretch.start_first):
        if found and run.stretch.start_first > last:
            yield found
            found = []
        found.append(run)
        last = max(last, run.stretch.end_last)
    if found:
        yield found


def _by_itself(run: Run, dose: Dose) -> Spell:
    rate = _sum((run,))
    now = _Running((run,), rate, (run,), rate)
    return Spell(
        run.stretch, (run.course,), met(rate, dose), partial(_evidence, now, dose.unit), partial(lacking, (run,))
    )


class _Running(NamedTuple):
    """The courses that may run on a day with what they come to, and those that surely do with what those come to.

    `day`: the day, where one drug takes the place of another on it. `turning`: those that then begin and end.
    """

    possible: tuple[Run, ...]
    most: Interval
    sure: tuple[Run, ...]
    least: Interval
    day: date | None = None
    turning: tuple[Run, ...] = ()


def _side_by_side(runs: Sequence[Run]) -> Iterator[tuple[Period, _Running]]:
    """The stretches between the days on which something changes, or may have changed."""
    edges = {day for run in runs for day in (run.stretch.start_first, run.stretch.start_last)}
    edges |= {end + _DAY for run in runs for end in run.stretch.ends if end < date.max}
    stretches = [(next(days), now) for now, days in groupby(sorted(edges), lambda day: _running_on(day, runs))]
    following = [first for first, _ in stretches[1:]]
    for (first, now), after in zip(stretches, (*following, None), strict=True):
        if now.possible:
            last = after - _DAY if after else date.max
            yield Period(first, first, last, last), now


def _spell(stretch: Period, now: _Running, dose: Dose) -> Spell:
    with_all = met(now.most, dose)
    is_met = with_all
    perhaps: tuple[Course, ...] = ()
    if len(now.sure) < len(now.possible):
        is_met = _with_fewer(with_all, now, dose)
        perhaps = tuple([run.course for run in now.possible if run not in now.sure])
    courses = tuple([run.course for run in now.possible])
    evidence, lacks = partial(_evidence, now, dose.unit), partial(_lacking, now, with_all, is_met)
    return Spell(stretch, courses, is_met, evidence, lacks, perhaps)


def _lasting(spell: Spell, following: Iterable[Spell]) -> Spell:
    """A spell with the stretch that it is part of: on through those in which its dose is met, and a course of it runs.

    Where that may be so or not, the stretch may end before them or after.
    """
    end_first = end_last = spell.stretch.end_last
    surely = True
    for after in following:
        on = [course for course in after.courses if course in spell.courses]
        if not on or after.dose[1] is Verdict.NO or after.stretch.start_first > end_last + _DAY:
            break
        end_last = after.stretch.end_last
        sure = [course for course in on if course not in after.perhaps]
        any_of_it = len(sure) == len(spell.courses) or any(course not in spell.perhaps for course in sure)
        surely = surely and after.dose == SURELY and any_of_it
        end_first = end_last if surely else end_first
    start = spell.stretch.start_first
    return spell._replace(lasting=Period(start, start, end_first, end_last))


def _lacking(now: _Running, with_all: Between, is_met: Between) -> tuple[MissingFact, ...]:
    """What is lacking to tell whether a dose is met: of all courses that may run, and of which do."""
    found = lacking(now.possible, now.turning) if verdict_of(with_all) is Verdict.UNKNOWN else ()
    if len(now.sure) == len(now.possible) or verdict_of(is_met) is not Verdict.UNKNOWN:
        return found
    return (*found, *_vaguely_dated(now, {fact.fact for fact in found}))


def _with_fewer(is_met: Between, now: _Running, dose: Dose) -> Between:
    """The same where of the courses that may run only those do that surely do; without any, at least one, or none."""
    if now.sure:
        found = [is_met, met(now.least, dose)]
    else:
        found = [is_met, SURELY_NOT, *(met(_sum((run,)), dose) for run in now.possible)]
    # Others than the least and the most may come to just what is asked for.
    highest = Verdict.YES if dose.comparator is Comparator.EQ else max(one[1] for one in found)
    return min(one[0] for one in found), highest


def _vaguely_dated(now: _Running, named: AbstractSet[str]) -> Iterable[MissingFact]:
    """The agents that may run or not, but for those that are named already."""
    courses = (run.course for run in now.possible if run not in now.sure and run.course.agent not in named)
    why = {course.agent: Reason.UNDATED if course.undated else Reason.IMPRECISE for course in courses}
    return (MissingFact(agent, "therapy", reason) for agent, reason in why.items())


def _sum(runs: Iterable[Run]) -> Interval:
    rates = [run.rate.interval for run in runs]
    known = [rate for rate in rates if rate is not None]
    return reduce(Interval.plus, known, ANY_DOSE if len(known) < len(rates) else _NOTHING)


def _running_on(day: date, runs: Sequence[Run]) -> _Running:
    possible = tuple([run for run in runs if run.stretch.meets(day, day) != SURELY_NOT])
    sure = tuple([run for run in possible if run.stretch.meets(day, day) == SURELY])
    turns = _turns(day, sure)
    if len(turns) < 2:
        most = _sum(possible)
        return _Running(possible, most, sure, most if len(sure) == len(possible) else _sum(sure))
    turning = tuple([run for turn in turns for run in turn])
    surely = not any(
        _may_begin(run, day) > _begins(run, day) or _may_end(run, day) > _ends(run, day) for run in turning
    )
    rate = _on_the_turn(turns, surely=surely)
    most = rate.plus(_sum(run for run in possible if run not in turning))
    least = rate.plus(_sum(run for run in sure if run not in turning))
    less = [run for run in turning if surely and _gives_way(run, turns)]
    possible, sure, turning = (tuple([run for run in some if run not in less]) for some in (possible, sure, turning))
    still_turns = len(_turns(day, turning)) > 1
    return _Running(possible, most, sure, least, *((day, turning) if still_turns else ()))


def _turns(day: date, runs: Iterable[Run]) -> list[list[Run]]:
    """Of what surely runs on a day, and may end or begin on it: what ends then, what is of that day alone, what begins.

    What may be any of these is a turn of its own, for then the largest turn is no more than was given.
    """
    turns: tuple[list[Run], ...] = ([], [], [])
    unclear: list[list[Run]] = []
    for run in runs:
        may_begin, may_end = _may_begin(run, day), _may_end(run, day)
        if may_begin and may_end and not (_begins(run, day) and _ends(run, day)):
            unclear.append([run])
        elif may_begin or may_end:
            turns[1 + may_begin - may_end].append(run)
    return [turn for turn in (*turns, *unclear) if turn]


def _begins(run: Run, day: date) -> bool:
    return run.stretch.start_first == run.stretch.start_last == day


def _may_begin(run: Run, day: date) -> bool:
    """Of what surely runs on that day."""
    return run.stretch.start_last == day


def _ends(run: Run, day: date) -> bool:
    return run.stretch.end_first == run.stretch.end_last == day


def _may_end(run: Run, day: date) -> bool:
    """Of what surely runs on that day."""
    return run.stretch.end_first == day


def _on_the_turn(turns: Sequence[Sequence[Run]], *, surely: bool) -> Interval:
    """No less than the largest of what was given by turns; no more than each agent's largest, all on the same day."""
    lowest = reduce(Interval.larger, [_sum(turn) for turn in turns])
    agents = sorted({run.course.agent for turn in turns for run in turn})
    highest = (
        reduce(Interval.plus, [reduce(Interval.larger, _of_agent(agent, turns)) for agent in agents])
        if surely
        else _sum(run for turn in turns for run in turn)
    )
    return Interval(lowest.low, highest.high, lowest.low_open, highest.high_open)


def _of_agent(agent: str, turns: Iterable[Iterable[Run]]) -> list[Interval]:
    """What one agent comes to in each turn."""
    return [_sum(run for run in turn if run.course.agent == agent) for turn in turns]


def _gives_way(run: Run, turns: Sequence[Sequence[Run]]) -> bool:
    """Whether the same agent was surely given in no lower a dose in another turn; of equal ones, in an earlier."""
    (mine,) = [number for number, turn in enumerate(turns) if run in turn]
    doses = _of_agent(run.course.agent, turns)
    return any(
        _no_less(other, doses[mine]) and (number < mine or not _no_less(doses[mine], other))
        for number, other in enumerate(doses)
        if number != mine
    )


def _no_less(one: Interval, other: Interval) -> bool:
    return one.low is not None and other.high is not None and one.low >= other.high


def _evidence(now: _Running, unit: str) -> Evidence:
    """One course, or all that run at once, with what they come to."""
    courses = [run.course for run in now.possible]
    shown = course_evidence(courses[0])
    if len(courses) > 1:
        by_turns = " then ".join(_dose(run.course) for run in now.turning)
        others = [_dose(run.course) for run in now.possible if run not in now.turning]
        shown = Evidence(shown.fact, " + ".join([*others, *([by_turns] if by_turns else [])]))
    if now.day is not None:
        shown = shown._replace(date=now.day.isoformat())
    derivations = [run.rate.derivation for run in now.possible if run.rate.derivation]
    derivation = derivations[0] if len(derivations) == 1 else None
    if len(derivations) > 1:
        derivation = Derivation(
            _SUM if now.day is None else _TURN,
            "; ".join(sorted({one.source for one in derivations if one.source})),
            tuple(_dose(course) for course in courses if course.dose),
        )
    return shown._replace(converted=f"{format_interval(now.most, unit)} as prednisone", derivation=derivation)


def _dose(course: Course) -> str:
    return f"{course.agent} {course.dose.text if course.dose else '?'}"
