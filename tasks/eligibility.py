"""May this unit apply with this idea (能不能申报)? The procedure itself answers: begun and filled in as drawn, then taken back whole.

Nothing stays of it: no project, no number, no notice, no line in the audit chain. The answer carries the clause of every obstacle, until
when it stands and how to cure it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from adapters import forms
from adapters.database import Database, Db, attachments, bans, cases, ids, items, notices, people, projects, records
from adapters.database.tables import Attachment, UnitRow, WorkItem
from domain.errors import InvalidAnswers, NotFound, Refusal
from domain.offices import Official, Post
from domain.procedures import Procedure
from domain.rulesets import Ruleset
from tasks import casefile, foresight, inbox, starting, versions
from tasks import cases as case_tasks
from tasks.choices import Choice, of_form
from tasks.facts import SHANGHAI

Outcome = Literal["可以申报", "不能申报", "还不能判断"]
TRIAL = "trial"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why not, under which article, until when, and how to cure it."""

    what: str
    article: str
    until: date | None = None
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of the idea. `fields` are to be filled in or corrected; `following` is what would come next, and who does it."""

    outcome: Outcome
    obstacles: tuple[Obstacle, ...] = ()
    fields: Mapping[str, str] | None = None
    stage: str = ""
    notes: tuple[tuple[str, str], ...] = ()  #: decisions that were taken on the way, with their article
    following: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask: the procedure's first form, with the fields of later forms on which a refusal turns, and who may be asked for."""

    procedure: Procedure
    units: tuple[tuple[str, str], ...]
    schema: Mapping[str, Any]
    choices: Mapping[str, tuple[Choice, ...]]
    articles: Mapping[str, str]
    regulation: str
    later: frozenset[str] = frozenset()  #: fields of the schema that may stay open: they are asked only later


def procedures(ruleset: Ruleset) -> list[Procedure]:
    """Procedures with which a unit opens a project, the ordinary one first."""
    found = [one for one in ruleset.procedures.values() if one.kind == "main" and one.starters]
    return sorted(found, key=lambda one: one.code != "project")


def question(database: Database, jurisdiction: str, *, unit: str, procedure: str, now: datetime) -> Question:
    """The first form of a procedure for a unit. Raises NotFound."""
    with database.reading() as db:
        _, ruleset = versions.current(db, jurisdiction)
        wanted = _wanted(ruleset, procedure)
        units = tuple((one.id, one.name) for one in people.units(db, jurisdiction))
        regulation = starting.standing(db, jurisdiction, now=now)
    articles = {one.id: one.article for one in ruleset.catalogue}
    schema: Mapping[str, Any] = {}
    choices: Mapping[str, tuple[Choice, ...]] = {}
    later: frozenset[str] = frozenset()
    with trial(database) as db:
        owner = _unit(db, jurisdiction, unit)
        official = _official(ruleset, wanted, owner)
        try:
            item = _begin(db, jurisdiction, wanted, owner, official, now)
        except Refusal:
            item = None  # the answer says why
        if item is not None:
            act = case_tasks.load(db, cases.get(db, item.case), now=now, official=official, office=item.office)
            schema = act.ruleset.forms.get(item.form or "", {})
            more = foresight.asked(ruleset, wanted, schema)
            schema = {**schema, "properties": {**schema.get("properties", {}), **more}}
            choices = of_form(act, schema)
            later = frozenset(more)
    return Question(wanted, units, schema, choices, articles, regulation, later)


def ask(database: Database, jurisdiction: str, *, unit: str, procedure: str, answers: Mapping[str, Any], now: datetime) -> Answer:
    """Try the idea. Answers that only later forms ask are judged by the tables that will ask them, when the first form passes.

    Raises NotFound for an unknown unit or procedure, EngineFault when a diagram fails.
    """
    with trial(database) as db:
        _, ruleset = versions.current(db, jurisdiction)
        wanted = _wanted(ruleset, procedure)
        owner = _unit(db, jurisdiction, unit)
        official = _official(ruleset, wanted, owner)
        day = now.astimezone(SHANGHAI).date()
        barred = tuple(_bars(db, ruleset, owner.id, day))
        try:
            item = _begin(db, jurisdiction, wanted, owner, official, now)
            said: dict[str, Any] = {}
            if item is not None:
                _attach(db, item, official, now)
                more = foresight.asked(ruleset, wanted, ruleset.forms.get(item.form or "", {}))
                said = _checked(ruleset, more, {name: value for name, value in answers.items() if name in more})
                own = {name: value for name, value in answers.items() if name not in more}
                inbox.complete(db, item.id, official, own, now=now)
        except InvalidAnswers as refusal:
            return Answer("还不能判断", obstacles=barred, fields=dict(refusal.fields))
        except Refusal as refusal:
            why = Obstacle(refusal.what, ruleset.catalogue.cite([refusal.clause] if refusal.clause else []), cure=refusal.todo)
            return Answer("不能申报", (why, *(one for one in barred if one.article != why.article)))
        found = _found(db, ruleset, item, official, barred, now)
        if item is None or found.outcome != "可以申报":
            return found
        act = case_tasks.load(db, cases.get(db, item.case), now=now, official=official, office=item.office)
        against = list(foresight.against(act, wanted, said))
        if not against:
            return found
        outcome: Outcome = "还不能判断" if all(one.unsaid for one in against) else "不能申报"
        return replace(found, outcome=outcome, obstacles=(*(_against(ruleset, one) for one in against), *found.obstacles))


