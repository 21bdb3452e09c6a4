"""What service tasks do (系统操作), inside the transaction of the act that reached them. The publish gate knows the same names.

Each takes the act, the place in the diagram and its evaluated parameters. An operation never talks to the outside: notices are rows,
messages to other cases are delivered after the act, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from adapters import forms
from adapters.database import bans, batches, cases, ids, people, projects, records, rules, systems, waits
from adapters.database.tables import Amount, Anonymised, Ban, BatchEntry, Entry, Wait
from domain.errors import EngineFault
from domain.money import to_fen
from domain.procedures import Where
from domain.projects import Status
from tasks import anonymity, drawing
from tasks.facts import KEPT, SHANGHAI
from tasks.lookup import split_path
from tasks.stores import system_of

if TYPE_CHECKING:
    from tasks.acts import Act


def notify(act: Act, where: Where, to: str | Sequence[str], text: str, clause: str | None = None, **_: Any) -> None:
    """Write a notice to one office or several; the project's own offices are those of its unit."""
    from tasks.acts import Told

    cited = clause or next(iter(act.clauses(where)), None)
    for office in [to] if isinstance(to, str) else to:
        act.told.append(Told(office, "告知", text, cited, f"{act.case.id}:{where.scope}/{where.element}:{where.activation}:{office}"))
    act.say("notice", f"通知：{text}", where, (cited,) if cited else ())


def set_stage(act: Act, where: Where, stage: str) -> None:
    """Enter a stage of the project."""
    act.stage = stage


def register_entry(act: Act, where: Where, kind: str, years: int | None = None) -> None:
    """Write the entry in a pool (入库) with its number; `years` limits its validity (JX-08-validity); none is set for JJ-08.4-entry."""
    project = act.must_have_project(where)
    series = f"{act.ruleset.name}{kind}〔{act.facts.today.year}〕"
    number = f"{series}{projects.next_number(act.db, series)}号"
    expires = act.facts.call("years", where, (years,), {}) if years else None
    reviewed = act.facts.amounts.get("reviewed") or act.facts.amounts.get("estimate")
    projects.add_entry(
        act.db,
        Entry(
            number=number,
            project=project.id,
            kind=kind,
            day=act.facts.today,
            expires=expires,
            fen=to_fen(reviewed) if reviewed is not None else None,
            case=act.case.id,
        ),
    )
    act.say("entry", f"{kind}：编号 {number}" + (f"，有效至 {expires:%Y年%-m月%-d日}" if expires else ""), where, act.clauses(where))


def ban(act: Act, where: Where, kind: str, until: date, reason: str) -> None:
    """Bar the project or its unit from something until a day, that day included."""
    project = act.must_have_project(where)
    rule = act.ruleset.bans.get(kind)
    if rule is None:
        raise EngineFault(f"没有名为 {kind} 的限制种类", element=where.element)
    subject = project.unit if rule.subject == "unit" else project.id
    bans.add(
        act.db,
        Ban(
            id=ids.new(),
            jurisdiction=act.case.jurisdiction,
            kind=kind,
            subject_kind=rule.subject,
            subject=subject,
            clause=rule.clause,
            since=act.facts.today,
            until=date(until.year, until.month, until.day),
            reason=reason,
            case=act.case.id,
        ),
    )
    act.facts.bans.add(kind)
    act.say("ban", f"{rule.title}，至 {until:%Y年%-m月%-d日}（含）止：{reason}", where, (rule.clause,))


def lift_ban(act: Act, where: Where, kind: str) -> None:
    """Lift a bar."""
    project = act.must_have_project(where)
    rule = act.ruleset.bans.get(kind)
    subject_kind = rule.subject if rule else "project"
    bans.lift(act.db, act.case.jurisdiction, subject_kind, project.unit if subject_kind == "unit" else project.id, kind, at=act.now)
    act.facts.bans.discard(kind)
    act.say("ban", f"限制解除：{rule.title if rule else kind}", where, act.clauses(where))


