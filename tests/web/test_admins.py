"""People and incidents: what administrators and operators do, each their part only."""

from __future__ import annotations

import re

import pytest

from adapters import clock
from adapters.database import cases, incidents, people, timers
from domain.errors import ExpressionFailed
from tasks import incidents as incident_tasks
from tests.web.town import Town


def create(town: Town, login: str = "li.si", place: str = "jinjiang") -> str:
    """A new account; answers its id."""
    answer = town.client("system_admin").post("/people", data={"login": login, "name": "李四", "place": place, "employer": "区教育局"})
    assert answer.status_code == 200, answer.text
    assert re.search(r"初始口令：<code>[\w-]{14}</code>", answer.text)
    with town.database.reading() as db:
        found = people.by_login(db, login)
    assert found is not None
    return found.id


def test_one_creates_the_other_gives_posts(town: Town) -> None:
    person = create(town)
    assert town.client("system_admin").post(f"/people/{person}/posts", data={"office": "owner", "unit": "edu"}).status_code == 403
    security = town.client("security_admin")
    assert security.post("/people", data={"login": "x.y", "name": "某"}).status_code == 403
    assert security.post(f"/people/{person}/posts", data={"office": "owner"}).status_code == 422
    assert security.post(f"/people/{person}/posts", data={"office": "owner", "unit": "edu"}).status_code == 303
    page = security.get(f"/people/{person}").text
    assert "区教育局 · 项目建设单位" in page
    post = re.search(r"/posts/(\w+)/end", page)
    assert post is not None
    assert security.post(f"/people/{person}/posts/{post[1]}/end").status_code == 303
    assert "已结束" in security.get(f"/people/{person}").text


def test_a_post_has_a_first_and_a_last_day(town: Town) -> None:
    person = create(town)
    security = town.client("security_admin")
    posts = f"/people/{person}/posts"
    given = {"office": "owner", "unit": "edu", "since": "2026-03-05", "until": "2026-12-31"}
    for wrong, says in (
        ({"since": "2026-03-01"}, "起始日期不能早于今天"),
        ({"until": "2026-03-04"}, "最后一日不能早于起始日期"),
        ({"until": "年底"}, "请填写日期"),
    ):
        refused = security.post(posts, data={**given, **wrong})
        assert (refused.status_code, says in refused.text) == (422, True)
        assert 'value="edu" selected' in refused.text
    assert security.post(posts, data=given).status_code == 303
    with town.database.reading() as db:
        (post,) = people.posts_of(db, person)
    assert (str(post.since), str(post.until)) == ("2026-03-05", "2026-12-31")
    early = security.post(f"{posts}/{post.id}/end", data={"last": "2026-03-01"})
    assert (early.status_code, "最后一日不能早于今天" in early.text) == (422, True)
    assert security.post(f"{posts}/{post.id}/end", data={"last": "2026-06-30"}).status_code == 303
    with town.database.reading() as db:
        assert str(people.posts_of(db, person)[0].until) == "2026-06-30"


def test_posts_that_exclude_each_other(town: Town) -> None:
    person = create(town, "wang.wu", "")
    security = town.client("security_admin")
    assert security.post(f"/people/{person}/posts", data={"office": "system_admin"}).status_code == 303
    assert security.post(f"/people/{person}/posts", data={"office": "operator"}).status_code == 303
    refused = security.post(f"/people/{person}/posts", data={"office": "audit_admin"})
    assert (refused.status_code, "三员分立" in refused.text) == (403, True)
    assert security.post("/people/jinjiang.owner.edu/posts", data={"office": "security_admin"}).status_code == 403


def test_nobody_serves_themselves(town: Town) -> None:
    assert town.client("security_admin").post("/people/security_admin/posts", data={"office": "operator"}).status_code == 403
    assert town.client("system_admin").post("/people/system_admin/reset").status_code == 403


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"login": "Li Si", "name": "李四"}, "小写字母"),
        ({"login": "ok.ok", "name": ""}, "姓名"),
        ({"login": "jinjiang.owner.edu", "name": "某"}, "已被使用"),
    ],
)
def test_wrong_accounts_are_explained(town: Town, typed: dict[str, str], says: str) -> None:
    answer = town.client("system_admin").post("/people", data={**typed, "place": "jinjiang"})
    assert (answer.status_code, says in answer.text) == (422, True)
    assert f'value="{typed["login"]}"' in answer.text


