"""Incidents (异常): what the engine could not finish. The act was rolled back; the case rests until an operator retries or settles it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from adapters.database import Database, Db, audit, cases, drafts, ids, incidents, items, reach, timers
from adapters.database.tables import Incident
from domain.errors import EngineFault, NotFound, Refusal, Unforeseen

T = TypeVar("T")


class ActFailed(Refusal):
    """The act was rolled back and an incident is on record. `incident` is its id."""

    def __init__(self, incident: str, fault: EngineFault) -> None:
        super().__init__(
            f"流程未能继续：{fault.what}。本次提交没有改变任何内容，已填写的内容保留为草稿。",
            todo=f"已通知运维人员处理（异常编号 {incident[:8]}），处理后可直接重新提交。",
        )
        self.incident = incident


def perform(
    database: Database, act: Callable[[Db], T], *, case_of: Callable[[Db], str | None], request: Mapping[str, Any], now: datetime
) -> T:
    """Run one act in one transaction. An EngineFault rolls it back, is recorded as an incident, and raises ActFailed.

    `case_of` finds the case for the record; `request` is what an operator would retry, with `item`, `person` and `answers` where typed.
    """
    try:
        with database.transaction() as db:
            return act(db)
    except EngineFault as fault:
        with database.reading() as db:
            case = case_of(db)
        raise ActFailed(record(database, case, fault, request=request, now=now), fault) from fault


def record(database: Database, case: str | None, fault: EngineFault, *, request: Mapping[str, Any], now: datetime) -> str:
    """Put an incident on record, keep what was typed as a draft, and hold the case's timers. Answers its id."""
    with database.transaction() as db:
        row = cases.find(db, case) if case else None
        known = [one for one in incidents.of_case(db, case) if one.resolved_at is None and one.element == fault.element] if case else []
        if request.get("item") and request.get("person"):
            drafts.keep(db, str(request["item"]), str(request["person"]), dict(request.get("answers") or {}), at=now)
        if row is not None and request.get("act") == "wake" and row.status in ("open", "waiting"):
            timers.hold(db, row.id)  # otherwise every sweep would fail on it again
            cases.save(db, row, status="incident")
        if known:
            return known[0].id  # the same trouble again: one incident, not a flood
        incident = Incident(
            id=ids.new(),
            jurisdiction=row.jurisdiction if row else None,
            case=case,
            kind=type(fault).__name__,
            cause=_readable(fault.what),
            todo=_todo(fault),
            detail=_readable(fault.detail if isinstance(fault, Unforeseen) else f"{type(fault).__name__}: {fault}"),
            element=fault.element,
            at=now,
            request=dict(request),
        )
        incidents.add(db, incident)
        audit.append(db, at=now, actor="system", act="incident", target=case or "", body={"incident": incident.id, "cause": fault.what})
    return incident.id


def fault_of(error: Exception) -> EngineFault:
    """What an incident says of an exception. A database out of reach is no fault of the case: that one is raised again."""
    if isinstance(error, EngineFault):
        return error
    if isinstance(error, Refusal):  # nobody is there to be refused: what the clock leads to must be put right
        return EngineFault(str(error))
    if reach.out_of_reach(error):
        raise error
    frames = traceback.extract_tb(error.__traceback__)[-1:]
    return Unforeseen(f"{type(error).__name__}: {error} " + " ".join(f"({one.filename.rpartition('/')[2]}:{one.lineno})" for one in frames))


def in_words(error: Exception) -> str:
    """Why something was not done, for people."""
    if reach.out_of_reach(error):
        return "数据库连不上，或暂时不能读写"
    return fault_of(error).what


def _readable(text: str) -> str:
    """Without control characters: a damaged state may put anything into a message."""
    return "".join(one if one.isprintable() else "·" for one in text)[:2000]


def note(database: Database, *, kind: str, cause: str, todo: str, about: Mapping[str, Any], now: datetime, detail: str = "") -> str:
    """An incident that belongs to no case: of the clock's door, of a channel. The same trouble again is one incident. Answers its id."""
    with database.transaction() as db:
        for known in incidents.open_in(db):
            if known.kind == kind and known.case is None and known.request == dict(about):
                return known.id
        row = Incident(id=ids.new(), kind=kind, cause=cause, todo=todo, at=now, request=dict(about), detail=_readable(detail))
        incidents.add(db, row)
        audit.append(db, at=now, actor="system", act="incident", target="", body={"incident": row.id, "cause": cause})
    return row.id


def _todo(fault: EngineFault) -> str:
    return {
        "ExpressionFailed": "请流程管理员核对该步骤的条件或期限写法，修正后发布新版本并迁移办件，或补录所缺数据后重试。",
        "Stalled": "流程图走到了没有出口的位置，请流程管理员修正后迁移办件。",
        "BadState": "办件状态损坏，请从备份恢复该办件后重试；其他办件不受影响。",
        "Runaway": "流程图自动步骤过多，请流程管理员检查循环。",
        "Unforeseen": "请把“技术信息”告诉开发人员；其他办件不受影响，改正后可重试。",
    }.get(type(fault).__name__, "请查看原因，处理后重试。")


def resolve(db: Db, incident_id: str, *, by: str, note: str, now: datetime) -> None:
    """Settle an incident: the case and its timers go on. Raises NotFound; Refusal when settled before."""
    incident = incidents.get(db, incident_id)
    if not incidents.resolve(db, incident_id, at=now, by=by, note=note):
        raise Refusal("该异常已经处理过。")
    if incident.case is None:
        return
    case = cases.lock(db, incident.case)
    if case.status == "incident":
        timers.release(db, case.id)
        cases.save(db, case, status="open" if items.open_of(db, case.id) else "waiting")
    audit.append(db, at=now, actor=by, act="incident-resolved", target=case.id, body={"incident": incident_id, "note": note})


def get(db: Db, incident_id: str) -> Incident:
    """One incident. Raises NotFound."""
    found = incidents.get(db, incident_id)
    if found is None:
        raise NotFound("没有这条异常记录。")
    return found
