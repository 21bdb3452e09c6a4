"""Listing tables (逐条核对的决策表): every row that holds counts, e.g. the grounds on which an application is turned down."""

from __future__ import annotations

import re
from dataclasses import dataclass

from adapters.library.diagrams import xml
from adapters.library.faults import Faults

_CITED = re.compile(r"\[([A-Z]{2,4}-[^\[\]\s]{1,60})\]")


@dataclass(frozen=True, slots=True)
class Ground:
    """One row: the cells, one for each column, what it answers and the clauses it rests on."""

    cells: tuple[str, ...]
    words: str
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """The columns (what people call them, and the question asked) and the rows, as written."""

    labels: tuple[str, ...]
    questions: tuple[str, ...]
    grounds: tuple[Ground, ...]


def listing(data: bytes) -> Listing | None:
    """What a table file lists; None for a table of which one row holds."""
    root = xml(data, "", Faults())
    table = None if root is None else next(iter(root.iter("{*}decisionTable")), None)
    if table is None or table.get("hitPolicy") != "COLLECT":
        return None
    labels = tuple(str(one.get("label") or "") for one in table.iter("{*}input"))
    questions = tuple((one.findtext("{*}inputExpression/{*}text") or "").strip() for one in table.iter("{*}input"))
    grounds = tuple(
        Ground(
            tuple((cell.text or "-").strip() for cell in rule.findall("{*}inputEntry/{*}text")),
            (rule.findtext("{*}outputEntry/{*}text") or "").strip().strip("\"'"),
            tuple(_CITED.findall(rule.findtext("{*}description") or "")),
        )
        for rule in table.iter("{*}rule")
    )
    return Listing(labels, questions, grounds)
