"""The rows of the naive twin's file: the same trials as ours."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlmodel import SQLModel, create_engine

from app.catalogue.documents import TrialRecord
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
        "enrollment": record.enrollment.count if record.enrollment else None,
        "sponsor": record.sponsor,
        "start_date": record.start_date.date if record.start_date else None,
        "completion_date": record.completion_date.date if record.completion_date else None,
        "updated_at": f"{record.true_as_of}-01",
    }


def _parts(record: TrialRecord) -> Iterator[tuple[type[SQLModel], Row]]:
    for identifier in record.identifiers:
        yield naive.Identifier, _named(identifier, "value", "scheme")
    for code in record.product.targets:
        yield naive.Target, {"code": code}
    for code in record.conditions:
        yield naive.Condition, {"code": code}
    for arm in record.arms:
        yield naive.Arm, _named(arm, "key", "label", "type")
    for dose in record.doses:
        yield naive.Dose, _named(dose, "unit", "level") | {"value": float(dose.value)}
    for drug in record.lymphodepletion:
        yield naive.Drug, _named(drug, "agent", "unit") | {"value": float(drug.value) if drug.value else None}
    for site in record.sites:
        status = site.status.value if site.status else None
        yield naive.Site, _named(site, "name", "city", "country") | {"status": status}
    for contact in record.contacts:
        yield naive.Contact, _named(contact, "name", "phone", "email")
    for outcome in record.outcomes:
        yield naive.Outcome, _named(outcome, "type", "measure", "time_frame")
    for criterion in record.criteria:
        expression = criterion.expression.model_dump_json(exclude_defaults=True) if criterion.expression else None
        yield naive.Criterion, _named(criterion, "key", "kind", "statement", "locator") | {"expression": expression}


def _named(part: object, *names: str) -> Row:
    return {name: getattr(part, name) for name in names}
