"""Cases (办件): open one, wake its timers, deliver a message, suspend, terminate. Every function writes in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters import engine
from adapters.database import Db, cases, ids, incidents, items, people, projects, timers, waits
from adapters.database.tables import Case, Project, Timer, Wait, WorkItem
from domain.duties import check_place, holds
from domain.errors import ExpressionFailed, NotAssigned, NotFound, Refusal, RuleRefused
from domain.offices import Official
from domain.procedures import Procedure, Step, Where
from domain.projects import Status
from domain.rulesets import Ruleset
from tasks import calendars, conditions, pauses, settling, versions
from tasks.acts import SYSTEM, Act, Letter
from tasks.facts import SHANGHAI, Facts
from tasks.stores import CaseStore


@dataclass(frozen=True, slots=True)
class Opened:
    """A case that was opened, and the work items that wait in it."""

    case: str
    project: str | None
    items: tuple[str, ...]


def load(
    db: Db, case: Case, *, now: datetime, official: Official | None = None, office: str | None = None, owner: Project | None = None
) -> Act:
    """Everything one act on a locked case needs. Facts are read only when a question needs them. `owner`: its project, where already read.

    Raises NotAssigned for an official of another jurisdiction: their posts are worth nothing here, whatever they are called.
    """
    if official is not None:
        check_place(official, case.jurisdiction)
    ruleset = versions.ruleset(db, case.version)
    project = owner or (projects.get(db, case.project) if case.project is not None else None)
    store = CaseStore(db, ruleset, case, project, now.astimezone(SHANGHAI).date())
    facts = Facts(store, ruleset=ruleset, calendar=calendars.current, now=now)
    return Act(
        db=db,
        case=case,
        project=project,
        ruleset=ruleset,
        facts=facts,
        spec=versions.spec(case.version, ruleset, case.procedure),
        now=now,
        actor=official.id if official else SYSTEM,
        actor_name=official.name if official else "系统",
        office=office,
    )


def open_case(
    db: Db,
    *,
    jurisdiction: str,
    procedure: str,
    official: Official | None,
    now: datetime,
    unit: str | None = None,
    project: str | None = None,
    facts: Mapping[str, Any] | None = None,
    project_facts: Mapping[str, Any] | None = None,
    round_key: str | None = None,
    parent: str | None = None,
    title: str | None = None,
    version: str | None = None,
) -> Opened | None:
    """Open a case and run it to its first waiting steps.

    A main procedure registers a project of `unit`; a side procedure needs `project`; a batch needs neither. None when `round_key` was used
    before (a round that ran twice). Raises NotFound, NotAssigned (the person may not start it), RuleRefused (condition not met).
    """
    if official is not None:
        check_place(official, jurisdiction)
    if version is None:
        row, ruleset = versions.current(db, jurisdiction)
        version = row.id
    else:
        ruleset = versions.ruleset(db, version)
    wanted = ruleset.procedure(procedure)
    if wanted is None or wanted.kind == "part":
        raise NotFound(f"没有可以办理的流程“{procedure}”。", todo="请从可办理的流程中选择。")
    owner = _project_for(db, wanted, jurisdiction, unit, project, project_facts or {}, now)
    given = dict(facts or {})
    if official is not None:
        given |= {"starter": _starter(ruleset, wanted, official, owner, now), "starter_unit": official.unit}
    case = Case(
        id=ids.new(),
        project=owner.id if owner else None,
        jurisdiction=jurisdiction,
        version=version,
        procedure=wanted.id,
        kind=wanted.kind,
        title=title or wanted.title or wanted.name,
        opened_at=now,
        opened_by=official.id if official else SYSTEM,
        parent=parent,
        round_key=round_key,
        facts=given,
    )
    if not cases.add(db, case):
        return None
    act = load(db, case, now=now, official=official)
    if wanted.when and official is not None and not engine.evaluate(wanted.when, {}, act, _start_of(wanted)):
        clause = next(iter(wanted.clauses), "")
        why = f"当前不符合办理“{case.title}”的条件：{_why_not(act, wanted)}。"
        raise RuleRefused(why, clause=clause, todo="请核对项目所处阶段和流程说明。")
    act.say("opened", f"开始办理：{case.title}", clauses=wanted.clauses)
    act.before = frozenset()
    step = engine.start(act.spec, act)
    opened = settling.settle(act, step)
    after(act)
    return Opened(case.id, case.project, tuple(one.id for one in opened))


def _why_not(act: Act, procedure: Procedure) -> str:
    """The parts of a condition to begin that do not hold, in words."""
    where = _start_of(procedure)
    try:
        found = conditions.obstacles(procedure.when, act.ruleset, holds=lambda source: engine.evaluate(source, {}, act, where), bans=[])
    except ExpressionFailed as error:
        return error.what.rstrip("。")
    return "；".join(one.what for one in found) or "还不符合办理条件"


def _start_of(procedure: Procedure) -> Where:
    return Where(scope="", process=procedure.id, element="start", task="", activation="")


def _project_for(
    db: Db, wanted: Procedure, jurisdiction: str, unit: str | None, project: str | None, facts: Mapping[str, Any], now: datetime
) -> Project | None:
    if project is not None:
        owner = projects.get(db, project)
        if owner.jurisdiction != jurisdiction:
            raise NotFound("没有这个项目。")
        if owner.status == Status.TERMINATED:
            raise Refusal("项目已终止，不能再办理新事项。")
        return owner
    if wanted.kind == "batch":
        return None
    if wanted.kind == "side" and unit is None:
        raise Refusal(f"“{wanted.title or wanted.name}”须在已有项目上办理。", todo="请从项目页面发起。")
    if unit is None or people.unit(db, unit) is None:
        raise NotFound("没有这个单位。", todo="请选择已登记的单位。")
    fresh = Project(
        id=ids.new(),
        jurisdiction=jurisdiction,
        name=str(facts.get("name") or "（未命名项目）"),
        unit=unit,
        facts={key: value for key, value in facts.items() if key != "name"},
        status=Status.ACTIVE,
        created_at=now,
    )
    projects.add(db, fresh)
    return fresh


def _starter(ruleset: Ruleset, wanted: Procedure, official: Official, owner: Project | None, now: datetime) -> str:
    """The office for which the person starts it: the first of the starters that they hold. Raises NotAssigned."""
    day = now.astimezone(SHANGHAI).date()
    for name in wanted.starters:
        office = ruleset.offices.get(name)
        unit = owner.unit if office is not None and office.of_project and owner is not None else None
        if holds(official, name, unit, day):
            return name
    names = "、".join(ruleset.offices[name].name for name in wanted.starters if name in ruleset.offices) or "系统按批次或规则"
    raise NotAssigned(
        f"“{wanted.title or wanted.name}”由{names}发起。", todo="请由有相应岗位的人员发起。", clause=next(iter(wanted.clauses), None)
    )


def move(act: Act, step: Step, *, done: str | None = None, fired: tuple[str, ...] = (), delivered: tuple[str, ...] = ()) -> list[WorkItem]:
    """Settle one engine step and everything it entails within the same transaction."""
    opened = settling.settle(act, step, done=done, fired=fired, delivered=delivered)
    after(act)
    return opened


def after(act: Act) -> None:
    """What an act entails beyond its own case: side cases, letters, and the other cases of a suspended or terminated project."""
    children, letters, others = list(act.children), list(act.letters), list(act.others)
    for queue in (act.children, act.letters, act.others):
        queue.clear()
    for child in children:
        open_case(
            act.db,
            jurisdiction=act.case.jurisdiction,
            procedure=child["procedure"],
            official=None,
            now=act.now,
            project=act.case.project,
            facts={**child["facts"], "parent_case": act.case.id},
            parent=act.case.id,
        )
    for status, reason in others:
        follow(act, status, reason)
    for letter in sorted(letters, key=lambda one: one.case):
        deliver(act.db, letter, now=act.now)


def deliver(db: Db, letter: Letter, *, now: datetime) -> None:
    """Hand a message to a waiting case: the outcome is recorded as the decision of the catching element."""
    case = cases.lock(db, letter.case)
    if case.status == "suspended":
        raise Refusal("项目已暂停，不能接收办理结果。", todo="请在恢复后再办理。", clause=next(iter(letter.clauses), None))
    act = load(db, case, now=now)
    open_waits = waits.open_of(db, case.id)
    found = next((one for one in open_waits if one.task == letter.task), None)
    if found is None:
        raise NotFound("该办件已不再等待这一结果。", todo="请刷新后查看办件状态。")
    prepare(act, waiting=open_waits)
    act.heard(found, letter.outcome, letter.clauses)
    step = engine.deliver(act.spec, case.state, letter.task, act)
    move(act, step, delivered=(letter.task,))


def prepare(
    act: Act, *, standing: list[WorkItem] | None = None, running: list[Timer] | None = None, waiting: list[Wait] | None = None
) -> None:
    """Note what waits before the engine moves, so that what is new can be told. Given is what the caller has read under the case's lock."""
    act.items = items.open_of(act.db, act.case.id) if standing is None else standing
    act.timers = timers.active(act.db, act.case.id) if running is None else running
    act.waits = waits.open_of(act.db, act.case.id) if waiting is None else waiting
    act.before = frozenset([*(one.task for one in act.items), *(one.task for one in act.timers), *(one.task for one in act.waits)])


