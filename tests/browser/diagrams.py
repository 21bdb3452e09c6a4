"""Pictures of the diagrams as people see them: `python -m tests.browser.diagrams OUTDIR [FILE…]`, e.g. `jinjiang/project.bpmn`.

Without files, the project diagram of every place. Looked at by people, not by a test: that nothing lies on anything else is tested in
tests/adapters/engine.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from adapters import clock, library
from adapters.database import rules
from adapters.settings import SHIPPED
from tasks import versions
from tests.browser import worlds
from tests.browser.conftest import found_browser

WIDTH, HEIGHT = 8000, 4000  #: larger than any diagram, so that none is made smaller
STYLE = f"""
  main {{ max-width: none !important; }}
  main > :not(section:has(details[open])) {{ display: none; }}
  bpmn-view {{ height: auto !important; }}
  .bpmn-canvas {{ height: {HEIGHT}px !important; width: {WIDTH}px !important; }}
"""
MARGIN = 12


def main(out: Path, files: list[str]) -> None:
    """Publish every place, and draw."""
    out.mkdir(parents=True, exist_ok=True)
    wanted = files or [f"{code}/project.bpmn" for code in library.codes(SHIPPED)]
    with tempfile.TemporaryDirectory(prefix="lianshen-diagrams-") as folder, worlds.running(Path(folder), Path(folder)) as world:
        with world.database.transaction() as db:
            for code in sorted({one.split("/")[0] for one in wanted} - {worlds.PLACE, "national"}):
                versions.publish_files(db, library.files_of(SHIPPED, code), code, by="diagrams", now=clock.now(), checked=False)
        with sync_playwright() as driver:
            opened = driver.chromium.launch(executable_path=found_browser(), env={**os.environ, "LANGUAGE": "zh_CN"})
            page = opened.new_context(bypass_csp=True, locale="zh-CN", viewport={"width": WIDTH + 200, "height": HEIGHT + 400}).new_page()
            page.context.add_cookies([{"name": "sid", "value": world.token("process_admin"), "url": world.address}])
            for one in wanted:
                _draw(page, world, one, out)
            opened.close()


def _draw(page: Page, world: worlds.World, file: str, out: Path) -> None:
    code = worlds.PLACE if file.startswith("national/") else file.split("/")[0]
    with world.database.reading() as db:
        version = rules.published(db, code)
    assert version is not None, code
    page.goto(f"{world.address}/versions/{version.id}")
    path = file.split("/", 1)[1]
    view = page.locator(f'bpmn-view[data-src$="path={path}"]')
    page.locator("details", has=view).locator("summary").click()
    page.add_style_tag(content=STYLE)
    page.locator(f'bpmn-view[data-src$="path={path}"][data-ready="true"]').wait_for()
    box = view.locator(".djs-container .viewport > g").first.bounding_box()
    assert box is not None, file
    top = box["y"] + page.evaluate("scrollY")
    clip = {"x": box["x"] - MARGIN, "y": top - MARGIN, "width": box["width"] + 2 * MARGIN, "height": box["height"] + 2 * MARGIN}
    page.screenshot(path=str(out / f"{file.replace('/', '-').removesuffix('.bpmn')}.png"), full_page=True, clip=clip)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
