"""Where people are reached (联系方式), and which notices still have to be addressed to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, delete, literal_column, select, update

from adapters.database.connect import Db
from adapters.database.tables import Address, Delivery, Notice

_a = Address.table
_n = Notice.table
_unaddressed: ColumnElement[bool] = literal_column("notices.addressed = false")  # spelt as in the partial index, so that it serves


def keep(db: Db, address: Address) -> None:
    """Keep where a person is reached on a channel; the earlier one is replaced."""
    db.put(address, "address", "at", "by", "daily")


def drop(db: Db, person: str, channel: str) -> bool:
    """Forget where a person is reached on a channel. False when nothing was known."""
    return db.run(delete(_a).where(_a.c.person == person, _a.c.channel == channel)).rowcount == 1


def of_person(db: Db, person: str) -> list[Address]:
    """Everywhere a person is reached."""
    return db.many(Address, select(_a).where(_a.c.person == person).order_by(_a.c.channel))


def of_people(db: Db, people: Sequence[str], channels: Sequence[str]) -> Mapping[tuple[str, str], Address]:
    """(person, channel) → address, for those that are known."""
    found = db.many(Address, select(_a).where(_a.c.person.in_(tuple(people)), _a.c.channel.in_(tuple(channels))))
    return {(one.person, one.channel): one for one in found}


def unaddressed(db: Db, *, limit: int = 500) -> list[Notice]:
    """Notices that nobody has addressed yet, oldest first; nobody else gets them before this transaction ends."""
    statement = select(_n).where(_unaddressed).order_by(_n.c.at, _n.c.id).limit(limit)
    return db.many(Notice, statement.with_for_update(skip_locked=True))


def addressed(db: Db, notices: Sequence[str], deliveries: Sequence[Delivery]) -> None:
    """The notices are addressed: these deliveries are to be made of them."""
    db.run(update(_n).where(_n.c.id.in_(tuple(notices))).values(addressed=True))
    for one in deliveries:
        db.add_new(one, "notice", "channel", "recipient")
