"""Taking over a ledger in the browser: template, check, import; wrong files are told cell by cell."""

from __future__ import annotations

import re

from adapters import sheets
from adapters.database import projects
from adapters.sheets import Cell, Sheet
from tasks.importing.columns import PROJECTS
from tests import workbooks
from tests.web.town import PLACE, Town

HERE = f"/registers/{PLACE}/takeover"
HEAD = ("编号", "项目名称", "建设单位", "当前环节")


def file(*rows: list[Cell], name: str = "台账.xlsx") -> dict[str, tuple[str, bytes]]:
    return {"file": (name, sheets.to_book([Sheet(PROJECTS, HEAD, rows)]))}


def names(town: Town) -> set[str]:
    with town.database.reading() as db:
        return {one.name for one in projects.listing(db, [PLACE], limit=100)}


def test_a_ledger_is_checked_then_imported_once(town: Town) -> None:
    admin = town.client("system_admin")
    assert f'href="{HERE}"' in admin.get(f"/registers/{PLACE}").text
    assert PROJECTS in workbooks.read(admin.get(f"{HERE}.xlsx").content)
    before = names(town)
    checked = admin.post(HERE, files=file(["L-1", "<b>老项目</b>", "区教育局", "申报登记"]))
    assert (checked.status_code, names(town)) == (200, before)
    assert "可以导入 1 个项目" in checked.text
    assert "&lt;b&gt;老项目" in checked.text
    (stored,) = re.findall(r'name="file" value="([0-9a-f]{64})"', checked.text)
    assert "已导入 1 个项目" in admin.post(f"{HERE}/carry-out", data={"file": stored}).text
    assert names(town) - before == {"<b>老项目</b>"}
    again = admin.post(f"{HERE}/carry-out", data={"file": stored}).text
    assert ("已导入 0 个项目" in again, "以前已经导入" in again) == (True, True)
    assert "没有新的项目" in admin.post(HERE, files=file(["L-1", "<b>老项目</b>", "区教育局", "申报登记"])).text
    assert "导入存量台账" in town.client("audit_admin").get("/audit").text
    assert "老项目" in town.client("owner").get("/projects").text


def test_what_is_wrong_is_told_cell_by_cell_and_nothing_is_kept(town: Town) -> None:
    admin, before = town.client("system_admin"), names(town)
    wrong = admin.post(HERE, files=file(["L-2", "新项目", "没有的单位", "<i>环节"]))
    assert (wrong.status_code, names(town)) == (422, before)
    assert "有 2 处需要改正" in wrong.text
    assert re.search(r">C2</td>.*没有登记名为“没有的单位”的单位", wrong.text)
    assert "&lt;i&gt;环节" in wrong.text
    for given, words in (
        ({"file": ("台账.xlsx", b"no workbook")}, "不是 Excel 工作簿"),
        ({"file": ("台账.xlsx", bytes(sheets.MOST_BYTES + 1))}, "超过 3 MB"),
        ({}, "没有选择文件"),
    ):
        answer = admin.post(HERE, files=given) if given else admin.post(HERE)
        assert (answer.status_code, words in answer.text) == (422, True)
    assert admin.post(f"{HERE}/carry-out", data={"file": "0" * 64}).status_code == 404
