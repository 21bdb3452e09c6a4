"""One damaged file through gate and engine: nothing may crash, hang or stall without a word."""

from __future__ import annotations

import random
import time

from adapters.engine import compile as compile_
from adapters.engine import complete, deliver, fire, runner, start
from adapters.engine.gate import check
from adapters.engine.gate.choices import Choices
from adapters.engine.gate.literals import Literals
from adapters.engine.gate.rehearsal import Rehearsal
from chaos.mutants import mutant
from domain.errors import EngineFault
from domain.procedures import Step
from tests.adapters.engine import samples as s

SLOWEST = 2.0  # seconds of processor time: a busy machine is slow, not wrong


def bombard(path: str, seed: int) -> str:
    """What became of one mutant: refused | passed | fault. Raises AssertionError for a crash, a hang, a silent stall."""
    files = {name: text.encode() for name, text in s.FILES.items()}
    files[path] = mutant(files[path], seed)
    began = time.thread_time()
    found = check(files, s.CONTEXT, walks=seed % 2 == 0)
    spent = time.thread_time() - began
    assert spent < SLOWEST, f"{path} seed {seed}: the gate took {spent:.1f} s"
    outcome = "refused" if any(one.level == "错误" for one in found) else "passed"
    for process in ("sample_intake", "sample_plan"):
        began = time.thread_time()
        try:
            _drive(files, process, seed)
        except EngineFault:
            outcome = "fault" if outcome == "refused" else outcome
        spent = time.thread_time() - began
        assert spent < SLOWEST + 5, f"{path} seed {seed}: the engine took {spent:.1f} s"
    return outcome


def _drive(files: dict[str, bytes], process: str, seed: int) -> None:
    """A short walk with the raw engine, also where the gate has refused. Every failure has to be an EngineFault."""
    spec = compile_(files, process)
    world = Rehearsal({}, s.CONTEXT, Literals([]), random.Random(seed), Choices())
    step = start(spec, world)
    for _ in range(12):
        if step.completed:
            return
        assert step.tasks or step.timers or step.waits, f"seed {seed}: open, and nothing waits"
        step = _act(spec, step, world)


def _act(spec: runner.Spec, step: Step, world: Rehearsal) -> Step:
    if step.tasks:
        return complete(spec, step.state, world.rng.choice(step.tasks).where.task, world)
    if step.waits:
        return deliver(spec, step.state, step.waits[0].where.task, world)
    world.now = max(world.now, min(timer.fires_at for timer in step.timers))
    return fire(spec, step.state, world)
