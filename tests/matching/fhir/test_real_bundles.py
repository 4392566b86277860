"""Synthetic records of real size, where the environment variable CARTALOG_TEST_DATA names a folder that has them."""

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.eligibility.reading import read_patient
from app.matching.fhir.bundle import read_bundle
from app.matching.fhir.lexicon import Lexicon
from app.matching.fhir.report import summarise
from tests.eligibility.patients import TODAY
from tests.matching.fhir.bundles import facts_of

FOLDER = os.environ.get("CARTALOG_TEST_DATA")
pytestmark = pytest.mark.skipif(not FOLDER, reason="CARTALOG_TEST_DATA names no folder of records")


def bundles() -> Iterator[Any]:
    for path in sorted(Path(FOLDER or "").rglob("*.json*")):
        packed = path.read_bytes()
        text = (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode()
        for part in text.splitlines() if ".jsonl" in path.name else [text]:
            body = json.loads(part)
            if isinstance(body, dict) and body.get("resourceType") == "Bundle":
                yield body


def test_records_of_real_size_go_through_and_nothing_is_dropped_in_silence(vocabulary):
    lexicon = Lexicon(vocabulary)
    facts = 0
    for body in bundles():
        if all(object_type(entry) != "Patient" for entry in body["entry"]):
            continue
        reading = read_bundle(body, vocabulary, TODAY, lexicon=lexicon)
        assert [note.pointer for note in reading.notes] == [f"/entry/{n}" for n in range(len(body["entry"]))]
        assert all(note.detail for note in reading.notes)
        read_patient(reading.patient, vocabulary, TODAY)
        assert len(summarise(reading.notes)) <= len(reading.notes)
        facts += len(facts_of(reading.patient))
    assert facts


def object_type(entry: dict[str, Any]) -> object:
    return entry.get("resource", {}).get("resourceType")
