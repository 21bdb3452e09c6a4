"""Do the stories bite (变异检验)? One rule is changed, the stories that pass there are played until one fails.

python -m chaos.mutation_check [DIAGRAM_MUTANTS] [CODE…]

Every decision row, and as many sampled changes of diagrams as asked for (0 = all), over the named jurisdictions or all. Writes
docs/reports/mutations.md. A change that the publish gate refuses counts as caught there; exit status 1 below 95 %.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from adapters import library
from adapters.settings import SHIPPED
from chaos import law_mutants
from chaos.law_mutants import Mutant
from domain.errors import Unpublishable
from tasks import versions
from tasks.scenarios.language import Scenario, parse
from tasks.scenarios.player import Theatre, play

REPORT = Path(__file__).parents[1] / "docs" / "reports" / "mutations.md"
AIM = 0.95


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one mutant. `by` names the story or the gate; None = it survived."""

    code: str
    kind: str
    path: str
    what: str
    by: str | None


@lru_cache
def stories(code: str) -> tuple[tuple[Scenario, frozenset[str]], ...]:
    """Every story with the places it passes, shortest first."""
    found = []
    with TemporaryDirectory() as folder:
        theatre = Theatre.of(SHIPPED, code, Path(folder))
        for path in sorted((SHIPPED / code / "scenarios").glob("*.yaml")):
            if not path.name.startswith("_"):
                scenario = parse(path.read_text("utf-8"), path.name)
                outcome = play(scenario, theatre)
                assert outcome.passed, f"{code}/{path.name}: {outcome.differences}"
                found.append((len(outcome.lines), path.name, scenario, frozenset(outcome.met)))
    return tuple((scenario, met) for _, _, scenario, met in sorted(found, key=lambda one: one[:2]))


def sample(code: str, count: int, rng: random.Random) -> list[Mutant]:
    """Every changed decision row, and `count` changes of diagrams drawn by lot (0 = every one)."""
    every = list(law_mutants.of(library.files_of(SHIPPED, code), code))
    rows = [one for one in every if one.path.endswith(".dmn")]
    rest = [one for one in every if not one.path.endswith(".dmn")]
    return rows + (rng.sample(rest, count) if 0 < count < len(rest) else rest)


@lru_cache
def claims(code: str) -> tuple[tuple[Scenario, frozenset[str]], ...]:
    """Every story with the clauses it says it proves, in file order. Nothing is played."""
    files = sorted(path for path in (SHIPPED / code / "scenarios").glob("*.yaml") if not path.name.startswith("_"))
    found = (parse(path.read_text("utf-8"), path.name) for path in files)
    return tuple((one, frozenset(one.clauses)) for one in found)


@lru_cache
def cited(code: str) -> dict[str, frozenset[str]]:
    """Place of an element, or `<table id>#`, → the clauses that stand there."""
    ruleset = library.load(SHIPPED, code)
    found = {f"{one.id}#{key}": frozenset(element.clauses) for one in ruleset.procedures.values() for key, element in one.elements.items()}
    for one in ruleset.procedures.values():
        for key, element in one.elements.items():
            if element.decision:
                place = f"{element.decision}#"
                found[place] = found.get(place, frozenset()) | found[f"{one.id}#{key}"]
    return found


def quick(code: str, mutant: Mutant) -> Verdict:
    """Like `judge`, but only with the stories that claim a clause of the changed place: no story is played beforehand."""
    wanted = cited(code).get(mutant.at, frozenset())
    return _judged(code, mutant, [story for story, clauses in claims(code) if clauses & wanted])


def judge(code: str, mutant: Mutant) -> Verdict:
    """Play the stories that pass the changed place until one fails, those that claim a clause of it first; then ask the gate."""
    wanted = cited(code).get(mutant.at, frozenset())
    passing = [story for story, met in stories(code) if mutant.at in met]
    return _judged(code, mutant, sorted(passing, key=lambda one: wanted.isdisjoint(one.clauses)))


def _judged(code: str, mutant: Mutant, played: Sequence[Scenario]) -> Verdict:
    with TemporaryDirectory() as folder:
        root = Path(folder) / "bpmn"
        for path in library.files_of(SHIPPED, code):
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if path == mutant.path:
                target.write_bytes(mutant.data)
            else:
                target.symlink_to(SHIPPED.resolve() / path)
        try:
            theatre = Theatre.of(root, code, Path(folder) / "files")
        except Unpublishable:
            return _verdict(code, mutant, "发布检查")
        for scenario in played:
            if not play(scenario, theatre).passed:
                return _verdict(code, mutant, Path(scenario.path).name)
        if any(one.level == "错误" for one in versions.check(root, code)):
            return _verdict(code, mutant, "发布检查")
    return _verdict(code, mutant, None)


def campaign(codes: Sequence[str], count: int, seed: int, workers: int) -> list[Verdict]:
    """Judge the sampled mutants of these jurisdictions; `count` diagram changes in all."""
    rng = random.Random(seed)
    share = -(-count // len(codes)) if count else 0
    work = [(code, one) for code in codes for one in sample(code, share, rng)]
    if workers == 1:
        return [judge(*one) for one in work]
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(judge, *zip(*work, strict=True), chunksize=8))


def report(verdicts: Sequence[Verdict], seed: int, seconds: float) -> str:
    """The Chinese report."""
    caught = sum(one.by is not None for one in verdicts)
    lines = [
        "# 变异检验：场景能不能发现规则被改动", "",
        f"由 `make prove` 写出，用时 {seconds:.0f} 秒，随机种子 {seed}。"
        "每次只改一处规则：决策表每一行、抽样的流程图步骤、条件、期限、岗位和材料；"
        "改动处经过的场景逐个重演，有一个不符（或者发布检查拒绝）就算发现。", "",
        f"**共改动 {len(verdicts)} 处，发现 {caught} 处，发现率 {caught / max(1, len(verdicts)):.1%}**（目标 ≥ {AIM:.0%}）。", "",
        "| 地区 | 种类 | 改动 | 发现 | 其中发布检查 | 发现率 |", "| --- | --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    total, found, gate = (Counter[tuple[str, str]]() for _ in range(3))
    for one in verdicts:
        key = (one.code, one.kind)
        total[key] += 1
        found[key] += one.by is not None
        gate[key] += one.by == "发布检查"
    for key in sorted(total):
        lines.append(f"| {key[0]} | {key[1]} | {total[key]} | {found[key]} | {gate[key]} | {found[key] / total[key]:.0%} |")
    survived = [one for one in verdicts if one.by is None]
    if survived:
        lines += ["", "## 没有发现的改动", ""] + [f"- `{one.path}` {one.kind}：{one.what}" for one in survived]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Run, print, write the report. Answers 1 below the aim."""
    count = int(arguments[0]) if arguments else 100
    codes: Iterable[str] = arguments[1:] or library.codes(SHIPPED)
    seed, began = 20260701, time.monotonic()
    verdicts = campaign(list(codes), count, seed, workers=os.cpu_count() or 1)
    text = report(verdicts, seed, time.monotonic() - began)
    print(text)
    if not arguments[1:]:
        REPORT.write_text(text, encoding="utf-8")
    return 0 if sum(one.by is not None for one in verdicts) >= AIM * len(verdicts) else 1


def _verdict(code: str, mutant: Mutant, by: str | None) -> Verdict:
    return Verdict(code, mutant.kind, mutant.path, mutant.what, by)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
