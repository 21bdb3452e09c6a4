"""One act on one case (一次办理): everything the engine asks, decides and opens, written in one transaction.

`Act` is the engine's `World`. It answers questions (`facts`), carries out service tasks (`operations`), and collects what will be written:
decisions, history lines, notices, letters to other cases. `settle` then makes the tables say what the engine's state says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapters import engine
from adapters.database import Db, ids, records, systems
from adapters.database.tables import Case, Decision, Project, System, Timer, Wait, WorkItem
from domain.errors import EngineFault
from domain.procedures import Element, Fired, Procedure, Where
from domain.projects import Status
from domain.rulesets import Ruleset
from tasks import operations
from tasks.facts import Facts
from tasks.lookup import Record
from tasks.stores import system_of

SYSTEM = "system"
REACHES_OTHERS = (Status.ACTIVE, Status.SUSPENDED, Status.TERMINATED)  #: statuses that the project's other cases follow


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to a waiting case, delivered after this act within the same transaction."""

    case: str
    task: str
    outcome: str
    clauses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of history to be."""

    act: str
    words: str
    step: str | None = None
    clauses: tuple[str, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """A notice to be. `to` is an office id, or a person's id when `person`."""

    to: str
    kind: str
    words: str
    clause: str | None
    key: str
    person: bool = False
    item: str | None = None


