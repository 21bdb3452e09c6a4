"""A folder becomes a rule set: diagrams as people see them, forms, tables and lists; versions have an address."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest

from adapters import library
from domain.errors import NotFound
from domain.procedures import Material, Parties

ROOT = Path(__file__).resolve().parents[3] / "bpmn"
Files = dict[str, bytes]


def test_region_and_lists(files: Files) -> None:
    sample = library.read(files, "sample")
    assert (sample.code, sample.name) == ("sample", "某区")
    assert (sample.catalogue.title, sample.catalogue.status, sample.catalogue.validity_years) == ("某区项目管理办法", "征求意见稿", 2)
    assert [one.id for one in sample.catalogue][:2] == ["SA-01", "SA-06-30wan"]
    assert sample.offices["owner"].of_project
    assert sample.rounds["plan"].opens == "yearly 12-31"
    assert sample.settings["soon_days"].value == 3
    assert sample.bans["review"].subject == "project"
    assert sample.choices == {"unit_kind": ("区级部门", "街道")}
    assert sample.materials["contract_copy"].name == "合同副本"


def test_procedures_are_found_by_code(files: Files) -> None:
    sample = library.read(files, "sample")
    intake = sample.procedure("intake")
    assert intake is not None
    assert intake is sample.procedure("sample_intake")
    assert (intake.file, intake.kind, intake.title, intake.starters) == ("sample/intake.bpmn", "main", "申报项目", ("owner", "office"))
    assert (intake.name, intake.when, intake.clauses) == ("项目申报", 'project("nature") == "建设类"', ("SA-06-30wan",))
    filing = sample.procedure("filing")
    assert filing is not None
    assert (filing.id, filing.kind, filing.title) == ("national_filing", "part", "备案")
    assert sample.procedure("nothing") is None


def test_a_step_with_everything(files: Files) -> None:
    step = library.read(files, "sample").procedures["sample_intake"].elements["file_contract"]
    assert (step.kind, step.name, step.lane, step.office) == ("userTask", "合同 备案", "owner", '=param("receiver")')
    assert (step.form, step.stage, step.clauses) == ("contract", "合同备案", ("SA-11-contract",))
    assert step.materials == (Material(id="contract_copy", required=False, when='amount("contract") >= 30'),)


def test_events_calls_tables_operations(files: Files) -> None:
    elements = library.read(files, "sample").procedures["sample_intake"].elements
    assert elements["late"].attached_to == "file_contract"
    assert elements["late"].timer == 'workdays(7, after=answer("sign", "signed_on"))'
    assert elements["wait_plan"].message == "plan_result"
    assert elements["gate"].decision == "sample_gate"
    assert elements["tell"].operation == "notify"
    assert elements["tell"].clauses == ("SA-08-three",)  # the clause its notice cites
    assert elements["filing"].called == "national_filing"
    params = elements["filing"].params
    assert params == {"receiver": "office", "days": 7, "share": 0.5, "urgent": True, "before": "06-30"}
    assert [type(one) for one in params.values()] == [str, int, float, bool, str]


def test_lanes_reach_inner_lanes_sub_processes_and_boundary_events(files: Files) -> None:
    elements = library.read(files, "sample").procedures["sample_intake"].elements
    assert {name: elements[name].lane for name in ("decide", "gate", "late", "amend", "rework", "tell")} == {
        "decide": "leaders", "gate": "office", "late": "owner", "amend": "owner", "rework": "owner", "tell": None,
    }  # fmt: skip
    assert (elements["amend"].scope, elements["rework"].scope) == ("rework", None)


def test_parties_of_a_joint_step(files: Files) -> None:
    joint = library.read(files, "sample").procedures["sample_intake"].elements["joint"]
    assert joint.multi
    assert joint.parties == Parties(offices=("police", "office"), source='["leaders"]', again="不满足")


def test_flows_and_the_clauses_on_them(files: Files) -> None:
    intake = library.read(files, "sample").procedures["sample_intake"]
    assert ("to_joint", "split", "joint", "三十万以下") in intake.flows
    assert ("r1", "rework_start", "amend", "") in intake.flows
    assert (intake.elements["to_joint"].kind, intake.elements["to_joint"].clauses) == ("sequenceFlow", ("SA-06-30wan",))
    assert "to_gate" not in intake.elements


def test_own_forms_win_over_national_ones(files: Files) -> None:
    forms = library.read(files, "sample").forms
    assert forms["contract"]["title"] == "合同备案"
    assert forms["receive"]["title"] == "签收"


def test_a_bundle_holds_what_rules_and_nothing_else(files: Files) -> None:
    kept = set(files) - {"elsewhere/region.yaml", "sample/notes.txt", "national/holidays-2026.yaml"}
    assert set(library.bundle(files, "sample")) == kept
    assert set(library.read(files, "sample").files) == kept
    assert set(library.bundle({"sample/../x.yaml": b"", "sample/a/b.yaml": b"", "x.yaml": b""}, "sample")) == set()


def test_the_address_follows_rules_and_not_scenarios(files: Files) -> None:
    address = library.digest(library.bundle(files, "sample"))
    assert len(address) == 64
    files["sample/scenarios/one.yaml"] = b"title: \xe4\xba\x8c\n"
    files["sample/notes.txt"] = b"!"
    assert library.digest(library.bundle(files, "sample")) == address
    assert library.read(files, "sample").files["sample/scenarios/one.yaml"] == b"title: \xe4\xba\x8c\n"
    files["sample/gate.dmn"] += b"\n"
    assert library.digest(library.bundle(files, "sample")) != address


def test_the_address_tells_moved_bytes_apart() -> None:
    assert library.digest({"a/x.yaml": b"12", "a/y.yaml": b"3"}) != library.digest({"a/x.yaml": b"1", "a/y.yaml": b"23"})
    assert library.digest({"a/x.yaml": b"1"}) != library.digest({"a/y.yaml": b"1"})


def test_the_same_content_is_read_once(files: Files) -> None:
    assert library.read(dict(files), "sample") is library.read(dict(files), "sample")


def test_load_finds_the_folder(files: Files, tmp_path: Path) -> None:
    for path, data in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    assert library.codes(tmp_path) == ["elsewhere", "sample"]
    assert library.load(tmp_path, "sample") is library.read(files, "sample")
    for wrong in ("national", "nowhere", "../sample", "", "Sample"):
        with pytest.raises(NotFound, match="没有代号为"):
            library.load(tmp_path, wrong)


def test_what_is_shipped_can_be_read_quickly() -> None:
    codes = library.codes(ROOT)
    assert codes
    for code in codes:
        library.load(ROOT, code)
    began = time.process_time()
    for code in codes:
        library.load(ROOT, code)
    assert time.process_time() - began < 0.25 * len(codes)


def test_the_calendar_is_reread_when_a_notice_changes(files: Files, tmp_path: Path) -> None:
    file = tmp_path / "national/holidays-2026.yaml"
    file.parent.mkdir()
    file.write_bytes(files["national/holidays-2026.yaml"])
    assert library.calendar(tmp_path).is_working_day(date(2026, 10, 1))
    file.write_text("year: 2026\nnotice: 通知\nholidays: [{name: 国庆节, days: [2026-10-01]}]\n", "utf-8")
    assert library.calendar(tmp_path).why_off(date(2026, 10, 1)) == "国庆节"
