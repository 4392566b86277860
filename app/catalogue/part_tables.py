"""The tables of a trial's lists, each row at its place in its list. They hold the current revision only."""

from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from app.catalogue.tables import Table, partial_date, word
from app.vocabulary.enumerations import (
    ArmType,
    Basis,
    ContactRole,
    CriterionKind,
    IdentifierScheme,
    Milestone,
    NoteKind,
    OutcomeCategory,
    OutcomeType,
    SourceKind,
    Status,
)

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
    scheme: IdentifierScheme = Field(sa_type=word(IdentifierScheme, "scheme"))
    basis: Basis = Field(sa_type=word(Basis, "basis"))
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
    type: ArmType | None = Field(sa_type=word(ArmType, "type"))
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
        partial_date("status_as_of"),
        partial_date("status_stale_after"),
        _CLUSTERED,
    )

    key: str
    name: str | None
    city: str | None
    region: str | None
    country: str | None
    latitude: float | None
    longitude: float | None
    status: Status | None = Field(sa_type=word(Status, "status"))
    status_as_of: str | None
    status_stale_after: str | None


class Contact(Part, table=True):
    """Personal data: `cartalog redact` takes a contact out of here and of every revision."""

    __table_args__ = (_key_of("site", by="contact"), _CLUSTERED)

    name: str | None
    role: ContactRole | None = Field(sa_type=word(ContactRole, "role"))
    phone: str | None
    email: str | None
    site: str | None


class Outcome(Part, table=True):
    type: OutcomeType | None = Field(sa_type=word(OutcomeType, "type"))
    category: OutcomeCategory | None = Field(sa_type=word(OutcomeCategory, "category"))
    measure: str
    definition: str | None
    time_frame: str | None


class Criterion(Part, table=True):
    __table_args__ = (UniqueConstraint("trial_number", "key"), _CLUSTERED)

    key: str
    kind: CriterionKind = Field(sa_type=word(CriterionKind, "kind"))
    statement: str
    locator: str
    anchor: Milestone = Field(sa_type=word(Milestone, "anchor"))
    expression: dict[str, Any] | None = Field(sa_type=JSON(none_as_null=True))
    basis: Basis = Field(sa_type=word(Basis, "basis"))
    scope: dict[str, Any] | None = Field(sa_type=JSON(none_as_null=True))


class CurationNote(Part, table=True):
    __tablename__ = "curation_note"
    field: str
    kind: NoteKind = Field(sa_type=word(NoteKind, "kind"))
    text: str
    locator: str | None


class Source(Part, table=True):
    __table_args__ = (partial_date("as_of"), partial_date("retrieved"), _CLUSTERED)

    name: str
    kind: SourceKind = Field(sa_type=word(SourceKind, "kind"))
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
