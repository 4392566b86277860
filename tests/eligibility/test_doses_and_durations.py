"""Doses, durations and counts of therapies, as tables. The patient weighs 60 kg; the day is 21 November 2026."""

from datetime import date

import pytest

from tests.eligibility.asking import Told, ask, exclusion, expression, inclusion, stand, verdict, within

REVIEWED = ["therapies"]


def course(agent: str, **properties: object) -> Told:
    return {"agent": agent} | properties


def mg(value: float, unit: str = "mg/d") -> Told:
    return {"value": value, "unit": unit}


def asked(vocabulary, node, *courses, reviewed=True, weight=60, **patient):
    person = {"weight_kg": weight} if weight else {}
    return verdict(
        ask(vocabulary, node, therapies=list(courses), reviewed=REVIEWED if reviewed else [], **person, **patient)
    )


HIGH_DOSE = expression(
    kind="therapy",
    classes=["glucocorticoid"],
    dose={"comparator": "ge", "value": 100, "unit": "mg/d", "prednisone_equivalent": True},
    window=within(6, "months"),
)
PER_KG = expression(
    kind="therapy",
    classes=["glucocorticoid"],
    dose={"comparator": "ge", "value": 1, "unit": "mg/kg/d", "prednisone_equivalent": True},
    duration={"comparator": "ge", "value": 3, "unit": "months"},
)


@pytest.mark.parametrize(
    ("courses", "expected"),
    [
        ([course("prednisone", start="2026-10-01", dose=mg(100))], "yes"),
        ([course("prednisone", start="2026-10-01", dose=mg(99))], "no"),
        # 80 mg of methylprednisolone are 100 mg of prednisone
        ([course("methylprednisolone", start="2026-10-01", dose=mg(80))], "yes"),
        ([course("methylprednisolone", start="2026-10-01", dose=mg(79))], "no"),
        # concurrent ones are summed, consecutive ones are not
        (
            [
                course("prednisone", start="2026-10-01", end="2026-10-10", dose=mg(60)),
                course("methylprednisolone", start="2026-10-10", end="2026-10-20", dose=mg(32)),
            ],
            "yes",
        ),
        (
            [
                course("prednisone", start="2026-10-01", end="2026-10-09", dose=mg(60)),
                course("methylprednisolone", start="2026-10-10", end="2026-10-20", dose=mg(32)),
            ],
            "no",
        ),
        # both ran at once, but before the window
        (
            [
                course("prednisone", start="2026-01-01", dose=mg(60)),
                course("methylprednisolone", start="2026-02-01", end="2026-05-01", dose=mg(32)),
            ],
            "no",
        ),
        # whether they ran at once depends on a day that is not known
        (
            [
                course("prednisone", start="2026-10-01", end="2026-10", dose=mg(60)),
                course("methylprednisolone", start="2026-10-20", end="2026-11-02", dose=mg(32)),
            ],
            "unknown: imprecise",
        ),
        ([course("prednisone", start="2026-10-01")], "unknown: missing"),
        ([course("prednisone", start="2026-10-01", dose=mg(100)), course("hydrocortisone")], "yes"),
        ([course("prednisone", start="2026-10-01", dose=mg(10)), course("hydrocortisone")], "unknown: missing"),
        ([course("prednisone", start="2026-10-01", dose=mg(2, "mg/kg/d"))], "yes"),
        ([], "no"),
    ],
)
def test_concurrent_glucocorticoids_are_summed_as_prednisone(vocabulary, courses, expected):
    assert asked(vocabulary, HIGH_DOSE, *courses) == expected


def test_one_more_glucocorticoid_may_be_too_much(vocabulary):
    at_most = expression(
        kind="therapy",
        classes=["glucocorticoid"],
        dose={"comparator": "le", "value": 10, "unit": "mg/d", "prednisone_equivalent": True},
        ongoing=True,
    )
    low = course("prednisone", start="2026-01-01", dose=mg(10))
    assert asked(vocabulary, at_most, low) == "yes"
    assert asked(vocabulary, at_most, low, reviewed=False) == "unknown: missing"


@pytest.mark.parametrize(
    ("courses", "expected"),
    [
        ([course("prednisone", start="2026-01-01", end="2026-04-01", dose=mg(60))], "yes"),
        ([course("prednisone", start="2026-01-01", end="2026-03-31", dose=mg(60))], "no"),
        ([course("prednisone", start="2026-01-01", end="2026-04-01", dose=mg(59))], "no"),
        # a change of dose, both high enough
        (
            [
                course("prednisone", start="2026-01-01", end="2026-02-14", dose=mg(80)),
                course("prednisone", start="2026-02-15", end="2026-04-01", dose=mg(60)),
            ],
            "yes",
        ),
        # one that is too low in between does not count
        (
            [
                course("prednisone", start="2026-01-01", end="2026-02-14", dose=mg(80)),
                course("prednisone", start="2026-02-15", end="2026-04-01", dose=mg(20)),
            ],
            "no",
        ),
        ([course("prednisone", start="2026-01", end="2026-04", dose=mg(60))], "unknown: imprecise"),
        ([course("prednisone", start="2026-01", end="2026-06", dose=mg(60))], "yes"),
    ],
)
def test_a_dose_per_weight_for_three_months(vocabulary, courses, expected):
    assert asked(vocabulary, PER_KG, *courses) == expected


