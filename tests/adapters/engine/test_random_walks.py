"""Random processes walked in random order, saved and loaded at every step, against a second opinion that knows no engine."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from adapters.engine import compile, complete, fire, start
from domain.procedures import Where
from tests.adapters.engine import diagrams as d
from tests.adapters.engine.random_cases import Play, Scope, block, chosen
from tests.worlds import DictWorld


class Choosing(DictWorld):
    """A world that chooses the ways at gateways by their name and how often they were passed."""

    seed = 0

    def do_pick(self, where: Where, gate: str, count: int, way: int) -> bool:
        seen = self.facts.setdefault("seen", {}).setdefault(gate, [])
        if where.activation not in seen:
            seen.append(where.activation)
        return way in chosen(self.seed, gate, seen.index(where.activation) + 1, count)


def walk(seed: int) -> int:
    """One random process to its end; answers the number of acts."""
    random = Random(seed)
    root = block(random, random.choice([2, 3, 3, 4]), [0])
    files: dict[str, bytes] = {}
    xml, entry, last = root.draw(files)
    files["main.bpmn"] = d.diagram("t_main", d.start(), xml, d.end(), d.path("start", entry), d.path(last, "end"))
    play, world = Play(seed), Choosing()
    world.seed = seed

    def finish() -> None:
        play.finished = True

    whole = Scope(finish)
    root.play(play, whole, whole.leave)
    spec = compile(files, "t_main")
    step, acts = start(spec, world), 0
    while True:
        assert Counter(t.where.element for t in step.tasks) == Counter(name for name, _, _ in play.open), (seed, acts)
        assert len(step.timers) == len(play.timers), (seed, acts)
        assert step.completed == play.finished, (seed, acts)
        if step.completed:
            return acts
        acts += 1
        if play.timers and (not step.tasks or random.random() < 0.15):
            world.pass_days(1)
            step = fire(spec, step.state, world)
            for timer in list(play.timers):
                if timer in play.timers:
                    play.timers.remove(timer)
                    timer[1]()
            continue
        task = random.choice(step.tasks).where
        step = complete(spec, step.state, task.task, world)
        found = next(entry for entry in play.open if entry[0] == task.element)
        play.open.remove(found)
        found[1]()


@pytest.mark.parametrize("chunk", range(10))
def test_random_processes_go_as_they_are_drawn(chunk: int) -> None:
    assert sum(walk(seed) for seed in range(chunk * 20, chunk * 20 + 20)) > 50


@pytest.mark.prove
@pytest.mark.parametrize("chunk", range(20))
def test_many_random_processes(chunk: int) -> None:
    assert sum(walk(seed) for seed in range(1_000 + chunk * 150, 1_150 + chunk * 150)) > 500
