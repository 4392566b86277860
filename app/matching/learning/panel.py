"""A few trials made ready to be seen with many hypothetical facts at once.

Every distinct leaf has a number. What a fact does is a table: the leaves that look at it, with a column for each way in
which it can turn out. All columns go through the trials' criteria together, as arrays (`app.eligibility.bulk`).
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from app.eligibility.bulk.criteria import Criteria, Flags
from app.eligibility.bulk.matcher import VERDICTS, static_flags, verdict_numbers
from app.eligibility.bulk.plan import Plan as Slots
from app.eligibility.bulk.planes import Index, Small, packed
from app.eligibility.bulk.roots import root_of
from app.eligibility.criterion import leaves
from app.eligibility.evaluate import Plan
from app.eligibility.facts import PatientFacts
from app.eligibility.findings import TrialFinding
from app.eligibility.kept import Kept
from app.eligibility.looks import AGE, Look, known_looks
from app.eligibility.patient import Patient
from app.eligibility.rules import CriterionRule, TrialRules
from app.eligibility.verdicts import Verdict
from app.matching.learning.beside import Alone, alone, beside, is_beside
from app.matching.learning.effects import REFUSED, Column, Effects, effects_of
from app.matching.probes.asking import clashing_looks, looks_of, question_of
from app.matching.probes.inquiry import AskedLeaf, Inquiry, first_day
from app.matching.probes.question import Fact
from app.vocabulary.enumerations import TrialVerdict
from app.vocabulary.terms import Vocabulary

_MOST_KEPT = 1024


class Panel:
    """Some trials, compiled together. Safe to use from several threads."""

    def __init__(self, trials: Sequence[TrialRules], vocabulary: Vocabulary) -> None:
        slots = Slots()
        rules = {id(rule): rule for trial in trials for rule in trial.criteria}
        row_of = {rule: row for row, rule in enumerate(rules)}
        self.trials = tuple(trials)
        self.vocabulary = vocabulary
        self._criteria = Criteria(slots, [root_of(rule, slots) for rule in rules.values()])
        self._static = [static_flags(trial) for trial in trials]
        self._groups = [
            [
                np.array([row_of[id(rule)] for rule in trial.criteria if group.takes(rule.scope)], dtype=np.intp)
                for group in trial.groups()
            ]
            for trial in trials
        ]
        number_of = {slot: number for number, slot in enumerate(self._criteria.leaf_slots)}
        found: dict[int, AskedLeaf] = {}
        self._leaves_of: dict[int, list[int]] = {}
        for rule in rules.values():
            plan = rule.plan(vocabulary)
            numbers = self._leaves_of[id(rule)] = []
            for leaf in plan_leaves(plan) if plan is not None else ():
                if leaf.leaf is None or leaf.reader is None:
                    continue
                number = number_of[slots.intern(leaf.leaf, rule.anchor)]
                numbers.append(number)
                if number not in found:
                    found[number] = AskedLeaf(leaf.leaf, rule.anchor, leaf.reader, leaf.looks_at, vocabulary)
        self.leaves = [found[number] for number in range(len(number_of))]
        self._looked_at_by: dict[Look, list[int]] = {}
        for number, asked in enumerate(self.leaves):
            for look in asked.looks_at:
                self._looked_at_by.setdefault(look, []).append(number)
        self._criteria_looking_at: dict[Look, list[tuple[int, int]]] = {}
        for number, trial in enumerate(trials):
            for place, rule in enumerate(trial.criteria):
                plan = rule.plan(vocabulary)
                for look in plan.looks_at if plan is not None else ():
                    self._criteria_looking_at.setdefault(look, []).append((number, place))
        self._kept: Kept[object, Effects] = Kept(_MOST_KEPT)
        self._alone: Kept[object, Alone] = Kept(_MOST_KEPT)
        self._looks: dict[Fact, frozenset[Look]] = {}
        self._touched: dict[Fact, frozenset[tuple[int, int]]] = {}
        self._clashing: dict[Fact, frozenset[Look]] = {}

    def looking(self, looks: Iterable[Look]) -> Iterator[tuple[int, list[int]]]:
        """The trials that look at any of `looks`, each with the places of its criteria that do."""
        found = sorted({pair for look in looks for pair in self._criteria_looking_at.get(look, ())})
        for trial, pairs in groupby(found, key=itemgetter(0)):
            yield trial, [place for _, place in pairs]

    def looks_of(self, fact: Fact) -> frozenset[Look]:
        """What of a patient a fact changes."""
        looks = self._looks.get(fact)
        if looks is None:
            looks = self._looks[fact] = looks_of(fact, self.vocabulary)
        return looks

    def touched_by(self, fact: Fact) -> frozenset[tuple[int, int]]:
        """The criteria that look at a fact: the number of a trial, and a place in it."""
        touched = self._touched.get(fact)
        if touched is None:
            looks = self.looks_of(fact)
            touched = self._touched[fact] = frozenset(
                (trial, place) for trial, places in self.looking(looks) for place in places
            )
        return touched

    def clashing_with(self, fact: Fact) -> frozenset[Look]:
        """Where a patient's record might contradict a fact."""
        clashing = self._clashing.get(fact)
        if clashing is None:
            clashing = self._clashing[fact] = clashing_looks(fact, self.vocabulary)
        return clashing

    def has_groups(self, trial: int) -> bool:
        """Whether its criteria tell arms or dose levels apart."""
        return len(self._groups[trial]) > 1

    def found(self, findings: Sequence[TrialFinding]) -> Small:
        """How the leaves stand, from what was found of each trial."""
        numbers, found = list[int](), list[Verdict]()
        for trial, finding in zip(self.trials, findings, strict=True):
            for rule, criterion in zip(trial.criteria, finding.criteria, strict=True):
                if criterion.finding is not None:
                    numbers += self._leaves_of[id(rule)]
                    found += [leaf.verdict for leaf in leaves(criterion.finding)]
        verdicts = np.zeros(len(self.leaves), dtype=np.int8)
        verdicts[numbers] = found
        return verdicts

    def effects(self, fact: Fact, inquiry: Inquiry, rules: Iterable[CriterionRule]) -> Effects:
        """What a fact does to the leaves of some criteria.

        It is kept for all patients of whom nothing that matters to them is known.
        """
        looks = self.looks_of(fact)
        looking = {number for look in looks for number in self._looked_at_by.get(look, ())}
        numbers = sorted(looking.intersection(number for rule in rules for number in self._leaves_of[id(rule)]))
        matters = self.clashing_with(fact).union(*(self.leaves[number].looks_at for number in numbers))
        if AGE in looks or not matters.isdisjoint(known_looks(inquiry.facts)):
            return self._beside(fact, numbers, inquiry) or self._effects(fact, numbers, inquiry)
        key = (fact, setting(inquiry), tuple(numbers))
        kept = self._kept.get(key, lambda: self._effects(fact, numbers, of_nobody(inquiry)))
        return _since_birth(kept, inquiry.facts)

    def _effects(self, fact: Fact, numbers: list[int], inquiry: Inquiry) -> Effects:
        asked = [self.leaves[number] for number in numbers]
        question = question_of(fact, inquiry, asked)

        def column(change: Patient) -> Column | None:
            situation = inquiry.supposing(change)
            return None if situation is None else tuple([int(leaf.reader(situation).verdict) for leaf in asked])

        return effects_of(question, _places(numbers), (column(probe.change) for probe in question.probes))

    def _beside(self, fact: Fact, numbers: list[int], inquiry: Inquiry) -> Effects | None:
        """The effects of a condition for a patient who has others, where they can be put together."""
        asked = [self.leaves[number] for number in numbers]
        if not is_beside(fact, inquiry, asked):
            return None
        key = (fact, inquiry.as_of, tuple(inquiry.calendar.given.items()), tuple(numbers))
        one = self._alone.get(key, lambda: alone(fact, of_nobody(inquiry), asked))
        may_clash = not self.clashing_with(fact).isdisjoint(known_looks(inquiry.facts))
        return beside(one, inquiry, _places(numbers), asked, may_clash=may_clash)

    def supposed(self, found: Small, effects: Sequence[Effects]) -> list[NDArray[np.uint8]]:
        """For each fact the verdicts of the trials in its columns, as indices in `VERDICTS`, a row a trial."""
        widths = [one.columns.shape[1] for one in effects]
        supposed = np.repeat(found[:, np.newaxis], sum(widths), axis=1)
        start = 0
        for one, width in zip(effects, widths, strict=True):
            supposed[one.leaves, start : start + width] = one.columns
            start += width
        verdicts = self.verdicts(supposed)
        return np.split(verdicts, np.cumsum(widths)[:-1], axis=1) if widths else []

    def verdicts(self, leaf_verdicts: Small) -> NDArray[np.uint8]:
        """The verdict of each trial where the leaves stand so, for each column; the best of its groups."""
        flags = self._criteria.flags(self._criteria.run(packed(leaf_verdicts)), leaf_verdicts.shape[1]).T
        found = np.empty((len(self.trials), leaf_verdicts.shape[1]), dtype=np.uint8)
        for number, groups in enumerate(self._groups):
            found[number] = np.min([verdict_numbers(self._flags(number, rows, flags)) for rows in groups], axis=0)
        return found

    def _flags(self, trial: int, rows: Index, flags: Flags) -> Flags:
        flags_of_trial: Flags = np.bitwise_or.reduce(flags[rows], axis=0) | self._static[trial]
        return flags_of_trial


