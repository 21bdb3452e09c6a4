"""The year of every jurisdiction, day by day, as `lianshen calendar 2026 <code>` prints it. `pytest --update-golden` rewrites the files."""

from __future__ import annotations

import difflib
from datetime import date
from pathlib import Path

import pytest

from adapters import library
from adapters.settings import SHIPPED
from deployments import cli
from tasks import yearbook

GOLDEN = Path(__file__).parent / "golden" / "calendar"
CODES = library.codes(SHIPPED)


@pytest.mark.parametrize("code", CODES)
def test_the_year_is_the_golden_year(code: str, pytestconfig: pytest.Config) -> None:
    lines = "\n".join(yearbook.of_year(SHIPPED, code, 2026).lines()).splitlines()
    path = GOLDEN / f"{code}-2026.golden"
    if pytestconfig.getoption("--update-golden"):
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines) + "\n", "utf-8")
    stored = path.read_text("utf-8").splitlines() if path.exists() else []
    changed = "\n".join(difflib.unified_diff(stored, lines, "golden", "now", lineterm="", n=0))
    assert not changed, f"read the change, then pytest --update-golden:\n{changed[:4000]}"


def test_a_year_has_every_day_of_its_rounds_each_with_a_clause() -> None:
    book = yearbook.of_year(SHIPPED, "jinjiang", 2024)
    opened = {(one.day, one.words.partition("，")[0]) for one in book.entries if one.kind == "开办"}
    assert (date(2024, 6, 30), "智慧锦江年度计划第二批") in opened
    assert (date(2024, 12, 31), "智慧锦江年度计划第一批") in opened
    assert sum(words.startswith("建设进度督促") for _, words in opened) == 12
    assert all(one.clause for one in book.entries), [one.line() for one in book.entries if not one.clause]
    assert {one.day.year for one in book.entries} == {2024}
    due = [one.day for one in book.entries if one.kind == "期限" and one.words.startswith("建设进度督促")]
    assert due[1] == date(2024, 2, 7), "1 February opens, five working days: 2, 4 (调休), 5, 6, 7 February"


def test_the_command_takes_a_place_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["calendar", "1066", "jinjiang"]) == 1
    assert cli.main(["calendar", "2026", "亚特兰蒂斯"]) == 1
    assert "亚特兰蒂斯" in capsys.readouterr().err
