"""The world of one story: a database of its own, a clock that moves, officials who do what the story or the defaults say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from adapters import clock, engine, library
from adapters.database import Database, Db, batches, cases, ids, items, notices, projects, systems, timers, waits
from adapters.database.tables import Amount, Entry, System, WorkItem
from adapters.files import FileStore
from domain.errors import InvalidAnswers, Refusal
from domain.money import to_fen
from domain.offices import Official
from domain.rounds import days
from domain.rulesets import Ruleset
from domain.workdays import add_days, add_months, add_working_days, add_years
from tasks import cases as case_tasks
from tasks import inbox, materials, reminders, ticks, versions, windows
from tasks.scenarios import checks, organisation
from tasks.scenarios.language import Act, Begin, Given, Refused, ScenarioError

MORNING = time(9, 0)
MOST = 600  #: acts a story may play by defaults
PDF = b"%PDF-1.4\n%%EOF\n"
_SPAN = re.compile(r"(\d+)\s*(个工作日|工作日|天|日|个月|月|年)")


@dataclass
class Outcome:
    """What a story came to. `lines` tell it; `differences` are empty when everything was as expected."""

    title: str
    path: str = ""
    lines: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)  #: clauses that the story really met
    met: set[str] = field(default_factory=set)  #: places it passed: `<process id>#<element>`, `<table id>#`
    claimed: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing differed."""
        return not self.differences


