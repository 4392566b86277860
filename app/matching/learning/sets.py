"""The smallest sets of facts that settle a trial, whatever they turn out to be, and that could open it.

Both are found as smallest hitting sets. A set that is not enough tells of facts of which at least one has to be added;
the smallest choice that heeds all that was told so far is tried next, so that the first that is enough is a smallest
one. That takes exponential time in the worst case. Where it takes too long to know whether a criterion waits for more,
more of its facts are taken as needed: what is found then is still enough, but perhaps not smallest.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice

from app.eligibility.trial import Standing
from app.matching.learning.foresight import Foresight
from app.matching.learning.hitting_set import smallest_hitting_set
from app.matching.learning.steps import Exhausted
from app.matching.learning.supposing import is_waiting
from app.matching.learning.trial import (
    Learning,
    LearningCriterion,
    Learnt,
    Turns,
    cleared,
)
from app.matching.learning.wanted import Facts
from app.matching.learning.ways import Goal, Ways
from app.matching.probes.asking import LISTS
from app.matching.probes.question import Fact
from app.vocabulary.enumerations import Outcome, TrialVerdict

MOST_STEPS = 8_000
_STEPS_FOR_ONE = 4_000
_MOST_ROUNDS = 60
_MOST_TRIES = 50
Criteria = tuple[LearningCriterion, ...]


@dataclass(frozen=True, slots=True)
class EnoughFacts:
    """A set, and a way in which its facts, and what may stand in its lists, leave the trial open, if any.

    `smallest`: whether none that is smaller is known to be enough.
    """

    facts: Facts
    way: Learnt | None
    smallest: bool


class AlsoWanted(Exception):
    """A criterion waits, with everything known that was missing, for facts that have come to be missing."""

    def __init__(self, facts: Facts) -> None:
        super().__init__()
        self.facts = facts


class Sets:
    """Finds the sets for one trial. Methods raise `AlsoWanted`; `opening` raises `Exhausted`, too."""

    def __init__(self, learning: Learning) -> None:
        self._learning = learning
        self._foresight = Foresight(learning)
        self._ways = Ways(learning, self._foresight)
        self._overlooked = False

    def opening(self) -> EnoughFacts | None:
        """The smallest set that could make the patient eligible; None where none can."""
        if self._learning.trial.finding.incomplete:
            return None
        with self._learning.steps.allowed(MOST_STEPS):
            found = [enough for criteria in self._learning.groups if (enough := self._opening(criteria)) is not None]
        return min(found, key=lambda enough: len(enough.facts), default=None)

    def settling(self) -> EnoughFacts | None:
        """The smallest set after which no other fact is needed; None where there is none, or criteria are missing.

        Where it takes too long to find, it is all that is missing.
        """
        if self._learning.trial.finding.incomplete:
            return None
        try:
            with self._learning.steps.allowed(MOST_STEPS):
                facts = self._smallest(lambda facts: list(self._open_still(facts)))
        except Exhausted:
            facts, self._overlooked = self._everything(), True
        if facts is None:
            return None
        return EnoughFacts(facts, self._first_way_to_open(self._turns_with_lists(facts)), not self._overlooked)

    def _everything(self) -> Facts:
        """All that is missing; of what stands in lists, that these are complete."""
        questions = frozenset(self._learning.questions)
        lists = frozenset(fact for fact in questions if fact.kind == "reviewed")
        return lists | (questions - self._learning.wanted.with_lists(lists))

    def _opening(self, criteria: Criteria) -> EnoughFacts | None:
        ways: dict[Facts, Learnt] = {}

        def lacking(facts: Facts) -> list[Facts]:
            turns = self._turns_to_open(facts)
            held_up = [one for one in criteria if is_waiting(one.was) and not self._foresight.may_clear(one, turns)]
            if held_up:
                return [one.facts - facts for one in held_up]
            way = self._way_to_open(turns, criteria)
            if way is None:
                stuck = [one.facts - facts for one in criteria if not self._clears(one, turns)]
                return stuck or [frozenset(self._learning.questions) - facts]
            ways[facts] = way
            return []

        facts = self._smallest(lacking)
        return None if facts is None else EnoughFacts(facts, ways[facts], smallest=True)

    def _clears(self, criterion: LearningCriterion, turns: Turns) -> bool:
        """Whether the facts can turn out so that a criterion no longer stands in the way, whatever others do."""
        mine = {fact: turns[fact] for fact in turns if fact in criterion.facts}
        return any(True for _ in self._ways.to(Goal(cleared), mine, [criterion]))

    def _smallest(self, lacking: Callable[[Facts], Sequence[Facts]]) -> Facts | None:
        """The smallest set that lacks nothing. `lacking` says of which facts one more is needed, once or more often."""
        told: list[Facts] = []
        for _ in range(_MOST_ROUNDS):
            facts = frozenset(smallest_hitting_set(told, self._learning.facts, self._learning.steps.spend_a_little))
            more = lacking(facts)
            if not more:
                return facts
            if not all(more):
                return None
            told += more
        raise Exhausted

    def _first_way_to_open(self, turns: Turns) -> Learnt | None:
        with self._learning.steps.allowed(_STEPS_FOR_ONE), suppress(Exhausted):
            ways = (self._way_to_open(turns, criteria) for criteria in self._learning.groups)
            return next((way for way in ways if way is not None), None)
        return None

    def _way_to_open(self, turns: Turns, criteria: Criteria) -> Learnt | None:
        return self._first(self._ways.to(Goal(cleared), turns, criteria), TrialVerdict.ELIGIBLE)

    def _first(self, ways: Iterator[Learnt], verdict: TrialVerdict) -> Learnt | None:
        """The first way that gives a verdict and contradicts nothing. Most do; where many do not, it gives up."""
        for way in islice(ways, _MOST_TRIES):
            if self._learning.verdict(way) is verdict and self._learning.situation(way) is not None:
                return way
        if next(ways, None) is not None:
            raise Exhausted
        return None

    def _turns_to_open(self, facts: Facts) -> Turns:
        """How facts can turn out. What may stand in a list need not be there: a complete list may open more without."""
        domains = self._learning.domains
        return {fact: (*domains[fact], None) if fact.kind in LISTS else domains[fact] for fact in facts}

    def _turns_with_lists(self, facts: Facts) -> Turns:
        """How facts can turn out, and what may come to stand in the lists among them."""
        domains = self._learning.domains
        in_lists = self._learning.wanted.with_lists(facts) - facts
        return {fact: domains[fact] for fact in facts} | {fact: (None, *domains[fact]) for fact in in_lists}

    def _open_still(self, facts: Facts) -> Iterator[Facts]:
        """For each criterion that may wait for more than some facts, facts of which one more has to be known."""
        turns = self._turns_with_lists(facts)
        for criteria in self._learning.groups:
            for waiting in (one for one in criteria if one.facts):
                try:
                    with self._learning.steps.allowed(_STEPS_FOR_ONE):
                        more = self._wanted_by(waiting, turns, criteria)
                except Exhausted:
                    self._overlooked = True
                    more = waiting.facts.difference(turns) or None
                if more is not None:
                    yield more

    def _wanted_by(self, waiting: LearningCriterion, turns: Turns, criteria: Criteria) -> Facts | None:
        """Facts of which one more has to be known if a criterion is not to wait; None where it does not wait."""
        if not self._foresight.may_wait(waiting, turns):
            return None
        goal = self._waiting(waiting, turns)
        way = self._first(self._ways.to(goal, turns, criteria), TrialVerdict.UNDETERMINED)
        if way is None:
            return None
        learnt = self._stretched(way, criteria, waiting)
        known = self._learning.wanted.with_lists(frozenset(learnt))
        standing = self._learning.standing(waiting, learnt)
        more = frozenset(self._learning.questions) - known
        if not more and standing is not None:
            raise AlsoWanted(self._learning.wanted_beyond(waiting, standing, known))
        return more

    def _waiting(self, waiting: LearningCriterion, known: Collection[Fact]) -> Goal:
        """One criterion waits for other facts than those that are known."""
        return Goal(
            lambda one, standing: one is not waiting or self._learning.waits(one, standing, known),
            waiting,
            partial(self._foresight.may_wait, waiting),
        )

    def _stretched(self, way: Learnt, criteria: Criteria, waiting: LearningCriterion) -> Learnt:
        """As many more facts as can be known without settling the trial. Lists last: what is learnt stands in them."""
        learning, learnt = self._learning, dict(way)
        for fact in sorted(learning.facts, key=lambda fact: fact.kind == "reviewed"):
            if fact in learnt:
                continue
            concerned = [one for one in criteria if fact in one.facts]
            for number in learning.domains[fact]:
                more = {**learnt, fact: number}
                goal = self._waiting(waiting, learning.wanted.with_lists(frozenset(more)))
                if all(_goes_on(one, learning.standing(one, more), goal) for one in concerned) and learning.still_open(
                    more, fact
                ):
                    learnt = more
                    break
        return learnt


def _goes_on(criterion: LearningCriterion, standing: Standing | None, goal: Goal) -> bool:
    return standing is not None and standing.outcome is not Outcome.FAILS and goal.met(criterion, standing)
