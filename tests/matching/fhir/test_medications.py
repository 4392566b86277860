"""Medicines that were taken, ordered or given: courses of an agent."""

import pytest

from tests.matching.fhir.bundles import ATC, RXNORM, coded, named, order, quantity, read, read_one, statement

RITUXIMAB = {"agent": "rituximab", "given": True}
ORDERED = "it was ordered, which does not prove that it was taken"
ENDED = "it has ended, on a day that is not stated"


def told(vocabulary, resource):
    """The fact, or the reason why there is none."""
    fact, note = read_one(vocabulary, resource)
    return fact or note.detail


@pytest.mark.parametrize(
    ("status", "effective", "expected"),
    [
        ("active", {"effectivePeriod": {"start": "2025-01"}}, {"start": "2025-01"}),
        ("active", {"effectiveDateTime": "2025-01-05"}, {"start": "2025-01-05"}),
        ("active", {}, {}),
        (
            "active",
            {"effectivePeriod": {"start": "2025", "end": "2027-03"}},
            {"start": "2025", "end": "2027-03"},
        ),
        ("active", {"effectivePeriod": {"start": "2025", "end": "2026-01"}}, {"start": "2025"}),
        (
            "completed",
            {"effectivePeriod": {"start": "2025", "end": "2026-01"}},
            {"start": "2025", "end": "2026-01"},
        ),
        ("completed", {"effectivePeriod": {"start": "2025"}}, {"start": "2025", "stopped": True}),
        ("completed", {"effectiveDateTime": "2025-01-05"}, {"start": "2025-01-05", "stopped": True}),
        ("stopped", {}, {"stopped": True}),
        ("on-hold", {"effectivePeriod": {"start": "2025"}}, {"start": "2025", "stopped": True}),
        (
            "stopped",
            {"effectivePeriod": {"start": "2025", "end": "2027"}},
            {"start": "2025", "stopped": True},
        ),
    ],
)
def test_a_statement_says_when_a_course_ran(vocabulary, status, effective, expected):
    assert told(vocabulary, statement(status=status, **effective)) == RITUXIMAB | expected


def test_what_has_ended_without_a_day_says_so(vocabulary):
    _, note = read_one(vocabulary, statement(status="completed"))
    assert (note.code, note.into, note.detail) == ("rituximab", "therapies", f"by its code; {ENDED}")
    _, note = read_one(vocabulary, statement(effectivePeriod={"start": "2025", "end": "2026-01"}))
    assert "its end does not agree with its status, and is left" in note.detail


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("intended", "it is only intended"),
        ("entered-in-error", "it was entered in error"),
        ("unknown", "its status is not known"),
        (None, "its status is not known"),
        (["active"], "its status is not known"),
    ],
)
def test_a_statement_that_says_nothing_is_left(vocabulary, status, reason):
    assert told(vocabulary, statement() | {"status": status}) == reason


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"effectivePeriod": {"start": "2025", "end": "2026"}}, {"start": "2025", "end": "2026"}),
        ({"effectivePeriod": {"start": "2025"}}, {"start": "2025"}),
        ({"effectiveDateTime": "2026-10-01"}, {"start": "2026-10-01", "end": "2026-10-01"}),
        ({"dateAsserted": "2026-10-01"}, {"start": "2026-10-01", "end": "2026-10-01"}),
    ],
)
def test_what_was_not_taken_is_absent_for_the_time_that_is_named(vocabulary, when, expected):
    not_given = {"agent": "rituximab", "given": False}
    assert told(vocabulary, statement(status="not-taken", **when)) == not_given | expected


