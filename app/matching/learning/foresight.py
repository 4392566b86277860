"""What criteria might come to, once certain facts are learnt: never too little, sometimes too much, and quickly."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from app.eligibility.composites import DROPPED
from app.eligibility.evaluate import Plan
from app.eligibility.findings import Finding
from app.eligibility.verdicts import Verdict
from app.matching.learning.possible import (
    ANYHOW,
    DECIDED,
    OPEN,
    LeafStandings,
    Standings,
    joined,
    possible_outcomes,
    possible_standings,
)
from app.matching.learning.trial import CLEARED, Learning, LearningCriterion, Learnt, Turns
from app.matching.learning.wanted import Facts
from app.matching.probes.question import Fact
from app.vocabulary.enumerations import Outcome

_MOST_COMBINATIONS = 600
_LEFT_OUT: Standings = frozenset({DROPPED})
_PEOPLE = frozenset({"judgement", "undertaking"})


@dataclass(frozen=True, slots=True)
class LeafAhead:
    """How a leaf may stand, and of which facts it may be in want where that leaves it open; None: of any."""

    standings: Standings
    wanted: Facts | None


_ANYTHING = LeafAhead(ANYHOW, None)


class Foresight:
    """Looks ahead for one trial. What a leaf could come to is read once."""

    def __init__(self, learning: Learning) -> None:
        self._learning = learning
        self._leaves: dict[object, LeafAhead] = {}

    def may_clear(self, criterion: LearningCriterion, turns: Turns) -> bool:
        """Whether a criterion might come to pass, or to wait for people alone; it may say so too often."""
        return any(not self._possible(criterion, turns, people).isdisjoint(CLEARED) for people in (ANYHOW, _LEFT_OUT))

    def may_wait(self, criterion: LearningCriterion, turns: Turns) -> bool:
        """Whether a criterion might wait for other facts still, whatever people decide; it may say so too often."""
        plan, found = criterion.plan, criterion.was.finding
        return plan is not None and found is not None and self._may_want(plan, found, turns)

    def _may_want(self, plan: Plan, found: Finding, turns: Turns) -> bool:
        """Whether a node might be open for want of a fact that is not among the turns."""
        if plan.leaf is None:
            of_parts = list(zip(plan.parts, found.parts, strict=True))
            wanting = [number for number, (part, was) in enumerate(of_parts) if self._may_want(part, was, turns)]
            if not wanting:
                return False
            parts = [possible_standings(part, was, self._standings(turns, DECIDED)) for part, was in of_parts]
            return any(
                not joined(plan, [*parts[:number], OPEN, *parts[number + 1 :]]).isdisjoint(OPEN) for number in wanting
            )
        if not self._learning.wanted.may_go_beyond(turns, plan, found):
            return False
        ahead = self._of_leaf(plan, turns)
        if ahead is None:
            return found.verdict is Verdict.UNKNOWN and bool(
                self._learning.wanted.beyond(turns, self._learning.wanted.by(found))
            )
        return ahead.wanted is None or bool(self._learning.wanted.beyond(turns, ahead.wanted))

    def must_fail(self, criterion: LearningCriterion, turns: Turns) -> bool:
        """Whether a criterion fails, however the facts turn out; it may overlook that."""
        return self._possible(criterion, turns, ANYHOW) == {Outcome.FAILS}

    def _possible(self, criterion: LearningCriterion, turns: Turns, people: Standings) -> frozenset[Outcome]:
        """The outcomes that a criterion may have, what people decide standing in one of certain ways."""
        plan, found = criterion.plan, criterion.was.finding
        if plan is None or found is None:
            return frozenset({criterion.was.outcome})

        return possible_outcomes(plan, found, self._standings(turns, people), criterion.rule.favourable)

    def _standings(self, turns: Turns, people: Standings) -> LeafStandings:
        """How leaves may stand, those that people decide in one of certain ways."""

        def leaf(leaf: Plan, _found: Finding) -> Standings | None:
            if leaf.kind in _PEOPLE:
                return people
            ahead = self._of_leaf(leaf, turns)
            return None if ahead is None else ahead.standings

        return leaf

    def _of_leaf(self, leaf: Plan, turns: Turns) -> LeafAhead | None:
        """How a leaf may stand once some facts are learnt; None where they do not matter to it."""
        mine = {fact: turns[fact] for fact in sorted(turns) if not leaf.looks_at.isdisjoint(self._learning.looks[fact])}
        if not mine or leaf.reader is None:
            return None
        key = (id(leaf), tuple(mine.items()))
        if key not in self._leaves:
            self._leaves[key] = self._read_anyhow(leaf, mine)
        return self._leaves[key]

    def _read_anyhow(self, leaf: Plan, turns: Turns) -> LeafAhead:
        if prod(len(numbers) for numbers in turns.values()) <= _MOST_COMBINATIONS:
            return self._readings(leaf, list(_combinations(turns)))
        # In a complete list entries count each for itself: where each alone decides, so do several.
        entries = {fact: numbers for fact, numbers in turns.items() if None in numbers}
        known = {fact: numbers for fact, numbers in turns.items() if None not in numbers}
        each = sum(len(numbers) for numbers in entries.values())
        if (
            not any(fact.kind == "reviewed" for fact in known)
            or each * prod(map(len, known.values())) > _MOST_COMBINATIONS
        ):
            return _ANYTHING
        alone = self._readings(
            leaf,
            [
                {**others, fact: number}
                for others in _combinations(known)
                for fact, numbers in entries.items()
                for number in numbers
            ],
        )
        return LeafAhead(ANYHOW if (Verdict.UNKNOWN, True) in alone.standings else DECIDED, alone.wanted)

    def _readings(self, leaf: Plan, ways: Sequence[Learnt]) -> LeafAhead:
        read = leaf.reader
        situations = [self._learning.situation(learnt) for learnt in ways]
        found: list[Finding] = []
        for one in situations:
            self._learning.steps.spend_a_little()
            if one is not None and read is not None:
                found.append(read(one))
        return LeafAhead(
            frozenset((one.verdict, True) for one in found),
            frozenset[Fact]().union(
                *(self._learning.wanted.by(one) for one in found if one.verdict is Verdict.UNKNOWN)
            ),
        )


def _combinations(turns: Turns) -> Iterator[Learnt]:
    """Every way in which several facts can turn out."""
    return (dict(zip(turns, numbers, strict=True)) for numbers in product(*turns.values()))
