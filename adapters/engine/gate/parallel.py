"""Variables that two ways running at the same time would both write: the join keeps one side and drops the other without a word."""

from __future__ import annotations

import ast

from adapters.engine import grammar
from adapters.engine.gate.diagram import B, Diagram, Flow, Node, S, text_of
from adapters.engine.gate.flow import parallel_pairs, reachable
from adapters.engine.gate.report import Report, listed
from domain.errors import ExpressionFailed


def check(diagram: Diagram, report: Report) -> None:
    """Compare what the branches of every split write."""
    writes = {node.id: names for node in diagram.nodes.values() if (names := _written(node))}
    if not writes:
        return
    for split, one, other in parallel_pairs(diagram):
        first, second = (reachable(diagram, [_start(diagram, branch)]) for branch in (one, other))
        left = {name for ident in first - second for name in writes.get(ident, ())}
        right = {name for ident in second - first for name in writes.get(ident, ())}
        if both := left & right:
            what = f"{split.label}之后同时进行的两条路都写变量 {listed(both)}，汇合时其中一个会丢失。"
            report.add(diagram.file, split.id, "parallel-write", what, "请让两条路写不同的变量；意见和结论由系统登记，不必写变量。")


def _start(diagram: Diagram, branch: Flow | Node) -> Node:
    return diagram.nodes[branch.target] if isinstance(branch, Flow) else branch


def _written(node: Node) -> set[str]:
    """Names that the scripts of a node assign."""
    sources = [text_of(node.element.find(f"{B}script"))]
    sources += [
        text_of(script) for tag in ("preScript", "postScript") for script in node.element.iterfind(f"{B}extensionElements/{S}{tag}")
    ]
    names: set[str] = set()
    for source in filter(None, sources):
        try:
            statements = grammar.parse_script(source)
        except ExpressionFailed:
            continue
        for statement in statements:
            names |= {one.id for one in ast.walk(statement) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    return names
