"""资金指标: what a regulation wants shown, for the projects that the reader may see, each with its sum and its clause."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path

import pytest

from adapters import clock
from adapters.database import open_database
from adapters.settings import SHIPPED
from tasks.scenarios.language import Begin
from tasks.scenarios.player import Theatre
from tasks.scenarios.stage import Outcome
from tests import databases
from tests.web.town import Town

PLACE = "zunyi"


@pytest.fixture
def measured(tmp_path: Path, shared: Path) -> Iterator[Town]:
    """A project of a year whose plan has been approved: declared and approved are known, nothing later."""
    begun = datetime.combine(date(2025, 6, 27), time(9), tzinfo=clock.SHANGHAI)
    with databases.sqlite_database(tmp_path, databases.sqlite_template(shared)) as database, clock.at(begun):
        stage = Theatre.of(SHIPPED, PLACE, tmp_path / "files").stage(database, Outcome("metrics"), reload=False, say=None)
        stage.begin(Begin(procedure="project", until="wait_plan", answers={"declare": {"name": "市域教育云"}}), "main")
        stage.advance(datetime.combine(date(2025, 7, 1), time(9), tzinfo=clock.SHANGHAI))
        stage.focus = stage.case_named("annual_plan")
        stage.play("end")
        assert not stage.outcome.differences
        yield Town(open_database(str(database.url)), tmp_path, {"experts": {}})


def test_each_reader_sees_the_metrics_of_their_projects(measured: Town) -> None:
    page = measured.client(f"{PLACE}.owner.edu").get("/metrics").text
    for seen in ("市域教育云", "审批省减额", "省减 50.00 万元", "2026 年度合计", "负数为省减", "合同", "—"):
        assert seen in page, seen
    assert 'href="/metrics"' in measured.client(f"{PLACE}.owner.edu").get("/projects").text
    other = measured.client(f"{PLACE}.owner.civil").get("/metrics?year=2026").text
    assert "市域教育云" not in other
    assert "还没有登记过金额的项目" in other


@pytest.mark.parametrize("year", ["1999", "二〇二五", "20255", ""])
def test_a_year_without_items_shows_the_newest(measured: Town, year: str) -> None:
    page = measured.client(f"{PLACE}.owner.edu").get("/metrics", params={"year": year})
    assert (page.status_code, "2026 年度合计" in page.text) == (200, True)


def test_a_place_without_metrics_says_so(town: Town) -> None:
    assert "没有规定资金指标" in town.client("owner").get("/metrics").text
    assert "资金指标" not in town.client("owner").get("/projects").text