def test_what_is_not_taken_at_no_stated_time_is_left(vocabulary):
    assert told(vocabulary, statement(status="not-taken")) == "it is not taken, but it is not said since when"


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (order(authoredOn="2026-10-01T08:00:00Z"), RITUXIMAB | {"start": "2026-10-01"}),
        (order(status="stopped", authoredOn="2026-10-01"), RITUXIMAB | {"start": "2026-10-01", "stopped": True}),
        (order(status="on-hold"), RITUXIMAB | {"stopped": True}),
        (
            order(
                status="completed",
                authoredOn="2026-10-01",
                dosageInstruction=[
                    {"timing": {"repeat": {"boundsPeriod": {"start": "2026-10-02", "end": "2026-10-09"}}}}
                ],
            ),
            RITUXIMAB | {"start": "2026-10-02", "end": "2026-10-09"},
        ),
        (order(status="cancelled"), "it was withdrawn before anything was given"),
        (order(status="draft"), "it is only a draft"),
        (order(status="entered-in-error"), "it was entered in error"),
        (order(status="unknown"), "its status is not known"),
        (order(intent="proposal"), "it is a plan or a proposal, not an order"),
        (order(intent="plan"), "it is a plan or a proposal, not an order"),
        (order(doNotPerform=True), "it is an order not to give it"),
    ],
)
def test_an_order_is_read_as_a_course(vocabulary, resource, expected):
    assert told(vocabulary, resource) == expected


def test_an_order_says_that_it_proves_nothing(vocabulary):
    assert read_one(vocabulary, order())[1].detail == f"by its code; {ORDERED}"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"status": "completed", "effectiveDateTime": "2026-10-01T09:00:00Z"},
            {"start": "2026-10-01", "end": "2026-10-01"},
        ),
        (
            {"status": "completed", "effectivePeriod": {"start": "2026-10-01", "end": "2026-10-02"}},
            {"start": "2026-10-01", "end": "2026-10-02"},
        ),
        ({"status": "stopped", "effectivePeriod": {"start": "2026-10-01"}}, {"start": "2026-10-01", "stopped": True}),
        ({"status": "in-progress", "effectiveDateTime": "2026-11-21"}, {"start": "2026-11-21"}),
        ({"status": "not-done"}, "it was not given then, which says nothing of other days"),
        ({"status": "unknown"}, "its status is not known"),
    ],
)
def test_an_administration_is_a_course_of_its_own(vocabulary, fields, expected):
    resource = statement() | {"resourceType": "MedicationAdministration"} | fields
    expected = RITUXIMAB | expected if isinstance(expected, dict) else expected
    assert told(vocabulary, resource) == expected


def test_the_dose_of_an_administration_is_no_rate(vocabulary):
    resource = statement(status="completed", dosage={"dose": quantity(1000, "mg")})
    _, note = read_one(vocabulary, resource | {"resourceType": "MedicationAdministration"})
    assert note.detail.endswith("its dose is left")


@pytest.mark.parametrize(
    ("medicine", "expected"),
    [
        (coded(RXNORM, "121191"), "rituximab"),
        (coded(ATC, "L01FA01"), "rituximab"),
        (coded(ATC, "l01fa01"), "rituximab"),
        (coded(ATC, "L01FA"), "the vocabulary has no term for it"),
        (coded(ATC, "L04AF01"), "its codes mean more than one thing"),
        (coded(ATC, "L04AF01", "tofacitinib"), "tofacitinib"),
        (coded(ATC, "L04AF01", text="tofacitinib 11 MG Extended Release"), "tofacitinib_xr"),
        (coded(ATC, "L04AF01", "baricitinib"), "its codes mean more than one thing"),
        (coded(RXNORM, "583214", "Paclitaxel 100 MG Injection"), "paclitaxel"),
        (coded(RXNORM, "106258", "Hydrocortisone 10 MG/ML Topical Cream"),
         "it is not given systemically, and the vocabulary's agents are"),
        (coded(RXNORM, "562251", "Amoxicillin 250 MG / Clavulanate 125 MG Oral Tablet"),
         "it is a combination, of which the vocabulary has no agent"),
        (named("Immunosuppressants"), "it names a class of medicines, not the agent"),
        (coded(RXNORM, "316672", "Simvastatin 10 MG"), "the vocabulary has no term for it"),
        ({}, "it has neither a code nor a name"),
    ],
)  # fmt: skip
def test_a_medicine_is_known_by_code_or_name(vocabulary, medicine, expected):
    fact, note = read_one(vocabulary, statement() | {"medicationCodeableConcept": medicine})
    assert (fact["agent"] if fact else note.detail) == expected


