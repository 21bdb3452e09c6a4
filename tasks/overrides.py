"""Exceptions from 原则上 rules: recorded with reason, approver and date, listed, and where a case waits for one, let through."""

from __future__ import annotations

from datetime import date, datetime

from adapters.database import Db, audit, bans, cases, projects, waits
from adapters.database.tables import OverrideRow
from domain.duties import holds
from domain.errors import NotAssigned, Refusal
from domain.offices import Official
from tasks import cases as case_tasks
from tasks import versions
from tasks.acts import Letter
from tasks.facts import SHANGHAI


def record(
    db: Db, *, clause: str, project: str, reason: str, official: Official, now: datetime, day: date | None = None, case: str | None = None
) -> str:
    """Record an exception of `clause` for a project. Answers its id.

    Raises Refusal when the clause knows no exception (every rule but the 原则上 ones) or no reason is given, NotAssigned when
    the official does not
    act for the office that may grant it.
    """
    owner = projects.get(db, project)
    _, ruleset = versions.current(db, owner.jurisdiction)
    rule = ruleset.catalogue.by_id().get(clause)
    if rule is None or rule.override is None:
        article = f"（{rule.article}）" if rule is not None else ""
        raise Refusal(f"该条款{article}不是“原则上”条款，没有例外。", todo="请按条款要求办理。", clause=clause)
    if not reason.strip():
        raise Refusal("没有填写例外的理由。", todo="请写明理由后再登记。", clause=clause)
    today = now.astimezone(SHANGHAI).date()
    if not holds(official, rule.override.approver, None, today):
        name = ruleset.offices[rule.override.approver].name
        raise NotAssigned(f"该条款的例外由{name}批准。", todo=f"请由{name}登记。", clause=clause)
    row = OverrideRow(
        id=cases.new_id(),
        jurisdiction=owner.jurisdiction,
        project=project,
        case=case,
        clause=clause,
        reason=reason.strip(),
        approver=official.name,
        office=rule.override.approver,
        day=day or today,
        recorded_by=official.id,
        at=now,
    )
    bans.add_override(db, row)
    audit.append(db, at=now, actor=official.id, act="override", target=project, body={"clause": clause, "reason": row.reason, "id": row.id})
    if rule.override.message is not None:
        for one in waits.of_project(db, project, rule.override.message):
            case_tasks.deliver(db, Letter(one.case, one.task, rule.override.outcome or "例外", (clause,)), now=now)
    return row.id
