"""Whatever is wrong with a file becomes a finding in Chinese: never a traceback, never silence."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import library
from domain.errors import Unpublishable
from domain.findings import Finding

Files = dict[str, bytes]
LOL = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><d>&b;</d>'
XXE = '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]><d>&x;</d>'


def found(files: Files) -> list[Finding]:
    with pytest.raises(Unpublishable) as refusal:
        library.read(files, "sample")
    findings = [one for one in refusal.value.findings if isinstance(one, Finding)]
    assert findings
    assert library.inspect(files, "sample") == findings
    for one in findings:
        assert re.search("[\u4e00-\u9fff]", one.what), one
        assert one.what.endswith("。"), one
        assert one.todo.endswith("。"), one
    return findings


def change(files: Files, path: str, old: str, new: str) -> Files:
    text = files[path].decode()
    assert old in text
    return files | {path: text.replace(old, new, 1).encode()}


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"<definitions", "xml", "不合 XML 写法"),
        (b"", "xml", "不合 XML 写法"),
        (b"\xff\xfe\x00", "xml", "不合 XML 写法"),
        (LOL.encode(), "doctype", "DOCTYPE"),
        (XXE.encode(), "doctype", "DOCTYPE"),
        (b"<!DOCTYPE d SYSTEM 'http://127.0.0.1:9/x.dtd'><d/>", "doctype", "DOCTYPE"),
        (b"<a><i:include xmlns:i='http://www.w3.org/2001/XInclude' href='/etc/hostname'/></a>", "entity", "外部引用"),
        (b"<a>" + b" " * 1_000_001 + b"</a>", "size", "大于 1 MB"),
        (b"<a>" + b"<b/>" * 20_001 + b"</a>", "size", "超过 20000 项"),
        (b"<a>" * 5_000 + b"</a>" * 5_000, "xml", "不合 XML 写法"),
        (b"<html/>", "bpmn", "不是 BPMN"),
    ],
    ids=["cut", "empty", "binary", "laughs", "entity", "remote", "include", "big", "many", "deep", "html"],
)
def test_a_hostile_diagram(files: Files, data: bytes, code: str, words: str) -> None:
    first = found(files | {"sample/intake.bpmn": data})[0]
    assert (first.file, first.code) == ("sample/intake.bpmn", code)
    assert words in first.what


@pytest.mark.parametrize(
    ("old", "new", "code", "element"),
    [
        ('isExecutable="true"', 'isExecutable="false"', "process", None),
        ('<bpmn:endEvent id="done"/>', '<bpmn:endEvent id="gate"/>', "duplicate-id", "gate"),
        ('<bpmn:endEvent id="done"/>', "<bpmn:endEvent/>", "no-id", None),
        ('<lianshen:clause id="SA-11-contract"/>', '<lianshen:claus id="SA-11-contract"/>', "unknown-note", "file_contract"),
        ('form="contract"', 'from="contract"', "unknown-note", "file_contract"),
        ('<lianshen:clause id="SA-11-contract"/>', '<lianshen:clause id=""/>', "empty-note", "file_contract"),
        ('required="false"', 'required="no"', "true-false", "file_contract"),
        ('name="days"', 'name="receiver"', "duplicate-param", "filing"),
        ('messageRef="message_plan"', 'messageRef="message_lost"', "message", "wait_plan"),
        ('kind="main"', 'kind="principal"', "field", "sample_intake"),
    ],
)
def test_a_mistaken_diagram(files: Files, old: str, new: str, code: str, element: str | None) -> None:
    findings = found(change(files, "sample/intake.bpmn", old, new))
    assert [(one.file, one.code, one.element) for one in findings] == [("sample/intake.bpmn", code, element)]


def test_two_diagrams_with_one_process_id(files: Files) -> None:
    findings = found(files | {"sample/zz.bpmn": files["sample/intake.bpmn"]})
    assert [(one.file, one.code) for one in findings] == [("sample/zz.bpmn", "duplicate-process")]


@pytest.mark.parametrize(
    ("path", "old", "new", "code", "words"),
    [
        ("region.yaml", "code: sample", "code: other", "code", "不一致"),
        ("region.yaml", "name: 某区\n", "", "field", "缺少“name”"),
        ("region.yaml", "征求意见稿", "草稿", "status", "征求意见稿"),
        ("region.yaml", "value: 3", "value: 0.5", "field", "value"),
        ("region.yaml", "subject: project", "subject: person", "field", "只能是"),
        ("clauses.yaml", "第六条, kind", "第六条, kynd", "field", "不认识“kynd”"),
        ("clauses.yaml", "SA-08-three", "SA-06-30wan", "duplicate-id", "写了两次"),
        ("clauses.yaml", "- {id: SA-01", "x: {id: SA-01", "unreadable", "不合 YAML 写法"),
        ("offices.yaml", "of_project: true", "of_project: maybe", "field", "true 或 false"),
        ("offices.yaml", "name: 领导小组}", "name: 3}", "field", "应为文字"),
        ("rounds.yaml", "  opens: yearly 12-31", "  opens: yearly 12-31\n  opens: manual", "unreadable", "“opens”重复出现"),
        ("rounds.yaml", "[SA-06-30wan]", "&a [SA-06-30wan]\n  note: *a", "unreadable", "引用"),
        ("materials.yaml", "- {", "{", "shape", "列表"),
        ("forms/contract.json", '"type": "object"', '"type": "object", "type": "object"', "unreadable", "“type”重复出现"),
        ("forms/contract.json", "{", "[{", "unreadable", "不合 JSON 写法"),
        ("forms/contract.json", '"title": "合同备案"', f'"title": {"[" * 40}{"]" * 40}', "unreadable", "嵌套过深"),
        ("forms/contract.json", '"title": "合同备案"', f'"title": {"[" * 9999}', "unreadable", "不合 JSON 写法|嵌套过深"),
        ("gate.dmn", "<definitions", "<!DOCTYPE x><definitions", "doctype", "DOCTYPE"),
        ("gate.dmn", "https://www.omg.org/spec/DMN/20191111/MODEL/", "urn:other", "dmn", "不是 DMN"),
        ("forms/contract.json", '"additionalProperties": false', '"maximum": NaN', "unreadable", "NaN"),
    ],
)
def test_a_mistaken_text(files: Files, path: str, old: str, new: str, code: str, words: str) -> None:
    findings = found(change(files, f"sample/{path}", old, new))
    assert (f"sample/{path}", code) in {(one.file, one.code) for one in findings}
    assert re.search(words, "".join(one.what for one in findings))


def test_all_faults_are_told_at_once(files: Files) -> None:
    broken = change(change(files, "sample/clauses.yaml", "kind: ban", "kynd: ban"), "sample/intake.bpmn", 'kind="main"', 'kind="x"')
    broken["national/filing.bpmn"] = b"<"
    assert {one.file for one in found(broken)} == {"sample/clauses.yaml", "sample/intake.bpmn", "national/filing.bpmn"}


def test_a_folder_without_region_is_refused(files: Files) -> None:
    del files["sample/region.yaml"]
    assert [one.code for one in found(files)] == ["missing-file"]


def test_yaml_says_what_stands_there() -> None:
    text = "on: 2026-01-01\nyes: no\nwan: 29.990\ncount: 7\nday: 06-30\ncode: 007\ntime: 1:30\nempty:\nnothing: ~\ntrue_: true\nbig: 1e5"
    assert library.from_yaml(text.encode()) == {
        "on": date(2026, 1, 1), "yes": "no", "wan": Decimal("29.990"), "count": 7, "day": "06-30", "code": "007", "time": "1:30",
        "empty": None, "nothing": None, "true_": True, "big": "1e5",
    }  # fmt: skip
    assert library.from_yaml(b"") is None
    assert library.from_yaml("\ufeff甲: 乙".encode()) == {"甲": "乙"}


@pytest.mark.parametrize(
    "text",
    [
        b"a: 1\na: 2", b"a: &x [1]\nb: *x", b"a: 2026-02-30", b"!!python/object/apply:os.system [id]", b"a: !!binary aGk=",
        b"[" * 40 + b"]" * 40, b"[" * 100_000, b"- " * 20_000 + b"x", b"{{a: 1}: 2}", b"a: [1", b"\x00", b"\xff\xfe", b"a: 1\n---\nb: 2",
        b"x" * 1_000_001, b"- 1\n" * 70_000, b"? [a]\n: b", b"a: \x07",
    ],
)  # fmt: skip
def test_hostile_yaml_is_unreadable(text: bytes) -> None:
    with pytest.raises(library.Unreadable, match=r"[一-龥]"):
        library.from_yaml(text)


@settings(max_examples=200)
@given(st.binary(max_size=300) | st.text(alphabet="ab:-[]{}&*!|>?#'\"\n ,0129.%@~<", max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(library.Unreadable):
        library.from_yaml(data)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_damage_to_a_diagram_is_read_or_refused(data: st.DataObject) -> None:
    from_bytes = (
        b"<bpmn:process",
        b"<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'><process isExecutable='true' id='p'>",
    )
    start = bytearray(data.draw(st.sampled_from(from_bytes)) + b"<userTask id='a'/></process></definitions>")
    for _ in range(data.draw(st.integers(0, 6))):
        start[data.draw(st.integers(0, len(start) - 1))] = data.draw(st.integers(0, 255))
    files = {"sample/region.yaml": "code: sample\nname: 某区\ntitle: 办法\n".encode(), "sample/p.bpmn": bytes(start)}
    with suppress(Unpublishable):
        library.read(files, "sample")
