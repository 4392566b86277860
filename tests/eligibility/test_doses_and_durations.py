"""Doses, durations and counts of therapies, as tables. The patient weighs 60 kg; the day is 21 November 2026."""

from datetime import date, timedelta

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
                course("prednisone", start="2026-10-01", end="2026-10-11", dose=mg(60)),
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
        ([course("prednisone", start="2026-01-01", end="2026-03-31", dose=mg(60))], "yes"),
        ([course("prednisone", start="2026-01-01", end="2026-03-30", dose=mg(60))], "no"),
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
        # 1 January to 31 March, or less
        ([course("prednisone", start="2026-01", end="2026-03", dose=mg(60))], "unknown: imprecise"),
        ([course("prednisone", start="2026-01", end="2026-04", dose=mg(60))], "unknown: imprecise"),
        ([course("prednisone", start="2026-01", end="2026-05", dose=mg(60))], "yes"),
        ([course("prednisone", start="2026-01", end="2026-02", dose=mg(60))], "no"),
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
LONG = {"start": "2026-01-01", "end": "2026-03-31"}
SHORT = {"start": "2026-01-01", "end": "2026-03-30"}


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


def given_for(comparator: str, value: float, unit: str):
    return expression(
        kind="therapy", agents=["azathioprine"], duration={"comparator": comparator, "value": value, "unit": unit}
    )


@pytest.mark.parametrize(
    ("start", "end", "length", "expected"),
    [
        # the first and the last day may both be counted, but of months they need not
        ("2025-01-01", "2025-03-31", (3, "months"), "just so long"),
        ("2025-01-15", "2025-04-14", (3, "months"), "just so long"),
        ("2025-01-15", "2025-04-13", (3, "months"), "shorter"),
        ("2025-01-15", "2025-04-15", (3, "months"), "just so long"),
        ("2025-01-15", "2025-04-16", (3, "months"), "longer"),
        ("2024-12-01", "2025-02-28", (3, "months"), "just so long"),
        # months are counted backward from the day after the last
        ("2025-08-31", "2025-11-29", (3, "months"), "shorter"),
        ("2025-08-30", "2025-11-29", (3, "months"), "just so long"),
        ("2025-01-01", "2025-12-31", (1, "years"), "just so long"),
        ("2025-01-01", "2025-01-14", (2, "weeks"), "just so long"),
        ("2025-01-01", "2025-01-13", (2, "weeks"), "shorter"),
        ("2025-01-01", "2025-01-15", (2, "weeks"), "longer"),
        ("2025-01-01", "2025-01-30", (30, "days"), "just so long"),
        ("2025-01-01", "2025-01-01", (1, "days"), "just so long"),
    ],
)
def test_a_course_is_as_long_as_a_coordinator_would_say(vocabulary, start, end, length, expected):
    answers = {
        comparator: asked(vocabulary, given_for(comparator, *length), course("azathioprine", start=start, end=end))
        for comparator in ("ge", "gt", "le", "lt", "eq")
    }
    true = {"shorter": {"le", "lt"}, "just so long": {"ge", "le", "eq"}, "longer": {"ge", "gt"}}[expected]
    assert {comparator for comparator, answer in answers.items() if answer == "yes"} == true
    assert set(answers.values()) == {"yes", "no"}


@pytest.mark.parametrize(
    ("stretches", "expected"),
    [
        # one after the other is one course
        ([("2025-01-01", "2025-02-28"), ("2025-03-01", "2025-03-31")], "just so long"),
        # two months and one month, though these are 90 days and March to May 92
        ([("2025-01-01", "2025-02-28"), ("2025-05-01", "2025-05-31")], "just so long"),
        ([("2025-01-01", "2025-02-28"), ("2025-05-01", "2025-06-01")], "just so long"),
        ([("2025-01-01", "2025-02-28"), ("2025-05-01", "2025-06-02")], "longer"),
        ([("2025-01-01", "2025-02-28"), ("2025-05-02", "2025-05-31")], "shorter"),
        # 92 days
        ([("2025-01-01", "2025-02-15"), ("2025-05-01", "2025-06-15")], "just so long"),
        ([("2025-01-01", "2025-02-15"), ("2025-05-01", "2025-06-14")], "shorter"),
        # overlaps count once
        ([("2025-01-01", "2025-03-01"), ("2025-01-20", "2025-03-30")], "shorter"),
        ([("2025-01-01", "2025-03-01"), ("2025-01-20", "2025-03-31")], "just so long"),
    ],
)
def test_courses_are_summed_by_whole_months_or_else_by_days(vocabulary, stretches, expected):
    courses = [course("azathioprine", start=start, end=end) for start, end in stretches]
    at_least, more = (asked(vocabulary, given_for(comparator, 3, "months"), *courses) for comparator in ("ge", "gt"))
    assert (at_least, more) == {"shorter": ("no", "no"), "just so long": ("yes", "no"), "longer": ("yes", "yes")}[
        expected
    ]


@pytest.mark.parametrize(
    ("courses", "unit", "days"),
    [
        ([course("azathioprine", start="2026-10-05")], (3, "months"), [date(2027, 1, 4), date(2027, 1, 6)]),
        ([course("azathioprine", start="2026-10-05")], (12, "weeks"), [date(2026, 12, 27), date(2026, 12, 28)]),
        # two months, and one that goes on
        (
            [
                course("azathioprine", start="2026-01-01", end="2026-02-28"),
                course("azathioprine", start="2026-11-05"),
            ],
            (3, "months"),
            [date(2026, 12, 4), date(2026, 12, 6)],
        ),
        # 46 days, and so many that they are 91: 20 September to 19 December
        (
            [
                course("azathioprine", start="2026-01-01", end="2026-02-15"),
                course("azathioprine", start="2026-11-05"),
            ],
            (3, "months"),
            [date(2026, 12, 19), date(2027, 1, 4)],
        ),
    ],
)
def test_a_therapy_that_goes_on_comes_to_be_long_enough(vocabulary, courses, unit, days):
    patient: Told = {"therapies": courses, "reviewed": REVIEWED}
    for comparator, day in zip(("ge", "gt"), days, strict=True):
        node = given_for(comparator, *unit)
        finding = stand(vocabulary, inclusion(node), **patient)
        assert (finding.outcome, finding.lapses_on) == ("fails", day)
        finding = stand(vocabulary, exclusion(node), **patient)
        assert (finding.outcome, finding.expires_on) == ("passes", day)
        before = day - timedelta(days=1)
        assert [asked(vocabulary, node, *courses, as_of=one) for one in (before, day)] == ["no", "yes"]


@pytest.mark.parametrize(("reviewed", "expected"), [(True, "yes"), (False, "unknown: missing")])
def test_an_upper_bound_on_duration_needs_a_list_that_is_complete(vocabulary, reviewed, expected):
    node = given_for("le", 3, "months")
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
