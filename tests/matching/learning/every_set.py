"""The plain way to find the smallest sets: try every set of facts with all that they can be."""

from collections.abc import Collection, Iterator, Sequence
from itertools import combinations, product
from math import prod
from typing import Any

from app.eligibility.findings import MissingFact, TrialFinding
from app.eligibility.trial import assess_trial
from app.matching.decisive import Panels
from app.matching.learning.supposing import StandingTrial
from app.matching.learning.trial import Learning
from app.matching.probes.asking import LISTS
from app.matching.probes.inquiry import Inquiry
from app.matching.probes.question import Fact
from app.matching.smallest_set import SmallestSet
from app.vocabulary.enumerations import Outcome, Reason, TrialVerdict
from tests.matching.learning.asking_again import read_with

Way = dict[Fact, int | None]
_MOST_WAYS = 500


def every_set_tried(only: StandingTrial, inquiry: Inquiry, panels: Panels) -> tuple[int | None, int | None] | None:
    """How many facts it takes to settle a trial, and to open it; None where there are too many ways to try."""
    also = frozenset[Fact]()
    while True:
        learning = Learning(only, inquiry, panels.of([only.rules]), also)
        if prod(len(question.probes) + 1 for question in learning.questions.values()) > _MOST_WAYS:
            return None
        every = _Every(learning)
        fewest = every.fewest(every.settles)
        later = every.wanted_of(learning.facts) if fewest is None else frozenset[Fact]()
        if not later:
            return fewest, every.fewest(every.opens)
        also |= later


def sizes_found(smallest: SmallestSet) -> tuple[int | None, int | None]:
    """How many facts the answer names, to settle and to open."""
    settle, opening = smallest.to_settle, smallest.to_open
    return None if settle is None else len(settle), None if opening is None else len(opening)


class _Every:
    def __init__(self, learning: Learning) -> None:
        self._learning = learning
        patient = learning.inquiry.patient
        self._on_record = {entry.code for entry in patient.conditions} | {entry.code for entry in patient.events}
        self._on_record |= {entry.agent for entry in patient.therapies}

    def fewest(self, enough: Any) -> int | None:
        facts = self._learning.facts
        return next((size for size in range(len(facts) + 1) if any(map(enough, combinations(facts, size)))), None)

    def settles(self, chosen: Sequence[Fact]) -> bool:
        return not any(self._wanted(way) for way in self._ways(chosen))

    def opens(self, chosen: Sequence[Fact]) -> bool:
        turns = [range(len(self._learning.questions[fact].probes)) for fact in chosen]
        findings = (self._turned_out(dict(zip(chosen, numbers, strict=True))) for numbers in product(*turns))
        return any(one is not None and one.verdict is TrialVerdict.ELIGIBLE for one in findings)

    def wanted_of(self, chosen: Sequence[Fact]) -> frozenset[Fact]:
        """All that is missing in some way in which these facts turn out."""
        return frozenset(fact for way in self._ways(chosen) for fact in self._wanted(way))

    def _ways(self, chosen: Sequence[Fact]) -> Iterator[Way]:
        """All that facts can be, with what stands in the lists among them."""
        domains = self._learning.domains
        listed = [fact for fact in self._learning.wanted.with_lists(frozenset(chosen)) if fact not in chosen]
        turns = [domains[fact] for fact in chosen] + [(None, *domains[fact]) for fact in listed]
        return (dict(zip((*chosen, *listed), numbers, strict=True)) for numbers in product(*turns))

    def _turned_out(self, way: Way) -> TrialFinding | None:
        """The trial assessed again for the whole patient with some facts; None where they contradict each other."""
        learning, inquiry = self._learning, self._learning.inquiry
        in_order = sorted(way, key=lambda fact: (fact.code in inquiry.vocabulary.agents, fact))
        numbers = [(fact, number) for fact in in_order if (number := way[fact]) is not None]
        facts = read_with(inquiry, *(learning.questions[fact].probes[number].change for fact, number in numbers))
        if facts is None:
            return None
        return assess_trial(learning.trial.rules, facts, inquiry.calendar, inquiry.vocabulary, learning.trial.answers)

    def _wanted(self, way: Way) -> list[Fact]:
        """What is missing still and not known as far as it can be: itself, or by the review of its list."""
        finding = self._turned_out(way)
        if finding is None or finding.verdict is TrialVerdict.INELIGIBLE:
            return []
        return [
            Fact(one.kind, one.fact)
            for criterion in finding.criteria
            if criterion.outcome is Outcome.UNKNOWN and not criterion.to_confirm and criterion.finding is not None
            for one in criterion.finding.missing
            if not self._is_known(one, way) and not self._is_disputed(one)
        ]

    def _is_disputed(self, one: MissingFact) -> bool:
        """Whether results that were learnt speak against a list that was complete without it."""
        disputed = one.kind == "condition" and one.reason is Reason.CONFLICTING
        return disputed and Fact(one.kind, one.fact) not in self._learning.questions

    def _is_known(self, one: MissingFact, known: Collection[Fact]) -> bool:
        fact, in_list = Fact(one.kind, one.fact), LISTS.get(one.kind)
        learnt = {fact.code for fact in known if fact.kind == "reviewed"}
        if fact in known:
            complete = learnt | set(self._learning.inquiry.patient.reviewed)
            return in_list is None or in_list in complete or one.reason is not Reason.MISSING
        return in_list in learnt and one.fact not in self._on_record
