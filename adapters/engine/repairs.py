"""What SpiffWorkflow 3.2.0 gets wrong, put right (joins have a module of their own). Each repair has a test that stock still has the fault.

- An error or escalation reaches the boundary of the activity that threw it, not of every running call of the same process.
- Sub-processes of a removed task go with it. Stock leaves them behind, and every later step raises.
- Nothing depends on the depth of the tree. Stock iterators stop at 1,000, its recursions at Python's limit.

Class changes are made on parsed specifications (`spec.ADOPTED`); SpiffWorkflow itself is left as it is, except for three methods of `Task`
that are rewritten with the same meaning (no recursion, no log records nobody reads) and predictions, which our cases do without.
"""

from __future__ import annotations

# mypy: disallow-subclassing-any=False
import sys
import time
from typing import Any

import SpiffWorkflow
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.util.event import BpmnEvent, EventManager
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.util.task import BpmnTaskIterator
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.specs.MultiChoice import MultiChoice
from SpiffWorkflow.spiff.specs.event_definitions import ErrorEventDefinition, EscalationEventDefinition
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

VERSION = "3.2.0"
if SpiffWorkflow.__version__ != VERSION:
    raise ImportError(
        f"These repairs were written for SpiffWorkflow {VERSION}, found {SpiffWorkflow.__version__}: review adapters/engine/repairs.py"
    )

# --- errors and escalations -----------------------------------------------------------------------------------------------------------


class _Scoped:
    """Thrown from the workflow it happens in; stock Spiff events forget where they come from."""

    expression: str | None
    code: str | None

    def throw(self, my_task: Any) -> None:
        payload = my_task.workflow.script_engine.evaluate(my_task, self.expression) if self.expression is not None else None
        my_task.workflow.top_workflow.catch(BpmnEvent(self, payload=payload, target=my_task.workflow))


class ScopedError(_Scoped, ErrorEventDefinition):
    """An error event that knows its scope."""


class ScopedEscalation(_Scoped, EscalationEventDefinition):
    """An escalation event that knows its scope."""


class ScopedEvents(EventManager):
    """Hands an error to the nearest activity around it that has a boundary event for its code."""

    thrown = 0  #: events caught by a boundary so far

    def catch(self, event: Any, internal: bool = True) -> int:
        if not isinstance(event.event_definition, _Scoped) or event.target is None:
            return int(super().catch(event, internal) or 0)
        inside = event.target
        while inside is not self.workflow:
            host = self.workflow.get_task_from_id(inside.parent_task_id)
            inside = host.workflow
            hosts = {host.id, host._parent}  # of a multi-instance the boundary hangs on the parent
            hit = [
                task
                for task in list(self.tasks.values())
                if task.workflow is inside
                and isinstance(task.task_spec, BoundaryEvent)
                and task.task_spec.catches(task, event)
                and any(other.id in hosts for other in task.parent.children if other is not task)
            ]
            exact = [task for task in hit if task.task_spec.event_definition.code == event.event_definition.code]
            self.thrown += len(hit)
            for task in exact or hit:
                task.task_spec.catch(task, event)
                task.task_spec._update(task)
            if hit:
                return len(exact or hit)
        if internal:
            event.target = None
            self.workflow.bpmn_events.append(event)
        return 0


# --- workflows ------------------------------------------------------------------------------------------------------------------------


def grow(task: Any) -> None:
    """Create the next tasks of one that is about to run. Stock predicts whole futures, on every load and at every gateway."""
    if isinstance(task.task_spec, LoopTask) or (not task._children and not isinstance(task.task_spec, MultiChoice)):
        task.task_spec._predict_hook(task)


class _Flat:
    """Scans instead of tree walks; no depth limit, no predictions, no log records."""

    def collect_log_extras(self, dct: dict[str, Any] | None = None) -> dict[str, Any]:
        return {}

    def update_waiting_tasks(self) -> None:
        tasks: dict[Any, Any] = self.tasks  # type: ignore[attr-defined]  # of the workflow this is mixed into
        for task in [task for task in tasks.values() if task._state == TaskState.WAITING]:
            if task._state == TaskState.WAITING and task.id in tasks:
                task.task_spec._update(task)

    def get_tasks_iterator(self, first_task: Any = None, **kwargs: Any) -> Any:
        return BpmnTaskIterator(first_task or self.task_tree, **{"max_depth": sys.maxsize, **kwargs})  # type: ignore[attr-defined]  # as above

    def cancel(self, *_: Any) -> list[Any]:
        """Stop everything that is open; activities stop what runs inside them."""
        self.success, self.completed = False, True
        tasks: dict[Any, Any] = self.tasks  # type: ignore[attr-defined]  # as above
        open_ = [task for task in tasks.values() if task._state & TaskState.NOT_FINISHED_MASK]
        for task in open_:
            if task.id in tasks:
                task.cancel()
        return open_


class SubCase(_Flat, BpmnSubWorkflow):
    """One run of a called or embedded process."""

    def __init__(self, spec: Any, parent_task_id: Any, top_workflow: Any, **kwargs: Any) -> None:
        super().__init__(spec, parent_task_id, top_workflow, **kwargs)
        if not kwargs.get("deserializing"):
            grow(self.task_tree)

    def _task_removed_notify(self, task: Any) -> None:
        super()._task_removed_notify(task)
        self.top_workflow.forget(task)


class Case(_Flat, BpmnWorkflow):
    """The whole of a running case."""

    def __init__(self, spec: Any, subprocess_specs: Any, **kwargs: Any) -> None:
        super().__init__(spec, subprocess_specs, **kwargs)
        self.event_manager: Any = ScopedEvents(self)  # nothing has waited yet

    def create_subprocess(self, my_task: Any, spec_name: str) -> SubCase:
        made = SubCase(self.subprocess_specs[spec_name], my_task.id, self)
        self.subprocesses[my_task.id] = made
        return made

    def _task_removed_notify(self, task: Any) -> None:
        super()._task_removed_notify(task)
        self.forget(task)

    def forget(self, task: Any) -> None:
        """A removed task takes along what waits for it and what runs inside it."""
        self.event_manager.remove_task(task)
        inner = self.subprocesses.pop(task.id, None)
        for part in list(inner.tasks.values()) if inner is not None else ():
            self.forget(part)


# --- SpiffWorkflow's own classes ------------------------------------------------------------------------------------------------------

_stock_predict = TaskSpec._predict


def _predict(self: Any, my_task: Any, *args: Any, **kwargs: Any) -> None:
    """Our cases create tasks when they are needed (`grow`); every other workflow predicts as before."""
    if not isinstance(my_task.workflow, _Flat):
        _stock_predict(self, my_task, *args, **kwargs)


def _set_state(self: Any, value: int) -> None:
    if value != self._state:
        self.last_state_change = time.time()
        self._state = value


def _is_descendant_of(self: Any, task: Any) -> bool:
    tasks, above = self.workflow.tasks, self._parent
    while above is not None:
        if above == task.id:
            return True
        above = tasks[above]._parent if above in tasks else None
    return False


def _find_ancestor(self: Any, spec_name: str) -> Any:
    task = self.parent
    while task is not None and task.task_spec.name != spec_name:
        task = task.parent
    return task


TaskSpec._predict = _predict
Task._set_state, Task.is_descendant_of, Task.find_ancestor = _set_state, _is_descendant_of, _find_ancestor
