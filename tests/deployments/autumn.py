"""A September and October as operators see them: `python -m tests.deployments.autumn OUTDIR`.

A real Prefect server and worker on a virtual clock: the rounds, timers, reminders and deliveries of two months for the shipped rules with
a dozen projects, then pictures of the UI. Used for the guide of operators; looked at by people, not by a test.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx
from playwright.sync_api import Page, sync_playwright

from adapters import clock
from adapters.database import Database, open_database, projects
from adapters.database.tables import Project
from deployments import schedules
from deployments.prefect_server import USER, Console
from domain import rounds
from tasks import calendars
from tests.deployments.test_prefect import ROOT, environment, free_port
from tests.tasks import stages

FIRST, LAST = date(2026, 9, 1), date(2026, 10, 31)
PROJECTS = "智慧停车 教育专网 养老一张图 城市体征 应急指挥 数字档案 政务一网 视频共享 水务监测 智慧工地 河长在线 社区服务"


def main(out: Path) -> None:
    """Let two months pass, and take the pictures."""
    with tempfile.TemporaryDirectory(prefix="lianshen-autumn-") as folder:
        database = open_database(f"sqlite:///{folder}/autumn.db")
        database.create_all()
        with clock.at(datetime(2026, 8, 20, 9, tzinfo=clock.SHANGHAI)):
            town = stages.town(database)
            _projects(database)
            town.begin("wait_plan")
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
            for moment, jobs in _plan(database):
                command = [sys.executable, "-m", "tests.deployments.engine", moment.isoformat(), *jobs]
                subprocess.run(command, cwd=ROOT, env=environment(console, database), check=True, stdout=subprocess.DEVNULL)
                print(moment, *jobs, flush=True)
            _pictures(console, out)
        finally:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
            database.close()


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


def _plan(database: Database) -> list[tuple[datetime, list[str]]]:
    """Which jobs the schedules would start at which moments; ticks without anything to do are left out, the day's reminders are not."""
    jobs = schedules.catalogue(database)
    with database.reading() as db:
        from tasks import rounds as task_rounds
        from tasks import versions

        ruleset = versions.current(db, "jinjiang")[1]
        planned = task_rounds.planned(db, ruleset)
    found: list[tuple[datetime, list[str]]] = []
    day = FIRST
    while day <= LAST:
        night = datetime(day.year, day.month, day.day, 0, 10, tzinfo=clock.SHANGHAI)
        opened = {one.id for one in planned if rounds.days(one.opens, day, day, calendars.current())}
        names = [job.name for job in jobs if job.parameters.get("round_id") in opened]
        if names or day.day in (9, 10, 16):
            found.append((night, [*names, "到期事项"]))
            found.append((night.replace(hour=8, minute=30), ["催办", "通知投递"]))
        day += timedelta(days=1)
    return found


def _wait(console: Console) -> None:
    end = time.monotonic() + 240
    while time.monotonic() < end:
        try:
            if httpx.get(f"{console.url}/api/health", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.5)
    raise RuntimeError("the server does not start")


def _pictures(console: Console, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium)
        page = browser.new_page(viewport={"width": 1360, "height": 900}, locale="zh-CN", timezone_id="Asia/Shanghai")
        page.goto(console.url)
        page.get_by_placeholder("admin:pass").fill(f"{USER}:{console.password}")
        page.keyboard.press("Enter")
        page.wait_for_timeout(3000)
        _shot(page, f"{console.url}/runs", out / "prefect-autumn-runs.png")
        run = page.get_by_role("link", name="建设进度督促·").first
        run.click()
        page.wait_for_timeout(3000)
        page.screenshot(path=out / "prefect-autumn-run.png")
        page.get_by_text("Artifacts", exact=True).last.click()
        page.wait_for_timeout(2000)
        page.screenshot(path=out / "prefect-autumn-artifacts.png")
        browser.close()


def _shot(page: Page, address: str, path: Path) -> None:
    page.goto(address)
    page.wait_for_timeout(4000)
    page.screenshot(path=path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
