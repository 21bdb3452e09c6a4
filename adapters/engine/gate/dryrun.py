"""The dry run (试运行): random walks through every procedure, on a virtual clock, saved and loaded at each step. All must end.

Walks find what no reading finds: a join that waits for a branch not taken, a condition over something not yet answered, a step open twice.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from adapters.engine import runner
from adapters.engine.gate.choices import Choices
from adapters.engine.gate.decisions import Table
from adapters.engine.gate.diagram import B, Diagram, S, text_of
from adapters.engine.gate.literals import Literals
from adapters.engine.gate.references import References
from adapters.engine.gate.rehearsal import Rehearsal
from adapters.engine.spec import Spec, compile
from domain.errors import EngineFault, ExpressionFailed, Runaway, Stalled
from domain.procedures import Step

LEAST_WALKS, MOST_WALKS = 6, 60
MOST_ACTS, MOST_ACTS_IN_ALL = 200, 1_200  #: one walk; all walks through one procedure
MOST_SECONDS = 20.0  #: processor time, only a brake: the figures above are what counts


def check(files: Mapping[str, bytes], references: References, tables: Mapping[str, Table]) -> None:
    """Walk through every procedure that nothing stands against: those that open cases, and parts that nobody calls."""
    diagrams, report = references.diagrams, references.report
    literals = Literals(sources(diagrams.values(), references, tables))
    for ident, diagram in sorted(diagrams.items()):
        if diagram.kind == "part" and references.calls.sites.get(ident):
            continue
        tree = references.calls.tree(ident)
        used = {node.decision for one in tree for node in diagrams[one].nodes.values() if node.kind == "businessRuleTask"}
        needed = [diagrams[one].file for one in tree] + [table.file for table in tables.values() if table.id in used]
        if any(report.stops(file) for file in needed):
            continue
        try:
            spec = compile({file: files[file] for file in needed}, ident)
        except EngineFault as fault:
            report.add(diagram.file, fault.element, "engine", f"引擎不接受该流程：{fault.what}", "请按提示改正；不明白时请联系系统管理员。")
            continue
        _Walks(spec, diagram, references, literals).run()


def sources(diagrams: Iterable[Diagram], references: References, tables: Mapping[str, Table]) -> Iterator[str]:
    """Every expression of a rule set, and table cells as comparisons with their column."""
    for diagram in diagrams:
        yield from (flow.condition for flow in diagram.flows if flow.condition)
        for node in diagram.nodes.values():
            loop = node.loop
            found = [text_of(loop.find(B + tag)) for tag in ("loopCardinality", "completionCondition")] if loop is not None else []
            found.append((node.timer() or ("", ""))[1])
            found += [one.get("value") for one in node.element.iterfind(f".//{S}parameter")]
            found += [one.get("source") for one in node.notes("parties")]
            yield from (text for text in found if text)
    for table in tables.values():
        for number, source in enumerate(table.inputs):
            for row in table.rows:
                entries = [entry for entry in row if str(entry.tag).endswith("}inputEntry")]
                text = text_of(entries[number][0]) if number < len(entries) and len(entries[number]) else None
                if text and text != "-":
                    yield _comparison(source, text)


def _comparison(source: str, cell: str) -> str:
    if "?" in cell:
        return cell.replace("?", f"({source})")
    if cell[0] in "<>=":
        return f"({source}) {cell}"
    return f"({source}) in [{cell}]"


class _Walks:
    """Walks through one procedure."""

    def __init__(self, spec: Spec, diagram: Diagram, references: References, literals: Literals) -> None:
        self.spec, self.diagram, self.references, self.literals = spec, diagram, references, literals
        self.report = references.report
        self.choices = Choices()
        self.acts = 0
        self.met: set[tuple[str, str]] = set()
        self.trail: list[str] = []
        self.faults: set[tuple[str, str | None]] = set()

    def run(self) -> None:
        """Walk until every place was met, or the budget of acts is used up."""
        began, ended, number = time.thread_time(), 0, 0
        trees = self.references.calls.tree(self.diagram.id)
        places = {(one, node) for one in trees for node in self.references.diagrams[one].nodes}
        for number in range(1, MOST_WALKS + 1):
            ended += self._guarded(number)
            late = self.acts > MOST_ACTS_IN_ALL or time.thread_time() - began > MOST_SECONDS
            if len(self.faults) > 2 or (number >= LEAST_WALKS and (late or places <= self.met)):
                break
        if not ended and not self.faults:
            what = f"试运行 {number} 次、每次最多 {MOST_ACTS} 步，没有一次走到结束。"
            self.report.add(self.diagram.file, None, "endless", what, "请检查退回和循环的条件，是否总有一条路能走到结束。")

    def _guarded(self, number: int) -> bool:
        rng = random.Random(f"{self.spec.hash}{number}")  # noqa: S311  # a lot that can be drawn again, not a secret
        world = Rehearsal(self.references.diagrams, self.references.context, self.literals, rng, self.choices)
        self.choices.begin(bold=number % 2 == 0)
        self.trail = []
        try:
            return self._walk(world, hurry=0.5 if number % 3 == 0 else 0.1)
        except Stalled as fault:
            self._fault(
                "stall",
                fault,
                "流程停住：没有待办、没有等待，也没有结束",
                "请检查汇聚：排他网关分出的路要用排他网关汇合，并行的用并行网关。",
            )
        except Runaway as fault:
            self._fault("runaway", fault, fault.what.rstrip("。"), "请在循环中加入人员步骤或等待，或限制次数。")
        except ExpressionFailed as fault:
            level: Literal["错误", "提醒"] = "提醒" if world.guessed else "错误"
            self._fault("dry-run", fault, fault.what.rstrip("。"), "请确认所查询的内容在此之前一定已有，或在条件中先判断是否为空。", level)
        except EngineFault as fault:
            self._fault("engine", fault, fault.what.rstrip("。"), "请改正该处；不明白时请联系系统管理员。")
        finally:
            self.choices.learn()
        return False

    def _fault(self, code: str, fault: EngineFault, words: str, todo: str, level: Literal["错误", "提醒"] = "错误") -> None:
        key = (code, fault.element)
        if key in self.faults:
            return
        self.faults.add(key)
        path = "→".join(self.trail[-8:]) or "发起"
        self.report.add(self.diagram.file, fault.element, code, f"试运行中，{words}。走法：{path}。", todo, level=level)

    def _walk(self, world: Rehearsal, hurry: float) -> bool:
        """One walk; True when it came to an end. `hurry`: how likely time passes while people could still act."""
        step = runner.start(self.spec, world)
        seen: set[tuple[str, str]] = set()
        for _ in range(MOST_ACTS):
            seen |= {(passed.where.process, passed.where.element) for passed in step.passed}
            self.met |= seen
            self.choices.reached = len(seen)
            if step.completed:
                return True
            self._look_twice(step)
            world.guessed = False
            self.acts += 1
            step = self._act(step, world, hurry)
        return False

    def _act(self, step: Step, world: Rehearsal, hurry: float) -> Step:
        rng, state = world.rng, step.state
        if step.timers and (not (step.tasks or step.waits) or rng.random() < hurry):
            first = min(step.timers, key=lambda timer: timer.fires_at)
            world.now = max(world.now, first.fires_at)
            self._note(world, first.where.process, first.where.element, "到期")
            return runner.fire(self.spec, state, world)
        if step.waits and (not step.tasks or rng.random() < 0.3):
            where = rng.choice(step.waits).where
            self._note(world, where.process, where.element, world.receive(where))
            return runner.deliver(self.spec, state, where.task, world)
        where = rng.choice(step.tasks).where
        self._note(world, where.process, where.element, world.fill(where))
        return runner.complete(self.spec, state, where.task, world)

    def _note(self, world: Rehearsal, process: str, element: str, outcome: str) -> None:
        node = self.references.diagrams[process].nodes.get(element)
        name = (node.name if node else "") or element
        self.trail.append(f"{name}（{outcome}）" if outcome else name)

    def _look_twice(self, step: Step) -> None:
        """A step that is open twice at the same place has two tokens on one way."""
        places = Counter((task.where.scope, task.where.element) for task in step.tasks if task.where.index is None)
        for (_, element), count in places.items():
            if count > 1 and ("twice", element) not in self.faults:
                self.faults.add(("twice", element))
                path = "→".join(self.trail[-8:]) or "发起"
                what = f"试运行中，步骤 {element} 在同一处同时打开了 {count} 件待办。走法：{path}。"
                todo = "请检查并行分支：用并行网关汇合后再继续，不要直接连到同一步骤。"
                self.report.add(self.diagram.file, element, "open-twice", what, todo)