def test_a_local_route_leaves_it(vocabulary):
    eye = statement(coded(RXNORM, "3264"), dosage=[{"route": named("Ophthalmic route")}])
    assert told(vocabulary, eye) == "it is not given systemically, and the vocabulary's agents are"


MEDICATION = {"resourceType": "Medication", "id": "m", "code": coded(RXNORM, "121191")}


def referring(reference: str | None = "#m", **fields):
    """A statement whose medicine is a Medication elsewhere."""
    resource = statement() | fields
    del resource["medicationCodeableConcept"]
    return resource | {"medicationReference": {"reference": reference} if reference else {}}


def test_a_medication_may_be_contained_or_stand_in_the_bundle(vocabulary):
    assert told(vocabulary, referring(contained=[MEDICATION])) == RITUXIMAB
    for reference in ("Medication/m", "http://server/fhir/Medication/m", "Medication/m/_history/2"):
        reading = read(vocabulary, referring(reference), MEDICATION)
        assert [fact.agent for fact in reading.patient.therapies] == ["rituximab"]
        assert reading.notes[2].detail == "it is read where another resource refers to it"


def test_a_medication_that_is_elsewhere_is_known_by_its_display(vocabulary):
    resource = statement() | {"medicationReference": {"reference": "Medication/9", "display": "Rituximab"}}
    del resource["medicationCodeableConcept"]
    assert told(vocabulary, resource) == RITUXIMAB
    assert told(vocabulary, referring("Medication/9")) == "it has neither a code nor a name"
    assert told(vocabulary, referring(None)) == "it has neither a code nor a name"


@pytest.mark.parametrize(
    ("medication", "expected"),
    [
        ({"ingredient": [{"itemCodeableConcept": coded(RXNORM, "121191")}]}, RITUXIMAB),
        (
            {"ingredient": [{"itemCodeableConcept": named("water"), "isActive": False},
                            {"itemCodeableConcept": named("rituximab")}]},
            RITUXIMAB,
        ),
        (
            {"ingredient": [{"itemCodeableConcept": named("prednisolone")},
                            {"itemCodeableConcept": named("lidocaine")}]},
            "it is a combination, of which the vocabulary has no agent",
        ),
        (
            {"code": coded(RXNORM, "5492"), "form": named("Cream")},
            "it is not given systemically, and the vocabulary's agents are",
        ),
    ],
)  # fmt: skip
def test_a_medication_is_also_known_by_its_only_ingredient(vocabulary, medication, expected):
    contained = [{"resourceType": "Medication", "id": "m"} | medication]
    assert told(vocabulary, referring(contained=contained)) == expected


def test_a_dose_a_day_is_read(vocabulary):
    daily = {
        "doseAndRate": [{"doseQuantity": quantity(5, "mg")}],
        "timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
    }
    fact, note = read_one(vocabulary, statement(coded(RXNORM, "8640"), dosage=[daily]))
    assert fact == {"agent": "prednisone", "given": True, "dose": {"value": 10, "unit": "mg/d"}}
    assert note.detail == "by its code"


def test_a_dose_that_the_evaluator_cannot_use_is_left_alone(vocabulary):
    tablets = {
        "doseAndRate": [{"doseQuantity": {"value": 2, "unit": "tablet"}}],
        "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
    }
    fact, note = read_one(vocabulary, order(coded(RXNORM, "8640"), dosageInstruction=[tablets]))
    assert fact == {"agent": "prednisone", "given": True}
    assert note.detail == f"by its code; {ORDERED}; its dose is left"


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (statement(named("Intravenous immunoglobulin"), "completed"), {}),
        (
            statement(named("Immunoglobulin infusion"), "completed", effectivePeriod={"start": "2025", "end": "2026"}),
            {"start": "2025", "end": "2026"},
        ),
        (statement(named("Intravenous immunoglobulin"), effectivePeriod={"start": "2025"}), {"start": "2025"}),
    ],
)  # fmt: skip
def test_a_medicine_that_is_an_event_here_is_read_as_one(vocabulary, resource, expected):
    assert told(vocabulary, resource) == {"code": "ivig", "occurred": True, "planned": False} | expected
