"""Workbooks that people hand in (导入): XLSX as office programs write it, cell by cell with its type. Nobody's file is trusted.

Read in one pass with bounds on bytes, sheets, rows and columns; nothing in it is computed, looked up or fetched. What cannot be taken
at its word (a formula, an error value, merged cells) is said at its cell, so that whoever reads the sheet can name it.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

from adapters.sheets.writing import letters
from domain.errors import BadUpload

Value = str | Decimal | date | bool | None
MOST_BYTES = 3 * 1024 * 1024
MOST_UNPACKED = 80 * 1024 * 1024
MOST_PARTS = 2_000
MOST_ROWS = 100_000  #: rows that the file mentions, empty ones included
MOST_COLUMNS = 500
MOST_TEXTS = 500_000
_REF = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_NOT_FORMAT = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_DATE_FORMATS = frozenset([*range(14, 18), 22, *range(27, 32), *range(34, 37), *range(50, 59)])
_LAST_SERIAL = 2_958_465  #: 9999-12-31
_OLD = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell that holds something. `fault`: why its value cannot be taken, in Chinese; else empty."""

    ref: str  #: D7
    value: Value
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet: row number → column number (from 1) → cell. Empty rows and cells are left out."""

    name: str
    rows: Mapping[int, Mapping[int, Cell]]
    merged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """The sheets that were asked for, and the names of all."""

    names: tuple[str, ...]
    grids: Mapping[str, Grid]


def read(content: bytes, wanted: Collection[str]) -> Book:
    """Those of the `wanted` sheets that are there. Raises BadUpload for what is no workbook, or too much of one."""
    if len(content) > MOST_BYTES:
        raise BadUpload(f"文件超过 {MOST_BYTES // 1024 // 1024} MB。", todo="请删去图片和无关的工作表后再导入。")
    if content.startswith(_OLD):
        raise BadUpload("文件设有密码，或是旧版 Excel（.xls）格式。", todo="请去掉密码，另存为 .xlsx 后再导入。")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            _bounded(parts)
            return _book(parts, wanted)
    except BadUpload:
        raise
    except (zipfile.BadZipFile, etree.LxmlError, KeyError, ValueError, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise BadUpload("文件不是 Excel 工作簿（.xlsx），或者已经损坏。", todo="请用 Excel 或 WPS 打开，另存为 .xlsx 后再导入。") from error


def _bounded(parts: zipfile.ZipFile) -> None:
    found = parts.infolist()
    if len(found) > MOST_PARTS or sum(one.file_size for one in found) > MOST_UNPACKED:
        raise BadUpload("文件解压后过大。", todo="请只保留需要导入的工作表，清除多余的格式和空行后再导入。")
    if any(one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for one in found):
        raise ValueError("not as office programs write it")  # and what else unpacks without bounds
    if any(one.filename.lower().endswith("vbaproject.bin") for one in found):
        raise BadUpload("文件含有宏。", todo="请另存为不含宏的 .xlsx 后再导入。")


def _parse(parts: zipfile.ZipFile, name: str) -> Any:
    """A whole small part."""
    root = etree.fromstring(parts.read(name), etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    _plain(root)
    return root


def _plain(root: Any) -> None:
    if root.getroottree().docinfo.internalDTD is not None:
        raise BadUpload("文件里有不属于 Excel 工作簿的内容（DOCTYPE）。", todo="请用 Excel 或 WPS 重新另存为 .xlsx 后再导入。")


def _book(parts: zipfile.ZipFile, wanted: Collection[str]) -> Book:
    root = _parse(parts, "xl/workbook.xml")
    related = {one.get("Id"): one.get("Target", "") for one in _parse(parts, "xl/_rels/workbook.xml.rels")}
    properties = root.find("{*}workbookPr")
    since_1904 = properties is not None and properties.get("date1904") in ("1", "true")
    sheets: dict[str, str] = {}
    for one in root.iterfind("{*}sheets/{*}sheet"):
        identity = next(value for key, value in one.attrib.items() if key.endswith("}id"))
        sheets[one.get("name", "").strip()] = posixpath.normpath(posixpath.join("/xl", related[identity])).lstrip("/")
    chosen = {name: part for name, part in sheets.items() if name in wanted}
    reader = _Reader(_texts(parts) if chosen else [], _dates(parts) if chosen else frozenset(), since_1904)
    return Book(tuple(sheets), {name: reader.grid(parts, name, part) for name, part in chosen.items()})


def _texts(parts: zipfile.ZipFile) -> list[str]:
    """The shared texts of a workbook, without reading aids."""
    if "xl/sharedStrings.xml" not in parts.namelist():
        return []
    found: list[str] = []
    for one in _elements(parts, "xl/sharedStrings.xml", "si"):
        found.append(_text(one))
        if len(found) > MOST_TEXTS:
            raise BadUpload("文件里的文字过多。", todo="请分成几个文件导入。")
    return found


def _text(element: Any) -> str:
    runs = (one for one in element.iter("{*}t") if not any(above.tag.endswith("}rPh") for above in one.iterancestors()))
    return "".join(one.text or "" for one in runs)


def _dates(parts: zipfile.ZipFile) -> frozenset[int]:
    """The styles that show a number as a day."""
    if "xl/styles.xml" not in parts.namelist():
        return frozenset()
    root = _parse(parts, "xl/styles.xml")
    own = {int(one.get("numFmtId", "0")): one.get("formatCode", "") for one in root.iterfind("{*}numFmts/{*}numFmt")}
    kinds = [int(one.get("numFmtId", "0")) for one in root.iterfind("{*}cellXfs/{*}xf")]
    return frozenset(number for number, kind in enumerate(kinds) if kind in _DATE_FORMATS or _shows_day(own.get(kind, "")))


def _shows_day(code: str) -> bool:
    """
    >>> _shows_day('yyyy"年"m"月"d"日"'), _shows_day('#,##0.00_);[Red](#,##0.00)'), _shows_day("h:mm:ss")
    (True, False, False)
    """
    plain = _NOT_FORMAT.sub("", code).lower()
    return "y" in plain or "d" in plain or "年" in code


def _elements(parts: zipfile.ZipFile, part: str, tag: str) -> Iterator[Any]:
    """The elements of one kind, one after the other; each is forgotten before the next one is read."""
    with parts.open(part) as stream:
        context = etree.iterparse(stream, events=("end",), tag=f"{{*}}{tag}", resolve_entities=False, no_network=True, load_dtd=False)
        for number, (_, element) in enumerate(context):
            if number == 0:
                _plain(element)
            yield element
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]


@dataclass(frozen=True, slots=True)
class _Reader:
    texts: list[str]
    dates: frozenset[int]
    since_1904: bool

    def grid(self, parts: zipfile.ZipFile, name: str, part: str) -> Grid:
        rows: dict[int, dict[int, Cell]] = {}
        last = 0
        for mentioned, element in enumerate(_elements(parts, part, "row"), 1):
            if mentioned > MOST_ROWS:
                raise BadUpload(f"工作表“{name}”超过 {MOST_ROWS} 行。", todo="请删去空行，或分成几个文件导入。")
            last = int(element.get("r") or last + 1)
            if cells := dict(self._cells(element, last, name)):
                rows.setdefault(last, {}).update(cells)
        merged = tuple(str(one.get("ref", "")) for one in _elements(parts, part, "mergeCell"))
        return Grid(name, dict(sorted(rows.items())), merged)

    def _cells(self, row: Any, number: int, sheet: str) -> Iterator[tuple[int, Cell]]:
        at = 0
        for element in row.iterfind("{*}c"):
            found = _REF.fullmatch(element.get("r") or "")
            at = _number(found.group(1)) if found else at + 1
            if at > MOST_COLUMNS:
                raise BadUpload(f"工作表“{sheet}”超过 {MOST_COLUMNS} 列。", todo="请使用模板中的列。")
            cell = self._cell(element, f"{letters(at)}{number}")
            if cell.fault or cell.value not in (None, ""):
                yield at, cell

    def _cell(self, element: Any, ref: str) -> Cell:
        kind, raw = element.get("t", "n"), element.findtext("{*}v")
        if element.find("{*}f") is not None:
            return Cell(ref, None, "是公式，请改为粘贴数值")
        if kind == "e":
            return Cell(ref, None, f"是错误值 {(raw or '')[:20]}，请改正")
        if kind == "inlineStr":
            return Cell(ref, _text(element).strip())
        if raw is None:
            return Cell(ref, None)
        if kind == "s":
            index = int(raw)
            if not 0 <= index < len(self.texts):
                raise ValueError("a text that is not there")
            return Cell(ref, self.texts[index].strip())
        if kind == "b":
            return Cell(ref, raw.strip() == "1")
        if kind in ("str", "d"):
            return Cell(ref, raw.strip())
        return self._figure(raw, ref, int(element.get("s") or 0) in self.dates)

    def _figure(self, raw: str, ref: str, day: bool) -> Cell:
        try:
            exact = Decimal(raw)
            figure = Decimal(f"{float(raw):.15g}")  # as the program shows it: 320.1, not 320.10000000000002
        except (InvalidOperation, ValueError):
            return Cell(ref, None, f"不是数字：{raw[:20]}")
        if not figure.is_finite():
            return Cell(ref, None, "数字过大")
        if day and 1 <= exact <= _LAST_SERIAL - 1_462:
            return Cell(ref, date(1904, 1, 1) + timedelta(int(exact)) if self.since_1904 else date(1899, 12, 30) + timedelta(int(exact)))
        return Cell(ref, Decimal(format(figure, "f")))


def _number(letters: str) -> int:
    found = 0
    for one in letters:
        found = found * 26 + ord(one) - 64
    return found
