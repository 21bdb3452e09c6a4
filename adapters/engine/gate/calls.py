"""Calls between diagrams: the called process exists, calls form no circle and are not too deep, errors are caught, offices are given."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.engine.gate import flow
from adapters.engine.gate.context import Context
from adapters.engine.gate.diagram import PEOPLE, Diagram, Node
from adapters.engine.gate.report import Report, near

DEEPEST = 5


class Calls:
    """Who calls whom in a rule set."""

    def __init__(self, diagrams: Mapping[str, Diagram]) -> None:
        self.diagrams = diagrams
        self.sites: dict[str, list[tuple[Diagram, Node]]] = {}
        self.below: dict[str, set[str]] = {ident: set() for ident in diagrams}
        for ident, diagram in diagrams.items():
            for node in diagram.nodes.values():
                if node.kind == "callActivity" and node.called:
                    self.sites.setdefault(node.called, []).append((diagram, node))
                    if node.called in diagrams:
                        self.below[ident].add(node.called)

    def tree(self, ident: str) -> set[str]:
        """A process and everything it calls, directly or not."""
        return _closure(ident, self.below)

    def above(self, ident: str) -> set[str]:
        """A process and everything that calls it, directly or not."""
        up: dict[str, set[str]] = {one: set() for one in self.diagrams}
        for one, called in self.below.items():
            for other in called:
                up[other].add(one)
        return _closure(ident, up)

    def family(self, ident: str) -> set[str]:
        """Every process that can run in the same case."""
        found: set[str] = set()
        for root in self.above(ident):
            found |= self.tree(root)
        return found

    def waiting(self) -> frozenset[str]:
        """Processes in which a person or a wait is certain to be met."""
        known: frozenset[str] = frozenset()
        for _ in range(DEEPEST + 1):
            found = frozenset(ident for ident, diagram in self.diagrams.items() if _stops(diagram, known))
            if found == known:
                break
            known = found
        return known

    def check(self, context: Context, report: Report) -> None:
        """All findings about calls."""
        for diagram in self.diagrams.values():
            for node in diagram.nodes.values():
                if node.kind == "callActivity":
                    self._site(diagram, node, context, report)
            if path := self._circle(diagram.id):
                what = f"流程互相调用形成循环：{'→'.join(path)}，办件永远不会结束。"
                report.add(diagram.file, None, "call-circle", what, "请删去其中一处调用。")
            elif (deep := self._depth(diagram.id)) > DEEPEST:
                report.add(diagram.file, None, "call-depth", f"调用嵌套 {deep} 层，超过 {DEEPEST} 层。", "请减少层次。")

    def _site(self, diagram: Diagram, node: Node, context: Context, report: Report) -> None:
        called = self.diagrams.get(node.called)
        if called is None:
            todo = near(node.called, self.diagrams.keys()) or "请填写被调用流程的编号，或补上该流程。"
            report.add(diagram.file, node.id, "call-missing", f"{node.label}调用的流程“{node.called[:60]}”不存在或读不出来。", todo)
            return
        for code in flow.throws(called):
            if not flow.caught(node, code):
                what = f"{node.label}调用的流程会以错误（{code or '无代码'}）结束，这里没有接住，流程会当作正常继续。"
                report.add(diagram.file, node.id, "error-uncaught", what, "请在它的边框上加错误边界事件。")
        if called.national:
            self._lanes(diagram, node, called, context, report)

    def _lanes(self, diagram: Diagram, node: Node, called: Diagram, context: Context, report: Report) -> None:
        """Generic lanes of a shared process become offices here: by a parameter of the same name, or the lane id is an office."""
        given = {note.get("name") or "": note.get("value") or "" for note in node.notes("param")}
        needed = {called.lane(one) for one in called.nodes.values() if one.kind in PEOPLE and _plain_office(one)}
        for lane in sorted(lane for lane in needed if lane):
            office = given.get(lane, lane)
            passed = office.startswith("=") or (lane not in given and diagram.national)
            if office not in context.offices and not passed and not (diagram.national and office in diagram.lanes.values()):
                what = f"{node.label}没有说明“{lane}”由哪个单位担任，{called.id} 的步骤没有人办理。"
                todo = f"请加参数 {lane}，值为单位编号。" + near(office, context.offices.keys())
                report.add(diagram.file, node.id, "no-office", what, todo)

    def _circle(self, ident: str) -> list[str]:
        stack: list[tuple[str, list[str]]] = [(ident, [ident])]
        seen: set[str] = set()
        while stack:
            one, path = stack.pop()
            for called in sorted(self.below.get(one, ())):
                if called == ident:
                    return [*path, ident]
                if called not in seen:
                    seen.add(called)
                    stack.append((called, [*path, called]))
        return []

    def _depth(self, ident: str) -> int:
        """Longest chain of calls; `DEEPEST + 2` at most, so that circles elsewhere do not matter."""
        level, depth = {ident}, 0
        while level and depth <= DEEPEST + 1:
            level = {called for one in level for called in self.below.get(one, ())}
            depth += bool(level)
        return depth


def _closure(ident: str, edges: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    stack = [ident]
    while stack:
        one = stack.pop()
        if one not in found:
            found.add(one)
            stack += edges.get(one, ())
    return found


def _stops(diagram: Diagram, known: frozenset[str]) -> bool:
    starts = [node for node in diagram.inside("") if node.kind == "startEvent"]
    return bool(starts) and not flow.runs_through(diagram, starts[0], known)


def _plain_office(node: Node) -> bool:
    step = node.note("step")
    return step is None or not step.get("office")
