"""The record: what fits together, and what is refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.catalogue.documents import TrialRecord
from tests.factories import EVERYTHING, a_criterion, a_trial, many_trials

ARM = {"key": "arm-1", "label": "One"}
DOSE = {"value": 1, "unit": "cells/kg"}

REFUSED: list[tuple[str, dict[str, Any]]] = [
    (
        "an inferred identifier gives its reason",
        {"identifiers": [{"value": "1", "scheme": "other", "basis": "inferred"}]},
    ),
    ("a stated one gives none", {"identifiers": [{"value": "1", "scheme": "other", "reason": "so"}]}),
    ("NCT and eight digits", {"identifiers": [{"value": "NCT1", "scheme": "nct"}]}),
    ("upper bound lies below", {"age": {"stated": True, "min_years": 65, "max_years": 18}}),
    ("has no bounds", {"age": {"stated": False, "min_years": 18}}),
    ("greatest value lies below", {"doses": [DOSE | {"value_max": 0.5}]}),
    ("two arms have the same key", {"arms": [ARM, ARM]}),
    ("two sites have the same key", {"sites": [{"key": "site-1"}, {"key": "site-1"}]}),
    ("two criteria have the same key", {"criteria": [a_criterion(), a_criterion()]}),
    ("given twice", {"conditions": ["sle", "sle"]}),
    ("given twice", {"product": {"cell_type": "car_t", "targets": ["CD19", "CD19"]}}),
    ("does not begin as its kind does", {"criteria": [a_criterion("inc-1", kind="exclusion")]}),
    ("a dose names the arm", {"doses": [DOSE | {"arm": "arm-2"}], "arms": [ARM]}),
    ("a contact names the site", {"contacts": [{"name": "A", "site": "site-1"}]}),
    ("scope", {"criteria": [a_criterion(scope={"arms": ["arm-2"]})], "arms": [ARM]}),
    ("scope", {"criteria": [a_criterion(scope={"levels": [2]})], "doses": [DOSE | {"level": 1}]}),
    ("Extra inputs", {"titel": "A title"}),
    ("no such day", {"true_as_of": "2025-02-29"}),
    ("at least 1", {"sources": []}),
    ("pattern", {"id": "Not A Slug"}),
]


@pytest.mark.parametrize(("told", "changes"), REFUSED)
def test_what_does_not_fit_together_is_refused(told, changes):
    with pytest.raises(ValidationError, match=told):
        a_trial(**changes)


@pytest.mark.parametrize(
    ("as_of", "stale_after"),
    [
        ("2024-05", "2026-05-01"),  # the earliest day that the date can mean, and two years
        ("2025-07-12", "2027-07-12"),
        ("2024-02-29", "2026-02-28"),
        ("2023", "2025-01-01"),
        (None, None),
    ],
)
def test_a_status_is_stale_two_years_after_its_date(as_of, stale_after):
    assert a_trial(status={"value": "recruiting", "as_of": as_of}).status.stale_after == stale_after


def test_a_day_from_which_a_status_is_stale_may_be_given():
    status = {"value": "recruiting", "as_of": "2024-05", "stale_after": "2025"}
    assert a_trial(status=status).status.stale_after == "2025"


def test_a_date_that_is_none_is_refused_and_not_reckoned_with():
    with pytest.raises(ValidationError, match="no such month"):
        a_trial(status={"value": "recruiting", "as_of": "2024-13"})


def test_what_a_scope_names_is_there():
    scope = {"arms": ["arm-1"], "levels": [1], "conditions": ["sle"]}
    record = a_trial(arms=[ARM], doses=[DOSE | {"level": 1}], criteria=[a_criterion(scope=scope)])
    assert record.criteria[0].scope is not None


def test_a_record_is_the_same_after_being_written_and_read():
    for record in (EVERYTHING, *many_trials(50)):
        assert TrialRecord.model_validate_json(record.model_dump_json()) == record
        assert TrialRecord.model_validate(record.model_dump(mode="json")) == record
