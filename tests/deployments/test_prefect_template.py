"""The empty database that set-up makes for first starts: every migration, no content; a start that has one of its own keeps it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from deployments import prefect_server, prefect_template
from deployments.prefect_server import Console


def rows(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_a_first_start_copies_the_empty_database_of_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tmp_path / "made.db"
    prefect_template.make(made)
    assert rows(made, "alembic_version") == 1
    assert rows(made, "deployment") == rows(made, "flow_run") == rows(made, "configuration") == 0
    monkeypatch.setattr(prefect_server, "template", lambda: made)
    console = Console(tmp_path / "home", 4200)
    console.prepare()
    database = console.home / "prefect.db"
    assert database.read_bytes() == made.read_bytes()
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("CREATE TABLE kept (one)")
    console.prepare()
    assert rows(database, "kept") == 0, "a database that is there is not replaced"
    assert sorted(one.name for one in console.home.iterdir()) == ["encryption.key", "password", "prefect.db"]


def test_a_database_elsewhere_needs_no_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(prefect_server.DATABASE, "postgresql+asyncpg://elsewhere/prefect")
    console = Console(tmp_path / "home", 4200)
    console.prepare()
    assert not (console.home / "prefect.db").exists()
