"""Read one BPMN diagram as a `Procedure`: lanes as offices, our notes (namespace urn:lianshen:1) as clauses, forms, materials, parties.

The engine parses the same file by itself; this reading serves people and rules. Files written by other editors are accepted: foreign
namespaces are passed over. What is unknown in *our* namespace is a fault, since a misspelt rule would silently not be executed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from lxml import etree

from adapters.library.faults import Faults
from adapters.library.notes import notes_of
from domain.procedures import Element, Parties, Procedure

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
SPIFF = "{http://spiffworkflow.org/bpmn/schema/1.0/core}"
MOST_BYTES, MOST_ELEMENTS = 1_000_000, 20_000

NODES = frozenset({
    "startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent",
    "task", "userTask", "manualTask", "serviceTask", "sendTask", "receiveTask", "scriptTask", "businessRuleTask",
    "callActivity", "subProcess", "adHocSubProcess", "transaction",
    "exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway", "complexGateway",
})  # fmt: skip
_SCOPES = frozenset({"subProcess", "adHocSubProcess", "transaction"})
_TIMES = (BPMN + "timeDate", BPMN + "timeDuration", BPMN + "timeCycle")


def xml(data: bytes, file: str, faults: Faults) -> etree._Element | None:
    """The root of an XML file, or None with a finding: no DOCTYPE, no entities, no inclusion, no network, bounded size."""
    if len(data) > MOST_BYTES:
        faults.add(file, "size", f"文件大于 {MOST_BYTES // 1_000_000} MB。", "请拆分为几个流程，或删去嵌入的图片。")
        return None
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        place = f"第 {line} 行附近" if line else "文件"
        faults.add(file, "xml", f"{place}不合 XML 写法，无法读取。", "请用流程编辑器重新导出该文件。")
        return None
    if getattr(root.getroottree().docinfo, "doctype", None):
        faults.add(file, "doctype", "文件含有 DOCTYPE 声明，可能夹带外部内容。", "请删去 DOCTYPE 声明后重新导入。")
        return None
    for count, element in enumerate(root.iter()):
        if not isinstance(element.tag, str) or "XInclude" in element.tag:
            faults.add(file, "entity", "文件含有实体或外部引用，不予读取。", "请删去实体和外部引用后重新导入。")
            return None
        if count >= MOST_ELEMENTS:
            faults.add(file, "size", f"文件的内容超过 {MOST_ELEMENTS} 项。", "请拆分为几个流程。")
            return None
    return root


def procedure(path: str, data: bytes, faults: Faults) -> Procedure | None:
    """The executable process of one diagram. Findings go to `faults`; None when there is nothing to show."""
    root = xml(data, path, faults)
    if root is None:
        return None
    if root.tag != BPMN + "definitions":
        faults.add(path, "bpmn", "文件不是 BPMN 2.0 流程图。", "请用流程编辑器重新导出该文件。")
        return None
    processes = [one for one in root.iter(BPMN + "process") if one.get("isExecutable") == "true"]
    if len(processes) != 1:
        what = "没有可执行的流程" if not processes else f"有 {len(processes)} 个可执行的流程"
        faults.add(path, "process", f"文件里{what}，应当正好一个。", "请把流程属性“可执行”设为是，每个文件只放一个流程。")
        return None
    _check_ids(root, path, faults)
    return _Reader(path, root, processes[0], faults).procedure()


def _check_ids(root: etree._Element, path: str, faults: Faults) -> None:
    seen: set[str] = set()
    for one in root.iter(BPMN + "*"):
        name = one.get("id")
        local = etree.QName(one).localname
        if name is None and (local in NODES or local == "sequenceFlow"):
            faults.add(path, "no-id", f"第 {one.sourceline} 行的元素没有编号（id）。", "请给它一个英文编号。")
        if name in seen:
            faults.add(path, "duplicate-id", f"编号 {name} 用了不止一次。", "请给每个元素、泳道一个不同的编号。", element=name)
        if name is not None:
            seen.add(name)


class _Reader:
    """One process of one file."""

    def __init__(self, path: str, root: etree._Element, process: etree._Element, faults: Faults) -> None:
        self.path, self.root, self.process, self.faults = path, root, process, faults
        self.messages = {one.get("id"): one.get("name") or one.get("id") for one in root.iter(BPMN + "message")}
        self.lanes = _lanes(process)
        self.elements: dict[str, Element] = {}
        self.flows: list[tuple[str, str, str, str]] = []

    def procedure(self) -> Procedure | None:
        """Read everything; flows that carry a clause stand in `elements` too (kind sequenceFlow)."""
        self._scope(self.process, None, None)
        notes = notes_of(self.process, self.path, self.faults)
        pools = [one for one in self.root.iter(BPMN + "participant") if one.get("processRef") == self.process.get("id")]
        name = self.process.get("name") or (pools[0].get("name") if pools else None) or PurePosixPath(self.path).stem
        data = {
            "id": self.process.get("id") or "",
            "name": name,
            "file": self.path,
            "clauses": notes.clauses,
            "elements": self.elements,
            "flows": tuple(self.flows),
            **notes.procedure,
        }
        return self.faults.model(Procedure, {"title": name, **data}, self.path, self.process.get("id"))

    def _scope(self, container: etree._Element, scope: str | None, lane: str | None) -> None:
        hosted: list[str] = []
        for one in _children(container):
            local, name = etree.QName(one).localname, one.get("id")
            if name is None:
                continue
            if local == "sequenceFlow":
                self._flow(one, name, scope)
            elif local in NODES:
                own = self.lanes.get(name, lane)
                self.elements[name] = self._element(one, name, local, own, scope)
                if local in _SCOPES:
                    self._scope(one, name, own)
                if one.get("attachedToRef") and name not in self.lanes:
                    hosted.append(name)
        for name in hosted:  # editors leave a boundary event out of its lane; it stands where its host stands
            host = self.elements.get(self.elements[name].attached_to or "")
            if host is not None:
                self.elements[name] = self.elements[name].model_copy(update={"lane": host.lane})

    def _flow(self, one: etree._Element, name: str, scope: str | None) -> None:
        text = one.get("name") or ""
        self.flows.append((name, one.get("sourceRef") or "", one.get("targetRef") or "", text))
        notes = notes_of(one, self.path, self.faults)
        if notes.clauses:
            self.elements[name] = Element(id=name, kind="sequenceFlow", name=text, clauses=notes.clauses, scope=scope)

    def _element(self, one: etree._Element, name: str, local: str, lane: str | None, scope: str | None) -> Element:
        notes = notes_of(one, self.path, self.faults)
        multi = one.find(BPMN + "multiInstanceLoopCharacteristics") is not None
        return Element(
            id=name,
            kind=local,
            name=" ".join((one.get("name") or "").split()),
            lane=lane,
            office=notes.office,
            form=notes.form,
            stage=notes.stage,
            clauses=notes.clauses + tuple(c for c in _cited(one) if c not in notes.clauses),
            materials=notes.materials,
            parties=notes.parties or (Parties() if multi and local == "userTask" else None),
            params=notes.params,
            attached_to=one.get("attachedToRef"),
            timer=_timer(one),
            reminder=notes.reminder,
            message=self._message(one),
            called=one.get("calledElement"),
            decision=_text(one, f"{BPMN}extensionElements/{SPIFF}calledDecisionId"),
            operation=_operator(one),
            arguments=dict(_arguments(one)),
            scope=scope,
            multi=multi,
        )

    def _message(self, one: etree._Element) -> str | None:
        definition = one.find(BPMN + "messageEventDefinition")
        ref = one.get("messageRef") if definition is None else definition.get("messageRef")
        if ref is None:
            return None
        if ref not in self.messages:
            self.faults.add(
                self.path, "message", f"引用的消息 {ref} 没有定义。", "请在图中定义这个消息，或改选已有的消息。", element=one.get("id")
            )
        return self.messages.get(ref, ref)


def _children(container: etree._Element) -> Iterator[etree._Element]:
    return container.iterchildren(BPMN + "*")


def _lanes(process: etree._Element) -> dict[str, str]:
    """Element id → id of the innermost lane."""
    found: dict[str, str] = {}
    for lane in process.iter(BPMN + "lane"):  # document order: an inner lane comes after the one around it
        for ref in lane.findall(BPMN + "flowNodeRef"):
            if ref.text and lane.get("id"):
                found[ref.text.strip()] = lane.get("id") or ""
    return found


def _timer(one: etree._Element) -> str | None:
    for definition in one.findall(BPMN + "timerEventDefinition"):
        for part in definition:
            if part.tag in _TIMES and part.text and part.text.strip():
                return part.text.strip()
    return None


def _text(one: etree._Element, path: str) -> str | None:
    found = one.find(path)
    return found.text.strip() if found is not None and found.text and found.text.strip() else None


def _operator(one: etree._Element) -> str | None:
    found = one.find(f"{BPMN}extensionElements/{SPIFF}serviceTaskOperator")
    return None if found is None else found.get("id")


def _arguments(one: etree._Element) -> Iterator[tuple[str, str]]:
    """What a service task hands to its operation: `<parameter id="clause" value="'JJ-11-contract'"/>`."""
    for parameter in one.iterfind(f"{BPMN}extensionElements/{SPIFF}serviceTaskOperator/{SPIFF}parameters/{SPIFF}parameter"):
        yield parameter.get("id") or "", (parameter.get("value") or "").strip()


def _cited(one: etree._Element) -> Iterator[str]:
    """Clauses a service task hands to its operation."""
    for name, value in _arguments(one):
        if name == "clause" and len(value) > 2 and value[0] == value[-1] and value[0] in "'\"":
            yield value[1:-1]
