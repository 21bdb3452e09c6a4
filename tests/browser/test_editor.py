"""The rule editor in a real browser: what people change is what the draft holds, and nothing else changes."""

from __future__ import annotations

import json

import pytest
from lxml import etree
from playwright.sync_api import Browser, Page, expect

from adapters.settings import SHIPPED
from domain.duties import PROCESS_ADMIN
from tests.adapters.engine.test_moddle import BPMN, every_diagram, meaning
from tests.browser.desks import SECOND, Desk, seated, sit
from tests.browser.worlds import PLACE, World

OURS = "{urn:lianshen:1}"


@pytest.fixture
def desk(world: World, quiet: Page) -> Desk:
    return sit(world, quiet)


def original(path: str) -> etree._Element:
    return etree.fromstring((SHIPPED / PLACE / path).read_bytes())


def test_a_gateway_condition_is_edited_undone_and_saved(desk: Desk) -> None:
    desk.open("delivery.bpmn")
    gate = next(one for one in original("delivery.bpmn").iter(f"{BPMN}exclusiveGateway") if one.get("default"))
    flow = next(one for one in original("delivery.bpmn").iter(f"{BPMN}sequenceFlow")
                if one.get("sourceRef") == gate.get("id") and one.get("id") != gate.get("default"))  # fmt: skip
    source = desk.field(f"{flow.get('id')}:source")
    desk.choose(str(gate.get("id")))
    before = source.input_value()
    source.fill(f'{before} and amount("estimate") >= 50')
    desk.picture("editor-gateway")
    desk.saved()
    changed = desk.tree("delivery.bpmn")
    (condition,) = [
        one.findtext(f"{BPMN}conditionExpression") for one in changed.iter(f"{BPMN}sequenceFlow") if one.get("id") == flow.get("id")
    ]
    assert condition == f'{before} and amount("estimate") >= 50'
    desk.page.get_by_role("button", name="撤销").click()
    expect(source).to_have_value(before)
    desk.saved()
    assert meaning(desk.tree("delivery.bpmn")) == meaning(original("delivery.bpmn"))


def test_what_is_typed_while_the_panel_is_redrawn_is_one_change(desk: Desk) -> None:
    desk.open("plan_entry.bpmn")
    before = desk.field("name").input_value()
    desk.field("name").fill("计划编报")
    desk.page.evaluate(
        """async () => {
          document.getElementById('editor').editor.mark([]); // findings arrive: the panel is redrawn at the next frame
          await new Promise(requestAnimationFrame);
          document.activeElement.blur(); // and in the same frame the field is left
        }"""
    )
    desk.saved()
    undo = desk.page.get_by_role("button", name="撤销")
    undo.click()
    expect(undo).to_be_disabled()
    expect(desk.field("name")).to_have_value(before)
    desk.saved()
    assert meaning(desk.tree("plan_entry.bpmn")) == meaning(original("plan_entry.bpmn"))


def test_what_is_typed_belongs_to_the_element_that_was_shown(desk: Desk) -> None:
    desk.open("joint_review.bpmn", "department_opinion")
    other = next(one.get("name") for one in original("joint_review.bpmn").iter() if one.get("id") == "crypto_opinion")
    desk.field("name").fill("部门意见")
    desk.choose("crypto_opinion")
    expect(desk.field("name")).to_have_value(str(other))
    desk.saved()
    names = {one.get("id"): one.get("name") for one in desk.tree("joint_review.bpmn").iter()}
    assert (names["department_opinion"], names["crypto_opinion"]) == ("部门意见", other)


def test_a_department_joins_the_joint_review(desk: Desk) -> None:
    desk.open("joint_review.bpmn", "department_opinion")
    desk.field("parties:finance_bureau").check()
    desk.picture("editor-signing")
    desk.saved()
    tree = desk.tree("joint_review.bpmn")
    (parties,) = tree.iter(f"{OURS}parties")
    assert "finance_bureau" in (parties.get("offices") or "").split(",")
    (old,) = original("joint_review.bpmn").iter(f"{OURS}parties")
    parties.set("offices", str(old.get("offices")))
    assert meaning(tree) == meaning(original("joint_review.bpmn")), "nothing but the list of departments changes"


