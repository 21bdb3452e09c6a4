"""The flow of one diagram: every node reachable and able to end, gateways decidable, no circle without a person or a wait."""

from __future__ import annotations

from collections.abc import Iterable

from adapters.engine.gate.diagram import GATEWAYS, SCOPES, WAITS, B, Diagram, Flow, Node
from adapters.engine.gate.report import Report, listed

_DECIDES = ("exclusiveGateway", "inclusiveGateway")


def check(diagram: Diagram, waiting: frozenset[str], report: Report) -> None:
    """`waiting`: ids of processes in which a person or a wait is certain to be met when they are called."""
    _ends(diagram, report)
    for node in diagram.nodes.values():
        _ways_out(diagram, node, report)
    _reach(diagram, report)
    _circles(diagram, waiting, report)
    _errors(diagram, report)


def _ends(diagram: Diagram, report: Report) -> None:
    for flow in diagram.flows:
        source, target = diagram.nodes.get(flow.source), diagram.nodes.get(flow.target)
        if source is None or target is None:
            report.add(diagram.file, flow.id or None, "flow-end", "顺序流的一端没有连到任何元素。", "请连好两端，或删去这条线。")
        elif source.scope != target.scope:
            what = f"顺序流从 {source.label} 穿过子流程边框到 {target.label}，引擎不执行。"
            report.add(diagram.file, flow.id, "crosses-border", what, "请连到子流程本身，或在子流程内结束。")
        elif target.kind in ("startEvent", "boundaryEvent"):
            report.add(diagram.file, flow.id, "flow-end", f"顺序流不能指向 {target.label}。", "请改连到后面的步骤。")


def _ways_out(diagram: Diagram, node: Node, report: Report) -> None:
    file, out = diagram.file, node.out
    if node.kind == "endEvent":
        if out:
            report.add(file, node.id, "end-goes-on", f"结束事件 {node.label} 之后还有顺序流。", "请删去后面的顺序流，或改为中间步骤。")
        return
    if not out:
        report.add(file, node.id, "dead-end", f"{node.label}之后没有去处，办件会停在这里。", "请连到下一步或结束事件。")
    if node.kind not in GATEWAYS:
        if len(out) > 1:
            what = f"{node.label}有 {len(out)} 条去路，会同时走所有的路，而不是选择一条。"
            report.add(file, node.id, "several-ways-out", what, "请在后面加排他网关（选择）或并行网关（同时）。")
        for flow in out:
            if flow.condition:
                report.add(
                    file, flow.id, "condition-misplaced", f"{node.label}后面的顺序流带有条件，但条件只能放在网关之后。", "请加排他网关。"
                )
        return
    if node.kind == "parallelGateway":
        for flow in out:
            if flow.condition:
                report.add(
                    file,
                    flow.id,
                    "condition-misplaced",
                    f"并行网关 {node.label} 不看条件，所有的路都会走。",
                    "请删去条件，或改为排他网关。",
                )
    if node.kind in _DECIDES and len(out) > 1:
        _decides(diagram, node, report)
    if node.kind == "eventBasedGateway":
        _event_based(diagram, node, report)


def _decides(diagram: Diagram, node: Node, report: Report) -> None:
    default = node.element.get("default")
    if default not in {flow.id for flow in node.out}:
        what = f"网关 {node.label} 没有默认去路；条件都不成立时办件会出错停住。"
        report.add(diagram.file, node.id, "no-default", what, "请把其中一条设为默认流。")
    for flow in node.out:
        if flow.id == default:
            if flow.condition:
                report.add(
                    diagram.file, flow.id, "condition-misplaced", f"默认流 {flow.id} 带有条件，条件不会被看。", "请删去条件。", level="提醒"
                )
        elif not flow.condition:
            what = f"网关 {node.label} 到 {diagram.nodes[flow.target].label} 的顺序流没有条件。"
            report.add(diagram.file, flow.id, "no-condition", what, "请写明条件，或设为默认流。")


def _event_based(diagram: Diagram, node: Node, report: Report) -> None:
    targets = [diagram.nodes[flow.target] for flow in node.out]
    if len(targets) < 2 or any(target.kind != "intermediateCatchEvent" for target in targets):
        report.add(
            diagram.file, node.id, "event-gateway", f"{node.label}之后应当是两个以上的等待事件。", "请在每条路上先放消息或定时等待事件。"
        )
    if sum("timerEventDefinition" in target.events for target in targets) > 1:
        what = f"{node.label}之后有几个定时等待，引擎只按其中一个计时。"
        report.add(diagram.file, node.id, "not-executed", what, "请只保留一个定时等待。")


# --- reachability ---------------------------------------------------------------------------------------------------------------------


def successors(diagram: Diagram, node: Node) -> list[Node]:
    """Where a token may be next: flows, boundary events, the start of a sub-process."""
    found = [diagram.nodes[flow.target] for flow in node.out] + node.guests
    if node.kind in SCOPES:
        found += [child for child in diagram.inside(node.id) if child.kind == "startEvent"]
    return found


def reachable(diagram: Diagram, starts: Iterable[Node]) -> set[str]:
    """Ids of everything a token may reach from these nodes, themselves included."""
    seen: set[str] = set()
    stack = list(starts)
    while stack:
        node = stack.pop()
        if node.id not in seen:
            seen.add(node.id)
            stack += successors(diagram, node)
    return seen