DECIDED = np.array([verdict is not TrialVerdict.UNDETERMINED for verdict in VERDICTS])
"""By index in `VERDICTS`."""
ELIGIBLE, UNDETERMINED = (VERDICTS.index(verdict) for verdict in (TrialVerdict.ELIGIBLE, TrialVerdict.UNDETERMINED))


def _places(numbers: Sequence[int]) -> Index:
    return np.array(numbers, dtype=np.intp)


def setting(inquiry: Inquiry) -> tuple[object, ...]:
    """What matters to an inquiry about somebody of whom nothing is known: the days, and the lists that are complete."""
    return inquiry.as_of, tuple(inquiry.calendar.given.items()), inquiry.facts.reviewed


def of_nobody(inquiry: Inquiry) -> Inquiry:
    """The same inquiry about somebody of whom nothing is known but that certain lists are complete."""
    nobody = Patient(reviewed=inquiry.patient.reviewed)
    facts = PatientFacts(
        as_of=inquiry.as_of,
        birth=None,
        sex=None,
        observations={},
        conditions={},
        therapies={},
        events={},
        reproductive=nobody.reproductive,
        reviewed=inquiry.facts.reviewed,
        warnings=(),
    )
    return Inquiry(nobody, facts, inquiry.calendar, inquiry.vocabulary)


def _since_birth(effects: Effects, facts: PatientFacts) -> Effects:
    """Without what lies before the patient's birth."""
    if facts.birth is None or all(
        first_day(probe.change, facts.as_of) >= facts.birth.first for probe in effects.question.probes
    ):
        return effects
    born = facts.birth.first
    possible = [
        REFUSED if first_day(probe.change, born) < born else column
        for probe, column in zip(effects.question.probes, effects.column_of, strict=True)
    ]
    left = sorted(set(possible) - {REFUSED})
    return Effects(
        effects.question,
        effects.leaves,
        effects.columns[:, left],
        tuple(REFUSED if column == REFUSED else left.index(column) for column in possible),
    )


def plan_leaves(plan: Plan) -> Iterator[Plan]:
    """Every leaf of a plan, in the order of `criterion.leaves`."""
    if plan.leaf is not None:
        yield plan
    for part in plan.parts:
        yield from plan_leaves(part)
