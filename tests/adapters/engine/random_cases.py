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
    """What is open according to the blocks themselves. Every entry knows the scope it would vanish with."""

    seed: int
    open: list[tuple[str, Done, Scope]] = field(default_factory=list)
    timers: list[tuple[str, Done, Scope]] = field(default_factory=list)
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
    outer: Scope | None = None
    pending: int = 1

    def within(self, other: Scope) -> bool:
        return self is other or (self.outer is not None and self.outer.within(other))

    def leave(self) -> None:
        self.pending -= 1
        if self.pending == 0:
            self.done()


@dataclass
class Block:
    """`kind`: task, many, seq, and, or, xor, loop, sub, call; late and stop: a task with a deadline, which reminds or ends it;
    limit: a call that a deadline ends; wait: a timer or another timer, whichever is first."""

    kind: str
    name: str
    parts: list[Block] = field(default_factory=list)
    count: int = 1

    # --- as it should go ----------------------------------------------------------------------------------------------------------------

    def play(self, play: Play, scope: Scope, done: Done) -> None:
        match self.kind:
            case "task":
                play.open.append((self.name, done, scope))
            case "wait":
                self._play_wait(play, scope, done)
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
            case "limit":
                self._play_limit(play, scope, done)
            case _:
                inner = Scope(done, scope)
                self.parts[0].play(play, inner, inner.leave)

    def _play_wait(self, play: Play, scope: Scope, done: Done) -> None:
        both: list[tuple[str, Done, Scope]] = []

        def first() -> None:
            for entry in both:
                if entry in play.timers:
                    play.timers.remove(entry)
            done()

        both += [(self.name, first, scope), (self.name, first, scope)]
        play.timers += both

    def _play_limit(self, play: Play, scope: Scope, done: Done) -> None:
        clock: list[tuple[str, Done, Scope]] = []

        def in_time() -> None:
            play.timers.remove(clock[0])
            done()

        inner = Scope(in_time, scope)

        def over() -> None:
            play.open = [entry for entry in play.open if not entry[2].within(inner)]
            play.timers = [entry for entry in play.timers if not entry[2].within(inner)]
            play.open.append((f"{self.name}_late", done, scope))

        clock.append((self.name, over, scope))
        play.timers.append(clock[0])
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
        mine: list[tuple[str, Done, Scope]] = []
        clock: list[tuple[str, Done, Scope]] = []
        left = [self.count]

        def one() -> None:
            left[0] -= 1
            if left[0] == 0:
                for entry in clock:
                    play.timers.remove(entry)
                clock.clear()
                done()

        for _ in range(self.count):
            entry = (self.name, one, scope)
            mine.append(entry)
            play.open.append(entry)

        def fired() -> None:
            clock.clear()
            if self.kind == "late":
                scope.pending += 1
                play.open.append((f"{self.name}_late", scope.leave, scope))
            else:
                for entry in mine:
                    if any(entry is other for other in play.open):
                        play.open = [other for other in play.open if other is not entry]
                play.open.append((f"{self.name}_late", done, scope))

        if self.kind != "many":
            clock.append((self.name, fired, scope))
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
            case "wait":
                return self._draw_wait()
            case "sub" | "call" | "limit":
                xml, entry, last = self.parts[0].draw(files)
                first, final = f"{self.name}_s", f"{self.name}_e"
                inside = d.start(first) + xml + d.end(final) + d.path(first, entry) + d.path(last, final)
                if self.kind == "sub":
                    return d.sub(self.name, inside), self.name, self.name
                files[f"p_{self.name}.bpmn"] = d.diagram(f"p_{self.name}", inside)
                call = d.call(self.name, f"p_{self.name}")
                return (call, self.name, self.name) if self.kind == "call" else self._draw_late(call)
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

    def _draw_wait(self) -> tuple[str, str, str]:
        name, out = self.name, f"{self.name}_out"
        ways = [(f"{self.name}_{day}", day) for day in (1, 0)]
        xml = d.first(name) + "".join(d.timer(way, d.on_day(f"days({day})")) + d.path(name, way, out) for way, day in ways)
        return xml + d.xor(out), name, out

    def _draw_task(self) -> tuple[str, str, str]:
        return self._draw_late(d.task(self.name, d.many(str(self.count)) if self.count > 1 else ""))

    def _draw_late(self, activity: str) -> tuple[str, str, str]:
        name, late = self.name, f"{self.name}_late"
        xml = activity + d.deadline(f"{name}_timer", name, "days(0)", interrupting=self.kind != "late") + d.task(late)
        if self.kind == "late":
            return xml + d.end(f"{name}_e") + d.path(f"{name}_timer", late, f"{name}_e"), name, name
        return xml + d.xor(f"{name}_m") + d.path(f"{name}_timer", late, f"{name}_m") + d.path(name, f"{name}_m"), name, f"{name}_m"


def block(random: Random, depth: int, names: list[int]) -> Block:
    """A random block; `names` counts the elements so far."""
    names[0] += 1
    name = f"{names[0]}"
    leaves = ["task", "task", "many", "late", "stop", "wait"]
    nodes = ["task", "seq", "and", "or", "xor", "loop", "sub", "call", "limit", "and", "or"]
    kind = random.choice(nodes if depth else leaves)
    inner = {"seq": 3, "and": 3, "or": 3, "xor": 2, "loop": 1, "sub": 1, "call": 1, "limit": 1}.get(kind, 0)
    parts = [block(random, depth - 1, names) for _ in range(inner if inner < 2 else random.randint(2, inner))]
    count = random.randint(2, 3) if kind == "many" else random.choice([1, 1, 2]) if kind in ("late", "stop") else 1
    return Block(kind, f"{kind}{name}", parts, count)