def collect_candidates(act: Act, where: Where, message: str, without: str | None = None) -> None:
    """Put every case that waited for `message` when the day of the round ended into the batch, oldest first (JJ-07-batches).

    A round opened by hand has no such day: then what waits now. Cases of suspended projects, those held by an unfinished batch, and those
    whose project or system bears the flag `without` (暂缓投资计划, JJ-17.2-escalate) stay out.
    """
    day = act.facts.call("round_day", where, (), {})
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=SHANGHAI) if isinstance(day, date) else act.now
    found = [
        BatchEntry(batch=act.case.id, case=one.case, project=one.project, wait_task=one.task)
        for one in waits.by_message(act.db, act.case.jurisdiction, message, before=min(end, act.now), limit=100_000)
        if one.project is not None and not _resting(act, one, without) and not _held(act, one)
    ]
    batches.collect(act.db, found)
    act.facts.entries[:] = [dict(one) for one in act.facts.store.entries()]
    act.say("collect", f"归集候选项目 {len(found)} 个。", where, act.clauses(where))


def _resting(act: Act, wait: Wait, flag_name: str | None) -> bool:
    """Whether the waiting case is suspended, or its project or system bears the flag."""
    case = cases.get(act.db, wait.case)
    if case.status == "suspended" or flag_name is None or wait.project is None:
        return case.status == "suspended"
    about = system_of(act.db, case, projects.get(act.db, wait.project))
    noted = [projects.flags(act.db, wait.project), about.facts if about is not None else {}]
    return any(one.get(flag_name) == "是" for one in noted)


def _held(act: Act, wait: Wait) -> bool:
    """Whether another batch, still under way, will answer this wait."""
    return any(
        row.delivered_at is None and row.wait_task == wait.task and cases.get(act.db, row.batch).closed_at is None
        for row in batches.entry_of(act.db, wait.case)
    )


def issue_results(
    act: Act,
    where: Where,
    message: str,
    chosen: str = "纳入",
    other: str = "储备",
    passed: str = "通过",
    gone: str = "另行办理",
    amount: str | None = None,
) -> None:
    """Send every entry of the batch its result, as letters of this transaction. An entry struck out at any step gets `other`.

    `amount` names the amount of the project as which the entry's figure is kept (审定金额, JX-19-decide), for chosen entries only.

    What waits no more (追加 or 例外启动 meanwhile, terminated) or rests (暂停) gets no letter: its entry says `gone`; others are issued.
    """
    from tasks.acts import Letter

    for row in batches.entries(act.db, act.case.id):
        if row.delivered_at is not None:
            continue
        reached = cases.get(act.db, row.case).status != "suspended" and any(
            one.task == row.wait_task for one in waits.open_of(act.db, row.case)
        )
        out = any(said != passed for said in row.per_step.values()) or not row.per_step
        batches.save(act.db, [row.model_copy(update={"outcome": (other if out else chosen) if reached else gone})])
        batches.delivered(act.db, act.case.id, row.case, at=act.now)
        if reached and not out and amount is not None and row.fen is not None:
            kept = Amount(project=row.project, kind=amount, fen=row.fen, case=act.case.id, step=where.element, at=act.now)
            projects.add_amounts(act.db, [kept])
        if reached:
            act.letters.append(Letter(row.case, row.wait_task, other if out else chosen, act.clauses(where)))
        else:
            act.say("batch", f"批次中有 1 个项目已不再等待本批结果（{gone}），不再告知。", where, act.clauses(where))


def send_message(act: Act, where: Where, message: str, outcome: str) -> None:
    """Send a message to the project's own cases that wait for it. None waiting is a fault: the diagram must check first."""
    from tasks.acts import Letter

    project = act.must_have_project(where)
    waiting = waits.of_project(act.db, project.id, message)
    if not waiting:
        raise EngineFault(f"没有等待“{message}”的办件", element=where.element)
    act.letters.extend(Letter(one.case, one.task, outcome, act.clauses(where)) for one in waiting)


def anonymise(act: Act, where: Where, step: str) -> None:
    """Write the anonymised text of the current round of opinions (意见脱敏, JJ-08.1-anonymise)."""
    found = anonymised(act, where, step)
    if not found:
        raise EngineFault(f"步骤 {step} 还没有意见可以脱敏", element=where.element)
    records.anonymise(act.db, [Anonymised(submission=one, text=text, at=act.now, by=act.actor) for one, text in found.items()])
    act.say("anonymise", f"已对 {len(found)} 份评审意见脱敏，专家姓名、单位和签名不对项目单位显示。", where, act.clauses(where))


