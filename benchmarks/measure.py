"""Measuring beside other loads: wall and CPU of each act, and where the time of a whole act goes."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from statistics import median
from typing import Any


@dataclass
class Samples:
    """Wall and CPU seconds of acts of one kind, in one round. CPU is ours, not a database server's."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def take(self, act: Callable[[], object]) -> None:
        """Measure one act."""
        wall, cpu = time.perf_counter(), time.process_time()
        act()
        self.cpu.append(time.process_time() - cpu)
        self.wall.append(time.perf_counter() - wall)

    @property
    def p50_ms(self) -> float:
        return median(self.wall) * 1e3

    @property
    def cpu_ms(self) -> float:
        return sum(self.cpu) / len(self.cpu) * 1e3

    @property
    def a_second(self) -> float:
        return len(self.wall) / sum(self.wall)


class Sections:
    """Shares of an act by section: the time within a section's functions, less what they spend in another section's."""

    def __init__(self) -> None:
        self.wall: dict[str, float] = defaultdict(float)
        self.cpu: dict[str, float] = defaultdict(float)
        self._inside: list[str] = []
        self._since = (0.0, 0.0)

    def _turn(self) -> None:
        now = (time.perf_counter(), time.process_time())
        if self._inside:
            self.wall[self._inside[-1]] += now[0] - self._since[0]
            self.cpu[self._inside[-1]] += now[1] - self._since[1]
        self._since = now

    @contextmanager
    def within(self, section: str) -> Iterator[None]:
        """Time spent here belongs to `section`."""
        self._turn()
        self._inside.append(section)
        try:
            yield
        finally:
            self._turn()
            self._inside.pop()

    def _told(self, work: Callable[..., Any], section: str) -> Callable[..., Any]:
        @wraps(work)
        def told(*args: Any, **kwargs: Any) -> Any:
            if not self._inside:
                return work(*args, **kwargs)
            self._turn()
            self._inside.append(section)
            try:
                return work(*args, **kwargs)
            finally:
                self._turn()
                self._inside.pop()

        return told

    @contextmanager
    def watching(self, places: Mapping[str, list[tuple[Any, str]]]) -> Iterator[None]:
        """While it lasts, the named functions tell when they begin and end. `places`: section → (owner, name of the function)."""
        kept = [(owner, name, getattr(owner, name)) for named in places.values() for owner, name in named]
        for section, named in places.items():
            for owner, name in named:
                setattr(owner, name, self._told(getattr(owner, name), section))
        try:
            yield
        finally:
            for owner, name, work in kept:
                setattr(owner, name, work)
