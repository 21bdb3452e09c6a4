"""Diagram and table files as SpiffWorkflow may see them: safely read, stripped of everything that is not behaviour.

Our own data (urn:lianshen:1), other vendors' data, labels, lanes and coordinates are taken out; what callers ask for is kept in `Node`.
So a label, a clause note or a colour neither reaches the engine nor changes the hash of a process.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any

from lxml import etree

from adapters.engine import tables
from domain.errors import EngineFault

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
LIANSHEN = "urn:lianshen:1"
DMN = (
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
)
MAX_BYTES = 1_000_000

#: BPMN elements that say nothing to the engine
_SILENT = {"documentation", "laneSet", "textAnnotation", "association", "group", "category", "incoming", "outgoing", "collaboration"}
_NAMED = {"message", "signal", "error", "escalation"}  #: whose name is behaviour
_ISO = re.compile(r"^(?:R\d*/)?P[\dYMWDTHS.,]+$")
#: what SpiffWorkflow parses and then does not do, or does otherwise than BPMN says
_NOT_EXECUTED = {
    "linkEventDefinition": "链接事件",
    "compensateEventDefinition": "补偿事件",
    "cancelEventDefinition": "取消事件",
    "signalEventDefinition": "信号事件",
    "complexGateway": "复杂网关",
    "adHocSubProcess": "即席子流程",
    "transaction": "事务子流程",
}
_ATTRIBUTES_REFERRING = ("sourceRef", "targetRef", "attachedToRef", "default")

Param = str | int | Decimal | bool


@dataclass(frozen=True, slots=True)
class Node:
    """One element of a process, as far as the engine's callers ask for it. `process` is the process it stands in."""

    id: str
    kind: str
    process: str
    name: str = ""
    timer: str = ""
    message: str = ""
    params: Mapping[str, Param] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """One file. `calls` and `decides`: by process id."""

    kind: str
    root: etree._Element
    digest: str  #: of the file as it is
    behaviour: str  #: of what the engine sees
    nodes: Mapping[str, Mapping[str, Node]] = field(default_factory=dict)  #: process id → element id → node
    calls: Mapping[str, frozenset[str]] = field(default_factory=dict)
    decides: Mapping[str, frozenset[str]] = field(default_factory=dict)
    refused: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)  #: process id → what the engine would skip, element
    decision: str = ""


def xml(data: bytes) -> etree._Element:
    """The root of a file from outside. No DOCTYPE, no entity, no network, no huge tree; comments are dropped."""
    if len(data) > MAX_BYTES:
        raise EngineFault("文件超过 1 MB，不能读取。")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        remove_blank_text=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise EngineFault(f"文件不是完整的 XML：{str(error)[:120]}") from None
    info: Any = root.getroottree().docinfo
    if info.doctype:
        raise EngineFault("文件不能含有 DOCTYPE。")
    if any(not isinstance(element.tag, str) for element in root.iter()):
        raise EngineFault("文件不能含有实体。")
    return root


@lru_cache(maxsize=512)
def read(data: bytes) -> Document:
    """A file read once. Raises EngineFault when it is neither a diagram nor a table."""
    root = xml(data)
    digest = hashlib.sha256(data).hexdigest()
    name = etree.QName(root)
    if name.localname == "definitions" and name.namespace == BPMN:
        return _diagram(root, digest)
    if name.localname == "definitions" and name.namespace in DMN:
        decision = tables.clean(root)
        return Document("dmn", root, digest, _canonical(root, tables.LABELS), decision=decision)
    raise EngineFault("文件既不是 BPMN 流程图，也不是 DMN 决策表。")


def _diagram(root: etree._Element, digest: str) -> Document:
    nodes: dict[str, dict[str, Node]] = {}
    calls: dict[str, frozenset[str]] = {}
    decides: dict[str, frozenset[str]] = {}
    refused: dict[str, tuple[str, str | None]] = {}
    messages = {message.get("id"): message.get("name") or "" for message in root.iter(f"{{{BPMN}}}message")}
    for process in root.findall(f"{{{BPMN}}}process"):
        key = process.get("id") or ""
        if (found := _refused(process)) is not None:
            refused[key] = found
        nodes[key] = {node.id: node for node in _nodes(process, key, messages)}
        calls[key] = frozenset(filter(None, (call.get("calledElement") for call in process.iter(f"{{{BPMN}}}callActivity"))))
        decides[key] = frozenset((table.text or "").strip() for table in process.iter(f"{{{SPIFF}}}calledDecisionId"))
    _strip(root)
    for process in root.findall(f"{{{BPMN}}}process"):
        _qualify(process, process.get("id") or "")
    params = sorted(
        f"{key}/{node.id}/{name}={type(value).__name__}:{value}"
        for key, elements in nodes.items()
        for node in elements.values()
        for name, value in node.params.items()
    )
    behaviour = _canonical(root, frozenset()) + "\n".join(params)
    return Document("bpmn", root, digest, behaviour, nodes, calls, decides, refused)


