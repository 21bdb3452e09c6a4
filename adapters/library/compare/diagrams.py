"""The facts of a diagram: each step, gateway, event and flow with everything that decides what the engine and people do."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping

from lxml import etree

from adapters.library.compare.facts import CLAUSES, LOOKS, NAME, NOTE, Facts, Said
from adapters.library.diagrams import BPMN, NODES, SPIFF, xml
from adapters.library.faults import Faults
from domain.changes import spoken

L = "{urn:lianshen:1}"
_DC = "{http://www.omg.org/spec/DD/20100524/DC}Bounds"
_DI = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
_WORDS = {
    "startEvent": "开始", "endEvent": "结束", "boundaryEvent": "边界事件", "intermediateCatchEvent": "等待事件",
    "intermediateThrowEvent": "抛出事件", "userTask": "办理步骤", "manualTask": "办理步骤", "serviceTask": "系统操作",
    "businessRuleTask": "决策", "callActivity": "调用流程", "subProcess": "子流程", "exclusiveGateway": "判断网关",
    "parallelGateway": "并行网关", "inclusiveGateway": "包容网关", "eventBasedGateway": "等待网关", "sequenceFlow": "顺序流",
}  # fmt: skip
_SHOWN = {f"{BPMN}incoming", f"{BPMN}outgoing", f"{BPMN}documentation", f"{BPMN}flowNodeRef", f"{L}clause"}
_READ = {name.strip("{}") for name in (BPMN, L, SPIFF)}
_IDENT = re.compile(r"\s+")


def read(path: str, content: bytes, offices: Mapping[str, str]) -> Said:
    """The facts of a diagram; nothing for one that cannot be read."""
    said, root = Said(), xml(content, path, Faults())
    if root is None:
        return said
    places = dict(_places(root))
    messages = {one.get("id"): one.get("name") or one.get("id") or "" for one in root.iter(BPMN + "message")}
    for process in root.iter(BPMN + "process"):
        lanes = {ref.text.strip(): lane.get("id") or "" for lane in process.iter(BPMN + "lane") for ref in lane if ref.text}
        names = {one.get("id") or "": _text(one.get("name")) for one in process.iter(BPMN + "*")}
        defaults = {one.get("default") for one in process.iter(BPMN + "*") if one.get("default")}
        said.elements[process.get("id") or path] = Facts(
            names.get(process.get("id") or "", "") or path, "流程", _procedure(process, offices), LOOKS
        )
        for one in process.iter(BPMN + "*"):
            local, ident = etree.QName(one).localname, one.get("id")
            if ident is None or local not in NODES | {"sequenceFlow", "lane"}:
                continue
            if local == "lane":
                aspects = {NAME: names[ident], "岗位编号": ident}
                said.elements[ident] = Facts(names[ident] or ident, "泳道", aspects, LOOKS, places.get(ident, ()), behaves=False)
            elif local == "sequenceFlow":
                said.elements[ident] = _flow(one, names, ident in defaults, places.get(ident, ()))
            else:
                aspects = _node(one, local, lanes.get(ident, ""), offices, messages)
                title = names[ident] or ident
                kind = _WORDS.get(local, local)
                words = kind + (f"，{aspects['岗位']}" if aspects.get("岗位") else "")
                said.elements[ident] = Facts(title, kind, aspects, LOOKS, places.get(ident, ()), words=words, rest=_rest(one))
    return said


def _procedure(process: etree._Element, offices: Mapping[str, str]) -> dict[str, str]:
    note = process.find(f"{BPMN}extensionElements/{L}procedure")
    found = {str(key): str(value) for key, value in note.attrib.items()} if note is not None else {}
    starters = "、".join(offices.get(one.strip(), one.strip()) for one in found.get("starters", "").split(",") if one.strip())
    return {
        NAME: _text(process.get("name")),
        "种类": found.get("kind", ""),
        "发起岗位": starters,
        "发起条件": _text(found.get("when", "")),
        CLAUSES: _clauses(process),
    }


def _flow(one: etree._Element, names: Mapping[str, str], default: bool, place: tuple[float, ...]) -> Facts:
    source, target = one.get("sourceRef") or "", one.get("targetRef") or ""
    ends = f"{names.get(source) or source}→{names.get(target) or target}"
    condition = one.find(f"{BPMN}conditionExpression")
    aspects = {
        NAME: _text(one.get("name")),
        "条件": "（其他条件都不满足时）" if default else _text(condition.text if condition is not None else ""),
        "起点": source,
        "终点": target,
        CLAUSES: _clauses(one),
    }
    title = f"{names.get(source) or source}：{_text(one.get('name'))}" if _text(one.get("name")) else ends
    words = "顺序流" + (f"，{aspects['条件']}" if aspects["条件"] else "")
    return Facts(title, "顺序流", aspects, LOOKS, place, words=words)


def _node(one: etree._Element, local: str, lane: str, offices: Mapping[str, str], messages: Mapping[str | None, str]) -> dict[str, str]:
    notes = {note: list(one.iterfind(f"{BPMN}extensionElements/{L}{note}")) for note in ("step", "material", "parties", "param")}
    step = {str(key): str(value) for note in notes["step"][:1] for key, value in note.attrib.items()}
    office = step.get("office") or lane
    definition = next((child.get("messageRef") for child in one.iter(f"{BPMN}messageEventDefinition")), one.get("messageRef"))
    aspects = {
        NAME: _text(one.get("name")),
        "类型": _WORDS.get(local, local),
        "岗位": offices.get(office, office),
        "表单": step.get("form", ""),
        "项目阶段": step.get("stage", ""),
        "材料": "、".join(_material(note) for note in notes["material"]),
        **_parties(notes["parties"][0] if notes["parties"] else None, offices),
        "调用参数": "；".join(f"{note.get('name')}={note.get('value')}" for note in notes["param"]),
        "期限": "；".join(_timers(one)),
        "消息": messages.get(definition, definition or "") or "",
        "调用的流程": one.get("calledElement") or "",
        "决策表": _inner(one, f"{BPMN}extensionElements/{SPIFF}calledDecisionId"),
        "系统操作": _operation(one),
        "会签轮次": "；".join(_loops(one)),
        "附着于": one.get("attachedToRef") or "",
        "到期后": "" if local != "boundaryEvent" else "不中断办理" if one.get("cancelActivity") == "false" else "中断办理",
        CLAUSES: _clauses(one),
        NOTE: _inner(one, f"{BPMN}documentation"),
    }
    return aspects


def _material(note: etree._Element) -> str:
    when = f"，{note.get('when')}" if note.get("when") else ""
    return f"{note.get('id')}（{'选交' if note.get('required') == 'false' else '必交'}{when}）"


def _parties(note: etree._Element | None, offices: Mapping[str, str]) -> dict[str, str]:
    said = {str(key): str(value) for key, value in note.attrib.items()} if note is not None else {}
    fixed = "、".join(offices.get(one.strip(), one.strip()) for one in said.get("offices", "").split(",") if one.strip())
    person = {"true": "专家等人员", "false": ""}.get(said.get("person", ""), "")
    return {"会签方": fixed, "另请的会签方": _text(said.get("source")), "会签的是": person, "再次会签只请": said.get("again", "")}


def _timers(one: etree._Element) -> Iterator[str]:
    for definition in one.iterfind(f"{BPMN}timerEventDefinition"):
        for part in definition:
            if isinstance(part.tag, str) and part.text and part.text.strip():
                yield spoken(part.text)


def _operation(one: etree._Element) -> str:
    operator = one.find(f"{BPMN}extensionElements/{SPIFF}serviceTaskOperator")
    if operator is None:
        return ""
    parameters = sorted(f"{part.get('id')}={_text(part.get('value'))}" for part in operator.iter(f"{SPIFF}parameter"))
    return f"{operator.get('id')}（{'，'.join(parameters)}）"


def _loops(one: etree._Element) -> Iterator[str]:
    for tag, words in (("multiInstanceLoopCharacteristics", "多方"), ("standardLoopCharacteristics", "循环")):
        for loop in one.iterfind(BPMN + tag):
            parts = [words + ("依次" if loop.get("isSequential") == "true" else "同时" if words == "多方" else "")]
            for name, label in (("loopCardinality", "数量"), ("completionCondition", "提前结束"), ("loopCondition", "条件")):
                if text := _inner(loop, BPMN + name):
                    parts.append(f"{label} {text}")
            yield "，".join([*parts, *([f"最多 {loop.get('loopMaximum')} 次"] if loop.get("loopMaximum") else [])])


def _rest(one: etree._Element) -> str:
    """All that the engine and our rules read of an element, in one text: what the aspects do not tell apart is still not passed over."""
    bare = copy.deepcopy(one)
    for child in list(bare.iter()):
        space = etree.QName(child).namespace if isinstance(child.tag, str) else ""
        local = etree.QName(child).localname if isinstance(child.tag, str) else ""
        parent = child.getparent()
        if child is not bare and (space not in _READ or child.tag in _SHOWN or local in NODES | {"sequenceFlow", "laneSet"}):
            if parent is not None:
                parent.remove(child)
            continue
        for key in list(child.attrib):
            if str(key) in ("name", "default") or str(key).startswith("{"):
                del child.attrib[key]
        child.text, child.tail = _text(child.text), ""
    for empty in list(bare.iter(f"{BPMN}extensionElements")):
        if not len(empty) and (parent := empty.getparent()) is not None:
            parent.remove(empty)
    return etree.tostring(bare, method="c14n").decode()


def _clauses(one: etree._Element) -> str:
    return "、".join(note.get("id") or "" for note in one.iterfind(f"{BPMN}extensionElements/{L}clause"))


def _inner(one: etree._Element, path: str) -> str:
    found = one.find(path)
    return _text(found.text) if found is not None else ""


def _text(value: str | None) -> str:
    return _IDENT.sub(" ", value or "").strip()


def _places(root: etree._Element) -> Iterator[tuple[str, tuple[float, ...]]]:
    for one in root.iter("{*}BPMNShape", "{*}BPMNEdge"):
        numbers = [part.get(key) for part in (*one.iterfind(_DC), *one.iterfind(_DI)) for key in ("x", "y", "width", "height")]
        try:
            yield one.get("bpmnElement") or "", tuple(float(number) for number in numbers if number)
        except ValueError:
            continue
