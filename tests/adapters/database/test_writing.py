"""Transactions that queue are made durable together, each still whole by itself; what is written late still fails its own transaction."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from adapters.database import Database, Db, audit, cases, ground, items, notices, open_database, projects, records, timers
from adapters.database import writer as writing
from domain.errors import Conflict, NotFound
from tests.adapters.database import examples as given

QUEUED = 5


@pytest.fixture
def file(tmp_path: Path) -> Any:
    opened = open_database(f"sqlite:///{tmp_path / 'one.db'}")
    opened.create_all()
    yield opened
    opened.close()


def _queued(database: Database, acts: list[Callable[[Db], Any]]) -> tuple[list[Future[Any]], list[str]]:
    """Let transactions queue behind one that holds its turn until all of them wait. Answers them, and every COMMIT there was."""
    commits: list[str] = []
    inside, go = threading.Event(), threading.Event()

    def run(act: Callable[[Db], Any]) -> Any:
        with database.transaction() as db:
            return act(db)

    def first(db: Db) -> None:
        db.line.driver.set_trace_callback(lambda said: commits.append(said) if said == "COMMIT" else None)
        given.project(db, "first")
        inside.set()
        assert go.wait(30)

    with ThreadPoolExecutor(len(acts) + 1) as pool:
        futures = [pool.submit(run, first)]
        assert inside.wait(30)
        futures += [pool.submit(run, act) for act in acts]
        while database._writer._queue < len(acts):
            time.sleep(0.001)
        go.set()
    return futures, commits


def _project(name: str, db: Db) -> None:
    given.project(db, name)


def test_those_who_queue_share_one_commit(file: Database) -> None:
    def act(number: int, db: Db) -> None:
        given.project(db, f"p{number}")
        audit.append(db, at=given.NOW, actor="li", act="made", target=f"p{number}")

    futures, commits = _queued(file, [partial(act, number) for number in range(QUEUED)])
    assert [one.exception() for one in futures] == [None] * (QUEUED + 1)
    assert commits == ["COMMIT"]
    with file.reading() as db:
        assert all(projects.find(db, f"p{number}") for number in range(QUEUED))
        assert audit.verify(audit.every(db)) is None


def test_one_that_fails_takes_back_its_own_part_only(file: Database) -> None:
    def fails(db: Db) -> None:
        given.project(db, "bad")
        audit.append(db, at=given.NOW, actor="li", act="made", target="bad")
        projects.get(db, "nobody")

    futures, commits = _queued(file, [partial(_project, "p1"), fails, partial(_project, "p2")])
    assert [type(one.exception()) for one in futures] == [type(None), type(None), NotFound, type(None)]
    assert commits == ["COMMIT"]
    with file.reading() as db:
        assert [bool(projects.find(db, name)) for name in ("first", "p1", "bad", "p2")] == [True, True, False, True]
        assert list(audit.every(db)) == []


def test_a_commit_that_fails_fails_for_all_and_keeps_nothing(file: Database) -> None:
    def owes(db: Db) -> None:
        db.run(text("PRAGMA defer_foreign_keys=ON"))  # what it breaks is found when all is made durable
        given.case(db, "c1")
        db.run(text("UPDATE cases SET project = 'nobody'"))

    futures, _ = _queued(file, [owes, partial(_project, "p2")])
    assert all("FOREIGN KEY" in str(one.exception()) for one in futures)
    with file.transaction() as db:
        assert [projects.find(db, name) for name in ("first", "p2")] == [None, None]
        assert cases.find(db, "c1") is None
        given.project(db, "p3")
    with file.reading() as db:
        assert projects.find(db, "p3") is not None


def test_a_long_queue_is_made_durable_in_several_batches(file: Database) -> None:
    futures, commits = _queued(file, [partial(_project, f"p{number}") for number in range(writing.MOST)])
    assert not any(one.exception() for one in futures)
    assert len(commits) == 2


def test_whoever_waits_in_vain_leaves_nobody_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.database.connect.BUSY_MS", 200)
    opened = open_database(f"sqlite:///{tmp_path / 'two.db'}")
    opened.create_all()
    in_vain: list[Any] = []

    def late() -> None:
        try:
            with opened.transaction() as db:
                given.project(db, "late")
        except Conflict as error:
            in_vain.append(error)

    with opened.transaction() as db:
        given.project(db, "first")
        other = threading.Thread(target=late)
        other.start()
        other.join()
    assert len(in_vain) == 1
    with opened.reading() as db:
        assert projects.find(db, "first") is not None
    opened.close()


def test_an_error_of_a_late_write_ends_its_transaction(database: Database) -> None:
    with database.transaction() as db:
        given.project(db, "p1")
    with pytest.raises(Conflict), database.transaction() as db:  # noqa: PT012  # the transaction is what is tested
        given.project(db, "p2")
        given.project(db, "p1")
    with pytest.raises(Conflict), database.transaction() as db:  # noqa: PT012  # the question after the write must not hide it
        given.project(db, "p1")
        projects.find(db, "p1")
    with database.transaction() as db:
        assert projects.find(db, "p2") is None
        given.project(db, "p2")
    with database.reading() as db:
        assert projects.find(db, "p2") is not None


def test_a_question_sees_what_was_written_before_it(database: Database) -> None:
    with database.transaction() as db:
        given.project(db, "p1")
        given.case(db, "c1")
        notices.add_all(db, [given.notice(f"n{number}", case="c1") for number in range(3)])
        assert [one.id for one in notices.of_case(db, "c1")] == ["n0", "n1", "n2"]
        found = db.values_each((cases._get, {"id": "c1"}), (cases._get, {"id": "nobody"}))
        assert [[one["id"] for one in rows] for rows in found] == [["c1"], []]
        projects.change(db, "p1", name="改名", facts={"甲": [1, None, "乙"]})
        kept = projects.get(db, "p1")
        assert (kept.name, kept.facts) == ("改名", {"甲": [1, None, "乙"]})
        cases.save(db, cases.get(db, "c1"), state=bytes(range(256)), closed_at=given.NOW + timedelta(microseconds=7))
        assert cases.get(db, "c1").state == bytes(range(256))
        assert cases.get(db, "c1").closed_at == given.NOW + timedelta(microseconds=7)


def test_a_text_with_nul_is_refused_before_it_is_cut_short(database: Database) -> None:
    with database.transaction() as db, pytest.raises(ValueError, match="NUL"):
        projects.change(db, "p1", name="a\0b")


def test_statements_that_somebody_dropped_are_prepared_again(postgresql: Database) -> None:
    with pytest.raises(Exception, match="does not exist"), postgresql.transaction() as db:  # noqa: PT012  # the transaction is what is tested
        given.project(db, "p1")
        db.run(text("DEALLOCATE ALL"))
        given.project(db, "p2")
    with postgresql.transaction() as db:
        given.project(db, "p1")
    with postgresql.reading() as db:
        assert projects.find(db, "p1") is not None


def test_a_view_refuses_to_write(database: Database) -> None:
    with pytest.raises(Exception, match=r"read-?only|readonly"), database.reading() as db:  # noqa: PT012  # as above
        given.project(db, "p1")
        projects.find(db, "p1")


def test_the_ground_of_an_act_is_what_its_parts_say(database: Database) -> None:
    with database.transaction() as db:
        given.project(db, "p1")
        given.case(db, "c1", project="p1")
        given.case(db, "c2", project="p1")
        given.open_items(db, given.item("i1", project="p1"), given.item("i2", project="p1"), given.item("i3", "c2", project="p1"))
        timers.sync(db, "c1", [given.timer("t1", given.later(days=1)), given.timer("t2", given.later(days=-1))])
        records.add_submissions(db, [given.submission("s1", case="c2", item="i3", person="li", office="reform")])
        items.close(db, "i2", at=given.NOW, by="li")
    with database.transaction() as db:
        found = ground.of_item(db, "i1", "li")
        assert found is not None
        assert (found.case, found.project) == (cases.get(db, "c1"), projects.get(db, "p1"))
        assert (found.standing, found.running) == (items.open_of(db, "c1"), timers.active(db, "c1"))
        assert [one.task for one in found.running] == ["t2", "t1"]
        assert (found.waiting, found.acted) == ([], records.acted(db, "p1", "li"))
        assert found.acted == ["reform"]
        assert ground.of_item(db, "nothing", "li") is None
