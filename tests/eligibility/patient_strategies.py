"""Generated patients, as plain values of a request: facts that are missing, dates that are exact or partial.

A patient may contradict itself, which is refused: `facts_or_none`.
"""

from datetime import date, timedelta

from hypothesis import strategies as st

from app.eligibility.facts import PatientFacts
from app.eligibility.patient import Patient
from app.eligibility.reading import read_patient
from app.vocabulary.enumerations import CriteriaSet
from app.vocabulary.faults import Refused
from app.vocabulary.terms import Vocabulary
from tests.eligibility.patients import TODAY
from tests.eligibility.strategies import (
    AGENTS,
    CONDITIONS,
    EVENTS,
    REPRODUCTIVE,
    RESPONSES,
    REVIEWABLE,
    SEVERITIES,
    STATUSES,
    Node,
    dates,
    some_of,
    stated,
)

SOON = TODAY + timedelta(days=40)

VIRAL_VALUES: st.SearchStrategy[Node] = st.sampled_from(
    [
        {"value": "positive"},
        {"value": "negative"},
        {"interpretation": "high"},
        {"interpretation": "normal"},
        {"interpretation": "indeterminate"},
        {"value": 35, "unit": "[IU]/mL"},
        {"value": 35, "unit": "[IU]/mL", "upper_limit": 30},
        {"value": "<20", "unit": "[IU]/mL", "upper_limit": 20},
    ]
)


def observation_facts(*, exact: bool) -> st.SearchStrategy[Node]:
    dated = stated(date=dates(exact=exact))
    limits = stated(lower_limit=st.sampled_from([10, 20]), upper_limit=st.sampled_from([40, 50]))
    readings = st.sampled_from(["low", "normal", "high", "abnormal"])
    numbers = st.sampled_from([5, 10, 20, 39, 40, 41, 60, 75, 80, 100, "<5", "<=40", ">=80", ">100"])
    return st.one_of(
        st.tuples(
            st.sampled_from([70, 79.9, 80, 85, 99, 100, 120, "<80", ">=85"]),
            dated,
        ).map(lambda parts: {"code": "hemoglobin", "value": parts[0], "unit": "g/L"} | parts[1]),
        st.tuples(numbers, limits, dated).map(
            lambda parts: {"code": "alt", "value": parts[0], "unit": "U/L"} | parts[1] | parts[2]
        ),
        st.tuples(
            st.sampled_from([50, 60, 88.4, 120, 180]), stated(upper_limit=st.sampled_from([60, 80, 120])), dated
        ).map(lambda parts: {"code": "creatinine", "value": parts[0], "unit": "umol/L"} | parts[1] | parts[2]),
        st.tuples(st.sampled_from([30, 59, 60, 90]), dated).map(
            lambda parts: {"code": "creatinine_clearance", "value": parts[0], "unit": "mL/min"} | parts[1]
        ),
        st.tuples(st.integers(5, 10), dated).map(lambda parts: {"code": "sledai_2k", "value": parts[0]} | parts[1]),
        st.tuples(
            st.sampled_from(["1:40", "1:80", ">=1:160", "negative", "positive"]), dated, stated(lifetime=st.booleans())
        ).map(lambda parts: {"code": "ana", "value": parts[0]} | parts[1] | parts[2]),
        st.tuples(
            st.sampled_from(["hbv_dna", "hbsag", "anti_dsdna"]),
            VIRAL_VALUES,
            dated,
            stated(lifetime=st.booleans()),
        ).map(lambda parts: {"code": parts[0]} | parts[1] | parts[2] | parts[3]),
        st.tuples(st.sampled_from(["alt", "c3"]), readings, dated).map(
            lambda parts: {"code": parts[0], "interpretation": parts[1]} | parts[2]
        ),
        st.tuples(st.sampled_from([90, 94, 95, 98]), stated(room_air=st.booleans()), dated).map(
            lambda parts: {"code": "spo2", "value": parts[0], "unit": "%"} | parts[1] | parts[2]
        ),
    )


