"""Which statuses of trials come first. Among verdicts it is the order of `TrialVerdict`."""

from app.vocabulary.enumerations import Status

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
