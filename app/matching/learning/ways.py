"""The ways in which several facts can turn out so that a trial comes to stand as it is wanted to."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.eligibility.trial import Standing
from app.matching.learning.foresight import Foresight
from app.matching.learning.trial import NOT_FINAL, Learning, LearningCriterion, Learnt, Turns
from app.matching.probes.question import Fact
from app.vocabulary.enumerations import Outcome


@dataclass(frozen=True, slots=True)
class Goal:
    """How criteria are to stand; `first`: the one of which that is hardest.

    `within_reach`: whether that one might still come to stand so; it may say so too often.
    """

    met: Callable[[LearningCriterion, Standing], bool]
    first: LearningCriterion | None = None
    within_reach: Callable[[Turns], bool] = lambda _: True


class Ways:
    """Searches the turns that the facts of one trial can take."""

    def __init__(self, learning: Learning, foresight: Foresight) -> None:
        self._learning = learning
        self._foresight = foresight

    def to(self, goal: Goal, turns: Turns, criteria: Sequence[LearningCriterion]) -> Iterator[Learnt]:
        """Every way in which the facts can turn out such that nothing fails and every criterion meets the goal.

        Facts that no criterion looks at together are told apart from each other, which keeps the search small.
        """
        ordered = sorted(criteria, key=lambda one: one is not goal.first)
        apart = list(self._apart(turns, ordered))
        idle = [one for one in criteria if one.facts.isdisjoint(turns)]
        if not all(one.was.outcome is not Outcome.FAILS and goal.met(one, one.was) for one in idle):
            return
        if all(any(True for _ in self._search(part, concerned, goal)) for part, concerned in apart):
            yield from self._joined(apart, goal)

    def _joined(self, apart: Sequence[tuple[Turns, Sequence[LearningCriterion]]], goal: Goal) -> Iterator[Learnt]:
        if not apart:
            yield {}
            return
        (part, concerned), *others = apart
        for learnt in self._search(part, concerned, goal):
            for more in self._joined(others, goal):
                if not any(self._learning.clash(fact, {fact: number, **more}) for fact, number in learnt.items()):
                    yield {**learnt, **more}

    def _apart(
        self, turns: Turns, criteria: Sequence[LearningCriterion]
    ) -> Iterator[tuple[Turns, list[LearningCriterion]]]:
        """The facts in groups without a common criterion, with the criteria of each.

        Lists come first in their group, then the facts of one criterion after those of another, from the first one on.
        """
        hardest = criteria[0].facts if criteria else frozenset[Fact]()
        left = sorted((fact for fact in self._learning.facts if fact in turns), key=lambda fact: fact not in hardest)
        while left:
            group = {left[0]}
            concerned: list[LearningCriterion] = []
            while more := [one for one in criteria if one not in concerned and not group.isdisjoint(one.facts)]:
                concerned += more
                group |= {fact for one in more for fact in one.facts if fact in turns}
            in_order = dict.fromkeys(fact for one in concerned for fact in left if fact in one.facts) or left[:1]
            yield {fact: turns[fact] for fact in sorted(in_order, key=lambda fact: fact.kind != "reviewed")}, concerned
            left = [fact for fact in left if fact not in group]

    def _search(
        self, turns: Turns, criteria: Sequence[LearningCriterion], goal: Goal, learnt: Learnt | None = None
    ) -> Iterator[Learnt]:
        known = learnt or {}
        if len(known) == len(turns):
            yield known
            return
        self._learning.steps.spend()
        fact, *others = list(turns)[len(known) :]
        later = {other: turns[other] for other in others}
        for number in turns[fact]:
            more = {**known, fact: number}
            if not self._learning.clash(fact, more) and all(
                self._holds_out(one, more, later, goal) for one in criteria if fact in one.facts
            ):
                yield from self._search(turns, criteria, goal, more)

    def _holds_out(self, criterion: LearningCriterion, learnt: Learnt, later: Turns, goal: Goal) -> bool:
        """Whether a criterion does not fail, and meets the goal once no more facts of its own are to come."""
        waits = not criterion.facts.isdisjoint(later)
        standing = self._learning.standing(criterion, learnt)
        if standing is None:
            return False
        if not waits:
            return standing.outcome is not Outcome.FAILS and goal.met(criterion, standing)
        ahead: Turns = {**{fact: (number,) for fact, number in learnt.items()}, **later}
        if criterion is goal.first and not goal.within_reach(ahead):
            return False
        if standing.outcome is not Outcome.FAILS:
            return True
        # What is still to come may stand in a list that is complete already: so look ahead.
        may_turn = any(fact.kind in NOT_FINAL for fact in criterion.facts if fact in learnt)
        return may_turn and not self._foresight.must_fail(criterion, ahead)
