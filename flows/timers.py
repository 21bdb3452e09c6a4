"""到期事项: every five minutes, wake the cases whose timers are due."""

from __future__ import annotations

from prefect import flow

from flows.showing import PATIENT, told
from tasks import runs


@flow(name="到期事项", description="唤醒期限已到的办件：期限届满、等待期结束、批次截止。", **PATIENT)
async def fire_due_timers() -> str:
    """Answers the title of the run."""
    return await told(runs.fire_due_timers)
