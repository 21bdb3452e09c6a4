"""What lies on top of what in a finished picture. Reads only the BPMNDI, so it also judges pictures that people drew."""

from __future__ import annotations

from lxml import etree

from adapters.engine.layout.draw import DC, DD, DI
from adapters.engine.layout.labels import Box, Segment, crosses, meet, segments
from adapters.engine.layout.read import BPMN, EVENTS, GATEWAYS, SCOPES, TASKS, local


def overlaps(xml: bytes) -> list[str]:
    """One line for each fault: shapes, labels or edges over one another, shapes out of their lane, elements that are not drawn."""
    root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    elements = {ident: e for e in root.iter() if local(e) and (ident := e.get("id"))}
    shapes, texts = _boxes(root)
    nodes = {i: box for i, box in shapes.items() if i in elements and local(elements[i]) in TASKS | GATEWAYS | EVENTS | SCOPES}
    lines = _lines(root)
    found = [f"{i} is not drawn" for i, e in elements.items() if i and local(e) in TASKS | GATEWAYS | EVENTS | SCOPES and i not in nodes]
    found += [f"{i} is not drawn" for i, e in elements.items() if i and local(e) == "sequenceFlow" and i not in lines]
    found += _shapes(elements, nodes)
    found += _labels(elements, nodes, texts)
    found += _edges(elements, nodes, lines)
    found += _lanes(root, shapes)
    return found


def _box(bounds: etree._Element | None) -> Box | None:
    if bounds is None:
        return None
    x, y, w, h = (float(bounds.get(key) or 0) for key in ("x", "y", "width", "height"))
    return x, y, x + w, y + h


def _boxes(root: etree._Element) -> tuple[dict[str, Box], dict[str, Box]]:
    shapes: dict[str, Box] = {}
    texts: dict[str, Box] = {}
    for tag in ("BPMNShape", "BPMNEdge"):
        for drawn in root.iter(f"{{{DI}}}{tag}"):
            ident = drawn.get("bpmnElement") or ""
            if box := _box(drawn.find(f"{{{DC}}}Bounds")):
                shapes[ident] = box
            if box := _box(drawn.find(f"{{{DI}}}BPMNLabel/{{{DC}}}Bounds")):
                texts[ident] = box
    return shapes, texts


def _lines(root: etree._Element) -> dict[str, list[Segment]]:
    lines: dict[str, list[Segment]] = {}
    for drawn in root.iter(f"{{{DI}}}BPMNEdge"):
        points = [(float(p.get("x") or 0), float(p.get("y") or 0)) for p in drawn.findall(f"{{{DD}}}waypoint")]
        lines[drawn.get("bpmnElement") or ""] = segments(points)
    return lines


def _shapes(elements: dict[str, etree._Element], nodes: dict[str, Box]) -> list[str]:
    found = []
    names = sorted(nodes)
    for number, a in enumerate(names):
        for b in names[number + 1 :]:
            if not meet(nodes[a], nodes[b]) or a in _ties(elements[b]) or b in _ties(elements[a]):
                continue
            found.append(f"{a} lies on {b}")
    return found


def _ties(element: etree._Element) -> set[str | None]:
    """Ids whose shapes an element may touch: its frames, its host, and the frames and guests of that."""
    ties = {parent.get("id") for parent in element.iterancestors()}
    if host := element.get("attachedToRef"):
        ties.add(host)
    return ties


def _labels(elements: dict[str, etree._Element], nodes: dict[str, Box], texts: dict[str, Box]) -> list[str]:
    found = []
    names = sorted(texts)
    for number, a in enumerate(names):
        frames = {parent.get("id") for parent in elements[a].iterancestors()} if a in elements else set()
        for b, box in nodes.items():
            if meet(texts[a], box, 1) and b not in frames and not (local(elements[b]) in GATEWAYS and not _in_diamond(texts[a], box)):
                found.append(f"the label of {a} lies on {b}")
        found += [f"the labels of {a} and {b} overlap" for b in names[number + 1 :] if meet(texts[a], texts[b], 1)]
    return found


def _in_diamond(text: Box, box: Box) -> bool:
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    dx = max(text[0] - middle[0], middle[0] - text[2], 0)
    dy = max(text[1] - middle[1], middle[1] - text[3], 0)
    return dx + dy < (box[2] - box[0]) / 2 - 1


def _edges(elements: dict[str, etree._Element], nodes: dict[str, Box], lines: dict[str, list[Segment]]) -> list[str]:
    found = []
    flows = {i: e for i, e in elements.items() if local(e) == "sequenceFlow" and i in lines}
    for ident, flow in flows.items():
        frames = {parent.get("id") for parent in flow.iterancestors()}
        host = elements.get(flow.get("sourceRef") or "", flow).get("attachedToRef")
        for other, box in nodes.items():
            small = (box[0] + 1, box[1] + 1, box[2] - 1, box[3] - 1)
            if other not in frames and any(crosses(segment, small) for segment in lines[ident]):
                if other == host and not any(crosses(segment, small) for segment in lines[ident][1:]):
                    continue
                found.append(f"{ident} runs through {other}")
    names = sorted(flows)
    for number, a in enumerate(names):
        for b in names[number + 1 :]:
            if {flows[a].get("sourceRef"), flows[a].get("targetRef")} & {flows[b].get("sourceRef"), flows[b].get("targetRef")}:
                continue
            if any(_same_line(p, q) for p in lines[a] for q in lines[b]):
                found.append(f"{a} and {b} share a line")
    return found


def _same_line(a: Segment, b: Segment) -> bool:
    for level in (0, 1):
        across = 1 - level
        if a[across] == a[across + 2] == b[across] == b[across + 2]:
            low = max(min(a[level], a[level + 2]), min(b[level], b[level + 2]))
            high = min(max(a[level], a[level + 2]), max(b[level], b[level + 2]))
            return high - low > 1
    return False


def _lanes(root: etree._Element, shapes: dict[str, Box]) -> list[str]:
    found = []
    for lane in root.iter(f"{{{BPMN}}}lane"):
        band = shapes.get(lane.get("id") or "")
        for ref in lane.findall(f"{{{BPMN}}}flowNodeRef"):
            box = shapes.get((ref.text or "").strip())
            if band and box and not (band[0] <= box[0] and band[1] <= box[1] and box[2] <= band[2] and box[3] - 20 <= band[3]):
                found.append(f"{(ref.text or '').strip()} stands outside its lane")
    return found
