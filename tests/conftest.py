"""Fixtures every test may use: `database` runs a test on SQLite and on PostgreSQL, `memory` on SQLite in memory only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from adapters.database import Database, open_database
from tests import databases

# A busy machine is slow, not wrong: no time limit for one example, no complaint about slow drawing.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("house")


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder of this session that all its processes see."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def cluster(shared: Path) -> Iterator[databases.Cluster]:
    with databases.cluster(shared) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, shared: Path, tmp_path: Path) -> Iterator[Database]:
    """An empty database with every table."""
    if request.param == "sqlite":
        with databases.sqlite_database(tmp_path, databases.sqlite_template(shared)) as opened:
            yield opened
    else:
        with databases.postgresql_database(request.getfixturevalue("cluster"), databases.TEMPLATE) as opened:
            yield opened


@pytest.fixture
def postgresql(cluster: databases.Cluster) -> Iterator[Database]:
    """An empty PostgreSQL database with every table, for what SQLite has no counterpart of."""
    with databases.postgresql_database(cluster, databases.TEMPLATE) as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table, for migrations."""
    if request.param == "sqlite":
        with databases.sqlite_database(tmp_path, None) as opened:
            yield opened
    else:
        with databases.postgresql_database(request.getfixturevalue("cluster"), "template0") as opened:
            yield opened


@pytest.fixture
def memory() -> Iterator[Database]:
    """SQLite in memory with every table: quickest, one connection."""
    opened = open_database("sqlite://")
    opened.create_all()
    yield opened
    opened.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` rewrites what diagrams should say, for a reviewer to read."""
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden")
