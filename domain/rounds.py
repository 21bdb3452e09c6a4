"""When a round (批次) opens: a small grammar over our calendar, since cron knows neither 调休 nor the regulations' words.

yearly 06-30           every year on that day (29 February falls on the 28th in other years)
monthly 1              every month on that day, or on the last day of a shorter month
quarterly 1            1 January, April, July and October + day − 1
workday 1 of 1,4,7,10  the n-th working day of these months
manual                 only when an administrator opens it
setting notice_day     on the day an administrator sets (03-01, or a rule as above); manual as long as none is set
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from domain.holidays import WorkCalendar
from domain.workdays import nth_working_day

GRAMMAR = "yearly 06-30、monthly 1、quarterly 1、workday 1 of 1,4,7,10、setting 设置项 或 manual"
WEEKDAYS = WorkCalendar(off={}, worked=frozenset(), years=frozenset())  #: a calendar without notices
_YEARLY = re.compile(r"yearly (\d\d)-(\d\d)")
_MONTHLY = re.compile(r"monthly (\d{1,2})")
_QUARTERLY = re.compile(r"quarterly (\d{1,2})")
_SETTING = re.compile(r"setting (\w+)")
_DAY = re.compile(r"\d\d-\d\d")
_WORKDAY = re.compile(r"workday (\d{1,2}) of ((?:\d{1,2})(?:,\d{1,2})*)")


def days(opens: str, since: date, until: date, calendar: WorkCalendar) -> list[date]:
    """The days on which a round opens between two days, both included, oldest first. Raises ValueError for a rule out of the grammar.

    >>> days("yearly 06-30", date(2025, 1, 1), date(2026, 12, 31), NATIONAL)
    [datetime.date(2025, 6, 30), datetime.date(2026, 6, 30)]
    """
    return [day for day in _all(opens, since.year, until.year, calendar) if since <= day <= until]


def setting_of(opens: str) -> str | None:
    """The setting that says when, for a round whose date the text leaves open.

    >>> setting_of("setting notice_day"), setting_of("yearly 06-30")
    ('notice_day', None)
    """
    found = _SETTING.fullmatch(opens)
    return found[1] if found else None


def resolved(opens: str, settings: Mapping[str, Any]) -> str:
    """A rule with the administrator's date in place of its setting.

    >>> resolved("setting notice_day", {"notice_day": "03-01"}), resolved("setting notice_day", {})
    ('yearly 03-01', 'manual')
    """
    name = setting_of(opens)
    if name is None:
        return opens
    value = str(settings.get(name) or "manual")
    return f"yearly {value}" if _DAY.fullmatch(value) else value


def closing(closes: str, opened: date, calendar: WorkCalendar) -> date | None:
    """The last day of a window that was opened on a day; None when the window has no end.

    >>> closing("yearly 09-30", date(2026, 6, 1), NATIONAL), closing("workday 5 of 1,4,7,10", date(2026, 10, 8), NATIONAL)
    (datetime.date(2026, 9, 30), datetime.date(2026, 10, 13))
    """
    return next(iter(days(closes, opened, opened + timedelta(days=400), calendar)), None) if closes else None


def check(opens: str) -> str | None:
    """What is wrong with a rule, in Chinese, or None."""
    try:
        days(opens, date(2024, 1, 1), date(2024, 12, 31), WEEKDAYS)
    except ValueError as error:
        return str(error)
    return None


def possible(opens: str) -> dict[int, list[int]]:
    """Month → the days on which a round may fall in any year: what a schedule without a calendar has to look at.

    >>> possible("yearly 06-30"), possible("yearly 02-29"), possible("manual")
    ({6: [30]}, {2: [28, 29]}, {})
    >>> possible("workday 5 of 1")[1][0], possible("workday 5 of 1")[1][-1]
    (5, 19)
    """
    found: dict[int, set[int]] = {}
    if working := _WORKDAY.fullmatch(opens):
        nth = int(working[1])  # at least the n-th day; two weeks more even with a long holiday in between
        for month in (int(one) for one in working[2].split(",")):
            found[month] = set(range(nth, min(nth + 14, monthrange(2023, month)[1]) + 1))
    else:
        for day in days(opens, date(2023, 1, 1), date(2024, 12, 31), WEEKDAYS):  # one of them is a leap year
            found.setdefault(day.month, set()).add(day.day)
    return {month: sorted(found[month]) for month in sorted(found)}


def _all(opens: str, first: int, last: int, calendar: WorkCalendar) -> Iterator[date]:
    if opens == "manual" or setting_of(opens):
        return
    if found := _YEARLY.fullmatch(opens):
        month, day = int(found[1]), int(found[2])
        for year in range(first, last + 1):
            yield _clamped(year, month, day)
    elif found := _MONTHLY.fullmatch(opens):
        for year in range(first, last + 1):
            for month in range(1, 13):
                yield _clamped(year, month, int(found[1]))
    elif found := _QUARTERLY.fullmatch(opens):
        for year in range(first, last + 1):
            for month in (1, 4, 7, 10):
                yield date(year, month, 1) + timedelta(days=int(found[1]) - 1)
    elif found := _WORKDAY.fullmatch(opens):
        months = sorted({int(one) for one in found[2].split(",")})
        if not 1 <= months[0] <= months[-1] <= 12:
            raise ValueError(f"没有 {months[0] if months[0] < 1 else months[-1]} 月")
        for year in range(first, last + 1):
            for month in months:
                yield nth_working_day(year, month, int(found[1]), calendar)
    else:
        raise ValueError(f"批次的开办时间“{opens}”写法不对，应为 {GRAMMAR}")


def _clamped(year: int, month: int, day: int) -> date:
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        raise ValueError(f"没有 {month} 月 {day} 日这一天")
    return date(year, month, min(day, monthrange(year, month)[1]))
