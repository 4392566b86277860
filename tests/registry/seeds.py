"""The curated records as their files hold them, and short ways to look into one."""

from functools import cache
from pathlib import Path

from app.catalogue.documents import Criterion, TrialRecord
from app.vocabulary.yaml_lines import read_yaml

SEED = Path(__file__).parents[2] / "seed"
SLUGS = tuple(sorted(path.stem for path in (SEED / "trials").glob("*.yaml")))


@cache
def seed_record(slug: str) -> TrialRecord:
    file = read_yaml(SEED / "trials" / f"{slug}.yaml")
    return file.build(TrialRecord, file.data)


def criterion(record: TrialRecord, key: str) -> Criterion:
    return next(criterion for criterion in record.criteria if criterion.key == key)


def note_kinds(record: TrialRecord, field: str) -> set[str]:
    """The kinds of the curation notes that stand at a field, a key standing for an index."""
    return {note.kind for note in record.curation_notes if note.field == field}


def notes_text(record: TrialRecord, field: str) -> str:
    return " ".join(note.text for note in record.curation_notes if note.field == field)
