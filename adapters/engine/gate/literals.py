"""What the expressions of a rule set compare things with: so a dry run gives answers that matter instead of noise."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from adapters.engine import grammar
from adapters.engine.gate.references import name_of
from domain.errors import ExpressionFailed

_DAYS = frozenset({"on", "workdays", "days", "months", "years", "end_of", "date"})


class Literals:
    """(function, last literal argument) → values and kinds seen beside it; `names`: the same for fields of a form."""

    def __init__(self, sources: Iterable[str]) -> None:
        self.values: dict[tuple[str, str], set[Any]] = defaultdict(set)
        self.kinds: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.numbers: set[Decimal] = set()
        for source in sources:
            try:
                tree = grammar.parse(source)
            except ExpressionFailed:
                continue
            for node in ast.walk(tree):
                self._node(node)

    def _node(self, node: ast.AST) -> None:
        if isinstance(node, ast.Compare):
            self._compare([node.left, *node.comparators])
        elif isinstance(node, ast.BinOp):
            for side, other in ((node.left, node.right), (node.right, node.left)):
                text = isinstance(other, ast.Constant) and isinstance(other.value, str)
                self._mark(side, "text" if text else "number")
        elif isinstance(node, ast.Call) and name_of(node) in _DAYS:
            counted = name_of(node) not in ("on", "date", "end_of")
            for position, argument in enumerate(node.args):
                self._mark(argument, "number" if counted and position == 0 else "date")
            for keyword in node.keywords:
                self._mark(keyword.value, "date")
        elif isinstance(node, ast.Call) and name_of(node) in ("count", "sum", "any", "all", "sorted", "distinct"):
            for argument in node.args:
                self._mark(argument, "list")

    def _compare(self, sides: list[ast.expr]) -> None:
        constants: list[Any] = []
        for side in sides:
            parts = side.elts if isinstance(side, ast.List | ast.Tuple) else [side]
            constants += [part.value for part in parts if isinstance(part, ast.Constant)]
        dated = any(isinstance(side, ast.Call) and name_of(side) in {*_DAYS, "today", "done_on", "round_day"} for side in sides)
        self.numbers.update(Decimal(one) for one in constants if isinstance(one, int | Decimal) and not isinstance(one, bool))
        for side in sides:
            for key in _keys(side):
                self.values[key].update(one for one in constants if one is not None)
            if dated:
                self._mark(side, "date")

    def _mark(self, node: ast.expr, kind: str) -> None:
        for key in _keys(node):
            self.kinds[key].add(kind)

    def kind(self, key: tuple[str, str]) -> str:
        """date | number | boolean | text | list | "" when nothing is known."""
        if found := self.kinds.get(key):
            return sorted(found)[0]
        seen = self.values.get(key, set())
        if any(isinstance(one, bool) for one in seen):
            return "boolean"
        if any(isinstance(one, int | Decimal) for one in seen):
            return "number"
        return "text" if seen else ""


def _keys(node: ast.expr) -> list[tuple[str, str]]:
    """The questions an expression may be: `f("x")`, either side of `or`, of if-else."""
    if isinstance(node, ast.BoolOp):
        return [key for part in node.values for key in _keys(part)]
    if isinstance(node, ast.IfExp):
        return [*_keys(node.body), *_keys(node.orelse)]
    if isinstance(node, ast.Name):
        return [("", node.id)]
    if isinstance(node, ast.Call) and node.args:
        last = node.args[-1]
        if isinstance(last, ast.Constant) and isinstance(last.value, str):
            return [(name_of(node), last.value)]
    return []
