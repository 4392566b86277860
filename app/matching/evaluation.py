"""One criterion and one patient, without any trial: what the evaluator says, and what the criterion says in words."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from itertools import islice
from typing import Annotated, Literal

from pydantic import Field

from app.catalogue.documents import CriterionKey, Scope, Text
from app.eligibility.codes import check_expression, printable
from app.eligibility.criteria import AllOf, AnyOf, AtLeast, Composite, Except, Expression, Leaf, Not, OnlyIf
from app.eligibility.dates import Calendar
from app.eligibility.patient import Patient
from app.eligibility.reading import read_patient
from app.eligibility.rules import CriterionRule
from app.eligibility.trial import assess_criterion
from app.matching.answer import Json, say_criterion, say_missing
from app.matching.matcher import EVALUATOR, NOTICE
from app.matching.request import Days, RequestPart
from app.matching.warnings import Warned
from app.vocabulary.enumerations import Basis, CriterionKind, Milestone
from app.vocabulary.faults import Fault, Refused
from app.vocabulary.terms import TermKind, Vocabulary

MOST_NODES = 500
"""Each day on which a node may turn means reading all of them again; a criterion of a trial has some thirty."""


class EvaluatedCriterion(RequestPart):
    """A criterion as a trial has it, of which only the kind and the expression have to be there.

    An inclusion asks that the expression holds, an exclusion that it does not.
    """

    key: CriterionKey | None = None
    kind: Literal["inclusion", "exclusion"]
    statement: Text | None = None
    locator: Text | None = None
    anchor: Milestone = Milestone.SCREENING
    expression: Expression | None = Field(description="Null: nobody has put the text into an expression yet.")
    basis: Basis = Basis.STATED
    scope: Scope | None = None


class EvaluationRequest(Days):
    """One criterion and one patient."""

    criterion: Annotated[EvaluatedCriterion | Composite | Except | Leaf, Field(discriminator="kind")] = Field(
        description="A criterion; or a bare expression, which is read as an inclusion."
    )
    patient: Patient


def evaluate_criterion(request: EvaluationRequest, vocabulary: Vocabulary, today: date) -> Json:
    """What `POST /v1/evaluate` answers. `Refused` names everything that is wrong with criterion and patient."""
    criterion, place = _criterion(request)
    faults = list(_faults(criterion, place, vocabulary))
    as_of = request.day(today)
    try:
        facts = read_patient(request.patient, vocabulary, as_of)
    except Refused as refused:
        raise Refused([*faults, *refused.below("/patient").faults]) from None
    if faults:
        raise Refused(faults)
    rule = CriterionRule(
        criterion.key or "",
        CriterionKind(criterion.kind),
        criterion.anchor,
        criterion.expression,
        criterion.scope,
    )
    finding = assess_criterion(rule, facts, Calendar(as_of, request.milestone_days()), vocabulary)
    words = criterion.model_dump(include={"key", "kind", "statement", "locator"})
    warnings = [Warned(one.code, one.text, f"/patient{one.pointer}") for one in facts.warnings]
    return {
        "as_of": as_of.isoformat(),
        "evaluator": EVALUATOR,
        "notice": NOTICE,
        **say_criterion(words, finding),
        "wording": printable(rule.scoped_expression, vocabulary) if rule.scoped_expression else None,
        "missing": [{name: fact[name] for name in ("fact", "kind", "reason")} for fact in say_missing([finding])],
        "old_results": list(finding.old_results),
        "warnings": [asdict(warned) for warned in warnings],
    }


def _criterion(request: EvaluationRequest) -> tuple[EvaluatedCriterion, str]:
    """The criterion that is meant, and where its expression stands in the request."""
    if isinstance(request.criterion, EvaluatedCriterion):
        return request.criterion, "/criterion/expression"
    return EvaluatedCriterion(kind="inclusion", expression=request.criterion), "/criterion"


def _faults(criterion: EvaluatedCriterion, place: str, vocabulary: Vocabulary) -> Iterator[Fault]:
    if criterion.expression is not None:
        if sum(1 for _ in islice(_nodes(criterion.expression), MOST_NODES + 1)) > MOST_NODES:
            remedy = f"give at most {MOST_NODES} nodes"
            yield Fault("too_many", "the expression has too many nodes", remedy, place)
            return
        yield from check_expression(criterion.expression, vocabulary, place)
    for index, code in enumerate(criterion.scope.conditions if criterion.scope else ()):
        if code not in vocabulary.conditions:
            detail, remedy = "the vocabulary has no such condition", "use a condition code of GET /v1/vocabulary"
            nearest = vocabulary.nearest(TermKind.CONDITION, code)
            yield Fault("unknown_code", detail, remedy, f"/criterion/scope/conditions/{index}", nearest=nearest)


def _nodes(expression: Expression) -> Iterator[Expression]:
    yield expression
    match expression:
        case AllOf() | AnyOf() | AtLeast():
            for branch in expression.of:
                yield from _nodes(branch)
        case Not():
            yield from _nodes(expression.of)
        case OnlyIf():
            yield from _nodes(expression.condition)
            yield from _nodes(expression.then)
        case Except():
            yield from expression.unless
