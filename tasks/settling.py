"""Settling (落账): the tables are made to say what the engine's new state says, in the same transaction.

Opened and closed work items, timers, waits, the stage, history, notices and the audit record of one act are written here and nowhere else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from adapters import engine
from adapters.database import audit, cases, ids, items, notices, people, projects, records, timers, waits
from adapters.database.columns import NEVER
from adapters.database.tables import Decision, HistoryLine, Notice, Timer, Wait, WorkItem
from domain.deadlines import Basis
from domain.errors import EngineFault
from domain.offices import Office
from domain.procedures import Element, OpenTask, OpenTimer, Step, Where
from domain.projects import Status
from tasks import parties

if TYPE_CHECKING:
    from tasks.acts import Act


def settle(act: Act, step: Step, *, done: str | None = None, fired: Sequence[str] = (), delivered: Sequence[str] = ()) -> list[WorkItem]:
    """Write everything that one engine step means. Answers the work items it opened.

    `done`: engine id of the work item that was completed (already closed); `fired`, `delivered`: engine ids of timers that went off and of
    waits that got their message.
    """
    opened = _items(act, step, done)
    _timers(act, step, fired)
    _waits(act, step, delivered)
    _stage(act, step, opened)
    _records(act)
    status = "completed" if step.completed else "open" if step.tasks else "waiting"
    if act.case.status == "incident" and not step.completed:
        status = "incident"  # a message moved it on; its timers rest until the incident is settled
    act.case = cases.save(
        act.db,
        act.case,
        state=step.state,
        state_hash=hashlib.sha256(step.state).hexdigest(),
        spec_hash=act.spec.hash,
        status=status,
        **({"closed_at": act.now} if step.completed else {}),
    )
    _history(act, step, opened)
    tell(act, opened)
    return opened


def _items(act: Act, step: Step, done: str | None) -> list[WorkItem]:
    standing = {one.task: one for one in act.items}
    wanted = {one.where.task: one for one in step.tasks}
    gone = [row.id for task, row in standing.items() if task not in wanted and task != done]
    if gone:
        items.close_all(act.db, gone, at=act.now, by=None, status="cancelled")
    due: dict[str, OpenTimer] = {}
    for timer in step.timers:  # of several deadlines of one step the first counts; what only reminds is none
        if timer.host is not None and timer.basis is not None and not act.element(timer.where).reminder:
            due[timer.host] = min(due.get(timer.host, timer), timer, key=lambda one: one.fires_at)
    fresh = [_item(act, one, due.get(task)) for task, one in wanted.items() if task not in standing]
    if fresh:
        items.open_all(act.db, fresh)
    return fresh


def _item(act: Act, task: OpenTask, timer: OpenTimer | None) -> WorkItem:
    where, element = task.where, act.element(task.where)
    office, person = performer(act, where, element)
    basis = timer.basis if timer else None
    unit = act.project.unit if office.of_project and act.project is not None else None
    if where.index is not None:
        act.facts.rounds.append((element.id, where.scope, where.activation, person or office.id))
    return WorkItem(
        id=ids.new(),
        case=act.case.id,
        project=act.case.project,
        jurisdiction=act.case.jurisdiction,
        task=where.task,
        step=element.id,
        scope=where.scope,
        activation=where.activation,
        idx=where.index,
        office=office.id,
        unit=unit,
        person=person,
        form=form_of(act, where, element),
        title=element.name or element.id,
        opened_at=act.now,
        due=basis.due if basis else None,
        urgency=basis.due if basis else NEVER,
        basis=plain(basis) if basis else None,
    )


def performer(act: Act, where: Where, element: Element) -> tuple[Office, str | None]:
    """(office, person) of a step.

    The party of a multi-instance round, the step's own rule, or its lane, mapped by the call's parameters.
    """
    if element.parties is not None and where.index is not None:
        names = parties.of_step(act.facts, where, element.id)
        if where.index >= len(names):
            raise EngineFault(f"会签步骤“{element.name}”只有 {len(names)} 个会签方，却出现第 {where.index + 1} 份", element=element.id)
        if element.parties.person:
            expert = people.experts_by_ids(act.db, [names[where.index]]).get(names[where.index])
            return office_of(act, element.lane or "expert", element), (expert.person if expert else None) or names[where.index]
        return office_of(act, names[where.index], element), None
    rule = element.office or element.lane or ""
    rule = str(where.params.get(rule, rule))  # a call may say who fills a lane of the part, also by an expression
    if rule.startswith("="):
        return office_of(act, str(engine.evaluate(rule[1:], {}, act, where) or ""), element), None
    return office_of(act, rule, element), None


def office_of(act: Act, name: str, element: Element) -> Office:
    """An office of this jurisdiction. Raises EngineFault when there is none of that id."""
    if name not in act.ruleset.offices:
        raise EngineFault(f"步骤“{element.name}”的办理单位 {name or '（空）'} 不在本地岗位表中", element=element.id)
    return act.ruleset.offices[name]


def form_of(act: Act, where: Where, element: Element) -> str | None:
    """Name of the step's form: its own, else the one named like the step, when there is such a file."""
    name = element.form or element.id
    if name.startswith("="):
        name = str(engine.evaluate(name[1:], {}, act, where))
    return name if name in act.ruleset.forms else None


