"""The shape of a file: ids, size, and constructs the engine does not execute (it would run on past them without a word)."""

from __future__ import annotations

import re

from lxml import etree

from adapters.engine.gate.diagram import NODES, SCOPES, TASKS, B, Diagram, Node, text_of
from adapters.engine.gate.report import Report
from adapters.engine.gate.source import BPMN, MOST_NAME

MOST_NODES = 150
MOST_INSTANCES = 200
SAFE_ID = re.compile(r"[A-Za-z_\u4e00-\u9fff][\w\-.\u4e00-\u9fff]{0,100}")
_REFERENCES = (
    "messageRef",
    "signalRef",
    "errorRef",
    "escalationRef",
    "sourceRef",
    "targetRef",
    "attachedToRef",
    "calledElement",
    "default",
)
_SIDE = "请改为附属流程（side），由人员、批次或操作发起。"
_REFUSED: dict[str, tuple[str, str]] = {
    "adHocSubProcess": ("临时（ad-hoc）子流程", "请画出固定的先后次序，或改为附属流程。"),
    "transaction": ("事务子流程", "请改为普通子流程，用排他网关处理失败。"),
    "complexGateway": ("复杂网关", "请改为排他、并行或包容网关。"),
    "receiveTask": ("接收任务", "请改为中间消息捕获事件，由系统按项目对应消息。"),
    "sendTask": ("发送任务", "请改为服务任务，操作选 send_message。"),
    "linkEventDefinition": ("链接事件", "请直接用顺序流连接。"),
    "compensateEventDefinition": ("补偿事件", "请画出撤销所需的步骤。"),
    "signalEventDefinition": ("信号事件", "请改为服务任务，操作选 send_message，或改为附属流程。"),
    "conditionalEventDefinition": ("条件事件", "请改为定时事件，或在步骤之后用排他网关判断。"),
    "cancelEventDefinition": ("取消事件", "请用排他网关和结束事件表达。"),
    "dataStoreReference": ("数据存储", "请删去；数据由系统登记。"),
    "dataObject": ("数据对象", "请删去；条件直接查询 decision、answer 等函数。"),
    "dataInputAssociation": ("数据关联", "请删去；条件直接查询 decision、answer 等函数。"),
    "dataOutputAssociation": ("数据关联", "请删去；条件直接查询 decision、answer 等函数。"),
    "ioSpecification": ("输入输出说明", "请删去；被调用的流程用 param 取得参数。"),
    "correlationProperty": ("消息关联属性", "请删去；系统按项目对应消息。"),
    "callChoreography": ("编排", "请只画流程。"),
}


def check_ids(file: str, root: etree._Element, report: Report) -> None:
    """Every id is present, safe and used once; names are of readable length."""
    seen: set[str] = set()
    for element in root.iter(f"{B}*"):
        kind, ident = etree.QName(element).localname, element.get("id")
        if ident is None:
            if kind in NODES or kind in ("sequenceFlow", "process"):
                report.add(
                    file, None, "no-id", f"第 {element.sourceline} 行的元素没有编号（id），条件和记录都无法引用它。", "请给它一个英文编号。"
                )
        elif not SAFE_ID.fullmatch(ident):
            report.add(file, None, "unsafe-id", f"编号“{ident[:40]}”含有不允许的字符或过长。", "请只用英文字母、数字、下划线，以字母开头。")
        elif ident in seen:
            report.add(file, ident, "duplicate-id", f"编号 {ident} 用了不止一次，引擎只会执行其中一个。", "请给每个元素一个不同的编号。")
        if ident is not None:
            seen.add(ident)
        for key in _REFERENCES:
            value = element.get(key)
            if value is not None and not SAFE_ID.fullmatch(value):
                report.add(file, _owner(element), "unsafe-id", f"{key} 引用的编号“{value[:40]}”不合规定。", "请改为所引用元素的编号。")
        if len(element.get("name") or "") > MOST_NAME:
            report.add(file, _owner(element), "name", f"名称超过 {MOST_NAME} 个字符，图上无法显示。", "请缩短名称，细节写在条款说明里。")


def _owner(element: etree._Element) -> str | None:
    """Id of the node or flow an element belongs to, as the editor can show it; None for what belongs to the process as a whole."""
    for one in (element, *element.iterancestors()):
        ident, kind = one.get("id"), etree.QName(one).localname
        if kind in NODES or kind in ("sequenceFlow", "lane", "participant"):
            return ident if ident and SAFE_ID.fullmatch(ident) else None
    return None


def check_constructs(diagram: Diagram, report: Report) -> None:
    """Nothing the engine would pass over in silence, and bounds on what it runs."""
    file = diagram.file
    if len(diagram.nodes) > MOST_NODES:
        report.add(
            file, None, "too-many-nodes", f"流程有 {len(diagram.nodes)} 个节点，超过 {MOST_NODES} 个，人和引擎都难以处理。",
            "请把一部分移到被调用的流程中。",
        )  # fmt: skip
    for element in diagram.process.iter(f"{B}*"):
        kind = etree.QName(element).localname
        if kind in _REFUSED:
            ident = _owner(element)
            words, todo = _REFUSED[kind]
            report.add(file, ident, "not-executed", f"{ident or '图中'}用了{words}，引擎不执行它，流程会不声不响地走错。", todo)
    for node in diagram.nodes.values():
        if node.kind == "subProcess" and node.element.get("triggeredByEvent") == "true":
            report.add(file, node.id, "not-executed", f"{node.label}是事件子流程，引擎不按规定执行它。", _SIDE)
        _check_events(diagram, node, report)
        _check_loop(diagram, node, report)
    _check_starts(diagram, report)


