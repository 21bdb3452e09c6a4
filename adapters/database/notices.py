"""Notices (通知): a row first, shown in the application; then delivered at least once over each channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select, tuple_, update

from adapters.database.connect import Db, own_insert
from adapters.database.inbox import Desk
from adapters.database.prepared import Prepared
from adapters.database.search import before
from adapters.database.tables import Delivery, Notice

_t = Notice.table
_d = Delivery.table
_pending: ColumnElement[bool] = literal_column("deliveries.status = 'pending'")  # spelt as in the partial index, so that it serves
_key = (_d.c.notice, _d.c.channel, _d.c.recipient)
MOST_CLAIMED = 5_000  #: deliveries of one claim
_add = Prepared(lambda is_sqlite: own_insert(is_sqlite, _t).on_conflict_do_nothing(index_elements=["key"]), tuple(Notice.model_fields))


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery to make now. Report it with its `delivery.fence`."""

    delivery: Delivery
    notice: Notice


def add(db: Db, notice: Notice, deliveries: Sequence[Delivery] = ()) -> bool:
    """Write a notice and what is to be sent of it. False, and nothing is written, when its `key` was used before."""
    if not db.add_new(notice, "key"):
        return False
    db.add_all(deliveries)
    return True


def add_all(db: Db, notices: Sequence[Notice]) -> None:
    """Write notices; those whose `key` was used before are left out."""
    db.change_all(_add, [one.__dict__ for one in notices])


def known(db: Db, keys: Sequence[str]) -> frozenset[str]:
    """Those of the keys that were used."""
    return frozenset(db.run(select(_t.c.key).where(_t.c.key.in_(keys))).scalars())


def get(db: Db, notice: str) -> Notice | None:
    """One notice, or None."""
    return db.one(Notice, select(_t).where(_t.c.id == notice))


def page(
    db: Db, desks: Sequence[Desk], person: str, *, unread: bool = False, after: tuple[datetime, str] | None = None, limit: int = 50
) -> list[Notice]:
    """Notices to this person and to these offices, newest first. `after` = (at, id) of the last one seen."""
    statement = select(_t).where(_to(desks, person)).order_by(_t.c.at.desc(), _t.c.id.desc()).limit(limit)
    if unread:
        statement = statement.where(_t.c.read_at.is_(None))
    if after is not None:
        statement = statement.where(before((_t.c.at, _t.c.id), after))
    return db.many(Notice, statement)


def count_unread(db: Db, desks: Sequence[Desk], person: str) -> int:
    """How many notices are unread."""
    return int(db.run(select(func.count()).select_from(_t).where(_to(desks, person), _t.c.read_at.is_(None))).scalar_one())


def read(db: Db, notices: Sequence[str], *, by: str, at: datetime) -> None:
    """Mark as read; who read first stays."""
    db.run(update(_t).where(_t.c.id.in_(notices), _t.c.read_at.is_(None)).values(read_at=at, read_by=by))


def of_case(db: Db, case: str) -> list[Notice]:
    """The notices of a case, oldest first."""
    return db.many(Notice, select(_t).where(_t.c.case == case).order_by(_t.c.at, _t.c.id))


def of_project(db: Db, project: str) -> list[Notice]:
    """The notices of a project, oldest first."""
    return db.many(Notice, select(_t).where(_t.c.project == project).order_by(_t.c.at, _t.c.id))


