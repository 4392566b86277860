"""Generated expressions, as plain values of a trial's file: few codes, all kinds of node, every property and window."""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from app.vocabulary.enumerations import CriteriaSet, Milestone
from tests.eligibility.patients import TODAY

Node = dict[str, Any]
CONDITIONS = [
    *("autoimmune_disease", "sle", "psoriasis"),
    *("malignancy", "basal_cell_carcinoma", "breast_cancer"),
    "hepatitis_b_active",
]
EVENTS = ["live_vaccine", "major_surgery", "hemodialysis"]
AGENTS = ["rituximab", "belimumab", "prednisone", "methylprednisolone", "tofacitinib", "mycophenolate"]
CLASSES = ["glucocorticoid", "jak_inhibitor", "immunosuppressant"]
STATUSES = ["active", "remission", "resolved"]
SEVERITIES = ["mild", "moderate", "severe"]
RESPONSES = ["adequate", "inadequate", "relapse", "intolerant"]
COMPARATORS = ["lt", "le", "ge", "gt"]
REVIEWABLE = ["conditions", "therapies", "events"]
REPRODUCTIVE = ["pregnant", "lactating", "childbearing_potential", "contraception"]


def some_of(words: list[str], least: int = 1, most: int = 3) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(words), min_size=least, max_size=most, unique=True)


def stated(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Node]:
    """Any of the parts, the others left out."""
    return st.fixed_dictionaries({}, optional=parts)


def days(first: date = date(2025, 1, 1), last: date = TODAY) -> st.SearchStrategy[date]:
    """Days, of which the ends of months and those near the end are more likely than they would be."""
    odd = [date(2025, 2, 28), date(2025, 8, 31), date(2026, 2, 28), date(2026, 5, 21), date(2026, 8, 31)]
    odd += [last - timedelta(days=n) for n in (0, 1, 6, 7, 8, 27, 28, 29, 92)]
    return st.one_of(st.sampled_from([day for day in odd if first <= day <= last]), st.dates(first, last))


def dates(*, exact: bool, last: date = TODAY) -> st.SearchStrategy[str]:
    """Dates as sent: whole, or for one in two the month or the year alone."""
    whole = days(last=last).map(date.isoformat)
    return whole if exact else st.one_of(whole, whole.map(lambda day: day[:7]), whole.map(lambda day: day[:4]))


SPANS = st.one_of(
    st.fixed_dictionaries({"value": st.integers(1, 60), "unit": st.just("days")}),
    st.fixed_dictionaries({"value": st.integers(1, 12), "unit": st.just("weeks")}),
    st.fixed_dictionaries({"value": st.integers(1, 14), "unit": st.just("months")}),
)
MILESTONES = st.sampled_from([str(milestone) for milestone in Milestone])
WINDOWS = stated(within=SPANS, before=MILESTONES)
THERAPY_WINDOWS = st.one_of(
    WINDOWS, st.just({"within": {"value": 5, "unit": "half_lives"}}), st.just({"within": {"value": 1, "unit": "years"}})
)

AGES = st.tuples(st.integers(10, 40), st.integers(40, 70)).flatmap(
    lambda bounds: st.sampled_from(
        [{"min_years": bounds[0]}, {"max_years": bounds[1]}, {"min_years": bounds[0], "max_years": bounds[1]}]
    )
)
PERSON = st.one_of(
    AGES.map(lambda bounds: {"kind": "age"} | bounds),
    st.sampled_from(["female", "male"]).map(lambda sex: {"kind": "sex", "sex": sex}),
    st.sampled_from(REPRODUCTIVE).map(lambda state: {"kind": "reproductive", "state": state}),
)
ASKED_OF_PEOPLE = st.sampled_from(
    [{"kind": "judgement", "text": "is fit"}, {"kind": "undertaking", "text": "comes to the visits"}]
)

THRESHOLDS = st.one_of(
    st.fixed_dictionaries(
        {
            "code": st.just("hemoglobin"),
            "threshold": st.fixed_dictionaries(
                {
                    "comparator": st.sampled_from(COMPARATORS),
                    "value": st.sampled_from([80, 85, 100]),
                    "unit": st.just("g/L"),
                }
            ),
        }
    ),
    st.fixed_dictionaries(
        {
            "code": st.sampled_from(["alt", "creatinine"]),
            "threshold": st.fixed_dictionaries(
                {
                    "comparator": st.sampled_from(COMPARATORS),
                    "value": st.sampled_from([1, 1.5, 2]),
                    "relative_to": st.sampled_from(["uln", "lln"]),
                }
            ),
        }
    ),
    st.just(
        {"code": "creatinine_clearance", "threshold": {"comparator": "ge", "value": 60, "unit": "mL/min"}},
    ),
    st.fixed_dictionaries(
        {
            "code": st.just("sledai_2k"),
            "threshold": st.fixed_dictionaries(
                {"comparator": st.sampled_from([*COMPARATORS, "eq"]), "value": st.integers(6, 9)}
            ),
        }
    ),
    st.fixed_dictionaries(
        {"code": st.just("ana"), "threshold": st.just({"comparator": "ge", "value": 80})},
    ),
    st.fixed_dictionaries(
        {
            "code": st.sampled_from(["hbv_dna", "anti_dsdna"]),
            "finding": st.sampled_from(["positive", "negative", "high"]),
        }
    ),
    st.fixed_dictionaries(
        {"code": st.sampled_from(["alt", "c3"]), "finding": st.sampled_from(["low", "normal", "high", "abnormal"])}
    ),
    st.fixed_dictionaries(
        {
            "code": st.just("spo2"),
            "threshold": st.just({"comparator": "gt", "value": 94, "unit": "%"}),
            "room_air": st.just(True),
        }
    ),
)
OBSERVATIONS = st.tuples(
    THRESHOLDS, stated(which=st.sampled_from(["latest", "any", "any_on_record"]), window=WINDOWS)
).map(lambda parts: {"kind": "observation"} | parts[0] | parts[1])


