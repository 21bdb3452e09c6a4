"""One tick (定时任务): all that the calendar asks for at a moment. Harmless twice, late, in parallel; the same without Prefect."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from adapters.database import Database
from tasks import deadlines, notices, project_codes, reminders, rounds, timers


@dataclass
class Report:
    """What a tick did, for logs and operators."""

    lines: list[str] = field(default_factory=list)


def run(database: Database, *, now: datetime) -> Report:
    """A new calendar first, then due timers, rounds, reminders, and what is to be sent."""
    report = Report()
    moved = deadlines.follow_calendar(database, now=now)
    if moved:
        report.lines.append(f"放假通知更新，{len(moved)} 项期限改了日期")
    swept = timers.fire_due(database, now=now)
    if swept.fired:
        report.lines.append(f"到期事项 {swept.fired} 项，涉及办件 {len(swept.cases)} 个")
    report.lines += [f"异常：{one}" for one in swept.incidents]
    for one in rounds.open_due(database, now=now):
        report.lines.append(f"批次“{one.round.title}”开办（{one.day:%Y-%m-%d}）")
    written = reminders.write_due(database, now=now)
    if written:
        report.lines.append(f"写出提醒 {written} 条")
    report.lines += project_codes.sweep_if_known(database, now=now)
    report.lines += notices.deliver(database, now=now).lines
    return report
