"""The part of `lianshen serve` that knows Prefect: wait for the server, make the deployments, run the worker, keep order."""

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
from adapters.settings import settings
from deployments import registry, schedules, watch
from deployments.children import Child
from deployments.prefect_server import Console
from deployments.watch import Say
from deployments.worker import InLoopWorker, worker

SILENCE = 600.0  #: seconds without a finished run, after which we tick ourselves
EVERY = 60.0
SENDING = 3.0  #: seconds for the last logs and events
TIDY_EVERY = 3600.0


async def keep(database: Database, children: Sequence[Child], web: str, begun: float, say: Say) -> None:
    """From the start of the server to its end."""
    async with watch.until_told() as stop:
        await watch.ready(children, web, stop)
        say(f"网页            {web}")
        await watch.ready(children, Console.of(settings()).url, stop, "/api/health")
        if stop.is_set():
            return
        jobs = schedules.catalogue(database)
        async with get_client() as client:
            await registry.register(client, jobs)
            left = await registry.settle_leftovers(client, jobs, now=clock.now())
        say(f"定时任务        {len(jobs)} 项" + (f"，上次没有运行完的 {left} 项将由下一次运行补做" if left else ""))
        ours = worker()
        chores = [
            asyncio.create_task(_work(ours, stop, say)),
            asyncio.create_task(_order(database, stop, say)),
            asyncio.create_task(watch.tick(database, EVERY, stop, say, wanted=lambda: time.monotonic() - ours.last_finished > SILENCE)),
        ]
        watch.announce(begun, say)
        try:
            await watch.children(children, stop, say)
        finally:
            await ours.drain(8)
            await watch.ended(chores)
            await _hand_over()


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


async def _order(database: Database, stop: asyncio.Event, say: Say) -> None:
    """Follow newly published rules; keep the list of runs short."""
    seen, tidied = schedules.signature(database), time.monotonic()
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
