"""The benchmarks still run: each with a handful, on both databases. How quick anything is, is no test."""

from __future__ import annotations

from pathlib import Path

from adapters import library
from adapters.settings import SHIPPED
from benchmarks import checks, completions, editor, http, pages, reference, report, sizes, sweep
from benchmarks.__main__ import SECTIONS, Counts, Place, measure
from benchmarks.completions import fresh_sqlite
from tasks import versions
from tests.databases import Cluster

TINY = Counts(rounds=2, cases=1, weighed=2, due=3, open=(10, 20), posted=1)


def test_the_sample_rules_pass_the_gate() -> None:
    assert versions.check(reference.RULES, reference.CODE) == []
    assert not (SHIPPED / reference.CODE).exists(), "not a jurisdiction anybody could choose"


def test_every_benchmark_runs(tmp_path: Path, cluster: Cluster) -> None:
    place = Place({"SQLite": fresh_sqlite(tmp_path), "PostgreSQL": lambda _: cluster.url(cluster.create())}, tmp_path, TINY)
    sides = completions.run(place.urls, rounds=2, cases=1)
    for side in sides:
        assert {len(rounds) for rounds in side.rounds.values()} == {2}
        assert side.sections.cpu.keys() == report.WORDS.keys()
    assert "PostgreSQL" in report.completed(sides)
    weighed = [sizes.run(name, url("sizes"), url("naive_sizes"), count=2) for name, url in place.urls.items()]
    assert all(0 < one.state_finished < one.state_open < one.naive for one in weighed)
    swept = [one for name, url in place.urls.items() for one in sweep.run(name, url("sweep"), due=3, sizes=(10, 20))]
    assert [(one.open, one.due) for one in swept] == [(10, 3), (20, 3)] * 2
    assert "| 20 | 3 |" in report.swept(swept)


def test_the_application_answers_sixteen_clients(tmp_path: Path, cluster: Cluster) -> None:
    for name, url in {"SQLite": fresh_sqlite(tmp_path), "PostgreSQL": lambda _: cluster.url(cluster.create())}.items():
        served = http.run(name, url, tmp_path, rounds=1, cases=1)
        assert {contender: len(rounds[0].took) for contender, rounds in served.rounds.items()} == dict.fromkeys((http.OURS, http.FLOOR), 6)
        assert f"{name}：联审是空路由的" in report.served([served])


def test_pages_are_weighed(shared: Path) -> None:
    seen = pages.run(shared, rounds=1)
    assert seen is not None, "这台机器上没有 chromium，请安装：apt-get install chromium"
    assert {one.name: one.first > one.again > 0 for one in seen.weights} == dict.fromkeys(
        ("登录", "待办", "办理", "项目", "办件（流程图）", "新办"), True
    )
    assert "办件（流程图）" in report.looked(seen)


def test_the_editor_is_timed(shared: Path) -> None:
    found = editor.run(shared, rounds=1)
    assert found is not None, "这台机器上没有 chromium，请安装：apt-get install chromium"
    assert all(one.first_ms > 0 and one.again_ms > 0 for one in found.openings)
    assert f"最大流程图 {found.largest}" in report.edited(found)


def test_checks_are_measured() -> None:
    found = checks.run(rounds=1)
    assert [one.name for one in found] == [library.read(library.files_of(SHIPPED, code), code).name for code in library.codes(SHIPPED)]
    assert all(one.largest.endswith(".bpmn") and one.drawing_ms < one.publishing_ms for one in found)
    assert found[0].name in report.checked(found)


def test_a_section_is_replaced_and_the_others_stay(tmp_path: Path) -> None:
    place = Place({"SQLite": fresh_sqlite(tmp_path)}, tmp_path, TINY)
    fresh = measure(place, ["sizes"])
    before = report.merged("", {"sweep": "## 到期事项\n\n旧的", "sizes": "## 每件占用\n\n旧的"}, list(SECTIONS))
    after = report.merged(before, fresh, list(SECTIONS))
    assert after.index("<!-- sizes -->") < after.index("<!-- sweep -->")
    assert (after.count("旧的"), "| SQLite |" in after) == (1, True)
    assert report.merged(after, {}, list(SECTIONS)) == after
