"""The audit log (审计日志): a chain of SM3 hashes, and its checkpoints."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from adapters.database.columns import Row, stored


@stored("audit", Index(None, "target", "seq"), Index(None, "actor", "seq"), append_only=True)
class AuditRecord(Row):
    """One record. `hash` is SM3 over the canonical JSON of all the others; `body` is canonical JSON text."""

    seq: int = Field(primary_key=True)
    at: datetime
    actor: str
    act: str
    target: str
    version: str
    body: str
    prev: str
    hash: str


@stored("checkpoints", append_only=True)
class Checkpoint(Row):
    """The end of the chain at one moment, to be kept outside."""

    no: int = Field(primary_key=True)
    seq: int
    hash: str
    at: datetime
