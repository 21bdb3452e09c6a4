"""One rule changed at a time (变异): amounts, boundaries, rows, deadlines, actors, steps, conditions, materials of a rule set's files.

A mutant is what a careless edit of the law would be. Stories that still pass on it do not prove the rule.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Concatenate, ParamSpec

from lxml import etree

from adapters import library

P = ParamSpec("P")
OURS = "{urn:lianshen:1}"
_NUMBER = re.compile(r"(?<![\w.\"])\d+(?:\.\d+)?(?![\w.\"])")
_PERIOD = re.compile(r"\b(workdays|months|days|years)\((\d+)")
_DAY = re.compile(r"\"(\d\d)-(\d\d)\"")
_TURNED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
STEPS = ("userTask", "serviceTask", "businessRuleTask", "callActivity")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed file. `at` is the place as stories meet it: `<process id>#<element>`, `<table id>#`."""

    path: str
    kind: str  #: 金额、含与不含、表行、条件、期限、岗位、步骤、材料
    at: str
    what: str  #: what was changed, in Chinese
    data: bytes


def of(files: Mapping[str, bytes], code: str) -> Iterator[Mutant]:
    """Every mutant of a jurisdiction's own files, in file order."""
    offices = sorted(str(one["id"]) for one in library.from_yaml(files[f"{code}/offices.yaml"]))
    for path in sorted(files):
        if PurePosixPath(path).parts[0] != code:
            continue
        if path.endswith(".dmn"):
            yield from _table(path, files[path])
        elif path.endswith(".bpmn"):
            yield from _diagram(path, files[path], offices)


# --- tables -------------------------------------------------------------------------------------------------------------------------


def _table(path: str, data: bytes) -> Iterator[Mutant]:
    root = etree.fromstring(data)
    table = root.find(".//{*}decisionTable")
    decision = root.find(".//{*}decision")
    if table is None or decision is None:
        return
    name = str(decision.get("id"))
    rules, at = table.findall("{*}rule"), f"{name}#"
    listing = (table.get("hitPolicy") or "UNIQUE") == "COLLECT"
    for number, rule in enumerate(rules):
        if listing:
            yield Mutant(path, "表行", at, f"删去第 {number + 1} 行", _edited(root, _remove_row, number))
        else:
            other = next((one for one in rules if _outcome(one) != _outcome(rule)), None)
            if other is not None:
                words = _outcome(other)
                changed = _edited(root, _set_outcome, number, words)
                yield Mutant(path, "表行", at, f"第 {number + 1} 行结论“{_outcome(rule)}”改为“{words}”", changed)
        for column, cell in enumerate(rule.findall("{*}inputEntry/{*}text")):
            text = (cell.text or "").strip()
            for found in _NUMBER.findall(text):
                more = str(int(found) + 1) if found.isdigit() else f"{found}9"
                changed = _edited(root, _number, column, found, more)
                yield Mutant(path, "金额", at, f"第 {column + 1} 列 {found} 改为 {more}", changed)
                changed = _edited(root, _boundary, column, found)
                yield Mutant(path, "含与不含", at, f"第 {column + 1} 列 {found} 的含与不含对调", changed)
            if listing and text.startswith('"'):
                changed = _edited(root, _set_cell, number, column, "-")
                yield Mutant(path, "表行", at, f"第 {number + 1} 行第 {column + 1} 列条件 {text} 取消", changed)


def _rows(root: etree._Element) -> list[etree._Element]:
    return list(root.iter("{*}rule"))


def _outcome(rule: etree._Element) -> str:
    return (rule.findtext("{*}outputEntry/{*}text") or "").strip().strip('"')


def _remove_row(root: etree._Element, number: int) -> None:
    rule = _rows(root)[number]
    parent = rule.getparent()
    assert parent is not None
    parent.remove(rule)


