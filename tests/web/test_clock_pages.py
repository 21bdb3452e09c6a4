"""Ledger with its exports, pressing and demanding, one's own channels, the calendar of working days."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from adapters import clock, settings
from adapters.database import addresses, chases, notices, timers
from adapters.database.tables import Notice
from tasks import calendars, drafts, reminders
from tests import workbooks
from tests.web.town import MORNING, PLACE, Town

STEP = "needs_proposal"


def item(town: Town) -> str:
    return town.item("drafted", STEP)


# --- ledger ---------------------------------------------------------------------------------------------------------------------------


def test_the_ledger_says_who_was_told_what_by_which_clause(town: Town) -> None:
    page = town.client("office").get("/ledger").text
    assert "区民政局·项目建设单位" in page
    assert "养老服务一张图" in page
    assert "第六条" in page
    assert "步骤开始" in page
    assert "未读" in page
    found = town.client("office").get("/ledger?q=养老服务&kind=待办&since=2026-03-02&until=2026-03-02").text
    assert "校园安全智慧监管平台" not in found
    assert "没有相符的通知" in town.client("office").get("/ledger?since=2027-01-01").text


def test_the_ledger_is_exported_without_formulas(town: Town) -> None:
    with town.database.transaction() as db:
        notices.add(db, Notice(id="x", key="x", jurisdiction=PLACE, kind="告知", office="owner", words='=cmd|"/c calc"!A1', at=MORNING))
    office = town.client("office")
    answer = office.get("/ledger.csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][:3] == ["时间", "收件", "种类"]
    (hostile,) = [row for row in rows if "calc" in row[3]]
    assert hostile[3].startswith("'=")
    with zipfile.ZipFile(io.BytesIO(office.get("/ledger.xlsx").content)) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    lines = list(sheet.iter("{http://schemas.openxmlformats.org/spreadsheetml/2006/main}row"))
    assert len(lines) == len(rows)
    assert not list(sheet.iter("{http://schemas.openxmlformats.org/spreadsheetml/2006/main}f"))
    assert len(list(csv.reader(io.StringIO(office.get("/ledger.csv?q=养老").content.decode("utf-8-sig"))))) < len(rows)


def test_the_register_is_downloaded_by_those_who_read_all(town: Town) -> None:
    office = town.client("office")
    assert "/projects.xlsx" in office.get("/projects").text
    answer = office.get("/projects.xlsx")
    assert "attachment" in answer.headers["content-disposition"]
    names = [row[2] for row in workbooks.read(answer.content)["项目台账"]]
    assert {"校园安全智慧监管平台", "养老服务一张图"} <= set(names)
    assert "/projects.xlsx" not in town.client("owner").get("/projects").text
    assert town.client("owner").get("/projects.xlsx").status_code == 403


def test_the_ledger_goes_on_over_pages(town: Town) -> None:
    with town.database.transaction() as db:
        for number in range(120):
            at = MORNING + timedelta(minutes=number)
            notices.add(
                db, Notice(id=f"x{number}", key=f"x{number}", jurisdiction=PLACE, kind="告知", office="owner", words=f"第{number}号", at=at)
            )
    office, seen, address = town.client("office"), [], "/ledger?kind=告知"
    while address:
        text = office.get(address).text
        seen += [number for number in range(120) if f"第{number}号" in text]
        links = re.findall(r'href="(/ledger\?[^"]*after=[^"]*)"', text)
        address = links[0].replace("&amp;", "&") if links else ""
    assert sorted(seen) == list(range(120))


# --- 催办, 督办 -------------------------------------------------------------------------------------------------------------------------


def test_one_presses_once_a_day(town: Town) -> None:
    address = f"/items/{item(town)}"
    assert town.client("office").post(f"{address}/urge").status_code == 303
    again = town.client("finance").post(f"{address}/urge")
    assert (again.status_code, "今天已经催办过" in again.text) == (422, True)
    assert "被催办" in town.client("other owner").get("/notices").text
    own = town.client("other owner").post(f"{address}/urge")
    assert (own.status_code, "由您办理" in own.text) == (403, True)
    assert town.client("owner").post(f"{address}/urge").status_code == 404, "who may not see the case does not press"
    with clock.at(MORNING + timedelta(days=1)):
        assert town.client("office").post(f"{address}/urge").status_code == 303


def test_a_demand_is_replied_to_or_goes_up(town: Town) -> None:
    address = f"/items/{item(town)}"
    office, owner = town.client("office"), town.client("other owner")
    refused = office.post(f"{address}/demand", data={"words": "快", "days": "0"})
    assert (refused.status_code, "1 至 60 个工作日" in refused.text, "写明督办要求" in refused.text) == (422, True, True)
    assert owner.post(f"{address}/demand", data={"words": "请说明进展情况", "days": "3"}).status_code == 403
    for _ in range(2):
        assert office.post(f"{address}/demand", data={"words": "请说明进展情况", "days": "3"}).status_code == 303
    with town.database.reading() as db:
        first, second = chases.of_case(db, town.things["drafted"])
    assert first.due == date(2026, 3, 5)
    page = owner.get(address).text
    assert "请说明进展情况" in page
    assert "期限为 3 个工作日" in page
    assert owner.post(f"/chases/{first.id}/reply", data={"reply": "", "item": item(town)}).status_code == 422
    assert office.post(f"/chases/{first.id}/reply", data={"reply": "替他答复一下", "item": item(town)}).status_code == 403
    assert owner.post(f"/chases/{first.id}/reply", data={"reply": "正在编制，周五报送", "item": item(town)}).status_code == 303
    assert owner.post(f"/chases/{first.id}/reply", data={"reply": "再答复一次吧", "item": item(town)}).status_code == 409
    assert "正在编制，周五报送" in office.get("/chases").text
    assert "督办已答复" in office.get("/notices").text

    # the second one has no reply: reminded on the last day, told to both on the day after, once
    for day in (5, 5, 6, 9):
        with clock.at(date(2026, 3, day)) as now:
            reminders.write_due(town.database, now=now)
    with town.database.reading() as db:
        told = [
            (one.kind, one.office)
            for one in notices.of_case(db, town.things["drafted"])
            if one.key.startswith("chase:") and second.id in one.key
        ]
    assert sorted(told) == [("督办", "owner"), ("督办到期", "owner"), ("督办逾期", "leading_group_office"), ("督办逾期", "owner")]


def test_an_expert_who_presses_is_not_named_to_the_applicant(town: Town) -> None:
    from adapters.database import items

    expert = town.account("expert")
    with town.database.reading() as db:
        other = next(one.id for one in items.open_of(db, town.things["reviewed"]) if one.person != expert)
    assert town.client("expert").post(f"/items/{other}/urge").status_code == 303
    seen = town.client("owner").get(f"/cases/{town.things['reviewed']}").text + town.client("owner").get(f"/items/{other}").text
    assert not [one for one in town.things["canaries"] if one in seen]


# --- channels of one's own ------------------------------------------------------------------------------------------------------------


def test_one_says_where_one_is_reached(town: Town) -> None:
    owner = town.client("owner")
    page = owner.get("/reach").text
    assert page.count("未经真实服务验证") == 4
    refused = owner.post("/reach", data={"channel": "钉钉", "address": "张三"})
    assert (refused.status_code, "11 位手机号" in refused.text) == (422, True)
    assert owner.post("/reach", data={"channel": "邮件", "address": "edu@example.gov.cn", "rhythm": "daily"}).status_code == 303
    with town.database.reading() as db:
        (known,) = addresses.of_person(db, town.account("owner"))
    assert (known.address, known.daily) == ("edu@example.gov.cn", True)
    assert owner.post("/reach", data={"channel": "邮件", "address": ""}).status_code == 303
    with town.database.reading() as db:
        assert addresses.of_person(db, town.account("owner")) == []


# --- the calendar ---------------------------------------------------------------------------------------------------------------------

NOTICE = """日期,安排,名称
2027-01-01,放假,元旦
2027-01-04,放假,元旦
2027-02-06,放假,春节
2027-02-20,上班
"""


@pytest.fixture
def loading(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    monkeypatch.setenv("LIANSHEN_DATA", str(tmp_path))
    settings.settings.cache_clear()
    yield town
    monkeypatch.undo()
    settings.settings.cache_clear()


def load(town: Town, content: str, notice: str = "国办发明电〔2026〕9号", name: str = "2027.csv", person: str = "system_admin"):  # type: ignore[no-untyped-def]  # a browser's answer
    return town.client(person).post("/workdays", data={"notice": notice}, files={"file": (name, content.encode())})


def test_a_notice_is_loaded_and_counts_at_once(loading: Town) -> None:
    assert calendars.current().provisional(date(2027, 1, 4))
    assert "暂定" in loading.client("owner").get("/workdays").text
    answer = load(loading, NOTICE)
    assert (answer.status_code, "2027 年放假安排已导入" in answer.text) == (200, True)
    current = calendars.current()
    assert not current.provisional(date(2027, 1, 4))
    assert current.why_off(date(2027, 1, 4)) == "元旦"
    assert current.is_working_day(date(2027, 2, 20))
    page = loading.client("owner").get("/workdays").text
    assert "管理员导入" in page
    assert "2月20日" in page
    assert load(loading, NOTICE.replace("2027-01-04,放假,元旦\n", "")).status_code == 200, "a correction replaces it"
    assert calendars.current().is_working_day(date(2027, 1, 4))


def test_a_deadline_that_an_author_tries_out_follows_the_notice(loading: Town) -> None:
    with loading.database.transaction() as db:
        draft = drafts.begin(db, PLACE, "调整期限", by="process_admin", now=clock.now()).id

    def last_day() -> str:
        asked = {"expression": "workdays(1)", "start": "2026-12-31"}
        return str(loading.client("process_admin").post(f"/drafts/{draft}/deadline", json=asked).json()["date"])

    assert last_day() == "2027-01-01"
    assert load(loading, NOTICE).status_code == 200
    assert last_day() == "2027-01-05"


def test_what_was_provisional_moves_and_is_listed_and_told(loading: Town) -> None:
    with clock.at(datetime(2026, 12, 30, 9, tzinfo=clock.SHANGHAI)):
        assert (
            loading.client("office").post(f"/items/{item(loading)}/demand", data={"words": "请说明进展情况", "days": "3"}).status_code
            == 303
        )
        with loading.database.reading() as db:
            (demanded,) = chases.of_case(db, loading.things["drafted"])
            assert timers.waiting_with_rule(db) is not None
        assert demanded.due == date(2027, 1, 4)
        assert load(loading, NOTICE).status_code == 200
        with loading.database.reading() as db:
            (moved,) = chases.of_case(db, loading.things["drafted"])
            told = [one.words for one in notices.of_case(db, loading.things["drafted"]) if one.kind == "期限变动"]
        assert moved.due == date(2027, 1, 6)
        assert "元旦" in (moved.basis or {})["explained"]
        assert any("2027年1月6日" in words for words in told)
        page = loading.client("owner").get("/workdays").text
    assert "2027-01-06" in page


@pytest.mark.parametrize(
    ("content", "notice", "says"),
    [
        ("", "文", "没有选择文件"),
        (NOTICE, "", "请填写放假通知的名称"),
        ("2027-01-01,放假,元旦\n2027-13-01,放假,元旦\n", "文", "第 2 行"),
        ("2027-01-01,放假,元旦\n2027-01-05,上班\n", "文", "周六或周日"),
        ("2027-01-01,休息吧,元旦\n", "文", "第 1 行"),
        ("1999-01-01,放假,元旦\n", "文", "不是可以导入的年份"),
        ("year: 2027\nholidays: 7\n", "文", "没有导入"),
        ("year: 2027\n- x\n", "文", "没有导入"),
        ("x" * 200_000, "文", "文件过大"),
    ],
)
def test_a_wrong_notice_is_explained_and_changes_nothing(loading: Town, content: str, notice: str, says: str) -> None:
    answer = load(loading, content, notice)
    assert (answer.status_code, says in answer.text) == (422, True), answer.text
    assert calendars.current().provisional(date(2027, 1, 4))


def test_only_the_system_administrator_loads(loading: Town) -> None:
    for person in ("owner", "office", "security_admin", "operator"):
        assert load(loading, NOTICE, person=person).status_code == 403


def test_the_files_that_come_with_the_program_can_be_loaded_again(loading: Town) -> None:
    from adapters.settings import SHIPPED

    shipped = (SHIPPED / "national" / "holidays-2026.yaml").read_text("utf-8")
    before = calendars.current()
    assert load(loading, shipped, "", "holidays-2026.yaml").status_code == 200
    assert calendars.current() == before
