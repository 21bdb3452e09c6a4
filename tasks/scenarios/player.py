"""Plays a story: a database of its own, a clock that moves, officials who do what the story or the defaults say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml

from adapters import clock, engine, library
from adapters.database import Database, Db, open_database
from domain.errors import AlreadyDone, EngineFault, Refusal
from domain.offices import Official
from domain.rulesets import Ruleset
from domain.workdays import add_days, add_months, add_working_days, add_years
from tasks import cases, inbox, incidents, overrides, people, rounds, settings, ticks, versions
from tasks.scenarios import checks, organisation
from tasks.scenarios.language import Act, Begin, Given, Scenario, ScenarioError

MORNING = time(9, 0)
LIMIT = 400                             #: acts a story may play by defaults


@dataclass
class Outcome:
    """What a story came to. `lines` tell it; `differences` are empty when everything was as expected."""

    scenario: Scenario
    lines: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)      #: clauses that the story really met

    @property
    def passed(self) -> bool:
        """Whether nothing differed."""
        return not self.differences


@dataclass
class Stage:
    """The world of one story."""

    database: Database
    root: Path
    ruleset: Ruleset
    cast: organisation.Cast
    defaults: Mapping[str, Mapping[str, Any]]
    reload: bool = False
    told: Callable[[str], None] = lambda line: None
    names: dict[str, str] = field(default_factory=dict)             #: story name → case id
    answers: dict[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)      #: case id → step → answers
    focus: str = ""
    outcome: Outcome = field(default_factory=lambda: Outcome(Scenario.model_construct()))

    # --- time ---------------------------------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The story's moment."""
        return clock.now()

    def advance(self, until: datetime) -> None:
        """Let time pass, doing on each day what the clock's door would do."""
        day = self.now()
        while day < until:
            following = datetime.combine(day.date() + timedelta(days=1), time(0, 5), tzinfo=day.tzinfo)
            day = min(max(following, day + timedelta(seconds=1)), until)
            clock.move(day)
            self.tick()

    def tick(self) -> None:
        """What the clock's door does at this moment."""
        if self.reload:
            engine.forget()
        report = ticks.run(self.database, self.root, now=self.now())
        for line in report.lines:
            self.told(f"{self.now():%Y-%m-%d} 〔系统〕{line}")

    # --- people -------------------------------------------------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[Db]:
        """One transaction."""
        if self.reload:
            engine.forget()
        with self.database.transaction() as db:
            yield db

    def official(self, item: Any) -> Official:
        """The one who would normally do this item."""
        return self.cast.for_item(item)