def condition_facts(*, exact: bool) -> st.SearchStrategy[Node]:
    return st.one_of(
        st.tuples(
            st.sampled_from(CONDITIONS),
            stated(
                status=st.sampled_from(STATUSES),
                since=dates(exact=exact),
                until=dates(exact=exact, last=SOON),
                severity=st.sampled_from(SEVERITIES),
                criteria_set=st.sampled_from([str(one) for one in CriteriaSet][:2]),
                adequately_treated=st.booleans(),
                systemic_therapy=st.booleans(),
            ),
        ).map(lambda parts: {"code": parts[0]} | parts[1]),
        st.tuples(st.sampled_from(CONDITIONS), stated(since=dates(exact=exact), until=dates(exact=exact))).map(
            lambda parts: {"code": parts[0], "present": False} | parts[1]
        ),
    )


def therapy_facts(*, exact: bool) -> st.SearchStrategy[Node]:
    doses = st.one_of(
        st.sampled_from([5, 10, 40, 60]).map(lambda value: {"value": value, "unit": "mg/d"}),
        st.just({"value": 1, "unit": "mg/kg/d"}),
    )
    ends = dates(exact=exact, last=SOON)
    given = st.tuples(
        st.sampled_from(AGENTS),
        stated(
            start=dates(exact=exact),
            end=ends,
            stopped=st.booleans(),
            dose=doses,
            response=st.sampled_from(RESPONSES),
        ),
    ).map(lambda parts: {"agent": parts[0]} | parts[1])
    not_given = st.tuples(st.sampled_from(AGENTS), stated(start=dates(exact=exact), end=dates(exact=exact))).map(
        lambda parts: {"agent": parts[0], "given": False} | parts[1]
    )
    return st.one_of(given, given, not_given)


def event_facts(*, exact: bool) -> st.SearchStrategy[Node]:
    when = st.one_of(stated(date=dates(exact=exact)), stated(start=dates(exact=exact), end=dates(exact=exact)))
    happened = st.tuples(st.sampled_from(EVENTS), when).map(lambda parts: {"code": parts[0]} | parts[1])
    never = st.tuples(st.sampled_from(EVENTS), stated(start=dates(exact=exact), end=dates(exact=exact))).map(
        lambda parts: {"code": parts[0], "occurred": False} | parts[1]
    )
    planned = st.tuples(st.sampled_from(EVENTS), stated(date=dates(exact=exact, last=SOON))).map(
        lambda parts: {"code": parts[0], "planned": True} | parts[1]
    )
    return st.one_of(happened, happened, never, planned)


def births(*, exact: bool) -> st.SearchStrategy[Node]:
    """Near a birthday that a generated age limit asks for, as often as not."""
    near = st.tuples(st.integers(9, 72), st.integers(-40, 40)).map(
        lambda parts: date(TODAY.year - parts[0], TODAY.month, TODAY.day) + timedelta(days=parts[1])
    )
    whole = st.one_of(near, st.just(date(1960, 2, 29))).map(date.isoformat)
    texts = whole if exact else st.one_of(whole, whole.map(lambda day: day[:7]), whole.map(lambda day: day[:4]))
    return texts.map(lambda text: {"birth_date": text})


def patients(*, exact: bool = False) -> st.SearchStrategy[Node]:
    """Patients as in a request; with `exact`, every date is a whole one."""
    lists = stated(
        conditions=st.lists(condition_facts(exact=exact), max_size=4),
        observations=st.lists(observation_facts(exact=exact), max_size=5),
        therapies=st.lists(therapy_facts(exact=exact), max_size=4),
        events=st.lists(event_facts(exact=exact), max_size=3),
        reviewed=some_of(REVIEWABLE, 0, 3),
    )
    person = stated(
        sex=st.sampled_from(["female", "male"]),
        weight_kg=st.sampled_from([40, 60, 61]),
        reproductive=stated(**dict.fromkeys(REPRODUCTIVE, st.booleans())),
    )
    born: st.SearchStrategy[Node] = st.one_of(st.just({}), births(exact=exact), births(exact=exact))
    return st.tuples(lists, person, born).map(lambda parts: parts[0] | parts[1] | parts[2])


def facts_or_none(patient: Node, vocabulary: Vocabulary, as_of: date = TODAY) -> PatientFacts | None:
    """The facts of a generated patient; None where its statements contradict each other."""
    try:
        return read_patient(Patient.model_validate(patient), vocabulary, as_of)
    except Refused:
        return None
