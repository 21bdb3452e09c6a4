"""The empty workbook that people fill in (导入模板): columns of the jurisdiction, lists to choose from, and what each column means."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from adapters import engine
from adapters.database import Db, people
from adapters.sheets import Cell, Sheet
from domain.duties import SYSTEM_ADMIN
from domain.procedures import Element
from tasks import versions
from tasks.accounts import must_hold
from tasks.importing import later
from tasks.importing.asking import QUESTIONS, told
from tasks.importing.columns import (
    CODE,
    CONTENT,
    DONE,
    FIELD,
    FLAG,
    NAME,
    NOTES,
    NUMBER,
    OUTCOME,
    PAST,
    PAST_HEAD,
    PROJECTS,
    REGISTERED,
    REQUIRED,
    SINCE,
    STEP,
    STEPS,
    UNIT,
    UNITS,
    Layout,
    Schema,
)
from tasks.importing.rows import MOST_PROJECTS
from tasks.stations import Station

STEP_HEAD = (STEPS, "流程", "项目能否停在这里", "办理岗位", "依据", "期限起算所需", "后续环节要用到", "可填的字段")
_ASKED = re.compile(r"\b(answer|done_on|decision|project|amount|flag)\(\s*[\"']([\w/]+)[\"'](?:\s*,\s*[\"'](\w+)[\"'])?")
_MEANT: Mapping[str, str] = {
    NUMBER: "原台账中的编号，不能重复；同一编号只导入一次，重复导入同一文件不会生成重复的项目",
    NAME: "2 至 100 个字",
    UNIT: "与“单位和专家”中登记的名称完全一致，可从下拉列表选择",
    STEP: f"项目现在停在哪一步，从下拉列表选择；各环节见“{STEPS}”表",
    SINCE: "到达当前环节的日期，用于计算本环节的办理期限；不填按导入当日计算",
    REGISTERED: "项目最初登记的日期；不填为导入当日",
    CODE: "投资项目在线审批监管平台的项目代码，没有可不填",
}
_MEANT_PAST: Mapping[str, str] = {
    NUMBER: f"“{PROJECTS}”表中的编号",
    STEPS: f"已经办完的环节，写法同“{STEPS}”表；项目标记（如入库有效期）写“{FLAG}”",
    DONE: "办结的日期；同一环节有几行的，写一次即可",
    OUTCOME: "该环节的结论，如通过、同意",
    FIELD: f"需要一并导入的字段名称，见“{STEPS}”表最后一列；每个字段一行",
    CONTENT: "该字段的内容",
}


def workbook(db: Db, code: str, *, by: str, now: datetime) -> list[Sheet]:
    """The sheets of the template. Raises NotAssigned, NotFound."""
    must_hold(db, by, SYSTEM_ADMIN, now)
    version, ruleset = versions.current(db, code)
    layout = Layout(ruleset)
    specs = {one.procedure.id: versions.spec(version.id, ruleset, one.procedure.id) for one in layout.stations}
    units: list[list[Cell]] = [[one.name, one.kind] for one in people.units(db, code)]
    starred = tuple(f"{name}*" if name in REQUIRED else name for name in layout.head)
    stations = [one for one in layout.stations if one.open] + [one for one in layout.stations if not one.open]
    standing = sum(one.open for one in stations)
    steps = [_step(layout, one, specs[one.procedure.id]) for one in stations]
    return [
        Sheet(PROJECTS, starred, [], {layout.head.index(UNIT): UNITS, layout.head.index(STEP): STEPS}, {STEPS: standing}),
        Sheet(PAST, tuple(f"{name}*" if name in (NUMBER, STEPS) else name for name in PAST_HEAD), []),
        Sheet(STEPS, STEP_HEAD, steps),
        Sheet(UNITS, ("单位", "类型"), units),
        Sheet(NOTES, ("工作表", "列", "说明"), list(_notes(layout))),
    ]


def _step(layout: Layout, one: Station, spec: engine.Spec) -> list[Cell]:
    office = layout.ruleset.offices.get(one.element.lane or "")
    properties: Mapping[str, Schema] = (layout.form_of(one.element) or {}).get("properties", {})
    typed = [
        str(field.get("title", name))
        for name, field in properties.items()
        if name not in ("outcome", "opinion") and not field.get("x-private") and (field.get("items") or {}).get("type") != "object"
    ]
    return [
        one.label,
        one.procedure.title or one.procedure.name,
        "能" if one.open else "不能，由系统判断",
        office.name if office is not None else None,
        layout.ruleset.catalogue.cite(one.element.clauses) or None,
        "；".join(_wanted(layout, one)) or None,
        "；".join(each.words for each in later.of(layout, spec, one)) or None if one.open else None,
        "、".join(typed) or None,
    ]


def _wanted(layout: Layout, station: Station) -> Iterator[str]:
    """What the deadlines of a step, and of the parts around it, are counted from."""
    here = layout.ruleset.procedures[station.calls[-1].called or ""] if station.calls else station.procedure
    outer = [station.procedure, *(layout.ruleset.procedures[one.called or ""] for one in station.calls[:-1])]
    hosts: list[tuple[Mapping[str, Element], Element]] = [
        *((process.elements, call) for process, call in zip(outer, station.calls, strict=False)),
        (here.elements, station.element),
    ]
    said: dict[str, None] = {}
    for elements, host in hosts:
        timers = [one for one in elements.values() if one.attached_to == host.id and one.timer and not one.reminder]
        for timer in timers:
            for name, first, second in _ASKED.findall(timer.timer or ""):
                if name in QUESTIONS:
                    args: tuple[Any, ...] = (first, second) if second else (first,)
                    said.setdefault(told((name, args), layout, station.procedure.id, station.scope))
    yield from said


def _notes(layout: Layout) -> Iterator[list[Cell]]:
    for name in layout.head:
        yield [PROJECTS, name, ("必填。" if name in REQUIRED else "") + _meaning(layout, name)]
    for name in PAST_HEAD:
        yield [PAST, name, ("必填。" if name in (NUMBER, STEPS) else "") + _MEANT_PAST[name]]
    yield ["", "", f"一次最多 {MOST_PROJECTS} 个项目；不要合并单元格，不要使用公式；用不到的列可以删去，列的顺序可以改变。"]
    yield ["", "", "有任何一处错误时，全部项目都不导入；改正后重新导入即可。"]


def _meaning(layout: Layout, name: str) -> str:
    if name in _MEANT:
        return _MEANT[name]
    field = layout.schema["properties"][name]
    listed = field.get("enum") or layout.ruleset.choices.get(str(field.get("x-choices", "")), ())
    if listed:
        return f"可填：{'、'.join(str(one) for one in listed)}"
    if field.get("format") == "date":
        return "日期，如 2026-03-01"
    if name in layout.amounts:
        return "金额，单位万元，填数字"
    kinds = {"number": "数字", "integer": "整数", "array": "几项之间用顿号分开"}
    return kinds.get(str(field.get("type")), "文字")
