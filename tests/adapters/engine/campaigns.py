"""One random process on the real engine, beside the interpreter: the same steps open after every act, the same end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

from adapters.engine import compile as compile_
from adapters.engine import complete, fire, inspect, reschedule, runner, start
from adapters.engine.environment import Act, Engine
from adapters.engine.places import Places
from adapters.engine.repairs import Case
from domain.deadlines import Basis, DueOn
from domain.procedures import Fired, OpenTask, OpenTimer, Step, Where
from tests.adapters.engine.processes import Block, Run, Scope, by_lot, draw, ways

NOW = datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=8)))
MOST_ACTS = 150


def blocks_of(block: Block) -> dict[str, Block]:
    """Every block by name."""
    found = {block.name: block}
    for part in block.parts:
        found |= blocks_of(part)
    return found


@dataclass
class Answers:
    """The engine's world: ways at gateways, votes, one far deadline."""

    seed: int
    blocks: Mapping[str, Block]
    now: datetime = NOW
    passes: dict[str, list[str]] = field(default_factory=dict)
    votes: dict[str, tuple[str, int]] = field(default_factory=dict)
    functions: frozenset[str] = frozenset({"goes", "voted", "days"})

    def call(self, name: str, where: Where, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        if name == "voted":
            return self.votes.get(args[0], ("", 0))[1]
        if name == "days":
            day = self.now.date()
            return DueOn.of(Basis(day, "days", "天", day + timedelta(days=args[0])))
        passes = self.passes.setdefault(args[0], [])
        if where.task not in passes:
            passes.append(where.task)
        return args[1] in ways(self.seed, args[0], passes.index(where.task) + 1, self.blocks[args[0]])

    def vote(self, where: Where) -> None:
        """A step is about to be completed."""
        activation, count = self.votes.get(where.element, ("", 0))
        self.votes[where.element] = (where.activation, count + 1 if activation == where.activation else 1)

    def operate(self, where: Where, operation: str, params: Mapping[str, Any]) -> None:
        raise AssertionError("no service tasks here")

    def fired(self, fired: Fired) -> None:
        raise AssertionError("no tables here")


class Stored:
    """The engine as everybody uses it: every act loads the state and saves it, and looking at it says the same."""

    def __init__(self, files: Mapping[str, bytes], world: Answers) -> None:
        self.spec, self.world = compile_(files, "t_main"), world
        self.step = start(self.spec, world)

    def complete(self, task: OpenTask) -> None:
        self.step = complete(self.spec, self.step.state, task.where.task, self.world)
        self._look()

    def fire(self, timer: OpenTimer) -> None:
        state = reschedule(self.spec, self.step.state, timer.where.task, self.world.now)
        self.step = fire(self.spec, state, self.world)
        self._look()

    def _look(self) -> None:
        again = inspect(self.spec, self.step.state, self.world)
        told = replace(self.step, timers=tuple(replace(timer, basis=None) for timer in self.step.timers), passed=(), ended=())
        assert _sorted(again) == _sorted(told), "what is stored is not what was told"


def _sorted(step: Step) -> Step:
    """Timers in an order that does not depend on when their scope was entered."""
    return replace(step, timers=tuple(sorted(step.timers, key=lambda timer: timer.where.task)))


class Unstored:
    """The same engine with one case kept in memory and never saved: what saving and loading is compared with."""

    def __init__(self, files: Mapping[str, bytes], world: Answers) -> None:
        self.spec, self.world = compile_(files, "t_main"), world
        self.act = Act(Places(self.spec), world)
        self.case = Case(self.spec.top, self.spec.subs, script_engine=Engine(self.act))
        self._settle()

    def complete(self, task: OpenTask) -> None:
        self._fresh()
        runner._run(self.act, self.case, runner._find(self.case, task.where.task, lambda _: True))
        self._settle()

    def fire(self, timer: OpenTimer) -> None:
        self._fresh()
        (found,) = (one for _, one, _ in runner._timers(self.case) if one.id.hex == timer.where.task)
        for definition, _ in runner.timers.of(found):
            definition.tell(found)
        found.task_spec._update(found)
        self._settle()

    def _fresh(self) -> None:
        self.act.steps, self.act.began = 0, time.monotonic()

    def _settle(self) -> None:
        runner._settle(self.act, self.case)
        runner._check(self.act, self.case)
        self.step: Step = runner._step(self.act, self.case, b"")


def play(seed: int, *, stored: bool) -> int:
    """Walk one random process to its end; answers the number of acts. Raises AssertionError at the first deviation."""
    block = by_lot(seed)
    random = Random(f"acts {seed}")
    world = Answers(seed, blocks_of(block))
    files = draw(block)
    engine = Stored(files, world) if stored else Unstored(files, world)
    truth = Scope(Run(seed), Block("sub", "top", (block,)))
    told = ""
    for acts in range(MOST_ACTS):
        step = engine.step
        open_, timers = sorted(task.where.element for task in step.tasks), sorted(timer.where.element for timer in step.timers)
        assert open_ == sorted(truth.open()), f"seed {seed}, act {acts} after {told}: engine {open_}, truth {sorted(truth.open())}"
        assert timers == sorted(truth.timers()), f"seed {seed}, act {acts} after {told}: timers {timers}, truth {sorted(truth.timers())}"
        assert step.completed == truth.over, f"seed {seed}, act {acts} after {told}: completed {step.completed}"
        if step.completed:
            return acts
        if step.timers and random.random() < 0.2:
            timer = random.choice(sorted(step.timers, key=lambda one: one.where.element))
            told = f"timer {timer.where.element}"
            engine.fire(timer)
            assert truth.fire(timer.where.element)
            continue
        task = random.choice(sorted(step.tasks, key=lambda one: (one.where.element, one.where.index or 0)))
        told = task.where.element
        world.vote(task.where)
        engine.complete(task)
        assert truth.complete(task.where.element)
    return MOST_ACTS
