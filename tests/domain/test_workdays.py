"""Working days and periods: the shipped notices, dates checked by hand on a wall calendar, and laws of arithmetic."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from adapters import clock, library
from domain.deadlines import DueOn, Standing, standing
from domain.workdays import (
    HolidayYear,
    WorkCalendar,
    add_days,
    add_months,
    add_working_days,
    add_years,
    end_of,
    nth_working_day,
    working_days_between,
)  # fmt: skip

ROOT = Path(__file__).resolve().parents[2]
NATIONAL = library.calendar(ROOT / "bpmn")
GOLDEN = yaml.safe_load((ROOT / "tests/golden/holidays.yaml").read_text("utf-8"))

days = st.dates(date(2018, 12, 1), date(2028, 12, 31))
counts = st.integers(0, 120)


def day(text: str) -> date:
    return date.fromisoformat(text)


# --- the notices -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", sorted(GOLDEN))
def test_every_day_of_the_year_is_as_two_other_sources_say(year: int) -> None:
    off, worked = set(GOLDEN[year]["days_off"]), set(GOLDEN[year]["worked_weekends"])
    today, seen = date(year, 1, 1), 0
    while today.year == year:
        assert NATIONAL.is_working_day(today) == (today in worked or (today.weekday() < 5 and today not in off)), today
        assert not NATIONAL.provisional(today)
        today, seen = today + timedelta(days=1), seen + 1
    assert seen in (365, 366)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("2019-02-04", "春节"), ("2019-04-05", "清明节"), ("2019-05-04", "劳动节"), ("2019-06-07", "端午节"), ("2019-09-13", "中秋节"),
        ("2020-01-31", "春节"), ("2020-02-02", "春节"), ("2020-10-08", "国庆节、中秋节"),
        ("2021-09-21", "中秋节"), ("2021-10-07", "国庆节"),
        ("2022-01-03", "元旦"), ("2022-12-31", "元旦"), ("2023-01-02", "元旦"), ("2023-09-29", "中秋节、国庆节"), ("2024-06-10", "端午节"),
        ("2024-09-17", "中秋节"), ("2025-01-28", "春节"), ("2025-10-06", "国庆节、中秋节"),
        ("2026-02-23", "春节"), ("2026-09-27", "中秋节"),
        ("2026-10-03", "国庆节"), ("2026-10-11", "周末"), ("2026-06-13", "周末"),
    ],
)  # fmt: skip
def test_a_day_off_says_why(text: str, name: str) -> None:
    assert NATIONAL.why_off(day(text)) == name


def test_every_notice_names_the_seven_holidays_of_its_year() -> None:
    for year in range(2019, 2027):
        file = ROOT / f"bpmn/national/holidays-{year}.yaml"
        notice = library.notice(file.read_bytes(), f"national/{file.name}")
        names = "、".join(one.name for one in notice.holidays)
        assert all(name in names for name in ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")), (year, names)
        assert f"关于{year}年部分节假日安排的通知" in notice.notice


def test_a_year_without_notice_is_counted_by_weekdays_and_says_so() -> None:
    assert NATIONAL.provisional(date(2027, 1, 1))
    assert NATIONAL.is_working_day(date(2027, 10, 1))
    due = add_working_days(date(2026, 12, 31), 1, NATIONAL)
    assert due == date(2027, 1, 1)
    assert due.basis.provisional
    assert "暂定" in due.basis.explain()
    assert not add_working_days(date(2026, 12, 30), 1, NATIONAL).basis.provisional


def test_a_notice_that_contradicts_itself_is_refused() -> None:
    ok = {"year": 2027, "notice": "通知", "holidays": [{"name": "元旦", "days": [date(2027, 1, 1)]}]}
    assert WorkCalendar.of([HolidayYear.model_validate(ok)]).why_off(date(2027, 1, 1)) == "元旦"
    for worked, words in (([date(2027, 1, 1)], "写了两次"), ([date(2027, 1, 4)], "周六或周日"), ([date(2028, 1, 2)], "不属于 2027 年")):
        with pytest.raises(ValueError, match=words):
            HolidayYear.model_validate(ok | {"worked": worked})


# --- periods of working days, by hand --------------------------------------------------------------------------------------------------

BY_HAND = [
    # JJ-11-contract and JJ-15-filing, as their clauses say
    ("2025-03-03", 7, "2025-03-12", "周一签订，其间一个周末"),
    ("2025-03-07", 7, "2025-03-18", "周五验收，其间两个周末"),
    # 2018–2020
    ("2018-12-28", 1, "2018-12-29", "元旦前周六上班"),
    ("2018-12-28", 2, "2019-01-02", "元旦 12 月 30 日至 1 月 1 日"),
    ("2019-02-01", 2, "2019-02-03", "春节前周末两天上班"),
    ("2019-02-03", 1, "2019-02-11", "春节 4 日至 10 日"),
    ("2019-04-26", 1, "2019-04-28", "周日上班"),
    ("2019-04-30", 1, "2019-05-05", "劳动节四天，5 日周日上班"),
    ("2020-01-17", 1, "2020-01-19", "周日上班"),
    ("2020-01-23", 1, "2020-02-03", "春节延长至 2 月 2 日"),
    ("2020-09-30", 1, "2020-10-09", "国庆中秋八天"),
    ("2020-09-30", 2, "2020-10-10", "周六上班"),
    # 2021–2023
    ("2021-02-10", 1, "2021-02-18", "春节 11 日至 17 日"),
    ("2021-02-10", 3, "2021-02-20", "周六上班"),
    ("2021-12-31", 1, "2022-01-04", "元旦 1 日至 3 日"),
    ("2022-01-28", 2, "2022-01-30", "春节前周末两天上班"),
    ("2022-01-30", 1, "2022-02-07", "春节 31 日至 6 日"),
    ("2022-09-30", 2, "2022-10-09", "国庆后周末两天上班"),
    ("2022-12-30", 1, "2023-01-03", "元旦自 12 月 31 日"),
    ("2023-01-20", 2, "2023-01-29", "春节后周末两天上班"),
    ("2023-06-21", 1, "2023-06-25", "端午后周日上班"),
    ("2023-09-28", 1, "2023-10-07", "中秋国庆八天，7 日周六上班"),
    ("2023-12-29", 1, "2024-01-02", "元旦与周末连休"),
    # 2024, a leap year
    ("2024-02-08", 1, "2024-02-09", "除夕当年不在放假安排之内"),
    ("2024-02-09", 1, "2024-02-18", "周日上班"),
    ("2024-02-28", 1, "2024-02-29", "闰日是工作日"),
    ("2024-02-29", 1, "2024-03-01", "闰日不计入"),
    ("2024-04-03", 1, "2024-04-07", "清明后周日上班"),
    ("2024-05-10", 1, "2024-05-11", "周六上班"),
    ("2024-09-13", 1, "2024-09-14", "中秋前周六上班"),
    ("2024-09-14", 1, "2024-09-18", "中秋 15 日至 17 日"),
    ("2024-09-30", 4, "2024-10-11", "国庆后第四个"),
    ("2024-09-30", 5, "2024-10-12", "周六上班"),
    # 2025
    ("2025-01-24", 1, "2025-01-26", "周日上班"),
    ("2025-01-27", 1, "2025-02-05", "春节 28 日至 4 日"),
    ("2025-02-07", 1, "2025-02-08", "周六上班"),
    ("2025-04-03", 1, "2025-04-07", "清明三天"),
    ("2025-04-30", 1, "2025-05-06", "劳动节五天"),
    ("2025-05-30", 1, "2025-06-03", "端午三天"),
    ("2025-09-30", 1, "2025-10-09", "国庆中秋八天"),
    ("2025-09-30", 7, "2025-10-16", "11 日周六上班"),
    ("2025-12-31", 1, "2026-01-04", "元旦三天，4 日周日上班"),
    # 2026
    ("2026-02-13", 7, "2026-03-02", "春节九天，14 日、28 日周六上班"),
    ("2026-02-14", 1, "2026-02-24", "春节 15 日至 23 日"),
    ("2026-02-28", 1, "2026-03-02", "周六上班后的周一"),
    ("2026-04-03", 1, "2026-04-07", "清明三天"),
    ("2026-04-30", 1, "2026-05-06", "劳动节五天"),
    ("2026-05-06", 3, "2026-05-09", "周六上班"),
    ("2026-06-18", 1, "2026-06-22", "端午三天"),
    ("2026-09-18", 1, "2026-09-20", "周日上班"),
    ("2026-09-24", 1, "2026-09-28", "中秋三天"),
    ("2026-09-30", 1, "2026-10-08", "国庆七天"),
    ("2026-09-30", 7, "2026-10-15", "10 日周六上班"),
    ("2026-10-10", 1, "2026-10-12", "周六上班后的周一"),
    ("2026-10-01", 1, "2026-10-08", "起算日在假期内"),
    ("2026-10-03", 0, "2026-10-03", "零个工作日即当日"),
]


@pytest.mark.parametrize(("start", "count", "due", "why"), BY_HAND)
def test_last_day_by_hand(start: str, count: int, due: str, why: str) -> None:
    assert add_working_days(day(start), count, NATIONAL) == day(due), why


@pytest.mark.parametrize(
    ("year", "month", "n", "expected"),
    [
        (2019, 12, -1, "2019-12-31"), (2020, 12, -1, "2020-12-31"), (2021, 12, -1, "2021-12-31"), (2022, 12, -1, "2022-12-30"),
        (2023, 12, -1, "2023-12-29"), (2024, 12, -1, "2024-12-31"), (2025, 12, -1, "2025-12-31"), (2026, 12, -1, "2026-12-31"),
        (2022, 1, 1, "2022-01-04"), (2023, 4, 1, "2023-04-03"), (2023, 7, 1, "2023-07-03"), (2023, 10, 1, "2023-10-07"),
        (2025, 1, 1, "2025-01-02"), (2025, 10, 1, "2025-10-09"), (2025, 10, 5, "2025-10-14"), (2026, 1, 1, "2026-01-04"),
        (2026, 1, 5, "2026-01-08"), (2026, 4, 5, "2026-04-08"), (2026, 7, 5, "2026-07-07"), (2026, 10, 5, "2026-10-13"),
        (2024, 2, -1, "2024-02-29"), (2026, 2, -1, "2026-02-28"),
    ],
)  # fmt: skip
def test_nth_working_day_by_hand(year: int, month: int, n: int, expected: str) -> None:
    assert nth_working_day(year, month, n, NATIONAL) == day(expected)


def test_a_month_without_such_a_working_day_is_refused() -> None:
    for n in (0, 24, -24):
        with pytest.raises(ValueError, match="没有第"):
            nth_working_day(2026, 10, n, NATIONAL)


# --- periods in calendar units, by hand ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        (add_months(day("2025-03-10"), 3), "2025-06-10"),  # JJ-16-stop: 9 June too early, 10 June in time
        (add_months(day("2026-08-31"), 6), "2027-02-28"),
        (add_months(day("2023-08-31"), 6), "2024-02-29"),
        (add_months(day("2026-01-31"), 1), "2026-02-28"),
        (add_months(day("2026-01-30"), 1), "2026-02-28"),
        (add_months(day("2026-03-31"), 1), "2026-04-30"),
        (add_months(day("2026-02-28"), 1), "2026-03-28"),
        (add_months(day("2026-12-15"), 1), "2027-01-15"),
        (add_months(day("2026-11-30"), 3), "2027-02-28"),
        (add_months(day("2026-05-05"), 0), "2026-05-05"),
        (add_months(day("2026-05-05"), 36), "2029-05-05"),
        (add_years(day("2024-02-29"), 1), "2025-02-28"),
        (add_years(day("2024-02-29"), 4), "2028-02-29"),
        (add_years(day("2026-09-01"), 2), "2028-09-01"),
        (add_days(day("2026-02-27"), 3), "2026-03-02"),
        (add_days(day("2024-02-27"), 3), "2024-03-01"),
        (add_days(day("2026-12-30"), 3), "2027-01-02"),
        (end_of("06-30", day("2026-06-30")), "2026-06-30"),
        (end_of("06-30", day("2026-07-01")), "2027-06-30"),
        (end_of("12-31", day("2026-12-31")), "2026-12-31"),
        (end_of("8-31", day("2026-01-01")), "2026-08-31"),
        (end_of("02-29", day("2026-01-01")), "2026-02-28"),
        (end_of("02-29", day("2026-03-01")), "2027-02-28"),
        (end_of("02-29", day("2027-03-01")), "2028-02-29"),
    ],
)
def test_calendar_units_by_hand(due: DueOn, expected: str) -> None:
    assert due == day(expected)
    assert due.basis.due == due


@pytest.mark.parametrize("wrong", ["6月30日", "13-01", "02-30", "06-31", "", "0630", "2026-06-30", "00-10", "06-00"])
def test_a_day_of_the_year_must_exist(wrong: str) -> None:
    with pytest.raises(ValueError, match="月-日"):
        end_of(wrong, day("2026-01-01"))


@pytest.mark.parametrize("count", [-1, 2_501])
def test_counts_are_bounded(count: int) -> None:
    with pytest.raises(ValueError, match="工作日数应为"):
        add_working_days(day("2026-01-05"), count, NATIONAL)
    with pytest.raises(ValueError, match="应为 0 到"):
        add_months(day("2026-01-05"), count if count < 0 else 1_201)


def test_a_moment_is_no_day() -> None:
    with pytest.raises(TypeError, match="给出日期"):
        add_working_days(clock.moment(day("2026-01-05")), 1, NATIONAL)


# --- reasons ---------------------------------------------------------------------------------------------------------------------------


def test_a_deadline_over_national_day_explains_itself() -> None:
    basis = add_working_days(day("2026-09-30"), 7, NATIONAL, rule='workdays(7, after=answer("sign_contract", "signed_on"))').basis
    assert basis.rule == 'workdays(7, after=answer("sign_contract", "signed_on"))'
    assert [one for one, _ in basis.skipped] == [date(2026, 10, n) for n in range(1, 8)]
    assert basis.worked == ((date(2026, 10, 10), "调休上班"),)
    assert basis.explain() == (
        "自 2026年9月30日 起（当日不计入），期限为 7 个工作日；其间不计 10月1日至10月7日（国庆节）、周末 1 天；"
        "调休上班计入 10月10日；最后一日为 2026年10月15日。"
    )


def test_a_pause_stops_the_clock() -> None:
    """补正: from Wednesday to the next Monday nothing counts."""
    pause = (day("2025-03-05"), day("2025-03-10"), "补正材料")
    due = add_working_days(day("2025-03-03"), 7, NATIONAL, pauses=[pause])
    assert due == day("2025-03-18")  # 4 March, then 11 to 14, 17 and 18 March
    assert due.basis.paused == (pause,)
    assert "3月5日至3月10日暂停计时（补正材料）" in due.basis.explain()


def test_a_pause_outside_the_period_changes_nothing() -> None:
    plain = add_working_days(day("2025-03-03"), 7, NATIONAL)
    for pause in ((day("2025-03-13"), day("2025-03-20"), "补正"), (day("2025-02-20"), day("2025-03-03"), "补正")):
        due = add_working_days(day("2025-03-03"), 7, NATIONAL, pauses=[pause])
        assert due == plain
        assert due.basis.paused == ()


def test_a_pause_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="早于开始日"):
        add_working_days(day("2025-03-03"), 7, NATIONAL, pauses=[(day("2025-03-06"), day("2025-03-05"), "补正")])


def test_standing_turns_yellow_three_days_before_and_red_after() -> None:
    due = add_working_days(day("2026-09-30"), 7, NATIONAL)
    lights = [standing(due, day(f"2026-10-{n}")) for n in (11, 12, 15, 16)]
    assert lights == [Standing.EARLY, Standing.SOON, Standing.SOON, Standing.OVERDUE]


# --- laws ------------------------------------------------------------------------------------------------------------------------------


@given(days, counts, counts)
def test_periods_add_up(start: date, a: int, b: int) -> None:
    assert add_working_days(add_working_days(start, a, NATIONAL), b, NATIONAL) == add_working_days(start, a + b, NATIONAL)


@given(days, days, counts)
def test_a_later_event_never_ends_earlier(one: date, other: date, count: int) -> None:
    first, second = sorted((one, other))
    assert add_working_days(first, count, NATIONAL) <= add_working_days(second, count, NATIONAL)


@given(days, st.integers(1, 120))
def test_never_lands_on_a_day_off_and_always_moves_on(start: date, count: int) -> None:
    due = add_working_days(start, count, NATIONAL)
    assert NATIONAL.is_working_day(due)
    assert add_working_days(start, count - 1, NATIONAL) < due


@given(days, counts)
def test_counting_back_gives_the_same_number(start: date, count: int) -> None:
    due = add_working_days(start, count, NATIONAL)
    assert working_days_between(start, due, NATIONAL) == count
    assert working_days_between(due, start, NATIONAL) == -count


@given(days, st.integers(1, 60))
def test_every_day_of_a_period_is_accounted_for(start: date, count: int) -> None:
    """Counted + holidays + weekends = calendar days."""
    basis = add_working_days(start, count, NATIONAL).basis
    assert count + len(basis.skipped) + basis.weekends == (basis.due - start).days
    assert all(not NATIONAL.is_working_day(one) for one, _ in basis.skipped)


@given(days, st.integers(1, 30), st.integers(0, 20), st.integers(0, 20))
def test_a_pause_delays_by_the_working_days_it_takes(start: date, count: int, after: int, length: int) -> None:
    since = start + timedelta(days=after)
    pause = (since, since + timedelta(days=length), "补正")
    due = add_working_days(start, count, NATIONAL, pauses=[pause])
    taken = [d for n in range(1, (due - start).days + 1) if pause[0] <= (d := start + timedelta(days=n)) <= pause[1]]
    assert working_days_between(start, due, NATIONAL) == count + sum(NATIONAL.is_working_day(d) for d in taken)


@given(days, st.integers(0, 240))
def test_months_land_in_the_right_month(start: date, count: int) -> None:
    due = add_months(start, count)
    assert (due.year * 12 + due.month) - (start.year * 12 + start.month) == count
    assert due.day == start.day or (due.day < start.day and (due + timedelta(days=1)).day == 1)


@given(days, st.integers(1, 12), st.integers(1, 28))
def test_the_end_of_a_period_is_within_a_year(today: date, month: int, number: int) -> None:
    due = end_of(f"{month:02}-{number:02}", today)
    assert (due.month, due.day) == (month, number)
    assert 0 <= (due - today).days <= 365