def conditions(code: st.SearchStrategy[str]) -> st.SearchStrategy[Node]:
    return st.tuples(
        code,
        stated(
            state=st.sampled_from(["active", "ever"]),
            status=some_of(STATUSES, most=2),
            severity=some_of(SEVERITIES, most=2),
            criteria_set=st.sampled_from([str(one) for one in CriteriaSet][:2]),
            adequately_treated=st.booleans(),
            systemic_therapy=st.booleans(),
            window=WINDOWS,
        ),
    ).map(lambda parts: {"kind": "condition", "code": parts[0]} | parts[1])


OTHER_THAN = conditions(st.just("autoimmune_disease")).map(lambda node: node | {"other_than": ["sle"]})
DURATIONS = st.fixed_dictionaries(
    {
        "comparator": st.sampled_from(COMPARATORS),
        "value": st.integers(1, 8),
        "unit": st.sampled_from(["weeks", "months"]),
    }
)
DOSES = st.fixed_dictionaries(
    {
        "comparator": st.sampled_from(COMPARATORS),
        "value": st.sampled_from([10, 40, 60]),
        "unit": st.just("mg/d"),
    }
)
DOSES_BY_WEIGHT = st.fixed_dictionaries(
    {"comparator": st.sampled_from(COMPARATORS), "value": st.just(1), "unit": st.just("mg/kg/d")}
)
NAMED = st.one_of(
    some_of(AGENTS).map(lambda agents: {"agents": agents}),
    some_of(CLASSES, most=2).map(lambda names: {"classes": names}),
)
THERAPIES = st.one_of(
    st.tuples(
        NAMED,
        stated(
            window=THERAPY_WINDOWS,
            response=some_of(RESPONSES, most=2),
            duration=DURATIONS,
            dose=st.one_of(DOSES, DOSES_BY_WEIGHT),
            ongoing=st.booleans(),
        ),
    ).map(lambda parts: {"kind": "therapy"} | parts[0] | parts[1]),
    st.tuples(some_of(AGENTS, 3, 5), stated(window=THERAPY_WINDOWS, duration=DURATIONS)).map(
        lambda parts: {"kind": "therapy", "agents": parts[0], "min_distinct": 2} | parts[1]
    ),
    st.tuples(DOSES, stated(window=WINDOWS, duration=DURATIONS, ongoing=st.booleans())).map(
        lambda parts: (
            {
                "kind": "therapy",
                "classes": ["glucocorticoid"],
                "dose": parts[0] | {"prednisone_equivalent": True},
            }
            | parts[1]
        )
    ),
)
HAPPENINGS = st.tuples(
    some_of(EVENTS, most=2), stated(timing=st.sampled_from(["past", "planned", "past_or_planned"]), window=WINDOWS)
).map(lambda parts: {"kind": "event", "codes": parts[0]} | parts[1])
EXCEPTIONS = st.one_of(
    st.tuples(
        conditions(st.just("malignancy")),
        st.lists(conditions(st.sampled_from(["basal_cell_carcinoma", "breast_cancer"])), min_size=1, max_size=2),
    ),
    st.tuples(
        st.tuples(THERAPY_WINDOWS, st.just({"classes": ["immunosuppressant"]})).map(
            lambda parts: {"kind": "therapy", "window": parts[0]} | parts[1]
        ),
        st.lists(
            st.tuples(st.sampled_from(AGENTS), stated(dose=DOSES, window=THERAPY_WINDOWS)).map(
                lambda parts: {"kind": "therapy", "agents": [parts[0]]} | parts[1]
            ),
            min_size=1,
            max_size=2,
        ),
    ),
    st.tuples(HAPPENINGS, st.lists(HAPPENINGS, min_size=1, max_size=2)),
).map(lambda parts: {"kind": "except", "of": parts[0], "unless": parts[1]})

LEAVES = st.one_of(
    PERSON, OBSERVATIONS, conditions(st.sampled_from(CONDITIONS)), OTHER_THAN, THERAPIES, HAPPENINGS, EXCEPTIONS
)


def expressions(*, people: bool = True, depth: int = 5) -> st.SearchStrategy[Node]:
    """Expressions as in a trial's file; with `people`, some leaves are judgements and undertakings."""
    leaves = st.one_of(LEAVES, LEAVES, ASKED_OF_PEOPLE) if people else LEAVES
    return st.recursive(leaves, _composites, max_leaves=depth)


def _composites(part: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(part, min_size=1, max_size=3)
    return st.one_of(
        several.map(lambda of: {"kind": "all_of", "of": of}),
        several.map(lambda of: {"kind": "any_of", "of": of}),
        several.flatmap(lambda of: st.integers(1, len(of)).map(lambda n: {"kind": "at_least", "n": n, "of": of})),
        part.map(lambda of: {"kind": "not", "of": of}),
        st.tuples(part, part).map(lambda parts: {"kind": "only_if", "condition": parts[0], "then": parts[1]}),
    )