@pytest.mark.parametrize(
    ("mode", "written"),
    [
        ("veto", 'votes("department_opinion", "不满足") >= 1'),
        ("any", 'votes("department_opinion", "满足") + votes("department_opinion", "不满足") >= 1'),
        ("turn", None),
    ],
)
def test_how_several_sign_is_chosen_in_words(desk: Desk, mode: str, written: str | None) -> None:
    desk.open("joint_review.bpmn", "department_opinion")
    desk.field("mode").select_option(mode)
    expect(desk.field("mode")).to_have_value(mode)
    desk.saved()
    (loop,) = desk.tree("joint_review.bpmn").iter(f"{BPMN}multiInstanceLoopCharacteristics")
    assert loop.findtext(f"{BPMN}completionCondition") == written
    assert (loop.get("isSequential") == "true") is (mode == "turn")
    expect(desk.page.locator("#findings")).to_have_attribute("data-count", "0")


def test_a_finding_selects_its_element_and_says_what_to_do(desk: Desk) -> None:
    desk.open("joint_review.bpmn", "department_opinion")
    desk.field("source").fill('answer("revise_plan", "guests")')
    finding = desk.page.locator('.finding[data-element="department_opinion"]').first
    expect(finding).to_contain_text("建议：")
    desk.choose("crypto_opinion")
    finding.click()
    expect(desk.panel.locator(".panel-head h2")).to_have_text("出具联审意见")
    expect(desk.panel.locator(".panel-finding").first).to_be_visible()
    expect(desk.page.locator('.djs-element.selected[data-element-id="department_opinion"]')).to_have_count(1)
    expect(desk.page.locator(".finding-mark").first).to_be_visible()
    desk.picture("editor-findings")


def test_a_deadline_is_counted_while_it_is_written(desk: Desk) -> None:
    desk.open("delivery.bpmn", "file_contract")
    group = desk.panel.locator('[data-key="group:deadlines"]')
    expect(group.locator(".preview")).to_contain_text("2026-03-11")  # 7 个工作日，从 3 月 2 日起算
    group.get_by_label("数目").fill("5")
    expect(group.locator(".preview")).to_contain_text("2026-03-09")
    desk.saved()
    (timer,) = [one.text for one in desk.tree("delivery.bpmn").iter(f"{BPMN}timeDate") if "signed_on" in (one.text or "")]
    assert timer == 'workdays(5, after=answer("sign_contract", "signed_on"))'


def test_a_new_deadline_comes_with_its_reminder(desk: Desk) -> None:
    desk.open("joint_review.bpmn", "crypto_opinion")
    before = len(list(original("joint_review.bpmn").iter(f"{BPMN}boundaryEvent")))
    desk.page.get_by_role("button", name="加期限").click()
    expect(desk.panel.locator(".preview")).to_contain_text("2026-03-09")
    desk.saved()
    tree = desk.tree("joint_review.bpmn")
    events = [one for one in tree.iter(f"{BPMN}boundaryEvent") if one.get("attachedToRef") == "crypto_opinion"]
    assert len(list(tree.iter(f"{BPMN}boundaryEvent"))) == before + 1
    assert [one.get("cancelActivity") for one in events] == ["false"]
    expect(desk.page.locator("#findings .severity", has_text="错误")).to_have_count(0)


def test_a_shared_procedure_is_inserted_with_its_parameters(desk: Desk) -> None:
    desk.open("joint_review.bpmn", "crypto_opinion")
    desk.page.get_by_role("button", name="插入通用流程").last.click()
    desk.page.locator("dialog").get_by_role("button", name="备案 national_filing").click()
    expect(desk.panel.locator(".kind")).to_have_text("调用流程")
    desk.picture("editor-template")
    desk.saved()
    (call,) = desk.tree("joint_review.bpmn").iter(f"{BPMN}callActivity")
    assert call.get("calledElement") == "national_filing"
    assert {"receiver", "filer", "clause"} <= {one.get("name") for one in call.iter(f"{OURS}param")}
    flows = _flows(desk.tree("joint_review.bpmn"))
    (old,) = [target for source, target in _flows(original("joint_review.bpmn")) if source == "crypto_opinion"]
    assert ("crypto_opinion", call.get("id")) in flows
    assert (call.get("id"), old) in flows
    assert ("crypto_opinion", old) not in flows


def _flows(tree: etree._Element) -> list[tuple[str | None, str | None]]:
    return [(one.get("sourceRef"), one.get("targetRef")) for one in tree.iter(f"{BPMN}sequenceFlow")]


def test_a_renamed_step_keeps_what_is_said_about_it(desk: Desk) -> None:
    desk.open("joint_review.bpmn", "department_opinion")
    desk.field("id").fill("bureau_opinion")
    desk.field("name").click()
    desk.saved()
    words = desk.text("joint_review.bpmn")
    assert 'parties("bureau_opinion")' in words.replace("&#34;", '"').replace("&quot;", '"')
    assert '"department_opinion"' not in words.replace("&#34;", '"').replace("&quot;", '"').replace('form="department_opinion"', "")


