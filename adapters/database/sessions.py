"""Sessions (登录会话) and the circumstances of passwords."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, delete, or_, select, update

from adapters.database import people
from adapters.database.connect import Db
from adapters.database.prepared import Prepared
from adapters.database.tables import Credential, Person, PostRow, Session

_t = Session.table
_c = Credential.table
_get = Prepared(select(_t).where(_t.c.id == bindparam("id")))
_credential = Prepared(select(_c).where(_c.c.person == bindparam("person")))
_theirs = select(_t.c.person).where(_t.c.id == bindparam("id")).scalar_subquery()
_person = Prepared(select(Person.table).where(Person.table.c.id == _theirs))
_posts = Prepared(people.posts_on_day(_theirs))
_first = Prepared(select(_c).where(_c.c.person == _theirs))


@dataclass(frozen=True, slots=True)
class Known:
    """A session, and what is known of the person behind it on one day."""

    session: Session
    person: Person
    posts: list[PostRow]
    credential: Credential | None


def add(db: Db, session: Session) -> None:
    """Keep a session."""
    db.add(session)


def known(db: Db, session: str, day: date) -> Known | None:
    """A session with its person and their posts on a day, asked for in one exchange; None when there is none."""
    asked = {"id": session}
    found, person, posts, credential = db.values_each((_get, asked), (_person, asked), (_posts, {**asked, "day": day}), (_first, asked))
    if not found or not person:
        return None
    return Known(
        session=Session.read(found[0]),
        person=Person.read(person[0]),
        posts=[PostRow.read(one) for one in posts],
        credential=Credential.read(credential[0]) if credential else None,
    )


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
