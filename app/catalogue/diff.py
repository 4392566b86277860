"""What an amendment changed: two revisions of one trial, compared as clients read them.

Scalars and objects are compared field by field, each named by its JSON Pointer. Arms, sites and criteria are compared
by key, whatever their order. A list without keys, and a criterion's expression, changes as a whole: a path into the
middle of one would mean nothing after the next insertion. What is ours (numbers, times) or follows from the rest
(countries, the counts of criteria) is left out.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Json = Any
KEYED = ("arms", "sites", "criteria")
_OURS = frozenset({"id", "revision", "recorded_at", "updated_at"})
_DERIVED = frozenset({"countries", "unstated"})
_COUNTS = ("total", "structured")
_WHOLE = frozenset({"expression"})


def diff_documents(before: Mapping[str, Json], after: Mapping[str, Json]) -> dict[str, Json]:
    """The changes from one whole document to another.

    `{"trial", "from", "to", "fields": [{"field", "from", "to"}], "arms" | "sites" | "criteria": {"added": [part],
    "removed": [part], "changed": [{"key", "fields": [{"field", "from", "to"}]}]}}`; the pointers of a changed part
    begin at that part.
    """
    changes: dict[str, Json] = {"trial": after["id"], "from": before["revision"], "to": after["revision"]}
    changes["fields"] = list(_fields(_as_registered(before), _as_registered(after)))
    for name in KEYED:
        changes[name] = _parts(before[name], after[name])
    return changes


def _as_registered(document: Mapping[str, Json]) -> dict[str, Json]:
    """The document without its keyed parts, without what is ours and without what follows from the rest."""
    left_out = {*_OURS, *_DERIVED, *KEYED}
    registered = {name: value for name, value in document.items() if name not in left_out}
    summary = registered["criteria_summary"]
    registered["criteria_summary"] = {name: value for name, value in summary.items() if name not in _COUNTS}
    return registered


def _fields(before: Mapping[str, Json], after: Mapping[str, Json], pointer: str = "") -> Iterator[dict[str, Json]]:
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name), after.get(name)
        if name not in _WHOLE and isinstance(old, dict) and isinstance(new, dict):
            yield from _fields(old, new, f"{pointer}/{name}")
        elif not _same(old, new):
            yield {"field": f"{pointer}/{name}", "from": old, "to": new}


def _same(old: Json, new: Json) -> bool:
    """Equal as JSON, where `true` is not 1."""
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_same, old, new))
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(_same(old[name], new[name]) for name in old)
    return isinstance(old, bool) == isinstance(new, bool) and bool(old == new)


def _parts(before: list[Json], after: list[Json]) -> dict[str, Json]:
    old = {part["key"]: part for part in before}
    new = {part["key"]: part for part in after}
    changed = [
        {"key": key, "fields": fields}
        for key, part in new.items()
        if key in old and (fields := list(_fields(old[key], part)))
    ]
    return {
        "added": [part for key, part in new.items() if key not in old],
        "removed": [part for key, part in old.items() if key not in new],
        "changed": changed,
    }
