"""When a round opens: the grammar, by hand-checked days."""

from __future__ import annotations

from datetime import date

import pytest

from adapters import library
from adapters.settings import SHIPPED
from domain.rounds import check, days

CALENDAR = library.calendar(SHIPPED)


@pytest.mark.parametrize(
    ("opens", "since", "until", "expected"),
    [
        ("yearly 12-31", date(2025, 1, 1), date(2026, 12, 31), [date(2025, 12, 31), date(2026, 12, 31)]),
        ("yearly 02-29", date(2024, 1, 1), date(2025, 12, 31), [date(2024, 2, 29), date(2025, 2, 28)]),
        ("monthly 31", date(2026, 1, 15), date(2026, 4, 30), [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]),
        ("quarterly 1", date(2026, 1, 1), date(2026, 12, 31), [date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1), date(2026, 10, 1)]),
        # 2026: 元旦 1–3 日放假，4 日（周日）上班；国庆 1–7 日放假
        ("workday 1 of 1,4", date(2026, 1, 1), date(2026, 12, 31), [date(2026, 1, 4), date(2026, 4, 1)]),
        ("workday 1 of 7,10", date(2026, 1, 1), date(2026, 12, 31), [date(2026, 7, 1), date(2026, 10, 8)]),
        ("workday 5 of 10", date(2026, 1, 1), date(2026, 12, 31), [date(2026, 10, 13)]),
        ("manual", date(2020, 1, 1), date(2030, 1, 1), []),
    ],
)
def test_a_rule_names_its_days(opens: str, since: date, until: date, expected: list[date]) -> None:
    assert days(opens, since, until, CALENDAR) == expected


@pytest.mark.parametrize("opens", ["yearly 13-01", "yearly 6-30", "every day", "workday 1 of 13", "monthly 0", "cron * * * * *", ""])
def test_what_is_no_rule_is_told_in_chinese(opens: str) -> None:
    assert check(opens) is not None
    assert not (check(opens) or "").isascii()
