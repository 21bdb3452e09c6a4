"""Where in a case an engine task stands: call scope, process, element, pass, instance, parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import CallActivity

from adapters.engine.parse import Node
from domain.procedures import Where

if TYPE_CHECKING:
    from adapters.engine.spec import Spec

_NONE: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Frame:
    """One running workflow: the call scope it is in, its process, the parameters that reach it."""

    scope: str
    process: str
    params: Mapping[str, Any]


class Places:
    """The places of one loaded case. Frames are worked out once a workflow."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self._frames: dict[int, tuple[Any, Frame]] = {}

    def frame(self, workflow: Any) -> Frame:
        known = self._frames.get(id(workflow))
        if known is not None:
            return known[1]
        made = self._frame(workflow)
        self._frames[id(workflow)] = (workflow, made)  # kept alive, so its id stays its own
        return made

    def _frame(self, workflow: Any) -> Frame:
        if workflow.parent_task_id is None:
            return Frame("", self.spec.process, _NONE)
        host = workflow.top_workflow.get_task_from_id(workflow.parent_task_id)
        outer = self.frame(host.workflow)
        if not isinstance(host.task_spec, CallActivity):
            return outer
        node: Node | None = host.task_spec.node
        element = node.id if node else host.task_spec.name
        params = node.params if node else _NONE
        merged = {**params, **{name: value for name, value in outer.params.items() if name not in params}}
        return Frame(f"{outer.scope}/{element}".lstrip("/"), host.task_spec.spec, merged)

    def where(self, task: Any, element: str | None = None) -> Where:
        """The place of a task; `element` picks an alternative of an event-based gateway."""
        frame = self.frame(task.workflow)
        node: Node | None = task.task_spec.node
        own = str(task.id.hex)
        activation, index = own, None
        if task.triggered and (parent := task.parent) is not None and isinstance(parent.task_spec, LoopTask):
            data = task.internal_data
            key = data.get("key_or_index", data.get("item", data.get("iteration")))
            index = key if isinstance(key, int) else None
            activation = str(parent.id.hex)
        if element is not None:
            return Where(frame.scope, frame.process, element, f"{own}/{element}", own, None, frame.params)
        return Where(frame.scope, frame.process, node.id if node else task.task_spec.name, own, activation, index, frame.params)
