"""The settings of one process, read from the environment (`CARTALOG_…`); handed on as a value, never a global."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds `seed/` and `migrations/`."""


def default_database_url() -> str:
    """An embedded file in the user's data folder, the same one from whichever folder the program is started."""
    if sys.platform == "win32":
        data = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    else:
        data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return f"sqlite:///{Path(data) / 'cartalog' / 'cartalog.db'}"


class Settings(BaseSettings):
    """Everything an operator can set. A faulty value is refused at start, without being repeated."""

    model_config = SettingsConfigDict(env_prefix="CARTALOG_", frozen=True, hide_input_in_errors=True)

    database_url: str = Field(
        default_factory=default_database_url,
        repr=False,
        description="`sqlite:///file` (relative to the current folder; four slashes: absolute) or `postgresql://…`.",
    )
    seed_folder: Path = ROOT / "seed"
    cache_folder: Path | None = Field(
        default=None,
        description="For what saves time at the next start. Default: beside an embedded database; with Postgres, none.",
    )

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535, description="0: any free port.")
    workers: int = Field(default=1, ge=1, le=64)
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("*",), description="Origins whose pages may call the API, separated by commas; none if empty."
    )

    max_body_bytes: int = Field(default=1_048_576, ge=1_024, description="Of a request; of a line in a cohort.")
    max_nesting: int = Field(default=32, ge=4, description="How deep a JSON body may nest.")
    max_errors: int = Field(default=50, ge=1, description="How many faults a problem lists; it counts all.")

    statement_timeout_ms: int = Field(default=5_000, ge=10, description="A read that takes longer is given up.")
    connect_timeout_s: int = Field(default=5, ge=1, description="How long to wait for a connection to the database.")
    pool_size: int = Field(default=8, ge=1, le=100, description="Connections to Postgres a worker reads on.")

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_json: bool = False

    @field_validator("database_url")
    @classmethod
    def _a_database_we_know(cls, url: str) -> str:
        if url.startswith("sqlite:///"):
            file = url.removeprefix("sqlite:///")
            if not file or file.startswith((":memory:", "file:")) or "?" in file:
                raise ValueError("name a file: sqlite:///cartalog.db (every connection must see the same database)")
        elif not url.startswith(("postgresql://", "postgres://")):
            raise ValueError("a database is sqlite:///file or postgresql://user:password@host/name")
        try:
            make_url(url)
        except (ArgumentError, ValueError):  # whose texts quote what they cannot read
            raise ValueError("this is no URL: is the port a number, and the password percent-encoded?") from None
        return url

    @field_validator("cache_folder", mode="before")
    @classmethod
    def _none_where_empty(cls, value: object) -> object:
        return value or None

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _separated_by_commas(cls, value: object) -> object:
        return tuple(filter(None, (origin.strip() for origin in value.split(",")))) if isinstance(value, str) else value
