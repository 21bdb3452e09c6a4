"""The inbox (待办): complete a work item, keep a draft, claim. One act, one transaction; the door commits.

`complete` checks in this order: the key, the case, the item, the person, the sides, the form, the materials, the rules of
the form. Nothing is written
before all of them agree.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from adapters import engine, forms
from adapters.database import Db, attachments, audit, batches, cases, drafts, ground, ids, items, people, projects, records, requests
from adapters.database.tables import Amount, BatchEntry, Case, Submission, WorkItem
from domain import duties
from domain.errors import AlreadyDone, MissingMaterial, Refusal
from domain.money import to_fen
from domain.offices import Official, Side
from domain.procedures import Element, Where
from domain.rulesets import Ruleset
from tasks import checking
from tasks.acts import Act
from tasks.cases import load, move, prepare
from tasks.lookup import Record

Answers = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Done:
    """What completing a work item led to. Kept under the key, so that the same click twice answers the same."""

    item: str
    case: str
    outcome: str | None
    opened: tuple[str, ...]


def complete(db: Db, item_id: str, official: Official, answers: Answers, *, key: str | None = None, now: datetime) -> Done:
    """Close a work item (待办) and open what follows.

    `key` is the person's own: nobody can take one of somebody else's, or of the clock's door. Raises KeyReused, NotFound, AlreadyDone,
    NotAssigned, ConflictOfDuty, InvalidAnswers, MissingMaterial, RuleRefused or BadPanel; EngineFault when the diagram fails. Whatever is
    raised, the caller's transaction must not be committed: then nothing is written.
    """
    if key is not None:
        key = f"{official.id}:{key}"
        answered = requests.begin(db, key, _hash("complete", item_id, official.id, answers), at=now)
        if answered is not None:
            return Done(**{**answered.response, "opened": tuple(answered.response["opened"])})
    under = ground.of_item(db, item_id, official.id)
    standing = under.standing if under is not None else []
    item = next((one for one in standing if one.id == item_id), None) or items.get(db, item_id)
    assert under is not None, "a work item has a case"
    case = under.case
    act = load(db, case, now=now, official=official, office=item.office, owner=under.project)
    check_item(act, item, official, acted=under.acted)
    where = where_of(act, item)
    element = act.element(where)
    checked = checking.form(act, where, item.form, answers)
    materials(act, where, item, element, checked)
    checking.rules(act, where, item.form, checked)
    prepare(act, standing=standing, running=under.running, waiting=under.waiting)
    outcome = _record(act, where, item, official, checked)
    checking.advise(act, where, item.form, checked)
    items.close(db, item.id, at=now, by=official.id)
    drafts.drop(db, item.id)
    step = engine.complete(act.spec, case.state, item.task, act)
    opened = move(act, step, done=item.task)
    result = Done(item.id, case.id, outcome, tuple(one.id for one in opened))
    if key is not None:
        requests.answer(db, key, {"item": result.item, "case": result.case, "outcome": outcome, "opened": list(result.opened)})
    return result


def _hash(*parts: Any) -> str:
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def check_item(act: Act, item: WorkItem, official: Official, *, acted: list[str] | None = None) -> None:
    """Raise unless this person may close this item now. `acted`: the offices for which they acted in the project, where already read."""
    office = act.ruleset.offices[item.office]
    if item.status != "open":
        named = office.side != "expert" or item.closed_by == official.id  # who the experts were is not told here (JJ-08.1-anonymise)
        by = people.find(act.db, item.closed_by or "") if named else None
        who = f"（{by.name}，{item.closed_at:%Y-%m-%d %H:%M}）" if by is not None and item.closed_at is not None else ""
        words = {"done": f"该事项已经办理{who}", "cancelled": "该事项已不需要办理", "withdrawn": "该事项已撤回"}
        raise AlreadyDone(words[item.status] + "，本次提交没有改变任何内容。", todo="请返回待办列表查看最新状态。")
    if act.case.status in ("suspended", "terminated", "incident"):
        words = {"suspended": "办件已暂停", "terminated": "办件已终止", "incident": "办件出现异常，正在等待运维人员处理"}
        raise Refusal(words[act.case.status] + "，暂不能办理；已填写的内容会保留为草稿。", todo="恢复后再提交。")
    asked = act.project is not None and (office.of_project or office.side == "expert")
    unit = people.unit(act.db, act.project.unit) if act.project is not None and asked else None
    day = act.facts.today
    duties.check_assigned(official, office, unit=item.unit, unit_name=unit.name if unit else "", person=item.person, day=day)
    if act.project is not None:
        duties.check_line(official, office, act.project.facts)
    if act.project is not None:
        clause = next(iter(act.item_clauses(item)), None)
        offices = records.acted(act.db, act.project.id, official.id) if acted is None else acted
        duties.check_sides(official, office.side, [(official.id, side_in(act.ruleset, name)) for name in offices], clause=clause)
        if office.side == "expert" and unit is not None:
            duties.check_recusal(official.unit, [unit.name, *map(str, act.facts.project.get("co_units") or ())], clause=clause)


def side_in(ruleset: Ruleset, office: str) -> Side:
    """The side an office stands on; an office that is no more stands on none."""
    known = ruleset.offices.get(office)
    return known.side if known is not None else "none"


def where_of(act: Act, item: WorkItem) -> Where:
    """The place of an open work item, with the parameters of the calls around it."""
    params: dict[str, Any] = {}
    for call in act.calls(item.scope):
        params.update(call.params)
    return Where(
        scope=item.scope,
        process=act.process_of(item.scope).id,
        element=item.step,
        task=item.task,
        activation=item.activation,
        index=item.idx,
        params=params,
    )


def materials(act: Act, where: Where, item: WorkItem, element: Element, answers: Answers) -> None:
    """Raise MissingMaterial unless every required document of the step, with these answers, is attached."""
    needed = wanted(act, where, element, item.form, answers)
    missing = needed - {one.material for one in attachments.of_item(act.db, item.id)} if needed else needed
    if missing:
        ordered = [one.id for one in element.materials if one.id in missing]
        kinds = act.ruleset.materials
        names = "、".join(kinds[one].name if one in kinds else one for one in ordered)
        cited = [clause for one in ordered if one in kinds for clause in kinds[one].clauses]
        clause = next((one for one in cited if one in element.clauses), next(iter(cited), None))  # a document may serve several steps
        raise MissingMaterial(f"缺少材料：{names}。", ordered, todo="请上传后再提交。", clause=clause)


def wanted(act: Act, where: Where, element: Element, form: str | None, answers: Answers) -> set[str | None]:
    """Ids of the documents that are required here and now; a condition may name the fields of the step's own form."""
    required = [one for one in element.materials if one.required]
    if not any(one.when for one in required):
        return {one.id for one in required}
    given = checking.answered(act, form, answers)
    return {one.id for one in required if not one.when or engine.evaluate(one.when, given, act, where)}


