"""Exports: all that the filters leave, whole, a little at a time."""

import csv
import io
import json

import pytest

from app.catalogue import queries
from app.catalogue.exports import COLUMNS
from app.catalogue.filters import TrialFilters
from app.vocabulary.faults import Refused
from tests.factories import a_criterion, a_trial, many_trials


async def gathered(chunks):
    return [chunk async for chunk in chunks]


@pytest.fixture
def lines(catalogue, run):
    """The rows of the CSV."""

    def lines(**asked):
        text = b"".join(run(gathered(catalogue.export_csv(TrialFilters(**asked))))).decode()
        return list(csv.DictReader(io.StringIO(text, newline="")))

    return lines


def test_csv_has_a_row_a_trial_and_a_column_a_fact(store, lines):
    store(
        a_trial(
            id="one",
            title='A "quoted", title',
            identifiers=[{"value": "NCT06691152", "scheme": "nct"}, {"value": "A-1", "scheme": "org_study_id"}],
            product={"cell_type": "car_t", "targets": ["CD19", "BCMA"]},
            age={"stated": True, "min_years": 18},
            doses=[{"value": 1e6, "unit": "cells/kg", "level": 1}, {"value": 2.5e6, "unit": "cells/kg", "level": 2}],
            sites=[{"key": "site-1", "country": "CN", "status": {"value": "recruiting"}}],
            criteria=[a_criterion()],
            exclusions_stated=False,
        ),
        a_trial(id="two"),
    )
    one, two = lines()
    assert list(one) == list(COLUMNS)
    assert one == {
        "id": "one", "title": 'A "quoted", title', "identifiers": "NCT06691152; A-1", "status": "recruiting",
        "status_as_of": "", "status_stale_after": "", "phase": "", "cell_type": "car_t", "cell_source": "",
        "targets": "CD19; BCMA", "conditions": "", "min_years": "18", "max_years": "", "sex": "", "unstated": "sex",
        "enrollment": "", "enrollment_type": "", "sponsor": "", "countries": "CN", "sites_recruiting": "1",
        "dose_min": "1000000", "dose_max": "2500000", "dose_unit": "cells/kg", "dose_levels": "2", "criteria": "1",
        "criteria_structured": "0", "exclusions_stated": "false", "revision": "1", "updated_at": "2026-11-21T09:30:00Z",
    }  # fmt: skip
    assert two["id"] == "two"


def test_no_cell_is_a_formula(store, lines):
    signs = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
    store(*(a_trial(id=f"trial-{at:02d}", title=f"{sign}SUM(1)", sponsor=f"A{sign}") for at, sign in enumerate(signs)))
    assert [row["title"] for row in lines()] == [f"'{sign}SUM(1)" for sign in signs]
    assert [row["sponsor"] for row in lines()] == [f"A{sign}" for sign in signs]


def test_exports_hold_what_the_filters_leave_newest_first(store, catalogue, run, lines, monkeypatch):
    monkeypatch.setattr(queries, "AT_ONCE", 7)
    store(*many_trials(30, criteria=2))
    asked = {"status": ["recruiting", "completed"]}
    ids = list(run(catalogue.candidate_ids(TrialFilters(**asked))).ids)
    assert 7 < len(ids) < 30
    chunks = run(gathered(catalogue.export_ndjson(TrialFilters(**asked))))
    assert max(chunk.count(b"\n") for chunk in chunks) == 7
    documents = b"".join(chunks).splitlines()
    assert [json.loads(document)["id"] for document in documents] == ids
    assert documents[0] == run(catalogue.get_document(ids[0])).body
    assert [row["id"] for row in lines(**asked)] == ids


def test_an_empty_export_has_its_header_alone(catalogue, run, lines):
    assert lines() == []
    assert run(gathered(catalogue.export_csv(TrialFilters())))[0].startswith(b"id,title,")
    assert run(gathered(catalogue.export_ndjson(TrialFilters()))) == []


def test_faults_are_told_before_anything_is_sent(catalogue):
    for export in (catalogue.export_csv, catalogue.export_ndjson):
        with pytest.raises(Refused):
            export(TrialFilters(target=("NONE",)))
