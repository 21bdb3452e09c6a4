"""What is asked all day long reads an index range: its cost does not grow with what is open."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from adapters.database import Database, Db, cases, inbox, items, notices, records, timers, waits
from adapters.database.columns import Row
from adapters.database.inbox import Desk
from adapters.database.prepared import Ready
from tests.adapters.database import examples as given
from tests.adapters.database.examples import NOW, TODAY

MANY = 20_000
LARGE = ("work_items", "timers", "waits", "deliveries")  # small tables may be read whole; these may not


@pytest.fixture
def full(database: Database) -> Database:
    """1,000 cases, 20,000 open items, timers, waits and deliveries, of which a few concern us."""
    numbers = (
        f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {MANY})"
        if database.sqlite
        else f"WITH numbers AS (SELECT n FROM generate_series(1, {MANY}) AS n)"
    )
    step = "+ n * 1000000" if database.sqlite else "+ n * interval '1 second'"
    name = "'x' || n" if database.sqlite else "'x' || n::text"
    others = "n % 50" if database.sqlite else "(n % 50)::text"
    with database.transaction() as db:
        one = given.case(db)
        db.add_all([one.model_copy(update={"id": f"other{number}"}) for number in range(1000)])
        given.open_items(db, given.item("first", due=TODAY))
        timers.sync(db, "c1", [given.timer("first", NOW)])
        waits.sync(db, "c1", [given.wait("first")])
        notices.add(db, given.notice("first"), [notices.Delivery(notice="first", channel="mail", next_at=NOW)])
        records.add_history(db, [given.line("开始")])
        for table, changes in (
            ("work_items", {"id": name, "task": name, "office": f"'office' || {others}", "opened_at": f"opened_at {step}"}),
            ("timers", {"task": name, "fires_at": f"fires_at {step}"}),
            ("waits", {"task": name, "message": f"'message' || {others}", "since": f"since {step}"}),
            ("deliveries", {"recipient": name, "next_at": f"next_at {step}"}),
        ):
            columns = [column.name for column in Row.metadata.tables[table].c]
            values = ", ".join(changes.get(column, f'{table}."{column}"') for column in columns)
            listed = ", ".join(f'"{column}"' for column in columns)
            prefix = "" if database.sqlite else numbers
            inner = numbers if database.sqlite else ""
            db.run(
                text(f"{prefix} INSERT INTO {table} ({listed}) {inner} SELECT {values} FROM {table}, numbers WHERE {table}.status <> 'x'")
            )
    with database.transaction() as db:
        db.run(text("ANALYZE"))
    return database


def _plan(database: Database, act: Callable[[Db], Any]) -> str:
    """How the database carries out the first statement of `act`."""
    how = "EXPLAIN QUERY PLAN" if database.sqlite else "EXPLAIN"
    seen: list[Callable[[], list[Any]]] = []

    with database.transaction() as db:
        ask = db.line.ask

        def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            seen.append(lambda: list(db.connection.exec_driver_sql(f"{how} {statement}", parameters).all()))

        def asked(ready: Ready, params: Any) -> list[Any]:
            explained = copy.copy(ready)
            explained.sql, explained.name = f"{how} {ready.sql}", b"explained_" + ready.name
            explained.text = explained.sql.encode()
            seen.append(lambda: ask(explained, params))
            return ask(ready, params)

        event.listen(database.engine, "before_cursor_execute", note)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(db.line, "ask", asked)
            try:
                act(db)
            finally:
                event.remove(database.engine, "before_cursor_execute", note)
        rows = seen[0]()
    return "\n".join(str(row[-1]) for row in rows)


DESK = [Desk("here", "data_bureau")]
ACTS: dict[str, tuple[str, Callable[[Db], Any]]] = {
    "due timers": ("ix_timers_due", lambda db: timers.due(db, NOW)),
    "cases with due timers": ("ix_timers_due", lambda db: timers.due_cases(db, NOW)),
    "a page of the inbox": ("ix_work_items_office", lambda db: inbox.page(db, DESK, "li", limit=20)),
    "a later page": ("ix_work_items_office", lambda db: inbox.page(db, DESK, "li", after="2026-01-01~2026-01-01T00:00+08:00~x", limit=20)),
    "the badge": ("ix_work_items_office", lambda db: inbox.count(db, DESK, "li")),
    "what I have done": ("ix_work_items_done", lambda db: inbox.done(db, "li", limit=20)),
    "items due": ("ix_work_items_due", lambda db: items.due_until(db, TODAY)),
    "waits for a message": ("ix_waits_message", lambda db: waits.by_message(db, "here", "plan_result")),
    "deliveries to make": ("ix_deliveries_next", lambda db: notices.claim(db, NOW, channels=("mail",))),
    "a page of history": ("", lambda db: records.history(db, "c1", after=5, limit=20)),
    "a case": ("", lambda db: cases.lock(db, "c1")),
}


def _reads_whole_tables(plan: str) -> bool:
    """Whether a large table is read from end to end. PostgreSQL rightly does so with small ones, such as our one case."""
    scanned = [line.split() for line in plan.splitlines() if line.startswith("SCAN")]
    return any(f"Seq Scan on {table}" in plan for table in LARGE) or any(words[1] in Row.metadata.tables for words in scanned)


def test_the_indexes_serve(full: Database) -> None:
    for kind, (index, act) in ACTS.items():
        plan = _plan(full, act)
        assert index in plan, f"{kind}:\n{plan}"
        assert not _reads_whole_tables(plan), f"{kind}:\n{plan}"


def test_a_missing_index_is_noticed(full: Database) -> None:
    with full.transaction() as db:
        db.run(text("DROP INDEX ix_timers_due"))
    assert _reads_whole_tables(_plan(full, lambda db: timers.due(db, NOW)))


def test_the_answers_are_few_among_many(full: Database) -> None:
    with full.transaction() as db:
        assert [one.task for one in timers.due(db, NOW)] == ["first"]
        assert [line.item.id for line in inbox.page(db, DESK, "li")] == ["first"]
        assert [one.id for one in items.due_until(db, TODAY)][:1] == ["first"]
        assert [one.task for one in waits.by_message(db, "here", "plan_result")] == ["first"]
        assert len(notices.claim(db, NOW, channels=("mail",))) == 1
        assert len(timers.due(db, NOW + timedelta(seconds=99), limit=1000)) == 100
