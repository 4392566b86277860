"""What learning of one more condition does for somebody who has others: worked out for nobody, and put together.

A leaf about conditions is an OR over the instances on record, and over those that nobody has mentioned. So what a new
instance does to it does not depend on the others, nor what a statement of absence says of those not mentioned. Only
whether the statements contradict each other is asked for each patient.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.eligibility.bulk.program import Index
from app.eligibility.contradictions import Numbered
from app.eligibility.criteria import ConditionIs
from app.eligibility.facts import Instance
from app.eligibility.reading import read_statements
from app.eligibility.report import Report
from app.eligibility.verdicts import Verdict
from app.matching.learning.effects import Column, Effects, effects_of
from app.matching.probes.asking import question_of
from app.matching.probes.inquiry import AskedLeaf, Inquiry, first_day
from app.matching.probes.question import Fact, Question

_LIST = "conditions"


@dataclass(frozen=True, slots=True)
class Alone:
    """One more condition for somebody of whom no other is known: for each probe, the verdicts of the leaves.

    `listed`: where the list is complete, so that instances alone count; `unlisted`: where it is not. None where a probe
    contradicts itself. `entries` and `first_days`: what each probe states, and of which day at the earliest.
    """

    question: Question
    listed: tuple[Column | None, ...]
    unlisted: tuple[Column | None, ...]
    entries: tuple[Sequence[Numbered[Instance]], ...]
    first_days: tuple[date, ...]


def is_beside(fact: Fact, inquiry: Inquiry, asked: Sequence[AskedLeaf]) -> bool:
    """Whether a fact is a condition of which, and of what is below it, nothing is on record, for such leaves only.

    Nor of a group that leaves open whether it is this one: what is then learnt tells of the group, too.
    """
    if fact.kind != "condition" or not all(isinstance(node, ConditionIs) for leaf in asked for node in leaf.nodes):
        return False
    vocabulary = inquiry.vocabulary
    groups = vocabulary.condition_groups(fact.code)
    return not any(
        one.code in groups or fact.code in vocabulary.condition_ancestors(one.code)
        for one in inquiry.patient.conditions
    )


def alone(fact: Fact, nobody: Inquiry, asked: Sequence[AskedLeaf]) -> Alone:
    """The effects of a condition for `nobody`."""
    question = question_of(fact, nobody, asked)
    report = Report(nobody.vocabulary, nobody.as_of)
    return Alone(
        question,
        tuple(_columns(question, _with_list(nobody, complete=True), asked)),
        tuple(_columns(question, _with_list(nobody, complete=False), asked)),
        tuple([read_statements(probe.change, report).conditions for probe in question.probes]),
        tuple([first_day(probe.change, date.max) for probe in question.probes]),
    )


def beside(one: Alone, inquiry: Inquiry, leaves: Index, asked: Sequence[AskedLeaf], *, may_clash: bool) -> Effects:
    """The effects for a patient with other conditions. `may_clash`: whether these could contradict the new one."""
    others = [_others(leaf, inquiry) for leaf in asked]
    born = inquiry.facts.birth.first if inquiry.facts.birth is not None else date.min

    def column(number: int) -> Column | None:
        listed, unlisted = one.listed[number], one.unlisted[number]
        if listed is None or unlisted is None or one.first_days[number] < born:
            return None
        if may_clash and inquiry.contradicts(one.entries[number]):
            return None
        return tuple(
            [
                max(found, among if closed else open_)
                for (found, closed), among, open_ in zip(others, listed, unlisted, strict=True)
            ]
        )

    return effects_of(one.question, leaves, map(column, range(len(one.question.probes))))


def _columns(question: Question, nobody: Inquiry, asked: Sequence[AskedLeaf]) -> Iterator[Column | None]:
    for probe in question.probes:
        situation = nobody.supposing(probe.change)
        yield None if situation is None else tuple([int(leaf.reader(situation).verdict) for leaf in asked])


def _with_list(inquiry: Inquiry, *, complete: bool) -> Inquiry:
    reviewed = inquiry.facts.reviewed | {_LIST} if complete else inquiry.facts.reviewed - {_LIST}
    return replace(inquiry, facts=replace(inquiry.facts, reviewed=reviewed))


def _others(leaf: AskedLeaf, inquiry: Inquiry) -> tuple[int, bool]:
    """How a leaf stands by the instances on record alone, and whether there surely are no others."""
    kept = inquiry.others.get(id(leaf))
    if kept is None:
        instances, absences = inquiry.instances_alone, inquiry.absences_alone
        closed = leaf.reader(absences).verdict is Verdict.NO
        kept = inquiry.others[id(leaf)] = (int(leaf.reader(instances).verdict), closed)
    return kept
