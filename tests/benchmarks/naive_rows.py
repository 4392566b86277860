"""The rows of the naive twin's file: the same trials as ours."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from sqlalchemy import insert
from sqlmodel import SQLModel, create_engine

from app.catalogue.documents import DatedStatus, TrialRecord
from tests.benchmarks import naive

Row = dict[str, Any]
_AT_ONCE = 2_000


def fill(file: Path, records: Iterable[TrialRecord]) -> None:
    """Make the file."""
    engine = create_engine(f"sqlite:///{file}")
    tables = [model.__table__ for model in (naive.Trial, *naive.OfTrial.__subclasses__())]  # type: ignore[attr-defined]
    SQLModel.metadata.create_all(engine, tables)
    waiting = iter(records)
    with engine.begin() as connection:
        while batch := list(islice(waiting, _AT_ONCE)):
            rows: dict[type[SQLModel], list[Row]] = defaultdict(list)
            for record in batch:
                rows[naive.Trial].append(_trial(record))
                for model, part in _parts(record):
                    rows[model].append(part | {"trial_id": record.id})
            for model, those in rows.items():
                connection.execute(insert(model), those)
    engine.dispose()


def _trial(record: TrialRecord) -> Row:
    return {
        "id": record.id,
        "title": record.title,
        "official_title": record.official_title,
        "summary": record.summary,
        "status": record.status.value,
        "phase": record.phase,
        "cell_type": record.product.cell_type,
        "cell_source": record.product.cell_source,
        "min_age": record.age.min_years,
        "max_age": record.age.max_years,
        "sex": record.sex,
        "enrollment": record.enrollment.count,
        "sponsor": record.sponsor,
        "start_date": record.start_date.date if record.start_date else None,
        "completion_date": record.completion_date.date if record.completion_date else None,
        "updated_at": f"{record.true_as_of}-01",
    }


def _parts(record: TrialRecord) -> Iterator[tuple[type[SQLModel], Row]]:
    """The rows of a trial's lists."""
    for model, parts, names in (
        (naive.Identifier, record.identifiers, ("value", "scheme")),
        (naive.Arm, record.arms, ("key", "label", "type")),
        (naive.Dose, record.doses, ("value", "unit", "level")),
        (naive.Drug, record.lymphodepletion, ("agent", "value", "unit")),
        (naive.Site, record.sites, ("name", "city", "country", "status")),
        (naive.Contact, record.contacts, ("name", "phone", "email")),
        (naive.Outcome, record.outcomes, ("type", "measure", "time_frame")),
        (naive.Criterion, record.criteria, ("key", "kind", "statement", "locator", "expression")),
    ):
        for part in parts:
            yield model, {name: _plain(getattr(part, name)) for name in names}
    yield from ((naive.Target, {"code": code}) for code in record.product.targets)
    yield from ((naive.Condition, {"code": code}) for code in record.conditions)


def _plain(value: object) -> object:
    """As a column holds it."""
    match value:
        case DatedStatus():
            return value.value
        case BaseModel():
            return value.model_dump_json(exclude_defaults=True)
        case Decimal():
            return float(value)
        case _:
            return value
