"""Observations: results in any form of FHIR, each usable by the evaluator or left with a reason."""

import pytest

from app.eligibility.reading import read_patient
from tests.eligibility.patients import TODAY
from tests.matching.fhir.bundles import (
    LOINC,
    SNOMED,
    coded,
    named,
    observation,
    quantity,
    read,
    read_one,
)

HL7 = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
ANA, ANTI_SM, HBSAG, C3 = (coded(LOINC, code) for code in ("5048-4", "11090-8", "5195-3", "4485-9"))
ECOG, NYHA, INR = (coded(LOINC, code) for code in ("89247-1", "88020-3", "6301-6"))
OTHER_UNIT = "its reference range is left, for it has not the unit of the value"
NOT_USABLE = "its value has a form that is not read"


def value(vocabulary, code=None, **fields):
    """What became of a result: value, unit and interpretation as far as stated, or the reason why it was left."""
    fact, note = read_one(vocabulary, observation(code, **fields))
    if fact is None:
        return note.detail
    return {name: fact[name] for name in ("value", "unit", "interpretation") if name in fact}


def remarks(vocabulary, code=None, **fields):
    return read_one(vocabulary, observation(code, **fields))[1].detail


def test_a_result_is_read_with_its_unit_and_day_and_says_what_was_converted(vocabulary):
    sent = observation(valueQuantity=quantity(10.4, "g/dL"), issued="2026-11-11T00:00:00Z")
    fact, note = read_one(vocabulary, sent)
    assert fact == {"code": "hemoglobin", "value": 10.4, "unit": "g/dL", "date": "2026-11-10"}
    assert (note.disposition, note.into, note.code) == ("mapped", "observations", "hemoglobin")
    assert note.detail == "by its code; converted from g/dL to g/L"
    assert note.system_code == "http://loinc.org|718-7"


def test_a_long_float_is_taken_as_it_is_written(vocabulary):
    reading = read(vocabulary, observation(coded(LOINC, "8302-2"), valueQuantity=quantity(179.23347621031567, "cm")))
    assert str(reading.patient.observations[0].value) == "179.23347621031567"


@pytest.mark.parametrize("status", ["registered", "preliminary", "cancelled", "entered-in-error", "unknown", None, []])
def test_a_result_that_is_not_final_is_left(vocabulary, status):
    reason = value(vocabulary, status=status, valueQuantity=quantity(10.4, "g/dL"))
    assert reason == "its status is not final, amended or corrected"


@pytest.mark.parametrize("status", ["final", "amended", "corrected"])
def test_a_result_that_is_final_counts(vocabulary, status):
    assert value(vocabulary, status=status, valueQuantity=quantity(10.4, "g/dL")) == {"value": 10.4, "unit": "g/dL"}


