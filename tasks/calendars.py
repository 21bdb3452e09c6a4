"""The calendar of working days (工作日历): the notices that come with the program, and those an administrator has loaded since.

A new notice counts at once: every period of working days that still runs is counted again, what moved is told to its owners and listed.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from pydantic import ValidationError

from adapters import library
from adapters.database import Db, audit
from adapters.settings import settings
from domain.duties import SYSTEM_ADMIN
from domain.errors import InvalidAnswers, Unpublishable
from domain.holidays import Holiday, HolidayYear, WorkCalendar
from tasks.accounts import must_hold

MOST_BYTES = 100_000
OFF, WORKED = ("放假", "休", "假"), ("上班", "调休上班", "班")


@dataclass(frozen=True, slots=True)
class Year:
    """One year of the calendar for its page. `notice` None: there is none, weekdays count (暂定)."""

    year: int
    notice: str | None
    loaded: bool  #: by an administrator, not with the program
    holidays: tuple[tuple[str, str], ...]  #: (name, days)
    worked: str


def folder() -> Path:
    """Where loaded notices are kept: in the data folder, which is backed up with the database."""
    return settings().data / "holidays"


def current() -> WorkCalendar:
    """The calendar in force."""
    return library.calendar(settings().bpmn, folder())


def years(today: date) -> list[Year]:
    """The years of the notices, and the next ones without, newest first."""
    found: dict[int, Year] = {one: Year(one, None, False, (), "") for one in (today.year, today.year + 1)}
    for place, loaded in ((settings().bpmn / "national", False), (folder(), True)):
        for path in sorted(place.glob("holidays-*.yaml")) if place.is_dir() else ():
            with suppress(Unpublishable):
                one = library.notice(path.read_bytes(), path.name)
                holidays = tuple((each.name, _spans(each.days)) for each in one.holidays)
                found[one.year] = Year(one.year, one.notice, loaded, holidays, _spans(one.worked))
    return [found[year] for year in sorted(found, reverse=True)]


def load(db: Db, data: bytes, title: str, *, by: str, now: datetime) -> int:
    """Keep the notice of a year; answers the year. Raises NotAssigned, InvalidAnswers with what is wrong in the file.

    The file is YAML as those that come with the program, or CSV with 日期,安排,名称 (2027-01-01,放假,元旦). `title` is needed for CSV.
    """
    must_hold(db, by, SYSTEM_ADMIN, now)
    if not data.strip():
        raise _wrong("没有选择文件，或文件是空的。")
    if len(data) > MOST_BYTES:
        raise _wrong("文件过大，放假通知不会超过 100 KB。")
    year = _from_csv(data, title) if _is_csv(data) else _from_yaml(data)
    if not 2019 <= year.year <= now.year + 2:
        raise _wrong(f"{year.year} 年不是可以导入的年份。")
    place = folder()
    place.mkdir(parents=True, exist_ok=True)
    fresh = place / f".holidays-{year.year}.new"
    audit.append(db, at=now, actor=by, act="holidays-loaded", target=str(year.year), body={"notice": year.notice})
    with fresh.open("w", encoding="utf-8") as file:
        file.write(_written(year))
        file.flush()
        os.fsync(file.fileno())  # a power cut leaves the old notice or the new one, never half of it
    os.replace(fresh, place / f"holidays-{year.year}.yaml")
    return year.year


def _is_csv(data: bytes) -> bool:
    first = data.decode("utf-8-sig", "replace").lstrip().splitlines()[0]
    return "," in first and not first.rstrip().endswith(":") and ": " not in first


def _from_yaml(data: bytes) -> HolidayYear:
    try:
        raw = library.from_yaml(data)
        name = f"holidays-{raw['year']}.yaml" if isinstance(raw, dict) and "year" in raw else "holidays.yaml"
        return library.notice(data, name)
    except Unpublishable as refusal:
        raise _wrong("；".join(str(getattr(one, "what", one)) for one in refusal.findings)) from refusal
    except library.Unreadable as error:
        raise _wrong(f"{error}。") from error


def _from_csv(data: bytes, title: str) -> HolidayYear:
    if not title.strip():
        raise InvalidAnswers("放假安排没有导入。", {"notice": "请填写放假通知的名称和文号。"}, todo="请补全后重新提交。")
    off: dict[str, list[date]] = {}
    worked: list[date] = []
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise _wrong("文件不是 UTF-8 编码的 CSV。") from error
    for number, row in enumerate(rows, 1):
        cells = [one.strip() for one in row] + ["", "", ""]
        if not any(cells) or cells[0] == "日期":
            continue
        try:
            day = date.fromisoformat(cells[0])
        except ValueError as error:
            raise _wrong(f"第 {number} 行的“{cells[0][:20]}”不是日期，应写成 2027-01-01。") from error
        if cells[1] in WORKED:
            worked.append(day)
        elif cells[1] in OFF and cells[2]:
            off.setdefault(cells[2], []).append(day)
        else:
            raise _wrong(f"第 {number} 行应为“日期,放假,节日名称”或“日期,上班”。")
    if not off:
        raise _wrong("文件里没有放假的日子。")
    try:
        holidays = tuple(Holiday(name=name, days=tuple(sorted(days))) for name, days in off.items())
        year = max(day.year for days in off.values() for day in days)
        return HolidayYear(year=year, notice=" ".join(title.split())[:200], holidays=holidays, worked=tuple(sorted(worked)))
    except ValidationError as error:
        raise _wrong("；".join(str((one.get("ctx") or {}).get("error", one["msg"])) for one in error.errors())) from error


def _wrong(words: str) -> InvalidAnswers:
    return InvalidAnswers("放假安排没有导入。", {"file": words}, todo="请对照国务院办公厅的放假通知改正后重新导入。")


def _written(year: HolidayYear) -> str:
    """As the files that come with the program."""

    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    lines = [f"year: {year.year}", f"notice: {quoted(year.notice)}", "holidays:"]
    lines += [f"  - {{name: {quoted(one.name)}, days: [{', '.join(f'{day}' for day in one.days)}]}}" for one in year.holidays]
    lines.append(f"worked: [{', '.join(f'{day}' for day in year.worked)}]")
    return "\n".join(lines) + "\n"


def _spans(days: tuple[date, ...]) -> str:
    """`1月1日至3日` for neighbours."""
    return "、".join(_words(first, last) for first, last in _runs(sorted(days)))


def _runs(days: list[date]) -> Iterator[tuple[date, date]]:
    first = last = None
    for day in days:
        if last is not None and first is not None and (day - last).days != 1:
            yield first, last
            first = None
        first, last = first or day, day
    if first is not None and last is not None:
        yield first, last


def _words(first: date, last: date) -> str:
    if first == last:
        return f"{first.month}月{first.day}日"
    end = f"{last.day}日" if first.month == last.month else f"{last.month}月{last.day}日"
    return f"{first.month}月{first.day}日至{end}"
