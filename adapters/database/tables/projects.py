"""The project register (项目台账): projects, their amounts, entries, bars, exceptions, flags and systems."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from adapters.database.columns import Row, Words, json_field, stored

SubjectKind = Annotated[Literal["project", "unit", "system"], Field(sa_type=Words)]


@stored(
    "projects",
    Index(None, "jurisdiction", "status", "created_at", "id"),
    Index(None, "jurisdiction", "unit", "created_at", "id"),
    Index(None, "jurisdiction", "code", unique=True),
)
class Project(Row):
    """A government IT project (项目)."""

    id: str = Field(primary_key=True)
    jurisdiction: str
    name: str
    unit: str
    facts: dict[str, Any] = json_field(dict)
    stage: str = ""
    status: str = "active"
    created_at: datetime
    code: str | None = None


@stored("amounts", {"sqlite_with_rowid": False}, append_only=True)
class Amount(Row):
    """An amount of a project, in fen (分). The highest `seq` of a kind counts; the others are its history."""

    project: str = Field(primary_key=True, foreign_key="projects.id")
    kind: str = Field(primary_key=True)
    seq: int = Field(default=0, primary_key=True)
    fen: int
    case: str | None = Field(default=None, foreign_key="cases.id")
    step: str = ""
    at: datetime


@stored("entries", Index(None, "project", "kind"))
class Entry(Row):
    """An entry in a library or pool (入库), with its number."""

    number: str = Field(primary_key=True)
    project: str = Field(foreign_key="projects.id")
    kind: str
    day: date
    expires: date | None = None
    fen: int | None = None
    case: str | None = Field(default=None, foreign_key="cases.id")


@stored("counters")
class Counter(Row):
    """The last number given out under a name, e.g. `JJ-RK-2026`."""

    name: str = Field(primary_key=True)
    value: int


@stored(
    "bans",
    CheckConstraint("subject_kind IN ('project', 'unit', 'system')", name="subject_kind"),
    Index(None, "jurisdiction", "subject_kind", "subject", "kind"),
)
class Ban(Row):
    """A bar (禁评、限制) on a project, unit or system. `until` None: until it is lifted."""

    id: str = Field(primary_key=True)
    jurisdiction: str
    kind: str
    subject_kind: SubjectKind
    subject: str
    clause: str
    since: date
    until: date | None = None
    reason: str = ""
    case: str | None = Field(default=None, foreign_key="cases.id")
    lifted_at: datetime | None = None


@stored("overrides", Index(None, "project", "clause"), Index(None, "case", "clause"), Index(None, "jurisdiction", "at"), append_only=True)
class OverrideRow(Row):
    """A recorded exception from a 原则上 rule."""

    id: str = Field(primary_key=True)
    jurisdiction: str
    project: str | None = Field(default=None, foreign_key="projects.id")
    case: str | None = Field(default=None, foreign_key="cases.id")
    clause: str
    reason: str
    approver: str  #: who approved it, by name
    office: str  #: the office for which they did
    day: date
    until: date | None = None  #: last day on which it counts, included; None: without end
    recorded_by: str
    at: datetime


@stored("flags", {"sqlite_with_rowid": False})
class Flag(Row):
    """A small fact a procedure notes on a project."""

    project: str = Field(primary_key=True, foreign_key="projects.id")
    name: str = Field(primary_key=True)
    value: Any = json_field(None)


@stored("systems", Index(None, "project"), Index(None, "jurisdiction", "unit"), Index(None, "jurisdiction", "status", "planned_stop"))
class System(Row):
    """An information system in use, or stopped."""

    id: str = Field(primary_key=True)
    jurisdiction: str
    project: str | None = Field(default=None, foreign_key="projects.id")
    unit: str
    name: str
    status: str = ""
    in_use_since: date | None = None
    planned_stop: date | None = None
    stopped_on: date | None = None
    facts: dict[str, Any] = json_field(dict)
