"""How one criterion stands: its outcome, free of inclusion and exclusion, what people decided, and what cannot change.

A judgement or an undertaking is decided by a person's answer alone, and an answer decides nothing else: it is laid on
those leaves, on the side that it favours, and the data keep their say.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from app.eligibility.composites import DROPPED, LeafReader, Standing, as_found, fold
from app.eligibility.evaluate import Plan, read, read_later
from app.eligibility.findings import CriterionFinding, Finding
from app.eligibility.rules import CriterionRule
from app.eligibility.situation import Situation
from app.eligibility.verdicts import Verdict, negated
from app.vocabulary.enumerations import Outcome, Reason
from app.vocabulary.terms import Vocabulary

_ASKED_OF_PEOPLE = frozenset({"judgement", "undertaking"})
_PEOPLES_REASONS = frozenset({Reason.JUDGEMENT, Reason.UNDERTAKING})
_CLEARED = frozenset({Outcome.PASSES, Outcome.NOT_APPLICABLE})


@dataclass(slots=True)
class Assessed:
    """A criterion as it stands today, with all that is needed to ask how it will stand later."""

    rule: CriterionRule
    plan: Plan | None
    situation: Situation
    finding: Finding | None
    answer: Outcome | None
    outcome: Outcome
    to_confirm: bool
    answered: bool

    @property
    def fails(self) -> bool:
        return self.outcome is Outcome.FAILS

    def finding_on(self, day: date) -> Finding | None:
        """How its expression stands on a later day, with the facts of today."""
        if self.plan is None or self.finding is None:
            return None
        return read_later(self.plan, self.finding, self.situation.on(day))

    def outcome_of(self, finding: Finding, leaf: LeafReader = as_found) -> Outcome:
        """What a finding of its expression means, with the answer of today laid on it."""
        favourable = self.rule.favourable
        if self.answer is None or not self.answered:
            return outcome_of(fold(finding, leaf, favourable), favourable)
        return outcome_of(fold(finding, _answered(self.answer, leaf), favourable), favourable)


def assess(
    rule: CriterionRule, situation: Situation, vocabulary: Vocabulary, answer: Outcome | None = None
) -> Assessed:
    """A criterion today. `answer` is what a person decided: passes, fails, or not applicable."""
    return assess_plan(rule, rule.plan(vocabulary), situation, answer)


def assess_plan(
    rule: CriterionRule, plan: Plan | None, situation: Situation, answer: Outcome | None = None
) -> Assessed:
    """The same of a plan of the rule's expression that the caller has made ready."""
    if answer is Outcome.UNKNOWN:
        answer = None
    if plan is None:
        outcome = answer or Outcome.UNKNOWN
        return Assessed(rule, None, situation, None, answer, outcome, to_confirm=False, answered=answer is not None)
    finding, favourable = read(plan, situation), rule.favourable
    outcome = outcome_of((finding.verdict, finding.applicable), favourable)
    to_confirm = answered = False
    if outcome is Outcome.UNKNOWN and not _PEOPLES_REASONS.isdisjoint(finding.reasons):
        data_part = outcome_of(fold(finding, _without_people, favourable), favourable)
        if answer is None:
            to_confirm = data_part in _CLEARED
        else:
            outcome = _with_answer(finding, answer, data_part, favourable)
            answered = True
    return Assessed(rule, plan, situation, finding, answer, outcome, to_confirm, answered)


def outcome_of(standing: Standing, favourable: Verdict) -> Outcome:
    """What a verdict means for the patient; where it may not apply, a pass that holds either way is a pass."""
    verdict, applies = standing
    if applies is False:
        return Outcome.NOT_APPLICABLE
    if verdict is favourable:
        return Outcome.PASSES
    if verdict is Verdict.UNKNOWN or applies is None:
        return Outcome.UNKNOWN
    return Outcome.FAILS


