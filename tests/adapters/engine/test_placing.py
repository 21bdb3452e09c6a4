"""Placing: a fresh case on any of its steps stands there, with what begins beside it, and goes on to its end as every other."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import pytest

from adapters.engine import ahead, compile, complete, inspect, place
from domain.errors import EngineFault
from domain.procedures import Step
from tests.adapters.engine import diagrams as d
from tests.adapters.engine.campaigns import MOST_ACTS, Answers, blocks_of
from tests.adapters.engine.processes import Block, Run, Scope, by_lot, draw
from tests.worlds import DictWorld

SEEDS = 60


def steps(block: Block, scope: str = "") -> list[tuple[str, str]]:
    """(scope, name) of every step, with those that a deadline opens."""
    if block.kind in ("task", "many"):
        return [(scope, block.name)]
    inner = f"{scope}/{block.name}".lstrip("/") if block.kind == "call" else scope
    late = [(scope, f"{block.name}_late")] if block.kind == "guard" else []
    return late + [one for part in block.parts for one in steps(part, inner)]


def open_at(block: Block, name: str, seed: int) -> list[str] | None:
    """What is open when a process stands on a step: the step, what runs in parallel to it, what its deadline left open."""

    def begun(part: Block) -> list[str]:
        return list(Scope(Run(seed), Block("sub", "top", (part,))).open())

    if block.name == name and not block.parts:
        return begun(block)
    if block.kind == "guard" and name == f"{block.name}_late":
        return [name] + ([] if block.interrupting else begun(block.parts[0]))
    for part in block.parts:
        if (found := open_at(part, name, seed)) is not None:
            beside = [one for one in block.parts if one is not part] if block.kind == "and" else []
            return found + [opened for one in beside for opened in begun(one)]
    return None


def to_the_end(files: Mapping[str, bytes], step: Step, world: Answers, random: Random) -> None:
    spec = compile(files, "t_main")
    for _ in range(MOST_ACTS):
        if step.completed:
            return
        again = inspect(spec, step.state, world)
        assert {one.where.task for one in again.tasks} == {one.where.task for one in step.tasks}
        assert {one.where.task for one in again.timers} == {one.where.task for one in step.timers}
        task = random.choice(sorted(step.tasks, key=lambda one: (one.where.element, one.where.index or 0)))
        world.vote(task.where)
        step = complete(spec, step.state, task.where.task, world)
    raise AssertionError("no end")


def test_every_step_of_random_processes_can_be_stood_on_and_left() -> None:
    placed = 0
    for seed in range(SEEDS):
        block = by_lot(seed)
        files = draw(block)
        for scope, name in steps(block):
            world = Answers(seed, blocks_of(block))
            step = place(compile(files, "t_main"), scope, name, world)
            expected = open_at(block, name, seed)
            assert expected is not None
            assert sorted(one.where.element for one in step.tasks) == sorted(expected), (seed, scope, name)
            to_the_end(files, step, world, Random(f"{seed}/{name}"))
            placed += 1
    assert placed > 5 * SEEDS


def stand(element: str, *parts: str, world: DictWorld | None = None, **files: bytes) -> tuple[Step, DictWorld]:
    world = world or DictWorld()
    spec = compile({"main.bpmn": d.diagram("t_main", *parts), **{f"{name}.bpmn": data for name, data in files.items()}}, "t_main")
    return place(spec, "", element, world), world


def test_nothing_on_the_way_is_run_and_a_deadline_counts_from_here() -> None:
    parts = (d.start(), d.service("enter", "admit"), d.xor("gate", "no"), d.task("a"), d.deadline("late", "a", "days(7)"), d.task("b"))
    ways = (
        d.path("start", "enter", "gate"),
        d.flow("gate", "a", "boom()"),
        d.flow("gate", "b", None, "no"),
        d.end(),
        d.end("e2"),
        d.end("e3"),
    )
    step, world = stand("a", *parts, *ways, d.path("a", "end"), d.path("b", "e2"), d.path("late", "e3"))
    assert ([one.where.element for one in step.tasks], world.operations) == (["a"], [])
    (timer,) = step.timers
    assert (timer.where.element, timer.host, (timer.fires_at.date() - world.today).days) == ("late", step.tasks[0].where.task, 8)
    assert [one.where.element for one in step.passed] == ["start", "enter", "gate"]


def test_a_place_that_is_none_is_refused() -> None:
    parts = (d.start(), d.task("a"), d.task("alone"), d.end(), d.path("start", "a", "end"))
    for element in ("ghost", "alone"):
        with pytest.raises(EngineFault, match=f"没有可以落位的环节 {element}"):
            stand(element, *parts)
    inside = d.start("s") + d.task("each") + d.end("e") + d.path("s", "each", "e")
    main = d.diagram("t_main", d.start(), d.call("all", "p_part", d.many("2")), d.end(), d.path("start", "all", "end"))
    with pytest.raises(EngineFault, match="逐项办理"):
        place(compile({"main.bpmn": main, "part.bpmn": d.diagram("p_part", inside)}, "t_main"), "all", "each", DictWorld())


def test_what_may_still_come_is_told_with_its_conditions() -> None:
    inside = d.start("s") + d.task("each") + d.end("e") + d.path("s", "each", "e")
    parts = (
        d.start(),
        d.task("a"),
        d.xor("gate", "no"),
        d.call("part", "p_part"),
        d.task("b"),
        d.deadline("late", "b", "days(7)"),
        d.task("c"),
    )
    ways = (d.path("start", "a", "gate"), d.flow("gate", "part", 'decision("a") == "是"'), d.flow("gate", "b", None, "no"))
    ends = (d.end(), d.end("e2"), d.end("e3"), d.path("part", "end"), d.path("b", "e2"), d.path("late", "c", "e3"))
    spec = compile({"main.bpmn": d.diagram("t_main", *parts, *ways, *ends), "part.bpmn": d.diagram("p_part", inside)}, "t_main")
    come = {f"{scope}/{element}".lstrip("/"): conditions for scope, element, conditions in ahead(spec, "", "a")}
    assert come.keys() == {"gate", "part", "part/s", "part/each", "part/e", "b", "late", "c", "end", "e2", "e3"}
    assert come["gate"] == ('decision("a") == "是"',)
    assert {element for _, element, _ in ahead(spec, "part", "each")} == {"e", "end"}
    assert {element for _, element, _ in ahead(spec, "", "b")} == {"late", "c", "e2", "e3"}
