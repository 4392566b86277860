"""Therapies of which something is missing: not given; or given at the times, doses and responses that are asked for.

A class stands for its agents. Where it was given, it was by one agent of each sort that the criteria tell apart, or by
as many as some criterion asks for; the others were not.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import NamedTuple

from app.eligibility.dates import days_of
from app.eligibility.looks import WEIGHT, known_looks
from app.eligibility.patient import DoseFact, Patient, TherapyFact
from app.eligibility.periods import SURELY, SURELY_NOT, Between, Reach, both
from app.eligibility.situation import Situation
from app.eligibility.therapies import TherapyTest
from app.matching.probes.days import DAY, Lookback, within
from app.matching.probes.inquiry import AskedLeaf, Inquiry
from app.matching.probes.question import Fact, Probe, Question
from app.matching.probes.scales import Scale, cuts_of
from app.vocabulary.enumerations import Comparator, TherapyResponse
from app.vocabulary.terms import Vocabulary

_BY_START = {
    Comparator.GE: (0, 1),
    Comparator.LT: (0, 1),
    Comparator.GT: (-2, -1, 0),
    Comparator.LE: (-2, -1, 0),
    Comparator.EQ: (-2, -1, 0, 1),
}
"""Days from the latest start of a course that is just so long, on either side of which a comparison turns."""
_BY_WEIGHT = "/kg"
_FLAT = Decimal(50)
Met = tuple[Between | None, ...]
"""How a course meets each test; None where the test does not mean its agent."""
Part = Callable[[TherapyTest], TherapyTest]
"""What a test asks of some side of a course alone."""


def therapy_question(fact: Fact, inquiry: Inquiry, asked: Sequence[AskedLeaf]) -> Question:
    """What is on record of an agent, completed; or else that it, or a whole class, was not given, or how it was."""
    agents = agents_of(fact.code, inquiry.vocabulary)
    record: dict[str, tuple[TherapyFact, ...]] = {
        agent: tuple(entry for entry in inquiry.patient.therapies if entry.agent == agent) for agent in agents
    }
    courses = _Courses(inquiry, tuple(test for one in asked for test in one.therapies), record)
    return Question(fact, frozenset(("therapy", agent) for agent in agents), tuple(courses.probes()))


def agents_of(code: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The agent, or the agents of the class; a code that is both means the agent."""
    if code in vocabulary.agents:
        return (code,)
    return tuple(sorted(agent for agent in vocabulary.agents if code in vocabulary.classes_of(agent)))


class _Time(NamedTuple):
    """From when to when; without an end, it goes on."""

    start: date
    end: date | None


