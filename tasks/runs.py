"""What the clock's door does, told for operators (运行记录): each function does one sweep and answers a title and a table.

The title is in business words with names from the data. Everything here may run twice, in parallel, late, or be killed at any point.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from adapters.database import Database, Db, batches, cases, notices, records, rules, systems, waits
from adapters.database.tables import Case
from domain.rounds import days
from domain.rulesets import Round, Ruleset
from tasks import calendars, deadlines, filings, reminders, rounds, timers, versions, windows
from tasks import notices as outbox
from tasks.facts import SHANGHAI
from tasks.filings import MOST
from tasks.rounds import Due

_STEPS = {
    "待办": "step-opened",
    "临期": "due-soon",
    "今日到期": "due-today",
    "超期": "overdue",
    "超期未办": "overdue",
    "长期超期": "overdue",
}


@dataclass(frozen=True, slots=True)
class Milestone:
    """Something happened in a case: what automations may listen to. Which, not what it says: operators see no business."""

    name: str  #: step-opened, overdue, round-opened, told
    case: str
    place: str
    clause: str
    kind: str


@dataclass
class Told:
    """A run as operators read it. `other`: a second table, of who has filed and who has not, or of what a batch decided."""

    title: str
    rows: list[dict[str, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    note: str = ""
    other: list[dict[str, str]] = field(default_factory=list)
    milestones: list[Milestone] = field(default_factory=list)


Progress = Callable[[int, int], None]  #: how many are done, of how many


def _quiet(_done: int, _of: int) -> None:
    """Nobody watches."""


def fire_due_timers(database: Database, *, now: datetime, progress: Progress = _quiet) -> Told:
    """Wake the cases whose timers are due."""
    moved = deadlines.follow_calendar(database, now=now)
    swept = timers.fire_due(database, now=now, progress=progress)
    told = Told(f"到期事项·{len(swept.cases)} 个办件" if swept.cases else "到期事项·没有到期")
    with database.reading() as db:
        for case in swept.cases[:MOST]:
            row = cases.get(db, case)
            said = "；".join(line.words for line in records.history(db, case) if line.at == now)
            told.rows.append(filings.case_row(db, row) | {"本次办理": said[:300]})
    told.lines = [f"放假通知更新，期限由 {one.before:%Y-%m-%d} 改为 {one.after:%Y-%m-%d}（办件 {one.case}）" for one in moved[:MOST]]
    told.lines += [f"{_subject(row)}，{row['本次办理']}" for row in told.rows]
    told.lines += [f"办件出现异常，已记录待运维人员处理：{one}" for one in swept.incidents]
    told.note = f"到期计时 {swept.fired} 个，涉及办件 {len(swept.cases)} 个，异常 {len(swept.incidents)} 个。"
    return told


def open_round(database: Database, jurisdiction: str, round_id: str, *, now: datetime, progress: Progress = _quiet) -> Told:
    """Open one round if its day has come and it is not open yet; nothing otherwise."""
    with database.reading() as db:
        _, ruleset = versions.current(db, jurisdiction)
        if round_id not in ruleset.rounds:
            return Told(f"{ruleset.name}·批次“{round_id}”已取消", note="现行规则集中没有这个批次。")
        one = next(planned for planned in rounds.planned(db, ruleset) if planned.id == round_id)
    if one.tells:
        windows.write_due(database, now=now)
    opened = rounds.open_due(database, now=now, jurisdiction=jurisdiction, only=round_id, progress=progress)
    return _round_told(database, ruleset, one, opened, now)


def open_rounds(database: Database, *, now: datetime, progress: Progress = _quiet) -> Told:
    """Open every round that should be open and is not: makes up for days on which the system stood still. Lists who has not filed yet."""
    opened = rounds.open_due(database, now=now, progress=progress)
    told = Told(f"批次核对·补开 {len(opened)} 个办件" if opened else "批次核对·没有遗漏")
    with database.reading() as db:
        for code in sorted({one.jurisdiction for one in opened}):
            _, ruleset = versions.current(db, code)
            told.rows += [_due_row(db, one) | {"批次": f"{ruleset.name}·{one.round.title}"} for one in opened if one.jurisdiction == code]
        told.other = filings.unfinished(db, now=now)
    told.lines = [f"{row['批次']}（{row['应开日期']}）：{_subject(row)}" for row in told.rows]
    del told.rows[MOST:]
    return told


def remind(database: Database, *, now: datetime, progress: Progress = _quiet) -> Told:
    """Write today's reminders, on working days."""
    written = reminders.write_due(database, now=now)
    if not written and not calendars.current().is_working_day(now.astimezone(SHANGHAI).date()):
        return Told("催办·今日不是工作日", note="催办在工作日发出（调休上班日也是工作日）；其他日子只提醒当日到期、当日截止的。")
    told = Told(f"催办·{written} 条" if written else "催办·没有需要催办的事项")
    with database.reading() as db:
        for code in rules.jurisdictions(db):
            _, ruleset = versions.current(db, code)
            for one, _sent in notices.ledger(db, code, since=now, limit=MOST):
                if one.key.startswith("remind:") or ":window:" in one.key:
                    told.rows.append({"种类": one.kind, "内容": one.words, "依据": one.clause or "", **_to(db, ruleset, one.case)})
    told.lines = [f"{row['种类']}：{row['内容']}" for row in told.rows]
    return told


