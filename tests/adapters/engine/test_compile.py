"""Reading files: what the engine sees of them, what makes another process of them, and what is not read at all."""

from __future__ import annotations

import pytest

from adapters.engine import compile, complete, parse, start
from domain.errors import EngineFault
from tests.adapters.engine.diagrams import (
    NAMESPACES,
    boundary,
    call,
    diagram,
    end,
    first,
    flow,
    lasting,
    message,
    path,
    rule,
    sub,
    table,
    task,
    timer,
    xor,
)
from tests.adapters.engine.diagrams import start as begin
from tests.worlds import DictWorld

TABLE = table("t_size", ['amount("x")'], [(["-"], '"small"', "第六条 [A-1]")])
MAIN = diagram(
    "t_main", begin(), task("a", label="项目申报"), rule("size", "t_size"), xor("g", "g__a"), call("c", "t_part", receiver="office"), end(),
    path("start", "a", "size", "g"), flow("g", "c", 'decision("a") == "通过"'), flow("g", "a"), path("c", "end"),
)  # fmt: skip
PART = diagram("t_part", begin(), task("p"), end(), path("start", "p", "end"))
FILES = {"m.bpmn": MAIN, "p.bpmn": PART, "t.dmn": TABLE}


def changed(old: str, new: str, path_: str = "m.bpmn") -> dict[str, bytes]:
    assert old.encode() in FILES[path_], old
    return {**FILES, path_: FILES[path_].replace(old.encode(), new.encode())}


def digest(files: dict[str, bytes]) -> str:
    return compile(files, "t_main").hash


# --- behaviour and labels ----------------------------------------------------------------------------------------------------------------

LABELS = [
    ('name="项目申报"', 'name="申报"'),
    ('<userTask id="a"', "<!-- note -->\n\n  <userTask   id='a'"),
    ("<endEvent id=", '<textAnnotation id="n"><text>x</text></textAnnotation><endEvent id='),
    ('name="项目申报">', 'name="x"><documentation>按第六条</documentation>'),
    (
        'name="项目申报">',
        'name="x"><extensionElements><lianshen:clause id="A-1"/><lianshen:step form="f" stage="申报"/></extensionElements>',
    ),
    ('name="项目申报">', 'name="x" zeebe:form="f"><extensionElements><zeebe:formDefinition formId="f"/></extensionElements>'),
    ("</process>", '</process><collaboration id="col"><participant id="pool" processRef="t_main" name="联审"/></collaboration>'),
    (
        '<startEvent id="start"/>',
        '<laneSet id="l"><lane id="owner" name="单位"><flowNodeRef>a</flowNodeRef></lane></laneSet><startEvent id="start"/>',
    ),
    ('<startEvent id="start"/>', '<startEvent id="start"><outgoing>start__a</outgoing></startEvent>'),
    ('targetNamespace="urn:lianshen:t"', 'targetNamespace="urn:other" exporter="bpmn-js" id="d1"'),
    (
        "</definitions>",
        '<d:BPMNDiagram xmlns:d="http://www.omg.org/spec/BPMN/20100524/DI" id="di">'
        '<d:BPMNPlane id="pl" bpmnElement="t_main"/></d:BPMNDiagram></definitions>',
    ),
]


@pytest.mark.parametrize(("old", "new"), LABELS, ids=range(len(LABELS)))
def test_labels_notes_and_pictures_change_nothing(old: str, new: str) -> None:
    files = changed(old, new)
    assert digest(files) == digest(FILES)
    assert compile(files, "t_main") is not compile(FILES, "t_main")


def test_an_annotation_of_a_row_changes_the_note_only() -> None:
    files = changed("第六条 [A-1]", "第六条第一款 [A-2]", "t.dmn")
    assert digest(files) == digest(FILES)
    world = DictWorld(facts={"amount": 3})
    spec = compile(files, "t_main")
    step = start(spec, world)
    complete(spec, step.state, step.tasks[0].where.task, world)
    assert world.rows[0].clauses == ("A-2",)


def test_prefixes_and_attribute_order_change_nothing() -> None:
    text = PART.decode().split("?>")[1]
    prefixed = text.replace("<", "<b:").replace("<b:/", "</b:").replace('xmlns="', 'xmlns:b="')
    assert digest({**FILES, "p.bpmn": prefixed.encode()}) == digest(FILES)


BEHAVIOUR = [
    ("m.bpmn", "&quot;通过&quot;", "&quot;同意&quot;"),
    ("m.bpmn", 'value="office"', 'value="owner"'),
    ("p.bpmn", '"p"', '"q"'),
    ("p.bpmn", "userTask", "manualTask"),
    ("t.dmn", "&quot;small&quot;", "&quot;big&quot;"),
    ("t.dmn", "<text>-</text>", "<text>3</text>"),
]


@pytest.mark.parametrize(("path_", "old", "new"), BEHAVIOUR, ids=range(len(BEHAVIOUR)))
def test_behaviour_changes_the_hash(path_: str, old: str, new: str) -> None:
    assert digest(changed(old, new, path_)) != digest(FILES)


def test_files_that_are_not_needed_do_not_matter() -> None:
    more = {**FILES, "other.bpmn": diagram("t_other", begin(), end(), path("start", "end")), "broken.bpmn": b"<", "x.json": b"{}"}
    assert compile(more, "t_main") is compile(FILES, "t_main")


