"""`cartalog match`: a patient against the trials, in words; or a cohort, a line a patient. No server is needed."""

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from pydantic_core import from_json
from rich.console import Console

from app.catalogue.queries import Catalogue
from app.cli.cohort import CohortFormat, match_cohort
from app.cli.report import MatchReport
from app.cli.session import complain, explaining, read_filters, read_settings, with_trials
from app.database import Database
from app.matching.cohort import CohortQuery
from app.matching.compiled import CompiledCatalogue
from app.matching.matcher import Matcher
from app.matching.request import MatchRequest, TrialMatchRequest
from app.settings import Settings
from app.vocabulary.faults import Refused
from app.vocabulary.files import load_vocabulary
from app.vocabulary.terms import Vocabulary
from app.web.json_body import parse_json
from app.web.logs import configure_logging
from app.web.validation import validate

Json = dict[str, Any]

_OF_MANY_TRIALS = ("trials", "limit", "offset")


def match(  # noqa: PLR0913 # the options of one command
    patient: Annotated[
        Path | None,
        typer.Argument(help="JSON: a patient, a request of POST /v1/match, or a FHIR Bundle; - reads standard input."),
    ] = None,
    cohort: Annotated[
        Path | None, typer.Option(help='A patient a line, {"id": …, "patient": …}; - reads standard input.')
    ] = None,
    *,
    trial: Annotated[str | None, typer.Option(help="Match with this trial alone: a slug or registry number.")] = None,
    as_of: Annotated[str | None, typer.Option(metavar="DATE", help="The day to evaluate on. Default: today.")] = None,
    filters: Annotated[
        list[str] | None,
        typer.Option("--filter", metavar="NAME=VALUE", help="As in the API: status=recruiting. May be repeated."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, max=100, help="How many trials to tell of, best prospects first. Default: 20.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer of the API instead of a report.")] = False,
    out: Annotated[Path | None, typer.Option(help="The file to write a cohort's answers to.")] = None,
    form: Annotated[CohortFormat, typer.Option("--format", help="How to write them.")] = CohortFormat.NDJSON,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 if a line cannot be used.")] = False,
) -> None:
    """Match a patient, or a cohort, against the trials. Nothing of a patient is kept."""
    if (patient is None) == (cohort is None):
        raise typer.BadParameter("give either a patient's file, or --cohort with a file")
    if cohort is not None and (trial is not None or as_json):
        raise typer.BadParameter("--trial and --json are for one patient; a cohort takes --filter and --format")
    if cohort is None and (out is not None or strict or form is not CohortFormat.NDJSON):
        raise typer.BadParameter("--out, --format and --strict are for a cohort")
    settings = read_settings()
    configure_logging(settings)
    with explaining(), with_trials(settings) as database:
        vocabulary = load_vocabulary(settings.seed_folder / "vocabulary")
        more = {name: str(value) for name, value in (("as_of", as_of), ("limit", limit)) if value is not None}
        query = read_filters(filters or [], CohortQuery, **more)
        if patient is not None:
            asked, place = _as_asked(_read(patient, settings))
            with _within_file(place):
                request = _request(asked, query, of_one_trial=trial is not None)
                answer = asyncio.run(_matched(database, vocabulary, request, trial))
            _show(answer, vocabulary, as_json=as_json)
        elif cohort is not None:
            with _opened(cohort) as lines, nullcontext(sys.stdout.buffer) if out is None else out.open("wb") as file:
                tally = asyncio.run(match_cohort(database, vocabulary, settings, query, lines, file, form))
            complain.print(f"{tally.lines} lines, {tally.faulty} of them at fault.")
            if strict and tally.faulty:
                raise typer.Exit(1)


def _read(file: Path, settings: Settings) -> object:
    with _opened(file) as opened:
        return parse_json(opened.read(), max_nesting=settings.max_nesting)


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    if str(file) == "-":
        yield sys.stdin.buffer
    else:
        with file.open("rb") as opened:
            yield opened


def _as_asked(value: object) -> tuple[Json, str]:
    """A file as a request, and where in the request the file stands."""
    if isinstance(value, dict) and not {"patient", "patient_bundle"}.isdisjoint(value):
        return value, ""
    if isinstance(value, dict) and value.get("resourceType") == "Bundle":
        return {"patient_bundle": value}, "/patient_bundle"
    return {"patient": value}, "/patient"


@contextmanager
def _within_file(place: str) -> Iterator[None]:
    """Pointers of `Refused` lead into the file, which stands at `place` of the request."""
    try:
        yield
    except Refused as refused:
        faults = [replace(fault, pointer=(fault.pointer or "").removeprefix(place)) for fault in refused.faults]
        raise Refused(faults) from None


def _request(asked: Json, query: CohortQuery, *, of_one_trial: bool) -> TrialMatchRequest:
    """What a file asks for, with what the options say laid over it."""
    asked = asked | {"include": ["criteria"]}
    if query.as_of is not None:
        asked["as_of"] = query.as_of
    if of_one_trial:
        return validate(TrialMatchRequest, {name: asked[name] for name in asked if name not in _OF_MANY_TRIALS})
    request = validate(MatchRequest, asked)
    changes: Json = {"trials": query} if query.model_fields_set - {"as_of", "limit"} else {}
    if "limit" in query.model_fields_set:
        changes["limit"] = query.limit
    return request.model_copy(update=changes)


async def _matched(database: Database, vocabulary: Vocabulary, request: TrialMatchRequest, trial: str | None) -> Json:
    today = datetime.now(UTC).date()
    async with database.serving():
        with (
            closing(Catalogue(database, vocabulary)) as catalogue,
            closing(CompiledCatalogue(catalogue, vocabulary)) as compiled,
            closing(Matcher(catalogue, compiled, vocabulary)) as matcher,
        ):
            if isinstance(request, MatchRequest):
                answer = await matcher.match(request, today)
            else:
                answer = await matcher.match_trial(trial or "", request, today)
    said: Json = from_json(answer)
    return said


def _show(answer: Json, vocabulary: Vocabulary, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
        return
    console = Console(highlight=False)
    for part in MatchReport(vocabulary).of(answer):
        console.print(part)
