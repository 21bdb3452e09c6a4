"""Offices (单位、岗位) and officials: who may act for which lane."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

Side = Literal["applicant", "reviewer", "expert", "none"]


class Office(BaseModel):
    """A lane's office in one jurisdiction. Lane id in every diagram = `id` here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str  #: "leading_group_office"
    name: str  #: its name here: 领导小组办公室
    side: Side = "reviewer"  #: applicant ≠ reviewer ≠ expert within one project
    of_project: bool = False  #: True: the office of the project's own unit (项目建设单位, 分管区领导)
    unit: str | None = None  #: the unit that fills this office, when it may also apply (e.g. 区城运中心)
    line: str = ""  #: project fact that names the body filling this office, when several do, each for its own line
    clauses: tuple[str, ...] = ()
    reads_all: bool = False  #: may read every project of the jurisdiction


class Post(BaseModel):
    """One post (岗位) of a person: an office, and for offices of the project the unit. Effective dates included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    office: str
    unit: str | None = None
    since: date | None = None
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the post is in effect on `day`; both ends included."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


class Official(BaseModel):
    """A person at a door. `posts` are those of one jurisdiction; experts have the post `expert`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    unit: str | None = None  #: employer, for recusal (回避)
    jurisdiction: str = ""  #: where the posts are; empty: anywhere (the clock's door, tests)
    posts: tuple[Post, ...] = ()


class Unit(BaseModel):
    """A body that may own projects. `kind` is the jurisdiction's own word: 区级部门, 街道, 区属国有企业…"""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    kind: str
