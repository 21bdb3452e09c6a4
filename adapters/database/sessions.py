"""Sessions (登录会话) and the circumstances of passwords."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, or_, select, update

from adapters.database.connect import Db
from adapters.database.prepared import Prepared
from adapters.database.tables import Credential, Session

_t = Session.table
_c = Credential.table
_get = Prepared(select(_t).where(_t.c.id == bindparam("id")))
_credential = Prepared(select(_c).where(_c.c.person == bindparam("person")))


def add(db: Db, session: Session) -> None:
    """Keep a session."""
    db.add(session)


def find(db: Db, session: str) -> Session | None:
    """A session by the hash of its token, or None."""
    return db.one(Session, _get, {"id": session})


def touch(db: Db, session: str, *, at: datetime) -> None:
    """Note that a session was used."""
    db.run(update(_t).where(_t.c.id == session, _t.c.seen < at).values(seen=at))


def drop(db: Db, session: str) -> None:
    """End one session."""
    db.run(delete(_t).where(_t.c.id == session))


def drop_all(db: Db, person: str, *, but: str = "") -> int:
    """End every session of a person, `but` one; answers how many."""
    return int(db.run(delete(_t).where(_t.c.person == person, _t.c.id != but)).rowcount)


def sweep(db: Db, *, seen_before: datetime, born_before: datetime) -> int:
    """Forget sessions that ended by themselves; answers how many."""
    return int(db.run(delete(_t).where(or_(_t.c.seen < seen_before, _t.c.born < born_before))).rowcount)


def credential(db: Db, person: str) -> Credential | None:
    """What is known about a person's password, or None."""
    return db.one(Credential, _credential, {"person": person})


def keep_credential(db: Db, credential: Credential) -> None:
    """Keep it in place of the one before."""
    db.put(credential, "must_change", "changed_at", "earlier")
