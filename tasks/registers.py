"""Registers that administrators keep (单位、专家库、参数): who may own projects, who may review, and the figures the text leaves open.

The system administrator keeps them; every change is in the audit. Nothing is deleted: what is no longer used is taken out of use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from adapters.database import Database, Db, audit, ids, people, rules
from adapters.database.tables import Expert, UnitRow
from domain.duties import SYSTEM_ADMIN
from domain.errors import InvalidAnswers, NotFound, Refusal
from domain.rulesets import Round, Setting
from tasks import governing, versions
from tasks.accounts import must_hold
from tasks.facts import SHANGHAI

UNIT_KINDS = "unit_kind"


@dataclass(frozen=True, slots=True)
class Figure:
    """A setting with its value and the article that leaves it open."""

    setting: Setting
    value: Any
    article: str
    given: bool  #: an administrator has set it


@dataclass(frozen=True, slots=True)
class Register:
    """Everything kept for one place."""

    code: str
    name: str
    unit_kinds: tuple[str, ...]
    units: tuple[UnitRow, ...]
    experts: tuple[Expert, ...]
    figures: tuple[Figure, ...]
    rounds: tuple[tuple[Round, str], ...]  #: those that open a procedure, with the articles they rest on


def places(db: Db) -> list[tuple[str, str]]:
    """(code, name) of every place with published rules."""
    return [(code, versions.current(db, code)[1].name) for code in rules.jurisdictions(db)]


def register(db: Db, code: str) -> Register:
    """The registers of a place. Raises NotFound."""
    _, ruleset = versions.current(db, code)
    given = rules.settings(db, code)
    return Register(
        code=code,
        name=ruleset.name,
        unit_kinds=ruleset.choices.get(UNIT_KINDS, ()),
        units=tuple(people.units(db, code, all=True)),
        experts=tuple(people.experts(db, code)),
        figures=tuple(
            Figure(one, given.get(one.id, one.value), ruleset.catalogue.cite([one.clause]) if one.clause else "", one.id in given)
            for one in ruleset.settings.values()
        ),
        rounds=tuple((one, ruleset.catalogue.cite(one.clauses)) for one in ruleset.rounds.values() if one.procedure),
    )


def keep_unit(db: Db, code: str, unit: str | None, given: Mapping[str, str], *, by: str, now: datetime) -> str:
    """Add a unit, or change one. Raises NotAssigned, NotFound, InvalidAnswers; answers its id."""
    must_hold(db, by, SYSTEM_ADMIN, now)
    _, ruleset = versions.current(db, code)
    name, kind = " ".join(given.get("name", "").split()), given.get("kind", "")
    errors = {}
    if not 2 <= len(name) <= 60:
        errors["name"] = "请填写单位名称，2 至 60 个字。"
    elif any(one.name == name and one.id != unit for one in people.units(db, code, all=True)):
        errors["name"] = f"已有名为“{name}”的单位。"
    if kind not in ruleset.choices.get(UNIT_KINDS, ()):
        errors["kind"] = "请选择单位类型。"
    _refuse("单位没有保存。", errors)
    known = people.unit(db, unit) if unit else None
    if unit and (known is None or known.jurisdiction != code):
        raise NotFound("没有这个单位。", todo="请刷新列表。")
    row = UnitRow(id=unit or ids.new(), jurisdiction=code, name=name, kind=kind, active=given.get("active", "1") == "1")
    people.add_unit(db, row)
    audit.append(db, at=now, actor=by, act="unit-kept", target=row.id, body={"name": name, "kind": kind, "active": row.active})
    return row.id


def add_expert(db: Db, code: str, given: Mapping[str, str], *, by: str, now: datetime) -> str:
    """Add an expert; `login` joins them to the account they review with. Raises as `keep_unit`."""
    must_hold(db, by, SYSTEM_ADMIN, now)
    texts = {name: " ".join(given.get(name, "").split())[:100] for name in ("name", "employer", "field", "pool", "login")}
    errors = {name: line for name, line in _MISSING.items() if not texts[name]}
    person = people.by_login(db, texts["login"].lower()) if texts["login"] else None
    if texts["login"] and (person is None or person.jurisdiction != code):
        errors["login"] = "本地区没有这个账号，请先建立账号。"
    elif person is not None and person.id in people.experts_by_ids(db, [person.id]):
        errors["login"] = "这个账号已经是专家库中的专家。"
    until = None
    try:
        until = date.fromisoformat(given["until"]) if given.get("until") else None
    except ValueError:
        errors["until"] = "请填写日期，如 2026-12-31。"
    if until is not None and until < now.astimezone(SHANGHAI).date():
        errors["until"] = "有效期最后一日不能早于今天。"
    _refuse("专家没有保存。", errors)
    row = Expert(
        id=person.id if person else ids.new(),
        jurisdiction=code,
        person=person.id if person else None,
        name=texts["name"],
        employer=texts["employer"],
        field=texts["field"],
        pool=texts["pool"],
        since=now.astimezone(SHANGHAI).date(),
        until=until,
    )
    people.add_expert(db, row)
    audit.append(db, at=now, actor=by, act="expert-kept", target=row.id, body={"pool": row.pool, "active": row.active})
    return row.id


def set_expert_active(db: Db, code: str, expert: str, active: bool, *, by: str, now: datetime) -> None:
    """Take an expert out of use, or bring them back. Raises NotAssigned, NotFound."""
    must_hold(db, by, SYSTEM_ADMIN, now)
    known = people.experts_by_ids(db, [expert]).get(expert)
    if known is None or known.jurisdiction != code:
        raise NotFound("没有这位专家。", todo="请刷新列表。")
    people.add_expert(db, known.model_copy(update={"active": active}))
    audit.append(db, at=now, actor=by, act="expert-kept", target=expert, body={"pool": known.pool, "active": active})


_MISSING = {
    "name": "请填写姓名。",
    "employer": "请填写工作单位，抽选时用于回避。",
    "field": "请填写专业领域。",
    "pool": "请填写所属专家库。",
}


def set_figure(db: Db, code: str, name: str, typed: str, *, by: str, now: datetime) -> None:
    """Set a figure that the text leaves open; what was set before stays on record. Raises NotAssigned, NotFound, InvalidAnswers."""
    must_hold(db, by, SYSTEM_ADMIN, now)
    try:
        governing.set_figure(db, code, name, typed.strip(), by=by, now=now)
    except NotFound:
        raise
    except Refusal as refusal:
        raise InvalidAnswers("参数没有保存。", {name: refusal.what}, todo=refusal.todo, clause=refusal.clause) from refusal


def open_round(database: Database, code: str, name: str, typed: str, *, by: str, now: datetime) -> int:
    """Open a round by hand for a day; answers how many cases, 0 when it was opened before.

    Raises NotAssigned, NotFound, Refusal; InvalidAnswers for a day that is none or has not come yet.
    """
    with database.reading() as db:
        must_hold(db, by, SYSTEM_ADMIN, now)
        versions.current(db, code)
    today = now.astimezone(SHANGHAI).date()
    try:
        day = date.fromisoformat(typed)
    except ValueError as error:
        raise InvalidAnswers("批次没有开办。", {name: "请填写日期，如 2026-01-01。"}, todo="请改正后再提交。") from error
    if day > today:
        raise InvalidAnswers("批次没有开办。", {name: "不能提前开办以后日期的批次。"}, todo="请填写今天或以前的日期。")
    count = governing.open_round(database, code, name, day, now=now)
    with database.transaction() as db:
        audit.append(db, at=now, actor=by, act="round-opened", target=f"{code}.{name}", body={"day": day.isoformat(), "cases": count})
    return count


def _refuse(what: str, errors: Mapping[str, str]) -> None:
    if errors:
        raise InvalidAnswers(what, errors, todo="请改正后再提交。")
