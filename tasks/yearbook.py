"""The year of one jurisdiction (年历): every opening, reminder, deadline and notice with its day and clause.

Found by letting the year pass: the rules run in a database of their own under a moving clock, with one project and one system for which
every round is opened, and nobody acts. What the clock's door writes is what it would write in earnest. A round whose condition these two
never fulfil is opened all the same, since others will.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from adapters import clock
from adapters.database import Db, notices, open_database, people, projects, systems, timers
from adapters.database.tables import Notice, Project, System, Timer
from domain.errors import EngineFault, Refusal
from domain.procedures import Element
from domain.projects import Status
from domain.rounds import days, setting_of
from domain.rulesets import Round, Ruleset
from tasks import calendars, reminders, rounds
from tasks import timers as timer_tasks
from tasks.scenarios.player import Theatre
from tasks.scenarios.stage import Outcome, Stage

BEFORE = timedelta(days=31)  #: what began in the month before may still fall into the year
ORDER = ("开办", "截止", "期限")
PROJECT, SYSTEM = "某项目", "某系统"
_END_OF = re.compile(r"""^end_of\(["'](\d\d)-(\d\d)["']\)""")
_PERIOD = re.compile(r"^(workdays|days|months|years)\((\d+)\b")
_WORDS = {"workdays": "个工作日", "days": "天", "months": "个月", "years": "年"}


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One thing that falls on a day."""

    day: date
    rank: int
    kind: str
    words: str
    to: str
    clause: str

    def line(self) -> str:
        """As the command prints it."""
        to = f" → {self.to}" if self.to else ""
        clause = f"  〔{self.clause}〕" if self.clause else ""
        return f"{self.day:%m-%d} 周{'一二三四五六日'[self.day.weekday()]}  {self.kind}  {self.words}{to}{clause}"


@dataclass
class Yearbook:
    """A year. `others`: deadlines that run from events, not from the calendar."""

    ruleset: Ruleset
    year: int
    entries: list[Entry] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    provisional: bool = False

    def lines(self) -> Iterator[str]:
        """The whole year as text."""
        yield f"{self.ruleset.name} {self.year}年 定时事项（{self.ruleset.standing(None, date(self.year, 1, 1))}）"
        yield f"以“{PROJECT}”“{SYSTEM}”各一个为例，假定没有人办理；文本没有规定日期的，注明“文本未规定”。"
        if self.provisional:
            yield "该年尚无国务院办公厅放假通知，工作日按周一至周五暂定。"
        month = 0
        for one in self.entries:
            if one.day.month != month:
                month = one.day.month
                yield f"\n{month}月"
            yield f"  {one.line()}"
        if waiting := [one for one in self.ruleset.rounds.values() if one.opens == "manual" or setting_of(one.opens)]:
            yield "\n由管理员开办或填写日期（文本没有规定）"
            yield from (f"  {one.title}  〔{_cited(self.ruleset, one.clauses)}〕" for one in waiting)
        if self.others:
            yield "\n自事件起算、不在固定日期的期限"
            yield from (f"  {one}" for one in self.others)


def of_year(root: Path, code: str, year: int) -> Yearbook:
    """Let a year pass. Raises NotFound for an unknown place."""
    database = open_database("sqlite://")
    try:
        with TemporaryDirectory() as folder, clock.at(datetime.combine(date(year, 1, 1) - BEFORE, time(0), tzinfo=clock.SHANGHAI)) as begin:
            stage = Theatre.of(root, code, Path(folder)).stage(database, Outcome("yearbook"), reload=False, say=None)
            book = Yearbook(stage.ruleset, year, provisional=calendars.current().provisional(date(year, 1, 1)))
            found: set[Entry] = set()
            with database.transaction() as db:
                subjects = _subjects(db, stage, begin.date(), year)
                subjects |= {"natural": _natural(db, stage, subjects, begin.date(), year)}
            day = begin.date()
            while day.year <= year:
                found |= set(_day(stage, subjects, day))
                day += timedelta(days=1)
    finally:
        database.close()
    found |= set(_fixed(stage.ruleset, year))
    book.entries = sorted(one for one in found if one.day.year == year)
    book.others = list(_others(stage.ruleset))
    return book


def _subjects(db: Db, stage: Stage, day: date, year: int) -> dict[str, Any]:
    unit = next(iter(stage.cast.units.values())).id
    moment = datetime.combine(day, time(0), tzinfo=clock.SHANGHAI)
    code = stage.ruleset.code
    facts = _facts(stage.ruleset, year)
    projects.add(
        db, Project(id="project", jurisdiction=code, name=PROJECT, unit=unit, facts=facts, status=Status.ACTIVE, created_at=moment)
    )
    in_use = date(year - 1, 1, 15)
    systems.add(db, System(id="system", jurisdiction=code, project="project", unit=unit, name=SYSTEM, status="运行中", in_use_since=in_use))
    return {"project": "project", "system": "system"}


def _facts(ruleset: Ruleset, year: int) -> dict[str, str]:
    """Days that forms note on a project: one that has begun the year before, goes on into the next, and is not finished."""
    names = {
        str(field["x-project"])
        for schema in ruleset.forms.values()
        for field in schema.get("properties", {}).values()
        if isinstance(field, Mapping) and field.get("format") == "date" and field.get("x-project")
    }
    begun = {name for name in names if not any(word in name for word in ("finish", "accept", "stop", "end", "complet"))}
    return dict.fromkeys(sorted(begun), f"{year - 1}-01-15") | {name: f"{year + 1}-12-31" for name in sorted(names) if name.endswith("end")}


def _natural(db: Db, stage: Stage, subjects: Mapping[str, Any], begin: date, year: int) -> frozenset[str]:
    """The rounds whose condition the project or the system fulfils on some day of the year."""
    calendar = calendars.current()
    return frozenset(
        one.id
        for one in rounds.planned(db, stage.ruleset)
        if any(_wanted(db, stage, subjects, one, day) for day in days(one.opens, begin, date(year, 12, 31), calendar))
    )


def _wanted(db: Db, stage: Stage, subjects: Mapping[str, Any], one: Round, day: date) -> bool:
    try:
        found = rounds.due(db, rounds.Sweep(stage.ruleset.code, one, day))
    except EngineFault:
        return False
    return any(each.project in (None, subjects["project"]) for each in found)


def _day(stage: Stage, subjects: Mapping[str, Any], day: date) -> Iterator[Entry]:
    """What happens on one day: rounds and timers after midnight, reminders in the morning."""
    calendar = calendars.current()
    with stage.database.reading() as db:
        planned = rounds.planned(db, stage.ruleset)
    night = datetime.combine(day, time(0, 10), tzinfo=clock.SHANGHAI)
    clock.move(night)
    timer_tasks.fire_due(stage.database, now=night)
    for one in planned:
        if not one.procedure or not days(one.opens, day, day, calendar):
            continue
        with stage.database.reading() as db:
            wanted = one.id not in subjects["natural"] or _wanted(db, stage, subjects, one, day)
        if wanted:
            yield from _opening(stage, subjects, one, day, night)
    morning = night.replace(hour=8, minute=30)
    clock.move(morning)
    reminders.write_due(stage.database, now=morning)
    with stage.database.reading() as db:
        told = [one for one, _ in notices.ledger(db, stage.ruleset.code, since=night, limit=10_000)]
        yield from (_notice(db, stage.ruleset, one, day) for one in told)


def _opening(stage: Stage, subjects: Mapping[str, Any], one: Round, day: date, now: datetime) -> Iterator[Entry]:
    project = subjects["project"] if one.per in ("project", "system") else None
    system = subjects["system"] if one.per == "system" else None
    each = {"project": "，每个符合条件的项目", "system": "，每个符合条件的系统", "jurisdiction": ""}[one.per]
    silent = "（文本未规定日期）" if one.silent else ""
    words = f"{one.title}{each}{silent}"
    opened = None
    try:
        with stage.database.transaction() as db:
            opened = rounds.open_one(db, rounds.Due(stage.ruleset.code, one, day, project=project, system=system), now=now)
    except (EngineFault, Refusal):
        words += "；后续期限取决于项目情况"
    yield _entry(day, "开办", words, "", _cited(stage.ruleset, one.clauses))
    if opened is not None:
        with stage.database.reading() as db:
            yield from (_deadline(stage.ruleset, one, timer) for timer in timers.active(db, opened.case) if timer.due)


def _deadline(ruleset: Ruleset, one: Round, timer: Timer) -> Entry:
    assert timer.due is not None
    name = next((each.elements[timer.step].name for each in ruleset.procedures.values() if timer.step in each.elements), timer.step)
    why = str((timer.basis or {}).get("words", "")).strip()
    last = "最后一日" if why.startswith("0 ") else f"{why}，最后一日"
    return _entry(timer.due, "期限", f"{one.title}：{name}（{last}）", "", _cited(ruleset, timer.clauses or one.clauses))


def _notice(db: Db, ruleset: Ruleset, one: Notice, day: date) -> Entry:
    office = ruleset.offices.get(one.office or "")
    to = office.name if office else "指定人员"
    if office is not None and office.of_project and one.case is None:
        to = f"各单位的{office.name}"
    elif one.unit and (unit := people.unit(db, one.unit)) is not None:
        to = f"{unit.name}·{to}"
    kind = "截止" if one.kind == "今日截止" else f"通知·{one.kind}"
    return _entry(day, kind, one.words, to, _cited(ruleset, [one.clause] if one.clause else []))


def _fixed(ruleset: Ruleset, year: int) -> Iterator[Entry]:
    """Deadlines on a fixed day of every year, wherever a diagram draws them."""
    for name, element in _timed(ruleset):
        if found := _END_OF.match(element.timer or ""):
            day = date(year, int(found[1]), min(int(found[2]), 28 if found[1] == "02" else 31))
            yield _entry(day, "期限", f"{name}（最后一日）", "", _cited(ruleset, element.clauses))


def _others(ruleset: Ruleset) -> Iterator[str]:
    for name, element in _timed(ruleset):
        text = element.timer or ""
        if _END_OF.match(text):
            continue
        period = _PERIOD.match(text)
        said = f"{period[2]} {_WORDS[period[1]]}" if period and period[2] != "0" else "按填报的日期或参数"
        kind = "提醒" if element.reminder else "期限" if element.attached_to else "等待"
        yield f"{name}：{kind} {said}（{' '.join(text.split())}）  〔{_cited(ruleset, element.clauses)}〕"


def _timed(ruleset: Ruleset) -> Iterator[tuple[str, Element]]:
    for key in sorted(ruleset.procedures):
        procedure = ruleset.procedures[key]
        if not procedure.file.startswith(f"{ruleset.code}/"):
            continue
        for element in procedure.elements.values():
            if element.timer:
                host = procedure.elements.get(element.attached_to or "")
                yield f"{procedure.title or procedure.name}·{host.name if host else element.name}", element


def _entry(day: date, kind: str, words: str, to: str, clause: str) -> Entry:
    return Entry(day, ORDER.index(kind) if kind in ORDER else len(ORDER), kind, words, to, clause)


def _cited(ruleset: Ruleset, ids: list[str] | tuple[str, ...]) -> str:
    known = ruleset.catalogue.by_id()
    return "、".join(f"{known[one].article} {one}" if one in known else one for one in ids)
