"""Tables for office programs (导出): CSV and XLSX. Cells are text, numbers or dates; nothing in them is ever taken for a formula."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

Cell = str | int | Decimal | date | None
FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
CHOSEN = 5_000  #: rows of a column with a list
_FIRST_DAY = date(1899, 12, 30)
_DATE, _AS_TYPED = 1, 2  #: styles
_TYPES = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>
{sheets}</Types>"""
_TYPE = """<Override PartName="/xl/worksheets/sheet{number}.xml"
ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>"""
_RELATIONS = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{related}</Relationships>"""
_RELATED = """<Relationship Id="{id}" Target="{target}"
Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"/>"""
_BOOK = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{sheets}</sheets></workbook>"""
_NAMED = '<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>'
_STYLES = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="1">
<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts><fonts count="1"><font><sz val="11"/><name val="等线"/></font></fonts>
<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>
<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3"><xf/>
<xf numFmtId="164" applyNumberFormat="1"/><xf quotePrefix="1"/></cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""
_SHEET = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0">
<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>"""
_COLUMN = '<col min="{at}" max="{at}" width="{width}" customWidth="1"/>'
_LIST = """<dataValidation type="list" allowBlank="1" showErrorMessage="1" errorTitle="{title}" error="{error}"
sqref="{column}2:{column}{last}"><formula1>{source}</formula1></dataValidation>"""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook."""

    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    lists: Mapping[int, str] = field(default_factory=dict)  #: column (from 0) → sheet whose first column may be chosen from
    first: Mapping[str, int] = field(default_factory=dict)  #: sheet → how many of its rows may be chosen; else all


def to_csv(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with its mark, so that office programs read the Chinese; a text that looks like a formula gets an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    for row in rows:
        writer.writerow([f"'{one}" if isinstance(one, str) and one.startswith(FORMULA) else "" if one is None else one for one in row])
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """One sheet; the first line stays in sight."""
    return to_book([Sheet(name, head, list(rows))])


def to_book(sheets: Sequence[Sheet]) -> bytes:
    """Several sheets; the first line of each stays in sight. Names are made fit for a sheet, and told apart."""
    out = io.BytesIO()
    names = _names(sheets)
    related = [_RELATED.format(id=f"rId{one}", target=f"worksheets/sheet{one}.xml", kind="worksheet") for one in names]
    related.append(_RELATED.format(id="styles", target="styles.xml", kind="styles"))
    entry = _RELATED.format(id="rId1", target="xl/workbook.xml", kind="officeDocument")
    listed = [_NAMED.format(name=_quoted(name), number=one) for one, name in names.items()]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", _TYPES.format(sheets="".join(_TYPE.format(number=one) for one in names)))
        book.writestr("_rels/.rels", _RELATIONS.format(related=entry))
        book.writestr("xl/_rels/workbook.xml.rels", _RELATIONS.format(related="".join(related)))
        book.writestr("xl/workbook.xml", _BOOK.format(sheets="".join(listed)))
        book.writestr("xl/styles.xml", _STYLES)
        for number, one in enumerate(sheets, start=1):
            with book.open(f"xl/worksheets/sheet{number}.xml", "w") as sheet:
                sheet.write(_SHEET.encode())
                sheet.write(f"{_columns(one.head)}<sheetData>".encode())
                for row in (one.head, *one.rows):
                    sheet.write(f"<row>{''.join(map(_cell, row))}</row>".encode())
                sheet.write(f"</sheetData>{_lists(one, sheets, names)}</worksheet>".encode())
    return out.getvalue()


def _names(sheets: Sequence[Sheet]) -> dict[int, str]:
    """Number → name: at most 31 characters, none twice."""
    names: dict[int, str] = {}
    for number, one in enumerate(sheets, start=1):
        name = _NOT_IN_NAMES.sub("·", one.name)[:31] or f"表{number}"
        names[number] = name if name not in names.values() else f"{name[:26]}（{number}）"
    return names


def _columns(head: Sequence[str]) -> str:
    """As wide as their titles, so that days and figures are not shown as ####."""
    wide = "".join(_COLUMN.format(at=at, width=min(max(2 * len(title) + 2, 12), 40)) for at, title in enumerate(head, 1))
    return f"<cols>{wide}</cols>" if wide else ""


def _lists(sheet: Sheet, sheets: Sequence[Sheet], names: Mapping[int, str]) -> str:
    """What may be chosen in a column; another entry is refused by the office program."""
    made = []
    for at, wanted in sheet.lists.items():
        number, source = next((number, one) for number, one in enumerate(sheets, start=1) if one.name == wanted)
        cells = escape(f"'{names[number]}'!$A$2:$A${max(sheet.first.get(wanted, len(source.rows)) + 1, 2)}")
        error = _quoted(f"请从“{wanted}”表中选择")
        made.append(_LIST.format(title=_quoted(sheet.head[at]), error=error, column=letters(at + 1), last=CHOSEN, source=cells))
    return f'<dataValidations count="{len(made)}">{"".join(made)}</dataValidations>' if made else ""


def _quoted(text: str) -> str:
    return escape(text, {'"': "&quot;"})


def letters(column: int) -> str:
    """The letters of a column.

    >>> letters(1), letters(28)
    ('A', 'AB')
    """
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def _cell(value: Cell) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, int | Decimal):
        return f"<c><v>{value:f}</v></c>" if isinstance(value, Decimal) else f"<c><v>{value:d}</v></c>"
    if isinstance(value, date):
        return f'<c s="{_DATE}"><v>{(value - _FIRST_DAY).days}</v></c>'
    text = "".join(one if one in "\t\n" or ord(one) >= 32 else "·" for one in value[:32_000])
    style = f' s="{_AS_TYPED}"' if text.startswith(FORMULA) else ""
    return f'<c{style} t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