def _record(act: Act, where: Where, item: WorkItem, official: Official, answers: Mapping[str, Any]) -> str | None:
    schema = act.ruleset.forms.get(item.form or "", {})
    outcome = str(answers["outcome"]) if answers.get("outcome") is not None else None
    kept = forms.to_json(answers)
    records.add_submissions(
        act.db,
        [
            Submission(
                id=ids.new(),
                case=act.case.id,
                item=item.id,
                step=item.step,
                scope=item.scope,
                activation=item.activation,
                idx=item.idx,
                person=official.id,
                office=item.office,
                unit=item.unit,
                answers=kept,
                outcome=outcome,
                opinion=answers.get("opinion"),
                signature=official.name,
                form_version=item.form or "",
                at=act.now,
            )
        ],
    )
    act.facts.note(
        Record(
            seq=0,
            step=item.step,
            scope=item.scope,
            activation=item.activation,
            outcome=outcome,
            at=act.now,
            answers=answers,
            vote=item.idx is not None,
            person=official.id,
            party=item.office,
        ),
        written=True,
    )
    _effects(act, item, schema, answers)
    name = act.ruleset.offices[item.office].name
    act.say(
        "done",
        f"{name}办理“{item.title}”" + (f"：{outcome}" if outcome else ""),
        where,
        act.item_clauses(item),
        outcome=outcome,
        item=item.id,
    )
    act.audit.update(answers=audit.sm3(json.dumps(kept, ensure_ascii=False, sort_keys=True).encode()), item=item.id)
    return outcome