@dataclass
class Act:
    """One act: who, on which case, under which rules, at which moment; and what it will have written."""

    db: Db
    case: Case
    project: Project | None
    ruleset: Ruleset
    facts: Facts
    spec: engine.Spec
    now: datetime
    actor: str = SYSTEM
    actor_name: str = "系统"
    office: str | None = None
    letters: list[Letter] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    tables: list[Fired] = field(default_factory=list)
    audit: dict[str, Any] = field(default_factory=dict)
    project_changes: dict[str, Any] = field(default_factory=dict)
    others: list[tuple[str, str]] = field(default_factory=list)  #: (what to do with the project's other cases, reason)
    items: list[WorkItem] = field(default_factory=list)  #: open before the engine moved, as are the next two; see `cases.prepare`
    timers: list[Timer] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    before: frozenset[str] = frozenset()  #: engine ids that waited before this act
    children: list[Mapping[str, Any]] = field(default_factory=list)  #: side cases to open afterwards
    stage: str | None = None

    # --- World ------------------------------------------------------------------------------------------------------------------------

    @property
    def functions(self) -> frozenset[str]:
        """Names that expressions may call."""
        return self.facts.functions

    def call(self, name: str, where: Where, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Answer a question of the diagram."""
        return self.facts.call(name, where, args, kwargs)

    def operate(self, where: Where, operation: str, params: Mapping[str, Any]) -> None:
        """Carry out a service task."""
        handler = operations.REGISTRY.get(operation)
        if handler is None:
            raise EngineFault(f"未知的系统操作 {operation}", element=where.element)
        handler(self, where, **params)

    def fired(self, fired: Fired) -> None:
        """Keep the row that fired and its inputs; the next gateway may ask for it."""
        self.facts.note(
            Record(
                seq=0,
                step=fired.where.element,
                scope=fired.where.scope,
                activation=fired.where.activation,
                outcome=fired.output,
                at=self.now,
                kind="table",
            )
        )
        self.tables.append(fired)
        name = self.element(fired.where).name
        given = "，".join(f"{label} {value or '没有'}" for label, value in fired.inputs)
        self.lines.append(
            Line("table", f"{name}：{given} → {fired.output}（{fired.note}）", fired.where.element, fired.clauses, {"row": fired.row})
        )

    # --- looking things up --------------------------------------------------------------------------------------------------------------

    def procedure(self, where: Where) -> Procedure:
        """The process an element stands in."""
        return self.ruleset.procedures[where.process]

    def element(self, where: Where) -> Element:
        """The element itself, with its clauses, form and lane."""
        return self.procedure(where).elements[where.element]

    def clauses(self, where: Where) -> tuple[str, ...]:
        """Clauses of an element; an element of a shared part without its own cites those of the calls around it."""
        own = self.element(where).clauses
        return own or self.call_clauses(where.scope)

    def call_clauses(self, scope: str) -> tuple[str, ...]:
        """Clauses of the innermost call activity on the way here that cites any."""
        for element in reversed(self.calls(scope)):
            if element.clauses:
                return element.clauses
        return ()

    def calls(self, scope: str) -> list[Element]:
        """The call activities of a scope, outermost first."""
        found: list[Element] = []
        procedure = self.ruleset.procedures.get(self.case.procedure)
        for name in scope.split("/") if scope else ():
            if procedure is None or name not in procedure.elements:
                break
            element = procedure.elements[name]
            found.append(element)
            procedure = self.ruleset.procedures.get(element.called or "")
        return found

    def say(self, act: str, words: str, where: Where | None = None, clauses: tuple[str, ...] = (), **detail: Any) -> None:
        """Add a line to the history."""
        self.lines.append(Line(act, words, where.element if where else None, clauses, detail))

    # --- the case and its project ---------------------------------------------------------------------------------------------------------

    def is_new(self, task: str) -> bool:
        """Whether an engine task did not wait before this act."""
        return task not in self.before

    def procedure_kind(self) -> str:
        """main, side or batch."""
        return self.case.kind

    def item_clauses(self, item: WorkItem) -> tuple[str, ...]:
        """Clauses of an opened work item."""
        process = self.process_of(item.scope)
        return process.elements[item.step].clauses or self.call_clauses(item.scope)

    def process_of(self, scope: str) -> Procedure:
        """The process that runs within a scope."""
        calls = self.calls(scope)
        return self.ruleset.procedures[calls[-1].called or ""] if calls else self.ruleset.procedures[self.case.procedure]

    def heard(self, wait: Wait, outcome: str, clauses: tuple[str, ...]) -> None:
        """A message arrived: its outcome is the decision of the catching element."""
        self.facts.note(Record(seq=0, step=wait.step, scope=wait.scope, activation=wait.task, outcome=outcome, at=self.now, kind="message"))
        records.add_decisions(
            self.db,
            [
                Decision(
                    case=self.case.id,
                    step=wait.step,
                    scope=wait.scope,
                    activation=wait.task,
                    kind="message",
                    outcome=outcome,
                    clauses=list(clauses),
                    at=self.now,
                )
            ],
        )
        name = self.process_of(wait.scope).elements[wait.step].name
        self.say("message", f"{name or wait.step}：{outcome}", clauses=clauses)

    def must_have_project(self, where: Where) -> Project:
        """The project. Raises EngineFault in a case that has none."""
        if self.project is None:
            raise EngineFault("本流程没有所属项目，无法执行该操作", element=where.element)
        return self.project

    def change_project(self, where: Where, status: str, reason: str) -> None:
        """Set the project's status; suspension and termination reach its other cases after this act."""
        self.must_have_project(where)
        self.project_changes["status"] = status
        if status in REACHES_OTHERS:
            self.others.append((status, reason))
        self.say("project", f"项目状态：{status}" + (f"（{reason}）" if reason else ""), where, self.clauses(where))

    def set_system(self, where: Where, status: str, day: Any, *, stopped: bool) -> None:
        """Change or register the system the case is about; `stopped`: it runs no more from `day` on."""
        found = system_of(self.db, self.case, self.project)
        if found is None:
            owner = self.must_have_project(where)
            systems.add(
                self.db,
                System(
                    id=ids.new(),
                    jurisdiction=self.case.jurisdiction,
                    project=owner.id,
                    unit=owner.unit,
                    name=owner.name,
                    status=status,
                    in_use_since=None if stopped else day,
                    stopped_on=day if stopped else None,
                ),
            )
        else:
            changes = {"stopped_on": day} if stopped else {"in_use_since": found.in_use_since or day}
            systems.change(self.db, found.id, status=status, **changes)
        self.say("system", f"信息系统{status}：{day:%Y年%-m月%-d日}", where, self.clauses(where))
