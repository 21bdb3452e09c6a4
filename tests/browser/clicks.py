"""Officials at the keyboard: the stage of the stories, where every act goes through the pages instead of the tasks below them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from playwright.sync_api import Page, expect

from adapters import clock
from adapters.database import items
from adapters.database.tables import WorkItem
from tasks.scenarios.language import Act, Begin, Given
from tasks.scenarios.stage import PDF, Stage
from tests.browser.worlds import PASSWORD, ROOT, World

SHOTS = ROOT / "test-results" / "browser"
PHONE, DESK = 360, 1280


def shot(page: Page, name: str, *widths: int) -> None:
    """Pictures of the whole page, for people to look at."""
    for width in widths or (DESK,):
        page.set_viewport_size({"width": width, "height": 800})
        path = SHOTS / f"{name}-{width}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=path, full_page=True)
    page.set_viewport_size({"width": DESK, "height": 800})


@dataclass
class Clicked(Stage):
    """A stage whose people click. `pictures`: steps whose page is kept as a picture, before it is handed in."""

    world: World = field(kw_only=True)
    page: Page = field(kw_only=True)
    pictures: frozenset[str] = frozenset()
    seen: set[str] = field(default_factory=set)
    tokens: dict[str, tuple[datetime, str]] = field(default_factory=dict)

    # --- people and time ----------------------------------------------------------------------------------------------------------------

    def log_in(self, person: str) -> None:
        """Log in as anybody does."""
        self.page.context.clear_cookies()
        self.page.goto("/login")
        self.page.get_by_label("账号").fill(person)
        self.page.get_by_label("口令").fill(PASSWORD)
        self.page.get_by_role("button", name="登录").click()
        expect(self.page.get_by_role("button", name="退出")).to_be_visible()

    def be(self, person: str) -> None:
        """Sit down as this person, with a session that is as old as the clock."""
        if self.tokens.get(person, (None, ""))[0] != clock.now():
            self.tokens[person] = (clock.now(), self.world.token(person))
        self.page.context.clear_cookies()
        self.page.context.add_cookies([{"name": "sid", "value": self.tokens[person][1], "url": self.world.address}])

    def advance(self, until: datetime) -> None:
        super().advance(until)
        self.world.stand_at(clock.now())

    # --- acts ---------------------------------------------------------------------------------------------------------------------------

    def begin(self, given: Begin, name: str, *, project: str | None = None) -> None:
        """Begin on the start page."""
        assert project is None
        assert given.unit is not None
        unit = self.cast.unit(given.unit)
        self.be(self.cast.person(given.by or next(iter(self.ruleset.procedure(given.procedure).starters)), unit.id))
        self.page.goto("/start")
        shot(self.page, f"start-{given.procedure}")
        self.page.locator(f"#start-{given.procedure}").get_by_role("button", name="开始办理").click()
        self.page.wait_for_url(re.compile(r"/items/\w+$"))
        with self.database.reading() as db:
            case = items.get(db, self.page.url.rpartition("/")[2]).case
        self.names[name] = self.focus = case
        self.answers[case] = {step: dict(one) for step, one in given.answers.items()}
        if isinstance(given, Given):
            self.prepare(given, case)
        if given.until:
            self.play(given.until)

    def complete(self, item: WorkItem, given: Mapping[str, Any], act: Act | None, without: set[str]) -> None:
        """Find the item in 待办, fill in, upload, hand in; or see the refusal on the page."""
        self.acts += 1
        with self.database.reading() as db:
            official = self.who(db, item, act.by if act else None)
            answers = self.filled(db, item, given)
        self.be(official.id)
        self.page.goto("/inbox")
        self.page.locator(f'#list a[href="/items/{item.id}"]').click()
        expect(self.page.locator("h1")).to_contain_text(item.title)
        self.upload(without)
        fill(self.page, answers)
        if item.step in self.pictures and item.step not in self.seen:
            self.seen.add(item.step)
            shot(self.page, f"step-{item.step}", DESK, PHONE)
        self.page.locator("#submit").click()
        ended = self.page.locator("#done, #refusal")
        ended.wait_for()
        words = ended.inner_text()
        refused = act.refused if act else None
        if refused is None:
            assert ended.get_attribute("id") == "done", f"“{item.title}”被拒绝：{words}"
            self.tell(f"{official.name} · {item.title}")
            return
        assert ended.get_attribute("id") == "refusal", f"“{item.title}”本应被拒绝，却办理成功"
        assert refused.says in words
        if refused.clause:
            article = self.ruleset.catalogue.by_id()[refused.clause].article
            assert article in words, f"拒绝没有写明{article}：{words}"
        shot(self.page, f"refused-{item.step}", DESK, PHONE)

    def upload(self, without: set[str]) -> None:
        """Upload one small PDF for each document of the list."""
        for place in self.page.locator("#materials .material").all():
            kind = (place.get_attribute("id") or "").removeprefix("m-")
            if kind not in {"other", *without} and not place.locator(".files li").count():
                name = f"{place.locator('strong').first.inner_text()}.pdf"
                place.locator("input[type=file]").set_input_files({"name": name, "mimeType": "application/pdf", "buffer": PDF})
                expect(self.page.locator(f"#m-{kind} .files li")).to_have_count(1)


def fill(page: Page, answers: Mapping[str, Any], path: str = "") -> None:
    """Type every answer into the input of its name; rows are added or removed as needed."""
    for name, value in answers.items():
        here = f"{path}{name}"
        if isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
            _rows(page, here, len(value))
            for number, row in enumerate(value):
                fill(page, row, f"{here}.{number}.")
        else:
            _type(page, here, value)


def _rows(page: Page, path: str, count: int) -> None:
    rows = page.locator(f"#f-{path.replace('.', '-')}-rows > [data-row]")
    while (now := rows.count()) != count:
        if now < count:
            page.locator(f"#f-{path.replace('.', '-')}").get_by_role("button", name="增加一行").click()
            expect(rows).to_have_count(now + 1)
        else:
            rows.last.get_by_role("button", name="删去").click()


def _type(page: Page, path: str, value: Any) -> None:
    found = page.locator(f'#step-form [name="{path}"]')
    words = "true" if value is True else "false" if value is False else str(value)
    kind = found.first.evaluate("one => one.type || one.tagName.toLowerCase()") if found.count() else ""
    if kind == "radio":
        choice = page.locator(f'#step-form [name="{path}"][value="{words}"]')
        if not choice.count():  # 是 and 否 are sent as true and false
            choice = page.locator(f'#step-form [name="{path}"][value="{ {"是": "true", "否": "false"}.get(words, words) }"]')
        choice.check()
    elif kind == "checkbox":
        for one in value:
            page.locator(f'#step-form [name="{path}"][value="{one}"]').check()
    elif kind == "select-one":
        found.select_option(words)
    elif kind == "hidden":
        assert found.input_value() == words, f"{path}: {found.input_value()} ≠ {words}"
    elif isinstance(value, list):
        if value:
            found.fill("\n".join(map(str, value)))
    else:
        assert kind, f"页面上没有栏目 {path}"
        found.fill(words)


__all__ = ["DESK", "PHONE", "SHOTS", "Clicked", "fill", "shot"]
