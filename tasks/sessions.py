"""Signing in and out (登录、退出). A wrong account, a wrong password and a locked account get the same answer, in words and in time."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters import passwords
from adapters.database import Database, Db, audit, people, sessions
from adapters.database.tables import Person, Session
from domain.errors import Refusal
from domain.offices import Official
from tasks import people as officials
from tasks.facts import SHANGHAI

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=10)
ALLOWED = 5  #: wrong passwords in a row
LOCKED = timedelta(minutes=15)
LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
MISTYPED = "（写法不是账号，未记录）"  #: of an unknown log-in that may well be a password in the wrong field; the audit never forgets
TOUCH = timedelta(seconds=60)  #: a session's last use is written at most this often


class SignInRefused(Refusal):
    """Account or password are wrong, or the account is locked or out of use."""

    def __init__(self) -> None:
        super().__init__(
            "账号或口令不正确，没有登录。",
            todo=f"请核对后重试。连续输错 {ALLOWED} 次，账号锁定 {int(LOCKED.total_seconds() // 60)} 分钟，锁定期间口令正确也不能登录；"
            "忘记口令请联系系统管理员重置。",
        )


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is asking. `posts` are the installation's own (三员、运维); business posts stand in `official`."""

    session: str
    person: Person
    official: Official
    jurisdiction: str
    posts: frozenset[str]
    must_change: bool


def sign_in(database: Database, login: str, password: str, *, address: str, now: datetime) -> str:
    """Begin a session and answer its token. Raises SignInRefused. Each attempt is noted in the audit."""
    login = login.strip()[:100]
    with database.reading() as db:
        person = people.by_login(db, login)
    right, better = passwords.matches(password, person.password_hash if person else None)
    with database.transaction() as db:
        person = people.by_login(db, login)
        locked = person is not None and person.locked_until is not None and person.locked_until > now
        token = None
        if person is not None and person.active and right and not locked:
            people.signed_in(db, person.id)
            if better is not None:
                people.change(db, person.id, password_hash=better)
            token = begin(db, person.id, address=address, now=now)
        elif person is not None and not locked:
            if person.locked_until is not None:
                people.signed_in(db, person.id)  # the lock is over: count afresh
            people.sign_in_failed(db, person.id, allowed=ALLOWED, locked_until=now + LOCKED)
        audit.append(
            db,
            at=now,
            actor=person.id if person else "",
            act="sign-in" if token else "sign-in-refused",
            target=person.id if person else "",
            body={"address": address, "locked": locked} | ({} if person else {"login": login if LOGIN.fullmatch(login) else MISTYPED}),
        )
    if token is None:
        raise SignInRefused
    return token


def begin(db: Db, person: str, *, address: str, now: datetime) -> str:
    """A new session of this person; answers its token. The token itself is kept nowhere."""
    token = secrets.token_urlsafe(32)
    sessions.add(db, Session(id=_hashed(token), person=person, born=now, seen=now, address=address))
    sessions.sweep(db, seen_before=now - IDLE, born_before=now - LONGEST)
    return token


def who(database: Database, token: str, *, now: datetime) -> SignedIn | None:
    """The person behind a token, with the posts in effect today; None when the session is unknown, idle for too long or too old."""
    with database.reading() as db:
        known = sessions.known(db, _hashed(token), now.astimezone(SHANGHAI).date())
    if known is None or not known.person.active or now - known.session.seen > IDLE or now - known.session.born > LONGEST:
        return None
    session, person = known.session, known.person
    found = SignedIn(
        session=session.id,
        person=person,
        official=officials.with_posts(person, known.posts, person.jurisdiction or ""),
        jurisdiction=person.jurisdiction or "",
        posts=officials.of_installation(known.posts),
        must_change=known.credential is not None and known.credential.must_change,
    )
    if now - session.seen > TOUCH:
        with database.transaction() as db:
            sessions.touch(db, session.id, at=now)
    return found


def sign_out(db: Db, one: SignedIn, *, now: datetime) -> None:
    """End this session."""
    sessions.drop(db, one.session)
    audit.append(db, at=now, actor=one.person.id, act="sign-out", target=one.person.id)


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
