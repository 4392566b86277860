"""Trials assessed for one patient after the other: the same findings as those of `assess_trial`, for less.

Of most of what trials ask, most records are silent, and then a criterion stands the same for everybody with the same
complete lists. So that is found once for each trial, and a patient pays for what his record touches.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date

from app.eligibility.criterion import assess_plan
from app.eligibility.dates import Calendar
from app.eligibility.evaluate import Plan, read
from app.eligibility.facts import PatientFacts
from app.eligibility.findings import CriterionFinding, TrialFinding
from app.eligibility.kept import Kept
from app.eligibility.looks import Look, known_looks
from app.eligibility.patient import Patient
from app.eligibility.reading import read_patient
from app.eligibility.rules import TrialRules
from app.eligibility.situation import Situation
from app.eligibility.timeline import Timeline, timeline
from app.eligibility.trial import NO_ANSWERS, reported_in_time, trial_finding
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import Outcome
from app.vocabulary.terms import Vocabulary

_MOST_TRIALS = 256
_DAYS = 4
_ANY_DAY = date(2000, 1, 1)


class Assessor:
    """Assesses trials, and keeps how the latest ones stand for those whose record is silent: nothing of a patient."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._kept: Kept[tuple[int, frozenset[str]], _Silent] = Kept(_MOST_TRIALS)

    def assess(
        self,
        rules: TrialRules,
        facts: PatientFacts,
        calendar: Calendar,
        answers: Mapping[str, Outcome] = NO_ANSWERS,
        *,
        shown: bool = True,
    ) -> TrialFinding:
        """As `assess_trial`; with `shown=False`, what the record touches goes without evidence and margins."""
        silent = self._kept.get((id(rules), facts.reviewed), lambda: self._silent(rules, facts.reviewed))
        known = known_looks(facts)
        criteria = silent.criteria_looking_at(known)
        if answers:
            criteria |= {place for place, rule in enumerate(rules.criteria) if rule.key in answers}
        diseases = [place for place, plan in enumerate(silent.disease_plans) if not plan.looks_at.isdisjoint(known)]
        if not criteria and not diseases:
            return silent.whole_on(calendar.as_of)
        situation = Situation.now(facts, calendar, shown=shown)
        timelines, findings, verdicts = list(silent.timelines), list(silent.criteria), list(silent.diseases)
        for place in criteria:
            rule = rules.criteria[place]
            timelines[place] = timeline(assess_plan(rule, silent.plans[place], situation, answers.get(rule.key)))
            findings[place] = reported_in_time(timelines[place])
        for place in diseases:
            verdicts[place] = read(silent.disease_plans[place], situation).verdict
        return trial_finding(rules, timelines, findings, verdicts, calendar.as_of)

    def _silent(self, rules: TrialRules, reviewed: frozenset[str]) -> "_Silent":
        facts = read_patient(Patient(), self._vocabulary, _ANY_DAY)
        situation = Situation.now(replace(facts, reviewed=reviewed), Calendar(_ANY_DAY))
        plans = tuple([rule.plan(self._vocabulary) for rule in rules.criteria])
        disease_plans = rules.disease_plans(self._vocabulary)
        timelines = [
            timeline(assess_plan(rule, plan, situation)) for rule, plan in zip(rules.criteria, plans, strict=True)
        ]
        looking: dict[Look, set[int]] = {}
        for place, plan in enumerate(plans):
            for look in plan.looks_at if plan is not None else ():
                looking.setdefault(look, set()).add(place)
        return _Silent(
            rules,
            tuple(timelines),
            tuple([replace(reported_in_time(one), everybodys=True) for one in timelines]),
            tuple([read(plan, situation).verdict for plan in disease_plans]),
            plans,
            disease_plans,
            looking,
            Kept(_DAYS),
        )


@dataclass(frozen=True, slots=True)
class _Silent:
    """A trial as it stands for everybody of whom nothing is known but that certain lists are complete.

    Time changes nothing about that. `plans` are those of the criteria; `looking` has, by what is looked at, the places
    of those that do.
    """

    rules: TrialRules
    timelines: tuple[Timeline, ...]
    criteria: tuple[CriterionFinding, ...]
    diseases: tuple[Verdict, ...]
    plans: tuple[Plan | None, ...]
    disease_plans: tuple[Plan, ...]
    looking: Mapping[Look, set[int]]
    whole: Kept[date, TrialFinding]

    def criteria_looking_at(self, looks: AbstractSet[Look]) -> set[int]:
        """The places of the criteria that look at any of `looks`."""
        return set[int]().union(*[self.looking[look] for look in self.looking.keys() & looks])

    def whole_on(self, day: date) -> TrialFinding:
        """The trial, where the record touches none of it."""
        found = (self.rules, self.timelines, self.criteria, self.diseases, day)
        return self.whole.get(day, lambda: replace(trial_finding(*found), everybodys=True))
