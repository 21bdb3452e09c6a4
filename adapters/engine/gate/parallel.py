"""What two ways running at the same time would both write.

Of a variable the join keeps one side and drops the other without a word; of a fact or an amount the one handed in last counts.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from adapters.engine import grammar
from adapters.engine.gate.context import Context
from adapters.engine.gate.diagram import PEOPLE, B, Diagram, Flow, Node, S, text_of
from adapters.engine.gate.flow import parallel_pairs, reachable
from adapters.engine.gate.report import Report, listed
from domain.errors import ExpressionFailed


def check(diagram: Diagram, context: Context, report: Report) -> None:
    """Compare what the branches of every split write."""
    writes = {node.id: names for node in diagram.nodes.values() if (names := _written(node))}
    marks = {node.id: names for node in diagram.nodes.values() if (names := _recorded(diagram, node, context))}
    for node in diagram.nodes.values():
        if node.multi and node.id in marks:
            what = f"{node.label}由几方各填一份，都登记{listed(marks[node.id])}，最后提交的一份会盖掉其他的。"
            report.add(diagram.file, node.id, "parallel-record", what, "请只由一个步骤登记，其他各方只填意见。", level="提醒")
    if not writes and not marks:
        return
    for split, one, other in parallel_pairs(diagram):
        first, second = (reachable(diagram, [_start(diagram, branch)]) for branch in (one, other))
        if both := _both(writes, first, second):
            what = f"{split.label}之后同时进行的两条路都写变量 {listed(both)}，汇合时其中一个会丢失。"
            report.add(diagram.file, split.id, "parallel-write", what, "请让两条路写不同的变量；意见和结论由系统登记，不必写变量。")
        if both := _both(marks, first, second):
            what = f"{split.label}之后同时进行的两条路都登记{listed(both)}，以后登记的为准，先登记的会被盖掉。"
            report.add(diagram.file, split.id, "parallel-record", what, "请只在一条路上登记，或改为先后进行。", level="提醒")


def _both(writes: Mapping[str, set[str]], first: set[str], second: set[str]) -> set[str]:
    left = {name for ident in first - second for name in writes.get(ident, ())}
    return left & {name for ident in second - first for name in writes.get(ident, ())}


def _recorded(diagram: Diagram, node: Node, context: Context) -> set[str]:
    """Amounts, project facts and flags that a step keeps for everybody."""
    found: set[str] = set()
    if node.kind in PEOPLE:
        for prop in context.properties(diagram.form(node)).values():
            for mark, words in (("x-amount", "金额"), ("x-project", "项目信息")):
                if isinstance(prop, Mapping) and isinstance(prop.get(mark), str):
                    found.add(f"{words} {prop[mark]}")
    operator = node.operation
    if operator is not None and operator.get("id") == "flag":
        for parameter in operator.iterfind(f"{S}parameters/{S}parameter"):
            if parameter.get("id") == "name":
                found.add(f"标记 {(parameter.get('value') or '').strip(chr(39) + chr(34))}")
    return found


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