@pytest.mark.parametrize(
    ("code", "fields", "expected"),
    [
        # quantities
        (None, {"valueQuantity": {"value": 104, "unit": "g/L"}}, {"value": 104, "unit": "g/L"}),
        (None, {"valueQuantity": quantity(8, "g/dL", comparator="<")}, {"value": "<8", "unit": "g/dL"}),
        (None, {"valueQuantity": quantity(16.5, "g/dL", comparator=">=")}, {"value": ">=16.5", "unit": "g/dL"}),
        (None, {"valueQuantity": quantity(8, "g/dL", comparator="ad")}, NOT_USABLE),
        (None, {"valueQuantity": quantity(1e300, "g/dL", comparator="<")}, NOT_USABLE),
        (None, {"valueQuantity": quantity(10.4, "wombat", unit="g/dL")}, {"value": 10.4, "unit": "g/dL"}),
        (
            None,
            {"valueQuantity": {"value": 10.4, "unit": "g/dL", "system": "http://local", "code": "77"}},
            {"value": 10.4, "unit": "g/dL"},
        ),
        (None, {"valueQuantity": quantity(10.4, None)}, "a quantity needs its unit"),
        (None, {"valueQuantity": quantity(10.4, "wombat")}, "the unit is not understood"),
        (None, {"valueQuantity": quantity(10.4, "mmol/L")}, "the unit measures something else than this observation"),
        (None, {"valueQuantity": quantity(104, "g/dL")}, "the value lies outside what is possible"),
        (None, {"valueQuantity": {"unit": "g/dL"}}, NOT_USABLE),
        (None, {"valueQuantity": {"value": "10.4", "unit": "g/dL"}}, NOT_USABLE),
        (None, {"valueRange": {"low": quantity(8, "g/dL")}}, {"value": ">=8", "unit": "g/dL"}),
        (None, {"valueRange": {"high": quantity(8, "g/dL")}}, {"value": "<=8", "unit": "g/dL"}),
        (None, {"valueRange": {"low": quantity(8, "g/dL"), "high": quantity(9, "g/dL")}}, NOT_USABLE),
        (None, {"valueSampledData": {"data": "1 2 3"}}, NOT_USABLE),
        (None, {"valueBoolean": True}, NOT_USABLE),
        # scores and what has no unit
        (ECOG, {"valueInteger": 1}, {"value": 1}),
        (ECOG, {"valueQuantity": quantity(1, "{score}")}, {"value": 1}),
        (ECOG, {"valueQuantity": quantity(1, "(score)")}, {"value": 1}),
        (ECOG, {"valueQuantity": quantity(1.5, None)}, "this observation has whole numbers only"),
        (ECOG, {"valueString": "2"}, {"value": 2}),
        (ECOG, {"valueCodeableConcept": coded(LOINC, "LA9623-5")}, {"value": 1}),
        (ECOG, {"valueCodeableConcept": coded("http://local", "LA9623-5")}, NOT_USABLE),
        (
            ECOG,
            {
                "valueCodeableConcept": {
                    "coding": [
                        {
                            "code": "x",
                            "extension": [
                                {"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": 2}
                            ],
                        }
                    ]
                }
            },
            {"value": 2},
        ),
        (NYHA, {"valueCodeableConcept": coded(LOINC, "LA28406-9")}, {"value": 3}),
        (NYHA, {"valueCodeableConcept": named("NYHA Class II")}, {"value": 2}),
        (INR, {"valueQuantity": quantity(1.1, "{INR}")}, {"value": 1.1}),
        (INR, {"valueQuantity": quantity(1.1, "g/L")}, "this observation takes no unit"),
        # titres
        (ANA, {"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 160}}}, {"value": "1:160"}),
        (
            ANA,
            {"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 1280, "comparator": ">="}}},
            {"value": ">=1:1280"},
        ),
        (ANA, {"valueRatio": {"numerator": {"value": 2}, "denominator": {"value": 160}}}, NOT_USABLE),
        (None, {"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 2}}}, NOT_USABLE),
        (ANA, {"valueString": "1:80"}, {"value": "1:80"}),
        (ANA, {"valueString": "> 1:640"}, {"value": "> 1:640"}),
        (ANA, {"valueQuantity": quantity(320, "{titer}")}, {"value": 320}),
        (ANA, {"valueString": "speckled"}, "the value is not of the form that this observation has"),
        # words
        (ANTI_SM, {"valueString": "Positive"}, {"value": "positive"}),
        (ANTI_SM, {"valueString": "NOT DETECTED"}, {"value": "negative"}),
        (ANTI_SM, {"valueString": "Non-Reactive"}, {"value": "negative"}),
        (ANTI_SM, {"valueCodeableConcept": coded(SNOMED, "10828004")}, {"value": "positive"}),
        (ANTI_SM, {"valueCodeableConcept": coded(SNOMED, "260385009")}, {"value": "negative"}),
        (ANTI_SM, {"valueCodeableConcept": coded(LOINC, "LA6577-6")}, {"value": "negative"}),
        (ANTI_SM, {"valueCodeableConcept": coded(HL7, "DET")}, {"value": "positive"}),
        (ANTI_SM, {"valueCodeableConcept": coded("http://hl7.org/fhir/v2/0078", "NEG")}, {"value": "negative"}),
        (ANTI_SM, {"valueCodeableConcept": coded("http://local", "NEG", "Neg.")}, {"value": "negative"}),
        (ANTI_SM, {"valueCodeableConcept": coded("http://local", "1", "Reactive (value)")}, {"value": "positive"}),
        (ANTI_SM, {"valueCodeableConcept": coded(SNOMED, "42425007")}, {"interpretation": "indeterminate"}),
        (ANTI_SM, {"valueString": "borderline"}, {"interpretation": "indeterminate"}),
        (C3, {"valueString": "Low"}, {"interpretation": "low"}),
        (C3, {"valueString": "positive"}, "this observation is a quantity"),
        (ANTI_SM, {"valueString": "x" * 50}, NOT_USABLE),
        (HBSAG, {"valueQuantity": quantity(0.03, "[IU]/mL", comparator="<")}, {"value": "<0.03", "unit": "[IU]/mL"}),
        # more than one form, which is against FHIR: the first that can be used
        (
            ANTI_SM,
            {"valueQuantity": quantity(3, None), "valueCodeableConcept": named("positive")},
            {"value": "positive"},
        ),
        # nothing
        (None, {}, "it has no value"),
        (None, {"dataAbsentReason": named("error")}, "it has no value"),
        (None, {"hasMember": [{"reference": "Observation/1"}]}, "it is a panel, whose members are read by themselves"),
    ],
)  # fmt: skip
def test_a_value_is_read_in_any_form_or_left(vocabulary, code, fields, expected):
    assert value(vocabulary, code, **fields) == expected


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (["L"], "low"),
        (["LL"], "low"),
        (["HH"], "high"),
        (["N"], "normal"),
        (["A"], "abnormal"),
        (["POS"], "positive"),
        (["NEG"], "negative"),
        (["ND"], "negative"),
        (["IND"], "indeterminate"),
        (["A", "L"], "low"),
        (["L", "L"], "low"),
        (["L", "POS"], None),
        (["D"], None),
        (["S"], None),
    ],
)
def test_a_laboratorys_reading_is_kept(vocabulary, codes, expected):
    fact, note = read_one(vocabulary, observation(C3, interpretation=[coded(HL7, code) for code in codes]))
    assert (fact and fact["interpretation"]) == expected
    if expected is None:
        assert note.detail == "it has no value"


def test_a_reading_may_be_written_and_one_that_cannot_be_told_leaves_the_value(vocabulary):
    sent = {"valueQuantity": quantity(0.6, "g/L")}
    assert value(vocabulary, C3, **sent, interpretation=named("Low")) == {
        "value": 0.6,
        "unit": "g/L",
        "interpretation": "low",
    }
    assert value(vocabulary, C3, **sent, interpretation=[named("falling")]) == {"value": 0.6, "unit": "g/L"}
    assert "its interpretation is left" in remarks(vocabulary, C3, **sent, interpretation=[named("falling")])


def test_where_only_the_number_cannot_be_used_the_reading_is_kept(vocabulary):
    negative = [coded(HL7, "NEG")]
    sent = {"valueQuantity": quantity(0.05, "{S_CO_ratio}"), "interpretation": negative}
    assert value(vocabulary, ANTI_SM, **sent) == {"interpretation": "negative"}
    assert remarks(vocabulary, ANTI_SM, **sent).endswith("so the laboratory's reading alone is kept")
    low = {"valueQuantity": quantity(60, None), "interpretation": [coded(HL7, "L")]}
    assert value(vocabulary, C3, **low) == {"interpretation": "low"}


def test_an_impossible_value_is_left_whole(vocabulary):
    sent = {"valueQuantity": quantity(104, "g/dL"), "interpretation": [coded(HL7, "L")]}
    assert value(vocabulary, **sent) == "the value lies outside what is possible"


def test_a_reading_that_contradicts_its_value_leaves_both(vocabulary):
    sent = {"valueCodeableConcept": named("negative"), "interpretation": [coded(HL7, "POS")]}
    assert value(vocabulary, ANTI_SM, **sent) == "it is not what the value says"


@pytest.mark.parametrize(
    ("ranges", "limits", "remark"),
    [
        ([{"low": quantity(12, "g/dL"), "high": quantity(15.5, "g/dL")}], (12, 15.5), None),
        ([{"high": quantity(15.5, "g/dL")}], (None, 15.5), None),
        ([{"low": quantity(12, "g/dL"), "type": {"coding": [{"code": "normal"}]}}], (12, None), None),
        (
            [{"low": quantity(12, "g/dL")}, {"low": quantity(7, "g/dL"), "type": {"coding": [{"code": "treatment"}]}}],
            (12, None),
            None,
        ),
        ([{"low": quantity(120, "g/L")}], (None, None), OTHER_UNIT),
        ([{"low": {"value": 12}}], (None, None), OTHER_UNIT),
        ([{"low": quantity(12, "g/dL")}, {"low": quantity(11, "g/dL")}], (None, None), "its reference range is left"),
        ([{"text": "12 to 15"}], (None, None), "its reference range is left"),
        ([{"low": {"unit": "g/dL"}}], (None, None), "its reference range is left"),
        ([{"low": quantity(16, "g/dL"), "high": quantity(12, "g/dL")}], (None, None), "its reference range is left"),
        ([{"high": quantity(1e9, "g/dL")}], (None, None), "its reference range is left"),
        (None, (None, None), None),
    ],
)  # fmt: skip
def test_the_normal_range_gives_limits_in_the_unit_of_the_value(vocabulary, ranges, limits, remark):
    fact, note = read_one(vocabulary, observation(valueQuantity=quantity(10.4, "g/dL"), referenceRange=ranges))
    assert fact is not None
    assert (fact.get("lower_limit"), fact.get("upper_limit")) == limits
    assert note.detail == "; ".join(filter(None, ("by its code", "converted from g/dL to g/L", remark)))


@pytest.mark.parametrize(
    ("dates", "day", "remark"),
    [
        ({"effectiveDateTime": "2026-11"}, "2026-11", None),
        ({"effectivePeriod": {"start": "2026-11-09", "end": "2026-11-10"}}, "2026-11-10", None),
        ({"effectivePeriod": {"start": "2026-11-09"}}, "2026-11-09", None),
        ({"effectiveInstant": "2026-11-10T08:00:00Z"}, "2026-11-10", None),
        ({"issued": "2026-11-12T08:00:00Z"}, "2026-11-12", "dated by its issue"),
        ({"effectiveDateTime": "recently", "issued": "2026-11-12T08:00:00Z"}, "2026-11-12", "dated by its issue"),
        ({"effectiveTiming": {"event": ["2026-11-10"]}}, None, "its date has a form that is not read"),
        ({}, None, None),
    ],
)
def test_a_result_is_dated_by_its_time_else_by_its_issue(vocabulary, dates, day, remark):
    sent = observation(valueQuantity=quantity(104, "g/L")) | {"effectiveDateTime": None} | dates
    fact, note = read_one(vocabulary, sent)
    assert fact is not None
    assert fact.get("date") == day
    assert note.detail == "; ".join(filter(None, ("by its code", remark)))


def test_a_filtration_rate_coded_in_loinc_is_per_body_surface_even_if_its_unit_is_not(vocabulary):
    assert value(vocabulary, coded(LOINC, "33914-3"), valueQuantity=quantity(80, "mL/min")) == {
        "value": 80,
        "unit": "mL/min/{1.73_m2}",
    }
    assert "per 1.73 m², as its code says" in remarks(
        vocabulary, coded(LOINC, "33914-3"), valueQuantity=quantity(80, "mL/min")
    )
    by_name = value(vocabulary, named("eGFR"), valueQuantity=quantity(80, "mL/min"))
    assert by_name == "the unit measures something else than this observation"


def test_a_name_counts_only_where_no_loinc_code_says_that_it_is_something_else(vocabulary):
    sent = {"valueQuantity": quantity(1.1, "mg/dL")}
    assert value(vocabulary, named("Creatinine"), **sent) == {"value": 1.1, "unit": "mg/dL"}
    assert value(vocabulary, coded("http://local", "CREA", "Creatinine"), **sent) == {"value": 1.1, "unit": "mg/dL"}
    urine = coded(LOINC, "2161-8", "Creatinine")
    assert value(vocabulary, urine, **sent) == "the vocabulary has no term for it"
    assert "by its name" in remarks(vocabulary, named("Creatinine"), **sent)


def test_each_component_is_a_result_by_itself(vocabulary):
    panel = observation(
        named("Blood count"),
        component=[
            {"code": coded(LOINC, "718-7"), "valueQuantity": quantity(10.4, "g/dL")},
            {"code": coded(LOINC, "8480-6"), "valueQuantity": quantity(120, "mm[Hg]")},
            {"code": coded(LOINC, "777-3"), "valueQuantity": quantity(180, "10*9/L"), "modifierExtension": [{}]},
            {"code": coded(LOINC, "6690-2"), "dataAbsentReason": named("error")},
        ],
    )
    reading = read(vocabulary, panel)
    assert [(fact.code, fact.date) for fact in reading.patient.observations] == [("hemoglobin", "2026-11-10")]
    note = reading.notes[1]
    assert (note.disposition, note.into, note.detail) == ("mapped", "observations", "1 of its 4 results are read")
    assert [(part.pointer, part.disposition, part.code) for part in note.parts] == [
        ("/entry/1/component/0", "mapped", "hemoglobin"),
        ("/entry/1/component/1", "left", None),
        ("/entry/1/component/2", "left", None),
        ("/entry/1/component/3", "left", None),
    ]


def test_a_result_may_have_a_value_of_its_own_beside_components(vocabulary):
    sent = observation(
        coded(LOINC, "59408-5"),
        valueQuantity=quantity(97, "%"),
        component=[{"code": named("Flow of oxygen"), "valueQuantity": quantity(2, "L/min")}],
    )
    note = read(vocabulary, sent).notes[1]
    assert [(part.pointer, part.code) for part in note.parts] == [("/entry/1", "spo2"), ("/entry/1/component/0", None)]


def test_of_a_panel_that_is_left_whole_every_part_is_told(vocabulary):
    parts = [{"code": coded(LOINC, code), "valueQuantity": quantity(80, "mm[Hg]")} for code in ("8480-6", "8462-4")]
    note = read(vocabulary, observation(coded(LOINC, "55284-4"), component=parts)).notes[1]
    assert (note.disposition, note.into, len(note.parts)) == ("left", None, 2)


@pytest.mark.parametrize(
    ("focus", "is_read"),
    [
        ({"reference": "Condition/c"}, True),
        ({"reference": "Patient/p"}, True),
        ({"reference": "Patient/donor"}, False),
        ({"reference": "http://server/fhir/Device/7"}, False),
        ({"type": "RelatedPerson", "identifier": {"value": "7"}}, False),
    ],
)
def test_what_is_about_a_donor_or_a_device_is_left(vocabulary, focus, is_read):
    fact, note = read_one(vocabulary, observation(valueQuantity=quantity(104, "g/L"), focus=[focus]))
    assert (fact is not None) is is_read
    assert is_read or note.detail == "it is about something other than the patient"


def test_every_result_that_is_read_can_be_used(vocabulary):
    reading = read(vocabulary, observation(valueQuantity=quantity(10.4, "g/dL")), observation(ECOG, valueInteger=1))
    assert set(read_patient(reading.patient, vocabulary, TODAY).observations) == {"hemoglobin", "ecog"}
