"""Statements compiled once give what SQLAlchemy gives, and refuse what they cannot do."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import bindparam, func, select, text

from adapters.database import Database, cases, open_database, people, projects
from adapters.database.prepared import Prepared
from adapters.database.tables import Case, UnitRow
from tests.adapters.database import examples as given

_t = Case.table


def test_the_same_rows_with_and_without_preparing(database: Database) -> None:
    statement = select(_t).where(_t.c.kind == "main", _t.c.opened_at <= bindparam("until", type_=_t.c.opened_at.type)).order_by(_t.c.id)
    with database.transaction() as db:
        made = [given.case(db, f"c{number}", facts={"甲": number}) for number in range(3)]
        params = {"until": given.NOW}
        assert db.many(Case, Prepared(statement), params) == db.many(Case, statement, params) == made
        assert db.many(Case, Prepared(statement), {"until": given.later(seconds=-1)}) == []
        counted = Prepared(select(func.count().label("n")).select_from(_t))
        assert db.values(counted, {}) == [{"n": 3}]


def test_a_row_read_is_a_row_made() -> None:
    made = given.item("i1")
    read = type(made).read(dict(made.__dict__))
    assert (read, read.model_dump(), read.model_copy(update={"title": "乙"}).title) == (made, made.model_dump(), "乙")
    assert repr(read) == repr(made)
    with pytest.raises(Exception, match="frozen"):
        read.title = "乙"


def test_a_missing_value_is_an_error(database: Database) -> None:
    with database.transaction() as db, pytest.raises(KeyError, match="id"):
        db.many(Case, Prepared(select(_t).where(_t.c.id == bindparam("id"))), {})


def test_a_list_of_any_length_cannot_be_prepared(database: Database) -> None:
    with database.transaction() as db, pytest.raises(TypeError, match="no fixed text"):
        db.many(Case, Prepared(select(_t).where(_t.c.id.in_(bindparam("ids", expanding=True)))), {"ids": ["c1"]})


def test_a_lost_connection_costs_one_act_only(postgresql: Database) -> None:
    with postgresql.transaction() as db:
        given.project(db)
    with pytest.raises(Exception, match=r"terminat|connection is lost"), postgresql.transaction() as db:  # noqa: PT012  # the transaction is what is tested
        mine = db.run(text("SELECT pg_backend_pid()")).scalar_one()
        with postgresql.transaction() as other:
            other.run(text("SELECT pg_terminate_backend(:mine)"), {"mine": mine})
        given.project(db, "p2")
    with postgresql.transaction() as db:
        assert projects.find(db, "p2") is None
        assert projects.get(db, "p1").name == "数据平台项目"
    with postgresql.reading() as db:
        assert cases.find(db, "c1") is None


def test_a_closed_database_is_whole_in_its_file(tmp_path: Path) -> None:
    """Copied at once after closing, nothing may still stand in the log beside it, whoever still holds the transactions."""
    opened = open_database(f"sqlite:///{tmp_path / 'one.db'}")
    opened.create_all()
    with opened.transaction() as writing:
        people.add_unit(writing, UnitRow(id="edu", jurisdiction="x", name="某单位", kind="部门"))
    with opened.reading() as reading:
        reading.change(Prepared(select(UnitRow.table)), {})  # its answer is never read
    opened.close()
    assert not (tmp_path / "one.db-wal").exists()
    del writing, reading
