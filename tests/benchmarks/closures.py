"""The contestant: each criterion as plain Python closures over flat facts, as one would write them by hand.

They know exact values and whole dates alone, which is all that the generated patients have.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from operator import ge, gt, le, lt

from app.eligibility.criteria import (
    Age,
    AllOf,
    AnyOf,
    AtLeast,
    ConditionIs,
    Event,
    Expression,
    Not,
    Observation,
    Therapy,
)
from app.eligibility.patient import Patient
from app.eligibility.rules import TrialRules
from app.vocabulary.dates import day_range
from app.vocabulary.enumerations import CriterionKind
from tests.benchmarks.generated import TODAY

Closure = Callable[["Flat"], int]
_COMPARE = {"ge": ge, "gt": gt, "le": le, "lt": lt}


class Flat:
    """A patient's facts by code: latest values with their limits, active conditions, last days of therapies, events."""

    def __init__(self, patient: Patient) -> None:
        self.values: dict[str, list[tuple[Decimal, Decimal | None]]] = {}
        latest: dict[str, str] = {}
        for fact in patient.observations:
            day = fact.date or ""
            if day > latest.get(fact.code, ""):
                latest[fact.code] = day
                self.values[fact.code] = []
            if day == latest[fact.code]:
                self.values[fact.code].append((Decimal(str(fact.value)), fact.upper_limit))
        self.conditions = {fact.code for fact in patient.conditions}
        self.therapies: dict[str, list[date]] = {}
        for course in patient.therapies:
            self.therapies.setdefault(course.agent, []).append(date.fromisoformat(course.end or "9999-12-31"))
        self.events: dict[str, list[date]] = {}
        for event in patient.events:
            self.events.setdefault(event.code, []).append(date.fromisoformat(event.date or ""))
        self.silence = -1 if patient.reviewed else 0
        birth = day_range(patient.birth_date or "")[0]
        self.age = TODAY.year - birth.year - ((TODAY.month, TODAY.day) < (birth.month, birth.day))


def closures_of(trial: TrialRules) -> list[Closure]:
    """One closure a criterion: 1 passes, -1 fails, 0 unknown."""
    made = [_closure(rule.expression) for rule in trial.criteria if rule.expression is not None]
    return [
        closure if rule.kind is CriterionKind.INCLUSION else _negated(closure)
        for rule, closure in zip(trial.criteria, made, strict=True)
    ]


def _negated(closure: Closure) -> Closure:
    return lambda facts: -closure(facts)


def _closure(node: Expression) -> Closure:
    match node:
        case AllOf():
            parts = [_closure(part) for part in node.of]
            return lambda facts: min([part(facts) for part in parts])
        case AnyOf():
            parts = [_closure(part) for part in node.of]
            return lambda facts: max([part(facts) for part in parts])
        case AtLeast():
            return _at_least(node.n, [_closure(part) for part in node.of])
        case Not():
            return _negated(_closure(node.of))
        case Observation():
            return _observation(node)
        case ConditionIs():
            code = node.code
            return lambda facts: 1 if code in facts.conditions else facts.silence
        case Therapy():
            agent, first = node.agents[0], TODAY - timedelta(days=_days(node))
            return lambda facts: _in_window(facts.therapies.get(agent), first, facts.silence)
        case Event():
            event, since = node.codes[0], TODAY - timedelta(days=_days(node))
            return lambda facts: _in_window(facts.events.get(event), since, facts.silence)
        case Age():
            youngest, oldest = node.min_years or 0, node.max_years or 999
            return lambda facts: 1 if youngest <= facts.age <= oldest else -1
        case _:
            raise TypeError(node.kind)


def _days(node: Therapy | Event) -> int:
    return int(node.window.within.value) if node.window and node.window.within else 0


def _at_least(n: int, parts: Sequence[Closure]) -> Closure:
    def closure(facts: Flat) -> int:
        found = [part(facts) for part in parts]
        return 1 if found.count(1) >= n else -1 if len(found) - found.count(-1) < n else 0

    return closure


def _in_window(days: list[date] | None, first: date, silence: int) -> int:
    if days is None:
        return silence
    return 1 if any(first <= day for day in days) else silence


def _observation(node: Observation) -> Closure:
    if node.threshold is None:
        raise TypeError(node.kind)
    code, compare = node.code, _COMPARE[node.threshold.comparator]
    value, relative = node.threshold.value, node.threshold.relative_to is not None

    def closure(facts: Flat) -> int:
        results = facts.values.get(code)
        if not results:
            return 0
        found = set()
        for result, limit in results:
            if not relative:
                found.add(1 if compare(result, value) else -1)
            elif limit is None:
                found.add(0)
            else:
                found.add(1 if compare(result, value * limit) else -1)
        return found.pop() if len(found) == 1 else 0

    return closure
