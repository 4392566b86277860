"""What every command stands on: the settings, the database, and faults that are said in a line."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NoReturn, TypeVar
from urllib.parse import urlencode

import typer
from pydantic import ValidationError
from rich.console import Console
from sqlmodel import col, select

from app.catalogue.errors import NotInCatalogue
from app.catalogue.filters import TrialFilters
from app.catalogue.tables import Trial
from app.database import Database, DatabaseUnavailable
from app.registry.seed import seed
from app.settings import Settings
from app.vocabulary.faults import Fault, Refused
from app.vocabulary.yaml_lines import SeedError
from app.web.problems import Rejected
from app.web.queries import read_query

AnyFilters = TypeVar("AnyFilters", bound=TrialFilters)

say = Console(highlight=False, soft_wrap=True)
complain = Console(stderr=True, highlight=False, soft_wrap=True)


def read_settings() -> Settings:
    """The settings of the environment; what is wrong with them ends the command."""
    try:
        return Settings()
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            name = "_".join(map(str, fault["loc"][:1])).upper()
            complain.print(f"CARTALOG_{name}: {fault['msg'].removeprefix('Value error, ')}", markup=False)
        raise typer.Exit(1) from None


@contextmanager
def migrated(settings: Settings) -> Iterator[Database]:
    """The database, its schema up to date."""
    database = Database(settings)
    try:
        database.migrate()
        yield database
    finally:
        database.close()


@contextmanager
def with_trials(settings: Settings) -> Iterator[Database]:
    """The same; where there is no trial in it, those of the seed folder come first."""
    with migrated(settings) as database:
        with database.session() as session:
            is_empty = session.exec(select(col(Trial.id)).limit(1)).first() is None
        if is_empty:
            report = seed(database, settings.seed_folder, datetime.now(UTC))
            complain.print(f"The catalogue was empty: seeded {len(report.added)} trials.")
        yield database


def read_filters(given: Sequence[str], model: type[AnyFilters], **more: str) -> AnyFilters:
    """`name=value` pairs, and `more` parameters, as a query of the API; `Refused` as there."""
    pairs = []
    for pair in given:
        name, sign, value = pair.partition("=")
        if not sign:
            fail("a filter is NAME=VALUE, such as cell_type=car_t")
        pairs.append((name, value))
    return read_query(urlencode([*pairs, *more.items()]).encode(), model)


@contextmanager
def explaining() -> Iterator[None]:
    """What an operator can mend is said in a line; anything else is a bug, and shows its traceback."""
    try:
        yield
    except SeedError as error:
        fail(f"{len(error.problems)} fault(s) in the seed; nothing was changed:\n{error}")
    except DatabaseUnavailable as error:
        fail(f"{error}\nSee `cartalog doctor`.")
    except NotInCatalogue:
        fail("There is no such trial in the catalogue: give its slug or a registry number.")
    except Refused as error:
        fail(told(error.faults))
    except Rejected as error:
        fail(told(error.faults) or error.detail)
    except (OSError, ValueError) as error:
        fail(str(error))


def told(faults: Sequence[Fault]) -> str:
    """Faults in a line: where, what and what to do."""
    return "; ".join(f"{fault.parameter or fault.pointer or '/'}: {fault.detail}: {fault.remedy}" for fault in faults)


def fail(message: str) -> NoReturn:
    """End the command with a message."""
    complain.print(message, markup=False)
    raise typer.Exit(1)
