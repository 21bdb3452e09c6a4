"""Pictures: nothing on top of anything, lanes kept, the semantic part untouched, the same picture every time."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from lxml import etree

from adapters.engine.layout import lay_out, overlaps
from tests.adapters.engine import samples as s

ROOT = Path(__file__).parents[3]
DIAGRAMS = sorted((ROOT / "bpmn").rglob("*.bpmn"))
PICTURE = re.compile(rb"\s*<bpmndi:BPMNDiagram.*</bpmndi:BPMNDiagram>\s*", re.S)


def without_picture(data: bytes) -> list[bytes]:
    return PICTURE.sub(b"", data.split(b"?>", 1)[-1]).split()


def test_there_are_diagrams_to_look_at() -> None:
    assert len(DIAGRAMS) > 10


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_diagram_of_ours_has_overlaps(path: Path) -> None:
    assert overlaps(path.read_bytes()) == []


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_fresh_picture_changes_nothing_else(path: Path) -> None:
    data = path.read_bytes()
    fresh = lay_out(data)
    assert without_picture(fresh) == without_picture(data)
    assert lay_out(fresh) == fresh
    assert overlaps(fresh) == []


@pytest.mark.parametrize("file", [path for path in s.FILES if path.endswith(".bpmn")])
def test_the_samples_are_drawn(file: str) -> None:
    assert overlaps(s.FILES[file].encode())  # nothing is drawn yet
    assert overlaps(lay_out(s.FILES[file].encode())) == []


def _random_diagram(rng: random.Random) -> bytes:
    """Any graph at all, with lanes, long names, boundary events, a nested sub-process and ways back."""
    count = rng.randint(4, 26)
    kinds = ["userTask", "userTask", "exclusiveGateway", "parallelGateway", "endEvent", "serviceTask", "manualTask", "subProcess"]
    lanes: list[list[str]] = [[] for _ in range(rng.randint(1, 4))]
    nodes, flows = ['<startEvent id="n0" name="开始"/>'], []
    tasks = []
    for n in range(1, count):
        kind = rng.choice(kinds)
        inner = (
            f'<startEvent id="i{n}"/><userTask id="j{n}" name="内部步骤"/><endEvent id="k{n}" name="完"/>'
            f'<sequenceFlow id="x{n}" sourceRef="i{n}" targetRef="j{n}"/><sequenceFlow id="y{n}" sourceRef="j{n}" targetRef="k{n}"/>'
            if kind == "subProcess" else ""
        )  # fmt: skip
        nodes.append(f'<{kind} id="n{n}" name="{"名称长短不一的步骤或者网关" * rng.randint(0, 2)}">{inner}</{kind}>')
        if kind in ("userTask", "subProcess"):
            tasks.append(n)
    for n in range(count):
        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            flows.append((f"n{n}", f"n{rng.randint(max(1, n - 6), min(count - 1, n + 5))}"))
    for n in rng.sample(tasks, min(len(tasks), 4)):
        for k in range(rng.randint(1, 2)):
            nodes.append(f'<boundaryEvent id="b{n}_{k}" name="满二十个工作日" attachedToRef="n{n}"><timerEventDefinition/></boundaryEvent>')
            flows.append((f"b{n}_{k}", f"n{rng.randrange(1, count)}"))
    for n in range(count):
        rng.choice(lanes).append(f"n{n}")
    refs = ["".join(f"<flowNodeRef>{one}</flowNodeRef>" for one in lane) for lane in lanes]
    drawn = "".join(f'<lane id="l{k}" name="某某单位">{inside}</lane>' for k, inside in enumerate(refs))
    ways = "".join(f'<sequenceFlow id="f{k}" name="{rng.choice(["", "", "通过", "退回修改补充"])}" sourceRef="{a}" targetRef="{b}"/>'
                   for k, (a, b) in enumerate(flows) if a != b)  # fmt: skip
    body = f'<process id="p" isExecutable="true"><laneSet id="ls">{drawn}</laneSet>{"".join(nodes)}{ways}</process>'
    pool = '<collaboration id="c"><participant id="pool" name="流程" processRef="p"/></collaboration>'
    return (s.HEAD + pool + body + "</definitions>").encode()


@pytest.mark.parametrize("seed", range(60))
def test_edges_of_any_graph_stay_out_of_shapes(seed: int) -> None:
    data = lay_out(_random_diagram(random.Random(seed)))
    found = [line for line in overlaps(data) if "label" not in line and "share a line" not in line]
    assert found == []


def test_what_lies_on_top_is_seen() -> None:
    data = lay_out(s.FILES["sample/plan.bpmn"].encode())
    root = etree.fromstring(data)
    shapes = {one.get("bpmnElement"): one[0] for one in root.iter("{*}BPMNShape")}
    shapes["issue"].set("x", shapes["rank"].get("x") or "")
    found = overlaps(etree.tostring(root))
    assert any("lies on" in line for line in found)


def test_files_without_pools_or_lanes_and_with_notes_are_drawn() -> None:
    body = (
        '<process id="p" isExecutable="true"><startEvent id="a"/><task id="t" name="步骤"/><endEvent id="e"/>'
        '<sequenceFlow id="f" sourceRef="a" targetRef="t"/><sequenceFlow id="g" sourceRef="t" targetRef="e"/>'
        '<textAnnotation id="n"><text>说明</text></textAnnotation><association id="s" sourceRef="t" targetRef="n"/></process></definitions>'
    )
    data = lay_out((s.HEAD + body).encode())
    assert overlaps(data) == []
    assert b'bpmnElement="n"' in data
    assert lay_out((s.HEAD + "</definitions>").encode()).count(b"BPMNPlane") == 1