def ledger(db: Db, jurisdiction: str, *, since: datetime, limit: int = 1000) -> list[tuple[Notice, list[Delivery]]]:
    """Who was told what, when, by which rule, delivered and read: newest first."""
    found = db.many(
        Notice, select(_t).where(_t.c.jurisdiction == jurisdiction, _t.c.at >= since).order_by(_t.c.at.desc(), _t.c.id).limit(limit)
    )
    sent = deliveries_of(db, [notice.id for notice in found])
    return [(notice, sent.get(notice.id, [])) for notice in found]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a ledger is asked for; `after` = (at, id) of the last one seen, `lost`: only those that could not be delivered."""

    since: datetime | None = None
    before: datetime | None = None
    kind: str = ""
    search: str = ""
    lost: bool = False
    after: tuple[datetime, str] | None = None


def ledger_page(db: Db, jurisdiction: str, wanted: Wanted, *, limit: int) -> list[tuple[Notice, list[Delivery]]]:
    """The notices of a jurisdiction that are asked for, newest first, with their deliveries."""
    statement = select(_t).where(_t.c.jurisdiction == jurisdiction).order_by(_t.c.at.desc(), _t.c.id.desc()).limit(limit)
    if wanted.since is not None:
        statement = statement.where(_t.c.at >= wanted.since)
    if wanted.before is not None:
        statement = statement.where(_t.c.at < wanted.before)
    if wanted.kind:
        statement = statement.where(_t.c.kind == wanted.kind)
    if wanted.search:
        statement = statement.where(_t.c.words.contains(wanted.search, autoescape=True))
    if wanted.lost:
        statement = statement.where(_t.c.id.in_(select(_d.c.notice).where(_d.c.status == "dead")))
    if wanted.after is not None:
        statement = statement.where(before((_t.c.at, _t.c.id), wanted.after))
    found = db.many(Notice, statement)
    sent: dict[str, list[Delivery]] = {}
    for first in range(0, len(found), 500):
        sent |= deliveries_of(db, [one.id for one in found[first : first + 500]])
    return [(one, sent.get(one.id, [])) for one in found]


def kinds(db: Db, jurisdiction: str) -> list[str]:
    """The kinds of notices of a jurisdiction."""
    return list(db.run(select(_t.c.kind).where(_t.c.jurisdiction == jurisdiction).distinct().order_by(_t.c.kind)).scalars())


def deliveries_of(db: Db, notices: Sequence[str]) -> dict[str, list[Delivery]]:
    """Notice → its deliveries."""
    found: dict[str, list[Delivery]] = {}
    for one in db.many(Delivery, select(_d).where(_d.c.notice.in_(notices)).order_by(*_key)):
        found.setdefault(one.notice, []).append(one)
    return found


def claim(db: Db, now: datetime, *, channels: Sequence[str], lease: timedelta = timedelta(minutes=2), people: int = 50) -> list[Claim]:
    """Take everything that is due for some people on these channels, those who wait longest first, so that each gets one message.

    Whoever dies with them loses them when the lease ends. Commit before sending.
    """
    due = and_(_pending, _d.c.next_at <= now, _d.c.channel.in_(tuple(channels)))
    waiting = select(_d.c.channel, _d.c.recipient).where(due).group_by(_d.c.channel, _d.c.recipient)
    chosen = [tuple(row) for row in db.run(waiting.order_by(func.min(_d.c.next_at), _d.c.channel, _d.c.recipient).limit(people))]
    if not chosen:
        return []
    due = and_(due, tuple_(_d.c.channel, _d.c.recipient).in_(chosen))
    theirs = select(*_key).where(due).limit(MOST_CLAIMED).with_for_update(skip_locked=True)
    taking = update(_d).where(tuple_(*_key).in_(theirs)).values(fence=_d.c.fence + 1, next_at=now + lease)
    taken = db.many(Delivery, taking.returning(*_d.c))
    by_id = {one.id: one for one in db.many(Notice, select(_t).where(_t.c.id.in_({delivery.notice for delivery in taken})))}
    claims = [Claim(delivery, by_id[delivery.notice]) for delivery in taken]
    return sorted(claims, key=lambda one: (one.notice.at, one.notice.id, one.delivery.channel, one.delivery.recipient))


def due(db: Db, now: datetime, *, channels: Sequence[str]) -> int:
    """How many deliveries are due on these channels."""
    return int(db.run(select(func.count()).where(_pending, _d.c.next_at <= now, _d.c.channel.in_(tuple(channels)))).scalar_one())


def sent(db: Db, delivery: Delivery, *, at: datetime) -> bool:
    """Report a success. False when somebody else has claimed the delivery since."""
    return _report(db, delivery, status="sent", sent_at=at, last_error="", attempts=delivery.attempts + 1)


def failed(db: Db, delivery: Delivery, error: str, *, again_at: datetime | None) -> bool:
    """Report a failure; `again_at` None: give up (dead letter). False when somebody else has claimed the delivery since."""
    tried = {"last_error": error, "attempts": delivery.attempts + 1}
    return _report(db, delivery, status="dead", **tried) if again_at is None else _report(db, delivery, next_at=again_at, **tried)


def give_back(db: Db, delivery: Delivery, *, at: datetime) -> bool:
    """Its turn did not come: it is due again, and was no attempt."""
    return _report(db, delivery, next_at=at)


def revive(db: Db, notice: str, channel: str, recipient: str, *, at: datetime) -> bool:
    """Try a dead letter again."""
    same = and_(_d.c.notice == notice, _d.c.channel == channel, _d.c.recipient == recipient, _d.c.status == "dead")
    return db.run(update(_d).where(same).values(status="pending", attempts=0, next_at=at)).rowcount == 1


def dead(db: Db, *, limit: int = 200) -> list[Delivery]:
    """Dead letters, newest first."""
    return db.many(Delivery, select(_d).where(_d.c.status == "dead").order_by(_d.c.next_at.desc(), *_key).limit(limit))


def _report(db: Db, delivery: Delivery, **changes: Any) -> bool:
    mine = and_(*(column == getattr(delivery, column.name) for column in _key), _d.c.fence == delivery.fence, _d.c.status == "pending")
    return db.run(update(_d).where(mine).values(**changes)).rowcount == 1


def _to(desks: Sequence[Desk], person: str) -> ColumnElement[bool]:
    offices = [
        and_(
            _t.c.person.is_(None),
            _t.c.jurisdiction == desk.jurisdiction,
            _t.c.office == desk.office,
            or_(_t.c.unit.is_(None), _t.c.unit == desk.unit) if desk.unit is not None else _t.c.unit.is_(None),
        )
        for desk in dict.fromkeys(desks)
    ]
    return or_(_t.c.person == person, *offices)
