"""Thousands of random processes against an independent interpreter; writes docs/reports/random-processes.md.

python -m chaos.random_processes [COUNT] [FIRST_SEED]
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

from tests.adapters.engine.campaigns import blocks_of, play
from tests.adapters.engine.processes import by_lot

REPORT = Path(__file__).parents[1] / "docs" / "reports" / "random-processes.md"
KINDS = {
    "task": "人工步骤", "many": "会签（多实例）", "seq": "顺序", "xor": "排他网关", "and": "并行网关", "or": "包容网关",
    "loop": "循环", "sub": "内嵌子流程", "call": "调用流程", "guard": "边界定时",
}  # fmt: skip


def campaign(count: int, first: int) -> tuple[str, list[str]]:
    """The report, and every deviation."""
    began, acts = time.monotonic(), 0
    wrong: list[str] = []
    kinds: Counter[str] = Counter()
    for seed in range(first, first + count):
        kinds.update(block.kind for block in blocks_of(by_lot(seed)).values())
        for stored in (True, False):
            try:
                acts += play(seed, stored=stored)
            except Exception as error:
                wrong.append(f"{seed} ({'stored' if stored else 'in memory'}): {type(error).__name__} {error}")
    return report(count, first, acts, wrong, kinds, time.monotonic() - began), wrong


def main(arguments: list[str]) -> int:
    """Exit code 1 when the engine deviated anywhere."""
    text, wrong = campaign(*(int(arguments[n]) if len(arguments) > n else default for n, default in enumerate((3_000, 1))))
    print(text)
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(text, encoding="utf-8")
    return bool(wrong)


def report(count: int, first: int, acts: int, wrong: list[str], kinds: Counter[str], seconds: float) -> str:
    """The result as a page."""
    rows = "\n".join(f"| {words} | {kinds[kind]:,} |" for kind, words in KINDS.items())
    faults = "\n".join(f"- {line[:300]}" for line in wrong[:20])
    return (
        f"""# 随机流程对照

随机生成的流程（种子 {first} 至 {first + count - 1}）在真实引擎上逐步办理，与一个不含引擎的独立解释器对照：每办一步，打开的步骤、
等待的期限和是否结束都必须相同。每个流程走两遍：每步保存并重新读取；全程留在内存。

| 项目 | 数 |
|---|---|
| 流程 | {count:,} |
| 走法（两遍） | {2 * count:,} |
| 办理和到期 | {acts:,} |
| 偏差 | {len(wrong)} |
| 用时 | {seconds:.0f} 秒 |

| 构件 | 出现次数 |
|---|---|
{rows}

重做：`python -m chaos.random_processes {count} {first}`
{faults}
""".rstrip()
        + "\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
