"""One walk through the pages: log in, 待办, the step, hand in, the next one."""

from __future__ import annotations

import re
from uuid import uuid4

from adapters.database import items, records
from tests.web.town import Town

NEEDS = {
    "basis": "重点工作", "goals": "目标", "content": "内容", "technology": "技术", "schedule": "六个月", "estimate": "450",
    "funding_guarantee": "区级财政", "safety": "安全可靠", "trusted": "是", "reuse": "利旧", "existing_systems.0.name": "旧平台",
    "existing_systems.0.plan": "整合", "data_items.0.item": "信息", "data_items.0.secret": "否", "data_items.0.sensitive": "否",
    "data_items.0.desensitised": "否", "data_items.0.connect": "是", "last_evaluation": "没有评价", "declared": "true", "signer": "李明",
    "signed_on": "2026-03-02",
}  # fmt: skip
PDF = ("file", ("方案.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf"))


def test_from_the_inbox_to_the_next_person(town: Town) -> None:
    owner = town.client("other owner")
    inbox = owner.get("/inbox").text
    item = town.item("drafted", "needs_proposal")
    assert f"/items/{item}" in inbox
    page = owner.get(f"/items/{item}").text
    for seen in ("建设类项目需求方案", "办理依据", "为什么到这里", "第六条", "材料清单", "data-now="):
        assert seen in page
    assert owner.post(f"/items/{item}/materials", data={"material": material(page)}, files=[PDF]).status_code == 303
    answer = owner.post(f"/items/{item}", data={**NEEDS, "_key": uuid4().hex})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/items/{item}")
    done = owner.get(f"/items/{item}").text
    assert "本事项已办结" in done
    assert "分管区领导审核" in done
    leader = town.client("jinjiang.leader_in_charge.civil")
    assert "分管区领导审核" in leader.get("/inbox").text
    assert "建设类需求方案" in owner.get("/done").text


CONSENT = {"outcome": "不同意", "consent_form": "领导签批", "consented_on": "2026-03-02", "opinion": "请补充运维费用测算。"}


def test_what_comes_back_says_why_and_the_next_reader_finds_the_papers(town: Town) -> None:
    owner, leader = town.client("other owner"), town.client("jinjiang.leader_in_charge.civil")
    item = town.item("drafted", "needs_proposal")
    first = owner.get(f"/items/{item}").text
    assert 'id="since"' not in first
    assert 'id="papers"' not in first
    owner.post(f"/items/{item}/materials", data={"material": material(first)}, files=[PDF])
    owner.post(f"/items/{item}", data={**NEEDS, "_key": uuid4().hex})
    asked = town.item("drafted", "leader_consent")
    page = leader.get(f"/items/{asked}").text
    papers = page.partition('id="papers"')[2].partition("</section>")[0]
    assert "方案.pdf" in papers, "what is to be judged lies on the desk"
    assert "<details open>" in page.partition('id="opinions"')[2], "and so does what was written"
    assert 'class="tag" href="/rules?q=%E7%AC%AC%E5%85%AD%E6%9D%A1"' in page, "an article leads to what it says"
    leader.post(f"/items/{asked}/materials", data={"material": material(page)}, files=[PDF])
    assert leader.post(f"/items/{asked}", data={**CONSENT, "_key": uuid4().hex}).status_code == 303
    again = owner.get(f"/items/{town.item('drafted', 'needs_proposal')}").text.partition('id="since"')[2].partition("上次填写的内容")[0]
    for seen in ("分管区领导审核", "不同意", "请补充运维费用测算。"):
        assert seen in again


def test_an_expert_hears_how_many_are_still_to_speak(town: Town) -> None:
    expert = town.client("expert")
    with town.database.reading() as db:
        item = next(one.id for one in items.open_of(db, town.things["reviewed"]) if one.person == town.account("expert"))
    given = dict.fromkeys(("necessity", "rationality", "urgency"), "充分")
    given |= {f"{name}_note": "已核对。" for name in given} | {"outcome": "通过", "opinion": "同意。", "signature": "已签字"}
    assert expert.post(f"/items/{item}", data={**given, "_key": uuid4().hex}).status_code == 303
    assert "还有 2 方没有办理" in expert.get(f"/items/{item}").text


def test_an_applicant_who_is_turned_away_reads_why_at_once(town: Town) -> None:
    company = town.client("jinjiang.owner.social")
    begun = company.post("/start", data={"procedure": "project", "unit": "social", "_key": uuid4().hex}).headers["location"]
    given = {
        "name": "企业自建平台", "nature": "建设类", "funding": "政府出资", "upper_funding": "否", "fiscal": "是", "category": "行业性应用",
        "scope_basis": "对应规划。", "topic": "停车", "industry_supervisor": "区教育局", "surveying": "否", "needs_land": "否",
    }  # fmt: skip
    assert company.post(begun, data={**given, "_key": uuid4().hex}).status_code == 303
    done = company.get(begun).text.partition('id="done"')[2].partition('<div class="two">')[0]
    for seen in ("整个办件已经办结", "申报单位不是区级部门", "第五条"):
        assert seen in done


