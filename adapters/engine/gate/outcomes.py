"""Conclusions and gateways: every conclusion a form or table offers is asked for, and nothing is asked that cannot come."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from adapters.engine import grammar
from adapters.engine.gate.decisions import Table
from adapters.engine.gate.diagram import Diagram, Flow, Node
from adapters.engine.gate.references import Place, References, literal, name_of
from adapters.engine.gate.report import listed, near
from domain.errors import ExpressionFailed

_REST = ("其他", "其余", "否则", "以外", "等")


def check(diagram: Diagram, references: References, tables: Mapping[str, Table]) -> None:
    """Compare gateways with what can be concluded before them."""
    for flow in diagram.flows:
        for step, words in comparisons(flow.condition or "").items():
            _unknown(diagram, flow, step, words, references, tables)
    for node in diagram.nodes.values():
        if node.kind == "exclusiveGateway" and len(node.out) > 1:
            _unhandled(diagram, node, references, tables)


def comparisons(source: str) -> dict[str, set[str]]:
    """Step → words its decision is compared with by `==` or `in`."""
    try:
        tree = grammar.parse(source)
    except ExpressionFailed:
        return {}
    found: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Compare) or len(node.ops) != 1:
            continue
        sides = [node.left, node.comparators[0]]
        for asked, value in (sides, reversed(sides)):
            if isinstance(asked, ast.Call) and name_of(asked) == "decision" and asked.args and (step := literal(asked.args[0])):
                parts = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
                found.setdefault(step, set()).update(word for part in parts if (word := literal(part)) is not None)
    return found


def offered(diagram: Diagram, node: Node, references: References, tables: Mapping[str, Table]) -> set[str] | None:
    """Words a node can conclude with; None when nobody knows."""
    if node.kind == "userTask" and not node.multi:
        return set(references.context.outcomes(diagram.form(node))) or None
    if node.kind == "businessRuleTask" and (table := tables.get(node.decision or "")) and table.unique:
        return set(table.outputs.values()) or None
    return None


def _unknown(diagram: Diagram, flow: Flow, step: str, words: set[str], references: References, tables: Mapping[str, Table]) -> None:
    place = Place(diagram.file, flow.id, f"顺序流 {flow.id} 的条件", diagram.id)
    targets = references.steps(place, step)
    sets = [offered(where, node, references, tables) for where, node in targets]
    known = [one for one in sets if one is not None]
    if not targets or len(known) != len(sets):
        return
    possible = set[str]().union(*known)
    table = any(node.kind == "businessRuleTask" for _, node in targets)
    for word in sorted(words - possible):
        source = "决策表没有任何一行给出" if table else "表单没有提供"
        what = f"{place.words}等待 {step} 的结论“{word}”，而{source}这个结论，这条路永远走不到。"
        todo = near(word, possible) or f"可用结论：{listed(possible)}。"
        references.report.add(diagram.file, flow.id, "unknown-outcome", what, todo, level="提醒" if table else "错误")


def _unhandled(diagram: Diagram, gateway: Node, references: References, tables: Mapping[str, Table]) -> None:
    """Two or more conclusions of the step just before that only the default flow would take."""
    before = [diagram.nodes[flow.source] for flow in gateway.into]
    default = next((flow for flow in gateway.out if flow.id == gateway.element.get("default")), None)
    for node in before:
        possible = offered(diagram, node, references, tables)
        if possible is None or default is None or not any(node.id in comparisons(flow.condition or "") for flow in gateway.out):
            continue
        # what a gateway further on asks for has its own way there
        rest = possible - set[str]().union(*(comparisons(flow.condition or "").get(node.id, ()) for flow in diagram.flows))
        if len(rest) > 1 and not any(word in default.name for word in _REST) and not all(word in default.name for word in rest):
            target = diagram.nodes[default.target].label
            what = f"{node.label}的结论 {listed(rest)} 在网关 {gateway.label} 没有各自的去路，都走默认流到 {target}。"
            todo = "如果本意如此，请把默认流命名为“其他”；否则请为每个结论画一条路。"
            references.report.add(diagram.file, gateway.id, "outcome-unhandled", what, todo, level="提醒")
