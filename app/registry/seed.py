"""Bringing the curated trials of `seed/` into the catalogue: all of them, or none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session, col

from app.catalogue.part_tables import Identifier
from app.catalogue.refreshing import refresh
from app.catalogue.revisions import store_many
from app.catalogue.tables import Trial
from app.database import Database
from app.registry.seed_files import SeedTrial, read_trials
from app.vocabulary.files import load_vocabulary
from app.vocabulary.terms import Vocabulary
from app.vocabulary.yaml_lines import Problem, SeedError


@dataclass(frozen=True, slots=True)
class SeedReport:
    """What became of the trials, by slug. `left` are in the catalogue without a file: removing one removes no trial."""

    added: tuple[str, ...]
    revised: tuple[str, ...]
    unchanged: tuple[str, ...]
    left: tuple[str, ...]


def seed(database: Database, folder: Path, now: datetime) -> SeedReport:
    """Store every trial of `folder`; a trial that says what it said before gets no new revision.

    Processes that seed at once do it one after another. SeedError, with the file and the line of everything that is
    wrong in any file, changes nothing.
    """
    trials, vocabulary = read_seed(folder)
    with database.writing() as session:
        taken = list(_registered_to_others(session, trials))
        if taken:
            raise SeedError(taken)
        stored = store_many(session, [trial.record for trial in trials], vocabulary, now)
        known = session.execute(select(col(Trial.id)).order_by(col(Trial.id))).scalars().all()
    refresh(database, vocabulary)
    ours = {trial.record.id for trial in trials}
    return SeedReport(
        added=tuple(one.id for one in stored if one.changed and one.revision == 1),
        revised=tuple(one.id for one in stored if one.changed and one.revision > 1),
        unchanged=tuple(one.id for one in stored if not one.changed),
        left=tuple(slug for slug in known if slug not in ours),
    )


def read_seed(folder: Path) -> tuple[list[SeedTrial], Vocabulary]:
    """The trials and the vocabulary of a seed folder. SeedError with the faults of both."""
    problems: list[Problem] = []
    vocabulary: Vocabulary | None = None
    try:
        vocabulary = load_vocabulary(folder / "vocabulary")
    except SeedError as error:
        problems += [replace(problem, file=f"vocabulary/{problem.file}") for problem in error.problems]
    trials: list[SeedTrial] = []
    try:
        trials = read_trials(folder / "trials", vocabulary)
    except SeedError as error:
        problems += error.problems
    if problems or vocabulary is None:
        raise SeedError(problems)
    return trials, vocabulary


def _registered_to_others(session: Session, trials: Sequence[SeedTrial]) -> Iterator[Problem]:
    """Registrations that belong to a trial which is in the catalogue, and not in the seed."""
    ours = [trial.record.id for trial in trials]
    for trial in trials:
        for (scheme, number), place in trial.registered():
            owner = session.execute(
                select(col(Trial.id))
                .join(Identifier, col(Identifier.trial_number) == Trial.number)
                .where(col(Identifier.lookup) == number, col(Identifier.scheme) == scheme, col(Trial.id).not_in(ours))
            ).scalar()
            if owner is not None:
                yield trial.file.problem(place, f"{number} is the number of {owner} already, which has no file here")
