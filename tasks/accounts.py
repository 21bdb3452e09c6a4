"""Accounts (账号): created, locked and reset by administrators, each of whom may do a part only (三员分立). Every act is in the audit.

The system administrator creates accounts, resets passwords and takes accounts out of use; the security administrator gives posts
and unlocks, never for themselves; the audit administrator only reads. The installation itself (`INSTALLER`) makes the first accounts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from adapters import passwords
from adapters.database import Db, audit, ids, people, rules, sessions
from adapters.database.tables import Credential, Person, PostRow
from domain import duties
from domain.duties import EVERYWHERE, INSTALLATION_POSTS, SECURITY_ADMIN, SYSTEM_ADMIN
from domain.errors import ConflictOfDuty, InvalidAnswers, NotAssigned, NotFound, Refusal
from tasks import people as officials
from tasks import versions
from tasks.facts import SHANGHAI
from tasks.sessions import LOGIN

INSTALLER = "installer"
SHORTEST, LONGEST, KEPT = 10, 128, 5


@dataclass(frozen=True, slots=True)
class First:
    """A new or reset account: the password is shown once and kept nowhere."""

    person: str
    login: str
    password: str


def create(db: Db, *, login: str, name: str, jurisdiction: str | None, employer: str | None, by: str, now: datetime) -> First:
    """A new account without posts; its first password must be changed at the first log-in.

    `jurisdiction` None: for posts of the installation. Raises NotAssigned unless `by` is a system administrator, InvalidAnswers.
    """
    must_hold(db, by, SYSTEM_ADMIN, now)
    login, name = login.strip().lower(), " ".join(name.split())
    errors = {}
    if not LOGIN.fullmatch(login):
        errors["login"] = "账号用 2 至 64 个小写字母、数字、点、横线，以字母或数字开头。"
    if not 1 <= len(name) <= 50:
        errors["name"] = "请填写姓名，最多 50 个字。"
    if jurisdiction is not None and rules.published(db, jurisdiction) is None:
        errors["jurisdiction"] = "没有这个地区。"
    if errors:
        raise InvalidAnswers("账号没有建立。", errors, todo="请改正后再提交。")
    person = Person(id=ids.new(), jurisdiction=jurisdiction, login=login, name=name, unit=employer)
    if not people.add(db, person):
        raise InvalidAnswers("账号没有建立。", {"login": f"账号“{login}”已被使用。"}, todo="请换一个账号。")
    audit.append(db, at=now, actor=by, act="account-created", target=person.id, body={"login": login, "jurisdiction": jurisdiction})
    return _first(db, person, now)


def open_for(db: Db, person: str, *, now: datetime) -> First:
    """Give a person that exists without a password their first one: for the cast of a trial. Raises Refusal when there is one."""
    found = people.get(db, person)
    if found.password_hash is not None:
        raise Refusal("该账号已经有口令。", todo="忘记口令的，请重置。")
    audit.append(db, at=now, actor=INSTALLER, act="account-opened", target=person)
    return _first(db, found, now)


def reset(db: Db, person: str, *, by: str, now: datetime) -> First:
    """A new first password; every session of the person ends. Raises NotAssigned, NotFound, ConflictOfDuty (one's own)."""
    must_hold(db, by, SYSTEM_ADMIN, now)
    _not_self(person, by, "重置")
    found = people.get(db, person)
    sessions.drop_all(db, person)
    people.signed_in(db, person)
    audit.append(db, at=now, actor=by, act="password-reset", target=person)
    return _first(db, found, now)


def set_active(db: Db, person: str, active: bool, *, by: str, now: datetime) -> None:
    """Take an account out of use (停用), or bring it back. Its sessions end at once. Raises as `reset`."""
    must_hold(db, by, SYSTEM_ADMIN, now)
    _not_self(person, by, "停用")
    people.get(db, person)
    people.change(db, person, active=active)
    if not active:
        sessions.drop_all(db, person)
    audit.append(db, at=now, actor=by, act="account-active" if active else "account-inactive", target=person)


def unlock(db: Db, person: str, *, by: str, now: datetime) -> None:
    """Lift the lock after wrong passwords. Raises NotAssigned unless `by` is a security administrator, ConflictOfDuty (one's own)."""
    must_hold(db, by, SECURITY_ADMIN, now)
    _not_self(person, by, "解锁")
    people.get(db, person)
    people.signed_in(db, person)
    audit.append(db, at=now, actor=by, act="account-unlocked", target=person)


def grant(
    db: Db,
    person: str,
    office: str,
    *,
    unit: str | None = None,
    by: str,
    now: datetime,
    since: date | None = None,
    until: date | None = None,
) -> str:
    """Give a post from `since` (today unless said) to `until`, both included; answers its id. For offices, or 三员 and 运维.

    Raises NotAssigned unless `by` is a security administrator, NotFound, ConflictOfDuty (posts that exclude each other, or one's own),
    InvalidAnswers for days in the past or in the wrong order.
    """
    must_hold(db, by, SECURITY_ADMIN, now)
    _not_self(person, by, "授权")
    found = people.get(db, person)
    today = now.astimezone(SHANGHAI).date()
    place = EVERYWHERE if office in INSTALLATION_POSTS else found.jurisdiction
    since = since or today
    if since < today:
        raise InvalidAnswers("没有授予岗位。", {"since": "起始日期不能早于今天，以前的办理不能补授权。"})
    if until is not None and until < since:
        raise InvalidAnswers("没有授予岗位。", {"until": "最后一日不能早于起始日期。"})
    if place is None:
        raise NotFound("该账号不属于任何地区，只能担任系统岗位。", todo="请选择系统岗位，或为该地区另建账号。")
    if place != EVERYWHERE:
        unit = _unit(db, place, office, unit)
    held = [one for one in people.posts_of(db, person) if one.until is None or one.until >= today]
    duties.check_posts([*(one.office for one in held), office])
    if any(one.office == office and one.unit == unit for one in held):
        raise Refusal("该人员已经担任这个岗位。")
    post = PostRow(id=ids.new(), person=person, jurisdiction=place, office=office, unit=unit, since=since, until=until)
    people.add_post(db, post)
    body = {
        "office": office,
        "unit": unit,
        "jurisdiction": place,
        "since": since.isoformat(),
        "until": until.isoformat() if until else None,
    }
    audit.append(db, at=now, actor=by, act="post-given", target=person, body=body)
    return post.id


def _unit(db: Db, jurisdiction: str, office: str, unit: str | None) -> str | None:
    _, ruleset = versions.current(db, jurisdiction)
    known = ruleset.offices.get(office)
    if known is None:
        raise NotFound("没有这个岗位。", todo="请从岗位表中选择。")
    if not known.of_project:
        return None
    row = people.unit(db, unit) if unit else None
    if row is None or row.jurisdiction != jurisdiction:
        raise InvalidAnswers("没有授予岗位。", {"unit": f"“{known.name}”是项目单位的岗位，请选择单位。"})
    return row.id


def end_post(db: Db, person: str, post: str, *, by: str, now: datetime, last: date | None = None) -> None:
    """A post ends after `last`; without it yesterday was the last day, and from now on it gives no right. Raises as `grant`."""
    today = now.astimezone(SHANGHAI).date()
    must_hold(db, by, SECURITY_ADMIN, now)
    _not_self(person, by, "调整岗位")
    if post not in {one.id for one in people.posts_of(db, person)}:
        raise NotFound("没有这个岗位记录。")
    if last is not None and last < today:
        raise InvalidAnswers("最后一日不能早于今天，岗位没有调整。", {"last": "不能早于今天。"}, todo="要立即撤销的，请不填日期。")
    last = last or today - timedelta(days=1)
    people.end_post(db, post, last)
    audit.append(db, at=now, actor=by, act="post-ended", target=person, body={"post": post, "last": last.isoformat()})


def change(db: Db, person: str, old: str, new: str, again: str, *, keep_session: str = "", now: datetime) -> None:
    """Change one's own password; every other session of the person ends. Raises InvalidAnswers with one line for each field."""
    found = people.get(db, person)
    errors = {}
    if not passwords.matches(old, found.password_hash)[0]:
        errors["old"] = "原口令不正确。"
    if line := _weak(db, found, new):
        errors["new"] = line
    if new != again:
        errors["again"] = "两次输入的新口令不一致。"
    if errors:
        raise InvalidAnswers("口令没有修改。", errors, todo="请改正后再提交。")
    before = sessions.credential(db, person)
    earlier = [one for one in (found.password_hash, *(before.earlier if before else ())) if one][:KEPT]
    people.change(db, person, password_hash=passwords.hashed(new), failed=0, locked_until=None)
    sessions.keep_credential(db, Credential(person=person, must_change=False, changed_at=now, earlier=earlier))
    sessions.drop_all(db, person, but=keep_session)
    audit.append(db, at=now, actor=person, act="password-changed", target=person)


def _weak(db: Db, person: Person, new: str) -> str:
    """What is wrong with a new password; nothing when it will do."""
    if not SHORTEST <= len(new) <= LONGEST:
        return f"新口令应有 {SHORTEST} 至 {LONGEST} 个字符。"
    kinds = [any(one.islower() for one in new), any(one.isupper() for one in new), any(one.isdigit() for one in new)]
    kinds.append(any(not one.isalnum() for one in new))
    if sum(kinds) < 3:
        return "新口令应包含大写字母、小写字母、数字、符号中的至少三种。"
    if person.login.lower() in new.lower() or len(set(new)) < 6:
        return "新口令不能包含账号，也不能由少数几个字符重复组成。"
    credential = sessions.credential(db, person.id)
    if any(passwords.matches(new, one)[0] for one in (person.password_hash, *(credential.earlier if credential else ()))):
        return f"新口令不能与当前和最近 {KEPT} 次用过的口令相同。"
    return ""


def _first(db: Db, person: Person, now: datetime) -> First:
    password = passwords.first()
    before = sessions.credential(db, person.id)
    people.change(db, person.id, password_hash=passwords.hashed_first(password))
    sessions.keep_credential(db, Credential(person=person.id, must_change=True, changed_at=now, earlier=before.earlier if before else []))
    return First(person.id, person.login, password)


def must_hold(db: Db, by: str, post: str, now: datetime) -> None:
    """Raise NotAssigned unless `by` holds this post of the installation today; the installation itself may do everything."""
    if by == INSTALLER:
        return
    if post not in officials.installation_posts(db, by, now.astimezone(SHANGHAI).date()):
        raise NotAssigned(f"这项操作由{INSTALLATION_POSTS[post]}办理。", todo=f"请联系{INSTALLATION_POSTS[post]}。")


def _not_self(person: str, by: str, what: str) -> None:
    if person == by:
        raise ConflictOfDuty(f"不能给自己的账号{what}。", todo="请由另一名管理员办理。")
