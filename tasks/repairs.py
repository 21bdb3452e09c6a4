"""What operators see and do about incidents (异常处理): the cause, a retry of the very act that failed, or a settlement with a note.

Operators see no business content: titles, steps and causes only, never answers, opinions or documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.database import Database, Db, audit, cases, incidents
from adapters.database.tables import Incident
from domain.errors import AlreadyDone, EngineFault, NotFound, Refusal
from tasks import cases as case_tasks
from tasks import inbox, versions
from tasks import incidents as incident_tasks
from tasks import people as officials
from tasks.facts import SHANGHAI

KINDS = {
    "ExpressionFailed": "条件或期限无法计算",
    "Runaway": "自动步骤过多",
    "Stalled": "流程停住",
    "BadState": "办件状态损坏",
    "UnknownTask": "步骤对不上",
    "EngineFault": "流程不能继续",
    "Unforeseen": "程序异常",
    "ReminderFailed": "提醒未能写出",
    "ChannelDown": "通知渠道中断",
    "RoundFailed": "批次未能开办",
    "RunFailed": "定时任务未能完成",
    "Undelivered": "通知未能送达",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """An incident for its list."""

    incident: Incident
    kind: str
    case_title: str
    procedure: str
    step: str
    retry: str  #: what a retry would do; empty when there is nothing to retry


def listing(db: Db) -> list[Trouble]:
    """Unsettled incidents, newest first."""
    return [_trouble(db, one) for one in incidents.open_in(db)]


def _trouble(db: Db, one: Incident) -> Trouble:
    case = cases.find(db, one.case) if one.case else None
    procedure = step = ""
    if case is not None:
        found = versions.ruleset(db, case.version).procedures
        procedure = found[case.procedure].name if case.procedure in found else case.procedure
        named = [each.elements[one.element].name for each in found.values() if one.element in each.elements] if one.element else []
        step = named[0] if named else one.element or ""
    act = str((one.request or {}).get("act", ""))
    retry = {"wake": "重新执行到期事项", "complete": "重新执行办理人已提交的内容"}.get(act, "")
    return Trouble(one, KINDS.get(one.kind, one.kind), case.title if case else "", procedure, step, retry)


def retry(database: Database, incident_id: str, *, by: str, now: datetime) -> None:
    """Do the act that failed again, and settle the incident with it. Raises NotFound; Refusal when it fails again or there is no act."""
    with database.reading() as db:
        incident = incidents.get(db, incident_id)
    request: dict[str, Any] = dict(incident.request or {})
    if incident.resolved_at is not None:
        raise Refusal("该异常已经处理过。", todo="请刷新列表。")
    if request.get("act") not in ("wake", "complete"):
        raise Refusal("该异常没有可以重试的操作。", todo="请查明原因，处理后登记处理情况。")
    try:
        with database.transaction() as db:
            note = _again(db, request, incident_id, now)
            incident_tasks.resolve(db, incident_id, by=by, note=note, now=now)
            if request["act"] == "wake":
                case_tasks.wake(db, str(request["case"]), now=now)
    except EngineFault as fault:
        with database.transaction() as db:
            audit.append(
                db,
                at=now,
                actor=by,
                act="incident-retried",
                target=incident.case or "",
                body={"incident": incident_id, "cause": fault.what},
            )
        raise Refusal(f"重试没有成功，原因仍然是：{fault.what}", todo=incident.todo or "请查明原因，处理后再重试。") from fault


def _again(db: Db, request: dict[str, Any], incident: str, now: datetime) -> str:
    if request["act"] == "wake":
        return "重试成功"
    case = incidents.get(db, incident).case
    found = cases.find(db, case) if case else None
    if found is None:
        raise NotFound("异常所属的办件已不存在。")
    official = officials.official(db, str(request["person"]), found.jurisdiction, now.astimezone(SHANGHAI).date())
    try:
        inbox.complete(db, str(request["item"]), official, dict(request.get("answers") or {}), key=f"retry:{incident}", now=now)
    except AlreadyDone:
        return "该步骤此前已由办理人重新提交"
    return "重试成功"


def settle(db: Db, incident_id: str, *, by: str, note: str, now: datetime) -> None:
    """Settle an incident with a note of what was done. Raises Refusal without a note, or when settled before."""
    if len(note.strip()) < 5:
        raise Refusal("没有填写处理情况。", todo="请写明原因和处理办法（至少 5 个字），会留档备查。")
    incident_tasks.resolve(db, incident_id, by=by, note=note.strip()[:1000], now=now)
