"""The flows' own database is the test's, and Prefect keeps its things in a folder of the test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters import settings
from adapters.database import Database
from tests.tasks import stages


@pytest.fixture
def town(database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[stages.Town]:
    """A town at 09:00 on 2 March 2026 whose database is the one of the settings."""
    from adapters import clock
    from flows import showing

    url = database.url.set(drivername="sqlite" if database.sqlite else "postgresql").render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("LIANSHEN_DATA", str(tmp_path))
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    settings.settings.cache_clear()
    showing.database.cache_clear()
    assert os.environ["DATABASE_URL"] == url
    with clock.at(stages.MORNING):
        yield stages.town(database)
    showing.database().close()
    monkeypatch.undo()
    settings.settings.cache_clear()
    showing.database.cache_clear()
