"""通知投递: every minute, hand over what the outbox holds."""

from __future__ import annotations

from prefect import flow

from flows.showing import PATIENT, told
from tasks import runs


@flow(name="通知投递", description="把系统内的通知送到收件人登记的渠道。", **PATIENT)
async def deliver_notices() -> str:
    """Answers the title of the run."""
    return await told(runs.deliver)
