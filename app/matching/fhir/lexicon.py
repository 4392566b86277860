"""What codes and names of other systems mean in the vocabulary."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from app.matching.fhir.elements import Coding, Concept
from app.vocabulary.terms import TermKind, Vocabulary

_SYSTEMS: Mapping[str, tuple[str, ...]] = {
    "http://loinc.org": ("loinc",),
    "urn:oid:2.16.840.1.113883.6.1": ("loinc",),
    "http://snomed.info/sct": ("snomed", "snomed_ct", "sct"),
    "urn:oid:2.16.840.1.113883.6.96": ("snomed", "snomed_ct", "sct"),
    "http://hl7.org/fhir/sid/icd-10": ("icd10",),
    "urn:oid:2.16.840.1.113883.6.3": ("icd10",),
    "http://hl7.org/fhir/sid/icd-10-cm": ("icd10cm", "icd10"),
    "urn:oid:2.16.840.1.113883.6.90": ("icd10cm", "icd10"),
    "http://hl7.org/fhir/sid/icd-10-gm": ("icd10",),
    "http://fhir.de/codesystem/bfarm/icd-10-gm": ("icd10",),
    "http://fhir.de/codesystem/dimdi/icd-10-gm": ("icd10",),
    "http://www.nlm.nih.gov/research/umls/rxnorm": ("rxnorm",),
    "urn:oid:2.16.840.1.113883.6.88": ("rxnorm",),
    "http://www.whocc.no/atc": ("atc",),
    "urn:oid:2.16.840.1.113883.6.73": ("atc",),
    "http://fhir.de/codesystem/bfarm/atc": ("atc",),
    "http://hl7.org/fhir/sid/cvx": ("cvx",),
    "urn:oid:2.16.840.1.113883.12.292": ("cvx",),
}
"""Code systems by their URI in FHIR, in lower case, and the mapping files that hold their codes, the closest first."""

_CODED = (TermKind.OBSERVATION, TermKind.CONDITION, TermKind.AGENT, TermKind.EVENT)
_HIERARCHICAL = frozenset({"icd10", "icd10cm"})
_SHORTEST_CATEGORY = 3


class How(StrEnum):
    """What a meaning rests on."""

    CODE = "by its code"
    CATEGORY = "by the category of its code"
    NAME = "by its name"
    TYPE = "by its type"


@dataclass(frozen=True, slots=True)
class Match:
    """A code of the vocabulary, what led to it, and the code in the other system, if one did."""

    code: str
    how: How
    system_code: str | None = None


@dataclass(frozen=True, slots=True)
class Miss:
    """No meaning, or no single one (`candidates`)."""

    reason: str
    system_code: str | None = None
    candidates: frozenset[str] = frozenset()


NO_CODE = "it has neither a code nor a name"
UNKNOWN = "the vocabulary has no term for it"
AMBIGUOUS = "its codes mean more than one thing"


class Lexicon:
    """Look-ups in one vocabulary. Its indexes are made on first use: keep one for as long as the vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def find(self, kind: TermKind, concept: Concept, *, names: bool = True) -> Match | Miss:
        """What a concept means among the terms of a kind: by its codes, else by one of its names, if `names`.

        Codes of one concept mean the same thing, so the closest of what they say holds, where it implies the others.
        A name must be a term's code, label or synonym, whatever its case, hyphens and accents.
        """
        found: dict[str, Match] = {}
        for coding in concept.codings:
            for code, how in self.coded(kind, coding):
                if code not in found or how is How.CODE:
                    found[code] = Match(code, how, token(coding))
        closest = self._closest(kind, found)
        if len(closest) == 1:
            return found[closest[0]]
        sent = self.system_code(concept)
        if closest:
            named = {self.named(kind, name) or "" for name in concept.names} & set(closest)
            return found[named.pop()] if len(named) == 1 else Miss(AMBIGUOUS, sent, frozenset(closest))
        if names:
            called = self._closest(kind, {self.named(kind, name) or "" for name in concept.names} - {""})
            if called:
                return Match(called[0], How.NAME, sent) if len(called) == 1 else Miss(AMBIGUOUS, sent)
        return Miss(UNKNOWN if concept.names or concept.codes else NO_CODE, sent)

    def coded(self, kind: TermKind, coding: Coding) -> Iterable[tuple[str, How]]:
        """What one code means: itself, or in a hierarchical system the longest category that holds it."""
        for system in self.systems(coding.system):
            code = coding.code.upper()
            if system in _HIERARCHICAL:
                code = re.sub(r"[^A-Z0-9]", "", code)
                for length in range(len(code), _SHORTEST_CATEGORY - 1, -1):
                    if terms := self._codings.get((kind, system, code[:length])):
                        return [(term, How.CODE if length == len(code) else How.CATEGORY) for term in terms]
            elif terms := self._codings.get((kind, system, code)):
                return [(term, How.CODE) for term in terms]
        return []

    def named(self, kind: TermKind, name: str) -> str | None:
        """The term that has a name. Abbreviations are no names, save those of observations: `MS` is many things."""
        return self._names[kind].get(plain(name))

    def has_no_term(self, coding: Coding) -> bool:
        """Whether a code is known to mean nothing that the vocabulary has a term for."""
        return any(coding.code in self._without_term.get(system, ()) for system in self.systems(coding.system))

    def systems(self, uri: str) -> tuple[str, ...]:
        """The mapping files that hold codes of a system, the closest first: by its URI in FHIR, or by their `url`."""
        bare = _bare(uri)
        known = self.vocabulary.code_systems
        listed = tuple(name for name in _SYSTEMS.get(bare, ()) if name in known)
        return listed or self._by_url.get(bare, ())

    def system_code(self, concept: Concept) -> str | None:
        """The code to name a concept by: the first of a system that the vocabulary maps, else the first."""
        mapped = [coding for coding in concept.codings if self.systems(coding.system)]
        return next((shown for coding in (*mapped, *concept.codings) if (shown := token(coding))), None)

    def _closest(self, kind: TermKind, found: Iterable[str]) -> list[str]:
        """What is left of several conditions without those that another one implies."""
        codes = set(found)
        if kind is TermKind.CONDITION:
            implied = {above for code in codes for above in self.vocabulary.condition_ancestors(code) - {code}}
            codes -= implied
        return sorted(codes)

    @cached_property
    def _codings(self) -> Mapping[tuple[TermKind, str, str], tuple[str, ...]]:
        found: dict[tuple[TermKind, str, str], list[str]] = {}
        for kind in _CODED:
            for term in self.vocabulary.terms(kind).values():
                for system, codes in term.codings.items():
                    for code in codes:
                        key = code.replace(".", "") if system in _HIERARCHICAL else code.upper()
                        found.setdefault((kind, system, key), []).append(term.code)
        return {key: tuple(codes) for key, codes in found.items()}

    @cached_property
    def _without_term(self) -> Mapping[str, frozenset[str]]:
        return {name: frozenset(system.without_term) for name, system in self.vocabulary.code_systems.items()}

    @cached_property
    def _by_url(self) -> Mapping[str, tuple[str, ...]]:
        return {_bare(system.url): (name,) for name, system in self.vocabulary.code_systems.items() if system.url}

    @cached_property
    def _names(self) -> Mapping[TermKind, Mapping[str, str]]:
        found: dict[TermKind, dict[str, str]] = {kind: {} for kind in (*_CODED, TermKind.AGENT_CLASS)}
        for kind, names in found.items():
            for term in self.vocabulary.terms(kind).values():
                names[plain(term.code)] = term.code
                for name in (term.label, *term.synonyms):
                    if kind is TermKind.OBSERVATION or not _is_abbreviation(name):
                        names.setdefault(plain(name), term.code)
        return found


