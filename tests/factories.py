"""Trials for tests: one in which only what matters is named, and catalogues of as many as are wanted."""

import json
from collections.abc import Iterator
from functools import lru_cache
from random import Random
from typing import Any

from app.catalogue.documents import Criterion, TrialRecord

_PLAIN: dict[str, Any] = {
    "id": "plain-trial",
    "title": "A plain trial",
    "status": {"value": "recruiting"},
    "product": {"cell_type": "car_t"},
    "age": {"stated": False},
    "inclusions_stated": True,
    "exclusions_stated": True,
    "sources": [{"name": "a registry", "kind": "registry"}],
}


def a_trial(**changes: Any) -> TrialRecord:
    """A trial that states next to nothing but what is named; parts are given as in JSON."""
    return TrialRecord.model_validate(_PLAIN | changes)


def a_criterion(key: str = "inc-1", **changes: Any) -> dict[str, Any]:
    """A criterion as in JSON; its kind is that of its key."""
    kind = "inclusion" if key.startswith("inc") else "exclusion"
    number = "".join(filter(str.isdigit, key))
    plain = {"key": key, "kind": kind, "statement": f"What {key} asks.", "locator": f"{kind} {number}"}
    return plain | changes


def at_least(code: str, value: float, unit: str | None = None) -> dict[str, Any]:
    """The latest result of `code` is that or more."""
    return {"kind": "observation", "code": code, "threshold": {"comparator": "ge", "value": value, "unit": unit}}


EVERYTHING = a_trial(
    id="everything",
    title="A trial of which every part is stated",
    identifiers=[{"value": "NCT01234567", "scheme": "nct"}, {"value": "abc-1", "scheme": "org_study_id"}],
    status={"value": "recruiting", "as_of": "2025-07"},
    product={"cell_type": "car_nk", "cell_source": "allogeneic", "targets": ["CD19", "BCMA"], "name": "N"},
    conditions=["sle"],
    age={"stated": True, "min_years": 18},
    start_date={"date": "2024-06", "type": "estimated"},
    collaborators=["A second sponsor"],
    arms=[{"key": "arm-1", "label": "One"}],
    doses=[{"value": 1e6, "unit": "cells/kg", "days": [0, 7, 14], "arm": "arm-1"}],
    lymphodepletion=[{"agent": "fludarabine", "value": 25, "unit": "mg/m2/d", "days": [-5]}],
    sites=[{"key": "site-1", "city": "Hangzhou", "country": "CN", "position": {"latitude": 30.3, "longitude": 120.2}}],
    contacts=[{"name": "A. Person", "role": "primary", "site": "site-1"}],
    outcomes=[{"measure": "Adverse events"}],
    criteria=[a_criterion("inc-1", expression=at_least("lvef", 50, "%")), a_criterion("exc-1")],
    curation_notes=[{"field": "/status", "kind": "inferred", "text": "Of its site."}],
)
"""A record in which no list is empty."""


def many_trials(count: int, seed: int = 1, criteria: int = 20) -> Iterator[TrialRecord]:
    """A catalogue that is the same for the same seed: varied trials with up to twenty criteria each.

    A document has some 12 kB with twenty criteria, 6 kB with eight.
    """
    chance = Random(seed)  # noqa: S311 # nothing here is secret
    for number in range(count):
        facts = _varied(number, chance)
        yield TrialRecord.model_validate(facts | {"criteria": facts["criteria"][-criteria:]})


