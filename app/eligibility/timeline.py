"""What time alone does to a criterion: the day on which a failure lapses, and on which a pass expires.

Facts stay as they are, therapies go on, and nothing is called stale that is not stale today; only where a pass expires
does the age of its evidence count. A criterion changes on few days, and is evaluated again on each of them.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.eligibility.composites import LeafReader, Standing, as_found
from app.eligibility.criterion import Assessed, at_the_cautious_end, leaves
from app.eligibility.findings import Finding
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import Outcome


@dataclass(frozen=True, slots=True)
class Step:
    """From this day on, whether a criterion fails; `may_fail`: on some of the days that partial dates can mean."""

    day: date
    fails: bool
    may_fail: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """One criterion from today on. The first step is today's; there is none where time changes nothing."""

    assessed: Assessed
    steps: tuple[Step, ...] = ()

    def blocked_days(self) -> list[tuple[date, bool]]:
        """From which days on it stands in the way, and from which not.

        It does from the day it fails to the day it can no longer fail: a partial date gives the cautious end.
        """
        if not self.steps:
            return [(self.assessed.situation.today.as_of, self.assessed.fails)]
        changes: list[tuple[date, bool]] = []
        blocked = False
        for step in self.steps:
            blocked = step.fails or (blocked and step.may_fail)
            if not changes or changes[-1][1] is not blocked:
                changes.append((step.day, blocked))
        return changes

    def blocked_on(self, day: date) -> bool:
        """Whether it stands in the way on a day."""
        if not self.steps:
            return self.assessed.fails
        changes = self.blocked_days()
        return changes[bisect_right(changes, day, key=lambda change: change[0]) - 1][1]

    def lapses_on(self) -> date | None:
        """Of a failure today, the first day on which it no longer stands in the way."""
        if not self.steps or not self.assessed.fails:
            return None
        return next((day for day, blocked in self.blocked_days() if not blocked), None)

    def ends_on(self, start: date) -> date | None:
        """The first day after `start` on which it begins to fail, or may begin to."""
        may_fail = False
        for step in self.steps:
            if step.day > start and (step.fails or (step.may_fail and not may_fail)):
                return step.day
            may_fail = step.may_fail
        return None


def timeline(assessed: Assessed) -> Timeline:
    """How a criterion will stand on each day on which it changes."""
    finding = assessed.finding
    if finding is None or not finding.changes_on:
        return Timeline(assessed)
    steps = [_step(assessed, assessed.situation.today.as_of, finding)]
    for day in sorted(finding.changes_on):
        later = assessed.finding_on(day)
        if later is not None:
            steps.append(_step(assessed, day, later))
    return Timeline(assessed, tuple(steps))


def _step(assessed: Assessed, day: date, finding: Finding) -> Step:
    fails = assessed.outcome_of(finding) is Outcome.FAILS
    return Step(day, fails, fails or assessed.outcome_of(finding, at_the_cautious_end) is Outcome.FAILS)


def expires_on(assessed: Assessed) -> date | None:
    """Of a pass today, the first day on which it no longer holds: it fails or may fail, or its evidence is too old."""
    finding = assessed.finding
    if assessed.outcome is not Outcome.PASSES or finding is None:
        return None
    if not finding.changes_on and finding.stale_from is None:
        return None
    stale_days = {leaf.stale_from for leaf in leaves(finding) if leaf.stale_from is not None}
    for day in sorted(finding.changes_on | stale_days):
        later = assessed.finding_on(day) if finding.changes_on else finding
        if later is not None and assessed.outcome_of(later, _stale_by(day)) is not Outcome.PASSES:
            return day
    return None


def goes_stale_on(assessed: Assessed) -> date | None:
    """The first day on which a criterion no longer stands as it does, for want of results that are not too old."""
    finding = assessed.finding
    if finding is None or finding.stale_from is None:
        return None
    if assessed.to_confirm or not finding.parts:
        return finding.stale_from
    days = sorted({leaf.stale_from for leaf in leaves(finding) if leaf.stale_from is not None})
    decided = assessed.outcome in (Outcome.PASSES, Outcome.FAILS)
    return next(
        (day for day in days if decided and assessed.outcome_of(finding, _stale_by(day)) is not assessed.outcome), None
    )


def _stale_by(day: date) -> LeafReader:
    """Leaves as found, but those whose results are too old on a day unknown."""

    def leaf_reader(leaf: Finding, favourable: Verdict | None) -> Standing:
        if leaf.stale_from is not None and leaf.stale_from <= day:
            return Verdict.UNKNOWN, leaf.applicable
        return as_found(leaf, favourable)

    return leaf_reader


def change_days(timelines: Sequence[Timeline]) -> list[date]:
    """Every day on which one of them begins or ceases to stand in the way, in order."""
    return sorted({day for one in timelines if one.steps for day, _ in one.blocked_days()})
