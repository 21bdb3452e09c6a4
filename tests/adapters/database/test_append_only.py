"""Records stay as they were written, whoever asks."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from adapters.database import Database, audit, bans, batches, projects, records, rules
from adapters.database.columns import APPEND_ONLY, Row
from adapters.database.tables import Amount, Anonymised, Panel
from tests.adapters.database import examples as given
from tests.adapters.database.examples import NOW

EXPECTED = {
    "amounts", "anonymised", "audit", "blobs", "checkpoints", "decisions", "history", "overrides", "panels", "settings", "submissions",
}  # fmt: skip


@pytest.fixture
def filled(database: Database) -> Database:
    """One row in every append-only table."""
    with database.transaction() as db:
        given.project(db)
        given.case(db)
        records.add_submissions(db, [given.submission("s1")])
        records.anonymise(db, [Anonymised(submission="s1", text="某专家：材料齐全", at=NOW, by="system")])
        records.add_decisions(db, [given.decision("通过")])
        records.add_history(db, [given.line("预审通过")])
        projects.add_amounts(db, [Amount(project="p1", kind="estimate", fen=1, at=NOW)])
        rules.set_setting(db, "here", "soon_days", 3, by="admin", at=NOW)
        bans.add_override(db, given.override("o1"))
        batches.add_panel(db, Panel(case="c1", step="draw", pool_hash="h", pool=["e1"], seed="1", drawn=["e1"], by="li", at=NOW))
        audit.append(db, at=NOW, actor="li", act="complete", target="c1")
    with database.transaction() as db:
        audit.checkpoint(db, at=NOW)
    return database


def test_these_tables_are_append_only() -> None:
    assert APPEND_ONLY == EXPECTED


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_no_row_is_changed_or_removed(filled: Database, name: str) -> None:
    table = Row.metadata.tables[name]
    column = next(iter(table.c))
    attempts = [f'UPDATE {name} SET "{column.name}" = "{column.name}"', f"DELETE FROM {name}"]
    if filled.sqlite:
        attempts.append(f"INSERT OR REPLACE INTO {name} SELECT * FROM {name}")
        attempts.append(f'UPDATE OR REPLACE {name} SET "{column.name}" = "{column.name}"')
    else:
        keys = ", ".join(f'"{key.name}"' for key in table.primary_key)
        attempts.append(f"TRUNCATE {name} CASCADE")
        attempts.append(
            f'INSERT INTO {name} SELECT * FROM {name} ON CONFLICT ({keys}) DO UPDATE SET "{column.name}" = EXCLUDED."{column.name}"'
        )
    for attempt in attempts:
        with pytest.raises(DBAPIError, match="is append-only"), filled.transaction() as db:
            db.run(text(attempt))
    with filled.reading() as db:
        assert db.run(text(f"SELECT count(*) FROM {name}")).scalar_one() == 1
