"""Patients laid against a curated trial: what each criterion makes of them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.eligibility.dates import Calendar
from app.eligibility.findings import CriterionFinding, TrialFinding
from app.eligibility.rules import CriterionRule, TrialRules
from app.eligibility.trial import assess_trial
from app.vocabulary.enumerations import Milestone, Outcome
from app.vocabulary.terms import Vocabulary
from tests.eligibility.patients import TODAY, facts_of
from tests.registry.seeds import seed_record

REVIEWED = ["conditions", "therapies", "events"]


def rules_of(slug: str) -> TrialRules:
    record = seed_record(slug)
    return TrialRules(
        record.id,
        tuple(
            CriterionRule(
                part.key,
                part.kind,
                part.anchor,
                part.expression,
                part.scope,
            )
            for part in record.criteria
        ),
        record.inclusions_stated,
        record.exclusions_stated,
        record.conditions,
    )


class Match:
    """How one patient stands with a trial."""

    def __init__(self, finding: TrialFinding) -> None:
        self.finding = finding
        self.criteria: dict[str, CriterionFinding] = {one.key: one for one in finding.criteria}

    def __getitem__(self, key: str) -> str:
        """The outcome of a criterion: passes, fails, unknown, to confirm, or not applicable."""
        one = self.criteria[key]
        return "to confirm" if one.to_confirm else one.outcome.value.replace("_", " ")

    def reasons(self, key: str) -> set[str]:
        return {reason.value for reason in self.criteria[key].reasons}

    def keys(self, *outcomes: str) -> set[str]:
        """The criteria with one of these outcomes."""
        return {key for key in self.criteria if self[key] in outcomes}


def match(
    rules: TrialRules,
    vocabulary: Vocabulary,
    patient: Mapping[str, Any],
    *,
    as_of: date = TODAY,
    milestones: Mapping[str, date] | None = None,
    answers: Mapping[str, Outcome] | None = None,
) -> Match:
    calendar = Calendar(as_of, {Milestone(name): day for name, day in (milestones or {}).items()})
    return Match(assess_trial(rules, facts_of(vocabulary, as_of, **patient), calendar, vocabulary, answers or {}))


def with_results(patient: Mapping[str, Any], *results: Mapping[str, Any]) -> dict[str, Any]:
    """The patient with these results in place of all that have the same codes."""
    codes = {result["code"] for result in results}
    kept = [result for result in patient["observations"] if result["code"] not in codes]
    return {**patient, "observations": [*kept, *results]}


def without_results(patient: Mapping[str, Any], *codes: str) -> dict[str, Any]:
    return {**patient, "observations": [result for result in patient["observations"] if result["code"] not in codes]}


def adding(patient: Mapping[str, Any], **more: list[dict[str, Any]]) -> dict[str, Any]:
    """The patient with more conditions, therapies or events."""
    return {**patient, **{name: [*patient.get(name, []), *entries] for name, entries in more.items()}}
