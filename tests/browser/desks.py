"""People at the rule editor: a draft, a page for each of them, and what tests ask of both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lxml import etree
from playwright.sync_api import Browser, Locator, Page, expect

from adapters import clock
from adapters.database import people
from adapters.database.tables import Person, PostRow
from domain.duties import EVERYWHERE, PROCESS_ADMIN
from tasks import drafts
from tests.browser.clicks import SHOTS
from tests.browser.worlds import PLACE, World

SECOND = "second_process_admin"
WIDTH, HEIGHT = 1440, 900


@dataclass
class Desk:
    """One person with the editor open."""

    world: World
    page: Page
    draft: str

    def open(self, path: str, element: str = "") -> None:
        """Open a file of the draft and wait until it can be edited."""
        self.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        self.page.goto(f"/drafts/{self.draft}/edit?path={path}&element={element}")
        expect(self.editor).to_have_attribute("data-ready", "true")
        if element:
            expect(self.page.locator("#panel h2, #work tr").first).to_be_visible()

    @property
    def editor(self) -> Locator:
        """The page, with its state."""
        return self.page.locator("#editor")

    @property
    def panel(self) -> Locator:
        """The property panel."""
        return self.page.locator("#panel")

    def choose(self, element: str) -> None:
        """Click on an element of the diagram."""
        self.page.evaluate("id => document.getElementById('editor').editor.select(id)", element)
        self.page.wait_for_function("id => document.querySelector(`.djs-element.selected[data-element-id='${id}']`)", arg=element)

    def field(self, key: str) -> Locator:
        """A control of a panel, form or grid by its key."""
        return self.page.locator(f'[data-key="{key}"]')

    def cell(self, row: int, words: str) -> None:
        """Type over the condition of one row of a decision table."""
        self.page.locator(".dmn-box td.input-cell").nth(row).click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(words)
        self.page.locator(".dmn-box td.annotation").first.click()

    def picture(self, name: str) -> None:
        """A picture of the editor for people to look at."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png")

    def saved(self) -> None:
        """Save now, and wait until it is."""
        self.page.get_by_role("button", name="保存", exact=True).click()
        expect(self.editor).to_have_attribute("data-state", "saved")

    def text(self, path: str) -> str:
        """What the server keeps."""
        with self.world.database.reading() as db:
            return drafts.read(db, self.draft, path).content

    def tree(self, path: str) -> etree._Element:
        """The same as XML."""
        return etree.fromstring(self.text(path).encode())


def begin(world: World) -> str:
    """A fresh draft, and two process administrators."""
    with world.database.transaction() as db:
        if people.find(db, SECOND) is None:
            people.add(db, Person(id=SECOND, login=SECOND, name="第二位流程管理员"))
            people.add_post(db, PostRow(id=SECOND, person=SECOND, jurisdiction=EVERYWHERE, office=PROCESS_ADMIN))
        return drafts.begin(db, PLACE, "调整金额标准", by=PROCESS_ADMIN, now=clock.now()).id


@contextmanager
def seated(browser: Browser, world: World, person: str, draft: str) -> Iterator[Desk]:
    """Another person at a browser of their own."""
    context = browser.new_context(base_url=world.address, locale="zh-CN", timezone_id="Asia/Shanghai")
    context.set_default_timeout(60_000)
    context.add_cookies([{"name": "sid", "value": world.token(person), "url": world.address}])
    yield Desk(world, context.new_page(), draft)
    context.close()


def sit(world: World, page: Page, person: str = PROCESS_ADMIN) -> Desk:
    """The process administrator at this page, with a fresh draft."""
    page.context.add_cookies([{"name": "sid", "value": world.token(person), "url": world.address}])
    return Desk(world, page, begin(world))
