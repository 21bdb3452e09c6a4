"""Random diagrams of nested blocks, and what each should do, worked out a second time without any engine.

A block draws itself (`draw`) and plays itself (`play`): tasks open, branches wait for each other, loops go round, timers fire. The
answers at gateways are a function of the gateway and how often it was passed, so that engine and play take the same ways.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

from tests.adapters.engine import diagrams as d

Done = Callable[[], None]


@dataclass
class Play:
    """What is open according to the blocks themselves."""

    seed: int
    open: list[tuple[str, Done]] = field(default_factory=list)
    timers: list[tuple[str, Done]] = field(default_factory=list)
    visits: dict[str, int] = field(default_factory=dict)
    finished: bool = False

    def visit(self, gate: str) -> int:
        self.visits[gate] = self.visits.get(gate, 0) + 1
        return self.visits[gate]


def chosen(seed: int, gate: str, visit: int, count: int) -> list[int]:
    """The ways taken at one passing of a gateway: for a loop, [0] means again."""
    random = Random(f"{seed}/{gate}/{visit}")
    if gate.startswith("loop"):
        return [0] if visit < 4 and random.random() < 0.45 else []
    if gate.startswith("xor"):
        return [random.randrange(count)]
    return [way for way in range(count) if random.random() < 0.55]


@dataclass
class Scope:
    """A process or sub-process: done when its main line and everything started on the side is done."""

    done: Done
    pending: int = 1

    def leave(self) -> None:
        self.pending -= 1
        if self.pending == 0:
            self.done()


@dataclass
class Block:
    """`kind`: task, seq, and, or, xor, loop, sub, call, many, late, stop."""

    kind: str
    name: str
    parts: list[Block] = field(default_factory=list)
    count: int = 1

    # --- as it should go ----------------------------------------------------------------------------------------------------------------

    def play(self, play: Play, scope: Scope, done: Done) -> None:
        match self.kind:
            case "task":
                play.open.append((self.name, done))
            case "late" | "stop" | "many":
                self._play_task(play, scope, done)
            case "seq":
                self._play_next(0, play, scope, done)
            case "and":
                self._play_all(self.parts, play, scope, done)
            case "or":
                ways = chosen(play.seed, self.name, play.visit(self.name), len(self.parts) - 1) or [len(self.parts) - 1]
                self._play_all([self.parts[way] for way in ways], play, scope, done)
            case "xor":
                (way,) = chosen(play.seed, self.name, play.visit(self.name), len(self.parts))
                self.parts[way].play(play, scope, done)
            case "loop":
                self.parts[0].play(play, scope, lambda: self._play_again(play, scope, done))
            case _:
                inner = Scope(done)
                self.parts[0].play(play, inner, inner.leave)

    def _play_next(self, index: int, play: Play, scope: Scope, done: Done) -> None:
        if index == len(self.parts):
            done()
        else:
            self.parts[index].play(play, scope, lambda: self._play_next(index + 1, play, scope, done))

    def _play_all(self, parts: list[Block], play: Play, scope: Scope, done: Done) -> None:
        left = [len(parts)]

        def one() -> None:
            left[0] -= 1
            if left[0] == 0:
                done()

        for part in parts:
            part.play(play, scope, one)

    def _play_again(self, play: Play, scope: Scope, done: Done) -> None:
        if chosen(play.seed, self.name, play.visit(self.name), 1):
            self.play(play, scope, done)
        else:
            done()

    def _play_task(self, play: Play, scope: Scope, done: Done) -> None:
        mine: list[tuple[str, Done]] = []
        clock: list[tuple[str, Done]] = []
        left = [self.count]

        def one() -> None:
            left[0] -= 1
            if left[0] == 0:
                for entry in clock:
                    play.timers.remove(entry)
                clock.clear()
                done()

        for _ in range(self.count):
            entry = (self.name, one)
            mine.append(entry)
            play.open.append(entry)

        def fired() -> None:
            clock.clear()
            if self.kind == "late":
                scope.pending += 1
                play.open.append((f"{self.name}_late", scope.leave))
            else:
                for entry in mine:
                    if any(entry is other for other in play.open):
                        play.open = [other for other in play.open if other is not entry]
                play.open.append((f"{self.name}_late", done))

        if self.kind != "many":
            clock.append((self.name, fired))
            play.timers.append(clock[0])

    # --- as it is drawn -----------------------------------------------------------------------------------------------------------------

    def draw(self, files: dict[str, bytes]) -> tuple[str, str, str]:
        """(XML, first element, last element); called processes are added to `files`."""
        match self.kind:
            case "task":
                return d.task(self.name), self.name, self.name
            case "many":
                return d.task(self.name, d.many(str(self.count))), self.name, self.name
            case "late" | "stop":
                return self._draw_task()
            case "seq":
                drawn = [part.draw(files) for part in self.parts]
                links = "".join(d.flow(a[2], b[1]) for a, b in pairwise(drawn))
                return "".join(part[0] for part in drawn) + links, drawn[0][1], drawn[-1][2]
            case "loop":
                xml, entry, last = self.parts[0].draw(files)
                gates = d.xor(f"{self.name}_in") + d.xor(self.name, f"{self.name}_on") + d.xor(f"{self.name}_out")
                flows = d.path(f"{self.name}_in", entry) + d.path(last, self.name)
                flows += d.flow(self.name, f"{self.name}_out", name=f"{self.name}_on") + d.flow(self.name, f"{self.name}_in", self._asks(0))
                return gates + xml + flows, f"{self.name}_in", f"{self.name}_out"
            case "sub" | "call":
                xml, entry, last = self.parts[0].draw(files)
                first, final = f"{self.name}_s", f"{self.name}_e"
                inside = d.start(first) + xml + d.end(final) + d.path(first, entry) + d.path(last, final)
                if self.kind == "sub":
                    return d.sub(self.name, inside), self.name, self.name
                files[f"p_{self.name}.bpmn"] = d.diagram(f"p_{self.name}", inside)
                return d.call(self.name, f"p_{self.name}"), self.name, self.name
            case _:
                return self._draw_fork(files)

    def _asks(self, way: int) -> str:
        count = len(self.parts) - (self.kind == "or")  # of an inclusive gateway the last way is the default
        return f'pick("{self.name}", {count}, {way})'

    def _draw_fork(self, files: dict[str, bytes]) -> tuple[str, str, str]:
        out, last_way = f"{self.name}_out", f"{self.name}_{len(self.parts) - 1}"
        gate = {"and": lambda n: d.both(n), "or": lambda n: d.some(n, last_way), "xor": lambda n: d.xor(n, last_way)}[self.kind]
        close = {"and": d.both, "or": d.some, "xor": d.xor}[self.kind]
        xml = gate(self.name) + close(out)
        for way, part in enumerate(self.parts):
            inner, entry, last = part.draw(files)
            default = self.kind == "and" or way == len(self.parts) - 1
            asks = None if default else self._asks(way)
            xml += inner + d.flow(self.name, entry, asks, f"{self.name}_{way}") + d.flow(last, out)
        return xml, self.name, out

    def _draw_task(self) -> tuple[str, str, str]:
        name, late = self.name, f"{self.name}_late"
        marker = d.many(str(self.count)) if self.count > 1 else ""
        xml = d.task(name, marker) + d.deadline(f"{name}_timer", name, "days(0)", interrupting=self.kind == "stop") + d.task(late)
        if self.kind == "late":
            return xml + d.end(f"{name}_e") + d.path(f"{name}_timer", late, f"{name}_e"), name, name
        return xml + d.xor(f"{name}_m") + d.path(f"{name}_timer", late, f"{name}_m") + d.path(name, f"{name}_m"), name, f"{name}_m"


def block(random: Random, depth: int, names: list[int]) -> Block:
    """A random block; `names` counts the elements so far."""
    names[0] += 1
    name = f"{names[0]}"
    leaves, nodes = ["task", "task", "many", "late", "stop"], ["task", "seq", "and", "or", "xor", "loop", "sub", "call", "and", "or"]
    kind = random.choice(nodes if depth else leaves)
    inner = {"seq": 3, "and": 3, "or": 3, "xor": 2, "loop": 1, "sub": 1, "call": 1}.get(kind, 0)
    parts = [block(random, depth - 1, names) for _ in range(inner if inner < 2 else random.randint(2, inner))]
    count = random.randint(2, 3) if kind == "many" else random.choice([1, 1, 2]) if kind in ("late", "stop") else 1
    return Block(kind, f"{kind}{name}", parts, count)
