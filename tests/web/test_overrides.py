"""例外 and 批次: what everybody reads, what the approving office records, and whom the rules keep from approving."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from adapters.database import bans, cases, people
from adapters.database.batches import collect
from adapters.database.tables import BatchEntry, Case, PostRow
from tests.web.town import MORNING, PLACE, Town

GROUP = f"{PLACE}.leading_group"
REASON = "防汛急需，专题会议决定先行启动"


def given(town: Town, **more: str) -> dict[str, str]:
    """The form, filled in."""
    return {"clause": "JJ-07-reserve", "project": town.things["projects"]["reviewed"], "reason": REASON, "day": "2026-03-01", **more}


def test_an_exception_is_recorded_and_read_by_those_concerned(town: Town) -> None:
    assert town.client(GROUP).post("/overrides", data=given(town, until="2026-03-31")).status_code == 303
    for person, sees in (("owner", True), ("office", True), ("other owner", False)):
        page = town.client(person).get("/overrides").text
        assert (REASON in page) is sees, person
    page = town.client("office").get("/overrides").text
    for seen in ("第七条", "智慧锦江建设领导小组", "2026年3月1日", "至 2026年3月31日（含）", "校园安全智慧监管平台"):
        assert seen in page
    assert "登记例外" not in page, "only who may approve sees the form"


def test_an_exception_ends_on_its_last_day(town: Town) -> None:
    town.client(GROUP).post("/overrides", data=given(town, until="2026-03-31"))
    project = town.things["projects"]["reviewed"]
    with town.database.reading() as db:
        assert len(bans.overrides(db, project=project, day=date(2026, 3, 31))) == 1
        assert bans.overrides(db, project=project, day=date(2026, 4, 1)) == []


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"reason": " "}, "没有填写例外的理由"),
        ({"project": ""}, "请选择项目"),
        ({"day": "2026-03-03"}, "不能晚于今天"),
        ({"until": "2026-03-01"}, "有效期已经过去"),
        ({"until": "下个月"}, "请填写日期"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_lost(town: Town, wrong: dict[str, str], says: str) -> None:
    answer = town.client(GROUP).post("/overrides", data=given(town, **wrong))
    assert (answer.status_code, says in answer.text) == (422, True)
    assert wrong.get("reason", REASON) in answer.text
    assert "没有登记过例外" in answer.text


def test_only_whoever_may_and_has_no_part_in_the_project(town: Town) -> None:
    assert town.client("office").post("/overrides", data=given(town)).status_code == 403
    other = town.client(GROUP).post("/overrides", data=given(town, clause="JJ-06-30wan"))
    assert (other.status_code, "不是“原则上”条款" in other.text) == (422, True)
    assert town.client(GROUP).post("/overrides", data=given(town, project="nothing")).status_code == 404
    with town.database.transaction() as db:
        people.add_post(db, PostRow(id=uuid4().hex, person=GROUP, jurisdiction=PLACE, office="owner", unit="edu"))
    refused = town.client(GROUP).post("/overrides", data=given(town))
    assert (refused.status_code, "不能批准本单位项目的例外" in refused.text) == (403, True)


def test_batches_are_listed_for_those_who_may_open_them(town: Town) -> None:
    with town.database.transaction() as db:
        like = cases.get(db, town.things["reviewed"])
        row = {"id": "b" * 32, "kind": "batch", "project": None, "procedure": f"{PLACE}_annual_plan", "title": "2026年度计划第一批"}
        cases.add(db, Case(**{**like.model_dump(), **row, "opened_at": MORNING}))
        project = town.things["projects"]["reviewed"]
        collect(db, [BatchEntry(batch="b" * 32, case=like.id, project=project, wait_task="x", outcome="纳入")])
    page = town.client("office").get("/batches").text
    for seen in ("2026年度计划第一批", "1 个", "纳入 1", f"/cases/{'b' * 32}"):
        assert seen in page
    assert "2026年度计划第一批" not in town.client("owner").get("/batches").text
