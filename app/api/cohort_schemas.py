"""What a cohort match answers, as types for OpenAPI; a test holds the answers to them."""

from pydantic import Field

from app.api.match_schemas import Counts, CriterionKey, Day, MatchedTrial, MatchWarning
from app.api.schemas import Answer
from app.vocabulary.enumerations import TrialVerdict
from app.web.problems import Problem


class VerdictTotals(Answer):
    """How many of the trials have each verdict."""

    eligible: int
    undetermined: int
    ineligible: int
    not_assessable: int


class CohortResult(Answer):
    """How one trial stands for one patient; POST /v1/trials/{trial_id}/match explains it."""

    trial: MatchedTrial
    verdict: TrialVerdict
    counts: Counts
    blocking: tuple[CriterionKey, ...] = Field(description="The criteria that fail.")


class CohortAnswer(Answer):
    """One patient of a cohort against the trials, best prospects first. It informs; it decides for nobody."""

    line: int = Field(description="The number of the patient's line, from 1; in a JSON body, of the patient.")
    id: str = Field(description="The pseudonym that the patient was sent under.")
    as_of: Day
    catalogue_revision: int
    evaluator: str
    notice: str
    total: int = Field(description="How many trials the filters leave; `results` has the first `limit` of them.")
    verdicts: VerdictTotals
    results: tuple[CohortResult, ...]
    warnings: tuple[MatchWarning, ...]


class CohortProblem(Answer):
    """A line that could not be used. Pointers lead into the line."""

    line: int
    id: str | None = Field(description="The pseudonym, where the line could be read so far.")
    problem: Problem