def test_every_diagram_and_table_survives_the_editor(desk: Desk) -> None:
    desk.open("project.bpmn")
    for path in every_diagram():
        xml = desk.page.evaluate(
            """async (xml) => {
              const { modeler } = document.getElementById('editor').editor;
              const { warnings } = await modeler.importXML(xml);
              if (warnings.length) throw new Error(warnings.map((one) => one.message).join());
              return (await modeler.saveXML({ format: true })).xml;
            }""",
            path.read_text("utf-8"),
        )
        assert meaning(etree.fromstring(xml.encode())) == meaning(etree.parse(path).getroot()), path
    desk.open("plan_gate.dmn")
    for path in sorted(SHIPPED.rglob("*.dmn")):
        xml = desk.page.evaluate(
            """async (xml) => {
              const { manager } = document.getElementById('editor').editor;
              const { warnings } = await manager.importXML(xml);
              if (warnings.length) throw new Error(warnings.map((one) => one.message).join());
              return (await manager.saveXML({ format: true })).xml;
            }""",
            path.read_text("utf-8"),
        )
        assert meaning(etree.fromstring(xml.encode())) == meaning(etree.parse(path).getroot()), path


def test_a_threshold_is_changed_in_the_decision_table(desk: Desk) -> None:
    desk.open("plan_gate.dmn")
    for row, words in enumerate(("< 50", ">= 50")):
        desk.cell(row, words)
    desk.picture("editor-table")
    desk.saved()
    DMN = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"
    assert [one.findtext(f"{DMN}text") for one in desk.tree("plan_gate.dmn").iter(f"{DMN}inputEntry")] == ["< 50", ">= 50"]
    desk.cell(0, "< 40")
    expect(desk.page.locator(".finding .severity", has_text="错误").first).to_be_visible()  # 40 万元以上、不到 50 万元的没有去处
    desk.picture("editor-table-gap")


def test_a_field_is_added_to_a_form(desk: Desk) -> None:
    desk.open("forms/department_opinion.json")
    before = json.loads((SHIPPED / PLACE / "forms/department_opinion.json").read_text("utf-8"))
    desk.page.get_by_role("button", name="＋ 加栏目").click()
    desk.field("f-title").fill("现场核查人数")
    desk.field("f-type").select_option("integer")
    desk.field("f-required").check()
    desk.field("f-unit").fill("人")
    desk.field("f-name").fill("inspectors")
    desk.field("f-title").click()
    desk.picture("editor-form")
    expect(desk.page.frame_locator("iframe").get_by_text("现场核查人数")).to_be_visible()
    desk.saved()
    after = json.loads(desk.text("forms/department_opinion.json"))
    assert after["properties"].pop("inspectors") == {"type": "integer", "title": "现场核查人数", "minimum": 0, "x-unit": "人"}
    after["required"].remove("inspectors")
    assert after == before


#: keys of a field that the editor shows, so that people may change them
SHOWN = {
    "type", "title", "description", "format", "enum", "items", "minimum", "maximum", "maxLength", "x-widget", "x-clause", "x-project",
    "x-unit", "x-amount", "x-choices", "x-private",
}  # fmt: skip


def test_every_form_survives_the_editor(desk: Desk) -> None:
    """Of every shipped form the title, and every field with keys that the editor does not know, is changed and changed back."""
    desk.open("forms/department_opinion.json")
    unknown: set[str] = set()
    for form in sorted(SHIPPED.glob("*/forms/*.json")):
        words = form.read_text("utf-8")
        schema = json.loads(words)
        strange = [name for name, field in schema["properties"].items() if set(field) - SHOWN]
        unknown |= {key for name in strange for key in schema["properties"][name]} - SHOWN | set(schema)
        came = desk.page.evaluate(
            """async ([words, strange]) => {
              const { editor } = document.getElementById('editor');
              const rest = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
              const change = (key) => {
                const one = document.querySelector(`[data-key="${key}"]`);
                for (const words of [`${one.value}改`, one.value]) {
                  one.value = words;
                  one.dispatchEvent(new Event('change'));
                }
              };
              document.querySelector('[data-key="whole"]').click();
              editor.show(words);
              await rest();
              change('title');
              for (const name of strange) {
                document.querySelector(`[data-key="row:${name}"]`).click();
                await rest();
                change('f-title');
              }
              return editor.text();
            }""",
            [words, strange],
        )
        assert came.strip() == json.dumps(schema, ensure_ascii=False, indent=2), f"{form}: every key in its place"
    assert {"x-export", "allOf", "x-required-when", "uniqueItems"} <= unknown


