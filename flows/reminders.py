"""催办: on working days at 08:30, write today's reminders."""

from __future__ import annotations

from prefect import flow

from flows.showing import PATIENT, told
from tasks import runs


@flow(name="催办", description="提醒临近到期、今日到期和超期的待办，每种只提醒一次。", **PATIENT)
async def remind_due() -> str:
    """Answers the title of the run."""
    return await told(runs.remind)
