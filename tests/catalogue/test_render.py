"""Rendering: the keys and their order are the contract's, and what is derived is right."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue.documents import DoseLevel
from app.catalogue.render import RENDERER_VERSION, dose_range, instant, render
from tests.factories import EVERYTHING, a_criterion, a_trial, at_least

WHOLE = """
    id title official_title summary revision true_as_of recorded_at updated_at identifiers status phase design product
    conditions age sex healthy_volunteers enrollment start_date primary_completion_date completion_date sponsor
    collaborators countries unstated arms doses lymphodepletion sites contacts outcomes criteria_summary criteria
    curation_notes sources
"""
CARD = """
    id title identifiers status phase product conditions age sex enrollment sponsor countries dose_range
    sites_recruiting criteria_summary unstated revision updated_at
"""
PARTS = {
    "identifiers": "value scheme basis reason",
    "status": "value as_of stale_after",
    "design": "study_type allocation model masking purpose escalation",
    "product": "cell_type cell_source targets name manufacturing",
    "age": "min_years max_years stated",
    "enrollment": "count type",
    "start_date": "date type",
    "arms": "key label type description",
    "doses": "value value_max unit level days arm",
    "lymphodepletion": "agent value unit days",
    "sites": "key name city region country position status",
    "contacts": "name role phone email site",
    "outcomes": "type category measure definition time_frame",
    "criteria_summary": "total structured inclusions_stated exclusions_stated",
    "criteria": "key kind statement locator anchor expression basis scope",
    "curation_notes": "field kind text locator",
    "sources": "name kind as_of retrieved url",
}
AT = "2026-11-21T09:30:00Z"


def whole(**changes):
    return json.loads(render(a_trial(**changes), revision=3, recorded_at=AT).document)


def card(**changes):
    return json.loads(render(a_trial(**changes), revision=3, recorded_at=AT).card)


def test_a_document_has_the_keys_of_the_contract_in_their_order():
    assert list(whole()) == WHOLE.split()


def test_a_card_has_the_keys_of_the_contract_in_their_order():
    assert list(card()) == CARD.split()


def test_every_part_has_its_keys_in_their_order():
    document = json.loads(render(EVERYTHING, revision=1, recorded_at=AT).document)
    for name, keys in PARTS.items():
        part = document[name][0] if isinstance(document[name], list) else document[name]
        assert list(part) == keys.split(), name


def test_what_is_unstated_is_null_and_what_there_is_none_of_is_empty():
    document = whole()
    for name in ("official_title", "summary", "phase", "sex", "start_date", "sponsor", "healthy_volunteers"):
        assert document[name] is None
    for name in ("identifiers", "conditions", "arms", "doses", "sites", "contacts", "criteria", "countries"):
        assert document[name] == []


def test_a_revision_and_its_time_are_told():
    document = whole()
    assert (document["revision"], document["recorded_at"], document["updated_at"]) == (3, AT, AT)


def test_text_is_neither_escaped_nor_padded():
    text = render(a_trial(title="≥ 10 × ULN, Málaga"), revision=1, recorded_at=AT).document
    assert '"title":"≥ 10 × ULN, Málaga"' in text
    assert "\n" not in text


def test_whole_numbers_stay_whole_and_others_exact():
    doses = [{"value": 1e7, "unit": "cells/kg"}, {"value": 0.1, "unit": "cells/kg"}]
    text = render(a_trial(doses=doses), revision=1, recorded_at=AT).document
    assert '"value":10000000,' in text
    assert '"value":0.1,' in text


def test_countries_are_those_of_the_sites_each_once():
    sites = [{"key": f"site-{n}", "country": country} for n, country in enumerate(["MY", "CN", None, "MY"])]
    assert whole(sites=sites)["countries"] == ["MY", "CN"]


@pytest.mark.parametrize(
    ("age", "sex", "unstated"),
    [
        ({"stated": False}, None, ["age", "sex"]),
        ({"stated": False}, "all", ["age"]),
        ({"stated": True, "min_years": 5}, None, ["sex"]),
        ({"stated": True}, "female", []),
    ],
)
def test_unstated_tells_what_the_source_is_silent_on(age, sex, unstated):
    assert whole(age=age, sex=sex)["unstated"] == unstated
    assert card(age=age, sex=sex)["unstated"] == unstated


def test_criteria_are_counted_and_how_many_have_an_expression():
    criteria = [a_criterion("inc-1", expression=at_least("lvef", 50, "%")), a_criterion("exc-1")]
    summary = {"total": 2, "structured": 1, "inclusions_stated": True, "exclusions_stated": False}
    assert card(criteria=criteria, exclusions_stated=False)["criteria_summary"] == summary


def test_sites_recruiting_are_counted():
    statuses = [{"value": "recruiting"}, {"value": "completed"}, None, {"value": "recruiting"}]
    sites = [{"key": f"site-{n}", "status": status} for n, status in enumerate(statuses)]
    assert card(sites=sites)["sites_recruiting"] == 2


def a_dose(value: float, unit: str = "cells/kg", **changes: object) -> DoseLevel:
    return DoseLevel.model_validate({"value": value, "unit": unit} | changes)


@pytest.mark.parametrize(
    ("doses", "expected"),
    [
        ([], None),
        ([a_dose(1e6)], {"min": 1_000_000, "max": 1_000_000, "unit": "cells/kg", "levels": 1}),
        ([a_dose(3e6), a_dose(1e6)], {"min": 1_000_000, "max": 3_000_000, "unit": "cells/kg", "levels": 2}),
        ([a_dose(1, value_max=2.5)], {"min": 1, "max": 2.5, "unit": "cells/kg", "levels": 1}),
        # The same level in two arms is one level.
        ([a_dose(1, level=1), a_dose(1, level=1)], {"min": 1, "max": 1, "unit": "cells/kg", "levels": 1}),
        # Flat doses are not compared with those per kilogram, which filters ask for.
        ([a_dose(1e8, "cells"), a_dose(1e6)], {"min": 1_000_000, "max": 1_000_000, "unit": "cells/kg", "levels": 1}),
        ([a_dose(1e8, "cells"), a_dose(2e8, "cells")], {"min": 10**8, "max": 2 * 10**8, "unit": "cells", "levels": 2}),
    ],
)
def test_a_dose_range_spans_the_doses_of_one_unit(doses, expected):
    assert dose_range(tuple(doses)) == expected


def test_an_instant_is_utc_to_the_second():
    east = timezone(timedelta(hours=8))
    assert instant(datetime(2025, 7, 12, 7, 59, 59, 999_999, tzinfo=east)) == "2025-07-11T23:59:59Z"


def test_an_instant_needs_a_time_zone():
    with pytest.raises(ValueError, match="time zone"):
        instant(datetime(2025, 7, 12))  # noqa: DTZ001 # that is the test


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_instants_sort_as_text(one, other):
    assert (instant(one) <= instant(other)) == (one.replace(microsecond=0) <= other.replace(microsecond=0))


def test_a_change_of_the_rendering_raises_its_version():
    """If this fails, raise RENDERER_VERSION, so that what is stored is rendered again, and note the new digest."""
    rendered = render(EVERYTHING, revision=1, recorded_at=AT)
    digest = hashlib.sha256(f"{rendered.document}\n{rendered.card}".encode()).hexdigest()
    assert (RENDERER_VERSION, digest[:16]) == (1, "ddbb9dd058ad3e3d")
