"""Holidays (节假日): what the yearly notices say, and the calendar of working days they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

WEEKEND = "周末"
_DAY = timedelta(days=1)


class Holiday(BaseModel):
    """One holiday of a notice with every day off it names, weekend days included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str  #: 国庆节; two that fall together: 国庆节、中秋节
    days: tuple[date, ...]


class HolidayYear(BaseModel):
    """What the State Council notice (国务院办公厅放假通知) says for one year; it may name days around the New Year before it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    year: int
    notice: str  #: title and, where known, number of the notice (文号)
    holidays: tuple[Holiday, ...]
    worked: tuple[date, ...] = ()  #: weekend days that are worked (调休)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        off = [day for holiday in self.holidays for day in holiday.days]
        for day in (*off, *self.worked):
            if day.year != self.year and not (day.year == self.year - 1 and day.month == 12):
                raise ValueError(f"{day:%Y-%m-%d} 不属于 {self.year} 年的放假安排")
        if twice := sorted({day for day in off if off.count(day) > 1} | (set(off) & set(self.worked))):
            raise ValueError("同一天写了两次：" + "、".join(f"{day:%Y-%m-%d}" for day in twice))
        if weekdays := [day for day in self.worked if day.weekday() < 5]:
            raise ValueError("调休上班日应是周六或周日：" + "、".join(f"{day:%Y-%m-%d}" for day in weekdays))
        return self


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The calendar of working days: Monday to Friday, corrected by the notices on file.

    A year without a notice counts by weekdays; `provisional(day)` is then true (暂定).
    """

    off: Mapping[date, str]  #: day off → holiday
    worked: frozenset[date]
    years: frozenset[int]  #: years whose notice is on file

    @classmethod
    def of(cls, years: Iterable[HolidayYear]) -> WorkCalendar:
        """The calendar these notices make. Of two notices that name the same day, the later year decides."""
        known = sorted(years, key=lambda one: one.year)
        off = {day: holiday.name for one in known for holiday in one.holidays for day in holiday.days}
        worked = {day for one in known for day in one.worked}
        return cls(off, frozenset(worked - off.keys()), frozenset(one.year for one in known))

    def is_working_day(self, day: date) -> bool:
        """Whether `day` counts as a working day.

        >>> NATIONAL.is_working_day(date(2026, 10, 10)), NATIONAL.is_working_day(date(2026, 10, 7))
        (True, False)
        """
        return self.why_off(day) is None

    def why_off(self, day: date) -> str | None:
        """国庆节, 周末…; None for a working day.

        >>> NATIONAL.why_off(date(2026, 10, 3)), NATIONAL.why_off(date(2026, 10, 11))
        ('国庆节', '周末')
        """
        if name := self.off.get(day):
            return name
        return WEEKEND if day.weekday() >= 5 and day not in self.worked else None

    def provisional(self, day: date) -> bool:
        """Whether the year of `day` has no holiday notice yet, so that its working days may still move (暂定)."""
        return day.year not in self.years

    def next_working_day(self, day: date) -> date:
        """`day` itself when it is worked, else the first working day after it."""
        found = date(day.year, day.month, day.day)
        while not self.is_working_day(found):
            found += _DAY
        return found
