"""Due timers among many open cases: how long to find them, how long to fire 1,000."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import quantiles

from sqlalchemy import text

from adapters.database import Database, cases, open_database
from adapters.database import timers as rows
from adapters.database.columns import Row
from benchmarks import reference
from tasks import cases as case_tasks
from tasks import inbox, timers

LATER = timedelta(days=60)  #: between the two sweeps
PAGE = timers.BATCH
_NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)"


@dataclass(frozen=True)
class Swept:
    """One sweep."""

    database: str
    open: int
    due: int
    find_ms: float  #: the first page of due cases, lower quartile: other loads only ever add
    wall: float
    cpu: float


def run(name: str, url: str, *, due: int, sizes: tuple[int, int]) -> list[Swept]:
    """Among `sizes[0]`, then `sizes[1]` open cases, `due` real ones whose timer goes off. The others are rows only: they wait for years."""
    database = open_database(url)
    try:
        town = reference.town(database)
        moments = [reference.NOW, reference.NOW + LATER]
        keys = [key for moment in moments for key in _waiting(town, due, moment)]
        found, filled = [], 0
        for number, size in enumerate(sizes):
            filled = _fill(database, keys[-1], filled, size - len(keys))
            found.append(_sweep(name, database, due, size, moments[number] + timedelta(days=40)))
        return found
    finally:
        database.close()


def _waiting(town: reference.Town, count: int, now: datetime) -> list[str]:
    """Real cases below the threshold, each waiting for its cost review; a hundred in a transaction, as only the sweep is timed."""
    keys: list[str] = []
    while len(keys) < count:
        with town.database.transaction() as db:
            for _ in range(min(100, count - len(keys))):
                opened = case_tasks.open_case(
                    db, jurisdiction=reference.CODE, procedure="project", official=town.owners[0], now=now, unit="u0"
                )
                assert opened is not None
                given = {**reference.answers(town.lot, "apply"), "estimate": "29.99"}
                inbox.complete(db, opened.items[0], town.owners[0], given, now=now)
                keys.append(opened.case)
    return keys


def _fill(database: Database, like: str, first: int, last: int) -> int:
    """Copies of a case's rows with ids of their own and timers that wait for years."""
    if last <= first:
        return first
    key = "'idle-' || n"
    changed = {
        "cases": {"id": key, "project": key},
        "projects": {"id": key},
        "work_items": {"id": key, "case": key, "project": key},
        "timers": {"case": key, "fires_at": "fires_at + 10 * 31536000000000" if database.sqlite else "fires_at + interval '10 years'"},
    }
    where = {"cases": "id", "projects": "id", "work_items": '"case"', "timers": '"case"'}
    with database.transaction() as db:
        project = cases.get(db, like).project
        for table in ("projects", "cases", "work_items", "timers"):
            columns = [column.name for column in Row.metadata.tables[table].columns]
            listed = ", ".join(f'"{name}"' for name in columns)
            values = ", ".join(changed[table].get(name, f'{table}."{name}"') for name in columns)
            numbers = _NUMBERS.replace(":first", str(first + 1)).replace(":last", str(last))
            which = f"{table}.{where[table]} = :key" + (" AND status = 'open'" if table == "work_items" else "")
            copied = f"INSERT INTO {table} ({listed}) {numbers} SELECT {values} FROM {table}, numbers WHERE {which}"
            db.run(text(copied), {"key": project if table == "projects" else like})
    with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("ANALYZE" if database.sqlite else "VACUUM ANALYZE"))
    return last


def _sweep(name: str, database: Database, due: int, size: int, now: datetime) -> Swept:
    took = []
    for _ in range(50):
        began = time.perf_counter()
        with database.reading() as db:
            found = rows.due_cases(db, now, limit=PAGE)
        took.append(time.perf_counter() - began)
        assert len(found) == min(due, PAGE)
    wall, cpu = time.perf_counter(), time.process_time()
    swept = timers.fire_due(database, now=now)
    assert (swept.fired, swept.incidents) == (due, [])
    return Swept(name, size, due, quantiles(took, n=4)[0] * 1e3, time.perf_counter() - wall, time.process_time() - cpu)
