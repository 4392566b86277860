"""What holds for every curated record, whatever its trial."""

import json
import re

import pytest
from pydantic import TypeAdapter

from app.eligibility.criteria import Expression
from tests.registry.seeds import SLUGS, seed_record

EXPRESSION: TypeAdapter[Expression] = TypeAdapter(Expression)


@pytest.fixture(params=SLUGS)
def record(request):
    return seed_record(request.param)


def test_a_file_is_named_after_its_trial(record):
    assert record.id in SLUGS


def test_every_curation_note_stands_at_a_field_that_is_there(record):
    document = json.loads(record.model_dump_json())
    for note in record.curation_notes:
        at = document
        for step in note.field.split("/")[1:]:
            keyed = {part.get("key"): part for part in at if isinstance(part, dict)} if isinstance(at, list) else {}
            at = keyed[step] if step in keyed else at[int(step) if isinstance(at, list) else step]


def test_every_inferred_criterion_says_why(record):
    noted = {note.field.split("/")[2] for note in record.curation_notes if note.field.startswith("/criteria/")}
    assert {part.key for part in record.criteria if part.basis == "inferred"} <= noted


def test_every_locator_of_a_criterion_names_a_list_and_a_bullet(record):
    for part in record.criteria:
        assert re.match(r"(inclusion|exclusion) \d+", part.locator), part.key


def test_expressions_survive_a_round_trip_through_json(record):
    for part in record.criteria:
        if part.expression is not None:
            text = EXPRESSION.dump_json(part.expression, exclude_defaults=True)
            assert EXPRESSION.validate_json(text) == part.expression


def test_statements_and_notes_are_sentences(record):
    for text in [part.statement for part in record.criteria] + [note.text for note in record.curation_notes]:
        assert text.endswith((".", '."')), text
        assert "  " not in text, text
