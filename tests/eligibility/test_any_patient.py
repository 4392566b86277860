"""Whatever a request says, reading it ends in facts or in faults that point into it and repeat none of it."""

from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.eligibility.patient import Patient
from app.eligibility.reading import read_patient
from app.vocabulary.enumerations import ConditionStatus, Interpretation, Severity, TherapyResponse
from app.vocabulary.faults import Refused
from tests.eligibility.patients import TODAY

SECRET = "81523.75"
"""A value that no text of ours contains by chance."""

days = st.dates(date(1985, 1, 1), date(2027, 12, 31)).map(date.isoformat)
partial_dates = st.one_of(st.none(), days, days.map(lambda day: day[:7]), days.map(lambda day: day[:4]))
truth = st.sampled_from([None, True, False])
units = st.sampled_from([None, "", "g/L", "g/dL", "mg/dL", "umol/L", "10*9/L", "/uL", "U/L", "%", "IU/mL", "copies/mL",
                         "mL/min", "mL/min/1.73m2", "mg/d", "mg/kg/d", "kg", "cm", "s", "mo", "wombat"])  # fmt: skip
numbers = st.one_of(st.integers(-5, 500), st.floats(allow_nan=False, allow_infinity=False), st.just(float(SECRET)))
values = st.one_of(
    st.none(),
    numbers,
    st.sampled_from(["positive", "negative", "<5", "≤ 0.5", ">=1:160", "1:80", "", "high", SECRET, f"<{SECRET}"]),
    st.text(max_size=8),
)


def of(vocabulary_codes: list[str]) -> st.SearchStrategy[str]:
    return st.one_of(st.sampled_from(vocabulary_codes), st.just("nonsense"))


def dropping_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def entries(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(st.fixed_dictionaries(fields).map(dropping_none), max_size=4)


@st.composite
def patients(draw, vocabulary):
    optional = st.one_of(st.none(), st.floats(0.001, 1e6))
    interpretations = st.one_of(st.none(), st.sampled_from(Interpretation))
    doses = st.one_of(
        st.none(),
        st.fixed_dictionaries({"value": st.floats(1e-9, 1e9), "unit": units.filter(lambda unit: unit is not None)}),
    )
    patient = {
        "birth_date": draw(partial_dates),
        "age_years": draw(st.one_of(st.none(), st.integers(0, 130))),
        "sex": draw(st.sampled_from([None, "female", "male"])),
        "weight_kg": draw(optional),
        "height_cm": draw(optional),
        "observations": draw(
            entries(code=of(list(vocabulary.observations)), value=values, unit=units, date=partial_dates,
                    lower_limit=st.one_of(st.none(), numbers), upper_limit=st.one_of(st.none(), numbers),
                    interpretation=interpretations, room_air=truth, lifetime=truth)
        ),
        "conditions": draw(
            entries(code=of(["sle", "autoimmune_disease", "lupus_nephritis", "malignancy"]), present=truth,
                    status=st.one_of(st.none(), st.sampled_from(ConditionStatus)), since=partial_dates,
                    until=partial_dates, severity=st.one_of(st.none(), st.sampled_from(Severity)))
        ),
        "therapies": draw(
            entries(agent=of(["rituximab", "prednisone"]), given=truth, start=partial_dates, end=partial_dates,
                    dose=doses, response=st.one_of(st.none(), st.sampled_from(TherapyResponse)))
        ),
        "events": draw(
            entries(code=of(["hsct", "menopause"]), occurred=truth, planned=truth, date=partial_dates,
                    start=partial_dates, end=partial_dates)
        ),
        "reproductive": {"pregnant": draw(truth)},
    }  # fmt: skip
    return dropping_none(patient)


def found_at(patient: Any, pointer: str) -> bool:
    """Whether the pointer leads into the patient, or to a field that is missing from something in it."""
    *above, last = pointer.removeprefix("/").split("/")
    for part in above:
        patient = patient[int(part)] if isinstance(patient, list) else patient[part]
    return int(last) < len(patient) if isinstance(patient, list) else isinstance(patient, dict)


@settings(max_examples=150)
@given(st.data())
def test_any_patient_is_read_or_refused_without_an_echo(vocabulary, data):
    sent = data.draw(patients(vocabulary))
    patient = Patient.model_validate(sent)
    try:
        facts = read_patient(patient, vocabulary, TODAY)
    except Refused as refusal:
        for fault in refusal.faults:
            assert fault.pointer is not None
            assert found_at(sent, fault.pointer), fault.pointer
            assert SECRET not in f"{fault.detail} {fault.remedy} {fault.nearest}"
        return
    assert all(found_at(sent, notice.pointer) for notice in facts.warnings)
    for results in facts.observations.values():
        assert all(result.days is None or result.days.first <= result.days.last <= TODAY for result in results)
        assert all(result.evidence() for result in results)