def _effects(act: Act, item: WorkItem, schema: Mapping[str, Any], answers: Mapping[str, Any]) -> None:
    """Amounts, project facts and batch entries that the form's marks say."""
    amounts: list[Amount] = []
    facts: dict[str, Any] = {}
    for name, value in answers.items():
        mark = schema.get("properties", {}).get(name, {})
        if mark.get("x-amount") and value is not None and act.project is not None:
            wan = Decimal(value)
            act.facts.amounts[mark["x-amount"]] = wan
            amounts.append(
                Amount(project=act.project.id, kind=mark["x-amount"], fen=to_fen(wan), case=act.case.id, step=item.step, at=act.now)
            )
        if mark.get("x-project") and value is not None:
            facts[mark["x-project"]] = value
    if amounts:
        projects.add_amounts(act.db, amounts)
    if facts and act.project is not None:
        before = projects.lock(act.db, act.project.id)  # another case of the project may have noted other facts meanwhile
        name = facts.pop("name", before.name)
        act.facts.change_project({**facts, "name": name})
        act.project = act.project.model_copy(update={"name": name, "facts": {**before.facts, **forms.to_json(facts)}})
        projects.change(act.db, act.project.id, name=name, facts=act.project.facts)
    if act.case.kind == "batch" and isinstance(answers.get("entries"), list):
        marks = schema.get("properties", {}).get("entries", {}).get("items", {}).get("properties", {})
        _entries(act, item, answers["entries"], {name: mark["x-amount"] for name, mark in marks.items() if mark.get("x-amount")})


def _entries(act: Act, item: WorkItem, given: list[Mapping[str, Any]], kinds: Mapping[str, str]) -> None:
    """Keep the rows of a batch table. `kinds`: row field → kind under which its figure becomes an amount of the row's project."""
    standing = {row.project: row for row in batches.entries(act.db, act.case.id)}
    left = {project for project, row in standing.items() if not _out(row)}
    named = [str(one.get("project")) for one in given]
    if set(named) != left or len(named) != len(set(named)):
        missing = len(left - set(named))
        raise Refusal(
            f"批次中在列的项目有 {len(left)} 个，表中填写了 {len(named)} 个" + (f"，缺 {missing} 个" if missing else "") + "。",
            todo="请逐个项目填写，不重不漏。",
            clause=next(iter(act.item_clauses(item)), None),
        )
    rows = []
    for one in given:
        row = standing[str(one["project"])]
        changes: dict[str, Any] = {}
        if one.get("rank") is not None:
            changes["rank"] = int(one["rank"])
        if one.get("units"):
            changes["units"] = list(one["units"])
        if one.get("amount") is not None:
            changes["fen"] = to_fen(Decimal(one["amount"]))
        if one.get("outcome"):
            changes["per_step"] = {**row.per_step, item.step: str(one["outcome"])}
        rows.append(row.model_copy(update=changes))
    batches.save(act.db, rows)
    found = [(standing[str(one["project"])], kind, one[name]) for one in given for name, kind in kinds.items() if one.get(name) is not None]
    projects.add_amounts(
        act.db,
        [
            Amount(project=row.project, kind=kind, fen=to_fen(Decimal(figure)), case=row.case, step=item.step, at=act.now)
            for row, kind, figure in found
        ],
    )
    act.facts.entries[:] = [dict(one) for one in act.facts.store.entries()]


def _out(row: BatchEntry) -> bool:
    return any(said != "通过" for said in row.per_step.values())


def keep_draft(db: Db, item_id: str, official: Official, answers: Answers, *, now: datetime) -> None:
    """Keep what a person has typed so far, unchecked. Raises NotFound, AlreadyDone or NotAssigned."""
    item = items.get(db, item_id)
    case: Case = cases.get(db, item.case)
    check_item(load(db, case, now=now, official=official, office=item.office), item, official)
    drafts.keep(db, item_id, official.id, forms.to_json(dict(answers)), at=now)
