"""Reads `seed/vocabulary` into a `Vocabulary`, strictly: nothing unknown, ambiguous, cyclic or without a source."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from app.vocabulary.checks import Located, check_form, check_references, check_spellings, coding_fault
from app.vocabulary.terms import (
    AgentClassTerm,
    AgentTerm,
    CodeSystem,
    ConditionTerm,
    CountryTerm,
    EventTerm,
    Frozen,
    ObservationTerm,
    Source,
    TargetTerm,
    Term,
    TermKind,
    Vocabulary,
)
from app.vocabulary.yaml_lines import Place, Problem, SeedError, Yaml, YamlFile, read_yaml

__all__ = ["SeedError", "load_vocabulary"]

_PLACES: Mapping[TermKind, tuple[str, Place]] = {
    TermKind.OBSERVATION: ("observations.yaml", ()),
    TermKind.CONDITION: ("conditions.yaml", ()),
    TermKind.AGENT_CLASS: ("agents.yaml", ("classes",)),
    TermKind.AGENT: ("agents.yaml", ("agents",)),
    TermKind.EVENT: ("events.yaml", ()),
    TermKind.TARGET: ("targets.yaml", ()),
    TermKind.COUNTRY: ("countries.yaml", ()),
}
"""The file in which the terms of each kind stand, and where in it."""

TermT = TypeVar("TermT", bound=Term)
ModelT = TypeVar("ModelT", bound=BaseModel)
Codings = dict[tuple[TermKind, str], dict[str, tuple[str, ...]]]


class _Mapping(Frozen):
    """One file of `mappings/`: a code system, and its codes for our terms."""

    system: str
    title: str
    version: str | None = None
    url: str | None = None
    notice: str
    without_term: tuple[str, ...] = ()
    codes: Mapping[TermKind, Mapping[str, tuple[str, ...]]]


def load_vocabulary(folder: Path) -> Vocabulary:
    """All of `folder`. Where anything is wrong: SeedError with the file and the line of every fault."""
    return _Loader(folder).load()


class _Loader:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.located: dict[TermKind, dict[str, Located]] = {}
        names = dict.fromkeys(name for name, _ in _PLACES.values())
        self.files = {name: self._file(name) for name in ("sources.yaml", *names)}

    def load(self) -> Vocabulary:
        sources = self._sources()
        systems, codings = self._mappings()
        observations = self._terms(TermKind.OBSERVATION, ObservationTerm, codings)
        conditions = self._terms(TermKind.CONDITION, ConditionTerm, codings)
        agent_classes = self._terms(TermKind.AGENT_CLASS, AgentClassTerm, codings)
        agents = self._terms(TermKind.AGENT, AgentTerm, codings)
        events = self._terms(TermKind.EVENT, EventTerm, codings)
        targets = self._terms(TermKind.TARGET, TargetTerm, codings)
        countries = self._terms(TermKind.COUNTRY, CountryTerm, codings)
        self._check_top_of_agents()
        self._check(sources)
        return Vocabulary(
            observations=observations,
            conditions=conditions,
            agents=agents,
            agent_classes=agent_classes,
            events=events,
            targets=targets,
            countries=countries,
            sources=sources,
            code_systems=systems,
        )

    def _check(self, sources: Mapping[str, Source]) -> None:
        for kind, terms in self.located.items():
            self.problems.extend(check_form(kind, terms))
        self.problems.extend(check_references(self.located, sources))
        self.problems.extend(check_spellings(self.located))
        if self.problems:
            raise SeedError(sorted(dict.fromkeys(self.problems), key=lambda problem: (problem.file, problem.line)))

    def _sources(self) -> dict[str, Source]:
        file = self.files["sources.yaml"]
        sources: dict[str, Source] = {}
        for key, place, fields in self._entries(file, ()):
            source = self._build(file, Source, {"key": key, **fields}, place)
            if source:
                sources[key] = source
        return sources

    def _terms(self, kind: TermKind, model: type[TermT], codings: Codings) -> dict[str, TermT]:
        name, place = _PLACES[kind]
        file = self.files[name]
        terms: dict[str, TermT] = {}
        self.located[kind] = {}
        for code, at, fields in self._entries(file, place):
            refused = [field for field in ("code", "codings") if field in fields]
            if refused:
                self.problems.append(file.problem((*at, refused[0]), f"{code}: {refused[0]} is not given here"))
                continue
            term = self._build(file, model, {"code": code, "codings": codings.get((kind, code), {}), **fields}, at)
            if term:
                terms[code] = term
                self.located[kind][code] = Located(term, file, at)
        return terms

    def _mappings(self) -> tuple[dict[str, CodeSystem], Codings]:
        """Every file of `mappings/`, as code systems and as codes by term. A file added to it is read alike."""
        systems: dict[str, CodeSystem] = {}
        codings: Codings = {}
        known = {
            kind: {code for code, _, _ in self._entries(self.files[name], place)}
            for kind, (name, place) in _PLACES.items()
        }
        for path in sorted((self.folder / "mappings").glob("*.yaml")):
            file = self._read(path, f"mappings/{path.name}")
            mapping = self._build(file, _Mapping, file.data, ())
            if mapping is None:
                continue
            if mapping.system in systems:
                self.problems.append(file.problem(("system",), f"{mapping.system} is mapped by another file already"))
                continue
            systems[mapping.system] = CodeSystem(**mapping.model_dump(exclude={"codes"}))
            mapped = {code for codes in mapping.codes.values() for foreign in codes.values() for code in foreign}
            for index, code in enumerate(mapping.without_term):
                fault = coding_fault(mapping.system, (code,))
                if fault or code in mapped:
                    message = fault or f"{code} is mapped to a term"
                    self.problems.append(file.problem(("without_term", index), message))
            for kind, codes in mapping.codes.items():
                for code, foreign in codes.items():
                    place = ("codes", kind.value, code)
                    if code not in known[kind]:
                        self.problems.append(file.problem(place, f"there is no {kind.value} {code}"))
                    fault = coding_fault(mapping.system, foreign)
                    if fault:
                        self.problems.append(file.problem(place, f"{code}: {fault}"))
                    codings.setdefault((kind, code), {})[mapping.system] = foreign
        return systems, codings

    def _check_top_of_agents(self) -> None:
        file = self.files["agents.yaml"]
        for key in file.data if isinstance(file.data, dict) else ():
            if key not in {"classes", "agents"}:
                self.problems.append(file.problem((key,), f"{key} is neither classes nor agents"))

    def _entries(self, file: YamlFile, place: Place) -> Iterator[tuple[str, Place, dict[str, Yaml]]]:
        """The named entries at a place of a file, each with its own place and fields."""
        data = file.data
        for part in place:
            data = data.get(str(part)) if isinstance(data, dict) else None
        if not isinstance(data, dict):
            self._once(file.problem(place, f"here must stand {'/'.join(map(str, place)) or 'terms'}, by their codes"))
            return
        for key, fields in data.items():
            if isinstance(fields, dict):
                yield key, (*place, key), fields
            else:
                self._once(file.problem((*place, key), f"{key} must have fields"))

    def _once(self, problem: Problem) -> None:
        if problem not in self.problems:
            self.problems.append(problem)

    def _file(self, name: str) -> YamlFile:
        return self._read(self.folder / name, name)

    def _read(self, path: Path, name: str) -> YamlFile:
        try:
            return read_yaml(path, name)
        except SeedError as error:
            self.problems.extend(error.problems)
            return YamlFile(name, {}, {(): 1})

    def _build(self, file: YamlFile, model: type[ModelT], data: object, place: Place) -> ModelT | None:
        try:
            return file.build(model, data, place)
        except SeedError as error:
            self.problems.extend(error.problems)
            return None
