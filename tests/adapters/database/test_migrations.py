"""Migrating an empty database gives exactly the tables the code declares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from adapters.database import Database, cases, migrations, schema
from adapters.database.columns import Row
from tests import databases
from tests.adapters.database import examples as given

SQLITE = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'alembic%' AND name NOT LIKE 'sqlite_autoindex_alembic%'"
POSTGRESQL = (
    "SELECT 'column', table_name || '.' || column_name, concat(data_type, is_nullable, collation_name, column_default)"
    " FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'",
    "SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'",
    "SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace AND conname NOT LIKE 'alembic%'",
    "SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "SELECT 'function', proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
)


def _schema(database: Database) -> set[tuple[Any, ...]]:
    with database.reading() as db:
        queries = (SQLITE,) if database.sqlite else POSTGRESQL
        return {(row[0], row[1], " ".join((row[2] or "").split())) for query in queries for row in db.run(text(query))}


def test_migrations_make_what_the_code_declares(bare: Database, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    bare.migrate()
    bare.migrate()  # a second time changes nothing
    if bare.sqlite:
        with databases.sqlite_database(tmp_path, None) as other:
            other.create_all()
            declared = _schema(other)
    else:
        with databases.postgresql_database(request.getfixturevalue("cluster"), databases.TEMPLATE) as other:
            declared = _schema(other)
    assert _schema(bare) == declared
    assert len(declared) > 100
    with bare.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": lambda name, *_: name != "alembic_version"})
        assert compare_metadata(context, Row.metadata) == []


def test_a_migrated_database_works(bare: Database) -> None:
    bare.migrate()
    with bare.transaction() as db:
        made = given.case(db)
    with bare.reading() as db:
        assert cases.get(db, "c1") == made


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_the_first_revision_is_written_from_the_tables(dialect: str) -> None:
    """Until the first release: `python -m adapters.database.migrations.first` after a change of tables."""
    assert (migrations.FOLDER / "versions" / f"0001_tables.{dialect}.sql").read_text("utf-8") == schema.script(dialect)
