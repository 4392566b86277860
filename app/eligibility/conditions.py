"""The condition leaf: whether an instance on record is the one meant, with its properties, at its time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from app.eligibility.criteria import ConditionIs, ConditionState
from app.eligibility.dates import DayRange
from app.eligibility.facts import Instance
from app.eligibility.findings import Evidence, MissingFact
from app.eligibility.instances import Silence, Tested, Why, all_met, held, stated
from app.eligibility.periods import (
    NO_DAYS,
    SURELY,
    SURELY_NOT,
    UNKNOWN,
    Between,
    Period,
    Reach,
    covers,
    dates_as_sent,
    partly_known,
    period,
)
from app.eligibility.situation import Situation
from app.vocabulary.enumerations import ConditionStatus, Milestone, Reason
from app.vocabulary.terms import Vocabulary

_OVER = frozenset({ConditionStatus.RESOLVED, ConditionStatus.REMISSION})
_REVIEWED = Silence(SURELY_NOT, (), (Evidence("conditions", "reviewed"),))


@dataclass(frozen=True, slots=True)
class ConditionTest:
    """A condition leaf with its codes looked up.

    `codes`: the code and all below it, but what `other_than` names and what is below that. `vague`: those of them that
    are broader than something in `other_than`, so that an instance may be just that. `groups`: conditions above the
    code that leave their kind open, so that an instance may be of this one. `shown`: codes that results can show.
    """

    node: ConditionIs
    reach: Reach
    codes: tuple[str, ...]
    code_set: frozenset[str]
    vague: frozenset[str]
    groups: tuple[str, ...]
    above: tuple[str, ...]
    shown: tuple[str, ...]
    of_this_kind: tuple[MissingFact, ...]
    unheard: Silence
    kind: str = "condition"

    @classmethod
    def of(cls, node: ConditionIs, anchor: Milestone, vocabulary: Vocabulary) -> "ConditionTest":
        """Looks the codes up; they are known to be in the vocabulary."""
        left_out = frozenset[str]().union(*(vocabulary.condition_descendants(code) for code in node.other_than))
        broader = frozenset[str]().union(*(vocabulary.condition_ancestors(code) for code in node.other_than))
        codes = vocabulary.condition_descendants(node.code) - left_out
        return cls(
            node,
            Reach.of(node.window, anchor),
            tuple(sorted(codes)),
            codes,
            codes & broader,
            tuple(sorted(vocabulary.condition_groups(node.code))),
            tuple(sorted(vocabulary.condition_ancestors(node.code))),
            tuple(sorted(codes.intersection(vocabulary.signs))),
            (MissingFact(node.code, "condition", Reason.IMPRECISE),),
            Silence(UNKNOWN, (MissingFact(node.code, "condition", Reason.MISSING),)),
        )

    @property
    def usual_silences(self) -> tuple[Silence, ...]:
        return _REVIEWED, self.unheard

    def candidates(self, situation: Situation) -> Sequence[Instance]:
        record = situation.facts.conditions
        found = held(self.codes, self.code_set, record)
        groups = [code for code in self.groups if code in record]
        # Where the list is not complete, silence leaves open what a group does.
        if groups and "conditions" in situation.facts.reviewed and self._denial(situation) is None:
            found += groups
        return [instance for code in found for instance in record[code] if instance.present]

    def parts(self, item: Instance, situation: Situation) -> Iterator[Between]:
        """That it is what is left after `other_than`, of this kind, with the properties, and there in time."""
        yield UNKNOWN if item.code in self.vague else SURELY
        yield UNKNOWN if item.code in self.groups else SURELY
        yield self._properties(item, situation.facts.as_of)
        yield self._in_time(item, situation)

    def test(self, item: Instance, situation: Situation) -> Tested:
        parts = tuple(self.parts(item, situation))
        undated = Reason.IMPRECISE if item.until or not is_over(item) else Reason.UNDATED
        whys: tuple[Why, ...] = (Reason.IMPRECISE, self.of_this_kind, Reason.MISSING, undated)
        between, reasons, missing = all_met(zip(parts, whys, strict=True))
        when = parts[-1]
        if between == SURELY_NOT and when != SURELY_NOT:
            return Tested(between)
        days = self._changes(item, when, situation)
        cannot_change = self.node.state is ConditionState.EVER and self.node.window is None and not self._can_change
        return Tested(between, reasons, days, cannot_change, partly_known(item.until_text, days, when), missing)

    def exempting_parts(self, item: Instance, situation: Situation) -> Iterator[Between]:
        """That it is what is excepted, with the properties, and there in a window that is stated."""
        yield self._is_excepted(item)
        yield self._properties(item, situation.facts.as_of)
        yield SURELY if self.node.window is None else self._in_time(item, situation)

    def _is_excepted(self, item: Instance) -> Between:
        if item.code in self.code_set:
            return UNKNOWN if item.code in self.vague else SURELY
        return UNKNOWN if item.code in self.above else SURELY_NOT

    def exempts(self, item: Instance, situation: Situation) -> Tested:
        if self._is_excepted(item) == SURELY_NOT:
            return Tested(SURELY_NOT, fixed=True)
        parts = tuple(self.exempting_parts(item, situation))
        between, reasons, _ = all_met(zip(parts, (Reason.IMPRECISE, Reason.MISSING, Reason.IMPRECISE), strict=True))
        days = NO_DAYS if self.node.window is None else self._changes(item, parts[-1], situation)
        return Tested(between, reasons, days)

    def silence(self, situation: Situation) -> Silence:
        said = self._said(situation)
        signs = situation.facts.signs
        shown = [result.evidence() for code in self.shown if code in signs for result in signs[code]]
        if not shown or said.between == UNKNOWN:
            return said
        conflicting = (MissingFact(self.node.code, "condition", Reason.CONFLICTING),)
        return Silence(UNKNOWN, conflicting, (*said.evidence, *shown))

    def _said(self, situation: Situation) -> Silence:
        """What statements about conditions say of those that are not on record."""
        if "conditions" in situation.facts.reviewed:
            return _REVIEWED
        denial = self._denial(situation)
        return self.unheard if denial is None else Silence(SURELY_NOT, (), (self.evidence(denial),))

    def _denial(self, situation: Situation) -> Instance | None:
        """What states that there was nothing of it in all the time looked at."""
        record = situation.facts.conditions
        for code in self.above:
            for statement in record.get(code, ()):
                if not statement.present and covers(
                    statement.since, statement.until, self._looked_at(situation), self.reach.last_today(situation)
                ):
                    return statement
        return None

    def evidence(self, item: Instance) -> Evidence:
        value = "absent" if not item.present else item.status.value if item.status else "present"
        return Evidence(item.code, value, date=dates_as_sent(item.since_text, item.until_text))

    @property
    def _can_change(self) -> bool:
        node = self.node
        return bool(node.status) or node.adequately_treated is not None or node.systemic_therapy is not None

    @property
    def _on_the_day(self) -> bool:
        return self.node.window is None and self.node.state is ConditionState.ACTIVE

    def _looked_at(self, situation: Situation) -> tuple[date, date]:
        first, last = self.reach.days(situation)
        return (last, last) if self._on_the_day else (first, last)

    def _properties(self, item: Instance, as_of: date) -> Between:
        node = self.node
        tests = []
        if node.status:
            tests.append(stated(_status(item, as_of), node.status))
        if node.severity:
            tests.append(stated(item.severity, node.severity))
        if node.criteria_set is not None:
            # Somebody classified by other criteria may meet these too.
            tests.append(SURELY if item.criteria_set is node.criteria_set else UNKNOWN)
        if node.adequately_treated is not None:
            tests.append(stated(item.adequately_treated, (node.adequately_treated,)))
        if node.systemic_therapy is not None:
            tests.append(stated(item.systemic_therapy, (node.systemic_therapy,)))
        return min(tests, default=SURELY)

    def _in_time(self, item: Instance, situation: Situation) -> Between:
        """Whether it was there at the time that is asked for."""
        if self._is_past(item, situation):
            return SURELY_NOT
        return stretch_of(item, situation.facts.as_of).meets(*self._looked_at(situation))

    def _is_past(self, item: Instance, situation: Situation) -> bool:
        """Whether it is over, and asked for as it is today or later."""
        return self._on_the_day and is_over(item) and self._looked_at(situation)[1] >= situation.facts.as_of

    def _changes(self, item: Instance, when: Between, situation: Situation) -> frozenset[date]:
        """The days on which `when` it was there may change."""
        if self._is_past(item, situation):
            return NO_DAYS
        stretch = stretch_of(item, situation.facts.as_of)
        if when == SURELY and stretch.end_last == date.max:
            return NO_DAYS
        changes = set(self.reach.changes(situation, stretch))
        if self._on_the_day:
            changes |= {date.fromordinal(end.toordinal() + 1) for end in stretch.ends if date.min < end < date.max}
        return situation.later_days(self.reach.milestone, changes)


def is_over(item: Instance) -> bool:
    """Whether it is stated to be a thing of the past."""
    return item.status in _OVER


def _status(item: Instance, as_of: date) -> ConditionStatus | None:
    """The status as stated; without one, it is active if it has no end, and resolved if that has passed."""
    if item.status is not None or item.until is None:
        return item.status or ConditionStatus.ACTIVE
    return ConditionStatus.RESOLVED if item.until.last < as_of else None


def stretch_of(item: Instance, known_by: date) -> Period:
    """When a condition was there. What is over has ended by the day of the request."""
    until = item.until
    if until is not None and is_over(item) and until.first <= known_by < until.last:
        until = DayRange(until.first, known_by)
    return period(item.since, until, known_by=known_by, ongoing=not is_over(item))
