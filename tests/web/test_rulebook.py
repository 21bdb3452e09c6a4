"""Clauses looked up, two places side by side, and an idea tried without a trace."""

from __future__ import annotations

import re

from adapters.database import cases
from tests.web.town import PLACE, Town

IDEA = {
    "_unit": "edu", "_procedure": "project", "name": "智慧校园", "nature": "建设类", "funding": "政府出资类", "upper_funding": "否",
    "fiscal": "是", "category": "基础性", "scope_basis": "年度重点任务", "topic": "校园", "system": "校园平台",
}  # fmt: skip


def test_a_clause_is_found_by_a_word_with_where_it_is_carried_out(town: Town) -> None:
    page = town.client("owner").get("/rules", params={"q": "合同 备案"}).text
    assert "第十一条" in page
    assert "流程“" in page
    assert "第十六条" not in page
    assert "没有符合的条款" in town.client("owner").get("/rules", params={"q": "量子"}).text


def test_administrators_read_the_rules_of_a_place_they_name(town: Town) -> None:
    assert "第八条" in town.client("audit_admin").get("/rules", params={"place": PLACE}).text


def test_a_place_compared_with_itself_is_alike(town: Town) -> None:
    page = town.client("owner").get("/rules/compare", params={"left": PLACE, "right": PLACE}).text
    assert "两边没有不同" in page
    assert "审定金额30万元（不含）以下" in town.client("owner").get("/rules/compare", params={"right": PLACE, "every": "1"}).text


def test_an_idea_that_the_rules_refuse_is_told_why_and_leaves_nothing(town: Town) -> None:
    owner = town.client("owner")
    with town.database.reading() as db:
        before = len(cases.listing(db, PLACE))
    page = owner.post("/rules/eligibility", data=IDEA).text
    assert re.search(r'id="answer".*?<strong>(不能申报|还不能判断)</strong>', page, re.DOTALL)
    assert "智慧校园" in page, "what was typed stays"
    with town.database.reading() as db:
        assert len(cases.listing(db, PLACE)) == before


def test_batches_say_when_the_next_ones_come_and_why(town: Town) -> None:
    page = town.client("owner").get("/batches").text
    table = page.partition('id="rounds"')[2]
    for seen in ("年度计划第二批", "2026年6月30日", "第七条"):
        assert seen in table
