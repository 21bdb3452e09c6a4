"""Columns and rows: longest path from left to right, chains packed into the rows of their lane."""

from __future__ import annotations

from collections import defaultdict

from adapters.engine.layout.read import Edge, Node, Scope


def place(scope: Scope) -> None:
    """Set `column`, `row` of every node, `back` of every edge, and the rows of the scope."""
    out: dict[str, list[Edge]] = defaultdict(list)
    for edge in scope.edges:
        out[edge.source.at.id].append(edge)
    _mark_back(scope, out)
    _columns(scope, out)
    rows = _rows(scope, _chains(scope, out))
    _number(scope, rows)


def _mark_back(scope: Scope, out: dict[str, list[Edge]]) -> None:
    """An edge that closes a cycle in a depth-first walk from the start is a way back."""
    state: dict[str, int] = {}
    entered = {edge.target.at.id for edge in scope.edges}
    roots = [n for n in scope.plain if n.kind == "startEvent"] + [n for n in scope.plain if n.id not in entered] + scope.plain
    for root in roots:
        if root.id in state:
            continue
        state[root.id] = 1
        stack = [(root.id, iter(out[root.id]))]
        while stack:
            ident, edges = stack[-1]
            edge = next(edges, None)
            if edge is None:
                state[ident] = 2
                stack.pop()
                continue
            target = edge.target.at.id
            if state.get(target) == 1:
                edge.back = True
            elif target not in state:
                state[target] = 1
                stack.append((target, iter(out[target])))


def _columns(scope: Scope, out: dict[str, list[Edge]]) -> None:
    waiting = {node.id: 0 for node in scope.plain}
    for edge in scope.edges:
        if not edge.back:
            waiting[edge.target.at.id] += 1
    ready = [node for node in scope.plain if not waiting[node.id]]
    while ready:
        node = ready.pop()
        for edge in out[node.id]:
            if edge.back:
                continue
            target = edge.target.at
            target.column = max(target.column, node.column + 1)
            waiting[target.id] -= 1
            if not waiting[target.id]:
                ready.append(target)
    scope.columns = max((node.column for node in scope.plain), default=-1) + 1


def _chains(scope: Scope, out: dict[str, list[Edge]]) -> list[tuple[Node | None, list[Node]]]:
    """Cut the diagram into chains, the longest way first; each with the node it branches off from."""
    length: dict[str, int] = {}
    for node in sorted(scope.plain, key=lambda n: -n.column):
        length[node.id] = 1 + max((length[e.target.at.id] for e in out[node.id] if not e.back), default=0)
    order = {node.id: number for number, node in enumerate(scope.nodes)}
    came: dict[str, Node] = {}
    for edge in scope.edges:
        if not edge.back and (edge.target.at.id not in came or edge.source.at.column > came[edge.target.at.id].column):
            came[edge.target.at.id] = edge.source.at
    taken: set[str] = set()
    chains: list[tuple[Node | None, list[Node]]] = []
    for first in sorted(scope.plain, key=lambda n: (n.column, n.kind != "startEvent", order[n.id])):
        if first.id in taken:
            continue
        chain, node = [first], first
        taken.add(first.id)
        while True:
            ways = [e for e in out[node.id] if not e.back and e.target.at.id not in taken]
            if not ways:
                break
            best = max(ways, key=lambda e: (e.source.host is None, length[e.target.at.id], e.target.lane == node.lane))
            node = best.target.at
            taken.add(node.id)
            chain.append(node)
        chains.append((came.get(first.id), chain))
    return chains


def _rows(scope: Scope, chains: list[tuple[Node | None, list[Node]]]) -> dict[int, list[set[int]]]:
    """Pack the stretches of each chain into rows; answers for each lane the occupied columns of each row."""
    taken: dict[int, list[set[int]]] = {lane: [set()] for lane in range(max(1, len(scope.lanes)))}
    for before, chain in chains:
        previous = before
        start = 0
        while start < len(chain):
            end = start
            while end + 1 < len(chain) and chain[end + 1].lane == chain[start].lane:
                end += 1
            stretch = chain[start : end + 1]
            _pack(taken[stretch[0].lane], stretch, previous)
            previous = stretch[-1]
            start = end + 1
    return taken


def _pack(rows: list[set[int]], stretch: list[Node], previous: Node | None) -> None:
    first, last = stretch[0].column, stretch[-1].column
    span = set(range(first, last + 1))
    same = previous is not None and previous.lane == stretch[0].lane
    wanted = previous.row if same and previous is not None else 0
    way = set(range(previous.column + 1, first)) if same and previous is not None else set()

    def cost(row: int) -> float:
        if row < len(rows) and rows[row] & span:
            return 1e6
        return abs(row - wanted) + (0.6 if row < len(rows) and rows[row] & way else 0) + (0.1 if row < wanted else 0)

    row = min(range(len(rows) + 1), key=cost)
    if row == len(rows):
        rows.append(set())
    rows[row] |= span
    for node in stretch:
        node.row = row


def _number(scope: Scope, rows: dict[int, list[set[int]]]) -> None:
    """Turn rows within a lane into rows of the scope."""
    base: dict[int, int] = {}
    scope.rows = []
    for lane in sorted(rows):
        base[lane] = len(scope.rows)
        scope.rows.extend([lane] * len(rows[lane]))
    for node in scope.plain:
        node.row += base[node.lane]
