"""Right-angled edges. A path leaves by one side, runs through channels (between columns) and gaps (above and below rows), enters by one.

Channels and gaps hold no shapes, so a path through them meets none. Empty cells may be run through along the middle line of their
row or column; such stretches are booked, so that no two unrelated edges share one. Tracks are given out at the end: stretches
that overlap in one channel get different ones, unless they leave the same shape or reach the same shape.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal

from adapters.engine.layout.read import Edge, Node, Scope

Side = Literal["left", "right", "top", "bottom"]
Gap = tuple[int, Literal["T", "B"]]


@dataclass(slots=True, eq=False)
class Track:
    """One stretch in a channel (`place` is its number) or in a gap (`place` is row and side), from `low` to `high` in grid order."""

    edge: Edge
    place: int | Gap
    low: float
    high: float
    left: int | None = None  #: row it comes from on the left side of the channel
    right: int | None = None  #: row it leaves for on the right side
    number: int = 0


@dataclass(slots=True)
class Route:
    """How one edge runs."""

    edge: Edge
    exit: Side
    entry: Side
    tracks: list[Track] = field(default_factory=list)


def row_at(row: int) -> float:
    """Grid order of the middle line of a row."""
    return 4.0 * row + 1


def gap_at(gap: Gap) -> float:
    """Grid order of a gap."""
    return 4.0 * gap[0] + (0 if gap[1] == "T" else 2)


class Router:
    """Routes of one scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.cell: dict[tuple[int, int], Node] = {(n.row, n.column): n for n in scope.plain}
        self.level: dict[tuple[int, int], list[tuple[Edge, bool]]] = defaultdict(
            list
        )  # cell → edges along its row; True: row of the source
        self.upright: dict[tuple[int, int], list[Edge]] = defaultdict(list)
        self.ports: dict[tuple[str, Side], str] = {}
        self.routes: list[Route] = []

    def run(self) -> list[Route]:
        """Route every edge and give out tracks."""
        for node in self.scope.plain:
            if node.boundary:
                self.ports[node.id, "bottom"] = "boundary"
        edges = sorted(self.scope.edges, key=self._order)
        for edge in edges:
            self.routes.append(self._back(edge) if edge.back else self._forth(edge))
        self._number()
        return self.routes

    def _order(self, edge: Edge) -> tuple[int, int, int]:
        a, b = edge.source.at, edge.target.at
        straight = not edge.back and a.row == b.row and edge.source.host is None
        return (0 if straight else 2 if edge.back else 1, abs(b.column - a.column), abs(b.row - a.row))

    # --- ways forward -------------------------------------------------------------------------------------------------------------

    def _forth(self, edge: Edge) -> Route:
        a, b = edge.source.at, edge.target.at
        i, j, first, last = a.row, b.row, a.column + 1, b.column
        outside = edge.source.host is not None
        if not outside and i == j and self._free(edge, i, first, last, True):
            self._book(edge, i, first, last, True)
            return self._done(edge, "right", "left")
        side: Side = "bottom" if outside or j >= i else "top"
        if i == j and (a.id, side) in self.ports and (a.id, "top") not in self.ports:
            side = "top"
        if outside:
            return self._done(edge, side, "left") if i != j and self._corner(edge, side) else self._by_gap(edge, "bottom")
        gateway, shared, right = edge.source.gateway, (a.id, side) in self.ports, (a.id, "right") in self.ports
        if gateway and i != j and self._port(a, side, edge) and (not shared or right) and self._corner(edge, side):
            return self._done(edge, side, "left")
        if gateway and right and not shared:
            return self._by_gap(edge, side)
        if i != j and self._free(edge, j, first, last, False):
            self._book(edge, j, first, last, False)
            return self._done(edge, "right", "left", self._channel(edge, first, i, j, left=i, right=j))
        if i != j and self._free(edge, i, first, last, True):
            self._book(edge, i, first, last, True)
            return self._done(edge, "right", "left", self._channel(edge, last, i, j, left=i, right=j))
        if gateway and self._port(a, side, edge) and (not shared or right):
            return self._by_gap(edge, side)
        return self._by_channel(edge, (j, "T") if j > i else (j, "B") if j < i else (i, "B"))

    def _corner(self, edge: Edge, side: Side) -> bool:
        """Straight up or down through empty cells of the own column, then along the row of the target."""
        a, b = edge.source.at, edge.target.at
        if (side == "bottom") != (b.row > a.row) or b.column <= a.column:
            return False
        rows = range(a.row + 1, b.row + 1) if b.row > a.row else range(b.row, a.row)
        for row in rows:
            if (row, a.column) in self.cell or any(other.source is not edge.source for other in self.upright[row, a.column]):
                return False
        if not self._free(edge, b.row, a.column, b.column, False):
            return False
        for row in rows:
            self.upright[row, a.column].append(edge)
        self._book(edge, b.row, a.column, b.column, False)
        if edge.source.host is None:
            self.ports[a.id, side] = "out"
        return True

    def _by_gap(self, edge: Edge, side: Side) -> Route:
        """Out at the top or bottom, along the gap there to the channel before the target, in from the left."""
        a, b = edge.source.at, edge.target.at
        gap: Gap = (a.row, "T" if side == "top" else "B")
        if edge.source.host is None:
            self.ports[a.id, side] = "out"
        along = self._gap(edge, gap, 2 * a.column + 1 + edge.source.offset / 1000, 2 * b.column)
        return self._done(edge, side, "left", along, self._channel(edge, b.column, gap_at(gap), b.row, right=b.row))

    def _by_channel(self, edge: Edge, gap: Gap) -> Route:
        """Out to the right, through the next channel to a gap, along it to the channel before the target, in from the left."""
        a, b = edge.source.at, edge.target.at
        down = self._channel(edge, a.column + 1, a.row, gap_at(gap), left=a.row)
        along = self._gap(edge, gap, 2 * (a.column + 1), 2 * b.column)
        return self._done(edge, "right", "left", down, along, self._channel(edge, b.column, gap_at(gap), b.row, right=b.row))

    # --- ways back ----------------------------------------------------------------------------------------------------------------

    def _back(self, edge: Edge) -> Route:
        a, b = edge.source.at, edge.target.at
        if edge.source.host is not None:
            return self._by_gap(edge, "bottom")
        if a.row == b.row and self._port(a, "top", edge) and self.ports.get((b.id, "top")) != "out" and a is not b:
            self.ports[a.id, "top"] = "out"
            self.ports[b.id, "top"] = "in"
            return self._done(edge, "top", "top", self._gap(edge, (a.row, "T"), 2 * a.column + 1, 2 * b.column + 1))
        sides: tuple[Side, Side] = ("bottom", "top") if b.row > a.row else ("top", "bottom")
        for side in sides:
            if self._port(a, side, edge):
                return self._by_gap(edge, side)
        return self._by_channel(edge, (a.row, "B" if b.row > a.row else "T"))

    # --- bookings -----------------------------------------------------------------------------------------------------------------

    def _port(self, node: Node, side: Side, edge: Edge) -> bool:
        """Whether an edge may leave by this side: boundary events have their own, gateways share one way out."""
        if edge.source.host is not None:
            return side == "bottom"
        return self.ports.get((node.id, side)) in ({None, "out"} if node.gateway else {None})

    def _free(self, edge: Edge, row: int, first: int, last: int, own: bool) -> bool:
        for column in range(first, last):
            if (row, column) in self.cell:
                return False
            for other, theirs in self.level[row, column]:
                forked = own and theirs and other.source is edge.source
                merged = edge.target.at.row == row == other.target.at.row and other.target is edge.target
                if not (forked or merged):
                    return False
        return True

    def _book(self, edge: Edge, row: int, first: int, last: int, own: bool) -> None:
        for column in range(first, last):
            self.level[row, column].append((edge, own))

    def _channel(self, edge: Edge, place: int, start: float, end: float, *, left: int | None = None, right: int | None = None) -> Track:
        """`start` and `end` are grid orders; rows given as `left` or `right` are turned into theirs."""
        first = row_at(left) if left is not None else start
        second = row_at(right) if right is not None else end
        return Track(edge, place, min(first, second), max(first, second), left, right)

    def _gap(self, edge: Edge, gap: Gap, start: float, end: float) -> Track:
        return Track(edge, gap, min(start, end), max(start, end))

    def _done(self, edge: Edge, leave: Side, enter: Side, *tracks: Track) -> Route:
        if leave == "right":
            self.ports[edge.source.id, "right"] = "out"
        return Route(edge, leave, enter, list(tracks))

    # --- tracks -------------------------------------------------------------------------------------------------------------------

    def _number(self) -> None:
        channels: dict[int, list[Track]] = defaultdict(list)
        gaps: dict[Gap, list[Track]] = defaultdict(list)
        for route in self.routes:
            for track in route.tracks:
                if isinstance(track.place, int):
                    channels[track.place].append(track)
                else:
                    gaps[track.place].append(track)
        for group in gaps.values():
            placed: list[Track] = []
            for track in sorted(group, key=lambda t: (t.high - t.low, t.low)):
                _take(track, placed, 0)
        for group in channels.values():
            _order_channel(group)


