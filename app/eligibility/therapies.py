"""The therapy leaf: which courses are meant, with what dose, duration and response, and whether they were in time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from typing import NamedTuple

from app.eligibility.concurrent import summed_spells
from app.eligibility.criteria import Span, Therapy
from app.eligibility.dates import Length
from app.eligibility.durations import Given, Total, how_long
from app.eligibility.facts import Course
from app.eligibility.findings import Evidence, Finding, MissingFact
from app.eligibility.instances import Named, Silence, Tested, Unmentioned, Why, all_met, explained, held, stated
from app.eligibility.periods import (
    NO_DAYS,
    SURELY,
    SURELY_NOT,
    UNKNOWN,
    Between,
    Reach,
    both,
    covers,
    either,
    either_all,
    partly_known,
    verdict_of,
)
from app.eligibility.situation import Reader, Situation
from app.eligibility.spells import Spell, course_evidence, single_spell, spells_of
from app.eligibility.verdicts import Verdict, at_least
from app.vocabulary.enumerations import Comparator, Milestone, Reason
from app.vocabulary.terms import Vocabulary

_DAY = timedelta(days=1)
_REVIEWED = Silence(SURELY_NOT, (), (Evidence("therapies", "reviewed"),))
_UPPER_BOUNDS = frozenset({Comparator.LT, Comparator.LE, Comparator.EQ})


class _OfAgent(NamedTuple):
    """The spells of one agent; `more_possible`: there may be courses that are not on record."""

    spells: Sequence[Spell]
    more_possible: bool

    @property
    def others(self) -> Between:
        """Whether courses that are not on record meet what is asked for."""
        return UNKNOWN if self.more_possible else SURELY_NOT


@dataclass(frozen=True, slots=True)
class TherapyTest:
    """A therapy leaf with its agents looked up.

    `names`: each agent and class that the leaf names, with its agents. `lengths`: of a window in half-lives, what it
    means for each agent; None where its half-life is not known. `unheard`: what follows where no agent is on record.
    """

    node: Therapy
    reach: Reach
    agents: tuple[str, ...]
    agent_set: frozenset[str]
    names: tuple[tuple[MissingFact, tuple[str, ...]], ...]
    lengths: Mapping[str, Length | None]
    duration: Length | None
    vocabulary: Vocabulary
    unheard: Silence
    kind: str = "therapy"

    @classmethod
    def of(cls, node: Therapy, anchor: Milestone, vocabulary: Vocabulary) -> "TherapyTest":
        """Looks the codes up; they are known to be in the vocabulary."""
        left_out = frozenset(node.except_agents)
        named: dict[str, tuple[str, ...]] = {agent: (agent,) for agent in node.agents if agent not in left_out}
        for name in node.classes:
            members = (agent for agent in vocabulary.agents if name in vocabulary.classes_of(agent))
            named[name] = tuple(sorted(agent for agent in members if agent not in left_out))
        agents = frozenset(agent for members in named.values() for agent in members)
        reach = Reach.of(node.window, anchor)
        duration = node.duration
        names = tuple((MissingFact(name, "therapy", Reason.MISSING), members) for name, members in named.items())
        return cls(
            node,
            reach,
            tuple(sorted(agents)),
            agents,
            names,
            {agent: _half_lives(reach.span, agent, vocabulary) for agent in agents} if reach.in_half_lives else {},
            None if duration is None else Length.of(Span(value=duration.value, unit=duration.unit)),
            vocabulary,
            Silence(UNKNOWN, tuple(fact for fact, _ in names)),
        )

    @property
    def usual_silences(self) -> tuple[Silence, ...]:
        return _REVIEWED, self.unheard

    def candidates(self, situation: Situation) -> Sequence[Course]:
        record = situation.facts.therapies
        return [
            course for agent in held(self.agents, self.agent_set, record) for course in record[agent] if course.given
        ]

    def parts(self, item: Course, situation: Situation) -> Iterator[Between]:
        spell, agent = self._of_course(item, situation)
        yield from self._parts(spell, agent, situation)
        yield self._long_enough(agent, situation)

    def test(self, item: Course, situation: Situation) -> Tested:
        spell, agent = self._of_course(item, situation)
        return self._tested(spell, agent, self._given(agent, situation), situation)

    def _of_course(self, item: Course, situation: Situation) -> tuple[Spell, _OfAgent]:
        spell = single_spell(item, self.node.dose, situation.facts, self.vocabulary)
        spells = self._spells_of(item.agent, situation) if self.duration is not None else ()
        return spell, _OfAgent(spells, self._open(item.agent, situation))

    def exempting_parts(self, item: Course, situation: Situation) -> Iterable[Between]:
        return self.parts(item, situation) if item.agent in self.agent_set else (SURELY_NOT,)

    def exempts(self, item: Course, situation: Situation) -> Tested:
        return self.test(item, situation) if item.agent in self.agent_set else Tested(SURELY_NOT, fixed=True)

    def silence(self, situation: Situation) -> Silence:
        facts = situation.facts
        if "therapies" in facts.reviewed:
            return _REVIEWED
        if self.agent_set.isdisjoint(facts.therapies):
            return self.unheard
        missing = tuple(
            fact
            for fact, members in self.names
            if not members or any(self._open(agent, situation) for agent in members)
        )
        if missing:
            return Silence(UNKNOWN, missing)
        statements = [
            course_evidence(course)
            for agent in self.agents
            for course in facts.therapies.get(agent, ())
            if not course.given
        ]
        return Silence(SURELY_NOT, (), tuple(statements))

    def evidence(self, item: Course) -> Evidence:
        return course_evidence(item)

    def reader(self, text: str) -> Reader:
        """Reads a whole leaf: enough different agents with all that is asked for, each by one of its courses."""
        unmentioned = Unmentioned(self.kind, text, self.usual_silences)

        def read(situation: Situation) -> Finding:
            silence = self.silence(situation)
            on_record = self._on_record(situation)
            if not on_record:
                return unmentioned.finding(silence)
            agents, unheard = self._agents(on_record, silence, situation)
            items: list[Named] = []
            met: list[Between] = []
            for agent in agents:
                given = self._given(agent, situation)
                tested = [self._tested(spell, agent, given, situation) for spell in agent.spells]
                items += [Named(one, spell.evidence()) for one, spell in zip(tested, agent.spells, strict=True)]
                met.append(reduce(either, [one.between for one in tested], agent.others))
            return explained(self.kind, text, self._counted(met, unheard), items, silence)

        return read

    def verdict(self, situation: Situation) -> Verdict:
        """That of what `reader` reads."""
        silence = self.silence(situation)
        agents, unheard = self._agents(self._on_record(situation), silence, situation)
        return verdict_of(self._counted([self._met_by(agent, situation) for agent in agents], unheard))

    def _met_by(self, agent: _OfAgent, situation: Situation) -> Between:
        """Whether an agent meets all that is asked for."""
        otherwise = between = agent.others
        for spell in agent.spells:
            between = either_all(between, self._parts(spell, agent, situation))
        if between == otherwise or self.duration is None:
            return between
        # How long the agent was given is the same for all spells, so that it can be asked once, and last.
        return both(between, either(otherwise, self._long_enough(agent, situation)))

    def _on_record(self, situation: Situation) -> list[str]:
        return held(self.agents, self.agent_set, situation.facts.therapies)

    def _agents(self, on_record: Sequence[str], silence: Silence, situation: Situation) -> tuple[list[_OfAgent], int]:
        """The agents on record, and how many others may have been given. Summed doses are those of one agent."""
        closed = silence.between == SURELY_NOT
        unheard = 0 if closed else len(self.agents) - len(on_record)
        dose = self.node.dose
        if dose is None or not dose.prednisone_equivalent:
            return [
                _OfAgent(self._spells_of(agent, situation), not closed and self._open(agent, situation))
                for agent in on_record
            ], unheard
        if not closed:
            unheard += sum(self._open(agent, situation) for agent in on_record)
        lasting = self.node.ongoing is False
        spells = list(summed_spells(on_record, dose, situation.facts, self.vocabulary, lasting=lasting))
        return [_OfAgent(spells, not closed)] if spells else [], unheard

    def _counted(self, met: Sequence[Between], unheard: int) -> Between:
        """Whether enough agents meet all that is asked for."""
        lowest = [between[0] for between in met] + [Verdict.UNKNOWN] * unheard
        highest = [between[1] for between in met] + [Verdict.UNKNOWN] * unheard
        needed = self.node.min_distinct
        return at_least(needed, lowest), at_least(needed, highest)

    def _spells_of(self, agent: str, situation: Situation) -> Sequence[Spell]:
        return spells_of(agent, self.node.dose, situation.facts, self.vocabulary)

    def _given(self, agent: _OfAgent, situation: Situation) -> Given | None:
        """Whether one agent was given as long as is asked for; None where no duration is."""
        if self.node.duration is None or self.duration is None:
            return None
        last, comparator = situation.anchor(self.reach.milestone), self.node.duration.comparator
        return how_long(agent.spells, comparator, self.duration, last, more_possible=agent.more_possible)

    def _long_enough(self, agent: _OfAgent, situation: Situation) -> Between:
        """What `_given` says, without what explains it."""
        if self.node.duration is None or self.duration is None:
            return SURELY
        total = Total.of(agent.spells, situation.anchor(self.reach.milestone))
        return total.meets(self.node.duration.comparator, self.duration, more_possible=agent.more_possible)

    def _parts(self, spell: Spell, agent: _OfAgent, situation: Situation) -> Iterator[Between]:
        """That a spell had the dose and the response, that no more would be too much, and that it was in time."""
        yield spell.dose
        yield _response(spell, self.node)
        yield UNKNOWN if agent.more_possible and self._more_would_be_too_much else SURELY
        yield self._in_time(spell, situation)

    def _tested(self, spell: Spell, agent: _OfAgent, given: Given | None, situation: Situation) -> Tested:
        dose, response, no_more, when = self._parts(spell, agent, situation)
        days = self._changes(spell, when, situation)
        if when == SURELY_NOT and not days:
            return Tested(when)
        undated = spell.courses[0].undated
        tests: list[tuple[Between, Why]] = [
            (when, Reason.MISSING if self._lacks_half_life(spell) else Reason.UNDATED if undated else Reason.IMPRECISE),
            (dose, spell.lacking() or Reason.IMPRECISE if verdict_of(dose) is Verdict.UNKNOWN else ()),
            (response, Reason.IMPRECISE if response[1] is Verdict.YES else Reason.MISSING),
        ]
        if given is not None:
            days |= situation.later_days(self.reach.milestone, given.anchors)
            tests.append((given.between, given.lacking or given.reason))
        between, reasons, missing = all_met([*tests, (no_more, Reason.MISSING)])
        note = partly_known(spell.courses[0].end_text, days, when)
        return Tested(between, reasons, days, self._of_all_time, note, missing)

    @property
    def _of_all_time(self) -> bool:
        node = self.node
        at_most = node.duration is not None and node.duration.comparator in _UPPER_BOUNDS
        return node.window is None and node.ongoing is None and not at_most

    @property
    def _more_would_be_too_much(self) -> bool:
        dose = self.node.dose
        return dose is not None and dose.prednisone_equivalent and dose.comparator in _UPPER_BOUNDS

    def _in_time(self, spell: Spell, situation: Situation) -> Between:
        """Whether a spell was given in the window, and goes on, or has ended, where that is asked for."""
        stretch = spell.stretch
        first, last = self.reach.days(situation, self.lengths.get(spell.courses[0].agent))
        if self._lacks_half_life(spell):
            return SURELY if stretch.meets(last, last) == SURELY else UNKNOWN
        when = stretch.meets(first, last)
        if self.node.ongoing is None:
            return when
        lasting = spell.lasting or stretch
        return both(when, stretch.meets(last, last) if self.node.ongoing else lasting.ended_before(last))

    def _changes(self, spell: Spell, when: Between, situation: Situation) -> frozenset[date]:
        """The days on which it may change whether a spell was in time."""
        stretch, ongoing = spell.stretch, self.node.ongoing
        if when == SURELY and stretch.end_last == date.max and ongoing is None:
            return NO_DAYS
        anchors = set(self.reach.changes(situation, stretch, self.lengths.get(spell.courses[0].agent)))
        if self._lacks_half_life(spell):  # it counts for sure only while it is given
            anchors |= {end + _DAY for end in stretch.ends if end < date.max}
        elif ongoing is not None:
            anchors |= {end + _DAY for end in (spell.lasting or stretch).ends if end < date.max}
        return situation.later_days(self.reach.milestone, anchors)

    def _lacks_half_life(self, spell: Spell) -> bool:
        return self.reach.in_half_lives and self.lengths[spell.courses[0].agent] is None

    def _open(self, agent: str, situation: Situation) -> bool:
        """Whether an agent may have been given in the time looked at, beyond the courses on record."""
        facts = situation.facts
        if "therapies" in facts.reviewed:
            return False
        statements = [course for course in facts.therapies.get(agent, ()) if not course.given]
        if not statements:
            return True
        if self.reach.in_half_lives and self.lengths[agent] is None:
            looked_at = (date.min, situation.anchor(self.reach.milestone))
        else:
            looked_at = self.reach.days(situation, self.lengths.get(agent))
        if self.node.ongoing:
            looked_at = (looked_at[1], looked_at[1])
        last_today = self.reach.last_today(situation)
        return not any(covers(course.start, course.end, looked_at, last_today) for course in statements)


def _response(spell: Spell, node: Therapy) -> Between:
    """Whether one of the courses that run in a spell had one of the responses asked for, if any is."""
    if not node.response:
        return SURELY
    found = SURELY_NOT
    for course in spell.courses:
        low, high = stated(course.response, node.response)
        found = either(found, (Verdict.NO if course in spell.perhaps else low, high))
    return found


def _half_lives(span: Span | None, agent: str, vocabulary: Vocabulary) -> Length | None:
    """A window in half-lives as days of that agent, by its longest published half-life."""
    half_life = vocabulary.agents[agent].half_life
    return None if span is None or half_life is None else Length.of(span, half_life.high_hours)
