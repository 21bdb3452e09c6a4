"""Random block-structured processes, drawn as BPMN, and an interpreter of the blocks that knows nothing of any engine.

A process is a tree of blocks. `draw` writes it as diagrams; `Live` objects are the blocks while they run: what is open, what a completed
step or a fired timer leads to. Ways at gateways follow from seed, gateway and how often it was passed, so that both sides take the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

from tests.adapters.engine import diagrams as d


@dataclass(frozen=True)
class Block:
    """`kind`: task, many, seq, xor, and, or, loop, sub, call, guard. `guard` puts a timer on its only part (task, many, sub, call)."""

    kind: str
    name: str
    parts: tuple[Block, ...] = ()
    count: int = 1  #: many: instances
    enough: int | None = None  #: many: completion condition, after so many votes
    interrupting: bool = False  #: guard
    sequential: bool = False  #: many: one instance at a time


def ways(seed: int, gate: str, visit: int, block: Block) -> list[int]:
    """What is taken at one passing of a gateway. A loop: [0] is once more, [] is on."""
    random = Random(f"{seed}/{gate}/{visit}")
    if block.kind == "loop":
        return [0] if visit < 4 and random.random() < 0.5 else []
    if block.kind == "xor":
        return [random.randrange(len(block.parts))]
    chosen = [way for way in range(len(block.parts) - 1) if random.random() < 0.5]
    return chosen or [len(block.parts) - 1]  # the default way of an inclusive gateway is taken when no other is


# --- the interpreter ------------------------------------------------------------------------------------------------------------------


@dataclass
class Run:
    """One case: seed, passes of gateways."""

    seed: int
    visits: dict[str, int] = field(default_factory=dict)

    def choose(self, block: Block) -> list[int]:
        """Pass a gateway."""
        self.visits[block.name] = self.visits.get(block.name, 0) + 1
        return ways(self.seed, block.name, self.visits[block.name], block)


class Live:
    """A running block. `over` is true when nothing of it is left to do."""

    def __init__(self, run: Run, scope: Scope, block: Block) -> None:
        self.run, self.scope, self.block, self.over = run, scope, block, False

    def open(self) -> Iterator[str]:
        """Names of open steps, one for each instance."""
        yield from ()

    def timers(self) -> Iterator[str]:
        """Names of guards whose timer still waits."""
        yield from ()

    def complete(self, name: str) -> bool:
        """Take one completed step; whether it was one of this block."""
        return False

    def fire(self, name: str) -> bool:
        """Take one fired timer."""
        return False


class Step(Live):
    """A task, or a multi-instance task that may end early."""

    def __init__(self, run: Run, scope: Scope, block: Block) -> None:
        super().__init__(run, scope, block)
        self.left, self.votes = block.count, 0

    def open(self) -> Iterator[str]:
        if not self.over:
            yield from [self.block.name] * (1 if self.block.sequential else self.left)

    def complete(self, name: str) -> bool:
        if self.over or name != self.block.name:
            return False
        self.left -= 1
        self.votes += 1
        self.over = self.left == 0 or (self.block.enough is not None and self.votes >= self.block.enough)
        return True


class Group(Live):
    """Anything made of running parts; subclasses say what follows when a part is over."""

    def __init__(self, run: Run, scope: Scope, block: Block) -> None:
        super().__init__(run, scope, block)
        self.alive: list[Live] = []
        self.begin()
        self.settle()

    def begin(self) -> None:
        """Start the first parts."""

    def next(self) -> None:
        """All started parts are over: start more, or be over."""
        self.over = True

    def add(self, block: Block) -> None:
        self.alive.append(live(self.run, self.scope, block))

    def settle(self) -> None:
        self.alive = [one for one in self.alive if not one.over]
        while not self.alive and not self.over:
            self.next()
            self.alive = [one for one in self.alive if not one.over]

    def open(self) -> Iterator[str]:
        for one in self.alive:
            yield from one.open()

    def timers(self) -> Iterator[str]:
        for one in self.alive:
            yield from one.timers()

    def complete(self, name: str) -> bool:
        return self._take(lambda one: one.complete(name))

    def fire(self, name: str) -> bool:
        return self._take(lambda one: one.fire(name))

    def _take(self, act: Callable[[Live], bool]) -> bool:
        taken = any(act(one) for one in self.alive)
        self.settle()
        return taken


class Sequence(Group):
    """One part after the other."""

    def begin(self) -> None:
        self.done = 0

    def next(self) -> None:
        if self.done == len(self.block.parts):
            self.over = True
        else:
            self.done += 1
            self.add(self.block.parts[self.done - 1])


class Fork(Group):
    """Some or all parts at once: and, or, xor."""

    def begin(self) -> None:
        chosen = range(len(self.block.parts)) if self.block.kind == "and" else self.run.choose(self.block)
        for way in chosen:
            self.add(self.block.parts[way])


class Loop(Group):
    """Its part again and again, as the gateway after it says."""

    def begin(self) -> None:
        self.add(self.block.parts[0])

    def next(self) -> None:
        if self.run.choose(self.block):
            self.add(self.block.parts[0])
        else:
            self.over = True


class Scope(Group):
    """A process, sub-process or called process: over when its main line and everything begun on the side is over."""

    def __init__(self, run: Run, block: Block) -> None:
        super().__init__(run, self, block)

    def begin(self) -> None:
        self.add(self.block.parts[0])

    def aside(self, name: str) -> None:
        """Open a step beside the main line."""
        self.add(Block("task", name))


class Guard(Live):
    """An activity with a timer: interrupting, it is replaced by another step; else another step opens beside it."""

    def __init__(self, run: Run, scope: Scope, block: Block) -> None:
        super().__init__(run, scope, block)
        self.inner, self.waiting = live(run, scope, block.parts[0]), True
        self.over = self.inner.over

    def open(self) -> Iterator[str]:
        yield from self.inner.open()

    def timers(self) -> Iterator[str]:
        if self.waiting and not self.over:
            yield self.block.name
        yield from self.inner.timers()

    def complete(self, name: str) -> bool:
        taken = self.inner.complete(name)
        self.over = self.inner.over
        return taken

    def fire(self, name: str) -> bool:
        if self.waiting and name == self.block.name:
            self.waiting = False
            late = f"{self.block.name}_late"
            if self.block.interrupting:
                self.inner = Step(self.run, self.scope, Block("task", late))
            else:
                self.scope.aside(late)
            return True
        taken = self.inner.fire(name)
        self.over = self.inner.over
        return taken


def live(run: Run, scope: Scope, block: Block) -> Live:
    """Start a block."""
    match block.kind:
        case "task" | "many":
            return Step(run, scope, block)
        case "seq":
            return Sequence(run, scope, block)
        case "loop":
            return Loop(run, scope, block)
        case "guard":
            return Guard(run, scope, block)
        case "sub" | "call":
            return Scope(run, block)
    return Fork(run, scope, block)


# --- the drawing ----------------------------------------------------------------------------------------------------------------------


def draw(block: Block) -> dict[str, bytes]:
    """Files of the process `t_main` with this block as its main line."""
    xml, entry, last = _draw(block, files := {})
    files["main.bpmn"] = d.diagram("t_main", d.start(), xml, d.end(), d.path("start", entry), d.path(last, "end"))
    return files


def _draw(block: Block, files: dict[str, bytes]) -> tuple[str, str, str]:
    """(XML, first element, last element)."""
    name = block.name
    match block.kind:
        case "task":
            return d.task(name), name, name
        case "many":
            until = f'voted("{name}") >= {block.enough}' if block.enough is not None else None
            return d.task(name, d.many(str(block.count), until, block.sequential)), name, name
        case "seq":
            drawn = [_draw(part, files) for part in block.parts]
            return "".join(one[0] for one in drawn) + "".join(d.flow(a[2], b[1]) for a, b in pairwise(drawn)), drawn[0][1], drawn[-1][2]
        case "sub" | "call":
            return _draw_scope(block, files)
        case "loop":
            xml, entry, last = _draw(block.parts[0], files)
            xml += d.xor(f"{name}_in") + d.xor(name, f"{name}_on") + d.xor(f"{name}_out")
            xml += d.path(f"{name}_in", entry) + d.path(last, name) + d.flow(name, f"{name}_out", None, f"{name}_on")
            return xml + d.flow(name, f"{name}_in", f'goes("{name}", 0)'), f"{name}_in", f"{name}_out"
        case "guard":
            return _draw_guard(block, files)
    return _draw_fork(block, files)


def _draw_scope(block: Block, files: dict[str, bytes]) -> tuple[str, str, str]:
    name = block.name
    xml, entry, last = _draw(block.parts[0], files)
    inside = d.start(f"{name}_s") + xml + d.end(f"{name}_e") + d.path(f"{name}_s", entry) + d.path(last, f"{name}_e")
    if block.kind == "sub":
        return d.sub(name, inside), name, name
    files[f"{name}.bpmn"] = d.diagram(f"p_{name}", inside)
    return d.call(name, f"p_{name}"), name, name


def _draw_fork(block: Block, files: dict[str, bytes]) -> tuple[str, str, str]:
    name, out, last_way = block.name, f"{block.name}_out", len(block.parts) - 1
    default = f"{name}_{last_way}"
    opening, closing = {
        "and": (d.both(name), d.both(out)), "or": (d.some(name, default), d.some(out)), "xor": (d.xor(name, default), d.xor(out)),
    }[block.kind]  # fmt: skip
    xml = opening + closing
    for way, part in enumerate(block.parts):
        inner, entry, last = _draw(part, files)
        asks = None if block.kind == "and" or way == last_way else f'goes("{name}", {way})'
        xml += inner + d.flow(name, entry, asks, f"{name}_{way}") + d.flow(last, out)
    return xml, name, out


def _draw_guard(block: Block, files: dict[str, bytes]) -> tuple[str, str, str]:
    name, late = block.name, f"{block.name}_late"
    xml, host, _ = _draw(block.parts[0], files)
    xml += d.deadline(name, host, "days(100)", interrupting=block.interrupting) + d.task(late)
    if not block.interrupting:
        return xml + d.end(f"{name}_e") + d.path(name, late, f"{name}_e"), host, host
    return xml + d.xor(f"{name}_m") + d.path(name, late, f"{name}_m") + d.path(host, f"{name}_m"), host, f"{name}_m"


# --- by lot ---------------------------------------------------------------------------------------------------------------------------


def by_lot(seed: int) -> Block:
    """A random process."""
    random = Random(seed)
    count = iter(range(1, 10_000))
    return _block(random, random.choice([2, 3, 3, 4, 4]), count)


def _block(random: Random, depth: int, count: Iterator[int]) -> Block:
    kinds = (
        ["task", "task", "many", "guard"]
        if depth == 0
        else ["seq", "seq", "and", "and", "or", "xor", "loop", "loop", "sub", "call", "guard", "guard"]
    )
    kind = random.choice(kinds)
    name = f"{kind}{next(count)}"
    if kind == "task":
        return Block(kind, name)
    if kind == "many":
        instances = random.randint(2, 4)
        enough = random.choice([None, None, *range(1, instances + 1)])
        return Block(kind, name, count=instances, enough=enough, sequential=random.random() < 0.2)
    if kind == "guard":
        activity = random.choice(["task", "many"] if depth == 0 else ["sub", "call", "task"])
        inner = _activity(random, activity, depth, count)
        return Block(kind, name, (inner,), interrupting=random.random() < 0.5)
    parts = {"seq": 3, "and": 3, "or": 3, "xor": 3}.get(kind, 1)
    return Block(kind, name, tuple(_block(random, depth - 1, count) for _ in range(random.randint(2, parts) if parts > 1 else 1)))


def _activity(random: Random, kind: str, depth: int, count: Iterator[int]) -> Block:
    name = f"{kind}{next(count)}"
    if kind in ("sub", "call"):
        return Block(kind, name, (_block(random, depth - 1, count),))
    instances = random.randint(2, 3) if kind == "many" else 1
    return Block(kind, name, count=instances, enough=random.choice([None, 1]) if kind == "many" else None)
