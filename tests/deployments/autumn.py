"""A September and October as operators see them: `python -m tests.deployments.autumn OUTDIR`.

A real Prefect server and worker on a virtual clock: a plan batch from its day in June to its end, then the rounds, timers, reminders and
deliveries of two months with a dozen projects, of which some report and some do not; then pictures of the UI. Used for the guide of
operators; looked at by people, not by a test.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time as machine
from datetime import date, datetime, time, timedelta
from pathlib import Path

import httpx
from playwright.sync_api import Page, sync_playwright

from adapters import clock
from adapters.database import Database, cases, items, open_database, projects
from adapters.database.tables import Project
from deployments import schedules
from deployments.prefect_server import USER, Console
from domain import rounds
from tasks import calendars
from tests.deployments.test_prefect import environment, free_port
from tests.tasks import stages

FIRST, LAST = date(2026, 9, 1), date(2026, 10, 31)
BATCH = date(2026, 6, 30)
PROJECTS = "智慧停车 教育专网 养老一张图 城市体征 应急指挥 数字档案 政务一网 视频共享 水务监测 智慧工地 河长在线 社区服务"


def main(out: Path) -> None:
    """Let two months pass, and take the pictures."""
    with tempfile.TemporaryDirectory(prefix="lianshen-autumn-") as folder:
        database = open_database(f"sqlite:///{folder}/autumn.db")
        database.create_all()
        with clock.at(datetime(2026, 6, 1, 9, tzinfo=clock.SHANGHAI)):
            town = stages.town(database)
            for unit, name in (("区教育局", "校园安全智慧监管平台"), ("区民政局", "养老服务一张图"), ("春熙路街道", "商圈客流监测")):
                town.begin("wait_plan", unit=unit, declare={"name": name})
            _projects(database)
        console = Console(Path(folder) / "prefect", free_port())
        console.prepare()
        server = subprocess.Popen(
            console.command(),
            env=console.environment(os.environ),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            _wait(console)
            os.environ.update(environment(console, database))
            asyncio.run(_live(town))
            _pictures(console, out)
        finally:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
            database.close()


async def _live(town: stages.Town) -> None:
    """Let the time pass: officials act, then the jobs of each moment run."""
    from prefect.client.orchestration import get_client  # reads the environment just made

    from tests.deployments import engine

    async with get_client() as client:
        await engine.register(client)
        for moment, jobs in _plan(town.database):
            with clock.at(moment - timedelta(minutes=5)):
                _people(town)
            async for done in engine.work(client, moment, jobs):
                print(moment, done["state"], done["name"], flush=True)


def _projects(database: Database) -> None:
    with database.transaction() as db:
        for number, name in enumerate(PROJECTS.split()):
            row = Project(
                id=f"p{number}",
                jurisdiction="jinjiang",
                name=name,
                unit="edu" if number % 2 else "civil",
                facts={"name": name},
                stage="项目实施",
                status="在办",
                created_at=clock.now(),
            )
            projects.add(db, row)


def _people(town: stages.Town) -> None:
    """What officials have done by now: the batch is decided; from the tenth of a month most projects have reported."""
    now = clock.now()
    with town.database.reading() as db:
        waiting = [
            item
            for case in cases.listing(db, "jinjiang", procedures=["jinjiang_supervision"])
            for item in items.open_of(db, case.id)
            if case.project and case.project[1:].isdecimal() and int(case.project[1:]) < 8
        ]
        plans = cases.listing(db, "jinjiang", procedures=["jinjiang_annual_plan"])
    if plans and now.month == BATCH.month + 1 and now.day > 1:
        town.stage.focus = plans[0].id
        town.stage.play("end")
    for item in waiting if now.day >= 9 else ():
        town.complete(item)


def _plan(database: Database) -> list[tuple[datetime, list[str]]]:
    """Which jobs the schedules would start at which moments; ticks without anything to do are left out, the day's reminders are not."""
    jobs = schedules.catalogue(database)
    with database.reading() as db:
        from tasks import rounds as task_rounds
        from tasks import versions

        ruleset = versions.current(db, "jinjiang")[1]
        planned = task_rounds.planned(db, ruleset)
    batch = next(job.name for job in jobs if job.parameters.get("round_id") == "annual_plan_second")
    july = datetime.combine(BATCH + timedelta(days=1), time(0, 5), clock.SHANGHAI)
    found = [(july - timedelta(hours=23, minutes=55), [batch]), (july, ["到期事项"]), (july + timedelta(days=19), [batch])]
    day = FIRST
    while day <= LAST:
        night = datetime(day.year, day.month, day.day, 0, 10, tzinfo=clock.SHANGHAI)
        opened = {one.id for one in planned if rounds.days(one.opens, day, day, calendars.current())}
        names = [job.name for job in jobs if job.parameters.get("round_id") in opened]
        if names or day.day in (9, 16):
            found.append((night, [*names, "到期事项", "批次核对"]))
            found.append((night.replace(hour=8, minute=30), ["催办", "通知投递"]))
        day += timedelta(days=1)
    return found


def _wait(console: Console) -> None:
    end = machine.monotonic() + 240
    while machine.monotonic() < end:
        try:
            if httpx.get(f"{console.url}/api/health", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            machine.sleep(0.5)
    raise RuntimeError("the server does not start")


def _pictures(console: Console, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with (
        httpx.Client(base_url=f"{console.url}/api", auth=(USER, console.password), trust_env=False, timeout=60) as api,
        sync_playwright() as driver,
    ):

        def run(words: str) -> str:
            asked = {"flow_runs": {"name": {"like_": words}}, "sort": "START_TIME_DESC", "limit": 1}
            return str(api.post("/flow_runs/filter", json=asked).json()[0]["id"])

        def table(of: str, words: str) -> str:
            found = api.post("/artifacts/filter", json={"flow_runs": {"id": {"any_": [of]}}}).json()
            return str(next(one["id"] for one in found if words in (one["description"] or "")))

        browser = driver.chromium.launch(executable_path=chromium)
        page = browser.new_page(viewport={"width": 1360, "height": 900}, locale="zh-CN", timezone_id="Asia/Shanghai")
        page.goto(console.url)
        page.get_by_placeholder("admin:pass").fill(f"{USER}:{console.password}")
        page.keyboard.press("Enter")
        page.wait_for_timeout(3000)
        decided, nightly = run("年度计划第二批·本次无须"), run("批次核对·")
        _shot(page, f"{console.url}/runs/flow-run/{run('年度计划第二批·3')}", out / "prefect-run.png")
        _shot(page, f"{console.url}/artifacts/artifact/{table(decided, '结果')}", out / "prefect-artifact.png")
        _shot(page, f"{console.url}/artifacts/artifact/{table(nightly, '填报情况')}", out / "prefect-autumn-artifacts.png")
        _shot(page, f"{console.url}/runs", out / "prefect-autumn-runs.png")
        browser.close()


def _shot(page: Page, address: str, path: Path) -> None:
    page.goto(address)
    page.wait_for_timeout(4000)
    page.screenshot(path=path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
