"""Two states of a rule set compared: every change is said in business words, and what only looks otherwise stands apart."""

from __future__ import annotations

import re

import pytest

from adapters import library
from adapters.settings import SHIPPED

Files = dict[str, bytes]
CODES = library.codes(SHIPPED)


@pytest.mark.parametrize(
    ("path", "old", "new", "line", "behaves"),
    [
        ("intake.bpmn", "workdays(7,", "workdays(10,", r"“late”期限：7 个工作日.* → 10 个工作日", True),
        ("intake.bpmn", 'offices="police, office"', 'offices="police"', "“联审”会签方：公安分局、领导小组办公室 → 公安分局", True),
        ("intake.bpmn", 'again="不满足"', "", "“联审”再次会签只请：不满足 → （无）", True),
        ("intake.bpmn", 'form="contract"', 'form="receive"', "“合同 备案”表单：contract → receive", True),
        ("intake.bpmn", 'stage="合同备案"', 'stage="备案"', "“合同 备案”项目阶段：合同备案 → 备案", True),
        (
            "intake.bpmn",
            'required="false" when',
            'required="true" when',
            "材料：contract_copy（选交.* → contract_copy（必交",
            True,
        ),
        ("intake.bpmn", ">sample_gate<", ">sample_other<", "“经费判断”决策表：sample_gate → sample_other", True),
        ("intake.bpmn", 'isSequential="false"', 'isSequential="true"', "“联审”会签轮次：多方同时.* → 多方依次", True),
        ("intake.bpmn", 'cancelActivity="false"', 'cancelActivity="true"', "“late”到期后：不中断办理 → 中断办理", True),
        ("intake.bpmn", 'starters="owner, office"', 'starters="owner"', "发起岗位：项目单位、领导小组办公室 → 项目单位", True),
        ("intake.bpmn", 'name="审定"', 'name="审议"', "“审议”名称：审定 → 审议", False),
        ("intake.bpmn", '<lianshen:clause id="SA-11-contract"/><lianshen:clause id="SA-11-contract"/>', "", "依据条款", False),
        ("intake.bpmn", 'camunda:assignee="x"', 'camunda:assignee="y"', "写法不同，内容相同", False),
        ("offices.yaml", "name: 公安分局", "name: 公安局", "“岗位 公安局”名称：公安分局 → 公安局", False),
        ("offices.yaml", "side: applicant", "side: reviewer", "哪一方：applicant → reviewer", True),
        ("rounds.yaml", "yearly 12-31", "yearly 11-30", "“批次 年度计划”开办时间：yearly 12-31 → yearly 11-30", True),
        ("region.yaml", "value: 3", "value: 5", "“参数 提前提醒天数”默认值：3 → 5", True),
        ("region.yaml", "[区级部门, 街道]", "[区级部门]", "选项：区级部门、街道 → 区级部门", True),
        ("clauses.yaml", "rule: 到期前提醒。", "rule: 提前提醒。", "条款内容", False),
        ("materials.yaml", "name: 合同副本", "name: 合同", "“材料 合同”名称：合同副本 → 合同", False),
    ],
)
def test_one_change_in_words(files: Files, path: str, old: str, new: str, line: str, behaves: bool) -> None:
    text = files[f"sample/{path}"].decode()
    assert old in text, old
    found = library.compare(files, files | {f"sample/{path}": text.replace(old, new).encode()})
    assert [one.behaves for one in found if re.search(line, one.line())] == [behaves], [one.line() for one in found]


def test_rows_of_tables(files: Files) -> None:
    text = files["sample/gate.dmn"].decode()
    below = re.search(r"&lt; ?30", text)
    assert below is not None
    found = library.compare(files, files | {"sample/gate.dmn": text.replace(below[0], "&lt; 50").encode()})
    assert [one.behaves for one in found] == [True]
    assert "30（不含）以下 → 50（不含）以下" in found[0].line()
    assert found[0].element == "below"


def test_files_and_elements_that_come_and_go(files: Files) -> None:
    text = files["sample/intake.bpmn"].decode()
    gone = text.replace('<bpmn:userTask id="decide" name="审定"/>', '<bpmn:userTask id="settle" name="议定"/>')
    less = {path: content for path, content in files.items() if path != "sample/rounds.yaml"}
    lines = {one.line() for one in library.compare(files, less | {"sample/intake.bpmn": gone.encode(), "sample/new.dmn": b"<x/>"})}
    assert {"删除“审定”（办理步骤，领导小组）", "新增“议定”（办理步骤）", "删除“批次”", "新增“new”"} <= lines


@pytest.mark.parametrize("code", CODES)
def test_nothing_changed_is_nothing_said_and_everything_moved_only_looks(code: str) -> None:
    files = library.files_of(SHIPPED, code)
    assert library.compare(files, files) == []
    bounds, moved = re.compile(rb'(Bounds x=")(\d+)'), lambda one: one[1] + str(int(one[2]) + 40).encode()
    shifted = {path: bounds.sub(moved, content) if path.endswith(".bpmn") else content for path, content in files.items()}
    found = library.compare(files, shifted)
    assert found
    assert {(one.kind, one.behaves) for one in found} == {("moved", False)}


@pytest.mark.parametrize("code", CODES)
def test_no_change_of_what_runs_is_passed_over(code: str) -> None:
    """Attributes and texts of a diagram that the engine or our rules read, spoilt one at a time: something that behaves is told."""
    files = library.files_of(SHIPPED, code)
    diagrams = {path: content.decode() for path, content in files.items() if path.startswith(f"{code}/") and path.endswith(".bpmn")}
    path, text = next(((one, said) for one, said in diagrams.items() if "lianshen:parties" in said), next(iter(diagrams.items())))
    process = text[text.index("<process ") : text.index("</process>")]
    read = r'\b(form|office|offices|source|again|value|calledElement|sourceRef|targetRef|attachedToRef|default)="([^"]+)"'
    marks = list(re.finditer(read, process))
    marks += list(re.finditer(r"<(conditionExpression|timeDate|loopCardinality|completionCondition)[^>]*>([^<]+)<", process))
    passed = []
    for one in marks:
        spoilt = process[: one.start(2)] + "changed_x" + process[one.end(2) :]
        found = library.compare(files, files | {path: text.replace(process, spoilt).encode()})
        clause = 'id="clause"' in process[max(0, one.start() - 60) : one.start()]
        if not any(change.behaves for change in found) and not clause:
            passed.append(one[0])
    assert marks
    assert not passed
