"""`Catalogue`: everything that is asked of the stored trials. Answers are bytes, ready to be served.

Documents and cards were rendered when they were written; an answer is put together from those bytes. What scans, ranks
or counts runs on a small pool once the catalogue is large; look-ups by key run where they are asked.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from app.catalogue.answers import (
    Candidates,
    CurrentRecord,
    Page,
    StoredDocument,
    as_json,
    current_record,
    list_of,
    page,
    stored,
    with_nearest,
)
from app.catalogue.chooser import Chooser
from app.catalogue.columns import Ints
from app.catalogue.compare import Measures, compare_trials
from app.catalogue.cursors import read_cursor, write_cursor
from app.catalogue.diff import diff_documents
from app.catalogue.documents import TrialRecord
from app.catalogue.editions import Edition, Editions
from app.catalogue.errors import RevisionNotFound, TrialNotFound
from app.catalogue.exports import csv_header, csv_rows
from app.catalogue.filters import Sort, TrialFilters, TrialQuery, check_filters
from app.catalogue.matchable import MatchableTrial
from app.catalogue.search import Search
from app.catalogue.statements import prepare_statements
from app.database import Database, Prepared, Rows
from app.vocabulary.faults import Fault, Refused
from app.vocabulary.terms import Vocabulary

Part = Literal["sites", "contacts", "arms", "doses", "outcomes", "criteria"]
AT_ONCE = 200
"""How many trials an export holds at a time."""
LEAST_COMPARED, MOST_COMPARED = 2, 6
_IDENTIFIER = re.compile(r"[A-Za-z0-9][\w./ -]{0,99}", re.ASCII)


class Catalogue:
    """The stored trials of one database, as clients ask for them.

    Making one opens nothing. Methods raise `TrialNotFound`, `RevisionNotFound`, `Refused` for what is asked wrongly,
    and `DatabaseUnavailable`. `measures` converts and writes thresholds for `compare`.
    """

    def __init__(self, database: Database, vocabulary: Vocabulary, measures: Measures | None = None) -> None:
        self._database = database
        self._vocabulary = vocabulary
        self._measures = measures or Measures()
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="catalogue")
        self._editions = Editions(database, vocabulary, self._pool)
        self._chooser = Chooser(Search(database, self._pool), self._pool)
        self._statements = prepare_statements(database)

    def close(self) -> None:
        """Let the threads go."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def catalogue_revision(self) -> int:
        """That of the last change."""
        [[revision]] = await self._database.read(self._statements.state)
        return int(revision)

    async def get_document(self, identifier: str) -> StoredDocument:
        """The whole trial, by its slug or a registry number in any case."""
        [[slug, document]] = await self._of_trial(self._statements.document, identifier)
        return stored(document, slug)

    async def get_part(self, identifier: str, part: Part) -> StoredDocument:
        """`{"items", "total"}` of one of the trial's lists."""
        [[slug, document]] = await self._of_trial(self._statements.document, identifier)
        return stored(list_of(json.loads(document)[part]), slug)

    async def list_revisions(self, identifier: str) -> StoredDocument:
        """`{"items": [{"revision", "true_as_of", "recorded_at"}], "total"}`, oldest first."""
        rows = await self._of_trial(self._statements.revisions, identifier)
        items = [dict(zip(("revision", "true_as_of", "recorded_at"), row[1:], strict=True)) for row in rows]
        return stored(list_of(items), rows[0][0])

    async def get_revision(self, identifier: str, number: int) -> StoredDocument:
        """The whole trial as it stood."""
        rows = await self._database.read(self._statements.revision, **_names(identifier), revision=number)
        if not rows:
            await self._of_trial(self._statements.document, identifier)  # TrialNotFound, if that is the reason
            raise RevisionNotFound
        [[slug, document]] = rows
        return stored(document, slug)

    async def diff(self, identifier: str, before: int, after: int) -> StoredDocument:
        """What changed from one revision to another, in the form of `diff_documents`."""
        old, new = await self.get_revision(identifier, before), await self.get_revision(identifier, after)
        return stored(as_json(diff_documents(json.loads(old.body), json.loads(new.body))), new.slug)

    async def list_page(self, query: TrialQuery) -> Page:
        """A page of cards under the query's filters, in its order, after its cursor."""
        self._check(query, query.sort)
        # A question without any word has nothing to rank by.
        sort = Sort.UPDATED if query.sort is Sort.RELEVANCE and not query.words else query.sort
        place = read_cursor(query.cursor, query, sort) if query.cursor else None

        async def ask(edition: Edition) -> Page:
            listing = await self._chooser.listing(edition, query, sort)
            start = listing.after(place) if place else 0
            rows = listing.rows[start : start + query.limit].tolist()
            found = await self._database.read(self._statements.cards, numbers=rows)
            edition.check(found[0][0] if found else await self.catalogue_revision())
            cards = {number: card for _, number, card in found}
            if query.near is not None:
                cards = {row: with_nearest(card, listing.shown_nearest(row)) for row, card in cards.items()}
            there_is_more = start + query.limit < len(listing.rows)
            cursor = write_cursor(query, sort, listing.place(rows[-1])) if there_is_more else None
            return page([cards[row] for row in rows if row in cards], cursor, listing.total)

        return await self._editions.answer(ask)

    async def facets(self, filters: TrialFilters) -> bytes:
        """The counts per value, in the form of `count_facets`."""
        self._check(filters)

        async def ask(edition: Edition) -> bytes:
            edition.check(await self.catalogue_revision())
            return await self._chooser.facets(edition, filters)

        return await self._editions.answer(ask)

    async def compare(self, identifiers: Sequence[str]) -> bytes:
        """Two to six trials side by side, in the form of `compare_trials`, in the order asked for."""
        if not LEAST_COMPARED <= len(identifiers) <= MOST_COMPARED:
            raise _not_comparable("number_of_trials", "two to six trials are compared", "give two to six trials")
        slugs = await self._slugs(identifiers)
        if len(set(slugs)) < len(slugs):
            raise _not_comparable("repeated", "one trial is given twice", "give each trial once")
        current = {record.id: record for record in await self.criteria_source(slugs)}

        def side_by_side() -> bytes:
            trials = [(TrialRecord.model_validate_json(current[slug].record), current[slug].revision) for slug in slugs]
            return as_json(compare_trials(trials, self._vocabulary, self._measures))

        return await asyncio.get_running_loop().run_in_executor(self._pool, side_by_side)

    async def _slugs(self, identifiers: Sequence[str]) -> list[str]:
        """The slugs of trials. TrialNotFound says in which places there are none."""
        slugs: list[str] = []
        faults: list[Fault] = []
        for place, identifier in enumerate(identifiers, start=1):
            try:
                slugs.append((await self.get_document(identifier)).slug)
            except TrialNotFound:
                detail = f"trial {place} of the {len(identifiers)} is not in the catalogue"
                remedy = "give its slug or a registry number, as GET /v1/trials lists them"
                faults.append(Fault("unknown_trial", detail, remedy, parameter="trial"))
        if faults:
            raise TrialNotFound(faults)
        return slugs

    def export_csv(self, filters: TrialFilters) -> AsyncIterator[bytes]:
        """The trials that the filters leave as CSV, newest first, some lines at a time. Refused before the first."""
        self._check(filters)
        return self._csv(filters)

    def export_ndjson(self, filters: TrialFilters) -> AsyncIterator[bytes]:
        """The whole trials that the filters leave, newest first, one a line. Refused before the first."""
        self._check(filters)
        return self._ndjson(filters)

    async def candidate_ids(self, filters: TrialFilters) -> Candidates:
        """The trials that the filters leave."""
        self._check(filters)
        edition, rows = await self._all(filters)
        return Candidates(edition.snapshot.revision, rows, edition.snapshot.ids)

    async def criteria_source(self, ids: Sequence[str]) -> list[CurrentRecord]:
        """The current records of some trials, by their slugs; in no order."""
        found: list[CurrentRecord] = []
        for start in range(0, len(ids), AT_ONCE):
            rows = await self._database.read(self._statements.records, ids=list(ids[start : start + AT_ONCE]))
            found += [current_record(row) for row in rows]
        return found

    def state_now(self) -> tuple[int, int]:
        """The catalogue's revision and the number of its trials. For threads: it blocks."""
        [[revision, size]] = self._database.read_blocking(self._statements.size)
        return int(revision), int(size)

    def matchable_since(self, revision: int) -> Iterator[MatchableTrial]:
        """All trials that changed after a revision of the catalogue, as they are now. For threads: it blocks."""
        for rows in self._database.stream_blocking(self._statements.matchable, AT_ONCE, revision=revision):
            for row in rows:
                yield MatchableTrial(*row)

    def matchable_heads(self) -> Iterator[MatchableTrial]:
        """All trials as they are now, but for their criteria. For threads: it blocks."""
        for rows in self._database.stream_blocking(self._statements.matchable_heads, AT_ONCE):
            for row in rows:
                yield MatchableTrial(*row)

    def document_at(self, slug: str, revision: int) -> str:
        """The whole trial as it stood at one of its revisions. For threads: it blocks."""
        rows = self._database.read_blocking(self._statements.revision, **_names(slug), revision=revision)
        if not rows:
            raise RevisionNotFound
        [[_, document]] = rows
        return str(document)

    async def _csv(self, filters: TrialFilters) -> AsyncIterator[bytes]:
        _, rows = await self._all(filters)
        yield csv_header()
        for some in _batches(rows):
            cards = {
                number: card for _, number, card in await self._database.read(self._statements.cards, numbers=some)
            }
            yield await asyncio.to_thread(csv_rows, [cards[row] for row in some if row in cards])

    async def _ndjson(self, filters: TrialFilters) -> AsyncIterator[bytes]:
        _, rows = await self._all(filters)
        for some in _batches(rows):
            documents: dict[int, str] = dict(await self._database.read(self._statements.documents, numbers=some))
            yield b"".join(documents[row].encode() + b"\n" for row in some if row in documents)

    async def _all(self, filters: TrialFilters) -> tuple[Edition, Ints]:
        """The rows of all trials that the filters leave, newest first."""

        async def ask(edition: Edition) -> tuple[Edition, Ints]:
            edition.check(await self.catalogue_revision())
            return edition, (await self._chooser.listing(edition, filters, Sort.UPDATED)).rows

        return await self._editions.answer(ask)

    async def _of_trial(self, statement: Prepared, identifier: str) -> Rows:
        rows = await self._database.read(statement, **_names(identifier))
        if not rows:
            raise TrialNotFound
        return rows

    def _check(self, filters: TrialFilters, sort: Sort = Sort.UPDATED) -> None:
        if faults := check_filters(filters, self._vocabulary, sort):
            raise Refused(faults)


def _names(identifier: str) -> dict[str, str]:
    """What an identifier is looked up by. TrialNotFound where no trial can be called that."""
    if not _IDENTIFIER.fullmatch(identifier):
        raise TrialNotFound
    return {"slug": identifier.lower(), "lookup": identifier.upper()}


def _not_comparable(code: str, detail: str, remedy: str) -> Refused:
    return Refused([Fault(code, detail, remedy, parameter="trial")])


def _batches(rows: Ints) -> Iterator[list[int]]:
    for start in range(0, len(rows), AT_ONCE):
        yield rows[start : start + AT_ONCE].tolist()
