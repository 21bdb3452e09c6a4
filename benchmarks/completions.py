"""How many completions a second, side by side with a bare durable commit and with the naive loop, in alternation."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from adapters import engine
from adapters.database import open_database
from adapters.database.connect import Db
from adapters.database.lines import PostgresqlLine
from adapters.database.writer import Writer
from adapters.engine import codec
from benchmarks import reference
from benchmarks.measure import Samples, Sections
from benchmarks.naive import Naive, Rows
from tasks import checking, inbox
from tasks.acts import Act

BARE = 4096  #: bytes of the row that the bare commit writes
OURS, NAIVE, ROWS, FLOOR = "联审", "直写", "直写加行", "空提交"


class Bare:
    """One row of 4 KB changed and made durable: nothing that keeps its word can be quicker on this disk."""

    def __init__(self, url: str) -> None:
        if url.startswith("sqlite"):
            self.driver: Any = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
            self.driver.execute("PRAGMA journal_mode=WAL")
            self.driver.execute("PRAGMA synchronous=FULL")
            self.begin, self.change = "BEGIN IMMEDIATE", "UPDATE bare SET data = ? WHERE id = 1"
            self.driver.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, data BLOB)")
        else:
            self.driver = psycopg.connect(url, autocommit=True)
            self.begin, self.change = "BEGIN", "UPDATE bare SET data = %s WHERE id = 1"
            self.driver.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, data BYTEA)")
        self.driver.execute("INSERT INTO bare (id) VALUES (1)")

    def commit(self) -> None:
        """Once. The bytes are new each time: pages that do not change are not written."""
        self.driver.execute(self.begin)
        self.driver.execute(self.change, (os.urandom(BARE),))
        self.driver.execute("COMMIT")

    def close(self) -> None:
        """Give the connection back."""
        self.driver.close()


@dataclass
class Side:
    """What one database answered: contender → its rounds, and the sections of ours."""

    name: str
    rounds: dict[str, list[Samples]] = field(default_factory=lambda: {name: [] for name in (OURS, NAIVE, ROWS, FLOOR)})
    sections: Sections = field(default_factory=Sections)
    watched: int = 0

    def middle(self, contender: str, value: Callable[[Samples], float]) -> float:
        """Median over the rounds."""
        return median(value(one) for one in self.rounds[contender])

    def quiet(self, contender: str) -> float:
        """CPU ms of the quietest round: other loads only ever add."""
        return min(one.cpu_ms for one in self.rounds[contender])

    def ratio(self, contender: str, other: str, value: Callable[[Samples], float]) -> float:
        """Median over the rounds of `contender` by `other`, each taken from the same round."""
        return median(value(one) / value(two) for one, two in zip(self.rounds[contender], self.rounds[other], strict=True))


def run(urls: dict[str, Callable[[str], str]], *, rounds: int, cases: int) -> list[Side]:
    """`urls`: database → address of a fresh one for a purpose. Each round plays `cases` cases of six completions on every side in turn."""
    sides, contenders = [], []
    for name, url in urls.items():
        side = Side(name)
        database = open_database(url("ours"))
        contenders.append((side, database, reference.town(database), [Naive(url("naive")), Rows(url("rows"))], Bare(url("bare"))))
        sides.append(side)
    try:
        for number in range(-1, rounds):
            for side, _, town, naive, bare in contenders:
                for contender, samples in _round(town, naive, bare, cases if number >= 0 else 2).items():
                    if number >= 0:
                        side.rounds[contender].append(samples)
        for side, _, town, _, _ in contenders:
            side.watched = _watch(side.sections, town, cases)
    finally:
        for _, database, _, naive, bare in contenders:
            database.close()
            for one in naive:
                one.close()
            bare.close()
    return sides


def _round(town: reference.Town, naive: list[Naive], bare: Bare, cases: int) -> dict[str, Samples]:
    ours, theirs, with_rows, floor = Samples(), Samples(), Samples(), Samples()
    lot = random.Random(town.done)
    for _ in range(cases):
        town.play(town.open(), timed=ours.take)
        for loop, samples in zip(naive, (theirs, with_rows), strict=True):
            key, steps = loop.open(), ["apply"]
            while (step := steps[-1]) is not None:
                given = reference.answers(lot, step)
                samples.take(lambda loop=loop, key=key, given=given, steps=steps: steps.append(loop.complete(key, given)))
        for _ in range(reference.COMPLETIONS):
            floor.take(bare.commit)
    assert {len(one.wall) for one in (ours, theirs, with_rows)} == {reference.COMPLETIONS * cases}
    return {OURS: ours, NAIVE: theirs, ROWS: with_rows, FLOOR: floor}


def _watch(sections: Sections, town: reference.Town, cases: int) -> int:
    """Play on and note where the time goes."""
    asked = ("many", "values", "values_each", "change", "change_one", "change_all", "add", "add_all", "add_new", "put", "run")
    places: dict[str, list[tuple[Any, str]]] = {
        "引擎": [(engine, "complete"), (engine, "evaluate")],
        "状态编解码": [(codec, "load"), (codec, "save")],
        "读写行": [(Db, name) for name in asked],
        "持久提交": [(Writer, "_commit"), (PostgresqlLine, "commit")],
        "检查": [(checking, "form"), (checking, "rules"), (inbox, "check_item"), (inbox, "materials")],
        "办理与落账": [(inbox, "complete"), (Act, "call"), (Act, "operate")],
    }
    with sections.watching(places):
        for _ in range(cases):
            town.play(town.open(), timed=lambda act: _within(sections, act))
    return cases * reference.COMPLETIONS


def _within(sections: Sections, act: Callable[[], object]) -> None:
    with sections.within("事务"):
        act()


def fresh_sqlite(folder: Path) -> Callable[[str], str]:
    """Addresses of files in a folder."""
    return lambda purpose: f"sqlite:///{folder / purpose}.db"
