"""The directory of accounts as administrators see it (人员): no business, only who can sign in and for which posts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from adapters.database import Db, people, rules
from adapters.database.tables import Person, PostRow
from domain.duties import EVERYWHERE, INSTALLATION_POSTS
from domain.errors import NotFound
from tasks import versions
from tasks.facts import SHANGHAI


@dataclass(frozen=True, slots=True)
class PostLine:
    """A post in words. `current`: in effect today."""

    post: PostRow
    office: str
    unit: str
    current: bool


@dataclass(frozen=True, slots=True)
class PersonLine:
    """An account for the list."""

    person: Person
    state: str
    posts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Directory:
    """The accounts of one place; `place` empty: of the installation."""

    place: str
    places: tuple[tuple[str, str], ...]
    lines: tuple[PersonLine, ...]


@dataclass(frozen=True, slots=True)
class PersonView:
    """One account with its posts, and what could be given."""

    person: Person
    place: str
    state: str
    locked: bool
    posts: tuple[PostLine, ...]
    offices: tuple[tuple[str, str, bool], ...]  #: (id, name, needs a unit)
    units: tuple[tuple[str, str], ...]


def listing(db: Db, place: str, *, search: str, now: datetime) -> Directory:
    """Accounts of a place by name. An unknown place means the installation."""
    places = tuple((code, versions.current(db, code)[1].name) for code in rules.jurisdictions(db))
    place = place if place in dict(places) else ""
    search = search.strip().lower()
    lines = []
    posts: dict[str, list[PostLine]] = {}
    for post in people.posts_in(db, place or EVERYWHERE, now.astimezone(SHANGHAI).date()):
        posts.setdefault(post.person, []).append(_line(db, post, place, now))
    for one in people.listing(db, place or None):
        if search and search not in f"{one.name} {one.login} {one.unit or ''}".lower():
            continue
        lines.append(PersonLine(one, _state(one, now), tuple(_words(post) for post in posts.get(one.id, []))))
    return Directory(place, places, tuple(lines))


def person_view(db: Db, person_id: str, *, now: datetime) -> PersonView:
    """One account. Raises NotFound."""
    person = people.find(db, person_id)
    if person is None:
        raise NotFound("没有这个账号。", todo="请返回人员列表。")
    posts = [_line(db, one, person.jurisdiction or "", now) for one in people.posts_of(db, person_id)]
    offices = [(one, name, False) for one, name in INSTALLATION_POSTS.items()]
    units: tuple[tuple[str, str], ...] = ()
    place = "系统"
    if person.jurisdiction:
        _, ruleset = versions.current(db, person.jurisdiction)
        place = ruleset.name
        offices = [(one.id, one.name, one.of_project) for one in ruleset.offices.values()]
        units = tuple((one.id, one.name) for one in people.units(db, person.jurisdiction))
    locked = person.locked_until is not None and person.locked_until > now
    ordered = sorted(posts, key=lambda one: not one.current)
    return PersonView(person, place, _state(person, now), locked, tuple(ordered), tuple(offices), units)


def _line(db: Db, post: PostRow, place: str, now: datetime) -> PostLine:
    today = now.astimezone(SHANGHAI).date()
    current = (post.since is None or post.since <= today) and (post.until is None or today <= post.until)
    if post.jurisdiction == EVERYWHERE or not place:
        return PostLine(post, INSTALLATION_POSTS.get(post.office, post.office), "", current)
    _, ruleset = versions.current(db, post.jurisdiction)
    unit = people.unit(db, post.unit) if post.unit else None
    office = ruleset.offices.get(post.office)
    return PostLine(post, office.name if office else post.office, unit.name if unit else "", current)


def _words(post: PostLine) -> str:
    return f"{post.unit} · {post.office}" if post.unit else post.office


def _state(person: Person, now: datetime) -> str:
    if not person.active:
        return "停用"
    if person.locked_until is not None and person.locked_until > now:
        return "锁定"
    return "正常" if person.password_hash else "未开通"
