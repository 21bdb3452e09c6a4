"""A town on each database, at 09:00 on 2 March 2026."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adapters import clock
from adapters.database import Database
from tests.tasks import stages


@pytest.fixture(autouse=True)
def morning() -> Iterator[None]:
    with clock.at(stages.MORNING):
        yield


@pytest.fixture
def town(database: Database) -> stages.Town:
    """On SQLite and on PostgreSQL."""
    return stages.town(database)


@pytest.fixture
def hamlet(memory: Database) -> stages.Town:
    """In memory only, for what does not depend on the database."""
    return stages.town(memory)
