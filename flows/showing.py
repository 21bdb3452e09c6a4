"""How a run looks in the Prefect UI: a name in business words, a table with links to the cases, a log in Chinese.

Outside a run (tests, a shell) the same functions do the work and show nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

from prefect import Flow, State
from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext
from prefect.logging import get_run_logger

from adapters import clock, settings
from adapters.database import Database, open_database
from tasks import incidents
from tasks.runs import Told

LONGEST_NAME = 200
IDLE = "无事"  #: tag of a run that found nothing to do; such runs are dropped after a day


@lru_cache(maxsize=1)
def database() -> Database:
    """The database of the settings, opened once in this process; `lianshen serve` brings it to the newest revision."""
    return open_database(settings.settings().database_url)


async def told(sweep: Callable[..., Told], *about: Any) -> str:
    """Do a sweep beside the event loop and show what it did. Answers its title."""
    done = await asyncio.to_thread(sweep, database(), *about, now=clock.now())
    if (run := FlowRunContext.get()) is not None and run.flow_run is not None:
        await _show(run.flow_run, done)
    return done.title


async def _show(run: FlowRun, done: Told) -> None:
    log = get_run_logger()
    log.info(done.title)
    for line in done.lines:
        log.info(line)
    async with get_client() as client:
        tags = [*run.tags, IDLE] if not done.rows and not done.lines else None
        await client.update_flow_run(run.id, name=done.title[:LONGEST_NAME], tags=tags)
    if done.rows:
        await acreate_table_artifact(table=done.rows, description=f"**{done.title}** {done.note}")
    elif done.note:
        await acreate_markdown_artifact(markdown=f"**{done.title}** {done.note}")


async def failed(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """A run that failed in spite of its retries becomes an incident: one for each deployment until it is settled."""
    todo = "请在定时任务控制台查看该次运行的日志；排除原因后下一次运行会补做全部工作，不会重复办理。"
    cause = f"定时任务“{flow.name}”没有完成：{_words(state)}"
    about = {"flow": flow.name, "parameters": {name: str(value) for name, value in flow_run.parameters.items()}}
    moment: datetime = clock.now()
    await asyncio.to_thread(incidents.note, database(), kind="RunFailed", cause=cause, todo=todo, about=about, now=moment)


def _words(state: State[Any]) -> str:
    return " ".join((state.message or state.name or "").split())[:300]
