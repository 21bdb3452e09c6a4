"""Placing a fresh case (落位): it is put on one of its steps as if it had come the shortest way there, and nothing on that way is run.

A stored state keeps only what is open, so a way without history is as good as one with it. What is open on arrival has begun as it always
begins: boundary events around the step and around the calls it stands in, and branches beside the way that no join on the way waits for.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit, _EndJoin
from SpiffWorkflow.bpmn.specs.defaults import InclusiveGateway, ParallelGateway
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent, EventBasedGateway
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import CallActivity, SubWorkflowTask
from SpiffWorkflow.util.task import TaskState

from adapters.engine.environment import Act
from adapters.engine.repairs import Case, grow
from domain.errors import EngineFault
from domain.procedures import Passed

FROM_THE_SIDE = 1_000  #: a way over a boundary event is taken only when there is no other


def put(act: Act, case: Case, calls: Sequence[str], element: str) -> None:
    """Bring a case that has just been made to `element` within the call activities `calls`, outermost first.

    Raises EngineFault when there is no such place, or when it stands in a part that runs once for each of several.
    """
    workflow: Any = case
    for name in (*calls, element):
        for goal in _inward(case, workflow, name):
            here = _walk(act, case, workflow, goal)
            workflow = case.subprocesses.get(here.id)


def _inward(case: Case, workflow: Any, element: str) -> list[Any]:
    """The specification of an element of a running process, after those of the embedded sub-processes around it."""
    if workflow is None:
        raise EngineFault(f"环节 {element} 在逐项办理的部分中，不能直接落位。", element=element)
    chain = next(chains(case.subprocess_specs, workflow.spec, element), None)
    if chain is None:
        raise EngineFault(f"流程中没有可以落位的环节 {element}。", element=element)
    return chain


def chains(subs: Mapping[str, Any], spec: Any, element: str) -> Iterator[list[Any]]:
    """The specification of an element of a process, after those of the embedded sub-processes around it."""
    for name, one in spec.task_specs.items():
        if one.node is not None and one.node.id == element and not name.endswith(" [child]"):
            yield [one]
        if isinstance(one, SubWorkflowTask) and not isinstance(one, CallActivity):
            yield from ([one, *rest] for rest in chains(subs, subs[one.spec], element))


def _walk(act: Act, case: Case, workflow: Any, goal: Any) -> Any:
    """Pass everything before `goal` in one running process, then begin it. Answers its task."""
    way = _way(workflow.spec, goal)
    if len(way) > 1 and isinstance(way[-2], EventBasedGateway):
        way.pop()  # the gateway waits for its events
    last = len(way) - (2 if len(way) > 1 and isinstance(way[-2], BoundaryEventSplit) else 1)
    here, beside = workflow.task_tree, []
    here._drop_children(force=True)
    for number in range(last):
        act.spend(case)
        here, others = _pass(act, case, here, way[number + 1 :])
        beside += others
    for task in (*beside, here):
        task.task_spec._update(task)
    if last < len(way) - 1:
        _run(here)
        here = next(child for child in here.children if child.task_spec is way[-1])
    return here


def _pass(act: Act, case: Case, task: Any, ahead: Sequence[Any]) -> tuple[Any, list[Any]]:
    """Leave a task behind without running it. Answers the next task on the way, and the first ones of branches that begin beside it."""
    spec, after = task.task_spec, ahead[0]
    if isinstance(spec, BoundaryEventSplit) and isinstance(after, BoundaryEvent) and not after.cancel_activity:
        spec._update(task)
        _run(task)  # what only reminds leaves its step open
        event = next(child for child in task.children if child.task_spec is after)
        case.event_manager.remove_task(event)
        event._drop_children(force=True)
        return event, []
    task._set_state(TaskState.COMPLETED)
    if spec.node is not None:
        act.passed.append(Passed(act.places.where(task), spec.node.kind))
    others = [task._add_child(one, TaskState.FUTURE) for one in _beside(spec, ahead)]
    child = task._add_child(after, TaskState.FUTURE)
    child._inherit_data()
    return child, others


def _run(task: Any) -> None:
    grow(task)
    task.run()


def _beside(spec: Any, ahead: Sequence[Any]) -> list[Any]:
    """Branches of a parallel split that are still under way on arrival: no join ahead waits for them."""
    if not isinstance(spec, ParallelGateway) or len(spec.outputs) < 2:
        return []
    joins = {one.name for one in ahead[:-1] if isinstance(one, ParallelGateway | InclusiveGateway) and len(one.inputs) > 1}
    return [one for one in spec.outputs if one is not ahead[0] and not joins & reached(one)]


def reached(spec: Any) -> set[str]:
    """Names of everything that can follow an element in its process, the element included."""
    seen, stack = {spec.name}, [spec]
    while stack:
        for after in stack.pop().outputs:
            if after.name not in seen:
                seen.add(after.name)
                stack.append(after)
    return seen


def _way(spec: Any, goal: Any) -> list[Any]:
    """The shortest way from the start of a process to one of its elements, both included. Raises EngineFault when there is none."""
    order = count()
    queue: list[tuple[int, int, Any, list[Any]]] = [(0, next(order), spec.start, [spec.start])]
    seen: set[str] = set()
    while queue:
        cost, _, here, way = heapq.heappop(queue)
        if here is goal:
            return way
        if here.name in seen:
            continue
        seen.add(here.name)
        for after in here.outputs:
            if not isinstance(after, BoundaryEventJoin | _EndJoin) and after.name not in seen:
                price = FROM_THE_SIDE if isinstance(after, BoundaryEvent) else 1
                heapq.heappush(queue, (cost + price, next(order), after, [*way, after]))
    raise EngineFault(f"从开始走不到环节 {goal.node.id}。", element=goal.node.id)
