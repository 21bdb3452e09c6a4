"""`lianshen serve` from start to stop: ready, answering, protected; stopped without a trace; found as it was by the next start."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from adapters import clock
from adapters.database import Db, open_database
from deployments.schedules import TICKS
from tasks import rounds
from tests import databases
from tests.deployments.test_prefect import free_port
from tests.tasks import stages

ROOT = Path(__file__).parents[2]
PATIENCE = 240.0
READY = "已就绪"
SCHEDULED = "定时任务        "


@dataclass
class Serving:
    """A running `lianshen serve` and what it says."""

    process: subprocess.Popen[str]
    port: int
    console: int
    lines: list[str] = field(default_factory=list)

    def wait_for(self, words: str) -> None:
        end = time.monotonic() + PATIENCE
        while not any(words in line for line in self.lines):
            assert self.process.poll() is None, "\n".join(self.lines)
            assert time.monotonic() < end, "\n".join(self.lines)
            time.sleep(0.1)

    def family(self) -> set[int]:
        """Its process and all that descend from it."""
        parents = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                with contextlib.suppress(OSError):
                    parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        found = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found

    def stop(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


@contextlib.contextmanager
def serving(data: Path, *arguments: str, **said: str) -> Iterator[Serving]:
    port, console = free_port(), free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "LIANSHEN_", "DATABASE_"))}
    environment |= {"LIANSHEN_DATA": str(data), "LIANSHEN_PREFECT_PORT": str(console), **said}
    command = [sys.executable, "-m", "deployments.cli", "serve", "--port", str(port), *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    one = Serving(process, port, console)

    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            one.lines.append(line.rstrip("\n"))

    threading.Thread(target=listen, daemon=True).start()
    try:
        yield one
    finally:
        family = one.family()
        if process.poll() is None:
            for pid in family:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()


def alive(pids: set[int]) -> set[int]:
    """Those that still run; the dead that nobody waited for do not count."""
    found = set()
    for pid in pids:
        with contextlib.suppress(OSError):
            if (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z":
                found.add(pid)
    return found


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def settled(tmp_path: Path, fill: Callable[[Db], None] = lambda db: None) -> Path:
    """A data folder in which the rules are published and the cast is settled, so that a start is not a first start."""
    folder = tmp_path / "data"
    folder.mkdir()
    with databases.sqlite_database(tmp_path, None) as made:
        made.migrate()
        with clock.at(stages.MORNING):
            stages.town(made)
            with made.transaction() as db:
                fill(db)
        path = made.url.database
    assert path is not None
    Path(path).rename(folder / "lianshen.db")
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Settled, and nothing else."""
    return settled(tmp_path)