def wake(db: Db, case_id: str, *, now: datetime) -> int:
    """Fire the case's timers that are due. Answers how many; 0 when somebody else was quicker or the case rests."""
    case = cases.try_lock(db, case_id)
    if case is None or case.status in ("suspended", "incident", "terminated", "completed"):
        return 0
    running = timers.active(db, case_id)
    due = [one for one in running if one.status == "wait" and one.fires_at <= now]
    if not due:
        return 0
    act = load(db, case, now=now)
    prepare(act, running=running)
    for one in due:
        _tell_due(act, one)
    step = engine.fire(act.spec, case.state, act)
    move(act, step, fired=tuple(one.task for one in due))
    return len(due)


def _tell_due(act: Act, timer: Timer) -> None:
    element = act.process_of(timer.scope).elements[timer.step]
    clauses = tuple(timer.clauses)
    words = element.name or timer.step
    if timer.host is None:
        act.say("timer", f"到期：{words}", clauses=clauses)
        return
    item = next((one for one in act.items if one.task == timer.host), None)
    name = item.title if item is not None else words
    if element.reminder:
        act.say("reminder", f"提醒：“{name}”尚未办理（{words}）", clauses=clauses)
        return
    last = f"（最后一日 {timer.due:%Y年%-m月%-d日}）" if timer.due else ""
    act.say("overdue", f"“{name}”已超过期限{last}", clauses=clauses)
    act.audit["overdue"] = timer.step


