"""Procedures (流程), steps of a diagram, and what the engine answers. Plain values; no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict

from domain.deadlines import Basis

ProcedureKind = Literal["main", "side", "batch", "part"]


class Material(BaseModel):
    """A document a step asks for. `when` is an expression; empty means always."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    required: bool = True
    when: str = ""


class Parties(BaseModel):
    """Who signs a multi-instance step (会签): fixed offices, or what an expression answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    offices: tuple[str, ...] = ()
    source: str = ""  #: expression answering a list of office ids or expert ids, added to `offices`
    person: bool = False  #: the list names people (experts) rather than offices
    again: str = ""  #: from the second round on only those whose last outcome was this one


class Element(BaseModel):
    """One element of a diagram, as people and rules see it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: str  #: BPMN local name: userTask, exclusiveGateway, boundaryEvent…
    name: str = ""
    lane: str | None = None  #: office id of the lane it stands in
    office: str = ""  #: expression or office id that replaces the lane's office; empty = lane
    form: str | None = None  #: form name; None = the element's id when forms/<id>.json exists
    stage: str | None = None  #: project stage entered here
    clauses: tuple[str, ...] = ()
    materials: tuple[Material, ...] = ()
    parties: Parties | None = None
    params: Mapping[str, str | int | float | bool] = {}
    attached_to: str | None = None  #: host of a boundary event
    timer: str | None = None  #: timer expression
    reminder: bool = False  #: the timer only reminds: its day is no deadline of the step it is attached to
    message: str | None = None  #: message name of a catch event
    called: str | None = None  #: process id of a call activity
    decision: str | None = None  #: decision id of a business rule task
    operation: str | None = None  #: operation name of a service task
    arguments: Mapping[str, str] = {}  #: what a service task hands to its operation: name → expression
    scope: str | None = None  #: id of the enclosing embedded sub-process
    multi: bool = False  #: multi-instance


class Procedure(BaseModel):
    """One executable process of a diagram. `id` is `<jurisdiction>_<procedure>`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    file: str  #: path of the diagram within the rule set, e.g. "<code>/intake.bpmn"
    kind: ProcedureKind = "part"  #: main: opens a project; side: on a project; batch: many projects; part: only called
    starters: tuple[str, ...] = ()  #: offices that may start it; empty = only a round, a rule or a call
    when: str = ""  #: condition on the project for a side case, as an expression
    title: str = ""  #: what the start page calls it
    clauses: tuple[str, ...] = ()
    elements: Mapping[str, Element] = {}
    flows: tuple[tuple[str, str, str, str], ...] = ()  #: (id, source, target, name)

    @property
    def code(self) -> str:
        """Procedure name without its jurisdiction: `<code>_intake` → `intake`."""
        return self.id.partition("_")[2] or self.id


# --- what the engine answers -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Where:
    """Where in a case something happens.

    `scope` is the chain of call-activity ids from the top, joined by "/", "" at the top. `process` is the id of the process the element
    stands in. `activation` is one pass of the element: the same for all instances of one multi-instance round, another one for
    the next round. `index` is the instance number of a multi-instance, else None.
    """

    scope: str
    process: str
    element: str
    task: str
    activation: str
    index: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict)  #: `lianshen:param` values of the enclosing calls, inner ones first


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A human step that waits."""

    where: Where


@dataclass(frozen=True, slots=True)
class OpenTimer:
    """A timer that waits. `host` is the engine task it is attached to (boundary events), else None."""

    where: Where
    fires_at: datetime  #: aware
    expression: str
    host: str | None = None
    interrupting: bool = True
    basis: Basis | None = None  #: only when the engine has just computed it


@dataclass(frozen=True, slots=True)
class OpenWait:
    """A message catch that waits."""

    where: Where
    message: str


@dataclass(frozen=True, slots=True)
class Fired:
    """A decision table row that fired. Values as text, in column order."""

    where: Where
    table: str
    row: str
    note: str  #: annotation of the row; clause ids are in `clauses`
    clauses: tuple[str, ...]
    inputs: tuple[tuple[str, str], ...]
    output: str


@dataclass(frozen=True, slots=True)
class Passed:
    """An element that was completed during this call, in order. `kind` is the BPMN local name."""

    where: Where
    kind: str


@dataclass(frozen=True, slots=True)
class Step:
    """What the engine answers: the new state and everything that waits in it, and what was passed on the way."""

    state: bytes
    completed: bool
    tasks: tuple[OpenTask, ...] = ()
    timers: tuple[OpenTimer, ...] = ()
    waits: tuple[OpenWait, ...] = ()
    passed: tuple[Passed, ...] = ()
    ended: tuple[str, ...] = ()  #: ids of top-level end events reached during this call


class World(Protocol):
    """What the engine may ask and tell while it moves a case. `tasks/` implements it over the database; tests may use a dictionary."""

    @property
    def now(self) -> datetime:
        """The aware moment of this act; timers fire when `fires_at <= now`."""

    @property
    def functions(self) -> frozenset[str]:
        """Names that expressions may call besides the built-in ones."""

    def call(self, name: str, where: Where, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Answer a named function, e.g. `decision("pre_review")`. Plain values only: None, bool, int, Decimal, str, date, lists, dicts."""

    def operate(self, where: Where, operation: str, params: Mapping[str, Any]) -> None:
        """Carry out a service task inside the running transaction. Any exception rolls the whole act back."""

    def fired(self, fired: Fired) -> None:
        """A decision table has answered; called before the flow goes on, so that `decision(<element>)` already knows the output."""