def _reach(diagram: Diagram, report: Report) -> None:
    starts = [node for node in diagram.inside("") if node.kind == "startEvent"]
    seen = reachable(diagram, starts)
    for node in diagram.nodes.values():
        if node.id not in seen and starts:
            report.add(diagram.file, node.id, "unreachable", f"从开始走不到 {node.label}，它永远不会办理。", "请连上线，或删去它。")
    for scope in diagram.scopes():
        inside = diagram.inside(scope)
        back: dict[str, list[str]] = {node.id: [] for node in inside}
        for node in inside:
            for other in [*(diagram.nodes[flow.target] for flow in node.out), *node.guests]:
                if other.id in back:
                    back[other.id].append(node.id)
        able: set[str] = set()
        stack = [node.id for node in inside if node.kind == "endEvent"]
        if not stack:
            continue
        while stack:
            ident = stack.pop()
            if ident not in able:
                able.add(ident)
                stack += back[ident]
        stuck = [node for node in inside if node.id not in able and node.id in seen and node.out]
        if stuck:
            what = f"{listed([node.label for node in stuck])}之后无论怎样都到不了结束，办件会一直开着。"
            report.add(diagram.file, stuck[0].id, "no-way-to-end", what, "请加一条通向结束事件的路。")


# --- circles --------------------------------------------------------------------------------------------------------------------------


def pauses(diagram: Diagram, node: Node, waiting: frozenset[str]) -> bool:
    """Whether a token certainly stops here for a person, a message or a day."""
    if node.kind in WAITS:
        return True
    if node.kind == "callActivity":
        return node.called in waiting
    if node.kind in SCOPES:
        starts = [child for child in diagram.inside(node.id) if child.kind == "startEvent"]
        return bool(starts) and not runs_through(diagram, starts[0], waiting)
    return False


def runs_through(diagram: Diagram, start: Node, waiting: frozenset[str]) -> bool:
    """Whether some way from `start` to an end of its scope meets no person and no wait."""
    seen: set[str] = set()
    stack = [start]
    while stack:
        node = stack.pop()
        if node.id in seen or pauses(diagram, node, waiting):
            continue
        seen.add(node.id)
        if node.kind == "endEvent":
            return True
        stack += [diagram.nodes[flow.target] for flow in node.out]
    return False


def _circles(diagram: Diagram, waiting: frozenset[str], report: Report) -> None:
    auto = {node.id for node in diagram.nodes.values() if not pauses(diagram, node, waiting)}
    state: dict[str, int] = {}
    for root in sorted(auto):
        if root in state:
            continue
        state[root] = 1
        stack = [(root, iter([flow.target for flow in diagram.nodes[root].out]))]
        while stack:
            ident, targets = stack[-1]
            target = next(targets, None)
            if target is None:
                state[ident] = 2
                stack.pop()
            elif target in auto and state.get(target) == 1:
                path = [one for one, _ in stack]
                circle = path[path.index(target) :]
                names = "→".join(diagram.nodes[one].label for one in circle[:6])
                what = f"{names}形成循环，其中没有人员办理也没有等待，会无休止地自动运行。"
                report.add(diagram.file, target, "automatic-loop", what, "请在循环中加入人员步骤或等待，或删去回路。")
            elif target in auto and target not in state:
                state[target] = 1
                stack.append((target, iter([flow.target for flow in diagram.nodes[target].out])))


# --- errors ---------------------------------------------------------------------------------------------------------------------------


def throws(diagram: Diagram, scope: str = "") -> set[str | None]:
    """errorRef values of error end events that leave this scope uncaught (None: an error without a code)."""
    found: set[str | None] = set()
    for node in diagram.inside(scope):
        if node.kind == "endEvent" and "errorEventDefinition" in node.events:
            definition = node.element.find(f"{B}errorEventDefinition")
            found.add(definition.get("errorRef") if definition is not None else None)
        elif node.kind in SCOPES:
            found |= {code for code in throws(diagram, node.id) if not caught(node, code)}
    return found


def caught(host: Node, code: str | None) -> bool:
    """Whether a boundary event of an activity catches this error."""
    for guest in host.guests:
        definition = guest.element.find(f"{B}errorEventDefinition")
        if definition is not None and definition.get("errorRef") in (None, code):
            return True
    return False


def _errors(diagram: Diagram, report: Report) -> None:
    if diagram.kind == "part":
        return  # its callers are checked
    for code in throws(diagram):
        what = f"错误结束事件（{code or '无代码'}）没有任何边界事件接住，流程会当作正常结束继续。"
        report.add(diagram.file, None, "error-uncaught", what, "请改为普通结束事件，或在外层加错误边界事件。")


def parallel_pairs(diagram: Diagram) -> list[tuple[Node, Flow | Node, Flow | Node]]:
    """Places where two ways run at the same time: pairs of branches of a split, and a step beside its non-interrupting event."""
    pairs: list[tuple[Node, Flow | Node, Flow | Node]] = []
    for node in diagram.nodes.values():
        if node.kind in ("parallelGateway", "inclusiveGateway"):
            pairs += [(node, a, b) for number, a in enumerate(node.out) for b in node.out[number + 1 :]]
        for guest in node.guests:
            if guest.element.get("cancelActivity") == "false":
                pairs += [(node, flow, guest) for flow in node.out]
    return pairs
