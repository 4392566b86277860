"""Reading `seed/trials/*.yaml` strictly: every file is one `TrialRecord`, of known codes, whose notes point somewhere.

In a file a curation note may name a criterion, site or arm by its key (`/criteria/inc-5/expression`); in the record it
has the index that a JSON Pointer needs.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.catalogue.documents import TrialRecord
from app.catalogue.render import countries, criteria_summary, unstated
from app.eligibility.codes import check_expression
from app.vocabulary.enumerations import IdentifierScheme
from app.vocabulary.terms import TermKind, Vocabulary
from app.vocabulary.yaml_lines import Place, Problem, SeedError, YamlFile, read_yaml

SHARED_SCHEMES = frozenset({IdentifierScheme.ORG_STUDY_ID, IdentifierScheme.OTHER})
"""Sponsors number their studies as they like; a registry's number belongs to one trial."""


@dataclass(frozen=True, slots=True)
class SeedTrial:
    """A record, and the file that it comes from."""

    record: TrialRecord
    file: YamlFile

    def registered(self) -> Iterator[tuple[tuple[str, str], Place]]:
        """Scheme and number of each registration, the number in capitals, and where it stands."""
        for index, identifier in enumerate(self.record.identifiers):
            if identifier.scheme not in SHARED_SCHEMES:
                yield (identifier.scheme.value, identifier.value.upper()), ("identifiers", index)


def read_trials(folder: Path, vocabulary: Vocabulary | None) -> list[SeedTrial]:
    """All trials of a folder, in the order of their files. SeedError with everything wrong in any of them.

    Without a vocabulary, codes are left unchecked.
    """
    if not folder.is_dir():
        raise SeedError([Problem(str(folder), 1, "there is no such folder")])
    problems: list[Problem] = []
    trials: list[SeedTrial] = []
    for path in sorted(folder.iterdir()):
        if path.suffix == ".yaml":
            try:
                trial = _read(path)
            except SeedError as error:
                problems += error.problems
            else:
                trials.append(trial)
                problems += _faults(trial, path.stem, vocabulary)
        elif not path.name.startswith("."):
            problems.append(Problem(_name(path), 1, "a trial's file ends in .yaml: rename or remove this one"))
    problems += _registered_twice(trials)
    if problems:
        raise SeedError(sorted(problems, key=lambda problem: (problem.file, problem.line)))
    return trials


def _read(path: Path) -> SeedTrial:
    file = read_yaml(path, _name(path))
    record = file.build(TrialRecord, file.data)
    places, problems = [], []
    whole = _as_document(record)
    for index, note in enumerate(record.curation_notes):
        pointer = _resolved(note.field, whole)
        places.append(note.model_copy(update={"field": pointer}))
        if pointer is None:
            place = ("curation_notes", index, "field")
            problems.append(file.problem(place, f"{note.field} is not a place in this trial"))
    if problems:
        raise SeedError(problems)
    return SeedTrial(record.model_copy(update={"curation_notes": tuple(places)}), file)


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _as_document(record: TrialRecord) -> dict[str, Any]:
    """The record with what is derived from it and can be pointed at."""
    derived = {
        "countries": countries(record),
        "unstated": unstated(record),
        "criteria_summary": criteria_summary(record),
    }
    return record.model_dump(mode="json") | derived


def _resolved(pointer: str, whole: object) -> str | None:
    """A pointer with the index in place of a part's key; None where it leads nowhere."""
    at, tokens = whole, []
    for token in pointer.split("/")[1:]:
        match at:
            case dict() if (name := token.replace("~1", "/").replace("~0", "~")) in at:
                at = at[name]
                tokens.append(token)
            case list():
                index = _index(token, at)
                if index is None:
                    return None
                at = at[index]
                tokens.append(str(index))
            case _:
                return None
    return "".join(f"/{token}" for token in tokens)


def _index(token: str, parts: Sequence[Any]) -> int | None:
    if token.isascii() and token.isdigit():
        return int(token) if int(token) < len(parts) else None
    keys = [part.get("key") if isinstance(part, dict) else None for part in parts]
    return keys.index(token) if token in keys else None


def _faults(trial: SeedTrial, stem: str, vocabulary: Vocabulary | None) -> Iterator[Problem]:
    record, file = trial.record, trial.file
    if record.id != stem:
        yield file.problem(("id",), f"the file of {record.id} is {record.id}.yaml")
    if vocabulary is None:
        return
    coded: list[tuple[TermKind, Place, Iterable[str | None]]] = [
        (TermKind.CONDITION, ("conditions",), record.conditions),
        (TermKind.TARGET, ("product", "targets"), record.product.targets),
    ]
    for kind, place, codes in coded:
        for index, code in enumerate(codes):
            yield from _unknown(kind, code, file, (*place, index), vocabulary)
    for index, step in enumerate(record.lymphodepletion):
        yield from _unknown(TermKind.AGENT, step.agent, file, ("lymphodepletion", index, "agent"), vocabulary)
    for index, site in enumerate(record.sites):
        yield from _unknown(TermKind.COUNTRY, site.country, file, ("sites", index, "country"), vocabulary)
    for index, criterion in enumerate(record.criteria):
        if criterion.expression is None:
            continue
        pointer = f"/criteria/{index}/expression"
        for fault in check_expression(criterion.expression, vocabulary, pointer):
            nearest = f" (nearest: {', '.join(fault.nearest)})" if fault.nearest else ""
            message = f"{criterion.key}: {fault.pointer}: {fault.detail}: {fault.remedy}{nearest}"
            yield file.problem(_place(fault.pointer or pointer), message)


def _unknown(
    kind: TermKind, code: str | None, file: YamlFile, place: Place, vocabulary: Vocabulary
) -> Iterator[Problem]:
    if code is not None and code not in vocabulary.terms(kind):
        nearest = vocabulary.nearest(kind, code)
        remedy = f": nearest {', '.join(nearest)}" if nearest else ""
        yield file.problem(place, f"there is no {kind.value} {code} in the vocabulary{remedy}")


def _place(pointer: str) -> Place:
    return tuple(int(token) if token.isdigit() else token for token in pointer.split("/")[1:])


def _registered_twice(trials: Iterable[SeedTrial]) -> Iterator[Problem]:
    owners: dict[tuple[str, str], str] = {}
    for trial in trials:
        for registration, place in trial.registered():
            owner = owners.setdefault(registration, trial.record.id)
            if owner != trial.record.id:
                yield trial.file.problem(place, f"{registration[1]} is the number of {owner} already")
