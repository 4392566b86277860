"""The statements that answers are fetched with, each compiled once."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, bindparam, func, select

from app.catalogue.current import table_of
from app.catalogue.matchable import matchable_trials
from app.catalogue.part_tables import Identifier
from app.catalogue.tables import CatalogueState, Revision, Trial
from app.database import Database, Prepared
from app.vocabulary.enumerations import IdentifierScheme


@dataclass(frozen=True, slots=True)
class Statements:
    """What each asks for, and what its rows hold. `slug` and `lookup` are two spellings of one identifier."""

    state: Prepared  # -> the catalogue's revision
    cards: Prepared  # numbers -> the catalogue's revision, number, card
    documents: Prepared  # numbers -> number, document
    document: Prepared  # slug, lookup -> id, document
    revisions: Prepared  # slug, lookup -> id, revision, true_as_of, recorded_at; oldest first
    revision: Prepared  # slug, lookup, revision -> id, document
    size: Prepared  # -> the catalogue's revision, the number of trials
    matchable: Prepared  # revision of the catalogue -> of what changed since, a `MatchableTrial`
    matchable_heads: Prepared  # -> of every trial, a `MatchableTrial` without its criteria
    records: Prepared  # ids -> number, id, revision, title, status, its as_of and stale_after, record


def prepare_statements(database: Database) -> Statements:
    """All of them, for one database."""
    state, trial, revision = table_of(CatalogueState).c, table_of(Trial).c, table_of(Revision).c
    current = and_(revision.trial_number == trial.number, revision.number == trial.revision)
    revisions = table_of(Trial).join(table_of(Revision), revision.trial_number == trial.number)
    now = table_of(Trial).join(table_of(Revision), current)
    these = database.one_of(trial.number, "numbers")
    this = trial.number == _number_of_identifier()
    status = (trial.status, trial.status_as_of, trial.status_stale_after)
    records = select(trial.number, trial.id, trial.revision, trial.title, *status, revision.record).select_from(now)
    return Statements(
        state=database.prepare(select(state.revision)),
        cards=database.prepare(select(select(state.revision).scalar_subquery(), trial.number, trial.card).where(these)),
        documents=database.prepare(select(trial.number, revision.document).select_from(now).where(these)),
        document=database.prepare(select(trial.id, revision.document).select_from(now).where(this)),
        revisions=database.prepare(
            select(trial.id, revision.number, revision.true_as_of, revision.recorded_at)
            .select_from(revisions)
            .where(this)
            .order_by(revision.number)
        ),
        revision=database.prepare(
            select(trial.id, revision.document)
            .select_from(revisions)
            .where(this, revision.number == bindparam("revision"))
        ),
        size=database.prepare(select(state.revision, select(func.count()).select_from(Trial).scalar_subquery())),
        matchable=database.prepare(
            matchable_trials(database, with_criteria=True).where(trial.catalogue_revision > bindparam("revision"))
        ),
        matchable_heads=database.prepare(matchable_trials(database, with_criteria=False)),
        records=database.prepare(records.where(database.one_of(trial.id, "ids"))),
    )


def _number_of_identifier() -> ColumnElement[int]:
    """The number of the trial with this slug, else with this registry number."""
    trial, identifier = table_of(Trial).c, table_of(Identifier).c
    of_slug = select(trial.number).where(trial.id == bindparam("slug"))
    a_registrys = and_(identifier.scheme != IdentifierScheme.ORG_STUDY_ID, identifier.scheme != IdentifierScheme.OTHER)
    of_registry = select(identifier.trial_number).where(identifier.lookup == bindparam("lookup"), a_registrys).limit(1)
    return func.coalesce(of_slug.scalar_subquery(), of_registry.scalar_subquery())
