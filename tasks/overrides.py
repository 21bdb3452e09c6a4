"""Exceptions from 原则上 rules: recorded with reason, approver and date, listed, and where a case waits for one, let through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from adapters.database import Db, audit, bans, ids, people, projects, records, sight, waits
from adapters.database.tables import OverrideRow, Project
from domain.clauses import Clause, Override
from domain.duties import check_place, check_sides, holds
from domain.errors import ConflictOfDuty, InvalidAnswers, NotAssigned, Refusal
from domain.offices import Official
from domain.rulesets import Ruleset
from tasks import cases as case_tasks
from tasks import sight as views
from tasks import versions
from tasks.acts import Letter
from tasks.facts import SHANGHAI
from tasks.inbox import side_in

MOST = 200  #: projects to choose from


@dataclass(frozen=True, slots=True)
class Line:
    """An exception as the list shows it. `standing`: it still counts."""

    row: OverrideRow
    clause: Clause | None
    office: str
    project: Project | None
    unit: str
    standing: bool


@dataclass(frozen=True, slots=True)
class Exceptions:
    """The list as one reader may see it, and what they may approve themselves, for which projects."""

    lines: tuple[Line, ...]
    clauses: tuple[Clause, ...]
    projects: tuple[tuple[str, str], ...]  #: (id, name)


def listed(db: Db, official: Official, jurisdiction: str, *, now: datetime) -> Exceptions:
    """Every exception of projects that this person may see, newest first."""
    _, ruleset = versions.current(db, jurisdiction)
    seen, today = views.of(ruleset, official), now.astimezone(SHANGHAI).date()
    names = {one.id: one.name for one in people.units(db, jurisdiction, all=True)}
    known = ruleset.catalogue.by_id()
    lines = []
    for row in bans.overrides_listed(db, jurisdiction):
        if row.project is not None and not sight.sees(db, seen, row.project):
            continue
        project = projects.find(db, row.project) if row.project else None
        office = ruleset.offices[row.office].name if row.office in ruleset.offices else row.office
        standing = row.until is None or today <= row.until
        lines.append(Line(row, known.get(row.clause), office, project, names.get(project.unit, "") if project else "", standing))
    may = tuple(one for one in ruleset.catalogue if one.override is not None and holds(official, one.override.approver, None, today))
    chosen = [(one.id, f"{one.name}（{names.get(one.unit, one.unit)}）") for one in sight.projects(db, seen, limit=MOST)] if may else []
    return Exceptions(tuple(lines), may, tuple(chosen))


def record(
    db: Db,
    *,
    clause: str,
    project: str,
    reason: str,
    official: Official,
    now: datetime,
    day: date | None = None,
    until: date | None = None,
    case: str | None = None,
) -> str:
    """Record an exception of `clause` for a project, approved on `day`, in force through `until`. Answers its id.

    Raises Refusal when the clause knows no exception (every rule but the 原则上 ones); NotAssigned when the official does not act for the
    office that may grant it; ConflictOfDuty when they stand on the applicant's side of this project; InvalidAnswers for what is missing.
    """
    owner = projects.get(db, project)
    _, ruleset = versions.current(db, owner.jurisdiction)
    rule = ruleset.catalogue.by_id().get(clause)
    if rule is None or rule.override is None:
        article = f"（{rule.article}）" if rule is not None else ""
        raise Refusal(f"该条款{article}不是“原则上”条款，没有例外。", todo="请按条款要求办理。", clause=clause)
    today = now.astimezone(SHANGHAI).date()
    _check_approver(db, ruleset, rule.override, official, owner, clause, today)
    errors = {}
    if not reason.strip():
        errors["reason"] = "没有填写例外的理由。"
    if day is not None and day > today:
        errors["day"] = "批准日期不能晚于今天。"
    if until is not None and until < today:
        errors["until"] = "有效期已经过去，请填写今天或以后的日期；长期有效的不填。"
    if errors:
        raise InvalidAnswers("".join(errors.values()), errors, todo="请改正后再登记。", clause=clause)
    row = OverrideRow(
        id=ids.new(),
        jurisdiction=owner.jurisdiction,
        project=project,
        case=case,
        clause=clause,
        reason=reason.strip(),
        approver=official.name,
        office=rule.override.approver,
        day=day or today,
        until=until,
        recorded_by=official.id,
        at=now,
    )
    bans.add_override(db, row)
    kept = {"clause": clause, "reason": row.reason, "id": row.id, "day": row.day.isoformat(), "until": until and until.isoformat()}
    audit.append(db, at=now, actor=official.id, act="override", target=project, body=kept)
    if rule.override.message is not None:
        for one in waits.of_project(db, project, rule.override.message):
            case_tasks.deliver(db, Letter(one.case, one.task, rule.override.outcome or "例外", (clause,)), now=now)
    return row.id


def _check_approver(db: Db, ruleset: Ruleset, rule: Override, official: Official, owner: Project, clause: str, today: date) -> None:
    """Whoever approves holds the office, and has no part in the application."""
    check_place(official, owner.jurisdiction)
    office = ruleset.offices[rule.approver]
    if not holds(official, rule.approver, None, today):
        raise NotAssigned(f"该条款的例外由{office.name}批准。", todo=f"请由{office.name}登记。", clause=clause)
    if any(post.unit == owner.unit for post in official.posts):
        raise ConflictOfDuty("您在项目单位任职，不能批准本单位项目的例外。", todo=f"请由{office.name}的其他人员批准。", clause=clause)
    acted = [(official.id, side_in(ruleset, one)) for one in records.acted(db, owner.id, official.id)]
    check_sides(official, office.side, acted, clause=clause)
