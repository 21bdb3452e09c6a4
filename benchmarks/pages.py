"""What pages weigh, and how soon the first inbox stands, in a real browser on the real application with the shipped rules."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from adapters.database import cases, items
from tasks.scenarios.language import Begin
from tests.browser import worlds

OWNER = f"{worlds.PLACE}.owner.edu"
QUIET = "networkidle"


@dataclass(frozen=True)
class Weight:
    """One page: bytes over the wire with an empty cache and again, and requests with an empty cache."""

    name: str
    first: int
    again: int
    requests: int
    drawn_ms: float  #: from asking for it until it is drawn, with the cache filled


@dataclass(frozen=True)
class Seen:
    """All pages, and the way to the first inbox."""

    weights: list[Weight]
    login_ms: float  #: log-in page drawn, empty cache
    inbox_ms: float  #: from the click on 登录 until the inbox is drawn


def chromium() -> str | None:
    """The browser of this machine, if there is one."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next((found for name in names if (found := shutil.which(name))), None)


def run(folder: Path, *, rounds: int) -> Seen | None:
    """None on a machine without a browser."""
    program = chromium()
    if program is None:
        return None
    with worlds.running(folder, folder) as world, sync_playwright() as driver:
        paths = _pages(world)
        browser = driver.chromium.launch(executable_path=program)
        weights = [_weigh(browser, world, name, path, rounds) for name, path in paths.items()]
        came = [_arrive(browser, world) for _ in range(rounds)]
        browser.close()
    return Seen(weights, median(one for one, _ in came), median(one for _, one in came))


def _pages(world: worlds.World) -> dict[str, str]:
    """A project of the owner that is being drafted, and the pages around it."""
    stage = world.stage()
    stage.begin(Begin(procedure="project", unit="区教育局", until="needs_proposal", answers={}), "one")
    with world.database.reading() as db:
        case = cases.get(db, stage.names["one"])
        item = items.open_of(db, case.id)[0]
    found = {"登录": "/login", "待办": "/inbox", "办理": f"/items/{item.id}", "项目": f"/projects/{case.project}"}
    return found | {"办件（流程图）": f"/cases/{case.id}", "新办": "/start"}


@contextmanager
def _browsing(browser: Browser, world: worlds.World, *, signed_in: bool) -> Iterator[tuple[Page, list[int]]]:
    """A page with an empty cache, and the bytes of each answer it gets."""
    context = browser.new_context(base_url=world.address)
    if signed_in:
        context.add_cookies([{"name": "sid", "value": world.token(OWNER), "url": world.address}])
    page, got = context.new_page(), list[int]()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda told: got.append(_bytes(told)))
    try:
        yield page, got
    finally:
        context.close()


def _bytes(told: dict[str, Any]) -> int:
    return int(told["encodedDataLength"])


def _weigh(browser: Browser, world: worlds.World, name: str, path: str, rounds: int) -> Weight:
    with _browsing(browser, world, signed_in=path != "/login") as (page, got):
        page.goto(path, wait_until=QUIET)
        first = [one for one in got if one]
        drawn = []
        for _ in range(rounds):
            got.clear()
            began = time.perf_counter()
            page.goto(path, wait_until="load")
            drawn.append(time.perf_counter() - began)
            page.wait_for_load_state(QUIET)
        return Weight(name, sum(first), sum(got), len(first), median(drawn) * 1e3)


def _arrive(browser: Browser, world: worlds.World) -> tuple[float, float]:
    """Seconds until the log-in page is drawn, then until the inbox is, in milliseconds."""
    with _browsing(browser, world, signed_in=False) as (page, _):
        began = time.perf_counter()
        page.goto("/login", wait_until="load")
        shown = time.perf_counter() - began
        page.fill("input[name=login]", OWNER)
        page.fill("input[name=password]", worlds.PASSWORD)
        began = time.perf_counter()
        page.click("button[type=submit]")
        page.wait_for_url("**/inbox", wait_until="load")
        return shown * 1e3, (time.perf_counter() - began) * 1e3