_PLACES = (
    ("CN", "Hangzhou", 30.27, 120.16),
    ("CN", "Shanghai", 31.23, 121.47),
    ("CN", "Nanjing", 32.06, 118.8),
    ("CN", "Beijing", 39.9, 116.41),
    ("DE", "Erlangen", 49.6, 11.0),
    ("DE", "Berlin", 52.52, 13.4),
    ("FR", "Paris", 48.86, 2.35),
    ("US", "Boston", 42.36, -71.06),
    ("US", "Seattle", 47.61, -122.33),
    ("MY", "Kuala Lumpur", 3.14, 101.69),
    ("JP", "Osaka", 34.69, 135.5),
    ("ES", "Málaga", 36.72, -4.42),
)
_SPONSORS = ("University Hospital", "Institute of Cell Therapy", "Biotech Ltd", "Children's Hospital", "Medical School")
_CONDITIONS = ("sle", "lupus_nephritis", "systemic_sclerosis", "anca_vasculitis", "myasthenia_gravis", "sjogren")
_TARGETS: tuple[list[str], ...] = (
    ["CD19"],
    ["CD19"],
    ["BCMA"],
    ["CD19", "BCMA"],
    ["CD20"],
    ["CD19", "CD20"],
    ["CD70"],
    [],
)
_CELL_TYPES = ("car_t", "car_t", "car_t", "car_nk", "car_dnt", "car_treg", "caar_t", "other")
_CELL_SOURCES = ("autologous", "autologous", "allogeneic", "in_vivo", None)
_STATUSES = ("recruiting", "recruiting", "not_yet_recruiting", "active_not_recruiting", "completed", "unknown")
_PHASES = ("early_phase_1", "phase_1", "phase_1", "phase_1_2", "phase_2", None)
_SEXES = ("all", "all", "all", "female", "male", None)
_REASONS = (
    "because the treatment before the infusion strains the marrow, the heart and the kidneys",
    "as measured by the laboratory of the site, in a sample taken after the last transfusion",
    "unless the investigator finds that the disease under treatment explains it",
    "judged on the day of screening and once more before the cells are given",
)


def _varied(number: int, chance: Random) -> dict[str, Any]:
    slug = f"trial-{number:06d}"
    condition = chance.choice(_CONDITIONS)
    cell_type, source = chance.choice(_CELL_TYPES), chance.choice(_CELL_SOURCES)
    levels = chance.randint(0, 3)
    least = chance.choice((0.25, 0.5, 1, 2, 5)) * 1_000_000
    stated = chance.random() < 0.9
    oldest = chance.choice((None, 60, 65, 70, 75))
    places = chance.sample(_PLACES, chance.choice((1, 1, 1, 2, 3)))
    year = chance.randint(2021, 2026)
    month = chance.randint(1, 12)
    return {
        "id": slug,
        "title": f"{cell_type.replace('_', '-').upper()} cells in {condition.replace('_', ' ')}, study {number}",
        "official_title": f"A study of the safety and efficacy of engineered cells in {condition}, part {number}",
        "summary": f"This study asks whether the cells bring {condition} into remission. {_REASONS[number % 4]}.",
        "true_as_of": f"{year}-{month:02d}",
        "identifiers": [
            {"value": f"NCT{number:08d}", "scheme": "nct"},
            {"value": f"ORG-{number % 997}", "scheme": "org_study_id"},
        ],
        "status": {"value": chance.choice(_STATUSES), "as_of": f"{year}-{month:02d}"},
        "phase": chance.choice(_PHASES),
        "design": {"study_type": "interventional", "model": "single_group", "masking": "none", "purpose": "treatment"},
        "product": {"cell_type": cell_type, "cell_source": source, "targets": chance.choice(_TARGETS)},
        "conditions": [condition, *(["autoimmune_disease"] if chance.random() < 0.1 else [])],
        "age": {"min_years": chance.choice((5, 12, 18, 18)), "max_years": oldest, "stated": True}
        if stated
        else {"stated": False},
        "sex": chance.choice(_SEXES),
        "healthy_volunteers": False,
        "enrollment": {"count": chance.randint(5, 120), "type": "estimated"},
        "start_date": {"date": f"{year}-{month:02d}-01", "type": "actual"},
        "sponsor": f"{chance.choice(places)[1]} {chance.choice(_SPONSORS)}",
        "arms": [{"key": "arm-1", "label": "Engineered cells", "type": "experimental"}],
        "doses": [
            {"value": least * 10**level, "unit": "cells/kg", "level": level + 1, "arm": "arm-1"}
            for level in range(levels)
        ],
        "lymphodepletion": [
            {"agent": "fludarabine", "value": chance.choice((25, 30)), "unit": "mg/m2/d", "days": [-5, -4, -3]},
            {"agent": "cyclophosphamide", "value": chance.choice((300, 500)), "unit": "mg/m2/d", "days": [-3]},
        ],
        "sites": [
            {
                "key": f"site-{place}",
                "name": f"{city} {chance.choice(_SPONSORS)}",
                "city": city,
                "country": country,
                "position": {"latitude": latitude, "longitude": longitude},
                "status": {"value": chance.choice(_STATUSES)},
            }
            for place, (country, city, latitude, longitude) in enumerate(places, start=1)
        ],
        "contacts": [{"name": f"Dr. {number}", "role": "primary", "email": f"doctor.{number}@example.org"}],
        "outcomes": [
            {"type": "primary", "category": "safety", "measure": "Adverse events", "time_frame": "12 weeks"},
            {"type": "secondary", "category": "efficacy", "measure": "Remission by DORIS", "time_frame": "24 weeks"},
        ],
        "inclusions_stated": True,
        "exclusions_stated": chance.random() < 0.95,
        "criteria": [
            _criterion(f"{kind}-{place}", json.dumps(expression), chance.choice(_REASONS))
            for kind, expressions in _criteria(condition, oldest, chance)
            for place, expression in enumerate(expressions, start=1)
        ],
        "curation_notes": [{"field": "/status", "kind": "inferred", "text": "The site recruits.", "locator": "page"}],
        "sources": [{"name": "a registry", "kind": "registry", "as_of": f"{year}-{month:02d}-15"}],
    }


