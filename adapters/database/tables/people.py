"""Units, people, their posts, and experts."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index
from sqlmodel import Field

from adapters.database.columns import Row, stored


@stored("units", Index(None, "jurisdiction", "name"))
class UnitRow(Row):
    """A body that may own projects (单位)."""

    id: str = Field(primary_key=True)
    jurisdiction: str
    name: str
    kind: str
    active: bool = True


@stored("people", Index(None, "jurisdiction", "name"))
class Person(Row):
    """A person who can sign in. `jurisdiction` None: an administrator of the whole system."""

    id: str = Field(primary_key=True)
    jurisdiction: str | None = None
    login: str = Field(unique=True)
    name: str
    unit: str | None = None
    phone: str = ""
    password_hash: str | None = None
    active: bool = True
    failed: int = 0  #: wrong passwords in a row
    locked_until: datetime | None = None


@stored("posts", Index(None, "person"), Index(None, "jurisdiction", "office", "unit"))
class PostRow(Row):
    """A person's post (岗位) in one office, both ends included."""

    id: str = Field(primary_key=True)
    person: str = Field(foreign_key="people.id")
    jurisdiction: str
    office: str
    unit: str | None = None
    since: date | None = None
    until: date | None = None


@stored("experts", Index(None, "jurisdiction", "pool", "field"), Index(None, "person"))
class Expert(Row):
    """An expert (专家). `employer` is the unit for recusal (回避); `pool` is the jurisdiction's own word."""

    id: str = Field(primary_key=True)
    jurisdiction: str
    person: str | None = Field(default=None, foreign_key="people.id")
    name: str
    employer: str = ""
    field: str = ""
    pool: str = "普通"
    since: date | None = None
    until: date | None = None
    active: bool = True