def _apart(a: Track, b: Track) -> bool:
    """Whether two stretches may lie on one track."""
    if a.high < b.low or b.high < a.low:
        return True
    if isinstance(a.place, int):
        forked = a.left is not None and a.left == b.left and a.edge.source is b.edge.source
        return forked or (a.right is not None and a.right == b.right and a.edge.target is b.edge.target)
    return a.edge.source is b.edge.source or a.edge.target is b.edge.target


def _take(track: Track, placed: list[Track], first: int) -> None:
    track.number = first
    while any(other.number == track.number and not _apart(track, other) for other in placed):
        track.number += 1
    placed.append(track)


def _order_channel(group: list[Track]) -> None:
    """Left to right: who comes from the left in a row stands before whoever leaves to the right in that row."""
    after: dict[int, set[int]] = {n: set() for n in range(len(group))}
    for n, u in enumerate(group):
        for m, v in enumerate(group):
            if (
                n != m
                and u.left is not None
                and u.left == v.right
                and u.edge.source is not v.edge.source
                and u.edge.target is not v.edge.target
            ):
                after[m].add(n)
    placed: list[Track] = []
    rank: dict[int, int] = {}
    left = set(range(len(group)))
    while left:
        ready = [n for n in left if not after[n] & left] or [min(left, key=lambda n: (len(after[n] & left), n))]
        n = min(ready, key=lambda k: (group[k].left is None, group[k].high - group[k].low, k))
        _take(group[n], placed, 1 + max((rank[m] for m in after[n] if m in rank), default=-1))
        rank[n] = group[n].number
        left.remove(n)
