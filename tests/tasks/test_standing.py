"""The regulation's status is known and shown: a draft for comment, and two years from the day an administrator enters."""

from __future__ import annotations

from datetime import date

import pytest

from adapters import clock
from adapters.database import rules
from tasks import starting
from tests.tasks.stages import Town


@pytest.mark.parametrize(
    ("released", "today", "words"),
    [
        (None, date(2026, 3, 2), "征求意见稿，公布日期未填写，有效期 2 年"),
        ("2026-01-15", date(2026, 3, 2), "2026年1月15日公布，有效至 2028年1月15日）"),
        ("2024-03-02", date(2026, 3, 2), "有效至 2026年3月2日）"),
        ("2024-03-01", date(2026, 3, 2), "有效至 2026年3月1日，已失效"),
        ("2024-02-29", date(2026, 2, 28), "有效至 2026年2月28日）"),
    ],
)
def test_the_start_page_says_how_the_regulation_stands(hamlet: Town, released: str | None, today: date, words: str) -> None:
    with hamlet.database.transaction() as db:
        if released is not None:
            rules.set_setting(db, "jinjiang", "released_on", released, by="admin", at=clock.now())

    with clock.at(today) as now, hamlet.database.reading() as db:
        assert words in starting.standing(db, "jinjiang", now=now)