def _timers(act: Act, step: Step, fired: Sequence[str]) -> None:
    if not act.timers and not step.timers:
        return
    known = {one.task: one for one in act.timers}
    wanted = []
    for one in step.timers:
        before = known.get(one.where.task)
        if before is not None and one.basis is None:
            wanted.append(before.model_copy(update={"fires_at": one.fires_at}))
            continue
        wanted.append(
            Timer(
                case=act.case.id,
                task=one.where.task,
                step=one.where.element,
                scope=one.where.scope,
                host=one.host,
                fires_at=one.fires_at,
                due=one.basis.due if one.basis else None,
                expression=one.expression,
                basis=plain(one.basis) if one.basis else None,
                clauses=list(act.clauses(one.where)),
            )
        )
    timers.sync(act.db, act.case.id, wanted, fired=fired, known=act.timers)


def _waits(act: Act, step: Step, delivered: Sequence[str]) -> None:
    if not act.waits and not step.waits:
        return
    since = {one.task: one.since for one in act.waits}
    wanted = [
        Wait(
            case=act.case.id,
            task=one.where.task,
            project=act.case.project,
            jurisdiction=act.case.jurisdiction,
            step=one.where.element,
            scope=one.where.scope,
            message=one.message,
            since=since.get(one.where.task, act.now),
        )
        for one in step.waits
    ]
    waits.sync(act.db, act.case.id, wanted, delivered=delivered, known=act.waits)


def _stage(act: Act, step: Step, opened: Sequence[WorkItem]) -> None:
    entered = [_entered(act, one.where) for one in step.passed]
    waiting: list[Where] = [*(one.where for one in step.tasks), *(one.where for one in step.waits), *(one.where for one in step.timers)]
    entered += [act.element(where).stage for where in waiting if act.is_new(where.task)]
    named = [stage for stage in entered if stage]
    stage = act.stage or (named[-1] if named else None)
    project = act.project
    if project is None:
        return
    changes: dict[str, Any] = {}
    if stage and stage != project.stage and act.procedure_kind() == "main":
        changes["stage"] = stage
        act.say("stage", f"进入阶段：{stage}")
    changes.update(act.project_changes)
    if step.completed and act.case.kind == "main" and project.status == Status.ACTIVE and "status" not in changes:
        changes["status"] = Status.CLOSED
    if changes:
        projects.change(act.db, project.id, **changes)
        act.project = project.model_copy(update=changes)
        act.project_changes = {}


