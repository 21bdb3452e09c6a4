"""One chromium per module, and a page that tells on itself: every error and every foreign request fails the test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.browser import worlds

LONG = 60_000  #: milliseconds; a busy machine is slow, not wrong


def found_browser() -> str:
    """Where the machine keeps its chromium."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found, "这台机器上没有 chromium，请安装：apt-get install chromium"
    return found


@pytest.fixture(scope="module")  # the driver holds an event loop that runs: no other test of this process could start one of its own
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=LONG / 3)
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=found_browser(), env={**os.environ, "LANGUAGE": "zh_CN"})
        yield opened
        opened.close()


@pytest.fixture
def world(tmp_path: Path, shared: Path) -> Iterator[worlds.World]:
    with worlds.running(tmp_path, shared) as one:
        yield one


@pytest.fixture
def quiet(browser: Browser, world: worlds.World) -> Iterator[Page]:
    """A page that must stay quiet: no console error, no page error, no breach of the content policy, nothing asked of another machine."""
    loud: list[str] = []
    pages: set[str] = set()
    context = browser.new_context(
        base_url=world.address, locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1280, "height": 800}
    )
    context.set_default_timeout(LONG)
    context.set_default_navigation_timeout(LONG)
    page = context.new_page()

    def heard(message: ConsoleMessage) -> None:
        refused = message.location.get("url") in pages and "the server responded with a status of 4" in message.text
        if message.type == "error" and not refused:  # a page that says no is an answer, not a fault
            loud.append(f"{page.url}: {message.text}")

    def asked(request: Request) -> None:
        if not request.url.startswith((world.address, "data:", "blob:")):
            loud.append(f"{page.url} asks {request.url}")
        if request.is_navigation_request():
            pages.add(request.url)

    page.on("console", heard)
    page.on("pageerror", lambda error: loud.append(f"{page.url}: {error}"))
    page.on("request", asked)
    yield page
    context.close()
    assert not loud, loud