def test_a_process_is_compiled_once() -> None:
    assert compile(dict(FILES), "t_main") is compile(FILES, "t_main")
    assert compile(FILES, "t_part") is not compile(FILES, "t_main")


# --- what is refused --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("element", "words"),
    [
        ('<subProcess id="e" triggeredByEvent="true"><startEvent id="es"/><endEvent id="ee"/></subProcess>', "事件子流程"),
        ('<intermediateThrowEvent id="l"><linkEventDefinition name="x"/></intermediateThrowEvent>', "链接事件"),
        ('<intermediateThrowEvent id="l"><compensateEventDefinition/></intermediateThrowEvent>', "补偿事件"),
        ('<endEvent id="l"><signalEventDefinition/></endEvent>', "信号事件"),
        ('<complexGateway id="l"/>', "复杂网关"),
        ('<adHocSubProcess id="l"/>', "即席子流程"),
        ('<transaction id="l"/>', "事务子流程"),
    ],
)
def test_what_the_engine_would_skip_silently_is_refused(element: str, words: str) -> None:
    with pytest.raises(EngineFault, match=words) as caught:
        compile({"m.bpmn": diagram("t_main", begin(), element, end(), path("start", "end"))}, "t_main")
    assert caught.value.element in ("e", "l")


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"<x/>",
        b"<definitions>",
        MAIN.replace(b"<definitions", b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><definitions'),
        b'<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">&b;</definitions>',
        MAIN + b" " * 1_000_001,
        ("<definitions " + NAMESPACES + ">" + "<a>" * 300 + "</a>" * 300 + "</definitions>").encode(),
        TABLE.replace(b"</decision>", b'</decision><decision id="two"/>'),
    ],
    ids=range(8),
)
def test_hostile_files_are_not_read(broken: bytes) -> None:
    with pytest.raises(EngineFault):
        parse.read(broken)


def test_an_entity_from_a_file_is_never_resolved() -> None:
    doctype = b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]><definitions'
    text = MAIN.replace(b"<definitions", doctype).replace(b"</process>", b"<documentation>&x;</documentation></process>")
    with pytest.raises(EngineFault, match="DOCTYPE"):
        compile({"m.bpmn": text}, "t_main")


@pytest.mark.parametrize(
    "parts",
    [
        [begin(), task("a"), task("b"), end(), path("start", "a", "end"), path("a", "b", "end")],       # two ways out of a task
        [task("a"), end(), path("a", "end")],                                                          # no start
        [begin(), xor("g"), task("a"), task("b"), path("start", "g", "a"), path("g", "b")],            # no default, no condition
        [begin(), task("a"), path("start", "a", "nowhere")],
        [begin(), sub("s"), end(), path("start", "s", "end")],
        [begin(), '<serviceTask id="x"/>', end(), path("start", "x", "end")],
        [begin(), '<callActivity id="x"/>', end(), path("start", "x", "end")],
        [begin(), '<intermediateCatchEvent id="x"><messageEventDefinition messageRef="gone"/></intermediateCatchEvent>',
        path("start", "x")],
    ],
    ids=range(8),
)  # fmt: skip
def test_what_cannot_be_parsed_is_a_fault_in_chinese(parts: list[str]) -> None:
    with pytest.raises(EngineFault, match="t_main"):
        compile({"m.bpmn": diagram("t_main", *parts)}, "t_main")


def test_a_process_must_be_in_one_file_only() -> None:
    with pytest.raises(EngineFault, match="两个文件"):
        compile({"a.bpmn": PART, "b.bpmn": PART.replace(b'"p"', b'"q"')}, "t_part")


# --- what is kept beside ----------------------------------------------------------------------------------------------------------------


def test_nodes_know_what_people_and_rows_ask() -> None:
    parts = [
        begin(), task("a", label="项目申报"), boundary("t", "a", f"<timerEventDefinition>{lasting('P7D')}</timerEventDefinition>"),
        first("g"),
        timer("w", lasting("'P1D'")), '<receiveTask id="r" messageRef="message_plan"/>', sub("s", begin("s1"), task("b"), end("s2"),
        path("s1", "b", "s2")), end(), path("start", "a", "g", "w", "s", "end"), path("g", "r", "end"), path("t", "end"),
    ]  # fmt: skip
    nodes = compile({"m.bpmn": diagram("t_main", *parts, root=message("plan"))}, "t_main").nodes["t_main"]
    assert {name: node.kind for name, node in nodes.items()} == {
        "start": "startEvent", "a": "userTask", "t": "boundaryEvent", "g": "eventBasedGateway", "w": "intermediateCatchEvent",
        "r": "receiveTask", "s": "subProcess", "s1": "startEvent", "b": "userTask", "s2": "endEvent", "end": "endEvent",
    }  # fmt: skip
    assert nodes["a"].name == "项目申报"
    assert (nodes["t"].timer, nodes["w"].timer, nodes["r"].message) == ("P7D", "'P1D'", "plan")


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("false", False), ("3", 3), ("-3", -3), ("0.50", "0.50"), ("007", "007"), ("3%", "3%"), ("", ""), ("1e5", "1e5")],
)
def test_parameters_are_what_they_look_like(text: str, value: object) -> None:
    typed = parse.typed(text)
    assert str(typed) == str(value)
    if not isinstance(value, str):
        assert type(typed) is type(value)
