"""Thousands of damaged diagrams and tables through gate and engine: no crash, no hang, no silent stall.

python -m chaos.fuzz_diagrams [DIAGRAMS] [TABLES] [FIRST_SEED]
"""

from __future__ import annotations

import sys
import time
from collections import Counter

from tests.adapters.engine.fuzzing import bombard

DIAGRAMS = ("sample/intake.bpmn", "sample/plan.bpmn", "national/filing.bpmn")
TABLES = ("sample/route.dmn",)


def campaign(paths: tuple[str, ...], count: int, first: int) -> tuple[Counter[str], float, list[str]]:
    """Outcomes, the slowest mutant in seconds, and what went wrong."""
    seen: Counter[str] = Counter()
    slowest, wrong = 0.0, []
    for seed in range(first, first + count):
        began = time.thread_time()
        try:
            seen[bombard(paths[seed % len(paths)], seed)] += 1
        except AssertionError as error:
            wrong.append(f"{paths[seed % len(paths)]} {seed}: {error}")
        except BaseException as error:
            wrong.append(f"{paths[seed % len(paths)]} {seed}: {type(error).__name__} {error}")
            if isinstance(error, KeyboardInterrupt):
                break
        slowest = max(slowest, time.thread_time() - began)
    return seen, slowest, wrong


def main(arguments: list[str]) -> int:
    """Exit code 1 when anything went wrong."""
    diagrams, tables, first = (int(arguments[n]) if len(arguments) > n else default for n, default in enumerate((10_000, 3_000, 1)))
    bad = 0
    for words, paths, count in (("diagrams", DIAGRAMS, diagrams), ("tables", TABLES, tables)):
        seen, slowest, wrong = campaign(paths, count, first)
        print(f"{count} damaged {words}: {dict(seen)}, slowest {slowest:.2f} s, wrong {len(wrong)}")
        for line in wrong[:20]:
            print("  ", line)
        bad += len(wrong)
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
