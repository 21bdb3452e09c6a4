"""A server on the loopback in a thread of its own, for partners that tests play themselves."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterator

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.contextmanager
def listening(talk: Talk) -> Iterator[int]:
    """Every conversation goes to `talk`; yields the port, a free one. Gone after the block, whatever still talks."""
    ready, stop = threading.Event(), asyncio.Event()
    made: list[tuple[asyncio.AbstractEventLoop, int]] = []

    async def serve() -> None:
        server = await asyncio.start_server(talk, "127.0.0.1", 0, backlog=500)
        made.append((asyncio.get_running_loop(), server.sockets[0].getsockname()[1]))
        ready.set()
        await stop.wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(10)
    ((loop, port),) = made
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
