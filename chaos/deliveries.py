"""Notices are neither lost nor doubled while dispatchers are killed and the partner misbehaves.

`python -m chaos.deliveries [NOTICES KILLS SEED]` runs it on SQLite and PostgreSQL and writes docs/reports/deliveries.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import text

from adapters.database import Database, notices, open_database, people
from adapters.database.tables import Address, Notice, Person
from chaos.dispatchers import BASE
from tasks import notices as outbox
from tests import databases
from tests.loopback import listening

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "docs" / "reports" / "deliveries.md"
TOGETHER = 3
FAULTS = ("refuses", "drops", "loses_answer", "garbage", "says_no", "slow")
PATIENCE = 900.0
LONGEST_WAIT = 4.0  #: for calls that do not come, since all that is due was claimed by the dead


@dataclass
class Partner:
    """A gateway that takes seven calls of ten; the others meet one of the faults. Remembers every copy it took."""

    dice: random.Random
    share: float = 0.3
    port: int = 0
    conversations: int = 0
    met: Counter[str] = field(default_factory=Counter)
    copies: dict[str, list[tuple[int, bool]]] = field(default_factory=lambda: defaultdict(list))  #: phone → (dispatcher, answered)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One call."""
        self.conversations += 1
        fault = self.dice.choice(FAULTS) if self.dice.random() < self.share else ""
        self.met[fault or "takes"] += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            if fault != "drops":
                await self._answer(fault, reader, writer)
        writer.close()

    async def _answer(self, fault: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        length = next(int(line.partition(":")[2]) for line in head if line.lower().startswith("content-length"))
        body = json.loads(await reader.readexactly(length))
        said = {"refuses": b"", "garbage": b"\x00<html>", "says_no": b'{"code": 7}'}.get(fault, b'{"code": 0}')
        if fault in ("", "loses_answer"):
            pid = int(parse_qs(urlsplit(head[0].split()[1]).query)["pid"][0])
            self.copies[body["phone"]].append((pid, fault == ""))
        if fault == "loses_answer":
            return
        if fault == "slow":
            await asyncio.sleep(2.5)
            return
        status = "500 Internal Server Error" if fault == "refuses" else "200 OK"
        writer.write(f"HTTP/1.1 {status}\r\ncontent-length: {len(said)}\r\nconnection: close\r\n\r\n".encode() + said)
        await writer.drain()


@dataclass
class Campaign:
    """What came of it."""

    database: str
    notices: int
    kills: int
    seconds: float
    conversations: int
    met: Counter[str]
    lost: int  #: never arrived, though reported as sent or still open
    doubled: int  #: copies beyond the first
    after_lost_answer: int  #: of those: the partner had broken off after taking one
    after_kill: int  #: of those: the dispatcher was killed before it could note the answer
    unexplained: int


@contextlib.contextmanager
def partner(seed: int) -> Iterator[Partner]:
    """A gateway in a thread of its own, on a free port of the loopback."""
    running = Partner(random.Random(seed))
    with listening(running.talk) as running.port:
        yield running


def run(name: str, database: Database, *, count: int, kills: int, seed: int) -> Campaign:
    """Deliver `count` notices to as many people while `kills` dispatchers are killed; then let one finish."""
    _write(database, count)
    dice = random.Random(seed)
    began = time.monotonic()
    killed: set[int] = set()
    ahead = 0.0
    with partner(seed) as gateway, _nursery(database, gateway.port) as nursery:
        while len(killed) < kills:  # the power fails again and again; while all are dead, their clock goes on by up to seven minutes
            alive = [_more(nursery, f"{ahead}") for _ in range(TOGETHER)]
            _until(gateway, gateway.conversations + dice.randrange(0, 120))
            for one in alive:
                os.kill(one, signal.SIGKILL)
            killed.update(alive)
            ahead += dice.uniform(0, 7)
        last = _more(nursery, f"{ahead + 6} alone")
        end = time.monotonic() + PATIENCE
        while (waiting := _waiting(database)) and time.monotonic() < end:
            time.sleep(0.3)
        os.kill(last, signal.SIGKILL)
        copies = {phone: list(found) for phone, found in gateway.copies.items()}
    found = Campaign(name, count, len(killed), time.monotonic() - began, gateway.conversations, gateway.met, waiting, 0, 0, 0, 0)
    found.lost += sum(_phone(number) not in copies for number in range(count))
    for several in copies.values():
        for pid, answered in several[:-1]:
            found.doubled += 1
            found.after_lost_answer += not answered
            found.after_kill += answered and pid in killed
            found.unexplained += answered and pid not in killed
    return found


def _until(gateway: Partner, conversations: int) -> None:
    """Wait until the gateway has been called so often: a kill is to hit the sending, not the start."""
    end = time.monotonic() + LONGEST_WAIT
    while gateway.conversations < conversations and time.monotonic() < end:
        time.sleep(0.001)


def _phone(number: int) -> str:
    return f"138{number:08}"


def _write(database: Database, count: int) -> None:
    with database.transaction() as db:
        for number in range(count):
            people.add(db, Person(id=f"p{number}", jurisdiction="here", login=f"p{number}", name="甲"))
        db.add_all([Address(person=f"p{n}", channel=outbox.SMS, address=_phone(n), at=BASE, by="chaos") for n in range(count)])
        told = {"jurisdiction": "here", "kind": "待办", "words": "请办理", "at": BASE}
        notices.add_all(db, [Notice(id=f"n{n}", key=f"n{n}", person=f"p{n}", **told) for n in range(count)])


def _waiting(database: Database) -> int:
    """Notices that are not delivered yet."""
    asked = "SELECT count(*) FROM notices n LEFT JOIN deliveries d ON d.notice = n.id WHERE d.status IS NULL OR d.status <> 'sent'"
    with database.reading() as db:
        return int(db.run(text(asked)).scalar_one())


@contextlib.contextmanager
def _nursery(database: Database, port: int) -> Iterator[subprocess.Popen[str]]:
    url = database.url.set(drivername="sqlite" if database.sqlite else "postgresql").render_as_string(hide_password=False)
    command = [sys.executable, "-m", "chaos.dispatchers", url, f"http://127.0.0.1:{port}/sms"]
    here = {**os.environ, "LIANSHEN_QUIET": "no"}
    process = subprocess.Popen(command, cwd=ROOT, env=here, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.wait()


def _more(nursery: subprocess.Popen[str], how: str) -> int:
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    nursery.stdin.write(f"{how}\n")
    nursery.stdin.flush()
    return int(nursery.stdout.readline())


def page(found: list[Campaign], seed: int) -> str:
    """The report."""
    rows = [
        ("通知", *(f"{one.notices:,}" for one in found)),
        ("被 kill -9 的投递进程", *(f"{one.kills:,}" for one in found)),
        ("网关接到的连接", *(f"{one.conversations:,}" for one in found)),
        ("其中故障", *(f"{1 - one.met['takes'] / max(one.conversations, 1):.0%}" for one in found)),
        ("**丢失**", *(f"**{one.lost}**" for one in found)),
        ("重复送达", *(str(one.doubled) for one in found)),
        ("　网关收下后中断，答复丢失", *(str(one.after_lost_answer) for one in found)),
        ("　投递进程在记下答复前被杀", *(str(one.after_kill) for one in found)),
        ("　**其他原因**", *(f"**{one.unexplained}**" for one in found)),
        ("用时", *(f"{one.seconds:.0f} 秒" for one in found)),
    ]
    head = ["项目", *(one.database for one in found)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *map(list, rows)])
    faults = "、".join(f"{name} {found[0].met[name]}" for name in FAULTS)
    return f"""# 通知投递与杀进程

每条通知发给一人，经回环地址上的短信网关送出。网关对十分之三的连接出错：拒收、断开、收下后不答、答非所问、答复失败、超时（{faults}）。
每次同时启动 {TOGETHER} 个投递进程，网关接到随机次数的连接后全部 kill -9，时钟前进 0 至 7 分钟（租约 5 分钟）再来；杀够以后由一个进程投完。
重复的每一份都要有原因：前一份的答复没有送到活着的进程。

{table}

种子 {seed}。重做：`python -m chaos.deliveries {found[0].notices} {found[0].kills} {seed}`
"""


def main(count: int = 5_000, kills: int = 300, seed: int = 1) -> int:
    """Both databases; answers 1 when something was lost or doubled without a reason."""
    found = []
    with tempfile.TemporaryDirectory(prefix="lianshen-chaos-") as folder:
        database = open_database(f"sqlite:///{folder}/chaos.db")
        database.create_all()
        found.append(run("SQLite", database, count=count, kills=kills, seed=seed))
        database.close()
        cluster = databases.start()
        try:
            with databases.postgresql_database(cluster, databases.TEMPLATE) as other:
                found.append(run("PostgreSQL", other, count=count, kills=kills, seed=seed))
        finally:
            databases.stop(cluster)
    REPORT.write_text(page(found, seed), "utf-8")
    print(REPORT.read_text("utf-8"))
    return int(any(one.lost or one.unexplained for one in found))


if __name__ == "__main__":
    sys.exit(main(*(int(one) for one in sys.argv[1:])))
