"""People and the offices they act for."""

from __future__ import annotations

from datetime import date

from adapters.database import Db, people
from domain.duties import EVERYWHERE
from domain.errors import NotFound
from domain.offices import Official, Post


def official(db: Db, person_id: str, jurisdiction: str, day: date) -> Official:
    """The person with the posts of one jurisdiction in effect on `day`. Raises NotFound for an unknown or inactive account."""
    person = people.find(db, person_id)
    if person is None or not person.active:
        raise NotFound("没有这个账号，或账号已停用。", todo="请联系系统管理员。")
    posts = [
        Post(office=one.office, unit=one.unit, since=one.since, until=one.until)
        for one in people.posts_of(db, person_id, day)
        if one.jurisdiction == jurisdiction
    ]
    return Official(id=person.id, name=person.name, unit=person.unit, posts=tuple(posts))


def installation_posts(db: Db, person_id: str, day: date) -> frozenset[str]:
    """The posts of the installation itself (三员、运维) that a person holds on `day`."""
    return frozenset(one.office for one in people.posts_of(db, person_id, day) if one.jurisdiction == EVERYWHERE)
