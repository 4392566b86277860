"""What comes first: among verdicts, and among the statuses of trials."""

from app.vocabulary.enumerations import Status, TrialVerdict

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
TAKING_PEOPLE = OPEN_FIRST[:3]
"""Statuses of trials that take people, or soon will."""
