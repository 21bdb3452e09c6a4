"""The audit log (审计日志): records are chained with SM3 at the end of each transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from adapters.database.columns import SHANGHAI
from adapters.database.prepared import Prepared
from adapters.database.tables import AuditRecord, Checkpoint

if TYPE_CHECKING:
    from adapters.database.connect import Db

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode
_sm3 = hashlib.new("sm3")  #: copied for each digest: finding the algorithm anew costs more than a short text

FIRST = "0" * 64  #: what the first record names as its predecessor
LOCK = 0x4C53_4155  #: PostgreSQL advisory lock of the head of the chain

_audit = AuditRecord.table
_head = Prepared(select(_audit.c.seq, _audit.c.hash).order_by(_audit.c.seq.desc()).limit(1))
_insert = Prepared(insert(_audit), tuple(AuditRecord.model_fields))
_lock = Prepared(select(func.pg_advisory_xact_lock(LOCK)))


def canonical(value: object) -> str:
    """JSON in the one form that is hashed: sorted keys, no spaces, Chinese as it is."""
    return _encode(value)


def sm3(data: bytes) -> str:
    """SM3 in hexadecimal."""
    total = _sm3.copy()
    total.update(data)
    return total.hexdigest()


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
    return sm3(canonical(plain).encode())


def write_pending(db: Db) -> None:
    """Chain and write what `append` noted. Called by `Database.transaction` as its last step."""
    if not db.pending:
        return
    if not db.sqlite:
        db.change_all(_lock, [{}])  # taken with the question that follows
    head = db.values(_head, {})
    seq, prev = (head[0]["seq"], head[0]["hash"]) if head else (0, FIRST)
    rows: list[dict[str, Any]] = []
    for noted in db.pending:
        seq += 1
        row = {**noted, "seq": seq, "prev": prev}
        row["hash"] = prev = digest(row)
        rows.append(row)
    db.change_all(_insert, rows)
    db.pending.clear()


def records(db: Db, *, after: int = 0, until: int | None = None, limit: int = 1000) -> list[AuditRecord]:
    """Records from `after` on, oldest first."""
    statement = select(_audit).where(_audit.c.seq > after).order_by(_audit.c.seq).limit(limit)
    return db.many(AuditRecord, statement if until is None else statement.where(_audit.c.seq <= until))


def listing(
    db: Db, *, actor: str | None = None, act: str | None = None, target: str | None = None, before: int | None = None, limit: int = 100
) -> list[AuditRecord]:
    """Records for a page, newest first; `before` is the last number seen."""
    statement = select(_audit).order_by(_audit.c.seq.desc()).limit(limit)
    for column, value in ((_audit.c.actor, actor), (_audit.c.act, act), (_audit.c.target, target)):
        if value is not None:
            statement = statement.where(column == value)
    return db.many(AuditRecord, statement if before is None else statement.where(_audit.c.seq < before))


def every(db: Db) -> Iterator[AuditRecord]:
    """All records, oldest first, read in pages."""
    seq = 0
    while page := records(db, after=seq):
        yield from page
        seq = page[-1].seq


def verify(found: Iterable[AuditRecord], checkpoints: Iterable[Checkpoint] = ()) -> int | None:
    """The number of the first record that is wrong, missing, or differs from a checkpoint; None when all is well."""
    held = {one.seq: one.hash for one in checkpoints}
    prev = FIRST
    for seq, record in enumerate(found, start=1):
        sound = record.seq == seq and record.prev == prev and record.hash == digest(record.__dict__)
        if not sound or held.pop(seq, record.hash) != record.hash:
            return seq
        prev = record.hash
    return min(held, default=None)


def checkpoint(db: Db, *, at: datetime) -> Checkpoint | None:
    """Note the end of the chain, to be sent outside; None when nothing is new since the last one."""
    head = db.values(_head, {})
    table = Checkpoint.table
    last = db.one(Checkpoint, select(table).order_by(table.c.no.desc()).limit(1))
    if not head or (last is not None and last.seq == head[0]["seq"]):
        return None
    made = Checkpoint(no=1 if last is None else last.no + 1, at=at, **head[0])
    db.add(made)
    return made


def checkpoints(db: Db) -> list[Checkpoint]:
    """Every checkpoint, oldest first."""
    return db.many(Checkpoint, select(Checkpoint.table).order_by(Checkpoint.table.c.no))


def line(row: AuditRecord | Checkpoint) -> str:
    """One line of an export (JSONL), as the stand-alone verifier reads it."""
    return canonical({**row.__dict__, "at": row.at.astimezone(SHANGHAI).isoformat(timespec="microseconds")})