@dataclass(frozen=True)
class _Courses:
    """`tests`: what looks at one of the agents. `record`: what is known of each."""

    inquiry: Inquiry
    tests: tuple[TherapyTest, ...]
    record: Mapping[str, tuple[TherapyFact, ...]]

    def probes(self) -> Iterator[Probe]:
        """Nothing more was given; what was given, completed; or something else that was."""
        given = [agent for agent, entries in self.record.items() if any(entry.given for entry in entries)]
        silent = [agent for agent in self.record if agent not in given]
        nothing_more = {agent: self._closed(agent, self.record[agent]) for agent in self.record}
        yield _probe("given" if given else "not_given", nothing_more)
        for agent in given:
            for entries in self._completed(agent):
                yield _probe("given", nothing_more | {agent: self._closed(agent, entries)})
        seen: set[tuple[object, ...]] = set()
        for some in self._representatives(silent):
            for met, course in self._imagined(some[0]):
                if (len(some), met) in seen:
                    continue
                seen.add((len(some), met))
                courses = {agent: (*self.record[agent], course.model_copy(update={"agent": agent})) for agent in some}
                closed = {agent: self._closed(agent, entries) for agent, entries in courses.items()}
                yield _probe("given" if given else "ended" if course.end else "ongoing", nothing_more | closed)

    def _representatives(self, silent: Sequence[str]) -> Iterator[tuple[str, ...]]:
        """One agent of each sort; and where several different ones are asked for, so many."""
        sorts: dict[tuple[object, ...], str] = {}
        for agent in silent:
            sorts.setdefault(self._sort(agent), agent)
        yield from ((agent,) for agent in sorts.values())
        for number in sorted({test.node.min_distinct for test in self.tests} - {1}):
            if number <= len(silent):
                yield tuple(silent[:number])

    def _sort(self, agent: str) -> tuple[object, ...]:
        """What the tests see of an agent: which of them mean it, its half-life, whether its strength is known."""
        meant = tuple((agent in test.agent_set, test.lengths.get(agent)) for test in self.tests)
        return meant, self.inquiry.vocabulary.agents[agent].prednisone_equivalent_mg is None

    def _closed(self, agent: str, entries: tuple[TherapyFact, ...]) -> tuple[TherapyFact, ...]:
        """The entries, and that the agent was not given apart from them, as far as that can be said."""
        given = [entry for entry in entries if entry.given]
        if not given:
            return (TherapyFact(agent=agent, given=False),)
        if any(entry.end is None for entry in given):
            return entries
        last = max(days_of(entry.end or "").last for entry in given)
        if last >= self.inquiry.as_of:
            return entries
        return (*entries, TherapyFact(agent=agent, given=False, start=(last + DAY).isoformat()))

    def _lookback(self, agent: str) -> Lookback:
        mine = [test for test in self.tests if agent in test.agent_set]
        lookback = Lookback(self.inquiry, ((test.node.window, test.reach.milestone) for test in mine))
        for test in mine:
            length = test.lengths.get(agent)
            if length is not None:
                lookback.starts.add(length.before(self.inquiry.day_of(test.reach.milestone)))
        for entry in self.record[agent]:
            if not entry.given:
                lookback.heed(entry.start, entry.end)
        return lookback

    def _imagined(self, agent: str) -> Iterator[tuple[Met, TherapyFact]]:
        """A course for every time, dose and response that the tests tell apart, and how it meets each of them."""
        lookback = self._lookback(agent)
        late = [_Time(day, None) for day in lookback.began_too_late()]
        ended = [_Time(start, end) for end in lookback.ended() for start in self._starts(agent, end, lookback)]
        going_on = [_Time(start, None) for start in self._starts(agent, None, lookback)]
        times = self._told_apart(agent, (_course(agent, time) for time in (*ended, *going_on, *late)), _by_time)
        always = _Time(lookback.early, None)
        doses = self._told_apart(agent, (_course(agent, always, dose) for dose in self._doses(agent)), _by_dose)
        for (timely, course), (dosed, of_dose), response in product(times, doses, self._responses()):
            answered = tuple(SURELY if _response_is(test, response) else SURELY_NOT for test in self.tests)
            met = tuple(_all_met(sides) for sides in zip(timely, dosed, answered, strict=True))
            yield met, course.model_copy(update={"dose": of_dose.dose, "response": response})

    def _told_apart(self, agent: str, courses: Iterable[TherapyFact], part: Part) -> list[tuple[Met, TherapyFact]]:
        """Of courses that meet part of every test alike, the first."""
        tests = [part(test) if agent in test.agent_set else None for test in self.tests]
        found: dict[Met, TherapyFact] = {}
        for course in courses:
            situation = self.inquiry.supposing(Patient(therapies=(*self.record[agent], course)))
            if situation is not None:
                found.setdefault(_met(tests, agent, situation), course)
        return list(found.items())

    def _starts(self, agent: str, end: date | None, lookback: Lookback) -> list[date]:
        """The first days of courses that were given just long enough, and just not."""
        starts: set[date] = set()
        for test in self.tests:
            if test.node.duration is None or test.duration is None or agent not in test.agent_set:
                continue
            last = self.inquiry.day_of(test.reach.milestone)
            last = last if end is None else min(end, last)
            latest = test.duration.before(last + DAY if last < date.max else last)
            starts |= {
                latest + offset * DAY for offset in _BY_START[test.node.duration.comparator] if latest > date.min
            }
        shortest = end or lookback.early
        return sorted({shortest, *(start for start in starts if start <= shortest)})

    def _doses(self, agent: str) -> list[DoseFact | None]:
        """Below, at and above every dose that is asked for, in its own unit; by weight, also one that is not.

        Of that one nothing can be said before the weight is known.
        """
        found: dict[str, list[tuple[Comparator, Fraction]]] = {}
        for test in self.tests:
            dose = test.node.dose
            if dose is not None and agent in test.agent_set:
                value = Fraction(dose.value) * (self._strength(agent) if dose.prednisone_equivalent else 1)
                found.setdefault(dose.unit, []).append((dose.comparator, value))
        doses: list[DoseFact | None] = []
        for unit, thresholds in found.items():
            scale = Scale.of(cut for comparator, value in thresholds for cut in cuts_of(comparator, value))
            values = [scale.sample(stretch, Fraction(1, 10**6)) for stretch in scale.stretches]
            doses += [DoseFact(value=value, unit=unit) for value in values if value is not None]
            if _BY_WEIGHT in unit and WEIGHT not in known_looks(self.inquiry.facts):
                doses.append(DoseFact(value=_FLAT, unit=unit.replace(_BY_WEIGHT, "")))
        return doses or [None]

    def _strength(self, agent: str) -> Fraction:
        """mg of the agent that equal 1 mg of prednisone."""
        equivalent = self.inquiry.vocabulary.agents[agent].prednisone_equivalent_mg
        return Fraction(equivalent) / 5 if equivalent else Fraction(1)

    def _responses(self) -> list[TherapyResponse | None]:
        """One response for each set of tests that ask for it."""
        if not any(test.node.response for test in self.tests):
            return [None]
        sorts: dict[tuple[bool, ...], TherapyResponse] = {}
        for response in TherapyResponse:
            sorts.setdefault(tuple(_response_is(test, response) for test in self.tests), response)
        return [*sorts.values()]

    def _completed(self, agent: str) -> Iterator[tuple[TherapyFact, ...]]:
        """The courses on record with what they leave open filled in alike."""
        known = self.record[agent]
        lookback = self._lookback(agent)
        ends: dict[date | None, None] = {None: None}
        for entry in known:
            if entry.given and _end_is_open(entry):
                possible = days_of(entry.end) if entry.end else None
                ends |= dict.fromkeys(within(lookback.ended(), possible))
        doses = self._doses(agent) if any(entry.given and entry.dose is None for entry in known) else [None]
        responses = self._responses() if any(entry.given and entry.response is None for entry in known) else [None]
        for end, dose, response in product(ends, doses, responses):
            for start in self._open_starts(agent, end, lookback):
                yield tuple(_filled(entry, start, end, dose, response) for entry in known)

    def _open_starts(self, agent: str, end: date | None, lookback: Lookback) -> list[date | None]:
        given = [entry for entry in self.record[agent] if entry.given]
        if all(entry.start is not None for entry in given):
            return [None]
        ends = [days_of(entry.end).first for entry in given if entry.end]
        return [None, *self._starts(agent, end or min(ends, default=None), lookback)]


