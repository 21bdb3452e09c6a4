"""Expert panels (专家组) of a case: drawn at random with recusal, and one expert replaced by the next of the same draw (JJ-08.1-panel)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from adapters import engine
from adapters.database import Db, batches, cases, drafts, ids, items, notices, people, records
from adapters.database.tables import Case, Notice, WorkItem
from adapters.database.tables import Panel as PanelRow
from domain import panels
from domain.duties import holds
from domain.errors import AlreadyDone, BadPanel, InvalidAnswers, NotAssigned, NotFound, Refusal
from domain.offices import Official
from domain.procedures import Element, Procedure, Where

if TYPE_CHECKING:
    from tasks.acts import Act

DRAW = "draw_panel"


def drawings(procedure: Procedure, step: str | None = None) -> list[Element]:
    """The service tasks of a process that draw panels; with `step`: by what this step of the organiser says."""
    drawn = [one for one in procedure.elements.values() if one.operation == DRAW]
    return [one for one in drawn if step is None or one.arguments.get("step", "").strip("'\"") == step]


def pool(act: Act) -> list[panels.Expert]:
    """Experts who could review today. Who cannot sign in cannot sign."""
    return [
        panels.Expert(id=one.id, name=one.name, employer=one.employer, pool=one.pool, field=one.field, person=one.person)
        for one in people.experts(act.db, act.case.jurisdiction, act.facts.today)
        if one.person is not None
    ]


def recused(act: Act, known: Sequence[panels.Expert]) -> dict[str, str]:
    """Experts who must stay away from this project: id → reason."""
    if act.project is None:
        return {}
    units = {str(act.facts.project.get("unit") or "")} | set(map(str, act.facts.project.get("co_units") or ()))
    offices = act.ruleset.offices
    own = [one.id for one in cases.of_project(act.db, act.project.id)]
    acted = {person for person, office, _ in records.participants(act.db, own) if office not in offices or offices[office].side != "expert"}
    accounts = people.by_ids(act.db, [one.person for one in known if one.person is not None])
    staff = {one.id for one in accounts.values() if one.unit in units}
    for office in (one for one in offices.values() if one.of_project):
        staff |= {one.id for one in people.holders(act.db, act.case.jurisdiction, office.id, act.facts.today, unit=act.project.unit)}
    return panels.recusals(known, units, acted, staff)


def draw(act: Act, where: Where, step: str, only: str | None, named_pool: str | None) -> None:
    """Draw a panel and keep everything needed to draw it again. Raises BadPanel."""
    act.must_have_project(where)
    clause = next(iter(act.clauses(where)), None)
    size = int(act.facts.call("answer", where, (step, "size"), {}) or 0)
    named = [str(one) for one in act.facts.call("answer", where, (step, "named"), {}) or ()]
    known = pool(act)
    if named_pool is not None and (strangers := [one.name for one in known if one.id in named and one.pool != named_pool]):
        raise BadPanel(f"定向专家{'、'.join(strangers)}不是{named_pool}专家。", todo=f"请从{named_pool}专家中选取。", clause=clause)
    out = recused(act, known)
    panel = panels.draw(known, size=size, named=named, seed=secrets.token_hex(16), excluded=tuple(out.items()), pool=only, clause=clause)
    keep(act, where.scope, where.element, panel)
    act.facts.panels.append((where.scope, panel.members))
    act.say(
        "panel",
        f"专家组 {len(panel.members)} 人：定向 {len(panel.named)} 人，随机抽选 {len(panel.drawn)} 人，回避 {len(panel.excluded)} 人。",
        where,
        act.clauses(where),
        seed=panel.seed,
        pool_hash=panel.pool_hash,
    )


def keep(act: Act, scope: str, step: str, panel: panels.Panel) -> None:
    """Keep a panel as the next one of its step."""
    earlier = batches.panels(act.db, act.case.id, step=step, scope=scope)
    row = PanelRow(
        case=act.case.id,
        scope=scope,
        step=step,
        round=len(earlier) + 1,
        pool_hash=panel.pool_hash,
        pool=list(panel.pool),
        seed=panel.seed,
        drawn=list(panel.drawn),
        named=list(panel.named),
        excluded=dict(panel.excluded),
        by=act.actor,
        at=act.now,
    )
    batches.add_panel(act.db, row)


@dataclass(frozen=True, slots=True)
class Replaceable:
    """An expert who has not signed yet and may be replaced by whoever organises the review."""

    item: str
    title: str
    name: str


def replaceable(db: Db, case: Case, official: Official, *, now: datetime) -> list[Replaceable]:
    """The open opinions of drawn experts that this person may give to somebody else."""
    from tasks.cases import load

    waiting = [one for one in items.open_of(db, case.id) if one.person is not None]
    act = load(db, case, now=now, official=official) if waiting else None
    found = []
    for item in waiting:
        if act is None or not _organises(act, item, official):
            continue
        person = people.find(db, str(item.person))
        found.append(Replaceable(item.id, item.title, person.name if person else str(item.person)))
    return found


def _organises(act: Act, item: WorkItem, official: Official) -> bool:
    """Whether this person holds the office that asked for the panel an item belongs to."""
    row, element = _panel(act, item)
    if row is None or element is None:
        return False
    step = str(engine.evaluate(element.arguments.get("step", "''"), {}, act, _place(act, item)))
    asked = records.rounds(act.db, act.case.id, item.scope, step)
    return bool(asked) and holds(official, asked[-1].office, None, act.facts.today)


def _place(act: Act, item: WorkItem) -> Where:
    return Where(scope=item.scope, process=act.process_of(item.scope).id, element=item.step, task="", activation="")


def _panel(act: Act, item: WorkItem) -> tuple[PanelRow | None, Element | None]:
    """The newest panel of the item's part of the process that has this person on it, and what drew it."""
    for element in drawings(act.process_of(item.scope)):
        rows = batches.panels(act.db, act.case.id, step=element.id, scope=item.scope)
        experts = people.experts_by_ids(act.db, [*rows[-1].named, *rows[-1].drawn]) if rows else {}
        if any(one.person == item.person for one in experts.values()):
            return rows[-1], element
    return None, None


