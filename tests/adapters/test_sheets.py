"""Workbooks that people hand in: as office programs write them, and as hostile people do."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from adapters import sheets
from adapters.sheets import Sheet, reading
from domain.errors import BadUpload
from tests.workbooks import STRICT, raw

STYLES = (
    '<numFmts><numFmt numFmtId="176" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/>'
    '<numFmt numFmtId="177" formatCode="#,##0.00_);[Red]\\(#,##0.00\\)"/><numFmt numFmtId="178" formatCode="h:mm"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="176"/><xf numFmtId="177"/><xf numFmtId="178"/></cellXfs>'
)
TEXTS = "<si><t>智慧</t></si><si><r><t>教育</t></r><r><t>云</t></r><rPh><t>jiaoyu</t></rPh></si>"


def row(*cells: str, number: int = 1) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def first(content: bytes) -> dict[str, Any]:
    """Cell → its value, or the words of its fault."""
    grid = sheets.read(content, ["在办项目"]).grids["在办项目"]
    return {cell.ref: cell.fault or cell.value for cells in grid.rows.values() for cell in cells.values()}


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c r="A1" t="s"><v>0</v></c>', "智慧"),
        ('<c r="A1" t="s"><v>1</v></c>', "教育云"),
        ('<c r="A1" t="inlineStr"><is><t> 直接写入 </t></is></c>', "直接写入"),
        ('<c r="A1"><v>320.10000000000002</v></c>', Decimal("320.1")),
        ('<c r="A1"><v>1E3</v></c>', Decimal(1000)),
        ('<c r="A1" s="1"><v>46023</v></c>', date(2026, 1, 1)),
        ('<c r="A1" s="2"><v>46023.75</v></c>', date(2026, 1, 1)),
        ('<c r="A1" s="3"><v>46023</v></c>', Decimal(46023)),
        ('<c r="A1" s="4"><v>0.5</v></c>', Decimal("0.5")),
        ('<c r="A1" s="1"><v>1E300</v></c>', Decimal("1E300")),
        ('<c r="A1" t="b"><v>1</v></c>', True),
        ('<c r="A1" t="str"><v>文字</v></c>', "文字"),
        ("<c><v>7</v></c>", Decimal(7)),
        ('<c r="A1"><f>SUM(B1:B9)</f><v>7</v></c>', "是公式，请改为粘贴数值"),
        ('<c r="A1" t="e"><v>#REF!</v></c>', "是错误值 #REF!，请改正"),
        ('<c r="A1"><v>1E999</v></c>', "数字过大"),
        ('<c r="A1"><v>NaN</v></c>', "数字过大"),
        ('<c r="A1"><v>seven</v></c>', "不是数字：seven"),
    ],
)
def test_cells_have_the_value_that_people_see(cell: str, value: object) -> None:
    assert first(raw(row(cell), texts=TEXTS, styles=STYLES)) == {"A1": value}


def test_what_other_programs_write_differently() -> None:
    assert first(raw('<row><c t="inlineStr"><is><t>甲</t></is></c><c/><c><v>2</v></c></row>', namespace=STRICT)) == {
        "A1": "甲",
        "C1": Decimal(2),
    }
    old = raw(row('<c r="B1" s="1"><v>1</v></c>'), styles=STYLES, properties='<workbookPr date1904="1"/>')
    assert first(old) == {"B1": date(1904, 1, 2)}
    grid = sheets.read(raw(row(), after='<mergeCells><mergeCell ref="A2:A5"/></mergeCells>'), ["在办项目"]).grids["在办项目"]
    assert (grid.rows, grid.merged) == ({}, ("A2:A5",))


def test_our_own_workbooks_are_read_as_they_were_written() -> None:
    rows = [["=1+1", Decimal("29.999999"), date(2026, 3, 1), None, "多行\n文字"]]
    book = sheets.read(sheets.to_book([Sheet("其他", ("列",), []), Sheet("在办项目", tuple("甲乙丙丁戊"), rows)]), ["在办项目"])
    assert (book.names, list(book.grids)) == (("其他", "在办项目"), ["在办项目"])
    cells = book.grids["在办项目"].rows[2]
    assert {at: one.value for at, one in cells.items()} == {1: "=1+1", 2: Decimal("29.999999"), 3: date(2026, 3, 1), 5: "多行\n文字"}


def test_lists_to_choose_from_stay_within_their_sheet() -> None:
    book = sheets.to_book([Sheet("表", ("名", "单位"), [], {1: "单位"}), Sheet("单位", ("单位",), [["甲"], ["乙"]])])
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<formula1>'单位'!$A$2:$A$3</formula1>" in sheet
    assert 'sqref="B2:B5000"' in sheet


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return out.getvalue()


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
FILE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
CELL = '<c r="A1" t="inlineStr"><is><t>&b;</t></is></c>'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "不是 Excel 工作簿"),
        (b"a,b\n1,2\n", "不是 Excel 工作簿"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "旧版 Excel"),
        (raw(row())[:-30], "已经损坏"),
        (zipped(readme=b"no workbook"), "不是 Excel 工作簿"),
        (raw("<row"), "已经损坏"),
        (raw(row('<c r="A1" t="s"><v>5</v></c>')), "已经损坏"),
        (raw(row(), compression=zipfile.ZIP_LZMA), "已经损坏"),
        (raw(row(), extra={"xl/vbaProject.bin": b"x"}), "含有宏"),
        (raw(row(), extra={f"xl/media/{n}.png": b"" for n in range(reading.MOST_PARTS)}), "解压后过大"),
        (raw(row(), extra={"xl/media/zeros.bin": bytes(reading.MOST_UNPACKED)}), "解压后过大"),
        (raw(row(CELL), before=BOMB), "DOCTYPE"),
        (raw(row(CELL.replace("&b;", "&a;")), before=FILE), "DOCTYPE"),
        (raw("<row/>" * (reading.MOST_ROWS + 1)), f"超过 {reading.MOST_ROWS} 行"),
        (raw(row('<c r="ZZ1"><v>1</v></c>')), f"超过 {reading.MOST_COLUMNS} 列"),
        (bytes(reading.MOST_BYTES + 1), "超过 3 MB"),
    ],
    ids=lambda one: one if isinstance(one, str) else "file",
)
def test_what_is_no_workbook_or_too_much_of_one_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(BadUpload, match=words) as refused:
        sheets.read(content, ["在办项目"])
    assert refused.value.todo
