"""The benchmarks still run: each with a handful, on both databases. How quick anything is, is no test."""

from __future__ import annotations

from pathlib import Path

from adapters.settings import SHIPPED
from benchmarks import reference, report
from benchmarks.__main__ import Counts, measure
from benchmarks.completions import fresh_sqlite
from tasks import versions
from tests.databases import Cluster

TINY = Counts(rounds=2, cases=1, weighed=2, due=3, open=(10, 20))


def test_the_sample_rules_pass_the_gate() -> None:
    assert versions.check(reference.RULES, reference.CODE) == []
    assert not (SHIPPED / reference.CODE).exists(), "not a jurisdiction anybody could choose"


def test_every_benchmark_runs(tmp_path: Path, cluster: Cluster) -> None:
    run = measure({"SQLite": fresh_sqlite(tmp_path), "PostgreSQL": lambda _: cluster.url(cluster.create())}, TINY, "test")
    for side in run.sides:
        assert {len(rounds) for rounds in side.rounds.values()} == {2}
        assert side.sections.cpu.keys() == report.WORDS.keys()
    assert all(0 < one.state_finished < one.state_open < one.naive for one in run.sizes)
    assert [(one.open, one.due) for one in run.sweeps] == [(10, 3), (20, 3)] * 2
    text = report.page(run)
    assert text.count("PostgreSQL") > 5
    assert "| 20 | 3 |" in text
