"""The register, the plan tables and the annexes as a workbook: what stands in them, with its type, and what does not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from adapters import clock, forms, sheets
from adapters.database import Database, cases, projects
from adapters.database.tables import Project
from adapters.settings import SHIPPED
from adapters.sheets import Cell, Sheet
from deployments.cli import main
from tasks import project_ledger
from tasks.project_ledger import Register
from tasks.scenarios.language import parse
from tasks.scenarios.player import Theatre, step
from tasks.scenarios.stage import Outcome, Stage, at
from tests import workbooks
from tests.tasks.stages import Town

ANNEX_1 = ["序号", "建设单位", "项目名称", "项目简要说明及建设依据", "建设年度", "项目投资（万元）"]


def played(database: Database, story: str, folder: Path, *, acts: int | None = None) -> Stage:
    """The place with both annexes after a story, or after its first acts."""
    path = SHIPPED / "yeji" / "scenarios" / story
    scenario = parse(path.read_text("utf-8"), str(path))
    with clock.at(at(scenario.given.on)):
        stage = Theatre.of(SHIPPED, "yeji", folder).stage(database, Outcome("ledger"), reload=False, say=None)
        stage.begin(scenario.given, "main")
        for act in scenario.when[:acts]:
            step(stage, act)
    assert not stage.outcome.differences
    return stage


def exported(database: Database, place: str) -> dict[str, list[list[Cell]]]:
    with database.reading() as db:
        return workbooks.read(sheets.to_book(project_ledger.workbook(db, place)))


def lines(sheet: list[list[Cell]]) -> list[dict[str, Cell]]:
    head = [str(one) for one in sheet[0]]
    return [dict(zip(head, row, strict=True)) for row in sheet[1:]]


def test_register_plan_and_application_annex(memory: Database, tmp_path: Path) -> None:
    played(memory, "c-08-plan.yaml", tmp_path, acts=11)
    book = exported(memory, "yeji")
    # the register: a row for each project, amounts as numbers, days as days
    assert next(iter(book)) == "项目台账"
    first, second = sorted(lines(book["项目台账"]), key=lambda one: one["项目名称"] == "智慧养老平台")
    assert (second["项目名称"], second["建设单位"], second["登记日期"]) == ("智慧养老平台", "区民政局", date(2025, 9, 15))
    assert isinstance(first["项目投资（万元）"], Decimal)
    assert (first["状态"], first["申报年度"]) == ("在办", Decimal(2026))
    # annex 1: in the columns of the annex, one row for each application
    assert book["附件1申报表"][0][:6] == ANNEX_1
    applied = lines(book["附件1申报表"])
    assert [one["序号"] for one in applied] == [1, 2]
    own, other = sorted(applied, key=lambda one: one["项目名称"] == "智慧养老平台")
    assert (other["建设单位"], other["项目名称"]) == ("区民政局", "智慧养老平台")
    assert str(own["建设年度"]).count("年") == 2
    assert isinstance(own["资金筹措·财政资金（万元）"], Decimal)
    # the plan: ranked lines with names instead of ids
    plan = next(sheet for name, sheet in book.items() if name.startswith("编制年度建设计划"))
    listed = lines(plan)
    assert {(one["项目名称"], one["批复概算（万元）"], one["轻重缓急"]) for one in listed} >= {("智慧养老平台", Decimal(100), "急需")}
    assert sorted(str(one["排序"]) for one in listed) == ["1"]
    # the batches: each project with its rank, amount, what the meetings said, and the result
    reviewed = lines(book["批次·集中审查论证"])
    assert {(one["项目名称"], one["汇总申报并安排审查"], one["结果"]) for one in reviewed} >= {("智慧养老平台", "通过", "集中审查")}
    (planned,) = lines(book["批次·编制年度建设计划"])
    assert (planned["排序"], planned["建设单位"], planned["金额（万元）"], planned["结果"]) == (1, "区民政局", Decimal(100), None)
    assert planned["开办日期"] == date(2025, 12, 31)


def test_progress_annex(memory: Database, tmp_path: Path) -> None:
    played(memory, "g-F2-fields.yaml", tmp_path)
    (line,) = lines(exported(memory, "yeji")["附件2进度情况表"])
    assert (line["已投资（万元）"], isinstance(line["填报日期"], date)) == (Decimal(101), True)
    assert "预计完成时间" in str(line["建设进度"])


def test_a_name_is_no_formula(hamlet: Town) -> None:
    hamlet.begin("needs_proposal")
    hostile = '=HYPERLINK("x")'
    with hamlet.database.transaction() as db:
        projects.add(db, Project(id="p1", jurisdiction="jinjiang", name=hostile, unit="edu", created_at=clock.now()))
    assert hostile in [one["项目名称"] for one in lines(exported(hamlet.database, "jinjiang")["项目台账"])]


def test_a_fact_that_one_form_keeps_private_is_left_out(hamlet: Town) -> None:
    case = hamlet.begin("needs_proposal")
    ruleset = hamlet.stage.ruleset
    field = ruleset.forms["declare"]["properties"]["nature"]
    hidden = {"type": "object", "properties": {"kept": {**field, "x-private": True}}}
    closed = ruleset.model_copy(update={"forms": {**ruleset.forms, "hidden": hidden}})
    with hamlet.database.reading() as db:
        project = projects.get(db, cases.get(db, case).project or "")
        open_, private = (project_ledger.sheets(Register(db, one, None, {project.id: project}, {}))[0] for one in (ruleset, closed))
    assert set(open_.head) - set(private.head) == {field["title"]}


def test_sheet_names_are_fit_and_told_apart() -> None:
    book = workbooks.read(sheets.to_book([Sheet("甲/乙" * 20, ("列",), []), Sheet("甲/乙" * 20, ("列",), [[Decimal("1.50")]])]))
    first, second = book
    assert first != second
    assert max(len(first), len(second)) <= 31
    assert "/" not in first + second
    assert book[second][1] == [Decimal("1.50")]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"名称": "{nothing}"}, "没有声明的字段“nothing”"),
        ({"专家": "{who}"}, "不公开的字段“who”"),
        ({}, "应当写明 sheet"),
    ],
)
def test_a_wrong_annex_is_not_published(columns: dict[str, str], says: str) -> None:
    schema = {
        "title": "表",
        "type": "object",
        "additionalProperties": False,
        "properties": {"who": {"type": "string", "title": "专家", "x-private": True}},
        "x-export": {"sheet": "表", "columns": columns},
    }
    assert any(says in one for one in forms.check_schema(schema))


def test_the_command_writes_or_says_why_not(
    hamlet: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hamlet.begin("needs_proposal")
    monkeypatch.setattr("deployments.cli._open", lambda: hamlet.database)
    monkeypatch.setattr(hamlet.database, "close", lambda: None)
    file = tmp_path / "台账.xlsx"
    assert main(["ledger", "export", "jinjiang", str(file)]) == 0
    assert "项目台账：1 行" in capsys.readouterr().out
    assert len(workbooks.read(file.read_bytes())["项目台账"]) == 2
    assert main(["ledger", "export", "jinjiang", str(tmp_path / "台账.doc")]) == 1
    assert main(["ledger", "export", "jinjiang", str(tmp_path / "没有" / "台账.xlsx")]) == 1
    assert "不能写入" in capsys.readouterr().err
