"""How a run looks in the Prefect UI: a name in business words, a table with links to the cases, a log in Chinese.

Outside a run (tests, a shell) the same functions do the work and show nothing.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, cast
from uuid import UUID

from prefect import Flow, State
from prefect.artifacts import acreate_markdown_artifact, acreate_progress_artifact, acreate_table_artifact, aupdate_progress_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext
from prefect.events import emit_event
from prefect.logging import get_run_logger

from adapters import clock, settings
from adapters.database import Database, open_database
from tasks import incidents
from tasks.runs import Told

LONGEST_NAME = 200
PAUSES = (10.0, 40.0, 120.0)  #: seconds between tries of a run
LONG, EVERY = 50, 2.0  #: a run with so much to do shows a bar, drawn anew after so many seconds
IDLE = "无事"  #: tag of a run that found nothing to do; such runs are dropped after a day


@lru_cache(maxsize=1)
def database() -> Database:
    """The database of the settings, opened once in this process; `lianshen serve` brings it to the newest revision."""
    return open_database(settings.settings().database_url)


async def told(sweep: Callable[..., Told], *about: Any) -> str:
    """Do a sweep beside the event loop and show what it did. Answers its title."""
    run = FlowRunContext.get()
    progress = Progress(asyncio.get_running_loop()) if run is not None and run.flow_run is not None else None
    if progress is None:
        return (await asyncio.to_thread(sweep, database(), *about, now=clock.now())).title
    done = await _patiently(partial(sweep, database(), *about, progress=progress))
    await progress.finish()
    if run is not None and run.flow_run is not None:
        await _show(run.flow_run, done)
    return done.title


async def _patiently(sweep: Callable[..., Told]) -> Told:
    """Do it; what fails is done again after longer and longer pauses, never all at the same moment. Raises what the last try raised."""
    for pause in PAUSES:
        try:
            return await asyncio.to_thread(sweep, now=clock.now())
        except Exception as error:
            wait = pause * (0.8 + secrets.randbelow(401) / 1000)
            get_run_logger().warning(f"没有完成：{incidents.in_words(error)}。{wait:.0f} 秒后重做，已经办理的不会重复。", exc_info=error)
            await asyncio.sleep(wait)
    return await asyncio.to_thread(sweep, now=clock.now())


class Progress:
    """A bar in the Prefect UI for a run that has much to do; short runs show none. Called from the thread of the sweep."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.artifact: UUID | None = None
        self.told = time.monotonic()

    def __call__(self, done: int, of: int) -> None:
        if of >= LONG and time.monotonic() - self.told > EVERY:
            self.told = time.monotonic()
            with suppress(Exception):  # a bar that cannot be drawn stops no work
                asyncio.run_coroutine_threadsafe(self._draw(done * 100 / of), self.loop).result(10)

    async def _draw(self, percent: float) -> None:
        if self.artifact is None:
            made = await acreate_progress_artifact(progress=percent, description="办理进度")
            self.artifact = cast(UUID, made)
        else:
            await aupdate_progress_artifact(artifact_id=self.artifact, progress=percent)

    async def finish(self) -> None:
        """All done."""
        if self.artifact is not None:
            await self._draw(100.0)


async def _show(run: FlowRun, done: Told) -> None:
    log = get_run_logger()
    log.info(done.title)
    for line in done.lines:
        log.info(line)
    async with get_client() as client:
        tags = [*run.tags, IDLE] if not (done.rows or done.lines or done.other) else None
        await client.update_flow_run(run.id, name=done.title[:LONGEST_NAME], tags=tags)
    if done.rows:
        await acreate_table_artifact(table=done.rows, description=f"**{done.title}** {done.note}")
    elif done.note:
        await acreate_markdown_artifact(markdown=f"**{done.title}** {done.note}")
    if done.other:
        about = "填报情况：谁已报，谁未报。" if "填报" in done.other[0] else "本批项目和结果。"
        await acreate_table_artifact(table=done.other, description=f"**{done.title}** {about}")
    for one in done.milestones:  # best effort: an automation may be built on it, no deadline
        name = f"lianshen.{'round' if one.name == 'round-opened' else 'case'}.{one.case}"
        resource = {"prefect.resource.id": name, "prefect.resource.name": one.kind, "lianshen.place": one.place}
        emit_event(f"lianshen.{one.name}", resource=resource, payload={"kind": one.kind, "place": one.place, "clause": one.clause})


async def failed(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """A run that failed in spite of its retries becomes an incident: one for each deployment until it is settled."""
    error: object = None
    todo = "请在定时任务控制台查看该次运行的日志；排除原因后下一次运行会补做全部工作，不会重复办理。"
    with suppress(Exception):
        error = await state.result(raise_on_failure=False)
    why = _because(error) if isinstance(error, Exception) else "运行中断"
    cause = f"定时任务“{flow.name}”没有完成：{why}。"
    about = {"flow": flow.name, "parameters": {name: str(value) for name, value in flow_run.parameters.items()}}
    moment: datetime = clock.now()
    await asyncio.to_thread(
        incidents.note, database(), kind="RunFailed", cause=cause, todo=todo, about=about, now=moment, detail=_words(state)
    )


def _because(error: Exception) -> str:
    """Why a run failed, in words for operators; what a developer needs goes into the detail."""
    return incidents.in_words(error)


def _words(state: State[Any]) -> str:
    return " ".join((state.message or state.name or "").split())[:300]


#: Prefect tries a run that failed once more; before that, `_patiently` has tried with longer and longer pauses
PATIENT: dict[str, Any] = {"retries": 1, "retry_delay_seconds": 60, "on_failure": [failed]}
