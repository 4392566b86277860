"""A made-up catalogue of criteria and made-up patients for the matching benchmark, the same for the same seed.

Twenty criteria a trial, 38 leaves or so. A hundred thousand trials have some nine thousand distinct leaves.
"""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from random import Random

from pydantic import TypeAdapter

from app.eligibility.criteria import Expression
from app.eligibility.patient import Patient
from app.eligibility.rules import CriterionRule, TrialRules
from app.vocabulary.enumerations import CriterionKind, Milestone
from app.vocabulary.terms import ObservationKind, Vocabulary

TODAY = date(2026, 11, 21)
Json = dict[str, object]
KINDS = (CriterionKind.INCLUSION,) * 12 + (CriterionKind.EXCLUSION,) * 8
"""Of the criteria of every trial."""
_EXPRESSION: TypeAdapter[Expression] = TypeAdapter(Expression)


class Generated:
    """Makes criteria, trials and patients out of a vocabulary's codes."""

    def __init__(self, vocabulary: Vocabulary, seed: int = 1) -> None:
        self._chance = Random(seed)  # noqa: S311 - nothing here is secret
        self._measured = [
            term
            for term in vocabulary.observations.values()
            if term.kind is ObservationKind.QUANTITY and term.plausible and term.code not in _COMPUTED
        ][:24]
        parents = {parent for term in vocabulary.conditions.values() for parent in term.parents}
        self._conditions = [code for code in vocabulary.conditions if code not in parents]
        self._agents = list(vocabulary.agents)
        self._events = list(vocabulary.events)

    def trials(self, count: int) -> Iterator[TrialRules]:
        """Trials with twelve inclusions and eight exclusions each."""
        for number in range(count):
            criteria = tuple(
                CriterionRule(f"{kind[:3]}-{place}", kind, Milestone.SCREENING, _parsed(json.dumps(self._expression())))
                for place, kind in enumerate(KINDS)
            )
            yield TrialRules(f"trial-{number}", criteria)

    def patient(self) -> Patient:
        """Someone with some 850 facts, all of them exact and dated."""
        return self._patient(results=(8, 20), conditions=60, agents=100, courses=2, events=20)

    def visitor(self) -> Patient:
        """Someone with some 60 facts, as of one visit and a short history."""
        return self._patient(results=(1, 1), conditions=8, agents=16, courses=1, events=1)

    def _patient(self, *, results: tuple[int, int], conditions: int, agents: int, courses: int, events: int) -> Patient:
        chance = self._chance
        observations: list[Json] = []
        for term in self._measured:
            limit = self._some_value(term.code) if chance.random() < 0.7 else None
            observations += [
                {
                    "code": term.code,
                    "value": self._some_value(term.code),
                    "unit": term.unit,
                    "upper_limit": limit,
                    "date": self._some_day(),
                }
                for _ in range(chance.randint(*results))
            ]
        return Patient.model_validate(
            {
                "birth_date": f"{chance.randint(1940, 2015)}-0{chance.randint(1, 9)}-15",
                "sex": chance.choice(("female", "male")),
                "observations": observations,
                "conditions": [{"code": code} for code in chance.sample(self._conditions, conditions)],
                "therapies": [
                    {"agent": agent, "start": "2020-01-01", "end": self._some_day()}
                    for agent in chance.sample(self._agents, agents)
                    for _ in range(courses)
                ],
                "events": [
                    {"code": code, "date": self._some_day()}
                    for code in chance.sample(self._events, 12)
                    for _ in range(events)
                ],
                "reviewed": chance.choice(([], ["conditions", "therapies", "events"])),
            }
        )

    def _some_day(self) -> str:
        return (TODAY - timedelta(days=self._chance.randint(1, 900))).isoformat()

    def _some_value(self, code: str) -> float:
        """One of a hundred values, evenly spread over what is plausible, so that thresholds are met exactly too."""
        [bounds] = [term.plausible for term in self._measured if term.code == code]
        if bounds is None:
            raise ValueError(code)
        step = (bounds.high - bounds.low) / 102
        return float(round(bounds.low + step * self._chance.randint(1, 100), 4))

    def _expression(self) -> Json:
        chance, draw = self._chance, self._chance.random()
        if draw < 0.5:
            return self._leaf()
        branches = [self._leaf() for _ in range(chance.choice((2, 2, 3, 4)))]
        if draw < 0.75:
            return {"kind": "any_of", "of": branches}
        if draw < 0.92:
            return {"kind": "all_of", "of": branches}
        if draw < 0.96:
            return {"kind": "at_least", "n": 2, "of": branches}
        return {"kind": "not", "of": branches[0]}

    def _leaf(self) -> Json:
        chance, draw = self._chance, self._chance.random()
        if draw < 0.55:
            code = chance.choice(self._measured).code
            comparator = chance.choice(("ge", "le", "gt", "lt"))
            if draw < 0.12:
                value: Json = {"value": chance.choice((1, 1.5, 2, 2.5, 3, 5)), "relative_to": "uln"}
            else:
                unit = next(term.unit for term in self._measured if term.code == code)
                value = {"value": self._some_value(code), "unit": unit}
            return {"kind": "observation", "code": code, "threshold": {"comparator": comparator, **value}}
        if draw < 0.7:
            return {"kind": "condition", "code": chance.choice(self._conditions)}
        window = {"within": {"value": chance.choice(_WINDOWS), "unit": "days"}}
        if draw < 0.85:
            return {"kind": "therapy", "agents": [chance.choice(self._agents)], "window": window}
        if draw < 0.95:
            return {"kind": "event", "codes": [chance.choice(self._events)], "window": window}
        return {"kind": "age", "min_years": chance.randint(5, 25), "max_years": chance.randint(50, 80)}


_COMPUTED = {"egfr", "creatinine_clearance", "bmi"}
_WINDOWS = (7, 14, 28, 30, 42, 56, 60, 84, 90, 112, 120, 168, 180, 365)


@lru_cache(maxsize=500_000)
def _parsed(text: str) -> Expression:
    return _EXPRESSION.validate_json(text)