@dataclass
class Stage:
    """The world of one story."""

    database: Database
    ruleset: Ruleset
    cast: organisation.Cast
    defaults: Mapping[str, Mapping[str, Any]]
    store: FileStore
    outcome: Outcome
    reload: bool = False
    say: Callable[[str], None] | None = None
    names: dict[str, str] = field(default_factory=dict)  #: name in the story → case id
    answers: dict[str, dict[str, Mapping[str, Any]]] = field(default_factory=dict)  #: project or case id → step → answers
    focus: str = ""
    acts: int = 0
    aloud: bool = False  #: also tell clauses and notices, as the demonstration does
    refused: Callable[[Refusal], None] | None = None  #: is told of every refusal that no story expects
    heard: set[str] = field(default_factory=set)  #: notices already told

    # --- telling ------------------------------------------------------------------------------------------------------------------------

    def tell(self, words: str) -> None:
        """One line of the story."""
        line = f"{clock.now():%Y-%m-%d} {words}"
        self.outcome.lines.append(line)
        if self.say is not None:
            self.say(line)

    def differ(self, words: str) -> None:
        """Something was not as expected."""
        self.outcome.differences.append(words)
        self.tell(f"✘ {words}")

    # --- transactions and time ----------------------------------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[Db]:
        """One transaction; with `reload` everything cached is forgotten first, as after a restart."""
        if self.reload:
            engine.forget()
            versions.forget()
        with self.database.transaction() as db:
            yield db

    def advance(self, until: datetime) -> None:
        """Let time pass, doing what the clock's door would do on each day that has anything to do."""
        now = clock.now()
        while now < until:
            moment = datetime.combine(self.eventful(now.date(), until.date()), time(0, 5), tzinfo=now.tzinfo)
            now = moment if now < moment < until else until
            clock.move(now)
            for line in ticks.run(self.database, now=now).lines:
                self.tell(f"〔定时〕{line}")

    def eventful(self, today: date, last: date) -> date:
        """The next day after today with a timer, a round or a reminder, at the latest `last`."""
        with self.database.reading() as db:
            soon = timers.upcoming(db, datetime.combine(last, time(23, 59), tzinfo=clock.SHANGHAI), limit=1)
            ladder = reminders.days_of_ladder(self.ruleset.ladder)
            due = items.due_until(db, last - timedelta(days=min(ladder, default=0)))
        calendar = library.calendar(checks.root())
        found = [last] + [one.fires_at.astimezone(clock.SHANGHAI).date() for one in soon]
        for item in due:
            if item.due is not None:
                found += [calendar.next_working_day(item.due + timedelta(days=day)) for day in ladder] + [item.due]
        for one in self.ruleset.rounds.values():
            found += days(one.opens, today + timedelta(days=1), last, calendar)[:1]
            found += [telling.day for telling in windows.tellings(one, today + timedelta(days=1), last, calendar)[:1]]
        return min([day for day in found if day > today], default=last)

    def wait(self, span: str) -> None:
        """`7 个工作日`, `3 天`, `6 个月`, `1 年`: to 09:00 of the last day of that span."""
        found = _SPAN.fullmatch(span.strip())
        if found is None:
            raise ScenarioError(f"时间“{span}”写法不对。", todo="写成 7 个工作日、3 天、6 个月或 1 年。")
        count, unit, today = int(found[1]), found[2], clock.today()
        calendar = library.calendar(checks.root())
        day: date = (
            add_working_days(today, count, calendar)
            if "工作日" in unit
            else add_days(today, count)
            if unit in ("天", "日")
            else add_years(today, count)
            if unit == "年"
            else add_months(today, count)
        )
        self.advance(at(day))

    # --- beginning ----------------------------------------------------------------------------------------------------------------------

    def begin(self, given: Begin, name: str, *, project: str | None = None) -> None:
        """Start a case and play its defaults to `until`."""
        unit = self.cast.unit(given.unit).id if given.unit else (None if project else next(iter(self.cast.units.values())).id)
        wanted = self.ruleset.procedure(given.procedure)
        if wanted is None:
            raise ScenarioError(f"没有流程 {given.procedure}。", todo="写流程编号，如 project。")
        with self.writing() as db:
            of = unit or (projects.get(db, project).unit if project else None)
            by = given.by or next(iter(wanted.starters), None)
            official = self.cast.named(db, by, of, clock.today()) if by else None
            opened = case_tasks.open_case(
                db,
                jurisdiction=self.ruleset.code,
                procedure=given.procedure,
                official=official,
                now=clock.now(),
                unit=None if project or wanted.kind == "batch" else unit,
                project=project,
                project_facts=given.facts,
            )
            assert opened is not None
        self.names[name] = opened.case
        self.focus = opened.case
        self.answers[opened.case] = {step: dict(one) for step, one in given.answers.items()}
        self.tell(f"〔{name}〕开始：{wanted.title or wanted.name}")
        if isinstance(given, Given):
            self.prepare(given, opened.case)
        if given.until:
            self.play(given.until)

    def prepare(self, given: Given, case: str) -> None:
        """What the story takes as having happened before it begins."""
        with self.writing() as db:
            project = cases.get(db, case).project
            if project is None:
                if idle := sorted(given.model_fields_set & {"flags", "amounts", "entry", "facts"}):
                    raise ScenarioError(f"批次没有所属项目，given 里的 {'、'.join(idle)} 不起作用。", todo="请写在 given.cases 的办件上。")
                return
            owner = projects.get(db, project)
            for name, value in given.flags.items():
                projects.set_flag(db, project, name, checks.plain(value))
            projects.add_amounts(
                db,
                [
                    Amount(project=project, kind=kind, fen=to_fen(checks.decimal(value)), at=clock.now())
                    for kind, value in given.amounts.items()
                ],
            )
            if given.entry:
                projects.add_entry(db, Entry(number=f"{given.entry}-场景", project=project, kind=given.entry, day=clock.today(), case=case))
            self.add_systems(db, given, owner.unit, project)

    def add_systems(self, db: Db, given: Given, unit: str, project: str | None) -> None:
        """Systems in use before the story begins."""
        for one in given.systems:
            row = {**one, "facts": {name: checks.plain(fact) for name, fact in dict(one.get("facts") or {}).items()}}
            owner = self.cast.unit(str(row.pop("unit"))).id if "unit" in row else unit
            systems.add(
                db,
                System(
                    **{"id": ids.new(), "jurisdiction": self.ruleset.code, "project": project, "unit": owner, "status": "运行中", **row}
                ),
            )

    # --- acting -------------------------------------------------------------------------------------------------------------------------

    def play(self, until: str) -> None:
        """Do the open items of the focus case by defaults, oldest first, until `until` waits ("end": until it is closed)."""
        while True:
            with self.database.reading() as db:
                case = cases.get(db, self.focus)
                standing = items.open_of(db, self.focus)
                messages = [one.step for one in waits.open_of(db, self.focus)]
            if until == "end" and case.status in ("completed", "terminated"):
                return
            if until in messages or any(one.step == until for one in standing):
                return
            if not standing:
                raise ScenarioError(
                    f"一直没有走到“{until}”：{checks.standing_words(case, standing, messages)}", todo="请核对步骤编号和默认答案。"
                )
            count = len(self.outcome.differences)
            self.complete(standing[0], {}, None, set())
            if len(self.outcome.differences) > count:
                raise ScenarioError(
                    f"默认答案在“{standing[0].step}”被拒绝，没有走到“{until}”。", todo="请在 given.answers 中给出该步骤的答案。"
                )

    def do(self, act: Act) -> None:
        """Complete the item or items of a step, or see them refused."""
        if act.case:
            self.focus = self.case_named(act.case)
        chosen = self.find(act)
        for item in chosen if act.all else chosen[:1]:
            self.complete(item, act.with_, act, set(act.without))

    def find(self, act: Act) -> list[WorkItem]:
        """Open items of the step: of the focus case first, else of any case of the story; done ones when a refusal is expected."""
        with self.database.reading() as db:
            everything = [self.focus, *(one.id for one in cases.listing(db, self.ruleset.code) if one.id != self.focus)]
            for case in everything:
                found = [one for one in items.open_of(db, case) if one.step == act.do]
                found = [one for one in found if act.party is None or act.party in (one.person, one.office)]
                if found:
                    return found
            if act.refused is not None:
                found = [one for case in everything for one in items.of_case(db, case) if one.step == act.do]
                found = [one for one in found if act.party is None or act.party in (one.person, one.office)]
                if found:
                    return found[-1:]
            standing = [f"{one.step}（{one.title}）" for case in everything for one in items.open_of(db, case)]
        raise ScenarioError(f"步骤“{act.do}”现在不能办理；待办有：{'、'.join(standing) or '无'}。", todo="请核对步骤编号和先后。")

    def complete(self, item: WorkItem, given: Mapping[str, Any], act: Act | None, without: set[str]) -> None:
        """Attach the materials, fill in the form, complete the item."""
        self.acts += 1
        if self.acts > MOST:
            raise ScenarioError(f"已经办理了 {MOST} 步还没有结束。", todo="请检查默认答案是否让流程在原地打转。")
        refused = act.refused if act else None
        before = self.picture() if refused else None
        with self.database.reading() as db:  # outside the act: a name that the cast does not know is a fault of the story, not a refusal
            official = self.who(db, item, act.by if act else None)
        try:
            with self.writing() as db:
                answers = self.filled(db, item, given)
                if item.status == "open":
                    self.attach(db, item, official, without, answers)
                done = inbox.complete(db, item.id, official, answers, key=ids.new(), now=clock.now())
        except Refusal as refusal:
            self.refusal(item.title, refusal, refused)
            if before is not None and self.picture() != before:
                self.differ(f"“{item.title}”被拒绝后数据有变化")
            return
        if refused is not None:
            self.differ(f"“{item.title}”本应被拒绝（{refused.clause or refused.says}），却办理成功")
            return
        self.tell(
            f"{self.ruleset.offices[item.office].name if item.person is None else self.cast.experts.get(item.person, item.person)}"
            f" · {item.title}" + (f"：{done.outcome}" if done.outcome else "")
        )
        if self.aloud:
            self.explain(item)

    def explain(self, item: WorkItem) -> None:
        """Tell the clauses of a step that was done, and the notices that it led to."""
        with self.database.reading() as db:
            act = case_tasks.load(db, cases.get(db, item.case), now=clock.now())
            known = self.ruleset.catalogue.by_id()
            cited = "、".join(f"{known[one].article} {one}" for one in act.item_clauses(item) if one in known)
            told = [one for one in notices.of_case(db, item.case) if one.id not in self.heard]
            units = {one.id: one.name for one in self.cast.units.values()}
        if cited:
            self.tell(f"    依据 {cited}")
        for one in told:
            self.heard.add(one.id)
            office = (
                self.ruleset.offices[one.office].name
                if one.office and one.office in self.ruleset.offices
                else self.cast.experts.get(one.person or "", "")
            )
            self.tell(f"    通知 {units.get(one.unit or '', '')}{office}：{one.words}")

    def refusal(self, title: str, refusal: Refusal, expected: Refused | None) -> None:
        """Compare a refusal with what the story expects."""
        fields = "；".join(f"{key}：{words}" for key, words in refusal.fields.items()) if isinstance(refusal, InvalidAnswers) else ""
        words = f"{refusal}{fields}"
        clauses = checks.clauses_of(self, refusal)
        if expected is None:
            if self.refused is not None:
                self.refused(refusal)
            self.differ(f"“{title}”被拒绝：{words}（{'、'.join(sorted(clauses)) or '无条款'}）")
            return
        self.tell(f"✔ “{title}”被拒绝：{words}")
        if expected.clause is not None and expected.clause not in clauses:
            self.differ(f"拒绝依据应为 {expected.clause}，实为 {'、'.join(sorted(clauses)) or '无条款'}")
        if expected.says and expected.says not in words:
            self.differ(f"拒绝理由中没有“{expected.says}”：{words}")
        if expected.field is not None and not (
            isinstance(refusal, InvalidAnswers) and any(expected.field in key for key in refusal.fields)
        ):
            self.differ(f"拒绝没有指出栏目 {expected.field}：{words}")
        self.outcome.touched |= clauses

    def who(self, db: Db, item: WorkItem, by: str | None) -> Official:
        """Who acts: the one the story names, else the one the item belongs to."""
        if by is None:
            return self.cast.for_item(db, item, clock.today())
        unit = item.unit or (projects.get(db, item.project).unit if item.project else None)
        return self.cast.named(db, by, unit, clock.today())

    def attach(self, db: Db, item: WorkItem, official: Official, without: set[str], answers: Mapping[str, Any]) -> None:
        """Attach every document the step may want, but those left out."""
        act = case_tasks.load(db, cases.get(db, item.case), now=clock.now(), official=official, office=item.office)
        where = inbox.where_of(act, item)
        for one in act.element(where).materials:
            if one.id not in without and item.status == "open":
                kind = self.ruleset.materials.get(one.id)
                name = f"{kind.name if kind else one.id}.pdf"
                materials.attach(db, self.store, item.id, official, material=one.id, name=name, chunks=[PDF], now=clock.now())

    def filled(self, db: Db, item: WorkItem, given: Mapping[str, Any]) -> dict[str, Any]:
        """Defaults, then the story's answers for this step, then those of this act.

        `=…` texts are expressions; `null` takes a field away.
        """
        told = self.answers.get(item.case, {})
        if item.case not in self.answers and item.project is not None:
            told = next(
                (self.answers[one] for one in self.names.values() if one in self.answers and cases.get(db, one).project == item.project), {}
            )
        base = {**self.defaults.get(item.step, {}), **told.get(item.step, {}), **given}
        act = case_tasks.load(db, cases.get(db, item.case), now=clock.now())
        where = inbox.where_of(act, item)
        filled = {name: checks.value(self, act, where, one) for name, one in base.items() if one is not None}
        if isinstance(filled.get("entries"), Mapping):
            filled["entries"] = self.entries(db, item.case, filled["entries"])
        return filled

    def entries(self, db: Db, batch: str, given: Mapping[str, Any]) -> list[dict[str, Any]]:
        """One row for each project still in the batch: `each` for all, then what stands under the case's name in the story."""
        each = dict(given.get("each") or {})
        names = {case: name for name, case in self.names.items()}
        if strange := sorted(given.keys() - {"each"} - self.names.keys()):
            raise ScenarioError(f"entries 里的 {'、'.join(strange)} 不是场景中的办件。", todo="请写办件的名称。")
        rows = []
        for number, row in enumerate(
            (one for one in batches.entries(db, batch) if all(said == "通过" for said in one.per_step.values())), 1
        ):
            own = {"project": row.project, **each, **(given.get(names.get(row.case, "")) or {})}
            rows.append({key: number if one == "auto" else one for key, one in own.items() if one is not None})
        return [one for one in rows if not one.pop("missing", False)]

    def picture(self) -> Any:
        """Everything that a refused act must leave as it was."""
        with self.database.reading() as db:
            return [
                (one.id, one.rev, one.status, one.state_hash, [item.status for item in items.of_case(db, one.id)])
                for one in cases.listing(db, self.ruleset.code)
            ]

    def case_named(self, name: str) -> str:
        """A case by its name in the story, or the newest one of a procedure."""
        if name in self.names:
            return self.names[name]
        wanted = self.ruleset.procedure(name)
        with self.database.reading() as db:
            found = [one.id for one in cases.listing(db, self.ruleset.code) if wanted is not None and one.procedure == wanted.id]
        if not found:
            raise ScenarioError(f"场景中没有名为“{name}”的办件。", todo="先用 given.cases 或 start 开办。")
        return found[0]


def at(day: date) -> datetime:
    """09:00 of a day."""
    return datetime.combine(day, MORNING, tzinfo=clock.SHANGHAI)
