"""What each diagram says, as an outline a reviewer reads instead of XML coordinates. `pytest --update-golden` rewrites the files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters import library
from adapters.settings import SHIPPED
from domain.procedures import Element, Procedure
from domain.rulesets import Ruleset

GOLDEN = Path(__file__).parent / "golden"
MARKS = {
    "userTask": "办",
    "serviceTask": "系",
    "businessRuleTask": "表",
    "callActivity": "调",
    "exclusiveGateway": "判",
    "parallelGateway": "并",
    "inclusiveGateway": "选",
    "startEvent": "始",
    "endEvent": "终",
    "intermediateCatchEvent": "候",
    "boundaryEvent": "附",
}


def outline(ruleset: Ruleset, procedure: Procedure) -> Iterator[str]:
    """One line for each element in the order of the flow: mark, id, name, office, form, timer, clauses, and where it leads."""
    starters = "、".join(ruleset.offices[one].name for one in procedure.starters if one in ruleset.offices)
    yield f"{procedure.name}（{procedure.id}，{procedure.kind}）" + (f" 发起：{starters}" if starters else "")
    for element in ordered(procedure):
        yield line(ruleset, procedure, element)


def ordered(procedure: Procedure) -> list[Element]:
    """Elements from the start on, breadth first; boundary events after their hosts."""
    elements = {key: one for key, one in procedure.elements.items() if one.kind in MARKS or one.kind == "subProcess"}
    leads: dict[str, list[str]] = {}
    for _, source, target, _ in procedure.flows:
        leads.setdefault(source, []).append(target)
    for one in elements.values():
        if one.attached_to:
            leads.setdefault(one.attached_to, []).append(one.id)
    queue = [key for key, one in elements.items() if one.kind == "startEvent" and one.scope is None]
    seen: dict[str, None] = {}
    while queue:
        key = queue.pop(0)
        if key in elements and key not in seen:
            seen[key] = None
            queue.extend(leads.get(key, []))
    return [elements[key] for key in (*seen, *(key for key in elements if key not in seen))]


def line(ruleset: Ruleset, procedure: Procedure, element: Element) -> str:
    """One element."""
    parts = [f"  {MARKS.get(element.kind, element.kind)} {element.id} {element.name}"]
    if element.kind == "userTask":
        office = element.office or element.lane or ""
        parts.append(f"〔{ruleset.offices[office].name if office in ruleset.offices else office}〕")
    details = {
        "会签": ",".join((*element.parties.offices, element.parties.source)) if element.parties else "",
        "附于": element.attached_to,
        "期限": element.timer,
        "消息": element.message,
        "流程": element.called,
        "决策表": element.decision,
        "操作": element.operation,
        "阶段": element.stage,
        "材料": ",".join(one.id + ("" if one.required else "?") for one in element.materials),
        "参数": ",".join(f"{key}={value}" for key, value in element.params.items()),
        "依据": " ".join(element.clauses),
    }
    parts.extend(f"{label}：{value}" for label, value in details.items() if value)
    exits = [f"{name}→{target}" if name else f"→{target}" for _, source, target, name in procedure.flows if source == element.id]
    return "；".join(parts) + (f"  {'，'.join(exits)}" if exits else "")


def goldens() -> dict[Path, str]:
    """Golden file → what it should say now."""
    found: dict[Path, str] = {}
    for code in library.codes(SHIPPED):
        ruleset = library.load(SHIPPED, code)
        for procedure in ruleset.procedures.values():
            folder, _, name = procedure.file.partition("/")
            found[GOLDEN / folder / f"{Path(name).stem}.txt"] = "\n".join(outline(ruleset, procedure)) + "\n"
    return found


def test_every_diagram_says_what_its_golden_outline_says(pytestconfig: pytest.Config) -> None:
    current = goldens()
    if pytestconfig.getoption("--update-golden"):
        for path, text in current.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    stored = {path: path.read_text("utf-8") for path in GOLDEN.glob("*/*.txt")}

    changed = [path.relative_to(GOLDEN).as_posix() for path in {*current, *stored} if current.get(path) != stored.get(path)]
    assert not changed, f"read the change, then pytest --update-golden: {sorted(changed)}"
