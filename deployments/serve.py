"""`lianshen serve`: the whole system in one terminal. Web application, Prefect server and worker, started together and stopped together.

The parent prepares the database and the first start, watches its children, and holds the worker. When Prefect does not tick, the parent
does the ticks itself: they are the same functions, harmless twice.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import importlib.metadata
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from adapters import clock, settings
from adapters.database import Database, open_database, reach, rules
from adapters.verdicts import Verdicts, shared
from deployments import watch
from deployments.children import Child, ChildFailed, stop_all
from deployments.prefect_server import USER, Console
from domain.errors import Refusal, Unpublishable
from tasks import installing
from tasks.installing import Opened
from web import front_end

Say = Callable[[str], None]
LOGINS_FILE = "first-logins.txt"


class CannotServe(Exception):
    """Something on this machine stands against the start; says what to do."""


def add_arguments(one: argparse.ArgumentParser) -> None:
    """What `lianshen serve` understands."""
    one.add_argument("--port", type=int, default=8000, help="网页端口，默认 8000")
    one.add_argument("--host", default="127.0.0.1", help="网页监听地址，默认只限本机；前面没有反向代理而要让其他电脑访问时写 0.0.0.0")
    one.add_argument("--no-prefect", action="store_true", help="不启动定时任务控制台，由本程序每分钟执行一次到期事项、批次、催办和投递")
    one.add_argument("--web-only", action="store_true", help="只启动网页；定时任务由别的机器或 lianshen tick 执行")
    one.add_argument("--no-trial", action="store_true", help="首次启动时只建立管理员，不建立试用人员")


def run(given: argparse.Namespace) -> int:
    """Serve until told to stop. Answers the exit status."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a text stream in every terminal
    signal.signal(signal.SIGTERM, _interrupt)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, _interrupt)
    children: list[Child] = []
    try:
        with _alone(_home(given.port)):
            _serve(given, children)
        return 0
    except (CannotServe, ChildFailed) as fault:
        print(f"没有启动：{fault}", file=sys.stderr)
        return 1
    except Unpublishable as refusal:
        lines = [getattr(one, "line", lambda one=one: str(one))() for one in refusal.findings[:20]]
        print("\n".join([*lines, str(refusal)]), file=sys.stderr)
        return 1
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        if children:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)  # the children end within seconds
            print("正在停止……")
            stop_all(children)
            print("已停止。")


def _serve(given: argparse.Namespace, children: list[Child]) -> None:
    begun = time.monotonic()
    said = settings.settings()
    ticking = not given.web_only
    console = Console.of(said) if ticking and not given.no_prefect else None
    _check(given, console)
    print(f"联审 {importlib.metadata.version('lianshen')} 正在启动……")
    logs = said.data.resolve() / "logs"
    if console is not None:
        new = console.prepare()
        os.environ.update(console.environment(os.environ))
        children.append(Child("定时任务控制台", console.command(), dict(os.environ), logs / "prefect.log"))
        children[-1].start()
    database = open_database(said.database_url)
    try:
        opened = _prepare(database, trial=not given.no_trial)
        plain = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        command = [sys.executable, "-m", "deployments.web_process", "--host", given.host, "--port", str(given.port)]
        children.append(Child("网页", command, plain, logs / "web.log"))
        children[-1].start()
        _greet(database, opened)
        if console is not None:
            secret = f"口令 {console.password}（只显示这一次，" if new else "口令见文件（"
            print(f"定时任务控制台  {console.url}  账号 {USER}  {secret}保存在 {console.password_file}）")
        asyncio.run(_keep(database, children, _web_url(given), console, begun, ticking=ticking))
    finally:
        database.close()


def _home(port: int) -> Path:
    """The data folder; the address in notices follows the port unless it was said."""
    os.environ.setdefault(settings.URL.name, f"http://127.0.0.1:{port}")
    try:
        said = settings.settings()
    except ValueError as fault:
        raise CannotServe(f"设置有误：{fault}。") from fault
    try:
        said.data.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise CannotServe(f"数据目录 {said.data} 建不起来：{fault.strerror}。请检查 {settings.DATA.name} 和目录权限。") from fault
    return said.data


@contextmanager
def _alone(data: Path) -> Iterator[IO[str]]:
    """One system for each data folder."""
    with (data / "serve.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as fault:
            raise CannotServe(f"数据目录 {data} 的系统已经在运行。请先停止它，或用 {settings.DATA.name} 另指定一个目录。") from fault
        yield lock


def _check(given: argparse.Namespace, console: Console | None) -> None:
    """What can be known before anything starts."""
    if missing := front_end.missing():
        raise CannotServe(missing)
    if unusable := reach.fault(settings.settings().database_url):
        raise CannotServe(unusable)
    ports = [(given.host, given.port, "网页", "--port")]
    if console is not None:
        ports.append(("127.0.0.1", console.port, "定时任务控制台", settings.PREFECT_PORT.name))
    for host, port, name, setting in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OverflowError as fault:
                raise CannotServe(f"{name}的端口 {port} 不存在，请用 {setting} 换一个 1 至 65535 的端口。") from fault
            except OSError as fault:
                taken = f"{name}的端口 {port} 已被占用或不能使用（{fault.strerror}）"
                raise CannotServe(f"{taken}。请停止占用它的程序，或用 {setting} 换一个端口。") from fault


def _prepare(database: Database, *, trial: bool) -> list[Opened]:
    database.migrate()
    root, now = settings.settings().bpmn, clock.now()
    with database.reading() as db:
        first = not rules.jurisdictions(db)
    if first:
        print("首次启动：正在发布随程序安装的规则集（没有检查过的先检查，约需半分钟）……")
    installing.publish_shipped(database, root, now=now, verdicts=Verdicts(shared()))
    return installing.first_accounts(database, root, trial=trial, now=now)


def _greet(database: Database, opened: Sequence[Opened]) -> None:
    said = settings.settings()
    print(f"数据目录  {said.data.resolve()}")
    print(f"数据库    {reach.named(said.database_url)}")
    with database.reading() as db:
        for code in rules.jurisdictions(db):
            if version := rules.published(db, code):
                print(f"规则集    {version.name}（版本 {version.id[:12]}）")
    if not opened:
        return
    lines = [f"{one.first.login:<42} {one.first.password}  {one.where}·{one.post}" for one in opened]
    path = said.data / LOGINS_FILE
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    print(f"首次登录的账号和口令（只显示这一次；登录后须改口令。另存于 {path.resolve()}，分发后请删除）：")
    for line in lines:
        print(f"  {line}")


def _web_url(given: argparse.Namespace) -> str:
    return f"http://{'127.0.0.1' if given.host in ('0.0.0.0', '::') else given.host}:{given.port}"  # noqa: S104 - compared, not bound


async def _keep(database: Database, children: Sequence[Child], web: str, console: Console | None, begun: float, *, ticking: bool) -> None:
    """Until told to stop. Ready means that people can log in and operators can look; the scheduled jobs follow."""
    async with watch.until_told() as stop:
        await watch.ready(children, web, stop)
        print(f"网页            {web}")
        if console is not None:
            await watch.ready(children, console.url, stop, "/api/health")
        if stop.is_set():
            return
        watch.announce(begun, print)
        if console is not None:
            from deployments import engine_room  # imports Prefect, which reads the environment made before

            await engine_room.keep(database, children, stop, print)
        else:
            chores = [asyncio.create_task(watch.tick(database, 60.0, stop, print))] if ticking else []
            await watch.children(children, stop, print)
            await watch.ended(chores)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt
