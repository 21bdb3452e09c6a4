"""What was handed in is read in words: names instead of ids, rows with their labels."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from adapters import clock
from tasks import reading
from tasks.people import official
from tests.tasks import stages

PLACE = "jinjiang"
OFFICE = f"{PLACE}.leading_group_office"


def test_plans_and_panels_name_projects_and_experts(tmp_path: Path, shared: Path) -> None:
    begun, day = date(2026, 6, 29), date(2026, 7, 1)
    with stages.decided(PLACE, tmp_path, shared, "校园安全平台", begun=begun, day=day) as stage, stage.database.reading() as db:
        reader = official(db, OFFICE, PLACE, clock.today())
        said = [line for one in reading.opinions(db, stage.focus, reader) for line in one.lines]
    plan = next(words for label, words in said if label == "候选项目")
    for seen in ("项目：校园安全平台", "经费估算（万元）：450", "排序：1", "涉及单位清单：区教育局、区城运中心"):
        assert seen in plan
    assert not [line for line in said if re.search(r"[0-9a-f]{32}|「", "".join(line))]
