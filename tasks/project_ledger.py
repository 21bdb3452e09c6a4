"""The project register as a workbook (项目台账导出): the register, the batches with their results, the annexes and the plan tables.

Which form is which annex, and its columns, is data (`x-export` of a form). A plan table is any form with a row for each project. What
forms keep private, and what experts wrote, is in none of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters import forms
from adapters.database import Db, cases, exporting, people, sight
from adapters.database.tables import Case, Project, Submission
from adapters.forms.exports import plain
from adapters.sheets import Cell, Sheet
from domain.errors import NotAssigned
from domain.money import to_wan
from domain.offices import Official
from domain.rulesets import Ruleset
from tasks import boards, reading, versions
from tasks import sight as views
from tasks.boards import Board
from tasks.facts import SHANGHAI

HEAD = ("项目编号", "项目代码", "项目名称", "建设单位", "登记日期", "阶段", "状态", "当前环节", "办理期限", "入库编号", "规则版本")
PLAN_HEAD = ("批次", "填报日期", "项目编号", "项目名称", "建设单位")
BATCH_HEAD = ("批次", "开办日期", "排序", "项目编号", "项目名称", "建设单位", "金额（万元）", "涉及单位")
MOST = 50_000
AT_ONCE = 500

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Register:
    """What the sheets are made from. `official` is None for operators at the machine."""

    db: Db
    ruleset: Ruleset
    official: Official | None
    projects: Mapping[str, Project]
    units: Mapping[str, str]

    def unit(self, project: str | None) -> str | None:
        """The name of the unit of a project."""
        found = self.projects.get(project or "")
        return self.units.get(found.unit, found.unit) if found else None

    def name(self, project: str | None) -> str | None:
        """The name of a project."""
        found = self.projects.get(project or "")
        return found.name if found else None


def workbook(db: Db, jurisdiction: str, official: Official | None = None) -> list[Sheet]:
    """All sheets, the register first; an official must be one who reads every project. Raises NotAssigned."""
    _, ruleset = versions.current(db, jurisdiction)
    if official is not None and not views.of(ruleset, official).everything:
        raise NotAssigned("项目台账由可以查阅全部项目的岗位导出，您没有该岗位。", todo="请在“项目”中逐个查看您可以查阅的项目。")
    everything = sight.projects(db, sight.Sight(jurisdiction, "", everything=True), limit=MOST)
    units = {one.id: one.name for one in people.units(db, jurisdiction, all=True)}
    return sheets(Register(db, ruleset, official, {one.id: one for one in reversed(everything)}, units))


def sheets(register: Register) -> list[Sheet]:
    """The register, then the batches, then annexes, then plan tables."""
    return [_ledger(register), *_batches(register), *_annexes(register), *_plans(register)]


def _ledger(register: Register) -> Sheet:
    """One row for each project, oldest first; columns of facts and amounts that no project has are left out."""
    db, code = register.db, register.ruleset.code
    amounts, entries, used = exporting.amounts(db, code), exporting.entries(db, code), exporting.versions(db, code)
    facts, kinds = _facts(register), _amount_titles(register.ruleset)
    kinds = {kind: title for kind, title in kinds.items() if any(kind in one for one in amounts.values())}
    ids = list(register.projects)
    urgent = {key: one for at in range(0, len(ids), AT_ONCE) for key, one in sight.next_due(db, ids[at : at + AT_ONCE]).items()}
    rows: list[list[Cell]] = []
    for project in register.projects.values():
        item = urgent.get(project.id)
        row: list[Cell] = [project.id, project.code, project.name, register.unit(project.id)]
        row += [project.created_at.astimezone(SHANGHAI).date(), project.stage or None, project.status]
        row += [item.title if item else None, item.due if item else None]
        row += ["、".join(one.number for one in entries.get(project.id, ())) or None, used.get(project.id, "")[:12] or None]
        own = amounts.get(project.id, {})
        row += [to_wan(own[kind]) if kind in own else None for kind in kinds]
        row += [plain(field, project.facts.get(name)) for name, field in facts.items()]
        rows.append(row)
    return Sheet("项目台账", (*HEAD, *kinds.values(), *(_title(field, name) for name, field in facts.items())), rows)


def _facts(register: Register) -> dict[str, Schema]:
    """Facts that some project has, with a field that states them; none that any form keeps private, nor the name."""
    marked = [
        (str(field["x-project"]), field)
        for schema in register.ruleset.forms.values()
        for _, field in forms.fields(schema)
        if field.get("x-project")
    ]
    hidden = {name for name, field in marked if field.get("x-private") or field.get("x-widget") == "experts"} | {"name"}
    there = {name for one in register.projects.values() for name, value in one.facts.items() if value not in (None, "", [])}
    found: dict[str, Schema] = {}
    for name, field in marked:
        if name in there and name not in hidden:
            found.setdefault(name, field)
    return found


def _amount_titles(ruleset: Ruleset) -> dict[str, str]:
    titles: dict[str, str] = {}
    for schema in ruleset.forms.values():
        for name, field in forms.fields(schema):
            if field.get("x-amount") and not field.get("x-private"):
                titles.setdefault(str(field["x-amount"]), _title(field, name))
    return titles


def _title(field: Schema, name: str) -> str:
    title, unit = str(field.get("title", name)), field.get("x-unit")
    return f"{title}（{unit}）" if unit and f"（{unit}）" not in title else title


def _latest(register: Register, chosen: Sequence[str]) -> Iterator[tuple[Case, Submission]]:
    """The last submission of each step of a case that this reader may see; what experts wrote is left out."""
    experts = {one.id for one in register.ruleset.offices.values() if one.side == "expert"}
    last: dict[tuple[str | int | None, ...], Submission] = {}
    for one in exporting.submissions(register.db, register.ruleset.code, chosen):
        if one.office not in experts:
            last[(one.case, one.scope, one.step, one.idx, one.office, one.unit)] = one
    known: dict[str, tuple[Case, bool]] = {}
    for one in last.values():
        if one.case not in known:
            case = cases.get(register.db, one.case)
            official = register.official
            hidden = official is not None and case.project is None and reading.applicant_side(register.db, register.ruleset, case, official)
            known[one.case] = (case, hidden)
        case, hidden = known[one.case]
        if not hidden:
            yield case, one


def _batches(register: Register) -> Iterator[Sheet]:
    """A sheet for each kind of batch: its projects by rank, what each meeting said, and the result; oldest batch first."""
    kinds: dict[str, list[tuple[Case, Board]]] = {}
    for case in reversed(sight.batches(register.db, register.ruleset.code, limit=MOST)):
        if register.official is None or reading.may_read(register.db, case, register.official):
            found = boards.board(register.db, case, register.ruleset)
            if found is not None and found.entries:
                kinds.setdefault(case.procedure, []).append((case, found))
    for procedure, cases_ in kinds.items():
        meetings = list(dict.fromkeys(name for _, board in cases_ for name in board.meetings))
        rows: list[list[Cell]] = []
        for case, board in cases_:
            day = case.opened_at.astimezone(SHANGHAI).date()
            for one in board.entries:
                said = dict(zip(board.meetings, one.meetings, strict=True))
                row: list[Cell] = [case.title, day, one.rank, one.project, one.name, one.unit]
                row += [to_wan(one.fen) if one.fen is not None else None, "、".join(one.units) or None]
                rows.append([*row, *(said.get(name) or None for name in meetings), one.outcome or None])
        known = register.ruleset.procedures.get(procedure)
        title = (known.title or known.name) if known is not None else cases_[0][0].title
        yield Sheet(f"批次·{title}", (*BATCH_HEAD, *meetings, "结果"), rows)


def _annexes(register: Register) -> Iterator[Sheet]:
    """A sheet for each form that has a table of its own; nothing was handed in: its head alone."""
    for form, schema in register.ruleset.forms.items():
        if (found := forms.columns(schema)) is None:
            continue
        name, columns = found
        rows: list[list[Cell]] = []
        for line, (case, one) in enumerate(_latest(register, [form]), start=1):
            special: dict[str, Cell] = {
                "@line": line,
                "@project": register.name(case.project),
                "@number": case.project,
                "@unit": register.unit(case.project),
                "@day": one.at.astimezone(SHANGHAI).date(),
            }
            rows.append([forms.filled(column, schema, one.answers, special) for column in columns.values()])
        yield Sheet(name, tuple(columns), rows)


def _plans(register: Register) -> Iterator[Sheet]:
    """A sheet for each form with a row for each project, if any was handed in."""
    for form, schema in register.ruleset.forms.items():
        if schema.get("x-private"):
            continue
        for name, field in schema.get("properties", {}).items():
            columns: Schema = field.get("items", {}).get("properties", {}) if not field.get("x-private") else {}
            key = next((one for one, inner in columns.items() if inner.get("x-widget") == "project"), None)
            if key is None:
                continue
            shown = {one: inner for one, inner in columns.items() if one != key and not inner.get("x-private")}
            rows: list[list[Cell]] = []
            for case, one in _latest(register, [form]):
                day = one.at.astimezone(SHANGHAI).date()
                for line in one.answers.get(name) or ():
                    project = line.get(key)
                    start: list[Cell] = [case.title, day, project, register.name(project), register.unit(project)]
                    rows.append(start + [plain(inner, line.get(each)) for each, inner in shown.items()])
            if rows:
                yield Sheet(
                    f"{schema.get('title', form)}·{field.get('title', name)}",
                    (*PLAN_HEAD, *(_title(inner, each) for each, inner in shown.items())),
                    rows,
                )