def _check_events(diagram: Diagram, node: Node, report: Report) -> None:
    events = node.events
    if node.kind in ("boundaryEvent", "intermediateCatchEvent") and not events:
        report.add(diagram.file, node.id, "event", f"{node.label}没有写明等待什么，永远不会发生。", "请选择定时或消息。")
    if len(events) > 1:
        report.add(diagram.file, node.id, "event", f"{node.label}同时等待几种事件，引擎只认一种。", "请拆成几个事件。")
    allowed = {
        "boundaryEvent": {"timerEventDefinition", "messageEventDefinition", "errorEventDefinition", "escalationEventDefinition"},
        "intermediateCatchEvent": {"timerEventDefinition", "messageEventDefinition"},
        "intermediateThrowEvent": {"escalationEventDefinition"},
        "endEvent": {"terminateEventDefinition", "errorEventDefinition", "escalationEventDefinition"},
        "startEvent": set[str](),
    }.get(node.kind)
    if allowed is None:
        return
    for event in events:
        if event in allowed or event in _REFUSED:
            continue
        if event == "messageEventDefinition":
            if node.kind == "startEvent":
                continue  # told as a start
            todo = "请改为服务任务，操作选 send_message，再接普通结束事件。"
            report.add(diagram.file, node.id, "not-executed", f"{node.label}发送消息，引擎不会把它送到别的办件。", todo)
        elif node.kind != "startEvent":
            report.add(diagram.file, node.id, "not-executed", f"{node.label}在这个位置用 {event} 不会执行。", "请改为普通事件。")
    if "messageEventDefinition" in events and node.kind in ("boundaryEvent", "intermediateCatchEvent") and not diagram.message(node):
        report.add(
            diagram.file, node.id, "message", f"{node.label}等待的消息没有定义，永远等不到。", "请在图中定义这个消息，或改选已有的消息。"
        )
    if node.kind == "boundaryEvent":
        host = diagram.nodes.get(node.host or "")
        if host is None:
            report.add(diagram.file, node.id, "boundary", f"{node.label}没有附着在任何步骤上。", "请把它拖到步骤的边框上。")
        elif host.kind not in TASKS | SCOPES or host.scope != node.scope:
            report.add(
                diagram.file, node.id, "boundary", f"{node.label}附着在 {host.id} 上，那里不能附着事件。", "请附着在步骤或子流程上。"
            )


def _check_loop(diagram: Diagram, node: Node, report: Report) -> None:
    markers = [child for child in node.element.iterchildren(f"{B}*") if etree.QName(child).localname.endswith("LoopCharacteristics")]
    if len(markers) > 1:
        report.add(diagram.file, node.id, "loop-bound", f"{node.label}有两种循环标记。", "请只保留一种。")
    for marker in markers:
        if etree.QName(marker).localname == "standardLoopCharacteristics":
            most = marker.get("loopMaximum") or ""
            if not most.isdigit() or not 1 <= int(most) <= MOST_INSTANCES:
                what = f"{node.label}的循环没有写明最多次数（1 至 {MOST_INSTANCES}），可能永远不停。"
                report.add(diagram.file, node.id, "loop-bound", what, "请填写 loopMaximum，或改为由人员办理的退回环节。")
            continue
        cardinality = text_of(marker.find(f"{B}loopCardinality"))
        if cardinality is None:
            todo = '请填写 loopCardinality，例如 count(parties("' + node.id + '"))。'
            report.add(diagram.file, node.id, "loop-bound", f"{node.label}是多实例，但没有写明有几个实例。", todo)
        elif cardinality.isdigit() and not 1 <= int(cardinality) <= MOST_INSTANCES:
            report.add(
                diagram.file,
                node.id,
                "loop-bound",
                f"{node.label}的实例数 {cardinality} 不在 1 至 {MOST_INSTANCES} 之间。",
                "请改正实例数。",
            )
        for tag in ("loopDataInputRef", "loopDataOutputRef", "inputDataItem", "outputDataItem"):
            if marker.find(B + tag) is not None:
                what = f"{node.label}用 {tag} 取数据，而流程里不存放数据。"
                report.add(diagram.file, node.id, "not-executed", what, "请改为 loopCardinality 和会签方（parties）。")


def _check_starts(diagram: Diagram, report: Report) -> None:
    for scope in diagram.scopes():
        starts = [node for node in diagram.inside(scope) if node.kind == "startEvent"]
        place = diagram.nodes[scope].label if scope else "流程"
        if len(starts) != 1:
            many = f"有 {len(starts)} 个开始事件" if starts else "没有开始事件"
            report.add(diagram.file, scope or None, "start", f"{place}{many}，应当正好一个。", "请保留一个普通开始事件。")
        for start in starts:
            if start.events and not set(start.events) & _REFUSED.keys():
                what = f"{start.label}由事件触发，办件不会自己开始。"
                report.add(diagram.file, start.id, "start", what, "请改为普通开始事件；由人员、批次或操作发起办件。")
        if not any(node.kind == "endEvent" for node in diagram.inside(scope)):
            report.add(diagram.file, scope or None, "no-end", f"{place}没有结束事件。", "请画上结束事件。")


def foreign(root: etree._Element) -> bool:
    """Whether the root is not BPMN 2.0."""
    return root.tag != f"{{{BPMN}}}definitions"
