"""Read a jurisdiction's files as a `Ruleset`. Every fault becomes a finding; with any fault that stops publishing, `read` refuses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

from adapters.library.diagrams import procedure, xml
from adapters.library.faults import Faults
from adapters.library.texts import Unreadable, from_json, from_yaml
from domain.clauses import Catalogue, Clause
from domain.errors import Unpublishable
from domain.offices import Office
from domain.procedures import Procedure
from domain.rulesets import LADDER, BanRule, MaterialKind, Metric, Round, Ruleset, Rung, Setting

NATIONAL = "national"
STATUSES = ("正式", "征求意见稿", "暂行")
Named = TypeVar("Named", bound=BaseModel)


class Region(BaseModel):
    """region.yaml: what a jurisdiction is called, the figures it may set, the bars it knows, its value lists."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    name: str
    title: str
    status: str = "正式"
    validity_years: int | None = None
    settings: tuple[Setting, ...] = ()
    bans: tuple[BanRule, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = {}
    ladder: tuple[Rung, ...] = LADDER
    metrics: tuple[Metric, ...] = ()


def parse(files: Mapping[str, bytes], code: str) -> tuple[Ruleset | None, Faults]:
    """The rule set of `code` in `files` and everything found on the way; None when something stops publishing."""
    faults = Faults()
    region = _region(files, code, faults)
    clauses = _items(Clause, files, f"{code}/clauses.yaml", faults)
    offices = _items(Office, files, f"{code}/offices.yaml", faults)
    materials = _items(MaterialKind, files, f"{code}/materials.yaml", faults)
    rounds = _items(Round, files, f"{code}/rounds.yaml", faults)
    procedures = _procedures(files, code, faults)
    _tables(files, faults)
    forms = {**_forms(files, NATIONAL, faults), **_forms(files, code, faults)}
    if region is None or faults.stop:
        return None, faults
    catalogue = Catalogue(title=region.title, status=region.status, validity_years=region.validity_years, clauses=tuple(clauses.values()))
    ruleset = Ruleset(
        code=code, name=region.name, catalogue=catalogue, offices=offices, materials=materials, rounds=rounds,
        settings={one.id: one for one in region.settings}, bans={one.id: one for one in region.bans}, choices=region.choices,
        ladder=tuple(sorted(region.ladder, key=lambda one: one.days)),
        metrics=region.metrics, procedures=procedures, forms=forms, files=dict(files),
    )  # fmt: skip
    return ruleset, faults


def refuse(faults: Faults, code: str) -> Unpublishable:
    """The refusal that carries what was found."""
    count = sum(finding.level == "错误" for finding in faults.found)
    return Unpublishable(f"规则集 {code} 的文件有 {count} 处错误，不能使用。", faults.found)


def _region(files: Mapping[str, bytes], code: str, faults: Faults) -> Region | None:
    path = f"{code}/region.yaml"
    if path not in files:
        faults.add(path, "missing-file", "缺少 region.yaml，不知道这是哪个地区的规则。", "请补上：code、name、title、status。")
        return None
    region = faults.model(Region, _yaml(files, path, faults) or {}, path)
    if region is None:
        return None
    if region.code != code:
        faults.add(path, "code", f"代号 {region.code} 与文件夹 {code} 不一致。", "请改为一致。")
    if region.status not in STATUSES:
        faults.add(path, "status", f"状态“{region.status}”不在{'、'.join(STATUSES)}之中。", "请改正 status。")
    for kind, items in (("settings", region.settings), ("bans", region.bans), ("metrics", region.metrics)):
        ids = [one.id for one in items]
        for twice in sorted({one for one in ids if ids.count(one) > 1}):
            faults.add(path, "duplicate-id", f"{kind} 里 {twice} 写了两次。", "请只保留一个。", element=twice)
    return region


def _yaml(files: Mapping[str, bytes], path: str, faults: Faults) -> Any:
    try:
        return from_yaml(files[path])
    except Unreadable as error:
        faults.add(path, "unreadable", f"{error}。", "请改正后重新提交。")
        return None


def _items(kind: type[Named], files: Mapping[str, bytes], path: str, faults: Faults) -> dict[str, Named]:
    """A list file as id → value."""
    data = _yaml(files, path, faults) if path in files else None
    if not isinstance(data, list):
        if data is not None:
            faults.add(path, "shape", "文件应当是一个列表。", "请让每一项以“- id:”开头。")
        return {}
    found: dict[str, Named] = {}
    for number, item in enumerate(data, start=1):
        label = str(item.get("id")) if isinstance(item, dict) and item.get("id") else f"第 {number} 项"
        value = faults.model(kind, item, path, label)
        if value is not None and label in found:
            faults.add(path, "duplicate-id", f"{label} 写了两次。", "请只保留一个。", element=label)
        elif value is not None:
            found[label] = value
    return found


def _procedures(files: Mapping[str, bytes], code: str, faults: Faults) -> dict[str, Procedure]:
    found: dict[str, Procedure] = {}
    for path in sorted(files):
        if path.endswith(".bpmn") and path.split("/")[0] in (code, NATIONAL):
            one = procedure(path, files[path], faults)
            if one is not None and one.id in found:
                faults.add(
                    path, "duplicate-process", f"流程编号 {one.id} 与 {found[one.id].file} 重复。", "请改用不同的编号。", element=one.id
                )
            elif one is not None:
                found[one.id] = one
    return found


def _tables(files: Mapping[str, bytes], faults: Faults) -> None:
    """Decision tables stay files for the engine; here only that they are some."""
    for path in sorted(files):
        if path.endswith(".dmn"):
            root = xml(files[path], path, faults)
            if root is not None and (not root.tag.endswith("}definitions") or "/DMN/" not in root.tag):
                faults.add(path, "dmn", "文件不是 DMN 决策表。", "请用决策表编辑器重新导出该文件。")


def _forms(files: Mapping[str, bytes], folder: str, faults: Faults) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for path in sorted(files):
        parts = PurePosixPath(path)
        if parts.suffix == ".json" and parts.parent == PurePosixPath(folder, "forms"):
            try:
                schema = from_json(files[path])
            except Unreadable as error:
                faults.add(path, "unreadable", f"{error}。", "请改正后重新提交。")
                continue
            if isinstance(schema, dict):
                found[parts.stem] = schema
            else:
                faults.add(path, "shape", "表单应当是一个 JSON 对象。", "请以 { 开头、以 } 结尾。")
    return found
