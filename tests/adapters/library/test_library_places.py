"""Where clauses stand, and what is mentioned but missing."""

from __future__ import annotations

import pytest

from adapters import library

Files = dict[str, bytes]


def test_every_clause_with_its_places(files: Files) -> None:
    places = library.coverage(library.read(files, "sample"))
    assert places == {
        "SA-01": (),
        "SA-06-30wan": (
            "intake.bpmn#sample_intake", "intake.bpmn#to_joint", "gate.dmn#below", "gate.dmn#above", "offices.yaml#owner",
            "rounds.yaml#plan",
        ),
        "SA-07-reserve": ("gate.dmn#above",),
        "SA-08-three": ("intake.bpmn#tell", "region.yaml#bans.review"),
        "SA-09-soon": ("forms/contract.json#lots.no", "region.yaml#settings.soon_days"),
        "SA-11-contract": (
            "national/filing.bpmn#receive", "intake.bpmn#file_contract", "forms/contract.json", "forms/contract.json#signed_on",
            "forms/contract.json#x-rules.1", "materials.yaml#contract_copy", "tasks: 合同期限",
        ),
        "SA-12-nowhere": (),
        "ZZ-01": ("national/filing.bpmn#receive",),
    }  # fmt: skip


def test_a_whole_folder_has_only_its_reminder(files: Files) -> None:
    findings = library.check(library.read(files, "sample"))
    assert [(one.code, one.element, one.level) for one in findings] == [("uncovered", "SA-12-nowhere", "提醒")]


@pytest.mark.parametrize(
    ("path", "old", "new", "code", "element"),
    [
        ("intake.bpmn", '<bpmn:lane id="leaders"', '<bpmn:lane id="nobody"', "office", "decide"),
        ("intake.bpmn", 'offices="police, office"', 'offices="police, nobody"', "office", "joint"),
        ("intake.bpmn", 'starters="owner, office"', 'starters="owner, nobody"', "office", "sample_intake"),
        ("intake.bpmn", 'form="contract"', 'form="contrakt"', "form", "file_contract"),
        ("intake.bpmn", 'material id="contract_copy"', 'material id="contract"', "material", "file_contract"),
        ("intake.bpmn", ">sample_gate<", ">sample_gates<", "table", "gate"),
        ("intake.bpmn", 'calledElement="national_filing"', 'calledElement="national_file"', "call", "filing"),
        ("intake.bpmn", 'name="receiver" value="office"', 'name="receiver" value="nobody"', "call", "filing"),
        ("intake.bpmn", '<lianshen:param name="receiver" value="office"/>', "", "call", "filing"),
        ("intake.bpmn", 'id="sample_intake" isExecutable', 'id="sample_other" isExecutable', "process-id", "sample_other"),
        ("intake.bpmn", '<lianshen:clause id="SA-11-contract"/>', '<lianshen:clause id="SA-99"/>', "clause", "file_contract"),
        ("gate.dmn", "[SA-07-reserve]", "[SA-77-reserve]", "clause", "above"),
        ("forms/contract.json", '"x-clauses": ["SA-11-contract"]', '"x-clauses": ["SA-11"]', "clause", None),
        ("region.yaml", "clause: SA-09-soon", "clause: SA-09-late", "clause", "settings.soon_days"),
        ("rounds.yaml", "procedure: intake", "procedure: outtake", "round", "plan"),
        ("clauses.yaml", "approver: leaders", "approver: nobody", "office", "SA-07-reserve"),
        ("clauses.yaml", ", reason: 目的条款不执行", "", "context", "SA-01"),
    ],
)
def test_what_is_mentioned_but_missing(files: Files, path: str, old: str, new: str, code: str, element: str | None) -> None:
    text = files[f"sample/{path}"].decode()
    assert old in text
    files[f"sample/{path}"] = text.replace(old, new, 1).encode()
    findings = library.check(library.read(files, "sample"))
    assert (f"sample/{path}", code, element) in {(one.file, one.code, one.element) for one in findings if one.level == "错误"}
