"""`python -m benchmarks [--quick] [--only NAME…]`: measure, print the sections and write them to docs/reports/benchmarks.md.

A section is measured and written by itself; one more is one more line in `SECTIONS`.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from adapters import clock
from benchmarks import completions, editor, http, pages, report, sizes, sweep
from tests import databases

REPORT = Path(__file__).parents[1] / "docs" / "reports" / "benchmarks.md"
DURABLE = ("fsync=on", "synchronous_commit=on", "full_page_writes=on", "shared_buffers=256MB", "log_min_messages=fatal")
Urls = Mapping[str, Callable[[str], str]]


@dataclass(frozen=True)
class Counts:
    """How much of everything."""

    rounds: int = 5
    cases: int = 10
    weighed: int = 50
    due: int = 1_000
    open: tuple[int, int] = (10_000, 100_000)
    posted: int = 30


QUICK = Counts(rounds=3, cases=4, weighed=10, due=100, open=(1_000, 10_000), posted=5)


@dataclass(frozen=True)
class Place:
    """Where to measure: database → address of a fresh, empty one for a purpose; a folder of one's own."""

    urls: Urls
    folder: Path
    counts: Counts


def _completions(place: Place) -> str:
    return report.completed(completions.run(place.urls, rounds=place.counts.rounds, cases=place.counts.cases))


def _sizes(place: Place) -> str:
    return report.weighed(
        [sizes.run(name, url("sizes"), url("naive_sizes"), count=place.counts.weighed) for name, url in place.urls.items()]
    )


def _sweep(place: Place) -> str:
    counts = place.counts
    return report.swept(
        [one for name, url in place.urls.items() for one in sweep.run(name, url("sweep"), due=counts.due, sizes=counts.open)]
    )


def _http(place: Place) -> str:
    counts = place.counts
    return report.served([http.run(name, url, place.folder, rounds=counts.rounds, cases=counts.posted) for name, url in place.urls.items()])


def _pages(place: Place) -> str:
    return report.looked(pages.run(place.folder, rounds=place.counts.rounds))


def _editor(place: Place) -> str:
    return report.edited(editor.run(place.folder, rounds=place.counts.rounds))


SECTIONS: Mapping[str, Callable[[Place], str]] = {
    "completions": _completions,
    "sizes": _sizes,
    "sweep": _sweep,
    "http": _http,
    "pages": _pages,
    "editor": _editor,
}


def measure(place: Place, names: Sequence[str]) -> dict[str, str]:
    """Section → its page, with what it took and on which machine."""
    found = {}
    for name in names:
        began = time.monotonic()
        text = SECTIONS[name](place)
        found[name] = f"{text}\n\n（{clock.today()}，用时 {time.monotonic() - began:.0f} 秒。{_machine()}。）"
    return found


def _machine() -> str:
    load = "、".join(f"{one:.1f}" for one in os.getloadavg())
    return f"{platform.system()}，{os.cpu_count()} 个处理器，Python {platform.python_version()}，负载 {load}"


@contextmanager
def _both(folder: Path) -> Iterator[Urls]:
    cluster = databases.start(DURABLE)
    try:
        yield {"SQLite": completions.fresh_sqlite(folder), "PostgreSQL": lambda _: cluster.url(cluster.create())}
    finally:
        databases.stop(cluster)


def main(arguments: list[str]) -> int:
    """Measure all sections, or those named; a quick run is shown and not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="lianshen-bench-") as folder, _both(Path(folder)) as urls:
        fresh = measure(Place(urls, Path(folder), QUICK if given.quick else Counts()), given.only)
    print("\n\n".join(fresh.values()))
    if not given.quick:
        before = REPORT.read_text("utf-8") if REPORT.exists() else ""
        REPORT.write_text(report.merged(before, fresh, list(SECTIONS)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
