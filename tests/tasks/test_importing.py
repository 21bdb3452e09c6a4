"""Taking over an existing ledger: every step can be stood on, every wrong cell is told, nothing half imported, nothing twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adapters import clock, sheets
from adapters.database import Database, audit, cases, items, people, projects, records, waits
from adapters.database.tables import Project
from adapters.settings import SHIPPED
from adapters.sheets import Cell, Sheet
from deployments.cli import main
from domain.errors import BadUpload, InvalidAnswers, NotAssigned
from tasks import integrity, ticks, versions
from tasks.accounts import INSTALLER
from tasks.importing import rows, running, template
from tasks.importing.columns import FLAG, NOTES, PAST, PAST_HEAD, PROJECTS, STEPS, UNITS, Layout
from tasks.importing.running import Report
from tasks.scenarios.player import Theatre
from tasks.scenarios.stage import Outcome
from tests import workbooks
from tests.tasks.stages import Town

HEAD = ("编号", "项目名称", "建设单位", "当前环节")
PLACES = ("jiangxi", "jinjiang", "quzhou", "yeji", "zunyi")
SIGNED = ["2025-7", "签订合同", "2026/1/20", None, "签订日期", "2026年1月20日"]


def ledger(rows_: list[list[Cell]], *past: list[Cell], head: tuple[str, ...] = HEAD) -> bytes:
    return sheets.to_book([Sheet(PROJECTS, head, rows_), Sheet(PAST, PAST_HEAD, past)])


def wrong(town: Town, content: bytes, place: str = "jinjiang") -> Mapping[str, str]:
    """What stands against a ledger; nothing of it is kept."""
    with pytest.raises(InvalidAnswers) as refused, town.database.transaction() as db:
        running.carry_out(db, place, content, by=INSTALLER, now=clock.now())
    assert not registered(town.database, place)
    return refused.value.fields


def carried(database: Database, content: bytes, place: str = "jinjiang") -> Report:
    with database.transaction() as db:
        return running.carry_out(db, place, content, by=INSTALLER, now=clock.now())


def registered(database: Database, place: str = "jinjiang") -> list[Project]:
    with database.reading() as db:
        return projects.listing(db, [place], limit=1000)


def test_a_running_project_stands_where_the_ledger_says_and_goes_on(hamlet: Town) -> None:
    head = (*HEAD, "本环节开始日期", "登记日期", "项目代码", "合同金额（万元）", "项目性质", "承建单位")
    row: list[Cell] = [
        "2025-7",
        "智慧社区",
        "区教育局",
        "合同备案",
        date(2026, 2, 24),
        date(2025, 6, 3),
        "X-1",
        Decimal("320.5"),
        "建设类",
        "某公司",
    ]
    signed: list[Cell] = ["2025-7", "签订合同", date(2026, 2, 20), None, "签订日期", date(2026, 2, 20)]
    report = carried(hamlet.database, ledger([row], signed, head=head))
    (landed,) = report.landed
    # 7 个工作日自 2 月 20 日签订起算：春节假期至 2 月 23 日，28 日上班
    assert landed.lacks == ("“已办环节”表中“签订合同”的“约定的验收日期”",)
    assert (landed.step, landed.stage, landed.due, landed.late) == ("合同备案", "采购", date(2026, 3, 3), False)
    with hamlet.database.reading() as db:
        (project,) = projects.listing(db, ["jinjiang"])
        (case,) = cases.of_project(db, project.id)
        (item,) = items.open_of(db, case.id)
        assert (project.name, project.code, project.created_at.date(), project.stage) == ("智慧社区", "X-1", date(2025, 6, 3), "采购")
        assert project.facts["nature"] == "建设类"
        assert project.facts["contract_signed_on"] == "2026-02-20"
        assert projects.amounts(db, project.id)["contract"].fen == 320_500_000
        assert (item.step, item.due, case.status) == ("file_contract", date(2026, 3, 3), "open")
        (line,) = [one for one in records.history(db, case.id) if one.act == "imported"]
        assert "存量台账导入：原编号 2025-7，停在“合同备案”" in line.words
        assert {one.act for one in audit.every(db)} >= {"imported", "ledger-imported"}
    assert not list(integrity.check(hamlet.database, None, now=clock.now()))
    # it is reminded as every other, and goes on as every other
    clock.move(clock.now().replace(day=4))
    told = ticks.run(hamlet.database, now=clock.now()).lines
    assert any("合同备案" in one or "提醒" in one for one in told), told
    hamlet.attach(hamlet.item(case.id, "file_contract"))
    done = hamlet.complete(hamlet.item(case.id, "file_contract"))
    assert done.opened
    assert not list(integrity.check(hamlet.database, None, now=clock.now()))
    assert hamlet.ask(case.id, 'answer("sign_contract", "signed_on")') == "2026-02-20"


def test_the_same_file_twice_imports_nothing_twice(hamlet: Town) -> None:
    first = ledger([["1", "甲项目", "区教育局", "申报登记"]])
    assert [one.number for one in carried(hamlet.database, first).landed] == ["1"]
    again = ledger([["1", "甲项目", "区教育局", "申报登记"], ["2", "乙项目", "区教育局", "申报登记"]])
    report = carried(hamlet.database, again)
    assert ([one.number for one in report.landed], report.known) == (["2"], ("1",))
    assert len(registered(hamlet.database)) == 2
    renumbered = ledger([["3", "甲项目", "区教育局", "申报登记"]])
    with pytest.raises(InvalidAnswers) as refused:
        carried(hamlet.database, renumbered)
    assert "系统中已有“区教育局”的同名项目" in refused.value.fields[f"{PROJECTS}!B2"]


def test_a_rehearsal_keeps_nothing(hamlet: Town) -> None:
    report = running.rehearse(hamlet.database, "jinjiang", ledger([["1", "甲项目", "区教育局", "申报登记"]]), by=INSTALLER, now=clock.now())
    assert [one.step for one in report.landed] == ["申报登记"]
    assert not registered(hamlet.database)
    with hamlet.database.reading() as db:
        assert all(one.act != "ledger-imported" for one in audit.every(db))


def test_every_wrong_cell_is_told_and_nothing_is_imported(hamlet: Town) -> None:
    head = (*HEAD, "本环节开始日期", "合同金额（万元）", "项目性质", "签订日期")
    good: list[Cell] = ["1", "甲项目", "区教育局", "申报登记", None, "１,200.5 万元", "建设类", "2026/3/1"]
    found = wrong(
        hamlet,
        ledger(
            [
                good,
                ["2", "乙项目", "区教育局局", "申报登"],
                ["3", "丙项目", "区教育局", "登记项目", "明天", "很多", "大型", "2026-02-30"],
                ["4", "丁项目", "区教育局", "申报登记", date(2026, 3, 3), -5, None, 46_023],
                ["4", "甲项目", "区教育局", None],
                [None, None, None, None, date(1980, 1, 1)],
            ],
            head=head,
        ),
    )
    cells = {cell.removeprefix(f"{PROJECTS}!"): words for cell, words in found.items()}
    assert {"C3", "D3", "D4", "E4", "F4", "G4", "H4", "E5", "F5", "H5", "A6", "B6", "D6", "A7", "B7", "C7", "D7", "E7"} == set(cells)
    assert "没有登记名为“区教育局局”的单位（是否为“区教育局”？）" not in cells["C3"]
    assert "是否为“区教育局”" in cells["C3"]
    assert "是否为“申报登记”" in cells["D3"]
    assert "有 2 个环节叫“登记项目”" in cells["D4"]
    assert "不是日期" in cells["E4"]
    assert "数字" in cells["F4"]
    assert "只能选择" in cells["G4"]
    assert "请填写存在的日期" in cells["H4"]
    assert "还没有到" in cells["E5"]
    assert "不能小于" in cells["F5"]
    assert "与 A5 重复" in cells["A6"]
    assert "与 B2 是同一单位的同名项目" in cells["B6"]
    assert cells["D6"] == "没有填写当前环节"
    assert "过早" in cells["E7"]


def test_a_deadline_that_lacks_its_beginning_says_what_to_fill_in(hamlet: Town) -> None:
    row: list[Cell] = ["2025-7", "智慧社区", "区教育局", "合同备案"]
    assert wrong(hamlet, ledger([row])) == {
        f"{PROJECTS}!D2": "“合同备案”的期限从前面的日期起算，请填写“已办环节”表中“签订合同”的“签订日期”"
    }
    empty = wrong(hamlet, ledger([["1", "甲项目", "区教育局", "专家审核需求方案"]]))
    assert "不能停在“专家审核需求方案”：没有任何会签单位或人员" in empty[f"{PROJECTS}!D2"]
    automatic = next(one.label for one in Layout(versions_of(hamlet.database)).stations if not one.open)
    assert "由系统自动判断" in wrong(hamlet, ledger([["1", "甲项目", "区教育局", automatic]]))[f"{PROJECTS}!D2"]


def versions_of(database: Database, place: str = "jinjiang") -> Any:
    with database.reading() as db:
        return versions.current(db, place)[1]


def test_past_steps_are_checked_as_their_forms_are(hamlet: Town) -> None:
    row: list[Cell] = ["2025-7", "智慧社区", "区教育局", "合同备案", date(2026, 2, 24)]
    found = wrong(
        hamlet,
        ledger(
            [row],
            SIGNED,
            ["2025-7", "签订合同", date(2026, 1, 21), None, "签订日期", "2026-01-21"],
            ["2025-7", "签订合同", None, None, "没有的字段", "1"],
            ["2025-7", "签订合同", None, None, None, "落单的内容"],
            ["2025-8", "签订合同", date(2026, 1, 21)],
            ["2025-7", "资格审查不存在", date(2026, 1, 21)],
            ["2025-7", "申报登记", date(2026, 3, 1)],
            ["2025-7", "受理", "看情况", "不知道"],
            ["2025-7", FLAG, None, None, "accepted", None],
            head=(*HEAD, "本环节开始日期"),
        ),
    )
    cells = {cell.removeprefix(f"{PAST}!"): words for cell, words in found.items()}
    assert "不一致" in cells["C3"]
    assert "填写了两次" in cells["E3"]
    assert "没有名为“没有的字段”的字段，可填：" in cells["E4"]
    assert "没有写明字段" in cells["E5"]
    assert "没有编号 2025-8" in cells["A6"]
    assert "没有名为“资格审查不存在”的环节" in cells["B7"]
    assert "晚于" in cells["C8"]
    assert cells["F10"] == "没有填写内容"


def test_a_table_that_is_no_ledger_is_refused(hamlet: Town) -> None:
    with pytest.raises(BadUpload, match="没有名为“在办项目”的工作表，只有“别的”"):
        carried(hamlet.database, sheets.to_book([Sheet("别的", HEAD, [])]))
    many: list[list[Cell]] = [[str(n), f"项目{n}", "区教育局", "申报登记"] for n in range(10_000)]
    with pytest.raises(BadUpload, match=f"一次最多导入 {rows.MOST_PROJECTS} 个项目，文件中有 10000 行"):
        carried(hamlet.database, ledger(many))
    assert wrong(hamlet, ledger([])) == {f"{PROJECTS}!A2": "没有要导入的项目"}
    head = wrong(hamlet, ledger([["1", "甲", "区教育局", "申报登记", "x"]], head=("编号", "项目名称", "单位", "编号")))
    assert head == {
        f"{PROJECTS}!C1": "“单位”不是可以导入的列，请删去，或改用模板中的列名",
        f"{PROJECTS}!D1": "“编号”列出现了两次",
        f"{PROJECTS}!1:1": "第一行缺少“建设单位”列，请使用模板",
        f"{PROJECTS}!E2": "这一列没有列名，请删去内容或在第一行写上列名",
    }
    text = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in HEAD)
    formula = '<c t="inlineStr"><is><t>1</t></is></c><c><f>B9</f><v>甲项目</v></c><c t="e"><v>#N/A</v></c>'
    merged = '<mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>'
    assert list(wrong(hamlet, workbooks.raw(f"<row>{text}</row>", after=merged))) == [f"{PROJECTS}!A2:A3"]
    cells = wrong(hamlet, workbooks.raw(f"<row>{text}</row><row>{formula}</row>"))
    assert (cells[f"{PROJECTS}!B2"], cells[f"{PROJECTS}!C2"]) == ("是公式，请改为粘贴数值", "是错误值 #N/A，请改正")


def test_only_the_system_administrator_imports(hamlet: Town) -> None:
    with hamlet.database.reading() as db:
        owner = people.listing(db, "jinjiang")[0].id
    with pytest.raises(NotAssigned), hamlet.database.transaction() as db:
        running.carry_out(db, "jinjiang", ledger([]), by=owner, now=clock.now())
    with pytest.raises(NotAssigned), hamlet.database.reading() as db:
        template.workbook(db, "jinjiang", by=owner, now=clock.now())


def dates(fields: Mapping[str, Any]) -> list[str]:
    return [title for title, field in fields.items() if field.get("format") == "date"]


def stand_everywhere(layout: Layout, unit: str) -> dict[str, tuple[list[Cell], list[list[Cell]]]]:
    """Path of a step → a project on it, and every date of every step of its procedure."""
    stations, day = [one for one in layout.stations if one.open], date(2026, 1, 15)
    found = {}
    for number, one in enumerate(stations):
        row: list[Cell] = [
            f"{number}",
            f"项目{number}",
            unit,
            one.label,
            date(2026, 2, 27),
            *[day] * len(dates(layout.schema["properties"])),
        ]
        past: list[list[Cell]] = [
            [f"{number}", other.label, day, None, name, day]
            for other in stations
            if other.procedure.id == one.procedure.id
            for name in dates((layout.form_of(other.element) or {}).get("properties", {}))
        ]
        found[one.path] = (row, past)
    return found


def refusals(database: Database, place: str, content: bytes) -> dict[str, str]:
    try:
        running.rehearse(database, place, content, by=INSTALLER, now=clock.now())
    except InvalidAnswers as refusal:
        return refusal.fields
    return {}


@pytest.mark.parametrize("place", PLACES)
def test_every_step_of_every_shipped_procedure_can_be_stood_on(memory: Database, tmp_path: Path, place: str) -> None:
    """One project on each; those in or beside a countersign that rests on a draw of experts say so."""
    Theatre.of(SHIPPED, place, tmp_path).stage(memory, Outcome("ledger"), reload=False, say=None)
    layout = Layout(versions_of(memory, place))
    with memory.reading() as db:
        given = stand_everywhere(layout, people.units(db, place)[0].name)
    head = (*HEAD, "本环节开始日期", *dates(layout.schema["properties"]))

    def of(paths: Collection[str]) -> bytes:
        return ledger([given[path][0] for path in paths], *[one for path in paths for one in given[path][1]], head=head)

    against = refusals(memory, place, of(given))
    assert all("没有任何会签单位或人员" in words for words in against.values()), against
    left = [path for number, path in enumerate(given, 2) if f"{PROJECTS}!D{number}" not in against]
    assert len(left) == len(given) - len(against) > 0.75 * len(given)
    assert len(carried(memory, of(left), place).landed) == len(left)
    with memory.reading() as db:
        for path in left:
            case = cases.by_round(db, f"import:{place}:{given[path][0][0]}")
            assert case is not None
            there = {f"{one.scope}/{one.step}".lstrip("/") for one in (*items.open_of(db, case.id), *waits.open_of(db, case.id))}
            assert path in there
    assert not list(integrity.check(memory, None, now=clock.now()))


def test_the_template_is_filled_in_and_comes_back(hamlet: Town, tmp_path: Path) -> None:
    with hamlet.database.reading() as db:
        book = template.workbook(db, "jinjiang", by=INSTALLER, now=clock.now())
    content = workbooks.read(sheets.to_book(book))
    assert list(content) == [PROJECTS, PAST, STEPS, UNITS, NOTES]
    assert content[PROJECTS][0][:4] == ["编号*", "项目名称*", "建设单位*", "当前环节*"]
    assert [one[0] for one in content[UNITS] if one[0] == "区教育局"] == ["区教育局"]
    filing = next(one for one in content[STEPS] if one[0] == "合同备案")
    assert filing[2] == "能"
    assert "“签订合同”的“签订日期”" in str(filing[5])
    assert "“签订合同”的“约定的验收日期”" in str(filing[6])
    assert any(one[1] == "项目性质" and "可填：" in str(one[2]) for one in content[NOTES])
    filled = [Sheet(one.name, one.head, [["1", "甲项目", "区教育局", "申报登记"]] if one.name == PROJECTS else one.rows) for one in book]
    assert len(carried(hamlet.database, sheets.to_book(filled)).landed) == 1


def test_the_command_gives_the_template_checks_and_imports(
    hamlet: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("deployments.cli._open", lambda: hamlet.database)
    monkeypatch.setattr(hamlet.database, "close", lambda: None)
    file = tmp_path / "台账.xlsx"
    assert main(["ledger", "template", "jinjiang", str(file)]) == 0
    assert list(workbooks.read(file.read_bytes())) == [PROJECTS, PAST, STEPS, UNITS, NOTES]
    assert main(["ledger", "import", "jinjiang", str(tmp_path / "没有.xlsx")]) == 1
    assert "不能读取" in capsys.readouterr().err

    file.write_bytes(ledger([["1", "甲项目", "区教育局", "不存在"]]))
    assert main(["ledger", "import", "jinjiang", str(file)]) == 1
    told = capsys.readouterr()
    assert "在办项目!D2  没有名为“不存在”的环节" in told.out
    assert "台账没有导入：有 1 处需要改正" in told.err

    late: list[Cell] = ["1", "甲项目", "区教育局", "合同备案", date(2026, 1, 21)]
    file.write_bytes(ledger([late], ["1", "签订合同", date(2026, 1, 20), None, "签订日期", "2026-01-20"], head=(*HEAD, "本环节开始日期")))
    for words, arguments in (("可以导入 1 个项目。", ["--check"]), ("已导入 1 个项目。", []), ("已导入 0 个项目，以前已导入 1 个。", [])):
        assert main(["ledger", "import", "jinjiang", str(file), *arguments]) == 0
        told = capsys.readouterr()
        assert words in told.out
        assert ("1  甲项目（区教育局）→ 合同备案，办理期限 2026-01-29（已过期）" in told.out) == ("导入 1 个项目" in words)
    assert len(registered(hamlet.database)) == 1