def anonymised(act: Act, where: Where, step: str) -> dict[str, str]:
    """Submission → its anonymised text, for the current round of opinions; empty when there is none."""
    _, name = split_path(step)
    found = [one for one in act.facts.of(where, step) if one.vote]
    rows = [one for one in records.submissions(act.db, act.case.id) if found and (one.step, one.activation) == (name, found[-1].activation)]
    signers = people.by_ids(act.db, [one.person for one in rows])
    hidden = anonymity.identities(people.experts(act.db, act.case.jurisdiction), [one.name for one in signers.values()])
    schemas = act.ruleset.forms
    return {row.id: anonymity.text_of(row.answers, schemas.get(row.form_version, {}), hidden) for row in rows}


def draw_panel(act: Act, where: Where, step: str, pool: str | None = None, named_pool: str | None = None) -> None:
    """Draw the experts at random beside the named ones that `step` (the organiser's form: size, named) asked for (JJ-08.1-panel)."""
    drawing.draw(act, where, step, pool, named_pool)


def set_system(act: Act, where: Where, status: str, day: date | None = None, stopped: bool = False) -> None:
    """Change the state of the system (信息系统): in use since a day; with `stopped` out of use from that day on."""
    act.set_system(where, status, day or act.facts.today, stopped=stopped)


def flag(act: Act, where: Where, name: str, value: Any) -> None:
    """Note a small fact on the project; a case about a system notes it on the system too (JJ-17.2-result), and it is kept in step there."""
    project = act.must_have_project(where)
    kept = value.isoformat() if isinstance(value, date) else value
    projects.set_flag(act.db, project=project.id, name=name, value=kept)
    act.facts.flags[name] = kept
    about = act.case.facts.get("system")
    for system in systems.of_project(act.db, project.id):
        if name in system.facts and system.id != about:
            systems.change(act.db, system.id, facts={**system.facts, name: kept})
    if about is not None and (system_row := systems.find(act.db, str(about))) is not None:
        systems.change(act.db, system_row.id, facts={**system_row.facts, name: kept})


def keep(act: Act, where: Where, name: str, value: Any) -> None:
    """Keep a fact of the whole jurisdiction, for other projects to ask: the service units of a year, a unit's ceiling (YJ-27-penalty)."""
    kept = forms.to_json(value)
    rules.set_setting(act.db, act.case.jurisdiction, f"{KEPT}{name}", kept, by=act.actor, at=act.now)
    act.facts.settings = {**act.facts.settings, f"{KEPT}{name}": kept}
    act.say("keep", f"登记：{name}", where, act.clauses(where))


BEFORE = "status_before_suspension"  #: flag: what a project was before it rested


def suspend_project(act: Act, where: Where, reason: str = "") -> None:
    """Stop the clock of the project's other cases until it goes on (暂停). What it was before is kept for then."""
    before = act.must_have_project(where).status
    if before != Status.SUSPENDED:
        projects.set_flag(act.db, project=act.must_have_project(where).id, name=BEFORE, value=before)
    act.change_project(where, Status.SUSPENDED, reason)


def resume_project(act: Act, where: Where, reason: str = "") -> None:
    """Let the project go on: where its main procedure had come to its end, it is again what it was then (已办结、已备案…)."""
    own = act.must_have_project(where)
    act.change_project(where, Status.ACTIVE, reason)
    if all(one.closed_at is not None for one in cases.of_project(act.db, own.id) if one.kind == "main"):
        act.project_changes["status"] = projects.flags(act.db, own.id).get(BEFORE) or Status.CLOSED


def terminate_project(act: Act, where: Where, reason: str = "") -> None:
    """End the project and its other cases (终止)."""
    act.change_project(where, Status.TERMINATED, reason)


def close_project(act: Act, where: Where, result: str) -> None:
    """The project's procedure has come to its end with a result, e.g. 已验收备案."""
    act.change_project(where, result, "")


def open_side_case(act: Act, where: Where, procedure: str, **facts: Any) -> None:
    """Open a side case of this project after the act, e.g. rectification (整改)."""
    act.children.append({"procedure": procedure, "facts": facts})


REGISTRY: Mapping[str, Callable[..., None]] = {
    one.__name__: one
    for one in (
        notify,
        set_stage,
        register_entry,
        ban,
        lift_ban,
        collect_candidates,
        issue_results,
        send_message,
        anonymise,
        draw_panel,
        set_system,
        flag,
        keep,
        suspend_project,
        resume_project,
        terminate_project,
        close_project,
        open_side_case,
    )
}