def _set_outcome(root: etree._Element, number: int, words: str) -> None:
    text = _rows(root)[number].find("{*}outputEntry/{*}text")
    assert text is not None
    text.text = f'"{words}"'


def _set_cell(root: etree._Element, number: int, column: int, words: str) -> None:
    _rows(root)[number].findall("{*}inputEntry/{*}text")[column].text = words


def _cells(root: etree._Element, column: int) -> Iterator[etree._Element]:
    for rule in _rows(root):
        yield rule.findall("{*}inputEntry/{*}text")[column]


def _number(root: etree._Element, column: int, old: str, new: str) -> None:
    for cell in _cells(root, column):
        cell.text = re.sub(rf"(?<![\w.\"]){re.escape(old)}(?![\w.\"])", new, cell.text or "")


def _boundary(root: etree._Element, column: int, number: str) -> None:
    """Every `< n` becomes `<= n` and so on, in the whole column, so that the table stays complete and disjoint."""
    after = re.compile(rf"(<=|>=|<|>)(\s*){re.escape(number)}(?![\w.])")
    before = re.compile(rf"(?<![\w.]){re.escape(number)}(\s*)(<=|>=|<|>)")
    for cell in _cells(root, column):
        text = after.sub(lambda one: f"{_TURNED[one[1]]}{one[2]}{number}", cell.text or "")
        cell.text = before.sub(lambda one: f"{number}{one[1]}{_TURNED[one[2]]}", text)


# --- diagrams -----------------------------------------------------------------------------------------------------------------------


def _diagram(path: str, data: bytes, offices: list[str]) -> Iterator[Mutant]:
    root = etree.fromstring(data)
    process = root.find("{*}process")
    if process is None:
        return
    name = str(process.get("id"))
    lanes = {(ref.text or "").strip(): str(lane.get("id")) for lane in process.iter("{*}lane") for ref in lane.findall("{*}flowNodeRef")}
    for node in process.iter("{*}*"):
        tag, key = etree.QName(node).localname, str(node.get("id"))
        at = f"{name}#{key}"
        words = node.get("name") or key
        if tag in STEPS and _bypassable(process, key):
            yield Mutant(path, "步骤", at, f"去掉“{words}”", _edited(root, _bypass, key))
        if tag == "userTask":
            yield from _actor(path, root, node, at, lanes.get(key, ""), offices)
            for number, material in enumerate(node.iter(f"{OURS}material")):
                if material.get("required", "true") == "true":
                    changed = _edited(root, _drop_material, key, number)
                    yield Mutant(path, "材料", at, f"“{words}”不再要求材料 {material.get('id')}", changed)
        timer = node.find("{*}timerEventDefinition/{*}timeDate")
        if timer is not None and (later := _later(timer.text or "")):
            changed = _edited(root, _set_timer, key, later)
            yield Mutant(path, "期限", at, f"“{words}”由 {timer.text} 改为 {later}", changed)
        condition = node.find("{*}conditionExpression") if tag == "sequenceFlow" else None
        if condition is not None:
            changed = _edited(root, _negate, key)
            yield Mutant(path, "条件", f"{name}#{node.get('sourceRef')}", f"“{node.get('name') or key}”的条件反过来", changed)


def _actor(path: str, root: etree._Element, node: etree._Element, at: str, lane: str, offices: list[str]) -> Iterator[Mutant]:
    key, words = str(node.get("id")), node.get("name")
    parties = node.find(f".//{OURS}parties")
    if parties is not None:
        bodies = [one for one in (parties.get("offices") or "").split(",") if one]
        if len(bodies) > 1:
            changed = _edited(root, _set_parties, key, ",".join(bodies[:-1]))
            yield Mutant(path, "岗位", at, f"“{words}”会签少了 {bodies[-1]}", changed)
        return
    step = node.find(f".//{OURS}step")
    if lane in offices and (step is None or not step.get("office")):
        other = offices[(offices.index(lane) + 1) % len(offices)]
        changed = _edited(root, _set_office, key, other)
        yield Mutant(path, "岗位", at, f"“{words}”由 {lane} 改为 {other} 办理", changed)