def material(page: str) -> str:
    found = re.search(r'name="material" value="(\w+)"', page)
    assert found is not None
    return found[1]


def test_a_double_click_does_nothing_twice(town: Town) -> None:
    owner = town.client("other owner")
    item = town.item("drafted", "needs_proposal")
    owner.post(f"/items/{item}/materials", data={"material": material(owner.get(f"/items/{item}").text)}, files=[PDF])
    key = uuid4().hex
    answers = [owner.post(f"/items/{item}", data={**NEEDS, "_key": key}) for _ in range(3)]
    assert [one.status_code for one in answers] == [303, 303, 303]
    with town.database.reading() as db:
        assert len(records.rounds(db, town.things["drafted"], items.get(db, item).scope, "needs_proposal")) == 1
    other = owner.post(f"/items/{item}", data={**NEEDS, "goals": "另一份", "_key": key})
    assert other.status_code == 409
    late = owner.post(f"/items/{item}", data={**NEEDS, "_key": uuid4().hex})
    assert late.status_code == 409
    assert "已经办理" in late.text


def test_a_refusal_keeps_everything_that_was_typed(town: Town) -> None:
    owner = town.client("other owner")
    item = town.item("drafted", "needs_proposal")
    typed = {**NEEDS, "estimate": "四百五十", "goals": "<b>目标</b>", "data_items.3.item": "第二行", "signer": ""}
    answer = owner.post(f"/items/{item}", data={**typed, "_key": uuid4().hex})
    assert answer.status_code == 422
    page = answer.text
    assert 'value="四百五十"' in page
    assert "&lt;b&gt;目标&lt;/b&gt;" in page
    assert "<b>目标</b>" not in page
    assert 'name="data_items.1.item" value="第二行"' in page
    assert re.search(r'id="f-signer-error">[^<]*必须填写', page)
    assert re.search(r'id="f-estimate-error">', page)
    assert 'aria-invalid="true"' in page
    assert 'href="#f-estimate"' in page


def test_a_missing_document_is_named(town: Town) -> None:
    owner = town.client("other owner")
    answer = owner.post(f"/items/{town.item('drafted', 'needs_proposal')}", data={**NEEDS, "_key": uuid4().hex})
    assert answer.status_code == 422
    assert "缺少材料：建设类项目需求方案" in answer.text
    assert 'value="450"' in answer.text


def test_a_rule_of_the_form_answers_with_its_article(town: Town) -> None:
    owner = town.client("other owner")
    item = town.item("drafted", "needs_proposal")
    owner.post(f"/items/{item}/materials", data={"material": material(owner.get(f"/items/{item}").text)}, files=[PDF])
    answer = owner.post(f"/items/{item}", data={**NEEDS, "declared": "false", "_key": uuid4().hex})
    assert answer.status_code == 422
    assert "没有提交，填写的内容都还在" in answer.text
    assert "第六条" in answer.text.partition('id="refusal"')[2][:600]


def test_a_draft_comes_back(town: Town) -> None:
    owner = town.client("other owner")
    item = town.item("drafted", "needs_proposal")
    kept = owner.post(f"/items/{item}/draft", data={"goals": "写到一半", "estimate": "abc", "data_items.0.item": "甲"})
    assert (kept.status_code, "草稿已保存" in kept.text) == (200, True)
    page = owner.get(f"/items/{item}").text
    for seen in ("写到一半", 'value="abc"', 'value="甲"', "的草稿"):
        assert seen in page
    assert "写到一半" not in town.client("jinjiang.leading_group_office").get(f"/items/{item}").text


def test_rows_are_added_without_losing_any(town: Town) -> None:
    owner = town.client("other owner")
    item = town.item("drafted", "needs_proposal")
    answer = owner.post(
        f"/items/{item}/form?add=data_items", data={"data_items.0.item": "", "data_items.2.item": "乙"}, headers={"hx-request": "true"}
    )
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert re.findall(r'name="(data_items\.\d+\.item)"', answer.text) == [f"data_items.{n}.item" for n in range(3)]
    assert 'name="data_items.1.item" value="乙"' in answer.text


def test_beginning_is_once(town: Town) -> None:
    owner = town.client("owner")
    page = owner.get("/start").text
    assert "申报智慧锦江建设项目" in page
    given = {"procedure": "project", "unit": "edu", "_key": uuid4().hex}
    answers = [owner.post("/start", data=given) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert len({one.headers["location"] for one in answers}) == 1
    assert owner.get(answers[0].headers["location"]).status_code == 200
    assert owner.post("/start", data={**given, "unit": "civil", "_key": uuid4().hex}).status_code == 403