def _refused(process: etree._Element) -> tuple[str, str | None] | None:
    for element in process.iter(f"{{{BPMN}}}*"):
        words = _NOT_EXECUTED.get(etree.QName(element).localname)
        words = "事件子流程" if element.get("triggeredByEvent") == "true" else words
        if words is not None:
            owner = element.getparent() if words.endswith("事件") else element
            return words, owner.get("id") if owner is not None else None
    return None


def _nodes(process: etree._Element, key: str, messages: Mapping[str | None, str]) -> Iterator[Node]:
    for element in process.iter(f"{{{BPMN}}}*"):
        name, kind = element.get("id"), etree.QName(element).localname
        if name is None or kind.endswith("EventDefinition") or kind in _SILENT | {"sequenceFlow", "process", "lane"}:
            continue
        timer = next((found.text or "" for part in ("timeDate", "timeDuration", "timeCycle") for found in _own(element, part)), "")
        refs = [element.get("messageRef"), *(found.get("messageRef") for found in _own(element, "messageEventDefinition"))]
        message = next((messages.get(ref, "") for ref in refs if ref), "")
        params = {
            found.get("name") or "": typed(found.get("value") or "")
            for found in element.iterfind(f"{{{BPMN}}}extensionElements/{{{LIANSHEN}}}param")
        }
        yield Node(name, kind, key, element.get("name") or "", timer.strip(), message, params)


def _own(element: etree._Element, local: str) -> Iterator[etree._Element]:
    """Event definitions of this element, not of what it contains."""
    if not etree.QName(element).localname.endswith(("Event", "Task")):
        return
    yield from element.iter(f"{{{BPMN}}}{local}")


def typed(text: str) -> Param:
    """The value of a call's parameter: true/false, whole numbers and decimals are what they look like, all else is text."""
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(r"-?(0|[1-9]\d{0,27})", text):
        return int(text)
    if re.fullmatch(r"-?(0|[1-9]\d{0,20})\.\d{1,10}", text):
        return Decimal(text)
    return text


def _strip(root: etree._Element) -> None:
    for element in list(root.iter()):
        name, parent = etree.QName(element), element.getparent()
        foreign = name.namespace not in (BPMN, SPIFF)
        if parent is not None and (foreign or (name.namespace == BPMN and name.localname in _SILENT)):
            parent.remove(element)
            continue
        for attribute in list(element.attrib):
            text = str(attribute)
            if (text.startswith("{") and not text.startswith(f"{{{SPIFF}}}")) or (text == "name" and _is_label(element)):
                del element.attrib[attribute]
        if name.localname in ("timeDuration", "timeCycle", "timeDate"):
            written = (element.text or "").strip()
            element.text = f'"{written}"' if _ISO.match(written) else written
    for empty in list(root.iter(f"{{{BPMN}}}extensionElements")):
        parent = empty.getparent()
        if len(empty) == 0 and parent is not None:
            parent.remove(empty)


def _is_label(element: etree._Element) -> bool:
    name = etree.QName(element)
    return name.namespace == BPMN and name.localname not in _NAMED


def _qualify(process: etree._Element, key: str) -> None:
    """Give embedded sub-processes ids that are unique among all files compiled together: `<process>.<id>`."""
    inner = {element.get("id") for element in process.iter(f"{{{BPMN}}}subProcess", f"{{{BPMN}}}transaction")}
    for element in process.iter(f"{{{BPMN}}}*"):
        for attribute in ("id", *_ATTRIBUTES_REFERRING):
            if element.get(attribute) in inner and (attribute != "default"):
                element.set(attribute, f"{key}.{element.get(attribute)}")


def _canonical(root: etree._Element, labels: frozenset[str]) -> str:
    """The behaviour as text: no prefixes, no white space between elements, attributes in order, without `labels`."""
    parts: list[str] = []

    def write(element: etree._Element) -> None:
        name = etree.QName(element)
        if name.localname in labels:
            return
        attributes = sorted((str(key), str(value)) for key, value in element.attrib.items() if key not in labels)
        parts.append(f"<{element.tag} {attributes} {(element.text or '').strip()!r}>")
        for child in element:
            write(child)
        parts.append("</>")

    for child in root:
        write(child)
    return "".join(parts)
