"""The renal inclusion of the CAR-DNT trial and the renal part of its exclusion say the same from both sides."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.eligibility.rules import TrialRules
from tests.eligibility.patients import TODAY
from tests.registry.outcomes import match, rules_of

RENJI = rules_of("car-dnt-cd19-shanghai-renji")
TWINS = TrialRules(RENJI.id, tuple(rule for rule in RENJI.criteria if rule.key in ("inc-3g", "exc-4a")))

dates = st.one_of(
    st.none(), st.dates(date(2026, 11, 1), TODAY).map(date.isoformat), st.sampled_from(["2026-11", "2026"])
)


def values(numbers: st.SearchStrategy[float]) -> st.SearchStrategy[float | str]:
    """Exact ones, and those of which only a bound is known."""
    bounded = st.tuples(st.sampled_from(["<", ">", "<=", ">="]), numbers).map(lambda pair: f"{pair[0]}{pair[1]}")
    return st.one_of(numbers, numbers, bounded)


@st.composite
def creatinines(draw: st.DrawFn) -> dict[str, Any]:
    unit, upper = draw(st.sampled_from([("mg/dL", 1.2), ("umol/L", 100)]))
    times = draw(values(st.integers(5, 40).map(lambda tenths: round(upper * tenths / 10, 2))))
    result: dict[str, Any] = {"code": "creatinine", "value": times, "unit": unit, "date": draw(dates)}
    if draw(st.booleans()):
        result["upper_limit"] = upper
    if draw(st.integers(0, 4)) == 0:
        del result["value"]
        result["interpretation"] = draw(st.sampled_from(["high", "normal"]))
    return result


@st.composite
def clearances(draw: st.DrawFn) -> dict[str, Any]:
    value = draw(values(st.one_of(st.integers(10, 150), st.just(60))))
    return {"code": "creatinine_clearance", "value": value, "unit": "mL/min", "date": draw(dates)}


@st.composite
def patients(draw: st.DrawFn) -> dict[str, Any]:
    """Kidneys of every kind, with whatever the computed clearance needs, or without it."""
    results = draw(st.lists(st.one_of(creatinines(), clearances()), max_size=4))
    person = {
        "sex": draw(st.sampled_from([None, "female", "male"])),
        "weight_kg": draw(st.sampled_from([None, 45, 60, 110])),
        "birth_date": draw(st.sampled_from([None, "1985", "1951-06-30", "2007-12"])),
    }
    return {name: value for name, value in person.items() if value is not None} | {"observations": results}


def test_the_renal_twins_agree_on_every_patient(vocabulary):
    @given(patients(), st.one_of(st.none(), st.integers(0, 14)))
    def agree(patient, days_ahead):
        milestones = {} if days_ahead is None else {"lymphodepletion": TODAY + timedelta(days=days_ahead)}
        found = match(TWINS, vocabulary, patient, milestones=milestones)
        admits, excludes = found.criteria["inc-3g"], found.criteria["exc-4a"]
        assert admits.outcome is excludes.outcome
        assert set(admits.reasons) == set(excludes.reasons)
        assert (admits.lapses_on, admits.expires_on) == (excludes.lapses_on, excludes.expires_on)

    agree()
