"""The tables. Below `Trial` and `Revision` they hold the current revision only, for filters, joins and people with SQL.

Table models do not validate: what is stored was a `TrialRecord` before. Terms are stored as text, partial dates as
text, instants as text in UTC (`2025-07-12T08:00:00Z`), so that both databases sort and return the same. Full text
(`trial_search`) is an object of each database's own, made by the migrations and written by `indexing`.
"""

from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Enum,
    ForeignKeyConstraint,
    Index,
    MetaData,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from app.vocabulary.enumerations import (
    Allocation,
    ArmType,
    Basis,
    CellSource,
    CellType,
    ContactRole,
    CriterionKind,
    DateType,
    Escalation,
    IdentifierScheme,
    InterventionModel,
    Masking,
    Milestone,
    NoteKind,
    OutcomeCategory,
    OutcomeType,
    Phase,
    Purpose,
    SourceKind,
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


def _word(enum: type[StrEnum], name: str) -> Enum:
    """A term as text, checked by the database. `name` is that of its constraint."""
    return Enum(
        enum,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


def _partial_date(name: str) -> CheckConstraint:
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
            _partial_date,
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
    status: Status = Field(sa_type=_word(Status, "status"))
    status_as_of: str | None
    status_stale_after: str | None
    phase: Phase | None = Field(sa_type=_word(Phase, "phase"))
    study_type: StudyType | None = Field(sa_type=_word(StudyType, "study_type"))
    allocation: Allocation | None = Field(sa_type=_word(Allocation, "allocation"))
    model: InterventionModel | None = Field(sa_type=_word(InterventionModel, "model"))
    masking: Masking | None = Field(sa_type=_word(Masking, "masking"))
    purpose: Purpose | None = Field(sa_type=_word(Purpose, "purpose"))
    escalation: Escalation | None = Field(sa_type=_word(Escalation, "escalation"))
    cell_type: CellType = Field(sa_type=_word(CellType, "cell_type"))
    cell_source: CellSource | None = Field(sa_type=_word(CellSource, "cell_source"))
    product_name: str | None
    manufacturing: str | None
    min_age: int | None
    max_age: int | None
    age_stated: bool
    sex: TrialSex | None = Field(sa_type=_word(TrialSex, "sex"))
    healthy_volunteers: bool | None
    enrollment_count: int | None
    enrollment_type: DateType | None = Field(sa_type=_word(DateType, "enrollment_type"))
    start_date: str | None
    start_date_type: DateType | None = Field(sa_type=_word(DateType, "start_date_type"))
    primary_completion_date: str | None
    primary_completion_date_type: DateType | None = Field(sa_type=_word(DateType, "primary_completion_date_type"))
    completion_date: str | None
    completion_date_type: DateType | None = Field(sa_type=_word(DateType, "completion_date_type"))
    sponsor: str | None
    inclusions_stated: bool
    exclusions_stated: bool
    card: str = Field(description="The trial as lists show it: JSON, ready to be served.")


class Revision(Table, table=True):
    """A trial as it stood. Never changed, but for a new rendering of the same record, and for redaction."""

    __table_args__ = (CheckConstraint("number >= 1", name="number"), _partial_date("true_as_of"))

    trial_number: int = Field(primary_key=True, foreign_key="trial.number")
    number: int = Field(primary_key=True)
    true_as_of: str | None
    recorded_at: str
    rendered_by: int = Field(description="The version of the code that made `document`.")
    record: str = Field(description="The `TrialRecord` as JSON text, in the order of its fields.")
    document: str = Field(description="The whole trial as it is served: JSON.")


# Rows of a part lie beside each other in the order of their key; SQLite then needs no index beside the table.
_CLUSTERED: dict[str, Any] = {"sqlite_with_rowid": False}


class Part(Table):
    """A row of one of a trial's lists, at its place in the list."""

    __table_args__: Any = (_CLUSTERED,)

    trial_number: int = Field(primary_key=True, foreign_key="trial.number", ondelete="CASCADE")
    position: int = Field(primary_key=True)


def _key_of(named: str, by: str) -> ForeignKeyConstraint:
    """The part of the same trial that another part names by its key."""
    return ForeignKeyConstraint(
        ["trial_number", named], [f"{named}.trial_number", f"{named}.key"], ondelete="CASCADE", name=f"fk_{by}_{named}"
    )


# Sponsors number their studies as they like; a registry's number belongs to one trial.
_BELONGS_TO_ONE_TRIAL = "scheme NOT IN ('org_study_id', 'other')"


class Identifier(Part, table=True):
    __table_args__ = (
        CheckConstraint("(basis = 'inferred') = (reason IS NOT NULL)", name="reason"),
        Index(
            "uq_identifier_registered",
            "scheme",
            "lookup",
            unique=True,
            sqlite_where=text(_BELONGS_TO_ONE_TRIAL),
            postgresql_where=text(_BELONGS_TO_ONE_TRIAL),
        ),
        _CLUSTERED,
    )

    value: str
    lookup: str = Field(index=True, description="The value in capitals.")
    scheme: IdentifierScheme = Field(sa_type=_word(IdentifierScheme, "scheme"))
    basis: Basis = Field(sa_type=_word(Basis, "basis"))
    reason: str | None


class TrialCondition(Part, table=True):
    __tablename__ = "trial_condition"
    __table_args__ = (UniqueConstraint("trial_number", "code"), _CLUSTERED)

    code: str


class TrialTarget(Part, table=True):
    __tablename__ = "trial_target"
    __table_args__ = (UniqueConstraint("trial_number", "code"), _CLUSTERED)

    code: str


class Collaborator(Part, table=True):
    name: str


class Arm(Part, table=True):
    __table_args__ = (UniqueConstraint("trial_number", "key"), _CLUSTERED)

    key: str
    label: str
    type: ArmType | None = Field(sa_type=_word(ArmType, "type"))
    description: str | None


class Dose(Part, table=True):
    """`days` are those of infusion, as a JSON array."""

    __table_args__ = (
        CheckConstraint("value > 0 AND value_max >= value", name="value"),
        CheckConstraint("unit IN ('cells/kg', 'cells', 'cells/m2')", name="unit"),
        _key_of("arm", by="dose"),
        _CLUSTERED,
    )

    value: float
    value_max: float | None
    unit: str
    level: int | None
    days: list[int] | None = Field(sa_type=JSON(none_as_null=True))
    arm: str | None


class Lymphodepletion(Part, table=True):
    __table_args__ = (CheckConstraint("value > 0", name="value"), _CLUSTERED)

    agent: str
    value: float | None
    unit: str | None
    days: list[int] | None = Field(sa_type=JSON(none_as_null=True))


class Site(Part, table=True):
    __table_args__ = (
        UniqueConstraint("trial_number", "key"),
        CheckConstraint("length(country) = 2", name="country"),
        CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="position"),
        _partial_date("status_as_of"),
        _partial_date("status_stale_after"),
        _CLUSTERED,
    )

    key: str
    name: str | None
    city: str | None
    region: str | None
    country: str | None
    latitude: float | None
    longitude: float | None
    status: Status | None = Field(sa_type=_word(Status, "status"))
    status_as_of: str | None
    status_stale_after: str | None


class Contact(Part, table=True):
    """Personal data: `cartalog redact` takes a contact out of here and of every revision."""

    __table_args__ = (_key_of("site", by="contact"), _CLUSTERED)

    name: str | None
    role: ContactRole | None = Field(sa_type=_word(ContactRole, "role"))
    phone: str | None
    email: str | None
    site: str | None


class Redaction(Table, table=True):
    """What was redacted must not come back with the next seed: the SHA-256 of a contact's e-mail, phone or name."""

    digest: str = Field(primary_key=True)
    redacted_at: str


class Outcome(Part, table=True):
    type: OutcomeType | None = Field(sa_type=_word(OutcomeType, "type"))
    category: OutcomeCategory | None = Field(sa_type=_word(OutcomeCategory, "category"))
    measure: str
    definition: str | None
    time_frame: str | None


class Criterion(Part, table=True):
    __table_args__ = (UniqueConstraint("trial_number", "key"), _CLUSTERED)

    key: str
    kind: CriterionKind = Field(sa_type=_word(CriterionKind, "kind"))
    statement: str
    locator: str
    anchor: Milestone = Field(sa_type=_word(Milestone, "anchor"))
    expression: dict[str, Any] | None = Field(sa_type=JSON(none_as_null=True))
    basis: Basis = Field(sa_type=_word(Basis, "basis"))
    scope: dict[str, Any] | None = Field(sa_type=JSON(none_as_null=True))


class CurationNote(Part, table=True):
    __tablename__ = "curation_note"
    field: str
    kind: NoteKind = Field(sa_type=_word(NoteKind, "kind"))
    text: str
    locator: str | None


class Source(Part, table=True):
    __table_args__ = (_partial_date("as_of"), _partial_date("retrieved"), _CLUSTERED)

    name: str
    kind: SourceKind = Field(sa_type=_word(SourceKind, "kind"))
    as_of: str | None
    retrieved: str | None
    url: str | None


PARTS: tuple[type[Part], ...] = (
    Identifier,
    TrialCondition,
    TrialTarget,
    Collaborator,
    Arm,
    Dose,
    Lymphodepletion,
    Site,
    Contact,
    Outcome,
    Criterion,
    CurationNote,
    Source,
)
"""Every list of a trial; what names another part comes after it."""
