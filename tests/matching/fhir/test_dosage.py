"""Doses: read where they come to an exact amount a day or a week."""

from decimal import Decimal

import pytest

from app.matching.fhir.dosage import ReadDose, dose_of, route_names
from tests.matching.fhir.bundles import quantity

UNREAD = ReadDose(remark="its dose is left")


def dosage(value=10, unit="mg", *, frequency=1, period=1, per="d", **fields):
    timing = {"repeat": {"frequency": frequency, "period": period, "periodUnit": per}}
    return {"doseAndRate": [{"doseQuantity": quantity(value, unit)}], "timing": timing} | fields


def dose(value, unit):
    return ReadDose({"value": Decimal(value), "unit": unit})


@pytest.mark.parametrize(
    ("dosages", "expected"),
    [
        ([dosage()], dose("10", "mg/d")),
        ([dosage(2.5, "mg", frequency=3)], dose("7.5", "mg/d")),
        ([dosage(500, "mg", period=12, per="h")], dose("1000", "mg/d")),
        ([dosage(15, "mg", per="wk")], dose("15", "mg/wk")),
        ([dosage(400, "mg", period=2)], dose("200", "mg/d")),
        ([dosage(1, "mg/kg")], dose("1", "mg/kg/d")),
        ([{"doseQuantity": quantity(5, "mg"), "timing": dosage()["timing"]}], dose("5", "mg/d")),  # STU3
        ([dosage(timing={"code": {"coding": [{"code": "BID"}]}})], dose("20", "mg/d")),
        ([dosage(timing={"code": {"coding": [{"code": "QOD"}]}})], dose("5", "mg/d")),
        # not exact, not one, not known, or not always
        ([dosage(1000, "mg", period=3, per="wk")], UNREAD),
        ([dosage(per="mo")], UNREAD),
        ([dosage(), dosage()], UNREAD),
        ([dosage(asNeededBoolean=True)], UNREAD),
        ([dosage(1, None)], UNREAD),
        ([dosage(0)], UNREAD),
        ([dosage(timing={"code": {"coding": [{"code": "Q3W"}]}})], UNREAD),
        ([dosage(timing={"repeat": {"frequency": 1, "frequencyMax": 2, "period": 1, "periodUnit": "d"}})], UNREAD),
        ([dosage(timing={"repeat": {"dayOfWeek": ["mon"]}, "code": {"coding": [{"code": "QD"}]}})], UNREAD),
        ([dosage(doseAndRate=[{}, {}])], UNREAD),
        ([dosage(doseAndRate=[{"doseRange": {"low": quantity(5, "mg")}}])], UNREAD),
        ([{"text": "one tablet a day"}], UNREAD),
        # nothing is said of a dose
        ([{"sequence": 1}], ReadDose()),
        (None, ReadDose()),
    ],
)
def test_a_dose_is_reckoned_exactly_or_left(dosages, expected):
    assert dose_of(dosages) == expected


def test_routes_are_named():
    assert route_names([{"route": {"coding": [{"display": "Oral route"}], "text": "by mouth"}}, {}]) == (
        "Oral route",
        "by mouth",
    )