def follow(act: Act, status: str, reason: str) -> None:
    """Carry a suspension, resumption or termination of the project to its other main and side cases (JJ-17.2-escalate, JX-41-escalate)."""
    if act.case.project is None:
        return
    found = cases.of_project(act.db, act.case.project, statuses=("open", "waiting", "suspended", "incident"))
    for other in sorted(found, key=lambda one: one.id):  # as letters are delivered: everybody locks cases in one order
        if other.id == act.case.id:
            continue
        case = cases.lock(act.db, other.id)
        if case.status in ("completed", "terminated"):
            continue  # it ended while we waited for it
        if status == Status.SUSPENDED:
            if case.status == "suspended":
                continue  # it rests already, since that day
            suspend(act.db, case, reason=reason, now=act.now)
        elif status == Status.TERMINATED:
            terminate(act.db, case, reason=reason, now=act.now)
        elif case.status == "suspended":
            resume(act.db, case, now=act.now)


def suspend(db: Db, case: Case, *, reason: str, now: datetime, by: Official | None = None) -> None:
    """Rest a case: its items cannot be completed and its timers do not fire."""
    timers.hold(db, case.id)
    act = load(db, case, now=now, official=by)
    act.say(pauses.MARK, f"办件暂停：{reason}", reason=reason)
    act.case = cases.save(db, case, status="suspended")
    settling.write_lines(act, b"")


def resume(db: Db, case: Case, *, now: datetime, by: Official | None = None) -> None:
    """Let a suspended case go on: its periods of working days get back the days of the pause. One with an unsettled incident rests on."""
    act = load(db, case, now=now, official=by)
    hurt = any(one.resolved_at is None for one in incidents.of_case(db, case.id))
    if not hurt:
        timers.release(db, case.id)
    act.say("resumed", "办件恢复办理")
    act.case = cases.save(db, case, status="incident" if hurt else "open" if items.open_of(db, case.id) else "waiting")
    pauses.follow(act)
    settling.tell(act, [])
    settling.write_lines(act, act.case.state)


def terminate(db: Db, case: Case, *, reason: str, now: datetime, by: Official | None = None) -> None:
    """End a case for good; everything that waits in it is cancelled."""
    items.close_all(db, [one.id for one in items.open_of(db, case.id)], at=now, by=by.id if by else None, status="cancelled")
    timers.sync(db, case.id, [])
    waits.sync(db, case.id, [])
    act = load(db, case, now=now, official=by)
    act.say("terminated", f"办件终止：{reason}")
    act.case = cases.save(db, case, status="terminated", closed_at=now)
    settling.write_lines(act, b"")
