"""One diagram as nodes and flows, read from XML that `source.py` has let through. Reads also what is wrong; the checks say so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from adapters.engine.gate.source import BPMN, OURS, SPIFF

B, L, S = f"{{{BPMN}}}", f"{{{OURS}}}", f"{{{SPIFF}}}"
PEOPLE = frozenset({"userTask", "manualTask"})
TASKS = PEOPLE | {"task", "serviceTask", "scriptTask", "sendTask", "receiveTask", "businessRuleTask", "callActivity"}
SCOPES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
GATEWAYS = frozenset({"exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway", "complexGateway"})
EVENTS = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"})
NODES = TASKS | SCOPES | GATEWAYS | EVENTS
WAITS = PEOPLE | {"receiveTask", "intermediateCatchEvent", "eventBasedGateway"}


@dataclass(slots=True, eq=False)
class Flow:
    """A sequence flow."""

    id: str
    source: str
    target: str
    name: str
    condition: str | None
    element: etree._Element


@dataclass(slots=True, eq=False)
class Node:
    """A flow node. `scope` is the id of the sub-process around it, "" at the top."""

    id: str
    kind: str
    name: str
    scope: str
    element: etree._Element
    out: list[Flow] = field(default_factory=list)
    into: list[Flow] = field(default_factory=list)
    guests: list[Node] = field(default_factory=list)  #: boundary events

    @property
    def label(self) -> str:
        """How a finding names it."""
        return f"“{self.name}”（{self.id}）" if self.name else self.id

    @property
    def host(self) -> str | None:
        """Id of the activity a boundary event is attached to."""
        return self.element.get("attachedToRef")

    @property
    def events(self) -> list[str]:
        """Local names of its event definitions."""
        names = [etree.QName(child).localname for child in self.element.iterchildren(f"{B}*")]
        return [name for name in names if name.endswith("EventDefinition")]

    @property
    def loop(self) -> etree._Element | None:
        """Its multi-instance or standard loop marker."""
        for tag in ("multiInstanceLoopCharacteristics", "standardLoopCharacteristics"):
            found = self.element.find(B + tag)
            if found is not None:
                return found
        return None

    @property
    def multi(self) -> bool:
        """Whether it is multi-instance."""
        return self.element.find(B + "multiInstanceLoopCharacteristics") is not None

    @property
    def called(self) -> str:
        """Process id of a call activity."""
        return self.element.get("calledElement") or ""

    @property
    def decision(self) -> str | None:
        """Id of the decision a business rule task asks."""
        return text_of(self.element.find(f"{B}extensionElements/{S}calledDecisionId"))

    @property
    def operation(self) -> etree._Element | None:
        """Operator of a service task."""
        return self.element.find(f"{B}extensionElements/{S}serviceTaskOperator")

    def note(self, tag: str) -> etree._Element | None:
        """The first of our notes of a kind."""
        return next(self.notes(tag), None)

    def notes(self, tag: str) -> Iterator[etree._Element]:
        """Our notes of a kind (namespace urn:lianshen:1)."""
        return self.element.iterfind(f"{B}extensionElements/{L}{tag}")

    def timer(self) -> tuple[str, str] | None:
        """(timeDate | timeDuration | timeCycle, text) of its timer; ("", "") when it has one without a time."""
        definition = self.element.find(B + "timerEventDefinition")
        if definition is None:
            return None
        for part in definition:
            local = etree.QName(part).localname
            if local in ("timeDate", "timeDuration", "timeCycle"):
                return local, (text_of(part) or "")
        return "", ""


@dataclass(slots=True, eq=False)
class Diagram:
    """One file with its executable process."""

    file: str
    root: etree._Element
    process: etree._Element
    nodes: dict[str, Node]
    flows: list[Flow]
    lanes: dict[str, str]  #: node id → lane id
    messages: dict[str, str]  #: message id → name

    @property
    def id(self) -> str:
        """Process id."""
        return self.process.get("id") or ""

    @property
    def national(self) -> bool:
        """Whether it lies in the shared folder, where offices and clauses come from the caller."""
        return self.file.startswith("national/")

    @property
    def kind(self) -> str:
        """main, side, batch or part."""
        note = self.process.find(f"{B}extensionElements/{L}procedure")
        return (note.get("kind") or "part") if note is not None else "part"

    def inside(self, scope: str) -> list[Node]:
        """Nodes of one scope."""
        return [node for node in self.nodes.values() if node.scope == scope]

    def scopes(self) -> list[str]:
        """The top and every sub-process."""
        return ["", *(node.id for node in self.nodes.values() if node.kind in SCOPES)]

    def lane(self, node: Node) -> str | None:
        """Lane of a node; inside a sub-process that of the sub-process, of a boundary event that of its host."""
        current: Node | None = node
        for _ in range(20):
            if current is None:
                return None
            if current.id in self.lanes:
                return self.lanes[current.id]
            current = self.nodes.get(current.host or current.scope)
        return None

    def message(self, node: Node) -> str | None:
        """Name of the message a node catches or throws."""
        definition = node.element.find(B + "messageEventDefinition")
        ref = node.element.get("messageRef") if definition is None else definition.get("messageRef")
        return self.messages.get(ref or "")

    def form(self, node: Node) -> str:
        """Form of a user task: named by its step note, else its own id."""
        step = node.note("step")
        return (step.get("form") if step is not None else None) or node.id


def text_of(element: etree._Element | None) -> str | None:
    """Text of an element without surrounding space; None for nothing."""
    return element.text.strip() if element is not None and element.text and element.text.strip() else None


def read(file: str, root: etree._Element, process: etree._Element) -> Diagram:
    """Nodes and flows of one process. Flows with unknown ends are kept; `Node.out` and `into` hold only those with two known ends."""
    nodes: dict[str, Node] = {}
    flows: list[Flow] = []
    _scope(process, "", nodes, flows)
    for flow in flows:
        if flow.source in nodes and flow.target in nodes:
            nodes[flow.source].out.append(flow)
            nodes[flow.target].into.append(flow)
    for node in nodes.values():
        if node.kind == "boundaryEvent" and node.host in nodes:
            nodes[node.host].guests.append(node)
    lanes: dict[str, str] = {}
    for lane in process.iter(f"{B}lane"):
        for ref in lane.findall(f"{B}flowNodeRef"):
            lanes[(ref.text or "").strip()] = lane.get("id") or ""
    messages = {one.get("id") or "": one.get("name") or one.get("id") or "" for one in root.iter(f"{B}message")}
    return Diagram(file, root, process, nodes, flows, lanes, messages)


def _scope(container: etree._Element, scope: str, nodes: dict[str, Node], flows: list[Flow]) -> None:
    for child in container.iterchildren(f"{B}*"):
        kind, ident = etree.QName(child).localname, child.get("id") or ""
        if kind == "sequenceFlow":
            condition = text_of(child.find(f"{B}conditionExpression"))
            flows.append(Flow(ident, child.get("sourceRef") or "", child.get("targetRef") or "", child.get("name") or "", condition, child))
        elif kind in NODES and ident:
            nodes.setdefault(ident, Node(ident, kind, " ".join((child.get("name") or "").split()), scope, child))
            if kind in SCOPES:
                _scope(child, ident, nodes, flows)
