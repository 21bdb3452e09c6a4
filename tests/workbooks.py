"""A workbook as an office program reads it, for tests: sheets by name, cells with their types."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from xml.etree import ElementTree

from adapters.sheets import Cell

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def read(content: bytes) -> dict[str, list[list[Cell]]]:
    """Sheet → rows. Fails when a part is missing or a cell is a formula."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        related = ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
        targets = {one.get("Id"): one.get("Target") for one in related}
        listed = ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{MAIN}sheet")
        named = {str(one.get("name")): ElementTree.fromstring(book.read(f"xl/{targets[one.get(ID)]}")) for one in listed}
    assert not any(list(sheet.iter(f"{MAIN}f")) for sheet in named.values())
    return {name: [[_value(cell) for cell in row] for row in sheet.iter(f"{MAIN}row")] for name, sheet in named.items()}


def _value(cell: ElementTree.Element) -> Cell:
    if cell.get("t") == "inlineStr":
        return "".join(cell.itertext())
    number = cell.findtext(f"{MAIN}v")
    if number is None:
        return None
    return date(1899, 12, 30) + timedelta(days=int(number)) if cell.get("s") == "1" else Decimal(number)


TRANSITIONAL = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"


def raw(
    rows: str,
    *,
    after: str = "",
    texts: str = "",
    styles: str = "",
    name: str = "在办项目",
    properties: str = "",
    namespace: str = TRANSITIONAL,
    extra: dict[str, bytes] | None = None,
    compression: int = zipfile.ZIP_DEFLATED,
    before: str = "",
) -> bytes:
    """A workbook of one sheet, written as XML: what other programs, and hostile people, hand in."""
    related = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {
        "xl/workbook.xml": f'<workbook xmlns="{namespace}" xmlns:r="{related}">{properties}'
        f'<sheets><sheet name="{name}" sheetId="1" r:id="rId7"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId7" Target="/xl/worksheets/sheet9.xml"/></Relationships>',
        "xl/worksheets/sheet9.xml": f'{before}<worksheet xmlns="{namespace}"><sheetData>{rows}</sheetData>{after}</worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{namespace}">{texts}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{namespace}">{styles}</styleSheet>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as book:
        for path, content in {**parts, **(extra or {})}.items():
            book.writestr(path, content)
    return out.getvalue()