def test_a_dose_per_weight_needs_the_weight(vocabulary):
    finding = ask(
        vocabulary, PER_KG, therapies=[course("prednisone", start="2025-01-01", dose=mg(60))], reviewed=REVIEWED
    )
    assert [(fact.fact, fact.kind, fact.reason) for fact in finding.missing] == [("weight", "observation", "missing")]


TWO_FOR_MONTHS = expression(
    kind="therapy",
    agents=["azathioprine", "methotrexate", "mycophenolate", "belimumab"],
    min_distinct=2,
    duration={"comparator": "ge", "value": 3, "unit": "months"},
)
LONG = {"start": "2026-01-01", "end": "2026-04-01"}
SHORT = {"start": "2026-01-01", "end": "2026-03-31"}


@pytest.mark.parametrize(
    ("courses", "reviewed", "expected"),
    [
        ([course("azathioprine", **LONG), course("methotrexate", **LONG)], True, "yes"),
        ([course("azathioprine", **LONG), course("methotrexate", **LONG)], False, "yes"),
        ([course("azathioprine", **LONG), course("methotrexate", **SHORT)], True, "no"),
        ([course("azathioprine", **LONG), course("methotrexate", **SHORT)], False, "unknown: missing"),
        # twice the same agent is one agent
        ([course("azathioprine", **LONG), course("azathioprine", start="2025", end="2025")], True, "no"),
        # three months each: the sum of that agent's own courses
        (
            [
                course("azathioprine", **LONG),
                course("methotrexate", start="2026-01-01", end="2026-02-16"),
                course("methotrexate", start="2026-05-01", end="2026-06-16"),
            ],
            True,
            "yes",
        ),
        # an overlap counts once
        (
            [
                course("azathioprine", **LONG),
                course("methotrexate", start="2026-01-01", end="2026-02-15"),
                course("methotrexate", start="2026-01-15", end="2026-03-01"),
            ],
            True,
            "no",
        ),
        ([course("azathioprine", **LONG), course("methotrexate", end="2026-01-01")], True, "unknown: undated"),
        ([course("azathioprine", **LONG), course("rituximab", **LONG)], True, "no"),
    ],
)
def test_two_different_agents_for_three_months_each(vocabulary, courses, reviewed, expected):
    assert asked(vocabulary, TWO_FOR_MONTHS, *courses, reviewed=reviewed) == expected


def test_more_than_six_months_is_not_six_months(vocabulary):
    node = expression(
        kind="therapy", agents=["azathioprine"], duration={"comparator": "gt", "value": 6, "unit": "months"}
    )
    assert asked(vocabulary, node, course("azathioprine", start="2026-01-01", end="2026-07-01")) == "no"
    assert asked(vocabulary, node, course("azathioprine", start="2026-01-01", end="2026-07-02")) == "yes"


def test_a_therapy_that_goes_on_comes_to_be_long_enough(vocabulary):
    node = expression(
        kind="therapy", agents=["azathioprine"], duration={"comparator": "ge", "value": 3, "unit": "months"}
    )
    patient: Told = {"therapies": [course("azathioprine", start="2026-10-05")], "reviewed": REVIEWED}
    finding = stand(vocabulary, inclusion(node), **patient)
    assert (finding.outcome, finding.lapses_on) == ("fails", date(2027, 1, 5))
    finding = stand(vocabulary, exclusion(node), **patient)
    assert (finding.outcome, finding.expires_on) == ("passes", date(2027, 1, 5))


@pytest.mark.parametrize(("reviewed", "expected"), [(True, "yes"), (False, "unknown: missing")])
def test_an_upper_bound_on_duration_needs_a_list_that_is_complete(vocabulary, reviewed, expected):
    node = expression(
        kind="therapy", agents=["azathioprine"], duration={"comparator": "le", "value": 3, "unit": "months"}
    )
    assert asked(vocabulary, node, course("azathioprine", **LONG), reviewed=reviewed) == expected


def test_a_dose_is_shown_as_it_was_sent_and_as_it_was_converted(vocabulary):
    patient: Told = {
        "therapies": [course("methylprednisolone", start="2026-10-01", dose=mg(80))],
        "reviewed": REVIEWED,
        "weight_kg": 60,
    }
    [evidence] = [one for one in ask(vocabulary, HIGH_DOSE, **patient).evidence if one.fact != "therapies"]
    assert (evidence.fact, evidence.value, evidence.date) == ("methylprednisolone", "80 mg/d", "since 2026-10-01")
    assert evidence.converted == "100 mg/day as prednisone"
    assert evidence.derivation is not None
    assert evidence.derivation.source
