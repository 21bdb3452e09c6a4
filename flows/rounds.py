"""批次: open a round when its day has come; once a day open those that were missed."""

from __future__ import annotations

from prefect import flow

from flows.showing import PATIENT, told
from tasks import runs


@flow(name="批次开办", description="到日子开办一个批次；已开办的不重复开办。", **PATIENT)
async def open_round(jurisdiction: str, round_id: str) -> str:
    """Answers the title of the run."""
    return await told(runs.open_round, jurisdiction, round_id)


@flow(name="批次核对", description="补开停机期间错过的批次。", **PATIENT)
async def open_rounds() -> str:
    """Answers the title of the run."""
    return await told(runs.open_rounds)
