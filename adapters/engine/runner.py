"""Moving a case (办件): every call loads a state, moves it as far as it goes by itself, and answers what waits now.

Nothing is kept between calls and nothing is half done: whatever goes wrong, the caller's old state still stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import TerminateEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.end_event import EndEvent
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent, EventBasedGateway
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.util.task import TaskState

from adapters.engine import codec, placing, timers
from adapters.engine.environment import Act, Engine, ask
from adapters.engine.joins import LIVE
from adapters.engine.places import Places
from adapters.engine.repairs import Case, grow
from adapters.engine.spec import Spec
from domain.errors import EngineFault, Refusal, Stalled, UnknownTask
from domain.procedures import OpenTask, OpenTimer, OpenWait, Passed, Step, Where, World

Move = Callable[[Act, Case], None]


def start(spec: Spec, world: World) -> Step:
    """Open a case and move it to its first steps."""
    return _act(spec, world, None, lambda act, case: None)


def place(spec: Spec, scope: str, element: str, world: World) -> Step:
    """Open a case at one of its steps, within the call activities of `scope`; see `placing`. Nothing before it is run.

    Raises EngineFault when the case cannot stand there.
    """
    step = _act(spec, world, None, lambda act, case: placing.put(act, case, scope.split("/") if scope else (), element))
    waiting = (*(one.where for one in step.tasks), *(one.where for one in step.waits), *(one.where for one in step.timers))
    if all((one.scope, one.element) != (scope, element) for one in waiting):
        raise EngineFault("办件没有停在指定的环节。", element=element)
    return step


def complete(spec: Spec, state: bytes, task: str, world: World) -> Step:
    """Close one human step and move on. Raises UnknownTask when it is not open."""

    def move(act: Act, case: Case) -> None:
        _run(act, case, _find(case, task, lambda found: found._state == TaskState.READY and found.task_spec.manual))

    return _act(spec, world, state, move)


def deliver(spec: Spec, state: bytes, task: str, world: World) -> Step:
    """Hand its message to one waiting catch. Raises UnknownTask when it does not wait."""

    def move(act: Act, case: Case) -> None:
        own, _, alternative = task.partition("/")
        found = _find(case, own, lambda found: found._state == TaskState.WAITING)
        definition = next((d for d, element in _messages(found) if (element or "") == alternative), None)
        if definition is None:
            raise UnknownTask("这一步没有在等待消息，可能已被处理。", element=act.places.where(found).element)
        found.task_spec.catch(found, BpmnEvent(definition))
        found.task_spec._update(found)

    return _act(spec, world, state, move)


def fire(spec: Spec, state: bytes, world: World) -> Step:
    """Let every timer go off that is due at `world.now`, oldest first, of equal ones the outermost; also those only now begun."""

    def move(act: Act, case: Case) -> None:
        while True:
            due = [(at, task, definition) for at, task, definition in _timers(case) if at <= world.now]
            if not due:
                return
            _, task, definition = min(due, key=lambda entry: (entry[0], entry[1].workflow.depth))
            act.spend(case)
            definition.tell(task)
            task.task_spec._update(task)
            _settle(act, case)

    return _act(spec, world, state, move)


def reschedule(spec: Spec, state: bytes, task: str, fires_at: datetime) -> bytes:
    """The state with one waiting timer moved. Nothing else changes. Raises UnknownTask when no such timer waits."""
    if fires_at.tzinfo is None:
        raise ValueError("fires_at must be aware")
    try:
        return codec.moved(state, task, fires_at)
    except LookupError:
        raise UnknownTask("没有找到等待中的期限，可能已到期或已取消。") from None


def inspect(spec: Spec, state: bytes, world: World) -> Step:
    """What waits in a state. Nothing moves; `state` comes back as it is."""
    act = Act(Places(spec), world)
    case = codec.load(state, spec, Engine(act))
    return _step(act, case, state)


def evaluate(source: str, names: Mapping[str, Any], world: World, where: Where) -> Any:
    """The value of an expression at one place: form rules, materials' `when`, parties' `source`. Raises ExpressionFailed."""
    return ask(source, names, world, where)


# --- moving ---------------------------------------------------------------------------------------------------------------------------


def _act(spec: Spec, world: World, state: bytes | None, move: Move) -> Step:
    """One bounded act. What the world raises comes through as it is; what SpiffWorkflow raises becomes an EngineFault."""
    act = Act(Places(spec), world)
    engine = Engine(act)
    try:
        case = Case(spec.top, spec.subs, script_engine=engine) if state is None else codec.load(state, spec, engine)
        move(act, case)
        _settle(act, case)
        act.measure(case)
        _check(act, case)
        return _step(act, case, codec.save(case))
    except Exception as error:  # SpiffWorkflow raises whatever it stumbles over, and wraps what we raise
        ours = act.raised or next((cause for cause in _causes(error) if isinstance(cause, EngineFault | Refusal)), None)
        if ours is None:
            ours = EngineFault(f"流程引擎内部出错：{type(error).__name__} {str(error)[:200]}")
            ours.__cause__ = error
        if isinstance(ours, EngineFault) and ours.element is None:
            ours.element = act.element
        if ours is error:
            raise
        raise ours from ours.__cause__


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _settle(act: Act, case: Case) -> None:
    """Run everything that needs nobody, boundary events first: what they interrupt must not run on."""
    while ready := _ready(case):
        thrown = case.event_manager.thrown
        for task in ready:
            if task._state == TaskState.READY and task.id in task.workflow.tasks:
                act.spend(case)
                _run(act, case, task)
            if case.event_manager.thrown != thrown:
                break


def _ready(case: Case) -> list[Any]:
    found = [
        task
        for workflow in _workflows(case)
        if not workflow.completed
        for task in workflow.tasks.values()
        if task._state == TaskState.READY and not task.task_spec.manual
    ]
    boundary = [task for task in found if isinstance(task.task_spec, BoundaryEvent)]
    return boundary or found


def _run(act: Act, case: Case, task: Any) -> None:
    node = task.task_spec.node
    act.element = node.id if node else act.element
    grow(task)
    where = act.places.where(task) if node else None
    task.run()
    if where is not None:
        act.passed.append(Passed(where, node.kind))
        if isinstance(task.task_spec, EndEvent) and task.workflow is case:
            act.ended.append(node.id)


def _find(case: Case, task: str, fits: Callable[[Any], bool]) -> Any:
    try:
        wanted = UUID(hex=task)
    except (ValueError, AttributeError, TypeError):
        wanted = None
    for workflow in _workflows(case):
        found = workflow.tasks.get(wanted)
        if found is not None and fits(found):
            return found
    raise UnknownTask("这一步已不在待办状态，可能已被办理、退回或取消。")


def _workflows(case: Case) -> list[Any]:
    """Running workflows, innermost first."""
    return [*sorted(case.subprocesses.values(), key=lambda inner: -inner.depth), case] if case.subprocesses else [case]


def _check(act: Act, case: Case) -> None:
    """After everything has moved: no event without a receiver, nothing that can never go on."""
    lost = [event.event_definition for event in case.bpmn_events if not isinstance(event.event_definition, TerminateEventDefinition)]
    if lost:
        name = getattr(lost[0], "code", None) or lost[0].name or "未命名"
        raise EngineFault(f"事件“{name}”没有任何环节接收。请在调用它的环节上加边界事件。", element=act.element)
    for workflow in _workflows(case):
        if workflow.completed:
            continue
        moves = any(
            task._state == TaskState.READY
            or (task._state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent) and not _deaf(task))
            or (task._state == TaskState.STARTED and _inside(case, task))
            for task in workflow.tasks.values()
        )
        if not moves:
            stuck = next((t for t in workflow.tasks.values() if t._state & LIVE and t.task_spec.node), None)
            element = stuck.task_spec.node.id if stuck else act.element
            raise Stalled("流程停住了：没有待办、没有等待，也没有结束。请检查汇聚网关前的分支。", element=element)


def _deaf(task: Any) -> bool:
    """An event-based gateway with no event behind it: nothing could ever wake it."""
    return isinstance(task.task_spec, EventBasedGateway) and not any(_messages(task)) and not any(timers.of(task))


def _inside(case: Case, task: Any) -> bool:
    inner = case.subprocesses.get(task.id)
    return inner is not None and not inner.completed


# --- what waits -----------------------------------------------------------------------------------------------------------------------


def _step(act: Act, case: Case, state: bytes) -> Step:
    tasks: list[OpenTask] = []
    places = act.places
    if case.completed:
        return Step(state, True, passed=tuple(act.passed), ended=tuple(act.ended))
    for workflow in (case, *case.subprocesses.values()):
        if not workflow.completed:
            tasks += (OpenTask(places.where(t)) for t in workflow.tasks.values() if t._state == TaskState.READY and t.task_spec.manual)
    waiting = list(case.event_manager.tasks.values())
    waits = tuple(OpenWait(places.where(t, element), d.name) for t in waiting for d, element in _messages(t))
    open_timers = tuple(timer for task in waiting for timer in _open_timers(act, task))
    return Step(state, False, tuple(tasks), open_timers, waits, tuple(act.passed), tuple(act.ended))


def _messages(task: Any) -> Iterator[tuple[Any, str | None]]:
    """Message definitions a waiting task stands for, with the alternative's element for an event-based gateway."""
    definition: Any = getattr(task.task_spec, "event_definition", None)
    if isinstance(definition, MessageEventDefinition):
        yield definition, None
    elif isinstance(task.task_spec, EventBasedGateway):
        for part, output in zip(definition.event_definitions, task.task_spec.outputs, strict=True):
            if isinstance(part, MessageEventDefinition):
                yield part, output.name


def _timers(case: Case) -> Iterator[tuple[datetime, Any, Any]]:
    for task in list(case.event_manager.tasks.values()):
        for definition, _ in timers.of(task):
            if (at := definition.fires_at(task)) is not None:
                yield datetime.fromisoformat(at), task, definition


def _open_timers(act: Act, task: Any) -> Iterator[OpenTimer]:
    spec = task.task_spec
    for definition, element in timers.of(task):
        at = definition.fires_at(task)
        if at is None:
            continue
        node = task.workflow.spec.task_specs[element].node if element else spec.node
        host = None
        if isinstance(spec, BoundaryEvent):
            host = next(other.id.hex for other in task.parent.children if not isinstance(other.task_spec, BoundaryEvent))
        yield OpenTimer(
            where=act.places.where(task, element),
            fires_at=datetime.fromisoformat(at),
            expression=node.timer if node else definition.expression,
            host=host,
            interrupting=getattr(spec, "cancel_activity", True),
            basis=act.bases.get((task.id, definition.expression)),
        )
