"""Dispatchers killed again and again before a partner that misbehaves: nothing is lost, and every second copy has its reason."""

from __future__ import annotations

import pytest

from adapters.database import Database
from chaos import deliveries


def _campaign(database: Database, *, count: int, kills: int) -> None:
    name = "SQLite" if database.sqlite else "PostgreSQL"
    found = deliveries.run(name, database, count=count, kills=kills, seed=count)
    assert found.kills >= kills
    assert found.lost == 0
    assert found.unexplained == 0, "somebody was told twice without need"
    assert found.doubled == found.after_lost_answer + found.after_kill
    assert found.met["takes"] >= count - found.met["loses_answer"]
    assert sum(found.met[one] for one in deliveries.FAULTS) > count / 10, "the partner misbehaved"


def test_a_few_dispatchers_are_killed(database: Database) -> None:
    _campaign(database, count=120, kills=9)


@pytest.mark.prove
def test_three_hundred_dispatchers_are_killed(database: Database) -> None:
    _campaign(database, count=5_000, kills=300)
