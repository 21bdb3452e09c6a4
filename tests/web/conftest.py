"""A town of its own for each test, at 09:00 on 2 March 2026."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters import clock
from tests.web import town as towns


@pytest.fixture(autouse=True)
def morning() -> Iterator[None]:
    with clock.at(towns.MORNING):
        yield


@pytest.fixture
def town(tmp_path: Path, shared: Path) -> Iterator[towns.Town]:
    made = towns.town(tmp_path, shared)
    yield made
    made.database.close()
