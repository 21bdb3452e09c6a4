"""Integrity (数据核对): every stored case is read again; what differs between engine state and rows is told. Changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from adapters import engine
from adapters.database import Database, Db, attachments, audit, cases, items, rules, timers, waits
from adapters.database.tables import Case
from adapters.files import FileStore
from domain.errors import EngineFault, Refusal
from tasks.casefile import STATUSES
from tasks.cases import load

RESTING = ("completed", "terminated")


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that does not agree. `case` is None for the audit log."""

    case: str | None
    what: str

    def line(self) -> str:
        """One line for the terminal."""
        return f"[{self.case or '审计日志'}] {self.what}"


def check(database: Database, store: FileStore | None, *, now: datetime) -> Iterator[Difference]:
    """Every difference, case by case; the audit chain last. A case that cannot be read is one difference; the others go on."""
    with database.reading() as db:
        ids = [one.id for code in rules.jurisdictions(db) for one in cases.listing(db, code, limit=10_000_000)]
    for case_id in ids:
        with database.reading() as db:
            yield from _case(db, cases.get(db, case_id), store, now)
    with database.reading() as db:
        broken = audit.verify(audit.every(db), audit.checkpoints(db))
    if broken is not None:
        yield Difference(None, f"第 {broken} 条记录与哈希链不符，该条或其后内容被改动")


def _case(db: Db, case: Case, store: FileStore | None, now: datetime) -> Iterator[Difference]:
    def differs(what: str) -> Difference:
        return Difference(case.id, what)

    if hashlib.sha256(case.state).hexdigest() != case.state_hash:
        yield differs("状态内容与校验值不符，状态已损坏")
        return
    try:
        act = load(db, case, now=now)
        step = engine.inspect(act.spec, case.state, act)
    except (EngineFault, Refusal) as fault:
        yield differs(f"状态无法读取：{fault}")
        return
    if act.spec.hash != case.spec_hash:
        yield differs("流程图与保存时的不一致")
    ended = case.status in RESTING
    if step.completed and case.status not in RESTING:
        yield differs(f"流程已走完，办件状态却是“{STATUSES[case.status]}”")
    pairs = (
        ("待办", {one.where.task for one in step.tasks}, {one.task for one in items.open_of(db, case.id)}),
        ("期限", {one.where.task for one in step.timers}, {one.task for one in timers.active(db, case.id)}),
        ("等待的消息", {one.where.task for one in step.waits}, {one.task for one in waits.open_of(db, case.id)}),
    )
    for what, engine_side, rows in pairs:
        wanted = set() if ended else engine_side
        if wanted - rows:
            yield differs(f"{what}缺 {len(wanted - rows)} 条")
        if rows - wanted:
            yield differs(f"{what}多 {len(rows - wanted)} 条")
    moments = {one.where.task: one.fires_at for one in step.timers}
    for timer in timers.active(db, case.id):
        if timer.task in moments and moments[timer.task] != timer.fires_at:
            yield differs(f"期限 {timer.step} 的时刻不一致：流程为 {moments[timer.task]:%Y-%m-%d}，台账为 {timer.fires_at:%Y-%m-%d}")
    for document in attachments.of_case(db, case.id) if store is not None else ():
        if store is not None and not store.verify(document.stored):
            yield differs(f"附件“{document.name}”缺失或被改动")