def _bare(uri: str) -> str:
    """A URI as it is compared: without version, in lower case."""
    return uri.partition("|")[0].strip().rstrip("/").lower().replace("https://", "http://", 1)


_SAFE_SYSTEM = re.compile(r"[A-Za-z][\w+.:/#-]{0,150}", re.ASCII)
_SAFE_CODE = re.compile(r"[A-Za-z0-9][\w.+:/-]{0,39}", re.ASCII)


def token(coding: Coding) -> str | None:
    """`system|code`, as FHIR writes one in a search; None where it looks like neither, and might be anything."""
    if not _SAFE_CODE.fullmatch(coding.code):
        return None
    return f"{coding.system}|{coding.code}" if _SAFE_SYSTEM.fullmatch(coding.system) else coding.code


_SEMANTIC_TAG = re.compile(r"\s\((?:disorder|finding|procedure|situation|event|substance|product|observable entity)\)$")


def plain(name: str) -> str:
    """A name as it is compared: lower case; no accents, hyphens, possessives, or tags such as `(disorder)`."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(sign))
    bare = re.sub(r"['\u2019]s\b", "", _SEMANTIC_TAG.sub("", bare.strip()))
    return " ".join(re.sub(r"[-\u2010-\u2015_,]", " ", bare).split())


def _is_abbreviation(name: str) -> bool:
    capitals = sum(sign.isupper() for sign in name)
    return len(name) <= 3 or (len(name) <= 6 and capitals >= 2)