def _named(root: etree._Element, key: str) -> etree._Element:
    return next(one for one in root.iter("{*}*") if one.get("id") == key and "omg.org/spec/BPMN/20100524/MODEL" in str(one.tag))


def _flows(process: etree._Element) -> list[etree._Element]:
    return list(process.iter("{*}sequenceFlow"))


def _bypassable(process: etree._Element, key: str) -> bool:
    flows = _flows(process)
    return sum(one.get("sourceRef") == key for one in flows) == 1 and any(one.get("targetRef") == key for one in flows)


def _bypass(root: etree._Element, key: str) -> None:
    """Take a step out: what led to it leads to what followed; its boundary events go with it."""
    process = root.find("{*}process")
    assert process is not None
    gone = {key} | {str(one.get("id")) for one in process.iter("{*}boundaryEvent") if one.get("attachedToRef") == key}
    out = next(one for one in _flows(process) if one.get("sourceRef") == key)
    target = str(out.get("targetRef"))
    for flow in _flows(process):
        if flow.get("targetRef") == key:
            flow.set("targetRef", target)
    gone_flows = {str(one.get("id")) for one in _flows(process) if one.get("sourceRef") in gone}
    for one in list(process.iter("{*}*")):
        parent = one.getparent()
        if parent is not None and (
            one.get("id") in gone | gone_flows or (etree.QName(one).localname == "flowNodeRef" and one.text in gone)
        ):
            parent.remove(one)
    for plane in root.iter("{*}BPMNPlane"):
        for shape in list(plane):
            if shape.get("bpmnElement") in gone | gone_flows:
                plane.remove(shape)


def _set_office(root: etree._Element, key: str, office: str) -> None:
    node = _named(root, key)
    step = node.find(f".//{OURS}step")
    if step is None:
        extensions = node.find("{*}extensionElements")
        if extensions is None:
            extensions = etree.Element(f"{{{etree.QName(node).namespace}}}extensionElements")
            node.insert(0, extensions)
        step = etree.SubElement(extensions, f"{OURS}step")
    step.set("office", office)


def _set_parties(root: etree._Element, key: str, offices: str) -> None:
    parties = _named(root, key).find(f".//{OURS}parties")
    assert parties is not None
    parties.set("offices", offices)


def _drop_material(root: etree._Element, key: str, number: int) -> None:
    material = list(_named(root, key).iter(f"{OURS}material"))[number]
    parent = material.getparent()
    assert parent is not None
    parent.remove(material)


def _set_timer(root: etree._Element, key: str, expression: str) -> None:
    timer = _named(root, key).find("{*}timerEventDefinition/{*}timeDate")
    assert timer is not None
    timer.text = expression


def _negate(root: etree._Element, key: str) -> None:
    condition = _named(root, key).find("{*}conditionExpression")
    assert condition is not None
    condition.text = f"not ({condition.text})"


def _later(expression: str) -> str:
    """The period one unit longer, or the day of the year one later; empty when it has neither."""
    if _PERIOD.search(expression):
        return _PERIOD.sub(lambda one: f"{one[1]}({int(one[2]) + 1}", expression, count=1)
    if found := _DAY.search(expression):
        month, day = int(found[1]), int(found[2])
        after = (month, day + 1) if day < 28 else (month % 12 + 1, 1)
        return f'{expression[: found.start()]}"{after[0]:02}-{after[1]:02}"{expression[found.end() :]}'
    return ""


def _edited(root: etree._Element, edit: Callable[Concatenate[etree._Element, P], None], *args: P.args, **kwargs: P.kwargs) -> bytes:
    now = copy.deepcopy(root)
    edit(now, *args, **kwargs)
    return etree.tostring(now, xml_declaration=True, encoding="UTF-8")
