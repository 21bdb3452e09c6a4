"""Completions through the real web application: 16 clients at once, beside a trivial POST with one durable commit on the same server."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.parse import urlencode
from uuid import uuid4

from adapters import clock
from adapters.database import open_database, people
from adapters.database.tables import PostRow, WorkItem
from benchmarks import reference
from tasks import sessions

CLIENTS = 16
OURS, FLOOR = "联审", "空路由"
STEPS = ("apply", "pre_review", "countersign", "cost_review")
WAITING = 30.0  #: seconds a server may take to answer for the first time


@dataclass
class Window:
    """One round of one contender: seconds of each request, and of the whole round."""

    took: list[float] = field(default_factory=list)
    elapsed: float = 0.0

    @property
    def a_second(self) -> float:
        return len(self.took) / self.elapsed

    def rank_ms(self, share: float) -> float:
        """The request that this share of the others did not exceed."""
        return sorted(self.took)[min(len(self.took) - 1, int(len(self.took) * share))] * 1e3


@dataclass
class Served:
    """What one database answered over HTTP."""

    database: str
    rounds: dict[str, list[Window]] = field(default_factory=lambda: {OURS: [], FLOOR: []})

    def middle(self, contender: str, value: Callable[[Window], float]) -> float:
        """Median over the rounds."""
        return median(value(one) for one in self.rounds[contender])

    @property
    def ratio(self) -> float:
        """Ours by the trivial route, both from the same round."""
        return median(one.a_second / two.a_second for one, two in zip(self.rounds[OURS], self.rounds[FLOOR], strict=True))


def run(name: str, url: Callable[[str], str], folder: Path, *, rounds: int, cases: int) -> Served:
    """Each round sends every kind of step of `cases` cases (six requests a case) from 16 clients, then as many trivial ones."""
    served = Served(name)
    address = url("http")
    database = open_database(address)
    try:
        town = reference.town(database)
        cookies = _signed_in(town)
        with _server("deployments.web_process", address, folder) as ours, _server("benchmarks.bare_server", url("posts"), folder) as bare:
            asyncio.run(_window(ours, _requests(town, cookies, 1), 303))  # the first ones parse and cache the rules
            asyncio.run(_window(bare, [_post("/bare", "", b"")] * CLIENTS, 204))
            for _ in range(rounds):
                requests = _requests(town, cookies, cases)
                served.rounds[OURS].append(asyncio.run(_window(ours, requests, 303)))
                served.rounds[FLOOR].append(asyncio.run(_window(bare, [_post("/bare", "", b"")] * len(requests), 204)))
    finally:
        database.close()
    return served


def _signed_in(town: reference.Town) -> dict[str, str]:
    """Person → session cookie, with the posts that the pages look up."""
    posts = [(one.id, post.office, post.unit) for one in [*town.owners, *town.players.values()] for post in one.posts]
    with town.database.transaction() as db:
        for person, office, unit in posts:
            people.add_post(db, PostRow(id=uuid4().hex, person=person, jurisdiction=reference.CODE, office=office, unit=unit))
        return {person: sessions.begin(db, person, address="bench", now=clock.now()) for person, _, _ in posts}


def _requests(town: reference.Town, cookies: dict[str, str], cases: int) -> list[bytes]:
    """A completion of every kind of step, as browsers send them; the cases stand ready, each before its step."""
    found = []
    for _ in range(cases):
        for step in STEPS:
            case = town.open()
            while (waiting := town.waiting(case)) and not waiting[0].step.startswith(step):
                town.complete(waiting[0], reference.answers(town.lot, waiting[0].step))
            found += [_completion(town, cookies, item) for item in waiting]
    town.lot.shuffle(found)
    return found


def _completion(town: reference.Town, cookies: dict[str, str], item: WorkItem) -> bytes:
    given = {"_key": uuid4().hex, **{name: str(value) for name, value in reference.answers(town.lot, item.step).items()}}
    return _post(f"/items/{item.id}", cookies[town.official(item).id], urlencode(given).encode())


def _post(path: str, cookie: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nCookie: sid={cookie}\r\nSec-Fetch-Site: same-origin\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _window(port: int, requests: Sequence[bytes], expected: int) -> Window:
    """Send them all, from as many clients as there are, each with one request under way."""
    window, waiting = Window(), list(requests)

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while waiting:
            request = waiting.pop()
            began = time.perf_counter()
            writer.write(request)
            status = await _status(reader)
            window.took.append(time.perf_counter() - began)
            assert status == expected, f"{request[:120]!r} was answered {status}"
        writer.close()
        await writer.wait_closed()

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    window.elapsed = time.perf_counter() - began
    return window


async def _status(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = next((int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.startswith(b"content-length:")), 0)
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])


@contextmanager
def _server(module: str, address: str, folder: Path) -> Iterator[int]:
    """A server process of its own; answers its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {**os.environ, "DATABASE_URL": address, "LIANSHEN_DATA": str(folder / "data")}
    process = subprocess.Popen([sys.executable, "-m", module, "--port", str(port)], env=environment, cwd=Path(__file__).parents[1])
    try:
        _await(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + WAITING
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the server did not come up")
