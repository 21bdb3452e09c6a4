"""The audit log (审计日志): records are chained with SM3 at the end of each transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, text

from adapters.database.columns import SHANGHAI
from adapters.database.tables import AuditRecord

if TYPE_CHECKING:
    from adapters.database.connect import Db

FIRST = "0" * 64  #: what the first record names as its predecessor
LOCK = 0x4C53_4155  #: PostgreSQL advisory lock of the head of the chain

_audit = AuditRecord.table
_head = select(_audit.c.seq, _audit.c.hash).order_by(_audit.c.seq.desc()).limit(1)
_insert = insert(_audit)


def canonical(value: object) -> str:
    """JSON in the one form that is hashed: sorted keys, no spaces, Chinese as it is."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def append(db: Db, *, at: datetime, actor: str, act: str, target: str, version: str = "", body: Mapping[str, Any] | None = None) -> None:
    """Note an act. It is written when the transaction ends, so that the head of the chain is held for the shortest time and always last."""
    if at.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    db.pending.append({"at": at, "actor": actor, "act": act, "target": target, "version": version, "body": canonical(body or {})})


def digest(record: Mapping[str, Any]) -> str:
    """SM3 of a record without its `hash`; `at` as text in Asia/Shanghai to the microsecond."""
    at = record["at"]
    plain = {key: record[key] for key in ("seq", "actor", "act", "target", "version", "body", "prev")}
    plain["at"] = at if isinstance(at, str) else at.astimezone(SHANGHAI).isoformat(timespec="microseconds")
    return hashlib.new("sm3", canonical(plain).encode()).hexdigest()


def write_pending(db: Db) -> None:
    """Chain and write what `append` noted. Called by `Database.transaction` as its last step."""
    if not db.pending:
        return
    if not db.sqlite:
        db.run(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    head = db.run(_head).first()
    seq, prev = (head.seq, head.hash) if head else (0, FIRST)
    rows: list[dict[str, Any]] = []
    for noted in db.pending:
        seq += 1
        row = {**noted, "seq": seq, "prev": prev}
        row["hash"] = prev = digest(row)
        rows.append(row)
    db.run(_insert, rows)
    db.pending.clear()
