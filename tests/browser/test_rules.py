"""Ten minutes of a process administrator: an amount and a department changed, checked, tried, played, approved, published; their pages."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from adapters import clock
from adapters.database import cases, items, people, rules, sessions
from adapters.database.tables import Credential, Person, PostRow
from domain.duties import EVERYWHERE
from tasks import versions
from tasks.scenarios.language import Begin
from tasks.scenarios.stage import Stage
from tests.browser.clicks import DESK, PHONE, shot
from tests.browser.desks import HEIGHT, WIDTH, Desk
from tests.browser.test_pages import AXE, JUDGE
from tests.browser.worlds import PLACE, World

EDITOR, APPROVER = "process_admin", "second"
GATE, JOINT, STORY = "plan_gate.dmn", "joint_review.bpmn", "scenarios/a-06-30wan-from.yaml"
KEPT = ("a-06-30wan-from.yaml", "a-06-30wan-below.yaml", "a-02-scope.yaml")  #: stories enough for a run that is seen to its end
SAVE = """async ([draft, path, content, revision]) => {
  const answer = await fetch(`/drafts/${draft}/file?path=${encodeURIComponent(path)}`, {
    method: 'PUT', headers: {'content-type': 'application/json'}, body: JSON.stringify({content, revision}),
  });
  return [answer.status, await answer.json()];
}"""
READ = "async ([draft, path]) => (await fetch(`/drafts/${draft}/file?path=${encodeURIComponent(path)}`)).json()"


@pytest.fixture
def office(world: World) -> World:
    """A world with a second process administrator, and only a few stories beside its rules."""
    with world.database.transaction() as db:
        person = people.get(db, EDITOR)
        people.add(db, Person(id=APPROVER, login=APPROVER, name="流程管理员（二）", password_hash=person.password_hash))
        people.add_post(db, PostRow(id=APPROVER, person=APPROVER, jurisdiction=EVERYWHERE, office="process_admin"))
        sessions.keep_credential(db, Credential(person=APPROVER, must_change=False, changed_at=clock.now(), earlier=[]))
        newest = rules.published(db, PLACE)
        assert newest is not None
        files = rules.files(db, newest.id)
        few = {one: text for one, text in files.items() if "/scenarios/" not in one or "/_" in one or one.endswith(KEPT)}
        versions.publish_files(db, few, PLACE, by="test", now=clock.now(), name="首次发布", checked=False)
    later(world)
    return world


def later(world: World) -> None:
    """A minute passes."""
    clock.move(clock.now() + timedelta(minutes=1))
    world.stand_at(clock.now())


def be(world: World, page: Page, person: str) -> None:
    page.context.clear_cookies()
    page.context.add_cookies([{"name": "sid", "value": world.token(person), "url": world.address}])


def begin(page: Page, title: str) -> str:
    """A new draft, by its form; answers its id."""
    page.goto("/drafts")
    page.get_by_label("草稿名称").fill(title)
    page.get_by_role("button", name="以现行版本新建").click()
    page.wait_for_url(re.compile(r"/drafts/\w{32}$"))
    return page.url.rpartition("/")[2]


def edit(page: Page, draft: str, path: str, old: str, new: str) -> dict[str, Any]:
    """Change a text as the editor does: read, change, save over the revision that was read."""
    before = page.evaluate(READ, [draft, path])
    assert old in before["content"], path
    status, answer = page.evaluate(SAVE, [draft, path, before["content"].replace(old, new), before["revision"]])
    assert status == 200, answer
    found: dict[str, Any] = answer
    return found


def move_the_amount(desk: Desk) -> None:
    """30 万元 becomes 50 万元 in the table of decisions: cell by cell, and what is found in between."""
    page, draft = desk.page, f"/drafts/{desk.draft}"
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    page.goto(draft)
    page.locator("#files-dmn").get_by_role("link", name="年度计划门槛").click()
    expect(desk.editor).to_have_attribute("data-ready", "true")
    desk.cell(0, "< 50")
    found = page.locator("#findings .finding", has_text="错误")
    expect(found).to_have_count(1)  # 30 万元（含）以上、50 万元（不含）以下的合两行
    expect(found).to_contain_text("（万元） 恰好 30")
    expect(found).to_contain_text("建议：")
    desk.saved()
    desk.picture("rules-linter")
    page.goto(draft)
    expect(page.locator("#findings")).to_contain_text("错误 1 处")
    shot(page, "rules-findings", DESK, PHONE)
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    page.locator("#findings").get_by_role("link").first.click()
    expect(desk.editor).to_have_attribute("data-ready", "true")
    desk.cell(1, ">= 50")
    expect(page.locator("#findings")).to_have_attribute("data-count", "0")
    desk.saved()
    desk.picture("rules-table")


def invite_a_department(desk: Desk) -> None:
    """The audit bureau joins 部门联审: the step is clicked in its diagram, the bureau ticked in the panel."""
    page = desk.page
    page.get_by_label("文件").select_option("joint_review.bpmn")
    page.wait_for_url(re.compile(r"path=joint_review"))
    expect(desk.editor).to_have_attribute("data-ready", "true")
    page.locator('.djs-shape[data-element-id="department_opinion"] .djs-hit').click()
    expect(desk.panel.locator(".panel-head h2")).to_have_text("出具联审意见")
    desk.field("parties:audit_bureau").check()
    expect(page.locator("#findings")).to_have_attribute("data-count", "0")
    desk.saved()
    desk.picture("rules-editor")


def estimated(stage: Stage, name: str, unit: str, until: str) -> str:
    """A project of 40 万元, played until a step; answers its case."""
    answers = {"declare": {"name": name}, "needs_proposal": {"estimate": 40}}
    stage.begin(Begin(procedure="project", unit=unit, until=until, answers=answers), name)
    return stage.names[name]


def test_ten_minutes_of_a_process_administrator(office: World, quiet: Page) -> None:
    world, page = office, quiet
    running = estimated(world.stage(), "社区养老平台", "区民政局", "wait_plan")  # under the rules as they were, it waits for the plan

    # an amount and a department are changed in the editor; a slip is found at once, and mended
    be(world, page, EDITOR)
    draft = begin(page, "金额标准调整为五十万元")
    desk = Desk(world, page, draft)
    move_the_amount(desk)
    invite_a_department(desk)
    page.goto(f"/drafts/{draft}")
    expect(page.locator("#findings")).to_contain_text("没有发现问题")
    shot(page, "rules-draft", DESK, PHONE)

    # what changes, in words
    page.get_by_role("link", name="修改对比").click()
    expect(page.locator("main")).to_contain_text("影响办理的修改 3 处")
    expect(page.locator("main")).to_contain_text("30万元（不含）以下 → 50万元（不含）以下")
    expect(page.locator("main")).to_contain_text("区审计局")
    expect(page.locator("bpmn-diff")).to_have_attribute("data-ready", "true")
    expect(page.locator(".diff-pane .diff-changed")).to_have_count(2)  # the step with its bureaus, before and after
    shot(page, "rules-diff", DESK, PHONE)

    # played by hand: 40 万元 now goes past the plan
    page.goto(f"/drafts/{draft}/try")
    page.get_by_label("办什么").select_option("project")
    page.get_by_label("资金估算（万元）").fill("40")
    page.get_by_role("button", name="开始试办").click()
    page.locator("#open").get_by_role("button", name="用默认答案办理").click()
    page.get_by_label("用默认答案办到").select_option("construction_plan")
    page.get_by_role("button", name="继续").click()
    expect(page.locator("#open")).to_contain_text("编报建设方案")
    shot(page, "rules-try", DESK, PHONE)

    # played by the stories: the one of 30 万元 comes out otherwise, and is put right
    page.goto(f"/drafts/{draft}/scenarios")
    page.get_by_role("button", name="运行全部场景").click()
    expect(page.locator("#result")).to_contain_text("结果有变化 1 个", timeout=300_000)
    expect(page.locator("#changed")).to_contain_text("须先纳入年度计划")
    expect(page.locator("#changed")).to_contain_text("一直没有走到“等待年度计划结果”")
    page.locator("#passed summary").click()
    expect(page.locator("#passed li")).to_have_count(len(KEPT) - 1)  # every story is listed, with what became of it
    shot(page, "rules-scenarios", DESK, PHONE)
    desk.open(STORY)
    story = desk.field("text")
    story.fill(story.input_value().replace("30 万元", "50 万元").replace("estimate: 30", "estimate: 50"))
    desk.saved()

    # handed in by one, approved by another
    page.goto(f"/drafts/{draft}/review")
    page.get_by_label("版本名称").fill("金额标准五十万元")
    page.get_by_label("修改说明").fill("年度计划门槛由三十万元调整为五十万元，部门联审增加区审计局。")
    page.get_by_role("button", name="送审").click()
    expect(page.locator("main")).to_contain_text("等待另一名流程管理员审核")
    shot(page, "rules-submitted", DESK, PHONE)
    later(world)
    be(world, page, APPROVER)
    page.goto(f"/drafts/{draft}/review")
    shot(page, "rules-approve", DESK, PHONE)
    page.get_by_label("同意发布").check()
    page.get_by_role("button", name="提交审核结论").click()
    expect(page.locator("main")).to_contain_text("同意发布“金额标准五十万元”")
    page.goto("/versions")
    expect(page.locator("#versions tr", has_text="现行")).to_contain_text("金额标准五十万元")
    shot(page, "rules-versions", DESK, PHONE)

    # a new project of 40 万元 goes past the plan, the running one still waits for it
    later(world)
    new = estimated(world.stage(), "社区助餐平台", "区教育局", "construction_plan")
    with world.database.reading() as db:
        assert cases.get(db, running).status == "waiting"
        assert cases.get(db, new).version != cases.get(db, running).version
        assert [one.step for one in items.open_of(db, new)] == ["construction_plan"]
    be(world, page, f"{PLACE}.leading_group_office")
    page.goto(f"/cases/{running}")
    expect(page.locator("bpmn-view").first).to_have_attribute("data-ready", "true")
    shot(page, "rules-running", DESK)


def test_pages_of_rules_are_accessible_and_fit_a_phone(office: World, quiet: Page) -> None:
    world, page = office, quiet
    be(world, page, EDITOR)
    draft = begin(page, "看一看")
    edit(page, draft, GATE, "&lt; 30<", "&lt; 50<")
    edit(page, draft, JOINT, 'name="部门意见已齐"', 'name="意见已齐全"')
    with world.database.reading() as db:
        version = rules.published(db, PLACE, clock.today())
    assert version is not None
    page.goto(f"/drafts/{draft}")
    page.evaluate(SAVE, [draft, GATE, page.evaluate(READ, [draft, GATE])["content"].replace("&gt;= 30<", "&gt;= 50<"), 2])
    page.goto(f"/drafts/{draft}/try")
    page.get_by_label("办什么").select_option("project")
    page.get_by_label("开始日期").fill(date(2026, 3, 2).isoformat())
    page.get_by_role("button", name="开始试办").click()
    page.wait_for_url(re.compile(r"/try/\w{32}$"))
    play = page.url.removeprefix(world.address)
    faults = []
    for path in (
        "/drafts", f"/drafts/{draft}", f"/drafts/{draft}/diff", f"/drafts/{draft}/review", f"/drafts/{draft}/try", play,
        f"{play}/declare-1", f"/drafts/{draft}/scenarios", "/inbox", "/notices", "/versions", f"/versions/{version.id}",
        f"/drafts/{draft}/edit?path={GATE}", f"/drafts/{draft}/edit?path={JOINT}",
    ):  # fmt: skip
        page.goto(path)
        page.evaluate("() => [...document.querySelectorAll('details')].slice(0, 9).forEach((one) => { one.open = true; })")
        page.evaluate(AXE.read_text("utf-8"))
        for one in page.evaluate(JUDGE)["violations"]:
            faults += [f"{path}: {one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}" for node in one["nodes"][:3]]
        page.set_viewport_size({"width": PHONE, "height": 800})
        wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            faults.append(f"{path}: {wide} px wider than a phone")
        page.set_viewport_size({"width": DESK, "height": 800})
    assert not faults, "\n".join(faults)
