"""What a case weighs: the engine's state, and everything the database holds for it."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass

from sqlalchemy import text

from adapters.database import Database, cases, open_database
from benchmarks import reference
from benchmarks.naive import Naive


@dataclass(frozen=True)
class Sizes:
    """Bytes per case."""

    database: str
    state_open: float  #: at the last step
    state_finished: float
    all_open: float  #: tables and indexes, everything written so far
    all_finished: float
    answers: float  #: what people typed, as JSON
    naive: float  #: state column of the naive loop at the last step


def run(name: str, url: str, naive_url: str, *, count: int) -> Sizes:
    """Play `count` cases to their last step, weigh, finish them, weigh again."""
    database = open_database(url)
    try:
        town = reference.town(database)
        start = weigh(database)
        keys = [town.open() for _ in range(count)]
        for key in keys:
            town.play(key, until="cost_review")
        state_open, all_open = _states(database, keys), weigh(database)
        for key in keys:
            town.play(key)
        state_finished, all_finished = _states(database, keys), weigh(database)
    finally:
        database.close()
    return Sizes(
        name, state_open, state_finished, (all_open - start) / count, (all_finished - start) / count, answers(), _naive(naive_url, count)
    )


def weigh(database: Database) -> int:
    """Bytes of the whole database, compact: what a copy of it would take."""
    if database.sqlite:
        with database.engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            raw.execute("VACUUM")  # type: ignore[attr-defined]  # SQLAlchemy's protocol of a driver's connection knows cursors only
            pages = connection.execute(text("PRAGMA page_count")).scalar_one()
            return int(pages * connection.execute(text("PRAGMA page_size")).scalar_one())
    with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("VACUUM FULL"))
        asked = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        return int(connection.execute(text(asked)).scalar_one())


def answers() -> float:
    """What people type in one case, as UTF-8 JSON."""
    lot = random.Random(1)
    steps = ("apply", "pre_review", *("countersign",) * 3, "cost_review")
    total = sum(len(json.dumps(reference.answers(lot, step), ensure_ascii=False).encode()) for step in steps for _ in range(10))
    return total / 10


def _states(database: Database, keys: list[str]) -> float:
    with database.reading() as db:
        return sum(len(cases.get(db, key).state) for key in keys) / len(keys)


def _naive(url: str, count: int) -> float:
    naive, lot, total = Naive(url), random.Random(1), 0
    for _ in range(min(count, 10)):
        key, step = naive.open(), "apply"
        while step != "cost_review":
            step = naive.complete(key, reference.answers(lot, step)) or ""
        total += naive.weight(key)
    naive.close()
    return total / min(count, 10)
