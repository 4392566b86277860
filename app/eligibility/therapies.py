"""The therapy leaf: which courses are meant, with what dose, duration and response, and whether they were in time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.eligibility.concurrent import summed_spells
from app.eligibility.criteria import Span, Therapy
from app.eligibility.dates import Length
from app.eligibility.durations import Given, how_long
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
    partly_known,
)
from app.eligibility.situation import Reader, Situation
from app.eligibility.spells import Spell, course_evidence, single_spell
from app.eligibility.verdicts import Verdict, at_least
from app.vocabulary.enumerations import Comparator, Milestone, Reason
from app.vocabulary.terms import Vocabulary

_DAY = timedelta(days=1)
_REVIEWED = Silence(SURELY_NOT, (), (Evidence("therapies", "reviewed"),))
_UPPER_BOUNDS = frozenset({Comparator.LT, Comparator.LE, Comparator.EQ})


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

    def test(self, item: Course, situation: Situation) -> Tested:
        spell = single_spell(item, self.node.dose, situation.facts, self.vocabulary)
        more_possible = self._open(item.agent, situation)
        spells = self._spells_of(item.agent, situation) if self.node.duration is not None else ()
        given = self._given(spells, situation, more_possible=more_possible)
        return self._tested(spell, given, situation, more_possible=more_possible)

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
            if self.agent_set.isdisjoint(situation.facts.therapies):
                return unmentioned.finding(silence)
            dose = self.node.dose
            if dose is not None and dose.prednisone_equivalent:
                spells = list(summed_spells(self.candidates(situation), dose, situation.facts, self.vocabulary))
                by_agent = {"": spells} if spells else {}
            else:
                record = situation.facts.therapies
                by_agent = {
                    agent: self._spells_of(agent, situation) for agent in held(self.agents, self.agent_set, record)
                }
            return self._counted(by_agent, silence, situation, text)

        return read

    def _counted(
        self, by_agent: Mapping[str, Sequence[Spell]], silence: Silence, situation: Situation, text: str
    ) -> Finding:
        items: list[Named] = []
        lowest: list[Verdict] = []
        highest: list[Verdict] = []
        closed = silence.between == SURELY_NOT
        for agent, spells in by_agent.items():
            more_possible = not closed and (not agent or self._open(agent, situation))
            given = self._given(spells, situation, more_possible=more_possible)
            between = UNKNOWN if more_possible else SURELY_NOT
            for spell in spells:
                tested = self._tested(spell, given, situation, more_possible=more_possible)
                items.append(Named(tested, spell.evidence))
                between = either(between, tested.between)
            lowest.append(between[0])
            highest.append(between[1])
        if not closed:
            unheard = sum(agent not in by_agent and self._open(agent, situation) for agent in self.agents)
            lowest += [Verdict.UNKNOWN] * unheard
            highest += [Verdict.UNKNOWN] * unheard
        needed = self.node.min_distinct
        between = (at_least(needed, lowest), at_least(needed, highest))
        return explained(self.kind, text, between, items, silence)

    def _spells_of(self, agent: str, situation: Situation) -> list[Spell]:
        return [
            single_spell(course, self.node.dose, situation.facts, self.vocabulary)
            for course in situation.facts.therapies.get(agent, ())
            if course.given
        ]

    def _given(self, spells: Sequence[Spell], situation: Situation, *, more_possible: bool) -> Given | None:
        """Whether one agent was given as long as is asked for; None where no duration is."""
        if self.node.duration is None or self.duration is None:
            return None
        last, comparator = situation.anchor(self.reach.milestone), self.node.duration.comparator
        return how_long(spells, comparator, self.duration, last, more_possible=more_possible)

    def _tested(self, spell: Spell, given: Given | None, situation: Situation, *, more_possible: bool) -> Tested:
        node = self.node
        when, days, unknown_half_life = self._when(spell, situation)
        if when == SURELY_NOT and not days:
            return Tested(when)
        undated = spell.courses[0].undated
        tests: list[tuple[Between, Why]] = [
            (when, Reason.MISSING if unknown_half_life else Reason.UNDATED if undated else Reason.IMPRECISE),
            (spell.dose, spell.lacking or Reason.IMPRECISE),
        ]
        if node.response:
            tests.append((_response(spell, node), Reason.MISSING))
        if given is not None:
            days |= situation.later_days(self.reach.milestone, given.anchors)
            tests.append((given.between, given.lacking or given.reason))
        if more_possible and self._more_would_be_too_much:
            tests.append((UNKNOWN, Reason.MISSING))
        between, reasons, missing = all_met(tests)
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

    def _when(self, spell: Spell, situation: Situation) -> tuple[Between, frozenset[date], bool]:
        """Whether a spell was in time, the days on which that may change, and whether a half-life was lacking."""
        stretch = spell.stretch
        length: Length | None = None
        if self.reach.in_half_lives:
            length = self.lengths[spell.courses[0].agent]
            if length is None:
                last = situation.anchor(self.reach.milestone)
                running = stretch.meets(last, last)
                return (running, NO_DAYS, False) if running == SURELY else (UNKNOWN, NO_DAYS, True)
        first, last = self.reach.days(situation, length)
        when = stretch.meets(first, last)
        if when == SURELY and stretch.end_last == date.max and self.node.ongoing is None:
            return when, NO_DAYS, False
        anchors = set(self.reach.changes(situation, stretch, length))
        if self.node.ongoing is not None:
            anchors |= {end + _DAY for end in stretch.ends if end < date.max}
            on_the_day = stretch.meets(last, last)
            when = both(when, on_the_day if self.node.ongoing else stretch.ended_before(last))
        return when, situation.later_days(self.reach.milestone, anchors), False

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
    """Whether one of the courses that run in a spell had one of the responses asked for."""
    return max(stated(course.response, node.response) for course in spell.courses)


def _half_lives(span: Span | None, agent: str, vocabulary: Vocabulary) -> Length | None:
    """A window in half-lives as days of that agent, by its longest published half-life."""
    half_life = vocabulary.agents[agent].half_life
    return None if span is None or half_life is None else Length.of(span, half_life.high_hours)