def test_lists_are_edited_as_tables_and_keep_their_comments(desk: Desk) -> None:
    before = (SHIPPED / PLACE / "offices.yaml").read_text("utf-8")
    desk.open("offices.yaml")
    desk.field("9:name").fill("区网信办")
    desk.field("9:reads_all").check()
    desk.picture("editor-offices")
    desk.saved()
    after = desk.text("offices.yaml")
    changed = [(a, b) for a, b in zip(before.splitlines(), after.splitlines(), strict=True) if a != b]
    assert len(changed) == 1, changed
    assert "name: 区网信办" in changed[0][1]
    assert "reads_all: true" in changed[0][1]
    for name in ("region", "clauses", "rounds", "materials"):
        desk.open(f"{name}.yaml")
        desk.picture(f"editor-{name}")
        expect(desk.editor).to_have_attribute("data-state", "saved")
        assert desk.text(f"{name}.yaml") == (SHIPPED / PLACE / f"{name}.yaml").read_text("utf-8")


def test_the_second_of_two_editors_is_warned_and_loses_nothing(browser: Browser, world: World, quiet: Page) -> None:
    other = sit(world, quiet)
    with seated(browser, world, SECOND, other.draft) as mine:
        other.open("plan_entry.bpmn")
        mine.open("plan_entry.bpmn")
        expect(mine.page.locator("#presence")).to_contain_text("流程管理员")
        other.field("name").fill("对方改的名称")
        other.saved()
        mine.field("name").fill("我改的名称")
        mine.page.get_by_role("button", name="保存", exact=True).click()
        dialog = mine.page.get_by_role("dialog")
        expect(dialog).to_contain_text("没有丢失")
        dialog.get_by_role("button", name="对比两份内容").click()
        expect(dialog.locator(".mine", has_text="我改的名称").first).to_be_visible()
        mine.picture("editor-conflict")
        dialog.get_by_role("button", name="用对方的").click()
        expect(mine.field("name")).to_have_value("对方改的名称")
        mine.page.get_by_role("button", name="取回我的修改").click()
        expect(mine.field("name")).to_have_value("我改的名称")
        mine.saved()
        assert "我改的名称" in mine.text("plan_entry.bpmn")


def test_what_is_written_without_a_network_is_not_lost(browser: Browser, world: World, quiet: Page) -> None:
    draft = sit(world, quiet).draft
    with seated(browser, world, PROCESS_ADMIN, draft) as desk:
        desk.open("plan_entry.bpmn")
        desk.page.context.set_offline(True)
        desk.field("name").fill("断网时改的名称")
        expect(desk.editor).to_have_attribute("data-state", "offline")
        desk.page.close()
        desk.page.context.set_offline(False)
        desk.page = desk.page.context.new_page()
        desk.open("plan_entry.bpmn")
        expect(desk.field("name")).to_have_value("断网时改的名称")
        desk.saved()
        assert "断网时改的名称" in desk.text("plan_entry.bpmn")


def test_a_shared_part_is_changed_for_this_place(desk: Desk) -> None:
    desk.open("national/filing.bpmn", "receive")
    expect(desk.page.locator(".presence", has_text="其他地区不受影响")).to_be_visible()
    expect(desk.page.get_by_role("button", name="删去文件")).to_be_hidden()
    desk.field("name").fill("备案登记")
    desk.picture("editor-shared")
    desk.saved()
    (step,) = [one for one in desk.tree("national/filing.bpmn").iter(f"{BPMN}userTask") if one.get("id") == "receive"]
    assert step.get("name") == "备案登记"
    expect(desk.page.locator("#findings")).to_have_attribute("data-count", "0")


def test_what_the_system_publishes_by_is_shown_and_not_changed(desk: Desk) -> None:
    desk.open("national/publication.bpmn", "approve_version")
    expect(desk.editor).to_have_attribute("data-state", "readonly")
    expect(desk.field("name")).to_have_attribute("readonly", "")
    desk.page.keyboard.press("Delete")
    expect(desk.page.get_by_role("button", name="撤销")).to_be_disabled()


def test_a_new_procedure_begins_whole(desk: Desk) -> None:
    desk.open("hearing.bpmn")
    desk.saved()
    (process,) = desk.tree("hearing.bpmn").iter(f"{BPMN}process")
    assert process.get("id") == f"{PLACE}_hearing"
    desk.open("forms/hearing.json")
    desk.saved()
    assert json.loads(desk.text("forms/hearing.json"))["additionalProperties"] is False
