"""Files made to harm: nothing is fetched, expanded or run, everything is refused in little time."""

from __future__ import annotations

import socket
import time
from collections import Counter
from itertools import pairwise

import pytest

from tests.adapters.engine import samples as s
from tests.adapters.engine.fuzzing import bombard

I, P = "sample/intake.bpmn", "sample/plan.bpmn"  # noqa: E741  # short for the long table below
OK = 'decision("review") == "通过"'
BODY = s.FILES[P].split("?>", 1)[1]


def deep(count: int) -> str:
    return "<extensionElements>" + "<x:a xmlns:x='u'>" * count + "</x:a>" * count + "</extensionElements>"


LAUGHS = '<!DOCTYPE d [<!ENTITY a "ha">' + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise("abcdefghij")) + "]>"
XI = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'
WHOLE = {
    "xxe": ('<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + BODY.replace("排序", "&x;"), {"doctype", "xml"}),
    "dtd": ('<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd">' + BODY, {"doctype", "xml"}),
    "parameter-entity": ('<!DOCTYPE d [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]>' + BODY, {"doctype", "xml"}),
    "billion-laughs": (LAUGHS + BODY.replace("排序", "&j;"), {"doctype", "xml"}),
    "quadratic": ('<!DOCTYPE d [<!ENTITY a "' + "x" * 50_000 + '">]>' + BODY.replace("排序", "&a;" * 5_000), {"doctype", "xml"}),
    "xinclude": (BODY.replace("<startEvent", XI + "<startEvent", 1), {"entity"}),
    "deep-nesting": (BODY.replace("<startEvent", deep(100) + "<startEvent", 1), {"size"}),
    "deeper-nesting": (BODY.replace("<startEvent", deep(5_000) + "<startEvent", 1), {"xml"}),
    "huge-attribute": (BODY.replace('name="排序"', f'name="{"x" * 900_000}"'), {"size"}),
    "too-large": (BODY + " " * 1_000_001, {"size"}),
    "many-elements": (BODY.replace("<startEvent", "<documentation/>" * 50_000 + "<startEvent", 1), {"size"}),
    "not-xml": ("PK\x03\x04 nothing", {"xml"}),
    "empty": ("", {"xml"}),
    "nul": (BODY.replace("排序", "\0"), {"xml"}),
    "other-root": ("<html><body/></html>", {"bpmn"}),
    "no-namespace": (BODY.replace('xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"', ""), {"bpmn"}),
    "wrong-encoding": ('<?xml version="1.0" encoding="utf-99"?>' + BODY, {"xml"}),
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_a_hostile_file_is_refused_at_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("the gate wants to talk to somebody")

    monkeypatch.setattr(socket.socket, "connect", forbidden)
    text, codes = WHOLE[name]
    began = time.process_time()
    found = s.findings({P: text}, walks=True)
    assert time.process_time() - began < 2
    own = {one.code for one in found if one.file == P}
    assert own & codes, own
    assert not any("root:" in one.what for one in found)


EXPRESSIONS = [
    "__import__('os').system('id')", "().__class__.__base__.__subclasses__()", "'a' * 10**9", "[x for x in [1]*9**9]", "9**9**9",
    "lambda: 1", "f'{1}'", "open('/etc/passwd')", "eval('1')", "getattr(1, 'real')", "(" * 200 + "1" + ")" * 200, "not " * 200 + "True",
    "decision('review').__class__", "1 if " * 70 + "1", "x" * 5000, "a := 1", "print(1)", "globals()", "`id`", "${jndi:ldap://x}",
]  # fmt: skip


@pytest.mark.parametrize("text", EXPRESSIONS)
@pytest.mark.parametrize("where", [OK, "workdays(5)", 'count(parties("joint"))', 'votes("joint", "不通过") &gt;= 1'])
def test_no_expression_of_theirs_is_let_through(text: str, where: str) -> None:
    found = s.findings(s.spoilt(I, where, text.replace("&", "&amp;").replace("<", "&lt;")))
    assert {one.code for one in found} & {"expression", "unknown-function", "unknown-name", "timer"}


def test_a_table_cell_of_question_marks_costs_nothing() -> None:
    began = time.process_time()
    assert s.findings(s.spoilt("sample/route.dmn", "&lt; 30", "?" * 100_000))
    assert time.process_time() - began < 2


def test_a_table_of_many_columns_is_bounded() -> None:
    text = '<text>amount("estimate")</text>'
    columns = "".join(f'<input id="n{n}"><inputExpression id="m{n}">{text}</inputExpression></input>' for n in range(10))
    rows = "".join(
        f'<rule id="q{r}"><description>[SA-06]</description>'
        + "".join(f'<inputEntry id="q{r}_{n}"><text>&lt; {(r * 7 + n * 3) % 50}</text></inputEntry>' for n in range(10))
        + f'<outputEntry id="q{r}_o"><text>"x"</text></outputEntry></rule>'
        for r in range(60)
    )
    head, tail = s.FILES["sample/route.dmn"].split("<input id=", 1)[0], "</decisionTable></decision></definitions>"
    began = time.process_time()
    found = s.findings({"sample/route.dmn": head + columns + '<output id="o1" name="r"/>' + rows + tail})
    assert time.process_time() - began < 3
    assert {one.code for one in found} & {"table-size", "table-gap", "table-overlap"}


def test_ten_thousand_flows_out_of_one_gateway() -> None:
    flows = "".join(f'<sequenceFlow id="z{n}" sourceRef="split" targetRef="join"/>' for n in range(10_000))
    began = time.process_time()
    found = s.findings(s.spoilt(I, "</process>", flows + "</process>"), walks=True)
    assert time.process_time() - began < 3
    assert {one.code for one in found} & {"size", "too-many-nodes"}


def test_nested_sub_processes_are_bounded() -> None:
    inside = "".join(f'<subProcess id="d{n}">' for n in range(50)) + "</subProcess>" * 50
    began = time.process_time()
    assert s.findings(s.spoilt(P, "</process>", inside + "</process>"), walks=True)
    assert time.process_time() - began < 2


def test_damaged_files_never_crash_hang_or_stall() -> None:
    """Short version of `python -m chaos.fuzz_diagrams`."""
    seen = Counter(bombard(path, seed) for path in (I, P, "national/filing.bpmn") for seed in range(100))
    seen += Counter(bombard("sample/route.dmn", seed) for seed in range(100))
    assert seen["refused"] > 100
    assert seen["passed"] > 20
