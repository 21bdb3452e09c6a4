"""The budgeted interpreter for every expression authors write: conditions, timers, cardinalities, table cells, form rules.

It walks the tree that `grammar.py` has checked. No attribute of a Python object is ever read, only named functions can be called, and every
step, every size and the processor time are counted, so no thread or signal is needed to stop it. Figures are `int` or `Decimal`, never
binary fractions. The time spent inside the world's own functions does not count.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from adapters.engine import functions, grammar
from adapters.engine.budget import MAX_LIST, Meter
from adapters.engine.functions import Budget, equal, less, shown
from domain.errors import ExpressionFailed

parse = grammar.parse
Call = Callable[[str, tuple[Any, ...], Mapping[str, Any]], Any]


def check_expression(source: str, functions_: Collection[str], names: Collection[str] | None = ()) -> str | None:
    """What is wrong with `source`, in Chinese, or None. `functions_`: what the world answers besides the built-in ones."""
    return grammar.check(source, {*functions_, *functions.NAMES}, names)


def evaluate_text(source: str, names: Mapping[str, Any], call: Call, known: Collection[str]) -> Any:
    """The value of an expression. `call` answers the functions in `known`. Raises ExpressionFailed, and what `call` raises."""
    run = _Run(source, names, call, known)
    return run.guard(lambda: run.value(grammar.parse(source)))


def execute_text(source: str, names: Mapping[str, Any], call: Call, known: Collection[str]) -> dict[str, Any]:
    """What a script assigns; nothing when it fails."""
    run = _Run(source, names, call, known)
    assigned: dict[str, Any] = {}
    run.scopes.append(assigned)
    run.guard(lambda: run.block(grammar.parse_script(source), assigned))
    return assigned


class _WorldError(Exception):
    """Carries what a function of the world has raised past the interpreter's own handlers."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(str(cause))
        self.cause = cause


