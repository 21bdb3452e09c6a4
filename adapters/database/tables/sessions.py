"""Signing in (登录): sessions on the server, and what is known about a password besides its hash."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from adapters.database.columns import Row, json_field, stored


@stored("sessions", Index(None, "person"), Index(None, "seen"))
class Session(Row):
    """One signed-in browser. `id` is the SHA-256 of the token in its cookie, so that a copy of this table opens nothing."""

    id: str = Field(primary_key=True)
    person: str = Field(foreign_key="people.id")
    born: datetime
    seen: datetime
    address: str = ""


@stored("credentials")
class Credential(Row):
    """A password's circumstances. `earlier` are hashes of passwords that were used before, newest first."""

    person: str = Field(primary_key=True, foreign_key="people.id")
    must_change: bool = True
    changed_at: datetime
    earlier: list[str] = json_field(list)
