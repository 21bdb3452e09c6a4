"""Units, people, posts and experts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select, update

from adapters.database.connect import Db
from adapters.database.prepared import Prepared
from adapters.database.tables import Expert, Person, PostRow, UnitRow
from domain.errors import NotFound

_u = UnitRow.table
_p = Person.table
_posts = PostRow.table
_e = Expert.table
_failed = update(_p).where(_p.c.id == bindparam("this")).values(failed=_p.c.failed + 1)
_unit = Prepared(select(_u).where(_u.c.id == bindparam("id")))
_person = Prepared(select(_p).where(_p.c.id == bindparam("id")))
_CHANGES = {"name", "unit", "phone", "password_hash", "active", "failed", "locked_until", "jurisdiction"}


def _holds(table: Any, day: Any) -> ColumnElement[bool]:
    return and_(or_(table.c.since.is_(None), table.c.since <= day), or_(table.c.until.is_(None), table.c.until >= day))


def _posts_of(person: ColumnElement[Any]) -> Select[Any]:
    return select(_posts).where(_posts.c.person == person).order_by(_posts.c.jurisdiction, _posts.c.office, _posts.c.id)


def posts_on_day(person: ColumnElement[Any]) -> Select[Any]:
    """The posts of whoever this expression names, on the day given as `day`."""
    return _posts_of(person).where(_holds(_posts, bindparam("day", type_=_posts.c.since.type)))


_posts_ever = Prepared(_posts_of(bindparam("person")))
_posts_on = Prepared(posts_on_day(bindparam("person")))


def add_unit(db: Db, unit: UnitRow) -> None:
    """Keep a unit, or change the one with this id."""
    db.put(unit, "name", "kind", "active", "jurisdiction")


def unit(db: Db, unit: str) -> UnitRow | None:
    """A unit, or None."""
    return db.one(UnitRow, _unit, {"id": unit})


def units(db: Db, jurisdiction: str, *, all: bool = False) -> list[UnitRow]:
    """The active units of a jurisdiction by name; with `all` also the others."""
    statement = select(_u).where(_u.c.jurisdiction == jurisdiction).order_by(_u.c.name, _u.c.id)
    return db.many(UnitRow, statement if all else statement.where(_u.c.active.is_(True)))


def add(db: Db, person: Person) -> bool:
    """Add a person. False when the login is taken."""
    return db.add_new(person, "login")


def get(db: Db, person: str) -> Person:
    """A person. Raises NotFound."""
    found = find(db, person)
    if found is None:
        raise NotFound("没有找到该人员。", todo="请返回人员列表重新选择。")
    return found


def find(db: Db, person: str) -> Person | None:
    """A person, or None."""
    return db.one(Person, _person, {"id": person})


def by_login(db: Db, login: str) -> Person | None:
    """A person by login, or None."""
    return db.one(Person, select(_p).where(_p.c.login == login))


def by_ids(db: Db, people: Sequence[str]) -> dict[str, Person]:
    """Id → person, for those that exist."""
    return {one.id: one for one in db.many(Person, select(_p).where(_p.c.id.in_(people)))}


def listing(db: Db, jurisdiction: str | None) -> list[Person]:
    """The people of a jurisdiction by name; None: the administrators of the whole system."""
    same = _p.c.jurisdiction.is_(None) if jurisdiction is None else _p.c.jurisdiction == jurisdiction
    return db.many(Person, select(_p).where(same).order_by(_p.c.name, _p.c.id))


def change(db: Db, person: str, **changes: Any) -> None:
    """Set columns of a person."""
    if unknown := set(changes) - _CHANGES:
        raise TypeError(f"not a column that changes: {sorted(unknown)}")
    if changes:
        db.run(update(_p).where(_p.c.id == person).values(**changes))


def sign_in_failed(db: Db, person: str, *, allowed: int, locked_until: datetime) -> int:
    """Count a wrong password; from `allowed` wrong ones in a row the account is locked until then. Answers how many in a row."""
    failed = int(db.run(_failed.returning(_p.c.failed), {"this": person}).scalar_one())
    if failed >= allowed:
        change(db, person, locked_until=locked_until)
    return failed


def signed_in(db: Db, person: str) -> None:
    """Forget wrong passwords."""
    change(db, person, failed=0, locked_until=None)


def add_post(db: Db, post: PostRow) -> None:
    """Give a person a post."""
    db.add(post)


def end_post(db: Db, post: str, last_day: date) -> None:
    """A post ends with this day."""
    db.run(update(_posts).where(_posts.c.id == post).values(until=last_day))


def posts_of(db: Db, person: str, day: date | None = None) -> list[PostRow]:
    """The posts of a person, on one day or ever."""
    return db.many(PostRow, _posts_ever if day is None else _posts_on, {"person": person, "day": day})


def posts_in(db: Db, jurisdiction: str, day: date | None = None) -> list[PostRow]:
    """The posts of a jurisdiction, on one day or ever."""
    statement = select(_posts).where(_posts.c.jurisdiction == jurisdiction).order_by(_posts.c.office, _posts.c.person, _posts.c.id)
    return db.many(PostRow, statement if day is None else statement.where(_holds(_posts, day)))


def holders(db: Db, jurisdiction: str, office: str, day: date, *, unit: str | None = None) -> list[Person]:
    """Active people with a post in this office on `day`, by name; with `unit`: of this unit only."""
    held = select(_posts.c.person).where(_posts.c.jurisdiction == jurisdiction, _posts.c.office == office, _holds(_posts, day))
    if unit is not None:
        held = held.where(_posts.c.unit == unit)
    return db.many(Person, select(_p).where(_p.c.id.in_(held), _p.c.active.is_(True)).order_by(_p.c.name, _p.c.id))


def add_expert(db: Db, expert: Expert) -> None:
    """Keep an expert, or change the one with this id."""
    db.put(expert, *(name for name in Expert.model_fields if name != "id"))


def experts(db: Db, jurisdiction: str, day: date | None = None, *, pools: Sequence[str] = (), fields: Sequence[str] = ()) -> list[Expert]:
    """Experts by id: on a day the active ones in their term, else all; from these pools, in these fields."""
    statement = select(_e).where(_e.c.jurisdiction == jurisdiction).order_by(_e.c.id)
    if day is not None:
        statement = statement.where(_e.c.active.is_(True), _holds(_e, day))
    if pools:
        statement = statement.where(_e.c.pool.in_(pools))
    if fields:
        statement = statement.where(_e.c.field.in_(fields))
    return db.many(Expert, statement)


def experts_by_ids(db: Db, experts: Sequence[str]) -> dict[str, Expert]:
    """Id → expert, for those that exist."""
    return {one.id: one for one in db.many(Expert, select(_e).where(_e.c.id.in_(experts)))}
