"""Coordinates → BPMNDI, beside an untouched semantic part."""

from __future__ import annotations

from lxml import etree

from adapters.engine.layout import labels
from adapters.engine.layout.measure import BOUNDARY_GLYPHS, EVENT_GLYPHS, FLOW_GLYPHS, GATEWAY_GLYPHS, measure
from adapters.engine.layout.read import BPMN, Edge, Node, Scope, scope

DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DD = "http://www.omg.org/spec/DD/20100524/DI"
PREFIXES = {"bpmndi": DI, "dc": DC, "di": DD}
LEFT, TOP, BETWEEN, STRIP = 160.0, 80.0, 40.0, 30.0


def lay_out(xml: bytes) -> bytes:
    """The same file with a fresh picture. The semantic part keeps its text; raises `lxml.etree.XMLSyntaxError` for what is no XML."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root = etree.fromstring(xml, parser)
    for old in root.findall(f"{{{DI}}}BPMNDiagram"):
        root.remove(old)
    bare = not (root.text or "").strip(" ")
    pools = [p for p in root.findall(f"{{{BPMN}}}collaboration/{{{BPMN}}}participant") if p.get("processRef")]
    processes = {p.get("id"): p for p in root.findall(f"{{{BPMN}}}process")}
    plane_of = root.find(f"{{{BPMN}}}collaboration") if pools else next(iter(processes.values()), None)
    if plane_of is None:
        return _text(root, bare, _diagram(root, None))
    diagram = _diagram(root, plane_of.get("id"))
    pen = Pen(diagram[0])
    y = TOP
    if pools:
        for pool in pools:
            process = processes.get(pool.get("processRef"))
            if process is not None:
                y = _pool(pen, pool, scope(process), y) + BETWEEN
    else:
        for process in processes.values():
            content = scope(process)
            head = STRIP if content.lanes else 0
            measure(content, head=head)
            _lanes(pen, content, LEFT, y)
            pen.content(content, LEFT, y)
            y += content.height + BETWEEN
    pen.artifacts(root, y)
    pen.finish()
    return _text(root, bare, diagram)


def _pool(pen: Pen, pool: etree._Element, content: Scope, y: float) -> float:
    measure(content, head=STRIP * (2 if content.lanes else 1))
    height = max(content.height, labels.text_width(pool.get("name") or "") + 24)
    pen.shape(pool.get("id") or "", LEFT, y, content.width, height, wide=True)
    if content.bands:
        top, last = content.bands[-1]
        content.bands[-1] = (top, max(last, height - top))
    _lanes(pen, content, LEFT + STRIP, y, STRIP)
    pen.content(content, LEFT, y)
    return y + height


def _lanes(pen: Pen, content: Scope, x: float, y: float, strip: float = 0) -> None:
    for (ident, _), (top, height) in zip(content.lanes, content.bands, strict=False):
        pen.shape(ident, x, y + top, content.width - strip, height, wide=True)


class Pen:
    """Writes shapes and edges into a plane; labels come last, when everything they must not cover is known."""

    def __init__(self, plane: etree._Element) -> None:
        self.plane = plane
        self.solid: list[labels.Box] = []
        self.texts: list[labels.Box] = []
        self.lines: list[labels.Segment] = []
        self.edges: list[tuple[Edge, list[tuple[float, float]], etree._Element]] = []
        self.where: dict[str, labels.Box] = {}

    def shape(
        self, ident: str, x: float, y: float, width: float, height: float, *, wide: bool = False, expanded: bool = False
    ) -> etree._Element:
        """One BPMNShape."""
        shape = etree.SubElement(self.plane, f"{{{DI}}}BPMNShape", id=f"{ident}_di", bpmnElement=ident)
        if wide:
            shape.set("isHorizontal", "true")
            self.lines += [(x, y, x + width, y), (x, y + height, x + width, y + height)]
        if expanded:
            shape.set("isExpanded", "true")
        self.where[ident] = (x, y, x + width, y + height)
        _bounds(shape, x, y, width, height)
        return shape

    def content(self, content: Scope, x: float, y: float) -> None:
        """All shapes and edges of a scope whose origin stands at (x, y); nested scopes after their frame."""
        for node in content.nodes:
            self._node(node, x, y)
        for edge in content.edges:
            points = [(float(round(x + px)), float(round(y + py))) for px, py in edge.points]
            drawn = etree.SubElement(self.plane, f"{{{DI}}}BPMNEdge", id=f"{edge.id}_di", bpmnElement=edge.id)
            for px, py in points:
                etree.SubElement(drawn, f"{{{DD}}}waypoint", x=_number(px), y=_number(py))
            self.edges.append((edge, points, drawn))

    def _node(self, node: Node, x: float, y: float) -> None:
        left, top = round(x + node.x - node.width / 2), round(y + node.y - node.height / 2)
        shape = self.shape(node.id, left, top, node.width, node.height, expanded=node.inner is not None)
        if node.kind == "exclusiveGateway":
            shape.set("isMarkerVisible", "true")
        if node.inner:
            self.content(node.inner, left + (node.width - node.inner.width) / 2, top + 18)
        else:
            self.solid.append((left, top, left + node.width, top + node.height))
        if node.name and (node.event or node.gateway):
            width, height, lx, ly = self._label_place(node, x + node.x, y + node.y)
            self.texts.append((lx, ly, lx + width, ly + height))
            _label(shape, lx, ly, width, height)

    def _label_place(self, node: Node, x: float, y: float) -> tuple[float, float, float, float]:
        if node.gateway:
            width, height = labels.label_size(node.name, GATEWAY_GLYPHS)
            return width, height, x - 14 - width, y - 12 - height
        if node.host is not None:
            width, height = labels.label_size(node.name, BOUNDARY_GLYPHS)
            return width, height, x + 20, y + 3
        width, height = labels.label_size(node.name, EVENT_GLYPHS)
        return width, height, x - width / 2, y + 20

    def artifacts(self, root: etree._Element, y: float) -> None:
        """Text annotations in a row below everything, each tied to its element by a straight line."""
        x = LEFT
        tied = list(root.iter(f"{{{BPMN}}}association"))
        for note in root.iter(f"{{{BPMN}}}textAnnotation"):
            text = "".join(str(part) for part in note.itertext()).strip()
            width, height = 160.0, max(40.0, labels.label_size(text, 12)[1] + 12)
            self.shape(note.get("id") or "", x, y, width, height)
            x += width + 30
        for tie in tied:
            ends = [self.where.get(tie.get(side) or "") for side in ("sourceRef", "targetRef")]
            if ends[0] is None or ends[1] is None:
                continue
            drawn = etree.SubElement(self.plane, f"{{{DI}}}BPMNEdge", id=f"{tie.get('id')}_di", bpmnElement=tie.get("id") or "")
            for box in ends:
                middle = ((box[0] + box[2]) / 2, box[3] if box[3] <= y else box[1]) if box else (0.0, 0.0)
                etree.SubElement(drawn, f"{{{DD}}}waypoint", x=_number(middle[0]), y=_number(middle[1]))

    def finish(self) -> None:
        """Names of flows, each in the first free spot along its line."""
        for _, points, _ in self.edges:
            self.lines.extend(labels.segments(points))
        for edge, points, drawn in self.edges:
            if not edge.name:
                continue
            width, height = labels.label_size(edge.name, FLOW_GLYPHS)
            others = [segment for other, way, _ in self.edges if other is not edge for segment in labels.segments(way)]
            spot = labels.best(labels.along(points, width, height), self.solid, self.texts, self.lines, others)
            if spot is not None:
                self.texts.append(spot)
                _label(drawn, spot[0], spot[1], width, height)


def _diagram(root: etree._Element, plane_of: str | None) -> etree._Element:
    diagram = etree.SubElement(
        root, f"{{{DI}}}BPMNDiagram", id="picture", nsmap={k: v for k, v in PREFIXES.items() if v not in root.nsmap.values()}
    )
    plane = etree.SubElement(diagram, f"{{{DI}}}BPMNPlane", id="plane")
    if plane_of:
        plane.set("bpmnElement", plane_of)
    return diagram


def _bounds(parent: etree._Element, x: float, y: float, width: float, height: float) -> None:
    etree.SubElement(parent, f"{{{DC}}}Bounds", x=_number(x), y=_number(y), width=_number(width), height=_number(height))


def _label(parent: etree._Element, x: float, y: float, width: float, height: float) -> None:
    _bounds(etree.SubElement(parent, f"{{{DI}}}BPMNLabel"), x, y, width, height)


def _number(value: float) -> str:
    return str(round(value))


def _text(root: etree._Element, bare: bool, diagram: etree._Element) -> bytes:
    """The file as bytes: authored spaces stay, the picture is indented by two; a file without any line breaks is indented as a whole."""
    if bare and "\n" not in (root.text or ""):
        etree.indent(root, "  ")
    else:
        before = diagram.getprevious()
        if before is not None:
            before.tail = "\n  "
        etree.indent(diagram, "  ", level=1)
        diagram.tail = "\n"
    body: bytes = etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True)
    return body.rstrip() + b"\n"
