"""From grid to paper: extents of cells, widths of channels, heights of gaps, then coordinates of shapes, lanes and edges."""

from __future__ import annotations

from collections import defaultdict

from adapters.engine.layout import labels
from adapters.engine.layout.place import place
from adapters.engine.layout.read import Node, Scope
from adapters.engine.layout.route import Gap, Route, Router, Track

STEP = 12.0  #: between two tracks
CHANNEL = 18.0  #: between a channel's first track and the cells
GAP = 10.0
EVENT_GLYPHS, GATEWAY_GLYPHS, FLOW_GLYPHS, BOUNDARY_GLYPHS = 8, 7, 8, 6


def measure(scope: Scope, *, head: float = 0, margin: float = 0) -> None:
    """Lay out a scope with its origin at (0, 0); `head` is room at the left for lane names, `margin` around everything."""
    for node in scope.nodes:
        if node.inner:
            measure(node.inner, margin=12)
            node.width = max(120.0, node.inner.width)
            node.height = max(80.0, node.inner.height + 18)
    place(scope)
    routes = Router(scope).run()
    for node in scope.plain:
        _extent(node)
    for route in routes:
        _make_room(route)
    xs, channels = _across(scope, routes, head + margin)
    ys, gaps = _down(scope, routes, margin)
    for node in scope.plain:
        node.x, node.y = xs[node.column], ys[node.row]
        for event in node.boundary:
            event.x, event.y = node.x + event.offset, node.y + node.height / 2
    for route in routes:
        route.edge.points = _points(route, channels, gaps)


def _extent(node: Node) -> None:
    """Distances from the centre to the ends of the cell."""
    if node.boundary:
        sizes = [labels.label_size(event.name, BOUNDARY_GLYPHS) for event in node.boundary]
        step = max(44.0, max(width for width, _ in sizes) + 46)
        node.width = max(node.width, 52 + step * (len(sizes) - 1))
        for number, event in enumerate(node.boundary):
            event.offset = 26 + step * number - node.width / 2
    node.left = node.right = node.width / 2
    node.up = node.down = node.height / 2
    if node.event:
        width, height = labels.label_size(node.name, EVENT_GLYPHS)
        node.left = node.right = max(18.0, width / 2)
        node.down = 18 + (3 + height if height else 0)
    elif node.gateway:
        width, height = labels.label_size(node.name, GATEWAY_GLYPHS)
        node.left = max(25.0, width + 16 if width else 0)
        node.up = max(25.0, height + 13)
    for event in node.boundary:
        width, height = labels.label_size(event.name, BOUNDARY_GLYPHS)
        node.right = max(node.right, event.offset + 24 + width)
        node.down = max(node.down, node.height / 2 + max(20.0, height + 6))


def _make_room(route: Route) -> None:
    """Room beside the end of an edge where its label can stand."""
    edge, source, target = route.edge, route.edge.source, route.edge.target.at
    width, height = labels.label_size(edge.name, FLOW_GLYPHS)
    if not width or source.host is not None:
        return
    if route.exit == "right":
        source.right = max(source.right, source.width / 2 + width + 6)
        source.up = max(source.up, height + 4)
        if route.tracks:
            target.left = max(target.left, target.width / 2 + width + 14)
            target.up = max(target.up, height + 4)
    elif route.tracks:
        source.right = max(source.right, width + 8)
        if route.exit == "top":
            source.up = max(source.up, source.height / 2 + height + 8)
        else:
            source.down = max(source.down, source.height / 2 + height + 8)


def _across(scope: Scope, routes: list[Route], start: float) -> tuple[list[float], dict[int, list[float]]]:
    """Centres of the columns, and the x of every track of every channel."""
    count: dict[int, int] = defaultdict(int)
    for route in routes:
        for track in route.tracks:
            if isinstance(track.place, int):
                count[track.place] = max(count[track.place], track.number + 1)
    centres: list[float] = []
    channels: dict[int, list[float]] = {}
    x = start
    for number in range(scope.columns + 1):
        outer = number in (0, scope.columns)
        tracks = count[number]
        before = CHANNEL if not outer or tracks else 12.0
        channels[number] = [x + before + STEP * n for n in range(tracks)]
        x += before * 2 + STEP * max(0, tracks - 1)
        if number < scope.columns:
            column = [node for node in scope.plain if node.column == number]
            x += max((node.left for node in column), default=0)
            centres.append(x)
            x += max((node.right for node in column), default=0)
    scope.width = x
    return centres, channels


def _down(scope: Scope, routes: list[Route], start: float) -> tuple[list[float], dict[Gap, list[float]]]:
    """Centres of the rows, the y of every track of every gap, and the bands of the lanes."""
    count: dict[Gap, int] = defaultdict(int)
    for route in routes:
        for track in route.tracks:
            if not isinstance(track.place, int):
                count[track.place] = max(count[track.place], track.number + 1)
    centres: list[float] = []
    gaps: dict[Gap, list[float]] = {}
    scope.bands = []
    y = start
    for lane in sorted(set(scope.rows)):
        top = y
        rows = [number for number, own in enumerate(scope.rows) if own == lane]
        wanted = labels.text_width(scope.lanes[lane][1]) + 24 if scope.lanes else 0
        mine = len(centres)
        for row in rows:
            nodes = [node for node in scope.plain if node.row == row]
            above, below = count[row, "T"], count[row, "B"]
            y += GAP + STEP * above
            gaps[row, "T"] = [y - STEP * n - STEP / 2 for n in range(above)]
            y += max((node.up for node in nodes), default=20)
            centres.append(y)
            y += max((node.down for node in nodes), default=20)
            gaps[row, "B"] = [y + STEP * n + STEP / 2 for n in range(below)]
            y += GAP + STEP * below
        if y - top < wanted:
            shift = (wanted - (y - top)) / 2
            for number in range(mine, len(centres)):
                centres[number] += shift
            for row in rows:
                for side in ("T", "B"):
                    gaps[row, side] = [value + shift for value in gaps[row, side]]
            y = top + wanted
        scope.bands.append((top, y - top))
    scope.height = y + start
    return centres, gaps


def _points(route: Route, channels: dict[int, list[float]], gaps: dict[Gap, list[float]]) -> list[tuple[float, float]]:
    x, y = _port(route.edge.source, route.exit)
    end = _port(route.edge.target, route.entry)
    points = [(x, y)]
    for track in route.tracks:
        x, y = (_at(track, channels, gaps), y) if isinstance(track.place, int) else (x, _at(track, channels, gaps))
        points.append((x, y))
    points.append((x, end[1]) if route.entry == "left" else (end[0], y))
    points.append(end)
    return _straight(points)


def _at(track: Track, channels: dict[int, list[float]], gaps: dict[Gap, list[float]]) -> float:
    return channels[track.place][track.number] if isinstance(track.place, int) else gaps[track.place][track.number]


def _port(node: Node, side: str) -> tuple[float, float]:
    if side in ("left", "right"):
        return node.x + node.width / 2 * (1 if side == "right" else -1), node.y
    return node.x, node.y + node.height / 2 * (1 if side == "bottom" else -1)


def _straight(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Without doubled points and without points in the middle of a straight stretch."""
    kept: list[tuple[float, float]] = []
    for point in points:
        if kept and kept[-1] == point:
            continue
        if len(kept) > 1 and (kept[-2][0] == kept[-1][0] == point[0] or kept[-2][1] == kept[-1][1] == point[1]):
            kept[-1] = point
        else:
            kept.append(point)
    return kept
