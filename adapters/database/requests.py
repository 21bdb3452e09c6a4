"""Requests that were answered once: the same key again gets the same answer (幂等)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from adapters.database.connect import Db
from adapters.database.prepared import Prepared
from adapters.database.tables import Answered
from domain.errors import KeyReused

_t = Answered.table
_get = Prepared(select(_t).where(_t.c.key == bindparam("this")))
_answer = Prepared(update(_t).where(_t.c.key == bindparam("this")).values(response=bindparam("words", type_=_t.c.response.type)))


_known = select(_t.c.key).where(_t.c.key.in_(bindparam("keys", expanding=True)))


def begin(db: Db, key: str, request_hash: str, *, at: datetime) -> Answered | None:
    """Take a key. None: it is new, go on and `answer` it in this transaction. Else what was answered then.

    The same key in a transaction that still runs is waited for. Raises KeyReused when the key came with another body before.
    """
    if db.add_new(Answered(key=key, request_hash=request_hash, at=at), "key"):
        return None
    seen = db.one(Answered, _get, {"this": key})
    assert seen is not None
    if seen.request_hash != request_hash:
        raise KeyReused("同一次提交的编号已用于另一份内容，本次操作没有保存。", todo="请刷新页面后重新提交。")
    return seen


def known(db: Db, keys: Sequence[str]) -> frozenset[str]:
    """Those of the keys that were taken."""
    return frozenset(db.run(_known, {"keys": list(keys)}).scalars()) if keys else frozenset()


def latest(db: Db, prefix: str) -> Answered | None:
    """What was answered last under keys that begin so."""
    statement = select(_t).where(_t.c.key.startswith(prefix, autoescape=True)).order_by(_t.c.at.desc(), _t.c.key).limit(1)
    return db.one(Answered, statement)


def answer(db: Db, key: str, response: Any) -> None:
    """Keep the answer of a key taken in this transaction."""
    db.change_all(_answer, [{"this": key, "words": response}])


def forget(db: Db, before: datetime) -> int:
    """Drop keys taken before then; answers how many."""
    return int(db.run(delete(_t).where(_t.c.at < before)).rowcount)
