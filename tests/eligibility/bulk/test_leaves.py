"""Each leaf in bulk stands as it stands explained: on records that crowd on few codes and days, of many close tests."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.eligibility.bulk.leaves import Leaves
from app.eligibility.bulk.plan import LeafSlot
from app.eligibility.dates import Calendar
from app.eligibility.evaluate import prepare, read
from app.eligibility.facts import PatientFacts
from app.eligibility.situation import Situation
from app.vocabulary.enumerations import Milestone
from app.vocabulary.terms import Vocabulary
from tests.eligibility.asking import EXPRESSIONS
from tests.eligibility.law import Terms, law
from tests.eligibility.patient_strategies import facts_or_none, patients
from tests.eligibility.patients import TODAY, facts_of
from tests.eligibility.strategies import (
    AGENTS,
    CLASSES,
    CONDITIONS,
    EVENTS,
    LEAVES,
    MILESTONES,
    REVIEWABLE,
    STATUSES,
    Node,
    days,
    some_of,
    stated,
)

LAST_DAYS = ["2026-11-21", "2026-11-20", "2026-11-14", "2026-11-13", "2026-10-21", "2026-11", "2026-10", "2026"]
SPANS = st.one_of(
    st.fixed_dictionaries({"value": st.sampled_from([1, 6, 7, 8, 31, 92]), "unit": st.just("days")}),
    st.fixed_dictionaries({"value": st.sampled_from([1, 3, 13]), "unit": st.just("months")}),
)
WINDOWS = stated(within=SPANS, before=MILESTONES)
HALF_LIVES = st.fixed_dictionaries({"value": st.sampled_from([1, 5]), "unit": st.just("half_lives")})
MEASURED: dict[str, tuple[str, list[float]]] = {
    "hemoglobin": ("g/L", [84, 84.5, 85, 85.5, 100]),
    "alt": ("U/L", [10, 20, 40, 41, 80]),
    "creatinine_clearance": ("mL/min", [30, 59, 60, 90]),
    "creatinine": ("umol/L", [60, 88.4, 120]),
    "egfr": ("mL/min/{1.73_m2}", [30, 60, 90]),
    "spo2": ("%", [92, 94, 95]),
}


def close_thresholds() -> st.SearchStrategy[Node]:
    def of(code: str) -> st.SearchStrategy[Node]:
        unit, values = MEASURED[code]
        sign = st.sampled_from(["lt", "le", "eq", "ge", "gt"])
        absolute = st.tuples(sign, st.sampled_from(values)).map(
            lambda parts: {"comparator": parts[0], "value": parts[1], "unit": unit}
        )
        multiple = st.tuples(sign, st.sampled_from([0.5, 1, 1.5, 2]), st.sampled_from(["uln", "lln"])).map(
            lambda parts: {"comparator": parts[0], "value": parts[1], "relative_to": parts[2]}
        )
        asked = stated(window=WINDOWS, room_air=st.booleans()) if code == "spo2" else stated(window=WINDOWS)
        return st.tuples(st.one_of(absolute, multiple), asked).map(
            lambda parts: {"kind": "observation", "code": code, "threshold": parts[0]} | parts[1]
        )

    return st.sampled_from(list(MEASURED)).flatmap(of)


def close_windows() -> st.SearchStrategy[Node]:
    """Leaves that ask for nothing but what there was, and when."""
    therapy_windows = st.one_of(WINDOWS, st.fixed_dictionaries({"within": HALF_LIVES}, optional={"before": MILESTONES}))
    named = st.one_of(
        some_of(AGENTS).map(lambda agents: {"agents": agents}),
        some_of(CLASSES, most=2).map(lambda classes: {"classes": classes}),
    )
    return st.one_of(
        st.tuples(named, stated(window=therapy_windows)).map(lambda parts: {"kind": "therapy"} | parts[0] | parts[1]),
        st.tuples(some_of(EVENTS, most=2), stated(window=WINDOWS)).map(
            lambda parts: {"kind": "event", "codes": parts[0]} | parts[1]
        ),
        st.tuples(st.sampled_from(CONDITIONS), stated(window=WINDOWS, state=st.sampled_from(["active", "ever"]))).map(
            lambda parts: {"kind": "condition", "code": parts[0]} | parts[1]
        ),
        stated(window=WINDOWS, state=st.sampled_from(["active", "ever"])).map(
            lambda parts: {"kind": "condition", "code": "autoimmune_disease", "other_than": ["sle"]} | parts
        ),
    )


def crowded() -> st.SearchStrategy[Node]:
    """Patients with several results a code, courses an agent and entries a condition, on few days."""
    when = stated(date=st.sampled_from(LAST_DAYS))

    def result(code: str) -> st.SearchStrategy[Node]:
        unit, values = MEASURED[code]
        bounds = [f"{sign}{value}" for sign in ("<", "<=", ">", ">=") for value in values]
        value = st.one_of(st.sampled_from(values), st.sampled_from(values), st.sampled_from(bounds))
        limits = stated(lower_limit=st.just(values[0]), upper_limit=st.sampled_from(values[1:]))
        words = st.sampled_from(["low", "normal", "high"]).map(lambda word: {"interpretation": word})
        air = stated(room_air=st.booleans()) if code == "spo2" else st.just({})
        stated_so = st.one_of(value.map(lambda number: {"value": number}), words)
        return st.tuples(stated_so, limits, when, air).map(
            lambda parts: {"code": code, "unit": unit} | parts[0] | parts[1] | parts[2] | parts[3]
        )

    dated = stated(start=st.sampled_from(["2025", "2026-10", "2026-11-13"]), end=st.sampled_from(LAST_DAYS))
    known = stated(since=st.sampled_from(["2025", "2026-10", "2026-11-13"]), until=st.sampled_from(LAST_DAYS))
    return st.fixed_dictionaries(
        {
            "observations": st.lists(st.sampled_from(list(MEASURED)).flatmap(result), max_size=8),
            "therapies": st.lists(
                st.tuples(st.sampled_from(AGENTS), dated).map(lambda parts: {"agent": parts[0]} | parts[1]), max_size=4
            ),
            "conditions": st.lists(
                st.tuples(st.sampled_from(CONDITIONS), known, stated(status=st.sampled_from(STATUSES))).map(
                    lambda parts: {"code": parts[0]} | parts[1] | parts[2]
                ),
                max_size=4,
            ),
            "events": st.lists(
                st.tuples(st.sampled_from(EVENTS), dated).map(lambda parts: {"code": parts[0]} | parts[1]), max_size=3
            ),
            "reviewed": some_of(REVIEWABLE, 0, 3),
        },
        optional={
            "sex": st.just("female"),
            "birth_date": st.sampled_from(["1961-11-21", "2008-11", "2010"]),
            "weight_kg": st.just(60),
            "height_cm": st.just(150),
        },
    )


@law
@given(
    nodes=st.lists(st.one_of(close_thresholds(), close_windows(), LEAVES), min_size=1, max_size=30),
    anchor=st.sampled_from(list(Milestone)),
    patient=st.one_of(crowded(), crowded(), patients()),
    milestones=st.dictionaries(
        st.sampled_from(list(Milestone)), days(TODAY - timedelta(days=40), TODAY + timedelta(days=40)), max_size=3
    ),
)
def test_every_leaf_stands_as_it_stands_explained(
    nodes: list[Node], anchor: Milestone, patient: Node, milestones: dict[Milestone, date], terms: Terms
) -> None:
    facts = facts_or_none(patient, terms.vocabulary)
    if facts is not None:
        agree(nodes, anchor, facts, milestones, terms.vocabulary)


@pytest.mark.parametrize("status", ["resolved", "remission", "active", None])
def test_a_condition_that_was_there_on_a_milestone_of_the_past_may_be_over_today(
    status: str | None, vocabulary: Vocabulary
) -> None:
    node = {"kind": "condition", "code": "sle"}
    said = {"code": "sle", "since": "2026-01", "until": "2026-11-10"} | ({"status": status} if status else {})
    if status == "active":
        del said["until"]
    facts = facts_of(vocabulary, conditions=[said])
    for day in (date(2026, 11, 1), date(2026, 11, 15), TODAY):
        agree([node], Milestone.CONSENT, facts, {Milestone.CONSENT: day}, vocabulary)


@pytest.mark.parametrize("words", [{}, {"interpretation": "high"}, {"upper_limit": 40}])
def test_limits_and_words_of_a_laboratory_that_do_not_fit_each_other(words: Any, vocabulary: Vocabulary) -> None:
    nodes: list[Node] = [
        {"kind": "observation", "code": "alt", "threshold": {"comparator": sign, "value": value} | unit}
        for sign in ("lt", "le", "eq", "ge", "gt")
        for value, unit in (
            (40, {"unit": "U/L"}),
            (1, {"relative_to": "uln"}),
            (1.5, {"relative_to": "uln"}),
            (1.5, {"relative_to": "lln"}),
        )
    ]
    for value in (10, 40, "<40", ">=40", 0):
        result = {"code": "alt", "value": value, "unit": "U/L", "date": "2026-11-20"} | words
        facts = facts_or_none({"observations": [result]}, vocabulary)
        if facts is not None:
            for some in (nodes, *([node] for node in nodes)):
                agree(some, Milestone.SCREENING, facts, {}, vocabulary)


def agree(
    nodes: list[Node],
    anchor: Milestone,
    facts: PatientFacts,
    milestones: dict[Milestone, date],
    vocabulary: Vocabulary,
) -> None:
    slots: list[LeafSlot] = [LeafSlot(EXPRESSIONS.validate_python(node), anchor) for node in nodes]  # type: ignore[arg-type]  # leaves only
    situation = Situation.now(facts, Calendar(TODAY, milestones))
    found = Leaves(slots, vocabulary).verdicts(situation).tolist()
    explained = [int(read(prepare(slot.leaf, vocabulary, anchor), situation).verdict) for slot in slots]
    assert [one for one in zip(nodes, found, explained, strict=True) if one[1] != one[2]] == []
