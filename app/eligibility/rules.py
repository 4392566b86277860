"""The rules of a trial as the evaluator takes them: criteria with their scopes, made ready once for a vocabulary."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Protocol

from app.eligibility.criteria import AnyOf, ConditionIs, ConditionState, Expression, OnlyIf
from app.eligibility.evaluate import Plan, asks_people, prepare
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import ConditionStatus, CriterionKind, Milestone
from app.vocabulary.terms import Vocabulary


class Scope(Protocol):
    """To whom of a trial a criterion applies: people with one of these conditions, in these arms, at these levels.

    What is empty limits nothing.
    """

    @property
    def conditions(self) -> tuple[str, ...]: ...
    @property
    def arms(self) -> tuple[str, ...]: ...
    @property
    def levels(self) -> tuple[int, ...]: ...


@dataclass(frozen=True, slots=True)
class Group:
    """One arm and dose level of a trial; None where its criteria do not tell them apart."""

    arm: str | None = None
    level: int | None = None

    def takes(self, scope: Scope | None) -> bool:
        """Whether a criterion of that scope is asked of this group."""
        if scope is None:
            return True
        return (not scope.arms or self.arm in scope.arms) and (not scope.levels or self.level in scope.levels)


@dataclass(frozen=True, slots=True)
class CriterionRule:
    """One criterion. No expression: nobody has put the text into one yet."""

    key: str
    kind: CriterionKind
    anchor: Milestone = Milestone.SCREENING
    expression: Expression | None = None
    scope: Scope | None = None
    _ready: dict[str, tuple[Vocabulary, Plan]] = field(default_factory=dict, init=False, compare=False, repr=False)

    @property
    def favourable(self) -> Verdict:
        """What the expression must be for the patient to pass."""
        return favoured_by(self.kind)

    @property
    def asks_people(self) -> bool:
        """Whether a person's answer can count: it holds a judgement or an undertaking, or is not yet an expression."""
        return self.expression is None or asks_people(self.expression)

    @property
    def scoped_expression(self) -> Expression | None:
        """The expression, asked of people in its scope only."""
        if self.expression is None or self.scope is None or not self.scope.conditions:
            return self.expression
        return OnlyIf(kind="only_if", condition=within_scope(self.scope.conditions), then=self.expression)

    def plan(self, vocabulary: Vocabulary) -> Plan | None:
        """That, made ready; kept for the next patient."""
        if self.expression is None:
            return None
        ready = self._ready.get("plan")
        if ready is None or ready[0] is not vocabulary:
            expression = self.scoped_expression or self.expression
            ready = (vocabulary, prepare(expression, vocabulary, self.anchor, self.favourable))
            self._ready["plan"] = ready
        return ready[1]


@dataclass(frozen=True, slots=True)
class TrialRules:
    """What of a trial decides whether a patient fits. `arms` and `levels` are all that it has."""

    id: str
    criteria: tuple[CriterionRule, ...]
    inclusions_stated: bool = True
    exclusions_stated: bool = True
    conditions: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()
    levels: tuple[int, ...] = ()
    _ready: dict[str, tuple[Vocabulary, tuple[Plan, ...]]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    @classmethod
    def ready(  # noqa: PLR0913 - the parts of one value
        cls,
        trial: str,
        criteria: Iterable[CriterionRule],
        vocabulary: Vocabulary,
        *,
        inclusions_stated: bool = True,
        exclusions_stated: bool = True,
        conditions: tuple[str, ...] = (),
        arms: tuple[str, ...] = (),
        levels: tuple[int, ...] = (),
    ) -> "TrialRules":
        """Rules with everything looked up at once, rather than when the first patient comes."""
        rules = cls(trial, tuple(criteria), inclusions_stated, exclusions_stated, conditions, arms, levels)
        for criterion in rules.criteria:
            criterion.plan(vocabulary)
        rules.disease_plans(vocabulary)
        return rules

    def groups(self) -> tuple[Group, ...]:
        """The arms and levels that criteria tell apart; a single group where they do not."""
        scopes = [criterion.scope for criterion in self.criteria if criterion.scope is not None]
        named_arms = dict.fromkeys(arm for scope in scopes for arm in scope.arms)
        named_levels = dict.fromkeys(level for scope in scopes for level in scope.levels)
        arms = tuple(dict.fromkeys((*self.arms, *named_arms))) if named_arms else (None,)
        levels = tuple(dict.fromkeys((*self.levels, *named_levels))) if named_levels else (None,)
        return tuple(Group(arm, level) for arm, level in product(arms, levels))

    def disease_plans(self, vocabulary: Vocabulary) -> tuple[Plan, ...]:
        """For each condition of the trial, whether a patient has it."""
        ready = self._ready.get("diseases")
        if ready is None or ready[0] is not vocabulary:
            plans = tuple(prepare(has(code), vocabulary, Milestone.SCREENING) for code in self.conditions)
            ready = (vocabulary, plans)
            self._ready["diseases"] = ready
        return ready[1]


def favoured_by(kind: CriterionKind) -> Verdict:
    """What the expression of a criterion must be for the patient to pass."""
    return Verdict.YES if kind is CriterionKind.INCLUSION else Verdict.NO


def within_scope(conditions: Sequence[str]) -> ConditionIs | AnyOf:
    """Of whom a criterion of some diseases is asked."""
    affected = tuple(has(code) for code in conditions)
    return affected[0] if len(affected) == 1 else AnyOf(kind="any_of", of=affected)


def has(condition: str) -> ConditionIs:
    """Whether someone is a person with that condition: active or in remission, but not in the history alone."""
    return ConditionIs(
        kind="condition",
        code=condition,
        state=ConditionState.EVER,
        status=(ConditionStatus.ACTIVE, ConditionStatus.REMISSION),
    )
