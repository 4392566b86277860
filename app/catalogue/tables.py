"""The tables. Below `Trial` and `Revision` they hold the current revision only, for filters, joins and people with SQL.

Table models do not validate: what is stored was a `TrialRecord` before. Terms are stored as text, partial dates as
text, instants as text in UTC (`2025-07-12T08:00:00Z`), so that both databases sort and return the same. Full text
(`trial_search`) is an object of each database's own, made by the migrations and written by `indexing`.
"""

from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    Enum,
    MetaData,
)
from sqlmodel import Field, SQLModel

from app.vocabulary.enumerations import (
    Allocation,
    CellSource,
    CellType,
    DateType,
    Escalation,
    InterventionModel,
    Masking,
    Phase,
    Purpose,
    Status,
    StudyType,
    TrialSex,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


class Table(SQLModel):
    metadata = metadata


def word(enum: type[StrEnum], name: str) -> Enum:
    """A term as text, checked by the database. `name` is that of its constraint."""
    return Enum(
        enum,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


def partial_date(name: str) -> CheckConstraint:
    """YYYY, YYYY-MM or YYYY-MM-DD."""
    return CheckConstraint(f"length({name}) IN (4, 7, 10)", name=name)


class CatalogueState(Table, table=True):
    """One row. `revision` rises with every transaction that changes the catalogue, in the order of the commits."""

    __tablename__ = "catalogue_state"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    revision: int
    redacting: bool = Field(description="Open for the transaction that takes personal data out of stored revisions.")
    indexed_by: str | None = Field(default=None, description="What the search index was last made with.")


class Trial(Table, table=True):
    """What a trial is now. `number` is dense, for arrays and the search index; `id` is the slug that the world sees."""

    __table_args__ = (
        CheckConstraint("min_age >= 0 AND max_age >= min_age", name="ages"),
        CheckConstraint("enrollment_count >= 0", name="enrollment"),
        *map(
            partial_date,
            (
                "true_as_of",
                "status_as_of",
                "status_stale_after",
                "start_date",
                "primary_completion_date",
                "completion_date",
            ),
        ),
    )

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    id: str = Field(unique=True)
    revision: int = Field(description="The current one; no foreign key, since revisions already refer to their trial.")
    catalogue_revision: int = Field(index=True, description="That of the last change.")
    updated_at: str
    title: str
    official_title: str | None
    summary: str | None
    true_as_of: str | None
    status: Status = Field(sa_type=word(Status, "status"))
    status_as_of: str | None
    status_stale_after: str | None
    phase: Phase | None = Field(sa_type=word(Phase, "phase"))
    study_type: StudyType | None = Field(sa_type=word(StudyType, "study_type"))
    allocation: Allocation | None = Field(sa_type=word(Allocation, "allocation"))
    model: InterventionModel | None = Field(sa_type=word(InterventionModel, "model"))
    masking: Masking | None = Field(sa_type=word(Masking, "masking"))
    purpose: Purpose | None = Field(sa_type=word(Purpose, "purpose"))
    escalation: Escalation | None = Field(sa_type=word(Escalation, "escalation"))
    cell_type: CellType = Field(sa_type=word(CellType, "cell_type"))
    cell_source: CellSource | None = Field(sa_type=word(CellSource, "cell_source"))
    product_name: str | None
    manufacturing: str | None
    min_age: int | None
    max_age: int | None
    age_stated: bool
    sex: TrialSex | None = Field(sa_type=word(TrialSex, "sex"))
    healthy_volunteers: bool | None
    enrollment_count: int | None
    enrollment_type: DateType | None = Field(sa_type=word(DateType, "enrollment_type"))
    start_date: str | None
    start_date_type: DateType | None = Field(sa_type=word(DateType, "start_date_type"))
    primary_completion_date: str | None
    primary_completion_date_type: DateType | None = Field(sa_type=word(DateType, "primary_completion_date_type"))
    completion_date: str | None
    completion_date_type: DateType | None = Field(sa_type=word(DateType, "completion_date_type"))
    sponsor: str | None
    inclusions_stated: bool
    exclusions_stated: bool
    card: str = Field(description="The trial as lists show it: JSON, ready to be served.")


class Revision(Table, table=True):
    """A trial as it stood. Never changed, but for a new rendering of the same record, and for redaction."""

    __table_args__ = (CheckConstraint("number >= 1", name="number"), partial_date("true_as_of"))

    trial_number: int = Field(primary_key=True, foreign_key="trial.number")
    number: int = Field(primary_key=True)
    true_as_of: str | None
    recorded_at: str
    rendered_by: int = Field(description="The version of the code that made `document`.")
    record: str = Field(description="The `TrialRecord` as JSON text, in the order of its fields.")
    document: str = Field(description="The whole trial as it is served: JSON.")


class Redaction(Table, table=True):
    """What was redacted must not come back with the next seed: the SHA-256 of a contact's e-mail, phone or name."""

    digest: str = Field(primary_key=True)
    redacted_at: str
