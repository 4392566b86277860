"""What an evaluation answers, as a type for OpenAPI; a test holds the answers to it."""

from pydantic import Field

from app.api.match_schemas import CriterionKey, Day, MarginOf, MatchWarning, PartFinding, UsedFact
from app.api.schemas import Answer
from app.vocabulary.enumerations import CriterionKind, Outcome, Reason


class MissingFact(Answer):
    """A fact that would help to decide."""

    fact: str
    kind: str
    reason: Reason


class EvaluationAnswer(Answer):
    """How one patient stands with one criterion. It informs a coordinator; it decides for nobody."""

    as_of: Day
    evaluator: str
    notice: str
    key: CriterionKey | None
    kind: CriterionKind
    statement: str | None
    locator: str | None
    wording: str | None = Field(description="The expression in words.")
    outcome: Outcome
    to_confirm: bool = Field(description="Only a judgement or an undertaking leaves it open.")
    answered: bool
    reasons: tuple[Reason, ...]
    evidence: tuple[UsedFact, ...]
    margin: MarginOf | None
    lapses_on: Day | None = Field(description="Of a failure, the first day on which time alone has ended it.")
    expires_on: Day | None = Field(description="Of a pass, the first day on which it may no longer hold.")
    permanent: bool | None = Field(description="Neither time nor a new result can change it.")
    parts: tuple[PartFinding, ...]
    missing: tuple[MissingFact, ...]
    old_results: tuple[str, ...] = Field(description="Observations whose result is old; the criterion states no age.")
    warnings: tuple[MatchWarning, ...]
