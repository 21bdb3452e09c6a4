"""Rule sets as published, and the figures administrators set."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from adapters.database.columns import Row, Words, json_field, stored

VersionStatus = Annotated[Literal["draft", "published", "withdrawn"], Field(sa_type=Words)]


@stored("blobs", append_only=True)
class Blob(Row):
    """A file by its SM3 hash, kept once however many versions hold it."""

    hash: str = Field(primary_key=True)
    content: bytes
    size: int


@stored(
    "versions",
    CheckConstraint("status IN ('draft', 'published', 'withdrawn')", name="status"),
    Index(None, "jurisdiction", "status", "published_at"),
)
class Version(Row):
    """A rule set (规则集版本). `id` is the digest of its files; `manifest` maps path → blob hash."""

    id: str = Field(primary_key=True)
    jurisdiction: str
    name: str
    status: VersionStatus = "draft"
    created_by: str
    created_at: datetime
    published_by: str | None = None
    published_at: datetime | None = None
    note: str = ""
    legal_basis: str = ""
    effective_on: date | None = None
    manifest: dict[str, str] = json_field()


@stored("settings", append_only=True)
class SettingValue(Row):
    """One value an administrator gave to a setting; the highest `seq` counts, the others are its history."""

    jurisdiction: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    seq: int = Field(default=0, primary_key=True)
    value: Any = json_field(None)
    set_by: str
    at: datetime
