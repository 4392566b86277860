"""A record as rows: that of the trial, and those of each of its lists."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.catalogue import part_tables
from app.catalogue.documents import TrialRecord

Row = dict[str, Any]


def trial_row(record: TrialRecord) -> Row:
    """What the trial itself says. Number, revisions, card and time are the writer's to add."""
    return {
        "id": record.id,
        "title": record.title,
        "official_title": record.official_title,
        "summary": record.summary,
        "true_as_of": record.true_as_of,
        "status": record.status.value,
        "status_as_of": record.status.as_of,
        "status_stale_after": record.status.stale_after,
        "phase": record.phase,
        **{name: getattr(record.design, name) for name in type(record.design).model_fields},
        "cell_type": record.product.cell_type,
        "cell_source": record.product.cell_source,
        "product_name": record.product.name,
        "manufacturing": record.product.manufacturing,
        "min_age": record.age.min_years,
        "max_age": record.age.max_years,
        "age_stated": record.age.stated,
        "sex": record.sex,
        "healthy_volunteers": record.healthy_volunteers,
        "enrollment_count": record.enrollment.count,
        "enrollment_type": record.enrollment.type,
        **_dates(record),
        "sponsor": record.sponsor,
        "inclusions_stated": record.inclusions_stated,
        "exclusions_stated": record.exclusions_stated,
    }


def _dates(record: TrialRecord) -> Row:
    row: Row = {}
    for name in ("start_date", "primary_completion_date", "completion_date"):
        typed = getattr(record, name)
        row |= {name: typed and typed.date, f"{name}_type": typed and typed.type}
    return row


def part_rows(facts: Mapping[str, Any], number: int) -> Iterator[tuple[type[part_tables.Part], list[Row]]]:
    """The rows of every list of the trial of that number; `facts` is the record as JSON values."""
    for table, parts in _lists(facts).items():
        yield table, [{"trial_number": number, "position": position, **part} for position, part in enumerate(parts)]


def _lists(facts: Mapping[str, Any]) -> dict[type[part_tables.Part], list[Row]]:
    return {
        part_tables.Identifier: [part | {"lookup": part["value"].upper()} for part in facts["identifiers"]],
        part_tables.TrialCondition: [{"code": code} for code in facts["conditions"]],
        part_tables.TrialTarget: [{"code": code} for code in facts["product"]["targets"]],
        part_tables.Collaborator: [{"name": name} for name in facts["collaborators"]],
        part_tables.Arm: facts["arms"],
        part_tables.Dose: facts["doses"],
        part_tables.Lymphodepletion: facts["lymphodepletion"],
        part_tables.Site: [_site(part) for part in facts["sites"]],
        part_tables.Contact: facts["contacts"],
        part_tables.Outcome: facts["outcomes"],
        part_tables.Criterion: facts["criteria"],
        part_tables.CurationNote: facts["curation_notes"],
        part_tables.Source: facts["sources"],
    }


_NOWHERE: Row = {"latitude": None, "longitude": None}
_NO_STATUS: Row = {"value": None, "as_of": None, "stale_after": None}


def _site(part: Row) -> Row:
    position, status = part["position"] or _NOWHERE, part["status"] or _NO_STATUS
    return {
        **{name: part[name] for name in ("key", "name", "city", "region", "country")},
        **position,
        "status": status["value"],
        "status_as_of": status["as_of"],
        "status_stale_after": status["stale_after"],
    }
