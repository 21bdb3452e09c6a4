"""Cases: once-only rounds, optimistic revisions, locks."""

from __future__ import annotations

import pytest

from adapters.database import Database, cases
from adapters.database.tables import Case
from domain.errors import Conflict, NotFound
from tests.adapters.database import examples as given
from tests.adapters.database.examples import NOW


def test_a_case_comes_back_as_it_was_kept(database: Database) -> None:
    with database.transaction() as db:
        made = given.case(db, facts={"标题": "甲", "列": [1, None, True, 0.5]}, state=bytes(range(256)))
    with database.reading() as db:
        read = cases.get(db, "c1")
    assert read == made
    assert read.opened_at.utcoffset() == NOW.utcoffset()
    assert isinstance(read, Case)
    with pytest.raises(Exception, match="frozen"):
        read.title = "乙"


def test_a_round_key_opens_one_case_only(database: Database) -> None:
    with database.transaction() as db:
        first = given.case(db, "c1", round_key="here/plan/2026")
        assert not cases.add(db, first.model_copy(update={"id": "c2"}))
        assert cases.add(db, first.model_copy(update={"id": "c3", "round_key": None}))
    with database.reading() as db:
        assert cases.by_round(db, "here/plan/2026") == first
        assert cases.rounds_opened(db, ["here/plan/2026", "here/plan/2027"]) == {"here/plan/2026"}
        assert cases.find(db, "c2") is None


def test_saving_counts_and_refuses_what_was_saved_in_between(database: Database) -> None:
    with database.transaction() as db:
        seen = given.case(db)
        saved = cases.save(db, seen, status="waiting", state=b"1", state_hash="h", facts={"甲": 1})
        assert (saved.rev, saved.status) == (1, "waiting")
        with pytest.raises(Conflict):  # noqa: PT012  # PostgreSQL says so with its next answer
            cases.save(db, seen, state=b"2")
            cases.get(db, "c1")
    with database.reading() as db:
        assert cases.get(db, "c1") == saved


def test_a_save_that_comes_too_late_keeps_nothing_of_its_transaction(database: Database) -> None:
    """Also as the very last statement, with no question after it: what is refused must not be durable."""
    with database.transaction() as db:
        given.case(db, "c1")
    with database.reading() as db:
        stale = cases.get(db, "c1")
    with database.transaction() as db:
        cases.save(db, stale, title="别人先改")
    with pytest.raises(Conflict), database.transaction() as db:  # noqa: PT012  # it is the end of the transaction that refuses
        given.case(db, "c2")
        cases.save(db, stale, title="后来者")
    with database.reading() as db:
        assert cases.get(db, "c1").title == "别人先改"
        assert cases.find(db, "c2") is None


def test_a_typo_in_a_column_is_an_error(database: Database) -> None:
    with database.transaction() as db:
        row = given.case(db)
        with pytest.raises(TypeError, match="jurisdiction"):
            cases.save(db, row, jurisdiction="elsewhere")


def test_an_unknown_case_is_not_found(database: Database) -> None:
    with database.transaction() as db:
        for ask in (cases.get, cases.lock):
            with pytest.raises(NotFound):
                ask(db, "nothing")
        assert cases.try_lock(db, "nothing") is None


def test_lists(database: Database) -> None:
    with database.transaction() as db:
        given.project(db)
        given.case(db, "c1", project="p1")
        given.case(db, "c2", project="p1", parent="c1", kind="side", opened_at=given.later(hours=1), status="completed")
        given.case(db, "c3", jurisdiction="there")
    with database.reading() as db:
        assert [one.id for one in cases.of_project(db, "p1")] == ["c1", "c2"]
        assert [one.id for one in cases.of_project(db, "p1", statuses=["open"])] == ["c1"]
        assert [one.id for one in cases.children(db, "c1")] == ["c2"]
        listed = cases.listing(db, "here")
        assert [one.id for one in listed] == ["c2", "c1"]
        assert listed[0].state == b""
        assert [
            one.id for one in cases.listing(db, "here", kind="side", statuses=["completed"], procedures=["here_intake"], since=NOW)
        ] == ["c2"]
        assert cases.running_versions(db) == {"v1": 2}


def test_reading_cannot_write(database: Database) -> None:
    with database.transaction() as db:
        given.case(db)
    with pytest.raises(Exception, match=r"readonly|read-only"), database.reading() as db:
        given.project(db)
    with database.transaction() as db:
        given.project(db)


def test_nothing_is_kept_after_an_exception(database: Database) -> None:
    with pytest.raises(KeyError), database.transaction() as db:  # noqa: PT012  # the transaction is what is tested
        given.case(db)
        raise KeyError
    with database.reading() as db:
        assert cases.find(db, "c1") is None


def test_a_transaction_within_a_transaction_is_a_mistake(memory: Database) -> None:
    with memory.transaction(), pytest.raises(RuntimeError), memory.transaction():
        pass
