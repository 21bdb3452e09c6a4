"""What was handed in is read in words: names instead of ids, rows with their labels."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from pathlib import Path

from adapters import clock
from adapters.settings import SHIPPED
from tasks import reading
from tasks.people import official
from tasks.scenarios.language import Begin
from tasks.scenarios.player import Theatre
from tasks.scenarios.stage import Outcome
from tests import databases

PLACE = "jinjiang"
OFFICE = f"{PLACE}.leading_group_office"


def test_plans_and_panels_name_projects_and_experts(tmp_path: Path, shared: Path) -> None:
    begun = datetime.combine(date(2026, 6, 29), time(9), tzinfo=clock.SHANGHAI)
    with databases.sqlite_database(tmp_path, databases.sqlite_template(shared)) as database, clock.at(begun):
        stage = Theatre.of(SHIPPED, PLACE, tmp_path / "files").stage(database, Outcome("words"), reload=False, say=None)
        stage.begin(Begin(procedure="project", until="wait_plan", answers={"declare": {"name": "校园安全平台"}}), "main")
        stage.advance(datetime.combine(date(2026, 7, 1), time(9), tzinfo=clock.SHANGHAI))
        stage.focus = stage.case_named("annual_plan")
        stage.play("end")
        assert not stage.outcome.differences
        with database.reading() as db:
            reader = official(db, OFFICE, PLACE, clock.today())
            said = [line for one in reading.opinions(db, stage.focus, reader) for line in one.lines]
    plan = next(words for label, words in said if label == "候选项目")
    for seen in ("项目：校园安全平台", "经费估算（万元）：450", "排序：1", "涉及单位清单：区教育局、区城运中心"):
        assert seen in plan
    assert not [line for line in said if re.search(r"[0-9a-f]{32}|「", "".join(line))]
