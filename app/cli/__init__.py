"""`cartalog`: the commands of an operator. Each says what is wrong and how to mend it, without a traceback."""

import asyncio
import json
import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from app.api.openapi import build_openapi
from app.catalogue.filters import TrialFilters
from app.catalogue.queries import Catalogue
from app.catalogue.redaction import redact as take_out
from app.catalogue.refreshing import refresh
from app.cli.examination import examine
from app.cli.matching import match
from app.cli.serving import bind, run_server
from app.cli.session import explaining, migrated, read_filters, read_settings, say
from app.main import create_app
from app.registry.seed import SeedReport
from app.registry.seed import seed as seed_catalogue
from app.vocabulary.files import load_vocabulary

cli = typer.Typer(
    help="The trial catalogue for engineered cell therapy in autoimmune disease. Settings are CARTALOG_… variables.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


class ExportFormat(StrEnum):
    CSV = "csv"
    NDJSON = "ndjson"


SeedFolder = Annotated[
    Path | None, typer.Option("--folder", help="The seed folder: trials/*.yaml and vocabulary/. Default: the built-in.")
]


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen at.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The port; 0: any that is free.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="How many processes serve.")] = None,
    *,
    no_seed: Annotated[bool, typer.Option("--no-seed", help="Serve what is in the database already.")] = False,
) -> None:
    """Migrate and seed the database, then serve the API."""
    settings = read_settings().model_copy(
        update={
            name: value for name, value in {"host": host, "port": port, "workers": workers}.items() if value is not None
        }
    )
    with explaining(), bind(settings.host, settings.port) as socket:
        with migrated(settings) as database:
            if no_seed:
                refresh(database, load_vocabulary(settings.seed_folder / "vocabulary"))
            else:
                _tell(seed_catalogue(database, settings.seed_folder, datetime.now(UTC)))
        run_server(settings, socket, announce=say.print)


@cli.command()
def seed(folder: SeedFolder = None) -> None:
    """Bring the curated trials into the database: all of them, or none if a file is at fault."""
    settings = read_settings()
    with explaining(), migrated(settings) as database:
        _tell(seed_catalogue(database, folder or settings.seed_folder, datetime.now(UTC)))


@cli.command()
def export(
    form: Annotated[ExportFormat, typer.Argument(metavar="FORMAT", help="csv (a line a card) or ndjson (whole).")],
    filters: Annotated[
        list[str] | None,
        typer.Option("--filter", metavar="NAME=VALUE", help="As in the API: cell_type=car_t. May be repeated."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The file to write. Default: standard output.")] = None,
) -> None:
    """Write the trials, all or those that the filters leave."""
    settings = read_settings()
    with explaining(), migrated(settings) as database:
        catalogue = Catalogue(database, load_vocabulary(settings.seed_folder / "vocabulary"))
        asked = read_filters(filters or [], TrialFilters)

        async def write(file: BinaryIO) -> None:
            parts = catalogue.export_csv(asked) if form is ExportFormat.CSV else catalogue.export_ndjson(asked)
            async with database.serving():
                async for part in parts:
                    file.write(part)

        with nullcontext(sys.stdout.buffer) if out is None else out.open("wb") as file:
            asyncio.run(write(file))


cli.command()(match)


@cli.command()
def redact(
    detail: Annotated[
        str | None,
        typer.Argument(help="An e-mail, phone number or name. Left out, it is asked for: a shell remembers commands."),
    ] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask back.")] = False,
) -> None:
    """Take a contact out of every revision, document and index, for good."""
    settings = read_settings()
    wanted = detail or typer.prompt("E-mail, phone number or name")
    if not yes:
        typer.confirm("Take every contact with this out of all revisions? This cannot be undone", abort=True)
    with explaining(), migrated(settings) as database:
        vocabulary = load_vocabulary(settings.seed_folder / "vocabulary")
        with database.writing() as session:
            redacted = take_out(session, wanted, vocabulary, datetime.now(UTC))
        database.scrub()
    say.print(f"Changed {redacted.revisions} revision(s) of {len(redacted.trials)} trial(s).")
    for trial in redacted.trials:
        say.print(f"  {trial}")
    say.print("Seeding and importing leave this contact out from now on. Take it out of seed files by hand.")


@cli.command()
def openapi(
    out: Annotated[Path | None, typer.Option(help="The file to write. Default: standard output.")] = None,
) -> None:
    """Print the OpenAPI document."""
    with explaining():
        document = json.dumps(build_openapi(create_app(read_settings())), ensure_ascii=False, indent=2) + "\n"
        if out is None:
            sys.stdout.write(document)
        else:
            out.write_text(document, encoding="utf-8")


@cli.command()
def doctor() -> None:
    """Say what is configured, and what is wrong with it. Changes nothing."""
    wrong = 0
    for finding in examine():
        wrong += finding.remedy is not None
        sign = "[green]ok[/green]  " if finding.remedy is None else "[red]wrong[/red]"
        say.print(f"{sign:5} {finding.subject}: ", end="")
        say.print(finding.told, markup=False)
        if finding.remedy:
            say.print(f"      → {finding.remedy}", markup=False)
    if wrong:
        raise typer.Exit(1)


def main() -> None:
    """Run the command line."""
    cli()


def _tell(report: SeedReport) -> None:
    told = f"{len(report.added)} added, {len(report.revised)} revised, {len(report.unchanged)} unchanged"
    say.print(f"Seeded: {told}.")
    for word, slugs in (("added", report.added), ("revised", report.revised)):
        for slug in slugs:
            say.print(f"  {word}: {slug}")
    if report.left:
        shown = ", ".join(report.left[:5]) + (", …" if len(report.left) > 5 else "")
        say.print(f"  {len(report.left)} in the catalogue have no seed file, and stay: {shown}")