@lru_cache(maxsize=20_000)
def _criterion(key: str, expression: str, reason: str) -> Criterion:
    """Large catalogues say the same things again and again."""
    parsed = json.loads(expression)
    return Criterion.model_validate(a_criterion(key, expression=parsed, statement=f"{_said(parsed)}, {reason}."))


def _said(expression: dict[str, Any]) -> str:
    said = str(expression.get("code") or expression.get("classes") or expression.get("codes") or expression["kind"])
    return said.replace("_", " ").strip("[]'").capitalize()


def _criteria(condition: str, oldest: int | None, chance: Random) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Twelve inclusions and eight exclusions: 38 leaves or so."""

    def at_most_uln(code: str) -> dict[str, Any]:
        limit = {"comparator": "le", "value": chance.choice((1.5, 2, 2.5, 3)), "relative_to": "uln"}
        return {"kind": "observation", "code": code, "threshold": limit}

    def within(value: int, unit: str) -> dict[str, Any]:
        return {"within": {"value": value, "unit": unit}}

    def found(code: str) -> dict[str, Any]:
        return {"kind": "observation", "code": code, "finding": "positive"}

    yield (
        "inc",
        [
            {"kind": "age", "min_years": 18, "max_years": oldest},
            {"kind": "condition", "code": condition},
            at_least("sledai_2k", chance.choice((6, 7, 8, 10))),
            {"kind": "any_of", "of": [found("anti_dsdna"), found("anti_sm"), at_least("c3", 0.5, "g/L")]},
            {
                "kind": "therapy",
                "classes": ["immunosuppressant"],
                "min_distinct": chance.choice((1, 2)),
                "duration": {"comparator": "ge", "value": chance.choice((8, 12, 16)), "unit": "weeks"},
            },
            at_least("hemoglobin", chance.choice((70, 75, 80, 85, 90)), "g/L"),
            at_least("neutrophils", chance.choice((0.5, 1, 1.5)), "10*9/L"),
            at_least("platelets", chance.choice((30, 50, 75)), "10*9/L"),
            {"kind": "all_of", "of": [at_most_uln("alt"), at_most_uln("ast"), at_most_uln("total_bilirubin")]},
            {
                "kind": "any_of",
                "of": [
                    at_most_uln("creatinine"),
                    at_least("creatinine_clearance", chance.choice((30, 45, 60)), "mL/min"),
                ],
            },
            {"kind": "all_of", "of": [at_least("lvef", chance.choice((45, 50, 55)), "%"), at_least("spo2", 92, "%")]},
            {"kind": "undertaking", "text": "signs the consent"},
        ],
    )
    yield (
        "exc",
        [
            {
                "kind": "except",
                "of": {"kind": "condition", "code": "malignancy", "state": "ever"},
                "unless": [{"kind": "condition", "code": "basal_cell_carcinoma", "state": "ever"}],
            },
            {
                "kind": "any_of",
                "of": [found("hbsag"), {"kind": "all_of", "of": [found("anti_hbc"), found("hbv_dna")]}],
            },
            {"kind": "any_of", "of": [found("hcv_rna"), found("hiv"), found("syphilis")]},
            {"kind": "therapy", "agents": ["rituximab"], "window": within(chance.choice((3, 6, 12)), "months")},
            {"kind": "event", "codes": ["live_vaccine"], "window": within(chance.choice((4, 6)), "weeks")},
            {"kind": "event", "codes": ["clinical_trial"], "window": within(chance.choice((1, 3)), "months")},
            {
                "kind": "any_of",
                "of": [{"kind": "reproductive", "state": "pregnant"}, {"kind": "reproductive", "state": "lactating"}],
            },
            {"kind": "judgement", "text": "the investigator finds the patient unfit"},
        ],
    )