def _with_answer(finding: Finding, answer: Outcome, data_part: Outcome, favourable: Verdict) -> Outcome:
    """What an answer makes of an outcome that was open; still unknown where the data leave it so."""
    if answer is Outcome.NOT_APPLICABLE:
        return answer if data_part in _CLEARED else Outcome.UNKNOWN
    outcome = outcome_of(fold(finding, _answered(answer), favourable), favourable)
    return answer if outcome is Outcome.UNKNOWN and data_part in _CLEARED else outcome


def _without_people(leaf: Finding, _favourable: Verdict | None) -> Standing:
    """The data part: judgements and undertakings are dropped."""
    return DROPPED if leaf.kind in _ASKED_OF_PEOPLE else (leaf.verdict, leaf.applicable)


def _answered(answer: Outcome, otherwise: LeafReader = as_found) -> LeafReader:
    """Judgements and undertakings as a person decided them."""

    def leaf_reader(leaf: Finding, favourable: Verdict | None) -> Standing:
        if leaf.kind not in _ASKED_OF_PEOPLE:
            return otherwise(leaf, favourable)
        if answer is Outcome.NOT_APPLICABLE:
            return DROPPED
        if favourable is None:
            return leaf.verdict, True
        return favourable if answer is Outcome.PASSES else negated(favourable), True

    return leaf_reader


def at_the_cautious_end(leaf: Finding, favourable: Verdict | None) -> Standing:
    """A leaf that partial dates leave open, as if the days were those that favour the criterion least."""
    if leaf.between is None or favourable is None:
        return leaf.verdict, leaf.applicable
    return leaf.between[0] if favourable is Verdict.YES else leaf.between[1], leaf.applicable


def _by_what_cannot_change(leaf: Finding, _favourable: Verdict | None) -> Standing:
    return leaf.verdict if leaf.fixed else Verdict.UNKNOWN, leaf.applicable


def is_permanent(assessed: Assessed) -> bool | None:
    """Whether what can no longer change alone gives the outcome, so that neither time nor a new result mends it.

    Such are a history (`ever`, without a window), an age above the limit, sex. What lapses by a date, a result that can
    be measured again, an active state and a person's answer can change. None where the outcome is unknown.
    """
    if assessed.outcome is Outcome.UNKNOWN:
        return None
    if assessed.finding is None or assessed.answered:
        return False
    finding, favourable = assessed.finding, assessed.rule.favourable
    if not finding.parts:
        return finding.fixed
    if assessed.outcome is not Outcome.NOT_APPLICABLE and not _holds_what_is_fixed(finding):
        return False
    return outcome_of(fold(finding, _by_what_cannot_change, favourable), favourable) is assessed.outcome


def _holds_what_is_fixed(finding: Finding) -> bool:
    return finding.fixed or any(map(_holds_what_is_fixed, finding.parts))


def reported(assessed: Assessed, *, lapses_on: date | None = None, expires_on: date | None = None) -> CriterionFinding:
    """The criterion's finding; `lapses_on` and `expires_on` come from its timeline."""
    finding = assessed.finding
    unknown = assessed.outcome is Outcome.UNKNOWN
    reasons = (Reason.UNSTRUCTURED,) if finding is None else finding.reasons
    if assessed.answered and finding is not None:
        reasons = tuple(reason for reason in reasons if reason not in _PEOPLES_REASONS)
    return CriterionFinding(
        key=assessed.rule.key,
        outcome=assessed.outcome,
        to_confirm=assessed.to_confirm,
        reasons=reasons if unknown else (),
        finding=finding,
        lapses_on=lapses_on,
        expires_on=expires_on,
        permanent=is_permanent(assessed),
        answered=assessed.answered and not unknown,
        old_results=() if unknown or finding is None else finding.old_results,
    )


def leaves(finding: Finding) -> Iterator[Finding]:
    """Every leaf of a tree, also those that do not apply."""
    if finding.kind in ("all_of", "any_of", "at_least", "not", "only_if"):
        for part in finding.parts:
            yield from leaves(part)
    else:
        yield finding
