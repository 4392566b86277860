"""What of a trial full text finds, and the writing of it; asking is the business of `search`."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import CursorResult, text, update
from sqlmodel import Session, col

from app.catalogue.documents import TrialRecord
from app.catalogue.tables import CatalogueState
from app.catalogue.text import index_words
from app.eligibility.criteria import AllOf, AnyOf, AtLeast, Except, Expression, Not, OnlyIf, Therapy
from app.vocabulary.enumerations import CellType
from app.vocabulary.terms import Term, TermKind, Vocabulary

INDEX_VERSION = 1
"""To be raised with every change of what is indexed; the index is then made anew."""

CELL_TYPE_NAMES: Mapping[CellType, str] = {
    CellType.CAR_T: "CAR-T cell, chimeric antigen receptor",
    CellType.CAR_NK: "CAR-NK, natural killer cell, chimeric antigen receptor",
    CellType.CAR_DNT: "CAR-DNT, double-negative T cell, chimeric antigen receptor",
    CellType.CAR_TREG: "CAR-Treg, regulatory T cell, chimeric antigen receptor",
    CellType.CAR_GAMMA_DELTA_T: "CAR gamma-delta T cell, chimeric antigen receptor",
    CellType.CAAR_T: "CAAR-T cell, chimeric autoantibody receptor",
    CellType.CAR_NKT: "CAR-NKT, natural killer T cell, chimeric antigen receptor",
    CellType.CAR_MACROPHAGE: "CAR macrophage, CAR-M, chimeric antigen receptor",
    CellType.OTHER: "",
}

_LAST_POSITION = 16_383  # the greatest that a tsvector holds


def put_search_rows(session: Session, trials: Iterable[tuple[int, TrialRecord]], vocabulary: Vocabulary) -> None:
    """Replace what is indexed of some trials, each given with its number."""
    rows = [
        {"number": number, "title": _words([record.title]), "body": _words(_body(record, vocabulary))}
        for number, record in trials
    ]
    if not rows:
        return
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("DELETE FROM trial_search WHERE rowid = :number"), rows)
        session.execute(text("INSERT INTO trial_search (rowid, title, body) VALUES (:number, :title, :body)"), rows)
        return
    session.execute(
        text(
            "INSERT INTO trial_search (number, document) VALUES (:number, CAST(:document AS tsvector))"
            " ON CONFLICT (number) DO UPDATE SET document = excluded.document"
        ),
        [{"number": row["number"], "document": _tsvector(str(row["title"]), str(row["body"]))} for row in rows],
    )


def compact_index(session: Session) -> None:
    """Have words that were replaced leave SQLite's index at once; Postgres' loses them when it is vacuumed."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("INSERT INTO trial_search (trial_search) VALUES ('optimize')"))


def note_index(session: Session, vocabulary: Vocabulary) -> bool:
    """Note with what everything is indexed; False if that was known already."""
    changed = update(CatalogueState).where(col(CatalogueState.indexed_by).is_distinct_from(fingerprint(vocabulary)))
    result = cast("CursorResult[Any]", session.execute(changed.values(indexed_by=fingerprint(vocabulary))))
    return result.rowcount > 0


def fingerprint(vocabulary: Vocabulary) -> str:
    """What an index depends on beside the records: this code's version, and the names of the terms."""
    digest = hashlib.sha256(str(INDEX_VERSION).encode())
    for kind in _NAMED:
        for code, term in sorted(vocabulary.terms(kind).items()):
            digest.update("\n".join((code, *_names(term))).encode())
    return digest.hexdigest()


_NAMED = (TermKind.CONDITION, TermKind.AGENT, TermKind.AGENT_CLASS, TermKind.TARGET, TermKind.COUNTRY)


def _names(term: Term) -> Iterator[str]:
    yield term.label
    yield from term.synonyms


def _body(record: TrialRecord, vocabulary: Vocabulary) -> Iterator[str]:
    """All that is found of a trial beside its title."""
    product = record.product
    yield from (record.id, record.official_title or "", record.summary or "")
    yield from (identifier.value for identifier in record.identifiers)
    yield from (product.name or "", product.manufacturing or "", CELL_TYPE_NAMES[product.cell_type])
    yield product.cell_source or ""
    yield from _coded(TermKind.TARGET, product.targets, vocabulary)
    yield from _coded(TermKind.CONDITION, record.conditions, vocabulary)
    yield from (record.sponsor or "", *record.collaborators)
    for site in record.sites:
        yield from (site.name or "", site.city or "", site.region or "")
        yield from _coded(TermKind.COUNTRY, (site.country,) if site.country else (), vocabulary)
    for arm in record.arms:
        yield from (arm.label, arm.description or "")
    yield from _coded(TermKind.AGENT, (step.agent for step in record.lymphodepletion), vocabulary)
    for outcome in record.outcomes:
        yield from (outcome.measure, outcome.definition or "", outcome.time_frame or "")
    for criterion in record.criteria:
        yield criterion.statement
        for therapy in _therapies(criterion.expression):
            yield from _coded(TermKind.AGENT, (*therapy.agents, *therapy.except_agents), vocabulary)
            yield from _coded(TermKind.AGENT_CLASS, therapy.classes, vocabulary)


def _therapies(expression: Expression | None) -> Iterator[Therapy]:
    """The therapies that an expression speaks of."""
    match expression:
        case Therapy():
            yield expression
        case AllOf() | AnyOf() | AtLeast():
            for branch in expression.of:
                yield from _therapies(branch)
        case Not():
            yield from _therapies(expression.of)
        case OnlyIf():
            yield from _therapies(expression.condition)
            yield from _therapies(expression.then)
        case Except():
            for part in (expression.of, *expression.unless):
                yield from _therapies(part)


def _coded(kind: TermKind, codes: Iterable[str], vocabulary: Vocabulary) -> Iterator[str]:
    terms = vocabulary.terms(kind)
    for code in codes:
        yield code
        if code in terms:
            yield from _names(terms[code])


def _words(texts: Iterable[str]) -> str:
    return " ".join(filter(None, map(_indexed, texts)))


@lru_cache(maxsize=8192)  # names of terms, cities and sponsors come again with every trial
def _indexed(said: str) -> str:
    return " ".join(index_words(said))


def _tsvector(title: str, body: str) -> str:
    """A tsvector written out: the words of the title weigh A, the others D. They hold nothing that needs quoting."""
    places: dict[str, list[str]] = {}
    words = [(word, "A") for word in title.split()] + [(word, "") for word in body.split()]
    for position, (word, weight) in enumerate(words, start=1):
        places.setdefault(word, []).append(f"{min(position, _LAST_POSITION)}{weight}")
    return " ".join(f"'{word}':{','.join(at)}" for word, at in places.items())
