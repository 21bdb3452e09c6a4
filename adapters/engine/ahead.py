"""What a case on one of its steps may still come to (前方): elements to be reached from there, with the conditions on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import CallActivity, SubWorkflowTask
from SpiffWorkflow.specs.MultiChoice import MultiChoice

from adapters.engine.placing import chains, reached
from adapters.engine.spec import Spec

Found = tuple[str, str, tuple[str, ...]]


def ahead(spec: Spec, scope: str, element: str) -> Iterator[Found]:
    """(scope, element, conditions) of everything that may follow a step, also around the calls of `scope`. The step itself is not in it."""
    here, outer = spec.top, ""
    for name in (*(scope.split("/") if scope else ()), element):
        for one in next(chains(spec.subs, here, name), ()):
            yield from _after(spec.subs, here, one, outer)
            if isinstance(one, SubWorkflowTask):
                here, outer = spec.subs[one.spec], _within(one, outer)


def _after(subs: Mapping[str, Any], process: Any, one: Any, scope: str) -> Iterator[Found]:
    split = process.task_specs.get(f"{one.name}.BoundaryEventSplit")
    names = {name for first in (*one.outputs, *(split.outputs if split is not None else ())) for name in reached(first) if first is not one}
    for name in sorted(names):
        yield from _told(subs, process, process.task_specs[name], scope)


def _told(subs: Mapping[str, Any], process: Any, one: Any, scope: str) -> Iterator[Found]:
    if one.node is not None:
        conditions = (condition.args[0] for condition, _ in one.cond_task_specs if condition) if isinstance(one, MultiChoice) else ()
        yield scope, one.node.id, tuple(str(text) for text in conditions)
    if isinstance(one, LoopTask):
        yield from _told(subs, process, process.task_specs[one.task_spec], scope)
    if isinstance(one, SubWorkflowTask):
        inner = subs[one.spec]
        for each in inner.task_specs.values():
            yield from _told(subs, inner, each, _within(one, scope))


def _within(one: Any, scope: str) -> str:
    return f"{scope}/{one.node.id}".lstrip("/") if isinstance(one, CallActivity) else scope
