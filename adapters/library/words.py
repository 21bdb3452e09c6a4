"""Authored expressions as Chinese words, without a case: for comparisons, lists of changes and the calendar of a year.

A period names its length and from when it counts; what cannot be worded is shown as it was written.
"""

from __future__ import annotations

import ast
import re

from domain.procedures import Procedure
from domain.rulesets import Ruleset

_UNITS = {"workdays": "个工作日", "days": "天", "months": "个月", "years": "年"}
_SIGNS = {ast.Add: "加", ast.Sub: "减", ast.Mult: "乘", ast.FloorDiv: "除以", ast.Div: "除以"}
_PLAIN = {"today": "当日", "round_day": "批次截止日"}
_CELL = re.compile(r"(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)")
UNIT = re.compile(r"[（(，]([^（）()，]{1,4})[）)]$")  #: at the end of a column's name
ANY = "不限"
_BETWEEN = re.compile(r"(-?\d+(?:\.\d+)?)\s*(<=|<)\s*\?\s*(<=|<)\s*(-?\d+(?:\.\d+)?)")


def period(expression: str, ruleset: Ruleset, procedure: Procedure | None = None) -> str:
    """A timer expression in words: `workdays(7, after=answer("sign_contract", "signed_on"))` → 7 个工作日，自“签订合同·签订日期”起."""
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
    except SyntaxError:
        return expression
    return _worded(tree, ruleset, procedure)


def amount(cell: str, unit: str = "") -> str:
    """A cell of a decision table in words, with whether the bound is included: `>= 30` → 30（含）以上.

    >>> amount("< 30", "万元"), amount("30 <= ? < 400", "万元"), amount("-")
    ('30万元（不含）以下', '30万元（含）以上、400万元（不含）以下', '不限')
    """
    text = cell.strip()
    if text in ("-", ""):
        return ANY
    if found := _BETWEEN.fullmatch(text):
        return f"{_bound('>=' if found[2] == '<=' else '>', found[1], unit)}、{_bound(found[3], found[4], unit)}"
    if found := _CELL.fullmatch(text):
        return _bound(found[1], found[2], unit)
    if text in ("true", "false"):
        return "是" if text == "true" else "否"
    return "、".join(one.strip().strip('"') for one in text.split(","))


def unit(column: str) -> str:
    """The unit that the name of a column ends with: `资金估算（万元）` → 万元."""
    found = UNIT.search(column)
    return found[1] if found else ""


def _bound(sign: str, number: str, unit: str) -> str:
    side = "以上" if sign.startswith(">") else "以下"
    return f"{number}{unit}（{'含' if '=' in sign else '不含'}）{side}"


def _worded(node: ast.expr, ruleset: Ruleset, procedure: Procedure | None) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.IfExp):
        return f"{_worded(node.body, ruleset, procedure)}；或者{_worded(node.orelse, ruleset, procedure)}"
    if isinstance(node, ast.BoolOp):  # `a or b`: the later one counts where there is one
        return "或者".join(dict.fromkeys(_worded(one, ruleset, procedure) for one in node.values))
    if isinstance(node, ast.BinOp) and type(node.op) in _SIGNS:
        left, right = _worded(node.left, ruleset, procedure), _worded(node.right, ruleset, procedure)
        return f"（{left}{_SIGNS[type(node.op)]}{right}）"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _called(node.func.id, node, ruleset, procedure)
    return ast.unparse(node)


def _called(name: str, node: ast.Call, ruleset: Ruleset, procedure: Procedure | None) -> str:
    args = [_worded(one, ruleset, procedure) for one in node.args]
    if name in _UNITS and args:
        after = next((_worded(one.value, ruleset, procedure) for one in node.keywords if one.arg == "after"), None)
        length = "当日" if args[0] == "0" and after else f"{args[0]} {_UNITS[name]}"
        return length + (f"，自{after}起" if after and length != "当日" else f"（{after}）" if after else "")
    if name == "end_of" and args and re.fullmatch(r"\d\d-\d\d", args[0]):
        return f"{int(args[0][:2])} 月 {int(args[0][3:])} 日前（含当日）"
    if name == "on" and args:
        return f"到{args[0]}"
    if name in ("done_on", "decision") and args:
        return f"“{_step(args[0], ruleset, procedure)}”办结"
    if name == "answer" and len(args) > 1:
        return f"“{_step(args[0], ruleset, procedure)}”填报的“{_field(args[0], args[1], ruleset, procedure)}”"
    if name == "setting" and args:
        found = ruleset.settings.get(args[0])
        return f"【{found.title}：{found.value if found.value is not None else '未填写'}】" if found else args[0]
    if name in ("project", "entry") and args:
        return f"项目的“{_fact(args[0], ruleset)}”"
    if name in _PLAIN:
        return _PLAIN[name]
    return ast.unparse(node)


def _step(path: str, ruleset: Ruleset, procedure: Procedure | None) -> str:
    key = path.rsplit("/", 1)[-1]
    for one in (*([procedure] if procedure else []), *ruleset.procedures.values()):
        if key in one.elements:
            return one.elements[key].name or key
    return key


def _fact(name: str, ruleset: Ruleset) -> str:
    """The title of the form field that sets a fact of the project."""
    for schema in ruleset.forms.values():
        for mark in schema.get("properties", {}).values():
            if mark.get("x-project") == name:
                return str(mark.get("title") or name)
    return name


def _field(path: str, field: str, ruleset: Ruleset, procedure: Procedure | None) -> str:
    key = path.rsplit("/", 1)[-1]
    for one in (*([procedure] if procedure else []), *ruleset.procedures.values()):
        element = one.elements.get(key)
        schema = ruleset.forms.get(element.form or key) if element else None
        if schema and field in schema.get("properties", {}):
            return str(schema["properties"][field].get("title") or field)
    return field


def opening(opens: str) -> str:
    """When a round opens, in words: `yearly 06-30` → 每年 6 月 30 日."""
    kind, _, rest = opens.partition(" ")
    if kind == "yearly":
        return f"每年 {int(rest[:2])} 月 {int(rest[3:])} 日"
    if kind == "monthly":
        return f"每月 {rest} 日"
    if kind == "quarterly":
        return f"每季度第 {rest} 日"
    if found := re.fullmatch(r"workday (\d+) of ([\d,]+)", opens):
        return f"{found[2].replace(',', '、')} 月的第 {found[1]} 个工作日"
    return "由管理员开办" if opens == "manual" else opens
