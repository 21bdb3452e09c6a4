"""Expressions and clause ids in forms and rounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from adapters.engine.gate.references import Place, References
from adapters.engine.gate.report import near


def check(references: References, files: Mapping[str, bytes]) -> None:
    """Every rule of every form."""
    context = references.context
    for name in context.forms:
        path = f"{context.code}/forms/{name}.json"
        file = path if path in files else f"national/forms/{name}.json"
        fields = frozenset(context.properties(name))
        for clause in _clauses(context.forms[name]):
            references.clause(Place(file, None, "表单"), clause)
        rules = context.forms[name].get("x-rules")
        for number, rule in enumerate(rules if isinstance(rules, list) else [], start=1):
            if not isinstance(rule, Mapping):
                continue
            place = Place(file, None, f"第 {number} 条填报规则")
            references.check(place, str(rule.get("check") or ""), fields)
            if isinstance(rule.get("clause"), str):
                references.clause(place, rule["clause"])
        for field, prop in context.properties(name).items():
            when = prop.get("x-required-when") if isinstance(prop, Mapping) else None
            if isinstance(when, str):
                references.check(Place(file, None, f"字段 {field} 的必填条件"), when, fields)
    _rounds(references)


def _clauses(schema: Any, depth: int = 0) -> Iterator[str]:
    """Clause ids anywhere in a form: `x-clause` of a field, `x-clauses` of the form."""
    if isinstance(schema, Mapping) and depth < 12:
        for key, value in schema.items():
            if key in ("x-clause", "x-clauses"):
                yield from (str(one) for one in (value if isinstance(value, list) else [value]))
            elif key != "x-rules":
                yield from _clauses(value, depth + 1)


def _rounds(references: References) -> None:
    context, ids = references.context, references.diagrams.keys()
    for name, procedure in context.rounds.items():
        if not {procedure, f"{context.code}_{procedure}", f"national_{procedure}"} & ids:
            what = f"批次 {name} 要发起的流程“{procedure}”不存在。"
            todo = near(procedure, ids) or "请填写流程编号，或补上该流程。"
            references.report.add(f"{context.code}/rounds.yaml", name, "call-missing", what, todo)
