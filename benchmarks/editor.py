"""How soon the rule editor is ready after the click, and how long the server's check takes, on the shipped rules."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from adapters import clock
from adapters.settings import SHIPPED
from benchmarks.pages import chromium
from domain.duties import PROCESS_ADMIN
from tasks import drafts
from tests.browser import worlds

READY = '#editor[data-ready="true"]'


@dataclass(frozen=True)
class Opening:
    """One file: milliseconds from the click on it in the draft until it can be edited."""

    title: str
    path: str
    first_ms: float  #: with an empty cache
    again_ms: float  #: with the cache filled


@dataclass(frozen=True)
class Edited:
    """Every kind of file, and the check of the largest diagram."""

    openings: list[Opening]
    largest: str
    check_ms: float


def run(folder: Path, *, rounds: int) -> Edited | None:
    """None on a machine without a browser."""
    program = chromium()
    if program is None:
        return None
    with worlds.running(folder, folder) as world, sync_playwright() as driver:
        with world.database.transaction() as db:
            draft = drafts.begin(db, worlds.PLACE, "测量", by=PROCESS_ADMIN, now=clock.now()).id
        largest = max((SHIPPED / worlds.PLACE).glob("*.bpmn"), key=lambda path: path.stat().st_size).name
        kinds = {"小的流程图": "pre_review.bpmn", "决策表": "plan_gate.dmn", "表单": "forms/declare.json", "清单": "clauses.yaml"}
        files = {"最大的流程图": largest} | kinds
        browser = driver.chromium.launch(executable_path=program)
        openings = [_open(browser, world, draft, title, path, rounds) for title, path in files.items()]
        checked = _check(browser, world, draft, largest, rounds)
        browser.close()
    return Edited(openings, largest, checked)


def _context(browser: Browser, world: worlds.World) -> BrowserContext:
    context = browser.new_context(base_url=world.address, viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "sid", "value": world.token(PROCESS_ADMIN), "url": world.address}])
    return context


def _open(browser: Browser, world: worlds.World, draft: str, title: str, path: str, rounds: int) -> Opening:
    first, again = [], []
    for _ in range(rounds):
        context = _context(browser, world)
        page = context.new_page()
        for took in (first, again):
            page.goto(f"/drafts/{draft}", wait_until="networkidle")
            link = page.locator(f'a[href$="path={path.replace("/", "%2F")}"], a[href$="path={path}"]').first
            began = time.perf_counter()
            link.evaluate("one => { const fold = one.closest('details'); if (fold) fold.open = true; }")
            link.click()
            page.wait_for_selector(READY)
            took.append((time.perf_counter() - began) * 1e3)
        context.close()
    return Opening(title, path, median(first), median(again))


def _check(browser: Browser, world: worlds.World, draft: str, path: str, rounds: int) -> float:
    """Milliseconds the server needs for a text it has not seen yet."""
    text = (SHIPPED / worlds.PLACE / path).read_text("utf-8")
    context = _context(browser, world)
    took = []
    for number in range(rounds):
        fresh = text.replace("<collaboration ", f'<collaboration name="{number}" ', 1)
        headers = {"origin": world.address}
        answer = context.request.post(f"/drafts/{draft}/check", data={"path": path, "content": fresh}, headers=headers)
        took.append(float(answer.json()["ms"]))
    context.close()
    return median(took)
