"""The tables as they were first released."""

from __future__ import annotations

from alembic import op

from adapters.database.migrations import run_script

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0001_tables")
