"""Windows and the ladder of reminders: who is told when, once; only the newest after days of downtime; a bad item stops nobody."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters import clock
from adapters.database import Database, Db, cases, incidents, notices, rules
from adapters.database.tables import Notice, WorkItem
from adapters.settings import SHIPPED
from domain.errors import Refusal
from domain.rulesets import LADDER, Round
from tasks import governing, reminders, rounds, ticks, versions, windows
from tests.tasks.stages import Town, theatre
from tests.tasks.test_incidents import DIRECT

PLACE = "jinjiang"
WINDOW = """
- id: call
  title: 下一年度项目申报
  clauses: [JJ-07-batches]
  opens: yearly 06-01
  closes: yearly 09-30
  tells: [owner, leading_group_office]
- id: notice
  title: 年度申报通知
  clauses: [JJ-07-batches]
  opens: setting notice_day
  tells: [leading_group_office]
  silent: true
"""
SETTING = "  - {id: notice_day, title: 年度申报通知日期, value: null, note: 文本没有写明日期。}\nbans:"


@pytest.fixture
def called(hamlet: Town, tmp_path: Path) -> Town:
    """A town whose rules know a window, and a round on a day that an administrator sets."""
    root = tmp_path / "bpmn"
    for path in SHIPPED.rglob("*"):
        if path.is_file() and path.parts[len(SHIPPED.parts)] in (PLACE, "national"):
            copy = root / path.relative_to(SHIPPED)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    changed = root / PLACE / "rounds.yaml"
    changed.write_text(changed.read_text("utf-8") + WINDOW, "utf-8")
    region = root / PLACE / "region.yaml"
    region.write_text(region.read_text("utf-8").replace("bans:", SETTING, 1), "utf-8")
    with hamlet.database.transaction() as db:
        versions.publish(db, root, PLACE, by="editor", now=clock.now() + timedelta(minutes=1), checked=True)
    return hamlet


def told(database: Database, *kinds: str) -> list[Notice]:
    with database.reading() as db:
        return [one for one, _ in notices.ledger(db, PLACE, since=datetime(2020, 1, 1, tzinfo=clock.SHANGHAI)) if one.kind in kinds]


def sweep(town: Town, day: date) -> int:
    with clock.at(day) as now:
        return reminders.write_due(town.database, now=now)


def test_a_window_tells_of_opening_last_days_and_closing(called: Town) -> None:
    call = next(one for one in current(called).rounds.values() if one.id == "call")
    with clock.at(date(2026, 6, 1)):
        days = [(one.day, one.kind) for one in windows.tellings(call, date(2026, 1, 1), date(2026, 12, 31), calendar())]
    assert days == [
        (date(2026, 6, 1), "开办"),
        (date(2026, 8, 31), "截止提醒"),
        (date(2026, 9, 23), "截止提醒"),
        (date(2026, 9, 29), "截止提醒"),
        (date(2026, 9, 30), "今日截止"),
        (date(2026, 10, 1), "已截止"),
    ]


def test_every_unit_is_told_once(called: Town) -> None:
    count = sweep(called, date(2026, 6, 1))
    opened = told(called.database, "开办")
    assert count == len(opened) == len(called.stage.cast.units) + 1
    assert {one.unit for one in opened} == {None, *(one.id for one in called.stage.cast.units.values())}
    assert all("2026年9月30日" in one.words and one.clause == "JJ-07-batches" for one in opened)
    assert sweep(called, date(2026, 6, 1)) == sweep(called, date(2026, 6, 2)) == 0


def test_after_downtime_only_the_newest_is_told(called: Town) -> None:
    assert sweep(called, date(2026, 9, 22)) == 0, "what should have been told three weeks ago is not told any more"
    sweep(called, date(2026, 9, 30))  # nothing ran on the 23rd and the 29th
    assert {one.kind for one in told(called.database, "截止提醒", "今日截止")} == {"今日截止"}


def current(town: Town) -> Any:
    with town.database.reading() as db:
        return versions.current(db, PLACE)[1]


def calendar() -> Any:
    from tasks import calendars

    return calendars.current()


def test_a_round_whose_date_the_text_leaves_open_waits_for_the_administrator(called: Town) -> None:
    def planned() -> Round:
        ruleset = current(called)
        with called.database.reading() as db:
            return next(one for one in rounds.planned(db, ruleset) if one.id == "notice")

    assert planned().opens == "manual"
    with called.database.transaction() as db:
        with pytest.raises(Refusal, match="不是日期"):
            governing.set_figure(db, PLACE, "notice_day", "三月一日", by="admin", now=clock.now())
        governing.set_figure(db, PLACE, "notice_day", "03-05", by="admin", now=clock.now())
    assert planned().opens == "yearly 03-05"
    sweep(called, date(2026, 3, 5))
    assert [one.words for one in told(called.database, "开办")] == ["“年度申报通知”今日开始。"]


# --- the ladder -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "kind"),
    [
        (date(2026, 3, 1), None),
        (date(2026, 3, 7), "临期"),
        (date(2026, 3, 9), "临期"),
        (date(2026, 3, 10), "今日到期"),
        (date(2026, 3, 11), "超期"),
        (date(2026, 3, 17), "超期未办"),
        (date(2026, 12, 31), "长期超期"),
    ],
)
def test_the_newest_rung_counts(today: date, kind: str | None) -> None:
    found = reminders.reached(LADDER, date(2026, 3, 10), today)
    assert (found.kind if found else None) == kind


@pytest.fixture
def filing(hamlet: Town) -> tuple[Town, WorkItem]:
    case = hamlet.begin(until="file_contract", **DIRECT)
    return hamlet, hamlet.item(case, "file_contract")


def test_the_ladder_climbs_to_the_office_that_coordinates(filing: tuple[Town, WorkItem]) -> None:
    town, item = filing
    assert item.due == date(2026, 3, 11)
    for day in (9, 11, 12, 18):
        sweep(town, date(2026, 3, day))
        sweep(town, date(2026, 3, day))
    said = sorted(
        (one.at.astimezone(clock.SHANGHAI).day, one.kind, one.office) for one in told(town.database, *(one.kind for one in LADDER))
    )
    assert said == [
        (9, "临期", "owner"),
        (11, "今日到期", "owner"),
        (12, "超期", "owner"),
        (18, "超期未办", "leading_group_office"),
        (18, "超期未办", "owner"),
    ]
    (escalated,) = [one for one in told(town.database, "超期未办") if one.office == "leading_group_office"]
    assert "由项目建设单位办理，已超过期限 7 天" in escalated.words
    assert escalated.unit is None


def test_on_days_off_only_what_falls_on_them(filing: tuple[Town, WorkItem]) -> None:
    town, _ = filing
    assert sweep(town, date(2026, 3, 8)) == 0, "a Sunday"
    assert sweep(town, date(2026, 3, 14)) == 0, "a Saturday: 超期 waits for Monday"
    assert sweep(town, date(2026, 3, 16)) == 1


def test_one_item_that_cannot_be_reminded_of_stops_nobody(filing: tuple[Town, WorkItem], monkeypatch: pytest.MonkeyPatch) -> None:
    town, item = filing
    town.begin(until="file_contract", unit="区民政局", **DIRECT)
    get = cases.get

    def hurt(db: Db, case: str) -> Any:
        if case == item.case:
            raise KeyError("nobody thought of this")
        return get(db, case)

    monkeypatch.setattr(cases, "get", hurt)
    assert sweep(town, date(2026, 3, 11)) == 1
    with town.database.reading() as db:
        (incident,) = incidents.open_in(db)
    assert item.title in incident.cause
    assert "KeyError" not in incident.cause
    assert "KeyError" in incident.detail


def test_the_tick_writes_the_same_as_the_flow(filing: tuple[Town, WorkItem]) -> None:
    town, _ = filing
    with clock.at(date(2026, 3, 8)) as now:
        assert not any("提醒" in line for line in ticks.run(town.database, now=now).lines)
    with clock.at(date(2026, 3, 9)) as now:
        assert "写出提醒 1 条" in ticks.run(town.database, now=now).lines


def test_what_only_reminds_is_no_deadline(hamlet: Town) -> None:
    case = hamlet.begin(until="construction_plan", needs_proposal={"estimate": 29}, choose_experts={"size": 1})
    assert hamlet.item(case, "construction_plan").due is None
    assert theatre().ruleset.procedures["jinjiang_admission"].elements["plan_slow"].reminder
    with hamlet.database.reading() as db:
        assert rules.jurisdictions(db) == [PLACE]


def test_four_sweeps_at_the_same_time_tell_everything_once(town: Town) -> None:
    for unit in ("区教育局", "区民政局"):
        town.begin(until="file_contract", unit=unit, **DIRECT)
    now = clock.moment(date(2026, 3, 11))
    with ThreadPoolExecutor(4) as pool:
        written = list(pool.map(lambda _: reminders.write_due(town.database, now=now), range(4)))
    assert len(told(town.database, "今日到期")) == 2
    assert sum(written) == 2
