"""A what-if is read as the whole patient would be, also where one statement follows from another."""

import pytest

from app.eligibility.dates import Calendar
from app.eligibility.patient import Patient
from app.eligibility.reading import read_patient
from app.matching.overlay import overlay
from app.matching.probes.inquiry import Inquiry
from app.vocabulary.faults import Refused
from tests.eligibility.patients import TODAY

HYSTERECTOMY = {"events": [{"code": "hysterectomy", "date": "2019"}]}
NO_HIV = {"observations": [{"code": "hiv", "value": "negative", "date": "2026-11-10"}]}


@pytest.mark.parametrize(
    ("told", "change"),
    [
        (HYSTERECTOMY, {"sex": "female"}),
        (HYSTERECTOMY, {"reproductive": {"lactating": False}}),
        (HYSTERECTOMY, {"reproductive": {"childbearing_potential": True}}),
        ({}, HYSTERECTOMY),
        ({"reproductive": {"pregnant": True}}, HYSTERECTOMY),
        (NO_HIV, {"conditions": [{"code": "hiv_infection"}]}),
        ({"conditions": [{"code": "hiv_infection"}]}, NO_HIV),
        ({"conditions": [{"code": "hiv_infection"}]}, {"sex": "male"}),
        ({"conditions": [{"code": "ovarian_failure"}]}, {"conditions": [{"code": "sle"}]}),
        ({"reproductive": {"pregnant": True}}, {"observations": [{"code": "pregnancy_test", "value": "negative"}]}),
        ({"observations": [{"code": "pregnancy_test", "value": "negative"}]}, {"reproductive": {"pregnant": True}}),
    ],
)
def test_what_follows_from_a_supposed_fact_is_what_follows_from_a_known_one(vocabulary, told, change):
    patient, more = Patient.model_validate(told), Patient.model_validate(change)
    inquiry = Inquiry(patient, read_patient(patient, vocabulary, TODAY), Calendar(TODAY), vocabulary)
    try:
        whole = read_patient(overlay(patient, more), vocabulary, TODAY)
    except Refused:
        whole = None
    assert inquiry.suppose(more) == whole
