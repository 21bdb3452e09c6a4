"""A work item as its page shows it (办理): form, materials, law, why it came here, deadline, opinions, history, diagram."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters import engine, forms
from adapters.database import Db, attachments, cases, items, people, records, timers
from adapters.database.tables import Case, Project, WorkItem
from domain.clauses import Clause
from domain.errors import NotFound, Refusal
from domain.offices import Official
from domain.rulesets import Ruleset
from tasks import casefile, chasing, choices, inbox, ledger, operations, pauses, prefill, reading, sight, versions
from tasks.acts import Act
from tasks.cases import load
from tasks.choices import Choice
from tasks.facts import SHANGHAI
from tasks.worklist import Light, light


@dataclass(frozen=True, slots=True)
class MaterialLine:
    """A document the step asks for, and what is attached of it."""

    id: str
    name: str
    note: str
    required: bool
    clauses: tuple[Clause, ...]
    files: tuple[casefile.File, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A row of a decision table that fired on the way."""

    name: str
    inputs: tuple[tuple[str, str], ...]
    output: str
    note: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """Why the case came to this step."""

    path: tuple[str, ...]  #: names of what was passed, oldest first
    branch: str  #: the branch that led here, in words
    tables: tuple[Table, ...]
    lines: tuple[casefile.Line, ...]


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day with its light, reason and clauses."""

    light: Light
    explained: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class ItemView:
    """Everything the page of a work item shows."""

    item: WorkItem
    case: Case
    status: str
    project: Project | None
    unit: str
    office: str
    who: str
    mine: bool  #: whether the reader may fill it in now
    obstacle: Refusal | None  #: why not
    form: Mapping[str, Any] | None
    answers: Mapping[str, Any]
    draft_at: datetime | None
    fixed_rows: bool
    choices: Mapping[str, tuple[Choice, ...]]
    materials: tuple[MaterialLine, ...]
    clauses: tuple[Clause, ...]
    why: Why
    deadline: Deadline | None
    opinions: tuple[reading.Opinion, ...]
    since: tuple[reading.Opinion, ...]  #: what others said since this step was last handed in
    papers: tuple[casefile.File, ...]  #: documents of the steps before, newest first
    history: tuple[casefile.Line, ...]
    diagram: casefile.Diagram
    progress: tuple[int, int] | None  #: (done, all) of a countersigned step (会签)
    done_by: str
    follows: tuple[casefile.Standing, ...]  #: what opened when this was done
    after: tuple[casefile.Line, ...]  #: what came of it at once, oldest first: decisions, refusals, registrations
    waiting: tuple[str, ...]  #: what the case waits for
    articles: Mapping[str, str]  #: clause id → its article
    chases: tuple[chasing.Line, ...]  #: 催办 and 督办, newest first
    holds: bool  #: whether it is the reader's to do
    demands: bool  #: whether the reader may demand a reply
    preview: tuple[str, ...]  #: opinions as the applicant will read them, for whoever releases them


def item_view(db: Db, official: Official, jurisdiction: str, item_id: str, *, now: datetime) -> ItemView:
    """A work item for its page. Raises NotFound for one of a case the reader may not see."""
    item = items.find(db, item_id)
    if item is None:
        raise NotFound("没有这个待办，或者您不能查看。", todo="请返回待办列表重新选择。")
    case = sight.case(db, official, jurisdiction, item.case)
    act = load(db, case, now=now, official=official, office=item.office)
    hide = reading.applicant_side(db, act.ruleset, case, official)
    obstacle = None
    try:
        inbox.check_item(act, item, official)
    except Refusal as refusal:
        obstacle = refusal
    mine = obstacle is None
    form = act.ruleset.forms.get(item.form or "") if mine else None
    answers, draft_at = prefill.answers(act, item, official) if mine else ({}, None)
    unit = people.unit(db, act.project.unit) if act.project else None
    round_ = items.of_activation(db, case.id, item.activation) if item.idx is not None else []
    office = act.ruleset.offices.get(item.office)
    opinions = tuple(reading.opinions(db, case.id, official))
    lines = tuple(casefile.history(db, case, act.ruleset, official))
    return ItemView(
        item=item,
        case=case,
        status=casefile.STATUSES[case.status],
        project=act.project,
        unit=unit.name if unit else "",
        office=office.name if office else item.office,
        who=casefile.performer(db, item, act.ruleset, hide=hide and item.person != official.id),
        mine=mine,
        obstacle=obstacle,
        form=form,
        answers=answers,
        draft_at=draft_at,
        fixed_rows=form is not None and prefill.is_batch_rows(act, item),
        choices=choices.of_form(act, form, item.step) if form is not None else {},
        materials=_materials(act, item, official),
        clauses=casefile.clauses(act.ruleset, act.item_clauses(item)),
        why=_why(act, item, official),
        deadline=_deadline(act, item),
        opinions=opinions,
        since=_since(opinions, item) if mine else (),
        papers=_papers(act, item, official) if mine else (),
        history=lines,
        diagram=casefile.diagram(db, case, act.ruleset, item.scope),
        progress=(sum(one.status == "done" for one in round_), len(round_)) if round_ else None,
        done_by=_done_by(db, item, hide and item.closed_by != official.id, act.ruleset),
        follows=_follows(act, item, official),
        after=_after(lines, item),
        waiting=casefile.waiting(db, case, act.ruleset),
        articles={one.id: one.article for one in act.ruleset.catalogue},
        chases=tuple(chasing.of_item(db, official, item, now=now)),
        holds=chasing.holds_item(official, item, now),
        demands=ledger.may_read(db, official, jurisdiction),
        preview=_preview(act, item) if mine else (),
    )


def _preview(act: Act, item: WorkItem) -> tuple[str, ...]:
    """The anonymised texts that the next step will hand over (JJ-08.1-anonymise)."""
    procedure = act.process_of(item.scope)
    after = [procedure.elements[target] for _, source, target, _ in procedure.flows if source == item.step and target in procedure.elements]
    found = next((one for one in after if one.operation == "anonymise"), None)
    if found is None:
        return ()
    where = inbox.where_of(act, item)
    step = str(engine.evaluate(found.arguments["step"], {}, act, where))
    return tuple(sorted(operations.anonymised(act, where, step).values()))


def form_of(db: Db, official: Official, jurisdiction: str, item_id: str) -> Mapping[str, Any]:
    """The form of an item, to read what was typed into it; empty when it has none. Raises NotFound."""
    item = items.find(db, item_id)
    if item is None:
        raise NotFound("没有这个待办，或者您不能查看。", todo="请返回待办列表重新选择。")
    case = sight.case(db, official, jurisdiction, item.case)
    return versions.ruleset(db, case.version).forms.get(item.form or "", {})


def schema_of(db: Db, item_id: str) -> Mapping[str, Any]:
    """The form of an item, whoever asks: to read what was typed before it is known whether they may. Empty when there is none."""
    found = items.form_of(db, item_id)
    return versions.ruleset(db, found[0]).forms.get(found[1] or "", {}) if found is not None else {}


def visible(db: Db, official: Official, jurisdiction: str, item_id: str) -> str:
    """The case of an item that this person may see. Raises NotFound."""
    item = items.find(db, item_id)
    if item is None:
        raise NotFound("没有这个待办，或者您不能查看。", todo="请返回待办列表重新选择。")
    return sight.case(db, official, jurisdiction, item.case).id


def case_of(db: Db, item_id: str) -> str | None:
    """The case an item belongs to."""
    item = items.find(db, item_id)
    return item.case if item is not None else None


def materials_of(db: Db, official: Official, jurisdiction: str, item_id: str, *, now: datetime) -> tuple[MaterialLine, ...]:
    """The checklist alone, for the one who works on the item. Raises NotFound, AlreadyDone, NotAssigned."""
    item = items.get(db, item_id)
    sight.case(db, official, jurisdiction, item.case)
    act = load(db, cases.get(db, item.case), now=now, official=official, office=item.office)
    inbox.check_item(act, item, official)
    return _materials(act, item, official)


def _so_far(act: Act, item: WorkItem, official: Official) -> Mapping[str, Any]:
    """What stands in the form of an open item, as far as it fits."""
    schema = act.ruleset.forms.get(item.form or "")
    return forms.fitting(schema, prefill.answers(act, item, official)[0]) if schema is not None else {}


def _materials(act: Act, item: WorkItem, official: Official) -> tuple[MaterialLine, ...]:
    where = inbox.where_of(act, item)
    element = act.element(where)
    required = inbox.wanted(act, where, element, item.form, _so_far(act, item, official)) if item.status == "open" else set()
    may_open = {one.id for one in casefile.files(act.db, act.case, act.ruleset, official)}
    attached: dict[str, list[casefile.File]] = {}
    for one in attachments.of_item(act.db, item.id):
        if one.id in may_open:
            attached.setdefault(one.material or "", []).append(casefile.File(one.id, one.name, one.size, "", one.step, one.at))
    kinds = act.ruleset.materials
    found = []
    for asked in element.materials:
        kind = kinds.get(asked.id)
        found.append(
            MaterialLine(
                id=asked.id,
                name=kind.name if kind else asked.id,
                note=kind.note if kind else "",
                required=asked.id in required,
                clauses=casefile.clauses(act.ruleset, kind.clauses if kind else ()),
                files=tuple(attached.pop(asked.id, ())),
            )
        )
    rest = tuple(file for files in attached.values() for file in files)
    return (*found, MaterialLine("", "其他材料", "清单以外、有助于说明情况的材料", False, (), rest))


def _since(opinions: Sequence[reading.Opinion], item: WorkItem) -> tuple[reading.Opinion, ...]:
    """What was concluded after this step was last handed in: why there is something to do again. Nothing the first time."""
    dated = [one for one in opinions if one.at is not None]
    last = max((number for number, one in enumerate(dated) if one.step == item.step), default=None)
    return tuple(one for one in dated[last + 1 :] if one.outcome) if last is not None else ()


def _papers(act: Act, item: WorkItem, official: Official) -> tuple[casefile.File, ...]:
    """The documents that came with earlier steps, for whoever judges them."""
    own = {one.id for one in attachments.of_item(act.db, item.id)}
    return tuple(one for one in reversed(casefile.files(act.db, act.case, act.ruleset, official)) if one.id not in own)


def _deadline(act: Act, item: WorkItem) -> Deadline | None:
    if item.due is None:
        return None
    elements = act.process_of(item.scope).elements
    found = [one for one in timers.active(act.db, act.case.id) if one.host == item.task and not elements[one.step].reminder]
    ids = [clause for one in found for clause in one.clauses]
    today = act.facts.today
    return Deadline(
        light(item.due, today),
        pauses.explained(item.basis, pauses.standing(act.db, act.case)),
        casefile.clauses(act.ruleset, ids or act.item_clauses(item)),
    )


def _why(act: Act, item: WorkItem, official: Official) -> Why:
    raw = [line for line in records.history(act.db, act.case.id, limit=100_000) if line.at <= item.opened_at]
    opening = [line for line in raw if line.at == item.opened_at]
    passed = [(str(one[0]), str(one[1])) for line in opening for one in line.detail.get("passed", ())]
    procedure = act.process_of(item.scope)
    names = [procedure.elements[name].name for where, name in passed if where == item.scope and name in procedure.elements]
    readable = [one for one in casefile.history(act.db, act.case, act.ruleset, official) if one.at <= item.opened_at]
    return Why(
        path=tuple(dict.fromkeys(name for name in names if name)),
        branch=_branch(act, item, {name for where, name in passed if where == item.scope}),
        tables=_tables(act, item),
        lines=tuple(readable[:4]),
    )


def _branch(act: Act, item: WorkItem, passed: set[str]) -> str:
    """The flow out of a decision that leads here, said in words."""
    procedure = act.process_of(item.scope)
    content = act.ruleset.files[procedure.file]
    for flow, source, target, name in procedure.flows:
        gateway = procedure.elements.get(source)
        if target != item.step or source not in passed or gateway is None or not gateway.kind.endswith("Gateway"):
            continue
        question = gateway.name or "判断"
        if name:
            return f"{question}：{name}"
        if f'default="{flow}"'.encode() in content:
            return f"{question}：其他条件都不满足，按默认路径办理"
    return ""


def _tables(act: Act, item: WorkItem) -> tuple[Table, ...]:
    fired = [one for one in records.decisions(act.db, act.case.id) if one.kind == "table" and one.at <= item.opened_at]
    here = [one for one in fired if one.at == item.opened_at] or fired[-1:]
    found = []
    for one in here:
        process = act.process_of(one.scope)
        element = process.elements.get(one.step)
        found.append(
            Table(
                name=element.name if element else one.step,
                inputs=tuple((str(key), str(value)) for key, value in one.inputs.items()),
                output=one.outcome,
                note=casefile.said(one.note or ""),
                clauses=casefile.clauses(act.ruleset, one.clauses),
            )
        )
    return tuple(found)


def _done_by(db: Db, item: WorkItem, hide: bool, ruleset: Ruleset) -> str:
    person = people.find(db, item.closed_by) if item.closed_by else None
    office = ruleset.offices.get(item.office)
    if person is None:
        return ""
    return reading.HIDDEN if hide and office is not None and office.side == "expert" else person.name


def _after(lines: Sequence[casefile.Line], item: WorkItem) -> tuple[casefile.Line, ...]:
    """The lines that were written together with the end of a step, without the one that tells of that end."""
    if item.status != "done":
        return ()
    return tuple(one for one in reversed(lines) if one.at == item.closed_at and f"办理“{item.title}”" not in one.words)


def _follows(act: Act, item: WorkItem, official: Official) -> tuple[casefile.Standing, ...]:
    if item.status != "done" or item.closed_at is None:
        return ()
    born = {one.id for one in items.of_case(act.db, act.case.id) if one.opened_at == item.closed_at and one.activation != item.activation}
    standing = casefile.open_steps(act.db, [act.case], act.ruleset, official, now=act.now.astimezone(SHANGHAI))
    return tuple(one for one in standing if one.item in born)
