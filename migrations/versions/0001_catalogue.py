"""The trial, its revisions, and the lists of the current one."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ALLOCATION = ("randomized", "non_randomized", "not_applicable")
_ARM_TYPE = (
    "experimental",
    "active_comparator",
    "placebo_comparator",
    "sham_comparator",
    "no_intervention",
    "other",
)
_BASIS = ("stated", "inferred")
_CELL_SOURCE = ("autologous", "allogeneic", "in_vivo")
_CELL_TYPE = (
    "car_t",
    "car_nk",
    "car_dnt",
    "car_treg",
    "car_gamma_delta_t",
    "caar_t",
    "car_nkt",
    "car_macrophage",
    "other",
)
_CONTACT_ROLE = ("primary", "backup", "principal_investigator", "contact")
_DATE_TYPE = ("actual", "estimated")
_ESCALATION = ("3_plus_3", "dose_escalation", "none")
_MASKING = ("none", "single", "double", "triple", "quadruple")
_MILESTONE = ("consent", "screening", "enrollment", "apheresis", "lymphodepletion", "infusion")
_MODEL = ("single_group", "parallel", "crossover", "factorial", "sequential")
_NOTE_KIND = ("inferred", "corrected", "ambiguous", "conflicting", "missing", "excluded")
_OUTCOME_CATEGORY = ("safety", "efficacy", "pharmacokinetic", "pharmacodynamic", "quality_of_life", "other")
_PHASE = (
    "early_phase_1",
    "phase_1",
    "phase_1_2",
    "phase_2",
    "phase_2_3",
    "phase_3",
    "phase_4",
    "not_applicable",
)
_PURPOSE = (
    "treatment",
    "prevention",
    "diagnostic",
    "supportive_care",
    "screening",
    "health_services_research",
    "basic_science",
    "device_feasibility",
    "ect",
    "other",
)
_SCHEME = ("nct", "chictr", "euct", "isrctn", "jrct", "org_study_id", "other")
_STATUS = (
    "not_yet_recruiting",
    "recruiting",
    "enrolling_by_invitation",
    "active_not_recruiting",
    "suspended",
    "terminated",
    "completed",
    "withdrawn",
    "unknown",
)

_OF_ONE_TRIAL = "scheme NOT IN ('org_study_id', 'other')"


def upgrade() -> None:
    state = _table(
        "catalogue_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        _whole("revision"),
        sa.Column("redacting", sa.Boolean(), nullable=False),
        _text("indexed_by", optional=True),
        sa.CheckConstraint("id = 1", name="one_row"),
        sa.PrimaryKeyConstraint("id", name="pk_catalogue_state"),
    )
    op.bulk_insert(state, [{"id": 1, "revision": 0, "redacting": False, "indexed_by": None}])
    _table(
        "redaction",
        _text("digest"),
        _text("redacted_at"),
        sa.PrimaryKeyConstraint("digest", name="pk_redaction"),
    )
    _trial()
    _table(
        "revision",
        _whole("trial_number"),
        _whole("number"),
        *_date("true_as_of"),
        _text("recorded_at"),
        _whole("rendered_by"),
        _text("record"),
        _text("document"),
        sa.CheckConstraint("number >= 1", name="number"),
        sa.ForeignKeyConstraint(["trial_number"], ["trial.number"], name="fk_revision_trial_number"),
        sa.PrimaryKeyConstraint("trial_number", "number", name="pk_revision"),
    )
    _lists_of_a_trial()


def downgrade() -> None:
    for table in ("contact", "site", "dose", "arm", "identifier", "trial_condition", "trial_target", "collaborator"):
        op.drop_table(table)
    for table in ("lymphodepletion", "outcome", "criterion", "curation_note", "source", "revision", "trial"):
        op.drop_table(table)
    op.drop_table("redaction")
    op.drop_table("catalogue_state")


def _trial() -> None:
    _table(
        "trial",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        _text("id"),
        _whole("revision"),
        _whole("catalogue_revision"),
        _text("updated_at"),
        _text("title"),
        _text("official_title", optional=True),
        _text("summary", optional=True),
        *_date("true_as_of"),
        _word("status", _STATUS, optional=False),
        *_date("status_as_of"),
        *_date("status_stale_after"),
        _word("phase", _PHASE),
        _word("study_type", ("interventional", "observational", "expanded_access")),
        _word("allocation", _ALLOCATION),
        _word("model", _MODEL),
        _word("masking", _MASKING),
        _word("purpose", _PURPOSE),
        _word("escalation", _ESCALATION),
        _word("cell_type", _CELL_TYPE, optional=False),
        _word("cell_source", _CELL_SOURCE),
        _text("product_name", optional=True),
        _text("manufacturing", optional=True),
        _whole("min_age", optional=True),
        _whole("max_age", optional=True),
        sa.Column("age_stated", sa.Boolean(), nullable=False),
        _word("sex", ("all", "female", "male")),
        sa.Column("healthy_volunteers", sa.Boolean(), nullable=True),
        _whole("enrollment_count", optional=True),
        _word("enrollment_type", _DATE_TYPE),
        *_date("start_date"),
        _word("start_date_type", _DATE_TYPE),
        *_date("primary_completion_date"),
        _word("primary_completion_date_type", _DATE_TYPE),
        *_date("completion_date"),
        _word("completion_date_type", _DATE_TYPE),
        _text("sponsor", optional=True),
        sa.Column("inclusions_stated", sa.Boolean(), nullable=False),
        sa.Column("exclusions_stated", sa.Boolean(), nullable=False),
        _text("card"),
        sa.CheckConstraint("min_age >= 0 AND max_age >= min_age", name="ages"),
        sa.CheckConstraint("enrollment_count >= 0", name="enrollment"),
        sa.PrimaryKeyConstraint("number", name="pk_trial"),
        sa.UniqueConstraint("id", name="uq_trial_id"),
    )
    op.create_index("ix_trial_catalogue_revision", "trial", ["catalogue_revision"])


def _lists_of_a_trial() -> None:
    _part(
        "identifier",
        _text("value"),
        _text("lookup"),
        _word("scheme", _SCHEME, optional=False),
        _word("basis", _BASIS, optional=False),
        _text("reason", optional=True),
        sa.CheckConstraint("(basis = 'inferred') = (reason IS NOT NULL)", name="reason"),
    )
    op.create_index("ix_identifier_lookup", "identifier", ["lookup"])
    op.create_index(
        "uq_identifier_registered",
        "identifier",
        ["scheme", "lookup"],
        unique=True,
        sqlite_where=sa.text(_OF_ONE_TRIAL),
        postgresql_where=sa.text(_OF_ONE_TRIAL),
    )
    for table in ("trial_condition", "trial_target"):
        _part(table, _text("code"), _once(table, "code"))
    _part("collaborator", _text("name"))
    _part(
        "arm",
        _text("key"),
        _text("label"),
        _word("type", _ARM_TYPE),
        _text("description", optional=True),
        _once("arm", "key"),
    )
    _part(
        "dose",
        _number("value", optional=False),
        _number("value_max"),
        _text("unit"),
        _whole("level", optional=True),
        _json("days"),
        _text("arm", optional=True),
        sa.CheckConstraint("value > 0 AND value_max >= value", name="value"),
        sa.CheckConstraint("unit IN ('cells/kg', 'cells', 'cells/m2')", name="unit"),
        _names("dose", "arm"),
    )
    _part(
        "lymphodepletion",
        _text("agent"),
        _number("value"),
        _text("unit", optional=True),
        _json("days"),
        sa.CheckConstraint("value > 0", name="value"),
    )
    _part(
        "site",
        _text("key"),
        _text("name", optional=True),
        _text("city", optional=True),
        _text("region", optional=True),
        _text("country", optional=True),
        _number("latitude"),
        _number("longitude"),
        _word("status", _STATUS),
        *_date("status_as_of"),
        *_date("status_stale_after"),
        sa.CheckConstraint("length(country) = 2", name="country"),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="position"),
        _once("site", "key"),
    )
    _part(
        "contact",
        _text("name", optional=True),
        _word("role", _CONTACT_ROLE),
        _text("phone", optional=True),
        _text("email", optional=True),
        _text("site", optional=True),
        _names("contact", "site"),
    )
    _part(
        "outcome",
        _word("type", ("primary", "secondary", "other")),
        _word("category", _OUTCOME_CATEGORY),
        _text("measure"),
        _text("definition", optional=True),
        _text("time_frame", optional=True),
    )
    _part(
        "criterion",
        _text("key"),
        _word("kind", ("inclusion", "exclusion"), optional=False),
        _text("statement"),
        _text("locator"),
        _word("anchor", _MILESTONE, optional=False),
        _json("expression"),
        _word("basis", _BASIS, optional=False),
        _json("scope"),
        _once("criterion", "key"),
    )
    _part(
        "curation_note",
        _text("field"),
        _word("kind", _NOTE_KIND, optional=False),
        _text("text"),
        _text("locator", optional=True),
    )
    _part(
        "source",
        _text("name"),
        _word("kind", ("registry", "registry_mirror", "publication"), optional=False),
        *_date("as_of"),
        *_date("retrieved"),
        _text("url", optional=True),
    )


def _table(name: str, *parts: sa.schema.SchemaItem, **options: bool) -> sa.Table:
    """A table whose checks are named after it."""
    for part in parts:
        if isinstance(part, sa.CheckConstraint):
            part.name = op.f(f"ck_{name}_{part.name}")
        elif isinstance(part, sa.Column) and isinstance(part.type, sa.Enum):
            part.type.name = op.f(f"ck_{name}_{part.name}")
    return op.create_table(name, *parts, **options)


def _part(name: str, *parts: sa.schema.SchemaItem) -> None:
    """A list of a trial, in the order of `position`."""
    _table(
        name,
        _whole("trial_number"),
        _whole("position"),
        *parts,
        sa.ForeignKeyConstraint(["trial_number"], ["trial.number"], name=f"fk_{name}_trial_number", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("trial_number", "position", name=f"pk_{name}"),
        sqlite_with_rowid=False,
    )


def _once(table: str, column: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint("trial_number", column, name=f"uq_{table}_trial_number")


def _names(table: str, named: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["trial_number", named],
        [f"{named}.trial_number", f"{named}.key"],
        name=f"fk_{table}_{named}",
        ondelete="CASCADE",
    )


def _text(name: str, *, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=optional)


def _whole(name: str, *, optional: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=optional)


def _number(name: str, *, optional: bool = True) -> sa.Column[float]:
    return sa.Column(name, sa.Float(), nullable=optional)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(none_as_null=True), nullable=True)


def _word(name: str, words: tuple[str, ...], *, optional: bool = True) -> sa.Column[str]:
    kind = sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)
    return sa.Column(name, kind, nullable=optional)


def _date(name: str) -> tuple[sa.Column[str], sa.CheckConstraint]:
    """A partial date, and its check."""
    return _text(name, optional=True), sa.CheckConstraint(f"length({name}) IN (4, 7, 10)", name=name)
