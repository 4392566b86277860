"""Full text, in each database's own way: FTS5, and a GIN index over tsvectors.

The words are normalised before they come here, so neither database parses them: FTS5's `ascii` tokenizer splits at
blanks alone (what is not ASCII is a letter to it), and a tsvector is written out with its positions and weights.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE trial_search USING fts5(title, body, tokenize = 'ascii', prefix = '1 2 3')")
        return
    op.execute(
        "CREATE TABLE trial_search ("
        " number integer PRIMARY KEY REFERENCES trial (number) ON DELETE CASCADE,"
        " document tsvector NOT NULL)"
    )
    op.execute("CREATE INDEX ix_trial_search_document ON trial_search USING gin (document)")


def downgrade() -> None:
    op.execute("DROP TABLE trial_search")
