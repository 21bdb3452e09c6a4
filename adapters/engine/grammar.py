"""Which expressions (条件、期限、表格单元) an author may write, checked before anything is evaluated.

A subset of Python's syntax over plain values. Python's own parser reads the text; nothing is ever compiled or run by Python.
What a text may cost is bounded here (length, nesting, nodes), what evaluating it may cost in `expressions.py`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from domain.errors import ExpressionFailed

MAX_SOURCE = 2_000
MAX_NESTING = 40
MAX_NODES = 400
MAX_TEXT = 20_000
MAX_INTEGER = 10**28

CONSTANTS = {"true": True, "false": False, "null": None}  #: FEEL spellings, as decision tables write them
_FULL_WIDTH = dict(zip("（）【】，：；！＝＜＞＋－“”‘’。", "()[],:;!=<>+-\"\"''.", strict=True))

_ALLOWED: tuple[type[ast.AST], ...] = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.BinOp, ast.Add, ast.Sub, ast.Mult,
    ast.Div, ast.FloorDiv, ast.Mod, ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.Is,
    ast.IsNot, ast.IfExp, ast.Constant, ast.Name, ast.Load, ast.Store, ast.List, ast.Tuple, ast.Dict, ast.Subscript, ast.Slice,
    ast.Attribute, ast.Call, ast.keyword, ast.ListComp, ast.GeneratorExp, ast.comprehension,
)  # fmt: skip
_STATEMENTS: tuple[type[ast.AST], ...] = (ast.Module, ast.Assign, ast.If, ast.Pass, ast.Expr)


def wrong(source: str, why: str) -> ExpressionFailed:
    """The refusal of a text nobody could evaluate."""
    return ExpressionFailed(f"条件写错：{why}（{_short(source)}）")


def _short(source: str) -> str:
    text = " ".join(source.split())
    return text if len(text) <= 120 else text[:117] + "…"


@lru_cache(maxsize=4096)
def parse(source: str) -> ast.expr:
    """The tree of an expression, once per text. Raises ExpressionFailed when it is not one of ours."""
    if not isinstance(source, str):
        raise ExpressionFailed("条件写错：条件必须是文字。")
    flat = re.sub(r"[\r\n\t]", " ", source).strip()
    _scan(flat)
    tree = _checked(source, flat, "eval", _ALLOWED)
    assert isinstance(tree, ast.Expression)
    return tree.body


@lru_cache(maxsize=256)
def parse_script(source: str) -> list[ast.stmt]:
    """The statements of a script task: assignments to plain names, `if`, nothing else."""
    if not isinstance(source, str):
        raise ExpressionFailed("条件写错：脚本必须是文字。")
    _scan(source)
    tree = _checked(source, source.strip(), "exec", _ALLOWED + _STATEMENTS)
    assert isinstance(tree, ast.Module)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and not (len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)):
            raise wrong(source, "脚本只能给一个名称赋值")
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in CONSTANTS:
            raise wrong(source, f"{node.id} 不能赋值")
    return tree.body


def _scan(source: str) -> None:
    """Refuse what would cost Python's parser too much, and what it would read otherwise than people do."""
    if len(source) > MAX_SOURCE:
        raise wrong(source, f"超过 {MAX_SOURCE} 个字符")
    if not source.strip():
        raise wrong(source, "内容为空")
    quote, depth, run = "", 0, 0
    for char in source:
        if char == "\\":
            raise wrong(source, "不能使用反斜线")
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in _FULL_WIDTH:
            raise wrong(source, f"用了全角符号“{char}”，请改为半角“{_FULL_WIDTH[char]}”")
        elif char == "#":
            raise wrong(source, "不能写注释“#”")
        elif char == "\0":
            raise wrong(source, "含有不可见字符")
        depth += (char in "([{") - (char in ")]}")
        run = run + 1 if char in "-+~ " else 0
        if depth > MAX_NESTING or run > 60:
            raise wrong(source, "嵌套太深")
    if len(re.findall(r"\bnot\b|\bif\b|\blambda\b|\*\*", source)) > 60:
        raise wrong(source, "运算太多")


def _checked(source: str, text: str, mode: str, allowed: tuple[type[ast.AST], ...]) -> ast.AST:
    try:
        tree = ast.parse(text, mode=mode)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        at = getattr(error, "offset", None)
        raise wrong(source, f"第 {at} 个字符附近读不懂" if at else "读不懂") from None
    count = 0
    stack: list[tuple[ast.AST, int]] = [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        count += 1
        if count > MAX_NODES or depth > MAX_NESTING:
            raise wrong(source, "太长或嵌套太深")
        if not isinstance(node, allowed):
            raise wrong(source, f"不支持这种写法（{type(node).__name__}）")
        _check_node(source, node)
        stack.extend((child, depth + 1) for child in ast.iter_child_nodes(node))
    return tree


def _check_node(source: str, node: ast.AST) -> None:
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    if name.startswith("_"):
        raise wrong(source, f"名称不能以下划线开头（{name}）")
    if isinstance(node, ast.Constant):
        exact: Any = _constant(source, node.value)
        node.value = exact
    elif isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name):
            raise wrong(source, "只能调用有名称的函数")
        if any(keyword.arg is None for keyword in node.keywords):
            raise wrong(source, "不支持 ** 参数")
    elif isinstance(node, ast.comprehension) and (node.is_async or not isinstance(node.target, ast.Name)):
        raise wrong(source, "for 后面只能是一个名称")
    elif isinstance(node, ast.Dict) and any(key is None for key in node.keys):
        raise wrong(source, "不支持 ** 参数")
    elif isinstance(node, ast.Slice) and node.step is not None:
        raise wrong(source, "不支持带步长的截取")


def _constant(source: str, value: object) -> bool | int | str | Decimal | None:
    if isinstance(value, float):
        exact = Decimal(repr(value))  # 30.5 万元 is a decimal figure, not a binary one
        if not exact.is_finite() or exact.adjusted() > 28:
            raise wrong(source, "数字太大")
        return exact
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise wrong(source, "数字太大")
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise wrong(source, "文字太长")
    if value is None or isinstance(value, bool | int | str):
        return value
    raise wrong(source, f"不支持这种写法（{type(value).__name__}）")


def suggest(name: str, known: Collection[str]) -> str:
    """`，是否想写 decision？` or nothing."""
    near = get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f"，是否想写 {near[0]}？" if near else ""


def check(source: str, functions: Collection[str], names: Collection[str] | None) -> str | None:
    """What is wrong with an expression, in Chinese, or None. `names` None allows every name."""
    try:
        tree = parse(source)
    except ExpressionFailed as error:
        return error.what
    local = {n.target.id for n in ast.walk(tree) if isinstance(n, ast.comprehension) and isinstance(n.target, ast.Name)}
    called = {id(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Name):
            continue
        if id(node) in called:
            if node.id not in functions:
                return wrong(source, f"未知函数 {node.id}{suggest(node.id, functions)}").what
        elif names is not None and node.id not in names and node.id not in local and node.id not in CONSTANTS:
            hint = f"，{node.id} 是函数，后面要写括号" if node.id in functions else suggest(node.id, names)
            return wrong(source, f"未知名称 {node.id}{hint}").what
    return None
