"""People and the offices they act for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from adapters.database import Db, people
from adapters.database.tables import Person, PostRow
from domain.duties import EVERYWHERE
from domain.errors import NotFound
from domain.offices import Official, Post


def official(db: Db, person_id: str, jurisdiction: str, day: date) -> Official:
    """The person with the posts of one jurisdiction in effect on `day`. Raises NotFound for an unknown or inactive account."""
    person = people.find(db, person_id)
    if person is None or not person.active:
        raise NotFound("没有这个账号，或账号已停用。", todo="请联系系统管理员。")
    return with_posts(person, people.posts_of(db, person_id, day), jurisdiction)


def with_posts(person: Person, posts: Sequence[PostRow], jurisdiction: str) -> Official:
    """The person with those of these posts that are in one jurisdiction."""
    own = [Post(office=one.office, unit=one.unit, since=one.since, until=one.until) for one in posts if one.jurisdiction == jurisdiction]
    return Official(id=person.id, name=person.name, unit=person.unit, jurisdiction=jurisdiction, posts=tuple(own))


def installation_posts(db: Db, person_id: str, day: date) -> frozenset[str]:
    """The posts of the installation itself (三员、运维) that a person holds on `day`."""
    return of_installation(people.posts_of(db, person_id, day))


def of_installation(posts: Sequence[PostRow]) -> frozenset[str]:
    """Those of these posts that are of the installation itself."""
    return frozenset(one.office for one in posts if one.jurisdiction == EVERYWHERE)
