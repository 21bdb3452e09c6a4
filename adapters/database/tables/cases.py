"""Cases (办件) and what waits in them: work items, timers, messages; drafts; batches and panels."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from adapters.database.columns import NEVER, Row, Words, json_field, stored

CaseStatus = Annotated[Literal["open", "waiting", "suspended", "completed", "terminated", "incident"], Field(sa_type=Words)]
ItemStatus = Annotated[Literal["open", "done", "cancelled", "withdrawn"], Field(sa_type=Words)]
TimerStatus = Annotated[Literal["wait", "held", "fired", "cancelled"], Field(sa_type=Words)]
WaitStatus = Annotated[Literal["open", "delivered", "cancelled"], Field(sa_type=Words)]


OFFICE_OPEN = "status = 'open' AND person IS NULL"
PERSON_OPEN = "status = 'open' AND person IS NOT NULL"


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


@stored(
    "cases",
    CheckConstraint("status IN ('open', 'waiting', 'suspended', 'completed', 'terminated', 'incident')", name="status"),
    Index(None, "project"),
    Index(None, "parent"),
    Index(None, "jurisdiction", "procedure", "opened_at"),
    Index("ix_cases_running", "jurisdiction", "status", **_where("status NOT IN ('completed', 'terminated')")),
)
class Case(Row):
    """One run of a procedure. `rev` grows with every saved act; `round_key` is there once only."""

    id: str = Field(primary_key=True)
    project: str | None = Field(default=None, foreign_key="projects.id")
    jurisdiction: str
    version: str = Field(foreign_key="versions.id")
    procedure: str
    kind: str
    title: str
    status: CaseStatus = "open"
    state: bytes = b""
    state_hash: str = ""
    spec_hash: str = ""
    rev: int = 0
    opened_at: datetime
    closed_at: datetime | None = None
    opened_by: str
    parent: str | None = Field(default=None, foreign_key="cases.id")
    round_key: str | None = Field(default=None, unique=True)
    facts: dict[str, Any] = json_field(dict)


@stored(
    "work_items",
    CheckConstraint("status IN ('open', 'done', 'cancelled', 'withdrawn')", name="status"),
    UniqueConstraint("case", "task"),
    Index(
        "ix_work_items_office",
        "jurisdiction",
        "office",
        "unit",
        "urgency",
        "opened_at",
        "id",
        **_where(OFFICE_OPEN),
    ),
    Index("ix_work_items_person", "person", "urgency", "opened_at", "id", **_where(PERSON_OPEN)),
    Index("ix_work_items_due", "urgency", "id", **_where("status = 'open'")),
    Index("ix_work_items_done", "closed_by", "closed_at", "id", **_where("status = 'done'")),
)
class WorkItem(Row):
    """A work item (待办). `task` is the engine's id. `urgency` is `due`, or the end of time when there is none."""

    id: str = Field(primary_key=True)
    case: str = Field(foreign_key="cases.id")
    project: str | None = None
    jurisdiction: str
    task: str
    step: str
    scope: str = ""
    activation: str
    idx: int | None = None
    office: str
    unit: str | None = None
    person: str | None = None
    form: str | None = None
    title: str
    opened_at: datetime
    due: date | None = None
    urgency: date = NEVER
    basis: dict[str, Any] | None = json_field(None)
    status: ItemStatus = "open"
    closed_at: datetime | None = None
    closed_by: str | None = None
    claimed_by: str | None = None


@stored("drafts")
class Draft(Row):
    """What a person has typed so far."""

    item: str = Field(primary_key=True, foreign_key="work_items.id")
    person: str = Field(primary_key=True)
    answers: dict[str, Any] = json_field()
    at: datetime


@stored(
    "timers",
    CheckConstraint("status IN ('wait', 'held', 'fired', 'cancelled')", name="status"),
    Index("ix_timers_due", "fires_at", "case", **_where("status = 'wait'")),
    {"sqlite_with_rowid": False},
)
class Timer(Row):
    """A timer of the engine (期限). `host` is the engine task it is attached to; `held` while the case is suspended or in an incident."""

    case: str = Field(primary_key=True, foreign_key="cases.id")
    task: str = Field(primary_key=True)
    step: str
    scope: str = ""
    host: str | None = None
    fires_at: datetime
    due: date | None = None
    expression: str = ""
    basis: dict[str, Any] | None = json_field(None)
    clauses: list[str] = json_field(list)
    status: TimerStatus = "wait"


@stored(
    "waits",
    CheckConstraint("status IN ('open', 'delivered', 'cancelled')", name="status"),
    Index("ix_waits_message", "jurisdiction", "message", "since", "case", **_where("status = 'open'")),
    Index("ix_waits_project", "project", "message", **_where("status = 'open'")),
    {"sqlite_with_rowid": False},
)
class Wait(Row):
    """A case that waits for a message."""

    case: str = Field(primary_key=True, foreign_key="cases.id")
    task: str = Field(primary_key=True)
    project: str | None = None
    jurisdiction: str
    step: str
    scope: str = ""
    message: str
    since: datetime
    status: WaitStatus = "open"


@stored("batch_entries", Index(None, "case"), Index("ix_batch_entries_open", "batch", "rank", **_where("delivered_at IS NULL")))
class BatchEntry(Row):
    """One project's case within a batch case (批次). `per_step` maps a meeting's step to its outcome."""

    batch: str = Field(primary_key=True, foreign_key="cases.id")
    case: str = Field(primary_key=True, foreign_key="cases.id")
    project: str = Field(foreign_key="projects.id")
    wait_task: str
    rank: int | None = None
    units: list[str] = json_field(list)
    outcome: str | None = None
    fen: int | None = None
    per_step: dict[str, Any] = json_field(dict)
    delivered_at: datetime | None = None


@stored("panels", append_only=True)
class Panel(Row):
    """An expert panel as it was drawn: pool, seed and result, so that the draw can be repeated by anyone."""

    case: str = Field(primary_key=True, foreign_key="cases.id")
    scope: str = Field(default="", primary_key=True)
    step: str = Field(primary_key=True)
    round: int = Field(default=1, primary_key=True)
    pool_hash: str
    pool: list[str] = json_field()
    seed: str
    drawn: list[str] = json_field()
    named: list[str] = json_field(list)
    excluded: dict[str, str] = json_field(dict)  #: expert id → reason
    by: str
    at: datetime