def _by_time(test: TherapyTest) -> TherapyTest:
    """What a test asks of time alone."""
    return replace(test, node=test.node.model_copy(update={"dose": None, "response": (), "min_distinct": 1}))


def _by_dose(test: TherapyTest) -> TherapyTest:
    """What a test asks of the dose alone."""
    others = {"response": (), "min_distinct": 1, "window": None, "ongoing": None, "duration": None}
    return replace(test, node=test.node.model_copy(update=others), reach=Reach(test.reach.milestone), duration=None)


def _met(tests: Sequence[TherapyTest | None], agent: str, situation: Situation) -> Met:
    """How the one course on record meets each test."""
    [course] = [course for course in situation.facts.therapies[agent] if course.given]
    return tuple(None if test is None else test.test(course, situation).between for test in tests)


def _all_met(sides: Iterable[Between | None]) -> Between | None:
    """AND over the sides of one test."""
    met = SURELY
    for side in sides:
        if side is None:
            return None
        met = both(met, side)
    return met


def _response_is(test: TherapyTest, response: TherapyResponse | None) -> bool:
    return not test.node.response or response in test.node.response


def _course(agent: str, time: _Time, dose: DoseFact | None = None) -> TherapyFact:
    end = time.end.isoformat() if time.end else None
    return TherapyFact(agent=agent, start=time.start.isoformat(), end=end, dose=dose)


def _end_is_open(entry: TherapyFact) -> bool:
    return entry.stopped is True if entry.end is None else not days_of(entry.end).exact


def _filled(
    entry: TherapyFact, start: date | None, end: date | None, dose: DoseFact | None, response: TherapyResponse | None
) -> TherapyFact:
    if not entry.given:
        return entry
    change: dict[str, object] = {}
    if entry.dose is None:
        change["dose"] = dose
    if entry.response is None:
        change["response"] = response
    if end is not None and _end_is_open(entry):
        change |= {"end": end.isoformat(), "stopped": None}
    if start is not None and entry.start is None:
        change["start"] = start.isoformat()
    return entry.model_copy(update=change)


def _probe(word: str, courses: Mapping[str, tuple[TherapyFact, ...]]) -> Probe:
    return Probe(Patient(therapies=tuple(entry for entries in courses.values() for entry in entries)), word=word)
