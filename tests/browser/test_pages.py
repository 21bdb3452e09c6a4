"""Every kind of page, seen: no WCAG A or AA violation that axe-core knows, nothing wider than a phone, everything by keyboard."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import Page, expect

from adapters import clock
from adapters.database import cases, incidents, items
from adapters.database.tables import Incident
from tasks.scenarios.language import Begin
from tests.browser.clicks import DESK, PHONE, Clicked, shot
from tests.browser.worlds import PLACE, ROOT, World

AXE = ROOT / "web" / "ui" / "node_modules" / "axe-core" / "axe.min.js"
JUDGE = "() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})"
SUMMER = clock.moment(date(2026, 7, 1))


@pytest.fixture
def busy(world: World, quiet: Page) -> Clicked:
    """A world with a plan batch before its first meeting, a project that waits for it, one that is being drafted, and an incident."""
    stage, one = world.stage(), world.theatre
    for name, unit, until in (("planned", "区教育局", "wait_plan"), ("drafted", "区民政局", "needs_proposal")):
        answers = {"declare": {"name": {"planned": "校园安全智慧监管平台", "drafted": "养老服务一张图"}[name]}}
        stage.begin(Begin(procedure="project", unit=unit, until=until, answers=answers), name)
    stage.advance(SUMMER)
    stage.focus = stage.case_named("annual_plan")
    stage.play("leading_group_meeting")
    world.stand_at(clock.now())
    with world.database.transaction() as db:
        case = cases.get(db, stage.names["drafted"])
        incidents.add(db, trouble(case.id))
    clicked = Clicked(
        world.database, one.ruleset, one.cast, one.defaults, one.store, stage.outcome, names=stage.names, world=world, page=quiet
    )
    clicked.focus = stage.focus
    return clicked


def trouble(case: str) -> Incident:
    """Something that an operator should see."""
    return Incident(
        id="1" * 32, kind="ExpressionFailed", jurisdiction=PLACE, case=case, element="needs_proposal", cause="期限的表达式算不出来。",
        todo="请核对规则集中该步骤的期限，改正后重试。", detail="workdays(7, after=answer('declare', 'nothing'))", at=clock.now(),
    )  # fmt: skip


def test_every_page_is_accessible_and_fits_a_phone(busy: Clicked) -> None:
    assert AXE.exists(), "缺少 axe-core，请先在 web/ui 运行 npm ci"
    page, world = busy.page, busy.world
    with world.database.reading() as db:
        project = cases.get(db, busy.names["planned"]).project
        drafted = next(one.id for one in items.open_of(db, busy.names["drafted"]))
        meeting = next(one.id for one in items.open_of(db, busy.focus))
    owner, office = f"{PLACE}.owner.civil", f"{PLACE}.leading_group_office"
    seen = [
        ("login", "", "/login?expired=1"),
        ("inbox", office, "/inbox"),
        ("inbox-of-an-owner", owner, "/inbox"),
        ("done", office, "/done"),
        ("step", owner, f"/items/{drafted}"),
        ("batch-step", f"{PLACE}.leading_group", f"/items/{meeting}"),
        ("batch", office, f"/cases/{busy.focus}"),
        ("draw", office, f"/cases/{busy.names['planned']}"),
        ("projects", office, "/projects"),
        ("project", office, f"/projects/{project}"),
        ("start", owner, "/start"),
        ("overrides", f"{PLACE}.leading_group", "/overrides"),
        ("batches", office, "/batches"),
        ("rules", office, "/rules"),
        ("compare", office, "/rules/compare"),
        ("eligibility", office, "/rules/eligibility"),
        ("notices", owner, "/notices"),
        ("reach", owner, "/reach"),
        ("ledger", office, "/ledger"),
        ("chases", office, "/chases"),
        ("others-step", office, f"/items/{drafted}"),
        ("workdays", "system_admin", "/workdays"),
        ("account", owner, "/account"),
        ("incidents", "operator", "/incidents"),
        ("people", "system_admin", f"/people?place={PLACE}"),
        ("person", "security_admin", f"/people/{owner}"),
        ("registers", "system_admin", f"/registers/{PLACE}"),
        ("takeover", "system_admin", f"/registers/{PLACE}/takeover"),
        ("audit", "audit_admin", "/audit"),
        ("refused", owner, "/incidents"),
    ]
    faults = []
    for name, person, path in seen:
        page.context.clear_cookies()
        if person:
            busy.be(person)
        page.goto(path)
        for view in page.locator("bpmn-view").all():
            expect(view).to_have_attribute("data-ready", "true")
        page.evaluate(AXE.read_text("utf-8"))
        for one in page.evaluate(JUDGE)["violations"]:
            faults += [f"{name}: {one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}" for node in one["nodes"][:3]]
        shot(page, f"page-{name}", DESK, PHONE)
        page.set_viewport_size({"width": PHONE, "height": 800})
        wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            faults.append(f"{name}: {wide} px wider than a phone")
        page.set_viewport_size({"width": DESK, "height": 800})
    assert not faults, "\n".join(faults)


FOCUS = """async () => {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const one = document.activeElement, style = (it) => getComputedStyle(it);
  const ring = (it) => style(it).outlineStyle !== 'none' || style(it).boxShadow !== 'none';
  const bar = document.querySelector('.bar-bottom').getBoundingClientRect(), box = one.getBoundingClientRect();
  return {
    name: one.id === 'submit' ? 'submit' : one.className === 'skip' ? 'skip' : one.type === 'file' ? 'file' : one.name ?? '',
    ring: ring(one) || (one.type === 'file' && ring(one.labels[0])),
    hidden: !one.closest('.bar-bottom') && box.bottom > bar.top + 1 && box.top < bar.bottom - 1 && box.height < 300,
  };
}"""


def test_the_step_page_works_by_keyboard_alone(world: World, quiet: Page) -> None:
    stage = world.stage()
    answers = {"declare": {"name": "养老服务一张图"}}
    stage.begin(Begin(procedure="project", unit="区民政局", until="needs_proposal", answers=answers), "main")
    with world.database.reading() as db:
        item = items.open_of(db, stage.names["main"])[0]
    quiet.context.add_cookies([{"name": "sid", "value": world.token(f"{PLACE}.owner.civil"), "url": world.address}])
    quiet.goto(f"/items/{item.id}")
    reached: list[str] = []
    for _ in range(120):
        quiet.keyboard.press("Tab")
        at = quiet.evaluate(FOCUS)
        assert at["ring"], f"看不出焦点在哪里：{at}，此前 {reached[-3:]}"
        assert not at["hidden"], f"焦点被底部按钮栏挡住：{at}"
        reached.append(at["name"])
        if at["name"] == "submit":
            break
    assert reached[0] == "skip"
    assert reached[-1] == "submit"
    asked = quiet.evaluate(
        "() => [...new Set([...document.querySelectorAll('#step-form [name]:not([type=hidden])')].map((one) => one.name))]"
    )
    assert set(asked) <= set(reached), set(asked) - set(reached)
    assert reached.count("file") == 2
    quiet.keyboard.press("Enter")
    expect(quiet.locator("#refusal")).to_be_focused()
    quiet.keyboard.press("Tab")
    quiet.keyboard.press("Enter")  # the first line of what is wrong leads to its field
    quiet.keyboard.press("Tab")
    assert quiet.evaluate(FOCUS)["name"] in asked
