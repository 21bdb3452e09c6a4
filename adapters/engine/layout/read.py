"""BPMN XML → what the layout needs: nodes, edges, lanes. Nothing is judged here; what is unknown is left out of the picture."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from adapters.engine.layout import labels

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
TASKS = {"task", "userTask", "manualTask", "serviceTask", "scriptTask", "sendTask", "receiveTask", "businessRuleTask", "callActivity"}
GATEWAYS = {"exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway", "complexGateway"}
EVENTS = {"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"}
SCOPES = {"subProcess", "transaction", "adHocSubProcess"}


@dataclass(slots=True, eq=False)
class Node:
    """A shape. Extents (`left`, `right`, `up`, `down`) are distances from its centre and include room for labels."""

    id: str
    kind: str
    name: str
    lane: int
    width: float
    height: float
    host: Node | None = None
    inner: Scope | None = None
    boundary: list[Node] = field(default_factory=list)
    left: float = 0
    right: float = 0
    up: float = 0
    down: float = 0
    column: int = 0
    row: int = 0
    x: float = 0  #: centre
    y: float = 0
    offset: float = 0  #: of a boundary event, from the centre of its host

    @property
    def gateway(self) -> bool:
        """Whether it is drawn as a diamond."""
        return self.kind in GATEWAYS

    @property
    def event(self) -> bool:
        """Whether it is drawn as a circle."""
        return self.kind in EVENTS

    @property
    def at(self) -> Node:
        """The node whose cell it stands in."""
        return self.host or self


@dataclass(slots=True, eq=False)
class Edge:
    """A sequence flow. `points` are set by the router."""

    id: str
    source: Node
    target: Node
    name: str
    back: bool = False
    points: list[tuple[float, float]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Scope:
    """A process or an expanded sub-process."""

    nodes: list[Node]
    edges: list[Edge]
    lanes: list[tuple[str, str]]  #: (id, name), top to bottom
    width: float = 0
    height: float = 0
    bands: list[tuple[float, float]] = field(default_factory=list)  #: (top, height) of each lane
    columns: int = 0
    rows: list[int] = field(default_factory=list)  #: lane of each row

    @property
    def plain(self) -> list[Node]:
        """Nodes with a cell of their own."""
        return [node for node in self.nodes if node.host is None]


def local(element: etree._Element) -> str:
    """Local name, "" for comments and for other namespaces than BPMN's."""
    if not isinstance(element.tag, str):
        return ""
    name = etree.QName(element)
    return name.localname if name.namespace == BPMN else ""


def scope(element: etree._Element) -> Scope:
    """Read a process or sub-process, nested ones first."""
    lanes: list[tuple[str, str]] = []
    lane_of: dict[str, int] = {}
    for lane in element.findall(f"{{{BPMN}}}laneSet/{{{BPMN}}}lane"):
        for ref in lane.findall(f"{{{BPMN}}}flowNodeRef"):
            lane_of.setdefault((ref.text or "").strip(), len(lanes))
        lanes.append((lane.get("id") or "", lane.get("name") or ""))
    nodes: dict[str, Node] = {}
    for child in element:
        kind, ident = local(child), child.get("id")
        if ident and kind in TASKS | GATEWAYS | EVENTS | SCOPES:
            nodes[ident] = _node(child, kind, ident, lane_of.get(ident, 0))
    for child in element:
        if (
            local(child) == "boundaryEvent"
            and (host := nodes.get(child.get("attachedToRef") or ""))
            and (own := nodes.get(child.get("id") or ""))
        ):
            own.host = host
            own.lane = host.lane
            host.boundary.append(own)
    edges = [
        Edge(
            child.get("id") or "",
            nodes[child.get("sourceRef") or ""],
            nodes[child.get("targetRef") or ""],
            " ".join((child.get("name") or "").split()),
        )
        for child in element
        if local(child) == "sequenceFlow" and child.get("sourceRef") in nodes and child.get("targetRef") in nodes
    ]
    return Scope(list(nodes.values()), edges, lanes)


def _node(element: etree._Element, kind: str, ident: str, lane: int) -> Node:
    name = " ".join((element.get("name") or "").split())
    if kind in GATEWAYS:
        return Node(ident, kind, name, lane, 50, 50)
    if kind in EVENTS:
        return Node(ident, kind, name, lane, 36, 36)
    if kind in SCOPES:
        return Node(ident, kind, name, lane, 120, 80, inner=scope(element))
    width, height = labels.task_size(name)
    return Node(ident, kind, name, lane, width, height)
