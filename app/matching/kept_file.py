"""The criteria of a large catalogue, compiled, in a file: the next start reads them instead of compiling them again.

The file is written by one version of the program and read by the same alone. Nothing in it is taken on trust: each
trial counts only where the database still has it as it was, down to the catalogue's revision that changed it last. It
holds arrays, codes and keys; no prose, no pickle and nothing of a patient. A file that is damaged is no file.
"""

from collections.abc import Mapping
from functools import cache
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.database import Database
from app.eligibility.bulk.roots import Roots
from app.matching.table import TrialTable
from app.settings import ROOT, Settings

_SEAL_LENGTH = 32


class Kept(NamedTuple):
    """Compiled criteria, and the catalogue's revision that they were read at."""

    revision: int
    roots: Roots
    table: TrialTable


def place_of(settings: Settings, database: Database) -> Path | None:
    """Where the file of a database is, each with its own; None where it has no place."""
    if settings.cache_folder is not None:
        return settings.cache_folder / f"{blake2b(database.address.encode(), digest_size=8).hexdigest()}.compiled"
    return database.file.with_name(f"{database.file.name}.compiled") if database.is_sqlite else None


def write(file: Path, kept: Kept) -> None:
    """Put a file in place of what was there, at once and whole. OSError where that cannot be."""
    content = BytesIO()
    np.savez(content, allow_pickle=False, revision=np.array(kept.revision), **kept.roots.saved(), **kept.table.saved())
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=file.parent, prefix=f"{file.name}-", delete=False) as new:
        try:
            new.write(_seal(content.getbuffer()))
            new.write(content.getbuffer())
            new.close()
            Path(new.name).replace(file)
        except BaseException:
            Path(new.name).unlink(missing_ok=True)
            raise


def read(file: Path) -> Kept | None:
    """What was written; None where there is no such file, or it is damaged, or another version's."""
    try:
        content = memoryview(file.read_bytes())
    except OSError:
        return None
    if content[:_SEAL_LENGTH] != _seal(content[_SEAL_LENGTH:]):
        return None
    with np.load(BytesIO(content[_SEAL_LENGTH:]), allow_pickle=False) as saved:
        return _restored(saved)


def _restored(saved: Mapping[str, NDArray[Any]]) -> Kept:
    roots = Roots.restored(saved)
    return Kept(int(saved["revision"]), roots, TrialTable.restored(saved, roots))


def _seal(content: memoryview) -> bytes:
    """What no other content has, and no other version of the program would write."""
    return blake2b(content, digest_size=_SEAL_LENGTH, key=_program()).digest()


@cache
def _program() -> bytes:
    digest = blake2b()
    for source in sorted((ROOT / "app").rglob("*.py")):
        digest.update(source.read_bytes())
    return digest.digest()
