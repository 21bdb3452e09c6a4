"""XML of unknown origin, read without doing anything it asks for: no entities, no DOCTYPE, no inclusion, no network, bounded size."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import SpiffWorkflow.bpmn.parser
from lxml import etree

from adapters.engine.gate.report import Report

MOST_BYTES = 1_000_000
MOST_ELEMENTS = 20_000
MOST_DEPTH = 60
MOST_NAME = 500
MOST_ATTRIBUTE = 5_000
BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
OURS = "urn:lianshen:1"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
_DRAWING = {"http://www.omg.org/spec/BPMN/20100524/DI", "http://www.omg.org/spec/DD/20100524/DC", "http://www.omg.org/spec/DD/20100524/DI"}
_NAMESPACE = re.compile(r"\{[^}]*\}")


def read(file: str, data: bytes, report: Report) -> etree._Element | None:
    """The root element, or None with one finding."""
    if len(data) > MOST_BYTES:
        report.add(
            file, None, "size", f"文件大于 {MOST_BYTES // 1_000_000} MB，读取它会拖慢所有人。", "请拆分为几个流程，或删去嵌入的图片。"
        )
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
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        line = getattr(error, "lineno", None)
        place = f"第 {line} 行附近" if line else "文件"
        report.add(file, None, "xml", f"{place}不合 XML 写法，无法读取。", "请用流程编辑器重新导出该文件。")
        return None
    if getattr(root.getroottree().docinfo, "doctype", None):
        report.add(file, None, "doctype", "文件含有 DOCTYPE 声明，可能夹带外部内容。", "请删去 DOCTYPE 声明后重新导入。")
        return None
    return root if _sound(file, root, report) else None


def _sound(file: str, root: etree._Element, report: Report) -> bool:
    depth = 0
    for count, (event, element) in enumerate(etree.iterwalk(root, events=("start", "end"))):
        if event == "end":
            depth -= 1
            continue
        depth += 1
        if not isinstance(element.tag, str) or "XInclude" in element.tag:
            report.add(file, None, "entity", "文件含有实体或外部引用，不予读取。", "请删去实体和外部引用后重新导入。")
            return False
        if count > 2 * MOST_ELEMENTS or depth > MOST_DEPTH:
            report.add(file, None, "size", f"文件超过 {MOST_ELEMENTS} 项或嵌套超过 {MOST_DEPTH} 层。", "请拆分为几个流程。")
            return False
        if any(len(str(value)) > MOST_ATTRIBUTE for value in element.attrib.values()):
            report.add(file, None, "size", f"第 {element.sourceline} 行的属性超过 {MOST_ATTRIBUTE} 个字符。", "请缩短该属性。")
            return False
    return True


@lru_cache(maxsize=1)
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(Path(SpiffWorkflow.bpmn.parser.__file__).parent / "schema" / "BPMN20.xsd")))


def check_schema(file: str, root: etree._Element, report: Report) -> None:
    """Compare with the BPMN 2.0 schema after everything of other namespaces was taken out of a copy."""
    bare = etree.fromstring(etree.tostring(root), etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False))
    for element in list(bare.iter()):
        space = etree.QName(element).namespace
        if space != BPMN and space not in _DRAWING:
            parent = element.getparent()
            if parent is not None:
                _take_out(parent, element)
            continue
        for key in list(element.attrib):
            own = etree.QName(key).namespace
            if own and own != XSI:
                del element.attrib[key]
    schema = _schema()
    if schema.validate(bare):
        return
    told: set[int] = set()
    for error in schema.error_log:  # type: ignore[attr-defined]  # the stubs do not know that a log can be walked
        if error.line in told or len(told) >= 5:
            continue
        told.add(error.line)
        text = _NAMESPACE.sub("", error.message)[:160]
        report.add(
            file,
            None,
            "schema",
            f"第 {error.line} 行不合 BPMN 2.0 的结构，其他软件可能打不开（{text}）。",
            "请用流程编辑器改正或重新导出。",
        )


def _take_out(parent: etree._Element, element: etree._Element) -> None:
    if element.tail and element.tail.strip():
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)