def test_all_of_it_starts_stops_and_starts_again(data: Path) -> None:
    with serving(data) as first:
        first.wait_for(READY)
        with httpx.Client(trust_env=False, timeout=30, follow_redirects=True) as client:
            assert client.get(f"http://127.0.0.1:{first.port}/login").status_code == 200
            assert client.get(f"http://127.0.0.1:{first.console}/api/health").status_code == 200
            assert client.post(f"http://127.0.0.1:{first.console}/api/flow_runs/filter", json={}).status_code == 401
        family = first.family()
        assert len(family) >= 3
        assert first.stop(signal.SIGINT) == 0
        assert first.lines[-1] == "已停止。"
        assert not alive(family)
        assert not listens(first.port)
        assert not listens(first.console)
    (password,) = re.findall(r"口令 (\S+)（只显示这一次", "\n".join(first.lines))
    with serving(data) as second:
        second.wait_for(SCHEDULED)
        said = "\n".join(second.lines)
        assert password not in said
        jobs = len(TICKS) + len(stages.theatre().ruleset.rounds)
        assert f"定时任务        {jobs} 项" in said
        login = ("admin", password)
        found = httpx.post(f"http://127.0.0.1:{second.console}/api/deployments/count", json={}, auth=login, trust_env=False)
        assert found.json() == jobs
        done = {"flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
        end = time.monotonic() + PATIENCE
        while not httpx.post(f"http://127.0.0.1:{second.console}/api/flow_runs/count", json=done, auth=login, trust_env=False).json():
            assert time.monotonic() < end, "the schedule of every minute brought no run"
            time.sleep(1)
        family = second.family()
        assert second.stop(signal.SIGTERM) == 0
        assert not alive(family)


def test_a_parent_that_is_killed_takes_its_children_along(data: Path) -> None:
    with serving(data, "--no-prefect") as one:
        one.wait_for(READY)
        family = one.family()
        one.process.kill()
        one.process.wait()
        end = time.monotonic() + 20
        while alive(family) and time.monotonic() < end:
            time.sleep(0.1)
        assert not alive(family)


def test_without_prefect_the_calendar_is_kept_and_a_fallen_child_rises(data: Path) -> None:
    def waiting() -> int:
        with contextlib.closing(open_database(f"sqlite:///{data / 'lianshen.db'}")) as database, database.reading() as db:
            return len(rounds.sweeps(db, "jinjiang", now=clock.now()))

    assert waiting(), "there is always a first of a month among the last 45 days"
    with serving(data, "--no-prefect") as one:
        one.wait_for(READY)
        assert not listens(one.console)
        end = time.monotonic() + PATIENCE
        while waiting() and time.monotonic() < end:
            time.sleep(0.5)
        assert not waiting(), "the rounds of the calendar were not looked at"
        (child,) = one.family() - {one.process.pid}
        os.kill(child, signal.SIGKILL)
        one.wait_for("网页已重新启动")
        end = time.monotonic() + PATIENCE
        while not listens(one.port) and time.monotonic() < end:
            time.sleep(0.1)
        assert httpx.get(f"http://127.0.0.1:{one.port}/login", trust_env=False, timeout=30).status_code == 200
        assert one.stop(signal.SIGTERM) == 0


def test_the_same_on_postgresql_by_one_setting(cluster: databases.Cluster, tmp_path: Path) -> None:
    with databases.postgresql_database(cluster, "template0") as database:
        database.migrate()
        with clock.at(stages.MORNING):
            stages.town(database)
        url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with serving(tmp_path / "data", "--no-prefect", DATABASE_URL=url) as one:
            one.wait_for(READY)
            assert any("PostgreSQL" in line for line in one.lines)
            assert httpx.get(f"http://127.0.0.1:{one.port}/login", trust_env=False, timeout=30).status_code == 200
            assert one.stop(signal.SIGTERM) == 0
    assert not (tmp_path / "data" / "lianshen.db").exists()


def test_one_data_folder_serves_once_and_ports_are_looked_at_first(data: Path, tmp_path: Path) -> None:
    with serving(data, "--web-only") as one:
        one.wait_for(READY)
        for folder, arguments, words in (
            (data, [], "已经在运行"),
            (tmp_path / "other", ["--port", str(one.port)], f"网页的端口 {one.port} 已被占用"),
        ):
            with serving(folder, *arguments, "--web-only") as refused:
                assert refused.process.wait(60) == 1
                refused_words = "\n".join(refused.lines)
                assert words in refused_words, refused_words
                assert "Traceback" not in refused_words
        assert one.stop(signal.SIGINT) == 0


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"DATABASE_URL": "mysql://a/b"}, "只支持 SQLite 和 PostgreSQL"),
        ({"DATABASE_URL": "postgresql://nobody:hush@127.0.0.1:1/x"}, "连不上数据库 PostgreSQL"),
        ({"DATABASE_URL": "////"}, "DATABASE_URL 写法不对"),
        ({"DATABASE_URL": "sqlite:////nowhere/at/all.db"}, "不存在"),
        ({"LIANSHEN_URL": "x"}, "LIANSHEN_URL"),
        ({"LIANSHEN_SMTP": "x"}, "LIANSHEN_SMTP"),
        ({"LIANSHEN_DATA": "/proc/nothing"}, "数据目录"),
    ],
)
def test_a_wrong_setting_is_named_in_a_sentence(tmp_path: Path, said: dict[str, str], words: str) -> None:
    with serving(tmp_path, **said) as one:
        assert one.process.wait(60) == 1
        time.sleep(0.2)
        told = "\n".join(one.lines)
    assert words in told
    assert "Traceback" not in told
    assert "hush" not in told