def deliver(database: Database, *, now: datetime, progress: Progress = _quiet) -> Told:
    """Hand over what the outbox holds."""
    done = outbox.deliver(database, now=now, progress=progress)
    what = (
        [f"送出 {done.sent} 条"] * bool(done.sent)
        + [f"重试 {done.again} 条"] * bool(done.again)
        + [f"不能送达 {done.dead} 条"] * bool(done.dead)
    )
    told = Told(f"通知投递·{'、'.join(what) or '没有待发'}", lines=done.lines)
    told.milestones = [Milestone(_STEPS.get(kind, "told"), case, place, clause or "", kind) for kind, place, case, clause in done.news]
    if what:
        told.rows = [
            {"事项": "新增通知", "数量": str(done.addressed)},
            {"事项": "送出", "数量": str(done.sent)},
            {"事项": "收件人", "数量": str(len(done.people))},
            *({"事项": words, "数量": str(count)} for words, count in done.reasons.items()),
        ]
    return told


def _round_told(database: Database, ruleset: Ruleset, one: Round, opened: list[Due], now: datetime) -> Told:
    name = f"{ruleset.name}·{one.title}"
    if opened and (period := filings.period(one, opened[-1].day)):
        name = f"{ruleset.name}·{period}{one.title}"
    clauses = "、".join(f"{ruleset.catalogue.by_id()[clause].article}（{clause}）" for clause in one.clauses)
    note = f"依据：{clauses}。" + ("文本没有规定日期，日期为本系统的安排，可由管理员修改。" if one.silent else "")
    with database.reading() as db:
        filed = filings.of_round(db, ruleset, one, now=now)
    if not opened:
        return Told(f"{name}·{_next(one, now)}", note=note, other=filed)
    with database.reading() as db:
        rows = [_due_row(db, due) for due in opened]
        if one.per == "jurisdiction":
            case = cases.by_round(db, opened[-1].key)
            waiting = _candidates(db, ruleset, case) if case else []
            count = f"{len(waiting)} 个项目"
            rows += waiting
        else:
            count = f"{len(opened)} 个{'项目' if one.per == 'project' else '系统'}"
    told = Told(f"{name}·{count}", rows[:MOST], note=note, other=filed)
    told.milestones = [Milestone("round-opened", due.key, ruleset.code, next(iter(one.clauses), ""), one.title) for due in opened[:MOST]]
    told.lines = [f"{name}开办（{opened[-1].day:%Y年%-m月%-d日}），{count}。", *(_subject(row) for row in told.rows)]
    return told


def _next(one: Round, now: datetime) -> str:
    """What a round waits for when there was nothing to open."""
    if one.opens == "manual":
        return "由管理员在系统中开办"
    today = now.astimezone(SHANGHAI).date()
    coming = days(one.opens, today + timedelta(days=1), today + timedelta(days=400), calendars.current())
    return f"本次无须开办，下次 {coming[0]:%Y-%m-%d}" if coming else "本次无须开办"


def _candidates(db: Db, ruleset: Ruleset, case: Case) -> list[dict[str, str]]:
    """The projects of a batch: those in it, or before its cut-off those that wait for a message which its diagram names."""
    procedure = ruleset.procedures[case.procedure]
    found = [(one.project, one.case) for one in batches.entries(db, case.id)]
    if not found:
        diagram = ruleset.files[procedure.file].decode("utf-8")
        caught = {one.message for other in ruleset.procedures.values() for one in other.elements.values() if one.message}
        named = sorted(one for one in caught if f"'{one}'" in diagram or f'"{one}"' in diagram)
        found = [(one.project, one.case) for name in named for one in waits.by_message(db, ruleset.code, name) if one.project]
    return [filings.case_row(db, cases.get(db, one)) | {"事项": "候选项目", "应开日期": ""} for _, one in found]


def _due_row(db: Db, due: Due) -> dict[str, str]:
    case = cases.by_round(db, due.key)
    row = filings.case_row(db, case) if case else {"单位": "", "项目": "", "事项": due.round.title, "现在待办": "", "办件": ""}
    if due.system and (found := systems.find(db, due.system)):
        row["项目"] = found.name
    return row | {"应开日期": f"{due.day:%Y-%m-%d}"}


def _subject(row: Mapping[str, str]) -> str:
    """What a row is about, in one line."""
    return f"{row['单位']}“{row['项目']}”：{row['事项']}" if row["项目"] else row["事项"]


def _to(db: Db, ruleset: Ruleset, case: str | None) -> Mapping[str, str]:
    return {"地区": ruleset.name, "办件": f"[打开]({outbox.link(case)})" if case else ""}