class _Run(Meter):
    """One evaluation: its names, its budget."""

    def __init__(self, source: str, names: Mapping[str, Any], call: Call, known: Collection[str]) -> None:
        super().__init__()
        self.source, self.names, self.call, self.known = source, names, call, known
        self.scopes: list[dict[str, Any]] = []
        self.taken: dict[str, Any] = {}

    def guard(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except _WorldError as error:
            raise error.cause from None
        except ExpressionFailed as error:
            if error.what.startswith("条件写错"):
                raise
            raise self.failed(error.what) from None
        except Budget as error:
            raise self.failed(f"{error}，计算量超出限制") from None
        except (ArithmeticError, ValueError, TypeError, LookupError, RecursionError, MemoryError) as error:
            raise self.failed(functions.reason(error)) from None

    def failed(self, why: str) -> ExpressionFailed:
        return ExpressionFailed(f"条件算不出结果：{why}（{' '.join(self.source.split())[:120]}）")

    # --- expressions ----------------------------------------------------------------------------------------------------------------

    def value(self, node: ast.expr) -> Any:
        self.tick()
        return _VALUE[type(node)](self, node)

    def constant(self, node: ast.Constant) -> Any:
        return node.value

    def name(self, node: ast.Name) -> Any:
        for scope in reversed(self.scopes):
            if node.id in scope:
                return scope[node.id]
        if node.id in self.taken:
            return self.taken[node.id]
        if node.id in self.names:
            taken = self.taken[node.id] = self.made(self.plain(self.names[node.id]))
            return taken
        if node.id in grammar.CONSTANTS:
            return grammar.CONSTANTS[node.id]
        raise grammar.wrong(self.source, f"未知名称 {node.id}{grammar.suggest(node.id, self.names)}")

    def bool_op(self, node: ast.BoolOp) -> Any:
        wanted = isinstance(node.op, ast.Or)
        value: Any = None
        for part in node.values:
            value = self.value(part)
            if bool(value) == wanted:
                return value
        return value

    def unary(self, node: ast.UnaryOp) -> Any:
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            return not value
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise ExpressionFailed(f"{shown(value)}不是数字，不能取正负")
        return -value if isinstance(node.op, ast.USub) else value

    def binary(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.Add) and type(left) is type(right) and isinstance(left, str | list):
            if len(left) + len(right) > (grammar.MAX_TEXT if isinstance(left, str) else MAX_LIST):
                raise Budget("结果太长")
            return self.made(left + right)
        return functions.arithmetic(type(node.op), left, right)

    def compare(self, node: ast.Compare) -> bool:
        left = self.value(node.left)
        for op, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.value(comparator)
            if not self.holds(op, left, right):
                return False
            left = right
        return True

    def holds(self, op: ast.cmpop, left: Any, right: Any) -> bool:
        match op:
            case ast.In() | ast.NotIn():
                if isinstance(right, str):
                    if not isinstance(left, str):
                        raise ExpressionFailed(f"{shown(left)}不是文字，不能在文字中查找")
                    self.tick(1 + len(right) // 256)
                    found = left in right
                elif isinstance(right, list | dict):
                    self.tick(1 + self.weight(right) // 4)
                    found = any(equal(left, part) for part in right)
                else:
                    raise ExpressionFailed(f"{shown(right)}不是列表，不能用 in 查找")
                return found == isinstance(op, ast.In)
            case ast.Is() | ast.IsNot():
                if right is not None:
                    raise ExpressionFailed("is 只能与 None 一起使用")
                return (left is None) == isinstance(op, ast.Is)
            case ast.Eq() | ast.NotEq():
                self.tick(1 + min(self.weight(left), self.weight(right)) // 4)
                return equal(left, right) == isinstance(op, ast.Eq)
            case ast.Lt():
                return less(left, right)
            case ast.GtE():
                return not less(left, right)
            case ast.Gt():
                return less(right, left)
            case _:
                return not less(right, left)

    def if_else(self, node: ast.IfExp) -> Any:
        return self.value(node.body if self.value(node.test) else node.orelse)

    def sequence(self, node: ast.List | ast.Tuple) -> list[Any]:
        made: list[Any] = self.made([self.value(part) for part in node.elts])
        return made

    def mapping(self, node: ast.Dict) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key_node, value_node in zip(node.keys, node.values, strict=True):
            key = self.value(key_node) if key_node is not None else None
            if not isinstance(key, str):
                raise ExpressionFailed("字段名必须是文字")
            made[key] = self.value(value_node)
        self.made(made)
        return made

    def attribute(self, node: ast.Attribute) -> Any:
        """`row.amount` is a look-up in a dictionary; of a date only year, month, day. Nothing else has parts."""
        value = self.value(node.value)
        if isinstance(value, dict):
            return functions.field(value, node.attr)
        if isinstance(value, date):
            match node.attr:
                case "year":
                    return value.year
                case "month":
                    return value.month
                case "day":
                    return value.day
        raise ExpressionFailed(f"{shown(value)}没有“{node.attr}”这一项")

    def subscript(self, node: ast.Subscript) -> Any:
        value = self.value(node.value)
        if isinstance(node.slice, ast.Slice):
            low = self.value(node.slice.lower) if node.slice.lower else None
            high = self.value(node.slice.upper) if node.slice.upper else None
            if not isinstance(value, list | str) or not all(bound is None or type(bound) is int for bound in (low, high)):
                raise ExpressionFailed(f"{shown(value)}不能截取")
            return self.made(value[low:high])
        index = self.value(node.slice)
        if isinstance(value, dict) and isinstance(index, str):
            return functions.field(value, index)
        if isinstance(value, list | str) and type(index) is int:
            return value[index]
        raise ExpressionFailed(f"{shown(value)}没有第 {shown(index)} 项")

    def call_function(self, node: ast.Call) -> Any:
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        args = tuple(self.value(arg) for arg in node.args)
        kwargs = {keyword.arg: self.value(keyword.value) for keyword in node.keywords if keyword.arg is not None}
        built_in = functions.BUILT_IN.get(name)
        if built_in is not None:
            self.tick(1 + sum(self.weight(arg) for arg in args))
            return self.made(built_in(*args, **kwargs))
        if name not in self.known:
            raise grammar.wrong(self.source, f"未知函数 {name}{grammar.suggest(name, {*self.known, *functions.NAMES})}")
        began = time.thread_time()
        try:
            answer = self.call(name, args, kwargs)
        except Exception as error:
            raise _WorldError(error) from error
        self.start += time.thread_time() - began
        return self.made(self.plain(answer))

    def comprehension(self, node: ast.ListComp | ast.GeneratorExp) -> list[Any]:
        found: list[Any] = []
        self.scopes.append({})
        self.loop(node, 0, found)
        self.scopes.pop()
        self.made(found)
        return found

    def loop(self, node: ast.ListComp | ast.GeneratorExp, level: int, found: list[Any]) -> None:
        if level == len(node.generators):
            found.append(self.value(node.elt))
            if len(found) > MAX_LIST:
                raise Budget("列表太长")
            return
        generator = node.generators[level]
        assert isinstance(generator.target, ast.Name)
        over = self.value(generator.iter)
        if not isinstance(over, list):
            raise ExpressionFailed(f"{shown(over)}不是列表，不能逐项计算")
        for part in over:
            self.tick()
            self.scopes[-1][generator.target.id] = part
            if all(self.value(test) for test in generator.ifs):
                self.loop(node, level + 1, found)

    # --- script tasks ---------------------------------------------------------------------------------------------------------------

    def block(self, body: list[ast.stmt], assigned: dict[str, Any]) -> None:
        for statement in body:
            self.tick()
            if isinstance(statement, ast.Assign):
                target = statement.targets[0]
                assert isinstance(target, ast.Name)
                assigned[target.id] = self.value(statement.value)
            elif isinstance(statement, ast.If):
                self.block(statement.body if self.value(statement.test) else statement.orelse, assigned)
            elif isinstance(statement, ast.Expr):
                self.value(statement.value)


_VALUE: dict[type[ast.expr], Callable[[_Run, Any], Any]] = {
    ast.Constant: _Run.constant,
    ast.Name: _Run.name,
    ast.BoolOp: _Run.bool_op,
    ast.UnaryOp: _Run.unary,
    ast.BinOp: _Run.binary,
    ast.Compare: _Run.compare,
    ast.IfExp: _Run.if_else,
    ast.List: _Run.sequence,
    ast.Tuple: _Run.sequence,
    ast.Dict: _Run.mapping,
    ast.Attribute: _Run.attribute,
    ast.Subscript: _Run.subscript,
    ast.Call: _Run.call_function,
    ast.ListComp: _Run.comprehension,
    ast.GeneratorExp: _Run.comprehension,
}
