"""The real thing: a Prefect server of our own with a worker process; names, tables, tags and logs as operators see them; kill -9."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters import clock
from adapters.database import Database, batches, cases, projects
from adapters.database.tables import Project
from deployments.prefect_server import USER, Console
from tests import databases
from tests.tasks import stages

ROOT = Path(__file__).parents[2]
PLACE = "jinjiang"
PATIENCE = 240.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A Prefect server as `lianshen serve` starts it, in a folder of its own."""
    server = Console(tmp_path_factory.mktemp("data") / "prefect", free_port())
    assert server.prepare()
    log = server.home / "log"
    with log.open("wb") as words:
        process = subprocess.Popen(
            server.command(), cwd=server.home, env=server.environment(os.environ), stdout=words, stderr=words, start_new_session=True
        )
    try:
        end = time.monotonic() + PATIENCE
        while True:
            assert process.poll() is None, log.read_text("utf-8")[-3000:]
            assert time.monotonic() < end, log.read_text("utf-8")[-3000:]
            try:
                if httpx.get(f"{server.url}/api/health", trust_env=False).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.3)
        yield server
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def town(shared: Path, tmp_path: Path) -> Iterator[stages.Town]:
    with databases.sqlite_database(tmp_path, databases.sqlite_template(shared)) as database, clock.at(stages.MORNING):
        yield stages.town(database)


def environment(console: Console, database: Database) -> Mapping[str, str]:
    ours = {"DATABASE_URL": database.url.render_as_string(hide_password=False), "LIANSHEN_DATA": str(console.home.parent)}
    return console.environment(os.environ) | ours


def work(console: Console, town: stages.Town, moment: datetime, *jobs: str) -> list[dict[str, Any]]:
    """A worker process runs these jobs; answers what Prefect then knows about each, first what was registered."""
    command = [sys.executable, "-m", "tests.deployments.engine", moment.isoformat(), *jobs]
    done = subprocess.run(command, cwd=ROOT, env=environment(console, town.database), capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr[-4000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def at(month: int, day: int, hour: int = 0, minute: int = 10) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=clock.SHANGHAI)


def test_a_batch_opens_and_a_due_timer_fires_and_operators_can_read_it(console: Console, town: stages.Town) -> None:
    for unit in ("区教育局", "区民政局"):
        town.begin("wait_plan", unit=unit)
    plan = "成都市锦江区·智慧锦江年度计划第二批"
    registered, opened, again = work(console, town, at(6, 30), plan, plan)
    assert registered == {"made": 4 + len(town.stage.ruleset.rounds), "gone": 0, "left": 0}
    assert (opened["state"], opened["name"]) == ("Completed", f"{plan}·2 个项目")
    assert {"批次", "成都市锦江区", "JJ-07-batches"} <= set(opened["tags"])
    ((kind, table, words),) = opened["artifacts"]
    assert kind == "table"
    assert "/cases/" in table
    assert "JJ-07-batches" in words
    assert any("开办（2026年6月30日），2 个项目" in line for line in opened["logs"])
    assert again["name"] == f"{plan}·本次无须开办，下次 2027-06-30"
    assert "无事" in again["tags"]
    with town.database.reading() as db:
        (case,) = cases.listing(db, PLACE, procedures=["jinjiang_annual_plan"])
        assert batches.entries(db, case.id) == []
    second, fired, quiet = work(console, town, at(7, 1, minute=5), "到期事项", "到期事项")
    assert second == {"made": 0, "gone": 0, "left": 0}, "what did not change is left alone"
    assert (fired["state"], fired["name"]) == ("Completed", "到期事项·1 个办件")
    assert any("归集候选项目 2 个" in line for line in fired["logs"])
    assert quiet["name"] == "到期事项·没有到期"
    with town.database.reading() as db:
        assert len(batches.entries(db, case.id)) == 2
    (told,) = events(console, "lianshen.round-opened")
    assert told["resource"]["lianshen.place"] == PLACE
    assert (told["payload"]["kind"], told["payload"]["clause"]) == ("智慧锦江年度计划第二批", "JJ-07-batches")


def events(console: Console, name: str) -> list[dict[str, Any]]:
    """Events of this name, once the server has put them away."""
    end = time.monotonic() + PATIENCE
    with httpx.Client(base_url=f"{console.url}/api", auth=(USER, console.password), trust_env=False, timeout=30) as client:
        while True:
            found: list[dict[str, Any]] = client.post("/events/filter", json={"filter": {"event": {"name": [name]}}}).json()["events"]
            if found or time.monotonic() > end:
                return found
            time.sleep(0.5)


def test_a_worker_killed_in_the_middle_leaves_nothing_undone_and_nothing_twice(console: Console, town: stages.Town) -> None:
    with town.database.transaction() as db:
        for number in range(60):
            name = f"项目{number}"
            row = Project(
                id=f"p{number}", jurisdiction=PLACE, name=name, unit="edu", facts={"name": name}, stage="项目实施", created_at=clock.now()
            )
            projects.add(db, row.model_copy(update={"status": "在办"}))
    job = "成都市锦江区·建设进度督促"
    command = [sys.executable, "-m", "tests.deployments.engine", at(4, 1).isoformat(), job]
    with (console.home / "killed").open("wb") as words:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(console, town.database), stdout=words, stderr=words)

    def opened() -> list[str | None]:
        with town.database.reading() as db:
            return [one.project for one in cases.listing(db, PLACE, procedures=["jinjiang_supervision"])]

    end = time.monotonic() + PATIENCE
    while len(opened()) < 5 and process.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    process.kill()
    process.wait()
    before = len(opened())
    assert 5 <= before < 60, (console.home / "killed").read_text("utf-8")[-2000:]
    registered, finished = work(console, town, at(4, 1), job)
    assert registered["left"] == 1, "the run of the dead worker is over"
    assert (finished["state"], finished["name"]) == ("Completed", f"成都市锦江区·2026年4月建设进度督促·{60 - before} 个项目")
    assert sorted(opened()) == sorted(f"p{number}" for number in range(60))


def test_the_server_wants_its_password_and_keeps_it_from_others(console: Console) -> None:
    with httpx.Client(base_url=f"{console.url}/api", trust_env=False, timeout=30) as client:
        assert client.post("/flow_runs/filter", json={}).status_code == 401
        assert client.post("/flow_runs/filter", json={}, auth=(USER, "wrong")).status_code == 401
        assert client.post("/flow_runs/filter", json={}, auth=(USER, console.password)).status_code == 200
    assert console.password_file.stat().st_mode & 0o077 == 0
    assert console.home.stat().st_mode & 0o077 == 0
    assert not Console(console.home, console.port).prepare(), "a second start keeps the password"
    said = console.environment({"PREFECT_API_URL": "https://elsewhere", "PREFECT_API_KEY": "k", "PREFECT_PROFILE": "cloud", "HOME": "h"})
    assert said["PREFECT_API_URL"].startswith("http://127.0.0.1:")
    assert "PREFECT_API_KEY" not in said
    assert "PREFECT_PROFILE" not in said
