"""`python -m benchmarks [--quick]`: measure, print the page and write it to docs/reports/benchmarks.md."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import completions, report, sizes, sweep
from tests import databases

REPORT = Path(__file__).parents[1] / "docs" / "reports" / "benchmarks.md"
DURABLE = ("fsync=on", "synchronous_commit=on", "full_page_writes=on", "shared_buffers=256MB", "log_min_messages=fatal")


@dataclass(frozen=True)
class Counts:
    """How much of everything."""

    rounds: int = 5
    cases: int = 10
    weighed: int = 50
    due: int = 1_000
    open: tuple[int, int] = (10_000, 100_000)


QUICK = Counts(rounds=3, cases=4, weighed=10, due=100, open=(1_000, 10_000))


def measure(urls: dict[str, Callable[[str], str]], counts: Counts, command: str) -> report.Run:
    """One run over the named databases; `urls` give the address of a fresh, empty database for a purpose."""
    began = time.monotonic()
    sides = completions.run(urls, rounds=counts.rounds, cases=counts.cases)
    weighed = [sizes.run(name, url("sizes"), url("naive_sizes"), count=counts.weighed) for name, url in urls.items()]
    sweeps = [one for name, url in urls.items() for one in sweep.run(name, url("sweep"), due=counts.due, sizes=counts.open)]
    return report.Run(_machine(), command, time.monotonic() - began, sides, weighed, sweeps)


def _machine() -> str:
    load = "、".join(f"{one:.1f}" for one in os.getloadavg())
    return f"{platform.system()}，{os.cpu_count()} 个处理器，Python {platform.python_version()}，负载 {load}"


@contextmanager
def _both(folder: Path) -> Iterator[dict[str, Callable[[str], str]]]:
    cluster = databases.start(DURABLE)
    try:
        yield {"SQLite": completions.fresh_sqlite(folder), "PostgreSQL": lambda _: cluster.url(cluster.create())}
    finally:
        databases.stop(cluster)


def main(arguments: list[str]) -> int:
    """Exit code 2 for an argument nobody knows."""
    if set(arguments) - {"--quick"}:
        print("python -m benchmarks [--quick]", file=sys.stderr)
        return 2
    quick = "--quick" in arguments
    with tempfile.TemporaryDirectory(prefix="lianshen-bench-") as folder, _both(Path(folder)) as urls:
        command = "python -m benchmarks --quick" if quick else "make bench"
        text = report.page(measure(urls, QUICK if quick else Counts(), command))
    print(text)
    if not quick:
        REPORT.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
