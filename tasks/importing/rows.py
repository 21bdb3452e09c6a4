"""Reading a ledger (读取台账): every row of the workbook as values, or what is wrong with its cells."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from adapters import sheets
from adapters.database.tables import UnitRow
from adapters.sheets import Grid, Value, letters
from domain.errors import BadUpload, InvalidAnswers
from tasks import stations
from tasks.importing.columns import (
    CODE,
    CONTENT,
    DONE,
    FIELD,
    FLAG,
    NAME,
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
    Layout,
    Schema,
    checked,
)
from tasks.importing.faults import Faults
from tasks.stations import Station

MOST_PROJECTS = 500  #: so that nobody who writes meanwhile waits for too long
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SEVERAL = re.compile(r"[、；;\n]+")
_MERGED = "合并了单元格，请取消合并，在每一格中分别填写"


@dataclass
class Past:
    """A step that is done. `at`: where it is told."""

    station: Station
    at: str
    day: date | None = None
    outcome: str | None = None
    answers: dict[str, Any] = field(default_factory=dict)


@dataclass
class Line:
    """One running project."""

    row: int
    number: str
    refs: Mapping[str, str]  #: column → cell
    name: str = ""
    unit: UnitRow | None = None
    station: Station | None = None
    since: date | None = None
    registered: date | None = None
    code: str | None = None
    values: dict[str, Any] = field(default_factory=dict)  #: title → value
    past: dict[str, Past] = field(default_factory=dict)  #: path of the step → what is known of it
    flags: dict[str, Any] = field(default_factory=dict)


def read(content: bytes, layout: Layout, units: Sequence[UnitRow], today: date, faults: Faults) -> list[Line]:
    """The projects of a workbook. Raises BadUpload for what is no ledger at all; everything else is noted at its cell."""
    book = sheets.read(content, (PROJECTS, PAST))
    if PROJECTS not in book.grids:
        there = "、".join(f"“{one}”" for one in book.names[:10]) or "没有工作表"
        raise BadUpload(f"文件中没有名为“{PROJECTS}”的工作表，只有{there}。", todo="请下载模板，按模板填写后导入。")
    reader = _Reader(layout, {one.name: one for one in units}, today, faults)
    lines = reader.projects(book.grids[PROJECTS])
    if PAST in book.grids:
        reader.past(book.grids[PAST], lines)
    return lines


def plain(prop: Schema, value: Value) -> Any:
    """A cell as a form takes it: days in ISO, several texts as a list, figures that stand for a text as text."""
    if prop.get("type") == "array":
        return [one.strip() for one in _SEVERAL.split(str(value)) if one.strip()]
    if prop.get("type") == "boolean":
        return value
    if isinstance(value, bool):
        return "是" if value else "否"
    if prop.get("type") in ("number", "integer"):
        return value.removesuffix("万元").strip() if isinstance(value, str) else value
    if prop.get("format") == "date":
        return day.isoformat() if (day := as_day(value)) is not None else text(value)
    return text(value)


def text(value: Value) -> str:
    """A cell as people read it."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else "是" if value is True else "否" if value is False else value or ""


def as_day(value: Value) -> date | None:
    """A cell as a day: a date, or a text such as 2026-3-1, 2026/3/1, 2026年3月1日, 20260301."""
    if isinstance(value, date):
        return value
    found = None
    if isinstance(value, str):
        plain_ = unicodedata.normalize("NFKC", value).strip()
        found = _DAY.fullmatch(plain_) or _PACKED.fullmatch(plain_)
    try:
        return date(*(int(one) for one in found.groups())) if found else None
    except ValueError:
        return None


