"""Everything that the rule editor shows is Chinese, and everybody can use it: menus, panels, tables, dialogs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from adapters.settings import SHIPPED
from tests.browser.clicks import PHONE
from tests.browser.desks import HEIGHT, WIDTH, Desk, sit
from tests.browser.test_pages import AXE, JUDGE
from tests.browser.worlds import PLACE, World

FOLDER = SHIPPED / PLACE
#: expressions and signatures are code, the mark of bpmn.io is a name, and drawings and cells hold what people wrote
CODE = ".mono, code, kbd, .bjs-powered-by, .functions button, .djs-direct-editing-content, svg *, datalist *, tbody td"
WORDS = """(code) => [...document.querySelectorAll('body *')].filter((one) => !one.closest(`${code}, script, style`)).flatMap((one) => [
  ...['title', 'aria-label', 'placeholder', 'alt'].map((name) => one.getAttribute(name)),
  ...[...one.childNodes].filter((node) => node.nodeType === 3).map((node) => node.textContent.trim()),
]).filter(Boolean)"""
DRAW = """(kinds) => {
  const { modeler } = document.getElementById('editor').editor;
  const [factory, modeling, registry] = ['elementFactory', 'modeling', 'elementRegistry'].map((one) => modeler.get(one));
  const pool = registry.filter((one) => one.type === 'bpmn:Participant')[0];
  return kinds.map((kind, n) => {
    const [type, event] = kind.split(' ');
    const shape = factory.createShape({ type: `bpmn:${type}`, ...(event ? { eventDefinitionType: `bpmn:${event}EventDefinition` } : {}) });
    return modeling.createShape(shape, { x: pool.x + 120 + n * 40, y: pool.y + 60 }, pool).id;
  });
}"""
KINDS = (
    "StartEvent", "EndEvent", "EndEvent Terminate", "IntermediateThrowEvent", "UserTask", "ManualTask", "ServiceTask", "BusinessRuleTask",
    "CallActivity", "SubProcess", "ExclusiveGateway", "ParallelGateway", "InclusiveGateway", "EventBasedGateway", "TextAnnotation",
    "IntermediateCatchEvent Timer", "IntermediateCatchEvent Message",
)  # fmt: skip
HAN = re.compile(r"[\u3400-\u9fff]")
LATIN = re.compile(r"[A-Za-z]{3,}")


@dataclass
class Ear:
    """Hears every English word on the page that is not the name of something in the rule set."""

    desk: Desk
    names: set[str]
    heard: set[str] = field(default_factory=set)

    def listen(self) -> None:
        """Read everything on the page: texts, tool tips, labels."""
        for one in self.desk.page.evaluate(WORDS, CODE):
            if LATIN.search(one) and not HAN.search(one) and one not in self.names:
                self.heard.add(one)

    def judge(self) -> None:
        """Nothing was heard, and nobody asked for a translation that is missing."""
        assert not self.heard, sorted(self.heard)
        assert self.desk.page.evaluate("() => [...(globalThis.lianshenUntranslated ?? [])]") == []


def names_of(text: str) -> set[str]:
    """Ids and expressions in a text, and file names: people wrote them."""
    files = {name for path in FOLDER.rglob("*") for name in (path.name, path.stem)}
    ids = {
        one for path in SHIPPED.rglob("*.bpmn") for one in re.findall(r'(?:process id|<message .*name)="(\w+)"', path.read_text("utf-8"))
    }
    return files | ids | set(re.findall(r"[A-Za-z_][\w.-]*", text)) | set(re.findall(r">([^<>]+)<", text))


@pytest.fixture
def desk(world: World, quiet: Page) -> Desk:
    return sit(world, quiet)


def ear(desk: Desk, path: Path) -> Ear:
    return Ear(desk, names_of(path.read_text("utf-8")))


def look_at(desk: Desk, ears: Ear, element: str) -> None:
    """Panel, context pad and menu of types of one element."""
    desk.choose(element)
    expect(desk.panel.locator(".panel-head h2")).to_be_visible()
    desk.panel.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    ears.listen()
    change = desk.page.locator('.djs-context-pad [data-action="replace"]')
    if change.count():
        change.click()
        expect(desk.page.locator(".djs-popup")).to_be_visible()
        ears.listen()
        desk.page.keyboard.press("Escape")


def test_every_word_of_the_diagram_editor_is_chinese(desk: Desk) -> None:
    desk.open("joint_review.bpmn")
    ears, page = ear(desk, FOLDER / "joint_review.bpmn"), desk.page
    ears.listen()
    there = page.evaluate(
        "() => document.getElementById('editor').editor.modeler.get('elementRegistry').filter((one) => !one.labelTarget && one.parent)"
        ".map((one) => [one.type, one.id])"
    )
    drawn = page.evaluate(DRAW, list(KINDS))
    ears.names |= set(drawn)
    for element in [*dict(there).values(), *drawn]:
        look_at(desk, ears, element)
    for element, key in (("department_opinion", "mode"), (drawn[KINDS.index("ServiceTask")], "operation")):
        desk.choose(element)
        for value in desk.field(key).locator("option").evaluate_all("all => all.map((one) => one.value).filter(Boolean)"):
            desk.field(key).select_option(value)
            expect(desk.field(key)).to_have_value(value)
            ears.listen()
    for name in ("缩略图", "查找", "插入通用流程", "快捷键"):
        page.locator(".bar").get_by_role("button", name=name).click()
        ears.listen()
        page.keyboard.press("Escape")
    ears.judge()


def test_every_word_of_the_table_editor_is_chinese(desk: Desk) -> None:
    desk.open("plan_gate.dmn")
    ears, page = ear(desk, FOLDER / "plan_gate.dmn"), desk.page
    ears.listen()
    for place in ("th.input-cell", "th.output-cell", "td.input-cell", "td.output-cell", "td.annotation", "td.rule-index"):
        page.locator(f".dmn-box {place}").first.click(button="right")
        expect(page.locator(".context-menu").first).to_be_visible()
        ears.listen()
        page.locator(".panel-head").first.click()
    for place in ("th.input-cell", "th.output-cell", "th.input-cell"):
        page.locator(f".dmn-box {place}").first.dblclick()
        expect(page.locator(".context-menu").first).to_be_visible()
        ears.listen()
        for offered in page.locator(".context-menu .dms-input-select").all():
            offered.click()
            ears.listen()
        page.locator(".panel-head").first.click()
    page.locator(".hit-policy .dms-input-select").click()
    ears.listen()
    ears.judge()


FILES = (
    "joint_review.bpmn", "plan_gate.dmn", "forms/declare.json", "offices.yaml", "region.yaml", "clauses.yaml", "rounds.yaml",
    "scenarios/demo-project.yaml",
)  # fmt: skip


def test_every_editor_is_chinese_accessible_and_fits_a_phone(desk: Desk) -> None:
    faults = []
    for path in FILES:
        desk.open(path, "department_opinion" if path == "joint_review.bpmn" else "")
        ears = ear(desk, FOLDER / path)
        ears.listen()
        faults += [f"{path}: {one}" for one in ears.heard]
        expect(desk.page.locator("#findings")).to_have_attribute("data-count", "0")
        desk.page.evaluate(AXE.read_text("utf-8"))
        for one in desk.page.evaluate(JUDGE)["violations"]:
            faults += [f"{path}: {one['id']}: {node['html'][:160]} {node['failureSummary'][:160]}" for node in one["nodes"][:3]]
        desk.page.set_viewport_size({"width": PHONE, "height": 800})
        wide = desk.page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            faults.append(f"{path}: {wide} px wider than a phone")
        desk.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    assert not faults, "\n".join(faults)
