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