def fail(town: Town, request: dict[str, str]) -> str:
    """An incident of the case `drafted`."""
    fault = ExpressionFailed("期限的起算日不是日期", element="needs_proposal")
    return incident_tasks.record(town.database, town.things["drafted"], fault, request=request, now=clock.now())


def test_an_incident_is_retried(town: Town) -> None:
    incident = fail(town, {"act": "wake", "case": town.things["drafted"]})
    operator = town.client("operator")
    page = operator.get("/incidents").text
    for seen in ("期限的起算日不是日期", "建设类需求方案", "重试"):
        assert seen in page
    assert "养老服务一张图" not in page, "operators see no business"
    with town.database.reading() as db:
        assert cases.get(db, town.things["drafted"]).status == "incident"
    assert operator.post(f"/incidents/{incident}/retry").status_code == 303
    with town.database.reading() as db:
        assert incidents.get(db, incident).resolved_by == "operator"
        assert cases.get(db, town.things["drafted"]).status == "open"
        assert {one.status for one in timers.active(db, town.things["drafted"])} <= {"wait"}
    assert operator.post(f"/incidents/{incident}/retry").status_code == 422


def test_an_incident_is_settled_with_words(town: Town) -> None:
    incident = fail(town, {"act": "begin"})
    operator = town.client("operator")
    assert operator.post(f"/incidents/{incident}/retry").status_code == 422
    assert operator.post(f"/incidents/{incident}/resolve", data={"note": "好"}).status_code == 422
    assert operator.post(f"/incidents/{incident}/resolve", data={"note": "已补录起算日期"}).status_code == 303
    with town.database.reading() as db:
        assert incidents.get(db, incident).note == "已补录起算日期"


def test_what_an_official_handed_in_is_retried_in_their_name(town: Town) -> None:
    item = town.item("drafted", "needs_proposal")
    request = {"act": "complete", "item": item, "person": town.account("other owner"), "answers": {}}
    incident = fail(town, request)  # type: ignore[arg-type]  # a request holds answers besides texts
    answer = town.client("operator").post(f"/incidents/{incident}/retry")
    assert (answer.status_code, "必须填写" in answer.text) == (422, True), "the rules hold for a retry as well"


def test_units_experts_and_figures(town: Town) -> None:
    admin = town.client("system_admin")
    place = "/registers/jinjiang"
    refused = admin.post(f"{place}/units", data={"name": "区教育局", "kind": "区级部门"})
    assert (refused.status_code, "已有名为" in refused.text) == (422, True)
    assert admin.post(f"{place}/units", data={"name": "区水务局", "kind": "区级部门"}).status_code == 303
    assert "区水务局" in admin.get(place).text
    assert admin.post(f"{place}/experts", data={"name": "某专家", "employer": "", "field": "水利", "pool": "普通"}).status_code == 422
    person = create(town, "expert.new")
    given = {"name": "某专家", "employer": "某大学", "field": "水利", "pool": "普通", "login": "expert.new", "until": "2026-12-31"}
    assert admin.post(f"{place}/experts", data={**given, "until": "2025-12-31"}).status_code == 422
    assert admin.post(f"{place}/experts", data=given).status_code == 303
    assert admin.post(f"{place}/experts", data=given).status_code == 422
    assert admin.post(f"{place}/experts/{person}/active", data={"active": "0"}).status_code == 303
    with town.database.reading() as db:
        kept = people.experts_by_ids(db, [person])[person]
        assert (kept.active, str(kept.until)) == (False, "2026-12-31")
    assert "有效期至 2026年12月31日" in admin.get(place).text
    assert admin.post(f"{place}/figures", data={"id": "panel_minimum", "value": "五"}).status_code == 422
    assert admin.post(f"{place}/figures", data={"id": "panel_minimum", "value": "5"}).status_code == 303
    assert admin.post(f"{place}/figures", data={"id": "released_on", "value": "去年"}).status_code == 422
    assert re.search(r'id="v-panel_minimum"[^>]*value="5"', admin.get(place).text)
    assert admin.get("/registers/nowhere").status_code == 404


def test_the_audit_administrator_reads_what_the_others_did(town: Town) -> None:
    create(town, "zhao.liu")
    town.client().post("/login", data={"login": "nobody.here", "password": "x"})
    page = town.client("audit_admin").get("/audit").text
    for seen in ("建立账号", "登录失败", "nobody.here", "李四"):
        assert seen in page
    assert "校园安全智慧监管平台" not in page
    assert "建立账号</span>" not in town.client("audit_admin").get("/audit?act=sign-in-refused").text
