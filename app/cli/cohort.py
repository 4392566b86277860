"""A cohort's file, matched in constant memory: a line a patient in; a line, or a row a trial, out."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import Any, BinaryIO

from pydantic_core import to_json
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from app.api.cohort_lines import CohortLines
from app.catalogue.exports import csv_line
from app.catalogue.queries import Catalogue
from app.database import Database
from app.matching.cohort import CohortMatcher, CohortQuery
from app.matching.compiled import CompiledCatalogue
from app.matching.kept_file import place_of
from app.settings import Settings
from app.vocabulary.terms import Vocabulary
from app.web.lines import read_lines

Json = dict[str, Any]

_CHUNK = 2**20
_COUNTS = ("passes", "fails", "unknown", "not_applicable", "to_confirm")
_COLUMNS = (
    *("line", "id", "as_of", "catalogue_revision", "trial", "title", "revision", "status", "verdict"),
    *_COUNTS,
    *("blocking", "problem"),
)


class CohortFormat(StrEnum):
    """`ndjson`: the lines of the API. `csv`: a row for each trial of a patient, and for each line at fault."""

    CSV = "csv"
    NDJSON = "ndjson"


@dataclass(slots=True)
class Tally:
    """Lines that were answered, and those of them that could not be used."""

    lines: int = 0
    faulty: int = 0


async def match_cohort(
    database: Database,
    vocabulary: Vocabulary,
    settings: Settings,
    query: CohortQuery,
    patients: BinaryIO,
    out: BinaryIO,
    form: CohortFormat,
) -> Tally:
    """Answer all lines of a file; what is wrong with one of them is said on standard error, too."""
    async with database.serving():
        with (
            closing(Catalogue(database, vocabulary)) as catalogue,
            closing(CompiledCatalogue(catalogue, vocabulary, place_of(settings, database))) as compiled,
            closing(CohortMatcher(compiled, vocabulary)) as matcher,
        ):
            cohort = await matcher.cohort(query, datetime.now(UTC).date())
            with _progress(_length(patients), shown=not out.isatty()) as (advance, tell):
                return await _answer_all(CohortLines(cohort, settings), patients, out, form, advance, tell)


async def _answer_all(
    lines: CohortLines,
    patients: BinaryIO,
    out: BinaryIO,
    form: CohortFormat,
    advance: Callable[[int], object],
    tell: Callable[[str], object],
) -> Tally:
    tally = Tally()
    if form is CohortFormat.CSV:
        out.write(csv_line(_COLUMNS))
    async for some in read_lines(_chunks(patients, advance), lines.settings.max_body_bytes):
        for answer in lines.answers(some):
            tally.lines += 1
            if "problem" in answer:
                tally.faulty += 1
                tell(f"line {answer['line']}: {_told(answer['problem'])}")
            out.write(_written(answer, form))
    return tally


@contextmanager
def _progress(length: int | None, *, shown: bool) -> Iterator[tuple[Callable[[int], object], Callable[[str], object]]]:
    """A bar on standard error, where that is a terminal: what moves it on by bytes read, and what prints above it."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    columns = (TextColumn("Matching"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not (shown and console.is_terminal)) as progress:
        task = progress.add_task("", total=length)
        yield partial(progress.advance, task), partial(console.print, markup=False)


def _length(file: BinaryIO) -> int | None:
    """How many bytes a file has; None of what is piped."""
    try:
        return os.fstat(file.fileno()).st_size or None
    except OSError:
        return None


async def _chunks(file: BinaryIO, advance: Callable[[int], object]) -> AsyncIterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk
        advance(len(chunk))


def _written(answer: Json, form: CohortFormat) -> bytes:
    if form is CohortFormat.NDJSON:
        return to_json(answer) + b"\n"
    return b"".join(csv_line(row.get(name) for name in _COLUMNS) for row in _rows(answer))


def _rows(answer: Json) -> Iterator[Json]:
    """A row a trial; one without a trial where there is none, so that no patient goes missing."""
    if "problem" in answer:
        yield {"line": answer["line"], "id": answer["id"], "problem": _told(answer["problem"])}
        return
    about = {name: answer[name] for name in ("line", "id", "as_of", "catalogue_revision")}
    if not answer["results"]:
        yield about
    for result in answer["results"]:
        trial = result["trial"]
        yield about | {
            "trial": trial["id"],
            "title": trial["title"],
            "revision": trial["revision"],
            "status": trial["status"]["value"],
            "verdict": result["verdict"],
            "blocking": result["blocking"],
            **result["counts"],
        }


def _told(problem: Any) -> str:
    """A problem in a line: where, what and what to do."""
    faults = [f"{fault['pointer']}: {fault['detail']}: {fault['remedy']}" for fault in problem["errors"]]
    return "; ".join(faults) or problem["detail"]
