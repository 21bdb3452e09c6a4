"""The reference process through our own doors: apply → amount → pre-review → three countersigns → cost review with a deadline → end.

Six completions a case, about 4 KB of answers as JSON. The rules stand in `benchmarks/rules/sample` and pass the publish gate.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from adapters.clock import SHANGHAI
from adapters.database import Database, cases, items, people
from adapters.database.tables import Person, UnitRow, WorkItem
from domain.offices import Official, Post
from tasks import cases as case_tasks
from tasks import inbox, versions

RULES = Path(__file__).parent / "rules"
CODE = "sample"
UNITS = 20
COMPLETIONS = 6  #: of one case from opening to end
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)

_WORDS = (
    "建设单位应当说明现状和存在的问题", "系统已经运行多年", "数据不能共享", "群众办事需要多次提交材料", "拟依托统一的政务云平台",
    "整合各部门的业务数据", "建立统一的受理和监督机制", "减少重复录入", "提高办理效率", "保证网络和数据安全",
    "按照国家标准实施等级保护", "预算按照市场询价和同类项目的成交价格测算", "分两个阶段实施", "第一阶段完成基础平台",
    "第二阶段完成业务应用和培训", "验收后由运行维护单位负责日常运维", "建立绩效指标并按年度评价",
)  # fmt: skip
_PLAYERS = {"coordinator": "统筹办", "reform": "发改局", "finance": "财政局", "cyberspace": "网信办", "cost_centre": "造价中心"}


def prose(lot: random.Random, characters: int) -> str:
    """Official prose of a given length, different every time."""
    text = ""
    while len(text) < characters:
        text += f"{lot.choice(_WORDS)}{lot.choice(('，', '；', '。'))}"
    return text[:characters]


def answers(lot: random.Random, step: str) -> dict[str, Any]:
    """What an official types in a step. One whole case makes about 4 KB of JSON."""
    if step == "apply":
        texts = {name: prose(lot, 280) for name in ("background", "goals", "content")}
        money = lot.randint(300_000, 90_000_000) / 10_000
        return {"name": prose(lot, 20), "nature": "建设类", "estimate": f"{money:.4f}", "contact": "张三", "months": 12, **texts}
    if step == "cost_review":
        return {"outcome": "已审定", "reviewed": "29.5", "opinion": prose(lot, 80)}
    return {"outcome": "通过", "opinion": prose(lot, 80)}


@dataclass
class Town:
    """A database with the sample rules, its units and its officials."""

    database: Database
    owners: list[Official]
    players: Mapping[str, Official]
    lot: random.Random = field(default_factory=lambda: random.Random(1))
    done: int = 0

    def official(self, item: WorkItem) -> Official:
        """Who does an item."""
        return self.players[item.office] if item.unit is None else self.owners[int(item.unit.removeprefix("u"))]

    def open(self, now: datetime = NOW) -> str:
        """A case that waits for its application."""
        number = self.done % UNITS
        self.done += 1
        with self.database.transaction() as db:
            opened = case_tasks.open_case(
                db, jurisdiction=CODE, procedure="project", official=self.owners[number], now=now, unit=f"u{number}"
            )
        assert opened is not None
        return opened.case

    def complete(self, item: WorkItem, given: Mapping[str, Any], now: datetime = NOW) -> inbox.Done:
        """One completion: one act, one durable transaction."""
        with self.database.transaction() as db:
            return inbox.complete(db, item.id, self.official(item), given, key=uuid4().hex, now=now)

    def waiting(self, case: str) -> list[WorkItem]:
        """What waits in a case."""
        with self.database.reading() as db:
            return items.open_of(db, case)

    def play(self, case: str, *, until: str | None = None, timed: Callable[[Callable[[], object]], None] | None = None) -> None:
        """Complete step after step until the end, or until a step waits. `timed` measures each completion alone."""
        while waiting := self.waiting(case):
            item = waiting[0]
            if item.step == until:
                return
            given = answers(self.lot, item.step)
            if timed is None:
                self.complete(item, given)
            else:
                timed(lambda item=item, given=given: self.complete(item, given))

    def finished(self, case: str) -> bool:
        """Whether a case has ended."""
        with self.database.reading() as db:
            return cases.get(db, case).status == "completed"


def town(database: Database) -> Town:
    """Make the tables, publish the rules through the gate, and settle units and officials."""
    database.create_all()
    with database.transaction() as db:
        versions.publish(db, RULES, CODE, by="bench", now=NOW)
        for number in range(UNITS):
            people.add_unit(db, UnitRow(id=f"u{number}", jurisdiction=CODE, name=f"第{number}单位", kind="区级部门"))
            people.add(db, _person(f"owner{number}", f"申报人{number}", f"u{number}"))
        for office, name in _PLAYERS.items():
            people.add(db, _person(office, name, None))
    owners = [Official(id=f"owner{n}", name=f"申报人{n}", unit=f"u{n}", posts=(Post(office="owner", unit=f"u{n}"),)) for n in range(UNITS)]
    players = {office: Official(id=office, name=name, posts=(Post(office=office),)) for office, name in _PLAYERS.items()}
    return Town(database, owners, players)


def _person(key: str, name: str, unit: str | None) -> Person:
    return Person(id=key, jurisdiction=CODE, login=key, name=name, unit=unit)
