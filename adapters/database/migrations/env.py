"""Alembic's entry: runs revisions on the connection `migrations.upgrade` hands over."""

from __future__ import annotations

from alembic import context

from adapters.database import tables
from adapters.database.columns import Row

assert tables  # declares every table in Row.metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Row.metadata, render_as_batch=connection.dialect.name == "sqlite")
context.run_migrations()
