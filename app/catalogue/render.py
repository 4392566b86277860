"""A record as it is served: the whole document and the list card, as JSON text in the contract's order of keys."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from app.catalogue.documents import DoseLevel, TrialRecord
from app.vocabulary.enumerations import Status

RENDERER_VERSION = 1
"""To be raised with every change of what is rendered; stored documents are then rendered again."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """`facts` is the record as JSON values, of which the texts were made."""

    facts: Mapping[str, Any]
    document: str
    card: str


def instant(moment: datetime) -> str:
    """An instant of ours: UTC, to the second, with Z. ValueError without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("an instant has a time zone")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def render(record: TrialRecord, *, revision: int, recorded_at: str) -> Rendered:
    """The document and the card of a revision. A trial was last updated when its revision was recorded."""
    stated = record.model_dump(mode="json")
    derived: dict[str, Any] = {
        "revision": revision,
        "recorded_at": recorded_at,
        "updated_at": recorded_at,
        "countries": countries(record),
        "unstated": unstated(record),
        "criteria_summary": criteria_summary(record),
        "dose_range": dose_range(record.doses),
        "sites_recruiting": sites_recruiting(record),
    }
    everything = stated | derived
    return Rendered(stated, document=_json(everything, _DOCUMENT), card=_json(everything, _CARD))


def countries(record: TrialRecord) -> list[str]:
    """The countries of the sites, each once, in the order of the sites."""
    return list(dict.fromkeys(site.country for site in record.sites if site.country))


def unstated(record: TrialRecord) -> list[str]:
    """Which of age and sex the source says nothing of. An open bound of age is not unstated."""
    silent = {"age": not record.age.stated, "sex": record.sex is None}
    return [name for name, is_silent in silent.items() if is_silent]


def criteria_summary(record: TrialRecord) -> dict[str, int | bool]:
    return {
        "total": len(record.criteria),
        "structured": sum(criterion.expression is not None for criterion in record.criteria),
        "inclusions_stated": record.inclusions_stated,
        "exclusions_stated": record.exclusions_stated,
    }


def sites_recruiting(record: TrialRecord) -> int:
    return sum(site.status is not None and site.status.value is Status.RECRUITING for site in record.sites)


def dose_range(doses: tuple[DoseLevel, ...]) -> dict[str, Any] | None:
    """The least and the greatest dose of one unit (cells/kg where there are any), and how many levels there are.

    Doses without a rank in the escalation count as a level each, if they differ.
    """
    if not doses:
        return None
    unit = next((dose.unit for dose in doses if dose.unit == "cells/kg"), doses[0].unit)
    alike = [dose for dose in doses if dose.unit == unit]
    return {
        "min": _number(min(dose.value for dose in alike)),
        "max": _number(max(dose.value_max or dose.value for dose in alike)),
        "unit": unit,
        "levels": len({dose.level or (dose.value, dose.value_max) for dose in alike}),
    }


_DOCUMENT = (
    "id", "title", "official_title", "summary", "revision", "true_as_of", "recorded_at", "updated_at",
    "identifiers", "status", "phase", "design", "product", "conditions", "age", "sex", "healthy_volunteers",
    "enrollment", "start_date", "primary_completion_date", "completion_date", "sponsor", "collaborators",
    "countries", "unstated", "arms", "doses", "lymphodepletion", "sites", "contacts", "outcomes",
    "criteria_summary", "criteria", "curation_notes", "sources",
)  # fmt: skip
_CARD = (
    "id", "title", "identifiers", "status", "phase", "product", "conditions", "age", "sex", "enrollment", "sponsor",
    "countries", "dose_range", "sites_recruiting", "criteria_summary", "unstated", "revision", "updated_at",
)  # fmt: skip


def _json(facts: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    return json.dumps({key: facts[key] for key in keys}, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
