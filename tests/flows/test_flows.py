"""Flows as plain calls on a real database: what they do, what they tell, and that a kill in the middle doubles nothing."""

from __future__ import annotations

import asyncio
import logging
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.states import Failed

from adapters import clock
from adapters.database import Database, batches, cases, incidents, items, projects
from adapters.database.tables import Case, Project
from flows import showing
from flows.notices import deliver_notices
from flows.reminders import remind_due
from flows.rounds import open_round, open_rounds
from flows.timers import fire_due_timers
from tasks import rounds, runs
from tests.tasks.stages import Town

ROOT = Path(__file__).parents[2]
PLACE = "jinjiang"


def batch(database: Database, procedure: str) -> list[Case]:
    with database.reading() as db:
        return cases.listing(db, PLACE, procedures=[procedure])


def test_a_plan_batch_opens_on_its_day_once_and_is_named_after_its_projects(town: Town) -> None:
    town.begin("declare")
    for unit in ("区教育局", "区民政局"):
        town.begin("wait_plan", unit=unit)
    with clock.at(datetime(2026, 6, 29, 0, 10, tzinfo=clock.SHANGHAI)):
        title = asyncio.run(open_round.fn(PLACE, "annual_plan_second"))
        assert title == "成都市锦江区·智慧锦江年度计划第二批·本次无须开办，下次 2026-06-30"
    with clock.at(datetime(2026, 6, 30, 0, 10, tzinfo=clock.SHANGHAI)):
        title = asyncio.run(open_round.fn(PLACE, "annual_plan_second"))
        assert title == "成都市锦江区·智慧锦江年度计划第二批·2 个项目"
        again = asyncio.run(open_round.fn(PLACE, "annual_plan_second"))
        assert "本次无须开办" in again
    (plan,) = batch(town.database, "jinjiang_annual_plan")
    with clock.at(datetime(2026, 7, 1, 0, 5, tzinfo=clock.SHANGHAI)):
        assert asyncio.run(fire_due_timers.fn()) != "到期事项·没有到期"
        assert asyncio.run(fire_due_timers.fn()) == "到期事项·没有到期"
    with town.database.reading() as db:
        assert len(batches.entries(db, plan.id)) == 2


def test_a_run_tells_projects_steps_and_links(town: Town) -> None:
    town.begin("wait_plan")
    now = datetime(2026, 6, 30, 0, 10, tzinfo=clock.SHANGHAI)
    with clock.at(now):
        told = runs.open_round(town.database, PLACE, "annual_plan_second", now=now)
    assert "JJ-07-batches" in told.note
    assert told.rows[0]["应开日期"] == "2026-06-30"
    assert told.rows[1]["事项"] == "候选项目"
    assert told.rows[1]["项目"]
    assert all("/cases/" in row["办件"] for row in told.rows)


def test_missed_rounds_are_opened_by_the_daily_check(town: Town) -> None:
    with clock.at(datetime(2026, 7, 3, 0, 40, tzinfo=clock.SHANGHAI)):
        assert asyncio.run(open_rounds.fn()) == "批次核对·补开 1 个办件"
        assert asyncio.run(open_rounds.fn()) == "批次核对·没有遗漏"


def test_a_round_that_the_rules_no_longer_know_says_so(town: Town) -> None:
    assert asyncio.run(open_round.fn(PLACE, "gone")) == "成都市锦江区·批次“gone”已取消"


def test_deliveries_without_channels_have_nothing_to_do(town: Town) -> None:
    town.begin("declare")
    assert asyncio.run(deliver_notices.fn()) == "通知投递·没有待发"


@pytest.fixture
def many(town: Town) -> Town:
    """Forty projects that are being carried out."""
    with town.database.transaction() as db:
        for number in range(40):
            facts = {"name": f"项目{number}"}
            row = Project(
                id=f"p{number}",
                jurisdiction=PLACE,
                name=f"项目{number}",
                unit="edu",
                facts=facts,
                stage="项目实施",
                status="在办",
                created_at=clock.now(),
            )
            projects.add(db, row)
    return town


def test_reminders_are_for_working_days_and_said_once(many: Town) -> None:
    opened = datetime(2026, 4, 1, 0, 10, tzinfo=clock.SHANGHAI)  # five working days around 清明 end on 9 April
    with clock.at(opened):
        assert rounds.open_due(many.database, now=opened, jurisdiction=PLACE, only="progress_supervision")
    with clock.at(datetime(2026, 4, 6, 8, 30, tzinfo=clock.SHANGHAI)):  # a Monday that is off
        assert asyncio.run(remind_due.fn()) == "催办·今日不是工作日"
    with clock.at(datetime(2026, 4, 7, 8, 30, tzinfo=clock.SHANGHAI)):
        told = runs.remind(many.database, now=clock.now())
        assert told.title == "催办·40 条"
        assert {row["种类"] for row in told.rows} == {"临期"}
        assert all("/cases/" in row["办件"] for row in told.rows)
        assert asyncio.run(remind_due.fn()) == "催办·没有需要催办的事项"


