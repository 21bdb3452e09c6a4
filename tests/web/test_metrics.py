"""资金指标: what a regulation wants shown, for the projects that the reader may see, each with its sum and its clause."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from adapters.database import open_database
from tests.tasks import stages
from tests.web.town import Town

PLACE = "zunyi"


@pytest.fixture
def measured(tmp_path: Path, shared: Path) -> Iterator[Town]:
    """A project of a year whose plan has been approved: declared and approved are known, nothing later."""
    with stages.decided(PLACE, tmp_path, shared, "市域教育云", begun=date(2025, 6, 27), day=date(2025, 7, 1)) as stage:
        yield Town(open_database(str(stage.database.url)), tmp_path, {"experts": {}})


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
