"""The explaining evaluator: an expression and a patient's facts in, a tree of findings out.

An expression is made ready once (codes looked up, units converted, words found) and then reads any number of patients.
Nothing is short-circuited: every leaf is evaluated and shown, and the tree alone gives the verdict (`composites.fold`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, assert_never

from app.eligibility.codes import printable
from app.eligibility.composites import Standing, combined, mirrored, only_where
from app.eligibility.conditions import ConditionTest
from app.eligibility.criteria import (
    Age,
    AllOf,
    AnyOf,
    AtLeast,
    ConditionIs,
    Event,
    Except,
    Expression,
    Judgement,
    Leaf,
    Not,
    Observation,
    OnlyIf,
    Reproductive,
    SexIs,
    Therapy,
    Undertaking,
)
from app.eligibility.dates import Calendar
from app.eligibility.events import EventTest
from app.eligibility.facts import PatientFacts
from app.eligibility.findings import Finding, MissingFact
from app.eligibility.instances import InstanceTest, except_reader, instance_reader
from app.eligibility.looks import Look, looks_at
from app.eligibility.observations import ObservationLeaf
from app.eligibility.periods import NO_DAYS
from app.eligibility.person import age_reader, asked_of_people, reproductive_reader, sex_reader
from app.eligibility.situation import Reader, Situation
from app.eligibility.therapies import TherapyTest
from app.eligibility.verdicts import Verdict, negated
from app.vocabulary.enumerations import Milestone, Reason
from app.vocabulary.terms import Vocabulary

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Plan:
    """A node made ready: a leaf has a reader, a composite its parts. `looks_at`: what of a patient it may read."""

    kind: str
    text: str
    reader: Reader | None = None
    parts: tuple["Plan", ...] = ()
    needed: int | None = None
    leaf: Leaf | Except | None = None
    looks_at: frozenset[Look] = frozenset()


def evaluate(
    expression: Expression, facts: PatientFacts, calendar: Calendar, vocabulary: Vocabulary, *, anchor: Milestone
) -> Finding:
    """How an expression stands for a patient. Its codes are in the vocabulary (`codes.check_expression` tells)."""
    return read(prepare(expression, vocabulary, anchor), Situation.now(facts, calendar))


def read(plan: Plan, situation: Situation) -> Finding:
    """How a prepared expression stands in a situation."""
    if plan.reader is not None:
        return plan.reader(situation)
    return joined(plan, tuple([read(part, situation) for part in plan.parts]))


def read_later(plan: Plan, today: Finding, situation: Situation) -> Finding:
    """The same on a later day: leaves that time does not change stand as they do today."""
    if plan.reader is not None:
        return plan.reader(situation) if today.changes_on else today
    parts = zip(plan.parts, today.parts, strict=True)
    return joined(plan, tuple([read_later(part, was, situation) for part, was in parts]))


def joined(plan: Plan, parts: tuple[Finding, ...]) -> Finding:
    """The finding of a composite: what its parts add up to and, where that is open, what they lack."""
    verdict, applicable = _standing(plan, parts)
    if applicable is False:
        return Finding(plan.kind, verdict, applicable, plan.text, parts=parts, needed=plan.needed)
    reasons: tuple[Reason, ...] = ()
    missing: tuple[MissingFact, ...] = ()
    if verdict is Verdict.UNKNOWN or applicable is None:
        undecided = [part for part in parts if part.verdict is Verdict.UNKNOWN or part.applicable is None]
        reasons = _each_once([part.reasons for part in undecided])
        missing = _each_once([part.missing for part in undecided])
    return Finding(
        plan.kind,
        verdict,
        applicable,
        plan.text,
        reasons=reasons,
        missing=missing,
        changes_on=NO_DAYS.union(*[part.changes_on for part in parts]),
        stale_from=min([part.stale_from for part in parts if part.stale_from], default=None),
        parts=parts,
        needed=plan.needed,
        old_results=_each_once([part.old_results for part in parts if part.old_results]),
    )


def _standing(plan: Plan, parts: tuple[Finding, ...]) -> Standing:
    branches = [(part.verdict, part.applicable) for part in parts]
    match plan.kind:
        case "not":
            return mirrored(branches[0])
        case "only_if":
            return only_where(branches[0], branches[1])
        case _:
            return combined(plan.needed or 1, branches)


def _each_once(lists: Sequence[tuple[T, ...]]) -> tuple[T, ...]:
    if len(lists) < 2:
        return lists[0] if lists else ()
    return tuple(dict.fromkeys(item for items in lists for item in items))


def prepare(
    expression: Expression, vocabulary: Vocabulary, anchor: Milestone, favourable: Verdict | None = Verdict.YES
) -> Plan:
    """Makes an expression ready to read patients.

    `favourable` is the verdict that favours the criterion: yes for an inclusion, no for an exclusion.
    """
    match expression:
        case AllOf() | AnyOf() | AtLeast():
            return _several(expression, vocabulary, anchor, favourable)
        case Not():
            mirror = None if favourable is None else negated(favourable)
            return _composite("not", "not", (prepare(expression.of, vocabulary, anchor, mirror),), None)
        case OnlyIf():
            condition = prepare(expression.condition, vocabulary, anchor, None)
            then = prepare(expression.then, vocabulary, anchor, favourable)
            return _composite("only_if", "if the first holds, the second", (condition, then), None)
        case Judgement() | Undertaking():
            return Plan(expression.kind, expression.text, asked_of_people(expression), leaf=expression)
        case _:
            text = printable(expression, vocabulary)
            reader = _reader(expression, vocabulary, anchor, text, favourable)
            return Plan(expression.kind, text, reader, leaf=expression, looks_at=looks_at(expression, vocabulary))


def asks_people(expression: Expression) -> bool:
    """Whether an expression is, or holds, a judgement or an undertaking."""
    match expression:
        case AllOf() | AnyOf() | AtLeast():
            return any(asks_people(branch) for branch in expression.of)
        case Not():
            return asks_people(expression.of)
        case OnlyIf():
            return asks_people(expression.condition) or asks_people(expression.then)
        case _:
            return isinstance(expression, Judgement | Undertaking)


def _several(
    expression: AllOf | AnyOf | AtLeast, vocabulary: Vocabulary, anchor: Milestone, favourable: Verdict | None
) -> Plan:
    parts = tuple(prepare(branch, vocabulary, anchor, favourable) for branch in expression.of)
    match expression:
        case AllOf():
            return _composite("all_of", "all of", parts, len(parts))
        case AnyOf():
            return _composite("any_of", "any of", parts, 1)
        case AtLeast():
            return _composite("at_least", f"at least {expression.n} of", parts, expression.n)
    assert_never(expression)


def _composite(kind: str, text: str, parts: tuple[Plan, ...], needed: int | None) -> Plan:
    looks = frozenset[Look]().union(*(part.looks_at for part in parts))
    return Plan(kind, text, None, parts, needed, looks_at=looks)


def _reader(
    leaf: Except | Age | SexIs | Observation | ConditionIs | Therapy | Event | Reproductive,
    vocabulary: Vocabulary,
    anchor: Milestone,
    text: str,
    favourable: Verdict | None,
) -> Reader:
    match leaf:
        case Age():
            return age_reader(leaf, anchor, text)
        case SexIs():
            return sex_reader(leaf, text)
        case Observation():
            return ObservationLeaf.of(leaf, anchor, vocabulary, text, favourable).read
        case ConditionIs():
            return instance_reader(instance_test(leaf, vocabulary, anchor), text)
        case Therapy():
            return TherapyTest.of(leaf, anchor, vocabulary).reader(text)
        case Event():
            return instance_reader(instance_test(leaf, vocabulary, anchor), text)
        case Except():
            unless = [instance_test(one, vocabulary, anchor) for one in leaf.unless]
            return except_reader(instance_test(leaf.of, vocabulary, anchor), unless, text)
        case Reproductive():
            return reproductive_reader(leaf, text)
    assert_never(leaf)


def instance_test(leaf: ConditionIs | Therapy | Event, vocabulary: Vocabulary, anchor: Milestone) -> InstanceTest[Any]:
    """What tests the instances that a leaf is about; exceptions are of the kind that they except from."""
    match leaf:
        case ConditionIs():
            return ConditionTest.of(leaf, anchor, vocabulary)
        case Therapy():
            return TherapyTest.of(leaf, anchor, vocabulary)
        case Event():
            return EventTest.of(leaf, anchor)
