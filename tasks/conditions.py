"""Why a procedure cannot begin yet (不能发起的原因): the parts of its condition that do not hold, in words, with what would change that."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters import forms
from adapters.database.tables import Ban
from domain.rulesets import Ruleset

_SYSTEM = {"status": "状态", "in_use_since": "投入使用日期", "stopped_on": "停运日期"}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing in the way: what, until when, and how it goes away."""

    what: str
    cure: str = ""


def obstacles(when: str, ruleset: Ruleset, *, holds: Callable[[str], Any], bans: Sequence[Ban]) -> list[Obstacle]:
    """What of a condition does not hold. `holds` evaluates an expression; `bans` are in force on the project, its unit or its systems."""
    failing = [one for one in _parts(ast.parse(when.strip(), mode="eval").body) if not holds(ast.unparse(one))]
    found: dict[Obstacle, None] = {}
    for node in failing:
        for one in _said(node, ruleset, holds, bans):
            found[one] = None
    return list(found)


def _parts(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        for one in node.values:
            yield from _parts(one)
    else:
        yield node


def _said(node: ast.expr, ruleset: Ruleset, holds: Callable[[str], Any], bans: Sequence[Ban]) -> Iterator[Obstacle]:
    barred = [one.args[0].value for one in ast.walk(node) if _call(one) == "banned" and isinstance(one.args[0], ast.Constant)]  # type: ignore[attr-defined]  # _call answers for calls only
    standing = [one for one in bans if one.kind in barred]
    if standing:
        yield from (_ban(one, ruleset) for one in standing)
        return
    if isinstance(node, ast.BoolOp):  # 或: each way in is closed
        ways = [one.what for part in node.values for one in _said(part, ruleset, holds, bans)]
        yield Obstacle("，且".join(dict.fromkeys(ways)))
        return
    yield _compared(node, ruleset, holds)


def _ban(one: Ban, ruleset: Ruleset) -> Obstacle:
    rule = ruleset.bans.get(one.kind)
    until = f"，至 {one.until:%Y年%-m月%-d日}（含）止" if one.until else "，至解除之日止"
    return Obstacle(f"{rule.title if rule else one.kind}{until}（{ruleset.catalogue.cite([one.clause])}）", rule.cure if rule else "")


def _compared(node: ast.expr, ruleset: Ruleset, holds: Callable[[str], Any]) -> Obstacle:
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and (name := _named(node.left)) is not None:
        function, key = name
        label = _label(function, key, ruleset)
        if function == "running" and (other := ruleset.procedure(key)) is not None:
            return Obstacle(f"已有一件“{other.title or other.name}”正在办理", "办结后即可发起")
        now, wanted, op = holds(ast.unparse(node.left)), _constants(node.comparators[0]), node.ops[0]
        if label and isinstance(op, ast.In | ast.Eq) and wanted:
            choices = "或".join(f"“{one}”" for one in wanted)
            return Obstacle(
                f"{label}须是{choices}，现为“{now or '空'}”", "符合后即可发起" if key != "stage" else "项目进入该阶段后即可发起"
            )
        if label and isinstance(op, ast.NotEq | ast.NotIn) and wanted:
            return Obstacle(f"{label}是“{now}”，不能办理")
        if label and isinstance(op, ast.IsNot) and wanted == [None]:
            return Obstacle(f"还没有登记{label}", "登记后即可发起")
    return Obstacle("还不符合办理条件")


def _call(node: ast.AST) -> str:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args else ""


def _named(node: ast.expr) -> tuple[str, str] | None:
    """(function, key) of a question such as `project("stage")`."""
    function = _call(node)
    key = node.args[0] if isinstance(node, ast.Call) and node.args else None
    return (function, str(key.value)) if function and isinstance(key, ast.Constant) else None


def _constants(node: ast.expr) -> list[Any]:
    if isinstance(node, ast.Constant):
        return [node.value]
    if isinstance(node, ast.List | ast.Tuple) and all(isinstance(one, ast.Constant) for one in node.elts):
        return [one.value for one in node.elts if isinstance(one, ast.Constant)]
    return []


def _label(function: str, key: str, ruleset: Ruleset) -> str:
    """How people call what a condition asks for; nothing when we have no word."""
    if function == "system":
        return f"信息系统的{_SYSTEM[key]}" if key in _SYSTEM else ""
    if function != "project":
        return ""
    own: Mapping[str, str] = {"stage": "项目所处阶段", "status": "项目状态"}
    titles = (
        str(field.get("title", name))
        for schema in ruleset.forms.values()
        for name, field in forms.fields(schema)
        if field.get("x-project") == key
    )
    return own.get(key) or next((f"项目的“{one}”" for one in titles), "")