def _entered(act: Act, where: Where) -> str | None:
    """The stage entered by passing an element. What holds others (a call, a sub-process) is entered where the start within it is passed."""
    element = act.element(where)
    if element.kind in ("callActivity", "subProcess"):
        return None
    if element.kind != "startEvent" or element.stage:
        return element.stage
    if element.scope is not None:
        return act.procedure(where).elements[element.scope].stage
    return act.calls(where.scope)[-1].stage if where.scope else None


def _records(act: Act) -> None:
    rows = [
        Decision(
            case=act.case.id,
            step=fired.where.element,
            scope=fired.where.scope,
            activation=fired.where.activation,
            idx=fired.where.index,
            kind="table",
            outcome=fired.output,
            row=fired.row,
            note=fired.note,
            clauses=list(fired.clauses),
            inputs=dict(fired.inputs),
            at=act.now,
        )
        for fired in act.tables
    ]
    if rows:
        records.add_decisions(act.db, rows)
    act.tables.clear()


def _history(act: Act, step: Step, opened: Sequence[WorkItem]) -> None:
    if step.completed:
        act.say("completed", f"办件办结：{act.case.title}")
    act.audit["opened"] = [item.step for item in opened]
    write_lines(act, step.state, [[one.where.scope, one.where.element] for one in step.passed])


def write_lines(act: Act, state: bytes, passed: Sequence[Sequence[str]] = ()) -> None:
    """Write the history lines of an act and its audit record; the first line carries the elements that were passed."""
    lines = [
        HistoryLine(
            case=act.case.id,
            at=act.now,
            actor=act.actor,
            office=act.office,
            act=line.act,
            step=line.step,
            words=line.words,
            clauses=list(line.clauses),
            detail={**line.detail, **({"passed": list(passed)} if number == 0 and passed else {})},
        )
        for number, line in enumerate(act.lines)
    ]
    if lines:
        records.add_history(act.db, lines)
    audit.append(
        act.db,
        at=act.now,
        actor=act.actor,
        act=act.lines[0].act if act.lines else "step",
        target=act.case.id,
        version=act.case.version,
        body={
            "lines": [line.words for line in act.lines],
            "passed": list(passed),
            "state": audit.sm3(state),
            **act.audit,
        },
    )
    act.lines.clear()
    act.audit.clear()


def tell(act: Act, opened: Sequence[WorkItem]) -> None:
    """Write the notices of opened items, and those the act collected."""
    name = act.project.name if act.project is not None else act.case.title
    rows = []
    for item in opened:
        element_clauses = act.item_clauses(item)
        until = f"，请于 {item.due:%Y年%-m月%-d日}（含）前办理" if item.due else ""
        rows.append(
            _row(
                act,
                item.office,
                item.person,
                item.unit,
                "待办",
                f"“{name}”有新的待办：{item.title}{until}。",
                element_clauses[0] if element_clauses else None,
                f"item:{item.id}",
                item.id,
                item.due,
            )
        )
    for told in act.told:
        office = act.ruleset.offices.get(told.to)
        unit = act.project.unit if office is not None and office.of_project and act.project is not None else None
        words = f"“{name}”：{told.words}"
        person = told.to if told.person else None
        rows.append(_row(act, None if told.person else told.to, person, unit, told.kind, words, told.clause, told.key, told.item, None))
    notices.add_all(act.db, rows)
    act.told.clear()


def _row(
    act: Act,
    office: str | None,
    person: str | None,
    unit: str | None,
    kind: str,
    words: str,
    clause: str | None,
    key: str,
    item: str | None,
    due: date | None,
) -> Notice:
    return Notice(
        id=ids.new(),
        key=key,
        jurisdiction=act.case.jurisdiction,
        kind=kind,
        office=None if person else office,
        unit=unit,
        person=person,
        words=words,
        clause=clause,
        case=act.case.id,
        project=act.case.project,
        item=item,
        due=due,
        at=act.now,
    )


def plain(basis: Basis) -> dict[str, Any]:
    """A basis as JSON values, and the paragraph that explains it."""
    return {**_json(asdict(basis)), "explained": basis.explain()}


def _json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _json(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_json(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value
