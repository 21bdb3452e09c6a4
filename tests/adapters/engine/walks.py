"""Walking a case in a test: every act goes through the stored state, and what `inspect` says of it must be what the act said."""

from __future__ import annotations

from dataclasses import replace

from adapters.engine import Spec, compile, complete, deliver, fire, inspect, start
from domain.procedures import OpenTask, OpenTimer, OpenWait, Passed, Step
from tests.worlds import DictWorld


class Walk:
    """One case and its world."""

    def __init__(self, *files: bytes, process: str = "t_main", world: DictWorld | None = None) -> None:
        self.spec: Spec = compile({f"{n}.{'dmn' if b'/DMN/' in data else 'bpmn'}": data for n, data in enumerate(files)}, process)
        self.world = world or DictWorld()
        self.log: list[Passed] = []
        self.step = self._after(start(self.spec, self.world))

    def _after(self, step: Step) -> Step:
        again = inspect(self.spec, step.state, self.world)
        timers = tuple(replace(timer, basis=None) for timer in step.timers)
        assert again == replace(step, timers=timers, passed=(), ended=())
        self.log += step.passed
        return step

    @property
    def open(self) -> list[str]:
        return sorted(task.where.element for task in self.step.tasks)

    @property
    def waits(self) -> list[str]:
        return sorted(wait.where.element for wait in self.step.waits)

    @property
    def timers(self) -> list[str]:
        return sorted(timer.where.element for timer in self.step.timers)

    @property
    def passed(self) -> list[str]:
        """Elements passed in the last act."""
        return [passed.where.element for passed in self.step.passed]

    def task(self, element: str, index: int | None = None) -> OpenTask:
        return next(task for task in self.step.tasks if task.where.element == element and index in (None, task.where.index))

    def timer(self, element: str) -> OpenTimer:
        return next(timer for timer in self.step.timers if timer.where.element == element)

    def wait(self, element: str) -> OpenWait:
        return next(wait for wait in self.step.waits if wait.where.element == element)

    def do(self, element: str, outcome: str | None = None, index: int | None = None) -> Walk:
        """Somebody completes a step; with an outcome it is decided, in a countersign it is also a vote."""
        where = self.task(element, index).where
        if outcome is not None:
            self.world.sign(where, outcome)
            self.world.decide(element, outcome)
        self.step = self._after(complete(self.spec, self.step.state, where.task, self.world))
        return self

    def say(self, element: str, outcome: str) -> Walk:
        """The message a catch waits for arrives."""
        self.world.decide(element, outcome)
        self.step = self._after(deliver(self.spec, self.step.state, self.wait(element).where.task, self.world))
        return self

    def fire(self, days: float = 0) -> Walk:
        """`days` pass, then the clock ticks."""
        self.world.pass_days(days)
        self.step = self._after(fire(self.spec, self.step.state, self.world))
        return self
