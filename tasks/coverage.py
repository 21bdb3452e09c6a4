"""Clause coverage (条款覆盖): for every clause, where it is drawn and which stories prove it; neither drawn nor explained is a gap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from adapters import library
from domain.clauses import Clause
from tasks.scenarios.language import Scenario, parse


@dataclass(frozen=True, slots=True)
class Row:
    """One clause with its places and stories. `gap` says what is missing, or None."""

    clause: Clause
    places: tuple[str, ...]
    stories: tuple[str, ...]

    @property
    def gap(self) -> str | None:
        """What is missing, in Chinese."""
        if not self.clause.executable:
            return None
        if not self.places:
            return "没有画在流程图、表单、批次或岗位中，也没有说明原因"
        if not self.stories:
            return "没有场景证明"
        return None


@dataclass(frozen=True, slots=True)
class Coverage:
    """The whole catalogue. `strays` are ids that are cited somewhere but stand in no catalogue: id → places."""

    name: str
    rows: tuple[Row, ...]
    strays: Mapping[str, tuple[str, ...]]

    @property
    def gaps(self) -> list[str]:
        """Every gap as one Chinese line."""
        found = [f"{row.clause.id}（{row.clause.article}）：{row.gap}" for row in self.rows if row.gap]
        return found + [f"{one}：条款目录中没有这个编号，却出现在 {'、'.join(places)}" for one, places in self.strays.items()]

    def totals(self) -> str:
        """The last line of the report."""
        kinds = Counter(row.clause.kind for row in self.rows)
        executable = [row for row in self.rows if row.clause.executable]
        proven = sum(bool(row.stories) for row in executable)
        drawn = sum(bool(row.places) for row in executable)
        listed = "、".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
        return (
            f"{self.name}：条款 {len(self.rows)} 条（{listed}）；可执行 {len(executable)} 条，已落图 {drawn} 条，已证明 {proven} 条；"
            f"说明原因 {len(self.rows) - len(executable)} 条；缺口 {len(self.gaps)} 处"
        )


def stories(root: Path, code: str) -> list[Scenario]:
    """Every story of a jurisdiction, in file order. Raises ScenarioError for one that cannot be read."""
    folder = root / code / "scenarios"
    files = sorted(path for path in folder.glob("*.yaml") if not path.name.startswith("_"))
    return [parse(path.read_text("utf-8"), f"{code}/scenarios/{path.name}") for path in files]


def of(root: Path, code: str) -> Coverage:
    """Coverage of one jurisdiction's folder."""
    ruleset = library.load(root, code)
    places = library.coverage(ruleset)
    proofs: dict[str, list[str]] = {}
    for story in stories(root, code):
        for clause in story.clauses:
            proofs.setdefault(clause, []).append(Path(story.path).name)
    known = ruleset.catalogue.by_id()
    rows = tuple(Row(clause, (*places.get(clause.id, ()), *clause.drawn), tuple(proofs.get(clause.id, ()))) for clause in ruleset.catalogue)
    strays = {one: found for one, found in places.items() if one not in known}
    strays |= {one: tuple(found) for one, found in proofs.items() if one not in known}
    return Coverage(ruleset.name, rows, strays)
