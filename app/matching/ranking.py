"""The order of a match's results, best prospects first, and the funnel that leads to them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.eligibility.dates import age_on
from app.eligibility.facts import PatientFacts
from app.eligibility.findings import TrialFinding
from app.eligibility.verdicts import Verdict
from app.matching.rulebook import Candidate
from app.vocabulary.enumerations import Outcome, Status, TrialSex, TrialVerdict

BEST_FIRST = (
    TrialVerdict.ELIGIBLE,
    TrialVerdict.UNDETERMINED,
    TrialVerdict.INELIGIBLE,
    TrialVerdict.NOT_ASSESSABLE,
)
OPEN_FIRST = (
    Status.RECRUITING,
    Status.ENROLLING_BY_INVITATION,
    Status.NOT_YET_RECRUITING,
    Status.UNKNOWN,
    Status.ACTIVE_NOT_RECRUITING,
    Status.SUSPENDED,
    Status.COMPLETED,
    Status.TERMINATED,
    Status.WITHDRAWN,
)
OPEN = frozenset({Status.RECRUITING, Status.ENROLLING_BY_INVITATION, Status.NOT_YET_RECRUITING})
"""Statuses of trials that take people, or soon will."""


@dataclass(frozen=True, slots=True)
class Matched:
    """One trial with how the patient stands to it."""

    candidate: Candidate
    finding: TrialFinding


def best_first(matched: Matched) -> tuple[int, int, int, int, str]:
    """Sort key: the verdict, whether the trial is open, how many criteria fail and are unknown; then the slug."""
    criteria = matched.finding.criteria
    return (
        BEST_FIRST.index(matched.finding.verdict),
        OPEN_FIRST.index(matched.candidate.status),
        sum(part.outcome is Outcome.FAILS for part in criteria),
        sum(part.outcome is Outcome.UNKNOWN and not part.to_confirm for part in criteria),
        matched.candidate.id,
    )


def funnel(all_matched: Sequence[Matched], facts: PatientFacts) -> list[dict[str, object]]:
    """How many trials remain after each step; a step removes a trial only for what is known."""
    steps: dict[str, Callable[[Matched], bool]] = {
        "status": lambda matched: matched.candidate.status in OPEN,
        "age_and_sex": lambda matched: _may_take(matched.candidate, facts),
        "condition": lambda matched: _may_have_a_condition(matched.finding),
        "no_failure": lambda matched: matched.finding.verdict is not TrialVerdict.INELIGIBLE,
        "eligible": lambda matched: matched.finding.verdict is TrialVerdict.ELIGIBLE,
    }
    remaining = list(all_matched)
    counted: list[dict[str, object]] = []
    for step, stays in steps.items():
        remaining = [matched for matched in remaining if stays(matched)]
        counted.append({"step": step, "remaining": len(remaining)})
    return counted


def _may_take(candidate: Candidate, facts: PatientFacts) -> bool:
    sexes = {TrialSex.FEMALE: "female", TrialSex.MALE: "male"}
    wanted = sexes.get(candidate.sex) if candidate.sex else None
    if wanted is not None and facts.sex is not None and facts.sex.value != wanted:
        return False
    if facts.birth is None:
        return True
    youngest, oldest = age_on(facts.as_of, facts.birth)
    too_young = candidate.min_years is not None and oldest < candidate.min_years
    too_old = candidate.max_years is not None and youngest > candidate.max_years
    return not (too_young or too_old)


def _may_have_a_condition(finding: TrialFinding) -> bool:
    """Unless the patient surely has none of the trial's conditions; a trial that states none stays."""
    return not finding.diseases or any(verdict is not Verdict.NO for _, verdict in finding.diseases)
