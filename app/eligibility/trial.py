"""How a trial stands for one patient: the verdict, what it rests on, from which day and until which."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Protocol

from app.eligibility.criterion import Assessed, assess, reported
from app.eligibility.dates import Calendar
from app.eligibility.evaluate import read
from app.eligibility.facts import PatientFacts
from app.eligibility.findings import CriterionFinding, GroupFinding, MissingFact, TrialFinding
from app.eligibility.rules import CriterionRule, Group, TrialRules
from app.eligibility.situation import Situation
from app.eligibility.timeline import Timeline, change_days, expires_on, goes_stale_on, timeline
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import Incompleteness, Outcome, TrialVerdict
from app.vocabulary.terms import Vocabulary

__all__ = ["CriterionRule", "TrialRules", "assess_criterion", "assess_trial", "missing_facts", "rests_on"]

_DAY = timedelta(days=1)
_BEST_FIRST = tuple(TrialVerdict)
NO_ANSWERS: Mapping[str, Outcome] = {}


def assess_criterion(
    rule: CriterionRule,
    facts: PatientFacts,
    calendar: Calendar,
    vocabulary: Vocabulary,
    answer: Outcome | None = None,
) -> CriterionFinding:
    """How a patient stands with one criterion. `answer`: what a person decided of it."""
    return reported_in_time(timeline(assess(rule, Situation.now(facts, calendar), vocabulary, answer)))


def assess_trial(
    rules: TrialRules,
    facts: PatientFacts,
    calendar: Calendar,
    vocabulary: Vocabulary,
    answers: Mapping[str, Outcome] = NO_ANSWERS,
) -> TrialFinding:
    """How a patient stands with a trial. `answers`: what people decided, by criterion key, of its current revision."""
    situation = Situation.now(facts, calendar)
    diseases = tuple([read(plan, situation).verdict for plan in rules.disease_plans(vocabulary)])
    timelines = [timeline(assess(rule, situation, vocabulary, answers.get(rule.key))) for rule in rules.criteria]
    return trial_finding(rules, timelines, [reported_in_time(one) for one in timelines], diseases, calendar.as_of)


def trial_finding(
    rules: TrialRules,
    timelines: Sequence[Timeline],
    criteria: Sequence[CriterionFinding],
    diseases: Sequence[Verdict],
    today: date,
) -> TrialFinding:
    """What the criteria and the conditions of a trial, each as it was found, add up to."""
    assessed = [one.assessed for one in timelines]
    incomplete = _incomplete(rules, assessed)
    by_group = {group: [one for one in timelines if group.takes(one.assessed.rule.scope)] for group in rules.groups()}
    groups = tuple([_group_finding(group, members, incomplete) for group, members in by_group.items()])
    in_the_way = [[one for one in members if one.steps or one.assessed.fails] for members in by_group.values()]
    start = _eligible_from(in_the_way, today) if rules.criteria else None
    return TrialFinding(
        verdict=min((group.verdict for group in groups), key=_BEST_FIRST.index)
        if rules.criteria
        else TrialVerdict.NOT_ASSESSABLE,
        criteria=tuple(criteria),
        incomplete=incomplete,
        eligible_from=start,
        eligible_until=None if start is None else _eligible_until(in_the_way, start),
        evidence_until=_evidence_until(assessed),
        stale_results=tuple(dict.fromkeys(code for one in criteria for code in one.old_results)),
        groups=groups,
        diseases=tuple(zip(rules.conditions, diseases, strict=True)),
    )


def rests_on(criteria: Iterable[CriterionFinding]) -> int:
    """How many criteria passed or failed; the verdict rests on these."""
    return sum(one.outcome in (Outcome.PASSES, Outcome.FAILS) for one in criteria)


def missing_facts(criteria: Iterable[CriterionFinding]) -> dict[MissingFact, tuple[str, ...]]:
    """Each fact that is missing once, with the keys of the criteria that wait for it; one to confirm waits for none."""
    waiting: dict[MissingFact, dict[str, None]] = {}
    for one in criteria:
        if one.outcome is Outcome.UNKNOWN and not one.to_confirm and one.finding is not None:
            for fact in one.finding.missing:
                waiting.setdefault(fact, {})[one.key] = None
    return {fact: tuple(keys) for fact, keys in waiting.items()}


def reported_in_time(one: Timeline) -> CriterionFinding:
    """The criterion's finding, with the days on which time alone changes it."""
    return reported(one.assessed, lapses_on=one.lapses_on(), expires_on=expires_on(one.assessed))


def _incomplete(rules: TrialRules, assessed: Sequence[Assessed]) -> tuple[Incompleteness, ...]:
    found = []
    if not rules.inclusions_stated:
        found.append(Incompleteness.INCLUSIONS_MISSING)
    if not rules.exclusions_stated:
        found.append(Incompleteness.EXCLUSIONS_MISSING)
    if any(one.finding is None and not one.answered for one in assessed):
        found.append(Incompleteness.UNSTRUCTURED)
    return tuple(found)


class Standing(Protocol):
    """How a criterion stands, as a verdict needs it."""

    @property
    def outcome(self) -> Outcome: ...
    @property
    def to_confirm(self) -> bool: ...


def verdict_on(
    rules: TrialRules, standing: Mapping[str, Standing], incomplete: tuple[Incompleteness, ...]
) -> TrialVerdict:
    """The verdict of `assess_trial`, where it is known how each criterion stands, by its key."""
    if not rules.criteria:
        return TrialVerdict.NOT_ASSESSABLE
    groups = ([standing[rule.key] for rule in rules.criteria if group.takes(rule.scope)] for group in rules.groups())
    return min((_verdict(members, incomplete) for members in groups), key=_BEST_FIRST.index)


def _group_finding(group: Group, members: Sequence[Timeline], incomplete: tuple[Incompleteness, ...]) -> GroupFinding:
    failing = tuple(one.assessed.rule.key for one in members if one.assessed.fails)
    return GroupFinding(group.arm, group.level, _verdict([one.assessed for one in members], incomplete), failing)


def _verdict(criteria: Iterable[Standing], incomplete: tuple[Incompleteness, ...]) -> TrialVerdict:
    outcomes = {one.outcome for one in criteria if not one.to_confirm}
    if Outcome.FAILS in outcomes:
        return TrialVerdict.INELIGIBLE
    if Outcome.UNKNOWN in outcomes or incomplete or Outcome.PASSES not in outcomes:
        return TrialVerdict.UNDETERMINED
    return TrialVerdict.ELIGIBLE


def _eligible_from(groups: Sequence[Sequence[Timeline]], today: date) -> date | None:
    """The first day from today on which nothing stands in the way in some group.

    Of each group, it takes those that ever do: criteria that fail, or that time changes.
    """
    days = {today} | {day for members in groups for day in change_days(members)}
    for day in sorted(days):
        if any(not any(one.blocked_on(day) for one in members) for members in groups):
            return day
    return None


def _eligible_until(groups: Sequence[Sequence[Timeline]], start: date) -> date | None:
    """The last day before something begins to fail, in the group that is open longest; it takes the same."""
    last_days: list[date] = []
    for members in groups:
        if any(one.blocked_on(start) for one in members):
            continue
        ends = [day for one in members if (day := one.ends_on(start)) is not None]
        if not ends:
            return None
        last_days.append(min(ends) - _DAY)
    return max(last_days, default=None)


def _evidence_until(assessed: Sequence[Assessed]) -> date | None:
    """The last day before results are too old on which a criterion rests, be it for people to confirm."""
    stale = [day for one in assessed if (day := goes_stale_on(one)) is not None]
    return min(stale) - _DAY if stale else None