@dataclass
class _Reader:
    layout: Layout
    units: Mapping[str, UnitRow]
    today: date
    faults: Faults
    found: dict[tuple[str, str | None], list[Station]] = field(default_factory=dict)

    def projects(self, grid: Grid) -> list[Line]:
        head = self._head(grid, self.layout.head, REQUIRED)
        if head is None:
            return []
        rows = {number: cells for number, cells in grid.rows.items() if number > 1}
        if len(rows) > MOST_PROJECTS:
            raise BadUpload(f"一次最多导入 {MOST_PROJECTS} 个项目，文件中有 {len(rows)} 行。", todo="请分成几个文件，逐个导入。")
        if not rows:
            self.faults.add(PROJECTS, "A2", "没有要导入的项目")
        lines: dict[str, Line] = {}
        names: dict[tuple[str, str], str] = {}
        for row in rows:
            line = self._project(_Row(self, grid, row, head))
            if line.number in lines:
                self.faults.add(PROJECTS, line.refs[NUMBER], f"编号 {line.number} 与 {lines[line.number].refs[NUMBER]} 重复")
            key = (line.unit.id if line.unit else "", line.name)
            if all(key) and key in names:
                self.faults.add(PROJECTS, line.refs[NAME], f"与 {names[key]} 是同一单位的同名项目")
            names.setdefault(key, line.refs[NAME])
            lines.setdefault(line.number, line)
        return list(lines.values())

    def _project(self, row: _Row) -> Line:
        line = Line(row.number, row.words(NUMBER, 60), row.refs)
        line.name, line.code = row.words(NAME, 100), row.words(CODE, 60) or None
        for required in REQUIRED:
            row.required(required)
        if said := row.words(UNIT):
            line.unit = self._unit(row, said)
        if said := row.words(STEP):
            line.station = self._station(row, STEP, said)
            if line.station is not None and not line.station.open:
                row.fault(STEP, f"“{line.station.label}”由系统自动判断，项目不会停在这里，请填写前后有人办理的环节")
        line.since, line.registered = row.day(SINCE), row.day(REGISTERED)
        if line.since and line.registered and line.registered > line.since:
            row.fault(REGISTERED, f"登记日期晚于本环节开始日期 {line.since}")
        given = {title: row.value(title) for title in self.layout.schema["properties"]}
        line.values = self._checked(self.layout.schema, given, row, {title: title for title in given})
        return line

    def past(self, grid: Grid, lines: Sequence[Line]) -> None:
        """What is known of steps that are done, added to their projects."""
        head = self._head(grid, PAST_HEAD, (NUMBER, STEPS))
        known = {one.number: one for one in lines}
        rows = [number for number in grid.rows if number > 1] if head is not None else []
        for number in rows:
            row = _Row(self, grid, number, head or {})
            line = known.get(row.words(NUMBER))
            if line is None:
                row.required(NUMBER)
                row.fault(NUMBER, f"“{PROJECTS}”表中没有编号 {row.words(NUMBER)}")
            elif row.words(STEPS) == FLAG:
                self._flag(row, line)
            else:
                row.required(STEPS)
                if (station := self._station(row, STEPS, row.words(STEPS), line)) is not None:
                    self._done(row, line, station)
        for line in lines:
            for one in line.past.values():
                if one.day is None:
                    self.faults.add(PAST, one.at, f"没有填写“{one.station.label}”的办结日期")
                elif one.outcome is None and one.station.element.kind not in stations.STEPS:
                    self.faults.add(PAST, one.at, f"没有填写“{one.station.label}”的结论")

    def _flag(self, row: _Row, line: Line) -> None:
        for name in (FIELD, CONTENT):
            row.required(name)
        value = row.value(CONTENT)
        line.flags[row.words(FIELD, 60)] = day.isoformat() if (day := as_day(value)) is not None else text(value)

    def _done(self, row: _Row, line: Line, station: Station) -> None:
        done = line.past.setdefault(station.path, Past(station, row.refs[STEPS]))
        day = row.day(DONE)
        if day is not None:
            if day > (line.since or self.today):
                row.fault(DONE, f"办结日期晚于该项目的本环节开始日期 {line.since}")
            if done.day not in (None, day):
                row.fault(DONE, f"与同一环节前面填写的 {done.day} 不一致")
            done.day = day
        if said := row.words(OUTCOME, 60):
            found = self.layout.field_of(station.element, "outcome")
            if found is not None:
                said = str(
                    self._checked(self.layout.alone(station.element, found[0]), {"outcome": said}, row, {"outcome": OUTCOME}).get(
                        "outcome", said
                    )
                )
            done.outcome = said
        if row.words(FIELD):
            self._answer(row, done)
        elif row.words(CONTENT):
            row.fault(FIELD, "填写了内容，没有写明字段")

    def _answer(self, row: _Row, done: Past) -> None:
        said = row.words(FIELD)
        found = self.layout.field_of(done.station.element, said)
        if found is None:
            properties: Mapping[str, Schema] = (self.layout.form_of(done.station.element) or {}).get("properties", {})
            offered = "、".join(str(one.get("title", name)) for name, one in properties.items())
            row.fault(FIELD, f"“{done.station.label}”没有名为“{said}”的字段" + (f"，可填：{offered[:200]}" if offered else ""))
            return
        name, prop = found
        row.required(CONTENT)
        if prop.get("x-private"):
            row.fault(FIELD, f"“{said}”是不公开的内容，不能导入")
        elif (prop.get("items") or {}).get("type") == "object":
            row.fault(FIELD, f"“{said}”是一张表，不能导入")
        elif name in done.answers:
            row.fault(FIELD, f"“{said}”填写了两次")
        elif row.value(CONTENT) is not None:
            done.answers |= self._checked(self.layout.alone(done.station.element, name), {name: row.value(CONTENT)}, row, {name: CONTENT})

    # --- cells --------------------------------------------------------------------------------------------------------------------------

    def _head(self, grid: Grid, known: Sequence[str], required: Sequence[str]) -> dict[str, int] | None:
        """Column name → number, or None when the sheet cannot be read by its head."""
        before = len(self.faults.found)
        for ref in grid.merged[:20]:
            self.faults.add(grid.name, ref, _MERGED)
        head: dict[str, int] = {}
        for at, cell in grid.rows.get(1, {}).items():
            name = re.sub(r"[\s*＊]", "", text(cell.value))
            if name not in known:
                self.faults.add(grid.name, cell.ref, cell.fault or f"“{name[:30]}”不是可以导入的列，请删去，或改用模板中的列名")
            elif name in head:
                self.faults.add(grid.name, cell.ref, f"“{name}”列出现了两次")
            else:
                head[name] = at
        for name in required:
            if name not in head:
                self.faults.add(grid.name, "1:1", f"第一行缺少“{name}”列，请使用模板")
                break
        for cells in grid.rows.values():
            for at, cell in cells.items():
                if at not in grid.rows.get(1, {}):
                    self.faults.add(grid.name, cell.ref, "这一列没有列名，请删去内容或在第一行写上列名")
        return head if len(self.faults.found) == before else None

    def _unit(self, row: _Row, said: str) -> UnitRow | None:
        found = self.units.get(said)
        if found is None:
            row.fault(UNIT, f"没有登记名为“{said[:40]}”的单位{_near(said, self.units)}，请核对名称，或先在“单位和专家”中登记")
        elif not found.active:
            row.fault(UNIT, f"单位“{said}”已停用")
        return found

    def _station(self, row: _Row, column: str, said: str, line: Line | None = None) -> Station | None:
        """The one step that is meant; of a done step, within the procedure of the project."""
        within = line.station.procedure.id if line is not None and line.station is not None else None
        of = [one for one in self.layout.stations if within in (None, one.procedure.id)]
        if (said, within) not in self.found:
            self.found[said, within] = stations.find(of, said) if said else []
        found = self.found[said, within]
        if len(found) > 1:
            row.fault(column, f"有 {len(found)} 个环节叫“{said}”，请写明是哪一个：{'、'.join(one.label for one in found)}")
        elif not found and said:
            row.fault(column, f"没有名为“{said[:40]}”的环节{_near(said, [one.label for one in of])}，可填的环节见模板的“{STEPS}”表")
        return found[0] if len(found) == 1 else None

    def _checked(self, schema: Schema, given: Mapping[str, Value], row: _Row, columns: Mapping[str, str]) -> dict[str, Any]:
        """Values as forms keep them; what does not fit is noted at the cell of its column and left out."""
        ready = {name: plain(schema["properties"][name], value) for name, value in given.items() if value not in (None, "")}
        try:
            return checked(schema, ready, self.layout.ruleset)
        except InvalidAnswers as refusal:
            for path, words in refusal.fields.items():
                row.fault(columns[path.partition(".")[0]], words.rstrip("。"))
            return {}


