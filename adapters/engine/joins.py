"""Joins that count tokens.

Stock parallel and inclusive joins of SpiffWorkflow look for completed predecessors anywhere in the tree, so from the second pass of a loop
on they fire early: the next step opens with a reviewer pending, and opens again later. An inclusive join there also overlooks a running
call activity or multi-instance behind a gateway. Here every arrival leaves a token, and firing takes tokens away.
"""

from __future__ import annotations

# mypy: disallow-subclassing-any=False
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.control import _EndJoin
from SpiffWorkflow.bpmn.specs.defaults import InclusiveGateway, ParallelGateway
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.util.deep_merge import DeepMerge
from SpiffWorkflow.util.task import TaskState

LIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED
ARRIVED = "arrived"


class _TokenJoin:
    """A join over tokens: every arrival leaves one, firing takes them away. They live in `internal_data` of the arrived tasks."""

    if TYPE_CHECKING:

        def _complete(self, my_task: Any, tokens: list[Any]) -> bool:
            """Whether the join fires with these tokens: each kind of join says."""

    def _taken(self, my_task: Any, tokens: list[Any]) -> list[Any]:
        return tokens

    def _update_hook(self, my_task: Any) -> bool:
        my_task.internal_data[ARRIVED] = True
        here = [t for t in my_task.workflow.tasks.values() if t.task_spec is self and ARRIVED in t.internal_data]
        fires = self._complete(my_task, here)
        taken = self._taken(my_task, here) if fires else []
        for task in here:
            if task is not my_task and task._state == TaskState.WAITING:
                task.cancel()  # only the latest arrival waits
        if not fires:
            my_task._set_state(TaskState.WAITING)
            return False
        for task in sorted(taken, key=lambda t: float(t.last_state_change)):
            del task.internal_data[ARRIVED]
            if task is not my_task:
                DeepMerge.merge(my_task.data, task.parent.data)
        my_task.internal_data.pop(ARRIVED, None)
        my_task._inherit_data()
        return True


class ParallelJoin(_TokenJoin, ParallelGateway):
    """Fires with a token on every incoming flow and takes one from each (BPMN 2.0, 13.4.1)."""

    def _complete(self, my_task: Any, tokens: list[Any]) -> bool:
        return {task.parent.task_spec.name for task in tokens} >= set(self._inputs)

    def _taken(self, my_task: Any, tokens: list[Any]) -> list[Any]:
        taken = {task.parent.task_spec.name: task for task in reversed(tokens)}
        taken[my_task.parent.task_spec.name] = my_task
        return list(taken.values())

    def _run_hook(self, my_task: Any) -> bool:
        return True


class InclusiveJoin(_TokenJoin, InclusiveGateway):
    """Fires when no live token can still reach an empty incoming flow.

    "Can reach" means without passing the node every path to this join has to pass (its dominator: the split it closes): a token that
    would first have to go through the split again belongs to another round.
    """

    def _complete(self, my_task: Any, tokens: list[Any]) -> bool:
        arrived = {task.parent.task_spec.name for task in tokens}
        empty = set(self._inputs) - arrived
        if not empty:
            return True
        reach: dict[str, set[str]] | None = getattr(self, "_reach", None)
        if reach is None:
            reach = self._reach = _reach(self)
        return not any(
            not empty.isdisjoint(reach.get(task.task_spec.name, ()))
            for task in my_task.workflow.tasks.values()
            if task.task_spec is not self and (task._state & LIVE or _is_next(task))
        )

    def _run_hook(self, my_task: Any) -> bool:
        matches, defaults = self._get_matching_outputs(my_task)
        chosen = matches or defaults
        if not chosen:
            raise WorkflowException("no condition of an inclusive gateway holds and it has no default", task_spec=self)
        my_task._sync_children(chosen, TaskState.FUTURE)
        return True


class EndJoin(_TokenJoin, _EndJoin):
    """The invisible join before the end of a process: fires when nothing else is unfinished."""

    def _complete(self, my_task: Any, tokens: list[Any]) -> bool:
        return not any(
            task._state & LIVE or _is_next(task)
            for task in my_task.workflow.tasks.values()
            if task.task_spec is not self and task.task_spec.name != "End"
        )

    def _run_hook(self, my_task: Any) -> bool:
        my_task.workflow.data.update(my_task.data)
        return True


def _is_next(task: Any) -> bool:
    """A token between two tasks: its predecessor is done, it has not been looked at."""
    return bool(task._state == TaskState.FUTURE and task.parent is not None and task.parent._state == TaskState.COMPLETED)


def _reach(join: Any) -> dict[str, set[str]]:
    """For every task spec: over which inputs of `join` a token there can arrive, passing neither the join nor its dominator."""
    specs = join._wf_spec.task_specs
    gate = _dominator(join)
    found: dict[str, set[str]] = {}
    for entry in join._inputs:
        stack, seen = [entry], {entry}
        while stack:
            name = stack.pop()
            found.setdefault(name, set()).add(entry)
            if name == gate:
                continue
            for before in specs[name]._inputs:
                if before not in seen and before not in (join.name, gate) and before in specs:
                    seen.add(before)
                    stack.append(before)
    found.pop(gate, None)
    return found


def _dominator(join: Any) -> str:
    """The last task spec that every path from the start to `join` passes."""
    specs, start = join._wf_spec.task_specs, join._wf_spec.start.name
    order, seen, stack = [], {start}, [start]
    while stack:
        name = stack.pop()
        order.append(name)
        for after in specs[name]._outputs:
            if after not in seen:
                seen.add(after)
                stack.append(after)
    above = {name: set(order) for name in order}
    above[start] = {start}
    changed = True
    while changed:
        changed = False
        for name in order:
            if name == start:
                continue
            before = [above[other] for other in specs[name]._inputs if other in above]
            now = {name} | set.intersection(*before) if before else {name}
            if now != above[name]:
                above[name], changed = now, True
    strict = above.get(join.name, {start}) - {join.name}
    return str(max(strict, key=lambda name: len(above[name]), default=start))
