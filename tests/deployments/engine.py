"""A worker process against a running Prefect server, for tests: `python -m tests.deployments.engine MOMENT JOB...`.

It registers the catalogue, settles what a dead worker left, runs the named jobs one after another at that moment of our clock, and prints
one JSON line for each: name, state, tags, artifacts and log lines as Prefect has them.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, LogFilter, LogFilterFlowRunId

from adapters import clock
from deployments import registry, schedules, worker
from flows import showing


async def main(moment: datetime, names: list[str]) -> None:
    async with get_client() as client:
        print(json.dumps(await register(client)), flush=True)
        async for done in work(client, moment, names):
            print(json.dumps(done, ensure_ascii=False), flush=True)


async def register(client: PrefectClient) -> dict[str, int]:
    jobs = schedules.catalogue(showing.database())
    made, gone = await registry.register(client, jobs)
    left = await registry.settle_leftovers(client, jobs, now=datetime.now(clock.SHANGHAI))
    return {"made": made, "gone": gone, "left": left}


async def work(client: PrefectClient, moment: datetime, names: Sequence[str]) -> AsyncIterator[dict[str, Any]]:
    """A worker of its own for these jobs, with our clock at that moment."""
    with clock.at(moment):
        ours = worker.worker()
        running = asyncio.create_task(ours.start(printer=lambda *_: None))
    for name in names:
        yield await run(client, name)
    await ours.drain(30)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def run(client: PrefectClient, name: str) -> dict[str, Any]:
    identifier = await registry.start_now(client, name)
    while True:
        found = await client.read_flow_run(identifier)
        if found.state is not None and found.state.is_final():
            break
        await asyncio.sleep(0.3)
    await asyncio.sleep(3)  # logs are sent in batches
    artifacts = await client.read_artifacts(artifact_filter=ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[identifier])))
    logs = await client.read_logs(log_filter=LogFilter(flow_run_id=LogFilterFlowRunId(any_=[identifier])))
    return {
        "name": found.name,
        "state": found.state.name,
        "message": found.state.message,
        "tags": sorted(found.tags),
        "artifacts": [[one.type, str(one.data), one.description] for one in artifacts],
        "logs": [one.message for one in logs],
    }


if __name__ == "__main__":
    asyncio.run(main(datetime.fromisoformat(sys.argv[1]), sys.argv[2:]))
