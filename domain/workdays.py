"""Periods (期限): working days, calendar days, months, years, and windows. Each answers a last day that explains itself.

Conventions where the regulations are silent: the day of the event is not counted (民法典 第二百零一条); a period of months ends on the
same calendar day, that day included, or on the last day of a shorter month (第二百零二条); a last day on a holiday is not moved.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from domain.deadlines import Basis, DueOn
from domain.holidays import WEEKEND, Holiday, HolidayYear, WorkCalendar

__all__ = [
    "Holiday", "HolidayYear", "Pause", "WorkCalendar", "add_days", "add_months", "add_working_days", "add_years",
    "end_of", "nth_working_day", "plain", "working_days_between",
]  # fmt: skip

MAKE_UP = "调休上班"
#: Longest periods anyone may ask for; authored expressions stay bounded.
MOST_WORKING_DAYS, MOST_DAYS, MOST_MONTHS, MOST_YEARS = 2_500, 36_500, 1_200, 100

Pause = tuple[date, date, str]  #: first and last day that do not count, and why: 补正 stops the clock
_DAY = timedelta(days=1)
_MONTH_DAY = re.compile(r"(\d{1,2})-(\d{1,2})")


def plain(day: date) -> date:
    """`day` as a bare date: a `DueOn` loses its reasons; a moment is refused, since its day depends on a time zone."""
    if isinstance(day, datetime):
        raise TypeError("期限按日计算，请给出日期而不是时刻")
    return date(day.year, day.month, day.day)


def add_working_days(start: date, count: int, calendar: WorkCalendar, *, pauses: Sequence[Pause] = (), rule: str = "") -> DueOn:
    """Return the last day of a period of `count` working days (工作日) opened by an event on `start`.

    The day of the event is not counted; `count` is 0 to 2,500. Days within a pause (补正), both ends included, are not counted.
    Source: JJ-11-contract, JJ-15-filing (7 个工作日), YJ-15-quarterly (前 5 个工作日).
    A year without a holiday notice on file counts by weekdays; the basis is then provisional (暂定).

    >>> add_working_days(date(2026, 9, 30), 7, NATIONAL)    # 国庆放假，10 月 10 日上班
    DueOn(2026, 10, 15)
    """
    _within(count, MOST_WORKING_DAYS, "工作日数")
    start = plain(start)
    stopped = tuple((plain(since), plain(until), why) for since, until, why in pauses)
    for since, until, _ in stopped:
        if until < since:
            raise ValueError(f"暂停计时的结束日 {until} 早于开始日 {since}")
    day, left, weekends = start, count, 0
    skipped: list[tuple[date, str]] = []
    worked: list[tuple[date, str]] = []
    provisional = False
    while left:
        day += _DAY
        provisional = provisional or calendar.provisional(day)
        if any(since <= day <= until for since, until, _ in stopped):
            continue
        why = calendar.why_off(day)
        if why is None:
            left -= 1
            if day in calendar.worked:
                worked.append((day, MAKE_UP))
        elif why == WEEKEND:
            weekends += 1
        else:
            skipped.append((day, why))
    paused = tuple(one for one in stopped if one[0] <= day and one[1] > start)
    basis = Basis(
        start=start, rule=rule or f"workdays({count})", words=f" {count} 个工作日", due=day, skipped=tuple(skipped),
        worked=tuple(worked), paused=paused, provisional=provisional, weekends=weekends,
    )  # fmt: skip
    return DueOn.of(basis)


def working_days_between(start: date, end: date, calendar: WorkCalendar) -> int:
    """Working days after `start` up to and including `end`: the inverse of `add_working_days`. Negative when `end` is before `start`.

    >>> working_days_between(date(2026, 9, 30), date(2026, 10, 15), NATIONAL)
    7
    """
    if end < start:
        return -working_days_between(end, start, calendar)
    first = plain(start)
    return sum(calendar.is_working_day(first + timedelta(days=n)) for n in range(1, (plain(end) - first).days + 1))


def nth_working_day(year: int, month: int, n: int, calendar: WorkCalendar) -> date:
    """The `n`-th working day of a month, counted from 1; negative counts from the month's end (-1: the last one).

    Source: YJ-15-quarterly (每季度第一个月前 5 个工作日). Raises ValueError when the month has no such day.

    >>> nth_working_day(2026, 10, 1, NATIONAL), nth_working_day(2026, 10, -1, NATIONAL)
    (datetime.date(2026, 10, 8), datetime.date(2026, 10, 30))
    """
    days = [day for day in (date(year, month, d + 1) for d in range(monthrange(year, month)[1])) if calendar.is_working_day(day)]
    if n == 0 or abs(n) > len(days):
        raise ValueError(f"{year}年{month}月共有 {len(days)} 个工作日，没有第 {n} 个")
    return days[n - 1 if n > 0 else n]


def add_days(start: date, count: int, *, rule: str = "") -> DueOn:
    """The last day of `count` calendar days (天) after `start`, the day of the event not counted. Source: QZ (3 天).

    >>> add_days(date(2026, 2, 27), 3)
    DueOn(2026, 3, 2)
    """
    _within(count, MOST_DAYS, "天数")
    start = plain(start)
    return _due(start, start + timedelta(days=count), rule or f"days({count})", f" {count} 天")


def add_months(start: date, count: int, *, rule: str = "") -> DueOn:
    """The same calendar day `count` months (个月) after `start`, or the last day of a shorter month.

    Source: JJ-16-stop (提前 3 个月), JX-29-half-year, JX-30-trial (6 个月).

    >>> add_months(date(2026, 8, 31), 6), add_months(date(2025, 3, 10), 3)
    (DueOn(2027, 2, 28), DueOn(2025, 6, 10))
    """
    _within(count, MOST_MONTHS, "月数")
    start = plain(start)
    return _due(start, _months_on(start, count), rule or f"months({count})", f" {count} 个月")


def add_years(start: date, count: int, *, rule: str = "") -> DueOn:
    """The same calendar day `count` years (年) after `start`; 29 February becomes 28 February in a common year.

    Source: JJ-08.1-three-fails (一年内), JX-08-validity (两年).

    >>> add_years(date(2024, 2, 29), 1)
    DueOn(2025, 2, 28)
    """
    _within(count, MOST_YEARS, "年数")
    start = plain(start)
    return _due(start, _months_on(start, 12 * count), rule or f"years({count})", f" {count} 年")


def end_of(month_day: str, today: date, *, rule: str = "") -> DueOn:
    """The next such day of a year (`06-30`) on or after `today`; `02-29` is the last day of February in every year.

    Source: JX-08-collect (6 月底前), JX-36-om-budget (8 月底前).

    >>> end_of("06-30", date(2026, 6, 30)), end_of("06-30", date(2026, 7, 1))
    (DueOn(2026, 6, 30), DueOn(2027, 6, 30))
    """
    found = _MONTH_DAY.fullmatch(month_day)
    month, day = (int(found[1]), int(found[2])) if found else (0, 0)
    if not (1 <= month <= 12 and 1 <= day <= monthrange(2024, month)[1]):
        raise ValueError(f"日期应写作“月-日”，例如 06-30，不能是“{month_day}”")
    today = plain(today)
    due = _clamped(today.year, month, day)
    if due < today:
        due = _clamped(today.year + 1, month, day)
    return _due(today, due, rule or f'end_of("{month_day}")', f"截至 {month} 月 {day} 日")


def _months_on(start: date, count: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + count, 12)
    return _clamped(year, month + 1, start.day)


def _clamped(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))


def _within(count: int, most: int, what: str) -> None:
    if not 0 <= count <= most:
        raise ValueError(f"{what}应为 0 到 {most}，不能是 {count}")


def _due(start: date, due: date, rule: str, words: str) -> DueOn:
    return DueOn.of(Basis(start=start, rule=rule, words=words, due=due))
