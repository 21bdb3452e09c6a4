"""What pages say: the version by name, opinions by round, the preview before opinions go out, why a start is closed, rounds and mail."""

from __future__ import annotations

from datetime import date
from html import unescape

import pytest

from adapters.database import items
from adapters.database.tables import Ban
from adapters.settings import SHIPPED
from domain.offices import Official, Post
from tasks import notices, reading
from tasks.scenarios.language import Begin
from tasks.scenarios.player import Theatre
from tasks.scenarios.stage import Outcome, Stage
from tests.web.town import PLACE, Town

FAILED = {"expert_opinion": {"outcome": "不通过"}, "conclude_review": {"outcome": "不通过"}}
OWNER = Official(id="jinjiang.owner.edu", name="甲", unit="区教育局", posts=(Post(office="owner", unit="edu"),))


def stage(town: Town) -> Stage:
    """A stage on the town's database."""
    one = Theatre.of(SHIPPED, PLACE, town.folder / "files")
    return Stage(town.database, one.ruleset, one.cast, one.defaults, one.store, Outcome("pages"))


def test_a_version_is_named(town: Town) -> None:
    page = town.client("office").get(f"/cases/{town.things['reviewed']}").text
    assert "规则版本：" in page
    assert "（征求意见稿，2026-03-02 09:00 发布）" in page


def test_the_main_procedure_stands_first(town: Town) -> None:
    page = town.client("owner").get("/start").text
    order = [page.index(f'id="start-{one}"') for one in ("project", "outside_funding", "pilot")]
    assert order[0] == min(order)


def test_a_closed_start_says_why_and_what_would_open_it(town: Town) -> None:
    project = town.things["projects"]["reviewed"]
    page = unescape(town.client("owner").get(f"/projects/{project}").text)
    assert "项目所处阶段须是“等待年度计划”或“储备”，现为“预审”（第七条）。项目进入该阶段后即可发起。" in page
    assert "还没有登记信息系统的投入使用日期" in page


def test_a_bar_in_the_way_says_until_when(town: Town) -> None:
    from tasks import conditions, versions

    with town.database.reading() as db:
        _, ruleset = versions.current(db, PLACE)
    bar = Ban(
        id="1", jurisdiction=PLACE, kind="expert_review", subject_kind="project", subject="p", clause="JJ-08.1-three-fails",
        since=date(2026, 3, 2), until=date(2027, 3, 2), reason="三次未通过",
    )  # fmt: skip
    found = conditions.obstacles('not banned("expert_review")', ruleset, holds=lambda _: False, bans=[bar])
    assert [one.what for one in found] == ["一年内不再组织专家评审，至 2027年3月2日（含）止（第八条（一））"]
    assert "满一年" in found[0].cure


def test_opinions_stand_by_round_and_are_previewed_before_release(town: Town) -> None:
    one = stage(town)
    failed = {"needs_proposal": {"estimate": 29}, **FAILED}
    one.begin(Begin(procedure="project", unit="区教育局", until="release_opinion", answers=failed), "twice")
    case = one.focus
    with town.database.reading() as db:
        item = next(one for one in items.open_of(db, case) if one.step == "release_opinion")
    page = town.client("jinjiang.operation_centre").get(f"/items/{item.id}").text
    assert "脱敏后的意见（提交后交项目建设单位" in page
    assert not any(canary in page.split('id="preview"')[1].split("</section>")[0] for canary in town.things["canaries"])
    assert "提交即由" in page
    one.play("construction_plan")
    one.play("release_opinion")
    one.play("construction_plan")
    with town.database.reading() as db:
        rounds = {opinion.round for opinion in reading.opinions(db, case, OWNER) if opinion.step == "expert_opinion"}
    assert rounds == {1, 2}
    page = town.client("owner").get(f"/cases/{case}").text
    assert "专家评审并签字：第 1 轮（已脱敏" in page
    assert "专家评审并签字：第 2 轮（已脱敏" in page


def test_rounds_are_opened_by_hand_once(town: Town) -> None:
    admin, place = town.client("system_admin"), "/registers/jinjiang"
    assert "智慧锦江年度计划第一批" in admin.get(place).text
    assert (
        admin.post(f"{place}/rounds", data={"id": "annual_plan_first", "day": "2025-12-31"}).headers["location"].endswith("opened=1#rounds")
    )
    assert (
        admin.post(f"{place}/rounds", data={"id": "annual_plan_first", "day": "2025-12-31"}).headers["location"].endswith("opened=0#rounds")
    )
    for day, says in (("", "请填写日期"), ("2026-12-31", "不能提前"), ("明天", "请填写日期")):
        answer = admin.post(f"{place}/rounds", data={"id": "annual_plan_first", "day": day})
        assert (answer.status_code, says in answer.text) == (422, True)
    assert "手工开办批次" in town.client("audit_admin").get("/audit").text


@pytest.mark.parametrize(("person", "path"), [("owner", "/account/mail"), ("system_admin", "/people/jinjiang.owner.edu/mail")])
def test_a_mail_address_is_kept(town: Town, person: str, path: str) -> None:
    client = town.client(person)
    wrong = client.post(path, data={"address": "李四 <li@x>"})
    assert (wrong.status_code, "邮箱写法不对" in wrong.text) == (422, True)
    assert client.post(path, data={"address": "li@example.gov.cn"}).status_code == 303
    with town.database.reading() as db:
        assert notices.address_of(db, "jinjiang.owner.edu", notices.MAIL) == "li@example.gov.cn"
    assert "li@example.gov.cn" in client.get(path.removesuffix("/mail")).text
    assert client.post(path, data={"address": ""}).status_code == 303
    with town.database.reading() as db:
        assert notices.address_of(db, "jinjiang.owner.edu", notices.MAIL) == ""
