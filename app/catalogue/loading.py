"""Loading: from the tables to the snapshot, in one transaction, reading only what changed since the last one.

Rows come in batches and become arrays at once: as Python objects, 100,000 trials would take several times the memory.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, TextClause, text

from app.catalogue.columns import UNSTATED, Ints, Lexicon, Mask, Names, Pairs, marked, patched, plain_name
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
_DOSES = _of_changed("SELECT trial_number, value, coalesce(value_max, value), unit = 'cells/kg' FROM dose")
_BATCH = 5_000
_OLDEST = 130
_EVERY_SEX = tuple(TrialSex)

Array = NDArray[Any]
ToArray = Callable[[Sequence[Any]], Array]


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
    read = partial(_read, connection, base.revision)
    code = {name: _codes_by(lexicon) for name, lexicon in base.lexicons.items()}
    rows, ids, titles, updated, min_age, max_age, age_stated, *facts = read(
        _TRIALS, _ints, _texts, _titles, _instants, _or(0), _or(_OLDEST), _flags,
        *(code[name] for name in ("cell_type", "cell_source", "phase", "status", "sponsor", "sex")),
    )  # fmt: skip
    size = max(base.size, int(rows.max(initial=-1)) + 1)
    changed = marked(size, rows)
    there = patched(base.there, size, rows, np.ones(len(rows)), fill=False)
    all_ids, all_titles = patched(base.ids, size, rows, ids, ""), patched(base.titles, size, rows, titles, "")
    all_updated = patched(base.updated, size, rows, updated, 0)
    by_id = _sorted(np.flatnonzero(there), all_ids)
    cell_type, cell_source, phase, status, sponsor, sex = facts
    admitted = _each(sex, rows, _admits(base.lexicons["sex"]))
    targets = read(_TARGETS, _ints, code["target"])
    conditions = read(_CONDITIONS, _ints, code["condition"])
    implied = _each(conditions[1], conditions[0], _implies(base.lexicons["condition"], vocabulary))
    site, key, city, country, site_status, latitude, longitude = read(
        _SITES, _ints, code["site"], code["city"], code["country"], code["site_status"], _floats, _floats
    )
    of_site = partial(_paired, size, changed, site)
    return replace(
        base,
        revision=revision,
        there=there,
        ids=all_ids,
        titles=all_titles,
        updated=all_updated,
        by_id=by_id,
        by_updated=by_id[np.argsort(-all_updated[by_id], kind="stable")],
        by_title=_sorted(by_id, all_titles),
        min_age=patched(base.min_age, size, rows, min_age, 0),
        max_age=patched(base.max_age, size, rows, max_age, 0),
        age_stated=patched(base.age_stated, size, rows, age_stated, fill=False),
        cell_type=base.cell_type.patched(size, rows, cell_type),
        cell_source=base.cell_source.patched(size, rows, cell_source),
        phase=base.phase.patched(size, rows, phase),
        status=base.status.patched(size, rows, status),
        sponsor=base.sponsor.patched(size, rows, sponsor),
        sponsor_plain=base.sponsor_plain.patched(size, rows, _plain(base.sponsors, sponsor)),
        sex=base.sex.patched(size, rows, sex),
        sex_admitted=base.sex_admitted.patched(size, changed, *admitted),
        target=base.target.patched(size, changed, *targets),
        condition=base.condition.patched(size, changed, *conditions),
        condition_implied=base.condition_implied.patched(size, changed, *implied),
        city=of_site(base.city, city),
        city_plain=of_site(base.city_plain, _plain(base.cities, city)),
        country=of_site(base.country, country),
        site_status=of_site(base.site_status, site_status),
        sites=_positions(base, changed, site, key, site_status, np.column_stack([latitude, longitude])),
        doses=_doses(base.doses, changed, *read(_DOSES, _ints, _floats, _floats, _flags)),
    )


def _read(connection: Connection, known: int, statement: TextClause, *to_arrays: ToArray) -> list[Array]:
    """The columns of what changed since a revision, each made an array in its own way."""
    cursor: Any = connection.execute(statement, {"known": known}).cursor  # rows of SQLAlchemy's cost as much again
    parts = [[make(()) for make in to_arrays]]
    while batch := cursor.fetchmany(_BATCH):
        parts.append([make(values) for make, values in zip(to_arrays, zip(*batch, strict=True), strict=True)])
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


def _ints(values: Sequence[int]) -> Array:
    return np.array(values, np.int32)


def _floats(values: Sequence[float | None]) -> Array:
    return np.array(values, np.float64)  # None becomes NaN


def _flags(values: Sequence[bool | int]) -> Array:
    return np.array(values, np.bool_)


def _texts(values: Sequence[str]) -> Array:
    return np.array(values, np.object_)


def _titles(values: Sequence[str]) -> Array:
    return np.array([plain_name(title)[:LONGEST_TITLE] for title in values], np.object_)


def _instants(values: Sequence[str]) -> Array:
    """Microseconds since 1970 of instants in UTC."""
    return np.array([value.removesuffix("Z") for value in values], "datetime64[us]").astype(np.int64)


def _or(bound: int) -> ToArray:
    return lambda values: np.array([bound if value is None else value for value in values], np.int16)


def _codes_by(lexicon: Lexicon) -> ToArray:
    return lambda values: np.array([lexicon[value] for value in values], np.int32)


def _plain(names: Names, codes: Array) -> Array:
    """The codes of names whatever their spelling."""
    return np.array([*names.plain_by_code, UNSTATED], np.int32)[codes]  # UNSTATED is -1: the last one


def _admits(lexicon: Lexicon) -> Callable[[int], Iterable[int]]:
    """Each sex for all; itself for any other."""
    every = [lexicon[sex.value] for sex in _EVERY_SEX]
    return lambda code: every if code == lexicon[TrialSex.ALL.value] else (code,)


def _implies(lexicon: Lexicon, vocabulary: Vocabulary) -> Callable[[int], Iterable[int]]:
    """A condition and those above it."""

    def above(code: int) -> Iterator[int]:
        condition = lexicon.values_by_code[code]
        known = condition in vocabulary.conditions
        yield from (lexicon[other] for other in (vocabulary.condition_ancestors(condition) if known else (condition,)))

    return above


def _each(codes: Array, rows: Array, of: Callable[[int], Iterable[int]]) -> tuple[Array, Array]:
    """Rows and codes of the pairs that `of` makes of each code."""
    pairs = [(rows[:0], codes[:0])]
    for code in np.unique(codes[codes != UNSTATED]).tolist():
        these = rows[codes == code]
        pairs += [(these, np.full(len(these), other, np.int32)) for other in of(code)]
    return np.concatenate([those for those, _ in pairs]), np.concatenate([others for _, others in pairs])


def _paired(size: int, changed: Mask, rows: Array, base: Pairs, codes: Array) -> Pairs:
    return base.patched(size, changed, rows, codes)


def _sorted(rows: Array, by: Array) -> Ints:
    """The rows in the order of a column of texts; those with equal texts as they were."""
    return np.array(sorted(rows.tolist(), key=by.tolist().__getitem__), np.int32)


def _positions(base: Snapshot, changed: Mask, rows: Array, keys: Array, status: Array, degrees: Array) -> Sites:
    stay, stated = ~changed[base.sites.rows], ~np.isnan(degrees).any(axis=1)
    recruiting = status == base.lexicons["site_status"][Status.RECRUITING.value]
    return Sites(
        rows=np.concatenate([base.sites.rows[stay], rows[stated]]),
        keys=np.concatenate([base.sites.keys[stay], keys[stated]]),
        recruiting=np.concatenate([base.sites.recruiting[stay], recruiting[stated]]),
        points=np.concatenate([base.sites.points[stay], on_sphere(degrees[stated])]),
    )


def _doses(base: Doses, changed: Mask, rows: Array, low: Array, high: Array, per_kg: Array) -> Doses:
    stay = ~changed[base.rows]
    return Doses(
        rows=np.concatenate([base.rows[stay], rows[per_kg]]),
        low=np.concatenate([base.low[stay], low[per_kg]]),
        high=np.concatenate([base.high[stay], high[per_kg]]),
    )
