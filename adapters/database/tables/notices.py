"""Notices (通知) as told in the application, and their deliveries over outward channels."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from adapters.database.columns import Row, Words, json_field, stored

UNADDRESSED = "addressed = false"
AWAITED = "due IS NOT NULL AND replied_at IS NULL"
DeliveryStatus = Annotated[Literal["pending", "sent", "dead"], Field(sa_type=Words)]


@stored(
    "notices",
    Index(None, "jurisdiction", "office", "unit", "at", "id"),
    Index(None, "person", "at", "id"),
    Index(None, "case"),
    Index(None, "project"),
    Index("ix_notices_unaddressed", "at", "id", sqlite_where=text(UNADDRESSED), postgresql_where=text(UNADDRESSED)),
)
class Notice(Row):
    """Who is told what, by which clause. `key` makes it once-only. `office` (and `unit`) or `person` says to whom.

    `addressed`: its deliveries, if any, are written. The act that writes a notice leaves that to the next sweep.
    """

    id: str = Field(primary_key=True)
    key: str = Field(unique=True)
    jurisdiction: str
    kind: str
    office: str | None = None
    unit: str | None = None
    person: str | None = None
    words: str
    clause: str | None = None
    case: str | None = Field(default=None, foreign_key="cases.id")
    project: str | None = Field(default=None, foreign_key="projects.id")
    item: str | None = None
    due: date | None = None
    at: datetime
    read_at: datetime | None = None
    read_by: str | None = None
    detail: dict[str, Any] = json_field(dict)
    addressed: bool = False


@stored("addresses")
class Address(Row):
    """Where a person is reached on an outward channel (邮箱)."""

    person: str = Field(primary_key=True, foreign_key="people.id")
    channel: str = Field(primary_key=True)
    address: str
    at: datetime
    by: str
    daily: bool = False  #: 每日汇总: one message a day instead of one after each event


@stored("channel_rests")
class ChannelRest(Row):
    """A channel whose partner is in trouble: it rests until then, after so many failures in a row (熔断)."""

    channel: str = Field(primary_key=True)
    failures: int
    until: datetime
    words: str


@stored(
    "chases",
    Index(None, "case"),
    Index(None, "jurisdiction", "at", "id"),
    Index("ix_chases_open", "due", sqlite_where=text(AWAITED), postgresql_where=text(AWAITED)),
)
class Chase(Row):
    """Somebody presses for an open item (催办), or demands a written reply until a day (督办). `due` None: no reply is asked for."""

    id: str = Field(primary_key=True)
    jurisdiction: str
    case: str = Field(foreign_key="cases.id")
    project: str | None = Field(default=None, foreign_key="projects.id")
    item: str
    title: str
    office: str
    unit: str | None = None
    person: str | None = None
    words: str
    by: str
    by_office: str
    at: datetime
    due: date | None = None
    basis: dict[str, Any] | None = json_field(None)
    reply: str | None = None
    replied_by: str | None = None
    replied_at: datetime | None = None


@stored(
    "deliveries",
    CheckConstraint("status IN ('pending', 'sent', 'dead')", name="status"),
    Index("ix_deliveries_next", "next_at", "notice", sqlite_where=text("status = 'pending'"), postgresql_where=text("status = 'pending'")),
)
class Delivery(Row):
    """One notice on one channel to one recipient. A claim moves `next_at` to the end of its lease and
    raises `fence`, so that a late sender cannot overwrite what a newer one reported."""

    notice: str = Field(primary_key=True, foreign_key="notices.id")
    channel: str = Field(primary_key=True)
    recipient: str = Field(default="", primary_key=True)
    status: DeliveryStatus = "pending"
    attempts: int = 0
    next_at: datetime
    last_error: str = ""
    fence: int = 0
    sent_at: datetime | None = None
