"""A revision's record never changes and never goes, but while personal data are redacted."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_CHANGES = {"update": "UPDATE OF trial_number, number, true_as_of, recorded_at, record", "delete": "DELETE"}
_SQLITE = """
CREATE TRIGGER revision_{name} BEFORE {change} ON revision WHEN (SELECT NOT redacting FROM catalogue_state)
BEGIN
    SELECT RAISE(ABORT, 'a revision is immutable');
END
"""
_POSTGRES = """
CREATE TRIGGER revision_{name} BEFORE {change} ON revision FOR EACH ROW EXECUTE FUNCTION revision_immutable()
"""
_POSTGRES_FUNCTION = """
CREATE FUNCTION revision_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT (SELECT redacting FROM catalogue_state) THEN
        RAISE EXCEPTION 'a revision is immutable' USING ERRCODE = 'integrity_constraint_violation';
    ELSIF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END
$$
"""


def upgrade() -> None:
    sqlite = op.get_context().dialect.name == "sqlite"
    if not sqlite:
        op.execute(_POSTGRES_FUNCTION)
    for name, change in _CHANGES.items():
        op.execute((_SQLITE if sqlite else _POSTGRES).format(name=name, change=change))


def downgrade() -> None:
    sqlite = op.get_context().dialect.name == "sqlite"
    for name in _CHANGES:
        op.execute(f"DROP TRIGGER revision_{name}" + ("" if sqlite else " ON revision"))
    if not sqlite:
        op.execute("DROP FUNCTION revision_immutable()")
