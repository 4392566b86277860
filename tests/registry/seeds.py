"""The curated records as their files hold them, and short ways to look into one."""

from functools import cache
from pathlib import Path

from app.catalogue.documents import Criterion, TrialRecord
from app.eligibility.criteria import Expression, Observation
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


def threshold(asked: Expression | None) -> tuple[str, str, float, str | None, str | None]:
    """What an observation is compared with: code, comparator, value, unit, and the limit that the value multiplies."""
    assert isinstance(asked, Observation)
    assert asked.threshold is not None
    limit = asked.threshold
    return asked.code, limit.comparator, float(limit.value), limit.unit, limit.relative_to