def _checked(ruleset: Ruleset, fields: Mapping[str, Mapping[str, Any]], given: Mapping[str, Any]) -> dict[str, Any]:
    """What was said of later forms, as their fields take it. Raises InvalidAnswers."""
    schema = {"type": "object", "properties": dict(fields), "additionalProperties": False}
    return dict(forms.check(schema, given, ruleset.choices, when=lambda condition, answers: False))


def _against(ruleset: Ruleset, one: foresight.Against) -> Obstacle:
    approver = ruleset.offices[one.clause.override.approver].name if one.clause.override else ""
    cure = f"本条是原则规定：确需申报的，由{approver}登记例外。" if approver else "请修改项目后再申报。"
    also = f"（还要看{'、'.join(f'“{label}”' for label in one.unsaid)}）" if one.unsaid else ""
    return Obstacle(one.words + also, ruleset.catalogue.cite([one.clause.id]), cure=cure)


class _TakenBack(Exception):
    """Ends a trial."""


@contextmanager
def trial(database: Database) -> Iterator[Db]:
    """A transaction of which nothing stays."""
    try:
        with database.transaction() as db:
            yield db
            raise _TakenBack
    except _TakenBack:
        return


def _found(db: Db, ruleset: Ruleset, item: WorkItem | None, official: Official, barred: tuple[Obstacle, ...], now: datetime) -> Answer:
    if item is None:
        return Answer("还不能判断", barred)
    case = cases.get(db, item.case)
    project = projects.get(db, case.project) if case.project else None
    stage = project.stage or "" if project is not None else ""
    notes = tuple(
        (casefile.said(one.note or one.outcome), ruleset.catalogue.cite(one.clauses)) for one in records.decisions(db, case.id) if one.row
    )
    if case.status in ("completed", "terminated"):
        told = tuple(
            Obstacle(one.words, ruleset.catalogue.cite([one.clause] if one.clause else []))
            for one in notices.of_case(db, case.id)
            if one.item is None and one.office is not None and one.office in ruleset.offices and ruleset.offices[one.office].of_project
        )
        reason = told or (Obstacle(f"填报后即转入“{stage}”。", ""),)
        return Answer("不能申报", (*reason, *barred), stage=stage, notes=notes)
    standing = casefile.open_steps(db, [case], ruleset, official, now=now)
    return Answer("可以申报", barred, stage=stage, notes=notes, following=tuple((one.title, one.who) for one in standing))


def _begin(db: Db, jurisdiction: str, procedure: Procedure, owner: UnitRow, official: Official, now: datetime) -> WorkItem | None:
    begun = starting.begin(db, official, jurisdiction, procedure=procedure.code, unit=owner.id, now=now)
    return items.get(db, begun.item) if begun.item else None


def _attach(db: Db, item: WorkItem, official: Official, now: datetime) -> None:
    """Stand-ins for the documents of the step: whether they are there is not the question."""
    act = case_tasks.load(db, cases.get(db, item.case), now=now, official=official, office=item.office)
    for one in act.element(inbox.where_of(act, item)).materials:
        attachments.add(
            db,
            Attachment(
                id=ids.new(), case=item.case, project=item.project, item=item.id, step=item.step, material=one.id, name="", media="",
                size=0, sm3="", stored="", at=now, by=official.id, private=False,
            ),
        )  # fmt: skip


def _bars(db: Db, ruleset: Ruleset, unit: str, day: date) -> Iterator[Obstacle]:
    for one in bans.standing(db, ruleset.code, [("unit", unit)], day):
        rule = ruleset.bans.get(one.kind)
        yield Obstacle(rule.title if rule else one.kind, ruleset.catalogue.cite([one.clause]), one.until, rule.cure if rule else "")


def _official(ruleset: Ruleset, procedure: Procedure, owner: UnitRow) -> Official:
    """Somebody of the unit who may begin the procedure and do its first steps."""
    mine = [one.id for one in ruleset.offices.values() if one.of_project]
    posts = [Post(office=one, unit=owner.id) for one in dict.fromkeys([*procedure.starters, *mine])]
    return Official(id=TRIAL, name="测算", unit=owner.name, posts=tuple(posts))


def _wanted(ruleset: Ruleset, code: str) -> Procedure:
    found = ruleset.procedure(code) if code else next(iter(procedures(ruleset)), None)
    if found is None or found.kind != "main":
        raise NotFound("没有这种申报。", todo="请从列表中选择。")
    return found


def _unit(db: Db, jurisdiction: str, unit: str) -> UnitRow:
    for one in people.units(db, jurisdiction):
        if unit in (one.id, one.name):
            return one
    names = "、".join(one.name for one in people.units(db, jurisdiction)[:20])
    raise NotFound(f"没有名为“{unit}”的单位。", todo=f"请写下列之一：{names}。" if names else "请先登记单位。")
