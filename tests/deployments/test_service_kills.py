"""kill -9 of the Prefect server, the web process and the whole service at random moments: it comes back, and every round is opened once."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from pathlib import Path

import httpx
import pytest

from adapters import clock
from adapters.database import Db, cases, incidents, open_database, projects
from adapters.database.tables import Project
from tasks import integrity
from tests.deployments.test_serve import PATIENCE, SCHEDULED, Serving, listens, serving, settled

PLACE, COUNT = "jinjiang", 30
JOB = "成都市锦江区·建设进度督促"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with projects whose progress is asked for on the first of every month."""

    def fill(db: Db) -> None:
        for number in range(COUNT):
            given = {"name": f"项目{number}", "unit": "edu", "stage": "项目实施", "status": "在办"}
            projects.add(db, Project(id=f"p{number}", jurisdiction=PLACE, facts={}, created_at=clock.now(), **given))

    return settled(tmp_path, fill)


def opened(data: Path) -> list[str]:
    with contextlib.closing(open_database(f"sqlite:///{data / 'lianshen.db'}")) as database, database.reading() as db:
        return [one.project or "" for one in cases.listing(db, PLACE, procedures=["jinjiang_supervision"])]


def run_now(one: Serving, data: Path) -> None:
    """Ask Prefect for a run of the round; it may be down just now."""
    login = ("admin", (data / "prefect" / "password").read_text("utf-8").strip())
    with (
        contextlib.suppress(httpx.HTTPError),
        httpx.Client(base_url=f"http://127.0.0.1:{one.console}/api", auth=login, trust_env=False) as api,
    ):
        found = api.post("/deployments/filter", json={"deployments": {"name": {"any_": [JOB]}}}).json()
        api.post(f"/deployments/{found[0]['id']}/create_flow_run", json={"state": {"type": "SCHEDULED"}})


def _campaign(data: Path, turns: int, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(turns):
        with serving(data) as one:
            one.wait_for(SCHEDULED)
            run_now(one, data)
            time.sleep(dice.uniform(0, 4))
            children = sorted(one.family() - {one.process.pid})
            victim = dice.choice(children)
            os.kill(victim, signal.SIGKILL)  # the Prefect server, one of its own, or the web
            time.sleep(dice.uniform(0, 3))
            run_now(one, data)
            time.sleep(dice.uniform(0, 3))
            one.process.send_signal(signal.SIGKILL)  # the worker and everything
            one.process.wait()
    with serving(data) as last:
        last.wait_for(SCHEDULED)
        end = time.monotonic() + PATIENCE
        while len(opened(data)) < COUNT and time.monotonic() < end:
            run_now(last, data)
            time.sleep(3)
        assert httpx.get(f"http://127.0.0.1:{last.port}/login", trust_env=False, timeout=30).status_code == 200
        assert listens(last.console)
        assert last.stop(signal.SIGTERM) == 0
    found = opened(data)
    assert len(found) == len(set(found)) == COUNT, "every project once"
    with contextlib.closing(open_database(f"sqlite:///{data / 'lianshen.db'}")) as database:
        assert not list(integrity.check(database, None, now=clock.now()))
        with database.reading() as db:
            assert incidents.open_in(db) == []


def test_the_service_is_killed_and_comes_back(data: Path) -> None:
    _campaign(data, 1, seed=1)


@pytest.mark.prove
def test_the_service_is_killed_again_and_again(data: Path) -> None:
    _campaign(data, 12, seed=2)
