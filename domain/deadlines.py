"""Deadlines (期限): a last day that can explain itself, and where an item stands before it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Basis:
    """Why a deadline is this day: start fact, rule, calendar, pauses."""

    start: date  #: day of the event; not counted (民法典 第二百零一条)
    rule: str  #: the authored expression, e.g. `workdays(7, after=answer("sign", "signed_on"))`
    words: str  #: the rule in Chinese, e.g. 7 个工作日
    due: date  #: last day, included
    skipped: tuple[tuple[date, str], ...] = ()  #: days not counted and why (国庆节, 周末)
    worked: tuple[tuple[date, str], ...] = ()  #: weekend days that count (调休上班)
    paused: tuple[tuple[date, date, str], ...] = ()
    weekends: int = 0  #: weekend days not counted besides those in `skipped`
    provisional: bool = False  #: 暂定: a year without a holiday notice was counted by weekdays

    def explain(self) -> str:
        """The whole reasoning in one Chinese paragraph."""
        parts = [f"自 {self.start:%Y年%-m月%-d日} 起（当日不计入），期限为{self.words}"]
        not_counted = [f"{_span(days)}（{why}）" for why, days in _runs(self.skipped)]
        if self.weekends:
            not_counted.append(f"周末 {self.weekends} 天")
        if not_counted:
            parts.append("其间不计 " + "、".join(not_counted))
        if self.worked:
            parts.append("调休上班计入 " + "、".join(f"{day:%-m月%-d日}" for day, _ in self.worked))
        for since, until, why in self.paused:
            parts.append(f"{since:%-m月%-d日}至{until:%-m月%-d日}暂停计时（{why}）")
        parts.append(f"最后一日为 {self.due:%Y年%-m月%-d日}")
        if self.provisional:
            parts.append("其中有年份尚无国务院办公厅放假通知，按周一至周五暂定，通知发布后重新计算")
        return "；".join(parts) + "。"


def _runs(days: Iterable[tuple[date, str]]) -> list[tuple[str, list[date]]]:
    """Neighbouring days with one reason, together."""
    runs: list[tuple[str, list[date]]] = []
    for day, why in days:
        if runs and runs[-1][0] == why and (day - runs[-1][1][-1]).days == 1:
            runs[-1][1].append(day)
        else:
            runs.append((why, [day]))
    return runs


def _span(days: list[date]) -> str:
    return f"{days[0]:%-m月%-d日}" + (f"至{days[-1]:%-m月%-d日}" if len(days) > 1 else "")


class DueOn(date):
    """A date that knows why it is this one. Compares and formats as a date; the engine hands `basis` on to the timer."""

    basis: Basis

    @classmethod
    def of(cls, basis: Basis) -> DueOn:
        """The last day of `basis` as a date."""
        self = cls(basis.due.year, basis.due.month, basis.due.day)
        self.basis = basis
        return self


class Standing(StrEnum):
    """Where an item stands: 绿灯, 黄灯, 红灯."""

    EARLY = "未到期"
    SOON = "临近到期"
    OVERDUE = "已超期"


def standing(due: date | None, today: date, *, soon_days: int = 3) -> Standing:
    """The light of an item; `soon_days` calendar days before the last day it turns yellow. No deadline is always early.

    >>> standing(date(2026, 3, 10), date(2026, 3, 11))
    <Standing.OVERDUE: '已超期'>
    """
    if due is None or (due - today).days > soon_days:
        return Standing.EARLY
    return Standing.SOON if today <= due else Standing.OVERDUE
