"""The part of `lianshen serve` that knows Prefect: make the deployments, run the worker, keep order."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import time
from collections.abc import Sequence

from prefect.client.orchestration import get_client
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogHandler

from adapters import clock
from adapters.database import Database
from deployments import registry, schedules, watch
from deployments.children import Child
from deployments.watch import Say
from deployments.worker import InLoopWorker, worker

SILENCE = 600.0  #: seconds without a finished run, after which we tick ourselves
EVERY = 60.0
AGAIN = 5.0  #: seconds before the deployments are tried again
SENDING = 3.0  #: seconds for the last logs and events
TIDY_EVERY = 3600.0


async def keep(database: Database, children: Sequence[Child], stop: asyncio.Event, say: Say) -> None:
    """From the first answer of the server to its end."""
    ours = worker()
    chores = [
        asyncio.create_task(_schedule(database, ours, stop, say)),
        asyncio.create_task(watch.tick(database, EVERY, stop, say, wanted=lambda: time.monotonic() - ours.last_finished > SILENCE)),
    ]
    try:
        await watch.children(children, stop, say)
    finally:
        await ours.drain(8)
        await watch.ended(chores)
        await _hand_over()


async def _schedule(database: Database, ours: InLoopWorker, stop: asyncio.Event, say: Say) -> None:
    """Make the deployments, then work and keep order; a server that falls meanwhile is waited for."""
    while not stop.is_set():
        try:
            seen = await asyncio.to_thread(schedules.signature, database)
            jobs = await asyncio.to_thread(schedules.catalogue, database)
            async with get_client() as client:
                await registry.register(client, jobs)
                left = await registry.settle_leftovers(client, jobs, now=clock.now())
        except Exception as error:
            say(f"定时任务还没有排好，稍后再试：{type(error).__name__}")
            await watch.pause(AGAIN, stop)
        else:
            say(f"定时任务        {len(jobs)} 项" + (f"，上次没有运行完的 {left} 项将由下一次运行补做" if left else ""))
            await asyncio.gather(_work(ours, stop, say), _order(database, seen, stop, say))


async def _hand_over() -> None:
    """Give Prefect the logs and events that still wait here, while its server is there to take them."""
    sending = EventsWorker.drain_all(timeout=SENDING)
    assert inspect.isawaitable(sending)  # in an event loop it always is
    await sending
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(APILogHandler.aflush(), SENDING)


async def _work(ours: InLoopWorker, stop: asyncio.Event, say: Say) -> None:
    """The worker, started again when it gives up on a server that was away for too long."""
    while not stop.is_set():
        try:
            await ours.start(printer=lambda *_: None)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            say(f"定时任务的执行程序中断，即将重新启动：{type(error).__name__}")
        await watch.pause(5, stop)


async def _order(database: Database, seen: str, stop: asyncio.Event, say: Say) -> None:
    """Follow newly published rules; keep the list of runs short."""
    tidied = time.monotonic()
    while not stop.is_set():
        await watch.pause(EVERY, stop)
        try:
            now = await asyncio.to_thread(schedules.signature, database)
            if now == seen and time.monotonic() - tidied < TIDY_EVERY:
                continue
            async with get_client() as client:
                if now != seen:
                    jobs = await asyncio.to_thread(schedules.catalogue, database)
                    made, gone = await registry.register(client, jobs)
                    say(f"规则集有新版本：定时任务更新 {made} 项，取消 {gone} 项。")
                    seen = now
                await registry.tidy(client, now=clock.now())
                tidied = time.monotonic()
        except Exception as error:
            say(f"定时任务一览暂时没有更新，稍后重试：{type(error).__name__}")
