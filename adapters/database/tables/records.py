"""What happened in a case, never changed afterwards: submissions, decisions, history; and what stands beside them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from sqlalchemy import Index, text
from sqlmodel import Field

from adapters.database.columns import Row, Words, json_field, stored

OPEN = text("resolved_at IS NULL")
DecisionKind = Annotated[Literal["form", "message", "table", "votes"], Field(sa_type=Words)]


@stored("submissions", Index(None, "case", "seq", unique=True), Index(None, "item"), append_only=True)
class Submission(Row):
    """A submitted form with its signed opinion (意见)."""

    id: str = Field(primary_key=True)
    case: str = Field(foreign_key="cases.id")
    item: str | None = Field(default=None, foreign_key="work_items.id")
    seq: int = 0  #: given by the database: 1, 2, 3… within the case
    step: str
    scope: str = ""
    activation: str
    idx: int | None = None
    person: str
    office: str
    unit: str | None = None
    answers: dict[str, Any] = json_field()
    outcome: str | None = None
    opinion: str | None = None
    signature: str | None = None  #: the name under the opinion
    form_version: str = ""
    at: datetime


@stored("anonymised", append_only=True)
class Anonymised(Row):
    """The anonymised text of an opinion (匿名处理)."""

    submission: str = Field(primary_key=True, foreign_key="submissions.id")
    text: str
    at: datetime
    by: str


@stored("decisions", {"sqlite_with_rowid": False}, append_only=True)
class Decision(Row):
    """What an element concluded. `activation` and `idx` as in `domain.procedures.Where`."""

    case: str = Field(primary_key=True, foreign_key="cases.id")
    seq: int = Field(default=0, primary_key=True)  #: given by the database: 1, 2, 3… within the case
    step: str
    scope: str = ""
    activation: str
    idx: int | None = None
    kind: DecisionKind = "form"
    outcome: str
    row: str | None = None
    note: str | None = None
    clauses: list[str] = json_field(list)
    inputs: dict[str, Any] = json_field(dict)
    at: datetime


@stored("history", {"sqlite_with_rowid": False}, append_only=True)
class HistoryLine(Row):
    """One line of a case's history (办理记录)."""

    case: str = Field(primary_key=True, foreign_key="cases.id")
    seq: int = Field(default=0, primary_key=True)  #: given by the database: 1, 2, 3… within the case
    at: datetime
    actor: str
    office: str | None = None
    act: str
    step: str | None = None
    words: str
    clauses: list[str] = json_field(list)
    detail: dict[str, Any] = json_field(dict)


@stored("attachments", Index(None, "case", "step", "material"), Index(None, "item"), Index(None, "project"))
class Attachment(Row):
    """An attached document (附件). `stored` is the name of its file."""

    id: str = Field(primary_key=True)
    case: str = Field(foreign_key="cases.id")
    project: str | None = None
    item: str | None = Field(default=None, foreign_key="work_items.id")
    step: str
    material: str | None = None
    name: str
    media: str
    size: int
    sm3: str
    stored: str
    at: datetime
    by: str
    private: bool = False
    withdrawn_at: datetime | None = None


@stored("idempotency", Index(None, "at"))
class Answered(Row):
    """A request that was answered once; `response` None while it is being worked on."""

    key: str = Field(primary_key=True)
    request_hash: str
    response: Any = json_field(None)
    at: datetime


@stored(
    "incidents",
    Index(None, "case"),
    Index("ix_incidents_open", "jurisdiction", "at", sqlite_where=OPEN, postgresql_where=OPEN),
)
class Incident(Row):
    """Something the system could not finish (异常). `request` is the act to retry."""

    id: str = Field(primary_key=True)
    jurisdiction: str | None = None
    case: str | None = Field(default=None, foreign_key="cases.id")
    kind: str
    cause: str
    todo: str = ""
    detail: str = ""
    element: str | None = None
    at: datetime
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    note: str = ""
    request: dict[str, Any] | None = json_field(None)