@dataclass
class _Row:
    """One row of a sheet by the names of its columns."""

    reader: _Reader
    grid: Grid
    number: int
    head: Mapping[str, int]

    @property
    def refs(self) -> dict[str, str]:
        return {name: f"{letters(at)}{self.number}" for name, at in self.head.items()}

    def fault(self, column: str, words: str) -> None:
        self.reader.faults.add(self.grid.name, self.refs.get(column, f"{self.number}:{self.number}"), words)

    def value(self, column: str) -> Value:
        cell = self.grid.rows[self.number].get(self.head.get(column, 0))
        if cell is not None and cell.fault:
            self.fault(column, cell.fault)
            return None
        return cell.value if cell is not None else None

    def words(self, column: str, most: int = 200) -> str:
        said = " ".join(text(self.value(column)).split())
        if len(said) > most:
            self.fault(column, f"最多 {most} 个字，现有 {len(said)} 个字")
        return said[:most]

    def required(self, column: str) -> None:
        if not self.words(column):
            self.fault(column, f"没有填写{column}")

    def day(self, column: str) -> date | None:
        value = self.value(column)
        found = as_day(value)
        if value not in (None, "") and found is None:
            self.fault(column, f"“{text(value)[:20]}”不是日期，请写成 2026-03-01")
        elif found is not None and found > self.reader.today:
            self.fault(column, f"{found} 还没有到")
        elif found is not None and found.year < 2000:
            self.fault(column, f"{found} 过早，请核对年份")
        return found


def _near(said: str, known: Sequence[str] | Mapping[str, Any]) -> str:
    found = get_close_matches(said, list(known), 1, 0.6)
    return f"（是否为“{found[0]}”）" if found else ""
