"""A small sound rule set for the gate: a project procedure, a batch, a shared part, a table, forms. Tests spoil one thing at a time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adapters.engine.gate import Context, check
from domain.findings import Finding

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:lianshen="urn:lianshen:1" xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
    ' xmlns:modeler="http://camunda.org/schema/modeler/1.0" targetNamespace="urn:lianshen:sample">\n'
)
CLAUSE = '<lianshen:clause id="SA-01"/>'


def noted(inner: str = "", clause: str = CLAUSE) -> str:
    """Extension elements."""
    return f"<extensionElements>{clause}{inner}</extensionElements>"


def parameters(operation: str, **values: str) -> str:
    """A service task's operator."""
    rows = "".join(f'<spiffworkflow:parameter id="{key}" type="str" value="{value}"/>' for key, value in values.items())
    return (
        f'<spiffworkflow:serviceTaskOperator id="{operation}"><spiffworkflow:parameters>{rows}</spiffworkflow:parameters>'
        "</spiffworkflow:serviceTaskOperator>"
    )


_HERE = Path(__file__).parent / "sample"
FILES: dict[str, str] = {
    path: (_HERE / path.rpartition("/")[2]).read_text()
    for path in ("sample/intake.bpmn", "sample/plan.bpmn", "national/filing.bpmn", "sample/route.dmn")
}


def form(outcomes: list[str] | None = None, **fields: Any) -> dict[str, Any]:
    """A form schema."""
    own: dict[str, Any] = {"outcome": {"type": "string", "title": "结论", "enum": outcomes}} if outcomes else {}
    return {"type": "object", "title": "表单", "additionalProperties": False, "properties": {**own, **fields}}


FORMS = {
    "apply": form(
        estimate={"type": "number", "title": "估算", "minimum": 0, "maximum": 1_000_000, "x-amount": "estimate"},
        nature={"type": "string", "title": "性质", "enum": ["建设类", "维护类"], "x-project": "nature"},
        handed_in={"type": "string", "format": "date", "title": "日期"},
    ),
    "review": form(["通过", "退回", "不予受理"]),
    "vote": form(["通过", "不通过"]),
    "receive": form(["收到", "补件"]),
    "file": form(note={"type": "string", "title": "说明"}),
}
CONTEXT = Context(
    code="sample", offices={"owner": "项目单位", "office": "办公室"}, clauses=frozenset({"SA-01", "SA-06"}),
    materials=frozenset({"proposal"}), forms=FORMS, settings={"days": 5}, bans=frozenset({"review"}),
)  # fmt: skip


def findings(files: Mapping[str, str | bytes] | None = None, context: Context = CONTEXT, *, walks: bool = False) -> list[Finding]:
    """Findings about the sample with some files replaced."""
    merged: dict[str, str | bytes] = {**FILES, **(files or {})}
    return check({path: text if isinstance(text, bytes) else text.encode() for path, text in merged.items()}, context, walks=walks)


def spoilt(file: str, old: str, new: str) -> dict[str, str]:
    """The sample with one passage of one file replaced; the passage must be there."""
    assert old in FILES[file], old
    return {file: FILES[file].replace(old, new, 1)}
