"""Loading: from the tables to the snapshot, in one transaction, reading only what changed since the last one."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sqlalchemy import Connection, TextClause, text

from app.catalogue.columns import UNSTATED, Ints, Mask, Pairs, marked, patched, plain_name
from app.catalogue.snapshot import LONGEST_TITLE, Doses, Sites, Snapshot, empty_snapshot
from app.catalogue.sphere import on_sphere
from app.database import Database
from app.vocabulary.enumerations import Status, TrialSex
from app.vocabulary.terms import Vocabulary

_STATE = text("SELECT revision, (SELECT count(*) FROM trial) FROM catalogue_state")
_TRIALS = text(
    "SELECT number, id, title, updated_at, min_age, max_age, age_stated,"
    " cell_type, cell_source, phase, status, sponsor, sex FROM trial WHERE catalogue_revision > :known"
)


def _of_changed(rows: str) -> TextClause:
    changed = "SELECT number FROM trial WHERE catalogue_revision > :known"
    return text(f"{rows} WHERE trial_number IN ({changed}) ORDER BY trial_number, position")


_TARGETS = _of_changed("SELECT trial_number, code FROM trial_target")
_CONDITIONS = _of_changed("SELECT trial_number, code FROM trial_condition")
_SITES = _of_changed("SELECT trial_number, key, city, country, status, latitude, longitude FROM site")
_DOSES = _of_changed("SELECT trial_number, value, coalesce(value_max, value), unit FROM dose")
_ADMITTED = {
    None: (),
    TrialSex.FEMALE: (TrialSex.FEMALE,),
    TrialSex.MALE: (TrialSex.MALE,),
    TrialSex.ALL: tuple(TrialSex),
}
_OLDEST = 130

Rows = Sequence[Sequence[Any]]


def reload(database: Database, vocabulary: Vocabulary, base: Snapshot) -> Snapshot:
    """The catalogue as it is now; `base` itself where nothing changed. One caller at a time: lexicons are shared."""
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            connection = connection.execution_options(isolation_level="REPEATABLE READ")  # noqa: PLW2901
        revision, trials = connection.execute(_STATE).one()
        if revision == base.revision:
            return base
        if revision < base.revision:  # another database was put in its place
            base = empty_snapshot()
        snapshot = _patched(connection, vocabulary, base, revision)
        if np.count_nonzero(snapshot.there) != trials:  # some are gone, which no change tells
            snapshot = _patched(connection, vocabulary, empty_snapshot(), revision)
        return snapshot


def _patched(connection: Connection, vocabulary: Vocabulary, base: Snapshot, revision: int) -> Snapshot:
    def read(statement: TextClause) -> Rows:
        return connection.execute(statement, {"known": base.revision}).all()

    trials = read(_TRIALS)
    if not trials:
        return replace(base, revision=revision)
    numbers, ids, titles, updated, min_age, max_age, age_stated, *facts = zip(*trials, strict=True)
    rows = np.array(numbers, np.int32)
    size = max(base.size, int(rows.max()) + 1)
    changed = marked(size, rows)
    all_ids, all_titles = base.ids + [""] * (size - base.size), base.titles + [""] * (size - base.size)
    for number, slug, title in zip(numbers, ids, titles, strict=True):
        all_ids[number], all_titles[number] = slug, plain_name(title)[:LONGEST_TITLE]
    there = patched(base.there, size, rows, True, False)
    instants = np.array([instant.removesuffix("Z") for instant in updated], "datetime64[us]").astype(np.int64)
    all_updated = patched(base.updated, size, rows, instants, 0)
    by_id = np.array(sorted(np.flatnonzero(there).tolist(), key=all_ids.__getitem__), np.int32)
    return replace(
        base,
        revision=revision,
        there=there,
        ids=all_ids,
        titles=all_titles,
        updated=all_updated,
        by_updated=by_id[np.argsort(-all_updated[by_id], kind="stable")],
        by_title=np.array(sorted(by_id.tolist(), key=all_titles.__getitem__), np.int32),
        min_age=patched(base.min_age, size, rows, [age or 0 for age in min_age], 0),
        max_age=patched(base.max_age, size, rows, [_OLDEST if age is None else age for age in max_age], 0),
        age_stated=patched(base.age_stated, size, rows, age_stated, False),
        **_facts(base, size, rows, facts),
        **_codes(base, size, changed, read(_TARGETS), read(_CONDITIONS), vocabulary),
        **_places(base, size, changed, read(_SITES)),
        doses=_doses(base.doses, changed, read(_DOSES)),
    )


def _facts(base: Snapshot, size: int, rows: Ints, facts: Rows) -> dict[str, Any]:
    names = ("cell_type", "cell_source", "phase", "status", "sponsor", "sex")
    columns = {}
    for name, values in zip(names, facts, strict=True):
        lexicon = base.lexicons[name]
        columns[name] = getattr(base, name).patched(size, rows, [lexicon[value] for value in values])
    sponsors = base.sponsors
    plain = [UNSTATED if name is None else sponsors.plain_by_code[sponsors[name]] for name in facts[4]]
    sexes = base.lexicons["sex"]
    admitted = [
        (row, sexes[sex]) for row, value in zip(rows.tolist(), facts[-1], strict=True) for sex in _ADMITTED[value]
    ]
    columns["sponsor_plain"] = base.sponsor_plain.patched(size, rows, plain)
    return columns | {"sex_admitted": _pairs(base.sex_admitted, size, marked(size, rows), admitted)}


def _codes(
    base: Snapshot, size: int, changed: Mask, targets: Rows, conditions: Rows, vocabulary: Vocabulary
) -> dict[str, Any]:
    def and_above(code: str) -> Iterable[str]:
        return vocabulary.condition_ancestors(code) if code in vocabulary.conditions else (code,)

    known = base.lexicons["condition"]
    stated = [(row, known[code]) for row, code in conditions]
    implied = [(row, known[above]) for row, code in conditions for above in and_above(code)]
    return {
        "target": _pairs(base.target, size, changed, [(row, base.lexicons["target"][code]) for row, code in targets]),
        "condition": _pairs(base.condition, size, changed, stated),
        "condition_implied": _pairs(base.condition_implied, size, changed, implied),
    }


def _places(base: Snapshot, size: int, changed: Mask, sites: Rows) -> dict[str, Any]:
    cities, countries, statuses = (base.lexicons[name] for name in ("city", "country", "site_status"))
    city = [(row, cities[name]) for row, _, name, *_ in sites if name is not None]
    plain = [(row, base.cities.plain_by_code[code]) for row, code in city]
    country = [(row, countries[code]) for row, _, _, code, *_ in sites]
    status = [(row, statuses[value]) for row, _, _, _, value, *_ in sites]
    return {
        "city": _pairs(base.city, size, changed, city),
        "city_plain": _pairs(base.city_plain, size, changed, plain),
        "country": _pairs(base.country, size, changed, country),
        "site_status": _pairs(base.site_status, size, changed, status),
        "sites": _positions(base.sites, changed, [site for site in sites if None not in site[-2:]]),
    }


def _pairs(base: Pairs, size: int, changed: Mask, pairs: list[tuple[int, int]]) -> Pairs:
    return base.patched(size, changed, [row for row, _ in pairs], [code for _, code in pairs])


def _positions(base: Sites, changed: Mask, sites: Rows) -> Sites:
    stay = ~changed[base.rows]
    recruiting = np.array([site[4] == Status.RECRUITING for site in sites], np.bool_)
    degrees = np.array([site[-2:] for site in sites], np.float64).reshape(-1, 2)
    return Sites(
        rows=np.concatenate([base.rows[stay], np.array([site[0] for site in sites], np.int32)]),
        keys=[key for key, stays in zip(base.keys, stay, strict=True) if stays] + [site[1] for site in sites],
        recruiting=np.concatenate([base.recruiting[stay], recruiting]),
        points=np.concatenate([base.points[stay], on_sphere(degrees)]),
    )


def _doses(base: Doses, changed: Mask, doses: Rows) -> Doses:
    stay = ~changed[base.rows]
    new = np.array([dose[:3] for dose in doses if dose[3] == "cells/kg"], np.float64).reshape(-1, 3)
    return Doses(
        rows=np.concatenate([base.rows[stay], new[:, 0].astype(np.int32)]),
        low=np.concatenate([base.low[stay], new[:, 1]]),
        high=np.concatenate([base.high[stay], new[:, 2]]),
    )
