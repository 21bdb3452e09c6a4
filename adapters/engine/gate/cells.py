"""Cells of a decision table as sets of values that can be read back as bounds (含/不含), and the proof over them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from adapters.engine import grammar
from domain.errors import ExpressionFailed

_NUMBER = r"(-?\d{1,15}(?:\.\d{1,6})?)"
_ONE_SIDED = re.compile(rf"(?:\?\s*)?(<=|>=|<|>)\s*{_NUMBER}")
_TWO_SIDED = re.compile(rf"{_NUMBER}\s*(<=|<)\s*\?\s*(<=|<)\s*{_NUMBER}")
_EXACT = re.compile(rf"(?:={{1,2}}\s*)?{_NUMBER}")
Value = Decimal | str | bool
OTHER = "\0其他"  #: stands for every text no cell names


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell takes. `kind`: any | number | text | boolean."""

    kind: str
    low: Decimal | None = None
    low_in: bool = False
    high: Decimal | None = None
    high_in: bool = False
    values: frozenset[Value] = frozenset()

    def takes(self, value: Value) -> bool:
        """Whether a value of the column falls into this cell."""
        if self.kind == "any":
            return True
        if self.kind != "number":
            return value in self.values
        assert isinstance(value, Decimal)
        above = self.low is None or value > self.low or (self.low_in and value == self.low)
        return above and (self.high is None or value < self.high or (self.high_in and value == self.high))


def read(text: str) -> Cell | None:
    """A cell of the allowed grammar, None for any other text.

    >>> read("30 <= ? < 400").takes(Decimal(400))
    False
    """
    cell = " ".join(text.split())
    if cell in ("", "-"):
        return Cell("any")
    if cell.lower() in ("true", "false"):
        return Cell("boolean", values=frozenset({cell.lower() == "true"}))
    if match := _ONE_SIDED.fullmatch(cell):
        bound, closed = Decimal(match[2]), match[1].endswith("=")
        return Cell("number", high=bound, high_in=closed) if match[1][0] == "<" else Cell("number", low=bound, low_in=closed)
    if match := _TWO_SIDED.fullmatch(cell):
        return Cell("number", Decimal(match[1]), match[2] == "<=", Decimal(match[4]), match[3] == "<=")
    if match := _EXACT.fullmatch(cell):
        return Cell("number", Decimal(match[1]), True, Decimal(match[1]), True)
    return _texts(cell)


def _texts(cell: str) -> Cell | None:
    try:
        tree = grammar.parse(f"[{cell}]")
    except ExpressionFailed:
        return None
    parts = tree.elts if isinstance(tree, ast.List) else []
    words = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return Cell("text", values=frozenset(words)) if words and len(words) == len(parts) else None


def empty(cell: Cell) -> bool:
    """Whether no value at all falls into a cell, e.g. `400 <= ? < 30`."""
    if cell.kind != "number" or cell.low is None or cell.high is None:
        return False
    return cell.low > cell.high or (cell.low == cell.high and not (cell.low_in and cell.high_in))


def samples(cells: Sequence[Cell], domain: Sequence[Value] | None, least: Decimal | None) -> list[tuple[Value, str]]:
    """One value for each region that the cells of a column tell apart, with its words. `domain`: all values there are."""
    if domain is not None:
        return [(value, f"“{value}”" if isinstance(value, str) else "是" if value is True else "否") for value in domain]
    kinds = {cell.kind for cell in cells} - {"any"}
    if kinds == {"number"}:
        return list(_regions(sorted({bound for cell in cells for bound in (cell.low, cell.high) if bound is not None}), least))
    if kinds == {"boolean"}:
        return [(True, "是"), (False, "否")]
    words = sorted({str(value) for cell in cells for value in cell.values})
    return [*((word, f"“{word}”") for word in words), (OTHER, "其他任何值")]


def _regions(bounds: Sequence[Decimal], least: Decimal | None) -> Iterator[tuple[Value, str]]:
    if not bounds:
        yield Decimal(1), "任何数"
        return
    below = bounds[0] - 1 if least is None else (least + bounds[0]) / 2
    if least is None or least < bounds[0]:
        yield below, f"小于 {bounds[0]}"
    for number, bound in enumerate(bounds):
        if least is None or bound >= least:
            yield bound, f"恰好 {bound}"
        if number + 1 < len(bounds):
            after = bounds[number + 1]
            if least is None or (bound + after) / 2 >= least:
                yield (bound + after) / 2, f"{bound} 与 {after} 之间（不含两端）"
    yield bounds[-1] + 1, f"大于 {bounds[-1]}"


class Proof:
    """Walks through every combination of regions; rows that are told apart by no column are looked at once."""

    MOST = 300_000  #: comparisons of a row with a region

    def __init__(self, rows: Sequence[Sequence[Cell]], columns: Sequence[Sequence[tuple[Value, str]]]) -> None:
        self.rows, self.columns = rows, columns
        self.gaps: list[list[str]] = []
        self.overlaps: dict[tuple[int, int], list[str]] = {}
        self.used: set[int] = set()
        self._seen: set[tuple[int, frozenset[int]]] = set()
        self._work = 0
        self.complete = self._walk(0, frozenset(range(len(rows))), [])

    def _walk(self, column: int, alive: frozenset[int], words: list[str]) -> bool:
        if not alive:
            if len(self.gaps) < 3:
                self.gaps.append(words)
            return True
        if (column, alive) in self._seen:
            return True
        self._seen.add((column, alive))
        if column == len(self.columns):
            self.used |= alive
            first, *others = sorted(alive)
            if others:
                self.overlaps.setdefault((first, others[0]), words)
            return True
        for value, text in self.columns[column]:
            self._work += len(alive)
            if self._work > self.MOST:
                return False
            matching = frozenset(row for row in alive if self.rows[row][column].takes(value))
            if not self._walk(column + 1, matching, [*words, text]):
                return False
        return True
