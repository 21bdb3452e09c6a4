"""Timers and waits: synchronised with the engine, found by moment and by message."""

from __future__ import annotations

from adapters.database import Database, timers, waits
from tests.adapters.database import examples as given
from tests.adapters.database.examples import NOW, TODAY, later, timer, wait


def test_timers_follow_the_engine(database: Database) -> None:
    with database.transaction() as db:
        given.case(db)
        timers.sync(db, "c1", [timer("a", later(days=1)), timer("b", later(days=2)), timer("c", later(days=3))])
        known = timers.active(db, "c1")
        timers.sync(db, "c1", [timer("b", later(days=5), due=TODAY, basis={"k": 1}), timer("d", later(hours=1))], fired=["a"], known=known)
    with database.reading() as db:
        assert [(one.task, one.fires_at, one.due) for one in timers.active(db, "c1")] == [
            ("d", later(hours=1), None),
            ("b", later(days=5), TODAY),
        ]
        rows = {row.task: row.status for row in db.run(timers._t.select())}
        assert rows == {"a": "fired", "b": "wait", "c": "cancelled", "d": "wait"}


def test_due_is_at_or_before_now_oldest_first(database: Database) -> None:
    with database.transaction() as db:
        given.case(db, "c1")
        given.case(db, "c2")
        timers.sync(db, "c1", [timer("a", NOW), timer("b", later(microseconds=1)), timer("c", later(days=-1))])
        timers.sync(db, "c2", [timer("a", later(days=-2), "c2"), timer("h", later(days=-3), "c2")])
        timers.sync(db, "c2", [timer("a", later(days=-2), "c2")], fired=["h"])
        assert [(one.case, one.task) for one in timers.due(db, NOW)] == [("c2", "a"), ("c1", "c"), ("c1", "a")]
        assert [one.task for one in timers.due(db, NOW, limit=1)] == ["a"]
        first = timers.due_cases(db, NOW, limit=2)
        assert [case for _, case in first] == ["c2", "c1"]
        assert timers.due_cases(db, NOW, after=first[-1]) == [(NOW, "c1")]
        assert [one.task for one in timers.upcoming(db, later(days=1))] == ["a", "c", "a", "b"]


def test_held_timers_do_not_go_off(database: Database) -> None:
    with database.transaction() as db:
        given.case(db)
        timers.sync(db, "c1", [timer("a", NOW)])
        timers.hold(db, "c1")
        assert timers.due(db, NOW) == []
        assert [one.status for one in timers.active(db, "c1")] == ["held"]
        assert [one.task for one in timers.waiting_with_rule(db)] == ["a"]
        assert timers.waiting_with_rule(db, after=("c1", "a")) == []
        timers.release(db, "c1")
        assert [one.task for one in timers.due(db, NOW)] == ["a"]


def test_waits_follow_the_engine_and_are_found_by_message(database: Database) -> None:
    with database.transaction() as db:
        for project, case in (("p1", "c1"), ("p2", "c2"), ("p3", "c3")):
            given.project(db, project)
            given.case(db, case, project=project)
        waits.sync(db, "c1", [wait("a", project="p1"), wait("z", project="p1", message="report")])
        waits.sync(db, "c2", [wait("a", "c2", project="p2", since=later(hours=1))])
        waits.sync(db, "c3", [wait("a", "c3", project="p3", jurisdiction="there")])
        assert [one.case for one in waits.by_message(db, "here", "plan_result")] == ["c1", "c2"]
        assert [one.case for one in waits.by_message(db, "here", "plan_result", before=later(hours=1))] == ["c1"]
        assert [one.case for one in waits.by_message(db, "here", "plan_result", after=(NOW, "c1"))] == ["c2"]
        assert [one.task for one in waits.of_project(db, "p1")] == ["a", "z"]
        assert [one.task for one in waits.of_project(db, "p1", "report")] == ["z"]
        waits.sync(db, "c1", [], delivered=["a"])
        assert waits.open_of(db, "c1") == []
        assert {row.task: row.status for row in db.run(waits._t.select().where(waits._t.c.case == "c1"))} == {
            "a": "delivered",
            "z": "cancelled",
        }
