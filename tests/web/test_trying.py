"""Trying a draft out: any office, any day, the real engine and forms; the story survives, and comes out as a scenario that passes."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from adapters import clock
from adapters.database import authoring, rules
from adapters.database.tables import RuleRun
from tasks import drafts, rehearsals, tryworlds
from tasks.scenarios import sweep
from tasks.scenarios.language import parse
from tasks.scenarios.player import Theatre, play
from tests.web.test_drafts import GATE, raised, read, save
from tests.web.town import PLACE, Town

FROM_30, BELOW = "scenarios/a-06-30wan-from.yaml", "scenarios/a-06-30wan-below.yaml"


@pytest.fixture
def editor(town: Town) -> TestClient:
    return town.client("process_admin")


@pytest.fixture
def draft(town: Town) -> str:
    with town.database.transaction() as db:
        return drafts.begin(db, PLACE, "调整金额标准", by="process_admin", now=clock.now()).id


def begin(editor: TestClient, draft: str, **given: str) -> str:
    answer = editor.post(f"/drafts/{draft}/try", data={"procedure": "project", "unit": "区教育局", "on": "2026-03-02"} | given)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def steps(editor: TestClient, here: str) -> list[str]:
    """Keys of the open steps."""
    answer = editor.get(here)
    assert answer.status_code == 200, answer.text
    return re.findall(rf'<a class="main" href="{re.escape(here)}/([\w-]+)"', answer.text)


def usual(editor: TestClient, here: str, key: str) -> None:
    answer = editor.post(f"{here}/{key}", data={"_usual": "1"})
    assert answer.status_code == 303, answer.text


def test_a_step_is_done_with_what_was_typed(town: Town, editor: TestClient, draft: str) -> None:
    here = begin(editor, draft)
    assert steps(editor, here) == ["declare-1"]
    form = editor.get(f"{here}/declare-1").text
    assert "校园安全智慧监管平台" in form, "the defaults of the stories are filled in"

    wrong = editor.post(f"{here}/declare-1", data={"name": "", "nature": "建设类"})
    assert (wrong.status_code, "不能这样办理" in wrong.text) == (422, True)
    other = editor.post(f"{here}/declare-1", data={"_usual": "1", "_by": "finance_bureau"})
    assert (other.status_code, "没有该岗位" in other.text) == (403, True)
    assert steps(editor, here) == ["declare-1"], "what was refused changed nothing"

    usual(editor, here, "declare-1")
    assert "declare-1" not in steps(editor, here)
    with town.database.reading() as db:
        assert [one["do"] for one in authoring.plays(db, draft)[0].story["when"]] == ["declare"]


def test_time_passes_and_a_step_is_taken_back(editor: TestClient, draft: str) -> None:
    here = begin(editor, draft)
    usual(editor, here, "declare-1")
    after = steps(editor, here)
    assert editor.post(here, data={"count": "7", "unit": "个工作日"}).status_code == 303
    assert "试办：2026-03-11" in editor.get(here).text
    assert editor.post(here, data={"keep": "1"}).status_code == 303
    assert "试办：2026-03-02" in editor.get(here).text
    assert steps(editor, here) == after
    assert editor.post(here, data={"keep": "0"}).status_code == 303
    assert steps(editor, here) == ["declare-1"]
    assert editor.post(here, data={"play": "no_such_step"}).status_code == 422
    assert steps(editor, here) == ["declare-1"], "an act that failed halfway is played again from the story"


def test_the_story_is_played_again_by_another_process(editor: TestClient, draft: str) -> None:
    here = begin(editor, draft, estimate="40")
    assert editor.post(here, data={"play": "wait_plan"}).status_code == 303

    def seen() -> str:
        return re.sub(r"专家\S ·", "专家 ·", editor.get(here).text)  # who is drawn is drawn anew

    before = seen()
    tryworlds.forget()
    assert "正在等待：等待年度计划结果" in before
    assert seen() == before


def test_a_changed_draft_says_where_the_story_ends(editor: TestClient, draft: str) -> None:
    here = begin(editor, draft, estimate="40")
    assert editor.post(here, data={"play": "wait_plan"}).status_code == 303
    assert save(editor, draft, GATE, raised(read(editor, draft, GATE)["content"]), 1).status_code == 200

    page = editor.get(here).text

    assert "第 1 步在现在的草稿上走不通" in page
    refused = editor.post(here, data={"count": "1", "unit": "天"})
    assert (refused.status_code, "不能继续" in refused.text) == (422, True)
    assert editor.post(here, data={"keep": "0"}).status_code == 303
    assert steps(editor, here) == ["declare-1"]


def test_a_story_becomes_a_scenario_that_passes(town: Town, editor: TestClient, draft: str, tmp_path: Path) -> None:
    assert save(editor, draft, GATE, raised(read(editor, draft, GATE)["content"]), 1).status_code == 200
    here = begin(editor, draft, estimate="40")
    usual(editor, here, "declare-1")
    assert editor.post(here, data={"play": "construction_plan"}).status_code == 303
    assert editor.post(f"{here}/save/scenario", data={"name": "Bad Name", "title": ""}).status_code == 422

    given = {"name": "gate-40", "title": "40 万元直接入库", "clause": ["JJ-06-30wan"]}
    assert editor.post(f"{here}/save/scenario", data=given).status_code == 303

    content = read(editor, draft, "scenarios/gate-40.yaml")["content"]
    with town.database.reading() as db:
        files = drafts.contents(db, authoring.get(db, draft))
    outcome = play(parse(content), Theatre.made(files, PLACE, tmp_path))
    assert outcome.passed, outcome.differences
    assert editor.post(f"{here}/save/scenario", data=given).status_code == 409, "a story of that name is there"


def test_a_draft_that_cannot_be_read_is_not_tried(editor: TestClient, draft: str) -> None:
    here = begin(editor, draft)
    assert save(editor, draft, "offices.yaml", "- [", 1).status_code == 200
    for path in (f"/drafts/{draft}/try", here):
        answer = editor.get(path)
        assert (answer.status_code, "错误" in answer.text) == (422, True)


def test_all_stories_are_played_by_another_process(town: Town, editor: TestClient, draft: str) -> None:
    """A few of them, on a gate that was raised: one comes out otherwise, one as before, a new one does not fit, one cannot be read."""
    with town.database.transaction() as db:
        row = authoring.get(db, draft)
        files = drafts.contents(db, row)
        kept = {one for one in files if "/scenarios/" not in one or "/_" in one or one.endswith((FROM_30, BELOW))}
        drafts.replace(db, row, {path: files[path] for path in kept}, by="process_admin", now=clock.now())
    assert save(editor, draft, GATE, raised(read(editor, draft, GATE)["content"]), 1).status_code == 200
    assert save(editor, draft, "scenarios/new_story.yaml", read(editor, draft, FROM_30)["content"].replace("title: ", "title: 新"), 0)
    assert save(editor, draft, "scenarios/unreadable.yaml", "title: [", 0).status_code == 200
    assert "还没有运行过" in editor.get(f"/drafts/{draft}/scenarios").text

    assert editor.post(f"/drafts/{draft}/scenarios").status_code == 303
    again = editor.post(f"/drafts/{draft}/scenarios")
    assert (again.status_code, "正在运行" in again.text) == (422, True)

    result = finished(town, draft)
    assert (result["total"], [path for path, _ in result["passed"]]) == (4, [BELOW])
    assert [one["path"] for one in result["changed"]] == [FROM_30]
    assert {(one["path"], one["new"]) for one in result["failed"]} == {
        ("scenarios/new_story.yaml", True),
        ("scenarios/unreadable.yaml", True),
    }
    unmet = {flow for _, flow, _ in result["flows"]["unmet"]}
    assert 0 < len(unmet) < result["flows"]["all"]
    assert ["jinjiang/plan_gate.dmn", "below"] not in [one[:2] for one in result["rows"]["unmet"]]
    page = editor.get(f"/drafts/{draft}/scenarios").text
    assert "结果有变化 1 个" in page
    assert "一直没有走到“等待年度计划结果”" in page, "steps by their names"
    assert "wait_plan" not in str(result["changed"][0]["differences"])
    assert save(editor, draft, "scenarios/unreadable.yaml", "title: {", 1).status_code == 200
    assert "请重新运行" in editor.get(f"/drafts/{draft}/scenarios").text


def finished(town: Town, draft: str) -> dict[str, Any]:
    """The result of the run, when it is there."""
    for _ in range(1_200):
        with town.database.reading() as db:
            standing = rehearsals.standing(db, draft, now=clock.now())
        if standing.state != "running":
            assert standing.run is not None
            assert standing.run.result is not None, standing.run.fault
            return standing.run.result
        time.sleep(0.25)
    raise AssertionError("the run does not end")


def test_a_run_over_rules_that_cannot_be_read_says_so(town: Town, editor: TestClient, draft: str) -> None:
    assert save(editor, draft, "offices.yaml", "- [", 1).status_code == 200
    with town.database.transaction() as db:
        row = RuleRun(id="r", draft=draft, digest="", by="x", begun_at=clock.now(), seen_at=clock.now())
        authoring.add_run(db, row)
    sweep.run(town.database, "r")
    page = editor.get(f"/drafts/{draft}/scenarios").text
    assert "运行没有完成" in page
    assert "读不出来" in page
    with town.database.reading() as db:
        assert rules.published(db, PLACE) is not None
