"""What administrators decide (管理事项): figures the text leaves open, and rounds that nobody opened in time."""

from __future__ import annotations

from datetime import date, datetime

from adapters.database import Database, Db, audit, rules
from domain.errors import NotFound, Refusal
from domain.rounds import check, resolved, setting_of
from domain.rulesets import Setting
from tasks import rounds, versions


def listed(db: Db, code: str) -> list[tuple[Setting, object]]:
    """Every figure that the text leaves open, with the value in force. Raises NotFound."""
    _, ruleset = versions.current(db, code)
    given = rules.settings(db, code)
    return [(one, given.get(one.id, one.value)) for one in ruleset.settings.values()]


def set_figure(db: Db, code: str, name: str, text: str, *, by: str, now: datetime) -> Setting:
    """Give a figure a value; earlier ones stay as history. Raises NotFound, or Refusal when the value has the wrong shape."""
    _, ruleset = versions.current(db, code)
    known = ruleset.settings.get(name)
    if known is None:
        raise NotFound(f"没有名为“{name}”的设置项。", todo="可选：" + "、".join(ruleset.settings) + "。")
    value: str | int
    if name in {rule for one in ruleset.rounds.values() for opens in (one.opens, one.closes) if (rule := setting_of(opens))}:
        value = _rule(known, text)
    elif isinstance(known.value, int):
        if not text.isdigit() or not 0 < int(text) <= 10_000:
            raise Refusal(f"“{known.title}”应是 1 到 10000 的整数，现为“{text}”。", todo="请改正后重新设置。", clause=known.clause)
        value = int(text)
    else:
        value = _day(known, text)
    rules.set_setting(db, code, name, value, by=by, at=now)
    audit.append(db, at=now, actor=by, act="setting", target=f"{code}.{name}", body={"value": value})
    return known


def _day(known: Setting, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise Refusal(f"“{known.title}”应是日期，现为“{text}”。", todo="请写成 2026-01-01。", clause=known.clause) from error


def _rule(known: Setting, text: str) -> str:
    """When a round opens: a day of the year, or any other rule of rounds."""
    if wrong := check(resolved("setting day", {"day": text})):
        raise Refusal(
            f"“{known.title}”不是日期：{wrong}。", todo="请写成 03-01（每年3月1日），或 workday 1 of 1,4,7,10。", clause=known.clause
        )
    return text


def open_round(database: Database, code: str, name: str, day: date, *, now: datetime) -> int:
    """Open a round of some day by hand, e.g. one missed for longer than ticks look back. Answers how many cases; 0: open already."""
    with database.reading() as db:
        _, ruleset = versions.current(db, code)
    one = ruleset.rounds.get(name)
    if one is None:
        raise NotFound(f"没有名为“{name}”的批次。", todo="可选：" + "、".join(ruleset.rounds) + "。")
    if not one.procedure:
        raise Refusal(f"“{one.title}”只发通知，不开办流程。", todo="请等待到期自动通知。")
    return len(rounds.run(database, rounds.Sweep(code, one, day), now=now))
