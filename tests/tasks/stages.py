"""A small world for tests of the tasks: the shipped rules published into a database, with the cast of the stories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from adapters import clock, engine
from adapters.database import Database, cases, items
from adapters.database.tables import WorkItem
from adapters.settings import SHIPPED
from domain.offices import Official
from domain.procedures import Where
from tasks import cases as case_tasks
from tasks import inbox, materials
from tasks.scenarios import checks
from tasks.scenarios.language import Begin
from tasks.scenarios.player import Theatre
from tasks.scenarios.stage import PDF, Outcome, Stage
from tests import databases

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=clock.SHANGHAI)


@lru_cache
def theatre(place: str = "jinjiang") -> Theatre:
    return Theatre.of(SHIPPED, place, Path(gettempdir()) / "lianshen-test-files")


@dataclass
class Town:
    """A database with the rules of one place, and hands to act in it."""

    database: Database
    stage: Stage

    def begin(self, until: str = "declare", unit: str = "区教育局", **answers: Mapping[str, Any]) -> str:
        """A project's case, played by defaults until a step waits. Answers the case."""
        from tasks.scenarios.language import Begin

        self.stage.begin(Begin(procedure="project", unit=unit, until=until, answers=answers), f"case-{len(self.stage.names)}")
        return self.stage.focus

    def item(self, case: str, step: str) -> WorkItem:
        with self.database.reading() as db:
            return next(one for one in items.open_of(db, case) if one.step == step)

    def official(self, item: WorkItem) -> Official:
        with self.database.reading() as db:
            return self.stage.cast.for_item(db, item, clock.today())

    def answers(self, item: WorkItem, **given: Any) -> dict[str, Any]:
        with self.database.reading() as db:
            return self.stage.filled(db, item, given)

    def attach(self, item: WorkItem) -> None:
        with self.database.transaction() as db:
            official = self.stage.cast.for_item(db, item, clock.today())
            act = case_tasks.load(db, cases.get(db, item.case), now=clock.now())
            for one in act.element(inbox.where_of(act, item)).materials:
                name = f"{one.id}.pdf"
                materials.attach(db, self.stage.store, item.id, official, material=one.id, name=name, chunks=[PDF], now=clock.now())

    def complete(self, item: WorkItem, *, key: str | None = None, by: Official | None = None, **given: Any) -> inbox.Done:
        """Complete an item by its defaults and `given`, in one transaction."""
        official, answers = by or self.official(item), self.answers(item, **given)
        with self.database.transaction() as db:
            return inbox.complete(db, item.id, official, answers, key=key, now=clock.now())

    def ask(self, case: str, expression: str) -> Any:
        """What an expression answers at the top of a case."""
        with self.database.reading() as db:
            act = case_tasks.load(db, cases.get(db, case), now=clock.now())
            where = Where(scope="", process=act.case.procedure, element="", task="", activation="")
            return checks.plain(engine.evaluate(expression, {}, act, where))


def town(database: Database, place: str = "jinjiang") -> Town:
    """Publish, and settle the cast."""
    stage = theatre(place).stage(database, Outcome("test"), reload=False, say=None)
    return Town(database, stage)


@contextmanager
def decided(place: str, folder: Path, shared: Path, name: str, *, begun: date, day: date) -> Iterator[Stage]:
    """A project `name` of a place, begun on a day, whose yearly plan was opened by `day` and has been decided."""
    with (
        databases.sqlite_database(folder, databases.sqlite_template(shared)) as database,
        clock.at(datetime.combine(begun, time(9), tzinfo=clock.SHANGHAI)),
    ):
        stage = Theatre.of(SHIPPED, place, folder / "files").stage(database, Outcome(name), reload=False, say=None)
        stage.begin(Begin(procedure="project", until="wait_plan", answers={"declare": {"name": name}}), "main")
        stage.advance(datetime.combine(day, time(9), tzinfo=clock.SHANGHAI))
        stage.focus = stage.case_named("annual_plan")
        stage.play("end")
        assert not stage.outcome.differences
        yield stage
