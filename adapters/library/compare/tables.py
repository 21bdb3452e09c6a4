"""The facts of a decision table: each row with its cells by the words of their column."""

from __future__ import annotations

from lxml import etree

from adapters.library.compare.facts import LOOKS, NAME, NOTE, Facts, Said
from adapters.library.diagrams import xml
from adapters.library.faults import Faults
from adapters.library.words import ANY, amount, unit


def read(path: str, content: bytes) -> Said:
    """The facts of a decision file; nothing for one that cannot be read."""
    said, root = Said(), xml(content, path, Faults())
    for decision in () if root is None else root.iter("{*}decision"):
        table = decision.find("{*}decisionTable")
        if table is None:
            continue
        ident = decision.get("id") or path
        title = _squeeze(decision.get("name")) or ident
        columns = [_squeeze(one.get("label")) or f"第 {number} 列" for number, one in enumerate(table.iterfind("{*}input"), 1)]
        sources = {
            f"“{label}”取值": _text(one.find("{*}inputExpression")) for label, one in zip(columns, table.iterfind("{*}input"), strict=True)
        }
        said.elements[ident] = Facts(title, "决策表", {NAME: title, "命中规则": table.get("hitPolicy") or "UNIQUE", **sources}, LOOKS)
        for number, rule in enumerate(table.iterfind("{*}rule"), 1):
            said.elements[rule.get("id") or str(number)] = _row(rule, columns, title, number)
    return said


def _row(rule: etree._Element, columns: list[str], table: str, number: int) -> Facts:
    cells = {label: amount(_text(entry), unit(label)) for label, entry in zip(columns, rule.iterfind("{*}inputEntry"), strict=False)}
    results = "、".join(_text(entry).strip("\"'") for entry in rule.iterfind("{*}outputEntry"))
    note = rule.find("{*}description")
    words = "，".join(f"{label} {cell}" for label, cell in cells.items() if cell != ANY)
    aspects = {**cells, "结论": results, NOTE: _squeeze(note.text) if note is not None else ""}
    return Facts(f"{table}第 {number} 行", "决策行", aspects, LOOKS, words=f"{words} → {results}")


def _text(one: etree._Element | None) -> str:
    found = one.find("{*}text") if one is not None else None
    return _squeeze(found.text) if found is not None else ""


def _squeeze(value: str | None) -> str:
    return " ".join((value or "").split())