def _killed(town: Town, points: list[int]) -> None:
    """Kill the flow's process (-9) when so many cases are open; then let two run at the same time. Every project gets one case."""
    now = datetime(2026, 4, 1, 0, 10, tzinfo=clock.SHANGHAI)
    command = [sys.executable, "-m", "tests.flows.killed", now.isoformat(), PLACE, "progress_supervision"]

    def opened() -> int:
        return len(batch(town.database, "jinjiang_supervision"))

    for wanted in points:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 120
        while opened() < wanted and process.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert wanted <= opened() < 40, "the kill must hit the middle"
    both = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [one.communicate(timeout=180) for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    found = batch(town.database, "jinjiang_supervision")
    assert len(found) == 40
    assert len({one.project for one in found}) == 40
    with clock.at(now):
        assert rounds.open_due(town.database, now=now, jurisdiction=PLACE, only="progress_supervision") == []
    with town.database.reading() as db:
        assert incidents.open_in(db) == []


def test_killed_in_the_middle_the_next_run_finishes_and_doubles_nothing(many: Town) -> None:
    _killed(many, [5])


@pytest.mark.prove
def test_killed_again_and_again_nothing_is_doubled(many: Town) -> None:
    _killed(many, [1, 4, 8, 13, 19, 26, 30, 33])


def test_a_run_says_which_month_it_is_about_and_who_has_filed(many: Town) -> None:
    opened = datetime(2026, 4, 1, 0, 10, tzinfo=clock.SHANGHAI)
    with clock.at(opened):
        seen: list[tuple[int, int]] = []
        told = runs.open_round(many.database, PLACE, "progress_supervision", now=opened, progress=lambda done, of: seen.append((done, of)))
    assert told.title == "成都市锦江区·2026年4月建设进度督促·40 个项目"
    assert seen == [(number, 40) for number in range(40)]
    assert {row["填报"] for row in told.other} == {"未报"}
    assert {one.name for one in told.milestones} == {"round-opened"}
    with many.database.reading() as db:
        case = next(one for one in cases.listing(db, PLACE, procedures=["jinjiang_supervision"]))
        item = next(one for one in items.open_of(db, case.id))
    with clock.at(datetime(2026, 4, 8, 9, 0, tzinfo=clock.SHANGHAI)):
        many.complete(item)
    later = datetime(2026, 4, 20, 0, 10, tzinfo=clock.SHANGHAI)
    with clock.at(later):
        again = runs.open_round(many.database, PLACE, "progress_supervision", now=later)
    states = [row["填报"] for row in again.other]
    assert (states.count("逾期未报"), states.count("已报"), states[-1]) == (39, 1, "已报")
    assert all("/cases/" in row["办件"] for row in again.other)
    with clock.at(later):
        nightly = runs.open_rounds(many.database, now=later)
    assert [row["填报"] for row in nightly.other] == states, "every night operators see who has not filed yet"
    assert {row["批次"] for row in nightly.other} == {"成都市锦江区·建设进度督促"}


def test_a_batch_says_what_was_decided_about_each_project(town: Town) -> None:
    for unit in ("区教育局", "区民政局"):
        town.begin("wait_plan", unit=unit)
    plan = "annual_plan_second"
    with clock.at(datetime(2026, 6, 30, 0, 10, tzinfo=clock.SHANGHAI)):
        assert runs.open_round(town.database, PLACE, plan, now=clock.now()).other == []
    later = datetime(2026, 7, 1, 0, 5, tzinfo=clock.SHANGHAI)
    with clock.at(later):
        runs.fire_due_timers(town.database, now=later)
        town.stage.focus = town.stage.case_named("annual_plan")
        waiting = runs.open_round(town.database, PLACE, plan, now=later)
        town.stage.play("end")
        told = runs.open_round(town.database, PLACE, plan, now=later)
    assert [row["结果"] for row in waiting.other] == ["待定", "待定"]
    assert [(row["单位"], row["结果"], row["常务会议审定"]) for row in told.other] == [
        ("区教育局", "纳入", "通过"),
        ("区民政局", "纳入", "通过"),
    ]


def test_what_was_told_are_milestones_without_their_words(town: Town) -> None:
    town.begin("declare")
    told = runs.deliver(town.database, now=clock.now())
    assert [(one.name, one.kind, one.place) for one in told.milestones] == [("step-opened", "待办", PLACE)]
    assert "项目" not in str(told.milestones)


def test_a_run_that_fails_says_why_in_words(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Failed(message="Flow run encountered an exception: KeyError: 'x'", data=KeyError("x"))
    asyncio.run(showing.failed(fire_due_timers, FlowRun(flow_id=uuid4()), broken))
    with town.database.reading() as db:
        (incident,) = incidents.open_in(db)
    assert "到期事项" in incident.cause
    assert "KeyError" not in incident.cause
    assert "KeyError" in incident.detail


def test_a_sweep_that_fails_is_tried_again_after_longer_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    tries = iter([OSError("x"), ValueError("y"), None])

    def sweep(*, now: datetime) -> runs.Told:
        if (error := next(tries)) is not None:
            raise error
        return runs.Told("done")

    monkeypatch.setattr(showing.asyncio, "sleep", sleep)
    monkeypatch.setattr(showing, "get_run_logger", lambda: logging.getLogger("test"))
    assert asyncio.run(showing._patiently(sweep)).title == "done"
    assert len(waited) == 2
    assert waited[1] > waited[0]