def replace(db: Db, item_id: str, official: Official, reason: str, *, now: datetime) -> str:
    """Give the opinion of an expert who cannot take part to the next of the same draw. Answers the new expert's account.

    The seed and the order stay, so that the new panel is replayed from its record like the first one. Raises NotFound, AlreadyDone,
    NotAssigned (only the organiser), InvalidAnswers (no reason), BadPanel (nobody is left in the pool).
    """
    from tasks.cases import load

    case = cases.lock_of_item(db, item_id)
    item = items.get(db, item_id)
    if case is None or item.person is None:
        raise NotFound("这个步骤不是由抽选的专家办理。", todo="请返回办件页面。")
    act = load(db, case, now=now, official=official)
    if item.status != "open":
        raise AlreadyDone("该专家已经提交意见，不能更换。", todo="请刷新办件页面。")
    if case.status not in ("open", "waiting"):
        raise Refusal("办件没有在正常办理，暂不能更换专家。", todo="请在恢复后再更换。")
    row, element = _panel(act, item)
    if row is None or element is None:
        raise NotFound("这个步骤的专家不是抽选产生的。", todo="请由组织单位重新确定专家。")
    if not _organises(act, item, official):
        raise NotAssigned("专家由组织评审的单位更换，您没有该岗位。", todo="请由组织单位办理。", clause=next(iter(element.clauses), None))
    if not reason.strip():
        raise InvalidAnswers("没有填写更换的原因。", {"reason": "请写明原因，如生病、出差。"}, todo="请填写后再提交。")
    panel, fresh = _next(act, row, item, reason.strip(), next(iter(element.clauses), None))
    keep(act, item.scope, element.id, panel)
    items.reassign(db, item.id, person=str(fresh.person))
    drafts.drop(db, item.id)
    gone = people.find(db, item.person)
    where = _place(act, item)
    words = f"更换专家：{gone.name if gone else item.person}{reason.strip()}，按原抽选顺序由下一位递补。"
    act.say("panel", words, where, element.clauses, seed=panel.seed, pool_hash=panel.pool_hash)
    _tell(act, item, str(fresh.person), element.clauses)
    from tasks import settling

    act.case = cases.save(db, case)
    settling.write_lines(act, case.state)
    return str(fresh.person)


def _next(act: Act, row: PanelRow, item: WorkItem, reason: str, clause: str | None) -> tuple[panels.Panel, panels.Expert]:
    known = {one.id: one for one in pool(act)}
    gone = next(one for one, expert in people.experts_by_ids(act.db, [*row.named, *row.drawn]).items() if expert.person == item.person)
    out: dict[str, Any] = {**row.excluded, **{key: why for key, why in recused(act, list(known.values())).items() if key in row.pool}}
    out |= {one: "已不在专家库中" for one in row.pool if one not in known and one not in row.drawn} | {gone: f"因故不能参加：{reason}"}
    left = tuple(one for one in row.pool if one not in out or (one in row.drawn and one != gone))
    named = tuple(one for one in row.named if one != gone)
    drawn = tuple(panels.order(left, row.seed)[: len(row.drawn) + len(row.named) - len(named)])
    fresh = [one for one in drawn if one not in row.drawn]
    if len(fresh) != 1:
        raise BadPanel("可抽选的专家已经用完，没有可以递补的人选。", todo="请先补充专家库。", clause=clause)
    excluded: Mapping[str, str] = {one: why for one, why in out.items() if one not in left}
    panel = panels.Panel(seed=row.seed, pool=tuple(sorted(left)), excluded=tuple(sorted(excluded.items())), named=named, drawn=drawn)
    return panel, known[fresh[0]]


def _tell(act: Act, item: WorkItem, person: str, clauses: Sequence[str]) -> None:
    name = act.project.name if act.project is not None else act.case.title
    notices.add_all(
        act.db,
        [
            Notice(
                id=ids.new(),
                key=f"item:{item.id}:{person}",
                jurisdiction=act.case.jurisdiction,
                kind="待办",
                person=person,
                words=f"“{name}”有新的待办：{item.title}。您由原抽选顺序递补为评审专家。",
                clause=next(iter(clauses), None),
                case=act.case.id,
                project=act.case.project,
                item=item.id,
                due=item.due,
                at=act.now,
            )
        ],
    )
