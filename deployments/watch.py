"""Waiting and watching: until everything answers, until somebody stops us, while children fall and rise."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager

import httpx

from adapters import clock
from adapters.database import Database
from deployments.children import Child, ChildFailed
from tasks import incidents, ticks

LONGEST_START = 120.0
Say = Callable[[str], None]


@asynccontextmanager
async def until_told() -> AsyncIterator[asyncio.Event]:
    """An event that is set by Ctrl-C, SIGTERM or a closed terminal."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    yield stop


async def ready(children: Sequence[Child], url: str, stop: asyncio.Event, path: str = "/login") -> None:
    """Return when the address answers, or when told to stop. Raises ChildFailed when a child falls before."""
    end = time.monotonic() + LONGEST_START
    async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
        while not stop.is_set():
            for child in children:
                if not child.alive:
                    raise ChildFailed(f"{child.name}没有启动成功，日志 {child.log}：\n{child.last_words()}")
            with contextlib.suppress(httpx.HTTPError):
                if (await client.get(url + path)).status_code < 500:
                    return
            if time.monotonic() > end:
                raise ChildFailed(f"{LONGEST_START:g} 秒内没有等到 {url}{path} 应答，请查看日志。")
            await pause(0.2, stop)


def announce(begun: float, say: Say) -> None:
    """The line people wait for."""
    say(f"已就绪，用时 {time.monotonic() - begun:.1f} 秒。按 Ctrl-C 停止。")


async def children(all_of_them: Sequence[Child], stop: asyncio.Event, say: Say) -> None:
    """Until told to stop, start again what falls. Raises ChildFailed when one keeps falling."""
    while not stop.is_set():
        for child in all_of_them:
            if line := child.watch():
                say(line)
        await pause(0.5, stop)


async def tick(database: Database, every: float, stop: asyncio.Event, say: Say, *, wanted: Callable[[], bool] = lambda: True) -> None:
    """Do what the calendar asks for, without Prefect, whenever it is wanted."""
    while not stop.is_set():
        if wanted():
            try:
                report = await asyncio.to_thread(ticks.run, database, now=clock.now())
            except Exception as error:
                say(f"{clock.now():%H:%M} 定时任务没有完成，稍后重做：{incidents.in_words(error)}"[:400])
                logging.getLogger(__name__).debug("tick", exc_info=error)
            else:
                for line in report.lines:
                    say(f"{clock.now():%H:%M} {line}")
        await pause(every, stop)


async def pause(seconds: float, stop: asyncio.Event) -> None:
    """Sleep, or wake up to stop."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def ended(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel, and wait for their end."""
    for one in (waiting := list(tasks)):
        one.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
