"""What stories ran through (覆盖): flows of the diagrams and rows of the tables, and which of them no story ever took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters import library
from adapters.database import cases, items, records, waits
from domain.procedures import Procedure
from domain.rulesets import Ruleset

if TYPE_CHECKING:
    from tasks.scenarios.stage import Stage


@dataclass
class Trace:
    """`flows`: (process, flow id) taken; `rows`: (table element, row id) fired."""

    flows: set[tuple[str, str]] = field(default_factory=set)
    rows: set[tuple[str, str]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Covered:
    """How many of something were met, and the others in words: (file, element, words)."""

    all: int
    unmet: tuple[tuple[str, str, str], ...]

    @property
    def met(self) -> int:
        """How many were met."""
        return self.all - len(self.unmet)


def follow(stage: Stage, trace: Trace) -> None:
    """Add what the cases of a story ran through."""
    ruleset = stage.ruleset
    with stage.database.reading() as db:
        for row in cases.listing(db, ruleset.code):
            opened = [(one.opened_at, one.scope, one.step) for one in items.of_case(db, row.id)]
            waiting = [(one.scope, one.step) for one in waits.open_of(db, row.id)]
            for line in records.history(db, row.id, limit=100_000):
                passed = [(str(one[0]), str(one[1])) for one in line.detail.get("passed", ())]
                reached = [*passed, *((scope, step) for at, scope, step in opened if at == line.at), *waiting]
                for scope in {scope for scope, _ in passed}:
                    process = process_of(ruleset, row.procedure, scope)
                    if process is not None:
                        names = [name for where, name in passed if where == scope]
                        inside = {name.split("/")[0] for name in _entered(scope, reached)}
                        trace.flows |= {(process.id, flow) for flow in taken(process, names, [n for s, n in reached if s == scope], inside)}
            trace.rows |= {(one.step, one.row) for one in records.decisions(db, row.id) if one.row}


def _entered(scope: str, reached: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Call activities of a scope in which something was reached."""
    prefix = f"{scope}/" if scope else ""
    return (where.removeprefix(prefix) for where, _ in reached if where != scope and where.startswith(prefix))


def taken(process: Procedure, passed: Sequence[str], reached: Sequence[str], inside: set[str]) -> Iterator[str]:
    """Flows that an act took: from what was passed to the next thing reached. An exclusive gateway takes one."""
    leads: dict[str, list[tuple[str, str]]] = {}
    for flow, source, target, _ in process.flows:
        leads.setdefault(source, []).append((flow, target))
    for place, name in enumerate(passed):
        after = list(reached[place + 1 :])
        found = [(after.index(to) if to in after else len(after), flow) for flow, to in leads.get(name, ()) if to in after or to in inside]
        element = process.elements.get(name)
        if element is not None and element.kind == "exclusiveGateway":
            found = sorted(found)[:1]
        yield from (flow for _, flow in found)


def process_of(ruleset: Ruleset, top: str, scope: str) -> Procedure | None:
    """The process that runs within a scope."""
    procedure = ruleset.procedures.get(top)
    for call in scope.split("/") if scope else ():
        element = procedure.elements.get(call) if procedure is not None else None
        procedure = ruleset.procedures.get(element.called or "") if element is not None else None
    return procedure


def flows(ruleset: Ruleset, trace: Trace) -> Covered:
    """Flows of the jurisdiction's own diagrams that stories took."""
    own = [one for one in ruleset.procedures.values() if one.file.startswith(f"{ruleset.code}/")]
    every = [(one, flow) for one in own for flow in one.flows]
    unmet = tuple((one.file, flow[0], _words(one, flow)) for one, flow in every if (one.id, flow[0]) not in trace.flows)
    return Covered(len(every), unmet)


def _words(process: Procedure, flow: tuple[str, str, str, str]) -> str:
    def name(ident: str) -> str:
        element = process.elements.get(ident)
        return element.name or ident if element is not None else ident

    label = f"（{flow[3]}）" if flow[3] else ""
    return f"{process.name}：{name(flow[1])} → {name(flow[2])}{label}"


def rows(ruleset: Ruleset, files: Mapping[str, bytes], trace: Trace) -> Covered:
    """Rows of the jurisdiction's decision tables that fired in stories."""
    asked: dict[str, set[str]] = {}
    for process in ruleset.procedures.values():
        for element in process.elements.values():
            if element.decision:
                asked.setdefault(element.decision, set()).add(element.id)
    fired = {(table, row) for table, steps in asked.items() for step, row in trace.rows if step in steps}
    every, unmet = 0, []
    for path, content in files.items():
        if path.endswith(".dmn") and path.startswith(f"{ruleset.code}/"):
            table = next(iter(library.outcomes(content)), ("", ()))[0]
            for row, note in library.rows(content):
                every += 1
                if (table, row) not in fired:
                    unmet.append((path, row, f"{library.title_of(path, content)}：{note or row}"))
    return Covered(every, tuple(unmet))
